import type { CID } from 'multiformats/cid'
import { readCar, type Car } from '../dag/car.ts'
import { readDebug, readDebugHead } from '../dag/debug.ts'
import type { DebugInfo } from '../dag/interface.ts'
import type { Load } from '../dag/load.ts'
import { fail, type Result } from '../dag/result.ts'
import { cliRows, complain } from './diagnostics.ts'
import type { Reply } from './output.ts'

/**
 * Whether bytes claim to be a CARv1: a varint and then the DAG-CBOR map that every header is. No source begins so:
 * 0xa2 does not begin a character.
 */
export function looksLikeCar(bytes: Uint8Array): boolean {
  const length = bytes.subarray(0, 4).findIndex(byte => byte < 0x80)
  return length >= 0 && bytes[length + 1] === 0xa2 && [0x65, 0x67].includes(bytes[length + 2] ?? 0)
}

/**
 * Whether bytes claim to be a token of UCAN: the DAG-CBOR of a list of a signature and a map that begins with `h`. No source
 * begins so: 0x82 does not begin a character.
 */
export function looksLikeToken(bytes: Uint8Array): boolean {
  const [list, map] = [Buffer.from('825840', 'hex'), Buffer.from('a26168', 'hex')]
  return Buffer.compare(bytes.subarray(0, 3), list) === 0 && Buffer.compare(bytes.subarray(67, 70), map) === 0
}

/** A compiled file, verified block for block. */
export function readCarFile(file: string, bytes: Uint8Array): Result<Car, Reply> {
  const car = readCar(bytes)
  if (car.ok) return car
  const { message } = car.error
  return fail(complain(cliRows.Damaged, `\`${file}\`: ${message}.`, { file }))
}

/** Names and places for a job, read when they are asked for. */
export type Debug = () => Promise<DebugInfo | undefined>

/** Which of these roots holds names and places for a job, if one does. */
export async function findDebug(job: CID, roots: CID[], load: Load): Promise<CID | undefined> {
  for (const root of roots) if ((await readDebugHead(root, load))?.job.equals(job)) return root
  return undefined
}

export function debugIn(root: CID | undefined, load: Load): Debug {
  let debug: Promise<DebugInfo | undefined> | undefined
  return async () => root && (debug ??= readDebug(root, load))
}

/**
 * Whether bytes claim to be a workflow of Homestar: a JSON object, as which no source begins, or the DAG-CBOR map that its
 * JSON-RPC takes.
 */
export function isWorkflow(path: string, bytes: Uint8Array): boolean {
  if (path.endsWith('.ipvm')) return false
  const text = Buffer.from(bytes.subarray(0, 64)).toString('latin1')
  return /^\s*\{/.test(text) || /^(\xa1etasks|\xa2dname)/.test(text) || /\.(json|cbor)$/.test(path)
}

/** By the name, else by the content: a source is text. */
export function isCompiled(path: string, bytes: Uint8Array): boolean {
  if (looksLikeCar(bytes) || path.endsWith('.car')) return true
  if (isWorkflow(path, bytes)) return false
  return !path.endsWith('.ipvm') && bytes.includes(0)
}
