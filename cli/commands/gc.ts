import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { checkCid, parseCid } from '../../dag/cid.ts'
import { collectGarbage, type Collected } from '../../runtime/store/garbage.ts'
import type { Context } from '../context.ts'
import { forgetAllCompiled } from '../compiled.ts'
import { forgetDebug, recallDebug } from '../debug-index.ts'
import { wrongUsage } from '../diagnostics.ts'
import { StoreDoor } from '../host.ts'
import { plural, showBytes, success, type Reply } from '../output.ts'
import { storeTrouble } from '../trouble.ts'

interface Options {
  keep?: number
  olderThan?: number
  dryRun?: boolean
  pin?: string
  unpin?: string
}

/** `ipvm gc`: removes from the store what nothing refers to that is kept. */
export async function gc(context: Context, _: string[], options: Options): Promise<Reply> {
  const { store: folder } = context
  const { keep, olderThan, dryRun: dry = false, pin, unpin } = options
  if (!existsSync(join(folder, 'store.db'))) return wrongUsage(`There is no store ${folder}.`)
  if (pin !== undefined || unpin !== undefined) {
    if (keep !== undefined || olderThan !== undefined || dry || (pin !== undefined && unpin !== undefined))
      return wrongUsage('`--pin` and `--unpin` stand alone: they remove nothing.')
    return changePins(context, pin ?? unpin!, pin !== undefined)
  }
  const collected = await collectGarbage(folder, {
    ...(keep === undefined ? {} : { keep }),
    ...(olderThan === undefined ? {} : { since: Date.now() - olderThan }),
    dry,
    beside: job => recallDebug(folder, job),
    clean(jobs) {
      forgetDebug(folder, jobs)
      forgetAllCompiled(folder)
    },
  })
  if (!collected.ok) return storeTrouble(collected.error)!
  const { runs, blocks, bytes, forgotten, file } = collected.value
  const value = { runs, blocks, bytes, forgotten, before: file.before, after: file.after, dry }
  return success(value, undefined, line(collected.value, dry))
}

function line({ runs, blocks, bytes, forgotten, file }: Collected, dry: boolean): string {
  const parts = [
    plural(runs.length, 'run'),
    plural(forgotten, 'remembered result'),
    `${plural(blocks, 'block')} (${showBytes(bytes)})`,
  ]
  const end = dry
    ? `the store has ${showBytes(file.before)}`
    : `the store had ${showBytes(file.before)} and has ${showBytes(file.after)}`
  return `${dry ? 'would remove' : 'removed'} ${parts.join(', ')}; ${end}`
}

async function changePins(context: Context, text: string, pinned: boolean): Promise<Reply> {
  const cid = parseCid(text)
  const taken = cid.ok ? checkCid(cid.value) : cid
  if (!taken.ok) return wrongUsage(`${taken.error.message}.`)
  const door = new StoreDoor(context.store)
  try {
    const store = door.open()
    if (pinned && !(await store.blocks.has(taken.value)))
      return wrongUsage(`The job ${taken.value} is not in the store ${door.folder}; build it, or run its file.`)
    const before = await store.pins()
    if (!pinned && !before.some(pin => pin.equals(taken.value)))
      return wrongUsage(`${taken.value} is not pinned. ${listed(before.map(String))}`)
    await store.pin(taken.value, pinned)
    const pins = (await store.pins()).map(String)
    return success({ pins }, undefined, listed(pins))
  } finally {
    await door.close()
  }
}

function listed(pins: string[]): string {
  return pins.length === 0 ? 'Nothing is pinned.' : `Pinned: ${pins.join(', ')}.`
}
