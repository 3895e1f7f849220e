import type { CID } from 'multiformats/cid'
import { AWAIT_OK, instructionBlock, jobBlocks, mergeLimits, PARAM } from './job.ts'
import { postOrder, type Graph, type Operand, type Task } from './graph.ts'
import type { DagError, Limits } from './interface.ts'
import type { Block, Ipld } from './ipld.ts'
import { maxInline } from './inline.ts'
import { placeShallow } from './place.ts'
import { fail, ok, type Result } from './result.ts'
import { encodedSize } from './size.ts'

export interface Emitted {
  job: CID
  /** The job's own blocks: root, instructions, placed values. The root is the first. */
  blocks: Block[]
  /** The instruction of each task; equal tasks have the same. */
  cids: Map<Task, CID>
}

/** Writes a graph that is in normal form as blocks. Fails (`size`) where a block would exceed 1 MiB. */
export async function emit(graph: Graph): Promise<Result<Emitted, DagError>> {
  const cids = new Map<Task, CID>()
  const blocks: Block[] = []
  const limits = new Map<string, [CID, Limits]>()
  const tasks = new Map<string, CID>()

  for (const task of postOrder(graph)) {
    const args: Ipld[] = []
    for (const arg of task.args) {
      const written = await write(arg, cids, blocks)
      if (!written.ok) return written
      args.push(written.value.value)
    }
    const made = instructionBlock({
      rsc: task.rsc,
      op: task.op,
      input: task.func === undefined ? { args } : { func: task.func, args },
      nnc: '',
    })
    if (made.bytes.length > MAX_BLOCK) return fail(tooLarge('a call', made.bytes.length))
    const key = made.cid.toString()
    cids.set(task, made.cid)
    if (!tasks.has(key)) {
      tasks.set(key, made.cid)
      blocks.push(made)
    }
    if (task.limits) limits.set(key, [made.cid, mergeLimits(task.limits, limits.get(key)?.[1])])
  }

  const value = await write(graph.result.value, cids, blocks)
  if (!value.ok) return value
  const root = await jobBlocks({
    params: graph.params,
    result: { type: graph.result.type, value: value.value.value },
    tasks: [...tasks.values()],
    commands: graph.commands.map(command => cids.get(command)!),
    meta: [...limits.values()].sort(([a], [b]) => Buffer.compare(a.bytes, b.bytes)),
    uses: [],
  })
  if (root[0]!.bytes.length > MAX_BLOCK) return fail(tooLarge('the result', root[0]!.bytes.length))
  return ok({ job: root[0]!.cid, blocks: [...root, ...blocks], cids })
}

const MAX_BLOCK = 1 << 20
/** Below what the codec takes, since a value stands inside of an instruction. */
const MAX_VALUE_DEPTH = 100

function tooLarge(what: string, size: number): DagError {
  return {
    code: 'size',
    message: `${what} needs a block of ${size} bytes; no block may exceed 1 MiB. Pass large data as a link, such as \`embed\`.`,
  }
}

/** The IPLD form of an operand, and whether it has holes; a composite without is placed as the literal that it is. */
async function write(
  operand: Operand,
  cids: Map<Task, CID>,
  blocks: Block[],
  depth = 0,
): Promise<Result<{ value: Ipld; open: boolean }, DagError>> {
  if (depth > MAX_VALUE_DEPTH)
    return fail({ code: 'size', message: `a value nests deeper than ${MAX_VALUE_DEPTH} levels.` })
  switch (operand.kind) {
    case 'value':
      return settle(operand.value, blocks)
    case 'param':
      return ok({ value: { [PARAM]: operand.name }, open: true })
    case 'await':
      return ok({ value: { [AWAIT_OK]: cids.get(operand.task)! }, open: true })
  }
  const parts = operand.kind === 'list' ? operand.items : operand.entries.map(([, part]) => part)
  const values: Ipld[] = []
  let open = false
  for (const part of parts) {
    const written = await write(part, cids, blocks, depth + 1)
    if (!written.ok) return written
    values.push(written.value.value)
    open ||= written.value.open
  }
  const value =
    operand.kind === 'list' ? values : Object.fromEntries(operand.entries.map(([key], i) => [key, values[i]!]))
  return open ? ok({ value, open }) : settle(value, blocks)
}

/** Places a value whose parts are placed. */
async function settle(value: Ipld, blocks: Block[]): Promise<Result<{ value: Ipld; open: boolean }, DagError>> {
  if (encodedSize(value) <= maxInline) return ok({ value, open: false })
  const placed = await placeShallow(value)
  if (!placed.ok) return placed
  for (const block of placed.value.blocks) blocks.push(block)
  return ok({ value: placed.value.value, open: false })
}
