import type { CID } from 'multiformats/cid'
import { checkCid } from '../../../dag/cid.ts'
import { readInterface } from '../../../dag/component/read.ts'
import type { FunctionExport } from '../../../dag/component/interface.ts'
import { findExport } from '../../../dag/component/find.ts'
import { emit } from '../../../dag/emit.ts'
import type { Graph, Operand, Task } from '../../../dag/graph.ts'
import { isLink, isMap, type Block, type Ipld } from '../../../dag/ipld.ts'
import { WASM_RUN } from '../../../dag/job.ts'
import type { Load } from '../../../dag/load.ts'
import { normalize } from '../../../dag/normalize.ts'
import { place } from '../../../dag/place.ts'
import { fail, ok, type Result } from '../../../dag/result.ts'
import { isBytes, maxTypeSize, showType, type Type } from '../../../dag/types.ts'
import { readFile } from '../../../dag/unixfs.ts'
import { checkForm } from '../../../dag/value.ts'
import type { Signatures } from '../../interface.ts'
import { DEFAULT_LIMITS } from '../../lower.ts'
import { assign } from '../../open.ts'
import type { WorkflowTask } from './read.ts'
import { fromHomestarValue } from './values.ts'

/** A workflow of Homestar as a job of ours. */
export interface Imported {
  job: CID
  blocks: Block[]
  graph: Graph
  /** The functions that it calls, by `rsc` and `func` of an instruction. */
  functions: (rsc: string, func: string) => FunctionExport | undefined
}

/** The same functions as an export takes them. */
export function signaturesOf({ functions }: Imported): Signatures {
  return (rsc, func) => {
    const found = functions(rsc, func)
    return found && { params: found.params.map(({ type }) => type), result: found.result, core: false }
  }
}

/** Why a workflow is no job, with its place; `component` where that is not at hand. */
export interface ImportError {
  message: string
  component?: CID
}

/** Bytes of the largest component that is read. */
const maxComponent = 256 << 20

/** Ends an import; caught by {@link importWorkflow}. */
class Refused extends Error {
  readonly component: CID | undefined
  constructor(message: string, component?: CID) {
    super(message)
    this.component = component
  }
}

/**
 * Makes a job of a workflow: values are typed by the components, which must be at hand. Its result is that of the one task
 * whose result no other takes, else a tuple of those of all such tasks, in the order of the file.
 */
export async function importWorkflow(tasks: WorkflowTask[], load: Load): Promise<Result<Imported, ImportError>> {
  const importer = new Importer(tasks, load)
  try {
    const made = await importer.graph()
    const normal = await normalize(made)
    const written = await emit(normal.graph)
    if (!written.ok) return fail({ message: written.error.message })
    const { job, blocks } = written.value
    const all = [...importer.blocks, ...normal.blocks, ...blocks]
    return ok({ job, blocks: all, graph: normal.graph, functions: importer.functions })
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return fail({ message: error.message, ...(error.component ? { component: error.component } : {}) })
  }
}

interface Made {
  task: Task
  result: Type
}

class Importer {
  readonly blocks: Block[] = []
  readonly #tasks: WorkflowTask[]
  readonly #load: Load
  readonly #byCid: Map<string, WorkflowTask>
  readonly #made = new Map<WorkflowTask, Made>()
  readonly #components = new Map<string, FunctionExport[]>()
  /** Tasks whose results others take. */
  readonly #taken = new Set<WorkflowTask>()

  constructor(tasks: WorkflowTask[], load: Load) {
    this.#tasks = tasks
    this.#load = load
    this.#byCid = new Map(tasks.map(task => [task.cid.toString(), task]))
  }

  async graph(): Promise<Graph> {
    for (const task of this.#tasks) await this.#withArguments(task)
    const ends = this.#tasks.filter(task => !this.#taken.has(task)).map(task => this.#made.get(task)!)
    const [only] = ends
    if (ends.length > maxTypeSize / 2)
      throw new Refused(`the results of ${ends.length} tasks are taken by no other; at most ${maxTypeSize / 2} are`)
    const values = ends.map(({ task }): Operand => ({ kind: 'await', task }))
    const type: Type = ends.length === 1 ? only!.result : { kind: 'tuple', items: ends.map(({ result }) => result) }
    const value: Operand = ends.length === 1 ? values[0]! : { kind: 'list', items: values }
    return { params: new Map(), result: { type, value }, commands: [] }
  }

  readonly functions: Imported['functions'] = (rsc, func) => findExport(this.#components.get(rsc) ?? [], func)

  /** Makes a task after those whose results it takes, however long the chain. */
  async #withArguments(task: WorkflowTask): Promise<void> {
    const open = [task]
    const entered = new Set<WorkflowTask>()
    for (let top = open.at(-1); top; top = open.at(-1)) {
      if (this.#made.has(top)) {
        open.pop()
        continue
      }
      const missing = entered.has(top) ? [] : this.#awaits(top).filter(other => !this.#made.has(other))
      entered.add(top)
      if (missing.length > 0) open.push(...missing.reverse())
      else {
        this.#made.set(top, await this.#task(top))
        open.pop()
      }
    }
  }

  #awaits(task: WorkflowTask): WorkflowTask[] {
    return task.args.flatMap((arg, i) => {
      const promised = this.#promised(arg, `${task.at}.run.input.args[${i}]`)
      if (promised) this.#taken.add(promised)
      return promised ?? []
    })
  }

  /** The task that an argument awaits. */
  #promised(arg: Ipld, at: string): WorkflowTask | undefined {
    if (!isMap(arg)) return undefined
    const [key = '', ...others] = Object.keys(arg)
    const link = arg[key]
    // Any map of one link is a promise to it, whatever its key.
    if (others.length > 0 || !isLink(link)) return undefined
    if (key !== 'await/ok')
      throw new Refused(`${at}: ${JSON.stringify(key.slice(0, 64))} is no promise that is read; only \`await/ok\` is`)
    const found = this.#byCid.get(link.toString())
    if (found) return found
    throw new Refused(`${at}: awaits ${link}, which is no task of this workflow`)
  }

  async #task(task: WorkflowTask): Promise<Made> {
    const { at, component, func, args } = task
    const rsc = `ipfs://${component}`
    let functions = this.#components.get(rsc)
    if (!functions) this.#components.set(rsc, (functions = await this.#functions(component, at)))
    const found = findExport(functions, func)
    if (!found) throw new Refused(`${at}.run.input.func: ${noFunction(component, func, functions)}`)
    if (args.length !== found.params.length)
      throw new Refused(`${at}.run.input.args: are ${args.length}, and \`${func}\` takes ${found.params.length}`)
    const operands: Operand[] = []
    for (const [i, arg] of args.entries())
      operands.push(await this.#argument(arg, found.params[i]!.type, `${at}.run.input.args[${i}]`))
    const limits = { ...DEFAULT_LIMITS, ...task.limits }
    return { task: { rsc, op: WASM_RUN, func, args: operands, limits }, result: found.result }
  }

  async #argument(arg: Ipld, type: Type, at: string): Promise<Operand> {
    const promised = this.#promised(arg, at)
    if (promised) {
      const { task, result } = this.#made.get(promised)!
      if (assign(result, type)) return { kind: 'await', task }
      throw new Refused(`${at}: awaits a \`${showType(result)}\`, and a \`${showType(type)}\` is taken`)
    }
    if (isLink(arg)) {
      if (!isBytes(type))
        throw new Refused(
          `${at}: is a link, for which Homestar puts the bytes of its file; a \`${showType(type)}\` is taken`,
        )
      const taken = checkCid(arg)
      if (taken.ok) return { kind: 'value', value: arg }
      throw new Refused(`${at}: ${taken.error.message}`)
    }
    const form = checkForm(type, fromHomestarValue(type, untagged(arg)), at)
    if (!form.ok) throw new Refused(`${form.error.path}: ${form.error.message}`)
    if (holdsLink(form.value)) throw new Refused(`${at}: holds a link inside; a file is a whole argument`)
    const placed = await place(type, form.value)
    if (!placed.ok) throw new Refused(`${at}: ${placed.error.message}`)
    this.blocks.push(...placed.value.blocks)
    return { kind: 'value', value: placed.value.value }
  }

  async #functions(component: CID, at: string): Promise<FunctionExport[]> {
    const where = `${at}.run.rsc`
    const bytes = await readFile(component, this.#load, { maxBytes: maxComponent })
    if (!bytes.ok) {
      const isMissing = bytes.error.code === 'missing'
      throw new Refused(
        `${where}: the component cannot be read: ${bytes.error.message}`,
        isMissing ? component : undefined,
      )
    }
    const read = readInterface(bytes.value)
    if (!read.ok) throw new Refused(`${where}: the component cannot be used: ${read.error.message}`)
    if (read.value.kind === 'core')
      throw new Refused(`${where}: is a core module without WIT, so that its types are not known`)
    return read.value.interface.functions
  }
}

/** Homestar takes a list of two with a tag in front for the outcome of a task, and hands on what is behind the tag. */
function untagged(arg: Ipld): Ipld {
  return Array.isArray(arg) && arg.length === 2 && ['ok', 'error', 'just'].includes(arg[0] as string) ? arg[1]! : arg
}

function holdsLink(value: Ipld): boolean {
  if (isLink(value)) return true
  if (Array.isArray(value)) return value.some(holdsLink)
  return isMap(value) && Object.values(value).some(holdsLink)
}

function noFunction(component: CID, func: string, functions: FunctionExport[]): string {
  const names = functions.filter(({ name }) => !name.includes('#')).map(({ name }) => name)
  const list = names.length === 0 ? 'none' : names.slice(0, 10).join(', ')
  return `the component ${component} exports no function ${JSON.stringify(func.slice(0, 64))}; it has: ${list}`
}
