import type { BodyBlock } from '../dag/interface.ts'
import { isMap, type Ipld } from '../dag/ipld.ts'
import { AWAIT_OK, holeOf, PARAM, posesAsHole } from '../dag/job.ts'
import { KNOWN, type Template } from './nodes.ts'
import type { TaskTable } from './table.ts'

/** Gathers what each task of a level needs, in arrays that grow by doubling. */
export class Rows {
  readonly template: Template
  readonly #tasks: TaskTable
  #count = 0
  #row = 0
  /** For each task the last row that had it as input, plus one; parameters have a set. */
  readonly #seen: Uint32Array
  readonly #params = new Set<number>()

  constructor(size: number, params: number, tasks: TaskTable) {
    this.template = {
      params,
      size,
      inputStart: new Uint32Array(size + 2),
      inputs: new Int32Array(Math.max(16, size)),
      captures: new Map(),
      weight: new Uint8Array(size),
    }
    this.#tasks = tasks
    this.#seen = new Uint32Array(size)
  }

  /** Takes in what the next task needs; gives what is wrong with it. */
  row(strict: Ipld[], captures: Ipld[]): string | undefined {
    for (const value of strict) {
      const wrong = this.#find(value)
      if (wrong) return wrong
    }
    for (const value of captures) {
      const reference = this.#reference(value)
      const wrong = typeof reference === 'string' ? reference : reference === undefined && this.#find(value, true)
      if (wrong) return wrong
    }
    this.#close()
    return undefined
  }

  /** What the value and the commands need; gives what is wrong with the value. */
  end({ value, commands }: BodyBlock): string | undefined {
    const wrong = this.#find(value)
    if (wrong) return wrong
    for (const command of commands) this.#add(this.#tasks.numberOf(command))
    this.#close()
    this.template.inputs = this.template.inputs.slice(0, this.#count)
    return undefined
  }

  captures(task: number, values: Ipld[]): void {
    const references = values.map(value => this.#reference(value))
    this.template.captures.set(
      task,
      Int32Array.from(references, reference => (typeof reference === 'number' ? reference : KNOWN)),
    )
  }

  /** A task that neither another nor the end needs, -1 where there is none. */
  undemanded(): number {
    const demanded = new Uint8Array(this.template.size)
    for (const reference of this.template.inputs) if (reference >= 0) demanded[reference] = 1
    for (const references of this.template.captures.values())
      for (const reference of references) if (reference >= 0 && reference !== KNOWN) demanded[reference] = 1
    return demanded.indexOf(0)
  }

  /** A hole's reference, what is wrong with it, or undefined where there is no hole. */
  #reference(value: Ipld): number | string | undefined {
    const hole = holeOf(value)
    if (!hole) return undefined
    if (hole.kind === 'param') return `uses the parameter \`${hole.name}\`, which has no value`
    if (hole.kind === 'slot')
      return hole.index < this.template.params
        ? ~hole.index
        : `uses parameter ${hole.index} of a body that has ${this.template.params}`
    const input = this.#tasks.numberOf(hole.task)
    return input < 0 ? `awaits ${hole.task}, which is no task of the same level before it` : input
  }

  /** Finds what a value needs; gives what is wrong with it. The codec has bounded its depth. */
  #find(value: Ipld, captured = false): string | undefined {
    if (Array.isArray(value)) {
      for (const item of value) {
        const wrong = this.#find(item, captured)
        if (wrong) return wrong
      }
      return undefined
    }
    if (!isMap(value)) return undefined
    const reference = this.#reference(value)
    if (typeof reference === 'string') return reference
    if (reference !== undefined) {
      if (captured) return 'captures a value with a hole in it'
      this.#add(reference)
      return undefined
    }
    if (posesAsHole(value))
      return `holds a map that is neither {"${AWAIT_OK}": task} nor {"${PARAM}": name} but looks so`
    for (const item of Object.values(value)) {
      const wrong = this.#find(item, captured)
      if (wrong) return wrong
    }
    return undefined
  }

  #add(reference: number): void {
    if (reference >= 0) {
      if (this.#seen[reference] === this.#row + 1) return
      this.#seen[reference] = this.#row + 1
    } else {
      if (this.#params.has(reference)) return
      this.#params.add(reference)
    }
    const { inputs } = this.template
    if (this.#count === inputs.length) {
      const wider = new Int32Array(inputs.length * 2)
      wider.set(inputs)
      this.template.inputs = wider
    }
    this.template.inputs[this.#count++] = reference
  }

  #close(): void {
    this.template.inputStart[++this.#row] = this.#count
    this.#params.clear()
  }
}
