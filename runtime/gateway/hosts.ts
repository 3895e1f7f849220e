import { isIP } from 'node:net'

/** Whether an address is of this machine alone. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

/** The host in a `Host` header or an origin, without port and brackets; undefined where it is none. */
export function hostIn(text: string | undefined): string | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(text ?? '')
  return (match?.[1] ?? match?.[2])?.toLowerCase()
}

/**
 * Whether a request means this server. A page of another site can have its own name lead here (DNS rebinding), and then
 * its name stands in `Host`: taken are `localhost`, addresses, which nobody can rebind, and the name that is listened on.
 */
export function isOwnHost(header: string | undefined, listening: string): boolean {
  const host = hostIn(header)
  return host !== undefined && (host === 'localhost' || host === listening.toLowerCase() || isIP(host) !== 0)
}

/** Whether what sends a request is a page of another site, as browsers tell it. */
export function isForeign(origin: string | undefined, host: string | undefined): boolean {
  return origin !== undefined && origin.toLowerCase() !== `http://${host?.toLowerCase()}`
}
