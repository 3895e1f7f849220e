import { describe, expect, test } from 'vitest'
import { checkedText, mended } from './told.ts'

/** The errors of a text, with how many repairs each has; one that its author has to decide on is no repair. */
async function errors(text: string): Promise<string[]> {
  const { diagnostics } = await checkedText(text)
  const wrong = diagnostics.filter(({ severity }) => severity === 'error')
  return wrong.map(({ name, fixes }) => `${name} ${fixes.filter(({ guess }) => !guess).length}`)
}

const picture = 'type Picture = record { size: u32 }\n'
const pair = 'type Pair = record { x: u32, y: u32 }\n'
const size = 'job size(of: u32, by: u32 = 1) -> u32 { of }\n'

/** Each text has one error with one repair, after which it is the other text, without errors. */
const mistakes: Record<string, [wrong: string, right: string]> = {
  'a parameter without its colon': ['job a(size u32) -> u32 { size }\n', 'job a(size: u32) -> u32 { size }\n'],
  'a parameter of a type of the file without it': [
    picture + 'job a(photo Picture) -> u32 { photo.size }\n',
    picture + 'job a(photo: Picture) -> u32 { photo.size }\n',
  ],
  'a parameter called like a type, without it': [
    picture + 'job a(link Picture) -> u32 { link.size }\n',
    picture + 'job a(link: Picture) -> u32 { link.size }\n',
  ],
  'several parameters without it': [
    'job a(urls list<string>, n: u8, m u8 = 1) -> u8 { m }\n',
    'job a(urls: list<string>, n: u8, m: u8 = 1) -> u8 { m }\n',
  ],
  'a parameter of an operation without it': [
    'effect e("x:") {\n  query a(size u32) -> u32\n}\n',
    'effect e("x:") {\n  query a(size: u32) -> u32\n}\n',
  ],
  'a type before the name': ['job a(u32 size) -> u32 { size }\n', 'job a(size: u32) -> u32 { size }\n'],
  'a default without `=`': [
    'type Mode = enum { plain, soft }\njob a(mode: Mode  Mode.plain) -> Mode { mode }\n',
    'type Mode = enum { plain, soft }\njob a(mode: Mode =  Mode.plain) -> Mode { mode }\n',
  ],
  'a default that is a file without it': [
    'job a(source: bytes embed "./hello.wasm") -> bytes { source }\n',
    'job a(source: bytes = embed "./hello.wasm") -> bytes { source }\n',
  ],
  'a default that is a literal without it': [
    'job a(n: list<u8> [1], m: u8) -> u8 { m }\n',
    'job a(n: list<u8> = [1], m: u8) -> u8 { m }\n',
  ],
  'a `let` without its `=` before a call': [
    size + 'job a() -> u32 {\n  let y size(1)\n  y\n}\n',
    size + 'job a() -> u32 {\n  let y = size(1)\n  y\n}\n',
  ],
  'a `let` without it before a literal': [
    'job a() -> u32 {\n  let y 1\n  y\n}\n',
    'job a() -> u32 {\n  let y = 1\n  y\n}\n',
  ],
  'a `let` without it before a name': [
    'job a(result: u32) -> u32 {\n  let y result\n  y\n}\n',
    'job a(result: u32) -> u32 {\n  let y = result\n  y\n}\n',
  ],
  'a `let` without the colon before its type': [
    'job a() -> u64 {\n  let y list<u32> = [1]\n  len(y)\n}\n',
    'job a() -> u64 {\n  let y: list<u32> = [1]\n  len(y)\n}\n',
  ],
  'a constant without its `=`': ['const edge 5\njob a() -> u8 { edge }\n', 'const edge = 5\njob a() -> u8 { edge }\n'],
  'a field without its colon': [
    size + pair + 'job a() -> Pair { { x size(1), y: 2 } }\n',
    size + pair + 'job a() -> Pair { { x: size(1), y: 2 } }\n',
  ],
  'a field that stands alone without it': [
    size + 'job a() -> record { x: u32 } { { x size(1) } }\n',
    size + 'job a() -> record { x: u32 } { { x: size(1) } }\n',
  ],
  'a field whose value is a name without it': [
    pair + 'job a(n: u32) -> Pair { { x n, y: 0 } }\n',
    pair + 'job a(n: u32) -> Pair { { x: n, y: 0 } }\n',
  ],
  'all fields without it': [
    pair + 'job a(n: u32) -> Pair { { x 0, y n + 1 } }\n',
    pair + 'job a(n: u32) -> Pair { { x: 0, y: n + 1 } }\n',
  ],
  'a flag without its comma': [
    'job a() -> flags { x, y, z } { { x y, z } }\n',
    'job a() -> flags { x, y, z } { { x, y, z } }\n',
  ],
  'arguments without their colons': [
    size + 'job a() -> u32 { size(of 1, by if true { 1 } else { 2 }) }\n',
    size + 'job a() -> u32 { size(of: 1, by: if true { 1 } else { 2 }) }\n',
  ],
  'an argument without its comma before one with a name': [
    size + 'job a(n: u32) -> u32 { size(n by: 1) }\n',
    size + 'job a(n: u32) -> u32 { size(n, by: 1) }\n',
  ],
  'an import without its comma behind another name': [
    'import { http as web fs } from "ipvm:effects"\n',
    'import { http as web, fs } from "ipvm:effects"\n',
  ],
  'a record without its brace, at the start of a body': [
    pair + 'job a() -> Pair {\n  { x: 1, y: 2\n}\n',
    pair + 'job a() -> Pair {\n  { x: 1, y: 2}\n}\n',
  ],
  'a record without it, over lines': [
    pair + 'job a() -> Pair {\n  {\n    x: 1,\n    y: 2\n}\n\njob b() -> u8 {\n  1\n}\n',
    pair + 'job a() -> Pair {\n  {\n    x: 1,\n    y: 2}\n}\n\njob b() -> u8 {\n  1\n}\n',
  ],
  'a body without it behind a record': [
    pair + 'job a() -> Pair { { x: 1, y: 2 }\n',
    pair + 'job a() -> Pair { { x: 1, y: 2 }}\n',
  ],
  'a doubled brace of a body': ['job a(n: u8) -> u8 { {\n  n\n}\n', 'job a(n: u8) -> u8  {\n  n\n}\n'],
  'an enum without its word': ['type Turn = { quarter, half }\n', 'type Turn = enum { quarter, half }\n'],
  'a variant without its word': ['type M = { plain, soft(u32) }\n', 'type M = variant { plain, soft(u32) }\n'],
  'a record type without its word': ['type M = { a: u32, b: u8 }\n', 'type M = record { a: u32, b: u8 }\n'],
  'an operation without its arrow': [
    'effect e("x:") {\n  query a(b: u32) list<u32>\n  query c()\n}\n',
    'effect e("x:") {\n  query a(b: u32) -> list<u32>\n  query c()\n}\n',
  ],
  'a doubled angle inside of others': [
    'job a(p: list<link<<u8>>) -> u8 { 1 }\n',
    'job a(p: list<link<u8>>) -> u8 { 1 }\n',
  ],
  'two doubled angles before a comma': [
    'job a(p: result<list<<u8>>, u8>) -> u8 { 1 }\n',
    'job a(p: result<list<u8>, u8>) -> u8 { 1 }\n',
  ],
  'two commas side by side': ['job a() -> list<u32> { [1,, 3] }\n', 'job a() -> list<u32> { [1, 3] }\n'],
  'a parenthesis too many': [
    size + 'job a(n: u32) -> u32 { size(n, by: 2)) }\n',
    size + 'job a(n: u32) -> u32 { size(n, by: 2) }\n',
  ],
  'a wrong bracket behind an entry': [
    size + 'job a(n: u32) -> u32 { size(n], by: 2) }\n',
    size + 'job a(n: u32) -> u32 { size(n, by: 2) }\n',
  ],
  'a wrong bracket behind an entry on its line': [
    'job a() -> list<u32> {\n  [\n    1,\n    2),\n    3,\n  ]\n}\n',
    'job a() -> list<u32> {\n  [\n    1,\n    2,\n    3,\n  ]\n}\n',
  ],
  'a wrong bracket before what is in the right ones': [
    size + 'job a(n: u32) -> u32 { size(]n, by: 2) }\n',
    size + 'job a(n: u32) -> u32 { size(n, by: 2) }\n',
  ],
  'a wrong bracket in a record on several lines': [
    'job a(n: u32) -> record { x: u32, y: u32 } {\n  {\n    x: n],\n    y: n,\n  }\n}\n',
    'job a(n: u32) -> record { x: u32, y: u32 } {\n  {\n    x: n,\n    y: n,\n  }\n}\n',
  ],
  'a wrong bracket at the start of a record on several lines': [
    'job a(n: u32) -> record { x: u32, y: u32 } {\n  {\n    x: ]n,\n    y: n,\n  }\n}\n',
    'job a(n: u32) -> record { x: u32, y: u32 } {\n  {\n    x: n,\n    y: n,\n  }\n}\n',
  ],
  'a wrong bracket at the end': [
    'job a() -> list<u32> {\n  let b = [1, 2)\n  b\n}\n',
    'job a() -> list<u32> {\n  let b = [1, 2]\n  b\n}\n',
  ],
  'a parenthesis that stands twice': [
    size + 'job a(n: u32) -> u32 {\n  let b = size((n, by: 2)\n  b\n}\n',
    size + 'job a(n: u32) -> u32 {\n  let b = size(n, by: 2)\n  b\n}\n',
  ],
  'a parenthesis too few': [
    size + 'job a(n: u32) -> u32 {\n  let b = size(n, by: 2\n  b\n}\n',
    size + 'job a(n: u32) -> u32 {\n  let b = size(n, by: 2)\n  b\n}\n',
  ],
  'a short name that lacks a letter': ['job a(row: u32) -> u32 { rw }\n', 'job a(row: u32) -> u32 { row }\n'],
  'a short name in capitals': ['job a(n: u32) -> u32 { N }\n', 'job a(n: u32) -> u32 { n }\n'],
  'a long name with two wrong letters': [
    'job a(separator: string) -> string { seperater }\n',
    'job a(separator: string) -> string { separator }\n',
  ],
  'a value that is misspelt like a type': [
    picture + 'job a(pcicture: Picture) -> u32 { picture.size }\n',
    picture + 'job a(pcicture: Picture) -> u32 { pcicture.size }\n',
  ],
  'a type with cases in small letters': [
    'type Mode = enum { plain }\njob a() -> Mode { mode.plain }\n',
    'type Mode = enum { plain }\njob a() -> Mode { Mode.plain }\n',
  ],
  'a built-in that is called': [
    'job a(xs: list<u8>) -> u64 { size(xs) }\n',
    'job a(xs: list<u8>) -> u64 { len(xs) }\n',
  ],
  'a misspelt `match`': [
    'job a(x: option<u8>) -> u8 {\n  mtach x {\n    some(y) => y\n    none => 1\n  }\n}\n',
    'job a(x: option<u8>) -> u8 {\n  match x {\n    some(y) => y\n    none => 1\n  }\n}\n',
  ],
  'a misspelt `for`': [
    'job a(xs: list<u8>) -> list<u8> {\n  let ys = fro x in xs { x }\n  ys\n}\n',
    'job a(xs: list<u8>) -> list<u8> {\n  let ys = for x in xs { x }\n  ys\n}\n',
  ],
  'a misspelt `if`': [
    'job a(x: u8) -> u8 { fi x > 1 { 1 } else { 2 } }\n',
    'job a(x: u8) -> u8 { if x > 1 { 1 } else { 2 } }\n',
  ],
  'a misspelt `else`': [
    'job a(x: u8) -> u8 {\n  if x > 1 {\n    1\n  } esle if x > 0 { 2 } else { 3 }\n}\n',
    'job a(x: u8) -> u8 {\n  if x > 1 {\n    1\n  } else if x > 0 { 2 } else { 3 }\n}\n',
  ],
  'a misspelt `reduce`': [
    'job a(xs: list<list<u8>>) -> list<u8> { rdeuce xs with concat }\n',
    'job a(xs: list<list<u8>>) -> list<u8> { reduce xs with concat }\n',
  ],
  'a misspelt `fold`': [
    'job a(xs: list<u8>) -> u8 { flod xs from 0 with (a, b) => a + b }\n',
    'job a(xs: list<u8>) -> u8 { fold xs from 0 with (a, b) => a + b }\n',
  ],
  'a misspelt `let`': ['job a() -> u8 {\n  lte x = 1\n  x\n}\n', 'job a() -> u8 {\n  let x = 1\n  x\n}\n'],
  'a misspelt `test`': [
    'tset "it is one" {\n  let a = 1\n  assert a == 1\n}\n',
    'test "it is one" {\n  let a = 1\n  assert a == 1\n}\n',
  ],
  'a misspelt `effect`': [
    'fefect mail("mailto:") {\n  query count() -> u32\n  note tell(x: u32) -> ()\n}\n',
    'effect mail("mailto:") {\n  query count() -> u32\n  note tell(x: u32) -> ()\n}\n',
  ],
  'a misspelt `import`': [
    'improt { http } from "ipvm:effects"\njob a(u: string) -> bytes { http.get(u)?.body }\n',
    'import { http } from "ipvm:effects"\njob a(u: string) -> bytes { http.get(u)?.body }\n',
  ],
  'a misspelt `job` with a head on lines': [
    'import { http } from "ipvm:effects"\nexport jbo a(\n  u: string,\n) -> bytes\n  uses http.get\n{\n  let b = http.get(u)?\n  b.body\n}\n',
    'import { http } from "ipvm:effects"\nexport job a(\n  u: string,\n) -> bytes\n  uses http.get\n{\n  let b = http.get(u)?\n  b.body\n}\n',
  ],
  'a misspelt `export`': [
    'exprot job a(\n  x: u32,\n) -> u32\n{\n  let b = x\n  b\n}\n',
    'export job a(\n  x: u32,\n) -> u32\n{\n  let b = x\n  b\n}\n',
  ],
  'a misspelt `export` of a type': ['xeport type Id = u32\n', 'export type Id = u32\n'],
  'a misspelt `type` behind `export`': ['export tpye Id = u32\n', 'export type Id = u32\n'],
  'a misspelt `const` behind `export`': ['export cosnt edge: u32 = 1\n', 'export const edge: u32 = 1\n'],
  'a misspelt `from` of an import': ['import { http } form "ipvm:effects"\n', 'import { http } from "ipvm:effects"\n'],
  'a misspelt kind of an operation': [
    'effect mail("mailto:") {\n  qurey count() -> u32\n  note tell(x: u32) -> ()\n}\n',
    'effect mail("mailto:") {\n  query count() -> u32\n  note tell(x: u32) -> ()\n}\n',
  ],
  'a misspelt `command` behind `idempotent`': [
    'effect mail("mailto:") {\n  idempotent comand tell(x: u32) -> ()\n}\n',
    'effect mail("mailto:") {\n  idempotent command tell(x: u32) -> ()\n}\n',
  ],
  'a misspelt `in` behind two names': [
    'job a(xs: list<u8>) -> list<u8> {\n  for x, i ni xs { x }\n}\n',
    'job a(xs: list<u8>) -> list<u8> {\n  for x, i in xs { x }\n}\n',
  ],
  'a misspelt `for` before two names': [
    'job a(xs: list<u8>) -> list<u8> {\n  fro x, i in xs { x }\n}\n',
    'job a(xs: list<u8>) -> list<u8> {\n  for x, i in xs { x }\n}\n',
  ],
  'misspelt `fold`, near to `for`': [
    'job a(xs: list<u8>) -> u8 {\n  fol xs from 0 with (a, b) => if a > b { a } else { b }\n}\n',
    'job a(xs: list<u8>) -> u8 {\n  fold xs from 0 with (a, b) => if a > b { a } else { b }\n}\n',
  ],
  'a misspelt `assert`': [
    'test "x" {\n  let a = 1\n  asert a == 1\n}\n',
    'test "x" {\n  let a = 1\n  assert a == 1\n}\n',
  ],
  'a misspelt `assert` before a sign': ['test "x" {\n  asert -1 == -1\n}\n', 'test "x" {\n  assert -1 == -1\n}\n'],
  'a misspelt `fails`': ['test "x" {\n  assert fials 1 / 0\n}\n', 'test "x" {\n  assert fails 1 / 0\n}\n'],
  'a misspelt `given`': [
    'import { http } from "ipvm:effects"\ntest "x" {\n  gven http.get(url: _) => err("x")\n  assert fails http.get("x")?\n}\n',
    'import { http } from "ipvm:effects"\ntest "x" {\n  given http.get(url: _) => err("x")\n  assert fails http.get("x")?\n}\n',
  ],
  'a misspelt `catch`': [
    'job a(x: option<u8>) -> u8 {\n  let b = x? ctach e => 1\n  b\n}\n',
    'job a(x: option<u8>) -> u8 {\n  let b = x? catch e => 1\n  b\n}\n',
  ],
  'a misspelt `with` of limits': [
    size + 'job a() -> list<u32> { [size(1) wiht { time: 5s }, 2] }\n',
    size + 'job a() -> list<u32> { [size(1) with { time: 5s }, 2] }\n',
  ],
  'a misspelt `with` of a fold': [
    'job a(xs: list<u8>) -> u8 { fold xs from 0 wiht (a, b) => a + b }\n',
    'job a(xs: list<u8>) -> u8 { fold xs from 0 with (a, b) => a + b }\n',
  ],
  'a misspelt `embed`': ['const own = [mebed "./hello.wasm"]\n', 'const own = [embed "./hello.wasm"]\n'],
  'a misspelt `do`': [
    'import { log } from "ipvm:effects"\njob a() -> () {\n  od log.write("x")\n}\n',
    'import { log } from "ipvm:effects"\njob a() -> () {\n  do log.write("x")\n}\n',
  ],
  'a misspelt `match` before `try`': [
    'job a(x: option<u8>) -> u8 {\n  mtach try x? {\n    ok(y) => y\n    err(_) => 1\n  }\n}\n',
    'job a(x: option<u8>) -> u8 {\n  match try x? {\n    ok(y) => y\n    err(_) => 1\n  }\n}\n',
  ],
  'a head on several lines without its parenthesis': [
    'export job a\n  x: u32,\n  y: u32 = 1,\n) -> u32 {\n  x + y\n}\n',
    'export job a(\n  x: u32,\n  y: u32 = 1,\n) -> u32 {\n  x + y\n}\n',
  ],
  'a head on one line without its parenthesis': [
    'job a x: u32) -> u32 {\n  x\n}\n',
    'job a( x: u32) -> u32 {\n  x\n}\n',
  ],
  'a type before its name, with a comment between them': [
    'job a(u32 // Pixels.\n  size) -> u32 { size }\n',
    'job a(size: // Pixels.\n  u32) -> u32 { size }\n',
  ],
  'a type before a long name': [
    `job a(u32 ${'long-'.repeat(20)}name) -> u32 { 1 }\n`,
    `job a(${'long-'.repeat(20)}name: u32) -> u32 { 1 }\n`,
  ],
  '`test` that stands twice': ['test test "a" {\n  assert 1 == 1\n}\n', 'test "a" {\n  assert 1 == 1\n}\n'],
  '`job` that stands twice': [
    'export job job a(\n  x: u8,\n) -> u8 {\n  x\n}\n',
    'export job a(\n  x: u8,\n) -> u8 {\n  x\n}\n',
  ],
  '`export` that stands twice': ['export export job a() -> u8 { 1 }\n', 'export job a() -> u8 { 1 }\n'],
  '`type` that stands twice': ['type type Id = u8\n', 'type Id = u8\n'],
  '`config` that stands twice': ['config config {\n  time: 5s\n}\n', 'config {\n  time: 5s\n}\n'],
  '`import` that stands twice': [
    'import import { http } from "ipvm:effects"\n',
    'import { http } from "ipvm:effects"\n',
  ],
  '`effect` that stands twice': [
    'effect effect mail("mailto:") {\n  query count() -> u32\n}\n',
    'effect mail("mailto:") {\n  query count() -> u32\n}\n',
  ],
  '`let` that stands twice': ['job a() -> u8 {\n  let let b = 1\n  b\n}\n', 'job a() -> u8 {\n  let b = 1\n  b\n}\n'],
  '`in` that stands twice': [
    'job a(xs: list<u8>) -> list<u8> { for x in in xs { x } }\n',
    'job a(xs: list<u8>) -> list<u8> { for x in xs { x } }\n',
  ],
  '`else` that stands twice': [
    'job a(x: u8) -> u8 { if x > 1 { 1 } else else { 2 } }\n',
    'job a(x: u8) -> u8 { if x > 1 { 1 } else { 2 } }\n',
  ],
  '`catch` that stands twice': [
    'job a(x: option<u8>) -> u8 { x? catch catch e => 1 }\n',
    'job a(x: option<u8>) -> u8 { x? catch e => 1 }\n',
  ],
  '`as` that stands twice': ['job a(x: u8) -> u32 { x as as u32 }\n', 'job a(x: u8) -> u32 { x as u32 }\n'],
  '`assert` that stands twice': [
    'test "a" {\n  let b = true\n  assert assert b\n}\n',
    'test "a" {\n  let b = true\n  assert b\n}\n',
  ],
  'an operation that is none in the place of one': [
    'import { http } from "ipvm:effects"\njob a(u: string) -> bytes uses http.getgetget {\n  http.get(u)?.body\n}\n',
    'import { http } from "ipvm:effects"\njob a(u: string) -> bytes uses http.get {\n  http.get(u)?.body\n}\n',
  ],
  'a misspelt `uses`': [
    'import { http } from "ipvm:effects"\njob a(u: string) -> bytes uess http.get {\n  http.get(u)?.body\n}\n',
    'import { http } from "ipvm:effects"\njob a(u: string) -> bytes uses http.get {\n  http.get(u)?.body\n}\n',
  ],
  'a misspelt `uses` on a line of its own': [
    'import { http } from "ipvm:effects"\njob a(u: string) -> bytes\n  ues http.get\n{\n  http.get(u)?.body\n}\n',
    'import { http } from "ipvm:effects"\njob a(u: string) -> bytes\n  uses http.get\n{\n  http.get(u)?.body\n}\n',
  ],
}

/** Each text has one error, and nobody can tell what was meant: no repair is taken unasked. */
const doubts: Record<string, string> = {
  'a name behind one that is called like a type': picture + 'job a(Picture photo) -> u32 { 1 }\n',
  'two names in braces': 'job a() -> flags { x, y } { { x y } }\n',
  'a name behind another among arguments': size + 'job a(n: u32) -> u32 { size(n n) }\n',
  'a literal behind the name of a value': size + 'job a(n: u32) -> u32 { size(n 1) }\n',
  'a literal behind one name alone': size + 'job a(n: u32) -> u32 { size(n, by 1) }\n',
  'a literal before an argument without a name': size + 'job a(n: u32) -> u32 { size(of 1, n) }\n',
  'a name that stands for a built-in and is not called': 'job a(xs: list<u8>) -> u64 { size }\n',
  'a misspelt built-in that is not called': 'job a(xs: list<u8>) -> u64 { lne }\n',
  'a type without cases': picture + 'job a() -> u32 { picture.size }\n',
  'an import without a name': 'import from "./hello.wasm"\n',
  'a comma with nothing before it': 'job a() -> list<u32> { [, 2] }\n',
  'a space between two commas': 'job a() -> list<u32> { [1, , 3] }\n',
  'a value that stands twice': 'job a() -> list<u32> { [1 1, 2] }\n',
  'a name that stands twice': picture + 'job a(p: Picture) -> u32 { len([p p.size]) as u32 }\n',
  'a field that stands twice': 'job a() -> u32 { { x x: 1 }.x }\n',
  'the name of a `let` that stands twice': 'job a() -> u32 {\n  let x x = 1\n  x\n}\n',
  'two values in parentheses': 'job a(n: u32) -> u32 { 2 * (n 4) }\n',
  'a parenthesis that is not opened, behind an operator': 'job a(n: u32) -> u32 {\n  let b = 2 * n + 4)\n  b\n}\n',
  'one that is not opened in what an operator is in': 'job a(n: u32) -> u32 {\n  let b = n - (n - 4 - n))\n  b\n}\n',
  'a bracket that is not opened, behind an operator': 'job a(n: u32) -> u32 {\n  let b = [n + 4]]\n  b[0]\n}\n',
  'a parenthesis that is not closed, before an operator': 'job a(n: u32) -> u32 {\n  let b = 2 * (n + 4\n  b\n}\n',
  'two parentheses of which one is closed, behind an operator':
    'job a(n: u32) -> u32 {\n  let b = 2 * ((n + 4) - 1\n  b\n}\n',
  'a list in a list that is not closed': 'job a(n: u32) -> u32 {\n  let b = [[n]\n  1\n}\n',
  'one that is not closed before a word': 'job a(n: u32) -> u64 {\n  let b = (n as u64\n  b\n}\n',
  'a name that is near to two': 'job a(cutA: u32, cutB: u32) -> u32 { cut + cutB }\n',
  'a name with another number': 'job a(part1: u32) -> u32 { part1 + part2 }\n',
  'a short name with another letter': 'job a(row: u32) -> u32 { row + raw }\n',
  'a name that is not near': 'job a(p: record { wide: u32 }) -> u32 { p.width }\n',
  'a type that has two names in it': 'job a(n: u64string) -> u32 { 1 }\n',
  'a type of no size': 'job a(n: int) -> u32 { 1 }\n',
  'two imported names': 'import { http web } from "ipvm:effects"\n',
}

describe('the only repair of a mistake mends it', () => {
  test.each(Object.entries(mistakes))('%s', async (_, [wrong, right]) => {
    const found = await errors(wrong)
    expect(found).toEqual([expect.stringMatching(/ 1$/)])
    expect(await mended(wrong)).toBe(right)
    expect(await errors(right)).toEqual([])
  })

  test.each(Object.entries(doubts))('none is taken for %s', async (_, text) => {
    expect(await errors(text)).toEqual([expect.stringMatching(/ [^1]$/)])
  })
})
