import { sign, verify } from 'node:crypto'
import type { CID } from 'multiformats/cid'
import { block } from '../dag/cid.ts'
import { decode, encode } from '../dag/codec.ts'
import type { DagError } from '../dag/interface.ts'
import { Float, isLink, isMap, type Block, type Ipld, type IpldMap } from '../dag/ipld.ts'
import { fail, ok, type Result } from '../dag/result.ts'
import { failureMessages, type FailureKind } from '../dag/failure.ts'
import { publicKeyOf, VARSIG, type Signer } from './did.ts'
import type { Attempt, Failure, Receipt, Remembered } from './interface.ts'

/**
 * Version of what instructions mean. It is part of the key of the memo: a change of the canonical ABI, of `place`, of
 * limits' accounting (`METER_VERSION`, docs/gas.md) or, since whole jobs are remembered, of what core operations come to
 * raises it, and nothing that was remembered before is used again.
 */
export const SEMANTICS = 3

/** A receipt with who says so: what the signed block holds (docs/dag.md, Receipts). */
export interface SignedReceipt extends Receipt {
  /** `did:key` of the signer. */
  iss: string
  prf: CID[]
  /** By which version of what instructions mean; undefined in receipts of before it was told. */
  semantics: number | undefined
}

/** A success of a run, as it is remembered. */
export function rememberedBy(run: string, receipt: Receipt): Remembered {
  const { out, meta } = receipt
  if (out[0] === 'error') throw new Error('only what has succeeded is remembered')
  return { value: out[1], memory: meta.memory, gas: meta.gas, run, receipt }
}

const TAG = 'ipvm/receipt@0.1.0'
/** The signed block of a receipt. The signature is made on the thread pool of Node: it costs more than all the rest. */
export function signReceipt(receipt: Receipt, signer: Signer): Promise<Block> {
  const payload = { h: VARSIG, [TAG]: encodeReceipt(receipt, signer.did) }
  return new Promise((resolve, reject) => {
    sign(null, encode(payload), signer.key, (error, signature) => {
      if (error) reject(error)
      else resolve(block([new Uint8Array(signature), payload]))
    })
  })
}

/** A varsig of DAG-CBOR (https://github.com/ChainAgnostic/varsig): its header, and then the signature. */
export function varsigOf(payload: Uint8Array, { key }: Signer): Uint8Array {
  return Uint8Array.from([...VARSIG, ...sign(null, payload, key)])
}

/** Reads a signed block without checking the signature: for those that this store has itself written. */
export function readReceipt(bytes: Uint8Array): Result<SignedReceipt, DagError> {
  const envelope = openEnvelope(bytes)
  return envelope.ok ? decodeReceipt(envelope.value.receipt) : envelope
}

/** Reads a signed block and checks that its issuer has signed it. */
export function verifyReceipt(bytes: Uint8Array): Result<SignedReceipt, DagError> {
  const envelope = openEnvelope(bytes)
  if (!envelope.ok) return envelope
  const receipt = decodeReceipt(envelope.value.receipt)
  if (!receipt.ok) return receipt
  const key = publicKeyOf(receipt.value.iss)
  if (!key) return wrong(`its issuer ${JSON.stringify(receipt.value.iss)} is not an Ed25519 did:key`)
  const { signature, payload } = envelope.value
  return verify(null, encode(payload), key, signature) ? receipt : wrong('its signature is not by its issuer')
}

interface Envelope {
  signature: Uint8Array
  payload: Ipld
  receipt: Ipld
}

/** `[signature, { h, "ipvm/receipt@0.1.0": receipt }]`. */
function openEnvelope(bytes: Uint8Array): Result<Envelope, DagError> {
  const decoded = decode(bytes)
  if (!decoded.ok) return decoded
  const [signature, payload] = Array.isArray(decoded.value) && decoded.value.length === 2 ? decoded.value : []
  if (!(signature instanceof Uint8Array) || signature.length !== 64 || !payload || !isMap(payload))
    return wrong('it is not a signed envelope')
  const map = exactly(payload, ['h', TAG])
  if (!map) return wrong(`its payload is not ${TAG}`)
  const header = map['h']!
  if (!(header instanceof Uint8Array) || Buffer.compare(header, VARSIG) !== 0)
    return wrong('it is not signed by Ed25519 over DAG-CBOR')
  return ok({ signature, payload, receipt: map[TAG]! })
}

function encodeReceipt({ ran, out, meta }: Receipt, iss: string): Ipld {
  const result: Ipld = out[0] === 'ok' ? out[1] : { ...out[1] }
  return {
    ran,
    out: [out[0], result],
    meta: {
      ms: new Float(meta.ms),
      memory: meta.memory,
      gas: meta.gas,
      attempts: meta.attempts.map(({ ms, kind }) => ({ ms: new Float(ms), kind })),
      host: meta.host,
      semantics: SEMANTICS,
    },
    iss,
    prf: [],
  }
}

function decodeReceipt(value: Ipld): Result<SignedReceipt, DagError> {
  const map = exactly(value, ['ran', 'out', 'meta', 'iss', 'prf'])
  if (!map) return wrong('a field is missing or unknown')
  const { ran, iss, prf } = map
  const out = decodeOut(map['out']!)
  const meta = decodeMeta(map['meta']!)
  if (!isLink(ran) || !out || !meta || typeof iss !== 'string') return wrong('a field has the wrong form')
  if (!Array.isArray(prf) || !prf.every(isLink)) return wrong('its proofs are not links')
  return ok({ ran, out, ...meta, iss, prf })
}

function decodeOut(value: Ipld): Receipt['out'] | undefined {
  if (!Array.isArray(value) || value.length !== 2) return undefined
  const [tag, content] = value as [Ipld, Ipld]
  if (tag === 'ok') return ['ok', content]
  if (tag !== 'error' || !isMap(content)) return undefined
  const more = ['detail', 'data'].filter(name => Object.hasOwn(content, name))
  const map = exactly(content, ['kind', 'message', ...more])
  if (!map) return undefined
  const { message, detail, data } = map
  const kind = kindOf(map['kind']!)
  if (kind === undefined || typeof message !== 'string') return undefined
  if (detail !== undefined && typeof detail !== 'string') return undefined
  const failure: Failure = { kind, message }
  if (detail !== undefined) failure.detail = detail
  if (data !== undefined) failure.data = data
  return ['error', failure]
}

function decodeMeta(value: Ipld): Pick<SignedReceipt, 'meta' | 'semantics'> | undefined {
  const names = ['ms', 'memory', 'gas', 'attempts', 'host']
  const map = exactly(value, [...names, 'semantics']) ?? exactly(value, names)
  if (!map) return undefined
  const { ms, memory, gas, attempts, host, semantics } = map
  if (semantics !== undefined && typeof semantics !== 'number') return undefined
  if (!(ms instanceof Float) || typeof memory !== 'number' || typeof gas !== 'number') return undefined
  if (memory < 0 || gas < 0) return undefined
  const made = Array.isArray(attempts) ? attempts.map(decodeAttempt) : [undefined]
  if (!made.every(attempt => attempt !== undefined) || typeof host !== 'string') return undefined
  return { meta: { ms: ms.value, memory, gas, attempts: made, host }, semantics }
}

function decodeAttempt(value: Ipld): Attempt | undefined {
  const map = exactly(value, ['ms', 'kind'])
  if (!map || !(map['ms'] instanceof Float)) return undefined
  const kind = map['kind'] === null ? null : kindOf(map['kind']!)
  return kind === undefined ? undefined : { ms: map['ms'].value, kind }
}

function kindOf(value: Ipld): FailureKind | undefined {
  return typeof value === 'string' && Object.hasOwn(failureMessages, value) ? (value as FailureKind) : undefined
}

/** The map, if it has just these fields. */
function exactly(value: Ipld, names: string[]): IpldMap | undefined {
  if (!isMap(value) || Object.keys(value).length !== names.length) return undefined
  return names.every(name => Object.hasOwn(value, name)) ? value : undefined
}

function wrong(what: string): Result<never, DagError> {
  return fail({ code: 'block', message: `this is not a receipt that can be trusted: ${what}` })
}
