import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse } from '../../grammar/parse.ts'
import { format } from '../../grammar/format.ts'
import { Lines } from '../../grammar/source.ts'
import { LSPErrorCodes, type Connection, type TextEdit } from 'vscode-languageserver'
import { memoryHost } from '../harness/memory.ts'
import { answerEdits } from '../../lsp/answers/edits.ts'
import { toOffsets } from '../../lsp/convert.ts'
import { Desk } from '../../lsp/desk.ts'
import { lineEdits } from '../../lsp/edits.ts'
import { Formatter, indentTyped, partsOf } from '../../lsp/features/formatting.ts'
import type { Edit } from '../../lsp/interface.ts'
import { applyEdits } from '../../lsp/sight.ts'
import { Workspace } from '../../lsp/workspace.ts'
import { uriOf } from './client.ts'
import { apply, edit, files } from '../grammar/edits.ts'
import { cases, seed } from '../harness/seeds.ts'
import { Fixture } from './harness.ts'

const path = '/main.ipvm'

async function edits(text: string, formatter = new Formatter(), every?: number): Promise<Edit[]> {
  const { module: tree, comments, diagnostics: syntax } = parse(text, 'main.ipvm')
  return formatter.document(path, partsOf({ text, tree, comments, syntax }, every))
}

describe('a document', () => {
  test.each([
    ['as it is written in the language', 'job f( ) -> u8 {\n1\n}', 'job f() -> u8 {\n  1\n}\n'],
    ['blank lines at the end', 'job f() -> u8 {\n  1\n}\n\n\n', 'job f() -> u8 {\n  1\n}\n'],
    ['CRLF stays', 'job f( ) -> u8 {\r\n1\r\n}\r\n', 'job f() -> u8 {\r\n  1\r\n}\r\n'],
    ['astral characters', '// \u{1f600}\njob f( ) -> string { "\u{1f600}" }', '// \u{1f600}\njob f() -> string { "\u{1f600}" }\n'], // prettier-ignore
    ['with errors it stays', 'job f( ) -> u8 {\n1 +\n}', 'job f( ) -> u8 {\n1 +\n}'],
    ['what is wrong in meaning is formatted', 'job f( ) -> u8 {\nnope\n}', 'job f() -> u8 {\n  nope\n}\n'],
    ['nothing', '', ''],
  ])('%s', async (_, text, wanted) => {
    expect(applyEdits(text, await edits(text))).toBe(wanted)
  })

  test('a view is what it needs', async () => {
    const fixture = new Fixture('job f( ) -> u8 { 1 }')
    const parts = await fixture.in(path, view => partsOf(view))
    expect(await new Formatter().document(path, parts)).not.toEqual([])
  })

  test('what has its form is not touched', async () => {
    const text = 'job f() -> u8 {\n  let a =   1\n  a\n}\n\njob g() -> u8 {\n  1\n}\n'
    expect(await edits(text)).toEqual([{ start: 26, end: 28, text: '' }])
    expect(await edits((await formatted(text))!)).toEqual([])
  })

  const formatted = async (text: string): Promise<string | undefined> => {
    const found = await format(text, 'main.ipvm')
    return found.ok ? found.text : undefined
  }

  const isCrlf = (text: string): boolean => text.includes('\r\n') && !/(?<!\r)\n/.test(text)
  const crlf = (text: string): string => text.replaceAll('\n', '\r\n')

  test('in parts it comes out as at once, after edits too', async () => {
    const mixed = [...files.values()].join('\n\n\n')
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(mixed, ...files.values()),
        fc.array(edit, { maxLength: 3 }),
        fc.constantFrom(1, 2, 5),
        async (first, changes, every) => {
          const formatter = new Formatter()
          let text = first
          for (const change of [undefined, ...changes]) {
            if (change) text = apply(text, change)[0]
            const found = await formatted(text)
            const wanted = found ?? text
            // Line ends that are mixed are made equal; those of a file of another system stay.
            const ended = found !== undefined && isCrlf(text) ? crlf(wanted) : wanted
            expect(applyEdits(text, await edits(text, formatter, every))).toBe(ended)
            if (text.includes('\r')) continue
            expect(applyEdits(crlf(text), await edits(crlf(text), formatter, every))).toBe(crlf(wanted))
          }
        },
      ),
      { numRuns: 40 },
    )
  }, 120_000)

  test('a part that is known is not formatted again', async () => {
    const text = (n: number): string => Array.from({ length: 50 }, (_, i) => `job f${i}( ) -> u8 {\n  ${i === 30 ? n : i}\n}`).join('\n\n') // prettier-ignore
    let asked = 0
    const formatter = new Formatter(async part => {
      asked++
      return `${part}\n`
    })
    await edits(text(1), formatter, 2)
    const parts = asked
    expect(parts).toBeGreaterThan(5)
    await edits(text(2), formatter, 2)
    expect(asked).toBe(parts + 1)
  })
})

/** The server of a long text that is read, and what asks it to format that: it is asked once before it does. */
async function longText(): Promise<{
  workspace: Workspace
  text: string
  format: (isCancelled?: () => boolean) => Promise<TextEdit[]>
}> {
  const workspace = new Workspace(memoryHost({}))
  const text = Array.from({ length: 1500 }, (_, i) => `job f${i}( ) -> u8 {\n  1\n}\n`).join('\n')
  workspace.set(path, text)
  await workspace.useAt(path, -1, () => undefined)
  const handlers = new Map<string, (params: unknown, token: unknown) => Promise<TextEdit[]>>()
  const take = (_: unknown, name: string): unknown =>
    name === 'workspace' ? connection : (handler: never) => void handlers.set(name, handler)
  const connection = new Proxy({}, { get: take }) as Connection
  answerEdits(connection, new Desk(workspace, { sources: () => [], keep: async () => undefined }), 0)
  const ask = (isCancelled = (): boolean => false): Promise<TextEdit[]> => {
    const token = {
      get isCancellationRequested(): boolean {
        return isCancelled()
      },
    }
    return handlers.get('onDocumentFormatting')!({ textDocument: { uri: uriOf(path) } }, token)
  }
  return { workspace, text, format: ask }
}

test('a long text is not formatted to its end for somebody who does not wait for it, or who has changed it', async () => {
  const { workspace, text, format } = await longText()
  let asked = 0
  await expect(format(() => ++asked > 1)).rejects.toMatchObject({ code: LSPErrorCodes.RequestCancelled })
  asked = 0
  const change = (): boolean => {
    if (++asked > 1) workspace.set(path, `${text}\n`)
    return false
  }
  await expect(format(change)).rejects.toMatchObject({ code: LSPErrorCodes.ContentModified })
  expect((await format()).length).toBeGreaterThan(500)
})

test('while a long text is formatted others have their turns', async () => {
  const { workspace, format } = await longText()
  let isDone = false
  let asked = 0
  const edits = format(() => ++asked < 0).then(found => {
    isDone = true
    return found
  })
  while (asked < 2) await workspace.useItems(path, () => undefined)
  for (let turns = 0; turns < 3; turns++) {
    await workspace.useNear(path, 10, () => undefined)
    expect(isDone).toBe(false)
  }
  expect((await edits).length).toBeGreaterThan(500)
})

test('what is looked at with other names while it is formatted is formatted as it is', async () => {
  const { workspace, text, format: ask } = await longText()
  const found = await format(text, 'main.ipvm')
  let asked = 0
  let looked: Promise<unknown> | undefined
  const edits = await ask(() => {
    const other = new Map([[path, `// A line more.\n\n${text}`]])
    if (++asked === 5) looked = workspace.suppose(other, check => check(path))
    return false
  })
  await looked
  const lines = new Lines(text)
  const inText = edits.map(({ range, newText }): Edit => ({ ...toOffsets(lines, range), text: newText }))
  expect(applyEdits(text, inText)).toBe(found.ok && found.text)
})

test('what a brace closes is formatted, from the line on which it opens', async () => {
  const closed = async (marked: string): Promise<string> => {
    const offset = marked.indexOf('┆')
    const text = marked.replace('┆', '')
    const { module: tree, comments, diagnostics: syntax } = parse(text, 'main.ipvm')
    return applyEdits(text, await new Formatter().closed(path, partsOf({ text, tree, comments, syntax }), offset))
  }
  const other = 'job f( ) -> u8 { 1 }\n\n'
  expect(await closed(`${other}job g( ) -> u8 {\n1\n  }┆\n`)).toBe(`${other}job g() -> u8 {\n  1\n}\n`)
  expect(await closed(`${other}job g( ) -> u8 {\n1 +\n  }┆\n`)).toBe(`${other}job g( ) -> u8 {\n1 +\n}\n`)
  const within = 'job f() -> string {\n  let a  =  1\n  "x}┆"\n}\n'
  expect(await closed(within)).toBe(within.replace('┆', ''))
})

describe.each([
  ['LF', '\n'],
  ['CRLF', '\r\n'],
])('a range of a file with %s', (_, end) => {
  const inRange = async (text: string, from: string, to: string, formatter = new Formatter()): Promise<string> => {
    const { module: tree, comments, diagnostics: syntax } = parse(text, 'main.ipvm')
    const range = { start: text.indexOf(from), end: text.indexOf(to, text.indexOf(from)) + to.length }
    const parts = partsOf({ text, tree, comments, syntax }, 2)
    return applyEdits(text, await formatter.range(path, parts, range))
  }

  test('changes, and nothing else', async () => {
    const text = 'job f( ) -> u8 {\n  1\n}\n\njob g( ) -> u8 {\n  1\n}\n'.replaceAll('\n', end)
    expect(await inRange(text, 'job g', '}')).toBe(text.replace('g( )', 'g()'))
  })

  test('is formatted in a file in which every line is wrong, by itself', async () => {
    const text = Array.from({ length: 300 }, (_, i) => `job f${i}( ) -> u8 {\n1\n }\n`)
      .join('\n')
      .replaceAll('\n', end)
    let length = 0
    const formatter = new Formatter(async (part, read) => {
      length += part.length
      const found = await (read ? format(read.text, 'part.ipvm', read.parsed) : format(part, 'part.ipvm'))
      return found.ok ? found.text : undefined
    })
    const wanted = text.replace(`f200( ) -> u8 {${end}1${end} }`, `f200() -> u8 {${end}  1${end}}`)
    expect(await inRange(text, 'job f200', '}', formatter)).toBe(wanted)
    expect(length).toBeLessThan(text.length / 10)
  })

  test.each([
    ['a job with blank lines below', 'job a() -> u32 { 1 }\njob b() -> u32 { 2 }\n\n\n', 0, 2],
    ['blank lines', 'job a() -> u32 { 1 }\njob b() -> u32 { 2 }\n\n\n', 2, 4],
    ['an import below a comment', '//! Docs.\n \nimport m from "./m.wasm"\n\n\n\njob f() -> u8 { 1 }\n', 3, 7],
  ])('neither takes away nor doubles %s', async (_, lf, from, to) => {
    const text = lf.replaceAll('\n', end)
    const lines = text.split(end)
    const offset = (line: number): number => lines.slice(0, line).join(end).length + (line > 0 ? end.length : 0)
    const { module: tree, comments, diagnostics: syntax } = parse(text, 'main.ipvm')
    const range = { start: offset(from), end: offset(to) }
    const after = applyEdits(text, await new Formatter().range(path, partsOf({ text, tree, comments, syntax }), range))
    expect(after.replace(/\s+/g, '')).toBe(text.replace(/\s+/g, ''))
  })
})

test('lines of a text, formatted some at a time, are what all of them come to', async () => {
  const at = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })
  const blanks = fc.array(fc.tuple(at, fc.constantFrom('\n\n', '\n \n', ' ')), { maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...files.values()),
      blanks,
      fc.array(fc.tuple(at, fc.nat(12)), { minLength: 1, maxLength: 8 }),
      async (given, blanks, ranges) => {
        const made = given.split('\n')
        for (const [at, blank] of blanks) {
          const line = Math.floor(at * made.length)
          made[line] = `${blank}${made[line]}`
        }
        let text = made.join('\n')
        const wanted = await format(text, 'main.ipvm')
        if (!wanted.ok) return
        const formatter = new Formatter()
        for (const [at, length] of ranges) {
          const { module: tree, comments, diagnostics: syntax } = parse(text, 'main.ipvm')
          const starts = [...text.matchAll(/^/gm)].map(({ index }) => index)
          const first = Math.floor(at * starts.length)
          const range = { start: starts[first]!, end: starts[first + length] ?? text.length }
          text = applyEdits(text, await formatter.range(path, partsOf({ text, tree, comments, syntax }), range))
          expect(await format(text, 'main.ipvm')).toEqual(wanted)
        }
      },
    ),
    { numRuns: cases(150, 3000), seed },
  )
}, 600_000)

describe('edits by lines', () => {
  test.each<[string, string, Edit[]]>([
    ['a\nb\nc\n', 'a\nb\nc\n', []],
    ['a\nb\nc\n', 'a\nx\nc\n', [{ start: 2, end: 3, text: 'x' }]],
    ['a\nc\n', 'a\nb\nc\n', [{ start: 2, end: 2, text: 'b\n' }]],
    ['a\nb\nc\n', 'a\nc\n', [{ start: 2, end: 4, text: '' }]],
    ['a\nb\nc\nd\n', 'a\nB\nc\nD\n', [{ start: 2, end: 3, text: 'B' }, { start: 6, end: 7, text: 'D' }]],
    ['', 'a', [{ start: 0, end: 0, text: 'a' }]],
    ['\u{1f600}\n', '\u{1f601}\n', [{ start: 0, end: 2, text: '\u{1f601}' }]],
  ])('%j → %j', (before, after, wanted) => {
    expect(lineEdits(before, after)).toEqual(wanted)
  }) // prettier-ignore

  test('make one text of the other, in order and apart, and cut no character', () => {
    const line = fc.constantFrom('a\n', 'b\n', '  a\n', '\n', '\u{1f600}\n', '\u{1f601}\n', 'a\r\n', 'a')
    const text = fc.array(line, { maxLength: 12 }).map(lines => lines.join(''))
    fc.assert(
      fc.property(text, text, (before, after) => {
        const found = lineEdits(before, after)
        expect(applyEdits(before, found)).toBe(after)
        let end = 0
        for (const edit of found) {
          expect(edit.start).toBeGreaterThanOrEqual(end)
          expect(edit.text.isWellFormed()).toBe(true)
          expect(before.slice(edit.start, edit.end).isWellFormed()).toBe(true)
          end = edit.end
        }
      }),
    )
  })

  test('a part of many lines is replaced as a whole', () => {
    const lines = (n: number, word: string): string => Array.from({ length: n }, (_, i) => `${word}${i}\n`).join('')
    const found = lineEdits(lines(1000, 'a'), lines(1000, 'b'))
    expect(found).toHaveLength(1)
    expect(applyEdits(lines(1000, 'a'), found)).toBe(lines(1000, 'b'))
  })
})

describe('while typing', () => {
  /** The line of the cursor as it is after what is before the cursor was typed. */
  const typed = (marked: string): string => {
    const offset = marked.indexOf('┆')
    const text = marked.replace('┆', '')
    const after = applyEdits(text, indentTyped({ text }, offset, text[offset - 1]!))
    const line = text.slice(0, offset).split('\n').length - 1
    return after.split('\n')[line]!
  }

  test.each([
    ['in a body', 'job f() -> u8 {\n┆', '  '],
    ['in a block', 'job f() -> u8 {\n  if a {\n┆', '    '],
    ['below a line', 'job f() -> u8 {\n  let a = 1\n┆', '  '],
    ['between brackets', 'job f() -> u8 {\n┆  }', '}'],
    ['in arguments', 'job f() -> u8 {\n  g(\n┆', '    '],
    ['behind a body', 'job f() -> u8 {\n  1\n}\n┆', ''],
    ['at the beginning of a body that is closed', 'job f() -> u8 {\n┆let a = 1\n}', '  let a = 1'],
    ['a brace that closes', 'job f() -> u8 {\n  1\n  }┆', '}'],
    ['a brace that closes a block', 'job f() -> u8 {\n  if a {\n    1\n    }┆', '  }'],
    ['a brace in a line', 'job f() -> u8 {\n      let a = { x: 1 }┆', '      let a = { x: 1 }'],
    ['brackets in texts and comments', 'job f() -> u8 {\n  let a = "{" // {\n┆', '  '],
    ['brackets in texts of texts', 'job f() -> u8 {\n  let a = "x ${len("{")} y"\n┆', '  '],
    ['brackets in bytes', 'job f() -> u8 {\n  let a = (b"${", cid"${")\n┆', '  '],
    ['a text of a text that is not closed', 'job f() -> u8 {\n  let a = "x ${len("{\n┆', '  '],
    ['a bracket behind a text of a text', 'job f() -> u8 {\n  let a = g("x ${len("}")} y", {\n┆', '    '],
    ['a bracket that opens nothing', 'job f() -> u8 {\n  ) ]\n┆', '  '],
    ['a text that is not closed', 'job f() -> u8 {\n  let a = "{\n┆', '  '],
    ['blanks that are there', 'job f() -> u8 {\n        ┆'.replace('        ┆', '┆        '), '  '],
    ['the first line', '┆', ''],
  ])('%s', (_, text, wanted) => {
    expect(typed(text)).toBe(wanted)
  })
})
