import { describe, expect, test } from 'vitest'
import { labels, offered } from './completing.ts'

describe('nothing is offered', () => {
  test.each([
    ['in a comment', '// com ┆'],
    ['in the docs of a job', '/// com ┆\njob f() -> u8 { 1 }'],
    ['in a comment behind a line', 'job f(x: u32) -> u32 { x // a ┆\n }'],
    ['in a comment with characters of two units', '// 𝒜𝒷 ┆'],
    ['in a text', 'job f(p: Picture) -> string { "a ┆ b" }'],
    ['in a text with a bracket that is none', 'job f(p: Picture) -> string { "a \\${┆ b" }'],
    ['in the plain part of a text', 'job f(p: string) -> string { "${p} ┆" }'],
    ['in bytes', 'job f() -> bytes { b"a┆" }'],
    ['in a character', "job f() -> char { '┆' }"],
    ['in a number', 'job f() -> u32 { 12┆ }'],
    ['at the name of a `let`', 'job f() -> u32 { let ┆ = 1\n 1 }'],
    ['at the name of a `let` that is typed', 'job f() -> u32 { let a┆ = 1\n 1 }'],
    ['at the name of a job', 'job ┆'],
    ['at the name of a job that is typed', 'job he┆() -> u8 { 1 }'],
    ['at the name of a type', 'type C┆ = u8'],
    ['at the name of a constant', 'const e┆ = 1'],
    ['at the name of a parameter', 'job f(┆) -> u32 { 1 }'],
    ['at the name of a second parameter', 'job f(a: u8, b┆) -> u32 { 1 }'],
    ['at the variable of a loop', 'job f(xs: list<u8>) -> list<u8> { for ┆ in xs { 1 } }'],
    ['at the index of a loop', 'job f(xs: list<u8>) -> list<u8> { for x, ┆ in xs { 1 } }'],
    ['at the name of a failure', 'job f(x: u8) -> u8 { x catch ┆ }'],
    ['at the payload of a pattern', 'job f(o: option<u8>) -> u8 { match o { some(┆) => 1 } }'],
    ['at the name of an import', 'import ┆'],
    ['at a new name of what is imported', 'import { http as ┆ } from "ipvm:effects"'],
    ['behind a new name of what is imported', 'import { http as web ┆ } from "ipvm:effects"'],
    ['behind an effect that is given', 'test "t" {\n  given http ┆\n}'],
    ['at a field of no known type', 'job f() -> ipld { { na┆: 1 } as ipld }'],
    ['at a field of no known type that has no value yet', 'job f() -> ipld { { a: 1, na┆ } as ipld }'],
    ['where the scheme of an effect is', 'effect mail(┆)'],
    ['where the scheme of an effect is before its operations', 'effect mail(s┆) { query unread() -> u8 }'],
    ['at the cases of a new type', 'type T = enum { ┆ }'],
    ['at the fields of a new type', 'type T = record { ┆ }'],
    ['at the name of a test', 'test "┆" { }'],
    ['behind what has no parts', 'job f(n: u8) -> u8 { n.┆ }'],
    ['behind what is unknown', 'job f() -> u8 { nothing.┆ }'],
    ['at the scheme of an effect', 'effect mail("┆") { }'],
  ])('%s', async (_, text) => {
    expect(await labels(text)).toEqual([])
  })
})

describe('what is left out', () => {
  test.each<[string, string, string[]]>([
    ['a `let` of a later line', 'job f() -> u32 {\n  let a = ┆\n  let later = 1\n  a\n}', ['later', 'a']],
    ['the locals of another job', 'job g(other: u8) -> u8 { other }\njob f() -> u32 { ┆ }', ['other']],
    [
      'the variable of a loop outside of it',
      'job f(xs: list<u8>) -> u32 {\n  let a = for inner in xs { inner }\n  ┆\n}',
      ['inner'],
    ],
    ['the job itself', 'job own() -> u32 { ┆ }', ['own']],
    ['jobs in constants', 'const a: u32 = ┆', ['helper', 'a', 'do', 'for', 'http']],
    [
      'jobs in a list of a constant',
      'const k: list<u32> = [1, ┆]',
      ['helper', 'k', 'do', 'for', 'http', 'declassify', 'let'],
    ],
    [
      'jobs in a record of a constant',
      'const k: Picture = { name: ┆ }',
      ['helper', 'k', 'do', 'for', 'http', 'declassify', 'let'],
    ],
    [
      'jobs in parentheses of a constant',
      'const k: u32 = (┆)',
      ['helper', 'k', 'do', 'for', 'http', 'declassify', 'let'],
    ],
    [
      'jobs in a text of a constant',
      'const k: string = "${┆}"',
      ['helper', 'k', 'do', 'for', 'http', 'declassify', 'let'],
    ],
    [
      'jobs in a block of a constant',
      'const k: u32 = if true { ┆ }',
      ['helper', 'k', 'do', 'for', 'http', 'declassify'],
    ],
    [
      'jobs in a call of a constant',
      'const k: option<u32> = some(┆)',
      ['helper', 'k', 'do', 'for', 'http', 'declassify', 'let'],
    ],
    [
      'jobs in the list of a default',
      'job k(x: list<u32> = [┆]) -> u32 { 1 }',
      ['helper', 'k', 'do', 'for', 'http', 'declassify', 'let'],
    ],
    [
      'jobs in the default of an operation',
      'effect k("k:") { query a(x: option<u32> = some(┆)) -> u32 }',
      ['helper', 'k', 'do', 'for', 'http', 'declassify', 'let'],
    ],
    ['functions in constants', 'const k = filters.image.┆', ['crop', 'blur']],
    ['operations in constants', 'const k = http.┆', ['get']],
    ['what is imported behind', 'import { ┆, http } from "ipvm:effects"', ['http']],
    ['settings below', 'config {\n  ┆\n  time: 30s\n}', ['time']],
    ['settings behind', 'job f() -> u32 { helper(1) with { ┆, time: 3s } }', ['time']],
    ['operations of a `uses` behind', 'job f() -> u64 uses ┆, time.now { 1 }', ['time.now']],
    ['operations of an effect of a `uses` behind', 'job f() -> u64 uses fs.┆, fs.read { 1 }', ['read']],
    ['operations of an effect of a `uses` before', 'job f() -> u64 uses fs.read, fs.┆ { 1 }', ['read']],
    ['a type in itself', 'type Own = list<┆>', ['Own']],
    ['types without cases in expressions', 'job f() -> u32 { ┆ }', ['Picture']],
    ['promises in jobs', 'job f() -> u32 {\n  ┆\n}', ['assert', 'given']],
    ['`some` where its arm is there', 'job f(o: option<u8>) -> u8 { match o { _ => 1\n ┆ } }', ['_']],
    ['arguments that are given', 'job f() -> u32 { helper(a: 1, ┆) }', ['a:']],
    ['names of arguments before one without a name', 'job f() -> u32 { helper(┆1, "") }', ['a:', 'b:']],
    ['the variable of a loop in its list', 'job f(xs: list<u8>) -> list<u8> {\n  for x in ┆\n}', ['x']],
    ['`uses` behind a job', 'job f() -> u8 { 1 } ┆', ['uses', '->']],
    ['`else` behind the other block', 'job f(n: bool) -> u8 { if n { 1 } else { 2 } ┆ }', ['else']],
    ['the arrow of a signature that has one', 'job f() -> u8\n  ┆', ['->']],
    ['`uses` where it is there', 'job f() -> u8 uses http.get\n  ┆', ['->', 'uses']],
    ['a second `config`', 'config { time: 3s }\n\n┆', ['config']],
    [
      'what there is nothing to wait for',
      'job f(o: option<u8>) -> list<u64> {\n  let k = 1\n  let o = some(k)\n  for x in [1] { time.now() after ┆ }\n}',
      ['k', 'o', 'x'],
    ],
    ['what is hidden', 'job f(edge: string) -> u32 { ed┆ }', ['helper']],
    ['values before the colon of an argument', 'job f(a: u32) -> u32 { helper(┆: "") }', ['a', 'edge']],
    ['values that would be called', 'job f(h: u32) -> u32 { h┆(1) }', ['h']],
    ['constants that would be called', 'job f() -> u32 { e┆(1) }', ['edge']],
    ['bytes that would be called', 'job f() -> bytes { ┆(1) }', ['b"…"', 'none']],
    ['a link that would be called', 'job f() -> link<bytes> { ┆(1) }', ['cid"…"']],
    ['a record that would be called', 'job f() -> Picture { ┆(1) }', ['{ … }']],
    ['nothing that would be called', 'job f() -> option<u8> { ┆(1) }', ['none']],
    ['cases without a payload that would be called', 'job f() -> Shape { ┆(1.0) }', ['Shape.point']],
    ['cases without a payload behind their type', 'job f() -> Shape { Shape.┆(1.0) }', ['point']],
    ['cases where a part stands behind the type', 'job f() -> Color { C┆.red }', ['Color.red', 'Color.green']],
    ['operations where one stands behind the effect', 'job f() -> u8 uses ┆.read { 1 }', ['fs.read', 'declassify']],
    ...['decode', 'image.crop'].map((path): [string, string, string[]] => [
      `what has no parts that are called before \`${path}\``,
      `job f(b: bytes) -> bytes { ┆.${path}(b) }`,
      ['b', 'edge', 'helper', 'concat', 'none', 'some', 'if', 'true', 'b"…"'],
    ]),
    ['names of arguments before the content of a value', 'job f(o: option<string>) -> u32 { helper(1, ┆?) }', ['b:']],
    [
      'what takes the place of a value behind `do try`',
      'effect m("m:") { command c() -> option<u8> }\njob f() -> u8 { do try m.c().┆ }',
      ['match'],
    ],
    ['a `let` whose name is missing', 'job f() -> u32 {\n  let = 1\n  ┆\n}', ['']],
  ])('%s', async (_, text, absent) => {
    const found = await labels(text)
    expect(found.filter(label => absent.includes(label))).toEqual([])
  })

  test('a name that a local hides is offered once, as the local', async () => {
    const found = await offered('job f(edge: string) -> u32 { ed┆ }')
    expect(found!.items.filter(({ label }) => label === 'edge').map(({ kind }) => kind)).toEqual(['local'])
  })
})
