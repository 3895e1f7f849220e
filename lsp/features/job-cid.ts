import { compile } from '../../compiler/compile.ts'
import type { Host } from '../../compiler/interface.ts'

/** A job as it is compiled now. */
export interface CompiledNow {
  cid: string
  /** How many tasks its graph has; those of loops count once. */
  tasks: number
}

/** The CID of a job of a file; undefined where it cannot be compiled. */
export async function jobCid(host: Host, path: string, job: string): Promise<CompiledNow | undefined> {
  if (typeof host.readFile(path) === 'string') return undefined
  const compiled = await compile(host, path, { job })
  return compiled.ok ? { cid: compiled.value.job.toString(), tasks: compiled.value.tasks } : undefined
}
