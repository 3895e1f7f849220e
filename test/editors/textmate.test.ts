import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { grammarFile, textMateFile } from '../../editors/textmate.ts'
import { builtIns } from '../../compiler/check/builtins.ts'
import { keywords } from '../../grammar/keywords.ts'
import { units } from '../../grammar/literals.ts'
import { childrenOf, type Node } from '../../grammar/nodes.ts'
import { parse } from '../../grammar/parse.ts'
import { lex, type TokenType } from '../../grammar/tokens.ts'
import { isKeyword, tokenise } from './tokenise.ts'

const root = join(import.meta.dirname, '../..')

test('the file of the grammar is what is made of the table of keywords', () => {
  expect(readFileSync(grammarFile, 'utf8') === textMateFile(), 'run node editors/textmate.ts').toBe(true)
})

/** For each keyword a text where it is one, between `«»`, and one where it is a name, if it can be. */
const uses: Record<string, readonly [keyword: string, name?: string]> = {
  import: ['«import» image from "./image.wasm"', 'job f() -> u8 {\n  «import»(1)\n}'],
  from: ['import image «from» "./image.wasm"', 'job f(«from»: s32) -> s32 { 1 - «from» }'],
  config: ['«config» { time: 30s }', 'job f() -> u8 { «config» + 1 }'],
  type: ['export «type» Size = u8', 'const «type»: u8 = 1'],
  const: ['«const» edge: u32 = 256', 'job f() -> u8 { «const»(1) }'],
  export: ['«export» job main() -> u32 { 1 }', 'job f() -> u8 { a.«export» }'],
  job: ['«job» main() -> u32 { 1 }', 'job «job»(«job»: u8) -> u32 {\n  let «job» = a.«job»(«job»: 1)\n  «job»\n}'],
  let: ['job f() -> u8 {\n  «let» a = 1\n  a\n}', 'job f() -> u8 { g(«let»: 1).«let» }'],
  true: ['const a = «true»', 'const a = f(«true»: 1)'],
  false: ['const a = [«false», true]', 'const a = x.«false»'],
  embed: ['const a = «embed» "./cat.png"', 'const a = «embed» + 1'],
  with: ['const a = f(x) «with» { time: 5s }', 'const a = f(«with»: 1, b: «with»)'],
  record: ['type A = «record» { name: string }', 'const «record»: u8 = 1'],
  variant: ['type A = «variant» { none, some(u8) }', 'type B = record { «variant»: u8 }'],
  enum: ['type A = «enum» { red, green }', 'type B = variant { «enum», a(u8) }'],
  flags: ['type A = «flags» { read, write }', 'const a = for f in «flags» { f }'],
  func: ['import a from "./a.wasm" {\n  f: «func»(a: u8) -> u8\n}', 'const a = «func»(1)'],
  if: ['const a = «if» ready { 1 } else { 2 }', 'type A = enum { «if», none }'],
  else: ['const a = if ready { 1 } «else» { 2 }', 'const a = x.«else»'],
  match: ['const a = «match» found { none => 0 }', 'const a = { «match», read }'],
  for: ['const a = «for» x, i in xs { f(x) }', 'const a = { «for»: 1 }'],
  in: ['const a = for x, i «in» xs { f(x) }', 'const a = { read, «in» }'],
  do: ['job f() -> () { «do» fs.write(a, b) }', 'const a = x.«do»'],
  try: ['const a = «try» f(x)', 'type A = record { «try»: u8 }'],
  reduce: ['const a = «reduce» xs with f', 'const a = «reduce»(xs) + «reduce»'],
  fold: ['const a = «fold» [1, 2] from 0 with (sum, x) => sum + x', 'const a = «fold» - 1'],
  as: ['const a = n «as» list<u8>', 'const a = «as» + 1'],
  catch: ['const a = f(x) «catch» failure => 0', 'const a = g(«catch»)'],
  after: ['const a = fs.read(path) «after» (written, b)', 'job f(«after»: u8) -> u8 { «after» + 1 }'],
  undo: ['const a = do f(x) «undo» r => do drop(r.id)', 'const a = do «undo»(x)'],
  uses: ['job f() -> () «uses» http.get, fs.write { g() }', 'job f(«uses»: u8) -> «uses» { «uses» }'],
  effect: ['«effect» mail("mailto:") {\n  note a()\n}', 'const a = «effect»'],
  query: ['effect a("a:") {\n  «query» unread() -> u32\n}', 'const a = «query»(1)'],
  note: ['effect a("a:") {\n  «note» tell(line: string)\n}', 'effect a("a:") {\n  query «note»(«note»: u8)\n}'],
  idempotent: ['effect a("a:") {\n  «idempotent» command drop(id: u8)\n}', 'const a = «idempotent»'],
  command: ['effect a("a:") {\n  idempotent «command» drop()\n}', 'effect a("a:") {\n  command «command»()\n}'],
  test: ['«test» "adds" { assert true }', 'job f() -> u8 {\n  «test»("a")\n}'],
  assert: ['test "a" {\n  «assert» a == b\n}', 'job f() -> u8 {\n  «assert»\n}'],
  fails: ['test "a" {\n  assert «fails» f(x)\n}', 'test "a" {\n  assert «fails» == 1\n}'],
  given: ['test "a" {\n  «given» time.now() => 0\n}', 'test "a" {\n  assert «given».a == 1\n}'],
}

describe('every keyword of the table', () => {
  test.each(keywords.map(({ text }) => text))('%s', async text => {
    const [keyword, name] = uses[text]!
    const colours = async (marked: string): Promise<boolean[]> => {
      const pieces = await tokenise(marked.replace(/[«»]/g, ''))
      return [...marked.matchAll(/«/g)].map((mark, i) => {
        const piece = pieces.find(({ start }) => start === mark.index - 2 * i)
        expect(piece?.text, marked).toBe(text)
        return isKeyword(piece!)
      })
    }
    expect(await colours(keyword)).toEqual([true])
    if (name !== undefined) expect(new Set(await colours(name)), name).toEqual(new Set([false]))
  })
})

describe('what the table does not have', () => {
  test('all built-in functions', async () => {
    for (const name of builtIns)
      expect((await tokenise(`const a = ${name}(x)`)).find(({ text }) => text === name)?.scopes).toEqual([
        'support.function.builtin',
      ])
  })

  test('all units', async () => {
    for (const unit of [...Object.keys(units.durations), ...Object.keys(units.sizes)])
      expect((await tokenise(`const a = 1_0${unit}`)).slice(-2).map(({ text, scopes }) => [text, ...scopes])).toEqual([
        ['1_0', 'constant.numeric.decimal'],
        [unit, 'keyword.other.unit'],
      ])
  })
})

const samples = [
  ...globSync('examples/**/*.ipvm', { cwd: root }).map(file => [file, readFileSync(join(root, file), 'utf8')]),
  ...[...readFileSync(join(root, 'docs/language.md'), 'utf8').matchAll(/```ipvm\n(.*?)```/gs)]
    .map(([, text], i): [string, string] => [`sample ${i + 1} of the manual`, text!])
    .filter(([, text]) => parse(text, 'main.ipvm').diagnostics.length === 0),
] as [string, string][]

describe('keywords are those of the parser', () => {
  test.each(samples)('%s', async (_, text) => {
    const names = new Set([...namesOf(parse(text, 'main.ipvm').module)].map(({ start }) => start))
    const colours = new Map((await tokenise(text)).map(piece => [piece.start, piece]))
    const isWord = (type: TokenType): boolean => type.name.endsWith('Word')
    for (const { tokenType, image, startOffset } of lex(text).tokens) {
      const piece = colours.get(startOffset)
      const place = `${image} in ${text.slice(text.lastIndexOf('\n', startOffset) + 1).split('\n')[0]}`
      if (isWord(tokenType)) expect([place, piece && isKeyword(piece)]).toEqual([place, !names.has(startOffset)])
      else if (tokenType.name === 'Name') {
        expect([place, piece?.text.slice(0, image.length)]).toEqual([place, image])
        expect([place, isKeyword(piece!)]).toEqual([place, false])
      }
    }
  })

  test('there are samples, with many of the keywords', () => {
    const words = new Set(samples.flatMap(([, text]) => lex(text).tokens.map(({ image }) => image)))
    expect(samples.length).toBeGreaterThan(20)
    expect(keywords.filter(({ text }) => !words.has(text)).map(({ text }) => text)).toEqual([])
  })
})

/** Every place where the parser has found a name. */
function* namesOf(node: Node): Generator<{ start: number }> {
  if (node.kind === 'Name' || node.kind === 'Reference') yield node
  for (const child of childrenOf(node)) yield* namesOf(child)
}

describe('lines', () => {
  test.each([
    '//! about the file',
    '/// about what follows',
    '//// a plain comment // and more',
    'let a = "x" // not "a string"',
    'import { Size, square as sq } from "./shapes.ipvm"',
    'import image from "ipfs://bafybei" { crop: func(data: bytes) -> list<u8> }',
    'next-u32 - 1 + a-1 -1 - -2',
    'const big: u64 = 0xff_ff + 1_000 + 1.5e-3',
    'config { time: 30s, memory: 64MiB, retry: 2 }',
    'let t = pair.0.1 + xs[0]',
    '"a ${f("b ${x}", { y: 1 })} c \\n \\u{1F600} \\q $ {"',
    '"not closed ${a',
    'b"\\x00\\n${a}" == cid"bafy${a}" && \'c\' != \'\\n\'',
    'job crop-all(xs: list<option<image.angle>> = [none], n: u32 = (1 + 2)) -> result<_, E> uses http.get, log.write {',
    'type Shape = variant { none, circle(f64), box(record { w: u32 }) }',
    'export type Rights = flags { read, if }',
    'let x: tuple<u8, ()> = (1, ()) as tuple<u8, ()>',
    'match v { some(x) => x?, Color.red => 1, _ => none }',
    'do http.post(url, body: b"x")?.status catch _ => 0',
    'fold xs from "" with (line, x) => "${line}${x}"',
    'effect mail("mailto:") { idempotent command recall(id: u64) -> () }',
    'test "a" { given http.get(url: _) => ok(1) }',
  ])('%s', async line => {
    const pieces = (await tokenise(line)).filter(({ text }) => text.trim() !== '')
    expect(pieces.map(({ text, scopes }) => `${text.padEnd(14)} ${scopes.join(' ')}`.trimEnd())).toMatchSnapshot()
  })

  test('a text that is not closed ends with its line, an item with the next one', async () => {
    const pieces = await tokenise('const a = "x ${f({\njob f(a: u8\nimport image\nexport job g() -> u8 { 1 }')
    expect(pieces.filter(isKeyword).map(({ text }) => text)).toEqual(['const', 'job', 'import', 'export', 'job'])
  })
})
