import { DECLASSIFY, operationName } from '../../dag/job.ts'
import { fail, ok, type Result } from '../../dag/result.ts'
import { suggest } from '../../dag/suggest.ts'
import type { Provider } from './provider.ts'

/** What a run may do: `http.get`, `http.get=example.com:443`, `fs.*=./out`, `declassify`. */
export interface Grant {
  /** `http/get`, or `http/*` for all of an effect. */
  op: string
  /** What stands behind the `=`; absent where the operation is granted as a whole. */
  rule?: string
}

/** Longest grant, in characters. */
const maxGrant = 4096

/** Reads a grant. One that no operation of these providers is meant by is an error, with the name that may be meant. */
export function parseGrant(text: string, providers: readonly Provider[]): Result<Grant, string> {
  if (text.length > maxGrant) return fail(`a grant is longer than ${maxGrant} characters`)
  const at = text.indexOf('=')
  const name = at < 0 ? text : text.slice(0, at)
  const rule = at < 0 ? undefined : text.slice(at + 1)
  const wrong = (why: string): Result<never, string> => fail(`\`${text}\` is no grant: ${why}`)
  if (rule === '') return wrong('nothing stands behind the `=`')
  if (rule !== undefined && /\p{Cc}/u.test(rule)) return wrong('control characters stand in it')
  if (name === operationName(DECLASSIFY)) {
    if (rule !== undefined) return wrong('`declassify` is granted as a whole')
    return ok({ op: DECLASSIFY })
  }
  const [effect = '', operation, ...others] = name.split('.')
  const provider = providers.find(one => one.name === effect)
  if (!provider || operation === undefined || others.length > 0) return wrong(nearest(name, providers))
  const granted =
    operation === '*'
      ? Object.values(provider.operations)
      : Object.hasOwn(provider.operations, operation)
        ? [provider.operations[operation]!]
        : undefined
  if (!granted) return wrong(nearest(name, providers))
  if (rule === undefined) return ok({ op: `${effect}/${operation}` })
  // Of all operations of an effect a rule is for those that know rules.
  const policies = granted.flatMap(({ policy }) => policy ?? [])
  if (policies.length === 0) return wrong(`\`${name}\` is granted as a whole, without a rule`)
  for (const policy of policies) {
    const why = policy.wrong?.(rule)
    if (why !== undefined) return wrong(why)
  }
  return ok({ op: `${effect}/${operation}`, rule })
}

/** The rules by which an operation, `http/get`, is granted; without any it is not. Undefined is the operation as a whole. */
export function rulesFor(op: string, grants: readonly Grant[]): (string | undefined)[] {
  const all = `${op.split('/')[0]}/*`
  // Giving secrets away is granted by its own name alone.
  return grants.filter(grant => grant.op === op || (grant.op === all && op !== DECLASSIFY)).map(({ rule }) => rule)
}

/** The names of all operations, as grants and sources write them. */
export function operationNames(providers: readonly Provider[]): string[] {
  return providers.flatMap(({ name, operations }) => Object.keys(operations).map(operation => `${name}.${operation}`))
}

/** What is wrong with a name that no operation has. */
function nearest(name: string, providers: readonly Provider[]): string {
  if (providers.some(one => one.name === name)) return `name an operation of \`${name}\`, or all: \`${name}.*\``
  const known = [...operationNames(providers), ...providers.map(one => `${one.name}.*`), operationName(DECLASSIFY)]
  const spoken = name.replace('/', '.')
  const near = known.includes(spoken) ? spoken : suggest(spoken, known)
  const effects = providers.map(one => `\`${one.name}\``).join(', ')
  const hint = near === undefined ? `the effects are ${effects}` : `did you mean \`${near}\`?`
  return `there is no operation \`${name}\`; ${hint}`
}
