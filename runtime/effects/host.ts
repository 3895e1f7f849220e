import { isMap, type Ipld, type IpldMap } from '../../dag/ipld.ts'
import { DECLASSIFY, operationName } from '../../dag/job.ts'
import { Budget, type Load } from '../../dag/load.ts'
import { materialize, place } from '../../dag/place.ts'
import { fail, ok, type Result } from '../../dag/result.ts'
import { suggest } from '../../dag/suggest.ts'
import { showType } from '../../dag/types.ts'
import { lower, type Value } from '../../dag/value.ts'
import { Unfit } from '../blocks.ts'
import type { Denial, EffectCall, EffectOutcome, Effects } from '../interface.ts'
import type { Enqueued } from '../journal/records.ts'
import { demandsOf } from '../ucan/policy.ts'
import { commandOf, type Chain, type Rights } from '../ucan/rights.ts'
import { failure } from '../wasm/failure.ts'
import { operationNames, parseGrant, rulesFor, type Grant } from './grants.ts'
import type { Answer, Deed, Fields, Operation, Policy, Provider, Request } from './provider.ts'
import { createRedactor, holdsSecret } from './redact.ts'
import { checkProviders } from './validate.ts'

export interface EffectsOptions {
  /** Those in the box (`box.ts`) and one's own; each has a name of its own. */
  providers: readonly Provider[]
  /** What may be done, as `--allow` takes it: `http.get=example.com`. Nothing else is. */
  grants: readonly string[]
  /** What may be done beside that, by delegations (docs/ucan.md). */
  rights?: readonly Rights[]
}

/** Bytes of the arguments of one performance. */
const maxArguments = 256 << 20

/**
 * Effects that are performed by providers, as far as they are granted. What a provider does is not trusted: what it
 * takes and gives is checked against its own types, what it says of a secret argument is covered, what it throws is a
 * failure, and it may not begin anything when its time is over.
 *
 * @returns an error where a grant or a provider cannot be understood
 */
export function createEffects({ providers, grants, rights = [] }: EffectsOptions): Result<Effects, string> {
  const wrong = checkProviders(providers)
  if (wrong !== undefined) return fail(wrong)
  const granted: Grant[] = []
  for (const text of grants) {
    const grant = parseGrant(text, providers)
    if (!grant.ok) return grant
    granted.push(grant.value)
  }
  return ok(new Host(providers, granted, rights))
}

/** Whether an earlier request has happened may turn out to be that it has not. */
type Probed = EffectOutcome | { kind: 'absent' }

class Host implements Effects {
  readonly #providers: readonly Provider[]
  readonly #grants: readonly Grant[]
  readonly #rights: readonly Rights[]

  constructor(providers: readonly Provider[], grants: readonly Grant[], rights: readonly Rights[]) {
    this.#providers = providers
    this.#grants = grants
    this.#rights = rights
  }

  operation(rsc: string, op: string): ReturnType<Effects['operation']> {
    if (isDeclassify(rsc, op)) return ok({ kind: 'query', recovery: 'idempotent', secrets: [true], secret: false })
    const found = this.#find(rsc, op)
    if (!found.ok) return found
    const { kind, params, result } = found.value
    const shared = { kind, secrets: params.map(holdsSecret), secret: holdsSecret(result), result }
    return kind === 'command'
      ? ok({ ...shared, recovery: found.value.recovery, announces: found.value.announces === true })
      : ok({ ...shared, recovery: 'idempotent' })
  }

  async missing(call: Parameters<Effects['missing']>[0]): Promise<string | undefined> {
    const { rsc, op } = call
    const name = operationName(op)
    if (isDeclassify(rsc, op)) return this.#rules(op, undefined, { record: {} }).length > 0 ? undefined : name
    const found = this.#find(rsc, op)
    if (!found.ok) return undefined
    const { policy } = found.value
    const asked = await askedOf(found.value, call)
    const rules = this.#rules(op, found.value.fields, asked)
    if (!policy) return rules.includes(undefined) ? undefined : name
    const { subject } = asked
    if (subject === undefined) return rules.length > 0 ? undefined : name
    return guarded(() => rules.some(rule => policy.covers(rule, subject))) ? undefined : `${name}=${subject}`
  }

  async denied(call: Parameters<Effects['missing']>[0]): Promise<Denial | undefined> {
    const found = this.#find(call.rsc, call.op)
    return this.#denial(call.op, found.ok ? (await askedOf(found.value, call)).record : {})
  }

  /** What is in the way of the delegations that there are. */
  #denial(op: string, record: IpldMap | undefined): Denial | undefined {
    const command = commandOf(op)
    for (const rights of this.#rights) {
      const allowed = rights.allowing(command, record)
      if (!allowed.ok) return { holder: rights.holder, command, message: allowed.error.message }
    }
    return undefined
  }

  /** The rules by which an operation may be performed with these arguments: those of grants, and those of delegations. */
  #rules(op: string, fields: Fields | undefined, { subject, record }: AskedFor): (string | undefined)[] {
    const rules = rulesFor(op, this.#grants)
    for (const rights of this.#rights) {
      const allowed = rights.allowing(commandOf(op), record)
      if (!allowed.ok) continue
      rules.push(undefined)
      if (subject !== undefined && allowed.value.some(chain => isNamedBy(chain, fields))) rules.push(subject)
    }
    return rules
  }

  async perform(call: EffectCall, signal: AbortSignal): Promise<EffectOutcome> {
    if (isDeclassify(call.rsc, call.op)) return this.#declassify(call.args)
    const outcome = await this.#carryOut(call, signal, (operation, request) => operation.perform(request))
    if (outcome.kind === 'absent') throw new Error('only a probe says that something is absent')
    return outcome
  }

  child({ rsc, op, key }: EffectCall): Enqueued | undefined {
    const found = this.#find(rsc, op)
    return found.ok && found.value.kind === 'command' ? found.value.child?.(key) : undefined
  }

  async probe(call: EffectCall, signal: AbortSignal): Promise<Probed> {
    return this.#carryOut(call, signal, (operation, request) => (operation as Deed).probe!(request))
  }

  /** Gives a secret away: the value itself, whatever its type. */
  #declassify(args: Ipld[]): EffectOutcome {
    if (args.length !== 1) return { kind: 'failed', failure: failure('value', 'it takes one argument') }
    if (this.#rules(DECLASSIFY, undefined, { record: {} }).length === 0)
      return refused(operationName(DECLASSIFY), this.#denial(DECLASSIFY, {}))
    return { kind: 'ok', value: args[0]!, blocks: [] }
  }

  /** The operation of a provider, or what is wrong with asking for it. */
  #find(rsc: string, op: string): Result<Operation, string> {
    const name = operationName(op)
    const [effect, operation] = op.split('/') as [string, string]
    const provider = this.#providers.find(one => one.name === effect)
    if (!provider || !Object.hasOwn(provider.operations, operation)) {
      const near = suggest(name, operationNames(this.#providers))
      return fail(`nothing here performs \`${name}\`${near === undefined ? '' : `; did you mean \`${near}\`?`}`)
    }
    if (provider.scheme !== rsc)
      return fail(`\`${name}\` is performed under \`${provider.scheme}\`, and the job declares it under \`${rsc}\``)
    return ok(provider.operations[operation]!)
  }

  async #carryOut(
    call: EffectCall,
    signal: AbortSignal,
    ask: (operation: Operation, request: Request) => Promise<Answer | { kind: 'absent' }>,
  ): Promise<Probed> {
    const { rsc, op, load, key } = call
    const found = this.#find(rsc, op)
    if (!found.ok) return { kind: 'refused', message: found.error }
    const operation = found.value
    const { params, policy } = operation
    const args = await readArguments(operation, call.args, load)
    if (!args.ok) return { kind: 'failed', failure: failure('value', args.error) }

    const name = operationName(op)
    const asked = askFor(operation, args.value)
    if ('error' in asked) return { kind: 'failed', failure: failure('value', `\`${name}\`: ${asked.error}`) }
    const { subject, record } = asked
    const rules = record ? this.#rules(op, operation.fields, asked) : rulesFor(op, this.#grants)
    if (!policy && !rules.includes(undefined)) return refused(name, this.#denial(op, record))
    if (policy && !guarded(() => rules.some(rule => policy.covers(rule, subject!))))
      return refused(`${name}=${subject}`, this.#denial(op, record))
    const rulesOf: Request['rulesOf'] = others => {
      const instead = askFor(operation, others)
      return 'error' in instead || !instead.record
        ? rulesFor(op, this.#grants)
        : this.#rules(op, operation.fields, instead)
    }
    const redact = createRedactor(params, args.value)
    const attempt = new Attempt(operation, signal, call.sent, redact)
    return attempt.run(sent => ask(operation, { args: args.value, key, rules, rulesOf, signal, sent }))
  }
}

/** What arguments ask for: what a grant names, and what policies see; each absent where it is not known. */
interface AskedFor {
  subject?: string | undefined
  record?: IpldMap | undefined
}

/**
 * Whether the first delegation of a chain, which is by who may grant, names what it is about itself. Those behind it only
 * narrow, whatever they name.
 */
function isNamedBy({ delegations: [root] }: Chain, fields: Fields | undefined): boolean {
  const demands = root ? [...demandsOf(root.pol)] : []
  return demands.some(demand => {
    const { op, field } = demand
    return (op === '==' && field === 'subject') || guarded(() => fields?.names?.(demand)) === true
  })
}

/** One performance: what a provider says, and whether it had begun when its time was over. */
class Attempt {
  readonly #operation: Operation
  readonly #signal: AbortSignal
  readonly #tell: () => Promise<void>
  readonly #redact: (text: string) => string
  #sent = false
  #over = false

  constructor(operation: Operation, signal: AbortSignal, tell: () => Promise<void>, redact: (text: string) => string) {
    this.#operation = operation
    this.#signal = signal
    this.#tell = tell
    this.#redact = redact
  }

  async run(ask: (sent: () => Promise<void>) => Promise<Answer | { kind: 'absent' }>): Promise<Probed> {
    if (this.#signal.aborted) return this.#timeOver()
    // What does not say when it sends may send at any time.
    this.#sent = this.#operation.kind === 'command' && this.#operation.announces !== true
    const answer = (async () => ask(() => this.#send()))()
    try {
      return await this.#outcomeOf(await orAborted(answer, this.#signal))
    } catch (error) {
      if (this.#signal.aborted) return this.#timeOver()
      return this.#lost('effect', messageOf(error))
    } finally {
      this.#over = true
    }
  }

  async #send(): Promise<void> {
    this.#mayStill()
    await this.#tell()
    this.#mayStill()
    this.#sent = true
  }

  #mayStill(): void {
    if (this.#over || this.#signal.aborted) throw new Error('it comes too late: nobody waits for it any more')
  }

  /** What has not begun when it is stopped has not happened, and the run knows that it was stopped. */
  #timeOver(): EffectOutcome {
    const { reason } = this.#signal
    const isTimeout = reason instanceof Error && reason.name === 'TimeoutError'
    if (!isTimeout && !(this.#sent && this.#operation.kind === 'command')) throw reason
    return this.#lost('time', 'it has not ended in time')
  }

  async #outcomeOf(answer: Answer | { kind: 'absent' }): Promise<Probed> {
    switch (answer.kind) {
      case 'ok':
        return this.#placed(answer.value, answer.again === true)
      case 'failed':
        if (!failures.includes(answer.failure)) return this.#lost('effect', 'the provider gives a failure of no kind')
        return { kind: 'failed', failure: failure(answer.failure, this.#redact(String(answer.detail))) }
      case 'lost':
        this.#sent = true
        return this.#lost('effect', String(answer.detail))
      case 'absent':
        return answer
      default:
        return this.#lost('effect', 'the provider gives an answer of no kind')
    }
  }

  /** A provider may be anybody's, so that its value may be of any type. */
  async #placed(value: Value, again: boolean): Promise<EffectOutcome> {
    // What has a value has happened, whatever the value is worth.
    this.#sent = true
    const { result } = this.#operation
    const form = lower(result, value, 'its value')
    if (!form.ok)
      return this.#lost('effect', `the provider gives a wrong value: ${form.error.path}: ${form.error.message}`)
    const placed = await place(result, form.value)
    if (!placed.ok) return this.#lost('effect', `the provider gives a wrong value: ${placed.error.message}`)
    return { kind: 'ok', ...placed.value, ...(again ? { again } : {}) }
  }

  /** Only a command can be lost, and only after it began; all else is known not to have happened. */
  #lost(kind: 'effect' | 'time', detail: string): EffectOutcome {
    const isLost = this.#sent && this.#operation.kind === 'command'
    return { kind: isLost ? 'lost' : 'failed', failure: failure(kind, this.#redact(detail)) }
  }
}

const failures: readonly string[] = ['effect', 'refused', 'time', 'value'] satisfies (Answer & {
  kind: 'failed'
})['failure'][]

function isDeclassify(rsc: string, op: string): boolean {
  return op === DECLASSIFY && rsc === 'secret:'
}

/** The promise, or the abort if that comes first; then nobody hears what it comes to. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

/** The arguments as the operation takes them. Of one that may hold a secret an error says no more than where it stands. */
async function readArguments({ params }: Operation, args: Ipld[], load: Load): Promise<Result<Value[], string>> {
  if (args.length !== params.length)
    return fail(`it takes ${params.length} arguments, and the job gives it ${args.length}`)
  const budget = new Budget({ maxBytes: maxArguments })
  const values: Value[] = []
  for (const [i, type] of params.entries()) {
    const value = await materialize(type, args[i]!, load, budget, `args[${i}]`)
    if (!value.ok) {
      const { code, message } = value.error
      // A block that is missing or damaged is no doing of the task.
      if (code !== 'value' && code !== 'type' && code !== 'size') throw new Unfit(value.error)
      return fail(holdsSecret(type) ? `args[${i}] does not fit \`${showType(type)}\`` : message)
    }
    values.push(value.value)
  }
  return ok(values)
}

/** What the arguments of a call ask for, as far as they are known and fit. */
async function askedOf(
  { policy, fields, params }: Operation,
  { args, load }: Pick<EffectCall, 'args' | 'load'>,
): Promise<AskedFor> {
  const values = new Map<number, Value>()
  for (const at of new Set([...(policy?.about ?? []), ...(fields?.about ?? [])])) {
    const arg = args[at]
    if (arg === undefined) continue
    // What holds a hole fits no type.
    const value = await materialize(params[at]!, arg, load, { maxBytes: maxArguments })
    if (value.ok) values.set(at, value.value)
  }
  const subject = policy && subjectOf(policy, values)
  if (policy && !subject) return {}
  if (subject && 'error' in subject) return {}
  const { about } = fields ?? { about: [] }
  const record = about.every(at => values.has(at)) ? recordOf(fields, values, subject?.subject) : undefined
  return { ...subject, record }
}

/** Characters of what a grant is about; more than that no grant can name. */
const maxSubject = 4000

/** What arguments ask for; an error where the operation has a policy that can make nothing of them. */
function askFor({ policy, fields }: Operation, args: readonly Value[]): AskedFor | { error: string } {
  const values = new Map(args.entries())
  const subject = policy && subjectOf(policy, values)
  if (policy && !subject) return { error: 'its policy says nothing of its arguments' }
  if (subject && 'error' in subject) return subject
  return { ...subject, record: recordOf(fields, values, subject?.subject) }
}

function subjectOf(
  policy: Policy,
  values: ReadonlyMap<number, Value>,
): { subject: string } | { error: string } | undefined {
  if (!policy.about.every(at => values.has(at))) return undefined
  const asked = guarded(() => policy.subject(policy.about.map(at => values.get(at)!)))
  if (asked && 'error' in asked) return { error: String(asked.error) }
  const subject: unknown = asked?.subject
  if (typeof subject !== 'string') return { error: 'its policy says nothing of its arguments' }
  return subject.length > maxSubject ? { error: `more than ${maxSubject} characters cannot be granted` } : { subject }
}

/** The arguments as policies of delegations see them; undefined where the provider can make nothing of them. */
function recordOf(
  fields: Fields | undefined,
  values: ReadonlyMap<number, Value>,
  subject: string | undefined,
): IpldMap | undefined {
  const named = fields ? guarded(() => fields.of(fields.about.map(at => values.get(at)!))) : {}
  // A provider may be anybody's, so that it may give anything.
  return named && isMap(named) ? { ...named, ...(subject === undefined ? {} : { subject }) } : undefined
}

/** What a function of a provider gives; undefined where it throws. */
function guarded<T>(ask: () => T): T | undefined {
  try {
    return ask()
  } catch {
    return undefined
  }
}

function refused(grant: string, denied: Denial | undefined): EffectOutcome {
  const more = denied ? `: ${denied.message}` : ''
  return { kind: 'failed', failure: failure('refused', `\`${grant}\` is not granted${more}`) }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
