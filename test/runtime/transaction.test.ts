import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { block } from '../../dag/cid.ts'
import type { Body, Task } from '../../dag/graph.ts'
import type { Type } from '../../dag/types.ts'
import type { Effects, Executor, RunOptions, RunOutcome, RunRecord, Store } from '../../runtime/interface.ts'
import { cancel, resume, run } from '../../runtime/run.ts'
import { settleCommand } from '../../runtime/settle.ts'
import { fail, ok } from '../../dag/result.ts'
import { readFrames } from '../../runtime/journal/frames.ts'
import { Journal } from '../../runtime/journal/journal.ts'
import { queueOf } from '../../runtime/runs.ts'
import { StoreError } from '../../runtime/store/errors.ts'
import { memoryStore } from '../../runtime/store/open.ts'
import { createLocalExecutor } from '../../runtime/wasm/pool.ts'
import { arithmetic } from './harness/arithmetic.ts'
import { quickClock, Receiver, type Plan } from './harness/receiver.ts'
import type { OperationTraits } from '../../runtime/interface.ts'
import type { Disk, DiskFile } from '../../runtime/journal/disk.ts'
import {
  attempt,
  body,
  branch,
  call,
  core,
  each,
  jobOf,
  listOf,
  perform,
  putFile,
  query,
  s32,
  value,
  type Given,
} from './harness/jobs.ts'

let executor: Executor
beforeAll(() => (executor = createLocalExecutor({ workers: 1 })))
afterAll(() => executor.close())

const op = (name: string, args: Given[], after: Given[] = [], retry = 0): Task => query(name, args, after, { retry })
const add = (...of: Given[]): Task => core('core/add', [...of, value('s32')])
/** A pure task that fails. */
const failing = (of: Given = 1): Task => core('core/divide', [of, 0, value('s32')])

interface Scene {
  store: Store
  receiver: Receiver
  clock: ReturnType<typeof quickClock>
  go: (result: Given, commands: Task[], options?: Partial<RunOptions>, type?: Type) => Promise<RunOutcome>
  again: (id: string, options?: Partial<RunOptions> & { cancel?: boolean }) => Promise<RunOutcome>
}

function scene(plans: Record<string, Plan> = {}, traits: Record<string, Partial<OperationTraits>> = {}): Scene {
  const store = memoryStore()
  const receiver = new Receiver(plans, traits)
  const clock = quickClock()
  const all = (options: Partial<RunOptions>): RunOptions => ({
    ...{ store, executor, effects: receiver.effects, clock, random: () => 0 },
    ...options,
  })
  return {
    store,
    receiver,
    clock,
    go: async (result, commands, options = {}, type = s32) =>
      run(await jobOf(store, result, type, {}, commands), new Map(), all(options)),
    again: (id, options = {}) => resume(id, all(options)),
  }
}

const idOf = (outcome: RunOutcome): string => outcome.summary!.run

describe('before the barrier', () => {
  test('what was remembered is compared, so that nothing is changed by what is wrong', async () => {
    const { store, receiver, go } = scene()
    const math = await putFile(store, await arithmetic())
    const job = (): Task => op('send/a', [call(math, 'half', [8])])
    const own = job()
    await go(call(math, 'half', [8]), [])
    const bent: Executor = {
      ...executor,
      width: 1,
      call: async () => ({ ok: true, value: 5, ms: 1, memory: 1, gas: 1 }),
    }
    const outcome = await go(own, [own], { executor: bent, check: 1 })
    expect(outcome).toMatchObject({ ok: false, error: { code: 'nondeterminism' } })
    expect(receiver.lines).toEqual([])
    const other = job()
    expect(await go(other, [other], { check: 1 })).toMatchObject({ ok: true, summary: { checked: 1, hits: 1 } })
    expect(receiver.lines).toHaveLength(1)
  })

  test('a failure of what no command precedes leaves the world as it was, wherever it stands', async () => {
    const commands: [string, (command: Task) => { result: Given; commands: Task[] }][] = [
      ['before it', command => ({ result: failing(), commands: [command] })],
      ['behind it', command => ({ result: add(command, failing()), commands: [command] })],
      [
        'as an argument of another command',
        command => ({ result: command, commands: [command, op('send/b', [failing()])] }),
      ],
      [
        'in an instance',
        command => {
          const made = each(
            value([0, 1]),
            body(1, (own, x) => perform(op('send/c', [core('core/divide', [1, x, value('s32')])]), own)),
            listOf(s32),
          )
          return { result: command, commands: [command, made] }
        },
      ],
      ['as a query', command => ({ result: add(command, op('ask/fails', [1])), commands: [command] })],
    ]
    for (const [where, build] of commands) {
      const { receiver, go } = scene({ 'ask/fails(1)': { failed: true } })
      const { result, commands: all } = build(op('send/a', [1]))
      expect(await go(result, all), where).toMatchObject({ ok: false, failure: { kind: expect.any(String) } })
      expect(
        receiver.lines.filter(line => line.startsWith('send')),
        where,
      ).toEqual([])
    }
  })

  test('a failure that is caught is none', async () => {
    const { receiver, go } = scene()
    const careful = attempt(body(0, () => failing()))
    const command = op('send/a', [1], [careful])
    expect(await go(command, [command])).toMatchObject({ ok: true, result: 1 })
    expect(receiver.lines).toEqual(['send/a(1)'])
  })

  test('all that needs no command is done', async () => {
    const { receiver, go } = scene()
    const command = op('send/a', [1])
    const asked = op('ask/it', [2])
    expect(await go(add(add(command, asked), op('ask/after', [3], [command])), [command])).toMatchObject({ result: 6 })
    expect(receiver.lines).toEqual(['ask/it(2)', 'send/a(1)', 'ask/after(3)'])
  })

  test('what is not granted is found', async () => {
    const { receiver, go } = scene()
    const first = op('send/a', [1])
    expect(await go(first, [first, op('deny/all', [op('ask/it', [5])])])).toMatchObject({
      ok: false,
      failure: { kind: 'refused', detail: '`deny.all=5` is not granted' },
    })
    expect(receiver.lines).toEqual(['ask/it(5)'])
  })

  test('what is known not to be granted is found before anything is asked', async () => {
    const { receiver, go } = scene()
    const denied = (): Body => body(0, own => perform(op('deny/all', [7]), own))
    const commands = [
      op('send/a', [op('ask/it', [5])]),
      op('deny/all', [5]),
      branch(op('ask/it', [0]), [denied(), denied()]),
    ]
    const outcome = await go(1, commands)
    expect(outcome).toMatchObject({ ok: false, error: { code: 'effects' } })
    expect(outcome).not.toHaveProperty('summary')
    expect('error' in outcome && 'problems' in outcome.error && outcome.error.problems).toEqual([
      { op: 'deny.all', message: '`deny.all=5` is not granted', missing: 'deny.all=5' },
      { op: 'deny.all', message: '`deny.all=7` is not granted', missing: 'deny.all=7' },
    ])
    expect(receiver.lines).toEqual([])
  })

  test('notes do not wait', async () => {
    const { receiver, go } = scene()
    const note = op('note/say', [4])
    expect(await go(failing(note), [note, op('send/a', [1])])).toMatchObject({ ok: false })
    expect(receiver.lines).toEqual(['note/say(4)'])
  })
})

describe('a command', () => {
  test('that was not sent is tried again as often as its limits say, later each time', async () => {
    const { receiver, clock, go } = scene({ 'send/a(1)': { unsent: 2 }, 'send/b(1)': { unsent: 2 } })
    const good = op('send/a', [1], [], 2)
    expect(await go(good, [good])).toMatchObject({ ok: true, result: 1 })
    expect(clock.waited).toEqual([50, 100])
    expect(receiver.lines).toEqual(['send/a(1)'])
    const poor = op('send/b', [1], [], 1)
    expect(await go(poor, [poor])).toMatchObject({ failure: { kind: 'effect', detail: 'no connection' } })
    expect(receiver.lines).toEqual(['send/a(1)'])
  })

  test('whose result says that nothing has happened is tried again too, and so is a query', async () => {
    for (const name of ['send/a', 'ask/a']) {
      const plan = { [`${name}(1)`]: { again: 2 } }
      const patient = op(name, [1], [], 2)
      expect(await scene(plan).go(patient, name === 'send/a' ? [patient] : [])).toMatchObject({ result: 1 })
      const hasty = op(name, [1], [], 1)
      expect(await scene(plan).go(hasty, name === 'send/a' ? [hasty] : [])).toMatchObject({ result: -1 })
    }
  })

  test('that the receiver refuses has failed, and is not sent again', async () => {
    const { receiver, go } = scene({ 'send/a(1)': { failed: true } })
    const command = op('send/a', [1], [], 5)
    expect(await go(command, [command])).toMatchObject({ failure: { detail: 'the receiver says no' } })
    expect(receiver.lines).toEqual(['send/a(1)'])
  })

  test('of which nobody knows is never sent again, and blocks what needs it alone', async () => {
    const { receiver, go, again, store } = scene({ 'send/a(1)': { lost: 1 } })
    const lost = op('send/a', [1], [], 5)
    const needs = op('send/b', [lost])
    const other = op('send/c', [3])
    const outcome = await go(needs, [lost, needs, other, op('send/d', [4], [other])])
    expect(outcome).toMatchObject({
      ok: false,
      unknown: [{ op: 'send/a', args: [1], detail: 'no answer' }],
    })
    expect(receiver.lines).toEqual(['send/a(1)', 'send/c(3)', 'send/d(4)'])
    expect(await store.runs()).toMatchObject([{ state: 'unknown' }])

    expect(await again(idOf(outcome))).toMatchObject({ unknown: [{ op: 'send/a' }] })
    expect(receiver.lines.length).toBe(3)
    const settled = await settleCommand(
      idOf(outcome),
      async ([only]) => ok({ key: only!.key, as: { value: 40, blocks: [] } }),
      { store },
    )
    expect(settled).toEqual(ok([]))
    expect(await again(idOf(outcome))).toMatchObject({ ok: true, result: 40, summary: { ran: 1, hits: 3 } })
    expect(receiver.lines.slice(3)).toEqual(['send/b(40)'])
    expect(await again(idOf(outcome))).toMatchObject({
      ok: false,
      error: { message: expect.stringMatching(/has ended: done$/) },
    })
  })

  test('that may be sent twice is sent again with the same key, until somebody answers', async () => {
    const put = { 'put/a': { recovery: 'idempotent' as const } }
    const { receiver, go } = scene({ 'put/a(1)': { lost: 2 } }, put)
    const command = op('put/a', [1])
    expect(await go(command, [command])).toMatchObject({ ok: true, result: 1 })
    expect(receiver.lines.length).toBe(3)
    expect(new Set(receiver.keys).size).toBe(1)
    expect(receiver.keys[0]).toMatch(/^[0-9a-f]{64}$/)
    expect(await go(command, [command])).toMatchObject({ ok: true })
    expect(new Set(receiver.keys).size).toBe(2)

    const deaf = scene({ 'put/a(1)': { lost: 4 } }, put)
    const outcome = await deaf.go(command, [command])
    expect(outcome).toMatchObject({ unknown: [{ op: 'put/a' }] })
    expect(await deaf.again(idOf(outcome))).toMatchObject({ ok: true, result: 1 })
    expect(deaf.receiver.lines.length).toBe(5)
  })

  test('whose key the receiver remembers for a time is sent again within it', async () => {
    const keyed = { 'pay/a': { recovery: { keyed: 1000 } } }
    const { receiver, clock, go, again } = scene({ 'pay/a(1)': { lost: 4 } }, keyed)
    const command = op('pay/a', [1])
    const outcome = await go(command, [command])
    expect(outcome).toMatchObject({ unknown: [{ op: 'pay/a' }] })
    await clock.sleep(1000)
    expect(await again(idOf(outcome))).toMatchObject({ unknown: [{ op: 'pay/a' }] })
    expect(receiver.lines.length).toBe(3)
  })

  test('that can be asked about is asked about when it can no longer happen', async () => {
    const probed = { 'start/a': { recovery: { probe: 500 } } }
    const { receiver, clock, go } = scene({ 'start/a(1)': { lost: 1 } }, probed)
    const command = op('start/a', [1])
    expect(await go(command, [command])).toMatchObject({ ok: true, result: 1 })
    expect(receiver.lines).toEqual(['start/a(1)'])
    expect(receiver.asked).toEqual(['start/a(1)'])
    expect(clock.waited).toEqual([500])

    const absent = scene({ 'start/a(1)': { lost: 1 } }, probed)
    absent.receiver.happened = false
    expect(await absent.go(command, [command])).toMatchObject({ ok: true })
    expect(absent.receiver.lines).toEqual(['start/a(1)', 'start/a(1)'])
  })

  test('that does not say when it is sent is taken to be sent', async () => {
    const { go } = scene({ 'send/a(1)': { unsent: 1 } }, { 'send/a': { announces: false } })
    const command = op('send/a', [1], [], 3)
    expect(await go(command, [command])).toMatchObject({ ok: false, failure: { detail: 'no connection' } })
  })
})

test('a command that is refused has not happened, whenever it was said to be sent', async () => {
  const { receiver, store, go } = scene({}, { 'send/a': { announces: false } })
  const refusing: Effects = { ...receiver.effects, perform: async () => ({ kind: 'refused', message: 'not given' }) }
  const sent = op('send/a', [1])
  const outcome = await go(sent, [sent], { effects: refusing })
  expect(outcome).toMatchObject({ ok: false, error: { code: 'effects', message: 'not given' } })
  // Else nobody would know, and the run would wait.
  expect(await store.runs()).toMatchObject([{ state: 'failed' }])
})

describe('when the job fails after the barrier', () => {
  const undo = (name: string, captured: Given): Body =>
    body(1, (own, result) => perform(op(name, [add(result, captured)]), own))

  test('what was done is undone, the latest first, and nothing more begins', async () => {
    const { receiver, go, store } = scene()
    const first = { ...op('send/a', [1]), undo: undo('back/a', 10) }
    const second = { ...op('send/b', [first]), undo: undo('back/b', 20) }
    const third = op('send/c', [second])
    const never = op('send/d', [op('ask/slow', [1], [third])])
    const outcome = await go(failing(third), [first, second, third, never])
    expect(outcome).toMatchObject({
      ok: false,
      failure: { kind: 'value' },
      undone: { undone: 2, failed: [], standing: 1 },
    })
    expect(receiver.lines.filter(line => !line.startsWith('ask'))).toEqual([
      'send/a(1)',
      'send/b(1)',
      'send/c(1)',
      'back/b(21)',
      'back/a(11)',
    ])
    expect(await store.runs()).toMatchObject([{ state: 'failed' }])
  })

  test('a failure that is caught undoes nothing', async () => {
    const { receiver, go } = scene()
    const first = { ...op('send/a', [1]), undo: undo('back/a', 10) }
    const careful = attempt(body(0, () => failing(first)))
    const last = op('send/b', [2], [careful])
    expect(await go(last, [first, last])).toMatchObject({ ok: true })
    expect(receiver.lines).toEqual(['send/a(1)', 'send/b(2)'])
  })

  test('an undo that fails is told, and the others go on', async () => {
    const { receiver, go } = scene({ 'back/b(21)': { failed: true } })
    const first = { ...op('send/a', [1]), undo: undo('back/a', 10) }
    const second = { ...op('send/b', [first]), undo: undo('back/b', 20) }
    expect(await go(failing(second), [first, second])).toMatchObject({
      failure: { kind: 'value' },
      undone: { undone: 1, failed: [{ op: 'send/b', failure: { detail: 'the receiver says no' } }], standing: 0 },
    })
    expect(receiver.lines).toEqual(['send/a(1)', 'send/b(1)', 'back/b(21)', 'back/a(11)'])
  })

  test('it waits while anything is unknown', async () => {
    const { receiver, go, again, store } = scene({ 'send/b(2)': { lost: 1 } })
    const first = { ...op('send/a', [1]), undo: undo('back/a', 10) }
    const lost = { ...op('send/b', [2]), undo: undo('back/b', 20) }
    const outcome = await go(failing(first), [first, lost])
    expect(outcome).toMatchObject({ unknown: [{ op: 'send/b' }] })
    expect(receiver.lines.filter(line => line.startsWith('back'))).toEqual([])
    await settleCommand(idOf(outcome), async ([only]) => ok({ key: only!.key, as: { value: 2, blocks: [] } }), {
      store,
    })
    expect(await again(idOf(outcome))).toMatchObject({ failure: { kind: 'value' }, undone: { undone: 2 } })
    expect(receiver.lines.filter(line => line.startsWith('back'))).toEqual(['back/b(22)', 'back/a(11)'])
  })

  test('an undo of which nobody knows is asked for', async () => {
    const { go, again, store } = scene({ 'back/a(11)': { lost: 1 } })
    const first = { ...op('send/a', [1]), undo: undo('back/a', 10) }
    const outcome = await go(failing(first), [first])
    expect(outcome).toMatchObject({ unknown: [{ op: 'back/a', args: [11] }] })
    await settleCommand(idOf(outcome), async ([only]) => ok({ key: only!.key, as: { value: 0, blocks: [] } }), {
      store,
    })
    // An undo is not taken back itself.
    const undone = { undone: 1, failed: [], standing: 0 }
    expect(await again(idOf(outcome))).toMatchObject({ failure: { kind: 'value' }, undone })
  })
})

describe('an undo that may be done twice', () => {
  const idempotent = { 'back/a': { recovery: 'idempotent' } } as const
  const first = (): Task => ({
    ...op('send/a', [1]),
    undo: body(1, (own, result) => perform(op('back/a', [result]), own)),
  })
  const undone = { undone: 1, failed: [], standing: 0 }

  test('is done again where its process was lost in the middle of it', async () => {
    const { receiver, go, again } = scene({}, idempotent)
    const lost: Effects = {
      ...receiver.effects,
      async perform(call, signal) {
        if (call.op !== 'back/a') return receiver.effects.perform(call, signal)
        await call.sent()
        throw new StoreError({ code: 'full', message: 'nothing is recorded any more' })
      },
    }
    const sent = first()
    const outcome = await go(failing(sent), [sent], { effects: lost })
    expect(outcome).toMatchObject({ ok: false, error: { code: 'full' } })
    expect(await again(idOf(outcome))).toMatchObject({ failure: { kind: 'value' }, undone })
    expect(receiver.lines).toEqual(['send/a(1)', 'back/a(1)'])
  })

  test('and of which nobody knows is done again when the run goes on, or is taken back', async () => {
    for (const cancel of [false, true]) {
      const { receiver, go, again } = scene({ 'back/a(1)': { lost: 3 } }, idempotent)
      const sent = first()
      const outcome = await go(failing(sent), [sent])
      expect(outcome).toMatchObject({ unknown: [{ op: 'back/a' }] })
      expect(await again(idOf(outcome), { cancel })).toMatchObject({ failure: { kind: 'value' }, undone })
      expect(receiver.lines).toEqual(['send/a(1)', ...Array(4).fill('back/a(1)')])
      expect(new Set(receiver.keys.slice(1)).size).toBe(1)
    }
  })
})

test('an undo of which nobody knows is not forgotten where what it needs cannot be computed again', async () => {
  const { store, go, again } = scene({ 'back/a(5)': { lost: 1 } })
  const math = await putFile(store, await arithmetic())
  const half = call(math, 'half', [8])
  const sent = {
    ...op('send/a', [1]),
    undo: body(1, (own, result) => perform(op('back/a', [add(result, half)]), own)),
  }
  const id = idOf(await go(failing(sent), [sent]))
  const crash = { kind: 'crash', message: 'no worker' } as const
  const broken: Executor = {
    ...executor,
    width: 1,
    call: async () => ({ ok: false, failure: crash, ms: 1, memory: 0, gas: 0 }),
  }
  expect(await again(id, { memo: false, executor: broken })).toMatchObject({ unknown: [{ op: 'back/a', args: [5] }] })
  await settleCommand(id, async ([only]) => ok({ key: only!.key, as: { value: 5, blocks: [] } }), { store })
  expect(await again(id)).toMatchObject({ undone: { undone: 1, failed: [], standing: 0 } })
})

describe('a run that is stopped', () => {
  test('awaits what is under way, begins nothing more, and goes on later', async () => {
    const { receiver, go, again, store } = scene()
    const stop = new AbortController()
    const first = op('send/a', [1])
    const second = op('send/b', [first])
    receiver.onArrival = () => stop.abort()
    const outcome = await go(second, [first, second], { signal: stop.signal })
    expect(outcome).toMatchObject({ ok: false, stopped: true })
    expect(receiver.lines).toEqual(['send/a(1)'])
    expect(await store.runs()).toMatchObject([{ state: 'stopped' }])
    expect(await again(idOf(outcome))).toMatchObject({ ok: true, result: 1, summary: { ran: 1, hits: 1 } })
    expect(receiver.lines).toEqual(['send/a(1)', 'send/b(1)'])
  })

  test('is taken back where it is cancelled', async () => {
    const { receiver, go, again, store } = scene()
    const stop = new AbortController()
    const first = { ...op('send/a', [1]), undo: body(1, (own, result) => perform(op('back/a', [result]), own)) }
    const second = op('send/b', [first])
    receiver.onArrival = () => stop.abort()
    const outcome = await go(second, [first, second], { signal: stop.signal })
    expect(await again(idOf(outcome), { cancel: true })).toMatchObject({ cancelled: true, undone: { undone: 1 } })
    expect(receiver.lines).toEqual(['send/a(1)', 'back/a(1)'])
    expect(await store.runs()).toMatchObject([{ state: 'cancelled' }])
  })

  test('is not begun again beside itself, unless it is wanted', async () => {
    const { go, store } = scene({ 'send/a(1)': { lost: 1 } })
    const command = op('send/a', [1])
    const first = await go(command, [command])
    expect(await go(command, [command])).toMatchObject({ error: { code: 'unfinished', run: idOf(first) } })
    // What is to be undone has not been yet.
    await store.end(idOf(first), 'cancelling')
    expect(await go(command, [command])).toMatchObject({ error: { code: 'unfinished', run: idOf(first) } })
    expect(await go(command, [command], { again: true })).toMatchObject({ ok: true })
  })

  test('is held by one process at a time', async () => {
    const { store, go, again } = scene({ 'send/a(1)': { lost: 1 } })
    const command = op('send/a', [1])
    const id = idOf(await go(command, [command]))
    const held = store.disk.hold(id)!
    expect(await again(id)).toMatchObject({ error: { message: `the run ${id} is under way in another process` } })
    held.close(false)
    expect(await again(id)).toMatchObject({ unknown: [{}] })
  })
})

describe('a run that is under way', () => {
  test('is stopped and taken back where somebody cancels it', async () => {
    const { receiver, store, go } = scene()
    const first = { ...op('send/a', [1]), undo: body(1, (own, result) => perform(op('back/a', [result]), own)) }
    const second = op('send/b', [op('ask/slow', [1], [first])])
    let cancelling: Promise<RunOutcome> | undefined
    const options = { store, executor, effects: receiver.effects }
    const outcome = await go(second, [first, second], {
      onEvent(event) {
        if (event.kind !== 'finished' || event.func !== 'send/a') return
        cancelling = store.runs().then(([only]) => cancel(only!.run, options))
        // Until it is seen, nothing else comes to an end.
        receiver.delay = store.runs().then(() => new Promise(resolve => setTimeout(resolve, 1000)))
      },
    })
    expect(outcome).toMatchObject({ cancelled: true, undone: { undone: 1 } })
    expect(receiver.lines).toEqual(['send/a(1)', 'ask/slow(1)', 'back/a(1)'])
    expect(await cancelling).toMatchObject({ ok: false, cancelled: true })
    expect(await store.runs()).toMatchObject([{ state: 'cancelled' }])
    expect(await cancel(idOf(outcome), options)).toMatchObject({
      error: { message: expect.stringMatching(/has ended: cancelled$/) },
    })
  })

  const booked = (): Task => ({
    ...op('send/a', [1]),
    undo: body(1, (own, result) => perform(op('back/a', [result]), own)),
  })
  const undone = { undone: 1, failed: [], standing: 0 }

  test('is awaited where another process takes it back, and told with what was undone', async () => {
    const { receiver, store, clock, go, again } = scene()
    const stop = new AbortController()
    receiver.onArrival = () => stop.abort()
    const first = booked()
    const second = op('send/b', [first])
    const id = idOf(await go(second, [first, second], { signal: stop.signal }))
    const held = store.disk.hold(id)!
    const sleep = async (): Promise<void> => {
      held.close(false)
      await again(id, { cancel: true })
    }
    const options = { store, executor, effects: receiver.effects, clock: { ...clock, sleep } }
    expect(await cancel(id, options)).toMatchObject({ ok: false, cancelled: true, undone })
    expect(receiver.lines).toEqual(['send/a(1)', 'back/a(1)'])
  })

  test('is told to be cancelled where another process has it before it can take itself back', async () => {
    const { receiver, store, clock, go, again } = scene()
    const first = booked()
    const second = op('send/b', [op('ask/slow', [1], [first])])
    let id: string | undefined
    let held: DiskFile | undefined
    const disk: Disk = {
      ...store.disk,
      hold(run) {
        const file = store.disk.hold(run)
        const close = (discard: boolean): void => {
          file!.close(discard)
          held ??= store.disk.hold(run)
        }
        return file && { ...file, close }
      },
    }
    const sleep = async (): Promise<void> => {
      held!.close(false)
      await again(id!, { cancel: true })
    }
    const outcome = await go(second, [first, second], {
      disk,
      clock: { ...clock, sleep },
      onEvent(event) {
        if (event.kind !== 'finished' || event.func !== 'send/a') return
        receiver.delay = store.runs().then(async ([only]) => {
          id = only!.run
          await store.end(id, 'cancelling')
          await new Promise(resolve => setTimeout(resolve, 1000))
        })
      },
    })
    expect(outcome).toMatchObject({ ok: false, cancelled: true, undone })
    expect(receiver.lines).toEqual(['send/a(1)', 'ask/slow(1)', 'back/a(1)'])
  })

  test('is waited for no longer where whoever cancels it is stopped', async () => {
    const { receiver, store, go, again } = scene({ 'send/a(1)': { lost: 1 } })
    const first = booked()
    const id = idOf(await go(first, [first]))
    const held = store.disk.hold(id)!
    const stop = new AbortController()
    const sleep = async (_: number, signal?: AbortSignal): Promise<void> => {
      stop.abort(new Error('stopped by SIGINT'))
      signal?.throwIfAborted()
    }
    const clock = { now: Date.now, sleep }
    const options = { store, executor, effects: receiver.effects, clock, signal: stop.signal }
    expect(await cancel(id, options)).toMatchObject({ ok: false, stopped: true, summary: { run: id } })
    held.close(false)
    // It is still wanted.
    expect(await again(id)).toMatchObject({ unknown: [{ op: 'send/a' }] })
    expect(await store.stateOf(id)).toBe('cancelling')
  })

  test('and has changed nothing is over at once', async () => {
    const { receiver, store, go } = scene()
    let cancelling: Promise<RunOutcome> | undefined
    const options = { store, executor, effects: receiver.effects }
    receiver.delay = new Promise(resolve => setTimeout(resolve, 1000))
    const outcome = await go(op('ask/slow', [1]), [], {
      onEvent(event) {
        if (event.kind === 'started') cancelling = store.runs().then(([only]) => cancel(only!.run, options))
      },
    })
    expect(outcome).toMatchObject({ cancelled: true })
    expect(await cancelling).toMatchObject({ cancelled: true })
    expect(await store.runs()).toMatchObject([{ state: 'cancelled' }])
  })
})

test('each process that takes a run writes under an epoch of its own', async () => {
  const { store, go, again } = scene({ 'send/a(1)': { lost: 1 } })
  const sent = op('send/a', [1])
  const id = idOf(await go(sent, [sent]))
  await settleCommand(id, async ([only]) => ok({ key: only!.key, as: { value: 1, blocks: [] } }), { store })
  expect(await again(id)).toMatchObject({ ok: true })
  const read = readFrames(store.disk.read(id)!)
  expect(read.ok && [...new Set(read.value.frames.map(({ epoch }) => epoch))]).toEqual([1, 2, 3])
})

test('what commands and queries came to stands in the journal with its blocks, which the store may have lost', async () => {
  const { store, receiver, clock } = scene({ 'send/b(2000)': { lost: 1 } })
  let asked = 0
  const effects: Effects = {
    ...receiver.effects,
    async perform(call, signal) {
      if (!call.op.endsWith('/large')) return receiver.effects.perform(call, signal)
      if (call.op === 'ask/large') asked++
      await call.sent()
      const large = block(Array(1000).fill(call.args[0]!))
      return { kind: 'ok', value: large.cid, blocks: [large] }
    },
  }
  const math = await putFile(store, await arithmetic())
  const sum = (of: Task): Task => call(math, 'sum', [of])
  const made = op('send/large', [2])
  const last = op('send/b', [sum(made)])
  const later = op('ask/large', [3], [made])
  const total = add(add(sum(op('ask/large', [1])), sum(later)), last)
  const job = await jobOf(store, total, s32, {}, [made, last])
  const other = memoryStore()
  for await (const { cid, bytes } of store.blocks.getAll()) await other.blocks.put(cid, bytes)
  const options = { executor, effects, clock, disk: store.disk }
  const id = idOf(await run(job, new Map(), { ...options, store }))
  const afterwards = { ...options, store: other }
  expect(await resume(id, afterwards)).toMatchObject({ unknown: [{ op: 'send/b', args: [2000] }] })
  await settleCommand(id, async ([only]) => ok({ key: only!.key, as: { value: 7, blocks: [] } }), afterwards)
  expect(await resume(id, afterwards)).toMatchObject({ ok: true, result: 1000 + 3000 + 7 })
  expect(asked).toBe(2)
})

describe('the records of runs', () => {
  test('that the store has forgotten are in the journals, with the result, which is told again once', async () => {
    const { store, receiver, go } = scene()
    const sent = op('send/a', [7])
    const id = idOf(await go(sent, [sent]))
    const other = memoryStore()
    for await (const { cid, bytes } of store.blocks.getAll()) await other.blocks.put(cid, bytes)
    const options = { store: other, disk: store.disk, executor, effects: receiver.effects }
    expect(await resume(id, options)).toMatchObject({ ok: true, result: 7 })
    expect(receiver.lines).toEqual(['send/a(7)'])
    const over = { code: 'run', message: `the run ${id} has ended: done` }
    expect(await resume(id, options)).toMatchObject({ ok: false, error: over })
  })

  test('are read once for all of a queue, and again for what has come meanwhile', async () => {
    const store = memoryStore()
    const job = await jobOf(store, value(1))
    const waiting = (n: number): RunRecord => ({
      ...{ run: `run ${n}`, job, state: 'waiting', started: n, parent: 'parent', grants: [] },
    })
    const all = Array.from({ length: 20 }, (_, n) => waiting(n))
    await store.adopt(all)
    let reads = 0
    const counting = { ...store, runs: () => (reads++, store.runs()) }
    const seen: string[] = []
    for await (const { run } of queueOf({ store: counting })) {
      seen.push(run)
      expect(await resume(run, { store: counting, executor })).toMatchObject({ ok: true, result: 1 })
      if (seen.length === 3) await store.adopt([waiting(20)])
      // Somebody else was faster.
      if (seen.length === 5) await store.end('run 7', 'done', 1)
    }
    expect(seen).toEqual([...all.map(({ run }) => run).filter(run => run !== 'run 7'), 'run 20'])
    expect(reads).toBe(3)
  })
})

test('nobody is asked about commands of which going on finds out', async () => {
  const now = Date.now()
  const { store, receiver } = scene(
    {},
    {
      'twice/a': { recovery: 'idempotent' },
      'keyed/a': { recovery: { keyed: 60_000 } },
      'probe/a': { recovery: { probe: 1000 } },
    },
  )
  const job = await jobOf(store, value(1))
  const journal = Journal.open(store.disk, 'run', () => undefined)!
  const begin = { run: 'run', nonce: new Uint8Array(16), job, started: now, parent: null, grants: [] }
  journal.add({ kind: 'begin', ...begin }, { kind: 'barrier', planned: [] })
  const intents: [op: string, at: number][] = [
    ['send/a', now],
    ['twice/a', now],
    ['keyed/a', now],
    ['keyed/a', now - 120_000],
    ['probe/a', now],
    ['twice/a', now],
  ]
  for (const [key, [op, at]] of intents.entries())
    journal.add({ kind: 'intent', key: `${key}`, task: job, rsc: 'a:', op, args: [], at, undoes: null })
  // This one was sent again and again, in vain.
  journal.add({ kind: 'unknown', key: '5', detail: 'no answer' })
  await journal.commit()
  await journal.close()
  const askedFor = async (means: { effects?: Effects }): Promise<string[]> => {
    let keys: string[] = []
    const none = fail({ code: 'run' as const, message: 'none' })
    await settleCommand(
      'run',
      async unknown => {
        keys = unknown.map(({ key }) => key)
        return none
      },
      { store, ...means },
    )
    return keys
  }
  expect(await askedFor({ effects: receiver.effects })).toEqual(['0', '3', '5'])
  expect(await askedFor({})).toEqual(['0', '1', '2', '3', '4', '5'])
})
