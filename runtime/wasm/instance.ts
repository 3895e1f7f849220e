import type {
  CanonOptions,
  ComponentBody,
  CoreModule,
  CoreSort,
  Definition,
  Named,
  Resource,
  ResourceBinding,
} from '../../dag/component/ast.ts'
import { type CoreFunction, Crossing } from './abi/crossing.ts'
import { type Budget, reserved } from './budget.ts'
import { definitionsOf } from './definitions.ts'
import { Ended, trap } from './failure.ts'
import { type Func, LiftedFunc, lowered } from './functions.ts'
import { HandleTable, ResourceType } from './resources.ts'
import { crossingBytes } from './schedule.ts'
import type { Task } from './task.ts'
import { refuseCall } from './wasi.ts'

/** What stands under a name in an instance, or is given to an import. */
export type Entry =
  | { sort: 'func'; func: Func }
  | { sort: 'instance'; entries: Entries }
  | { sort: 'component'; body: ComponentBody; outer: Instance }
  | { sort: 'core-module'; module: CoreModule }
  | { sort: 'type'; type: ResourceType }

export type Entries = ReadonlyMap<string, Entry>

type CoreItem = unknown
/** A core instance: what it exports. Made without a prototype, since names are the guest's. */
type CoreInstance = { readonly [name: string]: CoreItem }

/**
 * One instance of a component, made by going through its definitions once (`dag/component/ast.ts`). Lists grow as
 * definitions say; what they refer to has been checked by the decoder, so that a missing entry is a bug of ours.
 */
export class Instance {
  readonly handles: HandleTable
  /** Whether a lifted function may be called now, and whether an import may. */
  mayEnter = true
  mayLeave = true
  readonly exports = new Map<string, Entry>()
  readonly #task: Task
  readonly #outer: Instance | undefined
  readonly #core: { readonly [S in CoreSort]: CoreItem[] } = { func: [], table: [], memory: [], global: [], tag: [] }
  readonly #coreModules: CoreModule[] = []
  readonly #coreInstances: CoreInstance[] = []
  readonly #funcs: Func[] = []
  readonly #instances: Entries[] = []
  readonly #components: { body: ComponentBody; outer: Instance }[] = []

  constructor(body: ComponentBody, imports: Entries, task: Task, outer?: Instance) {
    task.instantiate()
    task.define(definitionsOf(body))
    this.#task = task
    this.#outer = outer
    this.handles = new HandleTable(task.budget)
    task.parts.push({ handles: this.handles })
    for (const definition of body.definitions) this.#define(definition, imports)
  }

  get budget(): Budget {
    return this.#task.budget
  }

  /** The boundary under the options of a `lift` or `lower`; they may name what came later than the definition. */
  crossing(options: CanonOptions): Crossing {
    const memory = options.memory === undefined ? undefined : this.#core.memory[options.memory]
    if (options.memory !== undefined && !memory) trap('a value crossed before the memory was there')
    return new Crossing(
      this.budget,
      this.handles,
      options.encoding,
      memory as WebAssembly.Memory | undefined,
      this.optionalFunction(options.realloc),
    )
  }

  optionalFunction(index: number | undefined): CoreFunction | undefined {
    if (index === undefined) return undefined
    return (this.#core.func[index] as CoreFunction | undefined) ?? trap('a function was called before it was there')
  }

  #define(definition: Definition, imports: Entries): void {
    switch (definition.kind) {
      case 'core-module':
        this.#coreModules.push(definition.module)
        return
      case 'core-instantiate':
        this.#coreInstances.push(this.#instantiateCore(this.#coreModules[definition.module]!, definition.args))
        return
      case 'core-bundle': {
        const bundle: { [name: string]: CoreItem } = Object.create(null)
        for (const { name, sort, index } of definition.exports) bundle[name] = this.#core[sort][index]
        this.#coreInstances.push(bundle)
        return
      }
      case 'core-alias':
        this.#core[definition.sort].push(this.#coreInstances[definition.instance]![definition.name])
        return
      case 'component':
        this.#components.push({ body: definition.component, outer: this })
        return
      case 'instantiate': {
        const { body, outer } = this.#components[definition.component]!
        const { exports } = new Instance(body, this.#entries(definition.args), this.#task, outer)
        this.#bind({ sort: 'instance', entries: exports }, definition.resources)
        this.#instances.push(exports)
        return
      }
      case 'bundle':
        this.#instances.push(this.#entries(definition.exports))
        return
      case 'alias':
        this.#push(this.#instances[definition.instance]!.get(definition.name)!)
        return
      case 'outer-alias': {
        let from: Instance = this
        for (let left = definition.count; left > 0; left--) from = from.#outer!
        if (definition.sort === 'component') this.#components.push(from.#components[definition.index]!)
        else this.#coreModules.push(from.#coreModules[definition.index]!)
        return
      }
      case 'resource':
        this.handles.bind(definition.resource, this.#resourceType(definition.resource, definition.dtor))
        return
      case 'lift':
        this.#funcs.push(new LiftedFunc(this, definition, this.#core.func[definition.coreFunc] as CoreFunction))
        return
      case 'lower':
        this.#core.func.push(lowered(this, definition, this.#funcs[definition.func]!))
        return
      case 'resource-new':
      case 'resource-drop':
      case 'resource-rep':
        this.#core.func.push(this.#resourceFunction(definition.kind, definition.resource))
        return
      case 'stub': {
        const name = `${definition.module}.${definition.name}`
        this.#core.func.push(() => refuseCall(name))
        return
      }
      case 'import': {
        const given = imports.get(definition.name)
        if (given) {
          this.#bind(given, definition.resources)
          this.#push(given)
        }
        return
      }
      case 'export': {
        const entry = this.#entry(definition)
        if (!entry) return
        this.exports.set(definition.name, entry)
        this.#push(entry)
        return
      }
    }
  }

  #push(entry: Entry): void {
    if (entry.sort === 'func') this.#funcs.push(entry.func)
    else if (entry.sort === 'instance') this.#instances.push(entry.entries)
    else if (entry.sort === 'component') this.#components.push(entry)
    else if (entry.sort === 'core-module') this.#coreModules.push(entry.module)
  }

  #entry(named: Named): Entry | undefined {
    switch (named.sort) {
      case 'func':
        return { sort: 'func', func: this.#funcs[named.index]! }
      case 'instance':
        return { sort: 'instance', entries: this.#instances[named.index]! }
      case 'component':
        return { sort: 'component', ...this.#components[named.index]! }
      case 'core-module':
        return { sort: 'core-module', module: this.#coreModules[named.index]! }
      case 'type':
        return named.resource && { sort: 'type', type: this.handles.typeOf(named.resource) }
    }
  }

  #entries(named: readonly Named[]): Entries {
    const entries = new Map<string, Entry>()
    for (const one of named) {
      const entry = this.#entry(one)
      if (entry) entries.set(one.name, entry)
    }
    return entries
  }

  #bind(entry: Entry, resources: readonly ResourceBinding[]): void {
    for (const { path, resource } of resources) {
      let at: Entry | undefined = entry
      for (const name of path) at = at?.sort === 'instance' ? at.entries.get(name) : undefined
      if (at?.sort !== 'type') throw new Error(`no resource ${resource.name} at ${path.join(' ')}`)
      this.handles.bind(resource, at.type)
    }
  }

  #resourceType(resource: Resource, dtor: number | undefined): ResourceType {
    // Looked up when a handle is dropped: in a component that was made of a core module it lies ahead.
    const { budget } = this
    const destroy = (rep: number, by: HandleTable): void => {
      // To all others it is a function of this instance.
      const entered = by !== this.handles
      if (entered && !this.mayEnter) trap('a component instance was entered again while it was running')
      if (entered) this.mayEnter = false
      if (dtor !== undefined) {
        budget.sink(crossingBytes)
        void (this.#core.func[dtor] as CoreFunction)(rep)
        budget.rise(crossingBytes)
      }
      if (entered) this.mayEnter = true
    }
    return new ResourceType(resource.name, this.handles, destroy)
  }

  #resourceFunction(kind: 'resource-new' | 'resource-drop' | 'resource-rep', resource: Resource): CoreFunction {
    const { handles } = this
    const leaving = (): void => {
      if (!this.mayLeave) trap('a handle was used during realloc or post-return')
    }
    switch (kind) {
      case 'resource-new':
        return rep => {
          leaving()
          return handles.create(resource, rep as number)
        }
      case 'resource-drop':
        return index => {
          leaving()
          handles.drop(resource, (index as number) >>> 0)
          return undefined
        }
      case 'resource-rep':
        return index => handles.representation(resource, (index as number) >>> 0)
    }
  }

  #instantiateCore(module: CoreModule, args: readonly { name: string; instance: number }[]): CoreInstance {
    const task = this.#task
    const compiled = task.modules.get(module)!
    const imports: { [module: string]: { [name: string]: unknown } } = Object.create(null)
    for (const { name, instance } of args) imports[name] = this.#coreInstances[instance]!
    const { budget } = task
    if (compiled.metered) {
      const { gas, stack, used, limit, over } = budget
      const own: { [name: string]: unknown } = compiled.growing ? { gas, stack, used, limit, over } : { gas, stack }
      for (const { module: from, name, as } of compiled.grows)
        own[as] = budget.maximumOf(imports[from]![name] as object)
      imports[reserved] = own
    }
    task.define(compiled.definitions)
    budget.charge(compiled.initial)
    budget.spend(compiled.gas)
    task.instantiate()
    const { exports } = link(compiled.module, imports)
    task.hold(exports)
    task.parts.push({ exports, state: compiled.state })
    for (const { name, max } of compiled.owned) budget.declare(exports[name] as object, max)
    return exports
  }
}

function link(module: WebAssembly.Module, imports: WebAssembly.Imports): WebAssembly.Instance {
  try {
    return new WebAssembly.Instance(module, imports)
  } catch (error) {
    if (error instanceof WebAssembly.LinkError) throw new Ended('refused', error.message)
    throw error
  }
}
