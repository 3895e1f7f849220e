import { CID } from 'multiformats/cid'
import { parseCid } from '../dag/cid.ts'
import { Float, isLink, isMap, type Ipld, type IpldMap } from '../dag/ipld.ts'
import { fail, ok, type Result } from '../dag/result.ts'
import { isBytes, isInteger, type Type } from '../dag/types.ts'
import { fromIpld, isWrapped } from '../dag/value.ts'

/**
 * Reads DAG-JSON text as plain IPLD. Integers keep all their digits; a number with a point or an exponent is a float.
 */
export function parseDagJson(text: string): Result<Ipld, string> {
  try {
    const value = JSON.parse(text, revive) as Ipld
    const twice = repeatedKey(text)
    return twice === undefined ? ok(value) : fail(`the key ${JSON.stringify(twice)} stands twice in one object`)
  } catch (error) {
    return fail(error instanceof RangeError ? 'it is nested too deep' : (error as Error).message)
  }
}

/** Calls of the reviver come from the inside out, so that the parts of a map are IPLD already. */
function revive(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value === 'number') return numberOf(value, context?.source ?? String(value))
  if (typeof value !== 'object' || value === null) return value
  const map = value as IpldMap
  if (Object.keys(map).length !== 1 || !Object.hasOwn(map, '/')) return value
  const inner = map['/']!
  if (typeof inner === 'string') return linkOf(inner)
  if (isMap(inner) && Object.keys(inner).length === 1 && typeof inner['bytes'] === 'string')
    return bytesFrom(inner['bytes'])
  throw new SyntaxError('a map with the key "/" is neither a link nor bytes')
}

/** Only one text stands for some bytes, with or without padding; `Buffer` would skip what it does not know. */
function bytesFrom(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64')
  const padded = bytes.toString('base64')
  if (text !== padded && text !== padded.replace(/=+$/, '')) throw new SyntaxError('bytes are not standard base64')
  return new Uint8Array(bytes)
}

/** The first key that an object has twice, of which `JSON.parse` keeps the last. The text is valid JSON. */
function repeatedKey(text: string): string | undefined {
  const open: Set<string>[] = []
  let last = ''
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case '"': {
        let end = at + 1
        while (text[end] !== '"') end += text[end] === '\\' ? 2 : 1
        last = text.slice(at, end + 1)
        at = end
        break
      }
      case '{':
      case '[':
        open.push(new Set())
        break
      case '}':
      case ']':
        open.pop()
        break
      case ':': {
        const key = JSON.parse(last) as string
        const keys = open.at(-1)!
        if (keys.has(key)) return key
        keys.add(key)
      }
    }
  }
  return undefined
}

function numberOf(value: number, source: string): Ipld {
  if (/[.eE]/.test(source)) {
    if (!Number.isFinite(value)) throw new SyntaxError(`${source.slice(0, 40)} is not a finite number`)
    return new Float(value)
  }
  if (source.length > 40) throw new SyntaxError('an integer has more digits than any type takes')
  return Number.isSafeInteger(value) ? value + 0 : BigInt(source)
}

function linkOf(text: string): CID {
  const cid = parseCid(text)
  if (!cid.ok) throw new SyntaxError(cid.error.message)
  return cid.value
}

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
