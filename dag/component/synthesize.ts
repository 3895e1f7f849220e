import type {
  CanonOptions,
  ComponentBody,
  ComponentType,
  CoreFuncType,
  CoreModule,
  CoreSort,
  Definition,
  ExternDecl,
  FuncType,
  Named,
  Resource,
} from './ast.ts'
import { lookUp } from './facts.ts'
import { flattenFunc, optionsNeeded } from './flatten.ts'
import type { Mangling } from './mangling.ts'
import { signature } from './match.ts'
import { quote } from './names.ts'
import { refuse } from './reader.ts'

/** The world that a core module is to implement, and how its core names say so. */
export interface Target {
  type: ComponentType
  encoding: CanonOptions['encoding']
  mangling: Mangling
}

/**
 * The component that a core module would become, as `wit-component` would build it: the module instantiated with the
 * lowered imports of its world, and each export of the world lifted from it. Where the tools need trampolines, since
 * an import is lowered into a memory that is there only afterwards, options here simply lie ahead (`CanonOptions`).
 */
export function synthesize(module: CoreModule, target: Target): ComponentBody {
  return new Synthesis(module, target).body()
}

/** `(module (import "m" "f" (func)) (start 0))`: calls the module's initialisation when it is instantiated. */
const starter = Uint8Array.from([
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x04, 0x01, 0x60, 0x00, 0x00],
  ...[0x02, 0x07, 0x01, 0x01, 0x6d, 0x01, 0x66, 0x00, 0x00],
  ...[0x08, 0x01, 0x00],
])

class Synthesis {
  readonly #module: CoreModule
  readonly #world: ComponentType
  readonly #names: Mangling
  readonly #options: CanonOptions
  readonly #definitions: Definition[] = []
  readonly #exports: Map<string, CoreModule['exports'][number]['type']>
  readonly #imported = new Map<string, { sort: 'func' | 'instance'; index: number; decls: ExternDecl[] }>()
  /** Lengths of the lists that an interpreter keeps. */
  readonly #length = { coreFunc: 0, coreInstance: 0, coreModule: 0, func: 0, instance: 0 }

  constructor(module: CoreModule, { type, encoding, mangling }: Target) {
    this.#module = module
    this.#world = type
    this.#names = mangling
    this.#exports = new Map(module.exports.map(item => [item.name, item.type]))
    this.#options = { encoding }
    const memory = this.#exports.get(mangling.memory)
    if (memory?.sort === 'memory') {
      if (memory.memory64 || memory.shared) {
        this.#refuse(`its memory is ${memory.shared ? 'shared' : 'addressed with 64 bits'}`, 'unsupported')
      }
      this.#options.memory = 0
    }
  }

  body(): ComponentBody {
    const { imports } = this.#module
    this.#define({ kind: 'core-module', module: this.#module }, 'coreModule')
    this.#importWorld()

    // The core functions are: one for each distinct import, then `realloc`, then destructors.
    const distinct = new Set(imports.map(item => JSON.stringify([item.module, item.name])))
    const first = distinct.size
    const ahead: string[] = []
    if (this.#has(this.#names.realloc) && this.#options.memory === 0) {
      this.#expect(this.#names.realloc, { params: ['i32', 'i32', 'i32', 'i32'], results: ['i32'] })
      this.#options.realloc = first
      ahead.push(this.#names.realloc)
    }
    this.#defineResources(first, ahead)
    const main = this.#instantiateMain()
    if (this.#options.memory === 0) this.#coreAlias(main, this.#names.memory, 'memory')
    for (const name of ahead) this.#coreAlias(main, name, 'func')
    this.#initialize(main)
    for (const decl of this.#world.exports) this.#export(decl, main)
    return { definitions: this.#definitions, ...this.#world }
  }

  #importWorld(): void {
    for (const { name, type } of this.#world.imports) {
      const resources = this.#world.takes.flatMap(({ path, resource }) =>
        path[0] === name ? [{ path: path.slice(1), resource }] : [],
      )
      const definition: Definition = { kind: 'import', name, type, resources }
      if (type.sort === 'func') {
        const index = this.#define(definition, 'func')
        this.#imported.set(name, { sort: 'func', index, decls: [] })
      } else if (type.sort === 'instance') {
        const index = this.#define(definition, 'instance')
        this.#imported.set(name, { sort: 'instance', index, decls: type.exports })
      } else if (type.sort === 'type') this.#define(definition)
      else this.#refuse(`its world imports a ${type.sort}`, 'unsupported')
    }
  }

  #defineResources(first: number, ahead: string[]): void {
    for (const { path, resource } of this.#world.introduces) {
      const name = path.at(-1)!
      const dtor = this.#names.destructor(path.length > 1 ? path[0] : undefined, name)
      if (this.#has(dtor)) {
        this.#expect(dtor, { params: ['i32'], results: [] })
        this.#define({ kind: 'resource', resource, dtor: first + ahead.length })
        ahead.push(dtor)
      } else this.#define({ kind: 'resource', resource })
    }
  }

  /** Makes a core function for each import and the instance of the module itself. */
  #instantiateMain(): number {
    const bundles = new Map<string, Map<string, number>>()
    for (const { module, name, type } of this.#module.imports) {
      if (type.sort !== 'func') {
        this.#refuse(`it imports a ${type.sort}, ${quote(`${module}.${name}`)}, which nothing can give`)
      }
      const bundle = bundles.get(module) ?? new Map<string, number>()
      bundles.set(module, bundle)
      if (!bundle.has(name)) bundle.set(name, this.#importFunc(module, name, type))
    }
    const args = [...bundles].map(([name, entries]) => {
      const exports = [...entries].map(([name, index]) => ({ name, sort: 'func' as const, index }))
      return { name, instance: this.#define({ kind: 'core-bundle', exports }, 'coreInstance') }
    })
    return this.#define({ kind: 'core-instantiate', module: 0, args }, 'coreInstance')
  }

  #importFunc(module: string, name: string, type: CoreFuncType): number {
    for (const instance of [undefined, ...this.#imported.keys()]) {
      if (module !== this.#names.importModule(instance)) continue
      const found = this.#importedFunc(instance, name, type) ?? this.#importedDrop(instance, name)
      return found ?? this.#unknownImport(module, name)
    }
    const own = this.#ownResourceFunc(module, name)
    if (own !== undefined) return own
    return this.#define(
      { kind: 'stub', module, name, type: { params: type.params, results: type.results } },
      'coreFunc',
    )
  }

  #importedFunc(instance: string | undefined, name: string, core: CoreFuncType): number | undefined {
    const found = this.#imported.get(instance ?? name)
    const decls = instance === undefined ? this.#world.imports : (found?.decls ?? [])
    const type = lookUp(decls, name)
    if (!found || type?.sort !== 'func') return undefined
    const index =
      instance === undefined
        ? found.index
        : this.#define({ kind: 'alias', instance: found.index, name, sort: 'func' }, 'func')
    this.#check(core, flattenFunc(type.type, 'lower'), `imports ${quote(name)}`)
    const options = this.#optionsFor(type.type, 'lower', name)
    return this.#define({ kind: 'lower', func: index, type: type.type, options }, 'coreFunc')
  }

  #importedDrop(instance: string | undefined, name: string): number | undefined {
    const decls = instance === undefined ? this.#world.imports : this.#imported.get(instance)!.decls
    const resource = resources(decls).find(item => this.#names.resourceDrop(item.name) === name)?.resource
    return resource && this.#define({ kind: 'resource-drop', resource }, 'coreFunc')
  }

  #ownResourceFunc(module: string, name: string): number | undefined {
    for (const { path, resource } of this.#world.introduces) {
      if (module !== this.#names.ownResources(path.length > 1 ? path[0] : undefined)) continue
      const label = path.at(-1)!
      if (name === this.#names.resourceNew(label)) return this.#define({ kind: 'resource-new', resource }, 'coreFunc')
      if (name === this.#names.resourceRep(label)) return this.#define({ kind: 'resource-rep', resource }, 'coreFunc')
      if (name === this.#names.resourceDrop(label)) return this.#define({ kind: 'resource-drop', resource }, 'coreFunc')
    }
    return undefined
  }

  #unknownImport(module: string, name: string): never {
    if (/^\[(async|task|subtask|stream|future|waitable|context|thread|backpressure|error)/.test(name)) {
      this.#refuse(`it is asynchronous: it imports ${quote(name)}`, 'unsupported')
    }
    return this.#refuse(`it imports ${quote(name)} from ${quote(module)}, which its world does not have`)
  }

  #initialize(main: number): void {
    const type = this.#exports.get(this.#names.initialize)
    if (type?.sort !== 'func' || type.params.length > 0 || type.results.length > 0) return
    const index = this.#coreAlias(main, this.#names.initialize, 'func')
    const imports = [{ module: 'm', name: 'f', type: { sort: 'func' as const, params: [], results: [] } }]
    const none = { offset: 0, exports: [], memories: [], tables: [], customs: [] }
    const module = this.#define({ kind: 'core-module', module: { ...none, bytes: starter, imports } }, 'coreModule')
    const exports = [{ name: 'f', sort: 'func' as const, index }]
    const instance = this.#define({ kind: 'core-bundle', exports }, 'coreInstance')
    this.#define({ kind: 'core-instantiate', module, args: [{ name: 'm', instance }] }, 'coreInstance')
  }

  #export({ name, type }: ExternDecl, main: number): void {
    if (type.sort === 'func') {
      const index = this.#lift(undefined, name, type.type, main)
      this.#define({ kind: 'export', name, sort: 'func', index }, 'func')
    } else if (type.sort === 'instance') {
      const exports = type.exports.map((decl): Named => {
        if (decl.type.sort === 'type') return typeEntry(decl)
        if (decl.type.sort !== 'func') return this.#refuse(`its world exports a ${decl.type.sort} inside an interface`)
        return { name: decl.name, sort: 'func', index: this.#lift(name, decl.name, decl.type.type, main) }
      })
      const index = this.#define({ kind: 'bundle', exports }, 'instance')
      this.#define({ kind: 'export', name, sort: 'instance', index }, 'instance')
    } else if (type.sort === 'type') this.#define({ kind: 'export', ...typeEntry({ name, type }) })
    else this.#refuse(`its world exports a ${type.sort}`, 'unsupported')
  }

  #lift(instance: string | undefined, name: string, type: FuncType, main: number): number {
    if (type.async) this.#refuse(`its world exports the asynchronous function ${quote(name)}`, 'unsupported')
    const core = this.#names.exportFunc(instance, name)
    if (!this.#has(core)) this.#refuse(`it does not export ${quote(core)}, which its world has`)
    const needed = flattenFunc(type, 'lift')
    this.#expect(core, needed)
    const coreFunc = this.#coreAlias(main, core, 'func')
    const options = this.#optionsFor(type, 'lift', name)
    const postReturn = this.#names.postReturn(core)
    if (this.#has(postReturn)) {
      this.#expect(postReturn, { params: needed.results, results: [] })
      options.postReturn = this.#coreAlias(main, postReturn, 'func')
    }
    return this.#define({ kind: 'lift', coreFunc, type, options }, 'func')
  }

  #optionsFor(type: FuncType, context: 'lift' | 'lower', name: string): CanonOptions {
    const needed = optionsNeeded(type, context)
    const missing =
      needed.memory && this.#options.memory === undefined
        ? this.#names.memory
        : needed.realloc && this.#options.realloc === undefined
          ? this.#names.realloc
          : undefined
    if (missing !== undefined) this.#refuse(`it does not export ${quote(missing)}, which ${quote(name)} needs`)
    return { ...this.#options }
  }

  #has(name: string): boolean {
    return this.#exports.get(name)?.sort === 'func'
  }

  #expect(name: string, needed: CoreFuncType): void {
    const type = this.#exports.get(name)
    if (type?.sort === 'func') this.#check(type, needed, `exports ${quote(name)}`)
  }

  #check(have: CoreFuncType, needed: CoreFuncType, what: string): void {
    const [is, wanted] = [signature(have), signature(needed)]
    if (is !== wanted) this.#refuse(`it ${what} as ${is} where its world needs ${wanted}`)
  }

  #coreAlias(instance: number, name: string, sort: CoreSort): number {
    const definition: Definition = { kind: 'core-alias', instance, name, sort }
    return sort === 'func' ? this.#define(definition, 'coreFunc') : this.#define(definition)
  }

  /** @returns the position in the list that the definition pushes onto */
  #define(definition: Definition, onto?: 'coreFunc' | 'coreInstance' | 'coreModule' | 'func' | 'instance'): number {
    this.#definitions.push(definition)
    return onto ? this.#length[onto]++ : 0
  }

  #refuse(why: string, code: 'world' | 'unsupported' = 'world'): never {
    return refuse(code, `The core module does not fit: ${why}.`, this.#module.offset)
  }
}

function resources(decls: ExternDecl[]): { name: string; resource: Resource }[] {
  return decls.flatMap(({ name, type }) =>
    type.sort === 'type' && type.type.kind === 'resource' ? [{ name, resource: type.type.resource }] : [],
  )
}

function typeEntry({ name, type }: ExternDecl): Named {
  const resource = resources([{ name, type }])[0]?.resource
  return { name, sort: 'type', ...(resource ? { resource } : {}) }
}
