import { Text, write } from '../../../dag/core/text.ts'
import { postOrder, type Operand, type Task } from '../../../dag/graph.ts'
import type { Limits } from '../../../dag/interface.ts'
import { isLink } from '../../../dag/ipld.ts'
import type { Load } from '../../../dag/load.ts'
import { materialize } from '../../../dag/place.ts'
import { fail, ok, type Result } from '../../../dag/result.ts'
import { equalTypes, isBytes, partsOf, showType, type Type } from '../../../dag/types.ts'
import type { Value } from '../../../dag/value.ts'
import { format } from '../../../grammar/format.ts'
import { keywords } from '../../../grammar/keywords.ts'
import { units } from '../../../grammar/literals.ts'
import { DEFAULT_LIMITS } from '../../lower.ts'
import type { Imported } from './import.ts'

/**
 * The source of a job that was imported: a `let` for each task, in the order of the tasks, and the result. Compiled where
 * the components are at hand, it gives the same job.
 *
 * @param load has the blocks of the job
 */
export async function decompile({ graph, functions }: Imported, load: Load): Promise<Result<string, string>> {
  const printer = new Printer(functions, load)
  const tasks = postOrder(graph)
  const wrong = await printer.calls(tasks)
  if (wrong !== undefined) return fail(wrong)
  const text = printer.source(graph.result.value, graph.result.type)
  const formatted = await format(text, 'workflow.ipvm')
  if (!formatted.ok) throw new Error(`what was decompiled cannot be read: ${formatted.diagnostics[0]!.message}`)
  return ok(formatted.text)
}

/** Names that mean something else where an expression stands. */
const taken = new Set([
  ...keywords.map(({ text }) => text),
  ...['len', 'range', 'zip', 'concat', 'flatten', 'keys', 'link', 'declassify'],
  ...['none', 'some', 'ok', 'err', 'main'],
])
const limitNames = ['time', 'memory', 'gas'] as const

class Printer {
  readonly #functions: Imported['functions']
  readonly #load: Load
  readonly #lets: string[] = []
  readonly #limits: Limits[] = []
  readonly #names = new Map<Task, string>()
  readonly #used = new Set<string>()
  /** The numbers that names were given last. */
  readonly #counts = new Map<string, number>()
  /** Types whose cases are written, which need a name for that. */
  readonly #types: Type[] = []
  /** By `rsc`. */
  readonly #modules = new Map<string, { name: string; called: Set<string> }>()

  constructor(functions: Imported['functions'], load: Load) {
    this.#functions = functions
    this.#load = load
  }

  /** Writes the calls; what keeps one from that, if something does. */
  async calls(tasks: Task[]): Promise<string | undefined> {
    for (const { rsc } of tasks) this.#module(rsc)
    for (const task of tasks) {
      const { rsc, func = '', args } = task
      const found = this.#functions(rsc, func)!
      const written: string[] = []
      for (const [i, arg] of args.entries()) {
        const text = await this.#argument(arg, found.params[i]!.type)
        if (!text.ok) return text.error
        written.push(text.value)
      }
      const module = this.#module(rsc)
      module.called.add(func)
      this.#names.set(task, this.#fresh(func))
      this.#lets.push(`${module.name}.${func}(${written.join(', ')})`)
      this.#limits.push(task.limits!)
    }
    return undefined
  }

  source(value: Operand, type: Type): string {
    const config = mostCommon(this.#limits)
    const names = [...this.#names.values()]
    const calls = this.#lets.map((call, i) => `${call}${this.#with(this.#limits[i]!, config)}`)
    const result = this.#result(value)
    const isLast = result === names.at(-1)
    const lets = calls.map((call, i) => (isLast && i === calls.length - 1 ? call : `let ${names[i]} = ${call}`))
    const body = isLast ? lets : [...lets, result]
    return [
      ...[...this.#modules].map(([rsc, { name, called }]) => this.#import(rsc, name, called)),
      this.#settings('config', config, DEFAULT_LIMITS),
      ...this.#types.map((type, i) => `type ${choice(i)} = ${showType(type)}`),
      `export job main() -> ${showType(type)} {\n${body.join('\n')}\n}`,
    ]
      .filter(text => text !== '')
      .join('\n\n')
  }

  #module(rsc: string): { name: string; called: Set<string> } {
    let module = this.#modules.get(rsc)
    if (!module) {
      module = { name: this.#fresh('component'), called: new Set() }
      this.#modules.set(rsc, module)
    }
    return module
  }

  /** A name that nothing else has. */
  #fresh(wanted: string): string {
    const base = !/^Choice\d+$/.test(wanted) && /^[a-z]\w*(-[a-z]\w*)*$/i.test(wanted) ? wanted : 'task'
    let name = base
    let n = this.#counts.get(base) ?? 1
    while (this.#used.has(name) || taken.has(name)) name = `${base}-${++n}`
    this.#counts.set(base, n)
    this.#used.add(name)
    return name
  }

  /** The interface is stated where Homestar's names for functions are not those of the component. */
  #import(rsc: string, name: string, called: Set<string>): string {
    const functions = [...called].map(func => ({ func, found: this.#functions(rsc, func)! }))
    if (functions.every(({ func, found }) => func === found.name)) return `import ${name} from "${rsc}"`
    const stated = functions.map(({ func, found }) => {
      const params = found.params.map(param => `${param.name}: ${showType(param.type)}`).join(', ')
      return `${func}: func(${params})${found.result.kind === 'unit' ? '' : ` -> ${showType(found.result)}`}`
    })
    return `import ${name} from "${rsc}" {\n${stated.join('\n')}\n}`
  }

  #with(own: Limits, config: Limits): string {
    const settings = this.#settings('with', own, config)
    return settings === '' ? '' : ` ${settings}`
  }

  #settings(word: string, own: Limits, others: Limits): string {
    const different = limitNames.filter(name => own[name] !== others[name])
    const texts = different.map(name => `${name}: ${name === 'gas' ? own.gas : inUnits(name, own[name])}`)
    return texts.length === 0 ? '' : `${word} { ${texts.join(', ')} }`
  }

  #result(value: Operand): string {
    if (value.kind === 'await') return this.#names.get(value.task)!
    if (value.kind !== 'list') throw new Error(`a ${value.kind} as the result of a workflow`)
    return `(${value.items.map(item => this.#result(item)).join(', ')}${value.items.length === 1 ? ',' : ''})`
  }

  async #argument(arg: Operand, type: Type): Promise<Result<string, string>> {
    if (arg.kind === 'await') return ok(this.#names.get(arg.task)!)
    if (arg.kind !== 'value') throw new Error(`a ${arg.kind} as the argument of a workflow's task`)
    if (isBytes(type) && isLink(arg.value)) return ok(`cid"${arg.value}"`)
    const value = await materialize(type, arg.value, this.#load)
    return value.ok ? ok(this.#literal(type, value.value)) : fail(value.error.message)
  }

  #literal(type: Type, value: Value): string {
    if (!hasCases(type)) {
      const text = new Text()
      write(type, value, text, false)
      // What is longer is cut, and was no value of one block.
      if (!text.isFull) return text.toString()
    }
    switch (type.kind) {
      case 'enum':
        return `${this.#choice(type)}.${value as string}`
      case 'variant': {
        const [[name, payload]] = Object.entries(value as { [name: string]: Value }) as [[string, Value]]
        const of = type.cases.find(entry => entry.name === name)!.type
        return `${this.#choice(type)}.${name}${of ? `(${this.#literal(of, payload)})` : ''}`
      }
      case 'list':
        return `[${(value as Value[]).map(item => this.#literal(type.element, item)).join(', ')}]`
      case 'tuple': {
        const items = (value as Value[]).map((item, i) => this.#literal(type.items[i]!, item))
        return `(${items.join(', ')}${items.length === 1 ? ',' : ''})`
      }
      case 'record': {
        const fields = value as { [name: string]: Value }
        return `{ ${type.fields.map(({ name, type: of }) => `${name}: ${this.#literal(of, fields[name]!)}`).join(', ')} }`
      }
      case 'option':
        return value === null ? 'none' : `some(${this.#literal(type.some, value)})`
      case 'result': {
        const outcome = value as { ok?: Value; error?: Value }
        return outcome.ok === undefined
          ? `err(${this.#literal(type.error, outcome.error!)})`
          : `ok(${this.#literal(type.ok, outcome.ok)})`
      }
      default:
        throw new Error(`a ${type.kind} that is too long to be written`)
    }
  }

  #choice(type: Type): string {
    let at = this.#types.findIndex(other => equalTypes(other, type))
    if (at < 0) at = this.#types.push(type) - 1
    return choice(at)
  }
}

const choice = (index: number): string => `Choice${index + 1}`

/** Whether a value of the type may be written with the name of a type. */
function hasCases(type: Type): boolean {
  return type.kind === 'enum' || type.kind === 'variant' || partsOf(type).some(hasCases)
}

function mostCommon(all: Limits[]): Limits {
  const counts = new Map<string, { limits: Limits; count: number }>()
  for (const limits of all) {
    const key = limitNames.map(name => limits[name]).join()
    const entry = counts.get(key) ?? { limits, count: 0 }
    counts.set(key, { ...entry, count: entry.count + 1 })
  }
  return [...counts.values()].reduce((most, entry) => (entry.count > most.count ? entry : most)).limits
}

/** In the largest unit that gives a whole number. */
function inUnits(name: 'time' | 'memory', figure: number): string {
  const known = Object.entries(name === 'time' ? units.durations : units.sizes).sort(([, a], [, b]) => b - a)
  const [unit, size] = known.find(([, size]) => figure % size === 0)!
  return `${figure / size}${unit}`
}
