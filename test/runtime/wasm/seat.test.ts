import { describe, expect, test } from 'vitest'
import type { Value } from '../../../dag/value.ts'
import type { Channel, Listener } from '../../../runtime/wasm/channels.ts'
import type { Pack } from '../../../runtime/wasm/pack.ts'
import { Packer } from '../../../runtime/wasm/packer.ts'
import { Unpacker } from '../../../runtime/wasm/unpacker.ts'
import { newFigures, packAnswer, unpackRequest, type Received, type Reply } from '../../../runtime/wasm/protocol.ts'
import { type Ending, Seat, type Sent } from '../../../runtime/wasm/seat.ts'
import { claim, newClaims, placeOf, places } from '../../../runtime/wasm/shared.ts'
import { MiB } from './harness.ts'

type Call = Sent & { name: string }
type Got = Received & { id: number }

/** A seat whose workers are played by the test. */
class Played {
  /** What each worker was sent, message by message. */
  readonly workers: { listener: Listener; sent: Got[][]; claims: ReturnType<typeof newClaims>; ended: boolean }[] = []
  readonly endings: [name: string, ending: Ending][] = []
  changes = 0
  readonly seat: Seat<Call>

  constructor(recycle = 1000) {
    const start = (listener: Listener): Channel => {
      const worker = { listener, sent: [] as Got[][], claims: newClaims(), ended: false }
      this.workers.push(worker)
      return {
        send: pack => void worker.sent.push(read(pack)),
        withdraw: ids =>
          listener.withdrawn(
            ids,
            ids.filter(id => claim(worker.claims, id)),
          ),
        hold: () => undefined,
        end: () => (worker.ended = true),
      }
    }
    this.seat = new Seat<Call>({ start, close: async () => undefined }, recycle, {
      ended: ({ name }, ending) => this.endings.push([name, ending]),
      changed: () => this.changes++,
    })
  }

  get worker() {
    return this.workers.at(-1)!
  }

  /** Ids of what the present worker was sent, by name. */
  get ids(): { [name: string]: number } {
    return Object.fromEntries(this.worker.sent.flat().map(({ id, func }) => [func, id]))
  }

  give(...calls: Call[]): void {
    for (const call of calls) this.seat.add(call)
    this.seat.send()
  }

  answer(...answers: [name: string, reply: Reply, instances?: number][]): void {
    this.worker.listener.answers(answersOf(answers.map(([name, ...rest]) => [this.ids[name]!, ...rest])))
  }
}

function read(pack: Pack): Got[] {
  const unpacker = new Unpacker(pack)
  const got: Got[] = []
  while (unpacker.more) got.push({ id: unpacker.word(), ...unpackRequest(unpacker, got.at(-1)) })
  return got
}

function answersOf(answers: [id: number, reply: Reply, instances?: number][]): Pack {
  const packer = new Packer(true)
  const figures = newFigures()
  for (const [id, reply, instances = 0] of answers) {
    packer.word(id)
    packAnswer(packer, { ...reply, instances }, figures)
  }
  return packer.take()[0]
}

const limits = { memory: 1000, gas: 500, time: 10 }

function call(name: string, args: Value[] = [], more: Partial<Call> = {}): Call {
  return {
    name,
    component: 'the component',
    func: name,
    args,
    limits,
    bytes: Uint8Array.of(1, 2, 3),
    alone: false,
    turn: 0,
    id: 0,
    size: 0,
    carries: false,
    stopped: false,
    ...more,
  }
}

/** An answer; `more` changes what it tells, also to what cannot be. */
const ok = (value: Value = 1, more: object = {}): Reply =>
  done({ ok: true, value, ms: 1, memory: 10, gas: 20, ...more })
const failing = (failure: object): Reply => done({ ok: false, failure, ms: 1, memory: 0, gas: 0 })
const done = (outcome: object, log: readonly object[] = []): Reply =>
  ({ kind: 'done', outcome, log }) as unknown as Reply
const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `f${i}`)
const calls = (count: number): Call[] => names(count).map(name => call(name))
const back = { kind: 'back', suspect: false }
const suspect = { kind: 'back', suspect: true }

describe('a worker is given', () => {
  test('what there is in one message, the component once', () => {
    const played = new Played()
    played.give(call('a', [1]), call('b', ['x']))
    played.give(call('c'))
    expect(played.worker.sent).toMatchObject([
      [
        { func: 'a', args: [1], bytes: Uint8Array.of(1, 2, 3), limits },
        { func: 'b', args: ['x'], bytes: undefined },
      ],
      [{ func: 'c', bytes: undefined }],
    ])
  })

  test('the component once more, when it has dropped it, or has given the call back that brought it', () => {
    const played = new Played()
    played.give(call('a'), call('b'))
    played.answer(['a', ok()], ['b', { kind: 'missing' }])
    played.give(call('c'), call('d'))
    played.seat.askBack(2)
    played.give(call('e'))
    expect(played.endings.map(([name]) => name)).toEqual(['a', 'b', 'd', 'c'])
    expect(played.worker.sent.flat().map(({ bytes }) => bytes !== undefined)).toEqual([true, false, true, false, true])
  })

  test('at most a megabyte in one message, or one call', () => {
    const played = new Played()
    const large = (name: string): Call => call(name, [new Uint8Array(0.6 * MiB)])
    played.give(large('a'), large('b'), large('c'), call('d', [new Uint8Array(3 * MiB)]), call('e'))
    expect(played.worker.sent.map(message => message.map(({ func }) => func))).toEqual([['a', 'b'], ['c', 'd'], ['e']])
  })

  test('no more while it has 4 MiB of arguments', () => {
    const played = new Played()
    const large = (name: string): Call => call(name, [new Uint8Array(3 * MiB)])
    played.give(large('a'))
    expect(played.seat.open).toBe(true)
    played.give(large('b'))
    expect(played.seat.open).toBe(false)
    played.answer(['a', ok()])
    expect(played.seat.open).toBe(true)
  })

  test('no more calls than there are places, each at its own, whichever were taken back', () => {
    const played = new Played()
    played.give(...calls(places))
    expect(played.seat.open).toBe(false)
    played.seat.askBack(100)
    expect([played.seat.load, played.endings.length]).toEqual([places - 100, 100])
    played.give(...calls(100))
    expect(new Set(played.seat.calls.map(({ id }) => placeOf(id))).size).toBe(places)
    expect(() => played.seat.add(call('one too many'))).toThrow('more calls than there are places')
  })

  test('none beside one that is to be alone', () => {
    const played = new Played()
    played.give(call('a', [], { alone: true }))
    expect(played.seat.open).toBe(false)
    played.answer(['a', ok()])
    expect(played.seat.open).toBe(true)
  })

  test('what can be sent: an argument that cannot is the error of its own call, and the others come back', () => {
    const played = new Played()
    const unreadable = new Proxy({}, { ownKeys: () => { throw new Error('no keys') } }) // prettier-ignore
    played.give(call('a'), call('b', ['text', unreadable as Value]), call('c', ['text']))
    expect(played.endings).toEqual([['b', { kind: 'bug', message: 'Error: no keys' }], ['a', back]]) // prettier-ignore
    expect(played.worker.sent).toMatchObject([[{ func: 'c', args: ['text'], bytes: Uint8Array.of(1, 2, 3) }]])
    expect([played.seat.load, played.changes]).toEqual([1, 1])
  })
})

describe('answers', () => {
  test('end their calls, in any order; a worn worker is replaced after the last', () => {
    const played = new Played(5)
    played.give(...calls(3))
    played.answer(['f1', ok('one')], ['f0', failing(failed), 5])
    expect(played.endings).toMatchObject([
      ['f1', ok('one')],
      ['f0', failing(failed)],
    ])
    expect([played.seat.open, played.worker.ended]).toEqual([false, false])
    played.answer(['f2', ok()])
    expect([played.seat.open, played.worker.ended]).toEqual([true, true])
  })

  test('tell their figures once where they are the same, whatever stands between', () => {
    const played = new Played(5)
    played.give(...calls(8))
    const more = { gas: 21 }
    const log = [{ stream: 'log', text: 'l' }]
    const written = done({ ok: true, value: 'w', ms: 2, memory: 10, gas: 25 }, log)
    const replies = [ok('a'), ok('b'), failing(failed), ok('c'), written, ok('d'), ok('e', more), ok('f', more)]
    played.answer(...replies.map((reply, i): [string, Reply] => [`f${i}`, reply]))
    expect(played.endings).toMatchObject(replies.map((reply, i) => [`f${i}`, reply]))

    const size = (second: Reply): number => answersOf([[1, ok()], [2, second]]).block.length // prettier-ignore
    expect(size(ok())).toBeLessThan(size(ok(1, { gas: 21 })))
  })

  test('have the instances that were told with the figures', () => {
    const played = new Played(5)
    played.give(...calls(3))
    played.answer(['f0', ok(), 4], ['f1', ok(), 5])
    expect(played.seat.open).toBe(false)
  })

  test('of a worker that had no memory left end it, and the others come back', () => {
    const played = new Played()
    played.give(...calls(3))
    played.answer(['f0', { kind: 'exhausted', message: 'no more' }])
    expect(played.endings).toMatchObject([
      ['f0', { kind: 'exhausted', message: 'no more' }],
      ['f2', back],
      ['f1', back],
    ])
    expect(played.worker.ended).toBe(true)
  })

  const failed = { kind: 'trap', message: 'the component trapped', detail: 'unreachable' } as const
  const outcome = { ok: true, value: 1, ms: 1, memory: 0, gas: 0 }

  test.each<[name: string, answers: [name: string, reply: Reply][]]>([
    ['to a call that it does not have', [['nobody', ok()]]],
    ['to one call twice', [['f0', ok()], ['f0', ok()]]], // prettier-ignore
    ['that tells of more gas than the limit', [['f0', ok(1, { gas: 501 })]]],
    ['that tells of more memory than the limit', [['f0', ok(1, { memory: 1001 })]]],
    ['that tells of gas that is no figure', [['f0', ok(1, { gas: 0.5 })]]],
    ['that tells of less memory than none', [['f0', ok(1, { memory: -1 })]]],
    ['that took less time than none', [['f0', ok(1, { ms: -1 })]]],
    ['that took all time', [['f0', ok(1, { ms: Infinity })]]],
    ['with a longer log than a call has', [['f0', done(outcome, [{ stream: 'log', text: 'x'.repeat(65_537) }])]]],
    ['with a stream that is none', [['f0', done(outcome, [{ stream: 'no', text: '' }])]]],
    ['with a failure that no component has', [['f0', failing({ ...failed, kind: 'effect' })]]],
    ['that misses the component that came with the call', [['f0', { kind: 'missing' }]]],
    ['like one that was never given', [['f0', { kind: 'alike', message: '' } as unknown as Reply]]],
    ['of no kind', [['f0', { kind: 'other', message: '' } as unknown as Reply]]],
  ])('%s end the worker, and nobody is to blame yet', (_, answers) => {
    const played = new Played()
    played.give(...calls(3))
    const told = answers.length - 1
    played.answer(...answers)
    expect(played.worker.ended).toBe(true)
    expect(played.endings.slice(told)).toEqual(
      names(3)
        .slice(told)
        .reverse()
        .map(name => [name, suspect]),
    )
    expect(played.changes).toBe(1)
  })

  test('that are cut off end the worker; a call that was alone is to blame', () => {
    const played = new Played()
    played.give(call('a'))
    const { block, large } = answersOf([[played.ids['a']!, ok('a text')]])
    played.worker.listener.answers({ block: block.slice(0, -4), large })
    expect(played.endings).toMatchObject([
      ['a', { kind: 'lost', message: 'the worker gave an answer that is none: a text ends early' }],
    ])
  })

  test('write nothing to a terminal but what can be read', () => {
    const played = new Played()
    played.give(call('a'), call('b'))
    const esc = '\x1b[2J\u202e'
    played.answer(['a', failing({ ...failed, detail: `${esc}x` })])
    played.answer(['b', { kind: 'exhausted', message: `${esc}y` }])
    expect(played.endings).toMatchObject([
      ['a', failing({ ...failed, detail: '\ufffd[2J\ufffdx' })],
      ['b', { message: '\ufffd[2J\ufffdy' }],
    ])
  })

  test('of a worker that is no more are not heard', () => {
    const played = new Played()
    played.give(call('a'))
    const { listener } = played.worker
    const answers = answersOf([[played.ids['a']!, ok()]])
    listener.loss({ kind: 'lost', id: 0, message: 'gone' })
    listener.answers(answers)
    listener.withdrawn([], [])
    listener.loss({ kind: 'lost', id: 0, message: 'gone' })
    expect(played.endings).toMatchObject([['a', { kind: 'lost' }]])
    expect(played.seat.load).toBe(0)
  })

  test('may be as long as what a call may have at the most', () => {
    const played = new Played()
    played.give(call('a'))
    const small = played.worker.listener.room()
    played.give(call('b', [], { limits: { ...limits, memory: 64 * MiB } }))
    expect(small).toBeLessThan(2 * MiB)
    expect(played.worker.listener.room() - small).toBe(2 * (64 * MiB - limits.memory))
    played.answer(['b', ok()])
    expect(played.worker.listener.room()).toBe(small)
  })
})

describe('of a worker that is lost', () => {
  test('the next one has ids of its own, since nobody has had calls from it yet', () => {
    const played = new Played()
    played.give(call('a'))
    const { a } = played.ids
    played.worker.listener.loss({ kind: 'lost', id: a!, message: 'gone' })
    played.give(call('b'))
    expect(played.ids).toEqual({ b: a })
  })

  test('the call that it was at is to blame, and no other', () => {
    const played = new Played()
    played.give(...calls(3))
    const loss = { kind: 'lost', id: played.ids['f1']!, message: 'gone' } as const
    played.worker.listener.loss(loss)
    expect(played.endings).toEqual([['f2', back], ['f0', back], ['f1', loss]]) // prettier-ignore
  })

  test.each([0, -1, 12345678])('none is to blame where it is not known which, as of %d', id => {
    const played = new Played()
    played.give(...calls(3))
    played.worker.listener.loss({ kind: 'lost', id, message: 'gone' })
    expect(played.endings).toEqual([['f2', suspect], ['f1', suspect], ['f0', suspect]]) // prettier-ignore
  })

  test('the next call goes to another', () => {
    const played = new Played()
    played.give(...calls(2))
    played.worker.listener.loss({ kind: 'overrun', id: played.ids['f0']!, ms: 10 })
    played.give(call('next'))
    expect(played.workers.map(({ sent }) => sent.flat().map(({ func }) => func))).toEqual([['f0', 'f1'], ['next']])
    expect(played.worker.sent[0]![0]!.bytes).toBeDefined()
  })
})

describe('a call that is stopped', () => {
  test('comes back where it was not begun', () => {
    const played = new Played()
    const [a, b] = calls(2) as [Call, Call]
    played.give(a, b)
    played.seat.stop(b)
    expect([played.endings, played.worker.ended]).toEqual([[['f1', back]], false])
  })

  test('ends its worker where it was, and the others come back', () => {
    const played = new Played()
    const [a, b] = calls(2) as [Call, Call]
    played.give(a, b)
    claim(played.worker.claims, a.id)
    played.seat.stop(a)
    expect([played.endings, played.worker.ended]).toEqual([[['f1', back], ['f0', back]], true]) // prettier-ignore
  })

  test('does nothing where it has ended', () => {
    const played = new Played()
    const [a, b] = calls(2) as [Call, Call]
    played.give(a, b)
    played.answer(['f0', ok()])
    played.seat.stop(a)
    expect([played.endings.length, played.worker.ended]).toEqual([1, false])
  })
})
