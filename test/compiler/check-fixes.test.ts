import { describe, expect, test } from 'vitest'
import { mended, told } from './told.ts'

const job = (params: string, result: string, body: string) =>
  `export job main(${params}) -> ${result} {\n  ${body}\n}\n`

describe('repairs', () => {
  test.each([
    ['a text that is added', job('t: string', 'string', '"Hello, " + t'), '"Hello, ${t}"'],
    ['texts with values in them', job('t: string', 'string', '"a${t}" + "b\\n"'), '"a${t}b\\n"'],
    ['what is added in parentheses', job('t: string, n: u8', 'string', '("${n}") + t'), '"${n}${t}"'],
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
