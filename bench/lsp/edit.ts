/**
 * What somebody who types waits for: the built server in a process of its own, asked over the protocol after each of some
 * hundred edits, `edit.ts [SIZE] [EDITS]`. A file of 10,000 jobs, one of as many declarations of all kinds, one whose one job
 * has as many lines, and a workspace of 1,000 files. Beside it the server of TypeSpec with as many declarations, where `TYPESPEC` names the
 * folder of `@typespec/compiler`.
 */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { CompletionList, SemanticTokens, SemanticTokensDelta } from 'vscode-languageserver/node'
import { Client } from '../../test/lsp/client.ts'

const size = Number(process.argv[2] ?? 10_000)
const edits = Number(process.argv[3] ?? 300)
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'ipvm-bench-')))
const component = fileURLToPath(new URL('../../examples/image/filters.wasm', import.meta.url))

const head = `import filters from "./filters.wasm"\n\ntype Picture = record { width: u32, height: u32, pixels: bytes }\n\n`

/** A text in whose middle a number is typed, digit by digit; `¦` stands where. */
interface Subject {
  name: string
  file: string
  text: string
  /** What is completed after each edit, written into the line below; `undefined` is not asked. */
  prefix: string
  language: string
}

const declarations: Subject = {
  name: `${size} jobs`,
  file: 'jobs.ipvm',
  text: `${head}${Array.from({ length: size }, (_, i) => `/// Number ${i}.\njob job-${i}(picture: Picture) -> Picture {\n  let small = filters.image.resize(picture, width: ${i + 1}, height: 300)\n  small\n}\n`).join('\n')}`,
  ...{ prefix: 'filters.image.', language: 'ipvm' },
}
/** A declaration of a file in which they are made of those before them, but for each sixth. */
function declaration(i: number): string {
  const [first, before] = [i - (i % 6), i - 1]
  switch (i % 6) {
    case 0:
      return `type Size-${i} = record { width: u32, height: u32 }\n`
    case 1:
      return `const edge-${i}: u32 = ${i} + 300\n`
    case 2:
      return `effect store-${i}("store-${i}:") {\n  query get(key: string, most: u32 = edge-${before}) -> Size-${first}\n}\n`
    case 3:
      return `/// Number ${i}.\njob job-${i}(s: Size-${first}) {\n  let wide = s.width + edge-${i - 2}\n  { width: wide, height: s.height }\n}\n`
    case 4:
      return `job job-${i}(picture: Picture, s: Size-${first}) -> Picture {\n  let small = job-${before}(s)\n  let again = filters.image.resize(picture, width: small.width, height: 300)\n  again\n}\n`
    default:
      return `test "number ${i}" {\n  assert job-${i - 2}({ width: 1, height: 300 }).height == 300\n}\n`
  }
}
const kinds: Subject = {
  name: `${size} declarations of all kinds`,
  file: 'kinds.ipvm',
  text: `${head}${Array.from({ length: size }, (_, i) => declaration(i)).join('\n')}`,
  ...{ prefix: 'filters.image.', language: 'ipvm' },
}
const lines: Subject = {
  name: `${size} lines of one job`,
  file: 'lines.ipvm',
  text: `${head}export job main(picture: Picture) -> Picture {\n${Array.from({ length: size }, (_, i) => `  let a${i} = filters.image.resize(${i === 0 ? 'picture' : `a${i - 1}`}, width: ${i + 1}, height: 300)\n`).join('')}  a${size - 1}\n}\n`,
  ...{ prefix: 'filters.image.', language: 'ipvm' },
}
const typespec: Subject = {
  name: `TypeSpec, ${size} models`,
  file: 'main.tsp',
  text: Array.from(
    { length: size },
    (_, i) =>
      `/** Number ${i}. */\nmodel Model${i} {\n  width: int32 = 300;\n  next?: ${i === 0 ? 'string' : `Model${i - 1}`};\n}\n`,
  ).join('\n'),
  ...{ prefix: 'wide: ', language: 'typespec' },
}

function shown(times: number[]): string {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number): string =>
    `${sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!.toFixed(1)}`
  return `p50 ${at(0.5)}  p95 ${at(0.95)}  p99 ${at(0.99)} ms`
}

async function timed<T>(times: number[], body: () => Promise<T>): Promise<T> {
  const start = performance.now()
  const result = await body()
  times.push(performance.now() - start)
  return result
}

/** Mebibytes that the process has had at most. */
function peakOf(client: Client): string {
  const status = readFileSync(`/proc/${client.child.pid}/status`, 'utf8')
  return `${Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)![1]) / 1024)} MiB`
}

async function measure(client: Client, path: string, { name, text, prefix, language }: Subject): Promise<number> {
  const times = { completion: [], hover: [], colours: [], diagnostics: [], format: [] } as Record<string, number[]>
  const own = language === 'ipvm'
  const start = performance.now()
  await client.open(path, text, language)
  await client.ask('documentSymbol', path).catch(() => undefined)
  const symbols = performance.now() - start
  const screen = { range: { start: { line: 0, character: 0 }, end: { line: 60, character: 0 } } }
  if (own) await client.ask('semanticTokens/range', path, screen)
  const colours = performance.now() - start
  const rows = text.split('\n')
  const line = rows.findIndex((row, i) => i > rows.length / 2 && /height: 300\)|= 300;/.test(row))
  const column = rows[line]!.indexOf('300')
  await client.ask('hover', path, { position: { line, character: column } })
  const first = performance.now() - start
  const meanwhile: number[] = []
  if (own) {
    let isDone = false
    const all = client.ask('diagnostic', path).finally(() => (isDone = true))
    while (!isDone) {
      await timed(meanwhile, () => client.ask('hover', path, { position: { line, character: column } }))
      await setTimeout(20)
    }
    await all
  }
  const opening = performance.now() - start
  let tokens = own ? await client.ask<SemanticTokens>('semanticTokens/full', path) : undefined
  // The other one takes seconds for each.
  const most = own ? edits : Math.min(edits, 20)
  for (let edit = 0; edit < most; edit++) {
    const digit = { line, character: column + 1 }
    await client.change(path, {
      range: { start: digit, end: { ...digit, character: column + 2 } },
      text: String(edit % 10),
    })
    const typed = { line, character: rows[line]!.length }
    const added = `\n  ${own ? `let typed = ${prefix}` : prefix}`
    await client.change(path, { range: { start: typed, end: typed }, text: added })
    const cursor = { line: line + 1, character: added.length - 1 }
    const list = await timed(times['completion']!, () =>
      client.ask<CompletionList>('completion', path, { position: cursor }),
    )
    if (list.items.length === 0) throw new Error(`${name}: nothing was completed`)
    await client.change(path, { range: { start: typed, end: cursor }, text: '' })
    await timed(times['hover']!, () =>
      client.ask('hover', path, { position: { line, character: rows[line]!.indexOf('width') + 1 } }),
    )
    if (!own) continue
    const previousResultId = tokens?.resultId
    const delta = await timed(times['colours']!, () =>
      client.ask<SemanticTokensDelta>('semanticTokens/full/delta', path, { previousResultId }),
    )
    tokens = { ...delta, data: [] }
    await client.change(path, {
      range: { start: digit, end: { ...digit, character: column + 2 } },
      text: String((edit + 5) % 10),
    })
    await timed(times['diagnostics']!, () => client.ask('diagnostic', path))
  }
  if (own)
    for (let round = 0; round < 3; round++)
      await timed(times['format']!, () =>
        client.ask('formatting', path, { options: { tabSize: 2, insertSpaces: true } }).catch(() => undefined),
      )
  console.log(`${name}, ${Math.round(text.length / 1024)} KiB`)
  console.log(
    `  opening to symbols ${symbols.toFixed(0)} ms, to the colours of a screen ${colours.toFixed(0)} ms, to a hover ${first.toFixed(0)} ms, to diagnostics of all ${opening.toFixed(0)} ms${own ? `, a hover meanwhile ${Math.max(...meanwhile).toFixed(0)} ms at the most` : ''}`,
  )
  for (const [what, all] of Object.entries(times)) if (all.length > 0) console.log(`  ${what.padEnd(12)} ${shown(all)}`)
  console.log(`  memory ${peakOf(client)}`)
  return times['completion']!.toSorted((a, b) => a - b)[Math.floor(most * 0.95)]!
}

async function own(subject: Subject, files: Record<string, string> = {}): Promise<number> {
  const place = join(folder, subject.file.replace('.', '-'))
  mkdirSync(place)
  copyFileSync(component, join(place, 'filters.wasm'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(place, name), text)
  const client = new Client(undefined, place)
  await client.start([place], { textDocument: { diagnostic: {} } })
  const p95 = await measure(client, join(place, subject.file), subject)
  if (Object.keys(files).length > 0) {
    const all: number[] = []
    await timed(all, () => client.connection.sendRequest('workspace/diagnostic', { previousResultIds: [] }))
    console.log(
      `  diagnostics of all ${Object.keys(files).length} files ${all[0]!.toFixed(0)} ms, memory ${peakOf(client)}`,
    )
  }
  await client.stop()
  return p95
}

const p95 = await own(declarations)
await own(kinds)
await own(lines)
const files: Record<string, string> = {
  'shared.ipvm': `import filters from "./filters.wasm"\n\ntype Picture = record { width: u32, height: u32, pixels: bytes }\n\nexport job small(picture: Picture) -> Picture { filters.image.resize(picture, width: 10, height: 300) }\n`,
}
for (let i = 0; i < 999; i++)
  files[`file-${i}.ipvm`] =
    `import { Picture, small } from "./shared.ipvm"\nimport filters from "./filters.wasm"\n\nexport job main-${i}(picture: Picture) -> Picture {\n  let it = small(picture)\n  filters.image.resize(it, width: ${i + 1}, height: 300)\n}\n`
await own(
  {
    name: 'a workspace of 1,000 files',
    file: 'file-500.ipvm',
    text: files['file-500.ipvm']!,
    prefix: 'filters.image.',
    language: 'ipvm',
  },
  files,
)

const typespecFolder = process.env['TYPESPEC']
if (typespecFolder) {
  const place = join(folder, 'typespec')
  mkdirSync(place)
  const client = new Client([process.execPath, join(typespecFolder, 'cmd/tsp-server.js'), '--stdio'], place)
  await client.start([place])
  const peer = await measure(client, join(place, typespec.file), typespec)
  console.log(`completion after an edit, p95: ratio ${(p95 / peer).toFixed(3)} of TypeSpec`)
  client.child.kill()
} else console.log('TypeSpec: not measured, TYPESPEC names no folder of @typespec/compiler')
rmSync(folder, { recursive: true })
