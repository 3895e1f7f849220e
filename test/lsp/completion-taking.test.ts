import { describe, expect, test } from 'vitest'
import { ExportIndex } from '../../lsp/features/completion.ts'
import { labels, offered, taken } from './completing.ts'
import { Fixture } from './harness.ts'

describe('the text after taking', () => {
  test.each<[string, string, string, string]>([
    ['a keyword that is there', 'job f() -> u8 {\n  l┆et x = 1\n  x\n}', 'let', 'job f() -> u8 {\n  let x = 1\n  x\n}'],
    ['an item that is there', 'job┆ f() -> u8 { 1 }', 'job', 'job f() -> u8 { 1 }'],
    [
      'a keyword before its block',
      'job f(b: bool) -> u8 { if b { 1 } el┆ { 2 } }',
      'else',
      'job f(b: bool) -> u8 { if b { 1 } else { 2 } }',
    ],
    ['a keyword before its fields', 'type T = re┆ { a: u8 }', 'record', 'type T = record { a: u8 }'],
    [
      'a keyword before its settings',
      'job f() -> u32 { helper(1) ┆ { time: 3s } }',
      'with',
      'job f() -> u32 { helper(1) with { time: 3s } }',
    ],
    [
      'a keyword before its parameters',
      'import x from "./x.wasm" { crop: f┆(a: u8) -> u8 }',
      'func',
      'import x from "./x.wasm" { crop: func(a: u8) -> u8 }',
    ],
    [
      'a keyword before what joins elements',
      'job f(xs: list<u8>) -> u8 { reduce xs ┆ (a, b) => a }',
      'with',
      'job f(xs: list<u8>) -> u8 { reduce xs with (a, b) => a }',
    ],
    [
      'limits before the block of a condition',
      'job f() -> u8 { if helper(1) == helper(1) w┆ { 1 } else { 2 } }',
      'with',
      'job f() -> u8 { if helper(1) == helper(1) with {  } { 1 } else { 2 } }',
    ],
    ['a keyword before a type', 'job f(a: u8) -> u16 { a a┆ u16 }', 'as', 'job f(a: u8) -> u16 { a as u16 }'],
    [
      'a keyword before a list',
      'job f(xs: list<u8>) -> list<u8> { for x ┆ xs { x } }',
      'in',
      'job f(xs: list<u8>) -> list<u8> { for x in xs { x } }',
    ],
    ['a keyword before an item', 'ex┆ job f() -> u8 { 1 }', 'export', 'export job f() -> u8 { 1 }'],
    ['a keyword before another one', 'job f() -> u8 { t┆ helper(1) }', 'try', 'job f() -> u8 { try helper(1) }'],
    ['an item that has nothing else', 'const┆\njob f() -> u8 { 1 }', 'const', 'const name = \njob f() -> u8 { 1 }'],
    [
      'a name of which its first part is written',
      'job f(n: u32) -> u32 {\n  let long-name = 1\n  long-┆\n}',
      'long-name',
      'job f(n: u32) -> u32 {\n  let long-name = 1\n  long-name\n}',
    ],
    ['two of three parts', 'job f(a-b-c: u32) -> u32 { a-b-┆ }', 'a-b-c', 'job f(a-b-c: u32) -> u32 { a-b-c }'],
    ['a part in a text', 'job f(a-b: u32) -> string { "${a-┆}" }', 'a-b', 'job f(a-b: u32) -> string { "${a-b}" }'],
    [
      'a part in a text that is open',
      'job f(a-b: u32) -> string { "${a-┆ }',
      'a-b',
      'job f(a-b: u32) -> string { "${a-b }',
    ],
    ['a part of a type', 'type my-size = u8\njob f(x: my-┆)', 'my-size', 'type my-size = u8\njob f(x: my-size)'],
    [
      'a part of a field',
      'type P = record { bit-depth: u8 }\njob f(p: P) -> u8 { p.bit-┆ }',
      'bit-depth',
      'type P = record { bit-depth: u8 }\njob f(p: P) -> u8 { p.bit-depth }',
    ],
    [
      'a part of a case',
      'type T = enum { three-quarters, half }\njob f() -> T { T.three-┆ }',
      'three-quarters',
      'type T = enum { three-quarters, half }\njob f() -> T { T.three-quarters }',
    ],
    [
      'a part of a pattern',
      'type T = enum { three-quarters, half }\njob f(t: T) -> u8 { match t { three-┆ } }',
      'three-quarters',
      'type T = enum { three-quarters, half }\njob f(t: T) -> u8 { match t { three-quarters =>  } }',
    ],
    [
      'a part of a field that is given',
      'type P = record { bit-depth: u8 }\njob f() -> P { { bit-┆ } }',
      'bit-depth',
      'type P = record { bit-depth: u8 }\njob f() -> P { { bit-depth:  } }',
    ],
    [
      'a part of an argument',
      'job g(stop-words: u8) -> u8 { 1 }\njob f() -> u8 { g(stop-┆) }',
      'stop-words:',
      'job g(stop-words: u8) -> u8 { 1 }\njob f() -> u8 { g(stop-words: ) }',
    ],
    [
      'a part of an operation',
      'effect my-mail("m:") { query a-b() -> u8 }\njob f() -> u8 uses my-mail.a-┆ { 1 }',
      'a-b',
      'effect my-mail("m:") { query a-b() -> u8 }\njob f() -> u8 uses my-mail.a-b { 1 }',
    ],
    [
      'a part of an effect',
      'effect my-mail("m:") { query a-b() -> u8 }\njob f() -> u8 uses my-┆ { 1 }',
      'my-mail.a-b',
      'effect my-mail("m:") { query a-b() -> u8 }\njob f() -> u8 uses my-mail.a-b { 1 }',
    ],
    ['what is taken from a number', 'job f(n: u32) -> u32 { n -┆ }', 'n', 'job f(n: u32) -> u32 { n -n }'],
    ['a call', 'job f() -> u32 { help┆ }', 'helper', 'job f() -> u32 { helper() }'],
    ['a name where the parentheses are there', 'job f() -> u32 { hel┆(1) }', 'helper', 'job f() -> u32 { helper(1) }'],
    ['a name in the middle of a word', 'job f() -> u32 { he┆lp(1) }', 'helper', 'job f() -> u32 { helper(1) }'],
    ['a function', 'job f(b: bytes) -> bytes { png.┆ }', 'decode', 'job f(b: bytes) -> bytes { png.decode() }'],
    ['a command', 'job f() -> u64 { fs.┆ }', 'write', 'job f() -> u64 { do fs.write() }'],
    ['a command behind `do`', 'job f() -> u64 { do fs.┆ }', 'write', 'job f() -> u64 { do fs.write() }'],
    ['a query', 'job f() -> bytes { fs.┆ }', 'read', 'job f() -> bytes { fs.read() }'],
    ['an operation of `uses`', 'job f() -> u8 uses fs.┆ { 1 }', 'write', 'job f() -> u8 uses fs.write { 1 }'],
    ['an argument', 'job f() -> u32 { helper(┆) }', 'b:', 'job f() -> u32 { helper(b: ) }'],
    ['a field', 'job f() -> Picture { { na┆ } }', 'name', 'job f() -> Picture { { name:  } }'],
    [
      'a field below one without its comma',
      'job f() -> Picture {\n  {\n    name: ""\n    co┆\n  }\n}',
      'color',
      'job f() -> Picture {\n  {\n    name: "",\n    color: \n  }\n}',
    ],
    [
      'a flag below one without its comma',
      'job f() -> Rights {\n  {\n    read\n    wr┆\n  }\n}',
      'write',
      'job f() -> Rights {\n  {\n    read,\n    write\n  }\n}',
    ],
    [
      'an argument below one without its comma',
      'job f() -> u32 {\n  helper(\n    a: 1\n    ┆\n  )\n}',
      'b:',
      'job f() -> u32 {\n  helper(\n    a: 1,\n    b: \n  )\n}',
    ],
    [
      'a value below a call that is not closed',
      'job f(o: u32) -> u32 {\n  helper(1\n  o┆\n}',
      'o',
      'job f(o: u32) -> u32 {\n  helper(1\n  o\n}',
    ],
    ['all fields', 'job f() -> Picture { { ┆ } }', 'name, color', 'job f() -> Picture { { name: , color:  } }'],
    [
      'an arm',
      'job f(o: option<u8>) -> u8 { match o { ┆ } }',
      'some',
      'job f(o: option<u8>) -> u8 { match o { some(x) =>  } }',
    ],
    [
      'all arms',
      'job f(c: Color) -> u8 { match c { ┆ } }',
      'all that are missing',
      'job f(c: Color) -> u8 { match c { red => \ngreen => \nblue =>  } }',
    ],
    ['a case with a payload', 'job f() -> Shape { ┆ }', 'Shape.circle', 'job f() -> Shape { Shape.circle() }'],
    [
      'a case behind its type',
      'job f() -> Shape { Shape.┆ }',
      'circle',
      'job f() -> Shape { circle() }'.replace('circle', 'Shape.circle'),
    ],
    ['a setting', 'config { ┆ }', 'time', 'config { time: 500ms }'],
    [
      'a `match` of a value',
      'job f(o: option<u8>) -> u8 { o.┆ }',
      'match',
      'job f(o: option<u8>) -> u8 { match o {\n  some(x) => \n  none => \n} }',
    ],
    [
      'a `match` of one of several names',
      'job f(c: Color) -> u8 { c.┆ }',
      'match',
      'job f(c: Color) -> u8 { match c {\n  red => \n  green => \n  blue => \n} }',
    ],
    [
      'a `match` of one of several cases',
      'job f(s: Shape) -> u8 { s.┆ }',
      'match',
      'job f(s: Shape) -> u8 { match s {\n  circle(x) => \n  point => \n} }',
    ],
    [
      'a `match` of what holds or not',
      'job f(b: bool) -> u8 { b.┆ }',
      'match',
      'job f(b: bool) -> u8 { match b {\n  true => \n  false => \n} }',
    ],
    [
      'a field of what may be missing',
      'job f(o: option<Picture>) -> string {\n  o.na┆\n}',
      'name',
      'job f(o: option<Picture>) -> string {\n  o?.name\n}',
    ],
    [
      'a field of a result',
      'job f() -> bytes uses http.get {\n  http.get("").┆\n}',
      'body',
      'job f() -> bytes uses http.get {\n  http.get("")?.body\n}',
    ],
    ['the content of a value', 'job f(o: option<u8>) -> u8 { o.┆ }', '?', 'job f(o: option<u8>) -> u8 { o? }'],
    ['the length of a list', 'job f(xs: list<u8>) -> u64 { xs.le┆ }', 'len', 'job f(xs: list<u8>) -> u64 { len(xs) }'],
    ['the length of what may be anything', 'job f(x: ipld) -> u64 { x.┆ }', 'len', 'job f(x: ipld) -> u64 { len(x) }'],
    [
      'the keys of what may be anything',
      'job f(x: ipld) -> list<string> { x["a"].┆ }',
      'keys',
      'job f(x: ipld) -> list<string> { keys(x["a"]) }',
    ],
    [
      'a loop over a list',
      'job f(xs: list<u8>) -> list<u8> { xs.┆ }',
      'for',
      'job f(xs: list<u8>) -> list<u8> { for x in xs {  } }',
    ],
    [
      'a `match` of what stands in parentheses',
      'job f(o: option<u8>) -> u8 { (o).┆ }',
      'match',
      'job f(o: option<u8>) -> u8 { match (o) {\n  some(x) => \n  none => \n} }',
    ],
    [
      'a loop over what stands in parentheses',
      'job f(a: list<u8>) -> list<u8> { (concat(a, a)).┆ }',
      'for',
      'job f(a: list<u8>) -> list<u8> { for x in (concat(a, a)) {  } }',
    ],
    [
      'an `if` behind a sign',
      'job f(s: bool) -> bool { !(s).┆ }',
      'if',
      'job f(s: bool) -> bool { !if (s) {  } else {  } }',
    ],
    [
      'a `match` of what is done',
      'effect m("m:") { command c() -> option<u8> }\njob f() -> u8 { do m.c().┆ }',
      'match',
      'effect m("m:") { command c() -> option<u8> }\njob f() -> u8 { match do m.c() {\n  some(x) => \n  none => \n} }',
    ],
    ['bytes', 'job f() -> bytes { ┆ }', 'b"…"', 'job f() -> bytes { b"" }'],
    ['bytes by their letter', 'const c: list<u8> = b┆', 'b"…"', 'const c: list<u8> = b""'],
    ['a link', 'job f() -> link<bytes> { ┆ }', 'cid"…"', 'job f() -> link<bytes> { cid"" }'],
    ['the source of a component', 'import x from ┆', './png.wasm', 'import x from "./png.wasm"'],
    ['a path in quotes', 'import x from "./p┆"', './png.wasm', 'import x from "./png.wasm"'],
    ['a path in an open quote', 'import x from "./p┆', './png.wasm', 'import x from "./png.wasm'],
  ])('%s', async (_, text, label, after) => {
    expect(await taken(text, label)).toBe(after)
  })
})

describe('the text after taking another name', () => {
  test.each<[string, string, string, string]>([
    [
      'of a case behind its type',
      'job f() -> Shape { Shape.cir┆(1.0) }',
      'circle',
      'job f() -> Shape { Shape.circle(1.0) }',
    ],
    ['of a case', 'job f() -> Shape { Sha┆(1.0) }', 'Shape.circle', 'job f() -> Shape { Shape.circle(1.0) }'],
    ['of an option', 'job f() -> option<u8> { so┆(1) }', 'some', 'job f() -> option<u8> { some(1) }'],
    ['of a result', 'job f() -> result<u8, u8> { e┆(1) }', 'err', 'job f() -> result<u8, u8> { err(1) }'],
    [
      'of an argument without one',
      'job f() -> u32 { helper(┆: 1, b: "") }',
      'a:',
      'job f() -> u32 { helper(a: 1, b: "") }',
    ],
    [
      'of a second argument without one',
      'job f() -> u32 { helper(1, ┆: "") }',
      'b:',
      'job f() -> u32 { helper(1, b: "") }',
    ],
    ['of an argument', 'job f() -> u32 { helper(1, b┆b: "") }', 'b:', 'job f() -> u32 { helper(1, b: "") }'],
    [
      'of a field',
      'job f() -> Picture { { name: "", co┆: Color.red } }',
      'color',
      'job f() -> Picture { { name: "", color: Color.red } }',
    ],
    [
      'of a field before the part of a value',
      'job f(p: Picture) -> Picture { { ┆: p.name, color: Color.red } }',
      'name',
      'job f(p: Picture) -> Picture { { name: p.name, color: Color.red } }',
    ],
    [
      'of a field that the value behind it has, too',
      'job f(p: Picture) -> Picture { { color: Color.red, ┆: p.name } }',
      'name',
      'job f(p: Picture) -> Picture { { color: Color.red, name: p.name } }',
    ],
    ['of a setting', 'config { ti┆me: 30s }', 'time', 'config { time: 30s }'],
    [
      'of a setting of a call',
      'job f() -> u32 { helper(1) with { ti┆: 3s } }',
      'time',
      'job f() -> u32 { helper(1) with { time: 3s } }',
    ],
    [
      'of an arm',
      'job f(s: Shape) -> u8 { match s { po┆ => 2 } }',
      'point',
      'job f(s: Shape) -> u8 { match s { point => 2 } }',
    ],
    [
      'of an arm without its payload',
      'job f(s: Shape) -> u8 { match s { ci┆ => 2 } }',
      'circle',
      'job f(s: Shape) -> u8 { match s { circle(x) => 2 } }',
    ],
    [
      'of an arm with its payload',
      'job f(s: Shape) -> u8 { match s { ci┆(y) => 1 } }',
      'circle',
      'job f(s: Shape) -> u8 { match s { circle(y) => 1 } }',
    ],
    [
      'of the rest',
      'job f(s: Shape) -> u8 { match s { _┆ => 1 } }',
      '_',
      'job f(s: Shape) -> u8 { match s { _ => 1 } }',
    ],
    [
      'of an arm behind its type',
      'job f(s: Shape) -> u8 { match s { Shape.┆(y) => 1 } }',
      'circle',
      'job f(s: Shape) -> u8 { match s { Shape.circle(y) => 1 } }',
    ],
    ['of a type with parameters', 'job f(s: lis┆<u8>) -> u8 { 1 }', 'list', 'job f(s: list<u8>) -> u8 { 1 }'],
  ])('%s', async (_, text, label, after) => {
    expect(await taken(text, label)).toBe(after)
  })
})

describe('what joins two values', () => {
  const joins = `effect mail("mailto:") {
  query joined(a: string, b: string) -> string
  command send(a: string, b: string) -> string
}
`

  test.each<[string, string, string, string]>([
    ['a job', 'job f() -> u32 { reduce [1] with hel┆ }', 'helper', 'job f() -> u32 { reduce [1] with helper }'],
    [
      'a function',
      'job f() -> bytes { reduce [b""] with png.┆ }',
      'decode',
      'job f() -> bytes { reduce [b""] with png.decode }',
    ],
    [
      'a function of an interface',
      'job f() -> bytes { fold [b""] from b"" with filters.image.┆ }',
      'blur',
      'job f() -> bytes { fold [b""] from b"" with filters.image.blur }',
    ],
    [
      'a query',
      `${joins}job f() -> string { reduce [""] with mail.┆ }`,
      'joined',
      `${joins}job f() -> string { reduce [""] with mail.joined }`,
    ],
    [
      'the word of a `reduce`',
      'job f(xs: list<u32>) -> u32 { reduce xs ┆ }',
      'with',
      'job f(xs: list<u32>) -> u32 { reduce xs with (a, b) =>  }',
    ],
    [
      'the word of a `fold`',
      'job f(xs: list<u32>) -> u32 { fold xs from 0 ┆ }',
      'with',
      'job f(xs: list<u32>) -> u32 { fold xs from 0 with (a, b) =>  }',
    ],
    [
      'limits behind it',
      'job f(xs: list<u32>) -> u32 { reduce xs with helper ┆ }',
      'with',
      'job f(xs: list<u32>) -> u32 { reduce xs with helper with {  } }',
    ],
  ])('is taken: %s', async (_, text, label, after) => {
    expect(await taken(text, label)).toBe(after)
  })

  test('is no command', async () => {
    expect(await labels(`${joins}job f() -> string { reduce [""] with mail.┆ }`)).toEqual(['joined'])
  })
})

describe('the word `do`', () => {
  test.each<[string, string, string]>([
    ['before `try`', 'job f() -> u64 { do try fs.wr┆ }', 'job f() -> u64 { do try fs.write() }'],
    ['before a parenthesis', 'job f() -> u64 { do (fs.wr┆) }', 'job f() -> u64 { do (fs.write()) }'],
  ])('is there %s', async (_, text, after) => {
    expect(await taken(text, 'write')).toBe(after)
  })

  test('is missing in an argument of another command', async () => {
    const text = 'job f() -> u64 { do fs.append("", fs.wr┆) }'
    expect(await taken(text, 'write')).toBe('job f() -> u64 { do fs.append("", do fs.write()) }')
  })

  test('stands before no query', async () => {
    expect(await labels('job f() -> u64 { do fs.┆ }')).toEqual(['append', 'write'])
  })
})

describe('names of other files', () => {
  const shapes =
    'export job area(w: u32, h: u32 = 1) -> u32 { w * h }\njob hidden() -> u8 { 1 }\n/// A side.\ntype Side = u32\n'

  test.each<[string, string, string, string]>([
    [
      'an import at the top',
      'job f() -> u32 { are┆ }',
      'area',
      'import { area } from "./lib/shapes.ipvm"\n\njob f() -> u32 { area() }',
    ],
    [
      'an import before those of the language',
      'import { http } from "ipvm:effects"\njob f() -> u32 { are┆ }',
      'area',
      'import { area } from "./lib/shapes.ipvm"\nimport { http } from "ipvm:effects"\njob f() -> u32 { area() }',
    ],
    [
      'an import behind those of components, and their comments',
      'import a from "./filters.wasm" // pictures\nimport { http } from "ipvm:effects"\njob f() -> u32 { are┆ }',
      'area',
      'import a from "./filters.wasm" // pictures\nimport { area } from "./lib/shapes.ipvm"\nimport { http } from "ipvm:effects"\njob f() -> u32 { area() }',
    ],
    [
      'an import behind all that are there',
      'import { x } from "./a.ipvm"\njob f() -> u32 { are┆ }',
      'area',
      'import { x } from "./a.ipvm"\nimport { area } from "./lib/shapes.ipvm"\njob f() -> u32 { area() }',
    ],
    [
      'a name between those of the import that is there',
      'import { Side, width } from "./lib/shapes.ipvm"\njob f(s: Side) -> u32 { are┆ }',
      'area',
      'import { Side, area, width } from "./lib/shapes.ipvm"\njob f(s: Side) -> u32 { area() }',
    ],
    [
      'a name on a line of its own where the others have one',
      'import {\n  Side,\n  width,\n} from "./lib/shapes.ipvm"\njob f(s: Side) -> u32 { are┆ }',
      'area',
      'import {\n  Side,\n  area,\n  width,\n} from "./lib/shapes.ipvm"\njob f(s: Side) -> u32 { area() }',
    ],
    [
      'a name in the import that is there',
      'import { Side } from "./lib/shapes.ipvm"\njob f(s: Side) -> u32 { are┆ }',
      'area',
      'import { Side, area } from "./lib/shapes.ipvm"\njob f(s: Side) -> u32 { area() }',
    ],
    [
      'a type',
      'job f(s: Si┆) -> u32 { 1 }',
      'Side',
      'import { Side } from "./lib/shapes.ipvm"\n\njob f(s: Side) -> u32 { 1 }',
    ],
    [
      'an effect of the language',
      'job f() -> u64 { tim┆ }',
      'time',
      'import { time } from "ipvm:effects"\n\njob f() -> u64 { time }',
    ],
    [
      'line ends of the file',
      'import { x } from "./a.ipvm"\r\njob f() -> u32 { are┆ }',
      'area',
      'import { x } from "./a.ipvm"\r\nimport { area } from "./lib/shapes.ipvm"\r\njob f() -> u32 { area() }',
    ],
    [
      'an import below what the module says',
      '//! Says.\n\n/// Docs.\njob f() -> u32 { are┆ }',
      'area',
      '//! Says.\n\nimport { area } from "./lib/shapes.ipvm"\n\n/// Docs.\njob f() -> u32 { area() }',
    ],
    [
      'an import below a licence',
      '// Copyright 2026 Me.\n// License MIT.\n\njob f() -> u32 { are┆ }',
      'area',
      '// Copyright 2026 Me.\n// License MIT.\n\nimport { area } from "./lib/shapes.ipvm"\n\njob f() -> u32 { area() }',
    ],
    [
      'an import below a licence and what the module says',
      '// License MIT.\r\n\r\n//! Says.\r\n\r\njob f() -> u32 { are┆ }',
      'area',
      '// License MIT.\r\n\r\n//! Says.\r\n\r\nimport { area } from "./lib/shapes.ipvm"\r\n\r\njob f() -> u32 { area() }',
    ],
    [
      'an import above a comment of the first job',
      '// About f.\r\njob f() -> u32 { are┆ }',
      'area',
      'import { area } from "./lib/shapes.ipvm"\r\n\r\n// About f.\r\njob f() -> u32 { area() }',
    ],
    [
      'a line of its own behind others',
      'import {\n  Side, // one\n} from "./lib/shapes.ipvm"\njob f(s: Side) -> u32 { are┆ }',
      'area',
      'import {\n  Side, // one\n  area,\n} from "./lib/shapes.ipvm"\njob f(s: Side) -> u32 { area() }',
    ],
    [
      'a line of its own behind one without a comma',
      'import {\r\n  Side\r\n} from "./lib/shapes.ipvm"\r\njob f(s: Side) -> u32 { are┆ }',
      'area',
      'import {\r\n  Side,\r\n  area\r\n} from "./lib/shapes.ipvm"\r\njob f(s: Side) -> u32 { area() }',
    ],
    [
      'a name in braces that are empty',
      'import {} from "./lib/shapes.ipvm"\njob f() -> u32 { are┆ }',
      'area',
      'import { area } from "./lib/shapes.ipvm"\njob f() -> u32 { area() }',
    ],
  ])('need %s', async (_, text, label, after) => {
    expect(await taken({ 'main.ipvm': text, 'lib/shapes.ipvm': shapes }, label)).toBe(after)
  })

  test('are offered in the braces of an import of their file', async () => {
    const found = await labels({ 'main.ipvm': 'import { ┆ } from "./lib/shapes.ipvm"', 'lib/shapes.ipvm': shapes })
    expect(found).toEqual(['Side', 'area'])
  })

  test.each<[string, string, string, string]>([
    ['that is open', 'import { ┆', 'area', 'import { area } from "./lib/shapes.ipvm"'],
    [
      'that has letters',
      'import { ar┆\njob f() -> u8 { 1 }',
      'area',
      'import { area } from "./lib/shapes.ipvm"\njob f() -> u8 { 1 }',
    ],
    ['that is empty', 'import { ar┆ } from ""\n', 'area', 'import { area } from "./lib/shapes.ipvm"\n'],
    ['that is closed', 'import { ┆ }\n', 'http', 'import { http } from "ipvm:effects"\n'],
    ['that ends with its `from`', 'import { ┆ } from\n', 'http', 'import { http } from "ipvm:effects"\n'],
    ['that has names', 'import { Side, ┆', 'area', 'import { Side, area } from "./lib/shapes.ipvm"'],
    ['that has names behind', 'import { ┆, Side }', 'area', 'import { area, Side } from "./lib/shapes.ipvm"'],
  ])('write the source of an import %s', async (_, text, label, after) => {
    expect(await taken({ 'main.ipvm': text, 'lib/shapes.ipvm': shapes }, label)).toBe(after)
  })

  test('are offered beside names of the same file alone, and not where one is taken', async () => {
    const text = 'import { http } from "ipvm:effects"\nimport { Side, ┆ }'
    expect(await labels({ 'main.ipvm': text, 'lib/shapes.ipvm': shapes })).toEqual(['area'])
    const first = await labels({ 'main.ipvm': text.replace('Side, ', ''), 'lib/shapes.ipvm': shapes })
    expect(first).toEqual(expect.arrayContaining(['Side', 'area', 'fs']))
    expect(first).not.toContain('http')
  })

  test('are not offered where they are not exported', async () => {
    expect(await labels({ 'main.ipvm': 'job f() -> u32 { hid┆ }', 'lib/shapes.ipvm': shapes })).not.toContain('hidden')
  })

  test('are not offered where their file imports the other one, over others too', async () => {
    const files = {
      'main.ipvm': 'export job main-job() -> u8 { na┆ }',
      'near.ipvm': 'import { main-job } from "./main.ipvm"\nexport job name-near() -> u8 { main-job() }',
      'far/far.ipvm': 'import { name-near } from "../near.ipvm"\nexport job name-far() -> u8 { name-near() }',
      'apart.ipvm': 'export job name-apart() -> u8 { 1 }',
    }
    const found = await labels(files)
    expect(found.filter(label => label.startsWith('name'))).toEqual(['name-apart'])
  })

  test('are told apart by their files', async () => {
    const found = await offered({
      'main.ipvm': 'job f() -> u8 { same┆ }',
      's1.ipvm': 'export job same() -> u8 { 1 }',
      's2.ipvm': 'export job same() -> u8 { 2 }',
    })
    expect(found!.items.map(({ label, detail }) => [label, detail])).toEqual([
      ['same', 'export job same() -> u8 (./s1.ipvm)'],
      ['same', 'export job same() -> u8 (./s2.ipvm)'],
    ])
  })

  test('are offered where effects are named', async () => {
    expect(await labels({ 'main.ipvm': 'test "t" {\n  given htt┆\n}' })).toEqual(['http'])
    expect(await labels({ 'main.ipvm': 'job f() -> u8 uses htt┆ { 1 }' })).toEqual(['http'])
  })

  test('stand behind names of the file itself', async () => {
    const found = await labels({
      'main.ipvm': 'job arena() -> u32 { 1 }\njob f() -> u32 { ar┆ }',
      'lib/shapes.ipvm': shapes,
    })
    expect(found.slice(0, 2)).toEqual(['arena', 'area'])
  })

  test('are read again where their file has changed', async () => {
    const fixture = new Fixture({ 'main.ipvm': 'job f() -> u32 { 1 }', 'lib.ipvm': 'export job one() -> u8 { 1 }' })
    const index = new ExportIndex()
    const names = (): string[] => index.of(fixture.workspace, fixture.texts.keys()).map(({ name }) => name)
    expect(names()).toEqual(['one'])
    fixture.workspace.set('/lib.ipvm', 'export job two() -> u8 { 1 }')
    expect(names()).toEqual(['two'])
  })
})
