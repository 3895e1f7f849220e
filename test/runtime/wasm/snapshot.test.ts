import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { cost } from '../../../runtime/wasm/abi/costs.ts'
import { Budget, reserved } from '../../../runtime/wasm/budget.ts'
import { rewrite } from '../../../runtime/wasm/rewrite.ts'
import { Snapshot } from '../../../runtime/wasm/snapshot.ts'
import { component, Local, local, MiB } from './harness.ts'
import { randomModule } from './modules.ts'

const number = '(result u32)'

/** Components that remember something from one call to the next, wherever an instance can. */
const rememberers: { [where: string]: string } = {
  'a global': `(global $n (mut i32) (i32.const 7))
    (func (export "f") (result i32) (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n))`,
  'a global of 64 bits': `(global $n (mut i64) (i64.const 0x123456789abcdef0))
    (func (export "f") (result i32)
      (global.set $n (i64.add (global.get $n) (i64.const 1))) (i32.wrap_i64 (global.get $n)))`,
  'a float that is no number': `(global $n (mut f64) (f64.const nan:0x4000000000001))
    (func (export "f") (result i32) (local $was i64)
      (local.set $was (i64.reinterpret_f64 (global.get $n)))
      (global.set $n (f64.const 1)) (i32.wrap_i64 (local.get $was)))`,
  'a vector': `(global $n (mut v128) (v128.const i32x4 1 2 3 4))
    (func (export "f") (result i32)
      (global.set $n (i32x4.add (global.get $n) (global.get $n))) (i32x4.extract_lane 2 (global.get $n)))`,
  'a reference': `(func $a (result i32) (i32.const 1)) (elem declare func $a) (global $n (mut funcref) (ref.null func))
    (func (export "f") (result i32) (local $was i32)
      (local.set $was (ref.is_null (global.get $n))) (global.set $n (ref.func $a)) (local.get $was))`,
  'memory that a segment fills': `(data (i32.const 100) "abc")
    (func (export "f") (result i32)
      (i32.store8 (i32.const 101) (i32.add (i32.load8_u (i32.const 101)) (i32.const 1))) (i32.load (i32.const 100)))`,
  'memory that was zero': `(func (export "f") (result i32)
      (i32.store (i32.const 60000) (i32.add (i32.load (i32.const 60000)) (i32.const 1))) (i32.load (i32.const 60000)))`,
  'the size of the memory': `(func (export "f") (result i32)
      (drop (memory.grow (i32.const 1))) (memory.size))`,
  'a table': `(table $t 2 funcref) (elem declare func $a) (func $a (result i32) (i32.const 1))
    (func (export "f") (result i32) (local $was i32)
      (local.set $was (ref.is_null (table.get $t (i32.const 1))))
      (table.set $t (i32.const 1) (ref.func $a)) (local.get $was))`,
  'a table that is copied into': `(table $t 2 funcref) (elem (table $t) (i32.const 0) func $a) (func $a)
    (func (export "f") (result i32) (local $was i32)
      (local.set $was (ref.is_null (table.get $t (i32.const 1))))
      (table.copy (i32.const 1) (i32.const 0) (i32.const 1)) (local.get $was))`,
  'the size of a table': `(table $t 2 funcref)
    (func (export "f") (result i32) (drop (table.grow $t (ref.null func) (i32.const 3))) (table.size $t))`,
  'a data segment that is dropped': `(data $d "xyz")
    (func (export "f") (result i32)
      (memory.init $d (i32.const 0) (i32.const 0) (i32.const 2)) (data.drop $d) (i32.load (i32.const 0)))`,
  'an element segment that is dropped': `(table $t 2 funcref) (elem $e func $a) (func $a)
    (func (export "f") (result i32)
      (table.init $t $e (i32.const 0) (i32.const 0) (i32.const 1)) (elem.drop $e)
      (ref.is_null (table.get $t (i32.const 0))))`,
  'what its start function has done': `(global $n (mut i32) (i32.const 0))
    (func $begin (global.set $n (i32.const 41)) (i32.store (i32.const 8) (i32.const 5))) (start $begin)
    (func (export "f") (result i32)
      (global.set $n (i32.add (global.get $n) (i32.const 1)))
      (i32.store (i32.const 8) (i32.mul (i32.load (i32.const 8)) (i32.const 3)))
      (i32.add (global.get $n) (i32.load (i32.const 8))))`,
}

describe('an instance does not remember, in', () => {
  test.each(Object.entries(rememberers))('%s', async (_, core) => {
    const host = await local(component(core, { f: number }))
    const first = host.call('f', [])
    expect(first.ok).toBe(true)
    for (let i = 0; i < 5; i++) expect(host.call('f', [])).toEqual(first)
  })
})

describe('an instance is used again', () => {
  const counter = component(rememberers['a global']!, { f: number })

  test('from the second call of a component on, if it can be put back', async () => {
    const host = await local(counter)
    for (let i = 0; i < 10; i++) host.value('f')
    expect(host.task.instances).toBe(2)
  })

  test('not where something cannot be put back', async () => {
    for (const where of ['a vector', 'a table', 'a data segment that is dropped', 'the size of the memory']) {
      const host = await local(component(rememberers[where]!, { f: number }))
      for (let i = 0; i < 5; i++) host.value('f')
      expect([where, host.task.instances]).toEqual([where, 5])
    }
  })

  test('not after a call that failed', async () => {
    const host = await local(
      component(
        `(global $n (mut i32) (i32.const 0))
         (func (export "f") (param $fails i32) (result i32)
           (global.set $n (i32.add (global.get $n) (i32.const 1)))
           (if (local.get $fails) (then unreachable))
           (global.get $n))`,
        { f: '(param "fails" bool) (result u32)' },
      ),
    )
    for (const fails of [false, false, true, false, false]) {
      const outcome = host.call('f', [fails])
      expect(outcome.ok ? outcome.value : outcome.failure.kind).toBe(fails ? 'trap' : 1)
    }
    expect(host.task.instances).toBe(3)
  })

  test('not where a handle was made', async () => {
    const host = await local(
      `(component
        (type $r (resource (rep i32)))
        (core func $new (canon resource.new $r))
        (core module $m (import "" "new" (func $new (param i32) (result i32)))
          (func (export "f") (result i32) (call $new (i32.const 7))))
        (core instance $i (instantiate $m (with "" (instance (export "new" (func $new))))))
        (func (export "f") (result u32) (canon lift (core func $i "f"))))`,
    )
    const first = host.value('f')
    expect([1, 2, 3].map(() => host.value('f'))).toEqual([first, first, first])
  })

  test('not where its start has written something', async () => {
    const host = await local(
      `(component
        (import "homestar:host/helpers@0.1.1" (instance $h (export "print" (func (param "msg" string)))))
        (core module $libc (memory (export "mem") 1) (data (i32.const 16) "hello"))
        (core instance $libc (instantiate $libc))
        (core func $print (canon lower (func $h "print") (memory (core memory $libc "mem"))))
        (core module $m (import "" "print" (func $print (param i32 i32)))
          (func $begin (call $print (i32.const 16) (i32.const 5))) (start $begin)
          (func (export "f")))
        (core instance $i (instantiate $m (with "" (instance (export "print" (func $print))))))
        (func (export "f") (canon lift (core func $i "f"))))`,
    )
    for (let i = 0; i < 3; i++) {
      host.value('f')
      expect(host.task.log.entries()).toEqual([{ stream: 'log', text: 'hello\n' }])
    }
  })

  test('and costs what a new one costs: the same figures, and the same limits', async () => {
    const text = component(rememberers['what its start function has done']!, { f: number })
    const host = await local(text)
    const { gas, memory } = host.call('f', [])
    const limits = [[memory, gas - 1], [memory - 1, gas], [1, gas], [memory, 1], [memory, 40]] as const // prettier-ignore
    for (let i = 0; i < 3; i++) {
      expect(host.call('f', [], memory, gas)).toMatchObject({ ok: true, gas, memory })
      for (const [bytes, units] of limits) {
        host.value('f')
        host.value('f')
        expect(host.call('f', [], bytes, units)).toEqual((await local(text)).call('f', [], bytes, units))
      }
    }
  })

  test('and what had crossed when it began counts again', async () => {
    const text = `(component
      (component $inner
        (core module $m (memory (export "mem") 1) (func (export "f") (param i32 i32))
          (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64)))
        (core instance $i (instantiate $m))
        (func (export "f") (param "s" string)
          (canon lift (core func $i "f") (memory (core memory $i "mem")) (realloc (core func $i "realloc")))))
      (instance $inner (instantiate $inner))
      (core module $libc (memory (export "mem") 1))
      (core instance $libc (instantiate $libc))
      (core func $f (canon lower (func $inner "f") (memory (core memory $libc "mem"))))
      (core module $m (import "" "f" (func $f (param i32 i32)))
        (func $begin (call $f (i32.const 0) (i32.const 50000))) (start $begin)
        (func (export "f")))
      (core instance $i (instantiate $m (with "" (instance (export "f" (func $f))))))
      (func (export "f") (canon lift (core func $i "f"))))`
    const host = await local(text)
    const memory = 2 * 65536 + 50_000 * cost.content
    for (let i = 0; i < 3; i++) expect(host.call('f', [])).toMatchObject({ ok: true, memory })
    expect(host.task.instances).toBe(6)
    for (const bytes of [2 * 65536, memory - 1])
      expect(host.call('f', [], bytes)).toEqual((await local(text)).call('f', [], bytes))
    expect(host.call('f', [], memory).ok).toBe(true)
  })

  test('and leaves nothing for the engine to free, unlike one that is not', async () => {
    const left = async (core: string): Promise<number[]> => {
      const host = await local(component(core, { f: number }))
      return [1, 2, 3, 4].map(() => {
        host.task.left = 0
        host.value('f')
        return host.task.left
      })
    }
    expect(await left(rememberers['a global']!)).toEqual([65536, 0, 0, 0])
    expect(await left(rememberers['the size of the memory']!)).toEqual([131072, 131072, 131072, 131072])
    const one = await local(
      component('(func (export "f") (result i32) (i32.store (i32.const 20) (i32.const 100)) (i32.const 16))', {
        f: '(result string)',
      }),
    )
    for (let i = 0; i < 3; i++) one.value('f')
    // What has crossed is not kept.
    one.task.left = 0
    one.value('f')
    expect(one.task.left).toBe(100 * cost.content)
  })

  test('with a memory of another module, and only up to a size', async () => {
    const split = (pages: number): string => `(component
      (core module $libc (memory (export "mem") ${pages}) (data (i32.const 4) "abc"))
      (core module $m (import "libc" "mem" (memory 1))
        (func (export "f") (result i32)
          (i32.store (i32.const 4) (i32.add (i32.load (i32.const 4)) (i32.const 1))) (i32.load (i32.const 4))))
      (core instance $libc (instantiate $libc))
      (core instance $i (instantiate $m (with "libc" (instance $libc))))
      (func (export "f") (result u32) (canon lift (core func $i "f"))))`
    const small = await local(split(3))
    expect([1, 2, 3, 4].map(() => small.value('f'))).toEqual(Array(4).fill(0x00636261 + 1))
    expect(small.task.instances).toBe(4)
    const large = await local(split(65))
    expect([1, 2, 3, 4].map(() => large.value('f'))).toEqual(Array(4).fill(0x00636261 + 1))
    expect(large.task.instances).toBe(8)
  })

  test('and its new exports are in the way of none that it has', async () => {
    const host = await local(
      `(component
        (core module $m
          (memory (export "ipvm:budget/0/1") 1)
          (global $n (export "ipvm:budget/1/x") (mut i32) (i32.const 0))
          (func (export "f") (result i32)
            (global.set $n (i32.add (global.get $n) (i32.const 1)))
            (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
            (i32.add (global.get $n) (i32.load (i32.const 0)))))
        (core instance $i (instantiate $m))
        (func (export "f") (result u32) (canon lift (core func $i "f"))))`,
    )
    expect([1, 2, 3].map(() => host.value('f'))).toEqual([2, 2, 2])
    expect(host.task.instances).toBe(2)
  })

  test('the real ones too', () => {
    const greeting = new Local(readFileSync(new URL('../../../examples/hello/hello.wasm', import.meta.url)))
    const texts = ['Ada', 'x'.repeat(5000), 'Bob', 'Ada']
    const outcomes = texts.map(text => greeting.call('greet', [text], 64 * MiB))
    expect(outcomes.map(outcome => outcome.ok && outcome.value)).toEqual(texts.map(text => `Hello, ${text}!`))
    expect(outcomes[3]).toEqual(outcomes[0])
  })
})

test('random modules do the same again when they are put back', () => {
  let [tried, changed] = [0, 0]
  for (let seed = 1; seed <= 500; seed++) {
    const rewritten = rewrite(randomModule(seed, { floats: false }))
    if (!rewritten.ok) throw new Error(rewritten.error)
    const { state, bytes, growing } = rewritten.value
    if (!state) continue
    const budget = new Budget()
    const { gas, stack, used, limit, over } = budget
    const imports = { [reserved]: growing ? { gas, stack, used, limit, over } : { gas, stack } }
    const env = { f: (x: number | bigint) => (Number(x) * 31) | 0 }
    budget.begin({ memory: 1e9, gas: 1e6 })
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env, ...imports })
    const cost = budget.mark()
    const before = Snapshot.take([{ exports, state }])!
    const seen = (): string => {
      const items = state.map(name => exports[name] as WebAssembly.Memory | WebAssembly.Global)
      return items
        .map(item => ('buffer' in item ? Buffer.from(item.buffer).toString('base64') : String(item.value)))
        .join()
    }
    const run = (): string => {
      let trap = ''
      try {
        ;(exports['run'] as () => void)()
      } catch (error) {
        if (!(error instanceof WebAssembly.RuntimeError)) throw error
        trap = error.message
      }
      return `${trap} ${budget.gas.value} ${seen()}`
    }
    const untouched = seen()
    const first = run()
    if (!before.complete) continue
    tried++
    if (seen() !== untouched) changed++
    before.restore()
    if (seen() !== untouched) expect.fail(`seed ${seed}: it is not as it was`)
    budget.begin({ memory: 1e9, gas: 1e6 })
    expect(budget.resume(cost)).toBe(true)
    if (run() !== first) expect.fail(`seed ${seed}: it does something else`)
  }
  expect(tried).toBeGreaterThan(50)
  expect(changed).toBeGreaterThan(30)
})
