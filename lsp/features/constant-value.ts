import { partsOf } from '../../compiler/check/parts.ts'
import type { Core } from '../../compiler/core.ts'
import { constantValue } from '../../compiler/lower.ts'
import { close, type Open } from '../../compiler/open.ts'
import { holdsIpld, Text, write } from '../../dag/core/text.ts'
import { fromIpld } from '../../dag/value.ts'

/** A constant as it was checked. */
export interface Constant {
  core: Core
  type: Open
}

/** Most parts of a constant whose value is computed for an editor, and most characters that are shown. */
const MAX_PARTS = 1000
const MAX_SHOWN = 200

/**
 * The value of a constant as a literal of the language; undefined where that is what is written, and where it is not known, or not
 * without much work.
 */
export async function constantText({ core, type }: Constant): Promise<string | undefined> {
  const closed = close(type)
  if (!closed || holdsIpld(closed) || !isComputed(core)) return undefined
  const value = await constantValue(core)
  if (!value.ok) return undefined
  const read = fromIpld(closed, value.value, 'value')
  if (!read.ok) return undefined
  const text = new Text()
  write(closed, read.value, text, false)
  const shown = text.toString()
  return shown.length > MAX_SHOWN ? `${shown.slice(0, MAX_SHOWN)}…` : shown
}

/** Whether something is more than a literal, and small. */
function isComputed(core: Core): boolean {
  const open = [core]
  let computed = false
  for (let left = MAX_PARTS; open.length > 0; left--) {
    const part = open.pop()!
    if (left === 0 || part.kind === 'error') return false
    if (part.kind === 'value' && (part.value instanceof Uint8Array || typeof part.value === 'string'))
      if (part.value.length > MAX_PARTS) return false
    computed ||= computes.has(part.kind)
    for (const inner of part.kind === 'constant' ? [part.value] : partsOf(part)) open.push(inner)
  }
  return computed
}
const computes = new Set<Core['kind']>(['operation', 'branch', 'constant'])
