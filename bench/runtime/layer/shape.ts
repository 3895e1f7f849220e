import { parse } from '@bytecodealliance/jco-transpile/wasm-tools'

/**
 * Layers of tasks. One of the first layer computes `start(own)`, any other `mix(a, b, own)` of two tasks of the layer
 * before; `own` is a number that no other task has. One task more sums up the last layer.
 */
export interface Shape {
  layers: number
  width: number
}

export interface Task {
  name: string
  func: 'start' | 'mix' | 'total'
  /** Names of the tasks whose results it takes. */
  inputs: string[]
  own?: number
}

/** All tasks, in an order in which each stands behind its inputs. */
export function tasksOf({ layers, width }: Shape): Task[] {
  const name = (layer: number, at: number): string => `t${layer}-${at % width}`
  const tasks = Array.from({ length: layers * width }, (_, own): Task => {
    const [layer, at] = [Math.floor(own / width), own % width]
    if (layer === 0) return { name: name(layer, at), func: 'start', inputs: [], own }
    return { name: name(layer, at), func: 'mix', inputs: [name(layer - 1, at), name(layer - 1, at + 1)], own }
  })
  return [...tasks, { name: 'total', func: 'total', inputs: tasks.slice(-width).map(task => task.name) }]
}

export const factor = 7919
export const modulus = 1_000_003

/** What comes out of the last task. */
export function resultOf(shape: Shape): number {
  const values = new Map<string, number>()
  for (const { name, func, inputs, own = 0 } of tasksOf(shape)) {
    const sum = inputs.reduce((sum, input) => sum + values.get(input)!, own)
    values.set(name, func === 'start' ? own * factor : func === 'mix' ? sum % modulus : sum)
  }
  return values.get('total')!
}

/** A component with `start`. `version` makes another one whose function does the same. */
export async function startComponent(version: number): Promise<Uint8Array> {
  const text = `(component
    (core module $m
      (global (export "version") i32 (i32.const ${version}))
      (func (export "start") (param i32) (result i32) (i32.mul (local.get 0) (i32.const ${factor}))))
    (core instance $i (instantiate $m))
    (func (export "start") (param "own" s32) (result s32) (canon lift (core func $i "start"))))`
  return new Uint8Array(await parse(text))
}

/** Parameters that the canonical ABI hands over as they are; more stand in memory. */
const FLAT_PARAMETERS = 16

/** A component with `mix`, and with `total` of so many parameters. */
export async function mixComponent(width: number): Promise<Uint8Array> {
  const flat = width <= FLAT_PARAMETERS
  const each = Array.from({ length: width }, (_, at) => at)
  const values = each.map(at => (flat ? `(local.get ${at})` : `(i32.load offset=${at * 4} (local.get 0))`))
  const text = `(component
    (core module $m
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0))
      (func (export "mix") (param i32 i32 i32) (result i32)
        (i32.rem_u (i32.add (i32.add (local.get 0) (local.get 1)) (local.get 2)) (i32.const ${modulus})))
      (func (export "total") (param ${flat ? 'i32 '.repeat(width) : 'i32'}) (result i32)
        ${values.join(' ')} ${'i32.add '.repeat(width - 1)}))
    (core instance $i (instantiate $m))
    (alias core export $i "memory" (core memory $memory))
    (alias core export $i "realloc" (core func $realloc))
    (func (export "mix") (param "a" s32) (param "b" s32) (param "own" s32) (result s32) (canon lift (core func $i "mix")))
    (func (export "total") ${each.map(at => `(param "v${at}" s32)`).join(' ')} (result s32)
      (canon lift (core func $i "total") (memory $memory) (realloc $realloc))))`
  return new Uint8Array(await parse(text))
}
