import type { CID } from 'multiformats/cid'
import { beforeAll, describe, expect, test } from 'vitest'
import { block, cidOf } from '../../dag/cid.ts'
import type { Block, Ipld, IpldMap } from '../../dag/ipld.ts'
import { bodyBlocks, instructionBlock, jobBlocks, maxBodyDepth, nonce, readJob } from '../../dag/job.ts'
import type { BodyBlock, DagError, Instruction, Job, Limits } from '../../dag/interface.ts'
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
    'effects that it does not perform',
    bent(({ job }) => job.uses.push('http/get')),
    'names http/get, which it does not perform',
  )
  says(
    'a command that performs nothing',
    bent(({ job }) => job.commands.push(job.tasks[0]!)),
    'performs nothing',
  )
  says(
    'a command that is no task',
    bent(({ job }) => job.commands.push(block(1).cid)),
    'is no task of it',
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
    'no Wasm or effect task',
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
  says('a nonce', () => single(raw({ nnc: nonce(2) })), 'nonce')
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

describe('bodies', () => {
  interface Parts {
    blocks: Block[]
    body: Block
  }
  /** A body of these instructions, which may be used in an operation. */
  function bodyOf(tasks: Block[], value: Ipld, over: Partial<BodyBlock> = {}): Parts {
    const made = bodyBlocks({ params: 1, tasks: tasks.map(({ cid }) => cid), value, commands: [], ...over })
    return { blocks: [...tasks, ...made], body: made[0]! }
  }
  const slot = (index: number): Ipld => ({ 'ipvm/param': index })
  const type = { list: 's32' }

  function mapping(body: Block, ...captured: Ipld[]): Block {
    return instructionBlock({
      rsc: 'ipvm:core',
      op: 'core/map',
      input: { args: [[1, 2], type, type, ...captured], bodies: [body.cid] },
      nnc: '',
    })
  }

  /** A job whose result is a map with this body; limits are those of all calls in it. */
  function jobOf({ blocks, body }: Parts, captured: Ipld[] = [], before: Block[] = []): Draft {
    const top = mapping(body, ...captured)
    const { instructions, job } = draft([...before, top], promise(top))
    const calls = new Map([...blocks, ...before].map(({ cid }) => [cid.toString(), cid]))
    calls.delete(body.cid.toString())
    job.meta = [...calls.values()].map((cid): [CID, Limits] => [cid, limits]).sort(byCid)
    return { instructions: [...blocks, ...instructions], job }
  }

  const inside = (): Parts => {
    const call = instructionBlock(half(slot(0)))
    return bodyOf([call], promise(call))
  }

  test('that are fit are planned, each with its own limits', async () => {
    expect(await loaded(jobOf(inside()))).toBeUndefined()
    const outer = instructionBlock(half(8))
    const call = instructionBlock(half(slot(1)))
    expect(await loaded(jobOf(bodyOf([call], promise(call), { params: 2 }), [promise(outer)], [outer]))).toBeUndefined()
  })

  const says = (name: string, make: () => Draft, message: string, code: DagError['code'] = 'job') =>
    test(name, async () => {
      expect(await loaded(make())).toMatchObject({ code, message: expect.stringContaining(message) })
    })

  says(
    'that are not there',
    () => {
      const made = jobOf(inside())
      made.instructions.splice(1, 1)
      made.instructions[1] = mapping(block('nowhere'))
      made.job.tasks = [made.instructions[1].cid]
      made.job.result.value = promise(made.instructions[1])
      return made
    },
    'not in the store',
    'missing',
  )
  says('that are none', () => jobOf({ blocks: [block({ a: 1 })], body: block({ a: 1 }) }), 'is not a body')
  says(
    'a parameter out of range',
    () => {
      const call = instructionBlock(half(slot(1)))
      return jobOf(bodyOf([call], promise(call)))
    },
    'parameter 1 of a body that has 1',
  )
  says('a value out of range', () => jobOf(bodyOf([], slot(2))), 'the value of a body uses parameter 2')
  says(
    'a parameter of the job',
    () => {
      const call = instructionBlock(half({ 'ipvm/param': 'n' }))
      return jobOf(bodyOf([call], promise(call)))
    },
    'parameter `n`',
  )
  says(
    'a number where no body is',
    () => single(raw({ input: { func: 'half', args: [slot(0)] } })),
    'parameter 0 of a body that has 0',
  )
  says(
    'a task of the level around it',
    () => {
      const outer = instructionBlock(half(8))
      const call = instructionBlock(half(promise(outer)))
      return jobOf(bodyOf([call], promise(call)), [], [outer])
    },
    'no task of the same level',
  )
  says(
    'a task that nothing demands',
    () => jobOf(bodyOf([instructionBlock(half(slot(0)))], slot(0))),
    'nothing demands',
  )
  says(
    'a task twice',
    () => {
      const call = instructionBlock(half(slot(0)))
      return jobOf(bodyOf([call, call], promise(call)))
    },
    'twice in a body',
  )
  says('too few captured values', () => jobOf(bodyOf([], slot(0), { params: 3 })), 'takes 3 values')
  says('too many', () => jobOf(bodyOf([], slot(0)), [7]), 'takes 1 values')
  says(
    'a captured value with a hole in it',
    () => {
      const outer = instructionBlock(half(8))
      return jobOf(bodyOf([], slot(1), { params: 2 }), [[promise(outer)]], [outer])
    },
    'hole',
  )
  says(
    'a captured task that is not there',
    () => jobOf(bodyOf([], slot(1), { params: 2 }), [{ 'await/ok': block(1).cid }]),
    'no task of the same level',
  )
  says(
    'too few arguments',
    () => {
      const { blocks, body } = bodyOf([], slot(0))
      const top = instructionBlock({
        rsc: 'ipvm:core',
        op: 'core/map',
        input: { args: [[1]], bodies: [body.cid] },
        nnc: '',
      })
      const made = draft([top], promise(top))
      made.job.meta = []
      return { ...made, instructions: [...blocks, top] }
    },
    'core/map',
  )
  says(
    'an operation that has none',
    () => {
      const { blocks, body } = bodyOf([], slot(0))
      const top = instructionBlock({
        rsc: 'ipvm:core',
        op: 'core/item',
        input: { args: [[1], 0], bodies: [body.cid] },
        nnc: '',
      })
      const made = draft([top], promise(top))
      made.job.meta = []
      return { ...made, instructions: [...blocks, top] }
    },
    'has no bodies',
  )
  says(
    'an operation without them',
    () => single(raw({ rsc: 'ipvm:core', op: 'core/try', input: { args: [] } })),
    '0 bodies',
  )
  says(
    'no limits for a call in a body',
    () => {
      const made = jobOf(inside())
      made.job.meta = []
      return made
    },
    'no limits',
  )

  /** Bodies in bodies. */
  function deep(depth: number): Draft {
    let { blocks, body } = bodyOf([], slot(0))
    for (let at = 1; at < depth; at++) {
      const task = mapping(body)
      const around = bodyOf([task], promise(task))
      blocks = [...blocks, ...around.blocks]
      body = around.body
    }
    const made = jobOf({ blocks, body })
    made.job.meta = []
    return made
  }

  test('nest a thousand deep and no deeper', async () => {
    expect(await loaded(deep(maxBodyDepth))).toBeUndefined()
    expect(await loaded(deep(maxBodyDepth + 1))).toMatchObject({
      code: 'job',
      message: expect.stringContaining('deeper than 1000'),
    })
  })

  test('nest no deeper where one that was met before stands deeper than it did', async () => {
    const half = deep(600)
    const [first] = half.job.tasks as [CID]
    let { blocks, body } = bodyOf([], slot(0))
    for (const block of half.instructions.slice(0, -1)) blocks.push(block)
    body = half.instructions.at(-2)!
    for (let at = 0; at < 500; at++) {
      const task = mapping(body)
      const around = bodyOf([task], promise(task))
      blocks = [...blocks, ...around.blocks]
      body = around.body
    }
    const made = jobOf({ blocks, body }, [], [half.instructions.at(-1)!])
    made.job.meta = []
    made.job.result.value = [promise(half.instructions.at(-1)!), made.job.result.value]
    expect(made.job.tasks[0]).toEqual(first)
    expect(await loaded(made)).toMatchObject({ message: expect.stringContaining('deeper than 1000') })
  })

  test('that share others are read once each, however often they are used', async () => {
    // Written out it would have 3^40 bodies.
    let { blocks, body } = bodyOf([], slot(0))
    for (let at = 0; at < 40; at++) {
      const tasks = [1, 2, 3].map(n =>
        instructionBlock({
          rsc: 'ipvm:core',
          op: 'core/map',
          input: { args: [[n], type, type], bodies: [body.cid] },
          nnc: '',
        }),
      )
      const around = bodyOf(tasks, tasks.map(promise))
      blocks = [...blocks, ...around.blocks]
      body = around.body
    }
    const made = jobOf({ blocks, body })
    made.job.meta = []
    expect(await loaded(made)).toBeUndefined()
  })
})

describe('effects', () => {
  const effect = (op: string, over: Partial<Instruction['input']> = {}, nnc = ''): Block =>
    instructionBlock({ rsc: 'kv:', op, input: { args: [1], ...over }, nnc })

  /** A job whose tasks are these, whose commands are some of them, and whose result needs the others. */
  function jobOf(tasks: Block[], commands: Block[], uses: string[], others: Block[] = []): Draft {
    const made = draft([...tasks, ...commands], tasks.map(promise))
    made.instructions.push(...others)
    made.job.commands = commands.map(({ cid }) => cid).sort((a, b) => Buffer.compare(a.bytes, b.bytes))
    made.job.uses = uses
    return made
  }

  test('that are fit are planned', async () => {
    const get = effect('kv/get')
    const put = effect('kv/put', { after: [promise(get)] })
    const undo = bodyBlocks({ params: 2, tasks: [], value: { 'ipvm/param': 0 }, commands: [] })[0]!
    const again = effect('kv/put', { undo: { body: undo.cid, args: [promise(get)] } }, nonce(2))
    // What only an undo takes is needed too.
    const alone = jobOf([], [again], ['kv/get', 'kv/put'], [undo, get])
    alone.job.tasks.unshift(get.cid)
    alone.job.meta.push([get.cid, limits])
    alone.job.meta.sort(byCid)
    expect(await loaded(alone)).toBeUndefined()
    expect(await loaded(jobOf([get], [put, again], ['kv/get', 'kv/put'], [undo]))).toBeUndefined()
  })

  const says = (name: string, make: () => Draft, message: string) =>
    test(name, async () => {
      expect(await loaded(make())).toMatchObject({ code: 'job', message: expect.stringContaining(message) })
    })

  says('that are not named', () => jobOf([effect('kv/get')], [], []), '`uses` does not name')
  says(
    'without a scheme',
    () => {
      const get = instructionBlock({ rsc: 'kv', op: 'kv/get', input: { args: [] }, nnc: '' })
      return jobOf([get], [], ['kv/get'])
    },
    'no scheme',
  )
  says('without an operation', () => jobOf([effect('get')], [], ['get']), 'is no effect')
  says('with a function', () => jobOf([effect('kv/get', { func: 'f' })], [], ['kv/get']), 'names a function')
  says(
    'with a nonce that is no command',
    () => jobOf([effect('kv/get', {}, nonce(2))], [], ['kv/get']),
    'is no command',
  )
  says(
    'with an undo that takes something else',
    () => {
      const undo = bodyBlocks({ params: 3, tasks: [], value: 0, commands: [] })[0]!
      return jobOf([], [effect('kv/put', { undo: { body: undo.cid, args: [] } })], ['kv/put'], [undo])
    },
    'undo of 3',
  )
  says(
    'in a body of an operation that is no command',
    () => {
      const put = effect('kv/put')
      const body = bodyBlocks({ params: 0, tasks: [put.cid], value: 1, commands: [put.cid] })[0]!
      const top = instructionBlock({
        rsc: 'ipvm:core',
        op: 'core/try',
        input: { args: [], bodies: [body.cid] },
        nnc: '',
      })
      const made = jobOf([top], [], ['kv/put'], [put, body])
      made.job.meta = [[put.cid, limits]]
      return made
    },
    'is no command',
  )
  says(
    'without limits',
    () => {
      const made = jobOf([effect('kv/get')], [], ['kv/get'])
      made.job.meta = []
      return made
    },
    'no limits',
  )
})
