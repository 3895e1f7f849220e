import { says, type Answer, type Asked } from './answer.ts'

export const RAW_TYPE = 'application/vnd.ipld.raw'
export const CAR_TYPE = 'application/vnd.ipld.car'

/** The form in which content is asked for. */
export type Format =
  | { kind: 'raw'; fromAccept: boolean }
  | { kind: 'car'; fromAccept: boolean; scope: 'block' | 'entity' | 'all'; bytes?: EntityBytes }

/** The first and the last byte of an entity, from its end where they are negative; no `to` is its end. */
export interface EntityBytes {
  from: number
  to?: number
}

const names: Readonly<Record<string, 'raw' | 'car'>> = { raw: 'raw', car: 'car' }
const types: Readonly<Record<string, 'raw' | 'car'>> = { [RAW_TYPE]: 'raw', [CAR_TYPE]: 'car' }
const only = `Only ${RAW_TYPE} (format=raw) and ${CAR_TYPE} (format=car) are served.`

/**
 * What a request asks for (Trustless Gateway Specification, HTTP Request): `format` goes before `Accept`, and so do `car-…`
 * before the parameters of its types. A refusal where that is not served.
 */
export function formatOf({ query, headers }: Asked): Format | Answer {
  const format = query.get('format')
  const chosen = format === null ? accepted(headers.accept) : { kind: names[format], options: {} }
  if (chosen === undefined)
    return says(400, `Say in which format: ${only} Nothing is unpacked here, so that all can be verified.`)
  if (chosen.kind === undefined) return says(406, only)
  const fromAccept = format === null
  if (chosen.kind === 'raw') return { kind: 'raw', fromAccept }
  const option = (name: string): string | undefined => query.get(`car-${name}`) ?? chosen.options[name]
  if (!['1', undefined].includes(option('version'))) return says(406, 'Only version 1 of CAR is written.')
  if (!['dfs', 'unk', undefined].includes(option('order'))) return says(406, 'Only the orders dfs and unk are served.')
  if (!['n', undefined].includes(option('dups'))) return says(406, 'Each block is sent once: only dups=n is served.')
  const range = query.get('entity-bytes')
  const bytes = range === null ? undefined : entityBytes(range)
  if (bytes === null) return says(400, '`entity-bytes` is FROM:TO, whole numbers, of which TO may be *.')
  const scope = query.get('dag-scope') ?? (bytes ? 'entity' : 'all')
  if (scope !== 'block' && scope !== 'entity' && scope !== 'all')
    return says(400, '`dag-scope` is block, entity or all.')
  // A range of an entity is one of an entity, whatever else the scope says.
  return { kind: 'car', fromAccept, scope: bytes ? 'entity' : scope, ...(bytes ? { bytes } : {}) }
}

/** The best of what `Accept` lists that is served; a `kind` of undefined where it lists other things alone. */
function accepted(
  header: string | undefined,
): { kind: 'raw' | 'car' | undefined; options: Record<string, string> } | undefined {
  if (header === undefined || /^\s*\*\/\*\s*(;[^,]*)?$/.test(header)) return undefined
  let best: { kind: 'raw' | 'car'; options: Record<string, string>; quality: number } | undefined
  for (const entry of header.split(',')) {
    const [type = '', ...rest] = entry.split(';').map(part => part.trim())
    const kind = types[type.toLowerCase()]
    const options = Object.fromEntries(
      rest.map(part => part.split('=').map(word => word.trim().replace(/^"(.*)"$/, '$1')) as [string, string]),
    )
    const quality = Number(options['q'] ?? 1)
    if (kind && quality > (best?.quality ?? 0)) best = { kind, options, quality }
  }
  return best ?? { kind: undefined, options: {} }
}

/** Null where the text is none. */
function entityBytes(text: string): EntityBytes | null {
  const [, from, to] = /^(-?\d{1,15}):(-?\d{1,15}|\*)$/.exec(text) ?? []
  if (from === undefined) return null
  return { from: Number(from), ...(to === '*' ? {} : { to: Number(to) }) }
}

/** One range of bytes of `size`, as `Range` asks for it (RFC 9110, 14.1.2): first and last, or that there is none such. */
export function rangeOf(header: string | undefined, size: number): [first: number, last: number] | 'none' | undefined {
  const [, from, to] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? []
  // What is not understood, and more than one, may be passed over.
  if (from === undefined || (from === '' && to === '')) return undefined
  if (from === '') return to === '0' || size === 0 ? 'none' : [Math.max(0, size - Number(to)), size - 1]
  const last = to === '' ? size - 1 : Math.min(Number(to), size - 1)
  if (to !== '' && Number(to) < Number(from)) return undefined
  return Number(from) >= size ? 'none' : [Number(from), last]
}
