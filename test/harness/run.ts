import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { compile } from '../../compiler/compile.ts'
import type { CompileOptions, Host } from '../../compiler/interface.ts'
import type { Value } from '../../dag/value.ts'
import { renderDiagnostic } from '../../grammar/render.ts'
import type { Executor, Failure, RunSummary, Store } from '../../runtime/interface.ts'
import { readResult } from '../../runtime/result.ts'
import { run } from '../../runtime/run.ts'
import { memoryStore } from '../../runtime/store/open.ts'

/** The files of this machine, as the compiler sees them, with some texts in place of files. */
export function diskHost(texts: Record<string, string> = {}): Host {
  return {
    readFile(path) {
      if (texts[path] !== undefined) return Buffer.from(texts[path])
      const found = statSync(path, { throwIfNoEntry: false })
      return !found ? 'missing' : found.isDirectory() ? 'directory' : readFileSync(path)
    },
    realPath: path => (existsSync(path) || texts[path] !== undefined ? realOf(path) : undefined),
    list: () => [],
    readBlock: async () => undefined,
  }
}

function realOf(path: string): string {
  return existsSync(path) ? realpathSync(path) : resolve(path)
}

export type Ran =
  { ok: true; value: Value; summary: RunSummary } | { ok: false; failure: Failure | string; summary?: RunSummary }

/** Compiles a job and runs it, from text to value. */
export async function runJob(
  executor: Executor,
  host: Host,
  file: string,
  options: CompileOptions = {},
  store: Store = memoryStore(),
): Promise<Ran> {
  const result = await compile(host, file, options)
  if (!result.ok) {
    const text = String(host.readFile(file))
    throw new Error(
      'usage' in result
        ? result.usage.message
        : result.diagnostics.map(d => renderDiagnostic(d, () => text)).join('\n'),
    )
  }
  const { job, blocks, components } = result.value
  for (const { cid, bytes } of [...blocks, ...components]) await store.blocks.put(cid, bytes)
  const outcome = await run(job, new Map(), { store, executor })
  if (!outcome.ok) return { ok: false, failure: 'failure' in outcome ? outcome.failure : JSON.stringify(outcome) }
  const value = await readResult(store.blocks, outcome.type, outcome.result)
  if (!value.ok) return { ok: false, failure: value.error.message }
  return { ok: true, value: value.value, summary: outcome.summary }
}
