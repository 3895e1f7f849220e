import { parseCid } from '../dag/cid.ts'
import { fail, ok, type Result } from '../dag/result.ts'

/** The file beside the root of a project that says what its `ipfs://…` imports came to. */
export const LOCK_FILE = 'ipvm.lock'

const VERSION = 1

/** What an import came to. */
export interface Pin {
  cid: string
  kind: 'component' | 'job'
}

/** By the source as it stands in the import: `ipfs://bafy…/image.wasm`. */
export type Pins = Map<string, Pin>

/** Where a lock file is damaged, as offsets, and why. */
export interface Damage {
  start: number
  end: number
  why: string
}

interface Token {
  kind: 'punctuation' | 'text' | 'number' | 'end'
  /** Of a text, its content. */
  value: string
  start: number
  end: number
}

/**
 * Reads a lock file: `{ "version": 1, "imports": { "ipfs://…": { "cid": "bafy…", "kind": "component" } } }` in JSON.
 * Whatever else it holds, a key twice or a CID that is none, is damage: a pin that is passed over pins nothing.
 */
export function parseLock(text: string): Result<Pins, Damage> {
  try {
    return ok(new LockParser(tokenize(text)).lock())
  } catch (error) {
    if (error instanceof Damaged) return fail(error.damage)
    throw error
  }
}

/** Ends the reading of a damaged file; caught by {@link parseLock}. */
class Damaged extends Error {
  readonly damage: Damage
  constructor({ start, end }: Pick<Token, 'start' | 'end'>, why: string) {
    super(why)
    this.damage = { start, end, why }
  }
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  const pattern = /[ \t\r\n]+|([{}:,])|("(?:[^"\\\p{Cc}]|\\.)*")|(-?\d+)|$/uy
  for (;;) {
    const start = pattern.lastIndex
    const found = pattern.exec(text)
    if (!found) {
      const line = /.*/y
      line.lastIndex = start
      const rest = line.exec(text)![0]
      const why = /^(<{7}|={7}|>{7})/.test(rest)
        ? 'two versions of it were merged and not settled'
        : 'this has no place here'
      throw new Damaged({ start, end: start + rest.length }, why)
    }
    const end = pattern.lastIndex
    const place = { start, end }
    const [, punctuation, quoted, number] = found
    if (punctuation !== undefined) tokens.push({ kind: 'punctuation', value: punctuation, ...place })
    else if (quoted !== undefined) tokens.push({ kind: 'text', value: unquote(quoted, place), ...place })
    else if (number !== undefined) tokens.push({ kind: 'number', value: number, ...place })
    else if (start === end) {
      tokens.push({ kind: 'end', value: '', ...place })
      return tokens
    }
  }
}

function unquote(quoted: string, place: Pick<Token, 'start' | 'end'>): string {
  try {
    return JSON.parse(quoted) as string
  } catch {
    throw new Damaged(place, 'this has no place here')
  }
}

class LockParser {
  readonly #tokens: Token[]
  #at = 0

  constructor(tokens: Token[]) {
    this.#tokens = tokens
  }

  lock(): Pins {
    let pins: Pins | undefined
    let version: string | undefined
    this.#map(key => {
      if (key.value === 'version') version = this.#version()
      else if (key.value === 'imports') pins = this.#pins()
      else throw new Damaged(key, `\`${key.value}\` has no meaning here`)
    })
    const end = this.#next()
    if (end.kind !== 'end') throw new Damaged(end, 'the file goes on after its end')
    if (version === undefined || !pins) throw new Damaged(end, 'it needs `version` and `imports`')
    return pins
  }

  #version(): string {
    const token = this.#next()
    if (token.kind === 'number' && token.value === String(VERSION)) return token.value
    throw new Damaged(token, `this version of ipvm reads version ${VERSION} of it`)
  }

  #pins(): Pins {
    const pins: Pins = new Map()
    this.#map(source => {
      if (!source.value.startsWith('ipfs://')) throw new Damaged(source, 'only `ipfs://` imports are pinned')
      pins.set(source.value, this.#pin())
    })
    return pins
  }

  #pin(): Pin {
    const pin: Partial<Pin> = {}
    this.#map(key => {
      const value = this.#next()
      if (key.value === 'cid' && value.kind === 'text' && isCid(value.value)) pin.cid = value.value
      else if (key.value === 'cid') throw new Damaged(value, 'this is not a CID')
      else if (key.value !== 'kind') throw new Damaged(key, `\`${key.value}\` has no meaning here`)
      else if (value.value === 'component' || value.value === 'job') pin.kind = value.value
      else throw new Damaged(value, 'an import is a `component` or a `job`')
    })
    const { cid, kind } = pin
    if (cid === undefined || kind === undefined) throw new Damaged(this.#last(), 'an import needs `cid` and `kind`')
    return { cid, kind }
  }

  /** Reads a map; the values are read by the caller. */
  #map(entry: (key: Token) => void): void {
    this.#expect('{')
    const seen = new Set<string>()
    if (this.#tokens[this.#at]!.value === '}' && this.#tokens[this.#at]!.kind === 'punctuation') {
      this.#at++
      return
    }
    for (;;) {
      const key = this.#next()
      if (key.kind !== 'text') throw new Damaged(key, 'a name in quotes is missing here')
      if (seen.has(key.value)) throw new Damaged(key, `\`${key.value}\` stands here twice`)
      seen.add(key.value)
      this.#expect(':')
      entry(key)
      const next = this.#next()
      if (next.kind === 'punctuation' && next.value === '}') return
      if (next.kind !== 'punctuation' || next.value !== ',') throw new Damaged(next, 'a `,` or `}` is missing here')
    }
  }

  #expect(mark: string): void {
    const token = this.#next()
    if (token.kind !== 'punctuation' || token.value !== mark) throw new Damaged(token, `a \`${mark}\` is missing here`)
  }

  #next(): Token {
    return this.#tokens[this.#at++] ?? this.#tokens.at(-1)!
  }

  #last(): Token {
    return this.#tokens[this.#at - 1]!
  }
}

function isCid(text: string): boolean {
  const cid = parseCid(text)
  return cid.ok && cid.value.toString() === text
}

/** The file for some pins: sorted, so that equal pins give equal bytes. */
export function printLock(pins: Pins): string {
  const sources = [...pins.keys()].sort((a, b) => (a < b ? -1 : 1))
  const imports = Object.fromEntries(
    sources.map(source => {
      const { cid, kind } = pins.get(source)!
      return [source, { cid, kind }]
    }),
  )
  return `${JSON.stringify({ version: VERSION, imports }, undefined, 2)}\n`
}
