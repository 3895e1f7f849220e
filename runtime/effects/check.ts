import type { DagError, Instruction } from '../../dag/interface.ts'
import { operationName } from '../../dag/job.ts'
import type { Load } from '../../dag/load.ts'
import { ok, type Result } from '../../dag/result.ts'
import type { Effects, EffectProblem, OperationTraits, RunError } from '../interface.ts'
import type { Level } from '../level.ts'
import type { Plan } from '../load.ts'

/** Most problems of one job that are told. */
const maxProblems = 100

/** Why a run with these effects does not start; undefined where nothing is in its way ({@link checkEffects}). */
export async function refuseEffects(
  plan: Plan,
  effects: Effects | undefined,
  load: Load,
): Promise<DagError | RunError | undefined> {
  if (!effects) return undefined
  const problems = await checkEffects(plan, effects, load)
  if (!problems.ok) return problems.error
  if (problems.value.length === 0) return undefined
  const message = problems.value.map(problem => problem.message).join('; ')
  return { code: 'effects', message, problems: problems.value }
}

/**
 * What keeps a job from being performed by these effects, as far as it can be seen before anything starts: operations
 * that nothing performs, commands that the job has as queries and queries that it has as commands, a wrong number of
 * arguments, and what is not granted, whatever the arguments or with those that are known. Bodies, undos and branches that
 * may never be taken are looked at too.
 */
export async function checkEffects(
  plan: Plan,
  effects: Effects,
  load: Load,
): Promise<Result<EffectProblem[], DagError>> {
  const problems = new Map<string, EffectProblem>()
  const levels = new Set([plan.job])
  for (const level of levels) {
    for (const task of level.effects.keys()) {
      // What the run will read once stays where it is.
      const kept = level.kept.get(task)
      const instruction = kept ? ok(kept) : await plan.instructionOf(level, task)
      if (!instruction.ok) return instruction
      const problem = await problemOf(instruction.value, level.commands.has(task), effects, load)
      if (problem) problems.set(`${problem.op} ${problem.message}`, problem)
      if (problems.size === maxProblems) return ok([...problems.values()])
    }
    for (const inner of innerLevels(level)) levels.add(inner)
  }
  return ok([...problems.values()])
}

function innerLevels({ bodies, undos }: Level): Level[] {
  return [...[...bodies.values()].flat(), ...undos.values()]
}

async function problemOf(
  { rsc, op, input: { args } }: Instruction,
  isCommand: boolean,
  effects: Effects,
  load: Load,
): Promise<EffectProblem | undefined> {
  const name = operationName(op)
  const traits = effects.operation(rsc, op)
  if (!traits.ok) return { op: name, message: traits.error }
  const misuse = misuseOf(traits.value, isCommand, args.length)
  if (misuse !== undefined) return { op: name, message: `\`${name}\` ${misuse}` }
  const missing = await findMissing(effects, { rsc, op, args, load })
  return missing && { op: name, ...missing }
}

/** What is not granted for these arguments, and why delegations do not grant it where there are any. */
export async function findMissing(
  effects: Effects,
  call: Parameters<Effects['missing']>[0],
): Promise<(Required<Pick<EffectProblem, 'message' | 'missing'>> & Pick<EffectProblem, 'denied'>) | undefined> {
  const missing = await effects.missing(call)
  if (missing === undefined) return undefined
  const denied = await effects.denied?.(call)
  const why = denied ? `: ${denied.message}` : ''
  return { message: `\`${missing}\` is not granted${why}`, missing, ...(denied ? { denied } : {}) }
}

/** The provider's word on the kind of an operation is the last. */
function misuseOf({ kind, secrets, secret }: OperationTraits, isCommand: boolean, given: number): string | undefined {
  if (kind === 'query' && isCommand) return 'is a query, and the job has it as a command'
  if (kind !== undefined && kind !== 'query' && !isCommand) return `is a ${kind}, and the job has it as a query`
  if (secret && isCommand) return 'is a command that gives a secret, which its journal would hold'
  if (secrets && secrets.length !== given) return `takes ${secrets.length} arguments, and the job gives it ${given}`
  return undefined
}
