import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'
import { fail, ok, type Result } from '../../dag/result.ts'
import { specialAddress } from './address.ts'

/** A host as rules and URLs name it: lower case, punycode, no dot at the end; IPv4 in four numbers, IPv6 without brackets. */
export interface HostRule {
  host: string
  /** All below the host, and not the host itself: `*.example.com`. */
  below: boolean
  /** Absent where the usual ones are meant: 443 and 80. */
  port?: number
}

/** Reads `HOST[:PORT]`, as a grant names it. */
export function parseHostRule(rule: string): Result<HostRule, string> {
  const below = rule.startsWith('*.')
  const [, name = '', digits] = /^(.*?)(?::(\d+))?$/.exec(below ? rule.slice(2) : rule) ?? []
  if (name === '*') return fail('`*` is every host: write the operation without `=*`')
  if (name.includes('*')) return fail('`*` stands at the front, for all that is below a host: `*.example.com`')
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(rule) || /[/\\?#]/.test(name))
    return fail('a grant names a host, without scheme and path: `example.com` or `example.com:8443`')
  if (name.includes('@')) return fail('a grant names a host, and nobody who logs in there')
  const host = normalHost(name)
  if (host === undefined) return fail(`\`${name}\` is no host; an IPv6 address stands in brackets: \`[::1]:8080\``)
  if (below && isIP(host)) return fail('nothing is below an address')
  const port = digits === undefined ? undefined : Number(digits)
  if (port !== undefined && (port < 1 || port > 65_535)) return fail(`${digits} is no port; they go from 1 to 65535`)
  return ok({ host, below, ...(port === undefined ? {} : { port }) })
}

/** `example.com:443`, `[::1]:8080`: the subject of a grant for a URL. */
export function subjectOf(host: string, port: number): string {
  return `${isIP(host) === 6 ? `[${host}]` : host}:${port}`
}

/** The host and the port of a URL of the web. Names and passwords in it are an error: they would be told with it. */
export function targetOf(text: string): Result<{ url: URL; host: string; port: number }, string> {
  const url = URL.parse(text)
  if (!url) return fail('it is no absolute URL')
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return fail(`its scheme is not https or http`)
  if (url.username !== '' || url.password !== '')
    return fail('a name or a password stands in it; they belong into a header')
  const host = normalHost(url.hostname)
  if (host === undefined) return fail('its host is none')
  return ok({ url, host, port: url.port !== '' ? Number(url.port) : url.protocol === 'https:' ? 443 : 80 })
}

/** Whether a rule covers `host:port`. The operation granted as a whole covers what is not known to be local. */
export function coversHost(rule: string | undefined, subject: string): boolean {
  const { host, port } = splitSubject(subject)
  if (rule === undefined) return !isLocal(host)
  const read = parseHostRule(rule)
  if (!read.ok || !hasPort(read.value, port)) return false
  const { host: named, below } = read.value
  return below ? host.endsWith(`.${named}`) && !isLocal(host) : host === named
}

/** Whether one of the rules names a host or an address, with its port, itself: neither by wildcard nor as a whole. */
export function isNamed(rules: readonly (string | undefined)[], host: string, port: number): boolean {
  return rules.some(rule => {
    const read = rule === undefined ? undefined : parseHostRule(rule)
    return read?.ok === true && !read.value.below && read.value.host === host && hasPort(read.value, port)
  })
}

function hasPort({ port }: HostRule, wanted: number): boolean {
  return port === undefined ? wanted === 443 || wanted === 80 : port === wanted
}

function splitSubject(subject: string): { host: string; port: number } {
  const at = subject.lastIndexOf(':')
  return { host: subject.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(subject.slice(at + 1)) }
}

/** Names and addresses that are local whatever a resolver says (RFC 6761, 6.3). */
function isLocal(host: string): boolean {
  return isIP(host) ? specialAddress(host) !== undefined : host === 'localhost' || host.endsWith('.localhost')
}

/**
 * One spelling of a host, as URLs are read (WHATWG URL, host parsing): `0x7f.1` is 127.0.0.1. A name is one for the domain
 * name system, with labels of up to 63 characters.
 */
export function normalHost(text: string): string | undefined {
  if (text.startsWith('[') && text.endsWith(']')) {
    const host = URL.parse(`http://${text}`)?.hostname.slice(1, -1)
    return host !== undefined && isIP(host) === 6 ? host : undefined
  }
  // What would end a host in a URL, or be left out of it, is no part of one.
  if (/[\s\p{Cc}/\\?#@:]/u.test(text)) return undefined
  const ascii = domainToASCII(text).toLowerCase().replace(/\.$/, '')
  if (isIP(ascii) === 4) return ascii
  return ascii.length <= 253 && /^[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/.test(ascii) ? ascii : undefined
}
