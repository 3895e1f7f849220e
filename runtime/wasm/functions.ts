import type { CanonOptions, Definition } from '../../dag/component/ast.ts'
import type { Value } from '../../dag/value.ts'
import type { CoreFunction, Crossing, FlatValue } from './abi/crossing.ts'
import { type Signature, signatureOf } from './abi/signature.ts'
import { Ended, trap } from './failure.ts'
import type { Instance } from './instance.ts'
import type { Log } from './log.ts'
import { crossingBytes } from './schedule.ts'
import type { HostFunction } from './wasi.ts'

/** A component function: takes and gives values, wherever it lives. */
export type Func = LiftedFunc | HostFunc

export class HostFunc {
  /** For messages: `wasi:cli/exit.exit`. */
  readonly name: string
  readonly #function: HostFunction
  readonly #log: Log
  constructor(name: string, hostFunction: HostFunction, log: Log) {
    this.name = name
    this.#function = hostFunction
    this.#log = log
  }
  call(args: Value[]): Value {
    return this.#function(args, this.#log)
  }
}

type Lift = Extract<Definition, { kind: 'lift' }>
type Lower = Extract<Definition, { kind: 'lower' }>

/** What a `lift` or `lower` needs at run time; looked up at the first call, when the lists are finished. */
interface Bound {
  signature: Signature
  crossing: Crossing
}

interface LiftBound extends Bound {
  postReturn: CoreFunction | undefined
}

/** A core function as a component function ("canon lift"). */
export class LiftedFunc {
  readonly #instance: Instance
  readonly #definition: Lift
  readonly #core: CoreFunction
  #bound: LiftBound | undefined

  constructor(instance: Instance, definition: Lift, core: CoreFunction) {
    this.#instance = instance
    this.#definition = definition
    this.#core = core
  }

  #bind(): LiftBound {
    const { type, options } = this.#definition
    return (this.#bound ??= {
      signature: signatureOf(type),
      crossing: this.#instance.crossing(options),
      postReturn: this.#instance.optionalFunction(options.postReturn),
    })
  }

  call(args: Value[]): Value {
    const { signature, crossing, postReturn } = this.#bind()
    const instance = this.#instance
    if (!instance.mayEnter) trap('a component instance was entered again while it was running')
    instance.mayEnter = false
    const borrows = instance.handles.borrowing()
    instance.mayLeave = false
    const flat = signature.lowerParams(crossing, args)
    instance.mayLeave = true
    const raw = this.#core(...flat)
    crossing.open()
    const value = signature.liftResult(crossing, raw)
    crossing.close()
    if (postReturn) {
      instance.mayLeave = false
      if (raw === undefined) postReturn()
      else postReturn(raw)
      instance.mayLeave = true
    }
    instance.handles.ended(borrows)
    crossing.settle()
    // A trap leaves it false: what is in the middle of something is never entered again.
    instance.mayEnter = true
    return value
  }
}

/** A component function as a core function ("canon lower"). */
export function lowered(instance: Instance, { type, options }: Lower, func: Func): CoreFunction {
  let bound: Bound | undefined
  const call = (...flat: FlatValue[]): FlatValue | undefined => {
    const { signature, crossing } = (bound ??= bind(instance, type, options))
    if (!instance.mayLeave) trap('an import was called during realloc or post-return')
    const lent = instance.handles.lending()
    crossing.open()
    const args = signature.liftParams(crossing, flat)
    crossing.close()
    const value = func.call(args)
    instance.mayLeave = false
    const result = signature.lowerResult(crossing, value, flat)
    instance.mayLeave = true
    instance.handles.returned(lent)
    crossing.settle()
    return result
  }
  if (func instanceof HostFunc) return (...flat) => asDeclared(func, () => call(...flat))
  // Frames of the host lie between those of the two guests.
  const { budget } = instance
  return (...flat) => {
    budget.sink(crossingBytes)
    const result = call(...flat)
    budget.rise(crossingBytes)
    return result
  }
}

/** A component may declare a function of the host with types that are not its own: then values do not fit. */
export function asDeclared<T>({ name }: HostFunc, call: () => T): T {
  try {
    return call()
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new Ended('refused', `called ${name}, which it declares with other types than the host has`)
  }
}

function bind(instance: Instance, type: Lower['type'], options: CanonOptions): Bound {
  return { signature: signatureOf(type), crossing: instance.crossing(options) }
}
