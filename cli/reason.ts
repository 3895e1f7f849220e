import type { CID } from 'multiformats/cid'
import { show } from '../dag/core/show.ts'
import { isLink, type Ipld } from '../dag/ipld.ts'
import { operationName, WASM_RUN } from '../dag/job.ts'
import type { Load } from '../dag/load.ts'
import { sizeOfFile } from '../dag/unixfs.ts'
import { printable } from '../grammar/render.ts'
import type { Difference } from '../runtime/difference.ts'
import { SEMANTICS } from '../runtime/receipt.ts'
import type { Change, Inquiry, Reason, Source, TaskRecord } from '../runtime/why.ts'
import { defined, showBytes } from './output.ts'
import type { Sites } from './sites.ts'

/** Places of a call in a body that are told of. */
const mostPlaces = 3

/** How tasks are called in the source, and values for people. */
export class Names {
  readonly #inquiry: Inquiry
  readonly #sites: Sites
  readonly #load: Load

  constructor(inquiry: Inquiry, sites: Sites, load: Load) {
    this.#inquiry = inquiry
    this.#sites = sites
    this.#load = load
  }

  /**
   * `` `png.decode` (job.ipvm:41:15) ``; an instance of a call in a body, `` `png.decode` (job.ipvm:41:15, bafy…) ``; what has
   * no name in the source by its function, `` `decode` (bafy…) ``.
   */
  async nameOf(run: string, task: CID): Promise<string> {
    const { sites, isInstance } = await this.#sites.standingOf(run, task)
    const [site] = sites
    if (site) {
      const places = sites.slice(0, mostPlaces).map(({ span: { file, start } }, i) => {
        const place = `${start.line}:${start.column}`
        return file === sites[i - 1]?.span.file ? place : `${file}:${place}`
      })
      const where = `${places.join(' or ')}${sites.length > mostPlaces ? ' or …' : ''}${isInstance ? `, ${task}` : ''}`
      return printable(`\`${site.name}\` (${where})`)
    }
    const instruction = await this.#inquiry.instruction(task)
    if (!instruction) return `the task ${task}`
    const { op, input } = instruction
    const func = op === WASM_RUN ? (input.func ?? '').split('#').at(-1)! : operationName(op)
    return printable(`\`${func}\` (${task})`)
  }

  async valueOf(value: Ipld | undefined): Promise<string> {
    if (value === undefined) return 'nothing'
    if (!isLink(value)) return printable(show(value))
    const size = await sizeOfFile(value, this.#load)
    return size.ok ? `${showBytes(size.value)} (${short(value)})` : short(value)
  }
}

/** As much of a CID as tells it from others that stand beside it. */
function short(cid: CID): string {
  const text = cid.toString()
  return text.length > 24 ? `${text.slice(0, 10)}…${text.slice(-8)}` : text
}

/** Why a task was executed or not, for people. */
export async function reasonLines(record: TaskRecord, reason: Reason, names: Names): Promise<string[]> {
  const name = await names.nameOf(record.run, record.task)
  const ran = `${name} ran in the run ${record.run}`
  switch (reason.kind) {
    case 'remembered': {
      const { by, issuer } = reason
      if (issuer !== undefined)
        return [`${name} was remembered in the run ${record.run}, by a receipt of ${issuer} that was imported.`]
      const where = by === undefined ? 'a run that is forgotten' : by === record.run ? 'the same run' : `the run ${by}`
      return [`${name} was remembered in the run ${record.run}: ${where} had computed it.`]
    }
    case 'limit': {
      const detail = record.out[0] === 'error' ? record.out[1].detail : undefined
      const why = detail === undefined ? '' : `: ${printable(detail)}`
      return [`${name} failed in the run ${record.run} without being computed, by what is remembered of it${why}.`]
    }
    case 'effect':
      return [`${ran}: it is an effect, and what effects come to is not remembered from run to run.`]
    case 'first':
      return [`${ran}: no earlier run has called this function.`]
    case 'failed':
      return [
        `${ran}: it had failed in the run ${reason.before.run} (${reason.failure}), and failures are not remembered.`,
      ]
    case 'semantics':
      return [
        `${ran}: the run ${reason.before.run} had computed it by version ${reason.version} of what instructions mean, and`,
        `this is version ${SEMANTICS}.`,
      ]
    case 'again':
      return [
        `${ran}, though the run ${reason.before.run} had computed the same: it was told to (\`--no-memo\`), or what was`,
        `remembered could not be used any more.`,
      ]
    case 'changed': {
      if (reason.changes.length === 0)
        return [`${ran}: its key is new, and what it was made of is not in the store any more.`]
      const before = await names.nameOf(reason.before.run, reason.before.task)
      return [
        `${ran}: it differs from ${before === name ? 'that' : before} of the run ${reason.before.run} in`,
        ...(await changeLines(reason.changes, record.run, names, 1)),
      ]
    }
  }
}

async function changeLines(changes: Change[], run: string, names: Names, depth: number): Promise<string[]> {
  const margin = '  '.repeat(depth)
  const lines: string[] = []
  for (const change of changes) {
    if (change.field !== 'argument') {
      lines.push(printable(`${margin}its ${change.field}: ${change.before} → ${change.after}`))
      continue
    }
    for (const difference of change.differences)
      lines.push(`${margin}${pathOf(change, difference)}: ${await differenceLine(difference, names)}`)
    for (const source of change.sources) lines.push(...(await sourceLines(source, run, names, depth)))
  }
  return lines
}

async function sourceLines(source: Source, run: string, names: Names, depth: number): Promise<string[]> {
  const margin = '  '.repeat(depth)
  const name = await names.nameOf(run, source.task)
  if (source.again) return [`${margin}  from ${name}, see above`]
  if (source.changes.length === 0) return [`${margin}  from ${name}, which came to something else`]
  return [`${margin}  from ${name}, which differs in`, ...(await changeLines(source.changes, run, names, depth + 2))]
}

function pathOf({ name, index }: Extract<Change, { field: 'argument' }>, { path }: Difference): string {
  return printable(`${name ?? `args[${index}]`}${path}`)
}

async function differenceLine({ before, after }: Difference, names: Names): Promise<string> {
  return `${await names.valueOf(before)} → ${await names.valueOf(after)}`
}

/** Why a task was executed or not, as `--json` shows it. */
export function reasonForm(reason: Reason): Ipld {
  switch (reason.kind) {
    case 'remembered':
      return defined({ kind: reason.kind, by: reason.by, issuer: reason.issuer })
    case 'limit':
    case 'effect':
    case 'first':
      return { kind: reason.kind }
    case 'failed':
      return { kind: reason.kind, before: beforeForm(reason.before), failure: reason.failure }
    case 'semantics':
      return { kind: reason.kind, before: beforeForm(reason.before), version: reason.version }
    case 'again':
      return { kind: reason.kind, before: beforeForm(reason.before) }
    case 'changed': {
      const { kind, before, changes } = reason
      return { kind, before: beforeForm(before), changes: changes.map(changeForm) }
    }
  }
}

function beforeForm({ run, task, ran }: TaskRecord): Ipld {
  return { run, task: task.toString(), key: ran.toString() }
}

function changeForm(change: Change): Ipld {
  if (change.field !== 'argument') return { ...change }
  const { field, index, name, differences, sources } = change
  return defined({
    field,
    index,
    name,
    differences: differences.map(difference => defined({ ...difference, path: `args[${index}]${difference.path}` })),
    sources: sources.map(({ task, op, changes, again }) =>
      defined({ task: task.toString(), op, changes: changes.map(changeForm), again }),
    ),
  })
}
