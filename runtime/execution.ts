import type { CID } from 'multiformats/cid'
import { encode } from '../dag/codec.ts'
import type { FailureKind } from '../dag/failure.ts'
import type { DagError } from '../dag/interface.ts'
import type { Ipld } from '../dag/ipld.ts'
import type { Load } from '../dag/load.ts'
import { materialize, place } from '../dag/place.ts'
import { ok, type Result } from '../dag/result.ts'
import { readFile } from '../dag/unixfs.ts'
import { lower, type Value } from '../dag/value.ts'
import { Unfit, type RunBlocks } from './blocks.ts'
import { maxComponent, type WasmFunction } from './functions.ts'
import type { Receipt, WasmOutcome } from './interface.ts'
import { failure } from './wasm/failure.ts'

/** Failures that may be others at the next attempt. */
export const passing: ReadonlySet<FailureKind> = new Set(['time', 'crash'])

/** Whether two executions of one call may come to these; what depends on time or on the machine says nothing. */
export function agree(first: Receipt['out'], second: Receipt['out']): boolean {
  for (const out of [first, second]) if (out[0] === 'error' && passing.has(out[1].kind)) return true
  if (first[0] === 'error' || second[0] === 'error')
    return first[0] === 'error' && second[0] === 'error' && first[1].kind === second[1].kind
  return Buffer.compare(encode(first[1]), encode(second[1])) === 0
}

/** The arguments of a call, in the form that a component takes. */
export async function values({ params }: WasmFunction, args: Ipld[], load: Load): Promise<Result<Value[], DagError>> {
  const list: Value[] = []
  for (const [at, type] of params.entries()) {
    const value = await materialize(type, args[at]!, load, {}, `args[${at}]`)
    if (!value.ok) return value
    list.push(value.value)
  }
  return ok(list)
}

/** What a call came to, placed; its blocks are put first. */
export async function outOf(
  { result }: WasmFunction,
  outcome: WasmOutcome,
  blocks: Pick<RunBlocks, 'put'>,
  secret: boolean,
): Promise<Receipt['out']> {
  // Details may tell of the secret.
  if (!outcome.ok) return ['error', secret ? failure(outcome.failure.kind) : outcome.failure]
  const form = lower(result, outcome.value, 'result')
  // A component gives what its types say; a process in which it has taken over gives anything.
  if (!form.ok) return ['error', failure('crash', 'the worker gave what the function does not give')]
  const placed = await place(result, form.value)
  if (!placed.ok) return ['error', failure('value', `its result cannot be kept: ${placed.error.message}`)]
  // Before the receipt, so that whoever sees it finds them.
  await blocks.put(placed.value.blocks, secret)
  return ['ok', placed.value.value]
}

/** The bytes of a component, verified. Throws `Unfit` where there are none. */
export async function componentBytes(component: CID, load: Load): Promise<Uint8Array> {
  const bytes = await readFile(component, load, { maxBytes: maxComponent })
  if (!bytes.ok) throw new Unfit(bytes.error)
  return bytes.value
}
