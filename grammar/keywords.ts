/** Where a keyword may stand. */
export type Place =
  | 'item'
  | 'statement'
  | 'expression'
  | 'after expression'
  | 'type'
  | 'import'
  | 'signature'
  | 'interface'
  | 'loop'
  | 'effect'
  | 'test'

export interface Keyword {
  text: string
  places: readonly Place[]
  /** One sentence for whoever hovers over the word. */
  doc: string
  /** A reserved word is never a name; every other keyword is one wherever the grammar does not expect the keyword. */
  reserved: boolean
}

function contextual(text: string, places: Place[], doc: string): Keyword {
  return { text, places, doc, reserved: false }
}

function reserved(text: string, places: Place[], doc: string): Keyword {
  return { text, places, doc, reserved: true }
}

/** Every word of the grammar. Tokens, completion, hover and colouring derive from these rows. */
export const keywords: readonly Keyword[] = [
  contextual(
    'import',
    ['item'],
    'Names a component, `import image from "./image.wasm"`, or what another file declares, `import { area } from "./shapes.ipvm"`.',
  ),
  contextual('from', ['import'], 'Where an import comes from, a path or `ipfs://…`; or what a `fold` begins with.'),
  contextual('config', ['item'], 'Limits of every task in this file: `config { time: 30s }`.'),
  contextual('type', ['item'], 'Names a type: `type Size = record { width: u32, height: u32 }`.'),
  contextual('const', ['item'], 'Names a value that is known when the file is compiled: `const edge: u32 = 256`.'),
  contextual(
    'export',
    ['item'],
    'Makes a job visible from outside: `export job main() -> u32 { 1 }`; types, constants and effects are so in any case.',
  ),
  contextual('job', ['item'], 'Describes a computation: parameters, a type of the result, and a body.'),
  reserved('let', ['statement'], 'Names the value of an expression: `let a = image.crop(b)`.'),
  reserved('true', ['expression'], 'The value of `bool` that holds.'),
  reserved('false', ['expression'], 'The value of `bool` that does not hold.'),
  contextual('embed', ['expression'], 'The content of a file, read when compiling: `embed "./cat.png"`.'),
  contextual(
    'with',
    ['after expression'],
    'Limits of one call, `f(x) with { time: 5s }`, or what joins elements, `reduce xs with f`.',
  ),
  contextual('record', ['type'], 'Named fields: `record { name: string, data: bytes }`.'),
  contextual(
    'variant',
    ['type'],
    'One of several cases, each with a payload or without: `variant { none, some(u8) }`.',
  ),
  contextual('enum', ['type'], 'One of several names: `enum { red, green }`.'),
  contextual('flags', ['type'], 'Any of several names: `flags { read, write }`.'),
  contextual('func', ['interface'], 'A function of a stated interface: `crop: func(data: bytes) -> bytes`.'),

  reserved('if', ['expression'], 'Chooses between two blocks: `if ready { a } else { b }`.'),
  reserved('else', ['after expression'], 'The other block of an `if`.'),
  reserved('match', ['expression'], 'Chooses by the case of a value: `match found { some(x) => x, none => 0 }`.'),
  reserved('for', ['expression'], 'Does the same for each element of a list, all at once: `for x in xs { f(x) }`.'),
  reserved('in', ['loop'], 'Stands between the variable and the list of a `for`.'),
  reserved(
    'do',
    ['expression', 'statement'],
    'Performs a command, which changes the world: `do fs.write(path, data)`.',
  ),
  reserved('try', ['expression'], 'The outcome as a value, a `result`: `try f(x)`.'),
  contextual('reduce', ['expression'], 'Joins the elements of a list pairwise: `reduce xs with f`.'),
  contextual('fold', ['expression'], 'Goes through a list in order: `fold xs from 0 with (sum, x) => sum + x`.'),
  contextual(
    'as',
    ['after expression', 'import'],
    'Converts to a type, and fails where the value does not fit: `n as u8`; in an import it gives another name.',
  ),
  contextual('catch', ['after expression'], 'Another value where something fails: `f(x) catch failure => 0`.'),
  contextual('after', ['after expression'], 'Makes an effect wait for another one: `fs.read(path) after written`.'),
  contextual(
    'undo',
    ['after expression'],
    'How a command is undone if the job fails later: `undo r => do drop(r.id)`.',
  ),
  contextual('uses', ['signature'], 'The effects of an exported job: `uses http.get, fs.write`.'),
  contextual('effect', ['item'], 'Declares an effect and its operations: `effect mail("mailto:") { … }`.'),
  contextual('query', ['effect'], 'An operation that reads the world.'),
  contextual('note', ['effect'], 'An operation that tells the world nothing that matters, such as a line of a log.'),
  contextual('idempotent', ['effect'], 'Before `command`: doing it twice is doing it once.'),
  contextual('command', ['effect'], 'An operation that changes the world; it is performed with `do`, at most once.'),
  contextual('test', ['item'], 'A test of the jobs of the file: `test "adds" { assert add(1, 2) == 3 }`.'),
  contextual('assert', ['test'], 'What a test promises: `assert a == b`.'),
  contextual('fails', ['test'], 'After `assert`: the failure is what is wanted.'),
  contextual('given', ['test'], 'Stands in for an effect: `given time.now() => 0`.'),
]

/** Rows by their text. */
export const keywordByText: ReadonlyMap<string, Keyword> = new Map(keywords.map(row => [row.text, row]))
