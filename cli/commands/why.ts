import type { DebugInfo } from '../../dag/interface.ts'
import type { IpldMap } from '../../dag/ipld.ts'
import { fail, ok, type Result } from '../../dag/result.ts'
import { suggest } from '../../dag/suggest.ts'
import type { RunRecord } from '../../runtime/interface.ts'
import { allRuns } from '../../runtime/runs.ts'
import { Inquiry, type TaskRecord } from '../../runtime/why.ts'
import type { Context } from '../context.ts'
import { storedDebug } from '../debug-index.ts'
import { wrongUsage } from '../diagnostics.ts'
import { StoreDoor } from '../host.ts'
import { defined, plural, success, type Reply } from '../output.ts'
import { placeOf } from '../failure.ts'
import { Names, reasonForm, reasonLines } from '../reason.ts'
import { Sites, type Site } from '../sites.ts'
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
    const sites = new Sites(inquiry, debugs.of)
    const found = await findTasks(wanted, given ? [given.value] : runs, inquiry, debugs, sites)
    if (!found.ok) return found.error
    const { run, records } = found.value
    const names = new Names(inquiry, sites, door.load)
    const told: IpldMap[] = []
    const lines: string[] = []
    for (const record of records.slice(0, most)) {
      const reason = await inquiry.why(record, earlier => sites.alikeIn(run.run, earlier))
      const { sites: standing } = await sites.standingOf(run.run, record.task)
      const [site] = standing
      told.push(
        defined({
          task: record.task.toString(),
          name: site?.name,
          span: site && standing.length === 1 ? placeOf(site.span) : undefined,
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
  sites: Sites,
): Promise<Result<Found, Reply>> {
  const known = new Set<string>()
  const isCid = /^b[a-z2-7]{7,}$/.test(wanted)
  let unrecorded: RunRecord | undefined
  for (const run of runs) {
    const records = await inquiry.tasks(run.run)
    const byCid = isCid
      ? records.filter(({ task, ran }) => [task, ran].some(cid => cid.toString().startsWith(wanted)))
      : []
    if (byCid.length > 0) return ok({ run, records: byCid })
    const debug = await debugs.of(run.run)
    for (const site of debug?.tasks ?? []) {
      known.add(site.name)
      if (isCalled(site, wanted)) unrecorded ??= run
    }
    const byName = await namedTasks(wanted, records, sites)
    if (byName.length > 0) return ok({ run, records: byName })
  }
  if (unrecorded) {
    const none = 'What the language does itself has none, nor has what a secret is in, or what nothing needed'
    return fail(
      wrongUsage(`\`${wanted}\` stands in the job of the run ${unrecorded.run}, which has no record of it. ${none}.`),
    )
  }
  const where = runs.length === 1 ? `the run ${runs[0]!.run}` : 'any run of this store'
  const near = suggest(wanted, known)
  return fail(
    wrongUsage(`There is no task \`${wanted}\` in ${where}; name one as in the source, or by its CID.`, { near }),
  )
}

/** The tasks of a name, or of `NAME:LINE`: those of loops too, where they may be of that line. */
async function namedTasks(wanted: string, records: TaskRecord[], sites: Sites): Promise<TaskRecord[]> {
  const found: TaskRecord[] = []
  for (const record of records) {
    const standing = await sites.standingOf(record.run, record.task)
    if (standing.sites.some(site => isCalled(site, wanted))) found.push(record)
  }
  return found
}

/** Whether a call is meant by `NAME` or `NAME:LINE`. */
function isCalled({ name, span }: Site, wanted: string): boolean {
  return wanted === name || wanted === `${name}:${span.start.line}`
}
