import { isLink } from '../../dag/ipld.ts'
import { partsOf, type Type } from '../../dag/types.ts'
import { isWrapped, type Value } from '../../dag/value.ts'

/** Whether values of a type may hold secrets. */
export function holdsSecret(type: Type): boolean {
  return type.kind === 'secret' || partsOf(type).some(holdsSecret)
}

/** What stands in place of a secret. */
const cover = '[secret]'
/** Characters of a text that are looked through; of a longer one only the beginning is told. */
const maxText = 65_536
const maxHead = 400
/** Texts that are looked for at most. */
const maxForms = 10_000

/**
 * A function that takes the secrets of these arguments out of a text for people: as they are, the words of which they are
 * made, and as they stand in URLs, in JSON, in hexadecimal and in base64.
 */
export function createRedactor(params: readonly Type[], args: readonly Value[]): (text: string) => string {
  const forms = new Set<string>()
  for (const [i, type] of params.entries())
    if (holdsSecret(type)) for (const secret of secretsOf(type, args[i]!, false)) addForms(forms, secret)
  if (forms.size > maxForms) return () => 'what is to be said may hold secrets, and is left out'
  const pattern = [...forms].sort((a, b) => b.length - a.length).map(literally)
  const finder = pattern.length > 0 ? new RegExp(pattern.join('|'), 'g') : undefined
  return text => {
    const head = text.slice(0, maxText)
    const covered = finder ? head.replace(finder, cover) : head
    return text.length > maxText ? `${covered.slice(0, maxHead)}…` : covered
  }
}

/** A text as a pattern that finds it. */
function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}

function addForms(forms: Set<string>, secret: string | Uint8Array): void {
  const bytes = Buffer.from(secret)
  const text = bytes.toString()
  const words = text.split(/\s+/).filter(word => word.length >= 4)
  for (const plain of [text, ...words]) {
    if (plain.length > maxText) continue
    const raw = Buffer.from(plain)
    forms.add(plain)
    forms.add(encodeURIComponent(plain.toWellFormed()))
    forms.add(JSON.stringify(plain).slice(1, -1))
    // The last characters depend on what stands behind.
    forms.add(raw.toString('base64').replace(/=+$/, ''))
    forms.add(raw.toString('base64url'))
  }
  if (bytes.length <= maxText) forms.add(bytes.toString('hex'))
  forms.delete('')
}

/** The texts, bytes and numbers in a value that are secret. */
function* secretsOf(type: Type, value: Value, secret: boolean): Generator<string | Uint8Array> {
  if (value === null) return
  switch (type.kind) {
    case 'secret':
      yield* secretsOf(type.of, value, true)
      return
    case 'list':
      if (value instanceof Uint8Array) {
        if (secret) yield value
      } else for (const item of value as Value[]) yield* secretsOf(type.element, item, secret)
      return
    case 'tuple':
      for (const [i, item] of type.items.entries()) yield* secretsOf(item, (value as Value[])[i]!, secret)
      return
    case 'record':
      for (const field of type.fields) yield* secretsOf(field.type, (value as Members)[field.name]!, secret)
      return
    case 'variant':
      for (const entry of type.cases)
        if (entry.type && Object.hasOwn(value as Members, entry.name))
          yield* secretsOf(entry.type, (value as Members)[entry.name]!, secret)
      return
    case 'result':
      for (const side of ['ok', 'error'] as const)
        if (Object.hasOwn(value as Members, side)) yield* secretsOf(type[side], (value as Members)[side]!, secret)
      return
    case 'option':
      yield* secretsOf(type.some, isWrapped(type.some) ? (value as Members)['some']! : value, secret)
      return
    case 'ipld':
      if (secret) yield* textsIn(value)
      return
    default:
      if (secret && (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint'))
        yield String(value)
  }
}

function* textsIn(value: Value): Generator<string | Uint8Array> {
  if (typeof value === 'string' || value instanceof Uint8Array) yield value
  else if (typeof value === 'number' || typeof value === 'bigint') yield String(value)
  else if (typeof value === 'object' && value !== null && !isLink(value))
    for (const item of Object.values(value)) yield* textsIn(item)
}

type Members = { [name: string]: Value }
