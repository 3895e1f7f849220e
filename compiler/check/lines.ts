import { childrenOf, type Let, type Node, type Statement } from '../../grammar/nodes.ts'
import type { Diagnostic } from '../../grammar/diagnostics.ts'
import { settleOne } from '../../grammar/moves.ts'
import type { Binding, CheckedBody, Core } from '../core.ts'
import type { Notes } from '../notes.ts'
import { partsOf } from '../../dag/types.ts'
import { close, resolve, type Open } from '../open.ts'
import { mentions } from '../order.ts'
import { printType } from '../prints.ts'
import { sameEnds } from '../replaced.ts'
import type { Context } from './context.ts'

/** Of bodies with fewer lines all are looked at again. */
export const FEW = 16
/** So many lines are put between others at a time. */
const PIECE = 1024

/** What the check of a line came to, and what it was found with. */
interface Line {
  needs: { name: string; local: Binding | undefined; print: string | undefined }[]
  statement: CheckedBody['statements'][number]
  calls: Context['calls']
  performers: Context['performers']
  ends: (() => void)[]
  /** Uses of literals that stand in other lines, whose ranges are told at the end. */
  numbers: Context['numbers']
  /** It comes to more than its statement. */
  tells: boolean
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
 * to what follows, are kept. What those bind is known without a look at them ({@link Lines.bound}).
 */
export class Lines {
  readonly #file: LineFile
  #bindings = new Map<string, { binding: Binding; print: string }>()
  #body: readonly Statement[] = []
  /** Those that are kept, each with its number in the body. */
  #lines: (Line | undefined)[] = []
  /** What those come to that come to nothing else. */
  #quiet: (Line['statement'] | undefined)[] = []
  /** The names that they bind. */
  readonly #lets = new Map<string, { node: Let; binding: Binding }>()
  /** In how many lines a name stands that is known in the body. */
  readonly #inner = new Map<string, number>()
  /** What they take from the file: in how many lines, and what it was. */
  readonly #outer = new Map<string, { count: number; print: string | undefined }>()
  /** The first line that is another one than before, and names that those bound in whose place others stand. */
  #first = Infinity
  #gone: string[] = []
  /** The names of the parameters, and those that they had when lines were kept. */
  readonly #params = new Set<string>()
  readonly #before = new Set<string>()
  /** Names that stand for something else than when the lines were kept, or may do so, and whether a line has them. */
  readonly #changed = new Map<string, boolean>()
  /** How many of these a line has. */
  #loud = 0
  /** All that is taken from the file is what it was; undefined before somebody asks. */
  #isSame: boolean | undefined
  /** The line that is being checked. */
  #current: Statement | undefined
  /** Lines that start before it are above what is being checked. */
  #limit = 0
  #kept: [number, Line][] = []
  /** What `let`s stand for, as {@link Context} has it. */
  sources = new Map<Binding, Core | undefined>()

  constructor(file: LineFile) {
    this.#file = file
  }

  /** Begins with the nodes of a body, all of them others than before where the parameters are; notes of what is gone are forgotten. */
  begin(nodes: readonly Statement[], notes: Notes | undefined): void {
    const isShort = nodes.length < FEW
    const { first, last } = isShort ? { first: 0, last: 0 } : sameEnds(this.#body, nodes)
    for (let i = first; i < this.#body.length - last; i++) {
      const node = this.#body[i]!
      forget(notes, node)
      this.#drop(i)
      // A list that stands alone may have been taken for an index of the line above.
      const bound = node.kind === 'Perform' ? this.#body[i - 1] : node
      if (bound?.kind === 'Let') this.#gone.push(bound.name.text)
    }
    if (isShort) {
      this.#lines = new Array<undefined>(nodes.length).fill(undefined)
      this.#quiet = [...this.#lines] as undefined[]
      this.#bindings.clear()
      this.#rest()
      this.sources = new Map()
    } else {
      replace(this.#lines, first, this.#body.length - last, nodes.length - last)
      replace(this.#quiet, first, this.#body.length - last, nodes.length - last)
    }
    this.#first = Math.min(this.#first, first)
    for (const name of this.#params) this.#before.add(name)
    this.#params.clear()
    this.#isSame = undefined
    this.#limit = 0
    this.#body = nodes
    this.#kept = []
  }

  /** Whether these are the lines, and so many that it is worth it. */
  areOf(nodes: readonly Statement[]): boolean {
    return nodes === this.#body && nodes.length >= FEW
  }

  /** Whether a `let` is one of the lines, and in no block of its own. */
  isOf(node: Statement): boolean {
    return this.#current === node
  }

  /** What a name stands for by a line that was kept above the one that is being checked. */
  bound(name: string): { node: Let; binding: Binding } | undefined {
    const found = this.#lets.get(name)
    return found && found.node.start < this.#limit ? found : undefined
  }

  /** Says that all lines are above what is checked next. */
  leave(): void {
    this.#limit = Infinity
  }

  /** Says that a name stands for something else. */
  touch(name: string): void {
    const isLoud = this.#inner.has(name) || this.#outer.has(name) || this.#lets.has(name)
    if (isLoud && !this.#changed.get(name)) this.#loud++
    this.#changed.set(name, isLoud || this.#changed.get(name) === true)
  }

  /** Keys of bindings that are others than those which the lines were looked at with. */
  readonly #renewed = new Set<string>()

  #rest(): void {
    this.#renewed.clear()
    this.#first = Infinity
    this.#gone = []
    this.#changed.clear()
    this.#loud = 0
  }

  /** What other lines bound is missed only below them. */
  #reach(at: number): void {
    for (const name of this.#before) if (!this.#params.has(name)) this.touch(name)
    this.#before.clear()
    if (at < this.#first) return
    for (const name of this.#gone) this.touch(name)
    this.#gone = []
  }

  /**
   * Adds what lines come to, from one on, of which nothing else is to be said than what was said before.
   *
   * @returns how many they are
   */
  run(at: number, statements: CheckedBody['statements']): number {
    this.#reach(at)
    this.#isSame ??= this.#isSameFile()
    if (!this.#isSame || this.#loud > 0) return 0
    const most = at < this.#first ? this.#first : Infinity
    let end = at
    for (let next = this.#quiet[end]; next && end < most; next = this.#quiet[++end]) statements.push(next)
    return end - at
  }

  /** The names of {@link bound}. */
  *names(): Generator<[string, Binding]> {
    for (const [name, { binding }] of this.#lets) if (this.bound(name)) yield [name, binding]
  }

  /** What the lines take from the file. */
  *mentions(): Generator<string> {
    yield* this.#outer.keys()
    for (let i = 0; i < this.#body.length; i++) if (!this.#lines[i]) yield* mentions(this.#body[i]!)
  }

  /** What a line comes to that comes to what it came to before; undefined where it has to be checked. */
  take(context: Context, at: number): Line['statement'] | undefined {
    const line = this.#lines[at]
    const node = this.#body[at]!
    // Before a line is checked: it may bind again what is gone, and so it is nothing else to those below.
    this.#reach(at)
    if (!line) return undefined
    this.#isSame ??= this.#isSameFile()
    if (!this.#isSame || (this.#loud > 0 && this.#isAffected(node, line))) {
      this.#stand(node)
      const isBound = node.kind === 'Let' && context.locals.has(node.name.text)
      if (isBound || !line.needs.every(need => this.#isKnown(context, need))) {
        this.#drop(at)
        if (node.kind === 'Let') this.touch(node.name.text)
        return undefined
      }
    }
    if (line.tells) this.#tell(context, line)
    return line.statement
  }

  #isAffected(node: Statement, { needs }: Line): boolean {
    if (node.kind === 'Let' && this.#changed.has(node.name.text)) return true
    for (const { name } of needs) if (this.#changed.has(name)) return true
    return false
  }

  #isSameFile(): boolean {
    for (const [name, { print }] of this.#outer)
      if (print === undefined || this.#file.fingerprint(name) !== print) return false
    return true
  }

  #stand(node: Statement): void {
    this.#current = node
    this.#limit = node.start
  }

  #isKnown({ locals }: Context, { name, local, print }: Line['needs'][number]): boolean {
    const found = locals.get(name)
    if (found || local) return found === local
    return print !== undefined && this.#file.fingerprint(name) === print
  }

  /** What it tells of stands in nodes that are settled when it is told of: at the end, or in lines that are checked again. */
  #tell(context: Context, line: Line): void {
    for (const call of line.calls) context.calls.push(call)
    for (const performer of line.performers) context.performers.push(performer)
    for (const end of line.ends) this.#file.ends.push(end)
    for (const number of line.numbers) {
      context.numbers.push(number)
      const { node, type } = number
      if (this.#body[0]!.start <= node.start && node.end <= this.#body.at(-1)!.end)
        context.module.notes?.types.set(node, type)
    }
    for (const { local } of line.needs) if (local?.literal) context.named.add(local.literal)
  }

  /** Notes where a context stands before a line is checked. */
  mark(context: Context, at: number): Mark {
    const node = this.#body[at]!
    settleOne(node)
    this.#stand(node)
    forget(context.module.notes, node)
    context.module.notes?.checked.set(node, {})
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
  keep(context: Context, at: number, mark: Mark, statement: Line['statement']): void {
    const node = this.#body[at]!
    const performers = context.performers.slice(mark.performers)
    if (context.module.diagnostics.length > mark.found || performers.some(({ kind }) => kind === 'operation')) return
    const { binding } = statement
    if (binding && (binding.literal || !isClosed(binding))) return
    const calls = context.calls.slice(mark.calls)
    const ends = this.#file.ends.slice(mark.ends)
    const numbers = context.numbers
      .slice(mark.numbers)
      .filter(number => number.node.start < node.start || number.node.end > node.end)
    const isLoud = [calls, performers, ends, numbers].some(some => some.length > 0)
    const tells = isLoud || mark.needs.some(({ local }) => local?.literal)
    this.#kept.push([at, { needs: mark.needs, statement, performers, calls, ends, numbers, tells }])
  }

  #drop(at: number): void {
    const line = this.#lines[at]
    this.#lines[at] = this.#quiet[at] = undefined
    if (!line) return
    const { binding } = line.statement
    if (binding) this.#lets.delete(binding.name)
    for (const { name, local } of line.needs) {
      const outer = this.#outer.get(name)
      if (local) this.#count(name, -1)
      else if (outer && --outer.count === 0) this.#outer.delete(name)
    }
  }

  #count(name: string, by: number): void {
    const count = (this.#inner.get(name) ?? 0) + by
    if (count > 0) this.#inner.set(name, count)
    else this.#inner.delete(name)
  }

  /** The lines that were kept are good where nothing was found in them to the end either. */
  settle(found: readonly Diagnostic[]): void {
    const isWrong = ({ start, end }: Node): boolean =>
      found.some(({ span }) => start <= span.start && span.start <= end)
    for (const [at, line] of this.#kept) {
      const node = this.#body[at]!
      if (found.length > 0 && isWrong(node)) continue
      this.#lines[at] = line
      if (!line.tells) this.#quiet[at] = line.statement
      const { binding } = line.statement
      if (node.kind === 'Let' && binding) this.#lets.set(binding.name, { node, binding })
      for (const { name, local, print } of line.needs) {
        const outer = this.#outer.get(name)
        if (local) this.#count(name, 1)
        else if (outer) outer.count++
        else this.#outer.set(name, { count: 1, print })
      }
    }
    this.#kept = []
    this.#rest()
    this.#current = undefined
  }

  /**
   * The binding that a name has, which is the one that it had if its type is the same; in a body of few lines a new one.
   *
   * @param key tells names of the body from others
   */
  bind(binding: Binding, key: string): Binding {
    if (key.startsWith('(')) this.#params.add(binding.name)
    if (this.#body.length < FEW) return binding
    const known = this.#bindings.get(key)
    const same = this.#bindAgain(binding, key, known)
    if (same !== known?.binding) this.#renewed.add(key)
    // Another line that binds the name may have to say so.
    if (same !== known?.binding || this.#lets.has(binding.name)) this.touch(binding.name)
    // Signatures are looked at more than once before the lines are.
    else if (!this.#renewed.has(key)) {
      if (this.#changed.get(binding.name)) this.#loud--
      this.#changed.delete(binding.name)
    }
    return same
  }

  #bindAgain(binding: Binding, key: string, known: { binding: Binding; print: string } | undefined): Binding {
    if (binding.literal) {
      const same = known?.binding.literal === binding.literal ? Object.assign(known!.binding, binding) : binding
      this.#bindings.set(key, { binding: same, print: '' })
      return same
    }
    const closed = close(binding.type)
    const print = closed && isClosed(binding) ? printType(binding.type) : undefined
    if (print === undefined) {
      this.#bindings.delete(key)
      return binding
    }
    const same = known?.print === print && !known.binding.literal ? Object.assign(known.binding, binding) : binding
    this.#bindings.set(key, { binding: same, print })
    return same
  }
}

/** Forgets a part of a list, in whose place something else stands that ends elsewhere. */
function replace(list: unknown[], start: number, end: number, wanted: number): void {
  const common = Math.min(end, wanted)
  list.fill(undefined, start, common)
  if (end > common) list.splice(common, end - common)
  // Not at once: there may be more than a call takes.
  else
    for (let from = common; from < wanted; from += PIECE)
      list.splice(from, 0, ...new Array<undefined>(Math.min(PIECE, wanted - from)).fill(undefined))
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
  notes.checked.delete(root as never)
  const open = [root]
  for (let node = open.pop(); node; node = open.pop()) {
    notes.types.delete(node as never)
    notes.expected.delete(node as never)
    notes.targets.delete(node as never)
    notes.fits.delete(node)
    notes.calls.delete(node as never)
    for (const child of childrenOf(node)) open.push(child)
  }
}
