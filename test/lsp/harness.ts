import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { CheckedView, Range } from '../../lsp/interface.ts'
import { Workspace } from '../../lsp/workspace.ts'
import { memoryHost } from '../harness/host.ts'

const examples = new URL('../../examples/', import.meta.url)
const read = (path: string): Uint8Array => new Uint8Array(readFileSync(fileURLToPath(new URL(path, examples))))

/** Components that every fixture has beside its files. */
const components: Record<string, Uint8Array> = {
  'filters.wasm': read('image/filters.wasm'),
  'png.wasm': read('image/png.wasm'),
  'types.wasm': read('../test/fixtures/components/types.wasm'),
}

/** Where the cursor is, and what a test calls ranges. */
const cursor = '┆'

/** Files with what is marked in them. */
export class Fixture {
  readonly workspace: Workspace
  readonly texts = new Map<string, string>()
  /** Cursors, in the order of the files and of their texts. */
  readonly cursors: { path: string; offset: number }[] = []
  /** What is underlined with `~~~`, in that order too, with the words behind the line. */
  readonly marks: { path: string; range: Range; text: string }[] = []

  /** @param files by names; a text alone is that of `main.ipvm` */
  constructor(files: Record<string, string> | string) {
    const plain: Record<string, string | Uint8Array> = {}
    for (const [name, bytes] of Object.entries(components)) plain[`/${name}`] = bytes
    for (const [name, marked] of Object.entries(typeof files === 'string' ? { 'main.ipvm': files } : files)) {
      const path = `/${name}`
      const { text, cursors, marks } = unmarked(marked)
      plain[path] = text
      this.texts.set(path, text)
      for (const offset of cursors) this.cursors.push({ path, offset })
      for (const mark of marks) this.marks.push({ path, ...mark })
    }
    this.workspace = new Workspace(memoryHost(plain))
    for (const [path, text] of this.texts) this.workspace.set(path, text)
  }

  /** What a feature makes of the file of the first cursor, at that cursor. */
  at<T>(feature: (view: CheckedView, offset: number) => T): Promise<T> {
    const [first] = this.cursors
    if (!first) throw new Error('the fixture has no cursor')
    return this.in(first.path, view => feature(view, first.offset))
  }

  /** What a feature makes of a file, the first one without a path. */
  async in<T>(path: string, feature: (view: CheckedView) => T): Promise<T> {
    const answer = await this.workspace.use(path, view => ({ of: feature(view) }))
    if (!answer) throw new Error(`there is no ${path}`)
    return answer.of
  }

  /** The texts of ranges. */
  textsOf(path: string, ranges: Range[]): string[] {
    return ranges.map(({ start, end }) => this.texts.get(path)!.slice(start, end))
  }
}

/** A text without its marks. A line of blanks and `~~~` underlines parts of the line above; words may follow. */
function unmarked(marked: string): { text: string; cursors: number[]; marks: { range: Range; text: string }[] } {
  const cursors: number[] = []
  const marks: { range: Range; text: string }[] = []
  const kept: string[] = []
  let length = 0
  let lineStart = 0
  for (const line of marked.split('\n')) {
    const underlines = /^\s*~/.test(line)
    if (underlines) {
      for (const match of line.matchAll(/(~+)([^~]*)/g)) {
        const start = lineStart + match.index
        marks.push({ range: { start, end: start + match[1]!.length }, text: match[2]!.trim() })
      }
      continue
    }
    lineStart = length
    let rest = line
    for (let at = rest.indexOf(cursor); at >= 0; at = rest.indexOf(cursor)) {
      cursors.push(lineStart + at)
      rest = rest.slice(0, at) + rest.slice(at + 1)
    }
    kept.push(rest)
    length += rest.length + 1
  }
  return { text: kept.join('\n'), cursors, marks }
}
