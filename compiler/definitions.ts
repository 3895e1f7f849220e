import { diagnose } from '../grammar/diagnostics.ts'
import { note } from './check/context.ts'
import { define } from './check/definitions.ts'
import type { Definition } from './kinds.ts'
import { definitionOrder } from './order.ts'
import type { Symbol } from './scope.ts'
import { Unit, type Surroundings } from './unit.ts'
import type { Units } from './units.ts'

export type DefinitionSymbol = Symbol & { node: Definition; kind: 'type' | 'const' | 'effect' }

/** The types, constants and effects of a file. */
export class Definitions {
  readonly #around: Surroundings
  readonly #units: Units
  /** Those that are asked for while it is not known yet what all imports are; they are looked at again then. */
  readonly #early = new Map<Definition, Unit>()
  #areEarly = true

  constructor(around: Surroundings, units: Units) {
    this.#around = around
    this.#units = units
  }

  /** Begins anew, before anything is imported. */
  begin(): void {
    this.#early.clear()
    this.#areEarly = true
  }

  /** Says that all is imported. */
  imported(): void {
    this.#areEarly = false
  }

  /** Finds out what some are, each behind those that it is made of; false where some are made of themselves. */
  define(symbols: Symbol[]): boolean {
    const isOwn = (symbol: Symbol): boolean => symbol.home === this.#around
    const types = symbols.filter(symbol => symbol.kind === 'type').filter(isOwn)
    const ofTypes = definitionOrder(types, this.#around.scope, ({ node }) => [node.type])
    this.#breakCircles(ofTypes.circles, 'type')
    for (const symbol of ofTypes.order) this.of(symbol)
    const constants = symbols.filter(symbol => symbol.kind === 'const').filter(isOwn)
    const ofConstants = definitionOrder(constants, this.#around.scope, ({ node }) => [node.value])
    this.#breakCircles(ofConstants.circles, 'constant')
    for (const symbol of ofConstants.order) this.of(symbol)
    for (const symbol of symbols) if (symbol.kind === 'effect' && isOwn(symbol)) this.of(symbol)
    return ofTypes.circles.length + ofConstants.circles.length === 0
  }

  /** Definitions that are made of themselves are reported once, and stand for nothing. */
  #breakCircles(circles: DefinitionSymbol[][], what: string): void {
    const told = new Set<Symbol>()
    for (const circle of circles) {
      const [first] = circle
      if (!first || told.has(first)) continue
      for (const symbol of circle) {
        told.add(symbol)
        this.#units.put(symbol.node, this.#newUnit(symbol))
      }
      const cycle = [...circle, first].map(symbol => symbol.name)
      const { start, end } = first.node.name
      const { file, diagnostics } = this.#around
      diagnostics.push(diagnose('RecursiveDefinition', { what, cycle }, { file, start, end }))
    }
  }

  /** What is found of one; of one that is being looked at nothing is known yet. */
  of(symbol: DefinitionSymbol): Unit {
    const { node } = symbol
    if (this.#areEarly) return this.#early.get(node) ?? this.#defineEarly(symbol)
    const known = this.#units.get(node)
    if (known) return known
    const old = this.#units.doubted(node)
    const unit = old?.isCurrent() ? old : this.#newUnit(symbol)
    this.#units.put(node, unit)
    if (unit === old) return old
    define(unit, symbol)
    unit.settle()
    return unit
  }

  #defineEarly(symbol: DefinitionSymbol): Unit {
    const unit = this.#newUnit(symbol)
    this.#early.set(symbol.node, unit)
    define(unit, symbol)
    return unit
  }

  #newUnit(symbol: DefinitionSymbol): Unit {
    const unit = new Unit(this.#around, symbol.node)
    note(unit, symbol.node.name, { kind: 'symbol', symbol })
    return unit
  }
}
