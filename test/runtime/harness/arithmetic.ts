import { parse } from '@bytecodealliance/jco-transpile/wasm-tools'

/**
 * A component with small functions whose cost, memory and failures tests can choose. `version` makes another component
 * of the same behaviour.
 */
export async function arithmetic(version = 0): Promise<Uint8Array> {
  return new Uint8Array(
    await parse(`(component
  (core module $m
    (memory (export "memory") 1)
    (global $top (mut i32) (i32.const 1024))
    (global (export "version") i32 (i32.const ${version}))
    (func $ensure (param $end i32)
      (local $missing i32)
      (local.set $missing
        (i32.sub (i32.div_u (i32.add (local.get $end) (i32.const 65535)) (i32.const 65536)) (memory.size)))
      (if (i32.gt_s (local.get $missing) (i32.const 0))
        (then (if (i32.eq (memory.grow (local.get $missing)) (i32.const -1)) (then unreachable)))))
    (func $realloc (export "realloc") (param i32 i32 i32 i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
      (global.set $top (i32.add (local.get $at) (local.get 3)))
      (call $ensure (global.get $top))
      (local.get $at))
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "half") (param i32) (result i32) (i32.div_s (local.get 0) (i32.const 2)))
    (func (export "refuse") (param i32) (result i32) unreachable)
    (func (export "spin") (param i32) (result i32) (loop $l (br $l)) (i32.const 0))
    (func (export "count") (param $n i32) (result i32)
      (local $i i32)
      (loop $l
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $l (i32.lt_u (local.get $i) (local.get $n))))
      (local.get $i))
    (func (export "pages") (param i32) (result i32)
      (drop (memory.grow (local.get 0)))
      (memory.size))
    (func (export "blob") (param $n i32) (param $byte i32) (result i32)
      (local $at i32)
      (local.set $at (call $realloc (i32.const 0) (i32.const 0) (i32.const 1) (local.get $n)))
      (memory.fill (local.get $at) (local.get $byte) (local.get $n))
      (i32.store (i32.const 16) (local.get $at))
      (i32.store (i32.const 20) (local.get $n))
      (i32.const 16))
    (func (export "length") (param i32 i32) (result i32) (local.get 1))
    (func (export "sum") (param $at i32) (param $n i32) (result i32)
      (local $sum i32)
      (loop $l
        (if (i32.gt_s (local.get $n) (i32.const 0))
          (then
            (local.set $sum (i32.add (local.get $sum) (i32.load (local.get $at))))
            (local.set $at (i32.add (local.get $at) (i32.const 4)))
            (local.set $n (i32.sub (local.get $n) (i32.const 1)))
            (br $l))))
      (local.get $sum))
    (func (export "both") (param i32 i32) (result i32)
      (i32.store (i32.const 16) (local.get 0))
      (i32.store (i32.const 20) (local.get 1))
      (i32.const 16)))
  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $memory))
  (alias core export $i "realloc" (core func $realloc))
  (type $pair' (record (field "left" s32) (field "right" s32)))
  (export $pair "pair" (type $pair'))
  (func (export "add") (param "a" s32) (param "b" s32) (result s32) (canon lift (core func $i "add")))
  (func (export "half") (param "a" s32) (result s32) (canon lift (core func $i "half")))
  (func (export "refuse") (param "a" s32) (result s32) (canon lift (core func $i "refuse")))
  (func (export "spin") (param "a" s32) (result s32) (canon lift (core func $i "spin")))
  (func (export "count") (param "n" s32) (result s32) (canon lift (core func $i "count")))
  (func (export "pages") (param "n" s32) (result s32) (canon lift (core func $i "pages")))
  (func (export "blob") (param "n" u32) (param "byte" u8) (result (list u8))
    (canon lift (core func $i "blob") (memory $memory)))
  (func (export "length") (param "data" (list u8)) (result u32)
    (canon lift (core func $i "length") (memory $memory) (realloc $realloc)))
  (func (export "sum") (param "numbers" (list s32)) (result s32)
    (canon lift (core func $i "sum") (memory $memory) (realloc $realloc)))
  (func (export "both") (param "left" s32) (param "right" s32) (result $pair)
    (canon lift (core func $i "both") (memory $memory))))`),
  )
}
