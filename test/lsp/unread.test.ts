import { expect, test } from 'vitest'
import { isUnread } from '../../grammar/unread.ts'
import { documentSymbols } from '../../lsp/features/document-symbols.ts'
import { hover } from '../../lsp/features/hover.ts'
import { semanticTokens } from '../../lsp/features/tokens.ts'
import type { View } from '../../lsp/interface.ts'
import { Workspace } from '../../lsp/workspace.ts'
import { memoryHost } from '../harness/memory.ts'

const path = '/main.ipvm'
const head = 'import { http } from "ipvm:effects"\n\n'

/** A file of jobs that call each other, which is long enough that they are left unread. */
function long(count = 600, more = ''): string {
  const jobs = Array.from({ length: count }, (_, i) => {
    const called = i % 20 === 0 ? `n + ${i}` : `job-${i - 1}(n: n)`
    return `/// Number ${i}.\njob job-${i}(n: u32) -> u32 {\n  let more = ${called} // http\n  more + 1\n}\n`
  })
  return `${head}${jobs.join('\n')}\n${more}`
}

const getting =
  'job get(url: string) -> u32 {\n  let found = http.get(url: url)?\n  len(found.body) as u32\n}\n\njob twice(url: string) -> u32 {\n  get(url: url)\n}\n'

function opened(text: string, shortest?: number): Workspace {
  const workspace = new Workspace(memoryHost({}), shortest)
  workspace.set(path, text)
  return workspace
}

const unreadOf = ({ tree }: View): string[] =>
  tree.items.flatMap(item => (item.kind === 'Job' && isUnread(item) ? [item.name.text] : []))

/** Jobs that are read when a file has been opened and something was asked. */
async function readBy(text: string, ask: (workspace: Workspace) => Promise<unknown>): Promise<string[]> {
  const workspace = opened(text)
  const before = await workspace.useItems(path, unreadOf)
  await ask(workspace)
  const after = new Set(await workspace.useItems(path, unreadOf))
  return before!.filter(name => !after.has(name))
}

test('of a long file those jobs are read that are asked for', async () => {
  const text = long(600, getting)
  expect(await readBy(text, workspace => workspace.useItems(path, documentSymbols))).toEqual([])
  const at = text.indexOf('more + 1', text.indexOf('job job-300'))
  expect(await readBy(text, workspace => workspace.useNear(path, at, hover))).toEqual(['job-300'])
  const silent = text.replaceAll(' // http', '')
  const start = silent.indexOf('job job-300')
  const colours = (workspace: Workspace): Promise<unknown> =>
    workspace.useRange(path, () => ({ start, end: start + 100 }), semanticTokens)
  // It is asked whether job-300 performs something, of which those are read that speak of what does.
  const names = await readBy(silent, colours)
  expect(names).toEqual(['job-300', 'job-301', 'get', 'twice'])
  expect((await readBy(text, workspace => workspace.use(path, () => undefined))).length).toBe(602)
})

test('of jobs that do not say what they result in those are read that are asked for, and those that they are made of', async () => {
  const text = long(600).replaceAll(' -> u32 {', ' {').replaceAll(' // http', '')
  expect(await readBy(text, workspace => workspace.useItems(path, documentSymbols))).toEqual([])
  const at = text.indexOf('more + 1', text.indexOf('job job-302'))
  expect(await readBy(text, workspace => workspace.useNear(path, at, hover))).toEqual(['job-300', 'job-301', 'job-302'])
})

test('what is found of a few jobs of a long file is what is found of all of them', async () => {
  for (const text of [long(600, getting), long(600, getting).replaceAll(' -> u32 {', ' {')])
    for (const name of ['job-0', 'job-1', 'job-599', 'get', 'twice']) {
      const start = text.indexOf(`job ${name}(`)
      const range = { start, end: start + 60 }
      for (const ask of [
        (workspace: Workspace) => workspace.useRange(path, () => range, semanticTokens),
        (workspace: Workspace) => workspace.useNear(path, start + 5, hover),
        (workspace: Workspace) => workspace.useItems(path, documentSymbols),
      ])
        expect(await ask(opened(text))).toEqual(await ask(opened(text, Infinity)))
    }
})

test.each([
  ['syntax', 'job wrong(n: u32) -> u32 {\n  let\n}\n'],
  ['a type', 'job wrong(n: u32) -> u32 {\n  "text"\n}\n'],
  ['the name', 'job if(n: u32) -> u32 {\n  n\n}\n'],
])('a mistake of %s in one of many jobs is found as in a short file', async (_, wrong) => {
  const text = long(600, wrong)
  const [kept, once] = [opened(text), opened(text, Infinity)]
  // Before anything else is known, in the job that is wrong and in another one.
  for (const at of [text.indexOf(wrong) + 5, text.indexOf('more', 1000)])
    expect(await kept.useNear(path, at, hover)).toEqual(await once.useNear(path, at, hover))
  const told = await kept.use(path, view => view.diagnostics)
  expect(told!.filter(({ severity }) => severity === 'error').length).toBe(1)
  expect(told).toEqual(await once.use(path, view => view.diagnostics))
  expect(await opened(text).use(path, view => view.diagnostics)).toEqual(told)
  const range = { start: text.indexOf(wrong), end: text.length }
  for (const workspace of [opened(text), kept])
    expect(await workspace.useRange(path, () => range, semanticTokens)).toEqual(
      await once.useRange(path, () => range, semanticTokens),
    )
  expect(await kept.useNames(path, view => semanticTokens(view))).toEqual(
    await once.useNames(path, view => semanticTokens(view)),
  )
})

test('a mistake that a feature comes upon makes no difference for the next one', async () => {
  const text = long(600, 'job wrong(n: list<) -> list< {\n  n\n}\n')
  const [kept, once] = [opened(text), opened(text, Infinity)]
  await kept.useNear(path, 100, ({ tree }) => tree.items.map(item => item.kind === 'Job' && item.body.start))
  expect(await kept.useItems(path, documentSymbols)).toEqual(await once.useItems(path, documentSymbols))
})
