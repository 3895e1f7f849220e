import type { ModuleContext } from './check/context.ts'
import { mayPerform } from './check/effects.ts'
import type { CheckedJob } from './core.ts'
import { partsOf } from '../dag/types.ts'
import { readAsset } from './files.ts'
import { origins } from './notes.ts'
import { close, isLost, resolve, type Open } from './open.ts'
import { mentions } from './order.ts'
import type { Symbol } from './scope.ts'

const EMBED = 'embed '

/**
 * What the names of a file are for whoever uses them, as texts: as long as one stays the same, so does what was found with
 * it. Undefined is never the same: what is open may become anything.
 */
export class Prints {
  readonly #file: ModuleContext
  readonly #known = new Map<string, string | undefined>()
  #names: string | undefined

  constructor(file: ModuleContext) {
    this.#file = file
  }

  /** All names, and the types that they stand for: which name is near to an unknown one depends on them. */
  get names(): string {
    this.#names ??= [...this.#file.scope]
      .map(([name, symbol]) => `${name} ${symbol.kind === 'type' ? this.of(name) : symbol.kind}`)
      .join()
    return this.#names
  }

  /** What is embedded, as it is asked for. */
  get embedded(): string[] {
    return [...this.#known.keys()].filter(name => name.startsWith(EMBED))
  }

  /** Forgets all of them. */
  clear(): void {
    this.#known.clear()
    this.#names = undefined
  }

  /** Forgets what names are, and gives what those were that were asked for. */
  forget(names: Iterable<string>): Map<string, string | undefined> {
    const before = new Map<string, string | undefined>()
    for (const name of names) {
      if (!this.#known.has(name)) continue
      before.set(name, this.#known.get(name))
      this.#known.delete(name)
    }
    return before
  }

  /** Those names that are something else than they were before {@link forget}, or may be. */
  changed(before: ReadonlyMap<string, string | undefined>): Set<string> {
    const changed = new Set<string>()
    for (const [name, print] of before) if (print === undefined || this.of(name) !== print) changed.add(name)
    if (changed.size > 0) this.#names = undefined
    return changed
  }

  /** @param name of the file, or `embed "path"` */
  of(name: string): string | undefined {
    const known = this.#known.get(name)
    if (known !== undefined || this.#known.has(name)) return known
    // What is stated of a component may name types that are made of its own.
    this.#known.set(name, undefined)
    const print = name.startsWith(EMBED) ? this.#ofFile(name) : this.#ofSymbol(this.#file.scope.get(name))
    this.#known.set(name, print)
    return print
  }

  #ofFile(name: string): string {
    const value = JSON.parse(name.slice(EMBED.length)) as string
    const asset = readAsset(this.#file, { kind: 'Text', value, start: 0, end: 0 })
    return asset.ok ? `bytes ${numberOf(asset.value)}` : `none: ${asset.error.message}`
  }

  #ofSymbol(symbol: Symbol | undefined): string | undefined {
    const file = this.#file
    switch (symbol?.kind) {
      case undefined:
        return ''
      case 'lost':
        // Who uses it knows where it is imported.
        return `lost ${numberOf(symbol.node)}`
      case 'module': {
        const { component, home, node } = symbol
        // What is stated of it may name types of the file.
        const types = [...mentions(node)].map(name => this.of(name))
        return `module ${component?.cid} ${home.source.slice(node.from.start, node.end)} ${types.join()}`
      }
      case 'compiled':
        return `compiled ${symbol.job.cid}`
      case 'type': {
        const type = file.typeOf(symbol)
        // Who notes where a type is written looks again when it is written anew.
        return `type ${numberOf(symbol.node)} ${isLost(type) ? 'lost' : (printType(type) ?? placesOf(type))}`
      }
      case 'const': {
        const { core, type } = file.constOf(symbol)
        const print = printType(type)
        return print && `const ${print} ${numberOf(core)}`
      }
      case 'effect': {
        const operations = symbol.node.operations.map(({ name }) => file.effectOf(symbol, name.text))
        return `effect ${operations.map(operation => operation && numberOf(operation)).join()}`
      }
      case 'job': {
        const print = printSignature(file.jobOf(symbol))
        const { home, name, node } = symbol
        return print && `job ${numberOf(home)} ${name} ${node.exported} ${mayPerform(symbol)} ${print}`
      }
    }
  }
}

/** A type as a text that is the same for equal types that are written at the same places; undefined where it is open. */
export function printType(type: Open): string | undefined {
  const closed = close(type)
  return closed && `${JSON.stringify(closed)}${placesOf(type)}`
}

/** The nodes that write a type and its parts, by their numbers: who notes them looks again when they are written anew. */
function placesOf(type: Open): string {
  const end = resolve(type)
  const origin = origins.get(end)
  return `${origin ? ` ${numberOf(origin.node)}` : ''}${partsOf(end).map(placesOf).join('')}`
}

function printSignature({ params, result }: Pick<CheckedJob, 'params' | 'result'>): string | undefined {
  const prints = params.map(({ binding, default: value }) => {
    const type = isLost(binding.type) ? 'lost' : printType(binding.type)
    return type && `${binding.name}${value ? '=' : ':'}${type}`
  })
  const end = printType(result)
  return end === undefined || prints.includes(undefined) ? undefined : `${prints.join()}->${end}`
}

const numbers = new WeakMap<object, number>()
let count = 0

/** A number that nothing else has. */
function numberOf(thing: object): number {
  const known = numbers.get(thing) ?? ++count
  numbers.set(thing, known)
  return known
}
