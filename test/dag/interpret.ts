import type { CID } from 'multiformats/cid'
import { isLink, isMap, type Ipld } from '../../dag/ipld.ts'
import { CORE, decodeInstruction, holeOf, loadValue, readBody, readJob, WASM_RUN } from '../../dag/job.ts'
import type { Load } from '../../dag/load.ts'
import type { Instruction } from '../../dag/interface.ts'
import { readList } from '../../dag/place.ts'
import type { Block, Expression } from './program.ts'

/** What a program comes to: calls are their own text, and what was performed stands in `performed`, sorted. */
export interface Meaning {
  value: Ipld
  performed: string[]
}

const text = (value: Ipld): string => JSON.stringify(value)
const itemsOf = (value: Ipld): Ipld[] => (Array.isArray(value) && value.length > 0 ? value : [value, `${text(value)}'`])

/** Which of two branches, by whatever stands there. */
function pick(selector: Ipld): number {
  if (typeof selector === 'boolean') return selector ? 0 : 1
  return typeof selector === 'number' && selector < 2 ? selector : text(selector).length % 2
}

function canonical(entries: [string, Ipld][]): Ipld {
  return Object.fromEntries(entries.sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1)))
}

/** What operations do with their bodies. */
function operate(op: string, args: Ipld[], bodies: ((...slots: Ipld[]) => Ipld)[], slots: number): Ipld {
  const [first, second] = bodies
  switch (op) {
    case 'core/branch':
      return bodies[pick(args[0]!)]!()
    case 'core/map':
      return itemsOf(args[0]!).map((item, i) => (slots === 1 ? first!(item) : first!(item, i)))
    case 'core/fold':
      return itemsOf(args[0]!).reduce((state, item) => first!(state, item), args[2]!)
    case 'core/reduce': {
      let items = itemsOf(args[0]!)
      while (items.length > 1) {
        const next: Ipld[] = []
        for (let i = 0; i < items.length; i += 2)
          next.push(i + 1 < items.length ? first!(items[i]!, items[i + 1]!) : items[i]!)
        items = next
      }
      return items[0]!
    }
    case 'core/try':
      return { ok: first!() }
    case 'core/catch':
      void second
      return first!()
  }
  throw new Error(`no operation ${op}`)
}

function perform(performed: string[], op: string, args: Ipld[], after: Ipld[]): Ipld {
  const line = `${op}${text(args)} after ${[...new Set(after.map(text))].sort().join()}`
  performed.push(line)
  return line
}

/** The meaning of a program as it is written. */
export function meaningOf(block: Block, params: Record<string, Ipld>): Meaning {
  const performed: string[] = []
  const value = run(block, { slots: [], results: [] })
  return { value, performed: performed.sort() }

  interface Scope {
    slots: Ipld[]
    results: Ipld[]
  }
  function run(block: Block, outer: Scope): Ipld {
    const scope = { slots: outer.slots, results: [...outer.results] }
    for (const { op, args, after, undo } of block.commands) {
      const result = perform(
        performed,
        op,
        args.map(arg => of(arg, scope)),
        picked(after, scope.results),
      )
      if (undo) performed.push(`undo ${text(run(undo, { ...scope, slots: [...scope.slots, result] }))}`)
      scope.results.push(result)
    }
    return of(block.value, scope)
  }
  function picked(numbers: number[], results: Ipld[]): Ipld[] {
    return results.length === 0 ? [] : numbers.map(number => results[number % results.length]!)
  }
  function of(expression: Expression, scope: Scope): Ipld {
    const bodies = (...blocks: Block[]) =>
      blocks.map(
        block =>
          (...slots: Ipld[]) =>
            run(block, { ...scope, slots: [...scope.slots, ...slots] }),
      )
    const part = (one: Expression): Ipld => of(one, scope)
    switch (expression.kind) {
      case 'value':
        return expression.value
      case 'param':
        return params[expression.name]!
      case 'slot':
        return picked([expression.number], scope.slots)[0] ?? 'none'
      case 'result':
        return picked([expression.number], scope.results)[0] ?? 'none'
      case 'call':
        return `${expression.func}${text(expression.args.map(part))}`
      case 'query':
        return perform([], 'http/get', expression.args.map(part), picked(expression.after, scope.results))
      case 'record':
        return canonical(expression.entries.map(([name, one]) => [name, part(one)]))
      case 'list':
        return expression.items.map(part)
      case 'field':
        return (part(expression.record) as { [key: string]: Ipld })[expression.name]!
      case 'index':
        return (part(expression.list) as Ipld[])[part(expression.index) as number]!
      case 'branch':
        return operate('core/branch', [part(expression.selector)], bodies(...expression.blocks), 0)
      case 'map':
        return operate('core/map', [part(expression.list)], bodies(expression.block), expression.slots)
      case 'reduce':
        return operate('core/reduce', [part(expression.list)], bodies(expression.block), 2)
      case 'fold':
        return operate('core/fold', [part(expression.list), null, part(expression.init)], bodies(expression.block), 2)
      case 'try':
        return operate('core/try', [], bodies(expression.block), 0)
      case 'catch':
        return operate('core/catch', [], bodies(expression.block, expression.alternative), 0)
    }
  }
}

/** The blocks of a job, read ahead so that running them needs no waiting. */
interface Code {
  tasks: [string, Instruction][]
  value: Ipld
  commands: string[]
  params: number
}

/** The meaning of a job without parameters, from its blocks alone, by the text of docs/dag.md. */
export async function meaningOfJob(cid: CID, load: Load): Promise<Meaning> {
  const bodies = new Map<string, Code>()
  const values = new Map<string, Ipld>()

  const job = await readJob(cid, load)
  if (!job.ok) throw new Error(job.error.message)
  if (job.value.params.size > 0) throw new Error('the job has parameters')
  const main = await code(job.value.tasks, job.value.commands, job.value.result.value, 0)
  const performed: string[] = []
  return { value: run(main, []), performed: performed.sort() }

  async function code(tasks: CID[], commands: CID[], value: Ipld, params: number): Promise<Code> {
    const read: [string, Instruction][] = []
    for (const task of tasks) {
      const instruction = decodeInstruction((await load(task))!)
      if (!instruction.ok) throw new Error(instruction.error.message)
      const { args, bodies: own = [], undo } = instruction.value.input
      for (const body of undo ? [...own, undo.body] : own) await readCode(body)
      for (const arg of undo ? [...args, ...undo.args] : args) await readLinks(arg)
      read.push([task.toString(), instruction.value])
    }
    await readLinks(value)
    return { tasks: read, value, commands: commands.map(String), params }
  }
  async function readCode(body: CID): Promise<void> {
    if (bodies.has(String(body))) return
    const read = await readBody(body, load)
    if (!read.ok) throw new Error(read.error.message)
    bodies.set(String(body), await code(read.value.tasks, read.value.commands, read.value.value, read.value.params))
  }
  /** All values behind links; what a promise names is none. */
  async function readLinks(value: Ipld): Promise<void> {
    if (holeOf(value)) return
    if (isLink(value)) {
      const list = await readList(value, load)
      const content = list.ok ? list : await loadValue(value, load)
      if (!content.ok) throw new Error(content.error.message)
      values.set(String(value), content.value)
      await readLinks(content.value)
    } else if (Array.isArray(value)) for (const item of value) await readLinks(item)
    else if (isMap(value)) for (const item of Object.values(value)) await readLinks(item)
  }

  function run({ tasks, value, commands }: Code, params: (() => Ipld)[]): Ipld {
    const results = new Map<string, () => Ipld>()
    const fill = (given: Ipld): Ipld => {
      const hole = holeOf(given)
      if (hole?.kind === 'slot') return params[hole.index]!()
      if (hole?.kind === 'await') return results.get(String(hole.task))!()
      if (hole) throw new Error('a parameter of a job stands in a closed job or in a body')
      if (isLink(given)) return fill(values.get(String(given))!)
      if (Array.isArray(given)) return given.map(fill)
      return isMap(given) ? canonical(Object.entries(given).map(([key, item]) => [key, fill(item)])) : given
    }
    const bodyOf = (cid: CID, captured: Ipld[]) => {
      const body = bodies.get(String(cid))!
      const slots = body.params - captured.length
      const inner = captured.map(one => once(() => fill(one)))
      return (...given: Ipld[]): Ipld => {
        if (given.length !== slots) throw new Error(`a body is handed ${given.length} values and takes ${slots}`)
        return run(body, [...given.map(one => () => one), ...inner])
      }
    }
    const compute = ({ rsc, op, input }: Instruction): Ipld => {
      const own = input.bodies ? strict[op]! : input.args.length
      const args = input.args.slice(0, own).map(fill)
      if (op === WASM_RUN) return `${input.func}${text(args)}`
      if (rsc !== CORE) {
        const isCommand = op !== 'http/get'
        const result = perform(isCommand ? performed : [], op, args, (input.after ?? []).map(fill))
        if (input.undo) performed.push(`undo ${text(bodyOf(input.undo.body, input.undo.args)(result))}`)
        return result
      }
      if (op === 'core/field') return (args[0] as { [key: string]: Ipld })[args[1] as string]!
      if (op === 'core/index') return (args[0] as Ipld[])[args[1] as number]!
      const captured = input.args.slice(own)
      const inner = input.bodies!.map(cid => bodyOf(cid, captured))
      return operate(op, args, inner, bodies.get(String(input.bodies![0]!))!.params - captured.length)
    }
    for (const [cid, instruction] of tasks)
      results.set(
        cid,
        once(() => compute(instruction)),
      )
    for (const command of commands) results.get(command)!()
    return fill(value)
  }
}

/** How many arguments of an operation are its own; the others are captured. */
const strict: Record<string, number> = {
  'core/map': 3,
  'core/reduce': 2,
  'core/fold': 3,
  'core/branch': 1,
  'core/try': 0,
  'core/catch': 0,
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => (made ??= { value: make() }).value
}
