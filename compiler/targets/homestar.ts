import type { CID } from 'multiformats/cid'
import { bind } from '../../dag/bind.ts'
import { cidOf, DAG_CBOR, parseCid } from '../../dag/cid.ts'
import { encode } from '../../dag/codec.ts'
import type { Instruction, Limits } from '../../dag/interface.ts'
import { isLink, type Ipld, type IpldMap } from '../../dag/ipld.ts'
import { CORE, decodeInstruction, holeOf, loadValue, readJob } from '../../dag/job.ts'
import { toDagJson } from '../../dag/json.ts'
import type { Load } from '../../dag/load.ts'
import { readList } from '../../dag/place.ts'
import { fail, ok, type Result } from '../../dag/result.ts'
import { isBytes, type Type } from '../../dag/types.ts'
import { isWrapped } from '../../dag/value.ts'

export interface HomestarWorkflow {
  /** The workflow as Homestar reads it, DAG-JSON. */
  json: string
  /** CIDs of the instructions as Homestar computes them (DAG-CBOR, sha3-256), in the order of the tasks. */
  instructions: CID[]
}

/** The parameter types of a function, by `rsc` and `func` of an instruction. */
export type Signatures = (rsc: string, func: string) => Type[] | undefined

/**
 * A job as a Homestar workflow: each Wasm task an instruction, promises by the sha3-256 CID of the instruction.
 * Parameters get their defaults. What Homestar cannot say is an error that names it.
 */
export async function toHomestar(
  template: CID,
  blocks: Load,
  signatures: Signatures,
): Promise<Result<HomestarWorkflow, string>> {
  const bound = await bind(template, new Map(), blocks)
  if (!bound.ok) return fail(`Homestar has no parameters, and ${bound.error.message}.`)
  const { job } = bound.value
  const fresh = new Map(bound.value.blocks.map(({ cid, bytes }) => [cid.toString(), bytes]))
  const load: Load = async cid => fresh.get(cid.toString()) ?? blocks(cid)
  const read = await readJob(job, load)
  if (!read.ok) return fail(read.error.message)
  const { tasks, meta, result } = read.value
  const limits = new Map(meta.map(([cid, entry]) => [cid.toString(), entry]))
  const exporter = new Exporter(load, signatures)
  const instructions: CID[] = []
  const written: IpldMap[] = []
  for (const cid of tasks) {
    const bytes = await load(cid)
    const instruction = bytes && decodeInstruction(bytes)
    if (!instruction?.ok) return fail(`block ${cid} is not at hand`)
    try {
      const run = await exporter.instruction(cid, instruction.value)
      instructions.push(run.cid)
      written.push(taskOf(run.value, limits.get(cid.toString())!))
    } catch (error) {
      if (error instanceof Inexpressible) return fail(error.message)
      throw error
    }
  }
  if (holeOf(result.value)?.kind !== 'await')
    return fail('The result of a Homestar workflow is that of one task; this job puts its result together itself.')
  return ok({ json: `${toDagJson({ tasks: written }, 2)}\n`, instructions })
}

function taskOf(run: IpldMap, { gas, memory, time }: Limits): IpldMap {
  return { cause: null, meta: { fuel: gas, memory, time }, prf: [], run }
}

/** What Homestar has no word for; caught by {@link toHomestar}. */
class Inexpressible extends Error {
  constructor(construct: string) {
    super(`Homestar cannot express ${construct}.`)
  }
}

class Exporter {
  readonly load: Load
  readonly signatures: Signatures
  /** From our CID of an instruction to Homestar's. */
  private readonly known = new Map<string, CID>()

  constructor(load: Load, signatures: Signatures) {
    this.load = load
    this.signatures = signatures
  }

  async instruction(ours: CID, { rsc, op, input, nnc }: Instruction): Promise<{ cid: CID; value: IpldMap }> {
    const func = input.func
    if (rsc === CORE || func === undefined) throw new Inexpressible(constructs[op] ?? `the operation ${op}`)
    const types = this.signatures(rsc, func)
    const args: Ipld[] = []
    for (const [i, arg] of input.args.entries()) args.push(await this.argument(arg, types?.[i], func))
    const value = { input: { args, func }, nnc, op, rsc }
    const cid = cidOf(encode(value), 'dag-cbor', 'sha3-256')
    this.known.set(ours.toString(), cid)
    return { cid, value }
  }

  private async argument(arg: Ipld, type: Type | undefined, func: string): Promise<Ipld> {
    const hole = holeOf(arg)
    if (hole?.kind === 'await') return { [hole.key]: this.known.get(hole.task.toString())! }
    if (!type) throw new Inexpressible(`an argument of \`${func}\`, whose interface is not known`)
    return this.value(arg, type)
  }

  /** A value with all that stands in blocks of its own put back; files stay links. */
  private async value(given: Ipld, type: Type): Promise<Ipld> {
    if (holeOf(given)) throw new Inexpressible('a call inside a list, tuple, record or option that is an argument')
    if (isBytes(type)) return given
    if (isLink(given) && given.code === DAG_CBOR && type.kind !== 'list')
      return this.value(await this.loaded(given), type)
    switch (type.kind) {
      case 'f32':
      case 'f64':
        throw new Inexpressible('a floating point argument, of which it would drop the fraction')
      case 'string':
        return this.text(given as string)
      case 'list':
        return this.list(given, type.element)
      case 'tuple':
        return Promise.all((given as Ipld[]).map((item, i) => this.value(item, type.items[i]!)))
      case 'record':
        return this.entries(given as IpldMap, type.fields)
      case 'variant':
        return this.entries(given as IpldMap, type.cases)
      case 'option':
        if (isWrapped(type.some)) throw new Inexpressible('an option in an option')
        return given === null ? null : this.value(given, type.some)
      case 'result': {
        const { ok: content, error } = given as IpldMap
        return content === undefined
          ? [null, await this.value(error!, type.error)]
          : [await this.value(content, type.ok), null]
      }
      default:
        return given
    }
  }

  private text(value: string): string {
    if (value === 'null') throw new Inexpressible('the text "null", which it reads as nothing')
    if (parseCid(value).ok) throw new Inexpressible('a text that is a CID, which it reads as a link')
    return value
  }

  private async list(given: Ipld, element: Type): Promise<Ipld[]> {
    const items = await readList(given, this.load)
    if (!items.ok) throw new Inexpressible(`a list that cannot be read (${items.error.message})`)
    return Promise.all(items.value.map(item => this.value(item, element)))
  }

  private async entries(given: IpldMap, types: { name: string; type?: Type }[]): Promise<IpldMap> {
    const entries: [string, Ipld][] = []
    for (const [name, content] of Object.entries(given)) {
      const type = types.find(entry => entry.name === name)?.type
      entries.push([name, type ? await this.value(content, type) : content])
    }
    return Object.fromEntries(entries)
  }

  private async loaded(cid: CID): Promise<Ipld> {
    const value = await loadValue(cid, this.load)
    if (!value.ok) throw new Inexpressible(`a value that cannot be read (${value.error.message})`)
    return value.value
  }
}

/** The source constructs that core operations come from. */
const constructs: Record<string, string> = {
  'core/field': 'the access to a field of a record',
  'core/item': 'the access to an item of a tuple',
  'core/index': 'the access to an element of a list',
  'core/load': 'a link to a small value',
  'core/widen': 'a conversion between bytes and a list of wider numbers',
}
