import type { CID } from 'multiformats/cid'
import { parseIpfsUrl } from '../dag/cid.ts'
import { readInterface } from '../dag/component/read.ts'
import { encode } from '../dag/codec.ts'
import type { FailureKind } from '../dag/failure.ts'
import type { Instruction } from '../dag/interface.ts'
import { isMap, type Ipld } from '../dag/ipld.ts'
import { decodeInstruction, holeOf, WASM_RUN } from '../dag/job.ts'
import { keyOfCid } from '../dag/links.ts'
import type { Load } from '../dag/load.ts'
import { findExport } from '../dag/component/find.ts'
import { readFile } from '../dag/unixfs.ts'
import { loadFrom } from './blocks.ts'
import { differences, type Difference } from './difference.ts'
import { maxComponent } from './functions.ts'
import type { Receipt, RunRecord, Store } from './interface.ts'
import { readReceipt, SEMANTICS } from './receipt.ts'

/** A task of a run, as its record and its receipt tell of it. */
export interface TaskRecord extends Receipt {
  run: string
  /** The instruction of the job; of a body, the resolved one. */
  task: CID
  hit: boolean
  receipt: CID
}

/** Why a task was executed, or was not. */
export type Reason =
  /** It was remembered: this run had executed it, or this issuer has signed it, of whom it was imported. */
  | { kind: 'remembered'; by: string | undefined; issuer?: string }
  /** What was remembered needs more than the task may have. */
  | { kind: 'limit' }
  /** Effects are not remembered from run to run. */
  | { kind: 'effect' }
  /** No earlier run has called this function. */
  | { kind: 'first' }
  /** Its key is another than that of the nearest task of an earlier run. */
  | { kind: 'changed'; before: TaskRecord; changes: Change[] }
  /** An earlier run had executed the same and failed; failures are not remembered. */
  | { kind: 'failed'; before: TaskRecord; failure: FailureKind }
  /** An earlier run had executed the same, by an older version of what instructions mean. */
  | { kind: 'semantics'; before: TaskRecord; version: number }
  /** An earlier run had executed the same, and it was not looked for or not there any more. */
  | { kind: 'again'; before: TaskRecord }

/** A field of the key that differs: the component, its function, or an argument. */
export type Change =
  | { field: 'component' | 'function'; before: string; after: string }
  | {
      field: 'argument'
      index: number
      /** Of the parameter, where the component is at hand. */
      name?: string
      differences: Difference[]
      /** Tasks whose results the argument takes, and that came to something else. */
      sources: Source[]
    }

/** A task whose result has changed. */
export interface Source {
  task: CID
  /** `wasm/run`, an effect, or a core operation. */
  op: string
  /** What has changed in its own key; none where it came to something else with the same key, or where it is not known. */
  changes: Change[]
  /** It was told of before. */
  again?: true
}

/** How much two tasks are one in the source, the second of an earlier run: 0 and up. */
export type Alike = (task: TaskRecord, before: TaskRecord) => Promise<number>

/** Earlier runs that are looked through for the nearest task. */
const maxRuns = 50
/** Tasks one above the other that are told of. */
const maxDepth = 50

/** Answers why tasks ran, from the records of a store. */
export class Inquiry {
  readonly #store: Store
  readonly #load: Load
  /** Newest first. */
  readonly #runs: readonly RunRecord[]
  readonly #records = new Map<string, Promise<TaskRecord[]>>()
  readonly #receipts = new Map<string, Receipt | undefined>()
  readonly #instructions = new Map<string, Promise<Instruction | undefined>>()
  readonly #names = new Map<string, Promise<string[]>>()
  readonly #byTask = new Map<string, Map<string, TaskRecord>>()
  /** Tasks that the answer has told of: what many take is told once. */
  readonly #told = new Set<string>()

  /** @param runs newest first */
  constructor(store: Store, runs: readonly RunRecord[]) {
    this.#store = store
    this.#load = loadFrom(store.blocks)
    this.#runs = runs
  }

  /** The tasks of a run whose receipts are there and can be read. */
  tasks(run: string): Promise<TaskRecord[]> {
    let records = this.#records.get(run)
    if (!records) this.#records.set(run, (records = this.#read(run)))
    return records
  }

  async #find(run: string, task: CID): Promise<TaskRecord | undefined> {
    let byTask = this.#byTask.get(run)
    if (!byTask) {
      byTask = new Map((await this.tasks(run)).map(record => [keyOfCid(record.task), record]))
      this.#byTask.set(run, byTask)
    }
    return byTask.get(keyOfCid(task))
  }

  async #read(run: string): Promise<TaskRecord[]> {
    const records: TaskRecord[] = []
    for (const { task, receipt, hit } of await this.#store.tasks(run)) {
      const key = keyOfCid(receipt)
      if (!this.#receipts.has(key)) this.#receipts.set(key, await this.#receipt(receipt))
      const read = this.#receipts.get(key)
      if (read) records.push({ run, task, hit, receipt, ...read })
    }
    return records
  }

  async #receipt(cid: CID): Promise<Receipt | undefined> {
    const bytes = await this.#load(cid)
    const read = bytes && readReceipt(bytes)
    if (!read?.ok) return undefined
    const { ran, out, meta } = read.value
    return { ran, out, meta }
  }

  /** @param alikeIn tells how much tasks of an earlier run are one with others in the source; by default not at all */
  async why(record: TaskRecord, alikeIn: (run: string) => Promise<Alike> = async () => async () => 0): Promise<Reason> {
    const { run, ran, hit, meta } = record
    if (hit && meta.attempts.length === 0) return { kind: 'limit' }
    const instruction = await this.instruction(ran)
    if (instruction && instruction.op !== WASM_RUN) return { kind: 'effect' }
    if (hit) return remembered(await this.#executedBy(record))
    const at = this.#runs.findIndex(other => other.run === run)
    const earlier = this.#runs.slice(at + 1, at + 1 + maxRuns)
    for (const { run: other } of earlier) {
      const same = (await this.tasks(other)).find(one => one.ran.equals(ran))
      if (same) return this.#again(same)
    }
    const before = await this.#nearest(record, instruction, earlier, alikeIn)
    this.#told.clear()
    if (!before) return { kind: 'first' }
    return { kind: 'changed', before, changes: await this.#changes(record, before, 0) }
  }

  /** The instruction of a block; undefined where it is gone. */
  instruction(cid: CID): Promise<Instruction | undefined> {
    const key = keyOfCid(cid)
    let instruction = this.#instructions.get(key)
    if (!instruction) this.#instructions.set(key, (instruction = this.#decode(cid)))
    return instruction
  }

  async #decode(cid: CID): Promise<Instruction | undefined> {
    const bytes = await this.#load(cid)
    const decoded = bytes && decodeInstruction(bytes)
    return decoded?.ok ? decoded.value : undefined
  }

  async #again(before: TaskRecord): Promise<Reason> {
    if (before.out[0] === 'error') return { kind: 'failed', before, failure: before.out[1].kind }
    const versions = await this.#store.memo.versions(before.ran)
    const old = versions.filter(version => version !== SEMANTICS)
    return old.length > 0 ? { kind: 'semantics', before, version: Math.max(...old) } : { kind: 'again', before }
  }

  async #executedBy({ run, ran, receipt }: TaskRecord): Promise<string | undefined> {
    const known = await this.#store.memo.get(ran)
    if (known && 'cid' in known.receipt && known.receipt.cid.equals(receipt)) return known.run
    const at = this.#runs.findIndex(other => other.run === run)
    for (const { run: other } of this.#runs.slice(at, at + maxRuns)) {
      const entries = await this.#store.tasks(other)
      if (entries.some(entry => !entry.hit && entry.receipt.equals(receipt))) return other
    }
    return undefined
  }

  /**
   * The task of earlier runs that is most like this one: by the source, by its function, by whether it has become another
   * since, by its component, by equal arguments; of several the newest.
   */
  async #nearest(
    record: TaskRecord,
    instruction: Instruction | undefined,
    earlier: readonly RunRecord[],
    alikeIn: (run: string) => Promise<Alike>,
  ): Promise<TaskRecord | undefined> {
    const args = instruction?.input.args.map(arg => encode(arg)) ?? []
    // What this run has as well has not become another.
    const kept = new Set((await this.tasks(record.run)).map(({ ran }) => keyOfCid(ran)))
    let nearest: TaskRecord | undefined
    let best = 0
    for (const { run } of earlier) {
      const alike = await alikeIn(run)
      for (const other of await this.tasks(run)) {
        const likeness = await alike(record, other)
        const candidate = await this.instruction(other.ran)
        if (!candidate || candidate.op !== WASM_RUN) continue
        const isSame = candidate.input.func === instruction?.input.func
        if (!isSame && likeness === 0) continue
        const equal = candidate.input.args.filter((arg, i) => args[i] && Buffer.compare(encode(arg), args[i]) === 0)
        const isSameComponent = candidate.rsc === instruction?.rsc
        const isGone = !kept.has(keyOfCid(other.ran))
        const fields = (isSame ? 1e5 : 0) + (isGone ? 1e4 : 0) + (isSameComponent ? 1e3 : 0)
        const score = likeness * 1e6 + fields + Math.min(equal.length, 999)
        if (score <= best) continue
        best = score
        nearest = other
      }
    }
    return nearest
  }

  /** The fields of two keys that differ. */
  async #changes(now: TaskRecord, before: TaskRecord, depth: number): Promise<Change[]> {
    const [is, was] = [await this.instruction(now.ran), await this.instruction(before.ran)]
    if (!is || !was) return []
    const changes: Change[] = []
    if (is.rsc !== was.rsc) changes.push({ field: 'component', before: was.rsc, after: is.rsc })
    const [func, oldFunc] = [is.input.func ?? '', was.input.func ?? '']
    if (func !== oldFunc) changes.push({ field: 'function', before: oldFunc, after: func })
    // Where the task stands in no body, its own instruction tells what an argument comes from.
    const [own, old] = [await this.instruction(now.task), await this.instruction(before.task)]
    const names = await this.#paramsOf(is)
    for (let index = 0; index < Math.max(is.input.args.length, was.input.args.length); index++) {
      const found = await this.#differences(was.input.args[index], is.input.args[index])
      if (found.length === 0) continue
      const places = { run: now.run, earlier: before.run, depth }
      const sources = await this.#sources(own?.input.args[index], old?.input.args[index], places)
      const name = names[index]
      changes.push({
        field: 'argument',
        index,
        ...(name === undefined ? {} : { name }),
        differences: found,
        sources,
      })
    }
    return changes
  }

  async #differences(before: Ipld | undefined, after: Ipld | undefined): Promise<Difference[]> {
    if (before !== undefined && after !== undefined) return differences(before, after, this.#load)
    return [{ path: '', ...(after === undefined ? { before: before! } : { after }) }]
  }

  /** Tasks that an argument awaits and that came to something else than those in the same place of an earlier run. */
  async #sources(now: Ipld | undefined, before: Ipld | undefined, places: Places): Promise<Source[]> {
    if (now === undefined || places.depth > maxDepth) return []
    const hole = holeOf(now)
    if (hole?.kind === 'await') {
      const old = before === undefined ? undefined : holeOf(before)
      return this.#source(hole.task, old?.kind === 'await' ? old.task : undefined, places)
    }
    const sources: Source[] = []
    const each = async (value: Ipld, old: Ipld | undefined): Promise<void> => {
      for (const source of await this.#sources(value, old, places)) sources.push(source)
    }
    if (Array.isArray(now))
      for (const [i, item] of now.entries()) await each(item, Array.isArray(before) ? before[i] : undefined)
    else if (isMap(now))
      for (const [key, item] of Object.entries(now))
        await each(item, before !== undefined && isMap(before) && Object.hasOwn(before, key) ? before[key] : undefined)
    return sources
  }

  async #source(task: CID, before: CID | undefined, places: Places): Promise<Source[]> {
    const instruction = await this.instruction(task)
    if (!instruction) return []
    const { op, input } = instruction
    const deeper = { ...places, depth: places.depth + 1 }
    const record = await this.#find(places.run, task)
    if (record) {
      const old = before && (await this.#find(places.earlier, before))
      if (old && Buffer.compare(encode(outOf(record)), encode(outOf(old))) === 0) return []
      if (this.#told.has(keyOfCid(task))) return [{ task, op, changes: [], again: true }]
      this.#told.add(keyOfCid(task))
      return [{ task, op, changes: old ? await this.#changes(record, old, deeper.depth) : [] }]
    }
    // A core operation has no record; what it was made from has.
    if (this.#told.has(keyOfCid(task))) return []
    this.#told.add(keyOfCid(task))
    const was = before && (await this.instruction(before))
    const sources: Source[] = []
    for (const [i, arg] of input.args.entries())
      for (const source of await this.#sources(arg, was?.input.args[i], deeper)) sources.push(source)
    return sources
  }

  /** Names of the parameters of the function that is called; none where its component is not at hand. */
  #paramsOf({ rsc, input }: Instruction): Promise<string[]> {
    const key = `${rsc} ${input.func}`
    let names = this.#names.get(key)
    if (!names) this.#names.set(key, (names = this.#readParams(rsc, input.func ?? '')))
    return names
  }

  async #readParams(rsc: string, func: string): Promise<string[]> {
    const url = parseIpfsUrl(rsc)
    if (!url.ok) return []
    const bytes = await readFile(url.value.cid, this.#load, { maxBytes: maxComponent })
    const read = bytes.ok ? readInterface(bytes.value) : undefined
    const found = read?.ok ? findExport(read.value.interface.functions, func) : undefined
    return found?.params.map(({ name }) => name) ?? []
  }
}

/** Two runs that are compared, and how far above the task that was asked for. */
interface Places {
  run: string
  earlier: string
  depth: number
}

function outOf({ out }: TaskRecord): Ipld {
  return out[0] === 'ok' ? ['ok', out[1]] : ['error', out[1].kind]
}

/** @param by a run, or the `did:key` of who has signed what was imported */
function remembered(by: string | undefined): Reason {
  return by?.startsWith('did:') ? { kind: 'remembered', by: undefined, issuer: by } : { kind: 'remembered', by }
}
