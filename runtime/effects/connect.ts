import { lookup as lookupName } from 'node:dns/promises'
import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { specialAddress } from './address.ts'
import { isNamed, normalHost, subjectOf } from './hosts.ts'

/** The addresses of a host; what it throws says why there are none. */
export type Lookup = (host: string) => Promise<string[]>

/** As the system resolves names: hosts file, domain name system and all. */
export const systemLookup: Lookup = async host =>
  (await lookupName(host, { all: true, order: 'verbatim' })).map(({ address }) => address)

/** Where a request goes. */
export interface Destination {
  host: string
  port: number
  secure: boolean
}

export type Reached =
  | { kind: 'connected'; socket: Socket }
  /** All its addresses are for few: `10.0.0.5, a private address`. */
  | { kind: 'local'; why: string }
  | { kind: 'failed'; why: string }

/**
 * Resolves a host once, keeps the addresses that may be reached, and connects to one of these, so that no later answer of
 * a resolver counts. What is not a public address is reached only where a rule names it, or the host, itself.
 *
 * @param milliseconds for connecting, TLS included
 */
export async function reach(
  { host, port, secure }: Destination,
  rules: readonly (string | undefined)[],
  { lookup, ca, milliseconds }: { lookup: Lookup; ca?: string | undefined; milliseconds: number },
  signal: AbortSignal,
): Promise<Reached> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(milliseconds)])
  const failed = (error: unknown): Reached => {
    if (signal.aborted) throw signal.reason
    return { kind: 'failed', why: within.aborted ? `there was no connection within ${milliseconds} ms` : whyOf(error) }
  }
  let found: string[]
  try {
    found = isIP(host) ? [host] : await orAbort(lookup(host), within)
  } catch (error) {
    return failed(error)
  }
  const addresses = found.filter(address => isIP(address) !== 0)
  const allowed = addresses.filter(
    address =>
      specialAddress(address) === undefined ||
      isNamed(rules, host, port) ||
      isNamed(rules, normalAddress(address), port),
  )
  const [first] = addresses
  if (first === undefined) return { kind: 'failed', why: `\`${host}\` has no address` }
  if (allowed.length === 0) {
    const why = `\`${host}\` is at ${first}, ${specialAddress(first)}`
    return { kind: 'local', why: `${why}: only a grant that names it reaches it, \`${subjectOf(host, port)}\`` }
  }
  const socket = open(host, port, secure, allowed, ca)
  // What is wrong with it is told by whoever uses it; without a listener it would be thrown.
  socket.on('error', () => undefined)
  try {
    await orAbort(connected(socket, secure), within)
    return { kind: 'connected', socket }
  } catch (error) {
    socket.destroy()
    return failed(error)
  }
}

/** A connection to the addresses that were found, and to no other: the name is for the certificate. */
function open(host: string, port: number, secure: boolean, addresses: string[], ca: string | undefined): Socket {
  const pinned = addresses.map(address => ({ address, family: isIP(address) }))
  const lookup: LookupFunction = (_host, { all }, done) =>
    all === true ? done(null, pinned) : done(null, pinned[0]!.address, pinned[0]!.family)
  const options = { host, port, lookup, autoSelectFamily: pinned.length > 1 }
  if (!secure) return connectTcp(options)
  return connectTls({
    ...options,
    ...(isIP(host) ? {} : { servername: host }),
    ...(ca === undefined ? {} : { ca }),
    ALPNProtocols: ['http/1.1'],
    // Whatever the environment says.
    rejectUnauthorized: true,
  })
}

function connected(socket: Socket, secure: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      socket.off('error', reject)
      resolve()
    })
    socket.once('error', reject)
  })
}

function orAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    promise.then(resolve, reject)
  })
}

function normalAddress(address: string): string {
  const bare = address.split('%')[0]!
  return normalHost(isIP(bare) === 6 ? `[${bare}]` : bare) ?? bare
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was lost',
  EPIPE: 'the connection was lost',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ETIMEDOUT: 'the host does not answer',
  ENOTFOUND: 'there is no host of this name',
  EAI_AGAIN: 'the name cannot be resolved now',
}

/** Why there was no answer, for people and for the job. */
export function whyOf(error: unknown): string {
  // Of several addresses each has its own error.
  if (error instanceof AggregateError && error.errors.length > 0) return whyOf(error.errors[0])
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error ? String(error.code) : ''
  return reasons[code] ?? error.message
}
