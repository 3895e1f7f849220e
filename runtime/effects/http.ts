import { validateHeaderName, validateHeaderValue } from 'node:http'
import type { Type } from '../../dag/types.ts'
import type { Value } from '../../dag/value.ts'
import { reach, systemLookup, whyOf, type Lookup } from './connect.ts'
import { exchange, TooLarge, type Headers, type HttpResponse } from './exchange.ts'
import { coversHost, parseHostRule, subjectOf, targetOf } from './hosts.ts'
import type { Answer, Fields, Operation, Policy, Provider, Request } from './provider.ts'
import { types } from './types.ts'

export interface HttpOptions {
  /** How names come to addresses; else as the system resolves them. */
  lookup?: Lookup
  /** Certificates, in PEM, that are trusted in place of the usual ones. */
  ca?: string
  /** Longest body of an answer, in bytes; default 64 MiB. */
  maxBytes?: number
  /** For connecting, TLS included; default 30 s. The whole takes no longer than its task may. */
  connectMilliseconds?: number
}

const headers: Type = types.list(types.tuple(types.string, types.string))
const requestHeaders: Type = types.list(types.tuple(types.string, types.secret(types.string)))
const response: Type = types.record({ status: types.u16, headers, body: types.bytes })
const result: Type = types.result(response, types.string)

/** Most redirects that one request follows. */
const maxRedirects = 10
/** Characters of the headers that a job gives. */
const maxHeaders = 64 * 1024

/** HTTP requests (docs/effects.md, http). Hosts are granted, as they are named in the URL and wherever redirects lead. */
export function http(options: HttpOptions = {}): Provider {
  const policy: Policy = {
    about: [0],
    subject([url]) {
      const target = targetOf(url as string)
      return target.ok
        ? { subject: subjectOf(target.value.host, target.value.port) }
        : { error: `\`${(url as string).slice(0, 200)}\`: ${target.error}` }
    },
    covers: coversHost,
    wrong(rule) {
      const read = parseHostRule(rule)
      return read.ok ? undefined : read.error
    },
  }
  const question = (method: string): Operation => ({
    kind: 'query',
    params: [types.string, requestHeaders],
    result,
    policy,
    fields,
    perform: request => perform(method, request, options),
  })
  const deed = (method: string, recovery: 'idempotent' | 'irrevocable', hasBody = true): Operation => ({
    kind: 'command',
    recovery,
    announces: true,
    params: hasBody ? [types.string, types.bytes, requestHeaders] : [types.string, requestHeaders],
    result,
    policy,
    fields,
    perform: request => perform(method, request, options),
  })
  return {
    name: 'http',
    scheme: 'https:',
    operations: {
      get: question('GET'),
      head: question('HEAD'),
      put: deed('PUT', 'idempotent'),
      delete: deed('DELETE', 'idempotent', false),
      post: deed('POST', 'irrevocable'),
      patch: deed('PATCH', 'irrevocable'),
    },
  }
}

const fields: Fields = {
  about: [0],
  of([text]) {
    const target = targetOf(text as string)
    if (!target.ok) throw new Error(target.error)
    const { url, host, port } = target.value
    return {
      url: url.href,
      scheme: url.protocol.slice(0, -1),
      host,
      port,
      path: url.pathname,
      query: url.search.slice(1),
    }
  },
  names: ({ op, field }) => op === '==' && (field === 'host' || field === 'url'),
}

/** A request and where it has led so far. */
interface Hop {
  url: string
  headers: Headers
  body: Uint8Array | undefined
}

async function perform(method: string, request: Request, options: HttpOptions): Promise<Answer> {
  const { args } = request
  const [url, ...others] = args as [string, ...Value[]]
  const given = others.at(-1) as Headers
  const wrong = checkHeaders(given)
  if (wrong !== undefined) return { kind: 'failed', failure: 'value', detail: wrong }
  const body = others.length > 1 ? (others[0] as Uint8Array) : undefined
  let hop: Hop = { url, headers: given.map(([name, value]) => [name.toLowerCase(), value]), body }
  for (let redirects = 0; ; redirects++) {
    const answer = await send(method, hop, request, options)
    if (answer.kind !== 'response') return answer
    const next = redirected(method, hop, answer.response)
    if (next === undefined) return { kind: 'ok', value: { ok: answer.response as unknown as Value } }
    if ('error' in next) return noAnswer(next.error)
    if (redirects === maxRedirects) return noAnswer(`it was redirected more than ${maxRedirects} times`)
    hop = next
  }
}

/** An answer of type `err`: nothing has happened, and nobody knows what the receiver says. */
function noAnswer(why: string, again = false): Answer {
  return { kind: 'ok', value: { error: why }, again }
}

/** Sends one request, without following where it leads. */
async function send(
  method: string,
  { url, headers, body }: Hop,
  { args, rulesOf, key, signal, sent }: Request,
  { lookup = systemLookup, ca, maxBytes = 64 << 20, connectMilliseconds = 30_000 }: HttpOptions,
): Promise<Answer | { kind: 'response'; response: HttpResponse }> {
  const target = targetOf(url)
  if (!target.ok) return noAnswer(`\`${url.slice(0, 200)}\`: ${target.error}`)
  const { host, port, url: parsed } = target.value
  const subject = subjectOf(host, port)
  const isDeed = isCommand(method)
  const rules = rulesOf([url, ...args.slice(1)])
  if (!rules.some(rule => coversHost(rule, subject)))
    return { kind: 'failed', failure: 'refused', detail: `it leads to \`${subject}\`, which is not granted` }
  const secure = parsed.protocol === 'https:'
  const reached = await reach({ host, port, secure }, rules, { lookup, ca, milliseconds: connectMilliseconds }, signal)
  if (reached.kind === 'local') return { kind: 'failed', failure: 'refused', detail: reached.why }
  if (reached.kind === 'failed') return noAnswer(reached.why, true)
  const own: Headers = [
    ['host', parsed.port === '' ? hostHeader(host) : subject],
    ...(body === undefined ? [] : [['content-length', String(body.length)] satisfies [string, string]]),
    ...(isDeed ? [['idempotency-key', `"${key}"`] satisfies [string, string]] : []),
    ['accept', '*/*'],
    ['accept-encoding', 'identity'],
    ['user-agent', 'ipvm'],
  ]
  const all = [...own.filter(([name]) => !headers.some(([other]) => other === name)), ...headers]
  const path = parsed.pathname + parsed.search
  let begun = false
  const begin = async (): Promise<void> => {
    await sent()
    begun = true
  }
  try {
    const message = { method, path, headers: all, ...(body === undefined ? {} : { body }) }
    return { kind: 'response', response: await exchange(reached.socket, message, maxBytes, signal, begin) }
  } catch (error) {
    if (signal.aborted) throw error
    if (isDeed && begun) return { kind: 'lost', detail: whyOf(error) }
    return noAnswer(whyOf(error), !(error instanceof TooLarge))
  }
}

function isCommand(method: string): boolean {
  return method !== 'GET' && method !== 'HEAD'
}

function hostHeader(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

/**
 * Where an answer leads. A command is sent on only where the server says that it has done nothing with it and wants
 * the same elsewhere (307, 308); what else it answers is its answer, since following would make another request of it.
 */
function redirected(method: string, hop: Hop, { status, headers }: HttpResponse): Hop | { error: string } | undefined {
  const followed = isCommand(method) ? [307, 308] : [301, 302, 303, 307, 308]
  const location = headers.find(([name]) => name === 'location')?.[1]
  if (!followed.includes(status) || location === undefined) return undefined
  const from = new URL(hop.url)
  const to = URL.parse(location, hop.url)
  if (!to) return { error: 'it was redirected to what is no URL' }
  if (from.protocol === 'https:' && to.protocol === 'http:')
    return { error: `it was redirected from https to http, to ${to.host}, which is not followed` }
  return { ...hop, url: to.href, headers: to.origin === from.origin ? hop.headers : hop.headers.filter(isHarmless) }
}

/** Any header of a job may hold a secret, which is meant for the origin that it was given for. */
function isHarmless([name]: [name: string, value: string]): boolean {
  return ['accept', 'accept-language', 'content-type'].includes(name)
}

/** Headers by which the connection is kept in order. */
const own = [
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'upgrade',
  'te',
  'trailer',
  'expect',
]

/** What is wrong with the headers that a job gives, by name: a value may be a secret. */
function checkHeaders(headers: Headers): string | undefined {
  let size = 0
  for (const [name, value] of headers) {
    size += name.length + value.length + 4
    if (size > maxHeaders) return `its headers have more than ${maxHeaders} characters`
    const shown = JSON.stringify(name.slice(0, 64))
    try {
      validateHeaderName(name)
    } catch {
      return `${shown} is no name of a header`
    }
    try {
      validateHeaderValue(name, value)
    } catch {
      return `the value of the header ${shown} cannot be sent`
    }
    const lower = name.toLowerCase()
    if (own.includes(lower) || lower.startsWith('proxy-')) return `the header ${shown} is not for a job to set`
  }
  return undefined
}
