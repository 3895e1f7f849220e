import type { CID } from 'multiformats/cid'
import { parseCid } from './cid.ts'
import { Float, isMap, type Ipld, type IpldMap } from './ipld.ts'
import { fail, ok, type Result } from './result.ts'

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
