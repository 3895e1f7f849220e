import { describe, expect, test } from 'vitest'
import { compile } from '../../compiler/compile.ts'
import { prepareRename, rename } from '../../lsp/features/rename.ts'
import { applyEdits } from '../../lsp/sight.ts'
import { Workspace } from '../../lsp/workspace.ts'
import { memoryHost } from '../harness/memory.ts'
import { Fixture } from './harness.ts'

type Files = Record<string, string> | string

/** The files after what is at the cursor was renamed, or why it is not. */
async function renamed(files: Files, to: string): Promise<Record<string, string> | string> {
  const fixture = new Fixture(files)
  const { path, offset } = fixture.cursors[0]!
  const found = await rename(fixture.workspace, fixture.texts.keys(), path, offset, to)
  if ('refused' in found) return found.refused
  const texts: Record<string, string> = {}
  for (const { path, edits } of found) texts[path.slice(1)] = applyEdits(fixture.texts.get(path)!, edits)
  return texts
}

/** Renames what is at the cursor to `other`: so every `@` says. */
async function renames(files: Files): Promise<void> {
  const given = typeof files === 'string' ? { 'main.ipvm': files } : files
  const clean = (text: string): string => text.replace(/[@]/g, '')
  const wanted = Object.entries(given).filter(([, text]) => text.includes('@'))
  const before = Object.fromEntries(Object.entries(given).map(([name, text]) => [name, clean(text)]))
  const after = wanted.map(([name, text]) => [name, text.replaceAll('┆', '').replace(/@[\w-]+/g, 'other')])
  expect(await renamed(before, 'other')).toEqual(Object.fromEntries(after))
}

describe('in one file', () => {
  test.each([
    ['a let', 'job f() -> u32 {\n  let @a┆ = 1\n  @a + @a\n}'],
    ['a parameter and the arguments for it', 'job f(@si┆ze: u32) -> u32 { @size }\njob g(size: u32) -> u32 { f(@size: size) }'],
    ['a parameter from an argument', 'job f(@size: u32) -> u32 { @size }\njob g(size: u32) -> u32 { f(@si┆ze: size) }'],
    ['of two lets the inner one', 'job f(a: u32) -> u32 {\n  if true {\n    let @a┆ = a\n    @a\n  } else { a }\n}'],
    ['a job', 'job @f() -> u32 { 1 }\njob g(f: u32) -> u32 { f }\njob h() -> u32 { @f┆() + g(f: 1) }'],
    ['a job that is called like a type', 'job @link┆(x: u8) -> link<u8> { x as link<u8> }\njob f(l: link<u8>) -> link<u8> { @link(l) }'],
    ['a type', 'type @Si┆ze = u32\ntype All = list<@Size>\njob f(s: @Size) -> option<@Size> { some(s as @Size) }'],
    ['a constant', 'const @ed┆ge = 1\njob f(e: u32 = @edge) -> u32 { e + @edge }'],
    ['a loop', 'job f(xs: list<u32>) -> list<u32> { for @x┆ in xs { @x } }'],
    ['a pattern', 'job f(v: option<u8>) -> u8 { match v { some(@x) => ┆@x, none => 0 } }'],
    ['in a text', 'job f(@na┆me: string) -> string { "name ${@name}" }'],
    ['an import', 'import @fil┆ters from "./filters.wasm"\njob f(p: @filters.image.picture) -> @filters.image.picture { @filters.image.grayscale(p) }'],
    ['an effect', 'effect @mail("mailto:") { query unread(box: string) -> u32 }\nexport job f() -> u32 uses @mail.unread { @ma┆il.unread("a") }'],
    ['an operation', 'effect mail("mailto:") { query @unread(box: string) -> u32 }\nexport job f() -> u32 uses mail.@unread { mail.@un┆read("a") }\ntest "t" { given mail.@unread(box: "a") => 1\n assert f() == 1 }'],
    ['a field', 'type Size = record { @wid┆th: u32 }\ntype Other = record { width: u32, height: u32 }\njob f(s: Size, o: Other) -> Size { { @width: s.@width + o.width } }'],
    ['a case', 'type C = enum { @red, green }\njob f(c: C) -> C { match c { @red => C.@re┆d, green => C.green } }'],
    ['a flag', 'type F = flags { read, @write }\njob f() -> F { { read, @wri┆te } }'],
    ['a flag in sets whose type only what they meet tells', 'type F = flags { read, @write }\njob f(a: F) -> F {\n  let b = { read, @wri┆te }\n  if a == b && a == { @write } { a } else { b }\n}'],
    ['a field of types that are made alike', 'type A = record { @x┆: u8 }\ntype B = record { @x: u8 }\njob f(a: A) -> B { a }\njob g(b: B) -> u8 { b.@x }'],
    ['a field of two types that meet, and of no other', 'type A = record { @x┆: u8 }\ntype B = record { @x: u8 }\ntype Other = record { x: string }\ntype Same = record { x: u8 }\njob f(a: A) -> B { a }\njob g(o: Other, s: Same) -> string { "${o.x}${s.x}" }'],
    ['a field of two types in lists that are put together', 'type A = record { @x┆: u8 }\ntype B = record { @x: u8 }\njob f(a: list<A>, b: list<B>) -> list<A> { concat(a, b) }'],
    ['a field of two types, of which a function takes the one by its name', 'type A = record { @x┆: u8 }\ntype B = record { @x: u8 }\njob join(a: B, b: B) -> B { if a.@x < b.@x { a } else { b } }\njob f(xs: list<A>) -> A { reduce xs with join }'],
    ['a case of two types that are compared', 'type A = enum { @on┆, off }\ntype B = enum { @on, off }\ntype Lamp = enum { on, off }\njob f(a: A, b: B, l: Lamp) -> bool { a == b && l == Lamp.on }'],
    ['a case of a type that a pattern of another one names', 'type A = enum { on, @off }\ntype B = enum { on, @of┆f }\ntype Lamp = enum { on, off }\njob f(a: A) -> bool { match a { B.on => true, B.@off => false } }'],
    ['a field in types inside of others, in branches, lists and what is converted', 'type A = record { @x┆: u8 }\ntype B = record { @x: u8 }\ntype C = record { @x: u8 }\ntype D = record { @x: u16 }\njob f(a: list<A>, b: option<B>, c: C, i: bool) -> u8 {\n  let d = if i { a } else { [c] }\n  let e = [b, some(c)]\n  let g = c as D\n  1\n}'],
    ['a field of a value without a type, and no other', 'job f() -> string {\n  let p = { @x: 1 as u8 }\n  let q = { x: "a" }\n  "${p.@x┆}${q.x}"\n}'],
    ['a field of a value without a type', 'job f() -> u8 {\n  let a = { @x: 1 as u8, y: 2 }\n  a.@x┆\n}'],
    ['in a broken file', 'job f(@a┆: u32) -> u32 {\n  let b =\n  @a\n}\njob g() -> none-such { f(@a: 1) }'],
    ['with astral characters and CRLF', '// \u{1f600}\r\njob f(@a: string) -> string {\r\n  "\u{1f600}${@a┆}"\r\n}'],
  ])('%s', async (_, text) => renames(text)) // prettier-ignore
})

describe('in many files', () => {
  test.each<[string, Record<string, string>]>([
    ['a job', {
      'shapes.ipvm': 'export job @f┆it() -> u8 { 1 }',
      'a.ipvm': 'import { @fit } from "./shapes.ipvm"\njob g() -> u8 { @fit() }',
      'b.ipvm': 'import { @fit as f } from "./shapes.ipvm"\njob g() -> u8 { f() }',
      'c.ipvm': 'job fit() -> u8 { 1 }',
    }],
    ['a job that is called by another name, with a named argument', {
      'a.ipvm': 'export job @ar┆ea(size: u8, times: u8 = 1) -> u8 { size + times }',
      'b.ipvm': 'import { @area as surface } from "./a.ipvm"\njob g() -> u8 { surface(1, times: 2) }',
    }],
    ['a job that is called by another name, behind a use of it', {
      'a.ipvm': 'job twice() -> u8 { @area() + @area() }\nexport job @ar┆ea() -> u8 { 1 }',
      'b.ipvm': 'import { @area as surface } from "./a.ipvm"\njob g() -> u8 { surface() }',
    }],
    ['a job from where it is used', {
      'a.ipvm': 'import { @fit } from "./shapes.ipvm"\njob g() -> u8 { @f┆it() }',
      'shapes.ipvm': 'export job @fit() -> u8 { 1 }',
    }],
    ['another name of one file', {
      'a.ipvm': 'import { fit as @f } from "./shapes.ipvm"\njob g() -> u8 { @f┆() }',
      'b.ipvm': 'import { fit as f } from "./shapes.ipvm"\njob g() -> u8 { f() }',
      'shapes.ipvm': 'export job fit() -> u8 { 1 }',
    }],
    ['a job, and not the same name that a file gives it', {
      'a.ipvm': 'export job @e┆() -> u8 { 1 }',
      'b.ipvm': 'import { @e as e } from "./a.ipvm"\njob g(e: u8) -> u8 { e }\njob h() -> u8 { e() }',
    }],
    ['another name of one file, which is the same', {
      'b.ipvm': 'import { e as @e } from "./a.ipvm"\njob g(e: u8) -> u8 { e }\njob h() -> u8 { @e┆() }',
      'a.ipvm': 'export job e() -> u8 { 1 }',
    }],
    ['another name of what the language has', {
      'a.ipvm': 'import { http as @we┆b } from "ipvm:effects"\njob g() -> bool { match @web.get("") { ok(_) => true, err(_) => false } }',
    }],
    ['an effect that a file names without importing it', {
      'a.ipvm': 'effect @ma┆il("x:") { query fetch(box: string) -> u8 }',
      'b.ipvm': 'import { @mail as m } from "./a.ipvm"\nexport job g() -> u8 uses m.fetch { m.fetch("x") }',
      'c.ipvm': 'import { g } from "./b.ipvm"\nexport job h() -> u8 uses @mail.fetch { g() }',
    }],
    ['an operation, from where its effect is not imported', {
      'c.ipvm': 'import { g } from "./b.ipvm"\njob mail() -> u8 { 1 }\nexport job h() -> u8 uses mail.@fet┆ch { g() + mail() }',
      'a.ipvm': 'effect mail("x:") { query @fetch(box: string) -> u8 }',
      'b.ipvm': 'import { mail as m } from "./a.ipvm"\nexport job g() -> u8 uses m.@fetch { m.@fetch("x") }',
    }],
    ['a parameter', {
      'shapes.ipvm': 'export job fit(@s┆ize: u8) -> u8 { @size }',
      'a.ipvm': 'import { fit as f } from "./shapes.ipvm"\njob g(size: u8) -> u8 { f(@size: size) }',
    }],
    ['a field', {
      'shapes.ipvm': 'type Size = record { @width: u32 }\nexport job fit(s: Size) -> u32 { s.@wi┆dth }',
      'a.ipvm': 'import { Size, fit } from "./shapes.ipvm"\njob g(s: Size) -> u32 { s.@width + fit({ @width: 1 }) }',
    }],
    ['a field of a value without a type, which no other file knows', {
      'a.ipvm': 'job f() -> u8 {\n  let p = { @x┆: 1 as u8 }\n  p.@x\n}',
      'b.ipvm': 'job f() -> u8 {\n  let p = { x: 1 as u8 }\n  p.x\n}',
    }],
    ['a field of two types that meet, and of none that is made alike', {
      'a.ipvm': 'type A = record { @wid┆th: u8 }\ntype B = record { @width: u8 }\njob f(a: A) -> B { a }',
      'b.ipvm': 'export job h(p: record { width: u8 }) -> u8 { p.width }',
    }],
    ['a field of two types, whose values meet in another file', {
      'a.ipvm': 'type A = record { @wid┆th: u8 }\nexport job make() -> A { { @width: 1 } }',
      'b.ipvm': 'type B = record { @width: u8 }\nexport job take(b: B) -> u8 { b.@width }',
      'c.ipvm': 'import { A, make } from "./a.ipvm"\nexport job made() -> A { make() }',
      'd.ipvm': 'import { made } from "./c.ipvm"\nimport { take } from "./b.ipvm"\njob main() -> u8 { take(made()) }',
    }],
  ])('%s', async (_, files) => renames(files)) // prettier-ignore
})

describe('is not refused for what is wrong already, and for no warning', () => {
  test.each([
    ['the second let of two', 'job f(x: u8) -> u8 {\n  let a = x\n  let @a┆ = a + 1\n  @a\n}\nexport job g(unused: u8) -> u8 { f(1) }'],
    ['the first job of two', 'job @f┆(x: u8) -> u8 { len("") as u8 }\njob f(y: u8) -> u8 { y }\njob g() -> u8 { f(y: 1) }'],
    ['the second job of two', 'job f(x: u8) -> u8 { x }\njob @f┆(y: u8) -> u8 { y }\njob g() -> u8 { f(x: 1) }'],
    ['a job of two, where what calls it was meant for it', 'job f(x: u8) -> u8 { x }\njob @f┆(y: string) -> u8 { 1 }\njob g() -> u8 { f("") }'],
    ['a job of two, in which something is wrong', 'job f(x: u8) -> u8 { x }\njob @f┆(y: u8) -> u8 { "" }'],
    ['the second type of two', 'type A = record { x: u8 }\ntype @A┆ = u16\njob g(a: A) -> u8 { a.x }'],
    ['the first type of two, where fields become known', 'type @A┆ = record { x: u8 }\ntype A = record { y: u8 }\nconst a: A = { y: 1 }\njob f() -> A { { y: 2 } }'],
    ['a type of two, where fields come to be of another one', 'type A = record { x: u8 }\ntype @A┆ = record { y: u8 }\nconst a: A = { y: 1 }'],
    ['the second type of two, where cases become known', 'type A = enum { x, y }\ntype @A┆ = u8\njob f(a: A) -> u8 { match a { x => 1, y => 2 } }\nconst a: A = A.x'],
    ['a job beside an import of its name', 'import f from "./filters.wasm"\njob @f┆(y: u8) -> u8 { y }'],
    ['a job to the name by which it is called', 'job @hel┆per(size: u8) -> u8 { size }\njob g() -> u8 { other(size: 1) + other(2) }'],
    ['a field to the name that values have', 'type A = record { @wid┆ht: u8 }\njob g() -> A { { other: 1 } }'],
    ['an operation to the name in `uses`', 'effect mail("x:") { query @fet┆hc() -> u8 }\nexport job g() -> u8 uses mail.other { mail.@fethc() }'],
    ['a parameter that is used nowhere', 'job f(@_un┆used: u8) -> u8 { 1 }'],
    ['what hides another name then', 'const other: u8 = 1\njob f(@a┆: u8) -> u8 { @a }\njob g() -> u8 { f(other) }'],
  ])('%s', async (_, text) => renames(text)) // prettier-ignore

  test.each([
    ['a field', 'type A = record { a┆: u8 }\njob f(a: A) -> A { { a: a.a } }', 'type A = record { in: u8 }\njob f(a: A) -> A { { in: a.in } }'],
    ['a case', 'type A = variant { a┆, b(u8) }\njob f(a: A) -> A { match a { a => A.a, b(x) => A.b(x) } }', 'type A = variant { in, b(u8) }\njob f(a: A) -> A { match a { in => A.in, b(x) => A.b(x) } }'],
    ['a parameter of an operation', 'effect mail("x:") { query get(a┆: u8) -> u8 }\njob f() -> u8 { mail.get(a: 1) }', 'effect mail("x:") { query get(in: u8) -> u8 }\njob f() -> u8 { mail.get(in: 1) }'],
    ['a flag', 'type A = flags { a┆, b }\njob f() -> A { { a, b } }', 'type A = flags { in, b }\njob f() -> A { { in, b } }'],
  ])('%s may have a word of the language for its name', async (_, text, wanted) => {
    expect(await renamed(text, 'in')).toEqual({ 'main.ipvm': wanted })
  }) // prettier-ignore
})

describe('is refused', () => {
  test.each([
    ['a name that is there', 'job f() -> u8 { 1 }\njob other() -> u8 { f┆() }', '`other` is already the name of a job'],
    [
      'a let that is there',
      'job f() -> u8 {\n  let a┆ = 1\n  let other = 2\n  a + other\n}',
      '`other` is already the name of a',
    ],
    ['a parameter that is there', 'job f(a┆: u8, other: u8) -> u8 { a + other }', '`other` is already the name of a'],
    ['a field that is there', 'type S = record { a┆: u8, other: u8 }\njob f(s: S) -> u8 { s.a }', '`other`'],
    ['what would be captured', 'job f(a┆: u8) -> list<u8> { for other in [1, 2] { other + a } }', 'other'],
    ['what would capture', 'const other: u8 = 1\njob f(a┆: u8) -> u8 { a + other }', 'other'],
    ['a built-in that is used', 'job le┆ngth(x: u8) -> u8 { x }\njob g(x: list<u8>) -> u64 { len(x) + length(1) }', 'len', 'len'], // prettier-ignore
    ['a type of the language', 'type By┆te = string\njob g(x: list<u8>) -> Byte { "a" }', 'u8', 'u8'],
  ])('%s', async (_, text, wanted, to = 'other') => {
    const found = await renamed(text, to)
    expect(found).toBeTypeOf('string')
    expect(found).toContain(`\`${to}\` cannot be its name: `)
    expect(found).toContain(wanted)
    expect(found).toMatch(/\(\/main\.ipvm:\d+\)$/)
  })

  test.each([
    ['what would be captured', 'job f(a┆: u8) -> list<u8> {\n  for other in [1, 2] { other + a }\n}'],
    ['what would capture', 'const other: u8 = 1\njob f(a┆: u8) -> u8 { a + other }'],
  ])('%s, where something else is wrong and no lint tells', async (_, text) => {
    const found = await renamed(`${text}\njob broken() -> nope { 1 }`, 'other')
    expect(found).toMatch(
      /^`other` cannot be its name: .*(stand for something else|it is taken here).* \(\/main\.ipvm:\d\)$/,
    )
  })

  test('a name by which something of the language is called, though nothing would be wrong', async () => {
    const text =
      'job si┆ze(x: list<u8>) -> u64 { len(x) + 1 }\njob g(x: list<u8>) -> u64 { len(x) }\njob h() -> u64 { size([]) }'
    expect(await renamed(text.replace('len(x) + 1', '1'), 'len')).toBe(
      '`len` cannot be its name: it is taken here for something else (/main.ipvm:2)',
    )
  })

  test('a name that another file has already', async () => {
    const files = {
      's.ipvm': 'export job f┆it() -> u8 { 1 }',
      'a.ipvm': 'import { fit } from "./s.ipvm"\njob other() -> u8 { fit() }',
    }
    expect(await renamed(files, 'other')).toMatch(/`other`.*\(\/a\.ipvm:[12]\)$/)
  })

  test('a field that another file, which does not name it, gives to a component', async () => {
    const files = {
      'a.ipvm': 'type P = record { wid┆th: u32, height: u32, pixels: bytes }\nexport job make() -> P { { width: 1, height: 1, pixels: b"" } }',
      'b.ipvm': 'import { P, make } from "./a.ipvm"\nexport job made() -> P { make() }',
      'c.ipvm': 'import { made } from "./b.ipvm"\nimport f from "./filters.wasm"\njob g() -> f.image.picture {\n  f.image.grayscale(made())\n}',
    } // prettier-ignore
    expect(await renamed(files, 'other')).toMatch(/^`other` cannot be its name: .*\(\/c\.ipvm:4\)$/)
  })

  test('with the place where it would be another', async () => {
    expect(
      await renamed('job f(a┆: u8) -> list<u8> {\n  for other in [1, 2] {\n    other + a\n  }\n}', 'other'),
    ).toMatch(/other.*main\.ipvm:\d\)$/)
  })

  test.each([
    ['a1-b', undefined],
    ['job', undefined],
    ['', 'A name is made of'],
    ['1a', 'A name is made of'],
    ['a-', 'A name is made of'],
    ['a b', 'A name is made of'],
    ['größe', 'A name is made of'],
    ['\u{1f600}', 'A name is made of'],
    ['_', '`_` is what has no name.'],
    ['let', '`let` cannot be its name: `let` is a reserved word'],
    ['true', '`true` cannot be its name: `true` is a reserved word'],
  ])('%j', async (to, wanted) => {
    const found = await renamed('job f(a┆: u8) -> u8 { a }', to)
    if (wanted === undefined) expect(found).toEqual({ 'main.ipvm': `job f(${to}: u8) -> u8 { ${to} }` })
    else expect(found).toContain(wanted)
  })

  test.each([
    ['job f(x: list<u8>) -> u64 { le┆n(x) }', '`len` is no name that a file declares.'],
    ['j┆ob f() -> u8 { 1 }', '`job` is no name that a file declares.'],
    ['job f() -> u8 { 1┆ }', 'There is no name here.'],
    ['job f(v: option<u8>) -> u8 { match v { so┆me(x) => x, none => 0 } }', '`some` belongs to the language.'],
    ['job g() -> u8 { 1 }\njob f() -> string { "${g()}" catch e => e.mess┆age }', '`message` belongs to the language.'],
    ['job f(v: option<u8>) -> u8 { match v { some(x => if true { ┆1 } else { 2 } } }', 'There is no name here.'],
    ['import { fit } from "./none.ipvm"\njob f() -> u8 { fi┆t() }', 'It is not known what `fit` stands for.'],
    ['import f from "./filters.wasm"\njob g(p: f.image.picture) -> f.image.picture { f.image.gray┆scale(p) }', '`grayscale` comes from a component: its names stand in its bytes.'],
    ['import f from "./filters.wasm"\njob g(p: f.image.pic┆ture) -> u8 { 1 }', '`picture` comes from a component: its names stand in its bytes.'],
    ['import f from "./filters.wasm"\njob g(p: f.image.picture) -> u32 { p.wi┆dth }', '`width` comes from a component: its names stand in its bytes.'],
    ['import f from "./filters.wasm"\njob g(p: f.image.picture) -> f.image.picture { f.image.blur(p, ra┆dius: 1) }', '`radius` comes from a component: its names stand in its bytes.'],
    ['import f from "./filters.wasm" { gr┆ay: func(data: bytes) -> bytes }', '`gray` comes from a component: its names stand in its bytes.'],
    ['import f from "./filters.wasm" { gray: func(da┆ta: bytes) -> bytes }', '`data` comes from a component: its names stand in its bytes.'],
    ['import { http } from "ipvm:effects"\njob f() -> u8 { let a = http.g┆et("")\n 1 }', '`get` comes from `ipvm:effects`.'],
    ['import { http } from "ipvm:effects"\njob f() -> u8 { let a = ht┆tp.get("")\n 1 }', '`http` comes from `ipvm:effects`. Write `import { http as … }` to give it another name here.'],
  ])('%s', async (text, wanted) => {
    expect(await renamed(text, 'other')).toBe(wanted)
    expect(await new Fixture(text).at(prepareRename)).toEqual({ refused: wanted })
  }) // prettier-ignore
})

test('a job gets the name that a file has for it, which needs no `as` then', async () => {
  const files = {
    'a.ipvm': 'export job ed┆ge() -> u8 { 1 }\nexport job far() -> u8 { 2 }',
    'b.ipvm': 'import { far as f, edge  as other } from "./a.ipvm"\njob g() -> u8 { other() + f() }',
    'c.ipvm': 'import { edge // why\n as other } from "./a.ipvm"\njob g() -> u8 { other() }',
  }
  expect(await renamed(files, 'other')).toEqual({
    'a.ipvm': 'export job other() -> u8 { 1 }\nexport job far() -> u8 { 2 }',
    'b.ipvm': 'import { far as f, other } from "./a.ipvm"\njob g() -> u8 { other() + f() }',
    'c.ipvm': 'import { other // why\n as other } from "./a.ipvm"\njob g() -> u8 { other() }',
  })
})

test('what has another name in a file gets its own back without `as`', async () => {
  const files = {
    'a.ipvm': 'export job edge() -> u8 { 1 }',
    'b.ipvm': 'import { edge as other } from "./a.ipvm"\njob g() -> u8 { oth┆er() + other() }',
  }
  expect(await renamed(files, 'edge')).toEqual({
    'b.ipvm': 'import { edge } from "./a.ipvm"\njob g() -> u8 { edge() + edge() }',
  })
})

test('nothing changes where the name is the same', async () => {
  expect(await renamed('job f(a┆: u8) -> u8 { a }', 'a')).toEqual({})
})

test('what is renamed is told before it is known how', async () => {
  const fixture = new Fixture('job f(si┆ze: u8) -> u8 { size }')
  expect(await fixture.at(prepareRename)).toEqual({ range: { start: 6, end: 10 }, name: 'size' })
  const other = new Fixture({
    'main.ipvm': 'import { fit as f } from "./s.ipvm"\njob g() -> u8 { f┆() }',
    's.ipvm': 'export job fit() -> u8 { 1 }',
  })
  expect(await other.at(prepareRename)).toMatchObject({ name: 'f' })
})

test('a parameter of a job that is compiled is not renamed, and is told to be one', async () => {
  const host = memoryHost({ '/a.ipvm': 'export job half(size: u32) -> u32 { size / 2 }' })
  const compiled = await compile(host, '/a.ipvm')
  if (!compiled.ok) throw new Error(JSON.stringify(compiled))
  const { job, blocks } = compiled.value
  const text = `import half from "ipfs://${job}"\njob f() -> u32 { half(size: 4) }`
  const stored = new Map(blocks.map(({ cid, bytes }) => [cid.toString(), bytes]))
  const workspace = new Workspace(memoryHost({ '/main.ipvm': text }, stored))
  expect(await workspace.use('/main.ipvm', view => view.diagnostics)).toEqual([])
  expect(await workspace.use('/main.ipvm', view => prepareRename(view, text.indexOf('size')))).toEqual({
    refused: '`size` comes from a compiled job: its names stand in its bytes.',
  })
})

test('a field that a component takes is not renamed', async () => {
  const text = `import filters from "./filters.wasm"
type Picture = record { width: u32, height: u32, pixels: bytes }
job f(p: Picture) -> Picture { filters.image.grayscale({ wid┆th: p.width, height: 1, pixels: b"" }) }`
  expect(await renamed(text, 'other')).toMatch(/^`other` cannot be its name: /)
})

test('what a name stands for is what its import leads to now', async () => {
  const job = (name: string): string => `export job ${name}(size: u8) -> u8 { size }\n`
  const importing = (name: string): string => `import { ${name} as f } from "./a.ipvm"\njob g() -> u8 { f(size: 1) }`
  const fixture = new Fixture({ 'a.ipvm': job('one') + job('two'), 'b.ipvm': importing('one') })
  const [a, b] = ['/a.ipvm', '/b.ipvm'] as const
  expect(await fixture.in(b, view => view.diagnostics)).toEqual([])
  fixture.workspace.set(b, importing('two'))
  const found = await rename(fixture.workspace, [a, b], a, fixture.texts.get(a)!.lastIndexOf('size:'), 'other')
  if ('refused' in found) throw new Error(found.refused)
  expect(found.map(({ path, text, edits }) => [path, applyEdits(text, edits)])).toEqual([
    [a, job('one') + job('two').replaceAll('size', 'other')],
    [b, importing('two').replace('size', 'other')],
  ])
})

test('the files are what they were when a name was tried', async () => {
  const fixture = new Fixture('job f(a┆: u8, b: u8) -> u8 { a + b }')
  const { path, offset } = fixture.cursors[0]!
  const told = (): Promise<unknown> => fixture.in(path, view => [view.text, view.diagnostics])
  const before = await told()
  await Promise.all([
    rename(fixture.workspace, [path], path, offset, 'b'),
    // Asked for meanwhile, and served with what the file holds.
    told().then(found => expect(found).toEqual(before)),
  ])
  expect(await told()).toEqual(before)
  expect(fixture.workspace.textOf(path)).toBe(fixture.texts.get(path))
})
