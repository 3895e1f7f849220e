import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { format } from '../../grammar/format.ts'
import { parse } from '../../grammar/parse.ts'
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
    for (const [open, close] of [
      ['[', ' ]'],
      ['f(', ')'],
      ['{ a:', '}'],
    ] as const) {
      const text = `const a = ${open.repeat(900)}1${close.repeat(900)}\n`
      const once = await formatted(text)
      expect(shape(parse(once, 'x').module)).toEqual(shape(parse(text, 'x').module))
      expect(await formatted(once)).toBe(once)
    }
  })

  test('an empty file stays empty, and one of comments keeps them', async () => {
    expect(await formatted('')).toBe('')
    expect(await formatted('\n\n')).toBe('')
    expect(await formatted('// a\n\n\n// b')).toBe('// a\n\n// b\n')
  })
})
