import type { CID } from 'multiformats/cid'
import { checkCid, parseCid } from '../../dag/cid.ts'
import type { DagError } from '../../dag/interface.ts'
import { readHead } from '../../dag/job.ts'
import { fail, ok, type Result } from '../../dag/result.ts'
import { loadFrom, loadFromList, putAll } from '../../runtime/blocks.ts'
import { run } from '../../runtime/run.ts'
import { StoreError } from '../../runtime/store/errors.ts'
import { bindNamed, type Named } from '../bind.ts'
import { debugIn, findDebug, isCompiled, isWorkflow, looksLikeToken, readCarFile } from '../car.ts'
import { keepComponents } from '../components.ts'
import type { Context } from '../context.ts'
import { recallDebug, rememberDebug } from '../debug-index.ts'
import { wrongUsage } from '../diagnostics.ts'
import { readBytes, readNamed, refuseTarget } from '../files.ts'
import { AttentiveHost, forgetCompiled, recallCompiled, rememberCompiled } from '../compiled.ts'
import { createHost, StoreDoor } from '../host.ts'
import { fitArguments, gatherArguments, placeArguments, type ArgumentOptions, type Given } from '../job-arguments.ts'
import { replyTo, unfit } from '../outcome.ts'
import type { Reply } from '../output.ts'
import { performing, type PerformOptions } from '../perform.ts'
import { noteDiagnostics } from '../report.ts'
import type { Asked } from '../ucan/asking.ts'

interface Options extends ArgumentOptions, PerformOptions {
  component?: string[]
  job?: string
  out?: string
  new?: boolean
}

/** `ipvm run FILE|CAR|WORKFLOW|CID`: runs a job and prints its result. */
export async function runCommand(
  context: Context,
  [operand = '']: string[],
  given: Record<string, unknown>,
): Promise<Reply> {
  const options = given as unknown as Options
  if (context.json && options.out === '-')
    return wrongUsage('`--json` and `--out -` both want standard output; write to a file.')
  if (options.check !== undefined && !options.memo)
    return wrongUsage('`--check` compares with what is remembered, and `--no-memo` looks at none of it.')
  const refused = options.out === undefined || options.out === '-' ? undefined : refuseTarget(options.out, operand)
  if (refused) return refused
  const store = new StoreDoor(context.store, context.gateways)
  try {
    return await runWith(context, operand, options, store)
  } finally {
    await store.close()
  }
}

async function runWith(context: Context, operand: string, options: Options, store: StoreDoor): Promise<Reply> {
  const given = gatherArguments(options)
  if (!given.ok) return given.error
  const kept = await keepComponents(options.component, store)
  if (!kept.ok) return kept.error
  const target = await findJob(context, operand, options, store, options.memo)
  if (!target.ok) return target.error
  if (!target.value.recalled) return runNamed(context, operand, options, store, target.value, given.value)
  const forget = (): void => forgetCompiled(store.folder, operand, options.job)
  try {
    return await runNamed(context, operand, options, store, target.value, given.value, forget)
  } catch (error) {
    const isLacking = error instanceof Lacking || (error instanceof StoreError && error.code === 'damaged')
    if (!isLacking) throw error
  }
  // Compiling it brings back what the store has lost.
  forget()
  const fresh = await findJob(context, operand, options, store, false)
  return fresh.ok ? runNamed(context, operand, options, store, fresh.value, given.value) : fresh.error
}

/** Of a block that is missing or damaged. */
const blockErrors: ReadonlySet<string> = new Set(['missing', 'block', 'codec', 'damaged'])

/** Blocks of a job are missing that was compiled before, or are damaged, and nothing was started. */
class Lacking extends Error {
  override readonly name = 'Lacking'
}

/** What is to be run: `recalled` from what a source was compiled to before, `asked` for by an invocation. */
interface Found extends Named {
  recalled?: boolean
  asked?: Asked
}

/** @param forget of a job that was not compiled now: called where something of it is wrong */
async function runNamed(
  context: Context,
  operand: string,
  options: Options,
  store: StoreDoor,
  target: Found,
  given: Map<string, Given>,
  forget?: () => void,
): Promise<Reply> {
  const lacks = (error: DagError): Reply => {
    if (forget && blockErrors.has(error.code)) throw new Lacking()
    return unfit(error, operand)
  }
  const { blocks } = store.open()
  const load = loadFrom(blocks, target.blocks)
  const head = await readHead(target.job, load)
  if (!head.ok) return lacks(head.error)
  const { params } = head.value
  const fitting = await fitArguments(params, given, { complete: true })
  if (!fitting.ok) return fitting.error
  const placed = await placeArguments(params, fitting.value)
  if (!placed.ok) return placed.error
  await putAll(blocks, placed.value.blocks)
  const bound = params.size === 0 ? ok(target) : await bindNamed(target, placed.value.values, load, store.folder)
  if (!bound.ok) return lacks(bound.error)

  const { job, debug, blocks: jobBlocks } = bound.value
  const { asked } = target
  const outcome = await performing(context, store, options, { job, debug, jobBlocks, ...(asked && { asked }) }, means =>
    run(job, new Map(), { ...means, jobBlocks, again: options.new === true }),
  )
  if (!outcome.ok) return outcome.error
  const came = outcome.value
  if (forget && !came.ok && 'error' in came && blockErrors.has(came.error.code)) {
    if (!came.summary) throw new Lacking()
    forget()
  }
  const names = outcome.value.ok ? undefined : await debug()
  return replyTo(outcome.value, { blocks, debug: names, operand, out: options.out, json: context.json })
}

/**
 * Compiles, reads or finds the job.
 *
 * @param recall what a source was compiled to before will do
 */
async function findJob(
  context: Context,
  operand: string,
  options: Options,
  store: StoreDoor,
  recall: boolean,
): Promise<Result<Found, Reply>> {
  const bytes = readBytes(operand)
  const cid = bytes === 'missing' ? parseCid(operand) : undefined
  if (cid?.ok) return options.job === undefined ? findStored(cid.value, store) : fail(oneJob(operand))
  const named = typeof bytes === 'string' ? readNamed(operand) : ok(bytes)
  if (!named.ok) return named
  if (isWasm(named.value)) return fail(wrongUsage(`\`${operand}\` is a component; a job calls it.`, { file: operand }))
  if (looksLikeToken(named.value) || operand.endsWith('.ucan')) return openToken(operand, named.value, options, store)
  if (isCompiled(operand, named.value)) return openCar(operand, named.value, options, store)
  if (isWorkflow(operand, named.value))
    return options.job === undefined ? openWorkflow(operand, named.value, store) : fail(oneJob(operand))

  const { job: name } = options
  const known = recall ? await recallCompiled(store, operand, name) : undefined
  if (known) return ok({ job: known.job, debug: debugIn(known.debug, store.load), blocks: [], recalled: true })
  // A compiled job runs without loading the compiler.
  const { compileSource } = await import('../source.ts')
  const host = new AttentiveHost(createHost(store.load))
  const compiled = await compileSource(operand, store, context, { job: name, host })
  if (!compiled.ok) return compiled
  noteDiagnostics(context, compiled.value.warnings)
  const blocks = [...compiled.value.blocks, ...compiled.value.components]
  const { job, debug } = compiled.value
  rememberDebug(store.folder, compiled.value)
  rememberCompiled(store.folder, operand, name, host, compiled.value)
  return ok({ job, debug: debugIn(debug, loadFromList(blocks)), blocks })
}

function oneJob(operand: string): Reply {
  return wrongUsage(`\`-j\` chooses a job of a source file; \`${operand}\` is one compiled job.`)
}

function isWasm(bytes: Uint8Array): boolean {
  return bytes.length >= 8 && Buffer.compare(bytes.subarray(0, 4), Buffer.from('\0asm')) === 0
}

async function openCar(
  file: string,
  bytes: Uint8Array,
  options: Options,
  store: StoreDoor,
): Promise<Result<Found, Reply>> {
  const car = readCarFile(file, bytes)
  if (!car.ok) return car
  const { blocks } = car.value
  const load = loadFromList(blocks)
  const [root, ...others] = car.value.roots
  const isToken = looksLikeToken((await load(root!)) ?? new Uint8Array())
  const asked = isToken ? await openAsked(file, bytes, options, store) : ok(undefined)
  if (!asked.ok) return asked
  if (options.job !== undefined) return fail(oneJob(file))
  const job = asked.value?.job ?? root!
  const debug = await findDebug(job, others, load)
  if (debug) rememberDebug(store.folder, { job, debug })
  return ok({ job, debug: debugIn(debug, load), blocks, ...(asked.value && { asked: asked.value }) })
}

/** An invocation whose job is in the store. */
async function openToken(
  file: string,
  bytes: Uint8Array,
  options: Options,
  store: StoreDoor,
): Promise<Result<Found, Reply>> {
  const asked = await openAsked(file, bytes, options, store)
  if (!asked.ok) return asked
  const found = await findStored(asked.value.job, store)
  return found.ok ? ok({ ...found.value, asked: asked.value }) : found
}

async function openAsked(
  file: string,
  bytes: Uint8Array,
  options: Options,
  store: StoreDoor,
): Promise<Result<Asked, Reply>> {
  const stray = (['job', 'arg', 'args', 'as', 'proof'] as const).find(name => options[name] !== undefined)
  if (stray !== undefined) {
    const why = 'is an invocation, which says itself what is run, by whom and with which proofs'
    return fail(
      wrongUsage(`\`${file}\` ${why}; \`${stray === 'job' ? '-j' : `--${stray}`}\` does not go with it.`, { file }),
    )
  }
  const [{ readAsked }, { tokensIn }] = await Promise.all([import('../ucan/asking.ts'), import('../ucan/tokens.ts')])
  const tokens = tokensIn(file, bytes)
  return tokens.ok ? readAsked(file, tokens.value, store) : tokens
}

async function openWorkflow(file: string, bytes: Uint8Array, store: StoreDoor): Promise<Result<Named, Reply>> {
  const { readWorkflowFile } = await import('../workflow.ts')
  const read = await readWorkflowFile(file, bytes, store)
  if (!read.ok) return read
  const { job, blocks } = read.value.imported
  return ok({ job, debug: debugIn(undefined, loadFromList(blocks)), blocks })
}

async function findStored(cid: CID, store: StoreDoor): Promise<Result<Named, Reply>> {
  const taken = checkCid(cid)
  if (!taken.ok) return fail(wrongUsage(`${taken.error.message}.`))
  if (!(await store.fetchWhole(cid)))
    return fail(wrongUsage(`The job ${cid} is not in ${store.places}; build it, or run its file.`))
  const debug = recallDebug(store.folder, cid)
  const load = loadFrom(store.open().blocks)
  const root = debug && (await findDebug(cid, [debug], load))
  return ok({ job: cid, debug: debugIn(root, load), blocks: [] })
}
