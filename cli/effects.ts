import { fail, ok, type Result } from '../dag/result.ts'
import { printable } from '../grammar/render.ts'
import { box } from '../runtime/effects/box.ts'
import { parseGrant } from '../runtime/effects/grants.ts'
import type { Config } from '../runtime/effects/config.ts'
import { createEffects } from '../runtime/effects/host.ts'
import type { Provider } from '../runtime/effects/provider.ts'
import type { Effects } from '../runtime/interface.ts'
import { invocationOf } from '../runtime/ucan/request.ts'
import type { Rights } from '../runtime/ucan/rights.ts'
import { configNames, loadConfig } from './config.ts'
import type { Context } from './context.ts'
import { wrongUsage } from './diagnostics.ts'
import type { StoreDoor } from './host.ts'
import type { Reply } from './output.ts'
import { refused } from './refusal.ts'
import { sentence } from './trouble.ts'
import type { Asking } from './ucan/asking.ts'
import { keyFolder, storeDid } from './ucan/keys.ts'
import { judgeBy, rightsBy } from './ucan/rights.ts'

export interface Performing {
  effects: Effects
  /** What the run may do: for its record. */
  grants: string[]
}

export interface Granting {
  /** What `--allow` says. */
  allow?: readonly string[] | undefined
  /** What a run was granted when it began or was enqueued. `allow` of the configuration adds nothing to that. */
  recorded?: readonly string[] | undefined
  /** Who asks for the run, with which delegations. */
  asking?: Asking | undefined
}

/**
 * What performs the effects of a run: the providers in the box and those of the project's configuration, as far as it is
 * granted: by `--allow`, and by the configuration or the record of the run. Paths of files are relative to the current
 * folder.
 *
 * @param say takes messages of the job for people
 */
export async function loadEffects(
  context: Context,
  store: StoreDoor,
  { allow = [], recorded, asking }: Granting,
  say: (text: string) => void,
): Promise<Result<Performing, Reply>> {
  const root = process.cwd()
  const loaded = await loadConfig(root)
  if (!loaded.ok) return loaded
  const { config, file } = loaded.value
  const inBox = box({
    root,
    blocks: store.open().blocks,
    kept: [context.store, keyFolder(), ...configNames],
    log: message => say(`log: ${printable(message)}`),
    ...(config.secrets === undefined ? {} : { secrets: config.secrets }),
  })
  const providers: Provider[] = [...inBox, ...(config.providers ?? [])]
  const invocations = [...(recorded ?? []), ...(asking ? [asking.grant] : [])].filter(invocationOf)
  const sources: [where: string, grants: readonly string[]][] = [
    ['`--allow`', allow],
    recorded
      ? ['the record of the run', recorded.filter(grant => !invocationOf(grant))]
      : [`\`allow\` in \`${file}\``, config.allow ?? []],
  ]
  for (const [where, grants] of sources)
    for (const text of grants) {
      const grant = parseGrant(text, providers)
      if (!grant.ok) return fail(wrongUsage(sentence(`${where}: ${grant.error}`)))
    }
  const grants = [...new Set(sources.flatMap(([, texts]) => texts))]
  const rights = invocations.length > 0 ? await loadRights(store, invocations, asking, config, say) : ok([])
  if (!rights.ok) return rights
  const effects = createEffects({ providers, grants, rights: rights.value })
  // Grants were read above, so that only the configuration can be wrong.
  return effects.ok
    ? ok({ effects: effects.value, grants: [...grants, ...invocations] })
    : fail(wrongUsage(sentence(`\`${file}\`: ${effects.error}`)))
}

/**
 * What a run may do by the invocations among its grants. What is wrong with the delegations of who asks now is told, and
 * nothing is started; what is wrong by now with those that were there when the run began grants nothing.
 */
async function loadRights(
  store: StoreDoor,
  invocations: readonly string[],
  asking: Asking | undefined,
  { authorities = [] }: Config,
  say: (text: string) => void,
): Promise<Result<Rights[], Reply>> {
  const judge = judgeBy(store.folder)
  const trusted = [storeDid(store), ...authorities]
  const all: Rights[] = []
  for (const grant of invocations) {
    const granted = await rightsBy(invocationOf(grant)!, store.load, trusted, judge)
    const isNew = grant === asking?.grant
    if (!granted.ok) {
      if (isNew) return fail(refused(granted.error, 'The invocation'))
      say(`note: ${grant} grants nothing any more: ${granted.error.message}.`)
      continue
    }
    const { rights, delegations } = granted.value
    all.push(rights)
    for (const delegation of delegations) {
      const why = rights.useless(delegation, delegations)
      if (why && isNew) return fail(refused(why, `The delegation ${delegation.cid}`))
      if (why) say(`note: the delegation ${delegation.cid} grants nothing any more: ${why.message}.`)
    }
  }
  return ok(all)
}
