import type { Fix } from '../../grammar/diagnostics.ts'
import type { Expression, Name, Reference } from '../../grammar/nodes.ts'
import { assign, resolve, show, unveil, type Open } from '../open.ts'
import { broken, note, report, type Context, type Typed } from './context.ts'
import { nearName } from './names.ts'

/** A name in a path, and where it stands. */
export interface PathName {
  text: string
  start: number
  end: number
  /** Absent of what is no node of its own. */
  node?: Name | Reference
}

/** Whether a type has cases that can be named. */
export function hasCases(type: Open): boolean {
  return type.kind === 'enum' || type.kind === 'variant' || type.kind === 'flags'
}

/** The case of a type under a name, without a payload; undefined where the type has no case of this name. */
export function caseValue(context: Context, type: Open, name: PathName): Typed | undefined {
  if (caseNames(type).includes(name.text)) noteCase(context, type, name)
  if (type.kind === 'enum' && type.cases.includes(name.text)) return { core: { kind: 'value', value: name.text }, type }
  if (type.kind === 'flags' && type.flags.includes(name.text))
    return { core: { kind: 'value', value: [name.text] }, type }
  const found = type.kind === 'variant' && type.cases.find(entry => entry.name === name.text)
  if (!found) return undefined
  if (!found.type) return { core: { kind: 'case', name: name.text }, type }
  const wants = `carries a \`${show(found.type)}\`: write \`${name.text}(…)\``
  report(context, 'CasePayload', { name: name.text, wants }, name)
  return { core: { kind: 'error' }, type }
}

/**
 * The payload that a case of a type takes, for a call of it; reports what is wrong.
 *
 * @param fixes what is done where it takes none
 */
export function payloadType(context: Context, type: Open, name: PathName, fixes: Fix[]): Open | undefined {
  const found = type.kind === 'variant' ? type.cases.find(entry => entry.name === name.text) : undefined
  if (found?.type) {
    noteCase(context, type, name, found.type)
    return found.type
  }
  const known = found !== undefined || caseNames(type).includes(name.text)
  const wants = 'carries nothing: write it without `(…)`'
  if (known) report(context, 'CasePayload', { name: name.text, wants }, name, { fixes })
  else unknownCase(context, type, name)
  return undefined
}

export function unknownCase(context: Context, type: Open, name: PathName): Typed {
  const near = nearName(context.module, 'case', name.text, () => caseNames(type))
  report(context, 'UnknownCase', { name: name.text, type: show(type), near }, name)
  return broken(context)
}

/** Notes that a name stands for a case of a type. */
export function noteCase({ module }: Context, of: Open, name: PathName | Name, payload?: Open): void {
  const node = 'kind' in name ? name : name.node
  note(module, node, { kind: 'case', of, name: name.text, ...(payload ? { payload } : {}) })
}

function caseNames(type: Open): string[] {
  if (type.kind === 'enum') return type.cases
  if (type.kind === 'flags') return type.flags
  return type.kind === 'variant' ? type.cases.map(entry => entry.name) : []
}

/** A case of the type that is expected, as it is written with a name of that type: `Color.red`. */
export function caseOfHint(context: Context, hint: Open | undefined, name: string): string | undefined {
  const type = hint && resolve(unveil(hint).type)
  if (!type || !caseNames(type).includes(name)) return undefined
  for (const [local, symbol] of context.module.scope) {
    const named = symbol.kind === 'type' ? resolve(context.module.typeOf(symbol)) : undefined
    if (named?.kind === type.kind && assign(named, type) && assign(type, named)) return `${local}.${name}`
  }
  return undefined
}

/** `a.b.c` as names, where it is nothing but names. */
export function pathOf(node: Expression): PathName[] | undefined {
  const path: PathName[] = []
  let head = node
  for (; head.kind === 'Access'; head = head.object) {
    const { text, start, end } = head.name
    path.push({ text, start, end, node: head.name })
  }
  if (head.kind !== 'Reference') return undefined
  path.push({ text: head.name, start: head.start, end: head.end, node: head })
  return path.reverse()
}

/** What stands before the first dot of `a?.b.c`. */
export function headOf(node: Expression): Expression {
  let head = node
  while (head.kind === 'Access') head = head.object
  return head
}
