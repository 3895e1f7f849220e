import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CID } from 'multiformats/cid'
import type { Body, Task } from '../../dag/graph.ts'
import { ok } from '../../dag/result.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Executor, RunOptions, RunOutcome, Store, UndoReport } from '../../runtime/interface.ts'
import { readHistory } from '../../runtime/journal/journal.ts'
import { resume, run } from '../../runtime/run.ts'
import { settleCommand } from '../../runtime/settle.ts'
import { memoryStore } from '../../runtime/store/open.ts'
import { failure } from '../../runtime/wasm/failure.ts'
import { createLocalExecutor } from '../../runtime/wasm/pool.ts'
import { effectsOf, ForgetfulDisk, Process, World, type Tear } from './harness/crash.ts'
import {
  attempt,
  body,
  core,
  each,
  jobOf,
  list,
  listOf,
  perform,
  query,
  s32,
  value,
  type Given,
} from './harness/jobs.ts'

let executor: Executor
beforeAll(() => (executor = createLocalExecutor({ workers: 1 })))
afterAll(() => executor.close())

/** Time passes when somebody waits for it. */
function clock(): Clock {
  let now = 1_000_000
  return {
    now: () => now,
    async sleep(ms) {
      now += ms
    },
  }
}

const op = (name: string, args: Given[], after: Given[] = [], retry = 0): Task => query(name, args, after, { retry })

/** A job with every class of command, in every place; the numbers that it sends depend on what it has asked. */
async function everything(store: Store): Promise<CID> {
  const now = op('ask/now', [value('first')])
  const sum = (...of: Given[]): Task => core('core/add', [...of, value('s32')])
  const first = op('put/set', [sum(now, 100)])
  const second = op('send/mail', [sum(first, 100)])
  const later = op('ask/now', [value('second')], [second])
  const third = op('pay/charge', [sum(second, 100)])
  const fourth = op('start/job', [sum(third, 100)])
  const many = each(
    value([1, 2, 3]),
    body(1, (own, x) => perform(op('send/mail', [sum(x, 1000)]), own)),
    listOf(s32),
  )
  const refused = attempt(body(0, own => perform(op('send/refuse', [7]), own)))
  const flaky = op('send/flaky', [8], [], 1)
  const last = op('send/mail', [sum(fourth, later)], [many, refused, flaky])
  const commands = [first, second, third, fourth, many, refused, flaky, last]
  return jobOf(store, list({ kind: 'await', task: last }, { kind: 'await', task: now }), listOf(s32), {}, commands)
}

interface Life {
  outcome: RunOutcome | undefined
  /** The step at which the process has ended. */
  died: string | undefined
  steps: string[]
}

/** One life of a process: it runs the job, or goes on with it, until it is done or dies. */
async function live(
  world: World,
  disk: ForgetfulDisk,
  job: (store: Store) => Promise<CID>,
  id: string | undefined,
  end?: number,
): Promise<Life & { id: string }> {
  const process = new Process(end)
  // All of the store but the journal is lost with the process: it holds nothing that must not be.
  const store = memoryStore()
  const cid = await job(store)
  const options: RunOptions = {
    ...{
      store,
      executor,
      effects: effectsOf(world, process),
      disk: disk.disk(process),
      clock: clock(),
      random: () => 0,
    },
    onEvent(event) {
      if (event.kind === 'started') ops.set(event.task.toString(), event.func)
      if (event.kind === 'finished' && !event.hit && !process.dead) world.finished.push(ops.get(event.task.toString())!)
    },
  }
  const ops = new Map<string, string>()
  let name = id
  const begin = store.begin
  store.begin = async (of, grants) => (name = await begin(of, grants))
  // Of a run that has not come to the barrier nothing may be left.
  const known = id !== undefined && readHistory(options.disk!, id)?.begin !== undefined
  const outcome = await Promise.race([known ? resume(id, options) : run(cid, new Map(), options), process.died])
  const died = typeof outcome === 'string' ? outcome : process.dead ? await process.died : undefined
  return { outcome: died === undefined ? (outcome as RunOutcome) : undefined, died, steps: process.steps, id: name! }
}

const times = (keys: string[]): number => Math.max(0, ...keys.map(key => keys.filter(other => other === key).length))

/** What must hold whatever has happened. */
function check(world: World, outcome: RunOutcome): void {
  for (const { key, line } of world.arrived)
    expect(world.arrived.filter(other => other.key === key).map(other => other.line)).toEqual(
      world.arrived.filter(other => other.key === key).map(() => line),
    )
  for (const op of ['send/mail', 'send/refuse', 'send/flaky', 'send/back'])
    expect(times(world.keysOf(op))).toBeLessThan(2)
  if (outcome.ok) {
    const totals = { 'put/set': 1, 'send/mail': 5, 'pay/charge': 1, 'start/job': 1, 'send/flaky': 1 }
    for (const [op, total] of Object.entries(totals)) expect(new Set(world.keysOf(op)).size, op).toBe(total)
  }
  if (!outcome.ok && 'unknown' in outcome) {
    // Of all others it is found out.
    expect(outcome.unknown.filter(({ op }) => !op.startsWith('send/'))).toEqual([])
    for (const op of new Set(outcome.unknown.map(command => command.op))) {
      const announced = [...world.announced.values()].filter(other => other === op).length
      const known = world.finished.filter(other => other === op).length
      const unknown = outcome.unknown.filter(command => command.op === op).length
      expect(unknown, `${op} is unknown`).toBeLessThanOrEqual(announced - known)
    }
  }
}

/** Goes on until the job has ended, whatever is unknown being found out. */
async function afterwards(
  world: World,
  disk: ForgetfulDisk,
  job: (store: Store) => Promise<CID>,
  id: string,
): Promise<RunOutcome> {
  for (let lives = 0; lives < 5; lives++) {
    const { outcome } = await live(world, disk, job, id)
    check(world, outcome!)
    if (outcome!.ok || !('unknown' in outcome!)) return outcome!
    for (const { key, args } of outcome.unknown) {
      const happened = world.arrived.some(entry => entry.key === key)
      const as = happened ? { value: args![0]!, blocks: [] } : { failure: failure('effect', 'it never came') }
      const settled = await settleCommand(id, async () => ok({ key, as }), {
        store: memoryStore(),
        disk: disk.disk(new Process()),
      })
      expect(settled.ok).toBe(true)
    }
  }
  throw new Error('it does not come to an end')
}

/** Done or failed; of a run that had ended before it could tell, its journal says which. */
function endOf(outcome: RunOutcome): string {
  if (outcome.ok) return 'done'
  if ('failure' in outcome) return 'failed'
  const ended = 'error' in outcome ? /has ended: (done|failed)$/.exec(outcome.error.message) : undefined
  return ended?.[1] ?? JSON.stringify(outcome)
}

const tears: Tear[] = ['nothing', 'all', 'half', 'zeros']

describe('a run that dies at any of its steps, on a disk that forgets', () => {
  test('does what cannot be taken back once, and says so where nobody knows', async () => {
    const { steps } = await live(new World(), new ForgetfulDisk(), everything, undefined)
    expect(steps.length).toBeGreaterThan(50)
    const ends = new Set<string>()
    for (const tear of tears)
      for (let end = 0; end < steps.length; end++) {
        const world = new World()
        const disk = new ForgetfulDisk()
        const first = await live(world, disk, everything, undefined, end)
        expect(first.died).toBeDefined()
        disk.cut(tear)
        const last = await afterwards(world, disk, everything, first.id)
        ends.add(endOf(last))
      }
    // Where a command has never arrived, and somebody says so, the job has failed.
    expect([...ends].sort()).toEqual(['done', 'failed'])
  }, 300_000)
})

/** Two commands that can be undone, one in a loop by what may be done twice, and a failure when they are done. */
async function doomed(store: Store): Promise<CID> {
  const undo = (by: string, captured: number): Body =>
    body(1, (own, result) => perform(op(by, [core('core/add', [result, captured, value('s32')])]), own))
  const first = { ...op('send/mail', [1]), undo: undo('send/back', 100) }
  const many = each(
    value([2, 3]),
    body(1, (own, x) => {
      const task = op('put/set', [x])
      task.undo = undo('put/back', 100)
      return perform(task, own)
    }),
    listOf(s32),
  )
  const stays = op('send/refuse', [9], [first])
  const failing = core('core/divide', [{ kind: 'await', task: first }, 0, value('s32')])
  return jobOf(store, failing, s32, {}, [first, many, attemptOf(stays)])
}

const attemptOf = (task: Task): Task => attempt(body(0, own => perform(task, own)))

test('a disk that is full ends the run, and it goes on when there is room', async () => {
  const { steps } = await live(new World(), new ForgetfulDisk(), everything, undefined)
  const writes = steps.filter(step => step === 'append').length
  expect(writes).toBeGreaterThan(5)
  for (let room = 0; room < writes; room++) {
    const world = new World()
    const disk = new ForgetfulDisk()
    disk.room = room
    const first = await live(world, disk, everything, undefined)
    expect(first.outcome).toMatchObject({ ok: false, error: { code: 'full' } })
    const before = world.arrived.length
    // It is still full.
    if (room > 0)
      expect(await live(world, disk, everything, first.id)).toMatchObject({ outcome: { error: { code: 'full' } } })
    expect(world.arrived.length).toBe(before)
    disk.room = Infinity
    const last = await afterwards(world, disk, everything, first.id)
    expect(last.ok || 'failure' in last).toBe(true)
  }
}, 300_000)

describe('a job that fails after it has changed the world', () => {
  test('takes back what it can, once, the latest first, though it dies meanwhile', async () => {
    const calm = new World()
    const { steps, outcome } = await live(calm, new ForgetfulDisk(), doomed, undefined)
    expect(outcome).toMatchObject({ ok: false, failure: { kind: 'value' }, undone: { undone: 3, failed: [] } })
    const lines = calm.arrived.map(({ line }) => line)
    const back = lines.filter(line => line.includes('/back'))
    const there = lines.filter(line => !line.includes('/back') && !line.startsWith('send/refuse'))
    expect(back.map(line => Number(/\d+/.exec(line)![0]) - 100)).toEqual(
      there.map(line => Number(/\d+/.exec(line)![0])).reverse(),
    )
    for (const tear of tears)
      for (let end = 0; end < steps.length; end++) {
        const world = new World()
        const disk = new ForgetfulDisk()
        const first = await live(world, disk, doomed, undefined, end)
        disk.cut(tear)
        const last = await afterwards(world, disk, doomed, first.id)
        expect(endOf(last)).toBe('failed')
        for (const done of ['send/mail(1)', 'put/set(2)', 'put/set(3)']) {
          const n = Number(/\d/.exec(done)![0])
          const happened = world.arrived.some(({ line }) => line === done)
          const arrived = world.arrived.filter(({ line }) => line.endsWith(`/back(${n + 100})`))
          const undone = new Set(arrived.map(({ key }) => key)).size
          // An undo that never came, as somebody has said, is told.
          const told = (last as { undone?: UndoReport }).undone?.failed.filter(({ op }) => done.startsWith(op)) ?? []
          if (told.length === 0) expect(undone, `${done} after ${first.died}, ${tear}`).toBe(happened ? 1 : 0)
          else expect(undone).toBeLessThan(2)
          if (done.startsWith('send')) expect(arrived).toHaveLength(undone)
        }
      }
  }, 300_000)
})
