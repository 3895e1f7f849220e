import type { DebugInfo } from '../../dag/interface.ts'
import type { IpldMap } from '../../dag/ipld.ts'
import { fail, ok, type Result } from '../../dag/result.ts'
import { suggest } from '../../dag/suggest.ts'
import type { RunRecord } from '../../runtime/interface.ts'
import { allRuns } from '../../runtime/runs.ts'
import { Inquiry, type Alike, type TaskRecord } from '../../runtime/why.ts'
import type { Context } from '../context.ts'
import { storedDebug } from '../debug-index.ts'
import { wrongUsage } from '../diagnostics.ts'
import { StoreDoor } from '../host.ts'
import { defined, plural, success, type Reply } from '../output.ts'
import { placeOf } from '../failure.ts'
import { Names, reasonForm, reasonLines } from '../reason.ts'
import { findRun } from './resume.ts'

/** Tasks of one name that are told of: those of a loop may be many. */
const most = 10

/** `ipvm why TASK`: why a task was executed, or was not. */
export async function why(context: Context, [wanted = '']: string[], options: { run?: string }): Promise<Reply> {
  const door = new StoreDoor(context.store)
  try {
    const store = door.existing()
    if (!store) return wrongUsage(`There is no store ${context.store}, and so no run.`)
    const runs = await allRuns({ store })
    const given = options.run === undefined ? undefined : await findRun(door, options.run)
    if (given && !given.ok) return given.error
    const inquiry = new Inquiry(store, runs)
    const debugs = new Debugs(door, runs)
    const found = await findTasks(wanted, given ? [given.value] : runs, inquiry, debugs)
    if (!found.ok) return found.error
    const { run, records } = found.value
    const names = new Names(inquiry, debugs.of, door.load)
    const told: IpldMap[] = []
    const lines: string[] = []
    for (const record of records.slice(0, most)) {
      const reason = await inquiry.why(record, earlier => alikeIn(run.run, earlier, debugs))
      const site = await names.siteOf(run.run, record.task)
      told.push(
        defined({
          task: record.task.toString(),
          name: site?.name,
          span: site && placeOf(site.span),
          key: record.ran.toString(),
          hit: record.hit,
          reason: reasonForm(reason),
        }),
      )
      lines.push(...(await reasonLines(record, reason, names)), '')
    }
    const rest = records.length - most
    if (rest > 0) lines.push(`And ${plural(rest, 'task')} more; name one by the beginning of its CID.`, '')
    return success(
      { run: run.run, job: run.job.toString(), tasks: told },
      lines
        .slice(0, -1)
        .map(line => `${line}\n`)
        .join(''),
    )
  } finally {
    await door.close()
  }
}

/** Names and places for the jobs of runs, each read once. */
class Debugs {
  readonly #door: StoreDoor
  readonly #runs: Map<string, RunRecord>
  readonly #infos = new Map<string, Promise<DebugInfo | undefined>>()

  constructor(door: StoreDoor, runs: readonly RunRecord[]) {
    this.#door = door
    this.#runs = new Map(runs.map(record => [record.run, record]))
  }

  readonly of = async (run: string): Promise<DebugInfo | undefined> => {
    const record = this.#runs.get(run)
    if (!record) return undefined
    const key = record.job.toString()
    let info = this.#infos.get(key)
    if (!info) this.#infos.set(key, (info = storedDebug(this.#door, record.job)))
    return info
  }
}

/** Tasks are one in the source where they have the same name, the more so in the same line of the same job. */
async function alikeIn(run: string, earlier: string, debugs: Debugs): Promise<Alike> {
  const [now, before] = [await debugs.of(run), await debugs.of(earlier)]
  if (!now || !before) return () => 0
  const [sites, old] = [now, before].map(
    ({ tasks }) => new Map(tasks.map(entry => [entry.task.toString(), entry] as const)),
  ) as [Map<string, DebugInfo['tasks'][number]>, Map<string, DebugInfo['tasks'][number]>]
  return (task, other) => {
    const [a, b] = [sites.get(task.task.toString()), old.get(other.task.toString())]
    if (!a || !b || a.name !== b.name) return 0
    const isSameLine = a.span.file === b.span.file && a.span.start.line === b.span.start.line
    return 1 + (now.name === before.name ? 1 : 0) + (isSameLine ? 1 : 0)
  }
}

interface Found {
  run: RunRecord
  records: TaskRecord[]
}

/** The tasks of the newest run that has any of this name or CID. */
async function findTasks(
  wanted: string,
  runs: readonly RunRecord[],
  inquiry: Inquiry,
  debugs: Debugs,
): Promise<Result<Found, Reply>> {
  const known = new Set<string>()
  const isCid = /^b[a-z2-7]{7,}$/.test(wanted)
  for (const run of runs) {
    const records = await inquiry.tasks(run.run)
    const byCid = isCid
      ? records.filter(({ task, ran }) => [task, ran].some(cid => cid.toString().startsWith(wanted)))
      : []
    if (byCid.length > 0) return ok({ run, records: byCid })
    const debug = await debugs.of(run.run)
    for (const { name } of debug?.tasks ?? []) known.add(name)
    const byName = debug ? await namedTasks(wanted, debug, records, inquiry) : []
    if (byName.length > 0) return ok({ run, records: byName })
  }
  const where = runs.length === 1 ? `the run ${runs[0]!.run}` : 'any run of this store'
  const near = suggest(wanted, known)
  return fail(
    wrongUsage(`There is no task \`${wanted}\` in ${where}; name one as in the source, or by its CID.`, { near }),
  )
}

/** The tasks of a name, or of `NAME:LINE`. Those of bodies have other instructions in a run, and the same function. */
async function namedTasks(
  wanted: string,
  { tasks }: DebugInfo,
  records: TaskRecord[],
  inquiry: Inquiry,
): Promise<TaskRecord[]> {
  const sites = tasks.filter(({ name, span }) => wanted === name || wanted === `${name}:${span.start.line}`)
  const byTask = new Map(records.map(record => [record.task.toString(), record]))
  const found = new Set<TaskRecord>()
  const functions = new Set<string>()
  for (const { task } of sites) {
    const record = byTask.get(task.toString())
    const instruction = record ? undefined : await inquiry.instruction(task)
    if (record) found.add(record)
    else if (instruction?.input.func !== undefined) functions.add(`${instruction.rsc} ${instruction.input.func}`)
  }
  const written = new Set(tasks.map(({ task }) => task.toString()))
  if (functions.size > 0)
    for (const record of records) {
      if (written.has(record.task.toString())) continue
      const instruction = await inquiry.instruction(record.ran)
      if (instruction && functions.has(`${instruction.rsc} ${instruction.input.func}`)) found.add(record)
    }
  return [...found]
}
