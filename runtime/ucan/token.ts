import { sign, verify } from 'node:crypto'
import type { CID } from 'multiformats/cid'
import { cidOf } from '../../dag/cid.ts'
import { decode, encode } from '../../dag/codec.ts'
import { isLink, isMap, type Block, type Ipld, type IpldMap } from '../../dag/ipld.ts'
import { ok, type Result } from '../../dag/result.ts'
import { plainDid, publicKeyOf, VARSIG, type Signer } from '../did.ts'
import { wrongCommand } from './command.ts'
import { parsePolicy, type Policy } from './policy.ts'
import { refuse, type Refusal } from './refusal.ts'

/** Fields that both kinds of token have. Times are seconds since 1970; `exp` is null where it never ends. */
interface Common {
  cid: CID
  bytes: Uint8Array
  /** Issuer, a `did:key` of Ed25519 that has signed it. DIDs stand here without their fragments. */
  iss: string
  cmd: string
  nonce: Uint8Array
  exp: number | null
  nbf?: number
  meta?: IpldMap
}

/** Says that its audience may do something in the name of its issuer (UCAN Delegation 1.0). */
export interface Delegation extends Common {
  kind: 'delegation'
  aud: string
  /** What it is about; null takes that of the delegation before it. */
  sub: string | null
  pol: Policy
  /** The policy as the token holds it. */
  policy: Ipld[]
}

/** Asks for something to be done (UCAN Invocation 1.0). */
export interface Invocation extends Common {
  kind: 'invocation'
  sub: string
  /** Who is to do it; absent where that is the subject. */
  aud?: string
  args: IpldMap
  /** Delegations from the subject to the issuer, in this order. */
  prf: CID[]
  cause?: CID
}

export type Token = Delegation | Invocation

/** Bytes of the longest token that is read, and how deep it may be nested. */
const maxToken = 256 * 1024
const maxDepth = 96
/** Most proofs of one invocation. */
export const maxProofs = 64

const kinds = { dlg: 'delegation', inv: 'invocation' } as const
/** Version 1.0.0, and that of the last draft, which the parts of the specification still name. */
const tag = /^ucan\/(dlg|inv)@1\.0\.0(-rc\.1)?$/
/** The fields of each kind; with `?` those that may be absent. */
const fields = {
  dlg: ['iss', 'aud', 'sub', 'cmd', 'pol', 'nonce', 'exp', 'nbf?', 'iat?', 'meta?'],
  inv: ['iss', 'sub', 'aud?', 'cmd', 'args', 'prf', 'nonce', 'exp', 'nbf?', 'iat?', 'meta?', 'cause?'],
} as const

/**
 * Reads a token of UCAN 1.0: `[signature, { h, "ucan/dlg@1.0.0": payload }]` as canonical DAG-CBOR, signed by its issuer.
 * Whether its time has come and what it proves is `chain.ts`'s to say.
 *
 * @returns a refusal of the reason `Malformed` or `InvalidSignature`
 */
export function readToken(bytes: Uint8Array): Result<Token, Refusal> {
  const decoded = decode(bytes, { size: maxToken, depth: maxDepth })
  if (!decoded.ok) return malformed(decoded.error.message)
  const [signature, signed] = Array.isArray(decoded.value) && decoded.value.length === 2 ? decoded.value : []
  if (!(signature instanceof Uint8Array) || signed === undefined || !isMap(signed))
    return malformed('it is no signed envelope: `[signature, { h, "ucan/…": … }]`')
  const names = Object.keys(signed)
  const found = names.length === 2 && names[0] === 'h' ? tag.exec(names[1]!) : null
  if (!found) return malformed('its payload is neither `ucan/dlg@1.0.0` nor `ucan/inv@1.0.0`')
  const header = signed['h']!
  if (!(header instanceof Uint8Array) || Buffer.compare(header, VARSIG) !== 0)
    return refuse('InvalidSignature', 'it is not signed by Ed25519 over DAG-CBOR, which alone is read here')
  const payload = signed[names[1]!]!
  const spec = found[1] as 'dlg' | 'inv'
  const wrong = wrongFields(payload, spec)
  if (wrong !== undefined) return malformed(wrong)
  const token = tokenOf(spec, payload as IpldMap, bytes)
  if (!token.ok) return token
  const key = publicKeyOf(token.value.iss)
  if (!key) return refuse('InvalidSignature', `its issuer ${token.value.iss} is no \`did:key\` of Ed25519`)
  return signature.length === 64 && verify(null, encode(signed), key, signature)
    ? token
    : refuse('InvalidSignature', `its signature is not by its issuer, ${token.value.iss}`)
}

function malformed(why: string): Result<never, Refusal> {
  return refuse('Malformed', why)
}

function wrongFields(payload: Ipld, spec: keyof typeof fields): string | undefined {
  if (!isMap(payload)) return 'its payload is no map'
  const known = fields[spec].map(name => name.replace('?', ''))
  const stray = Object.keys(payload).find(name => !known.includes(name))
  if (stray !== undefined) return `there is no field ${JSON.stringify(stray.slice(0, 64))} in a ${kinds[spec]}`
  const missing = fields[spec].find(name => !name.endsWith('?') && !Object.hasOwn(payload, name))
  return missing === undefined ? undefined : `its field \`${missing}\` is missing`
}

function tokenOf(spec: 'dlg' | 'inv', payload: IpldMap, bytes: Uint8Array): Result<Token, Refusal> {
  const { cmd, nonce, exp, nbf, iat, meta } = payload
  for (const name of ['iss', 'aud', 'sub']) {
    const did = payload[name]
    if (did === undefined || (did === null && spec === 'dlg' && name === 'sub')) continue
    if (typeof did !== 'string' || plainDid(did) === undefined) return malformed(`its field \`${name}\` is no DID`)
  }
  if (typeof cmd !== 'string') return malformed('its field `cmd` is no text')
  const wrong = wrongCommand(cmd)
  if (wrong !== undefined) return malformed(`its field \`cmd\` is ${JSON.stringify(cmd.slice(0, 64))}: ${wrong}`)
  if (!(nonce instanceof Uint8Array)) return malformed('its field `nonce` is no bytes')
  if (!(exp === null || isTime(exp))) return malformed('its field `exp` is neither null nor whole seconds of 53 bits')
  for (const [name, time] of Object.entries({ nbf, iat }))
    if (time !== undefined && !isTime(time)) return malformed(`its field \`${name}\` is not whole seconds of 53 bits`)
  if (meta !== undefined && !isMap(meta)) return malformed('its field `meta` is no map')
  const common = {
    cid: cidOf(bytes, 'dag-cbor'),
    bytes,
    iss: plainDid(payload['iss'] as string)!,
    ...{ cmd, nonce, exp: exp as number | null },
    ...(nbf === undefined ? {} : { nbf: nbf as number }),
    ...(meta === undefined ? {} : { meta }),
  }
  return spec === 'dlg' ? delegationOf(payload, common) : invocationOf(payload, common)
}

function delegationOf({ aud, sub, pol }: IpldMap, common: Common): Result<Delegation, Refusal> {
  const policy = parsePolicy(pol!)
  if (!policy.ok) return malformed(`its policy cannot be read: ${policy.error}`)
  const audience = plainDid(aud as string)!
  const subject = sub === null ? null : plainDid(sub as string)!
  return ok({ kind: 'delegation', ...common, aud: audience, sub: subject, pol: policy.value, policy: pol as Ipld[] })
}

function invocationOf({ sub, aud, args, prf, cause }: IpldMap, common: Common): Result<Invocation, Refusal> {
  if (!isMap(args!)) return malformed('its field `args` is no map')
  if (!Array.isArray(prf) || !prf.every(isLink)) return malformed('its field `prf` is no list of links')
  if (prf.length > maxProofs) return malformed(`it names more than ${maxProofs} proofs`)
  if (cause !== undefined && !isLink(cause)) return malformed('its field `cause` is no link')
  return ok({
    kind: 'invocation',
    ...common,
    ...{ sub: plainDid(sub as string)!, args, prf },
    ...(aud === undefined ? {} : { aud: plainDid(aud as string)! }),
    ...(cause === undefined ? {} : { cause }),
  })
}

function isTime(value: Ipld | undefined): boolean {
  return typeof value === 'number'
}

/** The payload of a delegation to sign. */
export interface DelegationClaims {
  aud: string
  sub: string | null
  cmd: string
  pol: Ipld[]
  nonce: Uint8Array
  exp: number | null
  nbf?: number
}

/** The payload of an invocation to sign. */
export interface InvocationClaims {
  sub: string
  aud?: string
  cmd: string
  args: IpldMap
  prf: CID[]
  nonce: Uint8Array
  exp: number | null
  iat?: number
}

/** The signed block of a delegation (UCAN 1.0). */
export function signDelegation(claims: DelegationClaims, signer: Signer): Block {
  return signed('ucan/dlg@1.0.0', { ...claims }, signer)
}

/** The signed block of an invocation (UCAN 1.0). */
export function signInvocation(claims: InvocationClaims, signer: Signer): Block {
  return signed('ucan/inv@1.0.0', { ...claims }, signer)
}

function signed(name: string, claims: IpldMap, { key, did }: Signer): Block {
  const payload = { h: VARSIG, [name]: { ...claims, iss: did } }
  const bytes = encode([new Uint8Array(sign(null, encode(payload), key)), payload])
  return { cid: cidOf(bytes, 'dag-cbor'), bytes }
}
