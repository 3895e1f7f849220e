import { partsOf } from '../types.ts'
import type { AbiType, ExternDecl, ExternType, FuncType, NamedTypeBody, Resource, ResourceBinding } from './ast.ts'
import { type Budget, declFacts, factsOf, measure, measureExtern, measureFunc } from './facts.ts'

/** Which resource stands for which, by the id of the one that is replaced. */
export type Substitution = Map<number, Resource>

/**
 * Replaces resources in types. What mentions none is shared, the rest is made anew and paid for out of the budget,
 * so that instance types that hold each other twice cannot grow without end.
 */
export class Substituter {
  readonly #map: Substitution
  readonly #budget: Budget
  readonly #offset: number
  readonly #values = new Map<AbiType, AbiType>()

  constructor(map: Substitution, budget: Budget, offset: number) {
    this.#map = map
    this.#budget = budget
    this.#offset = offset
  }

  decls(decls: ExternDecl[]): ExternDecl[] {
    this.#budget.spend(decls.length, this.#offset)
    return decls.map(decl => ({ name: decl.name, type: this.extern(decl.type) }))
  }

  extern(type: ExternType): ExternType {
    const facts = declFacts(type)
    if (!facts.resources || this.#map.size === 0) return type
    this.#budget.spend(facts.size, this.#offset)
    switch (type.sort) {
      case 'func':
        return { sort: 'func', type: this.func(type.type) }
      case 'instance': {
        const made: ExternType = { sort: 'instance', exports: this.decls(type.exports), introduces: type.introduces }
        return measureExtern(made, this.#offset)
      }
      case 'component':
        return measureExtern(
          { ...type, imports: this.decls(type.imports), exports: this.decls(type.exports) },
          this.#offset,
        )
      case 'type':
        return { sort: 'type', type: this.body(type.type) }
      case 'core-module':
        return type
    }
  }

  body(body: NamedTypeBody): NamedTypeBody {
    if (body.kind === 'value') return { kind: 'value', type: this.value(body.type) }
    if (body.kind === 'extern') return { kind: 'extern', type: this.extern(body.type) }
    return { kind: 'resource', resource: this.resource(body.resource) }
  }

  func(type: FuncType): FuncType {
    const params = type.params.map(param => ({ name: param.name, type: this.value(param.type) }))
    return measureFunc({ ...type, params, result: this.value(type.result) }, this.#offset)
  }

  value(type: AbiType): AbiType {
    if (!factsOf(type).resources) return type
    const done = this.#values.get(type)
    if (done) return done
    const made = measure(this.#replaced(type), this.#offset)
    this.#values.set(type, made)
    return made
  }

  resource(resource: Resource): Resource {
    return this.#map.get(resource.id) ?? resource
  }

  #replaced(type: AbiType): AbiType {
    switch (type.kind) {
      case 'own':
      case 'borrow':
        return { kind: type.kind, resource: this.resource(type.resource) }
      case 'list':
        return { kind: 'list', element: this.value(type.element) }
      case 'option':
        return { kind: 'option', some: this.value(type.some) }
      case 'result':
        return { kind: 'result', ok: this.value(type.ok), error: this.value(type.error) }
      case 'tuple':
        return { kind: 'tuple', items: type.items.map(item => this.value(item)) }
      case 'record':
        return { kind: 'record', fields: type.fields.map(field => ({ ...field, type: this.value(field.type) })) }
      case 'variant':
        return {
          kind: 'variant',
          cases: type.cases.map(item => (item.type ? { ...item, type: this.value(item.type) } : item)),
        }
      default:
        return type
    }
  }
}

/** Where the resources of a set are exported, each at its first place. */
export function exportedResources(decls: ExternDecl[], ids: ReadonlySet<number>): ResourceBinding[] {
  const found = new Map<number, ResourceBinding>()
  const walk = (list: ExternDecl[], path: string[]): void => {
    for (const { name, type } of list) {
      if (type.sort === 'instance' && factsOf(type).resources) walk(type.exports, [...path, name])
      if (type.sort !== 'type' || type.type.kind !== 'resource') continue
      const { resource } = type.type
      if (ids.has(resource.id) && !found.has(resource.id)) found.set(resource.id, { path: [...path, name], resource })
    }
  }
  walk(decls, [])
  return [...found.values()]
}

/** Calls `visit` for every resource that declarations mention without introducing it, shared types once. */
export function forEachResource(decls: ExternDecl[], visit: (resource: Resource) => void): void {
  const seen = new Set<object>()
  const bound = new Set<number>()
  const mention = (resource: Resource): void => {
    if (!bound.has(resource.id)) visit(resource)
  }
  const value = (type: AbiType): void => {
    if (!factsOf(type).resources || seen.has(type)) return
    seen.add(type)
    if (type.kind === 'own' || type.kind === 'borrow') mention(type.resource)
    partsOf(type).forEach(value)
  }
  const body = (type: NamedTypeBody): void => {
    if (type.kind === 'value') value(type.type)
    else if (type.kind === 'resource') mention(type.resource)
    else extern(type.type)
  }
  const extern = (type: ExternType): void => {
    if (!declFacts(type).resources || seen.has(type)) return
    seen.add(type)
    if (type.sort === 'component') for (const { resource } of type.takes) bound.add(resource.id)
    if (type.sort === 'component' || type.sort === 'instance') {
      for (const { resource } of type.introduces) bound.add(resource.id)
    }
    if (type.sort === 'func') [...type.type.params.map(param => param.type), type.type.result].forEach(value)
    else if (type.sort === 'type') body(type.type)
    else if (type.sort !== 'core-module') for (const decl of type.exports) extern(decl.type)
    if (type.sort === 'component') for (const decl of type.imports) extern(decl.type)
  }
  for (const decl of decls) extern(decl.type)
}
