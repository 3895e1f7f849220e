import { decodeType, encodeType, type Type } from '../../dag/types.ts'
import type { Deed, Provider } from './provider.ts'
import { holdsSecret } from './redact.ts'

/**
 * What is wrong with providers, which anybody may have written: names that cannot be called, types that are none,
 * functions that are missing. Undefined where all can be used.
 */
export function checkProviders(providers: readonly unknown[]): string | undefined {
  const names = new Set<string>()
  for (const [i, provider] of providers.entries()) {
    const wrong = checkProvider(provider)
    if (wrong !== undefined) return `provider ${i + 1} ${wrong}`
    const { name } = provider as Provider
    if (names.has(name)) return `there are two providers of the name \`${name}\``
    names.add(name)
  }
  return undefined
}

function checkProvider(given: unknown): string | undefined {
  if (!isRecord(given)) return 'is no object'
  const { name, scheme, operations } = given
  if (typeof name !== 'string' || !isName.test(name)) return `has no name: ${show(name)}`
  if (typeof scheme !== 'string' || !/^[a-z][a-z0-9+.-]*:$/.test(scheme))
    return `(\`${name}\`) has no scheme: ${show(scheme)}; one is \`mailto:\``
  if (!isRecord(operations) || Object.keys(operations).length === 0) return `(\`${name}\`) has no operations`
  for (const [operation, entry] of Object.entries(operations)) {
    if (!isName.test(operation)) return `(\`${name}\`) has an operation of the name ${show(operation)}`
    const wrong = checkOperation(entry)
    if (wrong !== undefined) return `(\`${name}\`): the operation \`${operation}\` ${wrong}`
  }
  return undefined
}

function checkOperation(given: unknown): string | undefined {
  if (!isRecord(given)) return 'is no object'
  const { kind, params, result, perform, recovery, probe, policy, fields, announces, child } = given as {
    [Field in keyof Deed]?: unknown
  }
  if (kind !== 'query' && kind !== 'note' && kind !== 'command')
    return `is of the kind ${show(kind)}; there are query, note and command`
  if (!Array.isArray(params)) return 'has no list `params`'
  const at = params.findIndex(type => !isType(type))
  if (at >= 0) return `has a parameter that is of no type: the one at ${at}`
  if (!isType(result)) return 'has no type `result`'
  if (typeof perform !== 'function') return 'has no function `perform`'
  if (kind === 'command' && !isRecovery(recovery))
    return 'has no `recovery`: idempotent, irrevocable, `{ keyed: ms }` or `{ probe: ms }`'
  const asks = isRecord(recovery) && 'probe' in recovery
  if (asks !== (typeof probe === 'function'))
    return 'needs a function `probe` if its recovery is `probe`, and only then'
  if (announces !== undefined && typeof announces !== 'boolean')
    return 'has an `announces` that is neither true nor false'
  if (child !== undefined && typeof child !== 'function') return 'has a `child` that is no function'
  return (
    (policy === undefined ? undefined : checkPolicy(policy, params as Type[])) ??
    (fields === undefined ? undefined : checkFields(fields, params as Type[]))
  )
}

function checkPolicy(policy: unknown, params: Type[]): string | undefined {
  if (!isRecord(policy)) return 'has a policy that is no object'
  const { about, subject, covers, wrong } = policy
  if (!Array.isArray(about) || about.length === 0 || !about.every(at => params[at as number] !== undefined))
    return 'has a policy that is about no argument: `about` lists the positions of some'
  if (about.some(at => holdsSecret(params[at as number]!)))
    return 'has a policy about a secret, which grants would tell'
  if (typeof subject !== 'function' || typeof covers !== 'function')
    return 'has a policy without the functions `subject` and `covers`'
  return wrong === undefined || typeof wrong === 'function' ? undefined : 'has a policy whose `wrong` is no function'
}

function checkFields(fields: unknown, params: Type[]): string | undefined {
  if (!isRecord(fields)) return 'has `fields` that are no object'
  const { about, of, names } = fields
  if (!Array.isArray(about) || !about.every(at => params[at as number] !== undefined))
    return 'has fields about what is no argument: `about` lists positions'
  if (about.some(at => holdsSecret(params[at as number]!)))
    return 'has fields about a secret, which policies would tell'
  if (typeof of !== 'function') return 'has fields without a function `of`'
  return names === undefined || typeof names === 'function' ? undefined : 'has fields whose `names` is no function'
}

const isName = /^[A-Za-z_][\w-]*$/

function isRecovery(given: unknown): boolean {
  if (given === 'idempotent' || given === 'irrevocable') return true
  if (!isRecord(given)) return false
  const [[kind, ms] = [], ...others] = Object.entries(given)
  return others.length === 0 && (kind === 'keyed' || kind === 'probe') && typeof ms === 'number' && ms > 0
}

/** Whether something is a type as this version knows them: what is written and read again is nothing else. */
function isType(given: unknown): given is Type {
  try {
    return isRecord(given) && decodeType(encodeType(given as unknown as Type)).ok
  } catch {
    return false
  }
}

function isRecord(given: unknown): given is Record<string, unknown> {
  return typeof given === 'object' && given !== null && !Array.isArray(given)
}

function show(given: unknown): string {
  return (JSON.stringify(given) ?? String(given)).slice(0, 64)
}
