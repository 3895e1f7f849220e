import type { CID } from 'multiformats/cid'
import type { CompiledAssert, CompiledTest, GivenOperation } from '../../compiler/interface.ts'
import { readDebug } from '../../dag/debug.ts'
import type { DebugInfo } from '../../dag/interface.ts'
import type { Ipld } from '../../dag/ipld.ts'
import { readList } from '../../dag/place.ts'
import { fail, ok, type Result } from '../../dag/result.ts'
import type { Type } from '../../dag/types.ts'
import type { Value } from '../../dag/value.ts'
import { loadFrom, putAll } from '../../runtime/blocks.ts'
import { memoryDisk } from '../../runtime/journal/memory.ts'
import { givenEffects, type Given } from '../../runtime/given.ts'
import type { Effects, Executor, Failure, Store } from '../../runtime/interface.ts'
import { readResult } from '../../runtime/result.ts'
import { run } from '../../runtime/run.ts'

/** What a test came to: it has passed where nothing is wrong. */
export interface TestReport {
  name: string
  file: string
  span: { start: number; end: number }
  ms: number
  faults: Fault[]
}

/** Why an `assert` does not hold. */
export type Fault = { at: CompiledAssert } & (
  | { kind: 'differs'; type: Type; left: Value; right: Value }
  | { kind: 'false' }
  /** What was to fail gave a value. */
  | { kind: 'succeeded'; type: Type; value: Value }
  | { kind: 'failed'; failure: Failure; site: DebugInfo['tasks'][number] | undefined }
  /** An effect that is not given. */
  | { kind: 'refused'; message: string }
)

export interface TestMeans {
  store: Store
  executor: Executor
  signal: AbortSignal
  memo: boolean
}

type Ended = TestReport | { stopped: true } | { error: string }

/** Runs one test: what is given first, then each of its promises. */
export async function runTest(test: CompiledTest, means: TestMeans): Promise<Ended> {
  const began = performance.now()
  const { store } = means
  await putAll(store.blocks, [...test.blocks, ...test.components])
  const { name, file, span } = test
  const faults: Fault[] = []
  const report = (): TestReport => ({ name, file, span, ms: performance.now() - began, faults })

  const given = await givenOf(test, means)
  if (!given.ok) {
    if (!('fault' in given.error)) return given.error
    faults.push(given.error.fault)
    return report()
  }
  for (const assert of test.asserts) {
    const tried = await attempt(assert.job, means, given.value)
    if ('stopped' in tried || 'error' in tried) return tried
    const fault = await judge(assert, tried, store)
    if (fault) faults.push(fault)
  }
  return report()
}

type Attempt =
  | { value: Ipld; type: Type }
  | { failure: Failure; origin: CID }
  | { refused: string }
  | { stopped: true }
  | { error: string }

async function attempt(job: CID, { store, executor, signal, memo }: TestMeans, effects: Effects): Promise<Attempt> {
  // What is given stands in for the world, so that there is nothing to recover.
  const outcome = await run(job, new Map(), { store, executor, signal, memo, effects, disk: memoryDisk() })
  if (outcome.ok) return { value: outcome.result, type: outcome.type }
  if ('failure' in outcome) return { failure: outcome.failure, origin: outcome.origin }
  if ('stopped' in outcome) return { stopped: true }
  if (!('error' in outcome)) throw new Error('what is given has an outcome')
  return outcome.error.code === 'effects' ? { refused: outcome.error.message } : { error: outcome.error.message }
}

async function judge(
  at: CompiledAssert,
  tried: Exclude<Attempt, { stopped: true } | { error: string }>,
  store: Store,
): Promise<Fault | undefined> {
  if ('refused' in tried) return { kind: 'refused', at, message: tried.refused }
  if ('failure' in tried) {
    if (at.kind === 'fails') return undefined
    return { kind: 'failed', at, failure: tried.failure, site: await siteOf(at.debug, tried.origin, store) }
  }
  const read = await readResult(store.blocks, tried.type, tried.value)
  if (!read.ok) return { kind: 'refused', at, message: read.error.message }
  const { value } = read
  switch (at.kind) {
    case 'performs':
      return undefined
    case 'fails':
      return { kind: 'succeeded', at, type: tried.type, value }
    case 'holds':
      return value === true ? undefined : { kind: 'false', at }
    case 'equal': {
      const [left, right, equal] = value as [Value, Value, boolean]
      const type = (tried.type as Extract<Type, { kind: 'tuple' }>).items[0]!
      return equal ? undefined : { kind: 'differs', at, type, left, right }
    }
  }
}

async function siteOf(debug: CID, task: CID, store: Store): Promise<DebugInfo['tasks'][number] | undefined> {
  const info = await readDebug(debug, loadFrom(store.blocks))
  return info?.tasks.find(entry => entry.task.equals(task))
}

/** Computes what is given; effects have no part in it. */
async function givenOf(
  test: CompiledTest,
  means: TestMeans,
): Promise<Result<Effects, { stopped: true } | { error: string } | { fault: Fault }>> {
  if (!test.given) return ok(givenEffects([]))
  const { job, debug, type, operations } = test.given
  const tried = await attempt(job, means, givenEffects([]))
  if ('stopped' in tried || 'error' in tried) return fail(tried)
  const { file, span, name } = test
  const at: CompiledAssert = { kind: 'performs', file, span, text: name, job, debug, type }
  if ('refused' in tried) return fail({ fault: { kind: 'refused', at, message: tried.refused } })
  if ('failure' in tried) {
    const site = await siteOf(debug, tried.origin, means.store)
    return fail({ fault: { kind: 'failed', at, failure: tried.failure, site } })
  }
  const entries = await givenEntries(tried.value, operations, means.store)
  return entries.ok ? ok(givenEffects(entries.value)) : fail({ error: entries.error })
}

/** The parts of the rows of a `given` job, each placed as an argument of the same value is. */
async function givenEntries(rows: Ipld, operations: GivenOperation[], store: Store): Promise<Result<Given[], string>> {
  const load = loadFrom(store.blocks)
  const list = await readList(rows, load)
  if (!list.ok) return fail(list.error.message)
  const entries: Given[] = []
  for (const [at, { op, any }] of operations.entries()) {
    const row = await readList(list.value[at]!, load)
    if (!row.ok) return fail(row.error.message)
    const args = any.map((wild, i) => (wild ? undefined : row.value[i]!))
    entries.push({ op, args, value: row.value[any.length]! })
  }
  return ok(entries)
}
