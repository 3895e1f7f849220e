import type { CID } from 'multiformats/cid'
import { cidOf, parseIpfsUrl } from '../../../dag/cid.ts'
import { decode, encode, isDeeper, maxDepth } from '../../../dag/codec.ts'
import { isLink, isMap, type Ipld, type IpldMap } from '../../../dag/ipld.ts'
import { WASM_RUN } from '../../../dag/job.ts'
import { parseDagJson } from '../../../dag/parse-json.ts'
import { fail, ok, type Result } from '../../../dag/result.ts'
import { fromIpld } from '../../../dag/value.ts'

/** A task of a workflow of Homestar, its form checked; its arguments are not typed yet. */
export interface WorkflowTask {
  /** Where it stands, for messages: `tasks[3]`. */
  at: string
  /** Of its instruction, as Homestar computes it. */
  cid: CID
  component: CID
  func: string
  args: Ipld[]
  /** Whether it has a nonce, which makes no difference to a pure function. */
  hasNonce: boolean
  /** Those that are given. */
  limits: { gas?: number; memory?: number; time?: number }
}

/** Bytes of the largest workflow that is read. */
export const maxWorkflow = 64 << 20
/** Most tasks of one. */
export const maxTasks = 100_000

/** Why something is no workflow that can be taken, as a sentence with its place. */
class Unreadable extends Error {}

/**
 * Reads a workflow of Homestar from strangers, DAG-JSON or DAG-CBOR: `{tasks}`, or `{name, workflow: {tasks}}` as its
 * JSON-RPC takes it. Anything that is not of its form is refused with its place, also what Homestar itself passes over.
 */
export function readWorkflow(bytes: Uint8Array): Result<WorkflowTask[], string> {
  if (bytes.length > maxWorkflow) return fail(`it has ${bytes.length} bytes; at most ${maxWorkflow} are read`)
  const isCbor = bytes[0] === 0xa1 || bytes[0] === 0xa2
  const parsed = isCbor ? fromCbor(bytes) : fromJson(bytes)
  if (!parsed.ok) return parsed
  if (isDeeper(parsed.value, maxDepth)) return fail(`it nests deeper than ${maxDepth}`)
  try {
    return ok(tasksOf(parsed.value))
  } catch (error) {
    if (error instanceof Unreadable) return fail(error.message)
    throw error
  }
}

function fromCbor(bytes: Uint8Array): Result<Ipld, string> {
  const value = decode(bytes, { size: maxWorkflow })
  return value.ok ? value : fail(value.error.message)
}

function fromJson(bytes: Uint8Array): Result<Ipld, string> {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return fail('it is not UTF-8')
  }
  const value = parseDagJson(text)
  return value.ok ? value : fail(`it is not DAG-JSON: ${value.error}`)
}

function tasksOf(root: Ipld): WorkflowTask[] {
  const isNamed = isMap(root) && Object.hasOwn(root, 'workflow')
  const outer = fieldsOf(root, 'the workflow', isNamed ? ['name', 'workflow'] : ['tasks'])
  if (isNamed && typeof outer['name'] !== 'string') throw new Unreadable('`name` is no text')
  const { tasks } = isNamed ? fieldsOf(outer['workflow']!, 'workflow', ['tasks']) : outer
  if (!Array.isArray(tasks)) throw new Unreadable('`tasks` is no list')
  if (tasks.length === 0) throw new Unreadable('it has no tasks')
  if (tasks.length > maxTasks) throw new Unreadable(`it has ${tasks.length} tasks; at most ${maxTasks} are read`)
  const seen = new Map<string, string>()
  return tasks.map((task, i) => {
    const read = taskOf(task, `tasks[${i}]`)
    const key = read.cid.toString()
    const before = seen.get(key)
    if (before !== undefined)
      throw new Unreadable(`${read.at}: is the same instruction as ${before}; Homestar takes none twice`)
    seen.set(key, read.at)
    return read
  })
}

function taskOf(value: Ipld, at: string): WorkflowTask {
  const { run, cause, meta, prf } = fieldsOf(value, at, ['run', 'cause', 'meta', 'prf'], ['cause'])
  if (cause !== undefined && cause !== null && !isLink(cause))
    throw new Unreadable(`${at}.cause: is neither null nor a link`)
  if (!Array.isArray(prf) || !prf.every(isLink)) throw new Unreadable(`${at}.prf: is no list of links`)
  if (isLink(run))
    throw new Unreadable(`${at}.run: is a link to an instruction; Homestar itself takes none but those written out`)
  const { rsc, op, input, nnc } = fieldsOf(run!, `${at}.run`, ['rsc', 'op', 'input', 'nnc'])
  if (op !== WASM_RUN) throw new Unreadable(`${at}.run.op: is ${shown(op!)}; only "wasm/run" is known`)
  const isNonce = typeof nnc === 'string' ? /^([0-9a-v]{20}|[0-9a-v]{26})?$/.test(nnc) : isNonceBytes(nnc!)
  if (!isNonce) throw new Unreadable(`${at}.run.nnc: is no nonce: "", 12 or 16 bytes, or these in base32hex`)
  const { func, args } = fieldsOf(input!, `${at}.run.input`, ['func', 'args'])
  if (typeof func !== 'string') throw new Unreadable(`${at}.run.input.func: is no text`)
  if (!Array.isArray(args)) throw new Unreadable(`${at}.run.input.args: is no list`)
  const fits = fromIpld({ kind: 'ipld' }, run!, `${at}.run`)
  if (!fits.ok) throw new Unreadable(`${fits.error.path}: ${fits.error.message}`)
  return {
    at,
    cid: cidOf(encode(run!), 'dag-cbor', 'sha3-256'),
    component: componentIn(rsc!, at),
    func,
    args,
    hasNonce: nnc !== '',
    limits: limitsIn(meta!, `${at}.meta`),
  }
}

function isNonceBytes(nnc: Ipld): boolean {
  return nnc instanceof Uint8Array && (nnc.length === 12 || nnc.length === 16)
}

function componentIn(rsc: Ipld, at: string): CID {
  if (typeof rsc !== 'string') throw new Unreadable(`${at}.run.rsc: is no text`)
  const url = parseIpfsUrl(rsc)
  if (!url.ok) throw new Unreadable(`${at}.run.rsc: ${url.error.message}`)
  const { cid, path } = url.value
  if (path.length > 0) throw new Unreadable(`${at}.run.rsc: leads into a folder; name the file itself by its CID`)
  if (rsc !== `ipfs://${cid}` || cid.version !== 1)
    throw new Unreadable(`${at}.run.rsc: is not written as ipfs://${cid.version === 0 ? cid.toV1() : cid}`)
  return cid
}

const limitNames = { fuel: 'gas', memory: 'memory', time: 'time' } as const

/** Numbers that are too large to be exact, as JavaScript writes the largest of 64 bits, are as good as no limit. */
function limitsIn(meta: Ipld, at: string): WorkflowTask['limits'] {
  const limits: WorkflowTask['limits'] = {}
  const names = Object.keys(limitNames) as (keyof typeof limitNames)[]
  const given = fieldsOf(meta, at, names, names)
  for (const name of names) {
    const value = given[name] ?? null
    if (value === null) continue
    if ((typeof value !== 'number' && typeof value !== 'bigint') || value <= 0)
      throw new Unreadable(`${at}.${name}: is no whole number above 0`)
    limits[limitNames[name]] = Math.min(Number(value), Number.MAX_SAFE_INTEGER)
  }
  return limits
}

/** The map, if it has these fields and no other. */
function fieldsOf(value: Ipld, at: string, names: string[], optional: string[] = []): IpldMap {
  if (!isMap(value)) throw new Unreadable(`${at}: is no map`)
  const unknown = Object.keys(value).find(name => !names.includes(name))
  if (unknown !== undefined) throw new Unreadable(`${at}: has the unknown field ${shown(unknown)}`)
  const missing = names.find(name => !Object.hasOwn(value, name) && !optional.includes(name))
  if (missing !== undefined) throw new Unreadable(`${at}: has no \`${missing}\``)
  return value
}

function shown(value: Ipld): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 64)) : 'no text'
}
