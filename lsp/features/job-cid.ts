import { chooseJob, emitJob } from '../../compiler/compile.ts'
import type { CheckedView } from '../interface.ts'

/** A job as it is compiled now. */
export interface CompiledNow {
  cid: string
  /** How many tasks its graph has; those of loops count once. */
  tasks: number
}

/**
 * The CID of a job of a file.
 *
 * @param name without it `main`, else the only exported one
 * @returns a sentence where it cannot be compiled
 */
export async function jobCid({ checker, isRight }: CheckedView, name?: string): Promise<CompiledNow | { why: string }> {
  if (!isRight) return { why: 'The file has errors.' }
  const job = chooseJob(checker.jobs, name)
  if (!job.ok) return { why: job.error.message }
  const made = await emitJob(job.value)
  if (!made.ok) return { why: made.error }
  const { job: cid, signature } = made.value.emitted
  return { cid: cid.toString(), tasks: signature.work }
}
