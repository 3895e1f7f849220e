import type { MessagePort } from 'node:worker_threads'
import type { FailureKind } from '../../dag/failure.ts'
import type { Value } from '../../dag/value.ts'
import type { WasmOutcome } from '../interface.ts'
import type { Usage } from './budget.ts'
import { failure, withoutControls as plain } from './failure.ts'
import type { Flow } from './flow.ts'
import type { Streams } from './line.ts'
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

/** A reply, and how many core instances the worker holds after the call. */
export type Answer = Reply & { instances: number }

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

/** What comes next in a pack of answers; `alike` is one that is done, with figures that were told before. */
const kinds = ['done', 'missing', 'exhausted', 'bug', 'alike'] as const
/** What a call that is done has come to: a value, or one of the failures that a worker tells of. */
const ends = ['ok', 'trap', 'memory', 'gas', 'stack', 'refused', 'value'] as const satisfies ('ok' | FailureKind)[]
const done = kinds.indexOf('done')
const alike = kinds.indexOf('alike')
const ok = ends.indexOf('ok')
const streams = ['stdout', 'stderr', 'log'] as const satisfies LogEntry['stream'][]

/** The figures of an answer that others after it in its pack may have as well. */
export interface Figures {
  instances: number
  memory: number
  gas: number
}

/** None, which no answer has. */
export function newFigures(): Figures {
  return { instances: -1, memory: 0, gas: 0 }
}

/** @param before the figures that were told last in this pack: where a value has the same, they are not told again */
export function packAnswer(packer: Packer, answer: Answer, before: Figures): void {
  if (answer.kind === 'done' && answer.outcome.ok && answer.log.length === 0) {
    const { value, ms, memory, gas } = answer.outcome
    if (answer.instances === before.instances && memory === before.memory && gas === before.gas) {
      packer.word(alike)
      packer.float(ms)
      return packer.value(value)
    }
    keep(before, answer.instances, memory, gas)
  }
  if (answer.kind !== 'done') {
    packer.word(kinds.indexOf(answer.kind))
    packer.number(answer.instances)
    if (answer.kind !== 'missing') packer.text(answer.message)
    return
  }
  packer.word(done)
  packer.number(answer.instances)
  const { outcome, log } = answer
  packer.float(outcome.ms)
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

function keep(figures: Figures, instances: number, memory: number, gas: number): void {
  figures.instances = instances
  figures.memory = memory
  figures.gas = gas
}

/**
 * Reads an answer, whoever gives it.
 *
 * @param before the figures that were told last in this pack
 * @throws Malformed where it is none
 */
export function unpackAnswer(pack: Unpacker, before: Figures): Answer {
  const kind = oneOf(pack, kinds)
  if (kind === 'alike') {
    const { instances, memory, gas } = before
    if (instances < 0) throw new Malformed('nothing stands before it')
    const ms = time(pack)
    return { kind: 'done', outcome: { ok: true, value: pack.value(), ms, memory, gas }, log: silence, instances }
  }
  const instances = figure(pack)
  if (kind === 'missing') return { kind, instances }
  if (kind !== 'done') return { kind, message: plain(pack.text()), instances }
  const ms = time(pack)
  const memory = figure(pack)
  const gas = figure(pack)
  const entries = pack.count()
  const log = entries === 0 ? silence : unpackLog(pack, entries)
  const end = oneOf(pack, ends)
  const value = pack.value()
  if (end === 'ok') {
    if (entries === 0) keep(before, instances, memory, gas)
    return { kind, outcome: { ok: true, value, ms, memory, gas }, log, instances }
  }
  if (typeof value !== 'string' && value !== null) throw new Malformed('a detail is no text')
  const failed = failure(end, value === null ? undefined : plain(value))
  return { kind, outcome: { ok: false, failure: failed, ms, memory, gas }, log, instances }
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
  const ms = pack.float()
  if (!(ms >= 0 && ms < Infinity)) throw new Malformed('no time')
  return ms
}

/** A number of bytes, units or things. */
function figure(pack: Unpacker): number {
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
  line: MessagePort | Streams
  clock: Clock
  claims: Claims
  flow: Flow
  cache: number
  garbage: number
}

/** To the keeper of worker threads (`keeper.ts`), by the number of a seat. */
export type Order =
  | ({ kind: 'open'; seat: number; options: WorkerOptions; port: MessagePort } & Pick<
      WorkerData,
      'clock' | 'claims' | 'flow'
    >)
  | { kind: 'end'; seat: number }

/** From the keeper of worker threads. */
export type Notice = { seat: number; loss: Loss }

/** Where the streams to a process that keeps one worker are: orders and notices go both ways, the others one way each. */
export const descriptors = { orders: 3, calls: 4, answers: 5 } as const

/**
 * To a process that keeps one worker, beside the calls: which of them it shall give back, or that its oldest large answers
 * have been heard, so that their memory is free again.
 */
export type ProcessOrder = { kind: 'withdraw'; ids: readonly number[] } | { kind: 'through' }

/** From a process that keeps one worker, beside the answers: which calls it gives back, or that it is no more. */
export type ProcessNotice = { kind: 'withdrawn'; had: number[] } | { kind: 'loss'; loss: Loss }

const orders = ['withdraw', 'through'] as const
const notices = ['withdrawn', 'overrun', 'lost'] as const

/** Writes orders and notices, one after the other. */
const packer = new Packer(false)

export function packOrder(order: ProcessOrder): Pack {
  packer.word(orders.indexOf(order.kind))
  if (order.kind === 'withdraw') packIds(order.ids)
  return packer.take()[0]
}

export function unpackOrder(pack: Unpacker): ProcessOrder {
  const kind = oneOf(pack, orders)
  return kind === 'withdraw' ? { kind, ids: unpackIds(pack) } : { kind }
}

export function packNotice(notice: ProcessNotice): Pack {
  packer.word(notices.indexOf(notice.kind === 'loss' ? notice.loss.kind : notice.kind))
  if (notice.kind === 'withdrawn') packIds(notice.had)
  if (notice.kind === 'loss') {
    packer.word(notice.loss.id)
    if (notice.loss.kind === 'overrun') packer.float(notice.loss.ms)
    else packer.text(notice.loss.message)
  }
  return packer.take()[0]
}

/** @throws Malformed */
export function unpackNotice(pack: Unpacker): ProcessNotice {
  const kind = oneOf(pack, notices)
  switch (kind) {
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
