import type { CID } from 'multiformats/cid'
import { beforeAll, describe, expect, test } from 'vitest'
import { block, cidOf } from '../../dag/cid.ts'
import type { Block, Ipld, IpldMap } from '../../dag/ipld.ts'
import { instructionBlock, jobBlocks, readJob } from '../../dag/job.ts'
import type { DagError, Instruction, Job, Limits } from '../../dag/interface.ts'
import { splitList } from '../../dag/place.ts'
import { loadFrom, putAll } from '../../runtime/blocks.ts'
import type { Store } from '../../runtime/interface.ts'
import { loadJob } from '../../runtime/load.ts'
import { memoryStore } from '../../runtime/store/open.ts'
import { arithmetic } from './harness/arithmetic.ts'
import { limits, putFile, s32 } from './harness/jobs.ts'

const byCid = ([a]: [CID, Limits], [b]: [CID, Limits]): number => Buffer.compare(a.bytes, b.bytes)

function limit(job: Job, entry: [CID, Limits]): void {
  job.meta.push(entry)
  job.meta.sort(byCid)
}

let store: Store
let math: CID
beforeAll(async () => {
  store = memoryStore()
  math = await putFile(store, await arithmetic())
})

const half = (...args: Ipld[]): Instruction => ({
  rsc: `ipfs://${math}`,
  op: 'wasm/run',
  input: { func: 'half', args },
  nnc: '',
})
const promise = ({ cid }: Block): Ipld => ({ 'await/ok': cid })

interface Draft {
  instructions: Block[]
  job: Job
}

/** A job of two calls that is fit to run; tests bend it. */
function good(): Draft {
  const first = instructionBlock(half(8))
  const second = instructionBlock(half(promise(first)))
  return draft([first, second], promise(second))
}

function draft(instructions: Block[], value: Ipld): Draft {
  const tasks = instructions.map(({ cid }) => cid)
  return {
    instructions,
    job: {
      params: new Map(),
      result: { type: s32, value },
      tasks,
      commands: [],
      meta: tasks.map((cid): [CID, typeof limits] => [cid, limits]).sort(byCid),
      uses: [],
    },
  }
}

async function loaded({ instructions, job }: Draft): Promise<DagError | undefined> {
  const blocks = await jobBlocks(job)
  await putAll(store.blocks, [...instructions, ...blocks])
  const load = loadFrom(store.blocks)
  const read = await readJob(blocks[0]!.cid, load)
  if (!read.ok) return read.error
  const plan = await loadJob(blocks[0]!.cid, read.value, load)
  return plan.ok ? undefined : plan.error
}

/** A job of one instruction, which may be anything. */
function single(content: Ipld): Draft {
  const only = block(content)
  return draft([only], promise(only))
}

const raw = (over: IpldMap): Ipld => ({
  rsc: `ipfs://${math}`,
  op: 'wasm/run',
  input: { func: 'half', args: [1] },
  nnc: '',
  ...over,
})

test('a job that is fit is planned', async () => {
  expect(await loaded(good())).toBeUndefined()
})

test('a job whose list of tasks is in pieces is planned', async () => {
  const steps: Block[] = [instructionBlock(half(1))]
  for (let i = 1; i < 6500; i++) steps.push(instructionBlock(half(promise(steps[i - 1]!))))
  const { instructions, job } = draft(steps, promise(steps.at(-1)!))
  expect(splitList(job.tasks).blocks.length).toBeGreaterThan(1)
  expect(await loaded({ instructions, job })).toBeUndefined()
})

describe('a job that is not fit says why', () => {
  const says = (name: string, make: () => Draft, message: string, code: DagError['code'] = 'job') =>
    test(name, async () => {
      expect(await loaded(make())).toMatchObject({ code, message: expect.stringContaining(message) })
    })

  const bent = (bend: (draft: Draft) => void) => () => {
    const made = good()
    bend(made)
    return made
  }

  says(
    'parameters',
    bent(({ job }) => job.params.set('n', { type: s32 })),
    'parameters without a value: n',
  )
  says(
    'effects',
    bent(({ job }) => job.uses.push('http/get')),
    'http/get',
  )
  says(
    'commands',
    bent(({ job }) => job.commands.push(job.tasks[0]!)),
    'effects',
  )
  says(
    'a task that stands behind the one that awaits it',
    bent(({ job }) => job.tasks.reverse()),
    'before it',
  )
  says(
    'a task twice',
    bent(({ job }) => job.tasks.push(job.tasks[1]!)),
    'twice',
  )
  says(
    'a task that nothing demands',
    () => {
      const [one, two] = [instructionBlock(half(1)), instructionBlock(half(2))]
      return draft([one, two], promise(two))
    },
    'nothing demands',
  )
  says(
    'no limits for a task',
    bent(({ job }) => job.meta.pop()),
    'no limits',
  )
  says(
    'limits for a task twice',
    bent(({ job }) => limit(job, job.meta[0]!)),
    'twice',
  )
  says(
    'limits for a stranger',
    bent(({ job }) => limit(job, [block(1).cid, limits])),
    'no Wasm task',
  )
  says(
    'a result that awaits a stranger',
    bent(({ job }) => (job.result.value = { 'await/ok': block(1).cid })),
    'the result awaits',
  )
  says(
    'a task that is not DAG-CBOR',
    bent(({ job }) => (job.tasks[0] = cidOf(new Uint8Array(3), 'raw'))),
    'cannot be an instruction',
  )
  says(
    'an instruction that is not there',
    bent(draft => (draft.job.tasks[0] = block('nowhere').cid)),
    'an instruction of the job',
    'missing',
  )

  says('a block that is no instruction', () => single({ hello: 1 }), 'not an instruction')
  says('a surplus field', () => single(raw({ more: 1 })), 'not an instruction')
  says('a nonce', () => single(raw({ nnc: 'x' })), 'nonce')
  says('an effect', () => single(raw({ rsc: 'https:', op: 'http/get' })), 'the effect "http/get"')
  says(
    'an unknown core operation',
    () => single(raw({ rsc: 'ipvm:core', op: 'core/x', input: { args: [] } })),
    'core/x',
  )
  says(
    'a core operation of the prototype',
    () => single(raw({ rsc: 'ipvm:core', op: 'toString', input: { args: [] } })),
    'toString',
  )
  says('a core operation with a function', () => single(raw({ rsc: 'ipvm:core', op: 'core/item' })), 'names a function')
  says('no function', () => single(raw({ input: { args: [1] } })), 'names no function')
  says('an unknown function', () => single(raw({ input: { func: 'third', args: [1] } })), 'no function `third`')
  says('too few arguments', () => single(raw({ input: { func: 'half', args: [] } })), '0 arguments to `half`')
  says('too many arguments', () => single(raw({ input: { func: 'half', args: [1, 2] } })), '2 arguments to `half`')
  says(
    'a parameter in a closed job',
    () => single(raw({ input: { func: 'half', args: [{ 'ipvm/param': 'n' }] } })),
    'parameter `n`',
  )
  says(
    'a promise of an unknown kind, deep in an argument',
    () => single(raw({ input: { func: 'half', args: [[{ a: { 'await/error': math } }]] } })),
    'neither',
  )
  says(
    'a promise with more beside it',
    () => single(raw({ input: { func: 'half', args: [{ 'await/ok': block(1).cid, b: 1 }] } })),
    'neither',
  )
  says('a URL that is none', () => single(raw({ rsc: 'ipfs://x' })), 'IPFS URL', 'cid')
  says('a path below a component', () => single(raw({ rsc: `ipfs://${math}/a.wasm` })), 'canonical')
  says(
    'a component that is not there',
    () => single(raw({ rsc: `ipfs://${cidOf(new Uint8Array(7), 'raw')}` })),
    'is not at hand',
    'missing',
  )

  test('a component that is none', async () => {
    const text = await putFile(store, new TextEncoder().encode('not wasm'))
    expect(await loaded(single(raw({ rsc: `ipfs://${text}` })))).toMatchObject({
      code: 'job',
      message: expect.stringContaining('cannot be used'),
    })
  })
})
