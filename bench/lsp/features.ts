/**
 * What an editor asks of one file of 10,000 declarations, beside parsing it: processor time of each feature, the first time and
 * after a key stroke in the middle. `node bench/lsp/features.ts [SIZE]`.
 */
import { documentSymbols } from '../../lsp/features/document-symbols.ts'
import { folds } from '../../lsp/features/folding.ts'
import { linkedRanges } from '../../lsp/features/linked-editing.ts'
import { documentLinks } from '../../lsp/features/links.ts'
import { selectionRanges } from '../../lsp/features/selection.ts'
import { definition } from '../../lsp/features/definition.ts'
import { documentHighlights, references } from '../../lsp/features/references.ts'
import { Formatter, partsOf } from '../../lsp/features/formatting.ts'
import { rename } from '../../lsp/features/rename.ts'
import { fileTokens, semanticTokens, tokenEdit } from '../../lsp/features/tokens.ts'
import type { CheckedView } from '../../lsp/interface.ts'
import { parse } from '../../grammar/parse.ts'
import { Workspace } from '../../lsp/workspace.ts'

const size = Number(process.argv[2] ?? 10_000)
const host = {
  readFile: () => 'missing' as const,
  realPath: () => undefined,
  list: () => [],
  readBlock: async () => undefined,
}
const path = '/main.ipvm'

/** Of five declarations one is a type, one a constant, and three are jobs that use those before them. */
function declaration(i: number): string {
  const [type, edge, job] = [`size-${i - (i % 5)}`, `edge-${i - (i % 5) + 1}`, `job-${i - (i % 5) + 2}`]
  switch (i % 5) {
    case 0:
      return `/// Width and height.\ntype ${type} = record { width: u32, height: u32 }`
    case 1:
      return `const ${edge}: u32 = ${i}`
    case 2:
      return `/// Grows.\njob ${job}(s: ${type}, by: u32 = ${edge}) -> ${type} {\n  let wide = s.width + by\n  { width: wide, height: s.height }\n}`
    default:
      return `job job-${i}(s: ${type}) -> u32 {\n  // twice\n  let grown = ${job}(s, by: 1)\n  grown.width * 2 + ${edge}\n}`
  }
}

const text = Array.from({ length: size }, (_, i) => declaration(i)).join('\n\n') + '\n'
const workspace = new Workspace(host)
workspace.set(path, text)
const middle = text.indexOf('let wide', text.length >>> 1) + 5

/** Processor time of parsing the file, milliseconds: what everything else is measured by. */
let unit = 0

/** Prints milliseconds of processor time, and how many times the file could have been parsed in it. */
async function measure<T>(name: string, body: () => T | Promise<T>): Promise<T> {
  const before = process.cpuUsage()
  const answer = await body()
  const { user, system } = process.cpuUsage(before)
  const time = (user + system) / 1000
  unit ||= time
  console.log(`${name.padEnd(40)} ${time.toFixed(1).padStart(9)} ms ${(time / unit).toFixed(3).padStart(9)}`)
  return answer
}

const features: [string, (view: CheckedView) => unknown][] = [
  ['semantic tokens', view => semanticTokens(view)],
  ['definition', view => definition(view, middle)],
  ['document highlights', view => documentHighlights(view, middle)],
  ['document symbols', view => documentSymbols(view)],
  ['folds', view => folds(view)],
  ['selection ranges', view => selectionRanges(view, middle)],
  ['links', view => documentLinks(view)],
  ['linked editing', view => linkedRanges(view, middle)],
]

console.log(`${size} declarations, ${text.length} characters`)
parse(text, path)
await measure('parse', () => parse(text, path))
await measure('check', () => workspace.use(path, () => undefined))
for (const [name, feature] of features) await measure(`${name}, first`, () => workspace.use(path, feature))
let shown = (await workspace.use(path, fileTokens))!
for (let i = 0; i < 3; i++) {
  workspace.set(path, text.slice(0, middle) + 'x'.repeat(i + 1) + text.slice(middle))
  await measure('check after a key stroke', () => workspace.use(path, () => undefined))
  for (const [name, feature] of features) await measure(`${name}, after it`, () => workspace.use(path, feature))
  await measure('delta of tokens', async () => {
    const next = (await workspace.use(path, fileTokens))!
    const edit = tokenEdit(shown, next)
    shown = next
    return edit
  })
}
workspace.set(path, text)
const formatter = new Formatter()
const form = (): Promise<unknown> => workspace.useAt(path, -1, view => formatter.document(path, partsOf(view)))
await measure('format, first', form)
workspace.set(path, text.replace('let wide =', 'let  wide  ='))
await measure('format, after a key stroke', form)
workspace.set(path, text)
await measure('references', () => references(workspace, [path], path, middle))
await measure('rename', () => rename(workspace, [path], path, middle, 'renamed'))
