import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { compile } from '../../compiler/compile.ts'
import { decompile } from '../../compiler/targets/homestar/decompile.ts'
import { toHomestar } from '../../compiler/targets/homestar/export.ts'
import { importWorkflow, signaturesOf, type Imported } from '../../compiler/targets/homestar/import.ts'
import { readWorkflow } from '../../compiler/targets/homestar/read.ts'
import { compareExport } from '../../compiler/targets/homestar/compare.ts'
import { cidOf } from '../../dag/cid.ts'
import { encode } from '../../dag/codec.ts'
import type { Ipld, IpldMap } from '../../dag/ipld.ts'
import { arithmetic } from '../runtime/harness/arithmetic.ts'
import { putFile } from '../runtime/harness/jobs.ts'
import { loadFrom, putAll } from '../../runtime/blocks.ts'
import { run as runJob } from '../../runtime/run.ts'
import { memoryStore } from '../../runtime/store/open.ts'
import { createLocalExecutor } from '../../runtime/wasm/pool.ts'
import { memoryHost } from '../harness/memory.ts'
import { makeJobs, type Job } from '../interop/homestar/jobs.ts'

const store = memoryStore()
const load = loadFrom(store.blocks)
let jobs: Job[]
beforeAll(async () => void (jobs = await makeJobs(store)))

async function imported(bytes: Uint8Array): Promise<Imported> {
  const tasks = readWorkflow(bytes)
  if (!tasks.ok) throw new Error(tasks.error)
  const made = await importWorkflow(tasks.value, load)
  if (!made.ok) throw new Error(made.error.message)
  await putAll(store.blocks, made.value.blocks)
  return made.value
}

describe('what was exported', () => {
  test('comes back as the same workflow, from JSON and from DAG-CBOR', async () => {
    for (const { name, job, signatures } of jobs) {
      const exported = await toHomestar(job, load, signatures)
      if (!exported.ok) throw new Error(`${name}: ${exported.error}`)
      for (const bytes of [Buffer.from(exported.value.json), exported.value.cbor]) {
        const back = await imported(bytes)
        const again = await toHomestar(back.job, load, signaturesOf(back))
        expect(again.ok && again.value.json, name).toBe(exported.value.json)
      }
    }
  })

  test('is decompiled to a source that compiles to the same workflow', async () => {
    for (const { name, job, signatures } of jobs) {
      const exported = await toHomestar(job, load, signatures)
      if (!exported.ok) throw new Error(`${name}: ${exported.error}`)
      const source = await decompile(await imported(exported.value.cbor), load)
      if (!source.ok) throw new Error(source.error)
      const host = { ...memoryHost({ 'main.ipvm': source.value }), readBlock: load }
      const compiled = await compile(host, 'main.ipvm')
      if (!compiled.ok) throw new Error(`${name}: ${JSON.stringify(compiled)}\n${source.value}`)
      await putAll(store.blocks, compiled.value.blocks)
      const again = await toHomestar(compiled.value.job, load, compiled.value.signatures)
      expect(again.ok && again.value.json, `${name}\n${source.value}`).toBe(exported.value.json)
    }
  })
})

describe('a workflow of others', () => {
  const wasm = 'ipfs://'
  let component: string
  beforeAll(async () => void (component = wasm + (await putFile(store, await arithmetic()))))
  const run = (func: string, args: unknown[], more = {}) => ({
    input: { args, func },
    nnc: '',
    op: 'wasm/run',
    rsc: component,
    ...more,
  })
  const task = (instruction: unknown, more = {}) => ({
    cause: null,
    meta: { memory: 1048576, time: 1000 },
    prf: [],
    run: instruction,
    ...more,
  })
  const cidOfRun = (instruction: unknown): string => `${cidOf(encode(instruction as Ipld), 'dag-cbor', 'sha3-256')}`
  const bytesOf = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value))

  test('may come in any order, named, with names of functions in another style, and keeps its CIDs', async () => {
    const first = run('add', [1, 2])
    const second = run('ADD', [{ 'await/ok': { '/': cidOfRun(first) } }, 3])
    const bytes = bytesOf({ name: 'mine', workflow: { tasks: [task(second), task(first), task(run('half', [8]))] } })
    const tasks = readWorkflow(bytes)
    if (!tasks.ok) throw new Error(tasks.error)
    const made = await imported(bytes)
    expect(await compareExport(tasks.value, made, load)).toEqual([])
    const source = await decompile(made, load)
    if (!source.ok) throw new Error(source.error)
    expect(source.value.replaceAll(component, 'COMPONENT')).toMatchSnapshot()
    const host = { ...memoryHost({ 'main.ipvm': source.value }), readBlock: load }
    const compiled = await compile(host, 'main.ipvm')
    expect(compiled.ok && compiled.value.job.toString()).toBe(made.job.toString())
    const executor = createLocalExecutor({ workers: 1 })
    const outcome = await runJob(made.job, new Map(), { store, executor })
    await executor.close()
    expect(outcome.ok && outcome.result).toEqual([6, 4])
  })

  test('may give the outcome of a task in place of a promise, as Homestar takes it', async () => {
    const [written, meant] = [run('add', [['ok', 1], 2]), run('add', [1, 2])]
    const jobs = await Promise.all([written, meant].map(made => imported(bytesOf({ tasks: [task(made)] }))))
    expect(jobs[0]!.job.toString()).toBe(jobs[1]!.job.toString())
  })

  test('is told what will have other CIDs', async () => {
    const nonced = run('add', [1, 2], { nnc: { '/': { bytes: 'oVI8XiFiec+c2XHS' } } })
    const link = cidOf(
      encode({ ...(nonced as IpldMap), nnc: new Uint8Array(Buffer.from('oVI8XiFiec+c2XHS', 'base64')) }),
      'dag-cbor',
      'sha3-256',
    )
    const bytes = bytesOf({
      tasks: [task(nonced), task(run('half', [{ 'await/ok': { '/': `${link}` } }])), task(run('length', [[1, 2, 3]]))],
    })
    const tasks = readWorkflow(bytes)
    if (!tasks.ok) throw new Error(tasks.error)
    expect((await compareExport(tasks.value, await imported(bytes), load)).map(({ task }) => task)).toEqual([
      'tasks[0]',
      'tasks[1]',
      'tasks[2]',
    ])
  })

  test.each<[string, (ok: ReturnType<typeof run>) => unknown]>([
    ['a list', () => []],
    ['no tasks', () => ({ tasks: [] })],
    ['another field', ok => ({ tasks: [task(ok)], more: 1 })],
    ['a name that is none', ok => ({ name: 1, workflow: { tasks: [task(ok)] } })],
    ['a task without meta', ok => ({ tasks: [{ run: ok, cause: null, prf: [] }] })],
    ['a task with more', ok => ({ tasks: [task(ok, { who: 'me' })] })],
    ['a cause that is none', ok => ({ tasks: [task(ok, { cause: 'x' })] })],
    ['proofs that are none', ok => ({ tasks: [task(ok, { prf: [1] })] })],
    ['a link to an instruction', () => ({ tasks: [task({ '/': cidOfRun(1) })] })],
    ['another operation', ok => ({ tasks: [task({ ...ok, op: 'http/get' })] })],
    ['a nonce that is none', ok => ({ tasks: [task({ ...ok, nnc: 'abc' })] })],
    ['no function', ok => ({ tasks: [task({ ...ok, input: { args: [] } })] })],
    ['a folder', ok => ({ tasks: [task({ ...ok, rsc: `${component}/x` })] })],
    ['another scheme', ok => ({ tasks: [task({ ...ok, rsc: 'https://a.example' })] })],
    [
      'another base',
      ok => ({ tasks: [task({ ...ok, rsc: 'ipfs://QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWKPbdG' })] }),
    ],
    ['no memory', ok => ({ tasks: [task(ok, { meta: { memory: 0 } })] })],
    ['a time that is none', ok => ({ tasks: [task(ok, { meta: { time: '1s' } })] })],
    ['a task twice', ok => ({ tasks: [task(ok), task(ok)] })],
    ['an integer that is too large', ok => ({ tasks: [task({ ...ok, input: { args: ['BIG', 1], func: 'add' } })] })],
    [
      'a component that is not here',
      ok => ({ tasks: [task({ ...ok, rsc: `ipfs://${cidOf(new Uint8Array(7), 'raw')}` })] }),
    ],
    ['a function that is not there', () => ({ tasks: [task(run('subtract', [1, 2]))] })],
    ['an argument too many', () => ({ tasks: [task(run('add', [1, 2, 3]))] })],
    ['an argument too few', () => ({ tasks: [task(run('add', [1]))] })],
    ['an argument of another type', () => ({ tasks: [task(run('add', [1, 'x']))] })],
    ['a number that does not fit', () => ({ tasks: [task(run('add', [1, 3_000_000_000]))] })],
    ['a float for an integer', () => ({ tasks: [task(run('add', [1, 1.5]))] })],
    ['a link for a number', () => ({ tasks: [task(run('add', [1, { '/': cidOfRun(1) }]))] })],
    ['a link inside', () => ({ tasks: [task(run('sum', [[{ '/': cidOfRun(1) }]]))] })],
    [
      'a promise of the failure',
      ok => ({ tasks: [task(ok), task(run('half', [{ 'await/error': { '/': cidOfRun(ok) } }]))] }),
    ],
    ['a map of one link', ok => ({ tasks: [task(ok), task(run('half', [{ x: { '/': cidOfRun(ok) } }]))] })],
    ['a promise of another workflow', () => ({ tasks: [task(run('half', [{ 'await/ok': { '/': cidOfRun(1) } }]))] })],
    [
      'a promise of another type',
      ok => ({ tasks: [task(ok), task(run('length', [{ 'await/ok': { '/': cidOfRun(ok) } }]))] }),
    ],
  ])('with %s is refused', async (_, make) => {
    const text = JSON.stringify(make(run('add', [1, 2]))).replace('"BIG"', '18446744073709551616')
    const tasks = readWorkflow(Buffer.from(text))
    const made = tasks.ok ? await importWorkflow(tasks.value, load) : undefined
    if (made?.ok) throw new Error('it was taken')
    const said = tasks.ok ? (made as { error: { message: string } }).error.message : tasks.error
    expect(said.replaceAll(component, 'COMPONENT')).toMatchSnapshot()
  })

  test.each([
    ['nothing', ''],
    ['half a value', '{"tasks": ['],
    ['bytes that are no text', Buffer.from([0x7b, 0xff])],
    ['a key twice', '{"tasks": [], "tasks": []}'],
    ['deep lists', `{"tasks": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['a reserved map', '{"tasks": {"/": 1}}'],
    ['CBOR that is not canonical', Buffer.from('a1657461736b739f00ff', 'hex')],
    ['CBOR that is cut off', Buffer.from('a1657461736b73', 'hex')],
    ['CBOR of a huge list', Buffer.from('a1657461736b739b00ffffffffffffff', 'hex')],
  ])('%s is refused', (_, text) => {
    const read = readWorkflow(typeof text === 'string' ? Buffer.from(text) : text)
    expect(!read.ok && read.error).toMatchSnapshot()
  })

  test('that is too large is refused before it is read', () => {
    const [large, many] = [new Uint8Array(2 ** 26 + 1), Buffer.from(`{"tasks":[${'1,'.repeat(100_000)}1]}`)]
    for (const bytes of [large, many]) {
      const read = readWorkflow(bytes)
      expect(!read.ok && read.error).toMatchSnapshot()
    }
  })

  test('that anybody has changed is refused or taken, and never an exception', { timeout: 60_000 }, async () => {
    const first = run('add', [1, 2])
    const second = run('both', [{ 'await/ok': { '/': cidOfRun(first) } }, 3])
    const json = JSON.stringify({ tasks: [task(first), task(second), task(run('sum', [[1, -2, 3]]))] })
    const exported = await toHomestar(
      (await imported(Buffer.from(json))).job,
      load,
      signaturesOf(await imported(Buffer.from(json))),
    )
    if (!exported.ok) throw new Error(exported.error)
    const parts = [
      'null',
      '-1',
      '1e999',
      '{}',
      '[]',
      '""',
      '{"/":"x"}',
      '{"/":{"bytes":"AA"}}',
      '9'.repeat(30),
      '"\\ud800"',
      '"__proto__"',
    ]
    const changed = fc.oneof(
      fc
        .tuple(fc.nat(json.length), fc.nat(20), fc.constantFrom(...parts))
        .map(([at, count, part]) => Buffer.from(json.slice(0, at) + part + json.slice(at + count))),
      fc
        .tuple(fc.nat(exported.value.cbor.length - 1), fc.nat(255))
        .map(([at, byte]) => Buffer.from(exported.value.cbor).fill(byte, at, at + 1)),
    )
    let taken = 0
    await fc.assert(
      fc.asyncProperty(changed, async bytes => {
        const tasks = readWorkflow(bytes)
        if (!tasks.ok) return void expect(tasks.error.length).toBeLessThan(500)
        const made = await importWorkflow(tasks.value, load)
        if (!made.ok) return void expect(made.error.message.length).toBeLessThan(1000)
        taken++
      }),
      { numRuns: 3000 },
    )
    expect(taken).toBeGreaterThan(20)
  })
})
