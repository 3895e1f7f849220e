import { describe, expect, test } from 'vitest'
import { popsOf, pushesOf } from '../../../runtime/wasm/arity.ts'
import { Budget, reserved } from '../../../runtime/wasm/budget.ts'
import { rewrite } from '../../../runtime/wasm/rewrite.ts'
import { counting, countingLimit } from './counting.ts'
import { wat } from './harness.ts'
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

describe('loops whose rounds are known, and loops that only look so', () => {
  const next = (step: number): string => `(local.tee $i (i32.add (local.get $i) (i32.const ${step})))`
  const until = (stop: string, step = 1): string => `(br_if $l (i32.ne ${next(step)} ${stop}))`
  const from = (start: number, stop: number, step: number): string =>
    `(local.set $i (i32.const ${start})) (loop $l ${until(`(i32.const ${stop})`, step)})`
  test.each([
    ['grows', from(0, 10, 1), 72],
    ['falls to zero', `(local.set $i (i32.const 7)) (loop $l (br_if $l ${next(-1)}))`, 7 * 5 + 2],
    ['has its stop first', `(loop $l (br_if $l (i32.ne (i32.const 12) ${next(4)})))`, 21],
    ['has a local for its stop', `(local.set $j (i32.const -6)) (loop $l ${until('(local.get $j)', -2)})`, 23],
    ['goes over the end of numbers', from(0x7ffffff0, -0x80000000, 16), 9],
    ['goes all the way round', from(5, 5, 0x40000000), 30],
    ['turns over', from(5, 5, -0x80000000), 16],
    ['takes steps of three', from(0, 9, 3), 23],
    ['stands in another', `(local.set $j (i32.const 3)) (loop $o ${from(0, 4, 1)}
      (br_if $o (local.tee $j (i32.sub (local.get $j) (i32.const 1)))))`, 0], // prettier-ignore
    ['sets its counter elsewhere', `(loop $l (if (i32.eq (local.get $i) (i32.const 3)) (then (local.set $i (i32.const 8))))
      ${until('(i32.const 10)')})`, 0], // prettier-ignore
    [
      'sets its counter in a loop inside',
      `(loop $l (local.set $i (i32.add (local.get $i) (i32.const 1))) ${until('(i32.const 10)')})`,
      0,
    ],
    ['moves its stop', `(local.set $j (i32.const 5)) (loop $l (if (i32.eq (local.get $i) (i32.const 2)) (then (local.set $j (i32.const 9))))
      ${until('(local.get $j)')})`, 0], // prettier-ignore
    ['goes to its head from elsewhere', `(loop $l (local.set $j (i32.add (local.get $j) (i32.const 1)))
      (br_if $l (i32.eq (local.get $j) (i32.const 2))) ${until('(i32.const 10)')})`, 0], // prettier-ignore
    ['goes to its head by a table', `(loop $l (local.set $j (i32.add (local.get $j) (i32.const 1)))
      (block $b (br_table $b $b $l $b (local.get $j))) ${until('(i32.const 10)')})`, 0], // prettier-ignore
    [
      'may be left',
      `(block $b (loop $l (br_if $b (i32.eq (local.get $i) (i32.const 4))) ${until('(i32.const 10)')}))`,
      0,
    ],
    [
      'may return',
      `(loop $l (if (i32.eq (local.get $i) (i32.const 4)) (then (return))) ${until('(i32.const 10)')})`,
      0,
    ],
    [
      'calls another function for good',
      `(loop $l (if (i32.eq (local.get $i) (i32.const 4)) (then (return_call $g))) ${until('(i32.const 10)')})`,
      0,
    ],
    [
      'has arms of different cost',
      `(loop $l (if (i32.and (local.get $i) (i32.const 1)) (then (call $g))) ${until('(i32.const 10)')})`,
      0,
    ],
    [
      'counts from another local',
      `(loop $l (local.set $j (i32.add (local.get $j) (i32.const 3)))
        (br_if $l (i32.ne (local.tee $i (i32.add (local.get $j) (i32.const 1))) (i32.const 10))))`,
      0,
    ],
    [
      'has a check in the place of its end',
      `(block $b (block $bad (loop $l
        (br_if $l (i32.lt_u (local.tee $j (i32.add (local.get $j) (i32.const 1))) (i32.const 3)))
        (br_if $bad (i32.ne ${next(1)} (i32.const 1)))) (br $b)) (unreachable))`,
      0,
    ],
    ['gives a value', `(drop (loop $l (result i32) (i32.const 1) ${until('(i32.const 10)')}))`, 80],
  ])('%s', async (_, body, gas) => {
    const bytes = await wat(`(module (memory (export "mem") 1)
      (func $g) (func (export "run") (local $i i32) (local $j i32) ${body}))`)
    const simple = counted(bytes)
    const ours = metered(bytes, 1e9)
    expect(ours.trap).toBe(undefined)
    expect(ours.gas).toBe(simple.gas)
    // Some are told by hand, so that both cannot be wrong alike.
    if (gas > 0) expect(ours.gas).toBe(BigInt(gas))
    expect(metered(bytes, Number(ours.gas)).left).toBe(0n)
    expect(metered(bytes, Number(ours.gas) - 1).left).toBeLessThan(0n)
  })
})

test('every instruction takes and leaves what its type says', () => {
  const wrong = signatures.filter(
    ({ op, params, result }) => popsOf(op) !== params.length || pushesOf(op) !== (result === undefined ? 0 : 1),
  )
  expect(wrong).toEqual([])
})
