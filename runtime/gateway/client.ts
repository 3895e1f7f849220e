import type { CID } from 'multiformats/cid'
import { readCar } from '../../dag/car.ts'
import { checkCid, verifyBlock } from '../../dag/cid.ts'
import type { Block } from '../../dag/ipld.ts'
import { fail, ok, type Result } from '../../dag/result.ts'
import { reachable } from '../../dag/reach.ts'
import { loadFromList } from '../blocks.ts'
import { StoreError } from '../store/errors.ts'
import { CAR_TYPE, RAW_TYPE } from './formats.ts'

export interface ClientOptions {
  /** How long the head of an answer, a pause of its body and a whole answer may take, milliseconds. */
  patience?: { head: number; pause: number; whole: number }
  /** Bytes of a block, and of a CAR, beyond which an answer is not read on. */
  sizes?: { block: number; car: number }
}

const defaultPatience = { head: 30_000, pause: 30_000, whole: 600_000 }
const defaultSizes = { block: 2 << 20, car: 256 << 20 }
/** Most redirections that are followed for one answer. */
const maxRedirects = 3
/** Most blocks of a CAR. */
const maxBlocks = 262_144

/** The address of a gateway: what stands before `/ipfs/CID`. An error is a sentence without its end. */
export function readGatewayUrl(text: string): Result<URL, string> {
  const url = URL.parse(text)
  const wrong = (what: string): Result<never, string> =>
    fail(`\`${shown(url, text)}\` is no address of a gateway: ${what}`)
  if (!url) return wrong('it is no URL, as `https://ipfs.example`')
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return wrong('it begins neither with `https:` nor `http:`')
  if (url.username !== '' || url.password !== '') return wrong('it holds a name or a password')
  if (url.search !== '' || url.hash !== '') return wrong('it has something behind its path')
  url.pathname = url.pathname.replace(/\/+$/, '').replace(/\/ipfs$/, '')
  return ok(url)
}

/** Without a name and a password, which nobody else needs to see. */
function shown(url: URL | null, text: string): string {
  return url && (url.username !== '' || url.password !== '') ? `${url.protocol}//…@${url.host}` : text.slice(0, 200)
}

/**
 * Asks a trustless gateway (https://specs.ipfs.tech/http-gateways/trustless-gateway/) and believes nothing: what it gives is
 * verified, or refused with a `StoreError`, code `forged`. That it cannot be asked is one with code `gateway`.
 */
export class GatewayClient {
  /** As people name it. */
  readonly name: string
  readonly #url: URL
  readonly #patience: NonNullable<ClientOptions['patience']>
  readonly #sizes: NonNullable<ClientOptions['sizes']>

  constructor(url: URL, { patience = defaultPatience, sizes = defaultSizes }: ClientOptions = {}) {
    this.#url = url
    this.name = url.href.replace(/\/$/, '')
    this.#patience = patience
    this.#sizes = sizes
  }

  /** One block; undefined where the gateway does not have it. */
  async block(cid: CID): Promise<Uint8Array | undefined> {
    const answer = await this.#ask(cid, 'format=raw', RAW_TYPE, this.#sizes.block)
    if (answer === undefined) return undefined
    if (answer === 'large') throw this.#forged(`gave more than ${this.#sizes.block} bytes for the block ${cid}`)
    if (!verifyBlock(cid, answer).ok) throw this.#forged(`gave bytes that are not ${cid}`)
    return answer
  }

  /**
   * A block with all that can be reached from it, as far as the gateway sends it in one answer. Undefined where it sends
   * no CAR, or none that has an end within the limits: its blocks can be asked for one by one.
   */
  async dag(cid: CID): Promise<Block[] | undefined> {
    let answer
    try {
      answer = await this.#ask(cid, 'format=car&dag-scope=all', `${CAR_TYPE}; version=1`, this.#sizes.car)
    } catch (error) {
      // One that lacks a block on the way cuts its answer off.
      if (error instanceof StoreError && error.code === 'gateway') return undefined
      throw error
    }
    if (answer === undefined || answer === 'large') return undefined
    const car = readCar(answer, { blocks: maxBlocks, blockSize: this.#sizes.block })
    if (!car.ok) throw this.#forged(`gave no CAR that can be taken for ${cid}: ${car.error.message}`)
    // What it sends besides is not kept.
    return reachable([cid], loadFromList(car.value.blocks))
  }

  /** What it answers for a CID: undefined where it has nothing, `large` where that has more than so many bytes. */
  async #ask(cid: CID, query: string, accept: string, most: number): Promise<Uint8Array | 'large' | undefined> {
    if (!checkCid(cid).ok) return undefined
    const stop = new AbortController()
    const whole = setTimeout(() => stop.abort(new Slow(this.#patience.whole)), this.#patience.whole)
    try {
      const response = await this.#follow(new URL(`${this.name}/ipfs/${cid}?${query}`), accept, stop)
      const { status, body } = response
      if (status !== 200) {
        await body?.cancel()
        // It has none, will not give it, or does not write this form.
        if ([400, 403, 404, 406, 410, 412, 451].includes(status)) return undefined
        throw this.#failed(`answered ${status} for ${cid}`)
      }
      return body ? await this.#read(body, most, stop) : new Uint8Array()
    } catch (error) {
      if (error instanceof StoreError) throw error
      throw this.#failed(`cannot be asked for ${cid}: ${reasonOf(stop.signal.aborted ? stop.signal.reason : error)}`)
    } finally {
      clearTimeout(whole)
      stop.abort()
    }
  }

  /** The answer behind redirections, which lead to the same host or one below it: nobody is sent to another by strangers. */
  async #follow(first: URL, accept: string, stop: AbortController): Promise<Response> {
    let url = first
    for (let redirects = 0; ; redirects++) {
      const pause = setTimeout(() => stop.abort(new Slow(this.#patience.head)), this.#patience.head)
      const response = await fetch(url.href, {
        headers: { accept, 'accept-encoding': 'identity' },
        redirect: 'manual',
        signal: stop.signal,
        credentials: 'omit',
      }).finally(() => clearTimeout(pause))
      const location = response.headers.get('location')
      if (![301, 302, 303, 307, 308].includes(response.status) || location === null) return response
      await response.body?.cancel()
      const next = URL.parse(location, url.href)
      if (!next || !isWithin(next, this.#url)) throw this.#failed(`leads elsewhere: to ${printableUrl(location)}`)
      if (redirects === maxRedirects) throw this.#failed(`leads on more than ${maxRedirects} times`)
      url = next
    }
  }

  async #read(body: ReadableStream<Uint8Array>, most: number, stop: AbortController): Promise<Uint8Array | 'large'> {
    const parts: Uint8Array[] = []
    let size = 0
    let pause: NodeJS.Timeout | undefined
    const wait = (): void => {
      clearTimeout(pause)
      pause = setTimeout(() => stop.abort(new Slow(this.#patience.pause)), this.#patience.pause)
    }
    try {
      wait()
      for await (const part of body) {
        wait()
        size += part.length
        if (size > most) return 'large'
        parts.push(part)
      }
    } finally {
      clearTimeout(pause)
    }
    return new Uint8Array(Buffer.concat(parts))
  }

  #failed(what: string): StoreError {
    return new StoreError({ code: 'gateway', message: `the gateway ${this.name} ${what}` })
  }

  #forged(what: string): StoreError {
    return new StoreError({ code: 'forged', message: `the gateway ${this.name} ${what}` })
  }
}

class Slow extends Error {
  constructor(milliseconds: number) {
    super(`no answer came within ${milliseconds / 1000} s`)
  }
}

/** Whether an address is one of the gateway: its host or one below that, and not less secure. */
function isWithin(next: URL, gateway: URL): boolean {
  const isHost = next.host === gateway.host || next.host.endsWith(`.${gateway.host}`)
  const isSecure = next.protocol === 'https:' || (next.protocol === 'http:' && gateway.protocol === 'http:')
  return isHost && isSecure && next.username === '' && next.password === ''
}

function printableUrl(location: string): string {
  return JSON.stringify(location.slice(0, 100))
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'its name cannot be resolved now',
  ENETUNREACH: 'there is no way to it',
  EHOSTUNREACH: 'there is no way to it',
}

/** `fetch` says that it has failed, and its cause why. */
function reasonOf(error: unknown): string {
  let at = error
  while (at instanceof Error && at.cause instanceof Error) at = at.cause
  const code = at instanceof Error && 'code' in at ? String(at.code) : ''
  return reasons[code] ?? (at instanceof Error ? at.message || code : String(at))
}
