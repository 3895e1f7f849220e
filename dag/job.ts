import type { CID } from 'multiformats/cid'
import { block, verifyBlock } from './cid.ts'
import { decode } from './codec.ts'
import type { Load } from './load.ts'
import { isReservedKey } from './inline.ts'
import type { DagError, Instruction, Job, Limits, Parameter } from './interface.ts'
import { isLink, isMap, type Block, type Ipld, type IpldMap } from './ipld.ts'
import { readList, splitList } from './place.ts'
import { fail, ok, type Result } from './result.ts'
import { decodeType, encodeType } from './types.ts'

/** Version of the job format (docs/dag.md, Job). */
export const JOB_VERSION = '0.1.0'
export const PARAM = 'ipvm/param'
export const AWAIT_OK = 'await/ok'
export const CORE = 'ipvm:core'
export const WASM_RUN = 'wasm/run'

export function instructionBlock(instruction: Instruction): Block {
  const { func, args } = instruction.input
  return block({
    rsc: instruction.rsc,
    op: instruction.op,
    input: func === undefined ? { args } : { func, args },
    nnc: instruction.nnc,
  })
}

/** Reads an instruction; anything more or less than its fields is refused. */
export function decodeInstruction(bytes: Uint8Array): Result<Instruction, DagError> {
  const decoded = decode(bytes)
  if (!decoded.ok) return decoded
  const map = fieldsOf(decoded.value, ['rsc', 'op', 'input', 'nnc'])
  const input = map && inputOf(map['input']!)
  if (!input || typeof map['rsc'] !== 'string' || typeof map['op'] !== 'string' || typeof map['nnc'] !== 'string')
    return fail({ code: 'job', message: 'this block is not an instruction: it needs `rsc`, `op`, `input` and `nnc`' })
  return ok({ rsc: map['rsc'], op: map['op'], input, nnc: map['nnc'] })
}

function inputOf(value: Ipld): Instruction['input'] | undefined {
  if (!isMap(value) || !Array.isArray(value['args'])) return undefined
  const args = value['args']
  if (!Object.hasOwn(value, 'func')) return Object.keys(value).length === 1 ? { args } : undefined
  return Object.keys(value).length === 2 && typeof value['func'] === 'string'
    ? { func: value['func'], args }
    : undefined
}

/** What stands in a place of an argument: a parameter, a promise, or nothing of the kind. */
export type Hole = { kind: 'param'; name: string } | { kind: 'await'; key: string; task: CID }

export function holeOf(value: Ipld): Hole | undefined {
  if (!isMap(value)) return undefined
  const keys = Object.keys(value)
  const key = keys[0]
  if (keys.length !== 1 || key === undefined) return undefined
  const content = value[key]!
  if (key === PARAM && typeof content === 'string') return { kind: 'param', name: content }
  if (key === AWAIT_OK && isLink(content)) return { kind: 'await', key, task: content }
  return undefined
}

/** Whether a map poses as a promise or a parameter without being one that is understood. */
export function posesAsHole(value: Ipld): boolean {
  return isMap(value) && Object.keys(value).some(isReservedKey)
}

/** All holes of arguments or of a result's value, at any depth; the codec bounds the depth. */
export function* holesOf(value: Ipld): Generator<Hole> {
  const hole = holeOf(value)
  if (hole) yield hole
  else if (Array.isArray(value)) for (const item of value) yield* holesOf(item)
  else if (isMap(value)) for (const item of Object.values(value)) yield* holesOf(item)
}

/** The root block of a job, and the blocks of the lists that are too long for it. */
export async function jobBlocks(job: Job): Promise<Block[]> {
  const params = Object.fromEntries(
    [...job.params].map(([name, param]): [string, Ipld] => [
      name,
      { type: encodeType(param.type), ...(param.default === undefined ? {} : { default: param.default }) },
    ]),
  )
  const tasks = splitList(job.tasks)
  const commands = splitList(job.commands)
  const meta = splitList(job.meta.map(([task, limits]) => [task, { ...limits }]))
  const root = block({
    'ipvm/job': {
      v: JOB_VERSION,
      params,
      result: { type: encodeType(job.result.type), value: job.result.value },
      tasks: tasks.value,
      commands: commands.value,
      meta: meta.value,
      uses: job.uses,
    },
  })
  return [root, ...tasks.blocks, ...commands.blocks, ...meta.blocks]
}

/** Loads and checks the root of a job. Its instructions are not read here. */
export async function readJob(cid: CID, load: Load): Promise<Result<Job, DagError>> {
  const root = await loadValue(cid, load)
  if (!root.ok) return root
  const wrong = (what: string): Result<never, DagError> =>
    fail({ code: 'job', message: `${cid} is not a job that this version can read: ${what}` })

  if (!isMap(root.value) || Object.keys(root.value).length !== 1 || !Object.hasOwn(root.value, 'ipvm/job'))
    return wrong('it has no `ipvm/job`')
  const body = root.value['ipvm/job']!
  if (isMap(body) && body['v'] !== JOB_VERSION) return wrong(`its version is ${JSON.stringify(body['v'] ?? null)}`)
  const map = fieldsOf(body, ['v', 'params', 'result', 'tasks', 'commands', 'meta', 'uses'])
  if (!map) return wrong('a field is missing or unknown')

  const params = readParams(map['params']!)
  if (!params.ok) return wrong(params.error)
  const result = fieldsOf(map['result']!, ['type', 'value'])
  const type = result && decodeType(result['type']!)
  if (!type?.ok) return wrong('the type of its result is not a type')

  const lists: Ipld[][] = []
  for (const key of ['tasks', 'commands', 'meta'] as const) {
    const list = await readList(map[key]!, load)
    if (!list.ok) return list
    lists.push(list.value)
  }
  const [tasks, commands, entries] = lists as [Ipld[], Ipld[], Ipld[]]
  if (!tasks.every(isLink) || !commands.every(isLink)) return wrong('`tasks` and `commands` must be lists of links')
  const meta = entries.map(readLimits)
  if (!meta.every(entry => entry !== undefined)) return wrong('`meta` must be a list of pairs of a link and limits')
  // One order, so that one job has one root.
  const ordered = meta.every((entry, i) => i === 0 || Buffer.compare(meta[i - 1]![0].bytes, entry![0].bytes) <= 0)
  if (!ordered) return wrong('`meta` must be sorted by the bytes of its CIDs')
  const uses = map['uses']!
  if (!Array.isArray(uses) || !uses.every(use => typeof use === 'string'))
    return wrong('`uses` must be a list of names')
  return ok({
    params: params.value,
    result: { type: type.value, value: result!['value']! },
    tasks,
    commands,
    meta,
    uses,
  })
}

function readParams(value: Ipld): Result<Map<string, Parameter>, string> {
  if (!isMap(value)) return fail('`params` must be a map')
  const params = new Map<string, Parameter>()
  for (const [name, entry] of Object.entries(value)) {
    const map = fieldsOf(entry, ['type', 'default']) ?? fieldsOf(entry, ['type'])
    const type = map && decodeType(map['type']!)
    if (!type?.ok) return fail(`parameter ${JSON.stringify(name)} has no type`)
    params.set(name, { type: type.value, ...(Object.hasOwn(map!, 'default') ? { default: map!['default']! } : {}) })
  }
  return ok(params)
}

function readLimits(entry: Ipld): [CID, Limits] | undefined {
  if (!Array.isArray(entry) || entry.length !== 2 || !isLink(entry[0])) return undefined
  const map = fieldsOf(entry[1]!, ['time', 'memory', 'gas'])
  if (!map) return undefined
  const { time, memory, gas } = map
  const positive = (n: Ipld | undefined): n is number => typeof n === 'number' && n > 0
  return positive(time) && positive(memory) && positive(gas) ? [entry[0], { time, memory, gas }] : undefined
}

/** Where equal instructions carry different limits, the larger of each counts. */
export function mergeLimits(a: Limits, b: Limits = a): Limits {
  return {
    time: Math.max(a.time, b.time),
    memory: Math.max(a.memory, b.memory),
    gas: Math.max(a.gas, b.gas),
  }
}

/** Loads, verifies and decodes a DAG-CBOR block. */
export async function loadValue(cid: CID, load: Load): Promise<Result<Ipld, DagError>> {
  const bytes = await load(cid)
  if (!bytes) return fail({ code: 'missing', message: `block ${cid} is not in the store` })
  const verified = verifyBlock(cid, bytes)
  if (!verified.ok) return verified
  return decode(bytes)
}

/** The map, if it has just these fields. */
function fieldsOf(value: Ipld, names: string[]): IpldMap | undefined {
  if (!isMap(value) || Object.keys(value).length !== names.length) return undefined
  return names.every(name => Object.hasOwn(value, name)) ? value : undefined
}
