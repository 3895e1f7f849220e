/** Where a keyword may stand. */
export type Place =
  'item' | 'statement' | 'expression' | 'after expression' | 'type' | 'import' | 'signature' | 'interface'

export interface Keyword {
  text: string
  places: readonly Place[]
  /** One sentence for whoever hovers over the word. */
  doc: string
  /** A reserved word is never a name; every other keyword is one wherever the grammar does not expect the keyword. */
  reserved: boolean
  /** What the word introduces, for words of the language that this version does not have yet. */
  later?: string
}

function contextual(text: string, places: Place[], doc: string, later?: string): Keyword {
  return { text, places, doc, reserved: false, ...(later === undefined ? {} : { later }) }
}

function reserved(text: string, places: Place[], doc: string, later?: string): Keyword {
  return { text, places, doc, reserved: true, ...(later === undefined ? {} : { later }) }
}

/** Every word of the grammar. Tokens, completion, hover and colouring derive from these rows. */
export const keywords: readonly Keyword[] = [
  contextual('import', ['item'], 'Names a WebAssembly component: `import image from "./image.wasm"`.'),
  contextual('from', ['import'], 'Says where an import comes from: a path or `ipfs://…`.'),
  contextual('config', ['item'], 'Limits of every task in this file: `config { time: 30s }`.'),
  contextual('type', ['item'], 'Names a type: `type Size = record { width: u32, height: u32 }`.'),
  contextual('const', ['item'], 'Names a value that is known when the file is compiled: `const edge: u32 = 256`.'),
  contextual('export', ['item'], 'Makes a job visible from outside: `export job main() -> u32 { 1 }`.'),
  contextual('job', ['item'], 'Describes a computation: parameters, a type of the result, and a body.'),
  reserved('let', ['statement'], 'Names the value of an expression: `let a = image.crop(b)`.'),
  reserved('true', ['expression'], 'The value of `bool` that holds.'),
  reserved('false', ['expression'], 'The value of `bool` that does not hold.'),
  contextual('embed', ['expression'], 'The content of a file, read when compiling: `embed "./cat.png"`.'),
  contextual('with', ['after expression'], 'Limits of one call: `f(x) with { time: 5s }`.'),
  contextual('record', ['type'], 'Named fields: `record { name: string, data: bytes }`.'),
  contextual(
    'variant',
    ['type'],
    'One of several cases, each with a payload or without: `variant { none, some(u8) }`.',
  ),
  contextual('enum', ['type'], 'One of several names: `enum { red, green }`.'),
  contextual('flags', ['type'], 'Any of several names: `flags { read, write }`.'),
  contextual('func', ['interface'], 'A function of a stated interface: `crop: func(data: bytes) -> bytes`.'),

  reserved('if', ['expression'], 'Chooses between two blocks.', '`if`'),
  reserved('else', ['after expression'], 'The other block of an `if`.', '`else`'),
  reserved('match', ['expression'], 'Chooses by the case of a value.', '`match`'),
  reserved('for', ['expression'], 'Does the same for each element of a list.', '`for`'),
  reserved('in', ['expression'], 'Stands between the variable and the list of a `for`.', '`in`'),
  reserved('do', ['expression'], 'Marks a command, which changes the world.', '`do`'),
  reserved('try', ['expression'], 'Turns the outcome of an expression into a value.', '`try`'),
  contextual('reduce', ['expression'], 'Joins the elements of a list pairwise.', '`reduce`'),
  contextual('fold', ['expression'], 'Goes through a list in order with a state.', '`fold`'),
  contextual(
    'as',
    ['after expression'],
    'Converts to a type, and fails where the value does not fit.',
    'conversion with `as`',
  ),
  contextual('catch', ['after expression'], 'Gives another value where an expression fails.', '`catch`'),
  contextual('after', ['after expression'], 'Makes an effect wait for another one.', '`after`'),
  contextual('undo', ['after expression'], 'Says how a command is undone.', '`undo`'),
  contextual('uses', ['signature'], 'The effects of an exported job.', '`uses`'),
  contextual('effect', ['item'], 'Declares an effect and its operations.', '`effect`'),
  contextual('test', ['item'], 'A test of the jobs of the file.', '`test`'),
]

/** Rows by their text. */
export const keywordByText: ReadonlyMap<string, Keyword> = new Map(keywords.map(row => [row.text, row]))
