import type { Ipld } from '../../../dag/ipld.ts'
import { holeOf } from '../../../dag/job.ts'
import { ok } from '../../../dag/result.ts'
import type { Clock } from '../../../runtime/clock.ts'
import type { EffectCall, EffectOutcome, Effects, OperationTraits } from '../../../runtime/interface.ts'
import { failure } from '../../../runtime/wasm/failure.ts'

/** What a call comes to, and whether it was sent before. */
export interface Plan {
  /** Fails before the first byte, so many times. */
  unsent?: number
  /** Gives a value that says that nothing has happened, so many times. */
  again?: number
  /** Is sent and never answered, so many times. */
  lost?: number
  /** Is refused by the receiver. */
  failed?: boolean
}

/** A receiver of commands that does as it is told, and remembers what it was sent. */
export class Receiver {
  /** As `op(args)`, in the order of arrival. */
  readonly lines: string[] = []
  readonly keys: string[] = []
  readonly asked: string[] = []
  /** Whether what was lost has happened, for a probe. */
  happened = true
  /** What answers wait for. */
  delay: Promise<unknown> = Promise.resolve()
  /** Told of each arrival. */
  onArrival: (line: string) => void = () => undefined
  readonly #plans: Record<string, Plan>
  readonly #traits: Record<string, Partial<OperationTraits>>

  /**
   * @param plans by `op(args)`
   * @param traits by operation; `ask/…` are queries, all others irrevocable commands unless it is said otherwise
   */
  constructor(plans: Record<string, Plan> = {}, traits: Record<string, Partial<OperationTraits>> = {}) {
    this.#plans = structuredClone(plans)
    this.#traits = traits
  }

  get effects(): Effects {
    return {
      operation: (_, op) =>
        ok({
          kind: op.startsWith('ask/') ? 'query' : op.startsWith('note/') ? 'note' : 'command',
          ...{ recovery: 'irrevocable', secret: false, announces: true },
          ...this.#traits[op],
        }),
      missing: async ({ op, args }) =>
        op === 'deny/all' && !args.some(holeOf) ? `deny.all=${args.join()}` : undefined,
      perform: call => this.#perform(call),
      probe: async ({ op, args }) => {
        this.asked.push(`${op}(${args.join()})`)
        return this.happened ? { kind: 'ok', value: args[0]!, blocks: [] } : { kind: 'absent' }
      },
    }
  }

  async #perform({ op, args, key, sent }: EffectCall): Promise<EffectOutcome> {
    const line = `${op}(${args.map(arg => (arg instanceof Uint8Array ? arg.length : String(arg as Ipld))).join()})`
    const plan = this.#plans[line] ?? {}
    if (plan.unsent && plan.unsent-- > 0) return { kind: 'failed', failure: failure('effect', 'no connection') }
    if (plan.again && plan.again-- > 0) return { kind: 'ok', value: -1, blocks: [], again: true }
    await sent()
    this.lines.push(line)
    this.keys.push(key)
    this.onArrival(line)
    // Whoever comes later may overtake.
    await new Promise(resolve => setTimeout(resolve, this.lines.length % 3))
    await this.delay
    if (plan.lost && plan.lost-- > 0) return { kind: 'lost', failure: failure('effect', 'no answer') }
    if (plan.failed) return { kind: 'failed', failure: failure('effect', 'the receiver says no') }
    return { kind: 'ok', value: args[0]!, blocks: [] }
  }
}

/** Time that passes when somebody waits for it. */
export function quickClock(): Clock & { waited: number[] } {
  let now = 1_000_000
  const waited: number[] = []
  return {
    waited,
    now: () => now,
    async sleep(ms, signal) {
      signal?.throwIfAborted()
      waited.push(ms)
      now += ms
    },
  }
}
