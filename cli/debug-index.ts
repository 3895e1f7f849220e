import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'
import { parseCid } from '../dag/cid.ts'
import type { Compiled } from '../compiler/interface.ts'
import { readDebug, readDebugHead } from '../dag/debug.ts'
import type { DebugInfo } from '../dag/interface.ts'
import { printable } from '../grammar/render.ts'
import { makeFolder } from '../runtime/store/folder.ts'
import { findDebug } from './car.ts'
import { entries } from './files.ts'
import type { StoreDoor } from './host.ts'

/**
 * Which debug block tells of a job: `debug/<job CID>` in the store's folder. A job does not link to its debug block,
 * and a run by CID speaks in source terms all the same. Whatever is wrong here, there are no names, and nothing else.
 */
export function rememberDebug(folder: string, { job, debug }: Pick<Compiled, 'job' | 'debug'>): void {
  try {
    makeFolder(join(folder, 'debug'))
    writeFileSync(join(folder, 'debug', job.toString()), `${debug}\n`)
  } catch {
    // A store that cannot be written has said so before.
  }
}

export function recallDebug(folder: string, job: CID): CID | undefined {
  try {
    const cid = parseCid(readFileSync(join(folder, 'debug', job.toString()), 'utf8').trim())
    return cid.ok ? cid.value : undefined
  } catch {
    return undefined
  }
}

/** Forgets the debug blocks of all jobs but these. */
export function forgetDebug(folder: string, kept: readonly CID[]): void {
  const names = new Set(kept.map(String))
  for (const name of entries(join(folder, 'debug')))
    if (!names.has(name)) rmSync(join(folder, 'debug', name), { force: true })
}

/** The debug block of a job in the store, where there is one. */
async function storedRoot({ folder, load }: StoreDoor, job: CID): Promise<CID | undefined> {
  const recalled = recallDebug(folder, job)
  return recalled && findDebug(job, [recalled], load)
}

/** Names and places for a job of the store, where they are known. */
export async function storedDebug(store: StoreDoor, job: CID): Promise<DebugInfo | undefined> {
  const root = await storedRoot(store, job)
  return root && readDebug(root, store.load)
}

/** Gives the names of jobs, as `main (job.ipvm)`; each is looked for once. */
export function jobNames(store: StoreDoor): (job: CID) => Promise<string | undefined> {
  const names = new Map<string, Promise<string | undefined>>()
  const find = async (job: CID): Promise<string | undefined> => {
    const root = await storedRoot(store, job)
    const head = root && (await readDebugHead(root, store.load))
    return head && printable(`${head.name} (${head.file})`)
  }
  return job => {
    const key = job.toString()
    let name = names.get(key)
    if (!name) names.set(key, (name = find(job)))
    return name
  }
}
