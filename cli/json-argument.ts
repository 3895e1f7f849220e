import { Float, isLink, isMap, type Ipld } from '../dag/ipld.ts'
import { fail, ok, type Result } from '../dag/result.ts'
import { isBytes, isInteger, type Type } from '../dag/types.ts'
import { fromIpld, isWrapped } from '../dag/value.ts'

/** A JSON value as the IPLD form of a type: whole numbers may stand for floats, and lists of numbers for bytes. */
export function fitJson(type: Type, json: Ipld): Result<Ipld, string> {
  const form = fit(type, json)
  const value = fromIpld(type, form, 'value')
  return value.ok ? ok(form) : fail(`${value.error.path}: ${value.error.message}`)
}

/** Only what JSON cannot tell apart is changed; what does not fit stays as it is, for the check against the type. */
function fit(type: Type, json: Ipld): Ipld {
  switch (type.kind) {
    case 'f32':
    case 'f64':
      return typeof json === 'number' || typeof json === 'bigint' ? new Float(Number(json)) : json
    case 'list':
      if (isBytes(type)) return bytesOf(json)
      return Array.isArray(json) ? json.map(item => fit(type.element, item)) : json
    case 'tuple':
      return Array.isArray(json) ? json.map((item, i) => (type.items[i] ? fit(type.items[i], item) : item)) : json
    case 'flags':
      return Array.isArray(json) && json.every(name => typeof name === 'string') ? [...json].sort() : json
    case 'option':
      if (!isWrapped(type.some)) return json === null ? json : fit(type.some, json)
      return fitEntries(json, key => (key === 'some' ? type.some : undefined))
    case 'result':
      return fitEntries(json, key => (key === 'ok' ? type.ok : key === 'error' ? type.error : undefined))
    case 'record':
      return fitEntries(json, key => type.fields.find(field => field.name === key)?.type)
    case 'variant':
      return fitEntries(json, key => type.cases.find(entry => entry.name === key)?.type)
    case 'secret':
      return fit(type.of, json)
    default:
      return isInteger(type.kind) && json instanceof Float && Number.isSafeInteger(json.value) ? json.value : json
  }
}

function fitEntries(json: Ipld, typeOf: (key: string) => Type | undefined): Ipld {
  if (!isMap(json) || isLink(json)) return json
  return Object.fromEntries(
    Object.entries(json).map(([key, value]) => {
      const type = typeOf(key)
      return [key, type ? fit(type, value) : value]
    }),
  )
}

function bytesOf(json: Ipld): Ipld {
  const isByte = (item: Ipld): item is number => typeof item === 'number' && item >= 0 && item <= 255
  return Array.isArray(json) && json.every(isByte) ? new Uint8Array(json) : json
}
