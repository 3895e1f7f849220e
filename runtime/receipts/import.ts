import type { CID } from 'multiformats/cid'
import { encode } from '../../dag/codec.ts'
import { parseIpfsUrl } from '../../dag/cid.ts'
import type { DagError } from '../../dag/interface.ts'
import type { Ipld } from '../../dag/ipld.ts'
import { WASM_RUN } from '../../dag/job.ts'
import { keyOfCid } from '../../dag/links.ts'
import type { Load } from '../../dag/load.ts'
import { reachable } from '../../dag/reach.ts'
import { fail, ok, type Result } from '../../dag/result.ts'
import { putAll } from '../blocks.ts'
import type { Store } from '../interface.ts'
import { SEMANTICS } from '../receipt.ts'
import { ReceiptChecker, type CheckedReceipt } from './check.ts'

/** What has become of receipts, by their number. */
export interface Imported {
  /** They are remembered from now on. */
  remembered: number
  /** The same is remembered already, or said by another one of them. */
  known: number
  /** Of effects, which are not remembered from run to run. */
  effects: number
  /** Of failures, which are not remembered. */
  failures: number
  /** By another version of what instructions mean, so that they are not found. */
  versions: number
  /** Of those that are remembered or known: who has signed them. */
  issuers: string[]
}

/** Why nothing was taken. */
export type ImportError =
  | DagError
  /** Not all issuers are trusted. */
  | { code: 'untrusted'; message: string; issuers: string[]; receipts: number }
  /** One says something else than what this store has computed. */
  | { code: 'disagreement'; message: string }

/**
 * Remembers what receipts of others say, all of them or nothing: each is checked, its issuer must be trusted or this store
 * itself, and what this store remembers already must agree. Only successes of pure tasks are remembered, by the present
 * version of what instructions mean.
 *
 * @param load where their blocks are
 * @param trusted `did:key`s
 */
export async function importReceipts(
  receipts: readonly CID[],
  load: Load,
  store: Store,
  trusted: readonly string[],
): Promise<Result<Imported, ImportError>> {
  const checker = new ReceiptChecker(load)
  const checked: CheckedReceipt[] = []
  for (const cid of receipts) {
    const one = await checker.check(cid)
    if (!one.ok) return one
    checked.push(one.value)
  }
  const trust = new Set([...trusted, store.issuer()])
  const strange = checked.filter(({ receipt }) => !trust.has(receipt.iss))
  if (strange.length > 0) {
    const issuers = issuersOf(strange)
    const message = `${strange.length} of ${receipts.length} receipts are of ${issuers.join(', ')}`
    return fail({ code: 'untrusted', message, issuers, receipts: strange.length })
  }
  const effects = checked.filter(({ instruction }) => instruction.op !== WASM_RUN)
  const calls = checked.filter(({ instruction }) => instruction.op === WASM_RUN)
  const failures = calls.filter(({ receipt }) => receipt.out[0] === 'error')
  const successes = calls.filter(({ receipt }) => receipt.out[0] === 'ok')
  const versions = successes.filter(({ receipt }) => receipt.semantics !== SEMANTICS)
  const fitting = successes.filter(({ receipt }) => receipt.semantics === SEMANTICS)
  const absent = fitting.find(one => one.absent !== undefined)
  if (absent)
    return fail({
      code: 'missing',
      message: `the receipt ${absent.cid}: its component ${absent.absent} is not at hand`,
      component: absent.absent!,
    })
  const fresh = new Map<string, CheckedReceipt>()
  for (const one of fitting) {
    const key = keyOfCid(one.receipt.ran)
    const known = await store.memo.get(one.receipt.ran)
    const before = known ? known.value : fresh.get(key)?.receipt.out[1]
    if (before === undefined) fresh.set(key, one)
    else if (Buffer.compare(encode(before as Ipld), encode(one.receipt.out[1] as Ipld)) !== 0)
      return disagreement(one, known ? 'this store remembers' : 'another one of them says')
  }
  await keep([...fresh.values()], load, store)
  return ok({
    remembered: fresh.size,
    known: fitting.length - fresh.size,
    effects: effects.length,
    failures: failures.length,
    versions: versions.length,
    issuers: issuersOf(fitting),
  })
}

function disagreement({ cid, receipt }: CheckedReceipt, than: string): Result<never, ImportError> {
  const message = `the receipt ${cid} of ${receipt.iss} says that ${receipt.ran} came to something else than ${than}`
  return fail({ code: 'disagreement', message })
}

/** Puts the receipts with what they link to, and their components, into the store, and then remembers them. */
async function keep(receipts: readonly CheckedReceipt[], load: Load, store: Store): Promise<void> {
  const roots = new Map<string, CID>()
  for (const { cid, instruction } of receipts) {
    roots.set(cid.toString(), cid)
    const url = parseIpfsUrl(instruction.rsc)
    if (url.ok) roots.set(instruction.rsc, url.value.cid)
  }
  await putAll(store.blocks, await reachable([...roots.values()], load))
  await store.memo.adopt(receipts.map(({ receipt, cid }) => ({ receipt, cid, iss: receipt.iss })))
}

function issuersOf(checked: readonly CheckedReceipt[]): string[] {
  return [...new Set(checked.map(({ receipt }) => receipt.iss))].sort()
}
