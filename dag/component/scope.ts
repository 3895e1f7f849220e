import type {
  CoreExport,
  CoreExternType,
  CoreFuncType,
  CoreImport,
  CoreSort,
  Definition,
  ExternDecl,
  ExternType,
  FuncType,
  InstanceType,
  NamedTypeBody,
  Resource,
  ResourceBinding,
} from './ast.ts'
import { Budget, maxDepth, measureExtern } from './facts.ts'
import { Names } from './names.ts'
import { refuse } from './reader.ts'
import { Substituter, type Substitution } from './substitute.ts'

/** Core modules in one file; real components have a dozen. */
const maxModules = 1000
/** A new resource with its names and places takes about as much memory as so many parts of a type. */
const resourceWork = 8

/** What is counted over a whole file, however many components it holds. */
export class FileState {
  readonly budget = new Budget()
  #resources = 0
  #modules = 0

  /** Counts a core module: each is compiled, however small it is. */
  module(offset: number): void {
    if (++this.#modules > maxModules) refuse('limit', `There are more than ${maxModules} core modules.`, offset)
  }

  resource(name: string): Resource {
    return { id: this.#resources++, name }
  }
}

export interface CoreModuleType {
  imports: CoreImport[]
  exports: CoreExport[]
}

export type CoreTypeEntry = { kind: 'func'; type: CoreFuncType } | { kind: 'module'; type: CoreModuleType }

/**
 * The index spaces of a component, or of a component or instance type, while it is read. Entries are types: what an
 * interpreter needs beside them goes into `definitions`.
 */
export class Scope {
  readonly kind: 'component' | 'type'
  readonly file: FileState
  readonly outer: Scope | undefined
  readonly depth: number

  readonly coreTypes: CoreTypeEntry[] = []
  readonly core: Record<CoreSort, CoreExternType[]> = { func: [], table: [], memory: [], global: [], tag: [] }
  readonly coreModules: CoreModuleType[] = []
  readonly coreInstances: Map<string, CoreExternType>[] = []
  readonly types: NamedTypeBody[] = []
  readonly funcs: FuncType[] = []
  readonly instances: ExternOf<'instance'>[] = []
  readonly components: ExternOf<'component'>[] = []

  readonly definitions: Definition[] = []
  readonly imports: ExternDecl[] = []
  readonly exports: ExternDecl[] = []
  readonly importNames = new Names()
  readonly exportNames = new Names()
  readonly takes: ResourceBinding[] = []
  /** Resources that came to be in this scope, those of its imports excepted. */
  readonly own = new Set<number>()
  /** Resources that this very component defines, whose representation it may see. */
  readonly defined = new Set<number>()

  constructor(kind: 'component' | 'type', file: FileState, outer: Scope | undefined, offset: number) {
    this.kind = kind
    this.file = file
    this.outer = outer
    this.depth = outer ? outer.depth + 1 : 1
    if (this.depth > maxDepth) refuse('limit', `Components and types are nested more than ${maxDepth} deep.`, offset)
  }

  define(definition: Definition, offset: number): void {
    this.file.budget.define(1, offset)
    this.definitions.push(definition)
  }

  /** Appends to the index space of the sort. */
  push(type: ExternType): void {
    switch (type.sort) {
      case 'func':
        this.funcs.push(type.type)
        break
      case 'instance':
        this.instances.push(type)
        break
      case 'component':
        this.components.push(type)
        break
      case 'core-module':
        this.coreModules.push(type)
        break
      case 'type':
        this.types.push(type.type)
    }
  }

  coreFunc(index: number, offset: number): CoreFuncType {
    const entry = this.coreEntry('func', index, offset)
    return entry.sort === 'func' ? entry : refuse('invalid', 'A core function is needed here.', offset)
  }

  coreEntry(sort: CoreSort, index: number, offset: number): CoreExternType {
    return entry(this.core[sort], index, `core ${sort}`, offset)
  }

  type(index: number, offset: number): NamedTypeBody {
    return entry(this.types, index, 'type', offset)
  }

  resource(index: number, offset: number): Resource {
    const type = this.type(index, offset)
    return type.kind === 'resource' ? type.resource : refuse('invalid', `Type ${index} is not a resource.`, offset)
  }

  /** The type of function, instance or component at an index of the type space. */
  externType<S extends 'func' | 'instance' | 'component'>(sort: S, index: number, offset: number): ExternOf<S> {
    const type = this.type(index, offset)
    if (type.kind !== 'extern' || type.type.sort !== sort) {
      refuse('invalid', `Type ${index} is not the type of ${sort === 'instance' ? 'an' : 'a'} ${sort}.`, offset)
    }
    return type.type as ExternOf<S>
  }

  /** Gives an instance type resources of its own: one for each that the type introduces. */
  freshen(type: InstanceType, name: string, offset: number): { type: ExternType; bindings: ResourceBinding[] } {
    const map: Substitution = new Map()
    const bindings = this.renew(type.introduces, map, name, offset)
    const exports = new Substituter(map, this.file.budget, offset).decls(type.exports)
    return { type: instanceOf(exports, offset), bindings }
  }

  /** New resources in the places of old ones; `map` leads from these to those. */
  renew(bindings: ResourceBinding[], map: Substitution, name: string, offset: number): ResourceBinding[] {
    this.file.budget.spend(resourceWork * bindings.length, offset)
    return bindings.map(({ path, resource }) => {
      const fresh = this.file.resource([name, ...path].filter(part => part !== '').join('#') || resource.name)
      map.set(resource.id, fresh)
      return { path, resource: fresh }
    })
  }
}

export type ExternOf<S extends ExternType['sort']> = Extract<ExternType, { sort: S }>

/** An entry of an index space, which must be there. */
export function entry<T>(space: readonly T[], index: number, what: string, offset: number): T {
  if (index >= space.length) {
    refuse('invalid', `There is no ${what} ${index}: ${space.length} are defined up to here.`, offset)
  }
  return space[index]!
}

export function instanceOf(exports: ExternDecl[], offset: number): ExternOf<'instance'> {
  return measureExtern({ sort: 'instance', exports, introduces: [] }, offset)
}
