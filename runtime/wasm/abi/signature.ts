import type { FuncType } from '../../../dag/component/ast.ts'
import type { Value } from '../../../dag/value.ts'
import { type Codec, codecOf, flatLimit, flatten, Misfit } from './codec.ts'
import { type Crossing, FlatReader, type FlatValue } from './crossing.ts'
import { trifle } from './costs.ts'
import { layOut } from './records.ts'

/**
 * How the parameters and the result of one function type cross, in either direction (canonical ABI, "flatten_functype",
 * "lift_values", "lower_values"): flat while they fit, through memory beyond that.
 */
export class Signature {
  readonly #params: readonly Codec[]
  readonly #result: Codec
  /** Where all parameters lie when they go through memory. */
  readonly #spill: ReturnType<typeof layOut> | undefined
  /** What every call takes, for gas and for memory. */
  readonly #own: [weight: number, cost: number]
  readonly #resultOwn: [weight: number, cost: number]
  /** Whether the result is too wide for one flat value, and goes through memory. */
  readonly #wide: boolean

  constructor(type: FuncType) {
    this.#params = type.params.map(param => codecOf(param.type))
    this.#result = codecOf(type.result)
    const flat = flatten(this.#params.map(codec => codec.flat))
    this.#spill = flat.length > flatLimit ? layOut(this.#params) : undefined
    this.#own = weigh(this.#params)
    this.#resultOwn = weigh([this.#result])
    this.#wide = this.#result.flat.length > 1
  }

  /** Gives arguments to a guest's function. */
  lowerParams(crossing: Crossing, args: readonly Value[]): FlatValue[] {
    if (args.length !== this.#params.length)
      throw new Misfit(`${args.length} arguments were given for ${this.#params.length}`)
    const flat: FlatValue[] = []
    if (this.#spill) {
      const { slots, size, align } = this.#spill
      const at = crossing.allocate(size, align)
      slots.forEach(({ codec, offset }, i) => codec.store(crossing, args[i]!, at + offset))
      flat.push(at)
    } else for (let i = 0; i < args.length; i++) this.#params[i]!.lower(crossing, args[i]!, flat)
    return flat
  }

  /** Takes the result of a guest's function. */
  liftResult(crossing: Crossing, raw: FlatValue | undefined): Value {
    crossing.take(...this.#resultOwn)
    if (!this.#wide) return this.#result.lift(crossing, new FlatReader(raw === undefined ? [] : [raw]))
    const at = (raw as number) >>> 0
    crossing.check(at, this.#result.size, this.#result.align, 'result')
    return this.#result.load(crossing, at)
  }

  /** Takes the arguments that a guest gives to an import. */
  liftParams(crossing: Crossing, flat: readonly FlatValue[]): Value[] {
    crossing.take(...this.#own)
    if (!this.#spill) {
      const reader = new FlatReader(flat)
      return this.#params.map(codec => codec.lift(crossing, reader))
    }
    const { slots, size, align } = this.#spill
    const at = (flat[0] as number) >>> 0
    crossing.check(at, size, align, 'list of parameters')
    return slots.map(({ codec, offset }) => codec.load(crossing, at + offset))
  }

  /** Gives the result of an import to the guest; a wide one goes where the last flat argument points. */
  lowerResult(crossing: Crossing, value: Value, flat: readonly FlatValue[]): FlatValue | undefined {
    if (!this.#wide) {
      const out: FlatValue[] = []
      this.#result.lower(crossing, value, out)
      return out[0]
    }
    const at = (flat.at(-1) as number) >>> 0
    crossing.check(at, this.#result.size, this.#result.align, 'place for a result')
    this.#result.store(crossing, value, at)
    return undefined
  }
}

/** Where that is more than a trifle. */
function weigh(codecs: readonly Codec[]): [weight: number, cost: number] {
  const weight = codecs.reduce((sum, codec) => sum + codec.weight, 0)
  const cost = codecs.reduce((sum, codec) => sum + codec.cost, 0)
  return [weight > trifle ? weight : 0, cost > trifle ? cost : 0]
}

const signatures = new WeakMap<FuncType, Signature>()

export function signatureOf(type: FuncType): Signature {
  let signature = signatures.get(type)
  if (!signature) signatures.set(type, (signature = new Signature(type)))
  return signature
}
