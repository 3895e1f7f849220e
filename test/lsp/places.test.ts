import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type {
  DocumentSymbol,
  Position,
  Range,
  SelectionRange,
  SemanticTokens,
  SemanticTokensDelta,
} from 'vscode-languageserver/node'
import { TextDocument } from 'vscode-languageserver-textdocument'
import { edit, changed, files, word } from '../grammar/edits.ts'
import { cases } from '../harness/seeds.ts'
import { Client, uriOf } from './client.ts'

/** How many texts are tried. */
const runs = cases(40, 5_000)

const options = { tabSize: 2, insertSpaces: true }
/** What is asked of a place, and of a whole file. */
const ofPlaces: [string, (position: Position) => object][] = [
  ...[
    ...['completion', 'hover', 'signatureHelp', 'definition', 'typeDefinition', 'documentHighlight'],
    ...['prepareRename', 'linkedEditingRange', 'prepareCallHierarchy'],
  ].map((method): [string, (position: Position) => object] => [method, position => ({ position })]),
  ['references', position => ({ position, context: { includeDeclaration: true } })],
  ['rename', position => ({ position, newName: 'other-1' })],
  ['selectionRange', position => ({ positions: [position] })],
  ['codeAction', position => ({ range: { start: position, end: position }, context: { diagnostics: [] } })],
  ['onTypeFormatting', position => ({ position, ch: '\n', options })],
  ['onTypeFormatting', position => ({ position, ch: '}', options })],
]
const ofFiles: [string, object][] = [
  ...['documentSymbol', 'foldingRange', 'codeLens', 'documentLink', 'diagnostic'].map((method): [string, object] => [
    method,
    {},
  ]),
  ['formatting', { options }],
]

let client: Client
beforeAll(async () => {
  client = new Client()
  const examples = fileURLToPath(new URL('../../examples', import.meta.url))
  await client.start([examples], { textDocument: { diagnostic: {} } })
})
afterAll(() => void client.child.kill())

/** An answer, or nothing where there is none for a reason that is told in a sentence. */
async function answer<T>(method: string, path: string, params: object): Promise<T | undefined> {
  try {
    return await client.ask<T>(method, path, params)
  } catch (error) {
    const { code, message } = error as { code: number; message: string }
    expect([method, code], message).toEqual([expect.stringMatching(/ename$/), -32803])
    expect(message).toMatch(/^[A-Z`][^\n]*[.)]$/)
    return undefined
  }
}

/** All ranges of a file that an answer holds. */
function* rangesIn(value: unknown, uri: string): Generator<Range> {
  if (typeof value !== 'object' || value === null) return
  const { start, end, ...others } = value as Partial<Range>
  const {
    uri: own,
    targetUri,
    textDocument,
  } = value as { uri?: string; targetUri?: string; textDocument?: { uri: string } }
  if ((own ?? targetUri ?? textDocument?.uri ?? uri) !== uri) return
  if (typeof start === 'object' && typeof end === 'object') yield { start, end }
  for (const part of Object.values(others)) yield* rangesIn(part, uri)
}

function isIn(document: TextDocument, { start, end }: Range): boolean {
  const isPlace = (position: Position): boolean => {
    const { line, character } = document.positionAt(document.offsetAt(position))
    return line === position.line && character === position.character
  }
  return isPlace(start) && isPlace(end) && document.offsetAt(start) <= document.offsetAt(end)
}

/** A selection holds the one before, and the first one the place. */
function expectNested(document: TextDocument, selections: SelectionRange[], position: Position): void {
  expect(selections.length).toBe(1)
  let inner = { start: position, end: position }
  for (let next = selections[0]; next; next = next.parent) {
    expect(document.offsetAt(next.range.start)).toBeLessThanOrEqual(document.offsetAt(inner.start))
    expect(document.offsetAt(next.range.end)).toBeGreaterThanOrEqual(document.offsetAt(inner.end))
    inner = next.range
  }
}

/** What has changed of colours, and those of two parts of a file, are those of all of it. */
async function expectSameTokens(path: string, document: TextDocument, before: SemanticTokens): Promise<void> {
  const previousResultId = before.resultId
  const { edits } = await client.ask<SemanticTokensDelta>('semanticTokens/full/delta', path, { previousResultId })
  const { data } = await client.ask<SemanticTokens>('semanticTokens/full', path)
  const patched = [...before.data]
  for (const { start, deleteCount, data: more } of edits) patched.splice(start, deleteCount, ...(more ?? []))
  expect(patched).toEqual(data)
  const start = { line: 0, character: 0 }
  const middle = { line: Math.floor(document.lineCount / 2), character: 0 }
  const end = document.positionAt(document.getText().length)
  const partOf = async (range: Range): Promise<string[]> =>
    placed((await client.ask<SemanticTokens>('semanticTokens/range', path, { range })).data)
  const [above, below] = [await partOf({ start, end: middle }), await partOf({ start: middle, end })]
  // What is declared elsewhere is not told.
  const symbols = await client.ask<DocumentSymbol[]>('documentSymbol', path)
  const [first, last] = [symbols[0]?.range, symbols.at(-1)?.range]
  if (last && last.start.line > middle.line)
    for (const token of above) expect(parseInt(token)).toBeLessThan(last.start.line)
  if (first && first.end.line < middle.line)
    for (const token of below) expect(parseInt(token)).toBeGreaterThan(first.end.line)
  // One that stands in both is told twice.
  expect([...new Set([...above, ...below])]).toEqual(placed(data))
}

/** Tokens with their lines and characters. */
function placed(data: number[]): string[] {
  let [line, character] = [0, 0]
  return Array.from({ length: data.length / 5 }, (_, i) => {
    const [lines, characters, ...rest] = data.slice(5 * i, 5 * i + 5) as [number, number, ...number[]]
    character = lines === 0 ? character + characters : characters
    line += lines
    return [line, character, ...rest].join()
  })
}

const place = fc.double({ min: 0, max: 1, noNaN: true })
/** What becomes of an example: words and pieces of it are others, or its end is missing. */
const damage = fc.record({
  changes: fc.array(fc.oneof(edit, word), { maxLength: 4 }),
  end: fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, place),
  at: fc.array(place, { minLength: 3, maxLength: 3 }),
})

test(
  'every question is answered at every place of every text, and the answer stands in it',
  async () => {
    const names = [...files.keys()].filter(path => !path.endsWith(join('examples', 'long.ipvm')))
    for (const path of names) await client.open(path, files.get(path)!)
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), damage, async (path, { changes, end, at }) => {
        const before = await client.ask<SemanticTokens>('semanticTokens/full', path)
        const whole = changes.reduce<string>((text, next) => changed(text, next), files.get(path)!)
        const text = whole.slice(0, Math.floor(end * whole.length))
        const document = TextDocument.create(uriOf(path), 'ipvm', 0, text)
        await client.change(path, { text })
        await expectSameTokens(path, document, before)
        for (const [method, params] of ofFiles)
          for (const range of rangesIn(await answer(method, path, params), document.uri))
            expect(isIn(document, range), `${method}: ${JSON.stringify(range)}`).toBe(true)
        for (const position of at.map(share => document.positionAt(Math.floor(share * text.length))))
          for (const [method, params] of ofPlaces) {
            const found = await answer(method, path, params(position))
            for (const range of rangesIn(found, document.uri))
              expect(isIn(document, range), `${method}: ${JSON.stringify(range)}`).toBe(true)
            if (method === 'selectionRange') expectNested(document, found as SelectionRange[], position)
          }
        await client.change(path, { text: files.get(path)! })
      }),
      { numRuns: runs },
    )
    expect(client.stderr).toBe('')
  },
  60_000 + 2_000 * runs,
)
