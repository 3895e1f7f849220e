import { describe, expect, test } from 'vitest'
import { mended, repairs, told } from './told.ts'

const job = (params: string, result: string, body: string) =>
  `export job main(${params}) -> ${result} {\n  ${body}\n}\n`

describe('repairs', () => {
  test.each([
    ['a text that is added', job('t: string', 'string', '"Hello, " + t'), '"Hello, ${t}"'],
    ['texts with values in them', job('t: string', 'string', '"a${t}" + "b\\n"'), '"a${t}b\\n"'],
    ['a text that opens a parenthesis', job('t: string', 'u64', 'len("(" + t)'), 'len("(${t}")'],
    ['what is added in parentheses', job('t: string, n: u8', 'string', '("${n}") + t'), '"${n}${t}"'],
    [
      'sums that are added to a text',
      job('t: string, n: u8', 'string', '((n + 1) * (n - 1)) + t'),
      '"${(n + 1) * (n - 1)}${t}"',
    ],
    ['lists that are added', job('xs: list<u8>', 'bytes', '(xs) + [1]'), '{\n  concat(xs, [1])\n}'],
    ['`.length`', job('xs: list<u8>', 'u64', 'xs.length'), 'len(xs)'],
    ['a field of `ipld`', job('x: ipld', 'ipld', 'x.name'), 'x["name"]'],
    ['a useless `as`', job('n: u8', 'u8', 'n as u8'), '{\n  n\n}'],
    ['`?` on what has no cases', job('n: u8', 'u8', 'n?'), '{\n  n\n}'],
    ['`length`', job('xs: list<u8>', 'u64', 'length(xs)'), 'len(xs)'],
    ['a misspelt type that takes others', job('xs: List<list<u8>>', 'list<list<u8>>', 'xs'), 'xs: list<list<u8>>'],
    ['a misspelt case', job('n: option<u8>', 'u8', 'match n {\n    sone(x) => x\n    none => 1\n  }'), 'some(x)'],
  ])('%s', async (_, text, good) => {
    const repaired = await mended(text)
    expect(repaired).toContain(good)
    expect(await told(repaired)).toEqual([])
  })

  test.each([
    ['a block comment', '/* one\n   two */\n', '// one\n// two\n'],
    ['a block comment with stars', '/** One.\n *\n * - two\n */\n', '// One.\n//\n// - two\n'],
    ['a block comment of other line ends', '/*\r\n  one\r\n*/\r\n', '// one\r\n'],
    ['a type without `=`', 'type A u8\n', 'type A = u8\n'],
    ['a record without `=`', 'type A { a: u8 }\n', 'type A = record { a: u8 }\n'],
    ['a setting without `:`', 'config { time 5s }\n', 'config { time: 5s }\n'],
    ['a tuple of types', 'type A = list<(u8, option<u8>)>\n', 'type A = list<tuple<u8, option<u8>>>\n'],
    ['a type in parentheses', 'type A = list<(u8)>\n', 'type A = list<u8>\n'],
    ['an operation without parameters', 'effect e("e:") {\n  query a -> u8\n}\n', 'query a() -> u8'],
    ['an idempotent command', 'effect e("e:") {\n  idempotent put(a: u8)\n}\n', 'idempotent command put(a: u8)'],
  ])('of syntax: %s', async (_, text, good) => {
    const repaired = await mended(text + job('', 'u8', '1'))
    expect(repaired).toContain(good)
    expect(await told(repaired)).toEqual([])
  })

  test.each([
    ['a comment behind a line', 'let a = [\n    1, /* one */\n    2,\n  ]\n  a[n]', '1, // one\n'],
    ['an escape of text', 'n + len("C:\\dir\\w")', 'n + len("C:\\\\dir\\\\w")'],
    ['an escape by a number', 'len("\\x41\\u00e9${n}\\x42")', 'len("\\u{41}\\u{00e9}${n}\\u{42}")'],
    ['an escape of bytes', 'n + len(b"\\u{41}")', 'n + len(b"\\x41")'],
    ['an escape of a character', 'n + len("${\'\\x41\'}")', 'n + len("${\'\\u{41}\'}")'],
    ['a minus', '(n) -1 * 2', '(n) - 1 * 2'],
    ['a minus that touches', 'len([(n)-1])', 'len([(n) - 1])'],
    ['an arm without `=>`', 'match n {\n    0 1\n    _ => (n)\n  }', '0 => 1\n'],
    ['a `catch` without `=>`', '1 + (n / n catch _ 0)', '1 + (n / n catch _ => 0)'],
    ['a loop in parentheses', 'len(for (x in [n]) { x + 1 })', 'len(for x in [n] { x + 1 })'],
    ['a loop of another language', 'len(for(const x of [n]){ x })', 'len(for x in [n]{ x })'],
    ['a loop with an index', 'len(for (x, i in [n]) { x + i })', 'len(for x, i in [n] { x + i })'],
    ['a `catch` in parentheses', '(n / n catch(e) => len(e.message)) + 1', '(n / n catch e => len(e.message)) + 1'],
    ['a `catch` without a name', 'n / n catch () => 0', 'n / n catch _ => 0'],
  ])('of syntax in a job: %s', async (_, text, good) => {
    const repaired = await mended(job('n: u64', 'u64', text))
    expect(repaired).toContain(good)
    expect(await told(repaired)).toEqual([])
  })

  test.each([
    ['a block comment before something', 'let a = /* one */ 1\n  a'],
    ['what another language escapes', 'len("\\b\\033\\ud83d\\/")'],
    ['a backslash as a character', 'len("${\'\\d\'}")'],
    ['bytes of a character that is more than one', 'len(b"\\u{e9}")'],
    ['two numbers, between which there may be a comma', 'len([1 -1])'],
    ['a loop in parentheses with a comment', 'len(for (x in // all\n    [n]) { x })'],
    ['a loop that counts', 'len(for (let i = 0; i < n; i++) { i })'],
    ['a block behind a pattern', 'match n {\n    _ { n }\n  }'],
    ['a value behind `catch`', 'n / n catch (n)'],
  ])('of syntax there is none for %s', async (_, text) => {
    const whole = job('n: u64', 'u64', text)
    expect(await mended(whole)).toBe(whole)
  })

  /** Something to call, and to import. */
  const declared = `import { http } from "ipvm:effects"

effect mail("mailto:") {
  query unread(box: string = "inbox") -> u8
  query read(a: u8, b: u8) -> u8
}

job one() -> u8 {
  1
}

job twice(n: u8) -> u8 {
  2 * n
}

job pair(n: u8 = 1) -> record { a: u8, b: u8 } {
  { a: n, b: n }
}

`

  test.each([
    ['a job that is not called', '1 + (one) * 2', '1 + (one()) * 2'],
    ['a job of which a part is read', 'pair.a + 1', 'pair().a + 1'],
    ['an operation that is not called', 'len("${mail.unread}") as u8', 'len("${mail.unread()}")'],
    ['arguments for what takes none', '1 + one(2, (3)) * 2', '1 + one() * 2'],
    ['an argument that is there twice', 'twice(1, n: 1) + 2', 'twice(1) + 2'],
    ['a field that is there twice', '{ a: one(), b: 2, a: one() }.b', '{ a: one(), b: 2 }.b'],
    ['a field of a type that is there twice', 'let a: record { a: u8, a: u8 } = { a: 1 }\n  a.a', 'record { a: u8 }'],
    ['a flag that is there twice', 'let a: flags { a, b } = { a, a, b }\n  len("${a == a}") as u8', '{ a, b }\n'],
    ['a case that is there twice', 'let a: option<enum { b, c, b }> = none\n  match a { _ => 1 }', 'enum { b, c }'],
  ])('of names: %s', async (_, text, good) => {
    const repaired = await mended(declared + job('', 'u8', text))
    expect(repaired).toContain(good)
    expect((await told(repaired)).filter(name => !/^Unused|MissingUses/.test(name))).toEqual([])
  })

  test.each([
    ['a name in braces', 'import {\n  http,\n  fs,\n  http,\n}', 'import {\n  http,\n  fs,\n}'],
    ['the first name of a second import', 'import { http }', ''],
    ['one of the names of a second import', 'import { http, fs }', 'import { fs }'],
  ])('what is imported twice: %s', async (_, text, good) => {
    const first = 'import { http } from "ipvm:effects"\n'
    const [from, all] = [' from "ipvm:effects"\n', job('', 'u8', '1')]
    const repaired = await mended((text.includes('\n') ? '' : first) + text + from + all)
    expect(repaired).toBe((text.includes('\n') ? '' : first) + (good && good + from) + all)
  })

  test.each([
    ['a job that has to be given something', 'twice + 1'],
    ['arguments with a comment', 'one(\n    1, // why\n  )'],
    ['one argument too many, of which nobody knows which', 'twice(1, 2)'],
    ['an argument with two values, of which others stand behind the first', 'mail.read(1, 2, a: 3)'],
    ['a field with a comment', '{\n    a: 1, // one\n    a: 1, // two\n  }.a'],
    ['a field of two values, one of them with a comment', '{ a: 1, a: 2, // two\n    b: 3 }.b'],
  ])('of names there is none for %s', async (_, text) => {
    const whole = declared.replace(/^import.*\n\n/, '') + job('', 'u8', text)
    expect(await mended(whole)).toBe(whole)
  })

  test.each([
    ['a field', '{ a: 1, a: 2, b: 3 }.b', ['{ a: 2, b: 3 }.b', '{ a: 1, b: 3 }.b']],
    ['a field of a type', 'len([] as list<record { a: u8, a: u16 }>)', ['record { a: u16 }', 'record { a: u8 }']],
    ['an argument', 'pair(1, n: 2).a', ['pair(n: 2).a', 'pair(1).a']],
    ['a line of its own', 'one()\n  2', ['  let _ = one()\n  2', '{\n  2']],
  ])('a person takes one of two: %s', async (_, text, good) => {
    const whole = declared.replace(/^import.*\n\n/, '') + job('', 'u64', text)
    const all = await repairs(whole)
    expect(all.map(repaired => good.findIndex(part => repaired.includes(part)))).toEqual(good.map((_, at) => at))
    for (const repaired of all) expect((await told(repaired)).filter(name => !/^Unused[LP]/.test(name))).toEqual([])
  })

  test.each([
    ['a value for a text', 'string', 'n', '"${n}"'],
    ['an operation for a text', 'list<string>', '[(n + len("b") as u8)]', '[("${n + len("b") as u8}")]'],
    ['a number for a text', 'string', 'if n > 1 { 1 } else { "2" }', '{ "1" }'],
    ['a character in a pattern', 'u8', 'match "${n}" { \'c\' => 1, _ => n }', 'match "${n}" { "c" => 1'],
    ['a truth for a text', 'list<string>', '[true, "${n}"]', '["true", "${n}"]'],
    ['a field that is missing', 'record { a: u8, b: string, c: bool }', '{ a: n }', '{ a: n, b: "", c: false }'],
    [
      'a field that is missing in lines',
      'record { a: u8, b: u8 }',
      '{\n    a: n // why\n  }',
      '{\n    a: n, // why\n    b: 0,\n  }',
    ],
    ['a field of what is inside', 'list<record { a: u8, b: u8 }>', '[{ a: n }, { a: 1, b: 2, }]', '[{ a: n, b: 0 }, {'],
    ['all fields', 'tuple<u8, record { a: u8 }>', '(n, {})', '(n, { a: 0 })'],
    ['a case that is called', 'option<u8>', 'if n > 1 { none() } else { some(n) }', '{ none }'],
    ['a pattern without what is carried', 'u8', 'match some(n) { some => n, none => 1 }', 'some(_) => n'],
    ['a pattern of what carries nothing', 'u8', 'match some(n) { some(x) => x, none(_) => 1 }', 'none => 1'],
    ['a number as a condition', 'u8', 'if n { 1 } else { n }', 'if n != 0 {'],
    ['a remainder as a condition', 'bool', '!(n % 2) && true', '!(n % 2 != 0) && true'],
    ['a number behind `!`', 'bool', '!n || n > 1', '!(n != 0) || n > 1'],
    ['what is caught as a condition', 'bool', '(n / n catch _ => 0) && true', '((n / n catch _ => 0) != 0) && true'],
    ['a text as a condition', 'bool', '"${n}" && true', '"${n}" != "" && true'],
    ['a list as a condition', 'bool', '![n] && true', '!(len([n]) > 0) && true'],
    ['an option as a condition', 'bool', 'some(n) // why\n    && true', 'some(n) != none // why'],
    ['an `ipld` as a condition', 'bool', '!(n as ipld)["a"]', '!((n as ipld)["a"] as bool)'],
    ['a minus', 's64', '2 + -(n + 1) * 2', '2 + -((n + 1) as s64) * 2'],
    ['a minus with a comment', 's64', '-n // why', '-(n as s64) // why'],
    ['`as string`', 'string', 'concat("a", (n + 1) as string)', 'concat("a", "${(n + 1)}")'],
    ['`as string` of a number', 'string', '"${n}${(1) as string}"', '"${n}${"1"}"'],
    ['`as bool`', 'bool', 'n as bool', '{\n  n != 0\n}'],
    ['`as bool` in an operation', 'bool', 'true == n as bool', 'true == (n != 0)'],
    [
      '`as bool` of a condition',
      'u8',
      'if (n / n catch _ => 0) as bool { 1 } else { n }',
      'if (n / n catch _ => 0) != 0 {',
    ],
    ['a truth as a number', 'list<u8>', '[(n > 1) as u8, 1]', '[if (n > 1) { 1 } else { 0 }, 1]'],
    ['`as option`', 'option<u8>', '(n) as option<u8>', 'some((n))'],
    ['`as link`', 'link<u8>', 'n as link<u8>', 'link(n)'],
    ['a number as a character', 'char', 'n as char', 'n as u32 as char'],
    ['a useless `as` behind parentheses', 'u8', '(n + 1) as u8 * 2', '(n + 1) * 2'],
  ])('of types: %s', async (_, result, text, good) => {
    const repaired = await mended(job('n: u8', result, text))
    expect(repaired).toContain(good)
    expect(await told(repaired)).toEqual([])
  })

  test('of types: a tuple that a case carries', async () => {
    const type = 'type Shape = variant { box(tuple<u8, u8>), dot }\n'
    const text = 'let a = Shape.dot()\n  [a, Shape.box(n, (n + 1) * 2)]'
    const repaired = await mended(type + job('n: u8', 'list<Shape>', text))
    expect(repaired).toContain('let a = Shape.dot\n  [a, Shape.box((n, (n + 1) * 2))]')
    expect(await told(repaired)).toEqual([])
  })

  test.each([
    ['a text of several lines', 'string', 'n + // one\n    1'],
    ['a number whose text is not what is written', 'string', 'if n > 1 { 0x10 } else { "2" }'],
    ['a secret', 'string', 'let s: secret<u8> = n\n  s'],
    ['a field of which no value is plain', 'record { a: u8, b: link<u8> }', '{ a: n }'],
    ['a case with something in its parentheses', 'option<u8>', 'none(n)'],
    ['a pattern that names what is not there', 'u8', 'match some(n) { some(x) => x, none(x) => 1 }'],
    ['an option of a truth as a condition', 'bool', 'some(n > 1) && true'],
    ['a result as a condition', 'bool', 'let r: result<u8> = ok(n)\n  r && true'],
    ['a minus where no number is negative', 'u8', '-n'],
    ['a truth as a number of which nothing else tells the type', 'u8', '1 + (n > 1) as u8'],
    ['`as` with a comment', 'string', '( // why\n    n) as string'],
    ['a text as a character', 'char', '"${n}" as char'],
  ])('of types there is none for %s', async (_, result, text) => {
    const whole = job('n: u8', result, text)
    expect(await mended(whole)).toBe(whole)
  })

  test.each([
    ['(a["x"] catch _ => b).tags', '(a["x"] catch _ => b)["tags"]'],
    ['(a).tags', '(a)["tags"]'],
    ['(if true { a } else { b }).tags', '(if true { a } else { b })["tags"]'],
  ])('what is taken from parentheses is taken from all that is in them: %s', async (wrong, right) => {
    expect(await mended(job('a: ipld, b: ipld', 'ipld', wrong))).toBe(job('a: ipld, b: ipld', 'ipld', right))
  })

  test('a test whose word is there twice keeps its name', async () => {
    expect(await mended('test test "a" {\n  assert 1 == 1\n}\n')).toBe('test "a" {\n  assert 1 == 1\n}\n')
  })

  test('a file is not taken for one that it imports', async () => {
    const text = 'import { one } from "./mine.ipvm"\nexport job main() -> u8 { one() }\n'
    expect(await mended(text)).toBe(text)
  })

  test.each([
    [
      'in lines, where they stand in lines',
      'match n {\n    some(x) => x\n  }',
      'match n {\n    some(x) => x\n    none => 0\n  }',
    ],
    ['in the line of the others', 'match n { some(x) => x }', 'match n { some(x) => x, none => 0 }'],
    ['behind a comma', 'match n {\n    none => 1,\n  }', 'match n {\n    none => 1,\n    some(_) => 0,\n  }'],
    ['where there are none', 'match n { }', 'match n {  some(_) => 0, none => 0 }'],
  ])('missing arms are added %s', async (_, text, good) => {
    const repaired = await mended(job('n: option<u32>', 'u32', text))
    expect(repaired).toContain(good)
    expect(await told(repaired)).toEqual([])
  })

  test.each([
    ['string', '""'],
    ['bool', 'false'],
    ['f32', '0.0'],
    ['char', "' '"],
    ['option<u8>', 'none'],
    ['bytes', 'b""'],
    ['list<string>', '[]'],
    ['tuple<u8>', '(0,)'],
    ['record { a: u8, b: () }', '{ a: 0, b: () }'],
    ['result<u8, string>', 'ok(0)'],
  ])('an arm for a %s is %s', async (type, sample) => {
    const repaired = await mended(job(`n: option<${type}>`, type, 'match n {\n    some(x) => x\n  }'))
    expect(repaired).toContain(`none => ${sample}\n`)
    expect(await told(repaired)).toEqual([])
  })

  test.each([
    ['of texts that are added', job('t: string', 'string', '"x" // left\n    + t // right')],
    ['of an argument that would stand in a text', job('t: string', 'string', '"x" + concat(t, // why\n    t)')],
    ['of lists that are added', job('xs: list<u8>', 'bytes', 'xs // left\n    + [1]')],
    ['of `.length`', job('xs: list<u8>', 'u64', 'xs // what\n    .length')],
    ['of a `let` that nothing uses', job('n: u8', 'u8', 'let a = [\n    1, // one\n  ]\n  n')],
    ['of an index on a line of its own', job('xs: list<u8>', 'u8', 'let a = xs // all\n  [0]\n  a')],
    [
      'of operations that are performed',
      'import { http, fs } from "ipvm:effects"\nexport job main(u: string) -> bytes uses fs.write, // w\n    http.get // g\n{\n  http.get(u)?.body\n}\n',
    ],
    [
      'of operations that are known',
      'import { http } from "ipvm:effects"\nexport job main(u: string) -> bytes uses http.get, // one\n    e.put\n{\n  http.get(u)?.body\n}\n',
    ],
    [
      'of an import of itself',
      'import {\n  one, // first\n} from "./main.ipvm"\nexport job main() -> u8 {\n  1\n}\nexport job one() -> u8 {\n  1\n}\n',
    ],
    [
      'of names of a component',
      'import {\n  greet, // hello\n} from "./hello.wasm"\nexport job main(t: string) -> string {\n  hello.greet(t)\n}\n',
    ],
  ])('no repair loses a comment %s', async (_, text) => {
    const repaired = await mended(text)
    for (const [comment] of text.matchAll(/\/\/ .*/g)) expect(repaired).toContain(comment)
    expect(await told(repaired)).toEqual(await told(text))
  })

  test('a repair keeps a comment inside of what it moves', async () => {
    const text = job('xs: list<u8>', 'bytes', '[\n    1, // one\n  ] + xs')
    expect(await mended(text)).toContain('concat([\n    1, // one\n  ], xs)')
  })

  test('no arm is made up for a type of which no value is plain', async () => {
    const text = job('n: option<link<u8>>', 'link<u8>', 'match n {\n    some(x) => x\n  }')
    expect(await mended(text)).toBe(text)
  })
})
