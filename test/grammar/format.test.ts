import fc from 'fast-check'
import { format as prettierFormat } from 'prettier'
import { describe, expect, test } from 'vitest'
import { format } from '../../grammar/format.ts'
import { parse } from '../../grammar/parse.ts'
import * as plugin from '../../grammar/prettier.ts'
import { moduleText } from './generate.ts'
import { shape } from './tree.ts'

async function formatted(text: string): Promise<string> {
  const result = await format(text, 'main.ipvm')
  if (!result.ok) throw new Error(result.diagnostics.map(d => d.message).join('\n'))
  return result.text
}

/** Words of the comments of a text, in any order: marks may become plain, places may move. */
function commentWords(text: string): string[] {
  return parse(text, 'x')
    .comments.map(c =>
      text
        .slice(c.start, c.end)
        .replace(/^\/+!?/, '')
        .trim(),
    )
    .sort()
}

describe('format', () => {
  test('keeps the tree and the comments of generated modules, and is idempotent', async () => {
    await fc.assert(
      fc.asyncProperty(moduleText(), async text => {
        const once = await formatted(text)
        expect(shape(parse(once, 'x').module)).toEqual(shape(parse(text, 'x').module))
        expect(commentWords(once)).toEqual(commentWords(text))
        expect(await formatted(once)).toBe(once)
      }),
      { numRuns: 100 },
    )
  })

  test('gives the text that the Prettier plugin gives', async () => {
    await fc.assert(
      fc.asyncProperty(moduleText(), async text => {
        const options = { parser: 'ipvm', plugins: [plugin as never] }
        expect(await prettierFormat(text, options)).toBe(await formatted(text))
      }),
      { numRuns: 30 },
    )
  })

  test('gives equal text for equal programs without comments', async () => {
    await fc.assert(
      fc.asyncProperty(moduleText({ comments: false }), async text => {
        const spaced = text.replace(/ = /g, '   =  ').replace(/\n/g, '\n   ')
        expect(await formatted(spaced)).toBe(await formatted(text))
      }),
      { numRuns: 40 },
    )
  })

  test('writes the style of the language', async () => {
    const text = `//! Thumbnails.
import image from "./image.wasm" {crop: func(data:list<u8>)->list<u8>}
config{time:30s,memory:64MiB // enough
}
/// One picture.
type Picture=record{name:string,data:bytes}
const edge:u32=0xFF_FF   // wide
export job thumbnail(source:bytes,size:u32=edge,)->bytes{
let cropped=image.crop(source,x:150,y:350,width:size,height:size,another:1_000,last:"a long text")


let upright=(image.rotate90((cropped)) with{time:5s

memory:1GB})
  // the result
image.grayscale(upright)}
job one()->u32{(1)}`
    expect(await formatted(text)).toMatchInlineSnapshot(`
      "//! Thumbnails.
      import image from "./image.wasm" { crop: func(data: list<u8>) -> list<u8> }
      config {
        time: 30s
        memory: 64MiB // enough
      }
      /// One picture.
      type Picture = record { name: string, data: bytes }
      const edge: u32 = 0xFF_FF // wide

      export job thumbnail(source: bytes, size: u32 = edge) -> bytes {
        let cropped = image.crop(
          source,
          x: 150,
          y: 350,
          width: size,
          height: size,
          another: 1_000,
          last: "a long text",
        )

        let upright = image.rotate90(cropped) with { time: 5s, memory: 1GB }
        // the result
        image.grayscale(upright)
      }

      job one() -> u32 { 1 }
      "
    `)
  })

  test('does not touch a text with syntax errors', async () => {
    const result = await format('const a = [1, 2', 'main.ipvm')
    expect(result).toMatchObject({ ok: false, diagnostics: [{ name: 'Unclosed' }] })
  })

  test('keeps what is nested too deeply to be broken as it is written', async () => {
    const deep: Record<string, [open: string, middle: string, close: string]> = {
      lists: ['[', '1', ' ]'],
      calls: ['f(', '1', ')'],
      records: ['{ a:', '1', '}'],
      'operators to the left': ['', 'a', ' + b'],
      'operators to the right': ['a && (', 'b', ')'],
      negations: ['!', 'a', ''],
      minus: ['-', 'a', ''],
      conversions: ['', 'a', ' as u8'],
      members: ['', 'a', '.b'],
      marks: ['', 'a()', '?'],
      limits: ['f(', '1', ') with {}'],
      attempts: ['try ', 'a', ''],
      commands: ['do ', 'a()', ''],
      rescues: ['', 'a()', ' catch e => b'],
      'rescues of rescues': ['a() catch e => (', 'b', ')'],
      undoing: ['do a() undo r => (', 'b', ')'],
      conditions: ['if a { ', 'b', ' } else { c }'],
      'conditions in conditions': ['if (', 'a', ') { b }'],
      'chains of conditions': ['if a { b } else ', '{ c }', ''],
      matches: ['match a { b => ', 'c', ', _ => d }'],
      loops: ['for x in xs { ', 'x', ' }'],
      'lists of loops': ['for x in (', 'xs', ') { x }'],
      reductions: ['reduce xs with (a, b) => (', 'c', ')'],
      folds: ['fold xs from 1 with (a, b) => ', 'c', ''],
      blocks: ['for x in xs {\nlet y = 1\n', 'x', ' }'],
      texts: ['"a ${', 'b', '}"'],
    }
    for (const [name, [open, middle, close]] of Object.entries(deep)) {
      const nested = (times: number) => `const a = ${open.repeat(times)}${middle}${close.repeat(times)}\n`
      for (const text of [nested(130), nested(230)]) {
        const once = await formatted(text)
        expect(shape(parse(once, 'x').module), name).toEqual(shape(parse(text, 'x').module))
        expect(await formatted(once), name).toBe(once)
      }
      const deepest = [990, 490, 330, 240].map(nested).find(text => parse(text, 'x').diagnostics.length === 0)!
      const once = await formatted(deepest)
      expect(await formatted(once), name).toBe(once)
    }
  })

  // Each takes seconds; in time that grows with the square it would be minutes.
  test.each([
    ['comments that move above', `const a = 1\n${'  // b\n'.repeat(200_000)}  + 1\n`],
    ['operations', `effect e("e:") {\n${'  query a()\n'.repeat(50_000)}}\n`],
  ])('takes time in proportion to %s', async (_, text) => {
    expect((await formatted(text)).length).toBeGreaterThan(text.length / 2)
  })

  test('an empty file stays empty, and one of comments keeps them', async () => {
    expect(await formatted('')).toBe('')
    expect(await formatted('\n\n')).toBe('')
    expect(await formatted('// a\n\n\n// b')).toBe('// a\n\n// b\n')
  })

  test('reads any line ends, a byte order mark and tabs, and writes its own', async () => {
    const text = 'job f() -> u8 {\r\n\tlet a = 1\r\n\r\n\r\n\ta\r\n}\r\n'
    expect(await formatted(text)).toBe('job f() -> u8 {\n  let a = 1\n\n  a\n}\n')
    expect(await formatted('\ufeffconst a=1')).toBe('\ufeffconst a = 1\n')
  })
})
