import type { Blockstore } from 'interface-blockstore'
import type { DagError } from '../dag/interface.ts'
import type { Ipld } from '../dag/ipld.ts'
import { isReservedInJson, toDagJson as writeDagJson } from '../dag/json.ts'
import { materialize } from '../dag/place.ts'
import { fail, ok, type Result } from '../dag/result.ts'
import type { Type } from '../dag/types.ts'
import { toIpld, type Value } from '../dag/value.ts'
import { loadFrom } from './blocks.ts'
import { StoreError, type StoreFailure } from './store/errors.ts'

/**
 * The whole value of a placed result: links that are not of type `link` are loaded and followed. Fails where a block is
 * missing or damaged.
 */
export async function readResult(
  blocks: Blockstore,
  type: Type,
  placed: Ipld,
): Promise<Result<Value, DagError | StoreFailure>> {
  try {
    return await materialize(type, placed, loadFrom(blocks))
  } catch (error) {
    if (error instanceof StoreError) return fail({ code: error.code, message: error.message })
    throw error
  }
}

/** A value as DAG-JSON text. Fails (`value`) on an `ipld` value that holds a map which DAG-JSON reserves. */
export function toDagJson(type: Type, value: Value): Result<string, DagError> {
  const form = toIpld(type, value)
  return isReservedInJson(form)
    ? fail({ code: 'value', message: 'a map whose first key is `/` cannot be written as DAG-JSON' })
    : ok(writeDagJson(form))
}
