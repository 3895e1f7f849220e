import type { CID } from 'multiformats/cid'
import { spliceJob } from '../dag/bind.ts'
import { awaited, type Body, type Graph, type Operand, type Task } from '../dag/graph.ts'
import type { Limits } from '../dag/interface.ts'
import type { Block, Ipld } from '../dag/ipld.ts'
import { CORE, readJob, WASM_RUN } from '../dag/job.ts'
import { normalize } from '../dag/normalize.ts'
import { place } from '../dag/place.ts'
import { checkType, unit } from '../dag/types.ts'
import { isWrapped } from '../dag/value.ts'
import { fail, ok, type Result } from '../dag/result.ts'
import type { ComponentModule } from './component.ts'
import type {
  Binding,
  CheckedBody,
  CheckedJob,
  CompiledJob,
  CompiledPart,
  Core,
  Decision,
  EffectCore,
  Settings,
  Site,
} from './core.ts'
import { literal, MAX_PARTS, number, partCount, withoutSecrets } from './literal.ts'
import { fits, holdsSecret } from './open.ts'
import { known, Operands, TooLarge } from './operands.ts'

/** What holds where neither a call, nor its caller, nor the file says otherwise. */
export const DEFAULT_LIMITS: Limits = {
  time: 60_000,
  memory: 256 * 1024 * 1024,
  gas: 100_000_000_000,
  retry: 0,
  check: 0,
}

export interface Lowered {
  graph: Graph
  /** Values of defaults that need blocks of their own. */
  blocks: Block[]
  sites: Map<Task, Site>
  /** Of the tasks with bodies, but for `try`, which decides nothing. */
  decisions: Decisions
  /** What is secret by its type, as it comes into the graph: parameters, and what effects give. */
  secrets: Operand[]
  /** Those whose functions are called. */
  components: Set<ComponentModule | CompiledPart>
  /** Of compiled jobs that were expanded: not all of them are part of this one. */
  foreign: Block[]
}

/** What decides about the bodies of a task: a secret by its type, or what is made of secrets that a job was given. */
export interface Decided extends Decision {
  file: string
  given: Operand[]
}

export type Decisions = Map<Task, Decided>

/** Expands a job to the graph of its tasks. Fails where the expansion is too large. */
export async function lowerJob(job: CheckedJob): Promise<Result<Lowered, string>> {
  for (const type of [job.result, ...job.params.map(param => param.binding.type)]) {
    const fits = checkType(known(type))
    if (!fits.ok) return fail(`a type of its interface is: ${fits.error.message}.`)
  }
  const lowering = new Lowering()
  const expanded = await lowering.expand(job)
  if (!expanded.ok) return expanded
  const params: Graph['params'] = new Map()
  const blocks: Block[] = []
  for (const { binding, default: constant } of job.params) {
    const type = known(binding.type)
    if (!constant) {
      params.set(binding.name, { type })
      continue
    }
    const value = await lowering.constant(constant)
    if (!value.ok) return value
    const placed = await place(type, value.value)
    if (!placed.ok) return fail(placed.error.message)
    blocks.push(...placed.value.blocks)
    params.set(binding.name, { type, default: placed.value.value })
  }
  const graph = {
    params,
    result: { type: known(job.result), value: expanded.value.value },
    commands: expanded.value.commands,
  }
  const { sites, decisions, secrets, components, foreign } = lowering
  return ok({ graph, blocks, sites, decisions, secrets, components, foreign })
}

/** The IPLD form of a checked constant; fails where it is too large. */
export function constantValue(core: Core): Promise<Result<Ipld, string>> {
  return new Lowering().constant(core)
}

/** Constants as the parts of one graph, and where their operations stand. Fails where they are too large. */
export async function lowerConstants(
  cores: Core[],
): Promise<Result<{ operands: Operand[]; sites: Map<Task, Site> }, string>> {
  const lowering = new Lowering()
  try {
    const operands: Operand[] = []
    for (const core of cores) operands.push(await lowering.operand(core))
    return ok({ operands, sites: lowering.sites })
  } catch (error) {
    if (error instanceof TooLarge) return fail(error.message)
    throw error
  }
}

class Lowering extends Operands {
  readonly decisions: Decisions = new Map()
  readonly secrets: Operand[] = []
  readonly components = new Set<ComponentModule | CompiledPart>()
  readonly foreign: Block[] = []
  private readonly expansions = new Map<string, Operand>()
  private readonly jobIds = new Map<CheckedJob, number>()
  private readonly constantsOf = new Map<Core, Operand>()

  /** A task that performs something, itself or in its bodies: each is one of its own, in the body that it stands in. */
  private perform(task: Task, scope: Scope, site: Site): Operand {
    if (scope.body) task.within = scope.body
    scope.commands.push(task)
    return this.own(task, site)
  }

  /** A task with bodies; one that performs nothing is shared by nobody all the same, since it stands in one place. */
  private control(task: Task, scope: Scope, site: Site, decision?: Decision): Operand {
    if (decision) {
      const { secret, start, end } = decision
      this.decisions.set(task, { secret, start, end, file: site.file, given: scope.given })
    }
    return task.bodies!.some(body => body.commands.length > 0) ? this.perform(task, scope, site) : this.own(task, site)
  }

  /** The graph of a job whose parameters are not known yet. */
  async expand(job: CheckedJob): Promise<Result<Expanded, string>> {
    try {
      const args = job.params.map(({ binding }): Operand => ({ kind: 'param', name: binding.name }))
      this.secrets.push(...args.filter((_, i) => holdsSecret(job.params[i]!.binding.type)))
      const commands: Task[] = []
      const value = await this.run(this.job(job, args, {}, { commands, body: undefined, after: [], given: [] }))
      return ok({ value, commands })
    } catch (error) {
      if (error instanceof TooLarge) return fail(error.message)
      throw error
    }
  }

  /** A constant before it is folded. */
  operand(core: Core): Promise<Operand> {
    return this.run(this.lower(core, constants()))
  }

  /** The IPLD form of a constant, which holds no holes once it is folded. */
  async constant(core: Core): Promise<Result<Ipld, string>> {
    const value = await this.operand(core)
    const constant = { params: new Map(), result: { type: unit, value }, commands: [] }
    const { graph } = await normalize(constant, new Map(), { whole: true })
    const result = graph.result.value
    if ([...awaited(result)].length > 0) return fail('a constant is made of what is known only when the job runs.')
    if (partCount(result) > MAX_PARTS) return fail(`a constant has more than ${MAX_PARTS} parts.`)
    return ok(literal(result))
  }

  /**
   * Runs a lowering to its end. Lowerings ask for their parts by `yield` and keep no stack of the machine: jobs may
   * call each other, and expressions nest, as deep as memory allows.
   */
  private async run(root: Lower): Promise<Operand> {
    const open: Lower[] = [root]
    let value: Operand | undefined
    for (let top: Lower | undefined = root; top; top = open.at(-1)) {
      const step = top.next(value!)
      if (step.done) {
        value = step.value
        open.pop()
      } else if (step.value instanceof Promise) value = await step.value
      else {
        value = undefined
        open.push(step.value)
      }
    }
    return value!
  }

  /** The value of a job for given arguments. */
  private *job(job: CheckedJob, args: Operand[], inherited: Settings, around: Around): Lower {
    let jobId = this.jobIds.get(job)
    if (jobId === undefined) this.jobIds.set(job, (jobId = this.jobIds.size))
    const ids = [args, around.after, around.given].map(operands => operands.map(operand => this.id(operand)))
    const key = JSON.stringify([jobId, ids, inherited])
    const known = this.expansions.get(key)
    if (known) return known
    const env = new Map<Binding, Operand>(job.params.map((param, i) => [param.binding, args[i]!]))
    const before = around.commands.length
    const result = yield this.block(job.body, { ...around, env, config: job.config, inherited })
    // Two calls of a job that performs something perform it twice.
    if (around.commands.length === before) this.expansions.set(key, result)
    return result
  }

  private *block({ statements, value }: CheckedBody, scope: Scope): Lower {
    for (const { binding, value } of statements) {
      const operand = yield this.lower(value, scope)
      if (binding) scope.env.set(binding, operand)
    }
    return yield this.lower(value, scope)
  }

  /** A body of its own. Each stands once in the expansion of a job, so that its names need no scope of their own. */
  private *body(checked: CheckedBody, scope: Scope): Generator<Lower | Promise<Operand>, Body, Operand> {
    const body: Body = { slots: [], value: this.value(null), commands: [] }
    for (const [index, binding] of checked.params.entries()) {
      const slot = { kind: 'slot', body, index } as const
      body.slots.push(slot)
      scope.env.set(binding, slot)
    }
    body.value = yield this.block(checked, { ...scope, body, commands: body.commands })
    return body
  }

  private *lower(core: Core, scope: Scope): Lower {
    switch (core.kind) {
      case 'error':
        throw new Error('a program with errors is lowered')
      case 'number':
        return this.value(number(core.value, known(core.type)))
      case 'value':
        return this.value(core.value)
      case 'cid':
        return this.value(core.cid)
      case 'local':
        return scope.env.get(core.binding)!
      case 'constant': {
        const known = this.constantsOf.get(core.value)
        if (known) return known
        const value = yield this.lower(core.value, constants())
        this.constantsOf.set(core.value, value)
        return value
      }
      case 'list':
        return this.listOf(yield* this.each(core.items, scope), withoutSecrets(known(core.element)))
      case 'tuple':
        return this.list(yield* this.each(core.items, scope))
      case 'record': {
        const values = yield* this.each(
          core.fields.map(([, value]) => value),
          scope,
        )
        return this.map(core.fields.map(([name], i) => [name, values[i]!]))
      }
      case 'some': {
        const value = yield this.lower(core.value, scope)
        return isWrapped(known(core.of)) ? this.map([['some', value]]) : value
      }
      case 'case':
        return this.map([[core.name, core.payload ? yield this.lower(core.payload, scope) : this.value(null)]])
      case 'operation': {
        const widening = wideningOf(core)
        if (widening) return yield this.lower(widening, scope)
        const args: Operand[] = []
        for (const arg of core.args)
          args.push(arg.kind === 'type' ? this.type(known(arg.type)) : yield this.lower(arg, scope))
        return this.core(core.op, args, core.site)
      }
      case 'block':
        return yield this.block(core.body, scope)
      case 'branch': {
        const args = [yield this.lower(core.selector, scope)]
        const bodies = []
        for (const body of core.bodies) bodies.push(yield* this.body(body, scope))
        return this.control({ rsc: CORE, op: 'core/branch', args, bodies }, scope, core.site, core.decision)
      }
      case 'for': {
        const list = yield this.lower(core.list, scope)
        const args = [list, this.type(known(core.from)), this.type(known(core.to))]
        const bodies = [yield* this.body(core.body, scope)]
        return this.control({ rsc: CORE, op: 'core/map', args, bodies }, scope, core.site, core.decision)
      }
      case 'reduce': {
        const args = [yield this.lower(core.list, scope), this.type(known(core.from))]
        const bodies = [yield* this.body(core.body, scope)]
        return this.control({ rsc: CORE, op: 'core/reduce', args, bodies }, scope, core.site, core.decision)
      }
      case 'fold': {
        const list = yield this.lower(core.list, scope)
        const args = [list, this.type(known(core.from)), yield this.lower(core.init, scope)]
        const bodies = [yield* this.body(core.body, scope)]
        return this.control({ rsc: CORE, op: 'core/fold', args, bodies }, scope, core.site, core.decision)
      }
      case 'try': {
        const bodies = [yield* this.body(core.body, scope)]
        return this.control({ rsc: CORE, op: 'core/try', args: [], bodies }, scope, core.site)
      }
      case 'catch': {
        const bodies = [yield* this.body(core.body, scope), yield* this.body(core.alternative, scope)]
        return this.control({ rsc: CORE, op: 'core/catch', args: [], bodies }, scope, core.site, core.decision)
      }
      case 'effect':
        return yield this.effect(core, scope)
      case 'compiled': {
        const args = new Map<string, Operand>()
        const names = [...core.job.params.keys()]
        for (const [i, name] of names.entries()) {
          const arg = core.args[i]
          if (arg) args.set(name, yield this.lower(arg, scope))
        }
        const given = [...scope.given, ...core.secrets.map(i => args.get(names[i]!)!)]
        return yield this.splice(core.job, args, { ...scope, given }, core.site)
      }
      case 'widen':
        return this.widen(yield this.lower(core.value, scope), core)
      case 'wasm': {
        const limits = limitsOf(core.settings, scope)
        const args = yield* this.each(core.args, scope)
        const rsc = `ipfs://${core.module.cid}`
        this.components.add(core.module)
        return this.task({ rsc, op: WASM_RUN, func: core.func.name, args, limits }, core.site)
      }
      case 'job': {
        const args: Operand[] = []
        for (const [i, param] of core.job.params.entries()) {
          const given = core.args[i]
          args.push(yield given ? this.lower(given, scope) : this.lower(param.default!, constants()))
        }
        const after = [...scope.after, ...(yield* this.each(core.after, scope))]
        const given = [...scope.given, ...core.secrets.map(i => args[i]!)]
        return yield this.job(core.job, args, { ...scope.inherited, ...core.settings }, { ...scope, after, given })
      }
    }
  }

  /** Expands a job that was compiled before; its own limits hold. */
  private async splice(job: CompiledJob, args: Map<string, Operand>, scope: Scope, site: Site): Promise<Operand> {
    const blocks = new Map(job.blocks.map(({ cid, bytes }) => [cid.toString(), bytes]))
    const load = async (cid: CID): Promise<Uint8Array | undefined> => blocks.get(cid.toString())
    const root = await readJob(job.cid, load)
    const spliced = root.ok ? await spliceJob(root.value, args, load) : root
    if (!spliced.ok) throw new TooLarge(`the job ${job.cid} cannot be expanded: ${spliced.error.message}.`)
    const { value, commands, cids } = spliced.value
    const { file, start, end } = site
    for (const task of cids.keys()) {
      this.sites.set(task, site)
      if (task.bodies) this.decisions.set(task, { file, start, end, secret: false, given: scope.given })
    }
    for (const command of commands) {
      if (scope.body) command.within = scope.body
      scope.commands.push(command)
    }
    this.foreign.push(...job.blocks)
    for (const part of job.components) this.components.add(part)
    return value
  }

  private *effect(core: EffectCore, scope: Scope): Lower {
    const { op, scheme, operation, params } = core.effect
    const args: Operand[] = []
    for (const [i, param] of params.entries()) {
      const given = core.args[i]
      args.push(yield given ? this.lower(given, scope) : this.lower(param.default!, constants()))
    }
    const task: Task = { rsc: scheme, op, args, limits: limitsOf(core.settings, scope) }
    const names = [...scope.after, ...(yield* this.each(core.after, scope))]
    if (names.length > 0) {
      const tasks = new Set(names.flatMap(name => [...awaited(name)]))
      task.after = [...tasks].map(before => this.promise(before))
    }
    if (core.undo) task.undo = yield* this.body(core.undo, { ...scope, after: [] })
    const operand = operation === 'query' ? this.task(task, core.site) : this.perform(task, scope, core.site)
    if (holdsSecret(core.effect.result)) this.secrets.push(operand)
    return operand
  }

  private *each(cores: Core[], scope: Scope): Generator<Lower | Promise<Operand>, Operand[], Operand> {
    const operands: Operand[] = []
    for (const core of cores) operands.push(yield this.lower(core, scope))
    return operands
  }
}

/** A lowering under way: asks for the lowerings of its parts, is given their operands, and ends with its own. Promises are of what has to be read. */
type Lower = Generator<Lower | Promise<Operand>, Operand, Operand>

function constants(): Scope {
  return { env: new Map(), config: {}, inherited: {}, commands: [], body: undefined, after: [], given: [] }
}

/** The body that an expression stands in, and what it performs; at the level of the job there is no body. */
interface Around {
  body: Body | undefined
  commands: Task[]
  /** What every effect waits for, since a call around it does. */
  after: Operand[]
  /** Secrets that the calls around it were given for parameters that are none. */
  given: Operand[]
}

/** What the expressions of a body see: values of names, limits of their file, and those that callers set. */
interface Scope extends Around {
  env: Map<Binding, Operand>
  config: Settings
  inherited: Settings
}

function limitsOf(settings: Settings, { config, inherited }: Scope): Limits {
  return { ...DEFAULT_LIMITS, ...config, ...inherited, ...settings }
}

interface Expanded {
  value: Operand
  commands: Task[]
}

/** A conversion that cannot fail, which is known when all uses of a number have decided what it is. */
function wideningOf({
  op,
  args: [value, from, to],
}: Core & { kind: 'operation' }): (Core & { kind: 'widen' }) | undefined {
  if (op !== 'core/as' || value?.kind === 'type' || from?.kind !== 'type' || to?.kind !== 'type') return undefined
  return value && fits(known(from.type), known(to.type))
    ? { kind: 'widen', value, from: from.type, to: to.type }
    : undefined
}
