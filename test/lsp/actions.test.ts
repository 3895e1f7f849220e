import { describe, expect, test } from 'vitest'
import { actions, isOfKind, sourceActions, sourceActionsAt, type Action } from '../../lsp/features/actions.ts'
import { ExportIndex } from '../../lsp/features/completion.ts'
import { nodesIn } from '../../lsp/features/actions/expression.ts'
import { jobCid, type CompiledNow } from '../../lsp/features/job-cid.ts'
import type { Edit } from '../../lsp/interface.ts'
import { format } from '../../grammar/format.ts'
import { Fixture } from './harness.ts'

const head = `import filters from "./filters.wasm"
import png from "./png.wasm"
import { http, fs, secret, time } from "ipvm:effects"
type Color = enum { red, green }
type Picture = record { name: string, color: Color }
const edge: u32 = 3
job helper(a: u32, b: string = "x") -> u32 { a }
`

/** A fixture, and what can be done at its cursor, or between two of them. */
async function offered(files: Record<string, string> | string): Promise<{ fixture: Fixture; found: Action[] }> {
  const fixture = new Fixture(typeof files === 'string' ? head + files : files)
  const [first, last = first] = fixture.cursors
  const others = new ExportIndex().of(fixture.workspace, fixture.texts.keys())
  const found = await fixture.in('/main.ipvm', view => {
    const local = first ? actions(view, { start: first.offset, end: last!.offset }, others) : []
    return [...local, ...sourceActions(view, others)]
  })
  return { fixture, found }
}

function apply(text: string, edits: Edit[]): string {
  const sorted = [...edits].sort((a, b) => b.start - a.start || b.end - a.end)
  let before = Infinity
  let changed = text
  for (const { start, end, text: part } of sorted) {
    expect(end).toBeLessThanOrEqual(before)
    before = start
    changed = changed.slice(0, start) + part + changed.slice(end)
  }
  return changed
}

async function errorsOf(fixture: Fixture): Promise<string[]> {
  return fixture.in('/main.ipvm', view =>
    view.diagnostics.filter(({ severity }) => severity === 'error').map(({ message }) => message),
  )
}

/** The text after an action, which must have no more errors than before. */
async function done(files: Record<string, string> | string, title: string): Promise<string> {
  const { fixture, found } = await offered(files)
  const action = found.find(entry => entry.title === title)
  if (!action) throw new Error(`${title} is not offered, but ${found.map(entry => entry.title).join('; ')}`)
  const before = await errorsOf(fixture)
  const text = apply(fixture.texts.get('/main.ipvm')!, action.edits)
  fixture.workspace.set('/main.ipvm', text)
  expect((await errorsOf(fixture)).filter(error => !before.includes(error))).toEqual([])
  return text.startsWith(head) ? text.slice(head.length) : text
}

/** The CID of the job `f`. */
async function cidIn(fixture: Fixture): Promise<CompiledNow | { why: string }> {
  return fixture.in('/main.ipvm', view => jobCid(view, 'f'))
}

/** The text after an action that keeps what `f` means. */
async function kept(text: string, title: string): Promise<string> {
  const before = new Fixture(head + text)
  const cid = await cidIn(before)
  expect(cid, 'f can be compiled').toHaveProperty('cid')
  const after = await done(text, title)
  const same = await cidIn(new Fixture(head + after))
  expect(same).toMatchObject({ cid: 'cid' in cid && cid.cid })
  return after
}

async function titles(files: Record<string, string> | string, kind: string): Promise<string[]> {
  return (await offered(files)).found.filter(action => isOfKind(action, kind)).map(({ title }) => title)
}

describe('an expression is put into a `let`', () => {
  test.each<[string, string, string, string]>([
    [
      'a call',
      'job f(n: u32) -> u32 {\n  ┆helper(n)┆ + 1\n}',
      'helper2',
      'job f(n: u32) -> u32 {\n  let helper2 = helper(n)\n  helper2 + 1\n}',
    ],
    [
      'with white space around it',
      'job f(n: u32) -> u32 {\n  helper(┆ n + 1 ┆)\n}',
      'value',
      'job f(n: u32) -> u32 {\n  let value = n + 1\n  helper( value )\n}',
    ],
    [
      'with its parentheses',
      'job f(n: u32) -> u32 {\n  ┆(n + 1)┆ * 2\n}',
      'value',
      'job f(n: u32) -> u32 {\n  let value = n + 1\n  (value) * 2\n}',
    ],
    [
      'a field',
      'job f(p: Picture) -> string {\n  "a ${┆p.name┆}"\n}',
      'name',
      'job f(p: Picture) -> string {\n  let name = p.name\n  "a ${name}"\n}',
    ],
    [
      'a literal',
      'job f() -> u32 {\n  helper(┆7┆)\n}',
      'value',
      'job f() -> u32 {\n  let value = 7\n  helper(value)\n}',
    ],
    [
      'a record',
      'job g(p: Picture) -> string { p.name }\njob f() -> string {\n  g(┆{ name: "a", color: Color.red }┆)\n}',
      'value',
      'job g(p: Picture) -> string { p.name }\njob f() -> string {\n  let value: Picture = { name: "a", color: Color.red }\n  g(value)\n}',
    ],
    [
      'a list',
      'job g(p: list<u8>) -> bytes { p }\njob f() -> bytes {\n  g(┆[1, 2]┆)\n}',
      'value',
      'job g(p: list<u8>) -> bytes { p }\njob f() -> bytes {\n  let value: bytes = [1, 2]\n  g(value)\n}',
    ],
    [
      'none',
      'job g(p: option<u8>) -> option<u8> { p }\njob f() -> option<u8> {\n  g(┆none┆)\n}',
      'none2',
      'job g(p: option<u8>) -> option<u8> { p }\njob f() -> option<u8> {\n  let none2: option<u8> = none\n  g(none2)\n}',
    ],
    [
      'a float',
      'job f(x: f32) -> f32 {\n  x * ┆1.5┆\n}',
      'value',
      'job f(x: f32) -> f32 {\n  let value = 1.5\n  x * value\n}',
    ],
    [
      'in the block of a loop',
      'job f(xs: list<u32>) -> list<u32> {\n  for x in xs {\n    helper(┆x + 1┆)\n  }\n}',
      'value',
      'job f(xs: list<u32>) -> list<u32> {\n  for x in xs {\n    let value = x + 1\n    helper(value)\n  }\n}',
    ],
    [
      'out of an arm',
      'job f(o: option<u32>, n: u32) -> u32 {\n  match o { some(x) => x + ┆helper(n)┆, none => 0 }\n}',
      'helper2',
      'job f(o: option<u32>, n: u32) -> u32 {\n  let helper2 = helper(n)\n  match o { some(x) => x + helper2, none => 0 }\n}',
    ],
    [
      'on one line',
      'job f(n: u32) -> u32 { ┆helper(n)┆ + 1 }',
      'helper2',
      'job f(n: u32) -> u32 {\n  let helper2 = helper(n)\n  helper2 + 1\n}',
    ],
    [
      'in the block of a loop on one line',
      'job f(xs: list<u32>) -> list<u32> {\n  for x in xs { ┆x * 2┆ + 1 }\n}',
      'value',
      'job f(xs: list<u32>) -> list<u32> {\n  for x in xs {\n    let value = x * 2\n    value + 1\n  }\n}',
    ],
    [
      'before the first of two lines, which stands beside the brace',
      'job f(n: u32) -> u32 { let a = ┆n + 1┆ + n\n  a }',
      'value',
      'job f(n: u32) -> u32 {\n  let value = n + 1\n  let a = value + n\n  a\n}',
    ],
    [
      'in an arm',
      'job f(o: option<u32>) -> u32 {\n  match o {\n    some(x) => ┆x + 1┆ + x\n    none => 0\n  }\n}',
      'value',
      'job f(o: option<u32>) -> u32 {\n  match o {\n    some(x) => {\n      let value = x + 1\n      value + x\n    }\n    none => 0\n  }\n}',
    ],
    [
      'in an arm beside others, with parentheses',
      'job f(o: option<u32>) -> u32 {\n  match o { some(x) => ((┆x + 1┆)), none => 0 }\n}',
      'value',
      'job f(o: option<u32>) -> u32 {\n  match o { some(x) => {\n    let value = x + 1\n    ((value))\n  }, none => 0 }\n}',
    ],
    [
      'in a function',
      'job f(xs: list<u32>) -> u32 {\n  fold xs from 0 with (a, b) => ┆a * 2┆ + b\n}',
      'value',
      'job f(xs: list<u32>) -> u32 {\n  fold xs from 0 with (a, b) => {\n    let value = a * 2\n    value + b\n  }\n}',
    ],
    [
      'all that a function gives, below a comment',
      'job f(xs: list<u32>) -> u32 {\n  reduce xs with (a, b) => // =>\n    ┆a + b┆\n}',
      'value',
      'job f(xs: list<u32>) -> u32 {\n  reduce xs with (a, b) => {\n    let value = a + b\n    // =>\n    value\n  }\n}',
    ],
    [
      'in an alternative',
      'job f(n: u32) -> u32 {\n  helper(n)\n    catch why => ┆len(why.message)┆ as u32\n}',
      'len2',
      'job f(n: u32) -> u32 {\n  helper(n)\n    catch why => {\n      let len2 = len(why.message)\n      len2 as u32\n    }\n}',
    ],
    [
      'in an arm of a constant',
      'const two: u32 = match true { true => ┆1 + 1┆ + 0, false => 3 }\njob f() -> u32 { two }',
      'value',
      'const two: u32 = match true { true => {\n  let value = 1 + 1\n  value + 0\n}, false => 3 }\njob f() -> u32 { two }',
    ],
    [
      'an effect of an arm of a text with slashes',
      'job f(u: string) -> bytes {\n  match u { "a//b" => ┆http.get(u)┆?.body, _ => b"" }\n}',
      'get',
      'job f(u: string) -> bytes {\n  match u { "a//b" => {\n    let get = http.get(u)\n    get?.body\n  }, _ => b"" }\n}',
    ],
    [
      'an effect of an arm',
      'job f(o: option<u32>) -> bytes {\n  match o { some(_) => ┆http.get("")┆?.body, none => b"" }\n}',
      'get',
      'job f(o: option<u32>) -> bytes {\n  match o { some(_) => {\n    let get = http.get("")\n    get?.body\n  }, none => b"" }\n}',
    ],
    [
      'with line ends of Windows',
      'job f(n: u32) -> u32 {\r\n  ┆helper(n)┆ + 1\r\n}',
      'helper2',
      'job f(n: u32) -> u32 {\r\n  let helper2 = helper(n)\r\n  helper2 + 1\r\n}',
    ],
    [
      'an effect',
      'job f(u: string) -> bytes {\n  ┆http.get(u)┆?.body\n}',
      'get',
      'job f(u: string) -> bytes {\n  let get = http.get(u)\n  get?.body\n}',
    ],
    [
      'with characters of two units before it',
      'job f(n: u32) -> string {\n  "𝒜 ${┆helper(n)┆}"\n}',
      'helper2',
      'job f(n: u32) -> string {\n  let helper2 = helper(n)\n  "𝒜 ${helper2}"\n}',
    ],
    [
      'in parentheses that are a whole line',
      'job f(n: u32) -> u32 {\n  ┆(n + 1)┆\n}',
      'value',
      'job f(n: u32) -> u32 {\n  let value = n + 1\n  (value)\n}',
    ],
    [
      'out of several parentheses',
      'job f(n: u32) -> u32 {\n  let a = (n)\n  (( // (why\n    ┆n + a┆))\n}',
      'value',
      'job f(n: u32) -> u32 {\n  let a = (n)\n  let value = n + a\n  (( // (why\n    value))\n}',
    ],
    [
      'in parentheses in a block, with line ends of Windows',
      'job f(n: u32) -> u32 {\r\n  if n > 1 { n } else { (┆n + 1┆) }\r\n}',
      'value',
      'job f(n: u32) -> u32 {\r\n  if n > 1 { n } else {\r\n    let value = n + 1\r\n    (value)\r\n  }\r\n}',
    ],
    [
      'a fold of a wider type',
      'job f(xs: list<u8>) -> u32 {\n  ┆fold xs from 0 with (a, x) => a + x┆\n}',
      'value',
      'job f(xs: list<u8>) -> u32 {\n  let value: u32 = fold xs from 0 with (a, x) => a + x\n  value\n}',
    ],
    [
      'a `catch` of a wider type',
      'job f(x: u8) -> u32 {\n  ┆(1 / x) catch _ => 300┆\n}',
      'value',
      'job f(x: u8) -> u32 {\n  let value: u32 = (1 / x) catch _ => 300\n  value\n}',
    ],
    [
      'an `if` of a wider type',
      'job f(c: bool, a: u8) -> u32 {\n  ┆if c { a } else { 300 }┆\n}',
      'value',
      'job f(c: bool, a: u8) -> u32 {\n  let value: u32 = if c { a } else { 300 }\n  value\n}',
    ],
    [
      'a `match` of a wider type',
      'job f(c: u8, a: u8) -> u32 {\n  ┆match c { 0 => a, _ => 70000 }┆\n}',
      'value',
      'job f(c: u8, a: u8) -> u32 {\n  let value: u32 = match c { 0 => a, _ => 70000 }\n  value\n}',
    ],
    [
      'a loop of wider elements',
      'job f(xs: list<u8>) -> list<u32> {\n  ┆for x in xs { x }┆\n}',
      'value',
      'job f(xs: list<u8>) -> list<u32> {\n  let value: list<u32> = for x in xs { x }\n  value\n}',
    ],
    [
      'what becomes a secret where it stands',
      'job g(n: u32) -> u32 { n }\njob f(n: secret<u32>) -> secret<u32> {\n  g(┆if n > 1 { 1 } else { 2 }┆)\n}',
      'value',
      'job g(n: u32) -> u32 { n }\njob f(n: secret<u32>) -> secret<u32> {\n  let value: secret<u32> = if n > 1 { 1 } else { 2 }\n  g(value)\n}',
    ],
  ])('%s', async (_, text, name, after) => {
    const written = await kept(text, `Extract into \`let ${name}\``)
    expect(written).toBe(after)
  })

  test.each([
    ['an effect behind `&&`', 'job f(c: bool) -> bool {\n  c && ┆time.now()┆ > 1\n}'],
    ['all of a `let`', 'job f(n: u32) -> u32 {\n  let a = ┆helper(n)┆\n  a\n}'],
    ['a part of an expression', 'job f(n: u32) -> u32 {\n  n + ┆n * n + n┆\n}'],
    ['what is no expression', 'job f(┆n: u32┆) -> u32 { n }'],
    ['what is called', 'job f(n: u32) -> u32 { ┆helper┆(n) }'],
    ['a pattern', 'job f(n: u32) -> u32 { match n { ┆0┆ => 1, _ => 2 } }'],
    ['a constant', 'const two: u32 = ┆1 + 1┆\njob f() -> u32 { two }'],
    ['a plain part of a text', 'job f(n: u32) -> string { "┆abc ┆${n}" }'],
    ['a path', 'job f() -> bytes { embed ┆"./types.wasm"┆ }'],
    ['a setting', 'job f(n: u32) -> u32 { helper(n) with { retry: ┆3┆ } }'],
    ['nothing', 'job f(n: u32) -> u32 { ┆n }'],
    ['what has limits', 'job f(n: u32) -> u32 {\n  ┆helper(n)┆ with { retry: 1 }\n}'],
    ['what is performed', 'job f() -> u64 {\n  do ┆fs.write("", b"")┆\n}'],
    ['an `if` behind `else`', 'job f(a: bool, n: u32) -> u32 { if a { 1 } else ┆if n > 1 { 2 } else { 3 }┆ }'],
    ['what undoes', 'job f() -> u64 {\n  do fs.write("", b"") undo r => ┆do fs.write("", b"")┆\n}'],
    [
      'what is put together with a secret in it that its type does not tell',
      'job g(d: bytes) -> u64 { len(d) }\njob f(a: secret<u8>) -> secret<u64> {\n  g(┆if a > 1 { [1, a] } else { [] }┆)\n}',
    ],
    ['what a function in a text binds', 'job f(xs: list<u32>) -> string { "${reduce xs with (a, b) => ┆a + b┆}" }'],
    ['what stands in a block of a text', 'job f(n: u32) -> string { "${if n > 1 { ┆"x"┆ } else { "y" }}" }'],
    ['what stands in a loop of a text', 'job f(xs: list<u32>) -> string { "${for x in xs { ┆x + 1┆ }}" }'],
  ])('but not %s', async (_, text) => {
    expect((await titles(text, 'refactor.extract')).filter(title => title.includes('`let'))).toEqual([])
  })
})

describe('a `let` is put where its name stands', () => {
  test.each<[string, string, string]>([
    [
      'from its name',
      'job f(n: u32) -> u32 {\n  let ┆a = helper(n)\n  a + 1\n}',
      'job f(n: u32) -> u32 {\n  helper(n) + 1\n}',
    ],
    [
      'from a use',
      'job f(n: u32) -> u32 {\n  let a = helper(n)\n  ┆a + 1\n}',
      'job f(n: u32) -> u32 {\n  helper(n) + 1\n}',
    ],
    [
      'at several places',
      'job f(n: u32) -> u32 {\n  let ┆a = helper(n)\n  a * a\n}',
      'job f(n: u32) -> u32 {\n  helper(n) * helper(n)\n}',
    ],
    [
      'with parentheses',
      'job f(n: u32) -> u32 {\n  let ┆a = n + 1\n  a * 2\n}',
      'job f(n: u32) -> u32 {\n  (n + 1) * 2\n}',
    ],
    [
      'into a text',
      'job f(p: Picture) -> string {\n  let ┆a = p.name\n  "x ${a}"\n}',
      'job f(p: Picture) -> string {\n  "x ${p.name}"\n}',
    ],
    ['a literal', 'job f() -> u32 {\n  let ┆a = 1\n  helper(a) + a\n}', 'job f() -> u32 {\n  helper(1) + 1\n}'],
    [
      'a negative literal',
      'job f(n: s32) -> s32 {\n  let ┆a = -1\n  n - a\n}',
      'job f(n: s32) -> s32 {\n  n - (-1)\n}',
    ],
    [
      'a sum at several places, with parentheses where they are needed',
      'job f(n: u32, m: u32) -> u32 {\n  let ┆a = n * m\n  a * a - a\n}',
      'job f(n: u32, m: u32) -> u32 {\n  n * m * (n * m) - n * m\n}',
    ],
    [
      'a sum with a literal',
      'job f(n: u8, m: u32) -> u32 {\n  let ┆a = n + 1\n  helper(a) + m * a + helper(a, "${a}")\n}',
      'job f(n: u8, m: u32) -> u32 {\n  helper(n + 1) + m * (n + 1) + helper(n + 1, "${n + 1}")\n}',
    ],
    [
      'a comparison',
      'job f(n: u32) -> bool {\n  let ┆a = n < 3\n  if a { !a } else { a == false && a }\n}',
      'job f(n: u32) -> bool {\n  if n < 3 { !(n < 3) } else { (n < 3) == false && n < 3 }\n}',
    ],
    [
      'what ends with a type',
      'job f(n: u8, m: u32) -> bool {\n  let ┆a = m * (n as u32)\n  m + a < m\n}',
      'job f(n: u8, m: u32) -> bool {\n  m + (m * (n as u32)) < m\n}',
    ],
    [
      'a condition in an argument',
      'job f(n: u32) -> u32 {\n  let ┆a = if n > 1 { n } else { 1 }\n  helper(a)\n}',
      'job f(n: u32) -> u32 {\n  helper(if n > 1 { n } else { 1 })\n}',
    ],
    [
      'a sum of a type that it has',
      'job f(n: u32) -> u32 {\n  let ┆a: u32 = n + 1\n  a * a\n}',
      'job f(n: u32) -> u32 {\n  (n + 1) * (n + 1)\n}',
    ],
    [
      'and comments around it, in it and behind it stay',
      'job f(n: u32) -> u32 {\n  // about a\n  let a = // in it\n    n + 1 // the sum\n\n  ┆a * 2\n}',
      'job f(n: u32) -> u32 {\n  // about a\n  // in it\n  // the sum\n\n  (n + 1) * 2\n}',
    ],
    [
      'and a blank line behind it stays',
      'job f(n: u32) -> u32 {\n  let b = helper(n)\n  let ┆a = n + 1\n\n  a * b\n}',
      'job f(n: u32) -> u32 {\n  let b = helper(n)\n\n  (n + 1) * b\n}',
    ],
    ['beside a brace', 'job f(n: u32) -> u32 { let ┆a = n + 1\n  a * 2 }', 'job f(n: u32) -> u32 { (n + 1) * 2 }'],
    [
      'into the block of a loop',
      'job f(xs: list<u32>, n: u32) -> list<u32> {\n  let ┆a = helper(n)\n  for x in xs { x + a }\n}',
      'job f(xs: list<u32>, n: u32) -> list<u32> {\n  for x in xs { x + helper(n) }\n}',
    ],
    [
      'one of a type that it has',
      'job f(n: u32) -> u32 {\n  let ┆a: u32 = helper(n)\n  a\n}',
      'job f(n: u32) -> u32 {\n  helper(n)\n}',
    ],
    [
      'an effect',
      'job f(u: string) -> bytes {\n  let ┆a = http.get(u)\n  a?.body\n}',
      'job f(u: string) -> bytes {\n  http.get(u)?.body\n}',
    ],
    [
      'and a comment behind it stays',
      'job f(n: u32) -> u32 {\n  let ┆a = helper(n) // why\n  a\n}',
      'job f(n: u32) -> u32 {\n  // why\n  helper(n)\n}',
    ],
    [
      'with line ends of Windows',
      'job f(n: u32) -> u32 {\r\n  let ┆a = helper(n)\r\n  a\r\n}',
      'job f(n: u32) -> u32 {\r\n  helper(n)\r\n}',
    ],
  ])('%s', async (_, text, after) => {
    expect(await kept(text, 'Inline `a`')).toBe(after)
  })

  test.each([
    ['an effect that is used twice', 'job f(u: string) -> bool {\n  let ┆a = http.get(u)\n  a == a\n}'],
    [
      'an effect that is used in a branch',
      'job f(u: string, c: bool) -> bytes {\n  let ┆a = fs.read(u)\n  if c { a } else { b"" }\n}',
    ],
    ['what an effect waits for', 'job f() -> u64 {\n  let ┆a = time.now()\n  time.now() after a\n}'],
    ['a literal of a type', 'job f() -> string {\n  let ┆a: u8 = 1\n  "${a}"\n}'],
    ['a wider type', 'job f(n: u8) -> string {\n  let ┆a: u32 = n\n  "${a}"\n}'],
    ['a record of literals that is used twice', 'job f() -> s64 {\n  let ┆a = (1, 2)\n  a.0 + a.1\n}'],
    [
      'what would be hidden',
      'job f(n: u32, xs: list<u32>) -> list<u32> {\n  let ┆a = helper(n)\n  for n in xs { n + a }\n}',
    ],
    ['a sum of literals that is used twice', 'job f(n: u32) -> u32 {\n  let ┆a = 1 + 2\n  n + a + a\n}'],
    [
      'a sum of names of literals that is used twice',
      'job f(n: u32) -> u32 {\n  let b = 1\n  let ┆a = b + b\n  n + a + a\n}',
    ],
    ['a sum of a wider type', 'job f(n: u8) -> string {\n  let ┆a: u32 = n + 1\n  "${a}"\n}'],
    ['lines into a text', 'job f(n: u32) -> string {\n  let ┆a = helper(\n    n,\n  )\n  "${a}"\n}'],
    ['what nobody uses', 'job f(n: u32) -> u32 {\n  let ┆a = helper(n)\n  1\n}'],
    ['a parameter', 'job f(┆n: u32) -> u32 { n }'],
    ['the variable of a loop', 'job f(xs: list<u32>) -> list<u32> { for ┆x in xs { x } }'],
  ])('but not %s', async (_, text) => {
    expect(await titles(text, 'refactor.inline')).toEqual([])
  })
})

describe('an expression is put into a job', () => {
  test.each<[string, string, string]>([
    [
      'with what it uses as parameters',
      'job f(n: u32, p: Picture) -> string {\n  "${┆helper(n) + n┆} ${p.name}"\n}',
      'job f(n: u32, p: Picture) -> string {\n  "${extracted(n)} ${p.name}"\n}\n\njob extracted(n: u32) -> u32 {\n  helper(n) + n\n}',
    ],
    [
      'with types by their names',
      'job f(p: Picture) -> string {\n  ┆"a ${p.name}"┆\n}',
      'job f(p: Picture) -> string {\n  extracted(p)\n}\n\njob extracted(p: Picture) -> string {\n  "a ${p.name}"\n}',
    ],
    [
      'without parameters',
      'job f() -> u32 {\n  ┆helper(edge)┆\n}',
      'job f() -> u32 {\n  extracted()\n}\n\njob extracted() -> u32 {\n  helper(edge)\n}',
    ],
    [
      'with the variable of a loop',
      'job f(xs: list<u32>) -> list<u32> {\n  for x in xs { ┆x + 1┆ }\n}',
      'job f(xs: list<u32>) -> list<u32> {\n  for x in xs { extracted(x) }\n}\n\njob extracted(x: u32) -> u32 {\n  x + 1\n}',
    ],
    [
      'a whole loop',
      'job f(xs: list<u32>) -> list<u32> {\n  ┆for x in xs { x + 1 }┆\n}',
      'job f(xs: list<u32>) -> list<u32> {\n  extracted(xs)\n}\n\njob extracted(xs: list<u32>) -> list<u32> {\n  for x in xs { x + 1 }\n}',
    ],
    [
      'with a literal of the type of its use',
      'job f() -> u32 {\n  let n = 5\n  ┆helper(n)┆\n}',
      'job f() -> u32 {\n  let n = 5\n  extracted(n)\n}\n\njob extracted(n: u32) -> u32 {\n  helper(n)\n}',
    ],
    [
      'a record',
      'job f(s: string) -> Picture {\n  ┆{ name: s, color: Color.red }┆\n}',
      'job f(s: string) -> Picture {\n  extracted(s)\n}\n\njob extracted(s: string) -> Picture {\n  ({ name: s, color: Color.red })\n}',
    ],
    [
      'a query',
      'job f(u: string) -> bytes {\n  ┆http.get(u)?.body┆\n}',
      'job f(u: string) -> bytes {\n  extracted(u)\n}\n\njob extracted(u: string) -> bytes {\n  http.get(u)?.body\n}',
    ],
  ])('%s', async (_, text, after) => {
    expect(await kept(text, 'Extract into `job extracted`')).toBe(after)
  })

  test('with a secret that its place takes', async () => {
    const text = 'job g(d: bytes) -> u64 { len(d) }\njob f(a: secret<u8>) -> secret<u64> {\n  let d = [a]\n  g(┆d┆)\n}'
    expect(await kept(text, 'Extract into `job extracted`')).toContain('(d: list<secret<u8>>) -> list<secret<u8>> {')
  })

  test('under a name that is free', async () => {
    const text = 'job extracted() -> u32 { 1 }\njob f(n: u32) -> u32 {\n  ┆helper(n)┆ + extracted()\n}'
    expect(await titles(text, 'refactor.extract')).toContain('Extract into `job extracted2`')
  })

  test.each([
    ['what performs a command', 'job f() -> u64 {\n  ┆do fs.write("", b"")┆\n}'],
    ['what has limits', 'job f(n: u32) -> u32 {\n  ┆helper(n)┆ with { retry: 1 }\n}'],
    ['a default', 'job f(n: u32 = ┆1 + 1┆) -> u32 { n }'],
    [
      'what is put together with a secret in it that its type does not tell',
      'job g(d: option<tuple<u8>>) -> bool { d == none }\njob f(a: secret<u8>) -> secret<bool> {\n  g(┆some((a,))┆)\n}',
    ],
    ['a block of a default', 'job f(n: u32 = if true { ┆1 + 1┆ } else { 3 }) -> u32 { n }'],
    ['a block of a constant', 'const a = match 1 { 0 => { ┆1┆ }, _ => 2 }\njob f() -> s64 { a }'],
    ['a literal behind a name of several types', 'job f(a: u32) -> tuple<u8, u32> {\n  let n = ┆1┆\n  (n, n + a)\n}'],
    [
      'a name of a literal behind another name',
      'job f(a: u32) -> tuple<u8, u32> {\n  let n = 1\n  let m = ┆n┆\n  (m, m + a)\n}',
    ],
    [
      'what gives a literal another name',
      'job f(xs: list<u8>) -> list<u8> {\n  let n = 1\n  ┆for x in xs { let m = n\n x + m }┆\n}',
    ],
    ['what waits', 'job f() -> u64 {\n  let a = time.now()\n  ┆time.now() after a┆\n}'],
    ['what is wrong', 'job f() -> u64 {\n  ┆nothing + 1┆\n}'],
  ])('but not %s', async (_, text) => {
    expect((await titles(text, 'refactor.extract')).filter(title => title.includes('`job'))).toEqual([])
  })
})

describe('what is known is written', () => {
  test.each<[string, string, string, string]>([
    [
      'the type of a `let`',
      'job f(p: Picture) -> Color {\n  let ┆c = p.color\n  c\n}',
      'Write `Color`',
      'job f(p: Picture) -> Color {\n  let c: Color = p.color\n  c\n}',
    ],
    ['the result of a job', 'job ┆f(n: u32) { helper(n) }', 'Write `-> u32`', 'job f(n: u32) -> u32 { helper(n) }'],
    [
      'the effects of a job',
      'job ┆f(u: string) -> bytes { http.get(u)?.body }',
      'Write `uses http.get`',
      'job f(u: string) -> bytes uses http.get { http.get(u)?.body }',
    ],
    [
      'the names of arguments',
      'job f(n: u32) -> u32 { helper(┆n, "a") }',
      'Name the arguments',
      'job f(n: u32) -> u32 { helper(a: n, b: "a") }',
    ],
    [
      'the names of the rest of them',
      'job f(n: u32) -> u32 { helper(┆n, b: "a") }',
      'Name the arguments',
      'job f(n: u32) -> u32 { helper(a: n, b: "a") }',
    ],
    [
      'the names of the inner call',
      'job f(n: u32) -> u32 { helper(helper(┆n), b: "a") }',
      'Name the arguments',
      'job f(n: u32) -> u32 { helper(helper(a: n), b: "a") }',
    ],
  ])('%s', async (_, text, title, after) => {
    expect(await kept(text, title)).toBe(after)
  })

  test.each([
    ['a literal', 'job f() -> u32 {\n  let ┆a = 1\n  a\n}'],
    ['a name of a literal', 'job f() -> u32 {\n  let x = 1\n  let ┆y = x\n  y + x\n}'],
    ['what is written', 'job f(p: Picture) -> Color {\n  let ┆c: Color = p.color\n  c\n}'],
    ['arguments that have names', 'job f(n: u32) -> u32 { helper(┆a: n) }'],
    ['the value of a case', 'job f(n: u32) -> option<u32> { some(┆n) }'],
    ['too many arguments', 'job f(n: u32) -> u32 { helper(┆n, "a", 1) }'],
    ['arguments behind one that has its name', 'job f(n: u32) -> u32 { helper(┆n, b: "a", 1) }'],
  ])('but not of %s', async (_, text) => {
    expect(await titles(text, 'refactor.rewrite')).toEqual([])
  })
})

describe('imports', () => {
  const lib = 'export job one() -> u32 { 1 }\nexport job two() -> u32 { 2 }\ntype T = u32\n'

  test.each<[string, string, string]>([
    [
      'are sorted and put together',
      'import { two } from "./lib.ipvm"\nimport { time } from "ipvm:effects"\nimport png from "./png.wasm"\nimport { one } from "./lib.ipvm"\njob f(b: bytes) -> u32 {\n  let _ = (png.decode(b), time.now())\n  one() + two()\n}',
      'import png from "./png.wasm"\nimport { one, two } from "./lib.ipvm"\nimport { time } from "ipvm:effects"\njob f(b: bytes) -> u32 {\n  let _ = (png.decode(b), time.now())\n  one() + two()\n}',
    ],
    [
      'lose what is not used',
      'import { one, two } from "./lib.ipvm"\nimport png from "./png.wasm"\njob f() -> u32 { one() }',
      'import { one } from "./lib.ipvm"\njob f() -> u32 { one() }',
    ],
    ['lose all of it', 'import { one } from "./lib.ipvm"\n\njob f() -> u32 { 1 }', 'job f() -> u32 { 1 }'],
    [
      'stay apart where a blank line parts them',
      'import { time } from "ipvm:effects"\nimport png from "./png.wasm"\n\nimport { two, one } from "./lib.ipvm"\n\njob f(b: bytes) -> u32 {\n  let _ = (png.decode(b), time.now())\n  one() + two()\n}',
      'import png from "./png.wasm"\nimport { time } from "ipvm:effects"\n\nimport { one, two } from "./lib.ipvm"\n\njob f(b: bytes) -> u32 {\n  let _ = (png.decode(b), time.now())\n  one() + two()\n}',
    ],
    [
      'lose a group of them',
      'import png from "./png.wasm"\n\nimport { one } from "./lib.ipvm"\n\njob f() -> u32 { one() }',
      'import { one } from "./lib.ipvm"\n\njob f() -> u32 { one() }',
    ],
    [
      'keep the lines of those that are in order',
      'import { time } from "ipvm:effects"\nimport {\n  one,\n  two,\n} from "./lib.ipvm"\njob f() -> u32 {\n  let _ = time.now()\n  one() + two()\n}',
      'import {\n  one,\n  two,\n} from "./lib.ipvm"\nimport { time } from "ipvm:effects"\njob f() -> u32 {\n  let _ = time.now()\n  one() + two()\n}',
    ],
    [
      'keep a line for each name',
      'import {\r\n  two,\r\n  one,\r\n} from "./lib.ipvm"\r\njob f() -> u32 { one() + two() }',
      'import {\r\n  one,\r\n  two,\r\n} from "./lib.ipvm"\r\njob f() -> u32 { one() + two() }',
    ],
    [
      'keep their other names',
      'import { two as b, one } from "./lib.ipvm"\njob f() -> u32 { one() + b() }',
      'import { one, two as b } from "./lib.ipvm"\njob f() -> u32 { one() + b() }',
    ],
    [
      'keep line ends of Windows',
      'import { two } from "./lib.ipvm"\r\nimport { one } from "./lib.ipvm"\r\njob f() -> u32 { one() + two() }',
      'import { one, two } from "./lib.ipvm"\r\njob f() -> u32 { one() + two() }',
    ],
    [
      'keep comments between them',
      'import { two } from "./lib.ipvm"\nimport { one } from "./lib.ipvm"\n// those\nimport png from "./png.wasm"\njob f() -> u32 {\n let _ = png.decode(b"")\n one() + two() }',
      'import { one, two } from "./lib.ipvm"\n// those\nimport png from "./png.wasm"\njob f() -> u32 {\n let _ = png.decode(b"")\n one() + two() }',
    ],
  ])('%s', async (_, text, after) => {
    const files = { 'main.ipvm': text, 'lib.ipvm': lib }
    const before = await cidIn(new Fixture(files))
    const written = await done(files, 'Organise the imports')
    expect(written).toBe(after)
    const same = await cidIn(new Fixture({ ...files, 'main.ipvm': written }))
    expect(same).toEqual(before)
  })

  test.each([
    [
      'that are in order',
      'import png from "./png.wasm"\nimport { one } from "./lib.ipvm"\njob f(b: bytes) -> u32 {\n let _ = png.decode(b)\n one() }',
    ],
    [
      'that have lines for their names',
      'import {\n  one,\n  two,\n} from "./lib.ipvm"\njob f() -> u32 { one() + two() }',
    ],
    ['that are written tightly', 'import {one,two} from "./lib.ipvm"\njob f() -> u32 { one() + two() }'],
    ['with comments in them', 'import { two, // second\n one } from "./lib.ipvm"\njob f() -> u32 { one() + two() }'],
    ['that are being written', 'import { two, } from\nimport { one } from "./lib.ipvm"\njob f() -> u32 { one() }'],
    ['of which one is begun', 'import { two, one } from "./lib.ipvm"\nimport\njob f() -> u32 { one() + two() }'],
    [
      'of which one has no source yet',
      'import { two, one } from "./lib.ipvm"\nimport png from\njob f() -> u32 { one() + two() }',
    ],
    [
      'that are not parted',
      'import { two, one } from "./lib.ipvm" import { time } from "ipvm:effects"\njob f() -> u32 { one() + two() }',
    ],
    [
      'with a part that does not fit there',
      'import { two, one } from "./lib.ipvm"\nimport png "./png.wasm"\njob f() -> u32 { one() + two() }',
    ],
    ['where there are none', 'job f() -> u32 { 1 }'],
  ])('stay %s', async (_, text) => {
    expect(await titles({ 'main.ipvm': text, 'lib.ipvm': lib }, 'source.organizeImports')).toEqual([])
  })

  test('that are organised and formatted are in order', async () => {
    const long = Array.from({ length: 12 }, (_, i) => `name-of-a-job-${11 - i}`)
    const others = long.map(name => `export job ${name}() -> u32 { 1 }\n`).join('')
    const line = (names: string[], sign: string): string =>
      `import {${sign}${names.join(`,${sign}`)}${sign}} from "./lib.ipvm"`
    for (const sign of [' ', '\n', '\n  '])
      for (const gap of ['\n', '\n\n', '\n// apart\n']) {
        const imports = [
          'import { time } from "ipvm:effects"',
          line(long, sign),
          line(['two', 'one'], sign),
          'import png from "./png.wasm"',
        ]
        const uses = [...long, 'one', 'two'].map(name => `${name}()`).join(' + ')
        const body = `job f() -> u32 {\n  let _ = (png.decode(b""), time.now())\n  ${uses}\n}\n`
        const files = { 'main.ipvm': `${imports.join(gap)}\n\n${body}`, 'lib.ipvm': lib + others }
        const formatted = await format(await done(files, 'Organise the imports'), '/main.ipvm')
        if (!formatted.ok) throw new Error('it has errors')
        expect(await titles({ ...files, 'main.ipvm': formatted.text }, 'source.organizeImports')).toEqual([])
      }
  })

  test('are left once where they stand twice', async () => {
    const text =
      'import png from "./png.wasm"\nimport png from "./png.wasm"\njob f(b: bytes) -> u32 { png.decode(b).width }'
    expect(await done({ 'main.ipvm': text }, 'Organise the imports')).toBe(
      'import png from "./png.wasm"\njob f(b: bytes) -> u32 { png.decode(b).width }',
    )
  })

  test('that seem unused stay where something is wrong', async () => {
    const text = 'import { two, one } from "./lib.ipvm"\njob f() -> u32 { nothing() }'
    expect(await done({ 'main.ipvm': text, 'lib.ipvm': lib }, 'Organise the imports')).toContain(
      'import { one, two } from',
    )
  })

  test('are organised where somebody stands in one of them', async () => {
    const fixture = new Fixture('import png from "./png.wasm"\njob f() -> u32 { 1 }')
    const at = (offset: number): Promise<string[]> =>
      fixture.in('/main.ipvm', view => sourceActionsAt(view, offset).map(({ title }) => title))
    expect(await at(3)).toEqual(['Organise the imports'])
    expect(await at(40)).toEqual([])
  })

  test('are pinned to their content', async () => {
    const text = 'import png from "┆./png.wasm"\njob f(b: bytes) -> u32 {\n let _ = png.decode(b)\n 1 }'
    const { found } = await offered({ 'main.ipvm': text })
    const action = found.find(({ title }) => title === 'Import by its CID')!
    expect(action.store).toBe('/png.wasm')
    expect(action.edits[0]!.text).toMatch(/^"ipfs:\/\/baf\w+"$/)
  })

  test.each<[string, string, string, string]>([
    [
      'of another file',
      'job f() -> u32 { ┆one() }',
      'Import `one` from `./lib.ipvm`',
      'import { one } from "./lib.ipvm"\n\njob f() -> u32 { one() }',
    ],
    [
      'of a type',
      'job f(a: ┆T) -> u32 { 1 }',
      'Import `T` from `./lib.ipvm`',
      'import { T } from "./lib.ipvm"\n\njob f(a: T) -> u32 { 1 }',
    ],
    [
      'of an effect',
      'job f() -> u64 { ┆time.now() }',
      'Import `time` from `ipvm:effects`',
      'import { time } from "ipvm:effects"\n\njob f() -> u64 { time.now() }',
    ],
  ])('are added for an unknown name %s', async (_, text, title, after) => {
    expect(await done({ 'main.ipvm': text, 'lib.ipvm': lib }, title)).toBe(after)
  })

  test('are not added where the file has something of that name', async () => {
    const mail = 'effect mail("mailto:") { query unread() -> u8 }\n'
    const text = `${mail}export job f() -> u8 uses mail.┆unred { mail.unread() }`
    const { found } = await offered({ 'main.ipvm': text, 'lib.ipvm': mail })
    expect(found.filter(({ title }) => title.startsWith('Import'))).toEqual([])
  })
})

describe('repairs', () => {
  test.each<[string, string, string, string]>([
    [
      'a misspelt name',
      'job f(n: u32) -> u32 { ┆helpre(n) }',
      'Replace with `helper`',
      'job f(n: u32) -> u32 { helper(n) }',
    ],
    [
      'arms that are missing',
      'job f(c: Color) -> u32 { ┆match c { red => 1 } }',
      'Add the arm',
      'job f(c: Color) -> u32 { match c { red => 1, green => 0 } }',
    ],
    [
      'effects that are not declared',
      'export job ┆f(u: string) -> bytes { http.get(u)?.body }',
      'Write `uses http.get`',
      'export job f(u: string) -> bytes uses http.get { http.get(u)?.body }',
    ],
    [
      'a result that is not written',
      'export job ┆f(n: u32) { helper(n) }',
      'Write `-> u32`',
      'export job f(n: u32) -> u32 { helper(n) }',
    ],
    [
      'all of one kind',
      'job f(n: u32) -> u32 { ┆helpre(n) + helprr(n) }',
      'Repair all 2 of IPVM2001',
      'job f(n: u32) -> u32 { helper(n) + helper(n) }',
    ],
    [
      'all that can be',
      'job f(n: u32, c: Color) -> u32 { helpre(n) + match c { red => 1 } }',
      'Repair what can be repaired',
      'job f(n: u32, c: Color) -> u32 { helper(n) + match c { red => 1 } }',
    ],
    [
      'arms below what is said of the last one',
      'job f(c: Color) -> u32 {\n  ┆match c {\n    red => 1 // one\n  }\n}',
      'Add the arm',
      'job f(c: Color) -> u32 {\n  match c {\n    red => 1 // one\n    green => 0\n  }\n}',
    ],
    [
      'arms behind a comma',
      'job f(c: Color) -> u32 {\n  ┆match c {\n    red => 1, // one\n  }\n}',
      'Add the arm',
      'job f(c: Color) -> u32 {\n  match c {\n    red => 1, // one\n    green => 0,\n  }\n}',
    ],
    [
      'arms that give an enum',
      'job f(b: bool) -> Color { ┆match b { true => Color.green } }',
      'Add the arm',
      'job f(b: bool) -> Color { match b { true => Color.green, false => Color.red } }',
    ],
    [
      'arms that give a variant',
      'type V = variant { a(u8), b }\njob f(b: bool) -> V { ┆match b { true => V.b } }',
      'Add the arm',
      'type V = variant { a(u8), b }\njob f(b: bool) -> V { match b { true => V.b, false => V.b } }',
    ],
  ])('%s', async (_, text, title, after) => {
    expect(await done(text, title)).toBe(after)
  })

  test('are those of the range alone, and say what they repair', async () => {
    const { found } = await offered('job g() -> u32 { helpre(1) }\njob f(c: Color) -> u32 { ┆match c { red => 1 } }')
    const fixes = found.filter(action => isOfKind(action, 'quickfix'))
    expect(fixes.map(({ title }) => title)).toEqual(['Add the arm'])
    expect(fixes[0]).toMatchObject({ diagnostic: { name: 'MissingCases' } })
  })

  test('are taken by themselves where nothing is guessed', async () => {
    const preferred = async (text: string): Promise<string[]> =>
      (await offered(text)).found.filter(action => action.preferred).map(({ title }) => title)
    expect(await preferred('job f(n: u32) -> u32 { ┆helpre(n) }')).toEqual(['Replace with `helper`'])
    expect(await preferred('job f(c: Color) -> u32 { ┆match c { red => 1 } }')).toEqual([])
  })

  test('are not chosen among where several things may be meant', async () => {
    const effect = 'effect tine("t:") {\n  query now() -> u64\n}\n'
    const { found } = await offered({ 'main.ipvm': `${effect}job f() -> u64 { ┆time.now() }` })
    expect(found.map(({ title, preferred }) => ({ title, preferred }))).toEqual([
      { title: 'Replace with `tine`' },
      { title: 'Import `time` from `ipvm:effects`' },
    ])
    const files = {
      'main.ipvm': 'job none1() -> u32 { 1 }\njob f() -> u32 { ┆one1() + noe1() }',
      'lib.ipvm': 'export job one1() -> u32 { 1 }',
    }
    expect(await titles(files, 'quickfix')).not.toContain('Repair all 2 of IPVM2001')
    expect(await done(files, 'Repair what can be repaired')).toContain('{ one1() + none1() }')
  })

  test('are none where nothing is wrong', async () => {
    const files = { 'main.ipvm': 'job f() -> u32 { ┆1 }' }
    expect(await titles(files, 'quickfix')).toEqual([])
    expect(await titles(files, 'source')).toEqual([])
  })
})

test('a kind is of the kinds above it', () => {
  const action: Action = { kind: 'refactor.extract', title: '', edits: [] }
  expect(isOfKind(action, 'refactor')).toBe(true)
  expect(isOfKind(action, 'refactor.extract')).toBe(true)
  expect(isOfKind(action, 'refactor.inline')).toBe(false)
  expect(isOfKind(action, 'ref')).toBe(false)
})

test('every place of half-written files is answered', async () => {
  for (const text of ['job f(', 'job f() -> u32 { let = (', 'import {', 'job f() -> u32 { match x {', '// \ud800']) {
    const fixture = new Fixture({ 'main.ipvm': text })
    for (let start = 0; start <= text.length; start++)
      await fixture.in('/main.ipvm', view => {
        for (let end = start; end <= text.length; end++)
          for (const { edits } of actions(view, { start, end })) apply(text, edits)
      })
  }
})

test('whatever is extracted, inlined or written out, the job stays the same', async () => {
  const text = `${head}job f(xs: list<u32>, p: Picture, o: option<u32>) -> tuple<list<u32>, string, u32> {
  let sum = reduce xs with (a, b) => a + b
  let text = "\${p.name} \${helper(sum, b: "y")}"
  let all = for x, i in xs { if x > 2 { helper(x * 2) } else if i == 1 { x } else { sum } }
  let best = match o { some(y) => y + edge, none => helper(1) with { retry: 1 } }
  let made: Picture = { name: text, color: Color.red }
  (all, made.name, (best + 1) catch why => len(why.message) as u32)
}
`
  const places: { start: number; end: number }[] = []
  const fixture = new Fixture({ 'main.ipvm': text })
  await fixture.in('/main.ipvm', view => {
    for (const { start, end } of nodesIn(view.tree.items.at(-1)!)) places.push({ start, end })
  })
  const cid = await cidIn(fixture)
  expect(cid).toHaveProperty('cid')
  const tried = new Set<string>()
  for (const range of places)
    for (const { kind, title, edits } of await fixture.in('/main.ipvm', view => actions(view, range))) {
      if (!kind.startsWith('refactor') || title === 'Import by its CID') continue
      const changed = apply(text, edits)
      if (tried.has(changed)) continue
      tried.add(changed)
      const after = await cidIn(new Fixture({ 'main.ipvm': changed }))
      expect({ ...after, title, changed }).toEqual({ ...cid, title, changed })
    }
  expect(tried.size).toBeGreaterThan(60)
}, 120_000)
