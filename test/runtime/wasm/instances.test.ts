import { describe, expect, test } from 'vitest'
import { bump, component, local } from './harness.ts'

test('every call sees a fresh instance: globals, memory, tables and segments', async () => {
  const one = await local(
    component(
      `(global $calls (mut i32) (i32.const 0))
       (func (export "global") (result i32)
         (global.set $calls (i32.add (global.get $calls) (i32.const 1))) (global.get $calls))
       (func (export "memory") (result i32)
         (i32.store (i32.const 16) (i32.add (i32.load (i32.const 16)) (i32.const 1))) (i32.load (i32.const 16)))
       (table $t 1 10 funcref)
       (elem declare func $one)
       (func $one)
       (func (export "table") (result i32)
         (local $was i32)
         (local.set $was (i32.add (i32.mul (i32.const 10) (table.size $t)) (ref.is_null (table.get $t (i32.const 0)))))
         (table.set $t (i32.const 0) (ref.func $one))
         (drop (table.grow $t (ref.null func) (i32.const 1)))
         (local.get $was))
       (data $d "\\2a")
       (func (export "segment") (result i32)
         (memory.init $d (i32.const 32) (i32.const 0) (i32.const 1)) (data.drop $d) (i32.load8_u (i32.const 32)))
       (func (export "grown") (result i32) (memory.grow (i32.const 1)))`,
      {
        global: '(result u32)',
        memory: '(result u32)',
        table: '(result u32)',
        segment: '(result u32)',
        grown: '(result u32)',
      },
    ),
  )
  for (let call = 0; call < 3; call++)
    expect(['global', 'memory', 'table', 'segment', 'grown'].map(name => one.value(name))).toEqual([1, 1, 11, 42, 1])
})

test('an instance that trapped leaves nothing behind', async () => {
  const one = await local(
    component(
      `(global $n (mut i32) (i32.const 0))
       (func (export "f") (param i32) (result i32)
         (global.set $n (i32.add (global.get $n) (i32.const 1)))
         (if (local.get 0) (then unreachable))
         (global.get $n))`,
      { f: '(param "fail" bool) (result u32)' },
    ),
  )
  expect(one.failure('f', [true])).toEqual(['trap', 'unreachable'])
  expect(one.value('f', false)).toBe(1)
})

describe('traps are told in the words of the specification', () => {
  test.each([
    ['unreachable', 'unreachable'],
    ['(drop (i32.load (i32.const -1)))', 'out of bounds memory access'],
    ['(memory.fill (i32.const 65536) (i32.const 0) (i32.const 1))', 'out of bounds memory access'],
    ['(drop (i32.div_s (i32.const 1) (i32.load (i32.const 0))))', 'integer divide by zero'],
    ['(drop (i64.rem_u (i64.const 1) (i64.load (i32.const 0))))', 'integer divide by zero'],
    ['(drop (i32.div_s (i32.const 0x80000000) (i32.sub (i32.load (i32.const 0)) (i32.const 1))))', 'integer overflow'],
    ['(drop (i32.trunc_f32_s (f32.div (f32.const 1) (f32.load (i32.const 0)))))', 'invalid conversion to integer'],
    ['(call_indirect $t (i32.const 7))', 'out of bounds table access'],
    ['(drop (table.get $t (i32.const 7)))', 'out of bounds table access'],
    ['(table.init $t $e (i32.const 9) (i32.const 0) (i32.const 1))', 'out of bounds table access'],
    ['(call_indirect $t (i32.const 0))', 'indirect call to a null or mismatched function'],
    ['(call_indirect $t (param i32) (i32.const 1) (i32.const 1))', 'indirect call to a null or mismatched function'],
    ['(memory.init $d (i32.const 0) (i32.const 9) (i32.const 9))', 'out of bounds memory access'],
  ])('%s', async (code, detail) => {
    const one = await local(
      component(
        `(table $t 2 funcref) (elem (i32.const 1) $g) (elem $e func $g) (func $g) (data $d "x")
         (func (export "f") ${code})`,
        { f: '' },
      ),
    )
    expect(one.failure('f')).toEqual(['trap', detail])
  })

  test('and so are those of a start, a segment that does not fit', async () => {
    const one = await local(
      '(component (core module $m (memory 1) (data (i32.const 65536) "x")) (core instance (instantiate $m)))',
    )
    expect(one.failure('f')).toEqual(['trap', 'out of bounds memory access'])
  })
})

test('a function that is not there is refused', async () => {
  const one = await local(component('(func (export "f"))', { f: '' }))
  expect(one.failure('g')).toEqual(['refused', 'the component has no function g'])
  expect(one.failure('a:b/c#f')[0]).toBe('refused')
})

describe('post-return', () => {
  const text = (end: string): string => `(component
    (import "say" (func $say))
    (core func $say' (canon lower (func $say)))
    (core module $m (import "" "say" (func $say))
      (memory (export "mem") 1)
      (func (export "f") (result i32) (i32.store (i32.const 16) (i32.const 64)) (i32.store (i32.const 20) (i32.const 3))
        (i32.store (i32.const 64) (i32.const 0x636261)) (i32.const 16))
      (func (export "end") (param i32) ${end}))
    (core instance $i (instantiate $m (with "" (instance (export "say" (func $say'))))))
    (func (export "f") (result string) (canon lift (core func $i "f") (memory (core memory $i "mem"))
      (post-return (core func $i "end")))))`

  test('is called, with the result, after it was lifted', async () => {
    const clears = '(i32.store (i32.const 64) (i32.const 0))'
    expect((await local(text(clears))).value('f')).toBe('abc')
    expect((await local(text('(if (i32.eq (local.get 0) (i32.const 16)) (then unreachable))'))).failure('f')).toEqual([
      'trap',
      'unreachable',
    ])
  })

  test('may not call out', async () => {
    expect((await local(text('(call $say)'))).failure('f')).toEqual([
      'trap',
      'an import was called during realloc or post-return',
    ])
  })
})

test.each([
  ['made', '(drop (call $new (i32.const 1)))'],
  ['dropped', '(call $drop (i32.const 1))'],
])('no handle is %s in post-return', async (_, use) => {
  const one = await local(`(component
    (type $r (resource (rep i32)))
    (core func $new (canon resource.new $r)) (core func $drop (canon resource.drop $r))
    (core module $m (import "" "new" (func $new (param i32) (result i32))) (import "" "drop" (func $drop (param i32)))
      (func (export "f") (drop (call $new (i32.const 5)))) (func (export "post") ${use}))
    (core instance $i (instantiate $m (with "" (instance (export "new" (func $new)) (export "drop" (func $drop))))))
    (func (export "f") (canon lift (core func $i "f") (post-return (core func $i "post")))))`)
  expect(one.failure('f')).toEqual(['trap', 'a handle was used during realloc or post-return'])
})

test('realloc may not call out', async () => {
  const one = await local(`(component
    (import "say" (func $say))
    (core func $say' (canon lower (func $say)))
    (core module $m (import "" "say" (func $say))
      (memory (export "mem") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (call $say) (i32.const 16))
      (func (export "f") (param i32 i32)))
    (core instance $i (instantiate $m (with "" (instance (export "say" (func $say'))))))
    (func (export "f") (param "s" string) (canon lift (core func $i "f") (memory (core memory $i "mem"))
      (realloc (core func $i "realloc")))))`)
  expect(one.failure('f', ['x'])).toEqual(['trap', 'an import was called during realloc or post-return'])
})

/** An inner component that echoes, and an outer core that calls it through lowered imports. */
const through = (type: string): string => `(component
  (component $inner
    (core module $m (memory (export "mem") 1) (global $next (mut i32) (i32.const 4096)) ${bump}
      (func (export "f") (param $at i32) (result i32) (local.get $at)))
    (core instance $i (instantiate $m))
    (func (export "f") (param "v" ${type}) (param "pad" (tuple ${'u64 '.repeat(17)})) (result ${type})
      (canon lift (core func $i "f") (memory (core memory $i "mem")) (realloc (core func $i "realloc")))))
  (instance $inner (instantiate $inner))
  (core module $libc (memory (export "mem") 1) (global $next (mut i32) (i32.const 4096)) ${bump})
  (core instance $libc (instantiate $libc))
  (core func $f (canon lower (func $inner "f") (memory (core memory $libc "mem")) (realloc (core func $libc "realloc"))))
  (core module $m (import "" "f" (func $f (param i32 i32))) (import "" "mem" (memory 1))
    (func (export "f") (param $at i32) (result i32) (call $f (local.get $at) (i32.const 1024)) (i32.const 1024)))
  (core instance $i (instantiate $m (with "" (instance (export "f" (func $f)) (export "mem" (memory $libc "mem"))))))
  (func (export "f") (param "v" ${type}) (param "pad" (tuple ${'u64 '.repeat(17)})) (result ${type})
    (canon lift (core func $i "f") (memory (core memory $libc "mem")) (realloc (core func $libc "realloc")))))`

describe('component inside component', () => {
  const pad = Array.from({ length: 17 }, () => 0n)
  test.each([
    [
      '(list (tuple string u8))',
      [
        ['a', 1],
        ['€'.repeat(50), 2],
      ],
    ],
    ['(result (list u8) (error string))', { ok: new Uint8Array([1, 2, 3]) }],
    ['(result (list u8) (error string))', { error: 'no' }],
    ['(option (option f64))', { some: null }],
  ])('%s goes through and back', async (type, value) => {
    const one = await local(through(type))
    expect(one.value('f', value as never, pad)).toStrictEqual(value)
  })

  test('flat parameters and results cross between two instances, in two encodings', async () => {
    const one = await local(`(component
      (component $inner
        (core module $m (memory (export "mem") 1) (global $next (mut i32) (i32.const 4096)) ${bump}
          (func (export "f") (param i32 i32 i32 i64) (result i32)
            (i32.store (i32.const 16) (local.get 0)) (i32.store (i32.const 20) (local.get 1))
            (i32.store (i32.const 24) (i32.add (local.get 2) (i32.wrap_i64 (local.get 3)))) (i32.const 16)))
        (core instance $i (instantiate $m))
        (func (export "f") (param "s" string) (param "r" (result s32 (error f64))) (result (tuple string u32))
          (canon lift (core func $i "f") (memory (core memory $i "mem")) (realloc (core func $i "realloc")) string-encoding=utf16)))
      (instance $inner (instantiate $inner))
      (core module $libc (memory (export "mem") 1) (global $next (mut i32) (i32.const 4096)) ${bump})
      (core instance $libc (instantiate $libc))
      (core func $f (canon lower (func $inner "f") (memory (core memory $libc "mem")) (realloc (core func $libc "realloc"))))
      (core module $m (import "" "f" (func $f (param i32 i32 i32 i64 i32)))
        (func (export "f") (param i32 i32 i32 i64) (result i32)
          (call $f (local.get 0) (local.get 1) (local.get 2) (local.get 3) (i32.const 1024)) (i32.const 1024)))
      (core instance $i (instantiate $m (with "" (instance (export "f" (func $f))))))
      (func (export "f") (param "s" string) (param "r" (result s32 (error f64))) (result (tuple string u32))
        (canon lift (core func $i "f") (memory (core memory $libc "mem")) (realloc (core func $libc "realloc")))))`)
    expect(one.value('f', 'grüße 𝄞', { ok: 5 })).toEqual(['grüße 𝄞', 5])
    expect(one.value('f', '', { error: 2 })).toEqual(['', 1])
  })

  test('aliases, bundles, re-exports and outer aliases lead to the right functions', async () => {
    const one = await local(`(component
      (core module $number (global (export "n") i32 (i32.const 7)) (func (export "f") (result i32) (i32.const 5)))
      (component $a
        (alias outer 1 $number (core module $number))
        (core instance $i (instantiate $number))
        (func $f (result u32) (canon lift (core func $i "f")))
        (instance (export "my:pkg/five@1.2.3") (export "f" (func $f)))
        (export "g" (func $f)))
      (instance $one (instantiate $a))
      (component $b
        (import "five" (instance $five (export "f" (func (result u32)))))
        (core func $f (canon lower (func $five "f")))
        (core module $m (import "" "f" (func $f (result i32)))
          (func (export "f") (result i32) (i32.mul (call $f) (call $f))))
        (core instance $i (instantiate $m (with "" (instance (export "f" (func $f))))))
        (func (export "square") (result u32) (canon lift (core func $i "f"))))
      (instance $two (instantiate $b (with "five" (instance $one "my:pkg/five@1.2.3"))))
      (export "my:pkg/five@1.2.3" (instance $one "my:pkg/five@1.2.3"))
      (export "square" (func $two "square")))`)
    expect(one.value('my:pkg/five@1.2.3#f')).toBe(5)
    expect(one.value('square')).toBe(25)
  })
})

describe('resources', () => {
  /** `$lib` has a counter as a resource; the body is the core function that uses it. */
  const text = (body: string): string => `(component
    (component $lib
      (core module $d (global $dropped (export "dropped") (mut i32) (i32.const 0))
        (func (export "dtor") (param i32) (global.set $dropped (i32.add (global.get $dropped) (local.get 0))))
        (func (export "count") (result i32) (global.get $dropped)))
      (core instance $d (instantiate $d))
      (type $counter' (resource (rep i32) (dtor (core func $d "dtor"))))
      (export $counter "counter" (type $counter'))
      (core func $new (canon resource.new $counter'))
      (core module $m (import "" "new" (func $new (param i32) (result i32)))
        (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
        (func (export "get") (param i32) (result i32) (local.get 0))
        (func (export "both") (param i32 i32)))
      (core instance $i (instantiate $m (with "" (instance (export "new" (func $new))))))
      (func (export "make") (param "n" u32) (result (own $counter)) (canon lift (core func $i "make")))
      (func (export "get") (param "c" (borrow $counter)) (result u32) (canon lift (core func $i "get")))
      (func (export "both") (param "a" (borrow $counter)) (param "b" (own $counter)) (canon lift (core func $i "both")))
      (func (export "dropped") (result u32) (canon lift (core func $d "count"))))
    (instance $lib (instantiate $lib))
    (alias export $lib "counter" (type $counter))
    (core func $make (canon lower (func $lib "make")))
    (core func $get (canon lower (func $lib "get")))
    (core func $both (canon lower (func $lib "both")))
    (core func $dropped (canon lower (func $lib "dropped")))
    (core func $drop (canon resource.drop $counter))
    (core module $m
      (import "" "make" (func $make (param i32) (result i32)))
      (import "" "get" (func $get (param i32) (result i32)))
      (import "" "both" (func $both (param i32 i32)))
      (import "" "dropped" (func $dropped (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (func (export "f") (result i32) (local $a i32) (local $b i32) ${body}))
    (core instance $i (instantiate $m (with "" (instance
      (export "make" (func $make)) (export "get" (func $get)) (export "both" (func $both)) (export "dropped" (func $dropped)) (export "drop" (func $drop))))))
    (func (export "f") (result u32) (canon lift (core func $i "f"))))`
  const make = '(local.set $a (call $make (i32.const 30))) (local.set $b (call $make (i32.const 4)))'

  test('are made, borrowed and dropped, with the destructor of their own instance', async () => {
    expect(
      (await local(text(`${make} (i32.add (call $get (local.get $a)) (call $get (local.get $b)))`))).value('f'),
    ).toBe(34)
    expect((await local(text(`${make} (call $drop (local.get $b)) (call $dropped)`))).value('f')).toBe(4)
    expect((await local(text(`${make} (local.get $b)`))).value('f')).toBe(2)
    const lent = '(drop (call $get (local.get $a))) (call $drop (local.get $a)) (call $dropped)'
    expect((await local(text(`${make} ${lent}`))).value('f')).toBe(30)
    expect((await local(text(`${make} (call $both (local.get $a) (local.get $b)) (local.get $a)`))).value('f')).toBe(1)
  })

  test.each([
    [`${make} (call $drop (local.get $a)) (call $get (local.get $a))`, '1 is no handle'],
    [`${make} (call $both (local.get $a) (local.get $a)) (i32.const 0)`, 'the handle 1 is on loan'],
    [`(call $get (i32.const 0))`, '0 is no handle'],
    [`(call $get (i32.const -1))`, '4294967295 is no handle'],
    [`${make} (call $drop (local.get $a)) (call $drop (local.get $a)) (i32.const 0)`, '1 is no handle'],
  ])('%s', async (body, detail) => {
    expect((await local(text(body))).failure('f')).toEqual(['trap', detail])
  })
})

test('a borrowed handle that its borrower keeps is a trap, one that it drops is not', async () => {
  const text = (end: string): string => `(component
    (component $owner
      (type $r' (resource (rep i32)))
      (export $r "r" (type $r'))
      (core func $new (canon resource.new $r'))
      (core module $m (import "" "new" (func $new (param i32) (result i32)))
        (func (export "make") (result i32) (call $new (i32.const 9))))
      (core instance $i (instantiate $m (with "" (instance (export "new" (func $new))))))
      (func (export "make") (result (own $r)) (canon lift (core func $i "make"))))
    (instance $owner (instantiate $owner))
    (alias export $owner "r" (type $r))
    (component $borrower
      (import "r" (type $r (sub resource)))
      (core func $drop (canon resource.drop $r))
      (core module $m (import "" "drop" (func $drop (param i32))) (func (export "use") (param i32) ${end}))
      (core instance $i (instantiate $m (with "" (instance (export "drop" (func $drop))))))
      (func (export "use") (param "r" (borrow $r)) (canon lift (core func $i "use"))))
    (instance $borrower (instantiate $borrower (with "r" (type $r))))
    (core func $make (canon lower (func $owner "make")))
    (core func $use (canon lower (func $borrower "use")))
    (core module $m (import "" "make" (func $make (result i32))) (import "" "use" (func $use (param i32)))
      (func (export "f") (call $use (call $make))))
    (core instance $i (instantiate $m (with "" (instance (export "make" (func $make)) (export "use" (func $use))))))
    (func (export "f") (canon lift (core func $i "f"))))`
  expect((await local(text(''))).failure('f')).toEqual(['trap', 'a borrowed handle outlived its call'])
  expect((await local(text('(call $drop (local.get 0))'))).value('f')).toBe(null)
})

test('a handle that is borrowed is not given away', async () => {
  const text = (use: string): string => `(component
    (type $r (resource (rep i32)))
    (component $taker
      (import "r" (type $r (sub resource)))
      (core module $m (func (export "take") (param i32)))
      (core instance $i (instantiate $m))
      (func (export "take") (param "r" (own $r)) (canon lift (core func $i "take"))))
    (instance $taker (instantiate $taker (with "r" (type $r))))
    (component $passer
      (import "r" (type $r (sub resource)))
      (import "take" (func $take (param "r" (own $r))))
      (core func $take (canon lower (func $take)))
      (core func $drop (canon resource.drop $r))
      (core module $m (import "" "take" (func $take (param i32))) (import "" "drop" (func $drop (param i32)))
        (func (export "use") (param i32) ${use}))
      (core instance $i (instantiate $m (with "" (instance (export "take" (func $take)) (export "drop" (func $drop))))))
      (func (export "use") (param "r" (borrow $r)) (canon lift (core func $i "use"))))
    (instance $passer (instantiate $passer (with "r" (type $r)) (with "take" (func $taker "take"))))
    (core func $use (canon lower (func $passer "use")))
    (core func $new (canon resource.new $r))
    (core module $m (import "" "new" (func $new (param i32) (result i32))) (import "" "use" (func $use (param i32)))
      (func (export "f") (call $use (call $new (i32.const 4)))))
    (core instance $i (instantiate $m (with "" (instance (export "new" (func $new)) (export "use" (func $use))))))
    (func (export "f") (canon lift (core func $i "f"))))`
  const said = 'the handle 1 is borrowed, it cannot be given away'
  expect((await local(text('(call $take (local.get 0))'))).failure('f')).toEqual(['trap', said])
  expect((await local(text('(call $drop (local.get 0))'))).value('f')).toBe(null)
})

test.each([
  ['a resource with a destructor', '(rep i32) (dtor (core func $d "dtor"))'],
  ['a resource without one', '(rep i32)'],
])('a component cannot be entered again by whoever drops %s of it', async (_, resource) => {
  const text = (use: string): string => `(component
    (core module $d (global $n (export "n") (mut i32) (i32.const 0))
      (func (export "dtor") (param i32) (global.set $n (local.get 0))))
    (core instance $d (instantiate $d))
    (type $r (resource ${resource}))
    (component $dropper
      (import "r" (type $r (sub resource)))
      (core func $drop (canon resource.drop $r))
      (core module $m (import "" "drop" (func $drop (param i32))) (func (export "use") (param i32) ${use}))
      (core instance $i (instantiate $m (with "" (instance (export "drop" (func $drop))))))
      (func (export "use") (param "r" (own $r)) (canon lift (core func $i "use"))))
    (instance $dropper (instantiate $dropper (with "r" (type $r))))
    (core func $new (canon resource.new $r)) (core func $drop (canon resource.drop $r))
    (core func $use (canon lower (func $dropper "use")))
    (core module $m (import "" "new" (func $new (param i32) (result i32))) (import "" "use" (func $use (param i32)))
      (import "" "drop" (func $drop (param i32)))
      (func (export "f") (call $drop (call $new (i32.const 4))) (call $use (call $new (i32.const 5)))))
    (core instance $i (instantiate $m (with "" (instance
      (export "new" (func $new)) (export "use" (func $use)) (export "drop" (func $drop))))))
    (func (export "f") (canon lift (core func $i "f"))))`
  const said = 'a component instance was entered again while it was running'
  expect((await local(text('(call $drop (local.get 0))'))).failure('f')).toEqual(['trap', said])
  expect((await local(text(''))).value('f')).toBe(null)
})

test('a component cannot be entered again by what it calls', async () => {
  const one = await local(`(component
    (core module $table (table (export "t") 1 funcref))
    (core instance $table (instantiate $table))
    (core module $shim (import "" "t" (table 1 funcref)) (type $v (func))
      (func (export "call") (call_indirect (type $v) (i32.const 0))))
    (core instance $shim (instantiate $shim (with "" (instance $table))))
    (func $self (canon lift (core func $shim "call")))
    (core func $lowered (canon lower (func $self)))
    (core module $fix (import "" "t" (table 1 funcref)) (import "" "f" (func $f)) (elem (i32.const 0) func $f))
    (core instance (instantiate $fix (with "" (instance (export "t" (table $table "t")) (export "f" (func $lowered))))))
    (export "f" (func $self)))`)
  expect(one.failure('f')).toEqual(['trap', 'a component instance was entered again while it was running'])
})
