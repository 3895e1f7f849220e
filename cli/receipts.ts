import type { CID } from 'multiformats/cid'
import type { IpldMap } from '../dag/ipld.ts'
import type { Load } from '../dag/load.ts'
import { fail, ok, type Result } from '../dag/result.ts'
import { auditReceipt } from '../runtime/receipts/audit.ts'
import { ReceiptChecker, type CheckedReceipt } from '../runtime/receipts/check.ts'
import { verifyReceipt } from '../runtime/receipt.ts'
import { createLocalExecutor } from '../runtime/wasm/pool.ts'
import type { Subject } from './commands/verify.ts'
import { loadConfig } from './config.ts'
import type { Context } from './context.ts'
import { cliRows, complain } from './diagnostics.ts'
import type { StoreDoor } from './host.ts'
import { unfit } from './outcome.ts'
import { exits, plural, success, type Reply } from './output.ts'

/**
 * Checks receipts, and tells who has signed them.
 *
 * @param audit also computes again what can be
 */
export async function verifyReceipts(
  context: Context,
  door: StoreDoor,
  { name, blocks, load, alone }: Subject,
  cids: readonly CID[],
  audit: boolean,
): Promise<Reply> {
  const checker = new ReceiptChecker(load)
  const checked: CheckedReceipt[] = []
  for (const cid of cids) {
    const one = await checker.check(cid)
    if (!one.ok && one.error.code === 'missing' && alone) return signatureOnly(door, cid, load, name)
    // What is wrong is wrong with the file, whatever it is.
    if (!one.ok) return unfit({ code: 'block', message: one.error.message }, name)
    checked.push(one.value)
  }
  const trust = await trusted(door)
  if (!trust.ok) return trust.error
  const audited = audit ? await auditAll(context, checked, async cid => (await load(cid)) ?? door.load(cid)) : undefined
  if (audited && !audited.ok) return audited.error
  const issuers = [...Map.groupBy(checked, ({ receipt }) => receipt.iss)].sort(([a], [b]) => (a < b ? -1 : 1))
  const absent = [...new Set(checked.flatMap(one => one.absent ?? []))].sort()
  const value: IpldMap = {
    ...{ kind: 'receipts', receipts: checked.length, blocks, absent },
    issuers: issuers.map(([iss, own]) => ({ iss, receipts: own.length, trusted: trust.value.has(iss) })),
    ...(audited ? { audited: audited.value } : {}),
  }
  const lines = [`${plural(checked.length, 'receipt')}, ${plural(blocks, 'block')}, all as they should be`]
  for (const [iss, own] of issuers)
    lines.push(`  ${plural(own.length, 'receipt')} of ${iss}, ${trust.value.get(iss) ?? 'who is not trusted here'}`)
  for (const component of absent)
    lines.push(`  the component ${component} is not in it: results were not held against their types`)
  if (audited)
    lines.push(`  ${plural(audited.value, 'result was', 'results were')} computed again, and came to the same`)
  return success(value, `${lines.join('\n')}\n`)
}

/** What a receipt says by itself, where nothing else is at hand: who has signed it, and of what. */
async function signatureOnly(door: StoreDoor, cid: CID, load: Load, name: string): Promise<Reply> {
  const signed = verifyReceipt((await load(cid))!)
  if (!signed.ok) return unfit(signed.error, name)
  const trust = await trusted(door)
  if (!trust.ok) return trust.error
  const { iss, ran } = signed.value
  const value: IpldMap = {
    ...{ kind: 'receipts', receipts: 1, blocks: 1, absent: [], instruction: ran.toString() },
    issuers: [{ iss, receipts: 1, trusted: trust.value.has(iss) }],
  }
  const lines = [
    `receipt ${cid}: its form and its signature are as they should be`,
    `  signed by ${iss}, ${trust.value.get(iss) ?? 'who is not trusted here'}`,
    `  its instruction ${ran}, or what it came to, is not at hand; nothing was held against it`,
  ]
  return success(value, `${lines.join('\n')}\n`)
}

/** Who is trusted here, and how people are told so. */
async function trusted(door: StoreDoor): Promise<Result<Map<string, string>, Reply>> {
  const loaded = await loadConfig(process.cwd())
  if (!loaded.ok) return loaded
  const { config, file } = loaded.value
  const trust = new Map((config.trust ?? []).map(did => [did, `trusted by \`${file}\``]))
  const own = door.existing()?.issuer()
  return ok(own === undefined ? trust : trust.set(own, 'the store itself'))
}

/** Computes again what can be; gives how many. Components that are not in the file may be in the store. */
async function auditAll(
  context: Context,
  checked: readonly CheckedReceipt[],
  load: Load,
): Promise<Result<number, Reply>> {
  const checker = new ReceiptChecker(load)
  const executor = createLocalExecutor({ isolation: 'thread' })
  const signal = context.interruptible()
  let audited = 0
  try {
    for (const given of checked) {
      const whole = given.absent === undefined ? ok(given) : await checker.check(given.cid)
      const same = whole.ok ? await auditReceipt(whole.value, load, executor, signal) : whole
      if (!same.ok) return fail(unfit(same.error, given.cid.toString()))
      if (same.value === false) {
        const { ran, iss } = given.receipt
        const message = `The receipt ${given.cid} of ${iss} is false: ${ran} comes to something else here.`
        return fail(complain(cliRows.NotDeterministic, message))
      }
      if (same.value) audited++
    }
    return ok(audited)
  } catch (error) {
    if (!signal.aborted) throw error
    const message = `The audit was stopped after ${plural(audited, 'result')}.`
    return fail({
      exit: exits.stopped,
      json: { ok: false, failure: { kind: 'stopped', message } },
      stderr: `stopped: ${message}`,
    })
  } finally {
    await executor.close()
  }
}
