import { error } from './define.ts'

const hinted = (hint: string | undefined): string => (hint === undefined ? '' : ` ${hint}`)
const quoted = (names: string[]): string => names.map(name => `\`${name}\``).join(', ')

/** IPVM302x to IPVM306x: operators, conversions, branches, loops and built-ins. */
export const flowRows = {
  OperandTypes: error<{ operator: string; left: string; right: string; hint: string | undefined }>({
    code: 'IPVM3020',
    message: p =>
      `\`${p.operator}\` takes two values of one type, but these are ${p.left} and ${p.right}.${hinted(p.hint)}`,
    explain:
      'Both sides of an operator are made one type without a word only where nothing is lost: a number with fewer bits becomes one with more, an unsigned one a wider signed one. All else is said with `as`, which fails where a value does not fit.',
    wrong: 'export job main(a: u32, b: s32) -> s64 { a + b }\n',
    right: 'export job main(a: u32, b: s32) -> s64 { (a as s64) + b }\n',
  }),
  BadOperand: error<{ operator: string; type: string; wants: string; hint: string | undefined }>({
    code: 'IPVM3021',
    message: p => `\`${p.operator}\` takes ${p.wants}, and this is \`${p.type}\`.${hinted(p.hint)}`,
    explain:
      'Arithmetic is for numbers alone, and `<` and its like for numbers, characters and texts. Texts are put together in a text, `"${a}${b}"`, lists by `concat(a, b)`.',
    wrong: 'export job main(name: string) -> string { "Hello, " + name }\n',
    right: 'export job main(name: string) -> string { "Hello, ${name}" }\n',
  }),
  NotACondition: error<{ what: string; type: string; hint: string | undefined }>({
    code: 'IPVM3022',
    message: p => `${p.what} takes a \`bool\`, and this is ${p.type}.${hinted(p.hint)}`,
    explain: 'Nothing but a `bool` is true or false. What is asked of another value is written as a comparison.',
    wrong: 'export job main(n: u32) -> string { if n { "some" } else { "none" } }\n',
    right: 'export job main(n: u32) -> string { if n != 0 { "some" } else { "none" } }\n',
  }),
  NegatedUnsigned: error<{ type: string }>({
    code: 'IPVM3023',
    message: p => `\`${p.type}\` has no negative numbers. Make the value a signed one first: \`-(x as s64)\`.`,
    explain: 'The unsigned types hold no number below 0, so that `-` would fail for every value but one.',
    wrong: 'export job main(n: u32) -> s64 { -n }\n',
    right: 'export job main(n: u32) -> s64 { -(n as s64) }\n',
  }),
  UselessAs: error<{ type: string }>({
    code: 'IPVM3024',
    message: p => `This is a \`${p.type}\` already. Remove \`as ${p.type}\`.`,
    explain: '`as` stands where a value changes its type, so that readers can trust that something may fail there.',
    wrong: 'export job main(n: u32) -> u32 { n as u32 }\n',
    right: 'export job main(n: u32) -> u8 { n as u8 }\n',
  }),
  ImpossibleAs: error<{ from: string; to: string; hint: string }>({
    code: 'IPVM3025',
    message: p => `\`as\` makes no \`${p.to}\` of ${p.from}: ${p.hint}.`,
    explain:
      '`as` converts numbers to numbers, `char` to `u32` and back, `bytes` to `string` and back, everything to `ipld` and back, one link to another, and lists, options, results, tuples, records and variants of these part by part. It fails where a value does not fit.',
    wrong: 'export job main(n: u32) -> string { n as string }\n',
    right: 'export job main(n: u32) -> string { "${n}" }\n',
  }),
  NotPrintable: error<{ type: string }>({
    code: 'IPVM3026',
    message: p => `A \`${p.type}\` has no form as a text. Say with \`as\` what it is: \`\${x as string}\`.`,
    explain:
      'A text holds values of every type but `ipld`: whether that holds a text or a number is known only when the job runs.',
    wrong: 'export job main(x: ipld) -> string { "got ${x}" }\n',
    right: 'export job main(x: ipld) -> string { "got ${x as u32}" }\n',
  }),
  IfWithoutElse: error<{}>({
    code: 'IPVM3027',
    message: () => 'This `if` has no `else`, so it has no value where the condition does not hold. Add `else { … }`.',
    explain: 'An `if` without `else` is `()`. It stands where something is performed or not.',
    wrong: 'export job main(big: bool) -> u32 { if big { 100 } }\n',
    right: 'export job main(big: bool) -> u32 { if big { 100 } else { 1 } }\n',
  }),
  NothingToUnwrap: error<{ type: string }>({
    code: 'IPVM3028',
    message: p => `\`?\` takes the content out of an option or a result, and this is ${p.type}. Remove \`?\`.`,
    explain:
      '`e?` is the content of `some` or `ok`; where there is none the task fails. It never returns from the job.',
    wrong: 'export job main(n: u32) -> u32 { n? }\n',
    right: 'export job main(n: option<u32>) -> u32 { n? }\n',
  }),
  MissingCases: error<{ missing: string[]; type: string; countless: boolean }>({
    code: 'IPVM3029',
    message: p =>
      p.countless
        ? `This \`match\` does not say what the rest of \`${p.type}\` comes to. Add \`_ => …\`.`
        : `This \`match\` lacks ${quoted(p.missing)}. Add ${p.missing.length === 1 ? 'it' : 'them'}, or \`_ => …\` for the rest.`,
    explain:
      'A `match` has an arm for every value. Where a type gets a new case, the places that have to deal with it are found by this.',
    wrong: 'export job main(n: option<u32>) -> u32 {\n  match n {\n    some(x) => x\n  }\n}\n',
    right: 'export job main(n: option<u32>) -> u32 {\n  match n {\n    some(x) => x\n    none => 0\n  }\n}\n',
  }),
  NotMatchable: error<{ type: string; hint: string }>({
    code: 'IPVM3030',
    message: p => `A \`${p.type}\` has no cases to match: ${p.hint}.`,
    explain:
      '`match` tells the cases of options, results, variants and enums apart, and written values of integers, `bool`, `char` and `string`.',
    wrong: 'export job main(x: f64) -> u32 {\n  match x {\n    0 => 1\n    _ => 2\n  }\n}\n',
    right: 'export job main(x: f64) -> u32 { if x < 0.5 { 1 } else { 2 } }\n',
  }),
  PatternKind: error<{ pattern: string; type: string; wants: string }>({
    code: 'IPVM3031',
    message: p => `\`${p.pattern}\` is no pattern of \`${p.type}\`, which is matched by ${p.wants}.`,
    explain:
      'A bare word in a pattern is a case, never a new name: names are bound in parentheses, as in `some(x)`. Numbers, texts and characters are matched by written values, and `_` takes the rest.',
    wrong: 'export job main(n: u32) -> u32 {\n  match n {\n    0 => 1\n    other => other\n  }\n}\n',
    right: 'export job main(n: u32) -> u32 {\n  match n {\n    0 => 1\n    _ => n\n  }\n}\n',
  }),
  NotAList: error<{ what: string; type: string; hint: string | undefined }>({
    code: 'IPVM3032',
    message: p => `\`${p.what}\` goes over a list, and this is ${p.type}.${hinted(p.hint)}`,
    explain: '`for`, `reduce` and `fold` go over lists, over `bytes`, which is `list<u8>`, and over links to such.',
    wrong: 'export job main(n: u32) -> list<u32> { for i in n { i } }\n',
    right: 'export job main(n: u32) -> list<u32> { for i in range(n) { i } }\n',
  }),
  StepParameters: error<{ what: string; count: number; example: string }>({
    code: 'IPVM3034',
    message: p => `\`${p.what}\` hands in two values, and this takes ${p.count}: write \`${p.example}\`.`,
    explain:
      '`reduce` hands two elements to its function, which joins them to one. `fold` hands in the state, then the element, and takes the next state.',
    wrong: 'export job main(xs: list<u32>) -> u32 { reduce xs with (a) => a }\n',
    right: 'export job main(xs: list<u32>) -> u32 { reduce xs with (a, b) => a + b }\n',
  }),
  BuiltInArguments: error<{ name: string; shape: string; why: string }>({
    code: 'IPVM3036',
    message: p => `\`${p.name}\` ${p.why}: \`${p.shape}\`.`,
    explain:
      'The built-ins are `len range zip concat flatten keys link declassify`. They take their arguments by their places.',
    wrong: 'export job main(a: list<u8>) -> u64 { len(a, 1) }\n',
    right: 'export job main(a: list<u8>) -> u64 { len(a) }\n',
  }),
  BuiltInTakes: error<{ name: string; wants: string; type: string; hint: string | undefined }>({
    code: 'IPVM3037',
    message: p => `\`${p.name}\` takes ${p.wants}, and this is ${p.type}.${hinted(p.hint)}`,
    explain:
      '`len` takes a list, a string or `ipld`, `range` integers, `zip` two lists, `concat` lists of one type or strings, `flatten` a list of lists, `keys` a map of `ipld`, `link` anything.',
    wrong: 'export job main(n: u32) -> u64 { len(n) }\n',
    right: 'export job main(n: string) -> u64 { len(n) }\n',
  }),
  ConstantFails: error<{ what: string; why: string }>({
    code: 'IPVM3038',
    message: p => `${p.what} cannot be computed: ${p.why}.`,
    explain:
      'Constants and defaults are computed when the program is compiled. Arithmetic is checked: a number that does not fit its type, a division by zero or an index beyond the end is an error here, and a failure in a job that runs.',
    wrong: 'const share = 100 / 0\n\nexport job main() -> s64 { share }\n',
    right: 'const share = 100 / 4\n\nexport job main() -> s64 { share }\n',
  }),
}
