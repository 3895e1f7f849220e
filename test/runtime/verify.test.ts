import { beforeAll, describe, expect, test } from 'vitest'
import { block, cidOf } from '../../dag/cid.ts'
import { encodeType } from '../../dag/types.ts'
import { loadFrom, putAll } from '../../runtime/blocks.ts'
import { memoryStore } from '../../runtime/store/open.ts'
import { verifyBlocks, verifyJob } from '../../runtime/verify.ts'
import { arithmetic } from './harness/arithmetic.ts'
import { call, core, jobOf, putFile, s32, value } from './harness/jobs.ts'

let component: Uint8Array
beforeAll(async () => {
  component = await arithmetic()
})

describe('a job', () => {
  test('is told of: its tasks, and what it calls', async () => {
    const store = memoryStore()
    const math = await putFile(store, component)
    const job = await jobOf(store, call(math, 'add', [call(math, 'half', [4]), 1]))
    expect(await verifyJob(job, loadFrom(store.blocks))).toEqual({
      ok: true,
      value: { job, tasks: 2, params: [], uses: [], components: [String(math)], absent: [], lacks: [] },
    })
  })

  test('whose component is not at hand is told of as far as it goes', async () => {
    const store = memoryStore()
    const math = cidOf(component, 'raw')
    const job = await jobOf(store, call(math, 'add', [1, 2]))
    expect(await verifyJob(job, loadFrom(store.blocks))).toMatchObject({ ok: true, value: { absent: [String(math)] } })
  })

  test('that calls what its component has not is refused', async () => {
    const store = memoryStore()
    const math = await putFile(store, component)
    for (const [func, args, message] of [
      ['nothing', [1], 'exports no function `nothing`'],
      ['add', [1], 'gives 1 arguments to `add`, which takes 2'],
    ] as const) {
      const job = await jobOf(store, call(math, func, [...args]))
      const verified = await verifyJob(job, loadFrom(store.blocks))
      expect(verified.ok ? 'taken' : verified.error.message).toContain(message)
    }
  })

  test('that is another than its normal form is refused, with that', async () => {
    const store = memoryStore()
    const math = await putFile(store, component)
    const sum = core('core/add', [1, 2, value(encodeType(s32))])
    const job = await jobOf(store, call(math, 'half', [sum]))
    const normal = await jobOf(store, call(math, 'half', [3]))
    expect(await verifyJob(job, loadFrom(store.blocks))).toEqual({
      ok: false,
      error: { code: 'job', message: `the job ${job} is not in its normal form, which is ${normal}` },
    })
  })

  test('of which a block is missing, or that is none, is refused', async () => {
    const store = memoryStore()
    const math = await putFile(store, component)
    const job = await jobOf(store, call(math, 'half', [4]))
    const empty = memoryStore()
    const root = { cid: job, bytes: (await loadFrom(store.blocks)(job))! }
    await putAll(empty.blocks, [root, block({ n: 1 })])
    expect((await verifyJob(job, loadFrom(empty.blocks))).ok).toBe(false)
    expect((await verifyJob(block({ n: 1 }).cid, loadFrom(empty.blocks))).ok).toBe(false)
  })

  test('names what it links to that is not at hand', async () => {
    const store = memoryStore()
    const lost = cidOf(Uint8Array.of(1), 'raw')
    const job = await jobOf(store, value(lost), { kind: 'link', target: { kind: 'list', element: { kind: 'u8' } } })
    expect(await verifyJob(job, loadFrom(store.blocks))).toMatchObject({ ok: true, value: { lacks: [lost] } })
  })
})

describe('blocks', () => {
  test.each<[string, Parameters<typeof cidOf>[1], Uint8Array]>([
    ['DAG-CBOR that is not canonical', 'dag-cbor', Uint8Array.of(0x18, 1)],
    ['DAG-PB that is none', 'dag-pb', Uint8Array.of(1, 2, 3)],
  ])('of %s are refused by their CIDs', async (_, codec, bytes) => {
    const cid = cidOf(bytes, codec)
    const sound = await verifyBlocks([block(1), { cid, bytes }])
    expect(sound.ok ? 'taken' : sound.error.message).toContain(`block ${cid}`)
  })

  test('of any bytes are taken where they are raw', async () => {
    expect(
      (await verifyBlocks([{ cid: cidOf(Uint8Array.of(0x18, 1), 'raw'), bytes: Uint8Array.of(0x18, 1) }])).ok,
    ).toBe(true)
  })
})
