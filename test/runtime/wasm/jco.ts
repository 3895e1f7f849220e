import { transpileBytes } from '@bytecodealliance/jco-transpile'
import type { Type } from '../../../dag/types.ts'
import type { Value } from '../../../dag/value.ts'

/** The oracle: components run through generated JavaScript, and values as it wants them. */
export interface Oracle {
  [name: string]: (...args: unknown[]) => unknown
}

export async function oracle(component: Uint8Array): Promise<Oracle> {
  const { files } = await transpileBytes(component, {
    name: 'c',
    instantiation: 'async',
    emitTypescriptDeclarations: false,
  })
  const source = Buffer.from(files['c.js']!).toString('base64')
  const { instantiate } = (await import(/* @vite-ignore */ `data:text/javascript;base64,${source}`)) as {
    instantiate: (getModule: (path: string) => Promise<object>, imports: object) => Promise<Oracle>
  }
  return instantiate(path => Promise.resolve(new WebAssembly.Module(files[path]!)), {})
}

/** Whether the oracle writes an absent value of this type as `undefined`, so that an option around it needs a tag. */
function mayBeUndefined(type: Type): boolean {
  return type.kind === 'option' && !mayBeUndefined(type.some)
}

/** What the oracle takes a value for that does not fit: one that does; none, it refuses it; or any, even none. */
export type Coercion = { value: Value } | 'none' | 'any'

/** Stands in a value where it does not fit its type; what that is differs between the two forms. */
export class Wrong {
  readonly ours: unknown
  readonly theirs: unknown
  readonly coercion: Coercion
  constructor(ours: unknown, theirs: unknown, coercion: Coercion) {
    this.ours = ours
    this.theirs = theirs
    this.coercion = coercion
  }
}

/** A value in the form that the oracle takes. */
export function toOracle(type: Type, value: Value | Wrong): unknown {
  if (value instanceof Wrong) return value.theirs
  const map = value as { [key: string]: Value }
  switch (type.kind) {
    case 'list':
      return type.element.kind === 'u8' ? value : (value as Value[]).map(item => toOracle(type.element, item))
    case 'tuple':
      return type.items.map((item, i) => toOracle(item, (value as Value[])[i]!))
    case 'record':
      return Object.fromEntries(type.fields.map(({ name, type }) => [name, toOracle(type, map[name]!)]))
    case 'option': {
      const content = value !== null && type.some.kind === 'option' ? map['some']! : value
      if (!mayBeUndefined(type.some)) return value === null ? undefined : toOracle(type.some, content)
      return value === null ? { tag: 'none' } : { tag: 'some', val: toOracle(type.some, content) }
    }
    case 'result': {
      const [key] = Object.keys(map) as ['ok' | 'error']
      const payload = type[key].kind === 'unit' ? undefined : toOracle(type[key], map[key]!)
      return { tag: key === 'ok' ? 'ok' : 'err', val: payload }
    }
    case 'variant': {
      const [key] = Object.keys(map) as [string]
      const payload = type.cases.find(one => one.name === key)!.type
      return { tag: key, val: payload && toOracle(payload, map[key]!) }
    }
    case 'flags':
      return Object.fromEntries(type.flags.map(name => [name, (value as string[]).includes(name)]))
    default:
      return value
  }
}

/** A value that the oracle gave, in the form of `dag/value.ts`. */
export function fromOracle(type: Type, value: unknown): Value {
  const map = value as { [key: string]: unknown }
  const tagged = value as { tag: string; val: unknown }
  const payload = (type: Type | undefined): Value =>
    type && type.kind !== 'unit' ? fromOracle(type, tagged.val) : null
  switch (type.kind) {
    case 'list':
      if (type.element.kind === 'u8') return Uint8Array.from(value as Uint8Array)
      return Array.from(value as unknown[], item => fromOracle(type.element, item))
    case 'tuple':
      return type.items.map((item, i) => fromOracle(item, (value as unknown[])[i]))
    case 'record':
      return Object.fromEntries(type.fields.map(({ name, type }) => [name, fromOracle(type, map[name])]))
    case 'option': {
      const tags = mayBeUndefined(type.some)
      if (tags ? tagged.tag === 'none' : value === undefined) return null
      const some = fromOracle(type.some, tags ? tagged.val : value)
      return type.some.kind === 'option' ? { some } : some
    }
    case 'result':
      return tagged.tag === 'ok' ? { ok: payload(type.ok) } : { error: payload(type.error) }
    case 'variant':
      return { [tagged.tag]: payload(type.cases.find(one => one.name === tagged.tag)!.type) }
    case 'flags':
      return type.flags.filter(name => map[name]).sort()
    default:
      return value as Value
  }
}
