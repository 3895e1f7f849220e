import type { CID } from 'multiformats/cid'
import { AWAIT_OK, instructionBlock, jobBlocks, mergeLimits, PARAM } from './job.ts'
import { partsOf, postOrder, type Graph, type Operand, type Task } from './graph.ts'
import type { DagError, Limits } from './interface.ts'
import type { Block, Ipld } from './ipld.ts'
import { maxInline } from './inline.ts'
import { placeShallow } from './place.ts'
import { fail, ok, type Result } from './result.ts'
import { encodedSize, headSize, textSize } from './size.ts'

export interface Emitted {
  job: CID
  /** The job's own blocks: root, instructions, placed values. The root is the first. */
  blocks: Block[]
  /** The instruction of each task; equal tasks have the same. */
  cids: Map<Task, CID>
}

/** Writes a graph that is in normal form as blocks. Fails (`size`) where a block would exceed 1 MiB. */
export function emit(graph: Graph): Promise<Result<Emitted, DagError>> {
  return new Emitter().graph(graph)
}

const MAX_BLOCK = 1 << 20
/** Below what the codec takes, since a value stands inside of an instruction. */
const MAX_VALUE_DEPTH = 100

/** An operand in IPLD form. */
interface Written {
  value: Ipld
  /** Whether it has holes. */
  open: boolean
  /** Of its encoding, and of its nesting. */
  size: number
  depth: number
}

class Emitter {
  private readonly cids = new Map<Task, CID>()
  private readonly blocks: Block[] = []
  private readonly limits = new Map<string, [CID, Limits]>()
  private readonly tasks = new Map<string, CID>()
  /** Composites and large values are shared: each is written once. */
  private readonly written = new Map<Operand, Written>()

  async graph(graph: Graph): Promise<Result<Emitted, DagError>> {
    for (const task of postOrder(graph)) {
      const failed = await this.task(task)
      if (failed) return fail(failed)
    }
    const value = await this.write(graph.result.value)
    if (!value.ok) return value
    const root = await jobBlocks({
      params: graph.params,
      result: { type: graph.result.type, value: value.value.value },
      tasks: [...this.tasks.values()],
      commands: graph.commands.map(command => this.cids.get(command)!),
      meta: [...this.limits.values()].sort(([a], [b]) => Buffer.compare(a.bytes, b.bytes)),
      uses: [],
    })
    const size = root[0]!.bytes.length
    if (size > MAX_BLOCK) return fail(tooLarge('the result', size))
    return ok({ job: root[0]!.cid, blocks: [...root, ...this.blocks], cids: this.cids })
  }

  private async task(task: Task): Promise<DagError | undefined> {
    const args: Ipld[] = []
    let size = 0
    for (const arg of task.args) {
      const written = await this.write(arg)
      if (!written.ok) return written.error
      size += written.value.size
      if (size > MAX_BLOCK) return tooLarge('a call', size)
      args.push(written.value.value)
    }
    const { rsc, op, func } = task
    const made = instructionBlock({ rsc, op, input: func === undefined ? { args } : { func, args }, nnc: '' })
    if (made.bytes.length > MAX_BLOCK) return tooLarge('a call', made.bytes.length)
    const key = made.cid.toString()
    this.cids.set(task, made.cid)
    if (!this.tasks.has(key)) {
      this.tasks.set(key, made.cid)
      this.blocks.push(made)
    }
    if (task.limits) this.limits.set(key, [made.cid, mergeLimits(task.limits, this.limits.get(key)?.[1])])
    return undefined
  }

  private async write(operand: Operand): Promise<Result<Written, DagError>> {
    if (operand.kind === 'param') return ok(hole({ [PARAM]: operand.name }))
    if (operand.kind === 'await') return ok(hole({ [AWAIT_OK]: this.cids.get(operand.task)! }))
    const known = this.written.get(operand)
    if (known) return ok(known)
    const result =
      operand.kind === 'value'
        ? await this.settle({ value: operand.value, open: false, size: encodedSize(operand.value), depth: 1 })
        : await this.composite(operand)
    if (result.ok) this.written.set(operand, result.value)
    return result
  }

  /** One without holes is placed as the literal that it is; one with holes stays in place until they are filled. */
  private async composite(operand: Extract<Operand, { kind: 'list' | 'map' }>): Promise<Result<Written, DagError>> {
    const parts: Written[] = []
    for (const part of partsOf(operand)) {
      const written = await this.write(part)
      if (!written.ok) return written
      parts.push(written.value)
    }
    const values = parts.map(part => part.value)
    const keys = operand.kind === 'map' ? operand.entries.map(([key]) => key) : []
    const whole = {
      value: operand.kind === 'list' ? values : Object.fromEntries(keys.map((key, i) => [key, values[i]!])),
      open: parts.some(part => part.open),
      size: parts.reduce(
        (sum, part) => sum + part.size,
        keys.reduce((sum, key) => sum + textSize(key), headSize(parts.length)),
      ),
      depth: 1 + parts.reduce((most, part) => Math.max(most, part.depth), 0),
    }
    if (whole.depth > MAX_VALUE_DEPTH)
      return fail({ code: 'size', message: `a value nests deeper than ${MAX_VALUE_DEPTH} levels.` })
    if (!whole.open) return this.settle(whole)
    return whole.size > MAX_BLOCK ? fail(tooLarge('a call', whole.size)) : ok(whole)
  }

  /** Places a value whose parts are placed. */
  private async settle(whole: Written): Promise<Result<Written, DagError>> {
    if (whole.size <= maxInline) return ok(whole)
    const placed = await placeShallow(whole.value)
    if (!placed.ok) return placed
    for (const block of placed.value.blocks) this.blocks.push(block)
    const { value } = placed.value
    return ok({ value, open: false, size: encodedSize(value), depth: 1 })
  }
}

function hole(value: Ipld): Written {
  return { value, open: true, size: encodedSize(value), depth: 2 }
}

function tooLarge(what: string, size: number): DagError {
  return {
    code: 'size',
    message: `${what} needs a block of ${size} bytes; no block may exceed 1 MiB. Pass large data as a link, such as \`embed\`.`,
  }
}
