import type { Binding } from '../core.ts'
import type { Lines } from './lines.ts'

/**
 * The names of values that an expression sees: those of its block, and those of the blocks around it. Looking one up
 * takes the same time however many there are, and however deep blocks nest.
 */
export class Locals {
  /** What each name stands for, the innermost last. */
  private readonly bindings = new Map<string, Binding[]>()
  /** The names of each open block. */
  private readonly blocks: string[][] = [[]]

  /** What lines bind that were not looked at again. */
  private readonly lines: Lines | undefined

  constructor(lines?: Lines) {
    this.lines = lines
  }

  get(name: string): Binding | undefined {
    return this.bindings.get(name)?.at(-1) ?? this.lines?.bound(name)?.binding
  }

  has(name: string): boolean {
    return this.get(name) !== undefined
  }

  /** In the order in which they are bound. */
  keys(): Iterable<string> {
    const found = new Map([...(this.lines?.names() ?? [])])
    for (const [name, known] of this.bindings) if (known.length > 0) found.set(name, known.at(-1)!)
    const placeOf = ({ at }: Binding): number => at?.start ?? 0
    return [...found].sort(([, a], [, b]) => placeOf(a) - placeOf(b)).map(([name]) => name)
  }

  set(name: string, binding: Binding): void {
    const known = this.bindings.get(name)
    if (known) known.push(binding)
    else this.bindings.set(name, [binding])
    this.blocks.at(-1)!.push(name)
  }

  enter(): void {
    this.blocks.push([])
  }

  /** Forgets the names of the innermost block. */
  leave(): void {
    // The entries stay: a large map in which names come and go is built anew again and again.
    for (const name of this.blocks.pop()!) this.bindings.get(name)!.pop()
  }
}
