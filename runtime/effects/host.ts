import type { Ipld } from '../../dag/ipld.ts'
import { DECLASSIFY, operationName } from '../../dag/job.ts'
import { Budget, type Load } from '../../dag/load.ts'
import { materialize, place } from '../../dag/place.ts'
import { fail, ok, type Result } from '../../dag/result.ts'
import { suggest } from '../../dag/suggest.ts'
import { showType, type Type } from '../../dag/types.ts'
import { lower, type Value } from '../../dag/value.ts'
import { Unfit } from '../blocks.ts'
import type { EffectCall, EffectOutcome, Effects } from '../interface.ts'
import type { Enqueued } from '../journal/records.ts'
import { failure } from '../wasm/failure.ts'
import { operationNames, parseGrant, rulesFor, type Grant } from './grants.ts'
import type { Answer, Deed, Operation, Policy, Provider, Request } from './provider.ts'
import { createRedactor, holdsSecret } from './redact.ts'
import { checkProviders } from './validate.ts'

export interface EffectsOptions {
  /** Those in the box (`box.ts`) and one's own; each has a name of its own. */
  providers: readonly Provider[]
  /** What may be done, as `--allow` takes it: `http.get=example.com`. Nothing else is. */
  grants: readonly string[]
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
export function createEffects({ providers, grants }: EffectsOptions): Result<Effects, string> {
  const wrong = checkProviders(providers)
  if (wrong !== undefined) return fail(wrong)
  const granted: Grant[] = []
  for (const text of grants) {
    const grant = parseGrant(text, providers)
    if (!grant.ok) return grant
    granted.push(grant.value)
  }
  return ok(new Host(providers, granted))
}

/** Whether an earlier request has happened may turn out to be that it has not. */
type Probed = EffectOutcome | { kind: 'absent' }

class Host implements Effects {
  readonly #providers: readonly Provider[]
  readonly #grants: readonly Grant[]

  constructor(providers: readonly Provider[], grants: readonly Grant[]) {
    this.#providers = providers
    this.#grants = grants
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

  async missing({ rsc, op, args, load }: Parameters<Effects['missing']>[0]): Promise<string | undefined> {
    const name = operationName(op)
    const rules = rulesFor(op, this.#grants)
    if (isDeclassify(rsc, op)) return rules.length > 0 ? undefined : name
    const found = this.#find(rsc, op)
    if (!found.ok) return undefined
    const { policy, params } = found.value
    if (!policy) return rules.includes(undefined) ? undefined : name
    const subject = await subjectOf(policy, params, args, load)
    if (subject === undefined) return rules.length > 0 ? undefined : name
    return guarded(() => rules.some(rule => policy.covers(rule, subject))) ? undefined : `${name}=${subject}`
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
    if (rulesFor(DECLASSIFY, this.#grants).length === 0) return refused(operationName(DECLASSIFY))
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
    const rules = rulesFor(op, this.#grants)
    if (!policy && !rules.includes(undefined)) return refused(name)
    if (policy) {
      const asked = askFor(
        policy,
        policy.about.map(at => args.value[at]!),
      )
      if ('error' in asked) return { kind: 'failed', failure: failure('value', `\`${name}\`: ${asked.error}`) }
      if (!guarded(() => rules.some(rule => policy.covers(rule, asked.subject))))
        return refused(`${name}=${asked.subject}`)
    }
    const redact = createRedactor(params, args.value)
    const attempt = new Attempt(operation, signal, call.sent, redact)
    return attempt.run(sent => ask(operation, { args: args.value, key, rules, signal, sent }))
  }
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

/** What the arguments ask for, as far as they are known and fit. */
async function subjectOf(
  policy: Policy,
  params: readonly Type[],
  args: Ipld[],
  load: Load,
): Promise<string | undefined> {
  const values: Value[] = []
  for (const at of policy.about) {
    const arg = args[at]
    if (arg === undefined) return undefined
    // What holds a hole fits no type.
    const value = await materialize(params[at]!, arg, load, { maxBytes: maxArguments })
    if (!value.ok) return undefined
    values.push(value.value)
  }
  const asked = askFor(policy, values)
  return 'subject' in asked ? asked.subject : undefined
}

/** Characters of what a grant is about; more than that no grant can name. */
const maxSubject = 4000

function askFor(policy: Policy, values: Value[]): { subject: string } | { error: string } {
  const asked = guarded(() => policy.subject(values))
  if (asked && 'error' in asked) return { error: String(asked.error) }
  const subject: unknown = asked?.subject
  if (typeof subject !== 'string') return { error: 'its policy says nothing of its arguments' }
  return subject.length > maxSubject ? { error: `more than ${maxSubject} characters cannot be granted` } : { subject }
}

/** What a function of a provider gives; undefined where it throws. */
function guarded<T>(ask: () => T): T | undefined {
  try {
    return ask()
  } catch {
    return undefined
  }
}

function refused(grant: string): EffectOutcome {
  return { kind: 'failed', failure: failure('refused', `\`${grant}\` is not granted`) }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
