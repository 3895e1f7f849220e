import type {
  AbiType,
  ComponentType,
  CoreExternType,
  ExternDecl,
  ExternType,
  FuncType,
  NamedTypeBody,
  Resource,
  ResourceBinding,
} from './ast.ts'
import { type Budget, bodyFacts, factsOf, lookUp } from './facts.ts'
import { quote, shortName } from './names.ts'
import { type Substitution, Substituter } from './substitute.ts'

/**
 * Whether what is given fits what is asked for (Subtyping.md, restricted to what the format can say): `undefined`
 * where it does, else why not. Resources of `open` that the asked type stands for are bound in `map` on the way.
 */
export class Matcher {
  readonly map: Substitution
  readonly #open: ReadonlySet<number>
  readonly #budget: Budget
  readonly #offset: number

  constructor(open: ResourceBinding[], budget: Budget, offset: number, map: Substitution = new Map()) {
    this.map = map
    this.#open = new Set(open.map(binding => binding.resource.id))
    this.#budget = budget
    this.#offset = offset
  }

  extern(given: ExternType, asked: ExternType): string | undefined {
    this.#budget.spend(1, this.#offset)
    if (given.sort !== asked.sort) return `a ${given.sort} stands where a ${asked.sort} is asked for`
    switch (asked.sort) {
      case 'func':
        return this.#func((given as typeof asked).type, asked.type)
      case 'instance':
        return this.decls((given as typeof asked).exports, asked.exports)
      case 'component':
        return this.#component(given as typeof asked, asked)
      case 'core-module':
        return coreModule(given as typeof asked, asked)
      case 'type':
        return this.#body((given as typeof asked).type, asked.type)
    }
  }

  /** Every asked name is given, with a type that fits. */
  decls(given: ExternDecl[], asked: ExternDecl[]): string | undefined {
    for (const { name, type } of asked) {
      const actual = lookUp(given, name)
      if (!actual) return `${quote(name)} is missing`
      const why = this.extern(actual, type)
      if (why) return `${quote(shortName(name))}: ${why}`
    }
    return undefined
  }

  #component(given: ComponentType, asked: ComponentType): string | undefined {
    const imports = new Matcher(given.takes, this.#budget, this.#offset)
    const why = imports.decls(asked.imports, given.imports)
    if (why) return why
    const actual = new Substituter(imports.map, this.#budget, this.#offset).decls(given.exports)
    return new Matcher(asked.introduces, this.#budget, this.#offset, this.map).decls(actual, asked.exports)
  }

  #body(given: NamedTypeBody, asked: NamedTypeBody): string | undefined {
    if (asked.kind === 'resource') {
      if (given.kind !== 'resource') return 'a resource is asked for'
      if (this.#open.has(asked.resource.id) && !this.map.has(asked.resource.id)) {
        this.map.set(asked.resource.id, given.resource)
      }
      return this.#sameResource(given.resource, asked.resource) ? undefined : 'it is another resource'
    }
    if (asked.kind === 'extern') {
      return given.kind === 'extern' ? this.extern(given.type, asked.type) : 'it is another kind of type'
    }
    this.#budget.spend(bodyFacts(asked).size, this.#offset)
    return given.kind === 'value' && this.#same(given.type, asked.type) ? undefined : 'the type differs'
  }

  #func(given: FuncType, asked: FuncType): string | undefined {
    this.#budget.spend(factsOf(asked).size, this.#offset)
    const same =
      given.async === asked.async &&
      given.params.length === asked.params.length &&
      given.params.every((param, i) => {
        const other = asked.params[i]!
        return param.name === other.name && this.#same(param.type, other.type)
      }) &&
      this.#same(given.result, asked.result)
    return same ? undefined : 'the function has another type'
  }

  #sameResource(given: Resource, asked: Resource): boolean {
    return given.id === (this.map.get(asked.id) ?? asked).id
  }

  #same(given: AbiType, asked: AbiType): boolean {
    if (given === asked && !factsOf(asked).resources) return true
    if (given.kind !== asked.kind) return false
    switch (asked.kind) {
      case 'own':
      case 'borrow':
        return this.#sameResource((given as typeof asked).resource, asked.resource)
      case 'list':
        return this.#same((given as typeof asked).element, asked.element)
      case 'option':
        return this.#same((given as typeof asked).some, asked.some)
      case 'result': {
        const { ok, error } = given as typeof asked
        return this.#same(ok, asked.ok) && this.#same(error, asked.error)
      }
      case 'tuple': {
        const { items } = given as typeof asked
        return items.length === asked.items.length && items.every((item, i) => this.#same(item, asked.items[i]!))
      }
      case 'record':
        return this.#members((given as typeof asked).fields, asked.fields)
      case 'variant':
        return this.#members((given as typeof asked).cases, asked.cases)
      case 'enum':
        return sameLabels((given as typeof asked).cases, asked.cases)
      case 'flags':
        return sameLabels((given as typeof asked).flags, asked.flags)
      default:
        return true
    }
  }

  #members(given: { name: string; type?: AbiType }[], asked: { name: string; type?: AbiType }[]): boolean {
    return (
      given.length === asked.length &&
      given.every(({ name, type }, i) => {
        const other = asked[i]!
        if (name !== other.name || !type !== !other.type) return false
        return !type || !other.type || this.#same(type, other.type)
      })
    )
  }
}

function sameLabels(given: string[], asked: string[]): boolean {
  return given.length === asked.length && given.every((label, i) => label === asked[i])
}

function coreModule(
  given: Extract<ExternType, { sort: 'core-module' }>,
  asked: Extract<ExternType, { sort: 'core-module' }>,
): string | undefined {
  const key = (item: { module: string; name: string }): string => JSON.stringify([item.module, item.name])
  const offered = new Map(asked.imports.map(item => [key(item), item.type]))
  for (const item of given.imports) {
    const type = offered.get(key(item))
    if (!type || coreMismatch(type, item.type)) return `the core module asks for ${quote(item.name)}`
  }
  const exports = new Map(given.exports.map(item => [item.name, item.type]))
  for (const item of asked.exports) {
    const type = exports.get(item.name)
    if (!type || coreMismatch(type, item.type)) return `the core module does not export ${quote(item.name)} as asked`
  }
  return undefined
}

/** Why a core definition does not satisfy a core import (core specification 4.5.9, import matching), or nothing. */
export function coreMismatch(given: CoreExternType, asked: CoreExternType): string | undefined {
  if (given.sort !== asked.sort) return `a ${given.sort} stands where a ${asked.sort} is asked for`
  switch (asked.sort) {
    case 'func':
    case 'tag': {
      const actual = given as typeof asked
      const same = sameLabels(actual.params, asked.params) && sameLabels(actual.results, asked.results)
      return same ? undefined : `its signature is ${signature(actual)} where ${signature(asked)} is asked for`
    }
    case 'global': {
      const actual = given as typeof asked
      return actual.value === asked.value && actual.mutable === asked.mutable
        ? undefined
        : 'the global has another type'
    }
    case 'memory': {
      const actual = given as typeof asked
      const same =
        actual.shared === asked.shared && actual.memory64 === asked.memory64 && actual.pageBits === asked.pageBits
      return same && within(actual, asked) ? undefined : 'the memory has another type or size'
    }
    case 'table': {
      const actual = given as typeof asked
      const same = actual.element === asked.element && actual.table64 === asked.table64
      return same && within(actual, asked) ? undefined : 'the table has another type or size'
    }
  }
}

type Limits = { min: bigint; max?: bigint }

function within(given: Limits, asked: Limits): boolean {
  if (given.min < asked.min) return false
  return asked.max === undefined || (given.max !== undefined && given.max <= asked.max)
}

export function signature(type: { params: string[]; results: string[] }): string {
  return `(${type.params.join(' ')}) -> (${type.results.join(' ')})`
}
