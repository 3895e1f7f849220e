import { fail, ok, type Result } from '../../dag/result.ts'
import { suggest } from '../../dag/suggest.ts'
import { plainDid, publicKeyOf } from '../did.ts'
import type { Provider } from './provider.ts'
import { checkProviders } from './validate.ts'

/** What a project says of its effects: the default export of `ipvm.config.ts` (docs/effects.md, Configuration). */
export interface Config {
  /** Grants, as `--allow` takes them: `http.get=example.com`. */
  allow?: readonly string[]
  /** Providers beside those in the box. */
  providers?: readonly Provider[]
  /** Where secrets are kept: a file of JSON or a folder; default `secrets.json`. */
  secrets?: string
  /** DIDs of those whose delegations count, beside the store's own (docs/ucan.md). */
  authorities?: readonly string[]
  /** Whose receipts are remembered (docs/receipts.md): `did:key`s. */
  trust?: readonly string[]
}

const fields = ['allow', 'providers', 'secrets', 'authorities', 'trust'] as const satisfies (keyof Config)[]

/** What the configuration of a project exports, checked; an error is a sentence without its end. */
export function readConfig(given: unknown): Result<Config, string> {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    return fail('it has no object as its default export: `export default { allow: ["http.get"] }`')
  const config = given as Record<string, unknown>
  const stray = Object.keys(config).find(key => !fields.some(field => field === key))
  if (stray !== undefined) {
    const near = suggest(stray, fields)
    const hint = near === undefined ? `there are ${fields.join(', ')}` : `did you mean \`${near}\`?`
    return fail(`there is no field \`${stray.slice(0, 64)}\`; ${hint}`)
  }
  const { allow, providers, secrets, authorities, trust } = config
  if (allow !== undefined && !(Array.isArray(allow) && allow.every(grant => typeof grant === 'string')))
    return fail('`allow` must be a list of texts: `["http.get=example.com"]`')
  if (providers !== undefined && !Array.isArray(providers)) return fail('`providers` must be a list')
  const wrong = providers && checkProviders(providers)
  if (wrong !== undefined) return fail(wrong)
  if (secrets !== undefined && (typeof secrets !== 'string' || secrets === ''))
    return fail('`secrets` must be the path of a file or a folder')
  const isDid = (did: unknown): boolean => typeof did === 'string' && plainDid(did) === did
  if (authorities !== undefined && !(Array.isArray(authorities) && authorities.every(isDid)))
    return fail('`authorities` must be a list of DIDs: `["did:key:z6Mk…"]`')
  if (trust !== undefined && !Array.isArray(trust))
    return fail('`trust` must be a list of issuers: `["did:key:z6Mk…"]`')
  const stranger = trust?.find(did => typeof did !== 'string' || publicKeyOf(did) === undefined)
  if (stranger !== undefined)
    return fail(`\`trust\` holds ${JSON.stringify(stranger)?.slice(0, 100)}, which is no Ed25519 \`did:key\``)
  return ok(config)
}
