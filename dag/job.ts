import type { CID } from 'multiformats/cid'
import { block, verifyBlock } from './cid.ts'
import { decode, encode } from './codec.ts'
import type { Load } from './load.ts'
import { isReservedKey } from './inline.ts'
import type { BodyBlock, DagError, Instruction, Job, Limits, Parameter } from './interface.ts'
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
/** The effect that gives a secret away. */
export const DECLASSIFY = 'secret/declassify'

/** The effect that reads one. */
export const SECRET_GET = 'secret/get'

/** The operation of an effect, `http/get`, as people write it. */
export function operationName(op: string): string {
  return op === DECLASSIFY ? 'declassify' : op.replace('/', '.')
}

/** Bodies stand in each other at most so deep. */
export const maxBodyDepth = 1000
/** Most parameters of a body: what its operation hands in, and what it captures. */
const maxBodyParams = 1_000_000

/** Fields of `input` that are `undefined` are left out, as those that are absent. */
export function instructionBlock(instruction: Instruction): Block {
  return block(formOf(instruction))
}

function formOf({ rsc, op, input, nnc }: Instruction): Ipld {
  const { func, args, bodies, after, undo } = input
  const given: IpldMap = { args }
  if (func !== undefined) given['func'] = func
  if (bodies !== undefined) given['bodies'] = bodies
  if (after !== undefined) given['after'] = after
  if (undo !== undefined) given['undo'] = { body: undo.body, args: undo.args }
  return { rsc, op, input: given, nnc }
}

/**
 * Reads an instruction; anything more or less than its fields is refused, and so is what could be written in another
 * way: an empty `bodies` or `after`, an `after` that is not sorted, a nonce that no numbering gives.
 */
export function decodeInstruction(bytes: Uint8Array): Result<Instruction, DagError> {
  const decoded = decode(bytes)
  if (!decoded.ok) return decoded
  const map = fieldsOf(decoded.value, ['rsc', 'op', 'input', 'nnc'])
  if (!map) return wrongInstruction('it needs `rsc`, `op`, `input` and `nnc`, and nothing else')
  const { rsc, op, nnc } = map
  if (typeof rsc !== 'string' || typeof op !== 'string' || typeof nnc !== 'string')
    return wrongInstruction('`rsc`, `op` and `nnc` must be strings')
  if (nnc !== '' && !/^[0-9a-f]{24}$/.test(nnc)) return wrongInstruction('its `nnc` is not one that commands are given')
  const input = readInput(map['input']!, rsc, op)
  return input.ok ? ok({ rsc, op, input: input.value, nnc }) : wrongInstruction(input.error)
}

function wrongInstruction(what: string): Result<never, DagError> {
  return fail({ code: 'job', message: `this block is not an instruction: ${what}` })
}

const inputFields = ['args', 'func', 'bodies', 'after', 'undo']

function readInput(value: Ipld, rsc: string, op: string): Result<Instruction['input'], string> {
  if (!isMap(value) || !Array.isArray(value['args'])) return fail('its `input` needs a list `args`')
  for (const key in value) if (!inputFields.includes(key)) return fail('its `input` has an unknown field')
  const { args, func, bodies, after, undo } = value
  const input: Instruction['input'] = { args: args as Ipld[] }
  if (func !== undefined) {
    if (typeof func !== 'string') return fail('its `func` must be a string')
    input.func = func
  }
  if (bodies !== undefined) {
    if (rsc !== CORE) return fail('only core operations have `bodies`')
    if (!Array.isArray(bodies) || bodies.length === 0 || !bodies.every(isLink))
      return fail('its `bodies` must be a list of links with at least one')
    input.bodies = bodies
  }
  const isEffect = rsc !== CORE && op !== WASM_RUN
  if (after !== undefined) {
    if (!isEffect) return fail('only effects have `after`')
    if (!Array.isArray(after) || after.length === 0 || !isSorted(after.map(encode)))
      return fail('its `after` must be sorted by its encoding, each once, with at least one')
    input.after = after
  }
  if (undo !== undefined) {
    if (!isEffect) return fail('only effects have `undo`')
    const map = fieldsOf(undo, ['body', 'args'])
    if (!map || !isLink(map['body']) || !Array.isArray(map['args'])) return fail('its `undo` needs `body` and `args`')
    input.undo = { body: map['body'], args: map['args'] }
  }
  return ok(input)
}

/** What an effect comes after, as its instruction holds it: sorted by the encoding, each once. */
export function sortAfter(after: Ipld[]): Ipld[] {
  const encoded = after.map(value => ({ value, bytes: encode(value) })).sort((a, b) => Buffer.compare(a.bytes, b.bytes))
  return encoded
    .filter(({ bytes }, i) => i === 0 || Buffer.compare(encoded[i - 1]!.bytes, bytes) !== 0)
    .map(({ value }) => value)
}

/** Whether each is greater than the one before it. */
function isSorted(list: Uint8Array[]): boolean {
  return list.every((bytes, i) => i === 0 || Buffer.compare(list[i - 1]!, bytes) < 0)
}

/** The nonce of the nth of equal commands of one body, counted from 1. */
export function nonce(n: number): string {
  return n === 1 ? '' : Buffer.from(block(n).cid.multihash.digest.subarray(0, 12)).toString('hex')
}

/** The block of a body, and the blocks of the lists that are too long for it. */
export function bodyBlocks(body: BodyBlock): Block[] {
  const tasks = splitList(body.tasks)
  const commands = splitList(body.commands)
  const root = block({ params: body.params, tasks: tasks.value, value: body.value, commands: commands.value })
  return [root, ...tasks.blocks, ...commands.blocks]
}

/** Loads and checks the block of a body. Its instructions are not read here. */
export async function readBody(cid: CID, load: Load): Promise<Result<BodyBlock, DagError>> {
  const root = await loadValue(cid, load)
  if (!root.ok) return root
  const wrong = (what: string): Result<never, DagError> =>
    fail({ code: 'job', message: `${cid} is not a body that this version can read: ${what}` })
  const map = fieldsOf(root.value, ['params', 'tasks', 'value', 'commands'])
  if (!map) return wrong('a field is missing or unknown')
  const { params } = map
  if (typeof params !== 'number' || params < 0 || params > maxBodyParams)
    return wrong(`\`params\` must be a number up to ${maxBodyParams}`)
  const tasks = await readList(map['tasks']!, load)
  if (!tasks.ok) return tasks
  const commands = await readList(map['commands']!, load)
  if (!commands.ok) return commands
  const lists = readLinks(tasks.value, commands.value)
  return lists.ok ? ok({ params, value: map['value']!, ...lists.value }) : wrong(lists.error)
}

/** `tasks` and `commands` of a job or a body. */
function readLinks(tasks: Ipld[], commands: Ipld[]): Result<{ tasks: CID[]; commands: CID[] }, string> {
  if (!tasks.every(isLink) || !commands.every(isLink)) return fail('`tasks` and `commands` must be lists of links')
  // One order, so that one job has one root.
  if (!isSorted(commands.map(cid => cid.bytes))) return fail('`commands` must be sorted by their bytes, each once')
  return ok({ tasks, commands })
}

/**
 * What stands in a place of an argument: a parameter of the job, one of the body by its number, a promise, or nothing of
 * the kind.
 */
export type Hole =
  { kind: 'param'; name: string } | { kind: 'slot'; index: number } | { kind: 'await'; key: string; task: CID }

export function holeOf(value: Ipld): Hole | undefined {
  if (!isMap(value)) return undefined
  const keys = Object.keys(value)
  const key = keys[0]
  if (keys.length !== 1 || key === undefined) return undefined
  const content = value[key]!
  if (key === PARAM && typeof content === 'string') return { kind: 'param', name: content }
  if (key === PARAM && typeof content === 'number' && content >= 0) return { kind: 'slot', index: content }
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

/** Loads and checks the root of a job, and its lists. Its instructions are not read here. */
export async function readJob(cid: CID, load: Load): Promise<Result<Job, DagError>> {
  const root = await readRoot(cid, load)
  if (!root.ok) return root
  const { map, params, result, uses } = root.value
  const wrong = notJob(cid)
  const lists: Ipld[][] = []
  for (const key of ['tasks', 'commands', 'meta'] as const) {
    const list = await readList(map[key]!, load)
    if (!list.ok) return list
    lists.push(list.value)
  }
  const [tasks, commands, entries] = lists as [Ipld[], Ipld[], Ipld[]]
  const links = readLinks(tasks, commands)
  if (!links.ok) return wrong(links.error)
  const meta = entries.map(readLimits)
  if (!meta.every(entry => entry !== undefined)) return wrong('`meta` must be a list of pairs of a link and limits')
  // One order, so that one job has one root.
  const ordered = meta.every((entry, i) => i === 0 || Buffer.compare(meta[i - 1]![0].bytes, entry![0].bytes) <= 0)
  if (!ordered) return wrong('`meta` must be sorted by the bytes of its CIDs')
  return ok({
    params,
    result,
    ...links.value,
    meta,
    uses,
  })
}

/** What the root of a job alone tells: what it takes and gives, and which effects it performs. */
export type Head = Pick<Job, 'params' | 'result' | 'uses'>

export async function readHead(cid: CID, load: Load): Promise<Result<Head, DagError>> {
  const root = await readRoot(cid, load)
  if (!root.ok) return root
  const { params, result, uses } = root.value
  return ok({ params, result, uses })
}

function notJob(cid: CID): (what: string) => Result<never, DagError> {
  return what => fail({ code: 'job', message: `${cid} is not a job that this version can read: ${what}` })
}

async function readRoot(cid: CID, load: Load): Promise<Result<Head & { map: IpldMap }, DagError>> {
  const root = await loadValue(cid, load)
  if (!root.ok) return root
  const wrong = notJob(cid)
  if (!isMap(root.value) || Object.keys(root.value).length !== 1 || !Object.hasOwn(root.value, 'ipvm/job'))
    return wrong('it has no `ipvm/job`')
  const body = root.value['ipvm/job']!
  if (isMap(body) && body['v'] !== JOB_VERSION) return wrong(`its version is ${JSON.stringify(body['v'] ?? null)}`)
  const map = fieldsOf(body, ['v', 'params', 'result', 'tasks', 'commands', 'meta', 'uses'])
  if (!map) return wrong('a field is missing or unknown')
  const params = readParams(map['params']!)
  if (!params.ok) return wrong(params.error)
  const uses = map['uses']!
  if (!Array.isArray(uses) || !uses.every(use => typeof use === 'string'))
    return wrong('`uses` must be a list of names')
  if (!isSorted(uses.map(use => Buffer.from(use)))) return wrong('`uses` must be sorted, each once')
  const result = fieldsOf(map['result']!, ['type', 'value'])
  const type = result && decodeType(result['type']!)
  if (!type?.ok) return wrong('the type of its result is not a type')
  return ok({ map, params: params.value, result: { type: type.value, value: result!['value']! }, uses })
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
  const map = fieldsOf(entry[1]!, ['time', 'memory', 'gas', 'retry', 'check'])
  if (!map) return undefined
  const { time, memory, gas, retry, check } = map
  const positive = (n: Ipld | undefined): n is number => typeof n === 'number' && n > 0
  const count = (n: Ipld | undefined): n is number => typeof n === 'number' && n >= 0 && n <= maxCount
  return positive(time) && positive(memory) && positive(gas) && count(retry) && count(check)
    ? [entry[0], { time, memory, gas, retry, check }]
    : undefined
}

/** Most attempts and checks that limits may ask for. */
export const maxCount = 1000

/** Where equal instructions carry different limits, the larger of each counts. */
export function mergeLimits(a: Limits, b: Limits = a): Limits {
  return {
    time: Math.max(a.time, b.time),
    memory: Math.max(a.memory, b.memory),
    gas: Math.max(a.gas, b.gas),
    retry: Math.max(a.retry, b.retry),
    check: Math.max(a.check, b.check),
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
