import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { IpldMap } from '../../dag/ipld.ts'
import { toDagJson } from '../../dag/json.ts'
import { printable } from '../../grammar/render.ts'
import { showTime } from '../../runtime/ucan/chain.ts'
import type { Token } from '../../runtime/ucan/token.ts'
import type { StoreDoor } from '../host.ts'
import { defined } from '../output.ts'
import { keyNames, signerNamed, STORE } from './keys.ts'

/** The names of one's own keys, by their DIDs. */
export function ownNames(door: StoreDoor): ReadonlyMap<string, string> {
  const names = [...keyNames(), ...(existsSync(join(door.folder, 'key')) ? [STORE] : [])]
  return new Map(
    names.flatMap(name => {
      const signer = signerNamed(name, door)
      return signer.ok ? [[signer.value.did, name] as const] : []
    }),
  )
}

/** What a token says, a line for each of its fields. */
export function describeToken(token: Token, names: ReadonlyMap<string, string>): string {
  const who = (did: string): string => `${did}${names.has(did) ? ` (${names.get(did)})` : ''}`
  const lines: [string, string][] = [['by', who(token.iss)]]
  if (token.kind === 'delegation') {
    lines.push(['to', who(token.aud)])
    lines.push(['subject', token.sub === null ? 'any: that of the delegation before it' : who(token.sub)])
    lines.push(['command', token.cmd])
    for (const statement of token.policy) lines.push(['only if', toDagJson(statement)])
  } else {
    lines.push(['to', who(token.aud ?? token.sub)], ['subject', who(token.sub)], ['command', token.cmd])
    for (const [name, value] of Object.entries(token.args)) lines.push([`args.${name}`, toDagJson(value)])
    for (const proof of token.prf) lines.push(['proof', proof.toString()])
  }
  if (token.nbf !== undefined) lines.push(['from', showTime(token.nbf)])
  lines.push(['until', token.exp === null ? 'it never ends' : showTime(token.exp)])
  lines.push(['nonce', Buffer.from(token.nonce).toString('hex')])
  if (token.meta) lines.push(['meta', toDagJson(token.meta)])
  return [`${token.kind} ${token.cid}`, ...lines.map(([name, text]) => `  ${name.padEnd(9)} ${printable(text)}`)].join(
    '\n',
  )
}

/** What a token says, by the names of its own fields. */
export function tokenForm(token: Token): IpldMap {
  const { kind, cid, iss, sub, cmd, nonce, exp, nbf, meta, aud } = token
  const own =
    token.kind === 'delegation'
      ? { pol: token.policy }
      : { args: token.args, prf: token.prf.map(String), cause: token.cause?.toString() }
  return defined({ kind, cid: cid.toString(), iss, aud, sub, cmd, ...own, nonce, exp, nbf, meta })
}
