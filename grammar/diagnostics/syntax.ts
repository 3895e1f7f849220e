import { error } from './define.ts'
import { bracketRows } from './brackets.ts'
import { literalRows } from './literals.ts'
import { constructRows } from './constructs.ts'

const fine = 'export job main() -> u32 { 1 }\n'

function body(text: string): string {
  return `export job main() -> u32 {\n  ${text.split('\n').join('\n  ')}\n}\n`
}

/** IPVM1xxx: the text does not follow the grammar. */
export const syntaxRows = {
  ...literalRows,
  ...bracketRows,
  ...constructRows,

  StatementOutsideJob: error<{ what: string }>({
    code: 'IPVM1031',
    message: p =>
      `${p.what} stands outside of a job. A file holds \`import\`, \`config\`, \`type\`, \`const\`, \`job\`, \`effect\` and ` +
      '`test`, nothing else.',
    explain:
      'Only declarations stand at the top of a file. What computes something belongs into the body of a job; a value ' +
      'that is known when the file is compiled can be a `const`.',
    wrong: 'let edge = 256\n' + fine,
    right: 'const edge = 256\n' + fine,
  }),
  WrongKeyword: error<{ found: string; wanted: string }>({
    code: 'IPVM1032',
    message: p => `There is no \`${p.found}\` here. Did you mean \`${p.wanted}\`?`,
    replacement: p => p.wanted,
    explain:
      'The declarations of the language are `import`, `config`, `type`, `const`, `job`, `effect` and `test`; inside a ' +
      'job there is `let`. Words of other languages are recognised to say so.',
    wrong: 'export function main() -> u32 { 1 }\n',
    right: fine,
  }),
  NotExportable: error<{ found: string }>({
    code: 'IPVM1033',
    message: p =>
      `Only \`job\`, \`type\`, \`const\` and \`effect\` are exported: leave out \`export\` before \`${p.found}\`.`,
    explain:
      'An exported job is one that can be run and called from outside; types, constants and effects may say that they ' +
      'are meant for others. What is imported is exported by the file that it comes from.',
    wrong: 'export config { time: 5s }\n' + fine,
    right: 'config { time: 5s }\n' + fine,
  }),
  NewLineNeeded: error<{ before: string }>({
    code: 'IPVM1034',
    message: p => `\`${p.before}\` starts on the line of what stands before it. Put it on a line of its own.`,
    explain: 'A new line ends a statement, and nothing else does: each `let` and each declaration starts a line.',
    wrong: body('let a = 1 let b = 2\nb'),
    right: body('let a = 1\nlet b = 2\nb'),
  }),
  Unexpected: error<{ found: string; after?: string }>({
    code: 'IPVM1035',
    message: p =>
      `${p.found[0]!.toUpperCase()}${p.found.slice(1)} does not fit here${p.after === undefined ? '' : `, after ${p.after}`}.`,
    explain:
      'The text before this place is complete, and nothing that may follow it starts like this. Often a sign between ' +
      'two values is missing, or two statements stand on one line.',
    wrong: body('let a = 1 2\na'),
    right: body('let a = 12\na'),
  }),
  MinusWithoutSpace: error<{ left: string; right: string }>({
    code: 'IPVM1036',
    message: p => `A minus between two values has a space on both sides: \`${p.left} - ${p.right}\`.`,
    explain:
      'A minus may be part of a name (`a-1`) and of a number (`-1`), so the operator is told from them by a space ' +
      'behind it.',
    wrong: body('let a = 2\n(a) -1'),
    right: body('let a = 2\na'),
  }),
  UnitApart: error<{ number: string; unit: string }>({
    code: 'IPVM1090',
    message: p => `A unit stands right behind its number: \`${p.number}${p.unit}\`.`,
    explain: 'Durations and sizes are literals of one piece: `500ms`, `30s`, `64MiB`.',
    wrong: 'config { memory: 64 MiB }\n' + fine,
    right: 'config { memory: 64MiB }\n' + fine,
  }),
  MissingComma: error<{ after: string; before: string; instead?: string | undefined }>({
    code: 'IPVM1037',
    message: p =>
      `A comma${p.instead === undefined ? '' : ` or \`${p.instead}\``} is missing between ${p.after} and ${p.before}.`,
    explain: 'Elements, fields, arguments and parameters are separated by commas; a new line does not separate them.',
    wrong: body('let a = [1 2]\n1'),
    right: body('let a = [1, 2]\n1'),
  }),
  SurplusComma: error<{}>({
    code: 'IPVM1038',
    message: () => 'There is nothing before this comma. Remove it, or write what is missing.',
    explain: 'One comma stands between two elements, and one may stand after the last.',
    wrong: body('let a = [1, , 2]\n1'),
    right: body('let a = [1, 2]\n1'),
  }),
  EqualsForColon: error<{ after: string }>({
    code: 'IPVM1039',
    message: p =>
      `Write \`:\` after ${p.after}: \`=\` gives a name to a value only in \`let\`, \`const\` and \`type\`.`,
    replacement: () => ':',
    explain:
      'Fields, settings, named arguments and types of parameters follow a colon. The equals sign stands in `let`, ' +
      '`const`, `type` and before the default of a parameter.',
    wrong: 'type Size = record { width = u32 }\n' + fine,
    right: 'type Size = record { width: u32 }\n' + fine,
  }),
  ColonForEquals: error<{ found: string }>({
    code: 'IPVM1040',
    message: p => `Write \`=\` instead of \`${p.found}\`: a colon stands before a type.`,
    replacement: () => '=',
    explain: 'In `let name: type = value` the colon introduces the type and the equals sign the value.',
    wrong: body('let a: 1\na'),
    right: body('let a = 1\na'),
  }),
  DoubleEquals: error<{}>({
    code: 'IPVM1041',
    message: () => 'Write one `=`: two of them compare.',
    replacement: () => '=',
    explain: 'One equals sign gives a name to a value; two compare two values.',
    wrong: body('let a == 1\na'),
    right: body('let a = 1\na'),
  }),
  ReservedName: error<{ name: string }>({
    code: 'IPVM1042',
    message: p => `\`${p.name}\` is a reserved word and cannot be a name.`,
    explain:
      'The reserved words are `let if else match for in do try true false`. Every other word of the grammar may be ' +
      'used as a name.',
    wrong: body('let match = 1\n1'),
    right: body('let matched = 1\n1'),
  }),
  ExpectedName: error<{ what: string; found: string }>({
    code: 'IPVM1043',
    message: p => `Here the name of ${p.what} is missing; there is ${p.found}.`,
    explain: 'A name starts with a letter or `_`, followed by letters, digits and `_`; words may be joined by `-`.',
    wrong: body('let = 1\n1'),
    right: body('let a = 1\n1'),
  }),
  ExpectedExpression: error<{ after: string; found: string }>({
    code: 'IPVM1044',
    message: p => `A value is missing after ${p.after}; there is ${p.found}.`,
    explain: 'A value is a literal, a name, a call, a list, a tuple, or a record.',
    wrong: 'config { time: }\n' + fine,
    right: 'config { time: 5s }\n' + fine,
  }),
  ExpectedType: error<{ after: string; found: string }>({
    code: 'IPVM1045',
    message: p => `A type is missing after ${p.after}; there is ${p.found}.`,
    explain:
      'A type is a name such as `u32` or `list<u8>`, `()`, or one of `record { … }`, `variant { … }`, `enum { … }`, ' +
      '`flags { … }`. A tuple is `tuple<u8, string>`, a list `list<u8>`.',
    wrong: 'type Pair = [u8]\n' + fine,
    right: 'type Pair = list<u8>\n' + fine,
  }),
  LetWithoutValue: error<{ word: string; name: string }>({
    code: 'IPVM1046',
    message: p => `\`${p.word} ${p.name}\` has no value: write \`${p.word} ${p.name} = …\`.`,
    explain: 'Names are given to values once and for all; there is nothing that could be filled in later.',
    wrong: body('let a\n1'),
    right: body('let a = 1\n1'),
  }),
  MissingResult: error<{ job?: string }>({
    code: 'IPVM1047',
    message: p =>
      `${p.job === undefined ? 'This block' : `\`${p.job}\``} gives no value: ${p.job === undefined ? 'it' : 'its body'} must end with an expression.`,
    explain:
      'The last line of a job, and of a block whose value is used, is its result. One that only has `let` computes ' +
      'nothing that anybody could see.',
    wrong: body('let a = 1'),
    right: body('let a = 1\na'),
  }),
  MissingBody: error<{ job: string; found: string }>({
    code: 'IPVM1048',
    message: p => `\`${p.job}\` has no body: write \`{ … }\`; there is ${p.found}.`,
    explain: 'The body of a job stands in braces, also when it is one expression.',
    wrong: 'export job main() -> u32\n',
    right: fine,
  }),
  NoArrow: error<{ found?: string }>({
    code: 'IPVM1049',
    message: p =>
      p.found === undefined
        ? 'The type of the result follows an arrow: write `->` before it.'
        : `The type of the result follows an arrow: write \`->\` instead of \`${p.found}\`.`,
    replacement: p => (p.found === undefined ? undefined : '->'),
    explain: 'A job is written `job name(parameters) -> type { … }`.',
    wrong: 'export job main() u32 { 1 }\n',
    right: fine,
  }),
  PositionalAfterNamed: error<{}>({
    code: 'IPVM1050',
    message: () => 'An argument without a name stands after one with a name. Give it a name, or put it first.',
    explain: 'Arguments are matched by position until the first one that has a name.',
    wrong: 'job f(a: u32, b: u32) -> u32 { a }\n' + body('f(a: 1, 2)'),
    right: 'job f(a: u32, b: u32) -> u32 { a }\n' + body('f(1, b: 2)'),
  }),
  AssignmentWithoutLet: error<{ name: string; again?: boolean }>({
    code: 'IPVM1052',
    message: p =>
      p.again
        ? `\`${p.name}\` keeps its value. What a loop gathers is a \`fold xs from 0 with (${p.name}, x) => …\`.`
        : `\`${p.name}\` gets its value with \`let\`: write \`let ${p.name} = …\`.`,
    explain: 'There are no variables that change: each name is introduced by `let` and keeps its value.',
    wrong: body('a = 1\na'),
    right: body('let a = 1\na'),
  }),
  ParameterWithoutType: error<{ name: string }>({
    code: 'IPVM1053',
    message: p => `The parameter \`${p.name}\` has no type: write \`${p.name}: type\`.`,
    explain: 'Parameters are annotated, because a job is typed without looking at who calls it.',
    wrong: 'job f(a) -> u32 { a }\n' + fine,
    right: 'job f(a: u32) -> u32 { a }\n' + fine,
  }),
  TypeBeforeName: error<{ type: string; name: string }>({
    code: 'IPVM1091',
    message: p => `The type of a parameter follows its name: write \`${p.name}: ${p.type}\`.`,
    explain: 'What is given a name is named first; its type follows a colon.',
    wrong: 'job f(u32 a) -> u32 { a }\n' + fine,
    right: 'job f(a: u32) -> u32 { a }\n' + fine,
  }),
  UnionType: error<{}>({
    code: 'IPVM1092',
    message: () => 'A value of one type or another is a `variant { a(u8), b(string) }`; there is no `|` between types.',
    explain: 'The cases of a variant have names, so that a `match` can tell them apart.',
    wrong: 'type Id = u32 | string\n' + fine,
    right: 'type Id = variant { number(u32), name(string) }\n' + fine,
  }),
  Spread: error<{}>({
    code: 'IPVM1093',
    message: () => 'Three dots spread nothing here: a record names all of its fields, lists are joined by `concat`.',
    explain: 'A changed record is written out, `{ name: p.name, size: 2 }`. `concat([a, b])` joins lists.',
    wrong: body('let p = { a: 1, b: 2 }\nlet q = { ...p, a: 2 }\n1'),
    right: body('let p = { a: 1, b: 2 }\nlet q = { a: 2, b: p.b }\n1'),
  }),
  FieldWithoutValue: error<{ name: string }>({
    code: 'IPVM1054',
    message: p => `The field \`${p.name}\` has no value: write \`${p.name}: …\`.`,
    explain:
      'A record has a value for each field, `{ name: "x", size: 1 }`; braces around names alone are a value of a ' +
      '`flags` type, `{ read, write }`. The two cannot be mixed.',
    wrong: body('let size = 1\nlet a = { name: "x", size }\n1'),
    right: body('let size = 1\nlet a = { name: "x", size: size }\n1'),
  }),
  QuotedField: error<{ name: string }>({
    code: 'IPVM1055',
    message: () => 'Names of fields are written without quotes.',
    replacement: p => (/^[A-Za-z_]\w*(-\w+)*$/.test(p.name) ? p.name : undefined),
    explain: 'A record is written `{ name: "x" }`.',
    wrong: body('let a = { "name": 1 }\n1'),
    right: body('let a = { name: 1 }\n1'),
  }),
  OnlyNamesAreCalled: error<{}>({
    code: 'IPVM1056',
    message: () => 'Only names are called: a job, a function of an import, or a case of a type.',
    explain: 'There are no function values: what stands before `(` is a name such as `thumbnail` or `image.crop`.',
    wrong: body('let a = [1]\na[0](2)'),
    right: body('let a = [1]\na[0]'),
  }),
  Expected: error<{ what: string; after: string; found: string }>({
    code: 'IPVM1057',
    message: p => `${p.what} is missing after ${p.after}; there is ${p.found}.`,
    explain: 'The text up to this place can go on in one way only.',
    wrong: 'import image "./image.wasm"\n' + fine,
    right: fine,
  }),
  ExpectedMember: error<{ found: string }>({
    code: 'IPVM1058',
    message: p => `After a dot stands a name or a whole number; there is ${p.found}.`,
    explain: 'Fields are read with `a.name`, elements of tuples with `a.0`, elements of lists with `a[i]`.',
    wrong: body('let a = (1, 2)\na.'),
    right: body('let a = (1, 2)\na.0'),
  }),
  TypeInParentheses: error<{ single: boolean }>({
    code: 'IPVM1059',
    message: p =>
      p.single ? 'Types do not stand in parentheses.' : 'Write `tuple<…>` for the type of a tuple, not `(…)`.',
    explain: 'In types parentheses stand for the unit type alone, `()`. A tuple of two is `tuple<u8, string>`.',
    wrong: 'type Pair = (u8, string)\n' + fine,
    right: 'type Pair = tuple<u8, string>\n' + fine,
  }),
  DeclarationInJob: error<{ word: string }>({
    code: 'IPVM1060',
    message: p => `\`${p.word}\` stands inside of a job. Declarations stand at the top of the file, outside of braces.`,
    explain:
      'The body of a job is a number of `let` and one expression. What is declared belongs to the file, where all of ' +
      'its jobs see it.',
    wrong: body('type Edge = u32\n1'),
    right: 'type Edge = u32\n' + fine,
  }),
  LetOfSeveral: error<{}>({
    code: 'IPVM1061',
    message: () =>
      'A `let` names one value. Write one `let` for each name; parts are read as `a.0`, `a[0]` or `a.name`.',
    explain: 'A value is not taken apart while it gets its name. Its parts are read where they are needed.',
    wrong: body('let a, b = (1, 2)\na'),
    right: body('let both = (1, 2)\nboth.0'),
  }),
  OptionalParameter: error<{ name: string }>({
    code: 'IPVM1062',
    message: p => `No \`?\` stands behind a name: \`${p.name}\` gets the type \`option<…>\` and the default \`none\`.`,
    explain: 'A parameter may be left out where it has a default; one that may be absent is an `option`.',
    wrong: 'job f(a?: u32) -> u32 { 1 }\n' + fine,
    right: 'job f(a: option<u32> = none) -> u32 { 1 }\n' + fine,
  }),
  RecordWithoutWord: error<{ word: string }>({
    code: 'IPVM1063',
    message: p => `A type in braces starts with its word: write \`${p.word} { … }\`.`,
    explain: 'Braces alone are a value. The types are `record { … }`, `variant { … }`, `enum { … }` and `flags { … }`.',
    wrong: 'type Size = { width: u32 }\n' + fine,
    right: 'type Size = record { width: u32 }\n' + fine,
  }),
}
