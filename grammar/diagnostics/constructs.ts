import type { Near } from '../../dag/suggest.ts'
import { error } from './define.ts'
import { near } from './names.ts'

const fine = 'export job main() -> u32 { 1 }\n'

function body(text: string): string {
  return `export job main() -> u32 {\n  ${text.split('\n').join('\n  ')}\n}\n`
}

/** `+=`, `++`: what gives a name another value elsewhere. */
function changes(sign: string): boolean {
  return sign === '++' || (sign.length === 2 && sign.endsWith('='))
}

/** Operators, branches, loops, handlers, tests and effects that are written in another way. */
export const constructRows = {
  WrongOperator: error<{ found: string; wanted: string }>({
    code: 'IPVM1064',
    message: p =>
      changes(p.found)
        ? `There is no \`${p.found}\`: names keep their value. Give the new value a new name with \`let\`.`
        : p.found === '**'
          ? 'There is no operator `**`: a power is a number of products, `a * a`.'
          : `There is no operator \`${p.found}\`. Write \`${p.wanted}\`.`,
    replacement: p => (changes(p.found) || p.found === '**' ? undefined : p.wanted),
    explain:
      'The operators are `+ - * / % == != < <= > >= && || !`. There is one equality, and nothing changes a name.',
    wrong: body('if 1 === 2 { 1 } else { 2 }'),
    right: body('if 1 == 2 { 1 } else { 2 }'),
  }),
  ChainedComparison: error<{ sign: string }>({
    code: 'IPVM1065',
    message: p => `Comparisons are not chained: write \`a ${p.sign} b && b ${p.sign} c\`.`,
    explain: '`a < b < c` would compare a truth with a value. Each comparison stands alone; `&&` joins two of them.',
    wrong: body('if 1 < 2 < 3 { 1 } else { 2 }'),
    right: body('if 1 < 2 && 2 < 3 { 1 } else { 2 }'),
  }),
  EqualsForCompare: error<{}>({
    code: 'IPVM1066',
    message: () => 'Write `==` to compare: one `=` gives a name to a value.',
    replacement: () => '==',
    explain:
      'Two equals signs compare two values; one gives a name to a value, and stands in `let`, `const` and `type`.',
    wrong: body('if 1 = 2 { 1 } else { 2 }'),
    right: body('if 1 == 2 { 1 } else { 2 }'),
  }),
  MissingBlock: error<{ word: string }>({
    code: 'IPVM1067',
    message: p =>
      `\`${p.word}\` needs ${p.word === 'match' ? 'its arms' : 'a block'} in braces: \`{\` is missing here.`,
    explain: 'What `if`, `else` and `for` do stands in braces, also when it is one value; so do the arms of a `match`.',
    wrong: body('if (1 < 2) 1 else 2'),
    right: body('if 1 < 2 { 1 } else { 2 }'),
  }),
  ElseWithoutIf: error<{}>({
    code: 'IPVM1068',
    message: () => 'This `else` belongs to no `if`.',
    explain: 'An `else` stands behind the closing brace of an `if`, on its line or on the next one.',
    wrong: body('let a = 1\nelse { 2 }\na'),
    right: body('if 1 < 2 { 1 } else { 2 }'),
  }),
  Ternary: error<{}>({
    code: 'IPVM1069',
    message: () => 'There is no `c ? a : b`. Write `if c { a } else { b }`, which is a value too.',
    explain: '`if` gives a value. A question mark behind a value takes it out of an `option` or a `result`.',
    wrong: body('1 < 2 ? 1 : 2'),
    right: body('if 1 < 2 { 1 } else { 2 }'),
  }),
  FunctionAsValue: error<{}>({
    code: 'IPVM1070',
    message: () =>
      'A function with `=>` stands only after `with` of `reduce` and `fold`. For each element of a list write `for x in xs { … }`.',
    explain:
      'There are no function values. What is done with each element of a list stands in the block of a `for`; what is ' +
      'done more than once can be a `job`.',
    wrong: body('let double = (a) => a * 2\n1'),
    right: 'job double(a: u32) -> u32 { a * 2 }\n' + body('double(1)'),
  }),
  MissingIn: error<{ found: string; instead?: boolean }>({
    code: 'IPVM1071',
    message: p =>
      p.instead
        ? `Write \`in\` instead of ${p.found}: \`for x in xs { … }\`.`
        : `\`in\` is missing here: \`for x in xs { … }\`; there is ${p.found}.`,
    replacement: p => (p.instead ? 'in' : undefined),
    explain: 'A `for` names its elements, and after `in` the list that they come from.',
    wrong: body('let a = for x of [1, 2] { x }\n1'),
    right: body('let a = for x in [1, 2] { x }\n1'),
  }),
  HeadInParentheses: error<{ names?: string }>({
    code: 'IPVM1072',
    message: p => `A \`for\` stands without parentheses: \`for ${p.names ?? 'x'} in xs { … }\`.`,
    explain: 'There is one kind of loop, over the elements of a list. A list of numbers is made by `range(n)`.',
    wrong: body('let a = for (x in [1, 2]) { x }\n1'),
    right: body('let a = for x in [1, 2] { x }\n1'),
  }),
  NoSuchLoop: error<{ word: string }>({
    code: 'IPVM1073',
    message: p =>
      `There is no \`${p.word}\`: use \`for x in xs { … }\`, or \`fold\` where a step needs the one before.`,
    explain: 'No loop may go on for ever. A `for` goes over a list, all of its elements at once; a `fold` one by one.',
    wrong: body('let a = 1\nwhile a < 5 { a }\na'),
    right: body('fold range(5) from 0 with (a, i) => a + 1'),
  }),
  SurplusWord: error<{ word: string }>({
    code: 'IPVM1074',
    message: p => `Leave out \`${p.word}\`: the last line of a block is its value.`,
    replacement: () => '',
    explain: 'A block ends with its value. Nothing returns from the middle of a job; `if` and `match` choose a value.',
    wrong: body('return 1'),
    right: fine,
  }),
  RepeatedWord: error<{ word: string }>({
    code: 'IPVM1094',
    message: p => `\`${p.word}\` stands here twice. Remove one of them.`,
    explain: 'A word that a name or a value has to follow does not stand behind itself.',
    wrong: 'job job one() -> u32 { 1 }\n' + fine,
    right: 'job one() -> u32 { 1 }\n' + fine,
  }),
  HandlerInParentheses: error<{}>({
    code: 'IPVM1075',
    message: () => 'Behind `catch` and `undo` stands a name without parentheses: `f(x) catch failure => 0`.',
    explain:
      '`e catch failure => alternative` is a value. The name stands for the failure, or for the result with `undo`.',
    wrong: body('1 catch (e) => 2'),
    right: body('1 catch e => 2'),
  }),
  HandlerWithoutName: error<{ word: string; found: string }>({
    code: 'IPVM1088',
    message: p =>
      `\`${p.word}\` first names ${p.word === 'catch' ? 'the failure' : 'the result'}: write \`${p.word} _ => …\`; there is ${p.found}.`,
    explain:
      '`e catch failure => alternative` is the alternative where `e` fails, and `e undo result => do action` what takes ' +
      'it back. The name is that of the failure, or of the result; `_` is one that nothing asks for.',
    wrong: body('1 catch 0'),
    right: body('1 catch _ => 0'),
  }),
  BlockAsValue: error<{ word?: string }>({
    code: 'IPVM1076',
    message: p =>
      p.word === undefined
        ? 'No block stands here: blocks belong to `if`, `else`, `for` and `=>`. Put its `let` before this line.'
        : `\`${p.word}\` takes a value, not a block: \`${p.word} f(x)\`.`,
    explain:
      'A block stands behind `if`, `else` and `for`, and behind the `=>` of an arm, a `catch` or a function. Elsewhere ' +
      'braces are a record. What fails is caught behind a value: `f(x) catch failure => 0`.',
    wrong: body('let a = {\n  let b = 1\n  b\n}\n1'),
    right: body('let b = 1\nlet a = b\na'),
  }),
  WrongArrow: error<{ found: string }>({
    code: 'IPVM1077',
    message: p => `Write \`=>\` instead of \`${p.found}\`.`,
    replacement: () => '=>',
    explain:
      'The value of an arm, of a `catch`, of a function and of a `given` follows `=>`; `->` stands before types.',
    wrong: body('match some(1) {\n  some(x) -> x\n  none => 0\n}'),
    right: body('match some(1) {\n  some(x) => x\n  none => 0\n}'),
  }),
  NestedPattern: error<{}>({
    code: 'IPVM1078',
    message: () => 'Only a name stands in the parentheses of a case. Write another `match` inside of the arm.',
    explain:
      'A pattern looks at one value: its case and a name for what is in it, `some(x)`. What is in it is matched in turn.',
    wrong: body('match some(ok(1)) {\n  some(ok(x)) => x\n  _ => 0\n}'),
    right: body('match some(1) {\n  some(x) => x\n  none => 0\n}'),
  }),
  BadPattern: error<{ found: string }>({
    code: 'IPVM1079',
    message: p =>
      `${p.found[0]!.toUpperCase()}${p.found.slice(1)} is no pattern: write a case such as \`some(x)\`, a literal, or \`_\`.`,
    explain:
      'Patterns are cases (`none`, `some(x)`, `Color.red`), whole numbers, texts, characters, `true`, `false`, and `_` ' +
      'for the rest. Other values are compared with `if`.',
    wrong: body('match [1] {\n  [x] => x\n  _ => 0\n}'),
    right: body('match some(1) {\n  some(x) => x\n  _ => 0\n}'),
  }),
  AlternativePatterns: error<{}>({
    code: 'IPVM1089',
    message: () => 'An arm has one pattern: write an arm for each.',
    explain: 'Each arm of a `match` stands for one case, one literal, or with `_` for all the rest.',
    wrong: body('match 1 {\n  0 | 1 => 2\n  _ => 0\n}'),
    right: body('match 1 {\n  0 => 2\n  1 => 2\n  _ => 0\n}'),
  }),
  Guard: error<{}>({
    code: 'IPVM1080',
    message: () => 'A pattern has no condition. Write an `if` behind the `=>`.',
    explain: 'An arm is chosen by its case alone; what else matters is decided by an `if` in it.',
    wrong: body('match some(1) {\n  some(x) if x > 1 => x\n  _ => 0\n}'),
    right: body('match some(1) {\n  some(x) => if x > 1 { x } else { 0 }\n  _ => 0\n}'),
  }),
  SurplusCase: error<{ word: string }>({
    code: 'IPVM1081',
    message: p =>
      p.word === 'case'
        ? 'An arm starts with its pattern, without `case`: `some(x) => x`.'
        : `The arm for the rest is \`_ => …\`, not \`${p.word}\`.`,
    replacement: p => (p.word === 'case' ? '' : '_'),
    explain: 'A `match` is a number of arms `pattern => value`; the pattern `_` stands for whatever is left.',
    wrong: body('match some(1) {\n  case some(x) => x\n  none => 0\n}'),
    right: body('match some(1) {\n  some(x) => x\n  none => 0\n}'),
  }),
  PlainText: error<{}>({
    code: 'IPVM1082',
    message: () => 'No `${…}` stands here: this text is known when the file is read.',
    explain: 'Sources of imports, embedded files, schemes, patterns and names of tests are texts without expressions.',
    wrong: 'import image from "./${1}.wasm"\n' + fine,
    right: fine,
  }),
  OnlyInTests: error<{ word: string }>({
    code: 'IPVM1083',
    message: p => `\`${p.word}\` stands only in a \`test\`.`,
    explain:
      'A test promises something about jobs: `test "adds" { assert add(1, 2) == 3 }`. A job computes its result.',
    wrong: body('assert 1 == 1\n1'),
    right: 'test "one" { assert 1 == 1 }\n' + fine,
  }),
  TestWithoutName: error<{ name?: string }>({
    code: 'IPVM1084',
    message: p =>
      p.name === undefined
        ? 'A test says what it promises: `test "adds two numbers" { … }`.'
        : `The name of a test is a text: \`test "${p.name}"\`.`,
    replacement: p => (p.name === undefined ? undefined : `"${p.name}"`),
    explain: 'The name of a test is a sentence that `ipvm test` prints, so it stands in quotes.',
    wrong: 'test { assert 1 == 1 }\n' + fine,
    right: 'test "one is one" { assert 1 == 1 }\n' + fine,
  }),
  GivenWithoutCall: error<{}>({
    code: 'IPVM1085',
    message: () => 'After `given` stands the call of an effect: `given http.get(url: "…") => …`.',
    explain: 'A `given` stands in for an effect with certain arguments; an argument `_` stands for any.',
    wrong:
      'import { http } from "ipvm:effects"\ntest "x" {\n  given http.get => err("gone")\n  assert 1 == 1\n}\n' + fine,
    right: 'test "x" { assert 1 == 1 }\n' + fine,
  }),
  NoOperationKind: error<{ found?: string; near?: Near | undefined }>({
    code: 'IPVM1086',
    message: p =>
      (p.found === undefined ? 'The kind of this operation is missing' : `\`${p.found}\` is no kind of operation`) +
      ': write `query`, `note`, `command` or `idempotent command` before its name.' +
      near(p.near),
    replacement: p => p.near,
    explain:
      'The kind says how an operation touches the world: a `query` reads it, a `note` tells it nothing that matters, a ' +
      '`command` changes it; an `idempotent command` may be done twice.',
    wrong: 'effect mail("mailto:") {\n  send(to: string) -> ()\n}\n' + fine,
    right: 'effect mail("mailto:") {\n  command send(to: string) -> ()\n}\n' + fine,
  }),
  ImportForm: error<{ star: boolean }>({
    code: 'IPVM1087',
    message: p =>
      p.star
        ? 'There is no `import *`: name what is needed, `import { a, b } from "./x.ipvm"`.'
        : 'An import takes one name or names in braces, not both. Write two imports.',
    explain:
      'A component is imported under a name, `import image from "./image.wasm"`; of a file of the language the names ' +
      'that are needed are listed, `import { Size, square as sq } from "./shapes.ipvm"`.',
    wrong: 'import * as shapes from "./shapes.ipvm"\n' + fine,
    right: fine,
  }),
}
