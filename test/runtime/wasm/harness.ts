import { parse } from '@bytecodealliance/jco-transpile/wasm-tools'
import type { FailureKind } from '../../../dag/failure.ts'
import type { Value } from '../../../dag/value.ts'
import { callComponent, type Compiled, compileComponent, type Outcome } from '../../../runtime/wasm/component.ts'
import { Task } from '../../../runtime/wasm/task.ts'

export const MiB = 1 << 20

/** The bytes of a component or core module in the text format. */
export async function wat(text: string): Promise<Uint8Array> {
  return parse(text)
}

/** A component that runs in this thread; each call sees a fresh instance. */
export class Local {
  readonly task = new Task()
  readonly compiled: Compiled
  constructor(bytes: Uint8Array) {
    const compiled = compileComponent(bytes, this.task.log)
    if (!compiled.ok) throw new Error(compiled.error.detail)
    this.compiled = compiled.value
  }
  call(func: string, args: Value[], memory = 64 * MiB, gas = 1e12): Outcome {
    return callComponent(this.compiled, this.task, func, args, { memory, gas })
  }
  /** The value of a call that must succeed. */
  value(func: string, ...args: Value[]): Value {
    const outcome = this.call(func, args)
    if (!outcome.ok) throw new Error(`${outcome.failure.kind}: ${outcome.failure.detail}`)
    return outcome.value
  }
  /** Kind and detail of a call that must fail. */
  failure(
    func: string,
    args: Value[] = [],
    memory?: number,
    gas?: number,
  ): [kind: FailureKind, detail: string | undefined] {
    const outcome = this.call(func, args, memory, gas)
    if (outcome.ok) throw new Error(`${func} gave ${JSON.stringify(outcome.value)}`)
    return [outcome.failure.kind, outcome.failure.detail]
  }
}

export async function local(text: string): Promise<Local> {
  return new Local(await wat(text))
}

/** Why a component is refused when it is loaded. */
export async function refusal(text: string): Promise<string | undefined> {
  const compiled = compileComponent(await wat(text), new Task().log)
  return compiled.ok ? undefined : compiled.error.detail
}

/**
 * A component around one core module with memory `mem` and a `realloc` that never frees; `types` are the function
 * types of its exports, which are core functions of the same names.
 */
export function component(core: string, functions: { [name: string]: string }, options = ''): string {
  const lifts = Object.entries(functions).map(
    ([name, type]) => `(func (export "${name}") ${type}
      (canon lift (core func $i "${name}") (memory (core memory $i "mem")) (realloc (core func $i "realloc")) ${options}))`,
  )
  return `(component
    (core module $m
      (memory (export "mem") 1)
      (global $next (mut i32) (i32.const 4096))
      ${bump}
      ${core})
    (core instance $i (instantiate $m))
    ${lifts.join('\n')})`
}

/** An allocator that only moves on, and grows the memory as it must. Needs a memory and a global `$next`. */
export const bump = `
  (func $realloc (export "realloc") (param $old i32) (param $had i32) (param $align i32) (param $want i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and
      (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
      (i32.sub (i32.const 0) (local.get $align))))
    (global.set $next (i32.add (local.get $at) (local.get $want)))
    (block $fits (loop $more
      (br_if $fits (i32.le_u (global.get $next) (i32.mul (memory.size) (i32.const 65536))))
      (drop (memory.grow (i32.const 1)))
      (br $more)))
    (memory.copy (local.get $at) (local.get $old)
      (select (local.get $had) (local.get $want) (i32.lt_u (local.get $had) (local.get $want))))
    (local.get $at))`
