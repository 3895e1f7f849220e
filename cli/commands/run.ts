import type { CID } from 'multiformats/cid'
import { checkCid, parseCid } from '../../dag/cid.ts'
import { readDebug } from '../../dag/debug.ts'
import type { DebugInfo } from '../../dag/interface.ts'
import { decodeInstruction, readJob } from '../../dag/job.ts'
import { fail, ok, type Result } from '../../dag/result.ts'
import { loadFrom, putAll } from '../../runtime/blocks.ts'
import { run } from '../../runtime/run.ts'
import { findDebug, isCompiled, loadFromCar, readCarFile } from '../car.ts'
import type { Context } from '../context.ts'
import { recallDebug, rememberDebug } from '../debug-index.ts'
import { cliRows, complain, wrongUsage } from '../diagnostics.ts'
import { readBytes, readNamed, refuseTarget } from '../files.ts'
import { StoreDoor } from '../host.ts'
import { fitArguments, gatherArguments, placeArguments, type ArgumentOptions } from '../job-arguments.ts'
import { replyTo, unfit } from '../outcome.ts'
import type { Reply } from '../output.ts'
import { performing, type PerformOptions } from '../perform.ts'
import { noteDiagnostics } from '../report.ts'

interface Options extends ArgumentOptions, PerformOptions {
  job?: string
  out?: string
  new?: boolean
}

/** `ipvm run FILE|CAR|CID`: runs a job and prints its result. */
export async function runCommand(
  context: Context,
  [operand = '']: string[],
  given: Record<string, unknown>,
): Promise<Reply> {
  const options = given as unknown as Options
  if (context.json && options.out === '-')
    return wrongUsage('`--json` and `--out -` both want standard output; write to a file.')
  const refused = options.out === undefined || options.out === '-' ? undefined : refuseTarget(options.out, operand)
  if (refused) return refused
  const store = new StoreDoor(context.store)
  try {
    return await runWith(context, operand, options, store)
  } finally {
    await store.close()
  }
}

async function runWith(context: Context, operand: string, options: Options, store: StoreDoor): Promise<Reply> {
  const given = gatherArguments(options)
  if (!given.ok) return given.error
  const target = await findJob(context, operand, options, store)
  if (!target.ok) return target.error
  const { job, debug } = target.value

  const { blocks } = store.open()
  const read = await readJob(job, loadFrom(blocks))
  if (!read.ok) return unfit(read.error, operand)
  const { params } = read.value
  const fitting = await fitArguments(params, given.value, { complete: true })
  if (!fitting.ok) return fitting.error
  const placed = await placeArguments(params, fitting.value)
  if (!placed.ok) return placed.error
  await putAll(blocks, placed.value.blocks)

  const outcome = await performing(context, store, options, debug, [], means =>
    run(job, placed.value.values, { ...means, again: options.new === true }),
  )
  if (!outcome.ok) return outcome.error
  return replyTo(outcome.value, { blocks, debug, operand, out: options.out, json: context.json })
}

interface Target {
  job: CID
  debug: DebugInfo | undefined
}

/** Compiles, imports or finds the job, so that its blocks are in the store. */
async function findJob(
  context: Context,
  operand: string,
  options: Options,
  store: StoreDoor,
): Promise<Result<Target, Reply>> {
  const bytes = readBytes(operand)
  const cid = bytes === 'missing' ? parseCid(operand) : undefined
  if (cid?.ok) return options.job === undefined ? findStored(cid.value, store) : fail(oneJob(operand))
  const named = typeof bytes === 'string' ? readNamed(operand) : ok(bytes)
  if (!named.ok) return named
  if (isWasm(named.value)) return fail(wrongUsage(`\`${operand}\` is a component; a job calls it.`, { file: operand }))
  if (isCompiled(operand, named.value))
    return options.job === undefined ? importCar(operand, named.value, store) : fail(oneJob(operand))

  // A compiled job runs without loading the compiler.
  const { compileSource } = await import('../source.ts')
  const compiled = await compileSource(operand, store, context, { job: options.job })
  if (!compiled.ok) return compiled
  noteDiagnostics(context, compiled.value.warnings)
  const { blocks } = store.open()
  await putAll(blocks, [...compiled.value.blocks, ...compiled.value.components])
  rememberDebug(store.folder, compiled.value)
  return ok({ job: compiled.value.job, debug: await readDebug(compiled.value.debug, store.load) })
}

function oneJob(operand: string): Reply {
  return wrongUsage(`\`-j\` chooses a job of a source file; \`${operand}\` is one compiled job.`)
}

function isWasm(bytes: Uint8Array): boolean {
  return bytes.length >= 8 && Buffer.compare(bytes.subarray(0, 4), Buffer.from('\0asm')) === 0
}

async function importCar(file: string, bytes: Uint8Array, store: StoreDoor): Promise<Result<Target, Reply>> {
  const car = readCarFile(file, bytes)
  if (!car.ok) return car
  const load = loadFromCar(car.value)
  const [job, ...others] = car.value.roots
  const readable = await readJob(job!, load)
  if (!readable.ok) return fail(complain(cliRows.Damaged, `\`${file}\`: ${readable.error.message}.`, { file }))
  for (const task of readable.value.tasks) {
    const instruction = await load(task)
    const decoded = instruction && decodeInstruction(instruction)
    if (decoded && !decoded.ok)
      return fail(complain(cliRows.Damaged, `\`${file}\`: block ${task}: ${decoded.error.message}.`, { file }))
  }
  await putAll(store.open().blocks, car.value.blocks)
  const debug = await findDebug(job!, others, load)
  if (debug) rememberDebug(store.folder, { job: job!, debug: others[0]! })
  return ok({ job: job!, debug })
}

async function findStored(cid: CID, store: StoreDoor): Promise<Result<Target, Reply>> {
  const taken = checkCid(cid)
  if (!taken.ok) return fail(wrongUsage(`${taken.error.message}.`))
  if (!(await store.load(cid)))
    return fail(wrongUsage(`The job ${cid} is not in the store ${store.folder}; build it, or run its file.`))
  const debug = recallDebug(store.folder, cid)
  return ok({ job: cid, debug: debug && (await findDebug(cid, [debug], store.load)) })
}
