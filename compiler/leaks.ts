import type { Task } from '../dag/graph.ts'
import { normalize } from '../dag/normalize.ts'
import { diagnose, type Diagnostic } from '../grammar/diagnostics.ts'
import { DECIDES, operationName } from './check/effects.ts'
import type { CheckedJob, Site } from './core.ts'
import { Demand } from './demand.ts'
import { lowerJob, type Decided } from './lower.ts'
import type { Program } from './modules.ts'
import { holdsSecret } from './open.ts'
import { secretOutcomes, type Outcome } from './outcomes.ts'
import { secretDecisions } from './secrecy.ts'

/**
 * Reports effects that are performed only where a secret says so, since nothing but what it decides about demands them.
 * What stands in a branch is told when that is checked; this is for what is demanded from there, over `let`s and calls,
 * and for secrets that jobs are given for parameters that are none. Outcomes that tell of a secret are reported too.
 */
export async function refuseLeaks({ files, diagnostics }: Program): Promise<void> {
  const jobs: CheckedJob[] = []
  for (const { context } of files.values()) context.jobs.forEach(job => seesSecrets(job) && jobs.push(job))
  // One mistake gives one error: a decision is told once, wherever its job is called, with the first effect.
  const found = new Map<string, Diagnostic>()
  for (const job of jobs)
    for (const diagnostic of await leaksOf(job)) {
      const [{ span } = diagnostic] = diagnostic.related
      const key = JSON.stringify([diagnostic.name, span])
      const known = found.get(key)
      if (!known || diagnostic.span.start < known.span.start) found.set(key, diagnostic)
    }
  diagnostics.push(...found.values())
}

function seesSecrets({ params, effects }: CheckedJob): boolean {
  if (effects.size === 0) return false
  return [...params.map(({ binding }) => binding.type), ...[...effects.values()].map(({ result }) => result)].some(
    holdsSecret,
  )
}

async function leaksOf(job: CheckedJob): Promise<Diagnostic[]> {
  const lowered = await lowerJob(job)
  // What is too large is told when the job is compiled.
  if (!lowered.ok) return []
  const { graph, sites, decisions, secrets } = lowered.value
  const outcomes = secretOutcomes(graph, secrets).flatMap(outcome => tellOutcome(outcome, sites))
  const secret = secretDecisions(graph, decisions)
  if (secret.size === 0) return outcomes
  const normal = await normalize(graph)
  const deciding = new Map<Task, Decided>()
  for (const [task, origin] of normal.origins) {
    const decision = secret.get(origin)
    if (decision) deciding.set(task, decision)
  }
  const demand = new Demand(normal.graph, deciding)
  if (demand.tooLarge) {
    const { file, start, end } = job.site
    const message = 'what its secrets decide about cannot be followed.'
    return [diagnose('TooLarge', { message }, { file, start, end })]
  }
  const effects = demand.effects().flatMap(effect => {
    const decision = demand.decidedBy(effect)
    const site = sites.get(normal.origins.get(effect)!)
    if (!decision || !site) return []
    const { file, start, end } = decision
    const related = [{ message: DECIDES, span: { file, start, end } }]
    const name = operationName(effect.op)
    return diagnose(
      'SecretDemands',
      { name, call: site.name },
      { file: site.file, start: site.start, end: site.end },
      { related },
    )
  })
  return [...outcomes, ...effects]
}

function tellOutcome({ task, cause }: Outcome, sites: Map<Task, Site>): Diagnostic[] {
  const [site, fails] = [sites.get(task), sites.get(cause)]
  if (!site) return []
  const spanOf = ({ file, start, end }: Site) => ({ file, start, end })
  const word = task.op === 'core/try' ? 'try' : 'catch'
  const related = [{ message: 'this is made of a secret, and may fail', span: spanOf(fails ?? site) }]
  return [diagnose('SecretOutcome', { word }, spanOf(site), { related })]
}
