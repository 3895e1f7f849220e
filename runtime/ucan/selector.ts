import { isMap, type Ipld } from '../../dag/ipld.ts'
import { fail, ok, type Result } from '../../dag/result.ts'

/** One step of a selector. With `optional` what cannot be found is null. */
export type Segment = { optional: boolean } & (
  { kind: 'field'; name: string } | { kind: 'values' } | { kind: 'index'; at: number } | { kind: 'slice'; range: Range }
)
type Range = [from: number | undefined, to: number | undefined]

/** A selector of the policy language; without segments it is `.`, the whole. */
export type Selector = readonly Segment[]

const maxSelector = 1024
const maxSegments = 64

/** A segment at the beginning of a text: `.name`, `["name"]`, `[]`, `[-1]`, `[2:]`, each with `?` behind it or not. */
const segment =
  /^(?:\.([A-Za-z_][A-Za-z0-9_]*)|\.?\[("(?:[^"\\]|\\.)*")\]|\.?(\[\])|\.?\[(-?\d{1,15})\]|\.?\[(-?\d{1,15})?:(-?\d{1,15})?\])(\?*)/

/** Reads a selector (UCAN Delegation 1.0, Selectors); what it does not know is an error, since it could stand for anything. */
export function parseSelector(text: string): Result<Selector, string> {
  const wrong = (why: string): Result<never, string> =>
    fail(`${JSON.stringify(text.slice(0, 64))} is no selector: ${why}`)
  if (text.length > maxSelector) return wrong(`it has more than ${maxSelector} characters`)
  if (text === '.') return ok([])
  if (!text.startsWith('.') && !text.startsWith('[')) return wrong('it does not begin with `.`')
  const segments: Segment[] = []
  for (let rest = text; rest !== '';) {
    const found = segment.exec(rest)
    // Only the first segment of a selector has a dot before its bracket.
    if (!found || (rest !== text && rest.startsWith('.['))) return wrong(`\`${rest.slice(0, 32)}\` is no part of one`)
    if (segments.length === maxSegments) return wrong(`it has more than ${maxSegments} parts`)
    const read = segmentOf(found)
    if (!read) return wrong(`\`${found[0].slice(0, 32)}\` is no part of one`)
    segments.push(read)
    rest = rest.slice(found[0].length)
  }
  return ok(segments)
}

function segmentOf([, name, key, values, index, from, to, marks]: RegExpExecArray): Segment | undefined {
  const optional = marks !== ''
  if (name !== undefined) return { kind: 'field', name, optional }
  if (values !== undefined) return { kind: 'values', optional }
  if (index !== undefined) return { kind: 'index', at: Number(index), optional }
  if (key === undefined) return { kind: 'slice', range: [numberOf(from), numberOf(to)], optional }
  try {
    return { kind: 'field', name: JSON.parse(key) as string, optional }
  } catch {
    return undefined
  }
}

function numberOf(digits: string | undefined): number | undefined {
  return digits === undefined ? undefined : Number(digits)
}

/** What a selector finds; undefined where it leads to nothing. A key that a map does not have is null. */
export function select(value: Ipld, selector: Selector): Ipld | undefined {
  let found = value
  for (const step of selector) {
    const next = follow(found, step)
    if (next === undefined && !step.optional) return undefined
    found = next ?? null
  }
  return found
}

function follow(value: Ipld, step: Segment): Ipld | undefined {
  const list = Array.isArray(value) ? value : value instanceof Uint8Array ? value : undefined
  switch (step.kind) {
    case 'field':
      if (!isMap(value)) return undefined
      return Object.hasOwn(value, step.name) ? value[step.name] : null
    case 'values':
      return list ? [...list] : isMap(value) ? Object.values(value) : undefined
    case 'index':
      return list?.at(step.at)
    case 'slice':
      return list?.slice(...step.range)
  }
}
