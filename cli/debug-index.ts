import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'
import { parseCid } from '../dag/cid.ts'
import type { Compiled } from '../compiler/interface.ts'

/**
 * Which debug block tells of a job: `debug/<job CID>` in the store's folder. A job does not link to its debug block,
 * and a run by CID speaks in source terms all the same. Whatever is wrong here, there are no names, and nothing else.
 */
export function rememberDebug(folder: string, { job, debug }: Pick<Compiled, 'job' | 'debug'>): void {
  try {
    mkdirSync(join(folder, 'debug'), { recursive: true })
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
