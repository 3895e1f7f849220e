import type { CID } from 'multiformats/cid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeCar, readCar } from '../../../dag/car.ts'
import { block, cidOf } from '../../../dag/cid.ts'
import { decode, encode } from '../../../dag/codec.ts'
import type { Block, Ipld, IpldMap } from '../../../dag/ipld.ts'
import { instructionBlock, WASM_RUN } from '../../../dag/job.ts'
import { keyOfCid } from '../../../dag/links.ts'
import { bytes as bytesType } from '../../../dag/types.ts'
import { importFile } from '../../../dag/unixfs.ts'
import { loadFrom, loadFromList, putAll } from '../../../runtime/blocks.ts'
import type { Executor, Receipt, RunOutcome, Store } from '../../../runtime/interface.ts'
import { signerOf, type Signer } from '../../../runtime/did.ts'
import { SEMANTICS, signReceipt } from '../../../runtime/receipt.ts'
import { auditReceipt } from '../../../runtime/receipts/audit.ts'
import { bundleReceipts, receiptsIn } from '../../../runtime/receipts/bundle.ts'
import { ReceiptChecker } from '../../../runtime/receipts/check.ts'
import { importReceipts } from '../../../runtime/receipts/import.ts'
import { run } from '../../../runtime/run.ts'
import { newKey } from '../../../runtime/store/key.ts'
import { memoryStore } from '../../../runtime/store/open.ts'
import { createLocalExecutor } from '../../../runtime/wasm/pool.ts'
import { arithmetic } from '../harness/arithmetic.ts'
import { call, jobOf, putFile, s32, shortly, value } from '../harness/jobs.ts'

let executor: Executor
let component: Uint8Array
beforeAll(async () => {
  executor = createLocalExecutor({ workers: 2 })
  component = await arithmetic()
})
afterAll(() => executor.close())

const go = (store: Store, job: CID): Promise<RunOutcome> => run(job, new Map(), { store, executor })

/** A store in which a job has run, and its receipts as a file. */
async function computed(make: (math: CID) => Parameters<typeof jobOf>[1], type = s32) {
  const store = memoryStore()
  const math = await putFile(store, component)
  const job = await jobOf(store, make(math), type)
  const outcome = await go(store, job)
  if (!('summary' in outcome) || !outcome.summary) throw new Error('it did not run')
  const made = await bundleReceipts(store, outcome.summary.run, true)
  if (!made.ok) throw new Error(made.error.message)
  return { store, math, job, ...made.value, load: loadFromList(made.value.blocks), outcome: shortly(outcome) }
}
const twoSums = (math: CID) => call(math, 'add', [call(math, 'add', [1, 2]), 4])

/** Another store with the job, and nothing computed. */
async function other(
  make: (math: CID) => Parameters<typeof jobOf>[1],
  type = s32,
): Promise<{ store: Store; job: CID }> {
  const store = memoryStore()
  return { store, job: await jobOf(store, make(await putFile(store, component)), type) }
}

/** A receipt that a stranger has made of whatever, with the blocks that are needed. */
async function signed(receipt: Partial<Receipt>, by: Signer = signerOf(newKey())): Promise<Block> {
  const meta = { ms: 1, memory: 65536, gas: 10, attempts: [{ ms: 1, kind: null }], host: 'elsewhere' }
  return signReceipt({ ran: block(0).cid, out: ['ok', 1], meta, ...receipt }, by)
}

describe('a file of receipts', () => {
  test('holds those of the run, their instructions, results and components, and is the same each time', async () => {
    const { store, blocks, root, receipts, load, math } = await computed(twoSums)
    expect(receipts).toHaveLength(2)
    const listed = await receiptsIn(root, load)
    expect(listed).toEqual({ ok: true, value: receipts })
    const here = new Set(blocks.map(({ cid }) => keyOfCid(cid)))
    expect(here.has(keyOfCid(math))).toBe(true)
    const checker = new ReceiptChecker(load)
    for (const cid of receipts) {
      const checked = await checker.check(cid)
      expect(checked.ok && [checked.value.receipt.iss, checked.value.func?.name]).toEqual([store.issuer(), 'add'])
      expect(checked.ok && here.has(keyOfCid(checked.value.receipt.ran))).toBe(true)
    }
    expect(readCar(writeCar([root], blocks)).ok).toBe(true)
  })

  test('without its components is smaller, and says which it needs', async () => {
    const { store, math } = await computed(twoSums)
    const [{ run: id } = { run: '' }] = await store.runs()
    const bare = await bundleReceipts(store, id, false)
    if (!bare.ok) throw new Error(bare.error.message)
    expect(bare.value.blocks.some(({ cid }) => cid.equals(math))).toBe(false)
    const checked = await new ReceiptChecker(loadFromList(bare.value.blocks)).check(bare.value.receipts[0]!)
    expect(checked).toMatchObject({ ok: true, value: { absent: String(math) } })
  })

  test.each<[string, Ipld]>([
    ['another key beside', { 'ipvm/receipts': [], more: 1 }],
    ['something else than links', { 'ipvm/receipts': [1] }],
    ['one twice', { 'ipvm/receipts': [block(1).cid, block(1).cid] }],
    ['no list', { 'ipvm/receipts': 'x' }],
  ])('is refused with %s', async (_, content) => {
    const root = block(content)
    expect((await receiptsIn(root.cid, loadFromList([root])))?.ok).toBe(false)
  })
})

describe('importing', () => {
  test('from an issuer that is trusted gives hits, that can be checked', async () => {
    const { store, receipts, load, outcome } = await computed(twoSums)
    expect(outcome).toMatchObject({ result: 7, ran: 2, hits: 0 })
    const theirs = await other(twoSums)
    expect(await importReceipts(receipts, load, theirs.store, [store.issuer()])).toEqual({
      ok: true,
      value: { remembered: 2, known: 0, effects: 0, failures: 0, versions: 0, issuers: [store.issuer()] },
    })
    expect(shortly(await go(theirs.store, theirs.job))).toMatchObject({ result: 7, ran: 0, hits: 2 })
    const checked = await run(theirs.job, new Map(), { store: theirs.store, executor, check: 10 })
    expect(checked).toMatchObject({ ok: true, summary: { hits: 2, checked: 2 } })
    expect(await importReceipts(receipts, load, theirs.store, [store.issuer()])).toMatchObject({
      value: { remembered: 0, known: 2 },
    })
  })

  test('brings the blocks of large results, that are given on with whose receipts they are', async () => {
    const blob = (math: CID) => call(math, 'blob', [value(300_000), value(7)])
    const { store, receipts, load } = await computed(blob, bytesType)
    const theirs = await other(blob, bytesType)
    await importReceipts(receipts, load, theirs.store, [store.issuer()])
    const again = await go(theirs.store, theirs.job)
    expect(again).toMatchObject({ ok: true, summary: { ran: 0, hits: 1 } })
    if (!again.ok) return
    const onward = await bundleReceipts(theirs.store, again.summary.run, true)
    if (!onward.ok) throw new Error(onward.error.message)
    expect(onward.value.receipts).toEqual(receipts)
    const third = await other(blob, bytesType)
    const given = loadFromList(onward.value.blocks)
    expect((await importReceipts(receipts, given, third.store, [theirs.store.issuer()])).ok).toBe(false)
    expect((await importReceipts(receipts, given, third.store, [store.issuer()])).ok).toBe(true)
  })

  test('of somebody else takes nothing, and names them', async () => {
    const { store, receipts, load } = await computed(twoSums)
    const theirs = await other(twoSums)
    const refused = await importReceipts(receipts, load, theirs.store, [signerOf(newKey()).did])
    expect(refused).toMatchObject({
      ok: false,
      error: { code: 'untrusted', issuers: [store.issuer()], receipts: 2 },
    })
    expect(shortly(await go(theirs.store, theirs.job))).toMatchObject({ ran: 2, hits: 0 })
    expect(await loadFrom(theirs.store.blocks)(receipts[0]!)).toBeUndefined()
  })

  test('takes nothing where one of many is of somebody else', async () => {
    const { store, receipts, blocks, math } = await computed(twoSums)
    const theirs = await other(twoSums)
    const ran = instructionBlock({ rsc: `ipfs://${math}`, op: WASM_RUN, input: { func: 'half', args: [8] }, nnc: '' })
    const strange = await signed({ ran: ran.cid, out: ['ok', 4] })
    const all = [...receipts, strange.cid]
    const load = loadFromList([...blocks, ran, strange])
    expect(await importReceipts(all, load, theirs.store, [store.issuer()])).toMatchObject({
      error: { code: 'untrusted', receipts: 1 },
    })
    expect(await theirs.store.memo.get(ran.cid)).toBeUndefined()
    expect(shortly(await go(theirs.store, theirs.job))).toMatchObject({ ran: 2, hits: 0 })
  })

  test('of the own store needs no trust', async () => {
    const { store, receipts, load } = await computed(twoSums)
    expect(await importReceipts(receipts, load, store, [])).toMatchObject({ ok: true, value: { known: 2 } })
  })

  test('remembers neither failures nor effects, nor by another version', async () => {
    const by = signerOf(newKey())
    const { math, blocks } = await computed(twoSums)
    const runs = (input: IpldMap, op = WASM_RUN, rsc = `ipfs://${math}`) => block({ rsc, op, input, nnc: '' })
    const calls = [
      runs({ func: 'spin', args: [1] }),
      runs({ func: 'refuse', args: [1] }),
      runs({ args: ['https://example.com'] }, 'http/get', 'https:'),
      runs({ func: 'half', args: [2] }),
    ]
    const outs: Receipt['out'][] = [
      ['error', { kind: 'time', message: 'the time limit was reached' }],
      ['error', { kind: 'trap', message: 'the component trapped' }],
      ['ok', { status: 200 }],
      ['ok', 1],
    ]
    const made = await Promise.all(calls.map(({ cid }, i) => signed({ ran: cid, out: outs[i]! }, by)))
    // The last one as an older version would have written it.
    const envelope = decode(made[3]!.bytes)
    const payload = (envelope.ok ? (envelope.value as Ipld[])[1] : null) as IpldMap
    const receipt = payload['ipvm/receipt@0.1.0'] as IpldMap
    const old = await resigned({ ...receipt, meta: { ...(receipt['meta'] as IpldMap), semantics: SEMANTICS - 1 } }, by)
    const given = [...made.slice(0, 3), old]
    const { store } = await other(twoSums)
    const load = loadFromList([...blocks, ...calls, ...given])
    const imported = await importReceipts(
      given.map(({ cid }) => cid),
      load,
      store,
      [by.did],
    )
    expect(imported).toEqual({
      ok: true,
      value: { remembered: 0, known: 0, effects: 1, failures: 2, versions: 1, issuers: [] },
    })
    for (const { cid } of calls) expect(await store.memo.get(cid)).toBeUndefined()
    for (const { cid } of given) expect(await loadFrom(store.blocks)(cid)).toBeUndefined()
  })

  test('refuses what says something else than this store, or than another one', async () => {
    const by = signerOf(newKey())
    const { store, math, blocks } = await computed(twoSums)
    const ran = instructionBlock({ rsc: `ipfs://${math}`, op: WASM_RUN, input: { func: 'add', args: [1, 2] }, nnc: '' })
    const lie = await signed({ ran: ran.cid, out: ['ok', 4] }, by)
    const refused = await importReceipts([lie.cid], loadFromList([...blocks, ran, lie]), store, [by.did])
    expect(refused).toEqual({
      ok: false,
      error: {
        code: 'disagreement',
        message: `the receipt ${lie.cid} of ${by.did} says that ${ran.cid} came to something else than this store remembers`,
      },
    })
    const half = instructionBlock({ rsc: `ipfs://${math}`, op: WASM_RUN, input: { func: 'half', args: [8] }, nnc: '' })
    const [one, two] = [
      await signed({ ran: half.cid, out: ['ok', 4] }, by),
      await signed({ ran: half.cid, out: ['ok', 5] }, by),
    ]
    const both = await importReceipts([one.cid, two.cid], loadFromList([...blocks, half, one, two]), store, [by.did])
    expect(both).toMatchObject({ error: { code: 'disagreement', message: expect.stringContaining('another one') } })
    expect(await store.memo.get(half.cid)).toBeUndefined()
  })
})

async function resigned(receipt: IpldMap, by: Signer): Promise<Block> {
  const { sign } = await import('node:crypto')
  const payload = { h: Uint8Array.from([0x34, 1, 0xed, 1, 0xed, 1, 0x13, 0x71]), 'ipvm/receipt@0.1.0': receipt }
  return block([new Uint8Array(sign(null, encode(payload), by.key)), payload])
}

describe('a receipt is refused, though it is well signed,', () => {
  const by = signerOf(newKey())
  const small: Block = { cid: cidOf(Uint8Array.of(7, 7), 'raw'), bytes: Uint8Array.of(7, 7) }
  let math: CID
  let own: Block[]
  let large: Block[]
  beforeAll(async () => {
    const file = await importFile(component)
    math = file.cid
    own = file.blocks
    large = (await importFile(new Uint8Array(300_000))).blocks
  })
  const instruction = (func: string | undefined, args: Ipld[], more: IpldMap = {}): Block =>
    block({
      rsc: `ipfs://${math}`,
      op: WASM_RUN,
      input: func === undefined ? { args } : { func, args },
      nnc: '',
      ...more,
    })

  test.each<[string, () => Block, Ipld, string]>([
    ['whose result is of another type', () => instruction('add', [1, 2]), 'three', 'its result'],
    ['whose result is out of range', () => instruction('add', [1, 2]), 2 ** 31, 'its result'],
    [
      'whose result is a block that is not there',
      () => instruction('blob', [2000, 1]),
      cidOf(Uint8Array.of(1), 'raw'),
      'is missing',
    ],
    [
      'whose result is a block where it should be a number',
      () => instruction('add', [1, 2]),
      block(3).cid,
      'its result',
    ],
    [
      'whose result is a file where it should stand inline',
      () => instruction('blob', [2, 7]),
      small.cid,
      'its result does not stand',
    ],
    ['of a function that is not there', () => instruction('nothing', [1]), 1, 'exports no function `nothing`'],
    ['of too few arguments', () => instruction('add', [1]), 1, 'gives 1 arguments to `add`, which takes 2'],
    ['of no function', () => instruction(undefined, [1]), 1, 'is no call'],
    ['of a call with a nonce', () => instruction('half', [2], { nnc: '0'.repeat(24) }), 1, 'is no call'],
    ['of what awaits something', () => instruction('half', [{ 'await/ok': block(1).cid }]), 1, 'awaits something'],
    [
      'of a core operation',
      () => block({ rsc: 'ipvm:core', op: 'core/not', input: { args: [true] }, nnc: '' }),
      false,
      'core operations have none',
    ],
    ['of what is no instruction', () => block({ n: 1 }), 1, 'is not an instruction'],
  ])('%s', async (_, make, result, message) => {
    const ran = make()
    const receipt = await signed({ ran: ran.cid, out: ['ok', result] }, by)
    const load = loadFromList([...own, ran, receipt, block(3), small])
    const checked = await new ReceiptChecker(load).check(receipt.cid)
    expect(checked.ok ? 'accepted' : checked.error.message).toContain(message)
    const { store } = await other(twoSums)
    expect((await importReceipts([receipt.cid], load, store, [by.did])).ok).toBe(false)
    expect(await store.memo.get(ran.cid)).toBeUndefined()
  })

  test('whose instruction, or a part of whose result, is not there', async () => {
    const ran = instruction('blob', [300_000, 0])
    const receipt = await signed({ ran: ran.cid, out: ['ok', large.at(-1)!.cid] }, by)
    const message = async (blocks: Block[]) => {
      const checked = await new ReceiptChecker(loadFromList(blocks)).check(receipt.cid)
      return checked.ok ? 'accepted' : checked.error.message
    }
    expect(await message([...own, ran, receipt, ...large])).toBe('accepted')
    expect(await message([...own, receipt, ...large])).toContain(`its instruction: block ${ran.cid} is missing`)
    expect(await message([...own, ran, receipt, ...large.slice(1)])).toContain('is missing')
    expect(await message([...own, ran, ...large])).toContain(`block ${receipt.cid} is missing`)
  })

  test('or whose signature is by another', async () => {
    const ran = instruction('half', [8])
    const receipt = await signed({ ran: ran.cid, out: ['ok', 4] }, { ...signerOf(newKey()), did: by.did })
    const checked = await new ReceiptChecker(loadFromList([...own, ran, receipt])).check(receipt.cid)
    expect(checked.ok ? 'accepted' : checked.error.message).toContain('its signature is not by its issuer')
  })

  test('and memory and gas that nothing has needed are none', async () => {
    const ran = instruction('half', [8])
    const meta = { ms: 1, memory: -1, gas: 1, attempts: [], host: '' }
    const receipt = await signed({ ran: ran.cid, out: ['ok', 4], meta }, by)
    expect((await new ReceiptChecker(loadFromList([...own, ran, receipt])).check(receipt.cid)).ok).toBe(false)
  })
})

describe('an audit', () => {
  const never = new AbortController().signal

  async function audit(receipt: Partial<Receipt>, ran: Block, more: Block[] = [], semantics = SEMANTICS) {
    const made = await signed({ ...receipt, ran: ran.cid })
    const load = loadFromList([...(await importFile(component)).blocks, ran, made, ...more])
    const checked = await new ReceiptChecker(load).check(made.cid)
    if (!checked.ok) throw new Error(checked.error.message)
    const given = { ...checked.value, receipt: { ...checked.value.receipt, semantics } }
    const audited = await auditReceipt(given, load, executor, never)
    return audited.ok ? audited.value : audited.error.message
  }
  const instruction = async (func: string, args: Ipld[]): Promise<Block> =>
    instructionBlock({
      rsc: `ipfs://${(await importFile(component)).cid}`,
      op: WASM_RUN,
      input: { func, args },
      nnc: '',
    })

  test('computes again, and tells truth from lies', async () => {
    const half = await instruction('half', [8])
    expect(await audit({ out: ['ok', 4] }, half)).toBe(true)
    expect(await audit({ out: ['ok', 5] }, half)).toBe(false)
    const refuse = await instruction('refuse', [8])
    expect(await audit({ out: ['ok', 4] }, refuse)).toBe(false)
    expect(await audit({ out: ['error', { kind: 'trap', message: 'the component trapped' }] }, refuse)).toBe(true)
    expect(await audit({ out: ['error', { kind: 'trap', message: 'the component trapped' }] }, half)).toBe(false)
  })

  test('compares large results and takes arguments out of blocks', async () => {
    const file = await importFile(new Uint8Array(300_000).fill(9))
    const blob = await instruction('blob', [300_000, 9])
    expect(await audit({ out: ['ok', file.cid] }, blob, file.blocks)).toBe(true)
    const length = await instruction('length', [file.cid])
    expect(await audit({ out: ['ok', 300_000] }, length, file.blocks)).toBe(true)
    expect(await audit({ out: ['ok', 300_001] }, length, file.blocks)).toBe(false)
    expect(await audit({ out: ['ok', 300_000] }, length)).toBeUndefined()
  })

  test('says nothing of what depends on limits, and of effects', async () => {
    const half = await instruction('half', [8])
    for (const kind of ['time', 'memory', 'gas', 'stack', 'crash'] as const)
      expect(await audit({ out: ['error', { kind, message: '' }] }, half)).toBeUndefined()
    // Another version may have meant something else.
    expect(await audit({ out: ['ok', 5] }, half, [], SEMANTICS - 1)).toBeUndefined()
    expect(await audit({ out: ['ok', 4] }, half, [], SEMANTICS - 1)).toBe(true)
    const effect = block({ rsc: 'https:', op: 'http/get', input: { args: [] }, nnc: '' })
    expect(await audit({ out: ['ok', 1] }, effect)).toBeUndefined()
  })
})

test('a job that has run in a store with all of it comes to the same in one that has imported', async () => {
  const { store, receipts, blocks, root } = await computed(twoSums)
  const car = readCar(writeCar([root], blocks))
  if (!car.ok) throw new Error(car.error.message)
  const theirs = await other(twoSums)
  await putAll(theirs.store.blocks, [])
  await importReceipts(receipts, loadFromList(car.value.blocks), theirs.store, [store.issuer()])
  expect(shortly(await go(theirs.store, theirs.job))).toMatchObject({ result: 7, hits: 2 })
})
