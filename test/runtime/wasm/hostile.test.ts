import { join } from 'node:path'
import { CID } from 'multiformats/cid'
import { sha256 } from 'multiformats/hashes/sha2'
import { afterAll, describe, expect, test } from 'vitest'
import { cost } from '../../../runtime/wasm/abi/costs.ts'
import { createLocalExecutor } from '../../../runtime/wasm/pool.ts'
import type { Value } from '../../../dag/value.ts'
import type { Executor, WasmOutcome } from '../../../runtime/interface.ts'
import { diskHost, runJob } from '../../harness/run.ts'
import { component, MiB, wat } from './harness.ts'

/** All of them meet the same worker thread, one after the other; between them it does honest work. */
const executor: Executor = createLocalExecutor({ workers: 1 })
afterAll(() => executor.close())

interface Limits {
  time?: number
  memory?: number
}

async function call(text: string, args: Value[] = [], { time = 20_000, memory = 16 * MiB }: Limits = {}) {
  const bytes = await wat(text)
  const cid = CID.createV1(0x55, await sha256.digest(bytes))
  const limits = { time, memory, gas: 1_000_000_000_000, retry: 0, check: 0 }
  return executor.call({ component: cid, load: async () => bytes, func: 'f', args, limits })
}

const honest = component('(func (export "f") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))', {
  f: '(param "n" u32) (result u32)',
})

/** Calls `f` of a hostile component, then of an honest one: the failure of the first, once the second has gone well. */
async function failing(text: string, args: Value[] = [], limits: Limits = {}) {
  const outcome: WasmOutcome = await call(text, args, limits)
  expect(await call(honest, [21])).toMatchObject({ ok: true, value: 42 })
  if (outcome.ok) throw new Error(`it gave ${String(outcome.value)}`)
  expect(JSON.stringify(outcome.failure).length).toBeLessThan(1000)
  return [outcome.failure.kind, outcome.failure.detail]
}

/** A function without parameters whose result is read at address 16, where `bytes` stand. */
const giving = (type: string, bytes: string, options = ''): string =>
  component(
    `(data (i32.const 16) "${bytes}") (func (export "f") (result i32) (i32.const 16))`,
    { f: `(result ${type})` },
    options,
  )

const alone = (core: string): string =>
  `(component (core module $m ${core}) (core instance $i (instantiate $m)) (func (export "f") (canon lift (core func $i "f"))))`

describe('memory', () => {
  test('that is declared: four gigabytes at once, in one memory or in a thousand', async () => {
    const said = (needed: number): string => `${needed} bytes were needed, the limit is ${16 * MiB}`
    expect(await failing(alone('(memory 65536) (func (export "f"))'))).toEqual(['memory', said(2 ** 32)])
    expect(await failing(alone('(table 10000000 funcref) (func (export "f"))'))).toEqual(['memory', said(32e7)])
    const many = `(component (core module $m (memory 16))
      ${'(core instance (instantiate $m))'.repeat(300)}
      (core module $n (func (export "f"))) (core instance $i (instantiate $n))
      (func (export "f") (canon lift (core func $i "f"))))`
    expect(await failing(many)).toEqual(['memory', said(17 * MiB)])
  })

  test('that grows without end, by pages and by leaps', async () => {
    const storm = (pages: number): string =>
      alone(`(memory 1) (func (export "f") (loop $more (drop (memory.grow (i32.const ${pages}))) (br $more)))`)
    const said = (pages: number): string => `${pages * 65536} bytes were needed, the limit is ${16 * MiB}`
    expect(await failing(storm(1))).toEqual(['memory', said(257)])
    expect(await failing(storm(1000))).toEqual(['memory', said(1001)])
  })

  test('of results: a million headers over one megabyte, one list that is there a hundred times', async () => {
    const headers = component(
      `(func (export "f") (param $n i32) (result i32) (local $i i32)
         (drop (memory.grow (i32.const 144)))
         (loop $more
           (i64.store (i32.add (i32.const 0x100000) (i32.mul (local.get $i) (i32.const 8))) (i64.const 0x0010000000000000))
           (local.set $i (i32.add (local.get $i) (i32.const 1)))
           (br_if $more (i32.lt_u (local.get $i) (local.get $n))))
         (i32.store (i32.const 16) (i32.const 0x100000)) (i32.store (i32.const 20) (local.get $n)) (i32.const 16))`,
      { f: '(param "n" u32) (result (list (list u8)))' },
    )
    const used = 145 * 65536
    expect(await failing(headers, [1_000_000], { memory: 64 * MiB })).toEqual([
      'memory',
      `${used + 1e6 * cost.bytes} bytes were needed, the limit is ${64 * MiB}`,
    ])
    expect(await call(headers, [5], { memory: 64 * MiB })).toMatchObject({
      ok: true,
      memory: used + 5 * (cost.bytes + cost.byte * MiB),
    })
  })

  test.each([
    ['enum', '(enum "NAME" "b")'],
    ['record', '(record (field "NAME" u8))'],
    ['flags', '(flags "NAME" "b")'],
    ['variant', '(variant (case "NAME" u8))'],
  ])('of names: a list of a %s whose name has 90,000 letters', async (_, type) => {
    const text = `(component
      (type $e' ${type.replace('NAME', 'n'.repeat(90_000))}) (import "e" (type $e (eq $e')))
      (core module $m (memory (export "mem") 16)
        (func (export "f") (param i32) (result i32)
          (i32.store (i32.const 16) (i32.const 64)) (i32.store (i32.const 20) (local.get 0)) (i32.const 16)))
      (core instance $i (instantiate $m))
      (func (export "f") (param "n" u32) (result (list $e))
        (canon lift (core func $i "f") (memory (core memory $i "mem")))))`
    const [kind, detail] = await failing(text, [100_000], { memory: 64 * MiB })
    expect(kind).toBe('memory')
    expect(detail).toMatch(/^(9|36)\d{9} bytes were needed, the limit is 67108864$/)
    expect(await call(text, [100], { memory: 64 * MiB })).toMatchObject({ ok: true })
  })

  test('of handles', async () => {
    const text = `(component
      (type $r (resource (rep i32)))
      (core func $new (canon resource.new $r))
      (core module $m (import "" "new" (func $new (param i32) (result i32)))
        (func (export "f") (loop $more (drop (call $new (i32.const 0))) (br $more))))
      (core instance $i (instantiate $m (with "" (instance (export "new" (func $new))))))
      (func (export "f") (canon lift (core func $i "f"))))`
    expect(await failing(text)).toEqual(['memory', `${16 * MiB + 64} bytes were needed, the limit is ${16 * MiB}`])
  })
})

describe('time', () => {
  const spin = '(loop $more (br $more))'
  const time = { time: 100 }
  test.each([
    ['a call', alone(`(func (export "f") ${spin})`)],
    ['a start function', alone(`(func $s ${spin}) (start $s) (func (export "f"))`)],
    [
      'realloc',
      `(component
        (core module $m (memory (export "mem") 1) (func (export "f") (param i32 i32))
          (func (export "realloc") (param i32 i32 i32 i32) (result i32) ${spin} (i32.const 0)))
        (core instance $i (instantiate $m))
        (func (export "f") (param "s" string)
          (canon lift (core func $i "f") (memory (core memory $i "mem")) (realloc (core func $i "realloc")))))`,
    ],
    [
      'post-return',
      `(component
        (core module $m (func (export "f") (result i32) (i32.const 0)) (func (export "post") (param i32) ${spin}))
        (core instance $i (instantiate $m))
        (func (export "f") (result u32) (canon lift (core func $i "f") (post-return (core func $i "post")))))`,
    ],
  ])('of %s that does not end', async (where, text) => {
    expect(await failing(text, where === 'realloc' ? ['text'] : [], time)).toEqual(['time', 'the limit is 100 ms'])
  })
})

describe('stack', () => {
  test('of a function that calls itself, with a small frame and with a large one', async () => {
    expect((await failing(alone('(func $f (export "f") (call $f))')))[0]).toBe('stack')
    const big = Array.from({ length: 200 }, () => '(local.get 0)').join(' ')
    const wide = `(func $g (param i64) (result i64) (call $g (i64.add ${'(i64.add '.repeat(198)}${big}${')'.repeat(198)})))`
    expect((await failing(alone(`${wide} (func (export "f") (drop (call $g (i64.const 1))))`)))[0]).toBe('stack')
  })
})

describe('lies about values', () => {
  test.each([
    ['string', '\\00\\00\\00\\00\\ff\\ff\\ff\\ff', '', 'a string is out of bounds of the memory'],
    ['string', '\\ff\\ff\\ff\\ff\\01', '', 'a string is out of bounds of the memory'],
    ['string', '\\00\\00\\00\\00\\ff\\ff\\ff\\7f', 'utf16', 'a string is out of bounds of the memory'],
    ['string', '\\01\\00\\00\\00\\01', 'utf16', 'the address of a string is not aligned'],
    ['string', '\\01\\00\\00\\00\\01', 'latin1+utf16', 'the address of a string is not aligned'],
    ['string', '\\00\\00\\00\\00\\ff\\ff\\ff\\ff', 'latin1+utf16', 'a string is out of bounds of the memory'],
    ['(list u64)', '\\00\\00\\00\\00\\ff\\ff\\ff\\1f', '', 'a list is out of bounds of the memory'],
    ['(list u64)', '\\00\\00\\00\\00\\01\\00\\00\\20', '', 'a list is out of bounds of the memory'],
    ['(list u64)', '\\04\\00\\00\\00\\01', '', 'the address of a list is not aligned'],
    ['(list string)', '\\00\\01\\00\\00\\02\\00\\00\\00', '', undefined],
    ['(result string (error u8))', '\\02', '', 'a value has the case 2 of 2'],
    ['(option string)', '\\ff', '', 'a value has the case 255 of 2'],
    ['(tuple char char)', '\\00\\d8\\00\\00', '', 'a char is no Unicode scalar value'],
    ['(tuple char char)', '\\ff\\ff\\ff\\ff', '', 'a char is no Unicode scalar value'],
  ])('%s as %s, %s', async (type, bytes, encoding, detail) => {
    const text = giving(type, bytes, encoding && `string-encoding=${encoding}`)
    if (detail === undefined) expect(await call(text)).toMatchObject({ ok: true, value: ['', ''] })
    else expect(await failing(text)).toEqual(['trap', detail])
  })

  test('a discriminant of two bytes, in memory and as a flat value', async () => {
    const cases = Array.from({ length: 300 }, (_, i) => `"c${i}"`).join(' ')
    const enumeration = (params: string, result: string, core: string): string => `(component
      (type $e' (enum ${cases})) (import "e" (type $e (eq $e')))
      (core module $m (memory (export "mem") 1) (data (i32.const 16) "\\2c\\01\\00\\00")
        (func (export "f") ${core}))
      (core instance $i (instantiate $m))
      (func (export "f") ${params} (result ${result}) (canon lift (core func $i "f") (memory (core memory $i "mem")))))`
    const flat = enumeration('', '$e', '(result i32) (i32.const 300)')
    expect(await failing(flat)).toEqual(['trap', 'a value has the case 300 of 300'])
    const negative = enumeration('', '$e', '(result i32) (i32.const -1)')
    expect(await failing(negative)).toEqual(['trap', 'a value has the case 4294967295 of 300'])
    const stored = enumeration('', '(tuple $e $e)', '(result i32) (i32.const 16)')
    expect(await failing(stored)).toEqual(['trap', 'a value has the case 300 of 300'])
  })

  test('realloc gives what is out of bounds, not aligned, or calls out', async () => {
    const allocating = (body: string, extra = ''): string => `(component
      ${extra}
      (core module $m ${extra && '(import "" "now" (func $now (result i64)))'}
        (memory (export "mem") 1) (func (export "f") (param i32 i32))
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) ${body}))
      (core instance $i (instantiate $m ${extra && '(with "" (instance (export "now" (func $now))))'}))
      (func (export "f") (param "l" (list u32))
        (canon lift (core func $i "f") (memory (core memory $i "mem")) (realloc (core func $i "realloc")))))`
    const given = [[1, 2, 3]]
    expect(await failing(allocating('(i32.const 65530)'), given)).toEqual([
      'trap',
      'the address of a block that realloc gave is not aligned',
    ])
    expect(await failing(allocating('(i32.const 65532)'), given)).toEqual([
      'trap',
      'a block that realloc gave is out of bounds of the memory',
    ])
    const clock = `(import "wasi:clocks/monotonic-clock@0.2.0" (instance $c (export "now" (func (result u64)))))
      (core func $now (canon lower (func $c "now")))`
    expect(await failing(allocating('(drop (call $now)) (i32.const 0)', clock), given)).toEqual([
      'trap',
      'an import was called during realloc or post-return',
    ])
  })
})

describe('lies about itself', () => {
  const long = 'x'.repeat(50_000)
  test.each([
    ['data beyond its memory', alone('(memory 1) (data (i32.const 65530) "0123456789") (func (export "f"))'), 'trap'],
    ['elements beyond its table', alone('(table 1 funcref) (elem (i32.const 1) $f) (func $f (export "f"))'), 'trap'],
    ['a body that is not valid', alone('(func (export "f") (i32.add (i64.const 1)))'), 'refused'],
    ['a maximum that it never reaches', alone('(memory 1 65536) (func (export "f") (local i32))'), undefined],
    [
      'a long name that it calls',
      `(component (import "${long}" (func $n)) (core func $n (canon lower (func $n)))
      (core module $m (import "" "n" (func $n)) (func (export "f") (call $n)))
      (core instance $i (instantiate $m (with "" (instance (export "n" (func $n))))))
      (func (export "f") (canon lift (core func $i "f"))))`,
      'refused',
    ],
  ])('%s', async (_, text, kind) => {
    if (kind === undefined) expect(await call(text)).toMatchObject({ ok: true })
    else expect((await failing(text))[0]).toBe(kind)
  })
})

test('the job goes on, and so do those beside it', async () => {
  const file = join(import.meta.dirname, '../../fixtures/components/hostile.ipvm')
  const ending = (call: string): string => `match try ${call} { ok(_) => "ok", err(why) => "\${why.kind}" }`
  const calls = [
    't.limits.trap()',
    '(t.limits.spin() with { time: 100ms })',
    't.limits.allocate-without-end()',
    't.limits.recurse-without-end()',
    't.limits.now()',
    't.limits.work(10)',
  ]
  const text = `import t from "./types.wasm"
config { time: 20s, memory: 16MiB }
export job main() -> list<string> { [${calls.map(ending).join(', ')}] }
export job beside() -> u8 { t.scalars.next-u8(1) }
`
  const run = (job: string) => runJob(executor, diskHost({ [file]: text }), file, { job })
  const [ran, beside] = await Promise.all([run('main'), run('beside')])
  expect(ran).toMatchObject({ ok: true, value: ['trap', 'time', 'memory', 'stack', 'refused', 'ok'] })
  expect(beside).toMatchObject({ ok: true, value: 2 })
})
