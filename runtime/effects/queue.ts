import type { Blockstore } from 'interface-blockstore'
import type { CID } from 'multiformats/cid'
import { bind } from '../../dag/bind.ts'
import { isLink, isMap, type Block, type Ipld } from '../../dag/ipld.ts'
import { loadValue, readJob } from '../../dag/job.ts'
import type { Load } from '../../dag/load.ts'
import { materialize, place } from '../../dag/place.ts'
import { fail, ok, type Result } from '../../dag/result.ts'
import { toIpld } from '../../dag/value.ts'
import { loadFrom, putAll } from '../blocks.ts'
import type { Enqueued } from '../journal/records.ts'
import type { Provider } from './provider.ts'

/**
 * `job.enqueue`: puts a job into the queue of the store, as part of what its run has done. The job is a compiled one whose
 * parameters all have defaults, or a record of it and of arguments: `{ job, args: { name: value } }`.
 */
export function createQueue(blocks: Blockstore): Provider {
  const load = loadFrom(blocks)
  const children = new Map<string, Enqueued>()
  return {
    name: 'job',
    scheme: 'ipvm:',
    operations: {
      enqueue: {
        kind: 'command',
        recovery: 'idempotent',
        // Nothing leaves the store: what it does is done with the record that it has happened.
        announces: true,
        params: [{ kind: 'link', target: { kind: 'ipld' } }],
        result: { kind: 'string' },
        fields: { about: [0], of: ([job]) => ({ job: job as CID }) },
        async perform({ args, key }) {
          const closed = await closedJob(args[0] as CID, load)
          if (!closed.ok) return { kind: 'failed', failure: 'value', detail: closed.error }
          await putAll(blocks, closed.value.blocks)
          const run = key.slice(0, 12)
          children.set(key, { run, ...closed.value })
          return { kind: 'ok', value: run }
        },
        child: key => children.get(key),
      },
    },
  }
}

async function closedJob(target: CID, load: Load): Promise<Result<Closed, string>> {
  const value = await loadValue(target, load)
  if (!value.ok) return fail(value.error.message)
  const wanted = invocationOf(value.value) ?? { job: target, args: new Map<string, Ipld>() }
  const job = await readJob(wanted.job, load)
  if (!job.ok) return fail(job.error.message)
  const { params } = job.value
  if (params.size === 0 && wanted.args.size === 0) return ok({ job: wanted.job, blocks: [] })
  const args = new Map<string, Ipld>()
  const blocks: Block[] = []
  for (const [name, given] of wanted.args) {
    const type = params.get(name)?.type
    const read = type && (await materialize(type, given, load, {}, name))
    if (read && !read.ok) return fail(read.error.message)
    const placed = type && read ? await place(type, toIpld(type, read.value)) : undefined
    if (placed && !placed.ok) return fail(placed.error.message)
    if (placed) blocks.push(...placed.value.blocks)
    // One that the job does not have is named by `bind`.
    args.set(name, placed ? placed.value.value : given)
  }
  const bound = await bind(wanted.job, args, load)
  if (!bound.ok) return fail(bound.error.message)
  return ok({ job: bound.value.job, blocks: [...blocks, ...bound.value.blocks] })
}

interface Closed {
  job: CID
  blocks: Block[]
}

/** `{ job, args }`; undefined where it is a job itself, or nothing of that kind. */
function invocationOf(value: Ipld): { job: CID; args: Map<string, Ipld> } | undefined {
  if (!isMap(value) || Object.keys(value).length !== 2) return undefined
  const { job, args } = value
  if (job === undefined || !isLink(job) || args === undefined || !isMap(args)) return undefined
  return { job, args: new Map(Object.entries(args)) }
}
