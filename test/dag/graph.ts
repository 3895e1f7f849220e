import fc from 'fast-check'
import { emit } from '../../dag/emit.ts'
import { awaited, type Body, type Graph, type Operand, type Slot, type Task } from '../../dag/graph.ts'
import { CORE, WASM_RUN } from '../../dag/job.ts'
import type { Block } from '../../dag/ipld.ts'
import { normalize } from '../../dag/normalize.ts'

const limits = { time: 1000, memory: 65536, gas: 1000, retry: 0, check: 0 }

export function wasm(func: string, ...args: Operand[]): Task {
  return { rsc: 'ipfs://bafybeibk42jwhq7w2zcpe6q3wgtleugp3ymfs3pa5gerjmnakqihhqx4zq', op: WASM_RUN, func, args, limits }
}
export function core(op: string, ...args: Operand[]): Task {
  return { rsc: CORE, op, args }
}
/** A query, or with `command` what stands at the level of the job or in a body. */
export function query(op: string, ...args: Operand[]): Task {
  return { rsc: `${op.split('/')[0]}:`, op, args, limits }
}
export function command(within: Body | undefined, op: string, ...args: Operand[]): Task {
  return within ? { ...query(op, ...args), within } : query(op, ...args)
}
/** A body with its value made from its slots; commands are for the caller to add. */
export function bodyOf(slots: number, make: (slots: Slot[]) => Operand): Body {
  const body: Body = { slots: [], value: { kind: 'value', value: null }, commands: [] }
  for (let index = 0; index < slots; index++) body.slots.push({ kind: 'slot', body, index })
  body.value = make(body.slots)
  return body
}
export function control(op: string, args: Operand[], ...bodies: Body[]): Task {
  return { rsc: CORE, op, args, bodies }
}
/** The graph with the task of its result among the commands. */
export function performs(graph: Graph): Graph {
  return { ...graph, commands: [...awaited(graph.result.value)] }
}
export const value = (content: Extract<Operand, { kind: 'value' }>['value']): Operand => ({
  kind: 'value',
  value: content,
})
export const param = (name: string): Operand => ({ kind: 'param', name })
export const awaits = (task: Task): Operand => ({ kind: 'await', task })
export const map = (entries: Record<string, Operand>): Operand => ({ kind: 'map', entries: Object.entries(entries) })
export const list = (...items: Operand[]): Operand => ({ kind: 'list', items })

/** A graph with the parameters `p` and `q` that its operands may use. */
export function graphOf(result: Operand, params = ['p', 'q']): Graph {
  return {
    params: new Map(params.map(name => [name, { type: { kind: 'string' } }])),
    result: { type: { kind: 'string' }, value: result },
    commands: [],
  }
}

export function loaderOf(blocks: Block[]) {
  const known = new Map(blocks.map(({ cid, bytes }) => [cid.toString(), bytes]))
  return async (cid: Block['cid']): Promise<Uint8Array | undefined> => known.get(cid.toString())
}

/** The blocks of a graph in its normal form. */
export async function written(graph: Graph): Promise<{ job: Block['cid']; blocks: Block[] }> {
  const normal = await normalize(graph)
  const emitted = await emit(normal.graph)
  if (!emitted.ok) throw new Error(emitted.error.message)
  return { job: emitted.value.job, blocks: [...emitted.value.blocks, ...normal.blocks] }
}

/** Random graphs of calls, accesses and composites over the parameters `p` and `q`. */
export const operand: fc.Arbitrary<Operand> = fc.letrec<{ operand: Operand }>(tie => ({
  operand: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.oneof(fc.string({ maxLength: 4 }), fc.integer(), fc.boolean(), fc.constant(null)).map(value),
    fc.string({ minLength: 1100, maxLength: 1300 }).map(value),
    fc.constantFrom('p', 'q').map(param),
    fc
      .tuple(fc.constantFrom('f', 'g'), fc.array(tie('operand'), { maxLength: 2 }))
      .map(([func, args]) => awaits(wasm(func, ...args))),
    fc.record({ a: tie('operand'), b: tie('operand') }).map(map),
    fc.array(tie('operand'), { maxLength: 3 }).map(items => list(...items)),
    tie('operand').map(of => awaits(core('core/field', map({ a: of, b: value(1) }), value('a')))),
    fc.tuple(tie('operand'), fc.nat(3)).map(([of, i]) => awaits(core('core/index', list(of, value(2)), value(i)))),
  ),
})).operand
