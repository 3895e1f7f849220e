import { describe, expect, test } from 'vitest'
import type { Value } from '../../../dag/value.ts'
import { cost } from '../../../runtime/wasm/abi/costs.ts'
import { bytesPerDefinition, freeDefinitions } from '../../../runtime/wasm/definitions.ts'
import { rewrite } from '../../../runtime/wasm/rewrite.ts'
import { unitsPerDefinition } from '../../../runtime/wasm/schedule.ts'
import { component, local, MiB, wat } from './harness.ts'

const page = 65536

/** Grows by one page until it cannot, and gives the number of pages. */
const storm = `
  (func (export "storm") (result i32)
    (loop $more (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
    (memory.size))`

describe('memory', () => {
  test('growing beyond the limit ends the task, to the page', async () => {
    const one = await local(
      component(`(func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))`, {
        grow: '(param "pages" u32) (result s32)',
      }),
    )
    expect(one.call('grow', [15], 16 * page)).toMatchObject({ ok: true, value: 1, memory: 16 * page })
    expect(one.failure('grow', [16], 16 * page)).toEqual([
      'memory',
      `${17 * page} bytes were needed, the limit is ${16 * page}`,
    ])
    expect(one.failure('grow', [1], 2 * page - 1)).toEqual([
      'memory',
      `${2 * page} bytes were needed, the limit is ${2 * page - 1}`,
    ])
    expect(one.call('grow', [0], page)).toMatchObject({ ok: true, value: 1 })
  })

  test('a grow that no memory of its kind could do is refused whatever the limit', async () => {
    const one = await local(
      component(`(func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))`, {
        grow: '(param "pages" u32) (result s32)',
      }),
    )
    for (const limit of [page, 64 * MiB]) {
      expect(one.call('grow', [65536], limit)).toMatchObject({ ok: true, value: -1, memory: page })
      expect(one.call('grow', [0xffffffff], limit)).toMatchObject({ ok: true, value: -1, memory: page })
    }
  })

  test('a storm ends; one within the declared maximum gets -1 as it would anywhere', async () => {
    const core = (max: string): string => `(component
      (core module $m (memory 1 ${max}) ${storm})
      (core instance $i (instantiate $m))
      (func (export "storm") (result u32) (canon lift (core func $i "storm"))))`
    expect((await local(core(''))).failure('storm')[0]).toBe('memory')
    expect((await local(core('100'))).call('storm', [])).toMatchObject({ ok: true, value: 100, memory: 100 * page })
    expect((await local(core('100'))).failure('storm', [], 99 * page)[0]).toBe('memory')
  })

  test('memory at the start counts', async () => {
    const one = await local(
      `(component (core module $m (memory 1000)) (core instance (instantiate $m))
        (core module $n (func (export "f"))) (core instance $j (instantiate $n))
        (func (export "f") (canon lift (core func $j "f"))))`,
    )
    expect(one.failure('f', [], 999 * page)).toEqual([
      'memory',
      `${1000 * page} bytes were needed, the limit is ${999 * page}`,
    ])
    expect(one.call('f', [], 1000 * page)).toMatchObject({ ok: true, memory: 1000 * page })
  })

  test('all instances of a component have one budget, start functions included', async () => {
    const one = await local(
      `(component
        (core module $m (memory 1)
          (func $grow (drop (memory.grow (i32.const 9))))
          (start $grow)
          (func (export "more") (result i32) (memory.grow (i32.const 10))))
        (core instance $a (instantiate $m))
        (core instance $b (instantiate $m))
        (func (export "a") (result s32) (canon lift (core func $a "more")))
        (func (export "b") (result s32) (canon lift (core func $b "more"))))`,
    )
    expect(one.failure('a', [], 19 * page)[0]).toBe('memory')
    expect(one.failure('a', [], 29 * page)[0]).toBe('memory')
    expect(one.call('b', [], 30 * page)).toMatchObject({ ok: true, value: 10, memory: 30 * page })
  })

  test('an imported memory has the maximum of the module that made it', async () => {
    const one = await local(
      `(component
        (core module $m (memory (export "mem") 1 5))
        (core instance $a (instantiate $m))
        (core module $n (import "env" "mem" (memory 0)) ${storm})
        (core instance $b (instantiate $n (with "env" (instance $a))))
        (func (export "storm") (result u32) (canon lift (core func $b "storm"))))`,
    )
    expect(one.call('storm', [])).toMatchObject({ ok: true, value: 5, memory: 5 * page })
    expect(one.failure('storm', [], 4 * page)[0]).toBe('memory')
  })

  test('a limit that is not reached changes nothing', async () => {
    const one = await local(
      component(
        `(func (export "f") (param i32 i32) (result i32)
           (drop (memory.grow (i32.const 3)))
           (i32.store (i32.const 16) (local.get 0)) (i32.store (i32.const 20) (local.get 1)) (i32.const 16))`,
        { f: '(param "s" string) (result string)' },
      ),
    )
    const outcomes = [5 * page, MiB, 64 * MiB, 3_000_000_000].map(limit => one.call('f', ['x'.repeat(1000)], limit))
    for (const outcome of outcomes) expect(outcome).toStrictEqual(outcomes[0])
    const argument = cost.string + 2 * cost.content * 1000
    expect(outcomes[0]).toMatchObject({ ok: true, memory: 4 * page + argument + cost.content * 1000 })
  })
})

describe('tables', () => {
  const text = (max: string): string => `(component
    (core module $m (table $t 10 ${max} funcref)
      (func (export "grow") (param i32) (result i32) (table.grow $t (ref.null func) (local.get 0)))
      (func (export "storm") (result i32)
        (loop $more (br_if $more (i32.ne (table.grow $t (ref.null func) (i32.const 1000)) (i32.const -1))))
        (table.size $t)))
    (core instance $i (instantiate $m))
    (func (export "grow") (param "n" u32) (result s32) (canon lift (core func $i "grow")))
    (func (export "storm") (result u32) (canon lift (core func $i "storm"))))`

  test('their entries count, at the start and when they grow', async () => {
    const one = await local(text(''))
    expect(one.call('grow', [90], 3200)).toMatchObject({ ok: true, value: 10, memory: 3200 })
    expect(one.failure('grow', [91], 3200)).toEqual(['memory', '3232 bytes were needed, the limit is 3200'])
    expect(one.failure('grow', [0], 319)).toEqual(['memory', '320 bytes were needed, the limit is 319'])
    expect(one.failure('storm', [], MiB)[0]).toBe('memory')
  })

  test('-1 is for the declared maximum only', async () => {
    const one = await local(text('1500'))
    expect(one.value('storm')).toBe(1010)
    expect(one.value('grow', 1491)).toBe(-1)
    expect(one.failure('grow', [1490], 40_000)[0]).toBe('memory')
  })

  test('what the engine itself refuses ends the task too', async () => {
    expect((await local(text(''))).failure('grow', [50_000_000], 4_000_000_000)).toEqual([
      'memory',
      'the engine gave no more memory, 320 bytes were in use',
    ])
  })
})

describe('values', () => {
  test('count with their aliases, before anything is made of them', async () => {
    // 50,000 lists, each of them the same 60,000 bytes: three gigabytes of results in half a megabyte of memory.
    const one = await local(
      component(
        `(func (export "f") (param $n i32) (result i32) (local $at i32)
           (drop (memory.grow (i32.const 8)))
           (local.set $at (i32.const 65536))
           (loop $more
             (i32.store (local.get $at) (i32.const 0))
             (i32.store offset=4 (local.get $at) (i32.const 60000))
             (local.set $at (i32.add (local.get $at) (i32.const 8)))
             (br_if $more (i32.lt_u (local.get $at) (i32.add (i32.const 65536) (i32.mul (local.get $n) (i32.const 8))))))
           (i32.store (i32.const 16) (i32.const 65536))
           (i32.store (i32.const 20) (local.get $n))
           (i32.const 16))`,
        { f: '(param "n" u32) (result (list (list u8)))' },
      ),
    )
    const [kind, detail] = one.failure('f', [50_000], 64 * MiB)
    expect(kind).toBe('memory')
    expect(detail).toMatch(/^\d+ bytes were needed, the limit is 67108864$/)
    const few = one.call('f', [100], 64 * MiB)
    expect(few).toMatchObject({ ok: true, memory: 9 * page + 100 * (cost.bytes + 60_000 * cost.byte) })
  })

  test('a list of many small things counts what it will take, not what it takes in memory', async () => {
    const one = await local(
      component(
        `(func (export "f") (result i32)
           (drop (memory.grow (i32.const 40)))
           (i32.store (i32.const 16) (i32.const 32)) (i32.store (i32.const 20) (i32.const 1000000)) (i32.const 16))`,
        { f: '(result (list (option bool)))' },
      ),
    )
    expect(one.failure('f', [], 4 * MiB)[0]).toBe('memory')
    expect(one.call('f', [], 41 * page + 1e6 * cost.small)).toMatchObject({
      ok: true,
      memory: 41 * page + 1e6 * cost.small,
    })
  })

  test('a list that no array can hold is out of memory, not a bug of ours', async () => {
    const one = await local(
      component(
        `(func (export "f") (result i32)
           (drop (memory.grow (i32.const 2100)))
           (i32.store (i32.const 16) (i32.const 32)) (i32.store (i32.const 20) (i32.const 0x8000000)) (i32.const 16))`,
        { f: '(result (list bool))' },
      ),
    )
    expect(one.failure('f', [], 2 ** 33)).toEqual(['memory', 'a list has more than 134217727 elements'])
  })

  test('what is given to realloc counts as the memory that it grows', async () => {
    const one = await local(
      component(`(func (export "f") (param i32 i32) (result i32) (local.get 1))`, {
        f: '(param "b" (list u8)) (result u32)',
      }),
    )
    const bytes = new Uint8Array(3 * MiB)
    const pages = page * Math.ceil((4096 + bytes.length) / page)
    const memory = pages + cost.bytes + cost.byte * bytes.length
    expect(one.failure('f', [bytes], memory - 1)).toEqual([
      'memory',
      `${memory} bytes were needed, the limit is ${memory - 1}`,
    ])
    expect(one.call('f', [bytes], memory)).toMatchObject({ ok: true, value: 3 * MiB, memory })
  })

  test('arguments count as long as the call, and are refused before anything is made where they alone are too much', async () => {
    const one = await local(
      component(`(func (export "f") (param i32 i32) (result i32) (drop (memory.grow (i32.const 5))) (local.get 1))`, {
        f: '(param "v" (list (option u8))) (result u32)',
      }),
    )
    const list = (length: number): Value[] => [Array.from({ length }, (_, i) => (i % 2 ? 1 : null))]
    const counted = cost.list + 500 * (cost.number + cost.small)
    expect(one.call('f', list(1000))).toMatchObject({ ok: true, memory: 6 * page + counted })
    expect(one.failure('f', list(1000), 6 * page + counted - 1)[0]).toBe('memory')
    expect(one.call('f', list(5))).toMatchObject({ ok: true, memory: 6 * page })
    const before = one.task.instances
    const outcome = one.call('f', list(1_000_000), MiB)
    expect(outcome).toMatchObject({ ok: false, failure: { kind: 'memory' }, memory: MiB, gas: 0 })
    expect(one.task.instances).toBe(before)
  })

  test('handles that are made count', async () => {
    const one = await local(`(component
      (type $r (resource (rep i32)))
      (core func $new (canon resource.new $r))
      (core module $m (import "" "new" (func $new (param i32) (result i32)))
        (func (export "f") (loop $more (drop (call $new (i32.const 0))) (br $more))))
      (core instance $i (instantiate $m (with "" (instance (export "new" (func $new))))))
      (func (export "f") (canon lift (core func $i "f"))))`)
    expect(one.failure('f', [], MiB)[0]).toBe('memory')
  })
})

describe('what the instances of a call carry out counts, beyond what real components have', () => {
  const times = (count: number, write: (i: number) => string): string => Array.from({ length: count }, (_, i) => write(i)).join(' ') // prettier-ignore
  const lowered = (count: number): string => '(core func (canon lower (func $f)))'.repeat(count)
  const core = '(core module $m (func (export "f"))) (core instance $i (instantiate $m))'
  const func = `${core} (func $f (canon lift (core func $i "f")))`

  test('in one component', async () => {
    const outcome = async (count: number) => {
      const one = await local(`(component ${func} ${lowered(count)} (export "f" (func $f)))`)
      const { memory, gas } = one.call('f', [])
      expect(one.call('f', [], memory, gas)).toMatchObject({ ok: true, memory, gas })
      expect(one.failure('f', [], memory, gas - 1)[0]).toBe('gas')
      if (memory > 0) expect(one.failure('f', [], memory - 1, gas)[0]).toBe('memory')
      return { memory, gas }
    }
    const few = await outcome(0)
    // The module, its instance, the alias, the function and its export are five; the export of the module counts as two.
    expect(await outcome(freeDefinitions - 7)).toEqual(few)
    expect(await outcome(freeDefinitions + 93)).toEqual({
      memory: few.memory + 100 * bytesPerDefinition,
      gas: few.gas + 100 * unitsPerDefinition,
    })
  })

  test('in core modules, by what an engine keeps for what they have', async () => {
    const exported = (count: number): string => times(count, i => `(export "e${i}" (func $f))`)
    const outcome = async (count: number) =>
      (
        await local(`(component (core module $m (func $f (export "f")) ${exported(count)})
        (core instance $i (instantiate $m)) (func (export "f") (canon lift (core func $i "f"))))`)
      ).call('f', [])
    const [many, more] = [await outcome(10_000), await outcome(10_100)]
    expect(more.memory - many.memory).toBe(100 * 2 * bytesPerDefinition)
    expect(more.gas - many.gas).toBe(100 * 2 * unitsPerDefinition)
  })

  test.each([
    ['exports', 2 * 32, (i: number) => `(export "e${i}" (func 0))`],
    ['tables', 2 * 32, () => '(table 0 funcref)'],
    ['functions', 2, () => '(func)'],
    ['imported functions', 2 + 32, () => '(import "a" "f" (func))'],
    ['imported globals', 32, () => '(import "a" "f" (global i32))'],
    ['imported tables', 3 * 32, () => '(import "a" "f" (table 0 funcref))'],
    ['globals', 2, () => '(global i32 (i32.const 0))'],
    ['globals that can be changed, which the rewriter exports', 2 + 2 * 32, () => '(global (mut i32) (i32.const 0))'],
    ['segments of data', 2, () => '(data "")'],
    ['segments of elements', 2, () => '(elem func)'],
  ])('%s of a core module', async (_, weight, field) => {
    const rewritten = rewrite(await wat(`(module ${times(32, field)} ${'(func)'.repeat(16)})`))
    expect(rewritten.ok && rewritten.value.definitions).toBe(1 + weight)
  })

  test('in components that are instantiated many times, and in what they hold', async () => {
    const bundle = `(instance ${Array.from({ length: 1000 }, (_, i) => `(export "a${i}" (func $f))`).join(' ')})`
    const one = await local(`(component
      (component $c ${func} ${lowered(1000)} ${bundle})
      ${'(instance (instantiate $c))'.repeat(100)} ${func} (export "f" (func $f)))`)
    const { memory } = one.call('f', [])
    const all = 100 * 2000
    expect(memory).toBeGreaterThan((all - freeDefinitions) * bytesPerDefinition)
    expect(memory).toBeLessThan((all + 2000 - freeDefinitions) * bytesPerDefinition)
    expect(one.failure('f', [], 16 * MiB)[0]).toBe('memory')
    // A worker that keeps it counts it as often as it is there, and that is once.
    const { size } = one.compiled
    expect(size).toBeGreaterThan(2000 * bytesPerDefinition)
    expect(size).toBeLessThan(4000 * bytesPerDefinition)
    const exporting = await local(
      `(component (core module (func $f) ${times(1000, i => `(export "e${i}" (func $f))`)}))`,
    )
    expect(exporting.compiled.size).toBeGreaterThan(2000 * bytesPerDefinition)
  })
})

test('components that nest and multiply are refused, not built', async () => {
  let text = '(core module $m) (core instance (instantiate $m))'
  for (let level = 0; level < 14; level++)
    text = `(component $c ${text}) (instance (instantiate $c)) (instance (instantiate $c))`
  const one = await local(`(component ${text})`)
  expect(one.failure('f')).toEqual(['refused', 'it makes more than 1000 instances'])
})
