import type { RunOptions, RunOutcome, RunRecord, RunSummary } from '../../runtime/interface.ts'
import { cancel, resume } from '../../runtime/run.ts'
import { allRuns } from '../../runtime/runs.ts'
import { fail, ok, type Result } from '../../dag/result.ts'
import { debugIn, findDebug } from '../car.ts'
import type { Context } from '../context.ts'
import { recallDebug } from '../debug-index.ts'
import { wrongUsage } from '../diagnostics.ts'
import { StoreDoor } from '../host.ts'
import { leftOf, replyTo } from '../outcome.ts'
import { exits, success, type Reply } from '../output.ts'
import { performing, type PerformOptions } from '../perform.ts'
import { undoForm } from '../undo.ts'

interface Options extends PerformOptions {
  out?: string
}

/** `ipvm resume RUN`: goes on with a run that was stopped or whose process was lost. */
export async function resumeCommand(
  context: Context,
  [id = '']: string[],
  given: Record<string, unknown>,
): Promise<Reply> {
  const options = given as unknown as Options
  if (context.json && options.out === '-')
    return wrongUsage('`--json` and `--out -` both want standard output; write to a file.')
  return withRun(context, id, options, resume)
}

/** `ipvm cancel RUN`: stops a run, and undoes what its commands have done. */
export async function cancelCommand(
  context: Context,
  [id = '']: string[],
  given: Record<string, unknown>,
): Promise<Reply> {
  return withRun(context, id, given as unknown as Options, cancel, outcome => {
    if (outcome.ok) return wrongUsage(`The run ${outcome.summary.run} was done before it could be cancelled.`)
    if ('stopped' in outcome) return notYet(outcome.summary)
    // An undo that failed is a failure.
    if (!('cancelled' in outcome) || (outcome.undone?.failed.length ?? 0) > 0) return undefined
    const { run, job } = outcome.summary
    const said = [`The run ${run} was cancelled.`, ...leftOf(outcome.undone)].join('\n')
    return success({ run, job: job.toString(), ...undoForm(outcome.undone) }, undefined, said)
  })
}

/** Whoever wants to cancel a run was stopped. */
function notYet({ run }: RunSummary): Reply {
  const message = `The run ${run} is not cancelled yet; \`ipvm cancel ${run}\` goes on with that.`
  return {
    exit: exits.stopped,
    json: { ok: false, failure: { kind: 'stopped', message, run } },
    stderr: `stopped: ${message}`,
  }
}

async function withRun(
  context: Context,
  id: string,
  options: Options,
  go: (run: string, options: RunOptions) => Promise<RunOutcome>,
  special: (outcome: RunOutcome) => Reply | undefined = () => undefined,
): Promise<Reply> {
  const store = new StoreDoor(context.store, context.gateways)
  try {
    const record = await findRun(store, id)
    if (!record.ok) return record.error
    const { run, job, grants } = record.value
    const names = recallDebug(store.folder, job)
    const debug = debugIn(names && (await findDebug(job, [names], store.load)), store.load)
    const performed = { job, debug, granted: grants }
    const outcome = await performing(context, store, options, performed, means => go(run, means))
    if (!outcome.ok) return outcome.error
    const { blocks } = store.open()
    const means = { blocks, debug: await debug(), operand: run, out: options.out, json: context.json }
    return special(outcome.value) ?? (await replyTo(outcome.value, means))
  } finally {
    await store.close()
  }
}

/** A run by its id, or by as much of it as tells it from the others. */
export async function findRun(store: StoreDoor, id: string): Promise<Result<RunRecord, Reply>> {
  const open = store.existing()
  const runs = open ? await allRuns({ store: open }) : []
  const found = id === '' ? [] : runs.filter(({ run }) => run.startsWith(id))
  const [only] = found
  if (only && (found.length === 1 || only.run === id)) return ok(only)
  const why = found.length > 1 ? `is the beginning of ${found.length} runs` : `is no run of the store ${store.folder}`
  return fail(wrongUsage(`\`${id}\` ${why}; \`ipvm runs\` lists them.`))
}
