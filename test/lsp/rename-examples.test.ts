import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { compile } from '../../compiler/compile.ts'
import { entityOf, type Entity } from '../../lsp/entity.ts'
import { rename } from '../../lsp/features/rename.ts'
import type { View } from '../../lsp/interface.ts'
import { applyEdits } from '../../lsp/sight.ts'
import { allTargets } from '../../lsp/tree.ts'
import { Workspace } from '../../lsp/workspace.ts'
import { memoryHost } from '../harness/memory.ts'

const folder = join(import.meta.dirname, '../../examples')
const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
  name => /\.(ipvm|wasm|png|txt|json)$/.test(name) && statSync(join(folder, name)).isFile(),
)
const files = new Map(names.map(name => [`/examples/${name}`, readFileSync(join(folder, name))]))
files.set('/examples/package.json', Buffer.from('{}'))
const sources = [...files.keys()].filter(path => path.endsWith('.ipvm'))

/** The names that a file declares, of which the CIDs of its jobs know nothing, or of which they do. */
function declared(view: View, identity: boolean): { at: number; entity: Entity }[] {
  const found = new Map<string, { at: number; entity: Entity }>()
  for (const [node, target] of allTargets(view)) {
    const entity = entityOf(view, node, target)
    const name = entity?.declaration?.name
    if (!entity || !name || entity.declaration!.path !== view.path || name.start !== node.start) continue
    const isMember = entity.kind === 'field' || entity.kind === 'case'
    const isEffect = entity.kind === 'effect' || entity.kind === 'operation'
    const isIdentity = isMember || isEffect || (entity.kind === 'local' && entity.shared)
    if (isIdentity === identity) found.set(entity.key, { at: node.start, entity })
  }
  return [...found.values()]
}

/** Renames everything that a file declares, one after the other. */
async function renameAll(
  path: string,
  identity: boolean,
): Promise<{ texts: Map<string, string>; jobs: Map<string, string>; count: number; refused: string[] }> {
  const workspace = new Workspace(memoryHost(Object.fromEntries(files)))
  const texts = new Map<string, string>()
  const textOf = (file: string): string => texts.get(file) ?? files.get(file)!.toString()
  const jobs = new Map<string, string>()
  const refused: string[] = []
  const all = (await workspace.use(path, view => declared(view, identity).map(({ entity }) => entity.name)))!
  for (let i = 0; i < all.length; i++) {
    // They stand elsewhere after each step, and in the same order.
    const { at, entity } = (await workspace.use(path, view => declared(view, identity)[i]))!
    const to = `renamed-${i}`
    const found = await rename(workspace, sources, path, at, to)
    if ('refused' in found) {
      refused.push(`${entity.name}: ${found.refused}`)
      continue
    }
    if (entity.kind === 'job') jobs.set(entity.name, to)
    for (const { path: file, edits } of found) {
      texts.set(file, applyEdits(textOf(file), edits))
      workspace.set(file, texts.get(file)!)
    }
  }
  return { texts, jobs, count: all.length, refused }
}

/** The CIDs of all jobs of a file that are exported, by their names. */
async function cids(path: string, texts: Map<string, string>): Promise<Map<string, string>> {
  const host = memoryHost({ ...Object.fromEntries(files), ...Object.fromEntries(texts) })
  const text = texts.get(path) ?? files.get(path)!.toString()
  const found = new Map<string, string>()
  for (const [, job] of text.matchAll(/^export job ([\w-]+)/gm)) {
    const result = await compile(host, path, { job: job! })
    if (!result.ok) throw new Error(`${path} ${job}: ${JSON.stringify(result).slice(0, 400)}`)
    found.set(job!, result.value.job.toString())
  }
  return found
}

describe.each(sources)('%s', path => {
  test('with other names for all that has no part in a CID it is the same program', async () => {
    const before = await cids(path, new Map())
    const { texts, jobs, count, refused } = await renameAll(path, false)
    expect(refused).toEqual([])
    expect(count).toBeGreaterThan(0)
    const after = await cids(path, texts)
    expect(before.size).toBeGreaterThan(0)
    expect([...after.values()]).toEqual([...before.values()])
    expect([...after.keys()]).toEqual([...before.keys()].map(name => jobs.get(name) ?? name))
    for (const name of jobs.keys()) expect(texts.get(path)).not.toMatch(new RegExp(`^(export )?job ${name}\\(`, 'm'))
  }, 120_000)

  test('with other names for fields, cases, effects and parameters it is a program, or they are refused', async () => {
    const { texts, refused } = await renameAll(path, true)
    await cids(path, texts)
    for (const message of refused) expect(message).toMatch(/cannot be its name: /)
  }, 120_000)
})

test('the files that import what is renamed are the same programs', async () => {
  const { texts } = await renameAll('/examples/modules/shapes.ipvm', false)
  expect(texts.has('/examples/modules/modules.ipvm')).toBe(true)
  const path = '/examples/modules/modules.ipvm'
  expect(await cids(path, texts)).toEqual(await cids(path, new Map()))
})
