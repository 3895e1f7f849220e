import fc from 'fast-check'
import type { CID } from 'multiformats/cid'
import { checkFile } from '../../../compiler/check.ts'
import { compile } from '../../../compiler/compile.ts'
import type { Signatures } from '../../../compiler/interface.ts'
import { checkResultType, toHomestarValue } from '../../../compiler/targets/homestar/values.ts'
import { readInterface } from '../../../dag/component/read.ts'
import type { Operand, Task } from '../../../dag/graph.ts'
import { place } from '../../../dag/place.ts'
import { bytes, type Type } from '../../../dag/types.ts'
import { toIpld, type Value } from '../../../dag/value.ts'
import { putAll } from '../../../runtime/blocks.ts'
import type { Store } from '../../../runtime/interface.ts'
import { type as anyType, valueOf } from '../../dag/arbitrary.ts'
import { diskHost } from '../../harness/run.ts'
import { arithmetic } from '../../runtime/harness/arithmetic.ts'
import { awaited, call, jobOf, list, putFile } from '../../runtime/harness/jobs.ts'
import { echoes } from '../../runtime/wasm/echo.ts'
import { wat } from '../../runtime/wasm/harness.ts'

/** A job whose blocks and components are in the store. */
export interface Job {
  name: string
  job: CID
  signatures: Signatures
}

const root = new URL('../../../', import.meta.url).pathname
const of = (
  kind: 'bool' | 'u8' | 'u16' | 'u32' | 'u64' | 's8' | 's16' | 's32' | 's64' | 'f64' | 'char' | 'string',
): Type => ({
  kind,
})
const listOf = (element: Type): Type => ({ kind: 'list', element })
const option = (some: Type): Type => ({ kind: 'option', some })
const result = (ok: Type, error: Type): Type => ({ kind: 'result', ok, error })
const unit: Type = { kind: 'unit' }
const record = (fields: Record<string, Type>): Type => ({
  kind: 'record',
  fields: Object.entries(fields).map(([name, type]) => ({ name, type })),
})

/** One of each kind of value, and those that stand in each other in a way of their own. */
const kinds: Type[] = [
  ...(['bool', 'u8', 'u16', 'u32', 'u64', 's8', 's16', 's32', 's64', 'f64', 'char', 'string'] as const).map(of),
  bytes,
  listOf(of('u64')),
  listOf(of('string')),
  listOf(of('f64')),
  listOf(bytes),
  { kind: 'tuple', items: [of('string'), of('u64'), of('f64')] },
  record({ 'first-name': of('string'), age: of('u8'), tags: listOf(of('string')) }),
  {
    kind: 'variant',
    cases: [{ name: 'empty' }, { name: 'circle', type: of('f64') }, { name: 'label', type: of('string') }],
  },
  { kind: 'enum', cases: ['red', 'green', 'dark-blue'] },
  { kind: 'flags', flags: ['write', 'read', 'execute'] },
  option(of('u32')),
  option(of('string')),
  option(listOf(of('u8'))),
  result(of('u32'), of('string')),
  result(unit, of('u8')),
  result(of('u8'), unit),
  result(unit, unit),
  listOf(option(record({ at: of('s64'), kind: { kind: 'enum', cases: ['a', 'b'] } }))),
  option(record({ inner: option(of('string')), outcome: result(listOf(of('s16')), of('char')) })),
  record({ shape: { kind: 'variant', cases: [{ name: 'some', type: option(of('u8')) }, { name: 'none' }] } }),
]

/** Drawn values, the same each time. */
function draw<T>(arbitrary: fc.Arbitrary<T>, count: number, seed: number): T[] {
  return fc.sample(arbitrary, { numRuns: count, seed })
}

/** Types of which a component can give back values, and Homestar too. */
function isSayable(type: Type): boolean {
  try {
    checkResultType(type, 'echo')
    return isWit(type)
  } catch {
    return false
  }
}

/** Whether WIT has it: names that are none, and what it has no word for, are left out. */
function isWit(type: Type): boolean {
  switch (type.kind) {
    case 'ipld':
    case 'link':
    case 'secret':
    case 'unit':
    case 'f32':
      return false
    case 'list':
      return isWit(type.element)
    case 'option':
      return isWit(type.some)
    case 'tuple':
      return type.items.length > 0 && type.items.every(isWit)
    case 'result':
      return [type.ok, type.error].every(part => part.kind === 'unit' || isWit(part))
    case 'record':
      return type.fields.length > 0 && type.fields.every(({ name, type }) => isName(name) && isWit(type))
    case 'variant':
      return type.cases.every(({ name, type }) => isName(name) && (!type || isWit(type)))
    case 'enum':
      return type.cases.every(isName)
    case 'flags':
      return type.flags.length > 0 && type.flags.every(isName)
    default:
      return true
  }
}

const isName = (name: string): boolean => /^[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*$/.test(name)

function isSaid(type: Type, value: Value): boolean {
  try {
    toHomestarValue(type, toIpld(type, value))
    return true
  } catch {
    return false
  }
}

/** Of each type a job: values that go through a function, and what comes of it through it again, and their bytes. */
async function echoJobs(store: Store, types: Type[], count: number, what: string): Promise<Job[]> {
  const jobs: Job[] = []
  for (const [i, type] of types.entries()) {
    const values = draw(valueOf(type), count * 3, i + 1).filter(value => isSaid(type, value))
    jobs.push(await echoJob(store, type, values.slice(0, count), `${what} ${i}: ${type.kind}`))
  }
  return jobs
}

async function echoJob(store: Store, type: Type, values: Value[], name: string): Promise<Job> {
  const component = await wat(echoes([type], 'utf8', true))
  const cid = await putFile(store, component)
  const tasks: Task[] = []
  for (const value of values) {
    const given = await operand(store, type, value)
    const echoed = call(cid, 'echo0', [given])
    tasks.push(echoed, call(cid, 'echo0', [echoed]), call(cid, 'dump0', [given]))
  }
  const items = tasks.map(({ func }) => (func === 'dump0' ? bytes : type))
  const job = await jobOf(store, list(...tasks.map(awaited)), { kind: 'tuple', items })
  return { name, job, signatures: await signaturesOf(cid, component) }
}

async function operand(store: Store, type: Type, value: Value): Promise<Operand> {
  const placed = await place(type, toIpld(type, value))
  if (!placed.ok) throw new Error(placed.error.message)
  await putAll(store.blocks, placed.value.blocks)
  return { kind: 'value', value: placed.value.value }
}

async function signaturesOf(cid: CID, component: Uint8Array): Promise<Signatures> {
  const read = readInterface(component)
  if (!read.ok) throw new Error(read.error.message)
  const { functions } = read.value.interface
  return (rsc, func) => {
    const found = rsc === `ipfs://${cid}` ? functions.find(({ name }) => name === func) : undefined
    return found && { params: found.params.map(({ type }) => type), result: found.result, core: false }
  }
}

/** A chain, a fan, layers of sums, and a file that is asked for by its CID. */
async function shapeJobs(store: Store): Promise<Job[]> {
  const component = await arithmetic()
  const cid = await putFile(store, component)
  const signatures = await signaturesOf(cid, component)
  let chain = call(cid, 'add', [1, 2])
  for (let i = 0; i < 30; i++) chain = call(cid, 'add', [chain, i])
  const fan = Array.from({ length: 30 }, (_, i) => call(cid, 'half', [i * 2]))
  let layer = Array.from({ length: 8 }, (_, i) => call(cid, 'add', [i, 100]))
  for (let depth = 0; depth < 6; depth++)
    layer = layer.map((task, i) => call(cid, 'add', [task, layer[(i + 1) % layer.length]!]))
  const file = new Uint8Array(700_000).map((_, i) => i * 7 + (i >> 8))
  const long = await operand(store, bytes, file)
  const blob = call(cid, 'blob', [300_000, 7])
  const jobs: [string, Task[]][] = [
    ['chain', [chain]],
    ['fan', fan],
    ['layers', layer],
    ['files', [call(cid, 'length', [long]), blob, call(cid, 'length', [blob])]],
  ]
  return Promise.all(
    jobs.map(async ([name, tasks]) => {
      const types = tasks.map(({ func }): Type => (func === 'blob' ? bytes : { kind: 's32' }))
      return { name, job: await jobOf(store, list(...tasks.map(awaited)), { kind: 'tuple', items: types }), signatures }
    }),
  )
}

/** The jobs of sources that can be exported. */
async function sourceJobs(store: Store): Promise<Job[]> {
  const jobs: Job[] = []
  const file = `${root}test/interop/homestar/words.ipvm`
  const host = diskHost()
  const { module } = await checkFile(host, file)
  if (!module) throw new Error(`${file} cannot be read`)
  for (const name of module.jobs.keys()) {
    const compiled = await compile(host, file, { job: name })
    if (!compiled.ok) throw new Error(`${file}: ${name} does not compile`)
    const { job, blocks, components, signatures } = compiled.value
    await putAll(store.blocks, [...blocks, ...components])
    jobs.push({ name: `words.ipvm ${name}`, job, signatures })
  }
  return jobs
}

/** Texts that Homestar makes something else of where a task gives them, but not where one is given them. */
const texts = ['null', 'ok', '', 'bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e']

export async function makeJobs(store: Store): Promise<Job[]> {
  const drawn = draw(anyType, 4000, 7).filter(isSayable).slice(0, 40)
  return [
    ...(await echoJobs(store, kinds, 8, 'kind')),
    ...(await echoJobs(store, drawn, 3, 'drawn')),
    await echoJob(store, of('string'), texts, 'texts'),
    ...(await shapeJobs(store)),
    ...(await sourceJobs(store)),
  ]
}
