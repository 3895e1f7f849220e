import { printable } from '../grammar/render.ts'
import { fail, ok, type Result } from '../dag/result.ts'
import { box } from '../runtime/effects/box.ts'
import { parseGrant } from '../runtime/effects/grants.ts'
import { createEffects } from '../runtime/effects/host.ts'
import type { Provider } from '../runtime/effects/provider.ts'
import type { Effects } from '../runtime/interface.ts'
import { configNames, loadConfig } from './config.ts'
import type { Context } from './context.ts'
import { wrongUsage } from './diagnostics.ts'
import type { StoreDoor } from './host.ts'
import type { Reply } from './output.ts'
import { sentence } from './trouble.ts'

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
  { allow = [], recorded }: Granting,
  say: (text: string) => void,
): Promise<Result<Performing, Reply>> {
  const root = process.cwd()
  const loaded = await loadConfig(root)
  if (!loaded.ok) return loaded
  const { config, file } = loaded.value
  const inBox = box({
    root,
    blocks: store.open().blocks,
    kept: [context.store, ...configNames],
    log: message => say(`log: ${printable(message)}`),
    ...(config.secrets === undefined ? {} : { secrets: config.secrets }),
  })
  const providers: Provider[] = [...inBox, ...(config.providers ?? [])]
  const sources: [where: string, grants: readonly string[]][] = [
    ['`--allow`', allow],
    recorded ? ['the record of the run', recorded] : [`\`allow\` in \`${file}\``, config.allow ?? []],
  ]
  for (const [where, grants] of sources)
    for (const text of grants) {
      const grant = parseGrant(text, providers)
      if (!grant.ok) return fail(wrongUsage(sentence(`${where}: ${grant.error}`)))
    }
  const grants = [...new Set(sources.flatMap(([, texts]) => texts))]
  const effects = createEffects({ providers, grants })
  // Grants were read above, so that only the configuration can be wrong.
  return effects.ok
    ? ok({ effects: effects.value, grants })
    : fail(wrongUsage(sentence(`\`${file}\`: ${effects.error}`)))
}
