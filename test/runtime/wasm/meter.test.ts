import { describe, expect, test } from 'vitest'
import { popsOf, pushesOf } from '../../../runtime/wasm/arity.ts'
import { Budget, reserved } from '../../../runtime/wasm/budget.ts'
import { rewrite } from '../../../runtime/wasm/rewrite.ts'
import { counting, countingLimit } from './counting.ts'
import { randomModule } from './modules.ts'
import { signatures } from './signatures.ts'

interface Run {
  gas: bigint
  /** The engine's words, where it trapped. */
  trap: string | undefined
  memory: Uint8Array
}

function metered(bytes: Uint8Array, gas: number): Run & { left: bigint } {
  const rewritten = rewrite(bytes)
  if (!rewritten.ok) throw new Error(rewritten.error)
  const budget = new Budget()
  budget.begin({ memory: 1e9, gas })
  const { gas: units, stack, used, limit, over } = budget
  const counters = rewritten.value.growing ? { gas: units, stack, used, limit, over } : { gas: units, stack }
  const run = execute(rewritten.value.bytes, { [reserved]: counters })
  const left = budget.gas.value as bigint
  return { ...run, left, gas: BigInt(gas) - left }
}

function execute(bytes: Uint8Array, imports: WebAssembly.Imports): Run & { exports: WebAssembly.Exports } {
  const env = { f: (x: number | bigint) => (Number(x) * 31) | 0 }
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env, ...imports })
  let trap: string | undefined
  try {
    ;(exports['run'] as () => void)()
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError)) throw error
    trap = error.message
  }
  const memory = new Uint8Array((exports['mem'] as WebAssembly.Memory).buffer).slice()
  return { gas: 0n, trap, memory, exports }
}

function counted(bytes: Uint8Array): Run {
  const run = execute(counting(bytes), {})
  return { ...run, gas: (run.exports['count'] as WebAssembly.Global).value as bigint }
}

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

describe('random modules', () => {
  /** Seeds of modules that end by themselves, or trap, before the simple meter has had enough. */
  function compare(seeds: number, floats: boolean): { runs: number; traps: number } {
    let [runs, traps] = [0, 0]
    for (let seed = 1; seed <= seeds; seed++) {
      const bytes = randomModule(seed, { floats })
      expect(WebAssembly.validate(bytes), `seed ${seed}`).toBe(true)
      const simple = counted(bytes)
      if (simple.gas > countingLimit) continue
      const ours = metered(bytes, 1e12)
      expect(ours.trap, `seed ${seed}`).toBe(simple.trap)
      if (!same(ours.memory, simple.memory)) expect.fail(`seed ${seed}: another memory`)
      if (!floats) {
        const bare = execute(bytes, {})
        if (!same(ours.memory, bare.memory)) expect.fail(`seed ${seed}: another memory than without a meter`)
      }
      runs++
      if (simple.trap !== undefined) {
        traps++
        continue
      }
      expect(ours.gas, `seed ${seed}`).toBe(simple.gas)
      const gas = Number(ours.gas)
      if (gas === 0) continue
      expect(metered(bytes, gas).left, `seed ${seed}`).toBe(0n)
      expect(metered(bytes, gas - 1).left, `seed ${seed}`).toBeLessThan(0n)
    }
    return { runs, traps }
  }

  test('of whole numbers count what each instruction costs, to the unit, and compute the same', () => {
    const { runs, traps } = compare(400, false)
    expect(runs - traps).toBeGreaterThan(300)
    expect(traps).toBeGreaterThan(10)
  })

  test('of all types have the same NaNs as with all of them made canonical at once', () => {
    const { runs, traps } = compare(400, true)
    expect(runs - traps).toBeGreaterThan(300)
  })
})

test('every instruction takes and leaves what its type says', () => {
  const wrong = signatures.filter(
    ({ op, params, result }) => popsOf(op) !== params.length || pushesOf(op) !== (result === undefined ? 0 : 1),
  )
  expect(wrong).toEqual([])
})
