import type { DebugInfo } from '../dag/interface.ts'
import { ok, type Result } from '../dag/result.ts'
import type { RunOptions, RunOutcome } from '../runtime/interface.ts'
import { createLocalExecutor, type Isolation } from '../runtime/wasm/pool.ts'
import type { Context } from './context.ts'
import { loadEffects } from './effects.ts'
import type { StoreDoor } from './host.ts'
import type { Reply } from './output.ts'
import { createProgress } from './progress.ts'

/** Options of all commands that perform jobs. */
export interface PerformOptions {
  jobs?: number
  isolation: Isolation
  memo: boolean
  allow?: string[]
}

/**
 * Performs with all that it takes: the store, workers, the providers, progress for people, and Ctrl-C.
 *
 * @param granted what it may do beside `--allow` and the configuration
 */
export async function performing(
  context: Context,
  store: StoreDoor,
  options: PerformOptions,
  debug: DebugInfo | undefined,
  granted: readonly string[],
  body: (means: RunOptions) => Promise<RunOutcome>,
): Promise<Result<RunOutcome, Reply>> {
  const progress = createProgress(context, debug)
  const performing = await loadEffects(context, store, [...granted, ...(options.allow ?? [])], text => {
    progress.end()
    context.note(text)
  })
  if (!performing.ok) return performing
  const executor = createLocalExecutor({
    isolation: options.isolation,
    ...(options.jobs === undefined ? {} : { workers: options.jobs }),
  })
  try {
    return ok(
      await body({
        ...{ store: store.open(), executor, memo: options.memo, ...performing.value },
        signal: context.interruptible(),
        onEvent: progress.see,
      }),
    )
  } finally {
    progress.end()
    await executor.close()
  }
}
