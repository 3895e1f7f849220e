import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { readCar, writeCar } from '../../dag/car.ts'
import { block, cidOf } from '../../dag/cid.ts'
import { signerOf } from '../../runtime/did.ts'
import { signReceipt } from '../../runtime/receipt.ts'
import { newKey } from '../../runtime/store/key.ts'
import { folder, hello, ipvm, json, root } from './harness.ts'

/** A folder where the job has run, the file of its receipts, and who has signed them. */
let theirs: { cwd: string; run: string; file: string; did: string; car: string }
beforeAll(async () => {
  const cwd = folder()
  const ran = await json(['run', hello], { cwd })
  const { run } = ran.value.value
  const exported = await json(['export', run, '-o', 'r.car'], { cwd })
  const verified = await json(['verify', 'r.car'], { cwd })
  const built = await json(['build', hello, '-o', 'job.car'], { cwd })
  if (exported.code !== 0 || verified.code !== 0 || built.code !== 0)
    throw new Error(JSON.stringify([exported, verified]))
  const did = verified.value.value.issuers[0].iss
  theirs = { cwd, run, did, file: join(cwd, 'r.car'), car: join(cwd, 'job.car') }
})
const config = (...trust: string[]) => ({ 'ipvm.config.ts': `export default { trust: ${JSON.stringify(trust)} }\n` })
const message = ({ value }: { value: any }): string => value.diagnostics[0].message

describe('export', () => {
  test('writes the receipts of a run, and prints the CID of their list', async () => {
    const cwd = theirs.cwd
    const { code, out, err } = await ipvm(['export', theirs.run], { cwd })
    const file = `${theirs.run}.receipts.car`
    expect({ code, out, err }).toEqual({
      code: 0,
      out: expect.stringMatching(/^bafyrei\w+\n$/),
      err: expect.stringMatching(new RegExp(`^${file}: 1 receipt, \\d+ blocks, [\\d.]+ KiB\\n$`)),
    })
    expect(readFileSync(join(cwd, file))).toEqual(readFileSync(theirs.file))
    const piped = await ipvm(['export', theirs.run, '-o', '-'], { cwd })
    expect(piped.stdout).toEqual(readFileSync(theirs.file))
    const bare = await json(['export', theirs.run, '--no-bundle', '-o', 'bare.car'], { cwd })
    expect(bare).toMatchObject({ code: 0, value: { value: { receipts: 1, run: theirs.run, file: 'bare.car' } } })
    expect(readFileSync(join(cwd, 'bare.car')).length).toBeLessThan(readFileSync(theirs.file).length)
  })

  test('of no run, and of one that has computed nothing, is wrong usage', async () => {
    expect(await json(['export', 'ffff'], { cwd: theirs.cwd })).toMatchObject({ code: 2 })
    const cwd = folder({ 'job.ipvm': 'job main() -> u32 { 7 }\n' })
    const { value } = await json(['run', 'job.ipvm'], { cwd })
    const none = await json(['export', value.value.run], { cwd })
    expect([none.code, message(none)]).toEqual([2, expect.stringContaining('has no receipts')])
    expect((await json(['export', theirs.run, '-o', '-'], { cwd: theirs.cwd })).code).toBe(2)
  })
})

describe('import', () => {
  test('from an issuer that the configuration names gives hits', async () => {
    const cwd = folder(config(theirs.did))
    const imported = await json(['import', theirs.file], { cwd })
    expect(imported).toEqual({
      code: 0,
      err: '',
      value: {
        ok: true,
        value: {
          ...{ file: theirs.file, receipts: 1, remembered: 1, known: 0, effects: 0, failures: 0, versions: 0 },
          issuers: [theirs.did],
        },
      },
    })
    const ran = await json(['run', theirs.car], { cwd })
    expect(ran.value.value).toMatchObject({ result: 'Hello, World!', ran: 0, hits: 1 })
    const checked = await json(['run', theirs.car, '--check', '5'], { cwd })
    expect(checked.value.value).toMatchObject({ hits: 1, checked: 1 })
    const why = await ipvm(['why', 'hello.greet'], { cwd })
    expect(why.out).toContain(`by a receipt of ${theirs.did} that was imported`)
    expect((await json(['why', 'hello.greet'], { cwd })).value.value.tasks[0].reason).toEqual({
      kind: 'remembered',
      issuer: theirs.did,
    })
    const again = await ipvm(['import', theirs.file], { cwd })
    expect(again).toMatchObject({ code: 0, out: '', err: `${theirs.file}: 0 results are remembered; 1 known\n` })
  })

  test('from anybody else is refused, with who it is and the line that would trust them', async () => {
    const cwd = folder()
    const { code, out, err } = await ipvm(['import', theirs.file], { cwd })
    expect({ code, out, err }).toEqual({
      code: 4,
      out: '',
      err:
        `error: \`${theirs.file}\` holds 1 receipt of ${theirs.did}, who is not trusted here; nothing was taken. ` +
        `Whoever trusts them writes \`trust: ["${theirs.did}"]\` in \`ipvm.config.ts\`.\n`,
    })
    const ran = await json(['run', theirs.car], { cwd })
    expect(ran.value.value).toMatchObject({ ran: 1, hits: 0 })
    const other = folder(config(signerOf(newKey()).did))
    expect(await json(['import', theirs.file], { cwd: other })).toMatchObject({
      code: 4,
      value: { ok: false, diagnostics: [{ code: 'IPVM9014', file: theirs.file }] },
    })
  })

  test('of what was changed on the way is refused', async () => {
    const bytes = new Uint8Array(readFileSync(theirs.file))
    const cwd = folder({ ...config(theirs.did), 'bent.car': bytes.with(bytes.length - 9, bytes.at(-9)! ^ 1) })
    expect(await json(['import', 'bent.car'], { cwd })).toMatchObject({
      code: 3,
      value: { diagnostics: [{ code: 'IPVM9002' }] },
    })
    const car = readCar(bytes)
    if (!car.ok) throw new Error(car.error.message)
    // All blocks are what they should be, and one is missing.
    for (const gone of car.value.blocks.slice(1)) {
      writeFileSync(
        join(cwd, 'less.car'),
        writeCar(
          car.value.roots,
          car.value.blocks.filter(each => each !== gone),
        ),
      )
      expect((await json(['import', 'less.car'], { cwd })).code).toBe(3)
    }
    expect((await json(['run', theirs.car], { cwd })).value.value.hits).toBe(0)
  })

  test('of what holds no receipts is wrong usage', async () => {
    const cwd = folder(config(theirs.did))
    const refused = await json(['import', theirs.car], { cwd })
    expect([refused.code, message(refused)]).toEqual([2, expect.stringContaining('holds no receipts')])
    expect((await json(['import', 'none.car'], { cwd })).code).toBe(2)
    expect((await json(['import', hello], { cwd })).code).toBe(3)
  })

  test.each([
    ['"did:key:zzzz"', '`ipvm.config.ts`: `trust` holds "did:key:zzzz", which is no Ed25519 `did:key`.'],
    ['7', '`ipvm.config.ts`: `trust` holds 7, which is no Ed25519 `did:key`.'],
  ])('a configuration that trusts %s is wrong usage', async (text, expected) => {
    const cwd = folder({ 'ipvm.config.ts': `export default { trust: [${text}] }\n` })
    const { code, value } = await json(['import', theirs.file], { cwd })
    expect([code, value.diagnostics[0].message]).toEqual([2, expected])
  })
})

describe('verify', () => {
  test('tells of receipts who has signed them, and whether they are trusted', async () => {
    const own = await ipvm(['verify', 'r.car'], { cwd: theirs.cwd })
    expect(own.out).toMatch(
      /^1 receipt, \d+ blocks, all as they should be\n  1 receipt of did:key:\w+, the store itself\n$/,
    )
    const stranger = await ipvm(['verify', theirs.file], { cwd: folder() })
    expect([stranger.code, stranger.out]).toEqual([0, expect.stringContaining('who is not trusted here\n')])
    const trusting = await json(['verify', theirs.file], { cwd: folder(config(theirs.did)) })
    expect(trusting.value.value).toEqual({
      ...{ kind: 'receipts', receipts: 1, blocks: expect.any(Number), absent: [] },
      issuers: [{ iss: theirs.did, receipts: 1, trusted: true }],
    })
  })

  test('--audit computes again what they say, and finds a lie', async () => {
    const cwd = folder()
    const audited = await json(['verify', theirs.file, '--audit'], { cwd })
    expect(audited).toMatchObject({ code: 0, value: { value: { audited: 1 } } })
    expect(existsSync(join(cwd, '.ipvm'))).toBe(false)
    // The same instruction, and another result, well signed.
    const car = readCar(new Uint8Array(readFileSync(theirs.file)))
    if (!car.ok) throw new Error(car.error.message)
    const shown = await json(['show', theirs.run], { cwd: theirs.cwd })
    const ran = car.value.blocks.find(({ cid }) => String(cid) === shown.value.value.tasks[0].key)!.cid
    const meta = { ms: 1, memory: 65536, gas: 10, attempts: [], host: '' }
    const lie = await signReceipt({ ran, out: ['ok', 'Hello, Mars!'], meta }, signerOf(newKey()))
    const list = block({ 'ipvm/receipts': [lie.cid] })
    writeFileSync(join(cwd, 'lie.car'), writeCar([list.cid], [list, lie, ...car.value.blocks]))
    expect((await json(['verify', 'lie.car'], { cwd })).code).toBe(0)
    const found = await ipvm(['verify', 'lie.car', '--audit'], { cwd })
    expect(found).toMatchObject({ code: 1, out: '' })
    expect(found.err).toMatch(
      /^error: The receipt baf\w+ of did:key:\w+ is false: baf\w+ comes to something else here\.\n$/,
    )
    expect((await json(['verify', theirs.car, '--audit'], { cwd })).code).toBe(2)
  })

  test('tells of a compiled job what it is made of', async () => {
    const { code, out } = await ipvm(['verify', theirs.car], { cwd: folder() })
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringMatching(/^job baf\w+: 1 task, \d+ blocks, all as they should be\n$/),
    })
    const bare = folder()
    await json(['build', hello, '--no-bundle', '-o', 'bare.car', '--arg', 'name=x'], { cwd: bare })
    const { value } = await json(['verify', 'bare.car'], { cwd: bare })
    expect(value.value).toMatchObject({
      kind: 'job',
      params: [],
      absent: value.value.components,
      components: [expect.any(String)],
    })
  })

  test.each(['image/image.ipvm', 'wordcount/wordcount.ipvm', 'notify/notify.ipvm', 'numbers/numbers.ipvm'])(
    'finds nothing wrong with %s',
    async example => {
      const cwd = folder()
      const source = join(root, 'examples', example)
      const checked = await json(['check', source], { cwd })
      expect(checked.code).toBe(0)
      const jobs = [...readFileSync(source, 'utf8').matchAll(/^(?:export )?job ([\w-]+)/gm)].map(([, name]) => name!)
      for (const job of jobs) {
        await json(['build', source, '-j', job, '-o', 'job.car'], { cwd })
        expect(await json(['verify', 'job.car'], { cwd })).toMatchObject({
          code: 0,
          value: { value: { kind: 'job', absent: [] } },
        })
      }
    },
  )

  test('exits 3 for what is damaged, whichever block it is', async () => {
    const bytes = new Uint8Array(readFileSync(theirs.car))
    const cwd = folder()
    const verdict = async (content: Uint8Array) => {
      writeFileSync(join(cwd, 'bent.car'), content)
      return (await json(['verify', 'bent.car'], { cwd })).code
    }
    expect(await verdict(bytes)).toBe(0)
    for (const at of [5, 200, bytes.length >> 1, bytes.length - 1])
      expect(await verdict(bytes.with(at, bytes[at]! ^ 1))).toBe(3)
    expect(await verdict(bytes.slice(0, -1))).toBe(3)
    const car = readCar(bytes)
    if (!car.ok) throw new Error(car.error.message)
    const { roots, blocks } = car.value
    // A block that hashes to its CID and is not the canonical encoding of anything: {a: 1} with a long integer.
    const long = Uint8Array.of(0xa1, 0x61, 0x61, 0x18, 0x01)
    expect(await verdict(writeCar(roots, [...blocks, { cid: cidOf(long, 'dag-cbor'), bytes: long }]))).toBe(3)
    const broken = Uint8Array.of(1, 2, 3)
    expect(await verdict(writeCar(roots, [...blocks, { cid: cidOf(broken, 'dag-pb'), bytes: broken }]))).toBe(3)
    // An instruction is missing, and a root that tells nothing.
    for (const gone of blocks.filter(({ cid }) => !roots.some(root => root.equals(cid)) && cid.code === 0x71))
      expect(
        await verdict(
          writeCar(
            roots,
            blocks.filter(each => each !== gone),
          ),
        ),
      ).toBe(3)
    const stray = block({ n: 1 })
    expect(await verdict(writeCar([...roots, stray.cid], [...blocks, stray]))).toBe(3)
    expect(await verdict(writeCar([stray.cid], [stray]))).toBe(3)
  })

  test('takes one receipt alone, and a job or a receipt of the store', async () => {
    const shown = await json(['show', theirs.run], { cwd: theirs.cwd })
    const { receipt } = shown.value.value.tasks[0]
    const stored = await json(['verify', receipt], { cwd: theirs.cwd })
    expect(stored).toMatchObject({ code: 0, value: { value: { kind: 'receipts', receipts: 1 } } })
    const built = await json(['build', hello], { cwd: theirs.cwd })
    const job = await json(['verify', built.value.value.cid], { cwd: theirs.cwd })
    expect(job).toMatchObject({ code: 0, value: { value: { kind: 'job', tasks: 1 } } })
    const car = readCar(new Uint8Array(readFileSync(theirs.file)))
    if (!car.ok) throw new Error(car.error.message)
    const alone = Uint8Array.from(car.value.blocks.find(({ cid }) => String(cid) === receipt)!.bytes)
    const cwd = folder({ 'receipt.cbor': alone, 'bent.cbor': alone.with(40, alone[40]! ^ 1) })
    const signed = await ipvm(['verify', 'receipt.cbor'], { cwd })
    expect([signed.code, signed.out]).toEqual([
      0,
      expect.stringContaining(`signed by ${theirs.did}, who is not trusted here`),
    ])
    const bent = await ipvm(['verify', 'bent.cbor'], { cwd })
    expect([bent.code, bent.err]).toEqual([3, expect.stringContaining('its signature is not by its issuer')])
    const here = await json(['verify', join(cwd, 'receipt.cbor')], { cwd: theirs.cwd })
    expect(here.value.value).toMatchObject({ receipts: 1, issuers: [{ iss: theirs.did, trusted: true }] })
    expect((await json(['verify', receipt], { cwd })).code).toBe(2)
  })
})

test('what was imported goes with the next collection, unless a run has used it', async () => {
  const cwd = folder(config(theirs.did))
  await json(['import', theirs.file], { cwd })
  expect((await json(['gc'], { cwd })).value.value.forgotten).toBe(1)
  await json(['import', theirs.file], { cwd })
  await json(['run', theirs.car], { cwd })
  expect((await json(['gc'], { cwd })).value.value.forgotten).toBe(0)
  expect((await json(['run', theirs.car], { cwd })).value.value.hits).toBe(1)
})
