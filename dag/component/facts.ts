import { partsOf } from '../types.ts'
import type { AbiType, ComponentType, ExternDecl, ExternType, FuncType, InstanceType, NamedTypeBody } from './ast.ts'
import { refuse } from './reader.ts'

/**
 * What is known of a type without walking it. Types are shared in memory (`t1 = tuple<t0, t0>`, `t2 = tuple<t1, t1>`,
 * …), so their expanded size can be exponential in the bytes of the file; whoever walks one later pays the expanded
 * size. Every type is measured when it is made, from its parts, and refused when it is too large.
 */
export interface Facts {
  /** Number of nodes when nothing is shared. */
  size: number
  depth: number
  /** Mentions a resource anywhere. */
  resources: boolean
  /** Mentions `borrow` in a value. */
  borrows: boolean
}

export const maxTypeSize = 100_000
export const maxDepth = 100
const maxWork = 2_000_000
const maxDefinitions = 500_000

const known = new WeakMap<object, Facts>()
const leaf: Facts = { size: 1, depth: 1, resources: false, borrows: false }

export function factsOf(type: AbiType | FuncType | ExternType | ComponentType | InstanceType): Facts {
  return known.get(type) ?? leaf
}

/** Bounds the whole work on one file: definitions, and the expanded sizes of all types that are written out. */
export class Budget {
  #work = maxWork
  #definitions = maxDefinitions

  spend(size: number, offset: number): void {
    this.#work -= size
    if (this.#work < 0) refuse('limit', 'The types of this component are too large when written out.', offset)
  }

  define(count: number, offset: number): void {
    this.#definitions -= count
    if (this.#definitions < 0) refuse('limit', `There are more than ${maxDefinitions} definitions.`, offset)
  }
}

/** Records the facts of a value type from those of its parts. */
export function measure<T extends AbiType>(type: T, offset: number): T {
  const handle = type.kind === 'own' || type.kind === 'borrow'
  const labels = type.kind === 'enum' ? type.cases.length : type.kind === 'flags' ? type.flags.length : 0
  return record(type, partsOf(type), labels, offset, { resources: handle, borrows: type.kind === 'borrow' })
}

export function measureFunc(type: FuncType, offset: number): FuncType {
  return record(type, [...type.params.map(param => param.type), type.result], type.params.length, offset)
}

export function measureExtern<T extends InstanceType | ComponentType>(type: T, offset: number): T {
  const decls = 'imports' in type ? [...type.imports, ...type.exports] : type.exports
  const facts = decls.map(decl => declFacts(decl.type))
  return record(type, facts, decls.length, offset)
}

/** Facts of what a declaration names; a function or type of a declaration is counted in full. */
export function declFacts(type: ExternType): Facts {
  switch (type.sort) {
    case 'func':
      return factsOf(type.type)
    case 'type':
      return bodyFacts(type.type)
    case 'core-module':
      return { ...leaf, size: 1 + type.imports.length + type.exports.length }
    default:
      return factsOf(type)
  }
}

export function bodyFacts(body: NamedTypeBody): Facts {
  if (body.kind === 'resource') return { ...leaf, resources: true }
  return body.kind === 'value' ? factsOf(body.type) : declFacts(body.type)
}

/** The entry of a name; the index of a list is made once. */
export function lookUp(decls: ExternDecl[], name: string): ExternType | undefined {
  let index = indices.get(decls)
  if (!index) {
    index = new Map(decls.map(decl => [decl.name, decl.type]))
    indices.set(decls, index)
  }
  return index.get(name)
}
const indices = new WeakMap<ExternDecl[], Map<string, ExternType>>()

function record<T extends object>(
  type: T,
  inner: (Facts | AbiType)[],
  own: number,
  offset: number,
  start: Pick<Facts, 'resources' | 'borrows'> = leaf,
): T {
  const facts: Facts = { size: 1 + own, depth: 1, resources: start.resources, borrows: start.borrows }
  for (const item of inner) {
    const part = 'size' in item ? item : factsOf(item)
    facts.size += part.size
    facts.depth = Math.max(facts.depth, part.depth + 1)
    facts.resources ||= part.resources
    facts.borrows ||= part.borrows
  }
  if (facts.size > maxTypeSize) refuse('limit', `A type has more than ${maxTypeSize} parts.`, offset)
  if (facts.depth > maxDepth) refuse('limit', `A type is nested more than ${maxDepth} deep.`, offset)
  known.set(type, facts)
  return type
}
