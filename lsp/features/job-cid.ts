import { compile } from '../../compiler/compile.ts'
import type { Host } from '../../compiler/interface.ts'

/** A job as it is compiled now. */
export interface CompiledNow {
  cid: string
  /** How many tasks its graph has; those of loops count once. */
  tasks: number
}

/**
 * The CID of a job of a file.
 *
 * @param job without it `main`, else the only exported one
 * @returns a sentence where it cannot be compiled
 */
export async function jobCid(host: Host, path: string, job?: string): Promise<CompiledNow | { why: string }> {
  if (typeof host.readFile(path) === 'string') return { why: 'There is no such file.' }
  const compiled = await compile(host, path, job === undefined ? {} : { job })
  if (compiled.ok) return { cid: compiled.value.job.toString(), tasks: compiled.value.tasks }
  return { why: 'usage' in compiled ? compiled.usage.message : 'The file has errors.' }
}
