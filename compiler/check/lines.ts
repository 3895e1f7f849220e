import { childrenOf, type Name, type Node, type Statement } from '../../grammar/nodes.ts'
import type { Diagnostic } from '../../grammar/diagnostics.ts'
import type { Binding, CheckedBody } from '../core.ts'
import type { Notes } from '../notes.ts'
import { partsOf } from '../../dag/types.ts'
import { close, resolve, type Open } from '../open.ts'
import { mentions } from '../order.ts'
import type { Context } from './context.ts'

/** Of bodies with fewer lines all are checked again. */
const FEW = 16

/** What the check of a line came to, and what it was found with. */
interface Line {
  needs: { name: string; local: Binding | undefined; print: string | undefined }[]
  statement: CheckedBody['statements'][number]
  calls: Context['calls']
  performers: Context['performers']
  ends: (() => void)[]
  /** Uses of literals that stand in other lines, whose ranges are told at the end. */
  numbers: Context['numbers']
}

/** Where a context stands before a line is checked. */
interface Mark {
  found: number
  calls: number
  performers: number
  ends: number
  numbers: number
  needs: Line['needs']
}

/** What the file tells of the names that lines use, and what lines put off until the end. */
export interface LineFile {
  fingerprint(name: string): string | undefined
  readonly ends: (() => void)[]
}

/**
 * The lines of the body of a job, as they were checked the last time. A line whose nodes are the same, and that names what it
 * named then, comes to the same; what a name of the body stands for is the same as long as it is the same binding, which one
 * that is bound again to a value of the same type stays. Only lines that nothing is wrong with, and that leave no type open
 * to what follows, are kept.
 */
export class Lines {
  readonly #file: LineFile
  /** Absent before any line is kept. */
  #lines: WeakMap<Statement, Line> | undefined
  #bindings = new Map<string, { binding: Binding; print: string }>()
  #body: Statement[] = []
  #nodes = new Set<Node>()
  #kept: [Statement, Line][] = []

  constructor(file: LineFile) {
    this.#file = file
  }

  /** Begins with the nodes of a body; what was noted of those that are gone is forgotten. */
  begin(nodes: Statement[], notes: Notes | undefined): void {
    this.#body = nodes
    const now = new Set<Node>(nodes)
    for (const node of this.#nodes) if (!now.has(node) || nodes.length < FEW) forget(notes, node)
    this.#nodes = now
    this.#kept = []
    if (nodes.length < FEW) this.#bindings.clear()
  }

  /** Whether these are the lines, and so many that it is worth it. */
  areOf(nodes: Statement[]): boolean {
    return nodes === this.#body && nodes.length >= FEW
  }

  /** Whether a `let` is one of the lines, and in no block of its own. */
  isOf(node: Statement): boolean {
    return this.#body.length >= FEW && this.#nodes.has(node)
  }

  /**
   * Puts a line into a context that comes to what it came to before; undefined where it has to be checked.
   *
   * @param names those that lines before it bind
   */
  take(context: Context, node: Statement, names: Map<string, Name>): Line['statement'] | undefined {
    const line = this.#lines?.get(node)
    if (!line || (node.kind === 'Let' && names.has(node.name.text))) return undefined
    if (!line.needs.every(need => this.#isSame(context, need))) return undefined
    for (const call of line.calls) context.calls.push(call)
    for (const performer of line.performers) context.performers.push(performer)
    for (const end of line.ends) this.#file.ends.push(end)
    for (const number of line.numbers) {
      context.numbers.push(number)
      context.module.notes?.types.set(number.node, number.type)
    }
    for (const { local } of line.needs) if (local?.literal) context.named.add(local.literal)
    if (node.kind === 'Let') {
      const { binding, value } = line.statement
      context.later.at(-1)!.delete(node.name.text)
      if (binding) {
        names.set(binding.name, node.name)
        context.locals.set(binding.name, binding)
        context.sources.set(binding, value)
      }
    }
    return line.statement
  }

  #isSame({ locals }: Context, { name, local, print }: Line['needs'][number]): boolean {
    const found = locals.get(name)
    if (found || local) return found === local
    return print !== undefined && this.#file.fingerprint(name) === print
  }

  /** Notes where a context stands before a line is checked. */
  mark(context: Context, node: Statement): Mark {
    forget(context.module.notes, node)
    this.#lines?.delete(node)
    const needs = [...mentions(node)].map(name => {
      const local = context.locals.get(name)
      return { name, local, print: local ? undefined : this.#file.fingerprint(name) }
    })
    return {
      ...{ found: context.module.diagnostics.length, calls: context.calls.length, needs },
      ...{ performers: context.performers.length, ends: this.#file.ends.length },
      numbers: context.numbers.length,
    }
  }

  /** Keeps what a line came to, if it can be kept. */
  keep(context: Context, node: Statement, mark: Mark, statement: Line['statement']): void {
    const performers = context.performers.slice(mark.performers)
    if (context.module.diagnostics.length > mark.found || performers.some(({ kind }) => kind === 'operation')) return
    const numbers = context.numbers.slice(mark.numbers)
    const { binding } = statement
    if (binding && (binding.literal || !isClosed(binding))) return
    const line: Line = {
      ...{ needs: mark.needs, statement, performers },
      calls: context.calls.slice(mark.calls),
      ends: this.#file.ends.slice(mark.ends),
      numbers: numbers.filter(number => number.node.start < node.start || number.node.end > node.end),
    }
    this.#kept.push([node, line])
  }

  /** The lines that were kept are good where nothing was found in them to the end either. */
  settle(found: readonly Diagnostic[]): void {
    const isWrong = ({ start, end }: Node): boolean =>
      found.some(({ span }) => start <= span.start && span.start <= end)
    for (const [node, line] of this.#kept)
      if (found.length === 0 || !isWrong(node)) (this.#lines ??= new WeakMap()).set(node, line)
    this.#kept = []
  }

  /**
   * The binding that a name has, which is the one that it had if its type is the same; in a body of few lines a new one.
   *
   * @param key tells names of the body from others
   */
  bind(binding: Binding, key: string): Binding {
    if (this.#body.length < FEW) return binding
    if (binding.literal) {
      const known = this.#bindings.get(key)?.binding
      const same = known?.literal === binding.literal ? Object.assign(known!, binding) : binding
      this.#bindings.set(key, { binding: same, print: '' })
      return same
    }
    const closed = close(binding.type)
    const print = closed && isClosed(binding) ? JSON.stringify(closed) : undefined
    if (print === undefined) {
      this.#bindings.delete(key)
      return binding
    }
    const known = this.#bindings.get(key)
    const same = known?.print === print && !known.binding.literal ? Object.assign(known.binding, binding) : binding
    this.#bindings.set(key, { binding: same, print })
    return same
  }
}

/** Whether nothing that follows decides about the type of a value: no number is open that could become another one. */
function isClosed({ type }: Binding): boolean {
  const open = [type]
  for (let next = open.pop(); next; next = open.pop()) {
    const end = resolve(next)
    if (end.kind === 'variable') return false
    for (const part of partsOf<Open>(end)) open.push(part)
  }
  return true
}

/** Forgets what was noted of the nodes below one. */
export function forget(notes: Notes | undefined, root: Node): void {
  if (!notes) return
  const open = [root]
  for (let node = open.pop(); node; node = open.pop()) {
    notes.types.delete(node as never)
    notes.expected.delete(node as never)
    notes.targets.delete(node as never)
    notes.calls.delete(node as never)
    for (const child of childrenOf(node)) open.push(child)
  }
}
