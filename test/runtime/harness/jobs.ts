import type { CID } from 'multiformats/cid'
import { emit } from '../../../dag/emit.ts'
import type { Body, Operand, Slot, Task } from '../../../dag/graph.ts'
import type { Limits, Parameter } from '../../../dag/interface.ts'
import type { Ipld } from '../../../dag/ipld.ts'
import { CORE, WASM_RUN } from '../../../dag/job.ts'
import { encodeType, type Type } from '../../../dag/types.ts'
import { importFile } from '../../../dag/unixfs.ts'
import { putAll } from '../../../runtime/blocks.ts'
import type { RunOutcome, Store } from '../../../runtime/interface.ts'

export const s32: Type = { kind: 's32' }
export const limits: Limits = { time: 5000, memory: 16 << 20, gas: 1e12, retry: 0, check: 0 }

export const value = (content: Ipld): Operand => ({ kind: 'value', value: content })
export const param = (name: string): Operand => ({ kind: 'param', name })
export const list = (...items: Operand[]): Operand => ({ kind: 'list', items })
export const map = (entries: Record<string, Operand>): Operand => ({ kind: 'map', entries: Object.entries(entries) })

export type Given = Operand | Task | number

const operand = (given: Given): Operand =>
  typeof given === 'number' ? value(given) : 'kind' in given ? given : { kind: 'await', task: given }

/** A task that calls a function of a component; arguments are numbers, operands or other tasks. */
export function call(component: CID, func: string, args: Given[], own: Partial<Limits> = {}): Task {
  return { rsc: `ipfs://${component}`, op: WASM_RUN, func, args: args.map(operand), limits: { ...limits, ...own } }
}

export function core(op: string, args: Given[]): Task {
  return { rsc: CORE, op, args: args.map(operand) }
}

export const awaited = (task: Task): Operand => ({ kind: 'await', task })

/** What an operation does each time anew. `build` gives its value, and the commands that each instance performs. */
export function body(slots: number, build: (own: Body, ...slots: Slot[]) => Given): Body {
  const made: Body = { slots: [], value: { kind: 'value', value: null }, commands: [] }
  for (let index = 0; index < slots; index++) made.slots.push({ kind: 'slot', body: made, index })
  made.value = operand(build(made, ...made.slots))
  return made
}

/** A core operation with bodies. One that performs something is a command of the body, or of the job, that it is in. */
export function operation(op: string, args: Given[], bodies: Body[], within?: Body): Task {
  const task: Task = { rsc: CORE, op, args: args.map(operand), bodies }
  if (bodies.some(({ commands }) => commands.length > 0)) perform(task, within)
  return task
}

const type = (of: Type): Operand => value(encodeType(of))
export const listOf = (element: Type): Type => ({ kind: 'list', element })

/** `for x in list { … }`; lists of `s32` unless it is said otherwise. */
export const each = (list: Given, made: Body, result: Type = s32, element: Type = s32, within?: Body): Task =>
  operation('core/map', [list, type(listOf(element)), type(listOf(result))], [made], within)
export const reduce = (list: Given, made: Body, element: Type = s32): Task =>
  operation('core/reduce', [list, type(listOf(element))], [made])
export const fold = (list: Given, init: Given, made: Body, element: Type = s32): Task =>
  operation('core/fold', [list, type(listOf(element)), init], [made])
export const branch = (selector: Given, bodies: Body[], within?: Body): Task =>
  operation('core/branch', [selector], bodies, within)
export const attempt = (made: Body): Task => operation('core/try', [], [made])
export const recover = (made: Body, alternative: Body): Task => operation('core/catch', [], [made, alternative])

/** A query, as `http/get`. */
export function query(op: string, args: Given[], after: Given[] = [], own: Partial<Limits> = {}): Task {
  const task: Task = { rsc: `${op.split('/')[0]}:`, op, args: args.map(operand), limits: { ...limits, ...own } }
  return after.length === 0 ? task : { ...task, after: after.map(operand) }
}

/** Makes a task a command of a body, or of the job. */
export function perform(task: Task, within?: Body): Task {
  if (!within) return task
  task.within = within
  within.commands.push(task)
  return task
}

/** Writes a job into a store as the compiler would, without bringing it to its normal form. */
export async function jobOf(
  store: Store,
  result: Given,
  type: Type = s32,
  params: Record<string, Parameter> = {},
  commands: Task[] = [],
): Promise<CID> {
  const graph = { params: new Map(Object.entries(params)), result: { type, value: operand(result) }, commands }
  const written = await emit(graph)
  if (!written.ok) throw new Error(written.error.message)
  await putAll(store.blocks, written.value.blocks)
  return written.value.job
}

export async function putFile(store: Store, bytes: Uint8Array): Promise<CID> {
  const { cid, blocks } = await importFile(bytes)
  await putAll(store.blocks, blocks)
  return cid
}

/** What a run came to, in a form that is short to compare: its result or failure, and its counts. */
export function shortly(outcome: RunOutcome): unknown {
  if (!('summary' in outcome) || !outcome.summary) return 'error' in outcome ? outcome.error : outcome
  const { tasks, ran, hits, failed } = outcome.summary
  const counts = { tasks, ran, hits, failed }
  if (outcome.ok) return { result: outcome.result, ...counts }
  if ('failure' in outcome) return { failure: outcome.failure.kind, func: outcome.func, ...counts }
  if ('error' in outcome) return { error: outcome.error, ...counts }
  if ('unknown' in outcome) return { unknown: outcome.unknown.map(({ op }) => op), ...counts }
  return 'stopped' in outcome ? { stopped: true, ...counts } : { cancelled: true, ...counts }
}
