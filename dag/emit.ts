import type { CID } from 'multiformats/cid'
import { arrange } from './arrange.ts'
import {
  compositesOf,
  isBody,
  isComposite,
  leavesOf,
  partsOf,
  walk,
  type Body,
  type Composite,
  type Graph,
} from './graph.ts'
import { asGiven, type Arrangement, type Operand, type Task } from './graph.ts'
import { findHomes, type Homes } from './homes.ts'
import { AWAIT_OK, bodyBlocks, CORE, instructionBlock, jobBlocks, mergeLimits, nonce } from './job.ts'
import { PARAM, sortAfter, WASM_RUN } from './job.ts'
import type { DagError, Instruction, Limits, Parameter } from './interface.ts'
import type { Block, Ipld } from './ipld.ts'
import { maxInline } from './inline.ts'
import { keyOfCid } from './links.ts'
import { placeShallow } from './place.ts'
import { fail, ok, type Result } from './result.ts'
import { encodedSize, headSize, textSize } from './size.ts'
import type { Type } from './types.ts'

/** What the root of a job says of it, with the number of its Wasm and effect tasks, those of bodies once. */
export interface Signature {
  params: Map<string, Parameter>
  result: Type
  work: number
}

export interface Emitted {
  job: CID
  signature: Signature
  /** The job's own blocks: root, instructions, bodies, placed values. The root is the first. */
  blocks: Block[]
  /** The instruction of each task; equal tasks of one body have the same. */
  cids: Map<Task, CID>
}

export interface EmitOptions {
  /** Most values that all bodies together take in, each counted once for every operation; default 1,000,000. */
  maxCaptures?: number
}

/**
 * Writes a graph that is in normal form as blocks. Fails (`size`) where a block would exceed 1 MiB, and where bodies
 * nest too deep or take in too much.
 */
export async function emit(graph: Graph, options: EmitOptions = {}): Promise<Result<Emitted, DagError>> {
  const steps = walk(graph)
  const homes = findHomes(graph, steps)
  if (!homes.ok) return homes
  const arrangement = arrange(graph, steps, homes.value)
  const emitter = new Emitter(graph, homes.value, arrangement ?? asGiven, options.maxCaptures ?? MAX_CAPTURES)
  return emitter.graph(arrangement ? walk(graph, arrangement) : steps)
}

const MAX_BLOCK = 1 << 20
/** Below what the codec takes, since a value stands inside of an instruction. */
const MAX_VALUE_DEPTH = 100
const MAX_CAPTURES = 1_000_000

/** An operand in IPLD form. */
interface Written {
  value: Ipld
  /** Whether it has holes. */
  open: boolean
  /** Of its encoding, and of its nesting. */
  size: number
  depth: number
}

/** What is written of the job, or of a body. */
interface Level {
  body?: Body
  /** What its body captures, in common with the other bodies of the operation. */
  captures?: Captures
  /** Instructions, each once, in post-order; the number of commands that came to the same one without its nonce. */
  tasks: Map<string, { cid: CID; commands: number }>
  commands: CID[]
  /** Composites with holes: each is written once. */
  written: Map<Operand, Written>
  /** Composites whose parts are captured. */
  entered: Set<Operand>
  value?: Ipld
}

/** What bodies take from around them, by what it is there, in the order of first use. */
type Captures = Map<string, { operand: Operand; index: number }>

class Emitter {
  private readonly cids = new Map<Task, CID>()
  private readonly blocks = new Map<string, Block>()
  private readonly limits = new Map<string, [CID, Limits]>()
  private readonly uses = new Set<string>()
  private readonly performing: Set<Task>
  private readonly job = createLevel()
  private readonly levels = new Map<Body, Level>()
  /** Of operations, and of the bodies that undo. */
  private readonly captures = new Map<Task | Body, Captures>()
  private captured = 0
  /** Literals are the same in all levels. */
  private readonly literals = new Map<Operand, Written>()
  private readonly root: Graph
  private readonly homes: Homes
  private readonly arrangement: Arrangement
  private readonly maxCaptures: number

  constructor(root: Graph, homes: Homes, arrangement: Arrangement, maxCaptures: number) {
    this.root = root
    this.homes = homes
    this.arrangement = arrangement
    this.maxCaptures = maxCaptures
    this.performing = new Set(root.commands)
  }

  async graph(steps: ReturnType<typeof walk>): Promise<Result<Emitted, DagError>> {
    for (const step of steps) if (isBody(step)) for (const command of step.commands) this.performing.add(command)
    for (const step of steps) {
      const failed = isBody(step) ? await this.body(step) : await this.task(step)
      if (failed) return fail(failed)
    }
    const { params, result } = this.root
    const value = await this.write(result.value, this.job)
    if (!value.ok) return value
    const root = await jobBlocks({
      params,
      result: { type: result.type, value: value.value.value },
      ...listsOf(this.job),
      meta: [...this.limits.values()].sort(([a], [b]) => Buffer.compare(a.bytes, b.bytes)),
      uses: [...this.uses].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
    })
    const size = root[0]!.bytes.length
    if (size > MAX_BLOCK) return fail(tooLarge('the result', size))
    const signature = { params, result: result.type, work: this.limits.size }
    return ok({ job: root[0]!.cid, signature, blocks: [...root, ...this.blocks.values()], cids: this.cids })
  }

  private levelOf(body: Body | undefined): Level {
    if (!body) return this.job
    let level = this.levels.get(body)
    if (!level) {
      const owner = this.homes.owner(body)
      const group = owner.undo === body ? body : owner
      let captures = this.captures.get(group)
      if (!captures) this.captures.set(group, (captures = new Map()))
      this.levels.set(body, (level = { ...createLevel(), body, captures }))
    }
    return level
  }

  /** The value of a body. Its block waits for the other bodies of the operation, which capture with it. */
  private async body(body: Body): Promise<DagError | undefined> {
    const level = this.levelOf(body)
    const value = await this.write(body.value, level)
    if (!value.ok) return value.error
    level.value = value.value.value
    return undefined
  }

  private async task(task: Task): Promise<DagError | undefined> {
    const level = this.levelOf(this.homes.of(task))
    const { rsc, op, func, bodies, after, undo } = task
    const args = await this.writeAll(task.args, level)
    if (!args.ok) return args.error
    const input: Instruction['input'] = { args: args.value }
    if (func !== undefined) input.func = func
    if (bodies) {
      const taken = await this.finish(bodies, task, level)
      if (!taken.ok) return taken.error
      input.args = [...args.value, ...taken.value.captured]
      input.bodies = taken.value.cids
    }
    if (after && after.length > 0) {
      const before = await this.writeAll(this.arrangement.after(task), level)
      if (!before.ok) return before.error
      input.after = sortAfter(before.value)
    }
    if (undo) {
      const taken = await this.finish([undo], undo, level)
      if (!taken.ok) return taken.error
      input.undo = { body: taken.value.cids[0]!, args: taken.value.captured }
    }
    if (this.captured > this.maxCaptures) {
      const message = `loops and branches take in more than ${this.maxCaptures} values from around them.`
      return { code: 'size', message }
    }

    let made = instructionBlock({ rsc, op, input, nnc: '' })
    if (made.bytes.length > MAX_BLOCK) return tooLarge('a call', made.bytes.length)
    const entry = this.add(made, level)
    if (this.performing.has(task)) {
      if (++entry.commands > 1) {
        made = instructionBlock({ rsc, op, input, nnc: nonce(entry.commands) })
        this.add(made, level)
      }
      level.commands.push(made.cid)
    }
    this.cids.set(task, made.cid)
    if (rsc !== CORE && op !== WASM_RUN) this.uses.add(op)
    const key = keyOfCid(made.cid)
    if (task.limits) this.limits.set(key, [made.cid, mergeLimits(task.limits, this.limits.get(key)?.[1])])
    return undefined
  }

  private add(made: Block, { tasks }: Level): { cid: CID; commands: number } {
    const key = keyOfCid(made.cid)
    let entry = tasks.get(key)
    if (!entry) {
      tasks.set(key, (entry = { cid: made.cid, commands: 0 }))
      this.blocks.set(key, made)
    }
    return entry
  }

  /**
   * Writes the bodies of an operation, or the one that undoes.
   *
   * @param group what the captures are found by
   * @param level where the operation stands
   */
  private async finish(
    bodies: Body[],
    group: Task | Body,
    level: Level,
  ): Promise<Result<{ cids: CID[]; captured: Ipld[] }, DagError>> {
    const captures = this.captures.get(group)
    const operands = [...(captures?.values() ?? [])].map(({ operand }) => operand)
    const captured = await this.writeAll(operands, level)
    if (!captured.ok) return captured
    const cids: CID[] = []
    for (const body of bodies) {
      const inner = this.levelOf(body)
      const params = body.slots.length + captured.value.length
      const blocks = bodyBlocks({ params, value: inner.value!, ...listsOf(inner) })
      const { cid, bytes } = blocks[0]!
      if (bytes.length > MAX_BLOCK) return fail(tooLarge('the result of a block', bytes.length))
      for (const made of blocks) this.blocks.set(keyOfCid(made.cid), made)
      cids.push(cid)
      this.levels.delete(body)
    }
    this.captures.delete(group)
    return ok({ cids, captured: captured.value })
  }

  private async writeAll(operands: Operand[], level: Level): Promise<Result<Ipld[], DagError>> {
    const values: Ipld[] = []
    let size = 0
    for (const operand of operands) {
      let known = this.leaf(operand, level)
      if (!known) {
        const written = await this.write(operand, level)
        if (!written.ok) return written
        known = written.value
      }
      size += known.size
      if (size > MAX_BLOCK) return fail(tooLarge('a call', size))
      values.push(known.value)
    }
    return ok(values)
  }

  private async write(operand: Operand, level: Level): Promise<Result<Written, DagError>> {
    // Before anything is written, so that what stands further left is captured first.
    if (level.body && isComposite(operand))
      for (const leaf of leavesOf(operand, level.entered)) if (leaf.kind !== 'value') this.leaf(leaf, level)
    const known = { has: (part: Operand) => level.written.has(part) || this.literals.has(part) }
    for (const composite of compositesOf(operand, known)) {
      const parts: Written[] = []
      for (const part of partsOf(composite)) {
        const written = await this.part(part, level)
        if (!written.ok) return written
        parts.push(written.value)
      }
      const written = await this.composite(composite, parts)
      if (!written.ok) return written
      const { written: open } = level
      ;(written.value.open ? open : this.literals).set(composite, written.value)
    }
    return this.part(operand, level)
  }

  /** An operand whose parts are written. */
  private async part(operand: Operand, level: Level): Promise<Result<Written, DagError>> {
    const known = this.leaf(operand, level)
    if (known) return ok(known)
    if (operand.kind !== 'value') throw new Error('a composite is taken before it is written')
    const size = encodedSize(operand.value)
    const result = await this.settle({ value: operand.value, open: false, size, depth: 1 })
    if (result.ok) this.literals.set(operand, result.value)
    return result
  }

  /** A hole, or what is written already. */
  private leaf(operand: Operand, level: Level): Written | undefined {
    switch (operand.kind) {
      case 'param':
        return hole(level.body ? this.capture(operand, operand.name, level) : { [PARAM]: operand.name })
      case 'slot':
        if (operand.body === level.body) return hole({ [PARAM]: operand.index })
        return hole(this.capture(operand, `${this.homes.number(operand.body)} ${operand.index}`, level))
      case 'await': {
        const cid = this.cids.get(operand.task)!
        const home = this.homes.of(operand.task)
        if (home === level.body) return hole({ [AWAIT_OK]: cid })
        return hole(this.capture(operand, `${home ? this.homes.number(home) : ''} ${cid}`, level))
      }
      default:
        return this.literals.get(operand) ?? level.written.get(operand)
    }
  }

  /** The parameter that takes a value from around the body. */
  private capture(operand: Operand, name: string, { body, captures }: Level): Ipld {
    const key = `${operand.kind} ${name}`
    let known = captures!.get(key)
    if (!known) {
      captures!.set(key, (known = { operand, index: captures!.size }))
      this.captured++
    }
    return { [PARAM]: body!.slots.length + known.index }
  }

  /** One without holes is placed as the literal that it is; one with holes stays in place until they are filled. */
  private async composite(composite: Composite, parts: Written[]): Promise<Result<Written, DagError>> {
    const values = parts.map(part => part.value)
    const keys = composite.kind === 'map' ? composite.entries.map(([key]) => key) : []
    const whole = {
      value: composite.kind === 'list' ? values : Object.fromEntries(keys.map((key, i) => [key, values[i]!])),
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
    for (const block of placed.value.blocks) this.blocks.set(keyOfCid(block.cid), block)
    const { value } = placed.value
    return ok({ value, open: false, size: encodedSize(value), depth: 1 })
  }
}

function createLevel(): Level {
  return { tasks: new Map(), commands: [], written: new Map(), entered: new Set() }
}

function listsOf({ tasks, commands }: Level): { tasks: CID[]; commands: CID[] } {
  return {
    tasks: [...tasks.values()].map(({ cid }) => cid),
    commands: commands.toSorted((a, b) => Buffer.compare(a.bytes, b.bytes)),
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
