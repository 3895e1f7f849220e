import { describe, expect, test } from 'vitest'
import { hover, withCid, withValue, type Hover } from '../../lsp/features/hover.ts'
import { constantText } from '../../lsp/features/constant-value.ts'
import { jobGraph } from '../../lsp/features/graph.ts'
import { jobCid } from '../../lsp/features/job-cid.ts'
import { compile } from '../../compiler/compile.ts'
import { Workspace } from '../../lsp/workspace.ts'
import { Fixture } from './harness.ts'

const head = `import filters from "./filters.wasm"
import png from "./png.wasm"
import { http, fs, secret } from "ipvm:effects"

/// How it is drawn.
type Color = enum { red, green }
type Shape = variant { circle(f64), point }
type Picture = record { name: string, color: Color }
/// The longer side.
const edge: u32 = 3
const favourite = Color.red
/// Helps.
///
/// Always.
job helper(a: u32, b: string = "x") -> u32 { a }
job fetch(url: string) -> bytes { http.get(url)?.body }
`

async function said(text: string): Promise<Hover | undefined> {
  return new Fixture(head + text).at(hover)
}

const ipvm = (code: string, ...more: string[]): string => ['```ipvm\n' + code + '\n```', ...more].join('\n\n')

describe('what is said', () => {
  test.each<[string, string, string]>([
    ['a parameter', 'job f(p: Picture) -> string { ┆p.name }', ipvm('p: Picture')],
    [
      'a parameter of the first of two jobs',
      'job f(p: Picture) -> string { ┆p.name }\njob f() -> u8 { 1 }',
      ipvm('p: Picture'),
    ],
    [
      'a parameter of the second of two jobs',
      'job f() -> u8 { 1 }\njob f(p: Picture) -> string { ┆p.name }',
      ipvm('p: Picture'),
    ],
    ['a `let`', 'job f() -> u32 {\n  let a = helper(1)\n  ┆a\n}', ipvm('a: u32')],
    ['a `let` that is a literal', 'job f() -> u32 {\n  let a = 0x10\n  a┆\n}', ipvm('a = 0x10')],
    ['a `let` where it stands', 'job f() -> Color {\n  let ┆a = favourite\n  a\n}', ipvm('a: Color')],
    [
      'the variable of a loop',
      'job f(xs: list<Picture>) -> list<string> { for x in xs { ┆x.name } }',
      ipvm('x: Picture'),
    ],
    ['the payload of an arm', 'job f(o: option<u8>) -> u8 { match o { some(x) => ┆x, none => 0 } }', ipvm('x: u8')],
    ['a failure', 'job f() -> u32 { helper(1) catch ┆why => 0 }', ipvm('why: failure')],
    ['a job', 'job f() -> u32 { ┆helper(1) }', ipvm('job helper(a: u32, b: string = "x") -> u32', 'Helps.\n\nAlways.')],
    [
      'what a job performs',
      'job f() -> bytes { ┆fetch("") }',
      ipvm('job fetch(url: string) -> bytes', 'Performs `http.get`.'),
    ],
    ['a job without a type of its result', 'job made() { 1 }\njob f() -> s64 { ┆made() }', ipvm('job made() -> s64')],
    ['a constant', 'job f() -> u32 { ┆edge }', ipvm('const edge: u32 = 3', 'The longer side.')],
    ['a constant without a type', 'job f() -> Color { ┆favourite }', ipvm('const favourite: Color = Color.red')],
    ['a type', 'job f(c: ┆Color) -> u32 { 1 }', ipvm('type Color = enum { red, green }', 'How it is drawn.')],
    ['a field', 'job f(p: Picture) -> string { p.┆name }', ipvm('name: string', 'A field of `Picture`.')],
    [
      'the field of a record that is written',
      'job f() -> Picture { { ┆name: "", color: Color.red } }',
      ipvm('name: string', 'A field of `Picture`.'),
    ],
    ['a case', 'job f() -> Color { Color.┆red }', ipvm('red', 'A case of `Color`.')],
    ['a case with a payload', 'job f() -> Shape { Shape.┆circle(1.0) }', ipvm('circle(f64)', 'A case of `Shape`.')],
    [
      'a case in a pattern',
      'job f(c: Color) -> u8 { match c { ┆red => 1, _ => 2 } }',
      ipvm('red', 'A case of `Color`.'),
    ],
    ['the name of an argument', 'job f() -> u32 { helper(┆a: 1) }', ipvm('a: u32', 'A parameter of `helper`.')],
    [
      'a query',
      'job f() -> bytes { fs.┆read("") }',
      ipvm(
        'query fs.read(path: string) -> bytes',
        'Reads a file.\n\n`path`: relative to the folder that the job was granted.',
        'An operation that reads the world.',
      ),
    ],
    [
      'a built-in',
      'job f() -> u64 { ┆len([1]) }',
      ipvm(
        'len(x: list<T>) -> u64',
        'The number of the elements of a list, of the characters of a string, or of the entries of an `ipld`.',
      ),
    ],
    [
      'a constructor',
      'job f() -> option<u8> { ┆some(1) }',
      ipvm('some(value: T) -> option<T>', 'A value of an `option` that is there.'),
    ],
    ['none', 'job f() -> option<u8> { ┆none }', ipvm('none: option<T>', 'No value of an `option`.')],
    [
      'declassify',
      'job f() -> string { ┆declassify(secret.get("")) }',
      ipvm(
        'declassify(value: secret<T>) -> T',
        'A secret as a plain value: an effect of its own, which has to be granted.',
      ),
    ],
    ['a type of the language', 'job f(n: ┆u8) -> u32 { 1 }', 'A whole number from 0 to 255.'],
    [
      'a type by which an effect is called too',
      'job f(n: sec┆ret<u8>) -> secret<u8> { n }',
      'A value that nobody is told; what is computed from it is a secret too.',
    ],
    ['a type that takes types', 'job f(n: ┆list<u8>) -> u32 { 1 }', 'Any number of values of one type.'],
    ['a number', 'job f() -> u32 { ┆12 }', ipvm('12: u32')],
    ['a number of another base', 'job f() -> u32 { ┆0xff }', ipvm('0xff = 255: u32')],
    ['a duration', 'config { time: ┆2min }', ipvm('2min = 120,000 ms')],
    ['a size', 'config { memory: ┆64KiB }', ipvm('64KiB = 65,536 bytes')],
    ['bytes', 'job f() -> bytes { ┆b"abc" }', `${ipvm('bytes')}\n\n3 bytes.`],
    ['a character', "job f() -> char { ┆'é' }", `${ipvm("'é': char")}\n\nU+00E9`],
    ['a character of two units', "job f() -> char { ┆'𝒜' }", `${ipvm("'𝒜': char")}\n\nU+1D49C`],
    [
      'a setting',
      'config { ┆time: 3s }',
      'How long a task may take on the machine that runs it.\n\nTakes a duration: `ms`, `s`, `min` or `h`, such as `500ms`, `30s`, `5min`, `2h`. Default `60s`.',
    ],
    [
      'a setting of a call',
      'job f() -> u32 { helper(1) with { ┆gas: 1 } }',
      'How much a task may compute: its steps are counted, the same on every machine.\n\nTakes a count, such as `50_000_000`, `1_000_000_000`. Default `100_000_000_000`.',
    ],
    ['a keyword', '┆job f() -> u32 { 1 }', 'Describes a computation: parameters, a type of the result, and a body.'],
    [
      'a keyword that makes a value',
      'job f(xs: list<u8>) -> list<u8> { ┆for x in xs { x } }',
      ipvm('bytes', 'Does the same for each element of a list, all at once: `for x in xs { f(x) }`.'),
    ],
    [
      'a keyword inside of a text',
      'job f(b: bool) -> string { "${┆if b { "x" } else { "y" }}" }',
      ipvm('string', 'Chooses between two blocks: `if ready { a } else { b }`.'),
    ],
    ['content that is embedded', 'job f() -> bytes { embed "┆./types.wasm" }', '`./types.wasm`: 118,466 bytes'],
    ['a local with characters of two units before it', 'job f(p: string) -> string { "𝒜𝒷 ${┆p}" }', ipvm('p: string')],
    [
      'what is in a half-written file',
      'job f(p: Picture) -> string {\n  let x = (\n  let y = ┆p.name\n',
      ipvm('p: Picture'),
    ],
  ])('of %s', async (_, text, expected) => {
    expect((await said(text))?.markdown).toBe(expected)
  })

  test.each<[string, string, RegExp]>([
    [
      'a function of a component',
      'job f(b: bytes) -> bytes { filters.image.┆blur(png.decode(b), 1) }',
      /^```wit\nblur: func\(picture: picture, radius: [us]\d+\) -> .*;\n```/,
    ],
    [
      'an interface of a component',
      'job f(b: bytes) -> bytes { filters.┆image.blur(png.decode(b), 1) }',
      /^```wit\ninterface image \{\n[^]*blur: func[^]*\n\}\n```$/,
    ],
    [
      'a type of a component',
      'job f(p: filters.image.┆picture) -> u32 { 1 }',
      /^```wit\nrecord picture \{\n {2}[^]*\n\}\n```/,
    ],
    ['a component', 'job f(b: bytes) -> bytes { ┆png.decode(b) }', /^```wit\n[^]*world png \{[^]*```\n\nCID `baf\w+`$/],
    ['the source of an import', 'import x from "┆./png.wasm"', /CID `baf\w+`$/],
    [
      'an effect',
      'job f() -> bytes { ┆fs.read("") }',
      /^```ipvm\neffect fs\("file:"\) \{\n {2}query read\(path: string\) -> bytes\n/,
    ],
    ['a command', 'job f() -> u64 { do fs.┆write("", b"") }', /Doing it twice is doing it once\.$/],
    [
      'a long signature',
      `job long(${Array.from({ length: 9 }, (_, i) => `parameter${i}: u32`).join(', ')}) -> u32 { 1 }\njob f() -> u32 { ┆long() }`,
      /long\(\n {2}parameter0: u32,\n {2}parameter1: u32,/,
    ],
  ])('of %s', async (_, text, expected) => {
    expect((await said(text))?.markdown).toMatch(expected)
  })

  test.each([
    ['in a comment', '// a ┆job'],
    ['of white space', 'job f() -> u32 { ┆ 1 }'],
    ['in a text', 'job f() -> string { "a ┆job b" }'],
    ['of what is unknown', 'job f() -> u32 { ┆nothing }'],
    ['of a bracket', 'job f() -> u32 { helper(1 ┆) }'],
  ])('nothing %s', async (_, text) => {
    expect(await said(text)).toBeUndefined()
  })

  test('of a name that is a keyword elsewhere', async () => {
    expect((await said('job f(test: u8) -> u8 { ┆test }'))?.markdown).toBe(ipvm('test: u8'))
    expect(await said('job f(p: Picture) -> u8 { p.┆test }')).toBeUndefined()
  })

  test.each<[string, string, RegExp]>([
    ['`as` of an import', 'import { fs a┆s files } from "ipvm:effects"', /import.*another name/],
    [
      '`from` of a `fold`',
      'job f(xs: list<u32>) -> u32 { fold xs fro┆m 0 with (a, x) => a + x }',
      /a `fold` begins with/,
    ],
    ['`with` of a `reduce`', 'job f(xs: list<u32>) -> u32 { reduce xs wi┆th (a, b) => a + b }', /joins elements/],
    ['`with` of a `fold`', 'job f(xs: list<u32>) -> u32 { fold xs from 0 wi┆th (a, x) => a + x }', /joins elements/],
    ['`import` of names', 'imp┆ort { time } from "ipvm:effects"', /`import \{ area \}/],
    ['`export` of a type', 'exp┆ort type T = u8', /types, constants and effects/],
  ])('what is true of %s', async (_, text, expected) => {
    expect((await said(text))?.markdown).toMatch(expected)
  })

  test('of the whole name, wherever the cursor is in it', async () => {
    const fixture = new Fixture(`${head}job f() -> u32 { hel┆per(1) }`)
    const found = await fixture.at(hover)
    expect(fixture.textsOf('/main.ipvm', [found!.range])).toEqual(['helper'])
  })
})

test('nothing is told of a component that is gone', async () => {
  const { host } = new Fixture('').workspace
  let isGone = false
  const workspace = new Workspace({
    ...host,
    readFile: path => (isGone && path === '/filters.wasm' ? 'missing' : host.readFile(path)),
    realPath: path => (isGone && path === '/filters.wasm' ? undefined : host.realPath(path)),
  })
  workspace.set('/a.ipvm', 'import filters from "./filters.wasm"\nexport job main() -> u8 { 1 }\n')
  const asked = () => workspace.use('/a.ipvm', view => hover(view, 8)?.markdown)
  expect(await asked()).toContain('grayscale')
  isGone = true
  workspace.touch()
  expect(await asked()).toBeUndefined()
})

describe('the value of a constant', () => {
  test.each<[string, string | undefined]>([
    ['const ┆a = 2 + 3', '5'],
    ['const b = 2\nconst ┆a = [b, b * 3]', '[2, 6]'],
    ['const ┆a = "x${1 + 1}"', '"x2"'],
    ['type C = enum { red, green }\nconst ┆a: list<C> = [C.red]', undefined],
    ['const ┆a = if 1 == 1 { "`" } else { "" }', '"`"'],
    ['const ┆a = { n: 10 / 4 }', '{ n: 2 }'],
    ['const ┆a = 5', undefined],
    ['const ┆a: list<u8> = [1,2]', undefined],
    ['const ┆a = 1 +', undefined],
    ['const ┆a = if nope { 1 } else { 1 + 1 }', undefined],
    ['const ┆a = "${nope} ${1 + 1}"', undefined],
    ['const ┆a = 1 / 0', undefined],
    ['const ┆a: ipld = { b: 1 + 1 } as ipld', undefined],
    ['const ┆a: list<ipld> = [(1 + 1) as ipld]', undefined],
    ['const ┆a: list<u64> = range(1000000)', undefined],
    [`const ┆a = [${'1 + 1, '.repeat(600)}]`, undefined],
    [`const ┆a = [${'1 + 1, '.repeat(100)}]`, `[${'2, '.repeat(67).slice(0, 199)}…`],
  ])('%s', async (text, wanted) => {
    const fixture = new Fixture(text)
    const found = await fixture.at(hover)
    expect(await constantText(found!.constant!)).toBe(wanted)
  })

  test('is told with it', () => {
    const said = { range: { start: 0, end: 1 }, markdown: 'a' }
    expect(withValue(said, '5').markdown).toBe(`a\n\nComes to\n\n${ipvm('5')}`)
  })
})

describe('the CID of a job', () => {
  test('is that of the job as it is compiled', async () => {
    const fixture = new Fixture(head)
    const { host } = fixture.workspace
    const compiled = await compile(host, '/main.ipvm', { job: 'helper' })
    expect(await fixture.in('/main.ipvm', view => jobCid(view, 'helper'))).toEqual({
      cid: compiled.ok && compiled.value.job.toString(),
      tasks: compiled.ok && compiled.value.tasks,
    })
  })

  test('follows the text that is open', async () => {
    const fixture = new Fixture('job one() -> u8 { 1 }')
    const before = await fixture.in('/main.ipvm', view => jobCid(view, 'one'))
    fixture.workspace.set('/main.ipvm', 'job one() -> u8 { 2 }')
    const after = await fixture.in('/main.ipvm', view => jobCid(view, 'one'))
    expect(before).toMatchObject({ cid: expect.stringMatching(/^bafy/) })
    expect(after).toMatchObject({ cid: expect.stringMatching(/^bafy/) })
    expect(after).not.toEqual(before)
  })

  test.each([
    ['where something is wrong', 'job one() -> u8 { nothing }', 'one', 'The file has errors.'],
    ['where there is no such job', 'job one() -> u8 { 1 }', 'two', 'There is no job `two` here. It has: one.'],
  ])('is none %s', async (_, text, job, why) => {
    expect(await new Fixture(text).in('/main.ipvm', view => jobCid(view, job))).toEqual({ why })
  })

  test('is none where something is wrong in a file that is imported', async () => {
    const fixture = new Fixture({
      'main.ipvm': 'import { two } from "./other.ipvm"\njob one() -> u8 { two() }',
      'other.ipvm': 'export job two() -> u8 { 256 }',
    })
    const why = 'The file has errors.'
    expect(await fixture.in('/main.ipvm', view => jobCid(view, 'one'))).toEqual({ why })
    expect(await fixture.in('/main.ipvm', view => jobGraph(view, 'one'))).toEqual({ why })
  })

  test('there is none, and no graph, of two jobs of one name', async () => {
    const fixture = new Fixture('job one(a: u8) -> u8 { a }\njob one(b: string) -> string { b }')
    const why = 'The file has errors.'
    expect(await fixture.in('/main.ipvm', view => jobCid(view, 'one'))).toEqual({ why })
    expect(await fixture.in('/main.ipvm', view => jobGraph(view, 'one'))).toEqual({ why })
  })

  test('is told of jobs alone, by the files that declare them', async () => {
    const own = await said('job f() -> u32 { ┆helper(1) }')
    expect(own?.job).toEqual({ path: '/main.ipvm', name: 'helper' })
    const imported = new Fixture({
      'main.ipvm': 'import { two as three } from "./other.ipvm"\njob one() -> u8 { ┆three() }',
      'other.ipvm': 'export job two() -> u8 { 2 }',
    })
    expect((await imported.at(hover))?.job).toEqual({ path: '/other.ipvm', name: 'two' })
    expect(withCid(own!, 'bafy').markdown).toMatch(/\n\nCID `bafy`$/)
    expect((await said('job f() -> u32 { ┆edge }'))?.job).toBeUndefined()
  })
})
