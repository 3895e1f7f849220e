import { Text, write } from '../../dag/core/text.ts'
import type { Type } from '../../dag/types.ts'
import { isWrapped, type Value } from '../../dag/value.ts'

/** One place where two values differ; `path` reads as the language would: `.name`, `[3]`, `.0`. */
export interface Difference {
  path: string
  /** Literals of the language, or nothing where one side has no such place. */
  left: string | undefined
  right: string | undefined
}

/** More than this says nothing new. */
const most = 10
const widest = 200

/** Where two values of one type differ, the innermost places first met. */
export function differences(type: Type, left: Value, right: Value): { shown: Difference[]; more: boolean } {
  const found: Difference[] = []
  const visit = (of: Type, path: string, a: Value | undefined, b: Value | undefined): void => {
    if (found.length > most) return
    const [one, other] = [a, b].map(side => (side === undefined ? undefined : literal(of, side)))
    if (one === other) return
    const parts = a === undefined || b === undefined ? undefined : partsOf(of, a, b)
    if (!parts) found.push({ path, left: cut(one), right: cut(other) })
    else for (const part of parts) visit(part.type, path + part.path, part.left, part.right)
  }
  visit(type, '', left, right)
  return { shown: found.slice(0, most), more: found.length > most }
}

interface Part {
  type: Type
  path: string
  left: Value | undefined
  right: Value | undefined
}

/** The parts of two values that can be compared one by one; nothing where only the whole can. */
function partsOf(type: Type, left: Value, right: Value): Part[] | undefined {
  switch (type.kind) {
    case 'secret':
      return partsOf(type.of, left, right)
    case 'record':
      return type.fields.map(({ name, type: of }) => ({
        type: of,
        path: `.${name}`,
        left: (left as { [name: string]: Value })[name]!,
        right: (right as { [name: string]: Value })[name]!,
      }))
    case 'tuple':
      return type.items.map((of, i) => ({
        type: of,
        path: `.${i}`,
        left: (left as Value[])[i]!,
        right: (right as Value[])[i]!,
      }))
    case 'list': {
      if (left instanceof Uint8Array || right instanceof Uint8Array) return undefined
      const [a, b] = [left as Value[], right as Value[]]
      const length = Math.max(a.length, b.length)
      return Array.from({ length }, (_, i) => ({ type: type.element, path: `[${i}]`, left: a[i], right: b[i] }))
    }
    case 'option': {
      if (left === null || right === null) return undefined
      const inner = (value: Value): Value => (isWrapped(type.some) ? (value as { some: Value }).some : value)
      return [{ type: type.some, path: '?', left: inner(left), right: inner(right) }]
    }
    case 'result': {
      const [one, other] = [left, right] as { ok?: Value }[]
      if (!type.ok || one!.ok === undefined || other!.ok === undefined) return undefined
      return [{ type: type.ok, path: '?', left: one!.ok, right: other!.ok }]
    }
    default:
      return undefined
  }
}

/** A value as a literal of the language. */
export function literal(type: Type, value: Value): string {
  const text = new Text()
  write(type, value, text, false)
  return text.toString()
}

function cut(text: string | undefined): string | undefined {
  return text !== undefined && text.length > widest ? `${text.slice(0, widest)}… (${text.length} characters)` : text
}
