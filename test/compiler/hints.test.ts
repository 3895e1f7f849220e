import { describe, expect, test } from 'vitest'
import { Workspace } from '../../lsp/workspace.ts'
import { memoryHost } from '../harness/memory.ts'
import { checkedText, mended, told } from './told.ts'

/** What a text is told, in full. */
async function messages(text: string, files: Record<string, string> = {}): Promise<string[]> {
  return (await checkedText(text, files)).diagnostics.map(({ code, message }) => `${code} ${message}`)
}

describe('two things of one name are one mistake', () => {
  test.each([
    ['lets', 'export job main() -> u8 {\n  let a = 1\n  let a = "x"\n  a + 1\n}\n'],
    ['parameters', 'export job main(a: u8, a: string) -> u8 { a }\n'],
    ['jobs', 'job a(x: u8) -> u8 { x }\njob a(x: string) -> string { x }\nexport job main() -> string { a("x") }\n'],
    ['types', 'type a = u8\ntype a = string\nexport job main(x: a) -> string { x }\n'],
    ['constants', 'const a = 1\nconst a = "a"\nexport job main() -> string { a }\n'],
    ['a type and a job', 'type a = u8\njob a() -> u8 { 1 }\nexport job main() -> u8 { a() }\n'],
    ['an import and a job', 'import { a } from "./other.ipvm"\njob a() -> u8 { 1 }\nexport job main() -> u8 { a() }\n'],
    ['a job and an import', 'job a() -> u8 { 1 }\nimport { a } from "./other.ipvm"\nexport job main() -> u8 { a() }\n'],
    ['imports', 'import { a, b as a } from "./other.ipvm"\nexport job main() -> u8 { a("x") }\n'],
    ['three', 'job a() -> u8 { 1 }\nexport job main() -> string { a(1) }\nconst a = "x"\n'],
    ['a loop', 'export job main(xs: list<u8>) -> list<u8> { for a, a in xs { a } }\n'],
    ['a function', 'export job main(xs: list<u8>) -> string { fold xs from "" with (a, a) => a }\n'],
  ])('%s', async (_, text) => {
    const other = 'export job a(x: string) -> string { x }\nexport job b(x: u8) -> u8 { x }\n'
    expect(await told(text, { 'other.ipvm': other })).toEqual(['DuplicateName: a'])
  })

  test('in a file that another one imports', async () => {
    const other = 'type a = u8\nexport job a() -> u8 { 1 }\n'
    const text = 'import { a } from "./other.ipvm"\nexport job main() -> string { a("x") }\n'
    expect(await told(text, { 'other.ipvm': other })).toEqual(['DuplicateName: a'])
  })

  test.each([
    ['jobs', 'job a() -> u8 { 1 + x }\njob a() -> u8 { "y" }\n'],
    ['jobs whose results their bodies tell', 'job a() { 1 + x }\njob a() { let b: u8 = "y"\n b }\n'],
    ['jobs that call what is called so', 'job a() { a() + x }\njob a() { let b: u8 = "y"\n a(b) }\n'],
    ['constants', 'const a: u8 = 1 + x\nconst a: u8 = "y"\n'],
  ])('both are looked at: %s', async (_, text) => {
    const found = await told(text)
    expect(found.sort()).toEqual(['DuplicateName: a', 'TypeMismatch: "y"', 'UnknownName: x'])
  })

  test.each([
    ['types', 'type a = list<x>\ntype a = list<y>\n', ['UnknownType: x', 'UnknownType: y']],
    [
      'an effect and a job',
      'effect a("a:") { query f(n: x) -> u8 }\njob a() -> u8 { y }\n',
      ['UnknownName: y', 'UnknownType: x'],
    ],
    ['an import and a job', 'import { a } from "./other.ipvm"\njob a() -> u8 { y }\n', ['UnknownName: y']],
  ])('both are looked at: %s', async (_, text, more) => {
    const found = await told(text, { 'other.ipvm': 'export job a() -> u8 { 1 }\n' })
    expect(found.sort()).toEqual(['DuplicateName: a', ...more])
  })

  test('what is found of one is not taken for another one that stands in its place', async () => {
    const host = memoryHost({})
    const [kept, answers] = [new Workspace(host), [] as unknown[]]
    const [one, two, wrong] = ['job a() -> u32 { 1 }', 'job a() -> u32 { 2 }', 'job a() -> u32 { x }']
    for (const lines of [
      [one, wrong],
      [two, one, wrong],
      [one.replace('a', 'c'), wrong],
    ]) {
      const fresh = new Workspace(host)
      for (const workspace of [kept, fresh]) workspace.set('/a.ipvm', lines.join('\n'))
      const [again, once] = await Promise.all(
        [kept, fresh].map(workspace => workspace.use('/a.ipvm', ({ diagnostics }) => diagnostics)),
      )
      expect(again).toEqual(once)
      answers.push(
        again!
          .map(({ name }) => name)
          .sort()
          .join(),
      )
    }
    expect(answers).toEqual(['DuplicateName,UnknownName', 'DuplicateName,DuplicateName,UnknownName', 'UnknownName'])
  })

  test('both are checked where one is a job that nobody calls by mistake', async () => {
    const text = 'job a() -> u8 { 1 }\nconst a = 2\nexport job main() -> u8 { "x" }\n'
    expect(await told(text)).toEqual(['DuplicateName: a', 'TypeMismatch: "x"'])
  })
})

describe('what is meant is said', () => {
  test.each([
    ['job f() -> u8 { 1 }\nexport job main() -> u8 { fs.read() }\n', 'IPVM2001 Nothing here is called `fs`.'],
    ['export job main(f: u8) -> u8 { fs.read(f) }\n', 'IPVM2001 Nothing here is called `fs`.'],
    ['export job main(f: u8) -> u8 { f + fs.size }\n', 'IPVM2001 Nothing here is called `fs`.'],
    [
      'type A = record\nexport job main(a: A) -> A { a }\n',
      'IPVM2002 There is no type called `record`. Its fields stand in braces behind it: `record { name: string }`.',
    ],
    ['const kes = 1\nexport job main() -> u8 { kes + kees.size }\n', 'IPVM2001 Nothing here is called `kees`.'],
    [
      'export job main(face: record { size: u8 }) -> u8 { fcae.size }\n',
      'IPVM2001 Nothing here is called `fcae`. Did you mean `face`?',
    ],
    [
      'export job main(face: option<record { size: u8 }>) -> u8 { fcae.size }\n',
      'IPVM2001 Nothing here is called `fcae`. Did you mean `face`?',
    ],
    [
      'export job main(names: list<u8>) -> u64 { nmaes.length }\n',
      'IPVM2001 Nothing here is called `nmaes`. Did you mean `names`?',
    ],
    [
      'const face = { size: 1 }\nexport job main() -> s64 { fcae.size }\n',
      'IPVM2001 Nothing here is called `fcae`. Did you mean `face`?',
    ],
    [
      'type Color = enum { red, green }\nexport job main() -> Color { Colr.red }\n',
      'IPVM2001 Nothing here is called `Colr`. Did you mean `Color`?',
    ],
    [
      'type Shape = variant { dot, circle(u8) }\nexport job main() -> Shape { Shpae.circle(1) }\n',
      'IPVM2001 Nothing here is called `Shpae`. Did you mean `Shape`?',
    ],
    [
      'import { http } from "ipvm:effects"\nexport job main() -> bytes uses http.get { htpt.get("")?.body }\n',
      'IPVM2001 Nothing here is called `htpt`. Did you mean `http`?',
    ],
    [
      'type Color = enum { red, green }\nexport job main() -> Color { red }\n',
      'IPVM2001 Nothing here is called `red`. Did you mean `Color.red`?',
    ],
    [
      'type Shape = variant { dot, circle(u8) }\nexport job main() -> option<Shape> { some(circle(1)) }\n',
      'IPVM2001 Nothing here is called `circle`. Did you mean `Shape.circle`?',
    ],
    [
      'export job main(x: option<u8>) -> u8 { match x { some(y) => y, other => 0 } }\n',
      'IPVM2006 `option<u8>` has no case or flag `other`. For all the rest write `_`.',
    ],
    [
      'type Rights = flags { read, write }\nexport job main(x: Rights) -> bool { x == { read, wirte } }\n',
      'IPVM2006 `flags { read, write }` has no case or flag `wirte`. Did you mean `write`?',
    ],
    [
      "export job main(x: string) -> bool { x == 'x' }\n",
      'IPVM3020 `==` takes two values of one type, but these are `string` and `char`. A text stands in double quotes: `"c"`.',
    ],
    [
      'type Colour = enum { red, green }\nexport job main(x: Colour) -> bool { x == "red" }\n',
      'IPVM3020 `==` takes two values of one type, but these are `enum { red, green }` and `string`. Tell cases apart with `match x { a => … }`, or compare their texts, `"${x}"`.',
    ],
    [
      'export job main(x: list<u8>) -> list<u8> { concat(x, 1) }\n',
      'IPVM3037 `concat` takes lists, or strings, and this is a number. Put it in a list: `[x]`.',
    ],
    [
      'export job main(x: list<u8>) -> bool { x.contains(1) }\n',
      'IPVM2007 `x.contains` is a method, which values do not have, and cannot be called.',
    ],
    [
      'export job main(x: record { name: string }) -> string { x.name() }\n',
      'IPVM2007 `x.name` is a field and cannot be called.',
    ],
    [
      'export job main(x: record { a: u8 }) -> record { a: u8 } { x with { a: 2 } }\n',
      'IPVM3008 `with` sets the limits of a call, and there is no call before it.',
    ],
    [
      'export job main(x: u8) -> string { (1 / x) catch e => e.message }\n',
      'IPVM3001 `string` is expected here, but this is `u8`. Write it in a text: `"${…}"`.',
    ],
    [
      'export job main(x: u8) -> u8 { (1 / x) catch _ => "a" }\n',
      'IPVM3001 `u8` is expected here, but this is `string`. The alternative gives what the value would have been.',
    ],
    [
      'export job main(x: string) -> string { x[0] }\n',
      'IPVM3006 `[…]` does not work on `string`: its bytes are `x as bytes`.',
    ],
    [
      'import hello from "./hello.wasm"\nexport job main(hello: string) -> string { hello.greet("x") }\n',
      'IPVM2007 `hello.greet` is looked for in the value `hello`, which hides an imported module here, and cannot be called.',
    ],
    [
      'export job main(x: u8) -> bool { x == "a" }\n',
      'IPVM3020 `==` takes two values of one type, but these are `u8` and `string`. Write the number in a text: `"${…}"`.',
    ],
    [
      'export job main(x: record { a: u8 }) -> u8 { x["a"] }\n',
      'IPVM3006 `[…]` does not work on `record { a: u8 }`: write `.a`.',
    ],
    [
      'export job main(x: record { a: u8 }) -> u8 { x["b"] }\n',
      'IPVM3006 `[…]` does not work on `record { a: u8 }`: only lists have elements.',
    ],
    [
      'export job main(x: tuple<u8>) -> u8 { x[1] }\n',
      'IPVM3006 `[…]` does not work on `tuple<u8>`: items of a tuple are read with `.0`.',
    ],
    [
      'export job main(x: string) -> string {\n  print(x)\n  x\n}\n',
      'IPVM2001 Nothing here is called `print`. Write `log.write(x)`.',
    ],
    [
      'export job main(x: u8) -> u8 uses fs.write { x }\n',
      'IPVM5007 There is no operation `fs.write` of an effect here. The job performs none of that name: leave it out.',
    ],
  ])('%s', async (text, message) => {
    expect(await messages(text)).toEqual([message])
  })
})

test.each([
  ['export job main(x: u8) -> u8 uses fs.write { x }\n', 'export job main(x: u8) -> u8 { x }\n'],
  [
    'import { time } from "ipvm:effects"\nexport job main() -> u64 uses fs.write, time.now { time.now() }\n',
    'import { time } from "ipvm:effects"\nexport job main() -> u64 uses time.now { time.now() }\n',
  ],
  [
    'import { time } from "ipvm:effects"\nexport job main() -> u64 uses time.now, fs.write { time.now() }\n',
    'import { time } from "ipvm:effects"\nexport job main() -> u64 uses time.now { time.now() }\n',
  ],
  ['export job main(x: record { a: u8 }) -> u8 { x["a"] }\n', 'export job main(x: record { a: u8 }) -> u8 { x.a }\n'],
  ['export job main(x: tuple<u8, u8>) -> u8 { x[1] }\n', 'export job main(x: tuple<u8, u8>) -> u8 { x.1 }\n'],
  ['export job main(x: list<u8>) -> u8 { x.0 }\n', 'export job main(x: list<u8>) -> u8 { x[0] }\n'],
  [
    'export job main(x: result<record { a: u8 }, string>) -> u8 { x.a }\n',
    'export job main(x: result<record { a: u8 }, string>) -> u8 { x?.a }\n',
  ],
  [
    'export job main(xs: list<u32>, i: u64) -> u32 {\n  let a = xs\n    [i]\n  a\n}\n',
    'export job main(xs: list<u32>, i: u64) -> u32 {\n  let a = xs[i]\n  a\n}\n',
  ],
  ['export job main() { "a" }\n', 'export job main() -> string { "a" }\n'],
  [
    'import { time } from "ipvm:effects"\nexport job main() uses time.now { [time.now()] }\n',
    'import { time } from "ipvm:effects"\nexport job main() -> list<u64> uses time.now { [time.now()] }\n',
  ],
  [
    'type Color = enum { red, green }\nexport job main() -> Color { red }\n',
    'type Color = enum { red, green }\nexport job main() -> Color { Color.red }\n',
  ],
])('the repair of %s leaves nothing to tell', async (text, right) => {
  expect(await mended(text)).toBe(right)
  expect(await told(right)).toEqual([])
})

test('an alternative is of the type that is asked of the whole', async () => {
  expect(await told('export job main(x: u8) -> u32 { (1 / x) catch _ => 300 }\n')).toEqual([])
})

test('what was converted fails when it is computed, with a name or without', async () => {
  expect(await told('export job main() -> u8 { 300 as u16 as u8 }\n')).toEqual([])
  expect(await told('export job main() -> u8 {\n  let a = 300 as u16\n  a as u8\n}\n')).toEqual([])
  expect(await told('export job main() -> u8 { 300 as u8 }\n')).toEqual(['NumberRange: 300'])
})
