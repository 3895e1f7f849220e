import { CID } from 'multiformats/cid'
import type { FailureKind } from '../../dag/failure.ts'
import { failureMessages } from '../../dag/failure.ts'
import { isLink, isMap, type Block, type Ipld } from '../../dag/ipld.ts'
import type { Failure, Receipt, UndoReport } from '../interface.ts'

/** What a task came to: a placed value, or its failure. */
export type Out = Receipt['out']

/**
 * What a journal is made of (docs/runtime.md, The journal). `key` names a command or a query of the run; times are
 * milliseconds since 1970.
 */
export type JournalRecord =
  /** The first one. */
  | {
      kind: 'begin'
      run: string
      nonce: Uint8Array
      job: CID
      started: number
      parent: string | null
      grants: string[]
    }
  /** A block that a result beside it needs. */
  | { kind: 'block'; cid: CID; bytes: Uint8Array }
  | { kind: 'query'; key: string; out: Out }
  /** What is planned when the barrier opens: commands by their keys. */
  | { kind: 'barrier'; planned: { key: string; task: CID }[] }
  /** The command is about to be sent. `args` are for people; null where they hold a secret. `undoes`: another's key. */
  | {
      kind: 'intent'
      key: string
      task: CID
      rsc: string
      op: string
      args: Ipld[] | null
      at: number
      undoes: string | null
    }
  /** It has not been sent after all. */
  | { kind: 'unsent'; key: string }
  /** It has happened; `child` is the run that it has put into the queue. */
  | { kind: 'done'; key: string; value: Ipld; at: number; child: Child | null }
  /** It has not happened, or the receiver has said so. */
  | { kind: 'failed'; key: string; failure: Failure }
  /** Nobody knows. */
  | { kind: 'unknown'; key: string; detail: string }
  /** The job has failed, or is taken back: what was done is undone. `failure` is null where it is cancelled. */
  | { kind: 'failing'; failure: Failure | null; task: CID | null }
  | { kind: 'end'; state: RunEnd; result: Ipld | null; undone: UndoReport | null }

export type RunEnd = 'done' | 'failed' | 'cancelled'

/** A run that another one has put into the queue. */
export interface Child {
  run: string
  job: CID
}

/** With blocks that it needs and its parent may lack: they stand beside the record that says so. */
export interface Enqueued extends Child {
  blocks?: readonly Block[]
}

export function toIpld(record: JournalRecord): Ipld {
  return shape(record) as Ipld
}

/** Failures stand in records as maps without what is absent. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shape)
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array || isLink(value as Ipld)) return value
  if (Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [key, shape(item)]),
  )
}

const isText = (value: Ipld | undefined): value is string => typeof value === 'string'
const isNumber = (value: Ipld | undefined): boolean => typeof value === 'number'
const isBytes = (value: Ipld | undefined): boolean => value instanceof Uint8Array
const isCid = (value: Ipld | undefined): boolean => value !== undefined && isLink(value)
const isAny = (value: Ipld | undefined): boolean => value !== undefined
const orNull =
  (test: Test): Test =>
  value =>
    value === null || test(value)
const isList =
  (test: Test): Test =>
  value =>
    Array.isArray(value) && value.every(test)

type Test = (value: Ipld | undefined) => boolean

const isFailure: Test = value =>
  value !== undefined &&
  isMap(value) &&
  isText(value['kind']) &&
  Object.hasOwn(failureMessages, value['kind'] as FailureKind) &&
  isText(value['message']) &&
  (value['detail'] === undefined || isText(value['detail']))
const isOut: Test = value =>
  Array.isArray(value) && value.length === 2 && (value[0] === 'ok' || (value[0] === 'error' && isFailure(value[1])))
const isPlanned: Test = value => value !== undefined && isMap(value) && isText(value['key']) && isCid(value['task'])
const isChild: Test = value => value !== undefined && isMap(value) && isText(value['run']) && isCid(value['job'])
const isStuck: Test = value =>
  value !== undefined && isMap(value) && isCid(value['task']) && isText(value['op']) && isFailure(value['failure'])
const isReport: Test = value =>
  value !== undefined &&
  isMap(value) &&
  isNumber(value['undone']) &&
  isList(isStuck)(value['failed']) &&
  isNumber(value['standing'])
const oneOf =
  (...texts: string[]): Test =>
  value =>
    isText(value) && texts.includes(value)

/** The fields of each kind of record. */
const fields: {
  [K in JournalRecord['kind']]: Omit<{ [F in keyof Extract<JournalRecord, { kind: K }>]: Test }, 'kind'>
} = {
  begin: {
    ...{ run: isText, nonce: isBytes, job: isCid, started: isNumber, parent: orNull(isText) },
    grants: isList(isText),
  },
  block: { cid: isCid, bytes: isBytes },
  query: { key: isText, out: isOut },
  barrier: { planned: isList(isPlanned) },
  intent: {
    ...{ key: isText, task: isCid, rsc: isText, op: isText, args: orNull(isList(isAny)), at: isNumber },
    undoes: orNull(isText),
  },
  unsent: { key: isText },
  done: { key: isText, value: isAny, at: isNumber, child: orNull(isChild) },
  failed: { key: isText, failure: isFailure },
  unknown: { key: isText, detail: isText },
  failing: { failure: orNull(isFailure), task: orNull(isCid) },
  end: { state: oneOf('done', 'failed', 'cancelled'), result: isAny, undone: orNull(isReport) },
}

/** The record; undefined where it is none of this version. */
export function fromIpld(value: Ipld): JournalRecord | undefined {
  if (!isMap(value) || !isText(value['kind']) || !Object.hasOwn(fields, value['kind'])) return undefined
  const tests = Object.entries(fields[value['kind'] as JournalRecord['kind']] as Record<string, Test>)
  if (Object.keys(value).length !== tests.length + 1) return undefined
  return tests.every(([name, test]) => test(value[name])) ? (value as unknown as JournalRecord) : undefined
}

export function blockRecords(blocks: readonly Block[]): JournalRecord[] {
  return blocks.map(({ cid, bytes }) => ({ kind: 'block', cid, bytes }))
}
