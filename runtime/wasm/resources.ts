import type { Resource } from '../../dag/component/ast.ts'
import type { Budget } from './budget.ts'
import { trap } from './failure.ts'

/** A resource type at run time: new for each instance of the component that defines it. */
export class ResourceType {
  readonly name: string
  /** The table of the instance that defines it; the host's own types have none. */
  readonly owner: HandleTable | undefined
  /** Ends a resource that was given up by whoever had the handle. */
  readonly destroy: ((rep: number, by: HandleTable) => void) | undefined
  constructor(name: string, owner?: HandleTable, destroy?: (rep: number, by: HandleTable) => void) {
    this.name = name
    this.owner = owner
    this.destroy = destroy
  }
}

/** A resource on its way across a boundary. `rep` is a number of the guest that defines it, or an object of the host. */
export class Handle {
  readonly type: ResourceType
  readonly rep: unknown
  constructor(type: ResourceType, rep: unknown) {
    this.type = type
    this.rep = rep
  }
}

interface Entry {
  type: ResourceType
  rep: unknown
  own: boolean
  /** Calls that have this handle on loan. */
  lends: number
}

/** What one handle counts against the memory limit, in bytes. */
const bytesPerHandle = 64

/** The handles of one component instance (Component Model, canonical ABI, "Resource State"). */
export class HandleTable {
  readonly #budget: Budget
  /** Index 0 is never given out. */
  readonly #entries: (Entry | undefined)[] = [undefined]
  readonly #free: number[] = []
  readonly #types = new Map<number, ResourceType>()
  /** Handles lent to calls that are under way, innermost last. */
  readonly #lent: Entry[] = []
  #borrows = 0
  /** Handles that were ever added. */
  #added = 0

  constructor(budget: Budget) {
    this.#budget = budget
  }

  bind(resource: Resource, type: ResourceType): void {
    this.#types.set(resource.id, type)
  }

  typeOf(resource: Resource): ResourceType {
    const type = this.#types.get(resource.id)
    if (!type) throw new Error(`the resource ${resource.name} is not bound`)
    return type
  }

  get added(): number {
    return this.#added
  }

  #add(entry: Entry): number {
    this.#added++
    const index = this.#free.pop()
    if (index !== undefined) {
      this.#entries[index] = entry
      return index
    }
    this.#budget.charge(bytesPerHandle)
    return this.#entries.push(entry) - 1
  }

  #get(resource: Resource, index: number): Entry {
    const entry = this.#entries[index]
    if (!entry) trap(`${index} is no handle`)
    if (entry.type !== this.typeOf(resource)) trap(`the handle ${index} is not of type ${resource.name}`)
    return entry
  }

  #remove(index: number): void {
    this.#entries[index] = undefined
    this.#free.push(index)
  }

  /** Only an import that is declared otherwise than the host has it can bring another type. */
  #expect(resource: Resource, type: ResourceType): void {
    if (type !== this.typeOf(resource)) throw new TypeError(`a handle of ${type.name} was given for ${resource.name}`)
  }

  takeOwn(resource: Resource, index: number): Handle {
    const entry = this.#get(resource, index)
    if (!entry.own) trap(`the handle ${index} is borrowed, it cannot be given away`)
    if (entry.lends > 0) trap(`the handle ${index} is on loan`)
    this.#remove(index)
    return new Handle(entry.type, entry.rep)
  }

  lend(resource: Resource, index: number): Handle {
    const entry = this.#get(resource, index)
    entry.lends++
    this.#lent.push(entry)
    return new Handle(entry.type, entry.rep)
  }

  addOwn(resource: Resource, { type, rep }: Handle): number {
    this.#expect(resource, type)
    return this.#add({ type, rep, own: true, lends: 0 })
  }

  /** The instance that defines a resource sees its own number in the place of a borrowed handle. */
  addBorrow(resource: Resource, { type, rep }: Handle): number {
    this.#expect(resource, type)
    if (type.owner === this) return rep as number
    this.#borrows++
    return this.#add({ type, rep, own: false, lends: 0 })
  }

  create(resource: Resource, rep: number): number {
    return this.#add({ type: this.typeOf(resource), rep, own: true, lends: 0 })
  }

  representation(resource: Resource, index: number): number {
    return this.#get(resource, index).rep as number
  }

  drop(resource: Resource, index: number): void {
    const { type, rep, own, lends } = this.#get(resource, index)
    if (lends > 0) trap(`the handle ${index} is on loan`)
    this.#remove(index)
    if (!own) this.#borrows--
    else type.destroy?.(rep as number, this)
  }

  /** Marks where a call out of this instance begins; {@link returned} ends the loans that it made. */
  lending(): number {
    return this.#lent.length
  }

  returned(mark: number): void {
    while (this.#lent.length > mark) this.#lent.pop()!.lends--
  }

  /** Marks where a call into this instance begins; all that it borrows must be dropped when it ends. */
  borrowing(): number {
    return this.#borrows
  }

  ended(mark: number): void {
    if (this.#borrows !== mark) trap('a borrowed handle outlived its call')
  }
}
