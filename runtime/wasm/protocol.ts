import type { MessagePort } from 'node:worker_threads'
import type { FailureKind } from '../../dag/failure.ts'
import type { Value } from '../../dag/value.ts'
import type { WasmOutcome } from '../interface.ts'
import type { Usage } from './budget.ts'
import { failure, withoutControls as plain } from './failure.ts'
import type { Flow } from './flow.ts'
import { maxLog, type LogEntry } from './log.ts'
import { Malformed, type Pack } from './pack.ts'
import { Packer } from './packer.ts'
import type { Claims, Clock } from './shared.ts'
import type { Unpacker } from './unpacker.ts'

/** One call, from the pool to a worker. */
export interface Request {
  /** The component's CID as text. */
  component: string
  func: string
  args: Value[]
  /** `time` in milliseconds, counted from the moment in which the worker begins to execute. */
  limits: Usage & { time: number }
}

/** What came of a call, from a worker to the pool. */
export type Reply =
  | { kind: 'done'; outcome: WasmOutcome; log: LogEntry[] }
  /** The worker does not hold this component (any longer); it wants the bytes. */
  | { kind: 'missing' }
  /** The machine had no more to give: the call may be tried on a fresh worker. */
  | { kind: 'exhausted'; message: string }
  /** A bug of ours. */
  | { kind: 'bug'; message: string }

/** Why a worker is no more: a call had its time, or something else; `id` is the call that it was at, 0 where that is not known. */
export type Loss = { kind: 'overrun'; id: number; ms: number } | { kind: 'lost'; id: number; message: string }

/**
 * @param before the call that stands before it in the pack: what is the same is not said again
 * @param bytes those of its component, where they go with it
 */
export function packRequest(
  packer: Packer,
  { component, func, args, limits }: Request,
  before: Request | undefined,
  bytes: Uint8Array | undefined,
): void {
  if (
    before !== undefined &&
    bytes === undefined &&
    component === before.component &&
    func === before.func &&
    limits.memory === before.limits.memory &&
    limits.gas === before.limits.gas &&
    limits.time === before.limits.time
  ) {
    packer.word(1)
  } else {
    packer.word(0)
    packer.name(component)
    packer.value(bytes ?? null)
    packer.name(func)
    packer.number(limits.memory)
    packer.number(limits.gas)
    packer.number(limits.time)
  }
  packer.word(args.length)
  for (const arg of args) packer.value(arg)
}

/** A call as it comes to a worker, with its component's bytes where they were sent with it. */
export type Received = Request & { bytes: Uint8Array | undefined }

export function unpackRequest(pack: Unpacker, before: Received | undefined): Received {
  if (pack.word() === 1) {
    if (!before) throw new Malformed('nothing stands before it')
    const { component, func, limits } = before
    return { component, bytes: undefined, func, args: unpackArgs(pack), limits }
  }
  const component = pack.name()
  const bytes = (pack.value() as Uint8Array | null) ?? undefined
  const func = pack.name()
  const limits = { memory: pack.number(), gas: pack.number(), time: pack.number() }
  return { component, bytes, func, args: unpackArgs(pack), limits }
}

function unpackArgs(pack: Unpacker): Value[] {
  const count = pack.count()
  const args = new Array<Value>(count)
  for (let i = 0; i < count; i++) args[i] = pack.value()
  return args
}

const kinds = ['done', 'missing', 'exhausted', 'bug'] as const
/** What a call that is done has come to: a value, or one of the failures that a worker tells of. */
const ends = ['ok', 'trap', 'memory', 'gas', 'stack', 'refused', 'value'] as const satisfies ('ok' | FailureKind)[]
const done = kinds.indexOf('done')
const ok = ends.indexOf('ok')
const streams = ['stdout', 'stderr', 'log'] as const satisfies LogEntry['stream'][]

export function packReply(packer: Packer, reply: Reply): void {
  if (reply.kind !== 'done') {
    packer.word(kinds.indexOf(reply.kind))
    if (reply.kind !== 'missing') packer.text(reply.message)
    return
  }
  packer.word(done)
  const { outcome, log } = reply
  packer.number(outcome.ms)
  packer.number(outcome.memory)
  packer.number(outcome.gas)
  packer.word(log.length)
  for (const { stream, text } of log) {
    packer.word(streams.indexOf(stream))
    packer.text(text)
  }
  packer.word(outcome.ok ? ok : ends.indexOf(outcome.failure.kind as (typeof ends)[number]))
  packer.value(outcome.ok ? outcome.value : (outcome.failure.detail ?? null))
}

/**
 * Reads an answer, whoever gives it.
 *
 * @throws Malformed where it is none
 */
export function unpackReply(pack: Unpacker): Reply {
  const kind = oneOf(pack, kinds)
  if (kind === 'missing') return { kind }
  if (kind !== 'done') return { kind, message: plain(pack.text()) }
  const ms = time(pack)
  const memory = figure(pack)
  const gas = figure(pack)
  const entries = pack.count()
  const log = entries === 0 ? silence : unpackLog(pack, entries)
  const end = oneOf(pack, ends)
  const value = pack.value()
  if (end === 'ok') return { kind, outcome: { ok: true, value, ms, memory, gas }, log }
  if (typeof value !== 'string' && value !== null) throw new Malformed('a detail is no text')
  const failed = failure(end, value === null ? undefined : plain(value))
  return { kind, outcome: { ok: false, failure: failed, ms, memory, gas }, log }
}

/** What most components write. */
const silence: LogEntry[] = []

function unpackLog(pack: Unpacker, count: number): LogEntry[] {
  const log: LogEntry[] = []
  let room = maxLog
  for (let left = count; left > 0; left--) {
    const stream = oneOf(pack, streams)
    const text = pack.text()
    room -= text.length
    if (room < 0) throw new Malformed('the log is too long')
    log.push({ stream, text })
  }
  return log
}

function time(pack: Unpacker): number {
  const ms = pack.number()
  if (!(ms >= 0 && ms < Infinity)) throw new Malformed('no time')
  return ms
}

/** A number of bytes, units or things. */
export function figure(pack: Unpacker): number {
  const value = pack.number()
  if (!Number.isSafeInteger(value) || value < 0) throw new Malformed('no figure')
  return value
}

function oneOf<T>(pack: Unpacker, list: readonly T[]): T {
  const item = list[pack.word()]
  if (item === undefined) throw new Malformed('a word of no meaning')
  return item
}

/** Bytes that the answer to a call with this limit of memory may take at the most: what crosses is counted by it. */
export function answerBytes(memory: number): number {
  return 2 * memory + 12 * maxLog
}

/** More than so many bytes are not put into one message, unless a single call or answer takes them. */
export const messageBytes = 1 << 20

/** What a worker is made of. */
export interface WorkerOptions {
  url: string
  /** Bytes of components that it may keep compiled. */
  cache: number
  /** Megabytes of its JavaScript heap. */
  heap: number
  /** Bytes of dead instances and values that it may leave standing. */
  garbage: number
}

/** What a worker is started with. */
export interface WorkerData {
  port: MessagePort
  clock: Clock
  claims: Claims
  flow: Flow
  cache: number
  garbage: number
}

/** From a worker: answers, and how many calls it is done with. */
export interface Answers {
  pack: Pack
  count: number
}

/** To the keeper of worker threads (`keeper.ts`), by the number of a seat. */
export type Order =
  | ({ kind: 'open'; seat: number; options: WorkerOptions } & Omit<WorkerData, 'cache' | 'garbage'>)
  | { kind: 'end'; seat: number }

/** From the keeper of worker threads. */
export type Notice = { seat: number; loss: Loss }

/**
 * To a process that keeps one worker: the calls of the pack that goes with it, calls that it shall give back, or that its
 * oldest large answers have been heard, so that their memory is free again.
 */
export interface ProcessOrder {
  kind: 'calls' | 'withdraw' | 'through'
  ids: readonly number[]
}

/**
 * From a process that keeps one worker: a pack of answers goes with it, which may be large, or which calls it gives back,
 * or that it is no more.
 */
export type ProcessNotice =
  { kind: 'answers' | 'large' } | { kind: 'withdrawn'; had: number[] } | { kind: 'loss'; loss: Loss }

const orders = ['calls', 'withdraw', 'through'] as const
const notices = ['answers', 'withdrawn', 'overrun', 'lost', 'large'] as const

/** Writes orders and notices, one after the other. */
const packer = new Packer(false)

export function packOrder({ kind, ids }: ProcessOrder): Pack {
  packer.word(orders.indexOf(kind))
  packIds(ids)
  return packer.take()[0]
}

export function unpackOrder(pack: Unpacker): ProcessOrder {
  return { kind: oneOf(pack, orders), ids: unpackIds(pack) }
}

export function packNotice(notice: ProcessNotice): Pack {
  packer.word(notices.indexOf(notice.kind === 'loss' ? notice.loss.kind : notice.kind))
  if (notice.kind === 'withdrawn') packIds(notice.had)
  if (notice.kind === 'loss') {
    packer.word(notice.loss.id)
    if (notice.loss.kind === 'overrun') packer.number(notice.loss.ms)
    else packer.text(notice.loss.message)
  }
  return packer.take()[0]
}

/** @throws Malformed */
export function unpackNotice(pack: Unpacker): ProcessNotice {
  const kind = oneOf(pack, notices)
  switch (kind) {
    case 'answers':
    case 'large':
      return { kind }
    case 'withdrawn':
      return { kind, had: unpackIds(pack) }
    case 'overrun':
      return { kind: 'loss', loss: { kind, id: pack.word(), ms: time(pack) } }
    case 'lost':
      return { kind: 'loss', loss: { kind, id: pack.word(), message: plain(pack.text()) } }
  }
}

function packIds(ids: readonly number[]): void {
  packer.word(ids.length)
  for (const id of ids) packer.word(id)
}

function unpackIds(pack: Unpacker): number[] {
  const ids: number[] = []
  for (let left = pack.count(); left > 0; left--) ids.push(pack.word())
  return ids
}
