import type { CID } from 'multiformats/cid'
import { emit } from '../../../dag/emit.ts'
import type { Operand, Task } from '../../../dag/graph.ts'
import type { Limits, Parameter } from '../../../dag/interface.ts'
import type { Ipld } from '../../../dag/ipld.ts'
import { CORE, WASM_RUN } from '../../../dag/job.ts'
import type { Type } from '../../../dag/types.ts'
import { importFile } from '../../../dag/unixfs.ts'
import { putAll } from '../../../runtime/blocks.ts'
import type { RunOutcome, Store } from '../../../runtime/interface.ts'

export const s32: Type = { kind: 's32' }
export const limits: Limits = { time: 5000, memory: 16 << 20, gas: 1_000_000, retry: 0, check: 0 }

export const value = (content: Ipld): Operand => ({ kind: 'value', value: content })
export const param = (name: string): Operand => ({ kind: 'param', name })
export const list = (...items: Operand[]): Operand => ({ kind: 'list', items })
export const map = (entries: Record<string, Operand>): Operand => ({ kind: 'map', entries: Object.entries(entries) })

type Given = Operand | Task | number

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

/** Writes a job into a store as the compiler would, without bringing it to its normal form. */
export async function jobOf(
  store: Store,
  result: Given,
  type: Type = s32,
  params: Record<string, Parameter> = {},
): Promise<CID> {
  const graph = { params: new Map(Object.entries(params)), result: { type, value: operand(result) }, commands: [] }
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
  return 'stopped' in outcome ? { stopped: true, ...counts } : { error: outcome.error, ...counts }
}
