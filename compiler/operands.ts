import { sameForm } from '../dag/core.ts'
import type { Operand, Task } from '../dag/graph.ts'
import type { Ipld } from '../dag/ipld.ts'
import { CORE, mergeLimits } from '../dag/job.ts'
import { checkType, encodeType, type Type } from '../dag/types.ts'
import type { Core, Site } from './core.ts'
import { keyOf, needsLoad, withoutSecrets } from './literal.ts'
import { close, type Open } from './open.ts'

const MAX_TASKS = 250_000

/** Ends an expansion that would not fit; caught where it began. */
export class TooLarge extends Error {}

export function known(type: Open): Type {
  const closed = close(type)
  if (!closed) throw new Error('a type is open after checking')
  return closed
}

/** The operands of a graph: equal ones, and equal tasks, are one object, so that what is used often is expanded once. */
export abstract class Operands {
  readonly sites = new Map<Task, Site>()
  readonly #operands = new Map<string, Operand>()
  readonly #ids = new Map<Operand, number>()
  readonly #promises = new Map<Task, Operand>()

  #intern(key: string, make: () => Operand): Operand {
    const found = this.#operands.get(key)
    if (found) return found
    const operand = make()
    this.#operands.set(key, operand)
    this.#ids.set(operand, this.#ids.size)
    return operand
  }

  protected id(operand: Operand): number {
    let id = this.#ids.get(operand)
    if (id === undefined) this.#ids.set(operand, (id = this.#ids.size))
    return id
  }

  protected value(value: Ipld): Operand {
    return this.#intern(`value ${keyOf(value)}`, () => ({ kind: 'value', value }))
  }

  protected list(items: Operand[]): Operand {
    return this.#intern(`list ${items.map(item => this.id(item))}`, () => ({ kind: 'list', items }))
  }

  protected map(entries: [string, Operand][]): Operand {
    const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : 1))
    const key = JSON.stringify(sorted.map(([name, part]) => [name, this.id(part)]))
    return this.#intern(`map ${key}`, () => ({ kind: 'map', entries: sorted }))
  }

  /** A task that changes nothing in the world: equal ones are one. */
  protected task(task: Task, site: Site | undefined): Operand {
    const ids = (operands: Operand[] = []): number[] => operands.map(operand => this.id(operand))
    const key = JSON.stringify([task.rsc, task.op, task.func, ids(task.args), ids(task.after)])
    const operand = this.#intern(`task ${key}`, () => this.promise(task))
    if (operand.kind === 'await' && operand.task !== task && task.limits && operand.task.limits)
      operand.task.limits = mergeLimits(operand.task.limits, task.limits)
    if (operand.kind === 'await' && site && !this.sites.has(operand.task)) this.sites.set(operand.task, site)
    if (this.#ids.size > MAX_TASKS) throw new TooLarge(`it expands to more than ${MAX_TASKS} tasks and values.`)
    return operand
  }

  protected core(op: string, args: Operand[], site?: Site): Operand {
    return this.task({ rsc: CORE, op, args }, site)
  }

  protected promise(task: Task): Operand {
    let operand = this.#promises.get(task)
    if (!operand) this.#promises.set(task, (operand = { kind: 'await', task }))
    return operand
  }

  protected own(task: Task, site: Site): Operand {
    const operand = this.promise(task)
    this.id(operand)
    this.sites.set(task, site)
    if (this.#ids.size > MAX_TASKS) throw new TooLarge(`it expands to more than ${MAX_TASKS} tasks and values.`)
    return operand
  }

  /** `list<u8>` is a byte string; with holes in it, it is made from a list when these are known. */
  protected listOf(items: Operand[], element: Type): Operand {
    if (element.kind !== 'u8') return this.list(items)
    if (items.every(item => item.kind === 'value'))
      return this.value(Uint8Array.from(items, item => Number((item as { value: number }).value)))
    const wide: Type = { kind: 'list', element: { kind: 'u16' } }
    const bytes: Type = { kind: 'list', element }
    return this.core('core/widen', [this.list(items), this.type(wide), this.type(bytes)])
  }

  /** Secrecy is no part of how a value is written. */
  protected type(given: Type): Operand {
    const type = withoutSecrets(given)
    const fits = checkType(type)
    if (!fits.ok) throw new TooLarge(`a type of a conversion is: ${fits.error.message}.`)
    return this.value(encodeType(type))
  }

  protected widen(operand: Operand, core: Core & { kind: 'widen' }): Operand {
    const to = withoutSecrets(known(core.to))
    let from = withoutSecrets(known(core.from))
    let value = operand
    while (from.kind === 'link' && to.kind !== 'link') {
      from = from.target
      if (needsLoad(from)) value = this.core('core/load', [value])
    }
    return sameForm(from, to) ? value : this.core('core/widen', [value, this.type(from), this.type(to)])
  }
}
