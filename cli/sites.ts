import type { CID } from 'multiformats/cid'
import { encode } from '../dag/codec.ts'
import type { DebugInfo, Instruction } from '../dag/interface.ts'
import { isLink, isMap, type Ipld } from '../dag/ipld.ts'
import { holeOf } from '../dag/job.ts'
import type { Alike, Inquiry, TaskRecord } from '../runtime/why.ts'

/** A call in the source, as the debug block tells of it. */
export type Site = DebugInfo['tasks'][number]

/** Where a task stands in the source. */
export interface Standing {
  /** Of a call in a body all that it may be an instance of: what they were given does not tell them apart. */
  sites: Site[]
  /** Whether it is an instance of a call in a body, of which there may be many. */
  isInstance: boolean
}

/** The calls of one run's job in the source. */
interface Source {
  name: string
  byTask: Map<string, Site>
  /** Calls that have no record of their own, by component and function: those in bodies, and those that did not run. */
  templates: Map<string, { site: Site; instruction: Instruction }[]>
  /** Places of the calls of a name, in the order of the source. */
  places: Map<string, string[]>
}

/** Where the tasks of runs stand in the source. */
export class Sites {
  readonly #inquiry: Inquiry
  readonly #debugOf: (run: string) => Promise<DebugInfo | undefined>
  readonly #sources = new Map<string, Promise<Source | undefined>>()
  readonly #standings = new Map<string, Promise<Standing>>()
  readonly #spots = new WeakMap<TaskRecord, Promise<Spot | undefined>>()

  constructor(inquiry: Inquiry, debugOf: (run: string) => Promise<DebugInfo | undefined>) {
    this.#inquiry = inquiry
    this.#debugOf = debugOf
  }

  standingOf(run: string, task: CID): Promise<Standing> {
    const key = `${run} ${task}`
    let standing = this.#standings.get(key)
    if (!standing) this.#standings.set(key, (standing = this.#find(run, task)))
    return standing
  }

  /** Tasks are one in the source where they have the same name, the more so in the same job, and in the same place of it. */
  async alikeIn(run: string, earlier: string): Promise<Alike> {
    const [now, before] = [await this.#source(run), await this.#source(earlier)]
    if (!now || !before) return async () => 0
    return async (task, other) => {
      const [a, b] = [await this.#spotOf(now, task), await this.#spotOf(before, other)]
      if (!a || !b || a.name !== b.name) return 0
      // Where there are as many calls of the name, each is what the one in its place was, whatever lines they are in.
      const isSamePlace = a.of === b.of && a.places === b.places
      return 1 + (now.name === before.name ? 1 : 0) + (isSamePlace ? 1 : 0)
    }
  }

  #spotOf(source: Source, record: TaskRecord): Promise<Spot | undefined> {
    let spot = this.#spots.get(record)
    if (!spot) this.#spots.set(record, (spot = this.#findSpot(source, record)))
    return spot
  }

  /** The name of a task, and which of so many places of that name are its own. */
  async #findSpot({ places }: Source, { run, task }: TaskRecord): Promise<Spot | undefined> {
    const { sites } = await this.standingOf(run, task)
    const name = sites[0]?.name
    if (name === undefined) return undefined
    const all = places.get(name)!
    return { name, places: sites.map(site => all.indexOf(placeKey(site))).join(), of: all.length }
  }

  async #find(run: string, task: CID): Promise<Standing> {
    const source = await this.#source(run)
    const own = source?.byTask.get(task.toString())
    if (own) return { sites: [own], isInstance: false }
    const instruction = source && (await this.#inquiry.instruction(task))
    if (!instruction) return { sites: [], isInstance: false }
    const templates = source.templates.get(functionOf(instruction)) ?? []
    const fitting = templates.filter(one => fits(one.instruction.input.args, instruction.input.args))
    const sites = fitting.map(({ site }) => site).sort(inOrder)
    const unique = [...new Map(sites.map(site => [placeKey(site), site])).values()]
    // Several names of one component, each with its own calls: none of them is this one's for certain.
    const isOneName = unique.every(({ name }) => name === unique[0]?.name)
    return { sites: isOneName ? unique : [], isInstance: true }
  }

  #source(run: string): Promise<Source | undefined> {
    let source = this.#sources.get(run)
    if (!source) this.#sources.set(run, (source = this.#read(run)))
    return source
  }

  async #read(run: string): Promise<Source | undefined> {
    const debug = await this.#debugOf(run)
    if (!debug) return undefined
    const recorded = new Set((await this.#inquiry.tasks(run)).map(({ task }) => task.toString()))
    const source: Source = { name: debug.name, byTask: new Map(), templates: new Map(), places: new Map() }
    for (const site of debug.tasks) {
      source.byTask.set(site.task.toString(), site)
      const instruction = recorded.has(site.task.toString()) ? undefined : await this.#inquiry.instruction(site.task)
      if (!instruction) continue
      const key = functionOf(instruction)
      source.templates.set(key, [...(source.templates.get(key) ?? []), { site, instruction }])
    }
    for (const site of [...debug.tasks].sort(inOrder)) {
      const places = source.places.get(site.name) ?? []
      if (places.at(-1) !== placeKey(site)) source.places.set(site.name, [...places, placeKey(site)])
    }
    return source
  }
}

interface Spot {
  name: string
  places: string
  of: number
}

function functionOf({ op, rsc, input }: Instruction): string {
  return `${op} ${rsc} ${input.func ?? ''}`
}

function placeKey({ span }: Site): string {
  return `${span.file}:${span.start.offset}`
}

function inOrder({ span: a }: Site, { span: b }: Site): number {
  return a.file === b.file ? a.start.offset - b.start.offset : a.file < b.file ? -1 : 1
}

/** Whether an argument may be what has become of one in a body: what a call is given there is anything. */
function fits(template: Ipld, value: Ipld): boolean {
  // What is large stands in a block, which tells nothing about where it came from.
  if (holeOf(template) || isLink(template) || isLink(value)) return true
  if (Array.isArray(template))
    return (
      Array.isArray(value) && template.length === value.length && template.every((item, i) => fits(item, value[i]!))
    )
  if (!isMap(template)) return Buffer.compare(encode(template), encode(value)) === 0
  const entries = Object.entries(template)
  return (
    isMap(value) &&
    entries.length === Object.keys(value).length &&
    entries.every(([key, item]) => Object.hasOwn(value, key) && fits(item, value[key]!))
  )
}
