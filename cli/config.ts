import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { fail, ok, type Result } from '../dag/result.ts'
import { readConfig, type Config } from '../runtime/effects/config.ts'
import { wrongUsage } from './diagnostics.ts'
import type { Reply } from './output.ts'
import { sentence } from './trouble.ts'

/** Names of the configuration of a project, which is code and is loaded by what performs effects alone. */
export const configNames = ['ipvm.config.ts', 'ipvm.config.mts', 'ipvm.config.js', 'ipvm.config.mjs'] as const

/** The configuration of a folder, and its file; an empty one where there is none. */
export async function loadConfig(folder: string): Promise<Result<{ config: Config; file?: string }, Reply>> {
  const found = configNames.filter(name => existsSync(join(folder, name)))
  const [file, other] = found
  if (file === undefined) return ok({ config: {} })
  if (other !== undefined) return fail(wrongUsage(`Both \`${file}\` and \`${other}\` are there; keep one.`, { file }))
  speakToPeople()
  let exported: unknown
  try {
    exported = ((await import(pathToFileURL(join(folder, file)).href)) as { default?: unknown }).default
  } catch (error) {
    const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    return fail(wrongUsage(sentence(`\`${file}\` cannot be loaded: ${why}`), { file }))
  }
  const config = readConfig(exported)
  return config.ok
    ? ok({ config: config.value, file })
    : fail(wrongUsage(sentence(`\`${file}\`: ${config.error}`), { file }))
}

/** Standard output is for the result alone, whatever the code of a project prints. */
function speakToPeople(): void {
  for (const method of ['log', 'info', 'debug'] as const) console[method] = console.error
}
