import { performance } from 'node:perf_hooks'
import { workerData } from 'node:worker_threads'
import type { Result } from '../../dag/result.ts'
import type { Value } from '../../dag/value.ts'
import type { Failure, WasmOutcome } from '../interface.ts'
import { Cache } from './cache.ts'
import { callComponent, type Compiled, compileComponent } from './component.ts'
import { Sender } from './flow.ts'
import { Garbage } from './garbage.ts'
import { lineOf } from './line.ts'
import type { LogEntry } from './log.ts'
import { free, Malformed, type Pack } from './pack.ts'
import { Packer } from './packer.ts'
import {
  type Answer,
  messageBytes,
  newFigures,
  packAnswer,
  type Received,
  unpackRequest,
  type WorkerData,
} from './protocol.ts'
import { claim, clock } from './shared.ts'
import { Task } from './task.ts'
import { Unpacker } from './unpacker.ts'

interface Loaded {
  size: number
  /** One that was refused is remembered as such. */
  compiled: Result<Compiled, Failure>
  /** Milliseconds that each function takes, of late; those of short ones are not kept up to date. */
  usual: Map<string, number>
}

const { line: way, clock: times, claims, flow, cache: capacity, garbage: most } = workerData as WorkerData
const task = new Task()
const garbage = new Garbage(task, most)
const components = new Cache<Loaded>(capacity)
const packer = new Packer(true)
const line = lineOf(way)
const sender = new Sender(line, flow)
/** Answers that wait for others, to be told of together: so many at the most, and so many milliseconds. */
let waiting = 0
const together = 256
const patience = 1
let told = 0
/** Figures of those, as far as others have the same. */
let figures = newFigures()
/** The call that was read last from a message. */
let last: Received | undefined
const none: Value[] = []
/** Messages after which this thread has nothing to do for a moment: an engine frees dead memories then. */
const turn = 8
/** When the last call ended, or what else was done since. */
let now = 0

line.listen(first => {
  now = told = performance.now()
  let left = turn
  let pack: Pack | undefined = first
  do {
    const requests = new Unpacker(pack)
    last = undefined
    while (requests.more) {
      if (!serve(requests.word(), requests, pack)) return
      if (garbage.due()) {
        // Before the next call is sent here, and before the result of this one is there twice.
        garbage.free()
        now = performance.now()
      }
      if (waiting === together || now - told > patience || packer.size > messageBytes) tell()
    }
  } while (--left > 0 && (pack = line.next()))
  tell()
  times.words[clock.at] = 0
})

function tell(): void {
  if (waiting === 0) return
  sender.send(...packer.take())
  waiting = 0
  figures = newFigures()
  now = told = performance.now()
}

/**
 * @param spent what is of no use when its last call has been read
 * @returns whether this worker can go on
 */
function serve(id: number, requests: Unpacker, spent: Pack): boolean {
  // What it gave before may not have been taken by those who asked, and counts no longer.
  sender.settle()
  times.words[clock.at] = id
  let reply: Answer
  try {
    last = unpackRequest(requests, last)
    if (!requests.more) {
      free(spent.block)
      spent.large.length = 0
    }
    if (!claim(claims, id)) return true
    reply = answer(id, last)
  } catch (error) {
    if (error instanceof Malformed) throw error
    reply = fault(error)
  }
  // The watchdog has ended this call, and is about to end this thread.
  if (Atomics.exchange(times.words, clock.call, 0) < 0) return false
  // Whoever comes next may need their memory.
  if (last) last.args = none
  reply = put(id, reply)
  if (reply.kind !== 'exhausted') return true
  tell()
  return false
}

/** Puts an answer to those that wait; where there is no memory for it, says so instead. */
function put(id: number, answer: Answer): Answer {
  waiting++
  try {
    packer.word(id)
    packAnswer(packer, answer, figures)
    return answer
  } catch (error) {
    const instead = fault(error)
    if (instead.kind !== 'exhausted') throw error
    // This worker is going to be replaced, and the calls run again of which it has not told.
    packer.clear()
    packer.word(id)
    packAnswer(packer, instead, newFigures())
    waiting = 1
    return instead
  }
}

function answer(id: number, { component, bytes, func, args, limits }: Received): Answer {
  let loaded = components.get(component)
  if (!loaded) {
    if (!bytes) return { kind: 'missing', instances: task.instances }
    tell()
    const compiled = compileComponent(owned(bytes), task.log)
    loaded = { size: compiled.ok ? compiled.value.size : bytes.length, compiled, usual: new Map() }
    components.set(component, loaded)
    now = performance.now()
  }
  const { compiled, usual } = loaded
  if (!compiled.ok) return done({ ok: false, failure: compiled.error, ms: 0, memory: 0, gas: 0 })
  const expected = usual.get(func)
  // Others do not wait for one that may be long.
  if (expected === undefined || expected > patience) tell()
  times.limit[0] = limits.time
  times.words[clock.call] = id
  const outcome = callComponent(compiled.value, task, func, args, limits)
  // Calls follow each other, so that one begins when the one before it has ended.
  const ms = -now + (now = performance.now())
  if (expected === undefined ? compiled.value.functions.has(func) : expected > patience || ms > patience)
    usual.set(func, expected === undefined ? ms : (expected * 3 + ms) / 4)
  const { memory, gas } = outcome
  return outcome.ok
    ? done({ ok: true, value: outcome.value, ms, memory, gas })
    : done({ ok: false, failure: outcome.failure, ms, memory, gas })
}

function done(outcome: WasmOutcome): Answer {
  const log = task.log.empty ? silence : task.log.entries()
  return { kind: 'done', outcome, log, instances: task.instances }
}

/** What most components write. */
const silence: LogEntry[] = []

/** The decoder keeps views of the bytes, and text cannot be decoded out of shared ones. */
function owned(bytes: Uint8Array): Uint8Array {
  return bytes.buffer instanceof SharedArrayBuffer ? bytes.slice() : bytes
}

/** What an error means that is no doing of the guest: the engine has no address space, memory or stack left, or a bug. */
function fault(error: unknown): Answer {
  const { instances } = task
  if (error instanceof RangeError && /out of memory|allocat|^Maximum call stack/i.test(error.message))
    return { kind: 'exhausted', message: String(error), instances }
  return { kind: 'bug', message: error instanceof Error ? (error.stack ?? String(error)) : String(error), instances }
}
