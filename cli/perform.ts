import type { CID } from 'multiformats/cid'
import type { Block } from '../dag/ipld.ts'
import { readHead } from '../dag/job.ts'
import { ok, type Result } from '../dag/result.ts'
import { loadFrom } from '../runtime/blocks.ts'
import type { RunOptions, RunOutcome } from '../runtime/interface.ts'
import { createLocalExecutor, type Isolation } from '../runtime/wasm/pool.ts'
import type { Debug } from './car.ts'
import type { Context } from './context.ts'
import type { StoreDoor } from './host.ts'
import type { Reply } from './output.ts'
import { createProgress } from './progress.ts'
import type { Asked, AskOptions } from './ucan/asking.ts'

/** Options of all commands that perform jobs. */
export interface PerformOptions extends AskOptions {
  jobs?: number
  isolation: Isolation
  memo: boolean
  allow?: string[]
  check?: number
}

/** What is performed. */
export interface Performed {
  job: CID
  debug?: Debug
  /** Blocks of the job that may not be in the store. */
  jobBlocks?: readonly Block[]
  /** The invocation that asks for it, where somebody else has signed one. */
  asked?: Asked
  /** Of a run that has begun or was enqueued: what it may do beside `--allow`. Others may do what the configuration says. */
  granted?: readonly string[]
}

/**
 * Performs with all that it takes: the store, workers, the providers, progress for people, and Ctrl-C. The configuration
 * of the folder, which is code, is loaded for a job that has effects, and for no other.
 */
export async function performing(
  context: Context,
  store: StoreDoor,
  options: PerformOptions,
  { job, debug, jobBlocks, asked, granted }: Performed,
  body: (means: RunOptions) => Promise<RunOutcome>,
): Promise<Result<RunOutcome, Reply>> {
  const progress = createProgress(context, debug)
  const say = (text: string): void => {
    progress?.end()
    context.note(text)
  }
  const head = await readHead(job, loadFrom(store.open().blocks, jobBlocks))
  const hasEffects = head.ok && head.value.uses.length > 0
  const asks = asked !== undefined || options.as !== undefined || options.proof !== undefined
  const asking = asks ? await (await import('./ucan/asking.ts')).askFor(store, job, options, asked) : ok(undefined)
  if (!asking.ok) return asking
  const granting = { allow: options.allow, recorded: granted, asking: asking.value }
  // A pure job runs without loading what performs effects.
  const means = hasEffects
    ? await (await import('./effects.ts')).loadEffects(context, store, granting, say)
    : ok(asking.value && { grants: [asking.value.grant] })
  if (!means.ok) return means
  const executor = createLocalExecutor({
    isolation: options.isolation,
    ...(options.jobs === undefined ? {} : { workers: options.jobs }),
  })
  try {
    return ok(
      await body({
        ...{ store: store.open(), executor, memo: options.memo, ...means.value },
        signal: context.interruptible(),
        ...(asking.value ? { admit: asking.value.admit } : {}),
        ...(options.check === undefined ? {} : { check: options.check }),
        ...(progress ? { onEvent: progress.see } : {}),
      }),
    )
  } finally {
    progress?.end()
    await executor.close()
  }
}
