import { CID } from 'multiformats/cid'
import { bind } from '../dag/bind.ts'
import { debugBlocks } from '../dag/debug.ts'
import { emit, type Emitted } from '../dag/emit.ts'
import type { DebugInfo } from '../dag/interface.ts'
import type { Block } from '../dag/ipld.ts'
import { keyOfCid } from '../dag/links.ts'
import { reachable } from '../dag/reach.ts'
import { normalize, type Normal } from '../dag/normalize.ts'
import { fail, ok, type Result } from '../dag/result.ts'
import { diagnose, type Diagnostic } from '../grammar/diagnostics.ts'
import { positionAt, type Lines } from '../grammar/source.ts'
import { readArguments } from './arguments.ts'
import { checkFile } from './check.ts'
import type { CheckedJob, Site } from './core.ts'
import type { Argument, Compiled, CompileOptions, CompileResult, Host, UsageError } from './interface.ts'
import { lowerJob, type Lowered } from './lower.ts'
import { suggest } from '../dag/suggest.ts'

/** Compiles a job of a file to blocks: text → tree → checked job → graph → normal form → blocks. */
export async function compile(host: Host, file: string, options: CompileOptions = {}): Promise<CompileResult> {
  const checked = await checkFile(host, file)
  const errors = checked.diagnostics.filter(diagnostic => diagnostic.severity === 'error')
  if (errors.length > 0 || !checked.module) return { ok: false, diagnostics: checked.diagnostics }
  const job = chooseJob(checked.module.jobs, options.job)
  if (!job.ok) return { ok: false, usage: job.error }
  const written = await writeJob(job.value, file => checked.linesOf(file), options.args)
  if (!written.ok) return { ok: false, ...written.error }
  return { ok: true, value: { ...written.value, warnings: checked.diagnostics, lock: checked.lock } }
}

/**
 * The job that is meant of those of a file.
 *
 * @param name without it `main`, else the only exported one
 */
export function chooseJob(
  named: ReadonlyMap<string, CheckedJob>,
  name: string | undefined,
): Result<CheckedJob, UsageError> {
  const jobs = [...named.values()]
  if (name !== undefined) {
    const found = named.get(name)
    if (found) return ok(found)
    const near = suggest(name, named.keys())
    return fail({ message: `There is no job \`${name}\` here. ${listJobs(jobs)}`, ...(near ? { near } : {}) })
  }
  const main = named.get('main')
  if (main) return ok(main)
  const exported = jobs.filter(job => job.exported)
  if (exported.length === 1) return ok(exported[0]!)
  const why =
    exported.length === 0 ? 'None of the jobs is exported or called `main`.' : 'There are several exported jobs.'
  return fail({ message: jobs.length === 0 ? 'This file has no job.' : `${why} ${listJobs(jobs)} Choose one with -j.` })
}

function listJobs(jobs: CheckedJob[]): string {
  return jobs.length === 0 ? 'It has none.' : `It has: ${jobs.map(job => job.name).join(', ')}.`
}

/** A job in blocks. */
export interface Written extends Omit<Compiled, 'warnings' | 'lock'> {
  components: Block[]
}

/** Where the tasks of a job stand in the source, each instruction once. */
type Places = Map<string, { task: CID; site: Site }>

type Outcome = Result<Written, { diagnostics: Diagnostic[] } | { usage: UsageError }>

/** Lowers a checked job, brings it to its normal form and writes it; a sentence where it is too large. */
export async function emitJob(job: CheckedJob): Promise<Result<Emission, string>> {
  const lowered = await lowerJob(job)
  if (!lowered.ok) return lowered
  const normal = await normalize(lowered.value.graph)
  const emitted = await emit(normal.graph)
  return emitted.ok ? ok({ lowered: lowered.value, normal, emitted: emitted.value }) : fail(emitted.error.message)
}

/** A job on its way to blocks. */
interface Emission {
  lowered: Lowered
  normal: Normal
  emitted: Emitted
}

/** Lowers a checked job, brings it to its normal form, writes it, and binds the arguments that are given. */
export async function writeJob(
  job: CheckedJob,
  linesOf: (file: string) => Lines,
  given: Record<string, Argument> = {},
): Promise<Outcome> {
  const tooLarge = (message: string): Outcome => {
    const { file, start, end } = job.site
    return fail({ diagnostics: [diagnose('TooLarge', { message }, { file, start, end })] })
  }
  const made = await emitJob(job)
  if (!made.ok) return tooLarge(made.error)
  const { lowered, normal, emitted } = made.value
  const { graph, sites, blocks, foreign } = lowered

  let places: Places = new Map()
  for (const [task, cid] of emitted.cids) {
    const site = sites.get(normal.origins.get(task) ?? task)
    if (site && !places.has(keyOfCid(cid))) places.set(keyOfCid(cid), { task: cid, site })
  }
  const own = unique([...emitted.blocks, ...normal.blocks, ...blocks])
  const all = foreign.length === 0 ? own : await reachable([emitted.job], loader([...own, ...foreign]))
  let written = { job: emitted.job, signature: emitted.signature, blocks: all }
  if (Object.keys(given).length > 0) {
    const args = await readArguments(graph.params, given)
    if (!args.ok) return fail({ usage: args.error })
    const known = [...all, ...args.value.blocks]
    const bound = await bind(written.job, args.value.values, loader(known), { partial: true })
    if (!bound.ok) return tooLarge(bound.error.message)
    const blocks = await reachable([bound.value.job], loader([...known, ...bound.value.blocks]))
    written = { job: bound.value.job, signature: bound.value.signature, blocks }
    const own: Places = new Map()
    for (const [text, template] of bound.value.origin) {
      const place = places.get(keyOfCid(template))
      if (place) own.set(text, { task: CID.parse(text), site: place.site })
    }
    places = own
  }

  const debug = debugBlocks(debugInfo(written.job, job, places, linesOf))
  const called = new Set([...emitted.cids.keys()].map(task => task.rsc))
  const modules = [...lowered.components].filter(module => called.has(`ipfs://${module.cid}`))
  return ok({
    job: written.job,
    debug: debug[0]!.cid,
    blocks: unique([...written.blocks, ...debug]),
    components: unique(modules.flatMap(module => module.blocks)),
    absent: modules.filter(module => module.blocks.length === 0).map(module => module.cid),
    tasks: written.signature.work,
    params: written.signature.params,
    result: written.signature.result,
    signatures: (rsc, func) => {
      const module = modules.find(({ cid }) => rsc === `ipfs://${cid}`)
      if (!module || !('functions' in module)) return undefined
      const found = [...module.functions.values()].find(({ name }) => name === func)
      return found && { params: found.params.map(({ type }) => type), result: found.result, core: module.core }
    },
  })
}

export function unique(blocks: Block[]): Block[] {
  return [...new Map(blocks.map(block => [keyOfCid(block.cid), block])).values()]
}

function loader(blocks: Block[]): (cid: CID) => Promise<Uint8Array | undefined> {
  const known = new Map(blocks.map(block => [keyOfCid(block.cid), block.bytes]))
  return async cid => known.get(keyOfCid(cid))
}

function debugInfo(cid: CID, job: CheckedJob, places: Places, linesOf: (file: string) => Lines): DebugInfo {
  const tasks = [...places.values()].map(({ task, site: { name, file, start, end } }) => {
    const lines = linesOf(file)
    const at = (offset: number) => ({ offset, ...positionAt(lines, offset) })
    return { task, name, span: { file, start: at(start), end: at(end) } }
  })
  return { job: cid, name: job.name, file: job.file, tasks }
}
