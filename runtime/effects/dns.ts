import type { CaaRecord } from 'node:dns'
import { Resolver } from 'node:dns/promises'
import { isIP } from 'node:net'
import { whyOf } from './connect.ts'
import { normalHost, parseHostRule } from './hosts.ts'
import type { Answer, Policy, Provider, Request } from './provider.ts'
import { types } from './types.ts'

export interface DnsOptions {
  /** Asks the servers of these addresses, such as `127.0.0.1:5353`, in place of the system's. */
  servers?: readonly string[]
}

/** Records as they are written in zone files (RFC 1035, 5.1), by kind. */
const kinds: Readonly<Record<string, (resolver: Resolver, name: string) => Promise<string[]>>> = {
  A: (resolver, name) => resolver.resolve4(name),
  AAAA: (resolver, name) => resolver.resolve6(name),
  CAA: async (resolver, name) => (await resolver.resolveCaa(name)).map(showCaa),
  CNAME: (resolver, name) => resolver.resolveCname(name),
  MX: async (resolver, name) =>
    (await resolver.resolveMx(name)).map(({ priority, exchange }) => `${priority} ${exchange}`),
  NS: (resolver, name) => resolver.resolveNs(name),
  PTR: (resolver, name) => resolver.resolvePtr(name),
  SRV: async (resolver, name) =>
    (await resolver.resolveSrv(name)).map(
      ({ priority, weight, port, name }) => `${priority} ${weight} ${port} ${name}`,
    ),
  // Parts of one text are one.
  TXT: async (resolver, name) => (await resolver.resolveTxt(name)).map(parts => parts.join('')),
}

/** Node gives the one tag of a record as a field of its name, beside `critical` and `type`. */
function showCaa({ critical, ...tags }: CaaRecord): string {
  const [tag, value] = Object.entries(tags).find(([name]) => name !== 'type') ?? ['', '']
  return `${critical} ${tag} "${String(value)}"`
}

/** The domain name system (docs/effects.md, dns). Names are granted as hosts are, without a port. */
export function dns({ servers }: DnsOptions = {}): Provider {
  const policy: Policy = {
    about: [0],
    subject([name]) {
      const host = hostOf(name as string)
      return host === undefined
        ? { error: `${JSON.stringify((name as string).slice(0, 64))} is no name of a domain` }
        : { subject: host }
    },
    covers(rule, subject) {
      if (rule === undefined) return true
      const read = parseHostRule(rule)
      return read.ok && (read.value.below ? subject.endsWith(`.${read.value.host}`) : subject === read.value.host)
    },
    wrong(rule) {
      const read = parseHostRule(rule)
      if (!read.ok) return read.error
      return read.value.port === undefined ? undefined : 'a name has no port'
    },
  }
  return {
    name: 'dns',
    scheme: 'dns:',
    operations: {
      resolve: {
        kind: 'query',
        params: [types.string, types.string],
        result: types.list(types.string),
        policy,
        fields: { about: [0, 1], of: ([name, kind]) => ({ name: hostOf(name as string)!, kind: kind as string }) },
        perform: request => resolve(request, servers),
      },
    },
  }
}

function hostOf(name: string): string | undefined {
  const host = normalHost(name)
  return host === undefined || isIP(host) !== 0 ? undefined : host
}

async function resolve({ args, signal }: Request, servers: readonly string[] | undefined): Promise<Answer> {
  const [name, kind] = args as [string, string]
  const ask = Object.hasOwn(kinds, kind) ? kinds[kind]! : undefined
  if (!ask) {
    const known = Object.keys(kinds).join(', ')
    return {
      kind: 'failed',
      failure: 'value',
      detail: `there is no kind ${JSON.stringify(kind.slice(0, 64))}: ${known}`,
    }
  }
  const resolver = new Resolver()
  if (servers) resolver.setServers(servers)
  const stop = (): void => resolver.cancel()
  signal.addEventListener('abort', stop, { once: true })
  try {
    // In an order that no server decides.
    return { kind: 'ok', value: (await ask(resolver, hostOf(name)!)).map(text => text.toWellFormed()).sort() }
  } catch (error) {
    if (signal.aborted) throw signal.reason
    // The name is there, and has no such record.
    if (error instanceof Error && 'code' in error && error.code === 'ENODATA') return { kind: 'ok', value: [] }
    return { kind: 'failed', failure: 'effect', detail: `\`${name}\`: ${whyOf(error)}` }
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
