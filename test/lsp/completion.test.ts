import { describe, expect, test } from 'vitest'
import { completion, completionDocs, type Completion } from '../../lsp/features/completion.ts'
import { head, labels, offered } from './completing.ts'
import { Fixture } from './harness.ts'

describe('the first of what is offered', () => {
  test.each<[string, string, string[]]>([
    [
      'functions of a component',
      'job f(b: bytes) -> bytes { filters.image.┆ }',
      ['blur', 'crop', 'grayscale', 'resize'],
    ],
    ['interfaces of a component', 'job f(b: bytes) -> bytes { filters.┆ }', ['image']],
    [
      'cases of an argument, by the name of its type in the component',
      'job f(p: filters.image.picture) -> u8 { filters.image.rotate(p, by: ┆) }',
      ['filters.image.angle.quarter', 'filters.image.angle.half', 'filters.image.angle.three-quarters'],
    ],
    [
      'cases of an argument, by a name of the file before one of the component',
      'type Turn = enum { quarter, half, three-quarters }\njob f(p: filters.image.picture) -> u8 { filters.image.rotate(p, by: ┆) }',
      ['Turn.quarter', 'Turn.half', 'Turn.three-quarters'],
    ],
    ['types of a component', 'job f(a: filters.image.┆) -> u8 { 1 }', ['angle', 'picture']],
    ['cases of a type of a component', 'job f() -> u8 { filters.image.angle.┆ }', ['quarter', 'half']],
    ['functions by what is typed', 'job f(b: bytes) -> bytes { filters.image.gr┆ }', ['grayscale']],
    ['functions before the line below', 'job f(b: bytes) -> bytes {\n  let a = filters.image.┆\n  b\n}', ['blur']],
    ['a local of the type that is expected', 'job f(b: bytes) -> bytes {\n  let x = 1\n  ┆\n}', ['b', 'x']],
    [
      'the nearest local',
      'job f(b: bytes) -> u32 {\n  let x = "a"\n  let y = "b"\n  let z = ┆\n  1\n}',
      ['y', 'x', 'b'],
    ],
    ['named arguments', 'job f(b: bytes) -> u32 { helper(┆) }', ['a:', 'b:', 'edge']],
    ['arguments that are not given', 'job f(b: bytes) -> u32 { helper(1, ┆) }', ['b:']],
    ['arguments that are not named', 'job f(b: bytes) -> u32 { helper(b: "", ┆) }', ['a:']],
    ['arguments of a call that is open', 'job f(b: bytes) -> u32 { helper(┆', ['a:', 'b:']],
    ['arguments of the inner call', 'job f(b: bytes) -> u32 { helper(helper(1, ┆), b: "") }', ['b:']],
    ['arguments of an operation', 'job f() -> bytes { http.get(┆) }', ['url:', 'headers:']],
    ['any argument that is given', 'test "t" {\n  given http.get(┆) => err("")\n}', ['url:', 'headers:', '_']],
    ['what an operation gives', 'test "t" {\n  given http.get(url: _) => ┆\n}', ['ok', 'err']],
    ['the result of an operation', 'effect e("e:") {\n  query a(x: u8) ┆\n}', ['->']],
    [
      'arguments of a function',
      'job f(b: bytes) -> bytes { filters.image.crop(png.decode(b), ┆) }',
      ['x:', 'y:', 'width:', 'height:'],
    ],
    [
      'arguments before values of the type that is expected',
      'job g(c: Color, d: Color) -> u8 { 1 }\njob f() -> u8 { g(┆) }',
      ['c:', 'd:', 'Color.red', 'Color.green', 'Color.blue', 'favourite'],
    ],
    [
      'what a case carries, which has no name',
      'job f() -> option<Color> { some(┆) }',
      ['Color.red', 'Color.green', 'Color.blue', 'favourite'],
    ],
    [
      'what a case of a type carries, which has no name',
      'type T = variant { shown(Color), none }\njob f() -> T { T.shown(┆) }',
      ['Color.red', 'Color.green', 'Color.blue', 'favourite'],
    ],
    ['the type of a parameter', 'job f(n: u32, s: string) -> u32 { helper(n, b: ┆) }', ['s']],
    ['fields of a value', 'job f(p: Picture) -> string {\n  p.┆\n}', ['name', 'color']],
    [
      'fields of the element of a list',
      'job f(xs: list<Picture>) -> list<string> { for x in xs { x.┆ } }',
      ['name', 'color'],
    ],
    ['fields behind `?`', 'job f() -> bytes uses http.get { http.get("")?.┆ }', ['status', 'headers', 'body']],
    ['the items of a tuple', 'job f(t: tuple<u8, string>) -> u8 { t.┆ }', ['0', '1']],
    ...[
      ['a local', 'p.'],
      ['a field', 'both.picture.'],
      ['a constant', 'shown.'],
      ['an element', 'xs[0].'],
      ['a field of an element', 'pairs[0].picture.'],
      ['a call', 'own().'],
      ['what may be missing', 'maybe?.'],
    ].map(([what, value]): [string, string, string[]] => [
      `fields of ${what} before a line that begins with a call`,
      `const shown: Picture = { name: "", color: favourite }
type Both = record { picture: Picture }
job own() -> Picture { shown }
job f(p: Picture, both: Both, xs: list<Picture>, pairs: list<Both>, maybe: option<Picture>) -> bytes {
  let a = ${value}┆
  png.encode(p)
}`,
      ['name', 'color'],
    ]),
    ['fields of a folded element', 'job f(xs: list<Picture>) -> u32 { fold xs from 0 with (acc, x) => x.┆ }', ['name']],
    ['arms', 'job f(p: Picture) -> u32 { match p.color { ┆ } }', ['red', 'green', 'blue', 'all that are missing']],
    ['arms that are missing', 'job f(p: Picture) -> u32 { match p.color { red => 1, ┆ } }', ['green', 'blue']],
    [
      'arms on a new line',
      'job f(p: Picture) -> u32 {\n  match p.color {\n    red => 1\n    ┆\n  }\n}',
      ['green', 'blue'],
    ],
    ['the arm that is typed', 'job f(p: Picture) -> u32 { match p.color { red => 1\n g┆ } }', ['green']],
    ['arms of an option', 'job f(o: option<u8>) -> u8 { match o { ┆ } }', ['some', 'none']],
    ['arms of a result', 'job f(o: result<u8, string>) -> u8 { match o { ok(x) => x\n ┆ } }', ['err']],
    ['arms of a bool', 'job f(o: bool) -> u8 { match o { true => 1\n ┆ } }', ['false']],
    ['the payload of an arm', 'job f(o: option<u32>) -> u32 { match o { some(v) => ┆ } }', ['v', 'edge']],
    ['fields of a record', 'job f() -> Picture { { ┆ } }', ['name', 'color', 'name, color']],
    ['fields that are missing', 'job f() -> Picture { { name: "a", ┆ } }', ['color']],
    ['the field that is typed', 'job f() -> Picture { { name: "a", co┆ } }', ['color']],
    [
      'cases of the type of a field',
      'job f() -> Picture { { name: "a", color: ┆ } }',
      ['Color.red', 'Color.green', 'Color.blue', 'favourite'],
    ],
    ['cases behind a type', 'job f() -> Color { Color.┆ }', ['red', 'green', 'blue']],
    ['flags that are missing', 'job f() -> Rights { { read, ┆ } }', ['write']],
    ['flags of empty braces', 'job f() -> list<Rights> { [{ ┆ }] }', ['read', 'write']],
    ['types', 'job f(p: ┆) -> bytes { b }', ['Color', 'Picture', 'Rights', 'Shape']],
    ['types of elements', 'job f(p: list<┆>) -> bytes { b }', ['Color', 'Picture']],
    ['types of results', 'job f(p: u8) -> ┆ { p }', ['Color', 'Picture']],
    ['types of what a case carries', 'type T = variant { a(┆), b }', ['Color', 'Picture']],
    [
      'types of what a case carries by their letters',
      'type T = variant { a(s┆) }',
      ['Shape', 'Rights', 'filters', 's16', 's32', 's64'],
    ],
    ['types of elements of what a case carries', 'type T = variant { a(list<┆>) }', ['Color', 'Picture']],
    ['what follows a type with parameters', 'job f(x: ipld) -> list<u8> { x as list<u8> c┆ _ => [] }', ['catch']],
    ['operands behind a sign', 'job f(x: u8, y: u8) -> bool { x as u8 > ┆ }', ['y', 'x']],
    ['operands behind a sign behind a type', 'job f(x: u8) -> bool { x as list<u8> > ┆ }', ['x']],
    [
      'operands behind signs behind a name of a type',
      'job f(list: u8, b: u8) -> bool { list < b && b > ┆ }',
      ['b', 'list'],
    ],
    ['lines behind a type with parameters', 'job f(x: ipld) -> list<u8> {\n  let l = x as list<u8>\n  ┆\n}', ['l']],
    ['operations behind a type with parameters', 'effect e("e:") {\n  query a() -> list<u8>\n  ┆\n}', ['command']],
    ['items behind a type with parameters', 'type T = list<u8>\n┆', ['config', 'const']],
    [
      'operations behind a comma',
      'effect e("e:") {\n  query a() -> u8, ┆\n}',
      ['command', 'idempotent', 'note', 'query'],
    ],
    ['the arrow of a stated function', 'import x from "./a.wasm" { greet: func(a: string) ┆ }', ['->']],
    ['the type of an arm', 'job f(s: Shape) -> u8 { match s { Sh┆ } }', ['Shape']],
    ['what is wanted of an assertion', 'test "t" {\n  assert ┆\n}', ['true', 'false', 'fails']],
    ['what is wanted of an assertion by its letters', 'test "t" {\n  assert fai┆\n}', ['fails']],
    ['any value by its name', 'test "t" {\n  given http.get(url: ┆) => err("")\n}', ['_']],
    ['fields of what is compared', 'job f(p: Picture) -> bool { p == { ┆ } }', ['name', 'color']],
    ['the field that is typed of what is compared', 'job f(p: Picture) -> bool { p == { n┆ } }', ['name']],
    [
      'a field in the place of another one',
      'job f(p: Picture) -> bool { p == { nam┆: "", color: Color.red } }',
      ['name'],
    ],
    ['flags of what is compared', 'job f(r: Rights) -> bool { r == { r┆, write } }', ['read']],
    [
      'fields of what a compared result carries',
      'job f(p: result<Picture, u8>) -> bool { p == ok({ ┆ }) }',
      ['name', 'color'],
    ],
    [
      'fields that are missing of what a compared option carries',
      'job f(p: option<Picture>) -> bool { p == some({ name: "", ┆ }) }',
      ['color'],
    ],
    [
      'fields of what a compared option carries that is open',
      'job f(p: option<Picture>) -> bool { p == some({ ┆',
      ['name', 'color'],
    ],
    ['fields of an element of a compared list', 'job f(p: list<Picture>) -> bool { p == [{ ┆ }] }', ['name', 'color']],
    [
      'fields of an element that is put to others',
      'job f(p: list<Picture>) -> list<Picture> { let a = concat(p, [{ ┆ }])\n a }',
      ['name', 'color'],
    ],
    [
      'cases of what a compared option carries',
      'job f(c: option<Color>) -> bool { c == some(┆) }',
      ['Color.red', 'Color.green', 'Color.blue', 'favourite'],
    ],
    [
      'cases by their letters of what a compared option carries',
      'job f(c: option<Color>) -> bool { c == some(Col┆) }',
      ['Color.red', 'Color.green', 'Color.blue'],
    ],
    ['cases in parentheses', 'job f(c: Color) -> bool { c == (┆) }', ['Color.red', 'Color.green']],
    ['cases in parentheses that are open', 'job f(c: Color) -> bool { c == (┆', ['Color.red', 'Color.green']],
    ['cases of a compared field', 'job f(p: Picture) -> bool { p == { name: "", color: ┆ } }', ['Color.red']],
    ['cases of a compared pair', 'job f(p: tuple<u8, Color>) -> bool { p == (1, ┆) }', ['Color.red']],
    ['an argument at its name', 'job f() -> u32 { helper(a┆: 1) }', ['a:']],
    ['the result that is undone', 'job f() -> u64 {\n  do fs.write("", b"") undo r => ┆\n}', ['r']],
    [
      'the result that is undone before another line',
      'job f() -> u64 {\n  let n = do fs.write("", b"") undo r => ┆\n  n\n}',
      ['r'],
    ],
    ['the nearest local before a dot', 'job f(a: u32, p: Shape) -> u32 { ┆.x }', ['p', 'a']],
    ['the nearest local before `?`', 'job f(a: u32, o: option<u32>) -> u32 { ┆? }', ['o', 'a']],
    ['effects before a dot', 'job f() -> u8 uses ┆.read { 1 }', ['fs', 'http', 'time']],
    [
      'arms of what is called as a word of types',
      'job f(variant: Shape) -> u8 { match variant { ┆ } }',
      ['circle', 'point'],
    ],
    ['a word that goes on with the line above', 'job f(x: u8) -> u8 {\n  helper(x)\n    cat┆\n}', ['catch']],
    ['a word that goes on with an arm', 'job f(x: bool) -> u8 { match x { true => 1\n    cat┆ } }', ['catch']],
    ['a word behind the list above', 'job f(x: list<u32>) -> u32 {\n  fold x\n    fro┆\n}', ['from']],
    [
      'a type beside an effect of its name',
      'import { secret } from "ipvm:effects"\njob f(x: sec┆) -> u8 { 1 }',
      ['secret'],
    ],
    ['types of `let`s', 'job f(p: u8) -> u8 { let a: ┆ = 1\n p }', ['Color', 'Picture']],
    ['types behind `as`', 'job f(p: u8) -> u8 { p as ┆ }', ['Color', 'Picture']],
    ['types of operations', 'effect mail("mailto:") {\n query a(x: ┆) -> u32\n}', ['Color', 'Picture']],
    ['what follows a signature', 'job f(p: u8) -> u8 ┆ { p }', ['uses']],
    ['the arrow of a signature', 'job f(p: u8) ┆ { p }', ['->', 'uses']],
    ['operations that are performed', 'export job f() -> u64 uses ┆ { time.now() }', ['fs.append']],
    ['operations of an effect for `uses`', 'job f() -> u64 uses fs.┆ { 1 }', ['append', 'list', 'read', 'write']],
    ['settings', 'config { ┆ }', ['time', 'memory', 'gas', 'retry', 'check']],
    ['settings that are not set', 'config {\n  time: 3s\n  ┆\n}', ['memory', 'gas', 'retry', 'check']],
    ['settings of a call', 'job f() -> u32 { helper(1) with { ┆ } }', ['time', 'memory']],
    ['values of a setting', 'job f() -> u32 { helper(1) with { memory: ┆ } }', ['64MiB', '256MiB', '1GiB']],
    ['values of a setting by their digits', 'config { time: 6┆ }', ['60s']],
    ['words of items', '┆', ['config', 'const', 'effect', 'export', 'import', 'import { }', 'job', 'test', 'type']],
    ['words of items by their letters', 'jo┆\n\njob g() -> u32 { 1 }', ['job']],
    ['what can be exported', 'export ┆', ['const', 'effect', 'job', 'type']],
    ['promises in tests', 'test "a" {\n  as┆\n}', ['assert', 'assert fails']],
    ['effects that are given', 'test "a" {\n  given ┆\n}', ['fs', 'http', 'time']],
    ['operations that are given', 'test "a" {\n  given http.┆\n}', ['delete', 'get', 'head']],
    ['arguments of what is given', 'test "a" {\n  given http.get(┆) => err("")\n}', ['url:', 'headers:']],
    ['what is asserted', 'test "a" {\n  assert ┆\n}', ['true', 'false']],
    ['expressions in texts', 'job f(p: Picture) -> string { "a ${┆} b" }', ['p']],
    ['fields in texts', 'job f(p: Picture) -> string { "a ${p.┆} b" }', ['name', 'color']],
    ['fields in the second part of a text', 'job f(p: Picture) -> string { "${p.name} ${p.┆}" }', ['name', 'color']],
    ['expressions in texts that are not closed', 'job f(p: Picture) -> string {\n  "a ${┆\n}', ['p']],
    ['what is behind an open bracket in such a text', 'job f(p: Picture) -> string {\n  "${p.name} ${p┆"\n}', ['p']],
    ['fields in such a text', 'job f(p: Picture) -> string {\n  "${p.┆"\n}', ['name', 'color']],
    ['the list of a loop', 'job f(xs: list<u8>) -> list<u8> { for x in ┆ { x } }', ['xs']],
    ['the word of a loop', 'job f(xs: list<u8>) -> list<u8> { for x ┆ }', ['in']],
    ['the word of a loop with an index', 'job f(xs: list<u8>) -> list<u8> { for x, i ┆ }', ['in']],
    ['what follows the list of a loop', 'job f(xs: list<u8>) -> list<u8> { for x in xs ┆ }', ['as', 'catch']],
    ['what follows it before its body', 'job f(xs: list<u8>) -> list<u8> { for x in xs ┆ { x } }', ['as']],
    ['what follows what is given', 'test "t" {\n  given http.get(_) ┆\n}', ['=>']],
    ['what follows the answer that is given', 'test "t" {\n  given http.get(_) => err("") ┆\n}', ['as', 'catch']],
    ['what reduces', 'job f(xs: list<u32>) -> u32 { reduce xs with ┆ }', ['(a, b) => …', 'helper']],
    ['what follows a list', 'job f(xs: list<u32>) -> u32 { fold xs fr┆ }', ['from']],
    ['what follows a value', 'job f(x: u32) -> u32 { x ┆ }', ['as', 'catch']],
    ['the other block', 'job f(x: bool) -> u32 { if x { 1 } el┆ }', ['else']],
    [
      'operands of the same type',
      'job f(c: Color) -> bool { c == ┆ }',
      ['Color.red', 'Color.green', 'Color.blue', 'c'],
    ],
    ['conditions', 'job f(b: bool) -> u32 {\n  if ┆ { 1 } else { 2 }\n}', ['true', 'false', 'b']],
    ['effects behind `do`', 'job f() -> u64 { do ┆ }', ['fs', 'http', 'time']],
    [
      'what an effect waits for, by calls behind names',
      'job f() -> u64 {\n  let a = time.now()\n  let b = [a]\n  let c = if true { 1 } else { 2 }\n  time.now() after ┆\n}',
      ['c', 'b', 'a'],
    ],
    ['the other block behind another condition', 'job f(x: bool) -> u8 { if x { 1 } else if x { 2 } ┆ }', ['else']],
    ['what follows a result that is a record', 'job f() -> record { a: u8 } ┆', ['uses']],
    ['what follows a signature on a line of its own', 'job f()\n  ┆', ['->', 'uses']],
    ['`config` at itself', 'con┆fig { }', ['config', 'const']],
    ['what an effect waits for', 'job f(x: u8) -> u64 {\n  let a = time.now()\n  time.now() after ┆\n}', ['a', 'x']],
    ...['', ' '].flatMap((space): [string, string, string[]][] => {
      const where = space === '' ? 'what closes' : 'a space'
      const colors = ['Color.red', 'Color.green', 'Color.blue']
      return [
        [
          `a field of an argument before ${where}`,
          `job g(p: Picture) -> u8 { 1 }\njob f() -> u8 { g({ name: "", color: ┆${space}}) }`,
          colors,
        ],
        [
          `a field of an argument among others before ${where}`,
          `job g(p: Picture, n: u8) -> u8 { 1 }\njob f() -> u8 { g({ name: "", color: ┆${space}}, 1) }`,
          colors,
        ],
        [
          `a field in a case before ${where}`,
          `job f() -> option<Picture> { some({ name: "", color: ┆${space}}) }`,
          colors,
        ],
        [`a \`let\` before ${where}`, `job f() -> Color { let x: Color = ┆${space}}`, colors],
        [`what is compared before ${where}`, `job f(p: Picture) -> bool { p.color == ┆${space}}`, colors],
        [`an argument before ${where}`, `job g(c: Color) -> u8 { 1 }\njob f() -> u8 { g(c: ┆${space}) }`, colors],
        [`an answer before ${where}`, `test "x" {\n  given http.get(url: _) => ┆${space}}`, ['ok', 'err']],
      ]
    }),
    [
      'an argument before a comma',
      'job g(c: Color, n: u8) -> u8 { 1 }\njob f() -> u8 { g(┆, 1) }',
      ['Color.red', 'Color.green'],
    ],
    ['an element before a comma', 'job f() -> list<Color> { [┆, Color.red] }', ['Color.red', 'Color.green']],
    ['constants', 'const a: Color = ┆', ['Color.red', 'Color.green', 'Color.blue', 'favourite']],
    ['defaults', 'job f(x: u32 = ┆) -> u32 { x }', ['edge']],
    ['elements of constants', 'const k: list<Color> = [┆]', ['Color.red', 'Color.green', 'Color.blue', 'favourite']],
    ['fields of constants', 'const k: Picture = { ┆ }', ['name', 'color']],
    ['fields of defaults', 'job f(p: Picture = { name: "", ┆ }) -> u8 { 1 }', ['color']],
    ['types of a component in constants', 'const k: filters.image.angle = filters.image.┆', ['angle']],
    ['elements', 'job f() -> list<Color> { [Color.red, ┆] }', ['Color.red', 'Color.green']],
    ['operations of an effect', 'effect mail("mailto:") {\n  ┆\n}', ['command', 'idempotent', 'note', 'query']],
    ['the second word of an operation', 'effect mail("mailto:") {\n  idempotent ┆\n}', ['command']],
    ['names of effects', 'import { ┆ } from "ipvm:effects"', ['Headers', 'RequestHeaders', 'Response', 'dns', 'fs']],
    [
      'names that are not imported',
      'import { dns, fs, ┆ } from "ipvm:effects"',
      ['Headers', 'RequestHeaders', 'Response', 'http'],
    ],
    ['components', 'import x from "┆"', ['./filters.wasm', './png.wasm', './types.wasm']],
    ['components behind a dot', 'import x from "./f┆', ['./filters.wasm']],
    ['modules of the language', 'import { x } from ┆', ['ipvm:effects']],
    ['the source of an import', 'import { x } ┆', ['from']],
    ['files to be embedded', 'job f() -> bytes { embed "./p┆" }', ['./png.wasm']],
    ['functions of a stated interface', 'import x from "./a.wasm" { crop: ┆ }', ['func']],
    [
      'values before a part of one, without the `let` that gets it',
      'job f(p: Picture) -> string {\n  let a = ┆.name\n  a\n}',
      ['p', 'Color'],
    ],
    [
      'values before a part of one that a function takes',
      'job f(xs: list<u32>) -> u32 { fold xs from 0 with (a, b) => if ┆.name == "" { a } else { b } }',
      ['b', 'a', 'xs'],
    ],
    [
      'values before the content of one in an arm',
      'job f(o: option<option<u8>>) -> u8 {\n  match o {\n    some(x) => if ┆? == 1 { 1 } else { 2 }\n    none => 1\n  }\n}',
      ['x', 'o'],
    ],
    [
      'what is behind a bracket that nothing opens above',
      'job f(b: u8) -> u32 {\n  let x = helper1, b: "")\n  let y = ┆\n  y\n}',
      ['x', 'b'],
    ],
    [
      'what is behind a bracket that nothing opens in a text above',
      'job f(b: u8) -> u32 {\n  let x = "${b]}"\n  let y = ┆\n  y\n}',
      ['x', 'b'],
    ],
    [
      'what is behind a bracket in a list that nothing opens',
      'job f(b: u8) -> list<Color> {\n  [Color.red, Color.green), ┆]\n}',
      ['Color.red', 'Color.green'],
    ],
    [
      'what is behind unclosed parentheses above',
      'job f(b: u8) -> u32 {\n  let x = helper(1,\n  let y = ┆\n}',
      ['x', 'b'],
    ],
  ])('%s', async (_, text, first) => {
    expect((await labels(text)).slice(0, first.length)).toEqual(first)
  })
})

describe('names of which it is not known what they stand for', () => {
  test.each<[string, string, string[]]>([
    ['a job that is there twice', 'job one() -> u8 { 1 }\njob one() -> u8 { 2 }\njob f() -> u8 { on┆ }', ['one']],
    ['a constant that is there twice', 'const one = 1\nconst one = 2\njob f() -> s64 { on┆ }', ['one']],
    ['a type that is there twice', 'type One = u8\ntype One = u16\njob f() -> On┆ { 1 }', ['One']],
    ['a value of a file that is missing', 'import { one } from "./none.ipvm"\njob f() -> u8 { on┆ }', ['one']],
    ['an effect of a file that is missing', 'import { one } from "./none.ipvm"\njob f() -> u8 { on┆.read() }', ['one']],
    ['a constant of a file that is missing', 'import { one } from "./none.ipvm"\nconst two: u8 = on┆', ['one']],
    ['a type of a file that is missing', 'import { One } from "./none.ipvm"\njob f() -> On┆ { 1 }', ['One']],
  ])('%s', async (_, text, wanted) => {
    expect((await labels(text)).filter(label => /^one$/i.test(label))).toEqual(wanted)
  })

  test('what its file does not declare yet', async () => {
    const main = 'import { one } from "./lib.ipvm"\njob f() -> u8 { on┆ }'
    expect(await labels({ 'main.ipvm': main, 'lib.ipvm': 'const two = 2' })).toContain('one')
  })

  test('a constant is not called, a type no value', async () => {
    const twice = 'const one = 1\nconst one = 2\ntype Once = u8\ntype Once = u16\n'
    expect(await labels(`${twice}job f() -> s64 { on┆(1) }`)).toEqual(['concat'])
    expect(await labels(`${twice}job f() -> s64 { once┆ }`)).toEqual([])
  })
})

describe('behind the brace of an arm', () => {
  const opened = (text: string): string =>
    `job f(o: option<Picture>) -> Picture {\n  match o {\n    some(p) => ${text}\n  }\n}`

  test.each<[string, string, string[]]>([
    ['fields, a `let` and what has a name', opened('{ ┆ }'), ['name', 'let', 'p']],
    ['a `let` that is typed', opened('{\n      le┆\n    }'), ['let', 'len']],
    ['a `let` before what is there', opened('{\n      ┆\n      let a = p\n      a\n    }'), ['let', 'p']],
  ])('%s', async (_, text, wanted) => {
    expect(await labels(text)).toEqual(expect.arrayContaining(wanted))
  })

  test('a field alone before a colon', async () => {
    expect(await labels(opened('{ na┆: "" }'))).toEqual(['name'])
  })

  test('no values in a record elsewhere', async () => {
    expect(await labels('job f() -> ipld { { ┆ } as ipld }')).toEqual([])
  })
})

test('a constant has `let` in its blocks alone', async () => {
  expect(await labels('const a: u8 = if true {\n  ┆\n  1 } else { 2 }')).toContain('let')
  expect(await labels('const a: u8 = ┆')).not.toContain('let')
  expect(await labels('const a: u8 = if true { 1 + ┆ } else { 2 }')).not.toContain('let')
})

describe('words that belong to calls', () => {
  test.each<[string, string, string[]]>([
    ['a name', 'job f(x: u32) -> u32 { x ┆ }', []],
    ['a field', 'job f(p: Picture) -> string { p.name ┆ }', []],
    ['a record', 'job f() -> Picture { { name: "", color: Color.red } ┆ }', []],
    ['an arm', 'job f(x: u32) -> u32 {\n  match x {\n    _ => 1\n    ┆\n  }\n}', []],
    ['a sum in parentheses', 'job f(x: u32) -> u32 { (x + helper(1)) ┆ }', []],
    ['a list', 'job f() -> list<u64> { [time.now()] ┆ }', []],
    ['a case', 'job f() -> Shape { Shape.circle(1.0) ┆ }', []],
    ['a constructor', 'job f() -> option<u32> { some(1) ┆ }', []],
    ['a job', 'job f() -> u32 { helper(1) ┆ }', ['with']],
    ['a job on the line above', 'job f() -> u32 {\n  helper(1)\n  ┆\n}', ['with']],
    ['a job in a sum', 'job f() -> u32 { 1 + helper(1) ┆ }', ['with']],
    ['a function', 'job f(b: bytes) -> u32 { png.decode(b).width ┆ }', ['with']],
    ['a built-in', 'job f() -> u64 { len([1][0]) ┆ }', ['with']],
    ['a job that performs', 'job now() -> u64 { time.now() }\njob f(x: u64) -> u64 { now() ┆ }', ['with', 'after']],
    ['a query', 'job f() -> bytes { http.get("")?.headers[0].1 ┆ }', ['with', 'after']],
    ['a query in a sum', 'job f() -> u64 { 1 + time.now() ┆ }', ['with']],
    ['a query that waits', 'job f(x: u64) -> u64 { time.now() after (x, x) ┆ }', ['after']],
    ['a command', 'job f() -> u64 { do fs.write("", b"") ┆ }', ['with', 'after', 'undo']],
    ['a command with limits', 'job f() -> u64 { do fs.write("", b"") with { retry: 1 } ┆ }', ['with', 'after', 'undo']],
    ['what reduces', 'job f(xs: list<u32>) -> u32 { reduce xs with helper ┆ }', ['with']],
  ])('behind %s', async (_, text, words) => {
    const found = await labels(text)
    expect(found.filter(label => ['with', 'after', 'undo'].includes(label))).toEqual(words)
  })
})

describe('half-written files', () => {
  test.each<[string, string, string]>([
    ['an open call', 'job f(b: bytes) -> bytes {\n  let a = png.decode(\n  png.┆\n}', 'decode'],
    ['an open brace', 'job f(b: bytes) -> bytes {\n  if b == b {\n  png.┆\n', 'decode'],
    ['a broken line above', 'job f(b: bytes) -> bytes {\n  let = = )\n  png.┆\n}', 'decode'],
    ['a broken item above', 'job g( -> {\n\njob f(b: bytes) -> bytes { png.┆ }', 'decode'],
    ['a broken item below', 'job f(b: bytes) -> bytes { png.┆ }\n\njob g( -> {', 'decode'],
    ...['if', 'match', 'for x in', 'do', 'try', '('].map((begun): [string, string, string] => [
      `a \`let\` without its sign above \`${begun}\``,
      `job f(b: u8) -> u32 {\n  let a b\n  ${begun} ┆\n}`,
      'b',
    ]),
    ['a `let` without its sign above a promise', 'test "t" {\n  let a 1\n  assert ┆\n}', 'helper'],
    ['an element without its comma above', 'job f(b: u8) -> list<u8> {\n  [\n    1\n    ┆\n  ]\n}', 'b'],
    ['an open index above', 'job f(xs: list<u8>) -> u8 {\n  let a = xs[0\n  x┆\n}', 'xs'],
    ['line ends of Windows', 'job f(p: Picture) -> string {\r\n  p.┆\r\n}', 'name'],
    ['characters of two units', 'job f(p: Picture) -> string { "𝒜𝒷 ${p.┆}" }', 'name'],
    ['a name that is too long', `job f(${'a'.repeat(5000)}: u8) -> u8 { aaa┆ }`, 'a'.repeat(5000)],
    ['deep nesting', `job f(p: Picture) -> string { ${'('.repeat(300)}p.┆`, 'name'],
    ...['p', 'a', 'let'].flatMap((label): [string, string, string][] => [
      [`\`${label}\` in a body that is open`, 'job f(p: u8) -> u8 {\n  let a = p\n  ┆', label],
      [
        `\`${label}\` in one above another job`,
        'job f(p: u8) -> u8 {\n  let a = p\n\n  ┆\n\njob g() -> u8 { 1 }',
        label,
      ],
    ]),
    ['what a test begins a line with, where it is open', 'test "t" {\n  assert helper(1) == 1\n  ┆', 'assert'],
    ['arguments of a condition', 'job f(b: u8) -> u32 {\n  if helper(┆\n}', 'a:'],
    ['arguments of what a loop goes through', 'job f(b: u8) -> u32 {\n  for x in helper(1, ┆\n}', 'b:'],
    ['arguments above a promise', 'test "t" {\n  let x = png.decode(helper(┆\n  assert x.width == 1\n}', 'a:'],
    ['arguments of what is given', 'test "t" {\n  given http.get(┆\n}', 'url:'],
    [
      'parameters of a function in a condition',
      'job f(xs: list<bool>) -> u32 {\n  if reduce xs with (a, b) => ┆\n}',
      'a',
    ],
  ])('%s', async (_, text, label) => {
    expect(await labels(text)).toContain(label)
  })

  test('every place of a file is answered', async () => {
    const text = `${head}
/// Docs.
export job main(p: Picture, n: u32 = edge) -> list<bytes> uses fs.write, http.get {
  let a = for x, i in [1, 2] { png.decode(b"") with { time: 1s } }
  let c = match p.color { red => "a \${p.name}", _ => "b" }
  do fs.write("a", b"") undo r => do fs.write("a", b"")
  let d = http.get(c)?.body catch failure => b""
  a
}
test "t" { given http.get(_) => err("") assert fails main({ name: "", color: Color.red }) }
`
    const fixture = new Fixture(text)
    for (let offset = 0; offset <= text.length; offset++) {
      const found = await fixture.workspace.useAt(
        '/main.ipvm',
        () => offset,
        view => completion(view, offset),
      )
      if (!found) continue
      expect(found.range.start).toBeLessThanOrEqual(offset)
      expect(found.range.end).toBeGreaterThanOrEqual(offset)
      expect(text.slice(found.range.start, found.range.end)).not.toMatch(/\n/)
    }
  })
})

test('of many names those are offered that fit what is typed, and it is said that there are more', async () => {
  const many = Array.from({ length: 1000 }, (_, i) => `const value${i}: u32 = 1`).join('\n')
  const all = await offered(`${many}\njob f() -> string { ┆ }`)
  expect(all!.items.length).toBe(400)
  expect(all!.incomplete).toBe(true)
  const some = await offered(`${many}\njob f() -> string { value99┆ }`)
  expect(some!.items.map(({ label }) => label)).toContain('value999')
  expect(some!.incomplete).toBe(false)
})

test('a function of a component names its types', async () => {
  const named = 'type Image = record { width: u32, height: u32, pixels: bytes }\n'
  const { items } = (await offered(`${named}job f() -> Image { filters.image.┆ }`))!
  expect(items.find(({ label }) => label === 'blur')?.detail).toBe('(picture: Image, radius: u32) -> Image')
})

test('an item says what it is', async () => {
  const { items } = (await offered('job f(b: bytes) -> u32 { ┆ }'))!
  const find = (label: string): Completion | undefined => items.find(item => item.label === label)
  expect(find('b')).toMatchObject({ kind: 'local', detail: 'bytes' })
  expect(find('helper')).toMatchObject({ kind: 'job', detail: '(a: u32, b: string = "x") -> u32' })
  expect(find('edge')).toMatchObject({ kind: 'constant', detail: 'u32' })
  expect(find('favourite')).toMatchObject({ kind: 'constant', detail: 'Color' })
  expect(find('filters')).toMatchObject({ kind: 'module', commit: ['.'] })
  expect(find('len')).toMatchObject({ kind: 'function', detail: '(x: list<T>) -> u64' })
})

describe('docs that are asked for', () => {
  test.each<[string, string, string, string]>([
    ['a job', 'job f() -> u32 { ┆ }', 'helper', '```ipvm\njob helper(a: u32, b: string = "x") -> u32\n```'],
    ['a constant', 'job f() -> u32 { ┆ }', 'edge', '```ipvm\nconst edge: u32 = 3\n```'],
    ['a type', 'job f() -> ┆', 'Rights', '```ipvm\ntype Rights = flags { read, write }\n```'],
    ['a type of the language', 'job f() -> ┆', 'u16', 'A whole number from 0 to 65535.'],
    [
      'a keyword',
      'job f() -> u32 { ┆ }',
      'match',
      'Chooses by the case of a value: `match found { some(x) => x, none => 0 }`.',
    ],
    ['a built-in', 'job f() -> u32 { ┆ }', 'zip', 'Two lists of one length as one list of pairs.'],
    ['an operation', 'job f() -> bytes { fs.┆ }', 'read', 'Reads a file.'],
    ['a function', 'job f(b: bytes) -> bytes { png.┆ }', 'encode', 'encode: func(picture: picture) ->'],
    ['an interface', 'job f(b: bytes) -> bytes { filters.┆ }', 'image', 'interface image {'],
    ['a type of a component', 'job f(p: png.┆) -> u8 { 1 }', 'picture', 'record picture {'],
    ['a case', 'job f() -> Shape { Shape.┆ }', 'circle', '```ipvm\ncircle(f64)\n```\n\nA case of `Shape`.'],
    ['a case of a component', 'job f() -> u8 { filters.image.angle.┆ }', 'half', '```ipvm\nhalf\n```'],
    ['a setting', 'config { ┆ }', 'time', 'Default `60s`.'],
    ['a name of another module', 'import { ┆ } from "ipvm:effects"', 'dns', 'The names of the internet.'],
  ])('are those of %s', async (_, text, label, docs) => {
    const fixture = new Fixture(head + text)
    const { path, offset } = fixture.cursors[0]!
    const found = await fixture.workspace.useAt(
      path,
      () => offset,
      view => {
        const item = completion(view, offset)!.items.find(entry => entry.label === label)
        return item?.about && completionDocs(view, item.about)
      },
    )
    expect(found).toContain(docs)
  })
})

describe('operations that are performed go first', () => {
  const files = (uses: string): Record<string, string> => ({
    'main.ipvm': `import { time } from "ipvm:effects"
import { page } from "./page.ipvm"
export job f() -> bytes uses ${uses} { page() }`,
    'page.ipvm':
      'import { http } from "ipvm:effects"\nexport job page() -> bytes uses http.get { http.get("a")?.body }',
  })

  test.each<[string, string, string[]]>([
    ['of an effect that is not imported', '┆', ['http.get', 'time.now', 'declassify']],
    ['but those that are there', 'http.get, ┆', ['time.now', 'declassify']],
  ])('%s', async (_, uses, expected) => {
    const found = await new Fixture(files(uses)).at((view, offset) => completion(view, offset))
    expect(found!.items.map(({ label }) => label)).toEqual(expected)
  })
})

describe('an item is offered once', () => {
  test.each([
    ['some', 'job f() -> option<u8> { ┆ }'],
    ['ok', 'job f() -> result<u8, u8> { ┆ }'],
    ['err', 'job f() -> result<u8, u8> { ┆ }'],
  ])('%s', async (label, text) => {
    expect((await labels(text)).filter(other => other === label)).toEqual([label])
  })
})

test('a job of the type that is expected goes before others', async () => {
  const found = await labels('job other() -> bytes { b"" }\njob f() -> u8 {\n  let a: bytes = ┆\n  1\n}')
  expect(found.indexOf('other')).toBeLessThan(found.indexOf('helper'))
  expect(found.indexOf('other')).toBeLessThan(found.indexOf('Color'))
})

test('a line below parentheses that are open is a line of its own', async () => {
  const found = await labels('job f(b: u8) -> u32 {\n  let x = helper(1,\n  let y = 2\n  ┆\n}')
  expect(found).toEqual(expect.arrayContaining(['x', 'y', 'b', 'let', 'match']))
})

describe('types of other files', () => {
  const files = (text: string): Record<string, string> => ({
    'main.ipvm': text,
    'lib.ipvm': 'type Plain = record { a: u8 }\ntype Plan = enum { now, later }\n',
  })

  test('stand in an expression where they have cases, and in types all of them', async () => {
    expect(await labels(files('job f() -> u8 { Pla┆ }'))).toEqual(['Plan'])
    expect(await labels(files('job f(a: Pla┆) -> u8 { 1 }'))).toEqual(['Plain', 'Plan'])
  })

  test('effects are shown with both of their parentheses', async () => {
    const found = await offered({ 'main.ipvm': 'import { ┆ } from "ipvm:effects"' })
    expect(found!.items.find(({ label }) => label === 'dns')?.detail).toBe('effect dns("dns:")')
  })
})
