import { describe, expect, test } from 'vitest'
import { syntaxRows } from '../../grammar/diagnostics/syntax.ts'
import { parse } from '../../grammar/parse.ts'
import { renderDiagnostic } from '../../grammar/render.ts'
import { shape } from './tree.ts'

/** What a text is told, as a person sees it, below the text itself. */
function rendered(text: string): string {
  const found = parse(text, 'main.ipvm').diagnostics.map(d => renderDiagnostic(d, () => text))
  return `${text}\n${'-'.repeat(72)}\n${found.join('\n') || 'no diagnostics\n'}`
}

describe('each row of the table', () => {
  for (const [name, row] of Object.entries(syntaxRows)) {
    test(`${row.code} ${name}`, () => {
      expect(parse(row.wrong, 'main.ipvm').diagnostics.map(d => d.name)).toEqual([name])
      expect(parse(row.right, 'main.ipvm').diagnostics).toEqual([])
      // Thousands of brackets say nothing to a reader.
      if (name !== 'TooDeep') expect(rendered(row.wrong)).toMatchSnapshot()
    })
  }

  test('has its own code, in the range of the chapter', () => {
    const codes = Object.values(syntaxRows).map(row => row.code)
    expect(new Set(codes).size).toBe(codes.length)
    for (const code of codes) expect(code).toMatch(/^IPVM1\d{3}$/)
  })
})

const job = (body: string): string => `export job main() -> u32 {\n${body}\n}\n`

describe('one mistake gives one error', () => {
  const mistakes: Record<string, string> = {
    'a missing closing parenthesis': job('  let a = f(1, 2\n  let b = g(a)\n  b'),
    'a missing closing brace of a job': 'job a() -> u32 {\n  let b = 1\n  b\n\nexport job main() -> u32 {\n  1\n}\n',
    'a missing closing brace of `with`': job('  let a = f(1) with {\n    time: 5s\n  let b = a\n  b'),
    'a missing brace inside, found by indentation': job('  let a = f({\n    x: 1,\n  )\n  a'),
    'a surplus brace': job('  1\n}'),
    'a missing comma between fields': 'type A = record {\n  a: u8\n  b: u8,\n}\n',
    'a missing comma between arguments': job('  f(1 2)'),
    'a missing comma between parameters': 'job f(a: u8 b: u8) -> u8 { a }\n',
    'a surplus comma': job('  [, 1]'),
    '`=` in a record': job('  { a = 1 }'),
    '`=` in arguments': job('  f(a = 1)'),
    '`=` in settings': 'config { time = 5s }\n',
    '`:=`': job('  let a := 1\n  a'),
    'a colon in a type': 'type A: u8\n',
    'a colon for the arrow': 'job main(): u32 { 1 }\n',
    '`=>` for the arrow': 'job main() => u32 { 1 }\n',
    'no parameters': 'job main -> u32 { 1 }\n',
    'a reserved word as a parameter': 'job f(in: u8) -> u8 { 1 }\n',
    'a reserved word as a job': 'job for() -> u8 { 1 }\n',
    '`let` without a name': job('  let\n  let b = 1\n  b'),
    '`let` whose value is missing': job('  let a =\n  let b = 1\n  b'),
    '`const` in a job': job('  const a = 1\n  a'),
    '`var` in a job': job('  var a = 1\n  a'),
    'no last expression': job('  let a = 1\n  let b = a'),
    'an empty job': 'job main() -> u32 {}\n',
    'a text without end, with brackets in it': job('  let a = f("abc)\n  a'),
    'a bent quote': job('  let a = “abc”\n  a'),
    semicolons: 'const a = 1;\n',
    '`fn`': 'fn main() -> u32 { 1 }\n',
    'a misspelt keyword': 'exprot job main() -> u32 { 1 }\n',
    'a misspelt `job`': 'export jbo main() -> u32 { 1 }\n',
    'no keyword at all': 'export main() -> u32 { 1 }\n',
    'an expression outside': 'image.crop(1, 2)\n',
    'a unit glued to a wrong word': 'config { time: 30sec }\n',
    'a wrong unit without a near one': 'config { time: 30parsecs }\n',
    'a type behind a number': job('  1u32'),
    'an exponent without digits': job('  1e'),
    'hexadecimal without digits': job('  0x'),
    'a number with a bare dot': job('  1.'),
    'a negative duration': 'config { time: -5s }\n',
    'a wrong index of a tuple': job('  let a = (1, 2)\n  a.0x1'),
    'an escape of a character that is none': job('  "\\u{d800}"'),
    'two values': job('  a b'),
    'a subtraction without a space': job('  f(2 -1)'),
    'a call of a result': job('  f(1)(2)'),
    'a mixed record': job('  { a: 1, b }'),
    'a tuple type': 'type A = (u8, u8)\n',
    'a list type in brackets': 'type A = [u8]\n',
    'a type argument without end': 'type A = list<u8\n',
    'an import in single quotes': "import a from './a.wasm'\n",
    'an import without quotes': 'import a from ./a.wasm\n',
    'a stated function without `func`': 'import a from "x" { crop(data: bytes) -> bytes }\n',
    'a default in an interface': 'import a from "x" { crop: func(x: u8 = 1) }\n',
    'a block comment without end': 'const a = 1 /* one\nconst b = 2\n',
    'an invisible character': 'const a\u200b = 1\n',
    'a straight quote in bent ones': job('  “a"b”'),
    'a bent quote without end': 'export job main() -> string { “ab }\n',
    'a text without end, with the brace of the job in it': 'export job main() -> string { "ab }\n',
    'an interpolation without end': job('  "abc ${"'),
    backticks: job('  `abc`'),
    'an import of a reserved word': 'import { if } from "./x.ipvm"\n',
    'a minus after a dot': job('  (1, 2).-1'),
    '`assert` in a job': job('  assert a == b\n  1'),
    '`assert` of a call': job('  assert !f(1)'),
    '`undo` with `do`': job('  f(1) undo do g(1)'),
    'an export of imports': 'export import { a } from "./other.ipvm"\n',
    'an exported test': 'export test "x" {}\n',
    'a test with a name': 'test x { }\n',
    'a test with an assertion': 'test x {\n  assert a == b\n}\n',
    'a type in a job': job('  type A = record {\n    a: u8,\n  }\n  1'),
    'a job in a job': job('  let a = 1\n  job f(a: u8) -> u8 {\n    let b = a\n    b\n  }\n  f(a)'),
    'an import in a job': job('  import a from "x" {\n    f: func()\n  }\n  1'),
    'a `config` in a job': job('  config { time: 5s }\n  1'),
    'a type in a job, not indented': job('type A = u8\n1'),
    'a job in a job, not indented': job('let a = 1\nexport job f(a: u8) -> u8 {\nlet b = a\nb\n}\nf(a)'),
    'a surrogate': job("  '\\u{d800}'"),
    'an escape without digits': job("  '\\u{}'"),
    'an escape with too many digits': job("  '\\u{0000000041}'"),
    'an escape of bytes in a character': job("  '\\x41'"),
    'a quote as a character': job("  '''"),
    'a comment with `#`': job('  # x y\n  1'),
    'a comment with `#` outside': '# x y\n' + job('  1'),
    'a lone bracket': job('  ]'),
    'no `)` after the parameters': 'export job main(\n  a: u8 = 1,\n -> u8 {\n  let x = 1\n  x\n}\n',
    'megabytes with one letter': 'config { memory: 64M }\n',
    'minutes with one letter': 'config { time: 5m }\n',
    '`const` behind the brace of a job': 'export job main() -> u32 { const b = 1\n  b }\n',
    'a sum that is assigned again': job('  let t = 0\n  for x in xs { t = t + x }\n  t'),
    'a unit apart from its number': job('  f() with { time: 30 s, memory: 64MiB }'),
    'a type before the name': 'job f(u32 a, b: u8) -> u8 { b }\n',
    'types with a bar': 'type A = record { a: u8 | string }\n',
    'a list that is spread': job('  [...a, 1]'),
    'a range with dots': job('  a[0..2]'),
    'an embedded file without quotes': job('  embed f'),
    'a loop with its names in parentheses': job('  for (x, i) in [1] { x }'),
    'an equality that is chained': job('  a == b == c'),
    '`catch` with the alternative alone': job('  x catch f(1)'),
    '`catch` with the name alone': job('  x catch e'),
    'a semicolon between statements': job('  let x = 1; let y = x\n  y'),
    'a semicolon between arguments': job('  f(1; 2)'),
    '`Export job`': 'Export job main() -> u8 { 1 }\n',
    '`EXPORT JOB`': 'EXPORT JOB main() -> u8 { 1 }\n',
    '`Let`': job('  Let a = 1\n  a'),
    'an underscore in an exponent': job('  1e1_0'),
    'a number that starts with a dot': job('  f(.5)'),
    'doubled angles': 'type A = list<<u8>>\n',
    '`let` without a colon': job('  let a u8 = 1\n  a'),
    '`let mut`': job('  let mut a = 1\n  a'),
    '`let` of two names': job('  let a, b = 1\n  a'),
    '`let` of a tuple': job('  let (a, b) = f(1)\n  a'),
    'an optional parameter': 'job main(a?: u8) -> u8 { a }\n',
    'a record type without its word': 'type A = { a: u8 }\n',
    'a parameter of such a type': 'job f(a: { b: u8 }) -> u8 { 1 }\n',
    'a misspelt `record`': 'type P = recrd { a: u8 }\n',
    '`=` in a condition': job('  if a = 1 { 2 } else { 3 }'),
    '`=` behind `&&`': job('  let a = b && c = 1\n  a'),
    '`===`': job('  a === b'),
    '`!==`': job('  a !== b'),
    '`<>`': job('  a <> b'),
    '`&`': job('  a & b'),
    '`|`': job('  a | b'),
    '`and`': job('  if a and b { 1 } else { 2 }'),
    '`or`': job('  let a = b or c\n  a'),
    '`not`': job('  if not a { 1 } else { 2 }'),
    '`**`': job('  a ** 2'),
    '`++`': job('  let a = b++\n  a'),
    '`+=`': job('  let a = 1\n  a += 1\n  a'),
    'a trailing operator': job('  let a = 1 +\n  let b = 2\n  b'),
    'a trailing operator before a bracket': job('  f(1 +)'),
    'a trailing operator before a brace': job('  1 +'),
    'a doubled operator': job('  1 + * 2'),
    'chained comparisons': job('  0 <= a < 10'),
    'a ternary': job('  let a = b ? 1 : 2\n  a'),
    'a ternary of brackets': job('  a > 1 ? (b) : [c]'),
    '`if` without braces': job('  if (a) 1 else 2'),
    '`if` with `then`': job('  if a then 1 else 2'),
    '`if` without braces on lines': job('  if a\n    1\n  else\n    2'),
    '`if` with colons': job('  if a:\n    1\n  else:\n    2'),
    '`elif`': job('  if a {\n    1\n  } elif b {\n    2\n  } else {\n    3\n  }'),
    '`else` without `if`': job('  let a = 1\n  else { 2 }\n  a'),
    'a missing brace before `else`': job('  if a {\n    1\n  else {\n    2\n  }'),
    '`if` without a condition': job('  if { 1 } else { 2 }'),
    'a block without a value': job('  if a { let b = 1 } else { 2 }'),
    '`for` with `of`': job('  for x of xs { x }'),
    '`for` with a colon': job('  for x : xs { x }'),
    '`for` in parentheses': job('  for (x of xs) { x }'),
    '`for` in parentheses with `const`': job('  for (const x in xs) { x }'),
    '`for` with semicolons': job('  for (i = 0; i < n; i++) { f(i) }'),
    '`for` without `in`': job('  for x xs { x }'),
    '`for` without a list': job('  for x in { x }'),
    '`for` without its brace': job('  let a = for x in xs\n    f(x)\n  }\n  a'),
    '`foreach`': job('  foreach x in xs { x }'),
    '`while`': job('  let a = 1\n  while (a < 5) {\n    f(a)\n  }\n  a'),
    '`return`': job('  let a = 1\n  return a'),
    '`switch`': job('  switch (a) {\n    red => 1\n    _ => 2\n  }'),
    'an arm with `->`': job('  match a {\n    some(x) -> x\n    none => 1\n  }'),
    'an arm with a colon': job('  match a {\n    some(x): x\n    none => 1\n  }'),
    'an arm without an arrow': job('  match a {\n    some(x) x\n    none => 1\n  }'),
    'an arm without a value': job('  match a {\n    some(x) =>\n    none => 1\n  }'),
    'an arm with `case`': job('  match a {\n    case some(x) => x\n    none => 1\n  }'),
    'an arm with `else`': job('  match a {\n    some(x) => x\n    else => 1\n  }'),
    'an arm with `default`': job('  match a {\n    some(x) => x\n    default: 1\n  }'),
    'a guard': job('  match a {\n    some(x) if x > 1 => x\n    _ => 1\n  }'),
    'two patterns': job('  match a {\n    red | green => 1\n    _ => 2\n  }'),
    'a nested pattern': job('  match a {\n    some(ok(x)) => x\n    _ => 1\n  }'),
    'a pattern of two names': job('  match a {\n    pair(x, y) => x\n    _ => 1\n  }'),
    'a pattern of a list': job('  match a {\n    [x] => x\n    _ => 1\n  }'),
    'a pattern of a duration': job('  match a {\n    5s => 1\n    _ => 2\n  }'),
    'arms without a comma': job('  match a { red => 1 green => 2 }'),
    '`match` without its brace': job('  match a\n    red => 1\n    _ => 2\n  }'),
    'a function as a value': job('  let f = (a, b) => a + b\n  f'),
    'a function as an argument': job('  map(xs, x => x + 1)'),
    '`reduce` without `with`': job('  let a = reduce xs\n  a'),
    '`reduce` with `by`': job('  reduce xs by f'),
    '`fold` without `from`': job('  fold xs with (a, b) => a'),
    '`fold` with a comma': job('  fold xs, 0 with (a, b) => a'),
    '`reduce` without a function': job('  reduce xs with'),
    'a parameter without parentheses': job('  reduce xs with a => a'),
    'an arrow `->` of a function': job('  reduce xs with (a, b) -> a'),
    '`catch` with parentheses': job('  f(1) catch (e) => 2'),
    '`catch` with a block': job('  try {\n    f(1)\n  } catch (e) {\n    2\n  }'),
    '`catch` without a name': job('  f(1) catch => 2'),
    '`catch` without an arrow': job('  f(1) catch e 2'),
    '`undo` without a name': job('  do f(1) undo => do g(1)'),
    '`with` without braces': job('  f(1) with time: 5s'),
    '`as` without a type': job('  let a = b as\n  a'),
    '`after` without a name': job('  do f(1) after'),
    'a block as a value': job('  let a = {\n    let b = 1\n    b\n  }\n  a'),
    'an interpolation that is empty': job('  "a ${} b"'),
    'an interpolation of two values': job('  "a ${b c} d"'),
    'an interpolation with a wrong bracket': job('  f("a ${b)} c")'),
    'an interpolation that is not closed, with a text in it': job('  f("a ${g("b") c")'),
    'a mistake inside of a text': job('  "a ${"b ${1 + } c"} d"'),
    'an interpolation in an import': 'import a from "./${b}.wasm"\n',
    'an interpolation in `embed`': job('  embed "./${b}.png"'),
    'an operation without a kind': 'effect mail("mailto:") {\n  send(to: string) -> ()\n}\n',
    'an operation of another kind': 'effect mail("mailto:") {\n  function send(to: string) -> ()\n}\n',
    'an operation with a colon for its arrow': 'effect mail("mailto:") {\n  command send(to: string): u8\n}\n',
    'an effect without a scheme': 'effect mail {\n  query unread() -> u32\n}\n',
    'an effect without its brace': 'effect mail("mailto:")\n  query unread() -> u32\n}\n',
    '`uses` without a name': 'job f() -> u32 uses { 1 }\n',
    '`uses` without commas': 'job f() -> u32 uses http.get fs.write { 1 }\n',
    'a test without a name': 'test {\n  assert a == b\n}\n',
    'a `given` without a call': 'test "x" {\n  given http.get => 1\n  assert a\n}\n',
    'a `given` with `=`': 'test "x" {\n  given http.get(url: _) = 1\n  assert a\n}\n',
    'an `assert` with `=`': 'test "x" {\n  assert a = b\n}\n',
    'an `assert` without a value': 'test "x" {\n  assert\n}\n',
    '`import *`': 'import * as a from "./a.ipvm"\n',
    'two kinds of import': 'import a, { b } from "./a.ipvm"\n',
    'an import with `as` for the name': 'import { a as } from "./a.ipvm"\n',
    'a doubled parenthesis': job('  let a = f((1)\n  let b = 2\n  b'),
    'a doubled brace': 'job f() -> u8 { {\n  let a = 1\n  a\n}\n',
    'brackets that changed places': job('  let a = f([1)]\n  a'),
    'a surplus brace inside': job('  let a = if b { 1 } } else { 2 }\n  a'),
    'a `config` without its brace': 'config\n  time: 5s\n}\n',
    'a record type without its brace': 'type A = record\n  a: u8,\n  b: u8,\n}\n',
    'a body without its brace': 'export job main() -> u32\n  f(1)\n}\n',
    'several lines outside': 'f(1)\ng(2)\nh(3)\n',
    'a test with a name and nothing else': 'test x\n',
    '`config` and the name of a setting': 'config time\n',
    'a name behind `export`': 'export a\n',
  }
  for (const [name, text] of Object.entries(mistakes))
    test(name, () => {
      expect(parse(text, 'main.ipvm').diagnostics).toHaveLength(1)
      expect(rendered(text)).toMatchSnapshot()
    })

  test('two mistakes in two statements are two errors', () => {
    const text = job('  let a = [1 2]\n  let b = { c = 1 }\n  b')
    expect(parse(text, 'x').diagnostics.map(d => d.name)).toEqual(['MissingComma', 'EqualsForColon'])
  })
})

describe('a bracket that closes an entry closes nothing around it', () => {
  test.each([
    ['a record', '{\n  a: 1,\n  b: 2┆),\n  c: 3,\n}'],
    ['a record whose first field stands at its brace', '{ a: 1,\n  b: 2┆),\n  c: 3 }'],
    ['a record that is not indented', '{ a: 1,\nb: 2┆),\nc: 3 }'],
    ['a record on one line', '{ a: 1, b: 2┆), c: 3 }'],
    ['arguments on one line', 'f(1, 2┆], 3)'],
    ['a record with another bracket', '{\n  a: 1,\n  b: 2┆],\n  c: 3,\n}'],
    ['a record in a call', 'f({\n  a: 1,\n  b: 2┆),\n  c: 3,\n})'],
    ['a record in a record', '{\n  x: {\n    a: 1,\n    b: 2┆),\n    c: 3,\n  },\n  y: 1,\n}'],
    ['a list', '[\n  1,\n  2┆),\n  3,\n]'],
    ['a list with a brace', '[\n  1,\n  2┆},\n  3,\n]'],
    ['a list of records', '[\n  { a: 1 },\n  { a: 2 }┆},\n  { a: 3 },\n]'],
    ['arguments', 'f(\n  1,\n  2┆],\n  3,\n)'],
    ['arguments with a brace', 'f(\n  1,\n  2┆},\n  3,\n)'],
  ])('%s', (_, written) => {
    const around = (value: string): string => `job f() -> u8 {\n  let r = ${value.replaceAll('\n', '\n  ')}\n  r\n}\n`
    const text = around(written.replace('┆', ''))
    const { module, diagnostics } = parse(text, 'x')
    expect(diagnostics.map(d => [d.name, d.span.start])).toEqual([['WrongBracket', around(written).indexOf('┆')]])
    const right = parse(around(written.replace(/┆./, '')), 'x').module
    expect(module.items.map(shape)).toEqual(right.items.map(shape))
  })
})

describe('what is half written is told by what is missing next', () => {
  const before = 'job first() -> u8 { 1 }\n'
  const behind = '\n\n/// Docs.\nexport job last() -> u8 { 1 }\n'

  /** A text at the end of a file and between others, which stay; `┆` is where something is missing. */
  function lacks(written: string, message: string): void {
    const at = before.length + written.indexOf('┆')
    for (const rest of ['', '\n', behind]) {
      const text = before + written.replace('┆', '') + rest
      const { module, diagnostics } = parse(text, 'x')
      expect(diagnostics.map(d => [d.span.start, d.message])).toEqual([[at, message]])
      const jobs = module.items.filter(item => item.kind === 'Job').map(item => item.name.text)
      expect(jobs.filter(name => name !== '')).toEqual(rest === behind ? ['first', 'last'] : ['first'])
    }
  }

  test.each([
    ['import┆', 'Here the name of the import is missing; there is the end.'],
    ['config┆', '`{` with settings is missing after `config`; there is the end.'],
    ['type┆', 'Here the name of the type is missing; there is the end.'],
    ['const┆', 'Here the name of the constant is missing; there is the end.'],
    ['job┆', 'Here the name of the job is missing; there is the end.'],
    ['effect┆', 'Here the name of the effect is missing; there is the end.'],
    ['test┆', 'A test says what it promises: `test "adds two numbers" { … }`.'],
    ['export┆', '`job`, `type`, `const` or `effect` is missing after `export`; there is the end.'],
    ['export job┆', 'Here the name of the job is missing; there is the end.'],
    ['export type┆', 'Here the name of the type is missing; there is the end.'],
    ['effect m("a:") { query ┆}', 'Here the name of the operation is missing; there is `}`.'],
    ['effect m("a:") {\n  note┆\n}', 'Here the name of the operation is missing; there is `}`.'],
    [
      'effect m("a:") {\n  query┆\n  query b()\n}',
      'Here the name of the operation is missing; there is the end of the line.',
    ],
    [
      'effect m("a:") {\n  query a() ->┆\n  idempotent command b()\n}',
      'A type is missing after `->`; there is the end of the line.',
    ],
    [
      'effect m("a:") {\n  query a() -> b.┆\n  query b()\n}',
      'Here the name of a type is missing; there is the end of the line.',
    ],
    ['effect m("a:") { idempotent ┆}', '`command` is missing after `idempotent`; there is `}`.'],
    ['effect m("a:") { idempotent command ┆}', 'Here the name of the operation is missing; there is `}`.'],
    ['test "x" { given ┆}', 'After `given` stands the call of an effect: `given http.get(url: "…") => …`.'],
    ['test "x" {\n  given┆\n}', 'After `given` stands the call of an effect: `given http.get(url: "…") => …`.'],
    [
      'test "x" {\n  given┆\n  assert a\n}',
      'After `given` stands the call of an effect: `given http.get(url: "…") => …`.',
    ],
    ['test "x" {\n  given ┆x\n}', 'After `given` stands the call of an effect: `given http.get(url: "…") => …`.'],
    ['test "x" {\n  given ┆x =\n}', 'After `given` stands the call of an effect: `given http.get(url: "…") => …`.'],
    ['test "x" {\n  given x()┆\n}', '`=>` is missing after `)`; there is `}`.'],
    ['test "x" {\n  given x() =>┆\n  assert a\n}', 'A value is missing after `=>`; there is the end of the line.'],
    ['test "x" { assert ┆}', 'A value is missing after `assert`; there is `}`.'],
    ['test "x" {\n  assert┆\n  assert a\n}', 'A value is missing after `assert`; there is the end of the line.'],
    ['test "x" { assert fails ┆}', 'A value is missing after `fails`; there is `}`.'],
    [
      'test "x" {\n  assert fails┆\n  given x() => 1\n}',
      'A value is missing after `fails`; there is the end of the line.',
    ],
    ['test "x" {\n  assert a ==┆\n  assert b\n}', 'A value is missing after `==`; there is the end of the line.'],
    ['test "x" {\n  assert q() == some(┆\n}', 'The `(` is not closed: `)` is missing here.'],
    ['test "x" {\n  assert q() == some(┆\n  assert b\n}', 'The `(` is not closed: `)` is missing here.'],
    [
      'test "x" {\n  let c = match s {\n    a =>┆\n    b(c) => c\n  }\n}',
      'A value is missing after `=>`; there is the end of the line.',
    ],
    [
      'test "x" {\n  let c = match s {\n    a => b +┆\n    S.b(_) => 1\n  }\n}',
      'A value is missing after `+`; there is the end of the line.',
    ],
    ['test\n  ┆let a = 1\n  assert a == 1\n}', 'The body of `test` starts without `{`.'],
    [
      'test "x" {\n  let a = b.┆\n  assert c\n}',
      'After a dot stands a name or a whole number; there is the end of the line.',
    ],
    ['test "x" {\n  let a = q(some(┆\n  assert b\n}', 'The `(` is not closed: `)` is missing here.'],
    ['test "x" {\n  let a = [q({ b: 1,┆\n  given c() => 1\n}', 'The `{` is not closed: `}` is missing here.'],
    [
      'test "x" {\n  let v = match a {\n    b =>┆\n    c(d) => 1\n  }\n}',
      'A value is missing after `=>`; there is the end of the line.',
    ],
    [
      'test "x" {\n  let v = match a {\n    b =>┆\n    C.d => 1\n  }\n}',
      'A value is missing after `=>`; there is the end of the line.',
    ],
    [
      'test "x" {\n  let v = match a {\n    b => c.┆\n    m.C.d(_) => 1\n  }\n}',
      'After a dot stands a name or a whole number; there is the end of the line.',
    ],
    [
      'test "x" {\n  let v = if a {\n    let b =┆\n    f(b)\n  } else { 1 }\n}',
      'A value is missing after `=`; there is the end of the line.',
    ],
    [
      'test "x" {\n  let v = if a { 1 } else {\n    let b: u8 =┆ // c\n\n    (1 + 2) * 3\n  }\n}',
      'A value is missing after `=`; there is the end of the line.',
    ],
    [
      'test "x" {\n  let v = if a { let b = if c┆\n    { d: b }\n  } else { 1 }\n}',
      '`if` needs a block in braces: `{` is missing here.',
    ],
    [
      'test "x" {\n  let v = if a { let b = if c { d } else┆\n    {\n      d: b,\n    }\n  } else { 1 }\n}',
      '`else` needs a block in braces: `{` is missing here.',
    ],
    [
      'test "x" {\n  let v = if a { let b = match c(1)┆\n    { d: b }\n  } else { 1 }\n}',
      '`match` needs its arms in braces: `{` is missing here.',
    ],
    [
      'test "x" {\n  let v = if a { let b = for c in d┆\n    { d: b }\n  } else { 1 }\n}',
      '`for` needs a block in braces: `{` is missing here.',
    ],
    [
      'test "x" {\n  let v = if a { let b = if┆\n    { d: b }\n  } else { 1 }\n}',
      'A value is missing after `if`; there is the end of the line.',
    ],
    ['test "x" {\n  let a =┆\n  assert a\n}', 'A value is missing after `=`; there is the end of the line.'],
    ['test "x" {\n  let┆\n  assert a\n}', 'Here the name of the value is missing; there is the end of the line.'],
  ])('%s', lacks)
})

describe('fixes', () => {
  /** The text after the only fix of its only diagnostic. */
  function repaired(text: string): string {
    const [d] = parse(text, 'x').diagnostics
    const [fix] = d!.fixes
    return fix!.edits
      .toSorted((a, b) => b.start - a.start)
      .reduce((t, e) => t.slice(0, e.start) + e.text + t.slice(e.end), text)
  }

  test('say what is meant', () => {
    expect(repaired(job('  “a"b”'))).toBe(job('  "a\\"b"'))
    expect(repaired(job('  f("ab)'))).toBe(job('  f("ab")'))
    expect(repaired('config { memory: 64M }\n')).toBe('config { memory: 64MB }\n')
    expect(repaired('config { memory: 64m }\n')).toBe('config { memory: 64MB }\n')
    expect(repaired('config { time: 5M }\n')).toBe('config { time: 5min }\n')
    expect(repaired(job('  let x = 1; x'))).toBe(job('  let x = 1\n  x'))
    expect(repaired(job('  let x = 1;\n  x'))).toBe(job('  let x = 1\n  x'))
    expect(repaired(job('  f(1; 2)'))).toBe(job('  f(1, 2)'))
    expect(repaired('EXPORT JOB main() -> u8 { 1 }\n')).toBe('export job main() -> u8 { 1 }\n')
    expect(repaired('type A = list<<u8>>\n')).toBe('type A = list<u8>\n')
    expect(repaired(job('  # x\n  1'))).toBe(job('  // x\n  1'))
    expect(repaired('job f(a?: u8) -> u8 { 1 }\n')).toBe('job f(a: option<u8> = none) -> u8 { 1 }\n')
    expect(repaired(job("  '''"))).toBe(job("  '\\''"))
  })

  test('put nothing behind a text without end', () => {
    for (const text of ['export job main() -> string { “a"b” }\n', 'job f() -> u8 {\n  let a = [\n    “b']) {
      const edits = parse(text, 'x').diagnostics.flatMap(d => (d.name === 'Unclosed' ? d.fixes : []))
      expect(edits).toEqual([])
    }
  })

  for (const [name, row] of Object.entries(syntaxRows)) {
    const [d] = parse(row.wrong, 'x').diagnostics
    if (d!.fixes.length === 0) continue
    test(`${name} is gone after its fix`, () => {
      expect(parse(repaired(row.wrong), 'x').diagnostics.map(found => found.name)).not.toContain(name)
    })
  }
})

describe('these are no mistakes', () => {
  test.each([
    ['a sign behind `assert fails`', 'test "x" {\n  assert fails -n / 0\n}\n'],
    [
      'what is called like a word of tests',
      'test "x" {\n  let given = f()\n  assert (fails)\n  assert given\n  assert (given.a)\n  let a =\n    assert(given)\n}\n',
    ],
    ['an operation that is called like a kind', 'effect m("a:") {\n  query query()\n  command note()\n}\n'],
    ['a minus behind a name `fails`', 'test "x" {\n  assert fails - n == 0\n}\n'],
    ['`uses` at the end of a line', 'job f() -> u8 uses\n  a.b\n{ 1 }\n'],
    [
      'a record below `if` that is compared',
      'job f(a: u8) -> u8 {\n  if\n    { b: a } == c {\n    1\n  } else\n  {\n    2\n  }\n}\n',
    ],
    [
      'a type below its arrow or dot',
      'effect m("a:") {\n  query a() ->\n    u8\n  query b() -> c.\n    d\n  query e()\n}\n',
    ],
    ['a member that is called like a type', 'config {\n  a: x.flags\n  b: 1\n}\n'],
  ])('%s', (_, text) => {
    expect(parse(text, 'main.ipvm').diagnostics).toEqual([])
  })
})
