import type { Type } from '../../../dag/types.ts'
import { bump } from './harness.ts'

/**
 * Writes components that give back what they are given, with a second implementation of the canonical ABI's layout:
 * the core function takes a value as flat parameters and stores it, case by case, where the result is read.
 */

type Flat = 'i32' | 'i64' | 'f32' | 'f64'

function integerBytes(kind: string): number {
  return Number(kind.slice(1)) / 8
}

function parts(type: Type): Type[] | undefined {
  if (type.kind === 'record') return type.fields.map(field => field.type)
  return type.kind === 'tuple' ? type.items : undefined
}

/** Payloads of the cases of whatever has cases. */
function cases(type: Type): (Type | undefined)[] | undefined {
  const filled = (payload: Type): Type | undefined => (payload.kind === 'unit' ? undefined : payload)
  switch (type.kind) {
    case 'option':
      return [undefined, type.some]
    case 'result':
      return [filled(type.ok), filled(type.error)]
    case 'variant':
      return type.cases.map(one => one.type)
    case 'enum':
      return type.cases.map(() => undefined)
    default:
      return undefined
  }
}

const tagBytes = (count: number): number => (count <= 256 ? 1 : count <= 65536 ? 2 : 4)
const align = (at: number, to: number): number => (at + to - 1) & -to

export function alignmentOf(type: Type): number {
  const inner = parts(type)
  if (inner) return Math.max(1, ...inner.map(alignmentOf))
  const payloads = cases(type)
  if (payloads) return Math.max(tagBytes(payloads.length), ...payloads.map(one => (one ? alignmentOf(one) : 1)))
  if (type.kind === 'flags') return type.flags.length <= 8 ? 1 : type.flags.length <= 16 ? 2 : 4
  return type.kind === 'string' || type.kind === 'list' ? 4 : sizeOf(type)
}

function payloadOffset(payloads: (Type | undefined)[]): number {
  return align(tagBytes(payloads.length), Math.max(1, ...payloads.map(one => (one ? alignmentOf(one) : 1))))
}

export function sizeOf(type: Type): number {
  const inner = parts(type)
  if (inner) {
    let at = 0
    for (const one of inner) at = align(at, alignmentOf(one)) + sizeOf(one)
    return align(at, alignmentOf(type))
  }
  const payloads = cases(type)
  if (payloads) {
    const largest = Math.max(0, ...payloads.map(one => (one ? sizeOf(one) : 0)))
    return align(payloadOffset(payloads) + largest, alignmentOf(type))
  }
  switch (type.kind) {
    case 'bool':
      return 1
    case 'char':
    case 'f32':
      return 4
    case 'f64':
    case 'string':
    case 'list':
      return 8
    case 'flags':
      return type.flags.length <= 8 ? 1 : type.flags.length <= 16 ? 2 : 4 * Math.ceil(type.flags.length / 32)
    default:
      return integerBytes(type.kind)
  }
}

export function flatOf(type: Type): Flat[] {
  const inner = parts(type)
  if (inner) return inner.flatMap(flatOf)
  const payloads = cases(type)
  if (payloads) {
    const joined: Flat[] = []
    for (const payload of payloads)
      (payload ? flatOf(payload) : []).forEach((flat, i) => {
        const have = joined[i] ?? flat
        joined[i] = have === flat ? flat : [have, flat].every(one => one.endsWith('32')) ? 'i32' : 'i64'
      })
    return ['i32', ...joined]
  }
  if (type.kind === 'string' || type.kind === 'list') return ['i32', 'i32']
  if (type.kind === 'flags') return new Array<Flat>(Math.ceil(type.flags.length / 32)).fill('i32')
  if (type.kind === 'f32' || type.kind === 'f64') return [type.kind]
  return type.kind.endsWith('64') ? ['i64'] : ['i32']
}

/** A flat value out of a slot that it shares with those of other cases. */
function coerce(expression: string, have: Flat, want: Flat): string {
  if (have === want) return expression
  if (have === 'i32') return `(f32.reinterpret_i32 ${expression})`
  if (want === 'f64') return `(f64.reinterpret_i64 ${expression})`
  return want === 'i32' ? `(i32.wrap_i64 ${expression})` : `(f32.reinterpret_i32 (i32.wrap_i64 ${expression}))`
}

/** Code that stores the flat values `slots` as a value of `type` at `at` behind local `$to`. */
function store(type: Type, slots: string[], at: number): string {
  const inner = parts(type)
  if (inner) {
    let offset = 0
    let used = 0
    return inner
      .map(one => {
        offset = align(offset, alignmentOf(one))
        const mine = slots.slice(used, (used += flatOf(one).length))
        const code = store(one, mine, at + offset)
        offset += sizeOf(one)
        return code
      })
      .join('\n')
  }
  const payloads = cases(type)
  if (payloads) {
    const tag = ['', '8', '16', '', ''][tagBytes(payloads.length)]
    const joined = flatOf(type).slice(1)
    const arms = payloads.flatMap((payload, index) => {
      if (!payload) return []
      const mine = flatOf(payload).map((want, i) => coerce(slots[i + 1]!, joined[i]!, want))
      const code = store(payload, mine, at + payloadOffset(payloads))
      return [`(if (i32.eq ${slots[0]} (i32.const ${index})) (then ${code}))`]
    })
    return `(i32.store${tag} offset=${at} (local.get $to) ${slots[0]})\n${arms.join('\n')}`
  }
  if (type.kind === 'string' || type.kind === 'list')
    return slots.map((slot, i) => `(i32.store offset=${at + 4 * i} (local.get $to) ${slot})`).join('\n')
  if (type.kind === 'flags') {
    const width = sizeOf(type) < 4 ? String(8 * sizeOf(type)) : ''
    return slots.map((slot, i) => `(i32.store${width} offset=${at + 4 * i} (local.get $to) ${slot})`).join('\n')
  }
  const [flat] = flatOf(type)
  const size = sizeOf(type)
  const width = flat === 'i32' && size < 4 ? String(8 * size) : ''
  return `(${flat}.store${width} offset=${at} (local.get $to) ${slots[0]})`
}

/** Gives WIT types their text, naming those that must have a name. */
class Namer {
  readonly declarations: string[] = []
  #named(body: string): string {
    const n = this.declarations.length
    this.declarations.push(`(type $raw${n} ${body}) (import "type${n}" (type $type${n} (eq $raw${n})))`)
    return `$type${n}`
  }
  text(type: Type): string {
    switch (type.kind) {
      case 'list':
        return `(list ${this.text(type.element)})`
      case 'option':
        return `(option ${this.text(type.some)})`
      case 'tuple':
        return `(tuple ${type.items.map(item => this.text(item)).join(' ')})`
      case 'result': {
        const ok = type.ok.kind === 'unit' ? '' : this.text(type.ok)
        return `(result ${ok} ${type.error.kind === 'unit' ? '' : `(error ${this.text(type.error)})`})`
      }
      case 'record':
        return this.#named(
          `(record ${type.fields.map(field => `(field "${field.name}" ${this.text(field.type)})`).join(' ')})`,
        )
      case 'variant':
        return this.#named(
          `(variant ${type.cases.map(one => `(case "${one.name}" ${one.type ? this.text(one.type) : ''})`).join(' ')})`,
        )
      case 'enum':
        return this.#named(`(enum ${type.cases.map(name => `"${name}"`).join(' ')})`)
      case 'flags':
        return this.#named(`(flags ${type.flags.map(name => `"${name}"`).join(' ')})`)
      default:
        return type.kind
    }
  }
}

/** Where values are put; what `realloc` gives begins behind them. */
const scratch = 1024
const heap = 8192

/**
 * `echo<i>` gives a value of the i-th type back; `dump<i>` gives the bytes of the value as it got it, and behind them
 * all of the memory that was allocated for it.
 *
 * @param plain the value itself, in place of a tuple of it alone, which lies in memory as the value does
 */
export function echoes(types: readonly Type[], encoding: string, plain = false): string {
  const namer = new Namer()
  const texts = types.map(type => namer.text(type))
  const core = types.map((type, i) => {
    const flat = flatOf(type)
    const spilled = flat.length > 16
    const params = (spilled ? ['i32'] : flat).map((one, n) => `(param $p${n} ${one})`).join(' ')
    const slots = flat.map((_, n) => `(local.get $p${n})`)
    const body =
      flat.length === 1
        ? slots[0]
        : spilled
          ? '(local.get $p0)'
          : `(local.set $to (i32.const ${scratch})) ${store(type, slots, 0)} (local.get $to)`
    const result = flat.length === 1 ? flat[0] : 'i32'
    const dumped = spilled ? '' : `(local.set $to (i32.const ${scratch})) ${store(type, slots, 0)}`
    return `
      (func (export "echo${i}") ${params} (result ${result}) (local $to i32) ${body})
      (func (export "dump${i}") ${params} (result i32) (local $to i32)
        ${dumped}
        (i32.store (i32.const 16) (i32.const ${scratch}))
        (i32.store (i32.const 20) (i32.sub (global.get $next) (i32.const ${scratch})))
        (i32.const 16))
      (func (export "echoed${i}") (param ${result}) (call $clear))`
  })
  const options = `(memory (core memory $i "mem")) (realloc (core func $i "realloc")) string-encoding=${encoding}`
  const lifts = texts.map(
    (text, i) => `
      (func (export "echo${i}") (param "v" ${text}) (result ${plain ? text : `(tuple ${text})`})
        (canon lift (core func $i "echo${i}") ${options} (post-return (core func $i "echoed${i}"))))
      (func (export "dump${i}") (param "v" ${text}) (result (list u8))
        (canon lift (core func $i "dump${i}") ${options} (post-return (core func $i "dumped"))))`,
  )
  return `(component
    (core module $m
      (memory (export "mem") 1)
      (global $next (mut i32) (i32.const ${heap}))
      ${bump}
      (func $clear
        (memory.fill (i32.const ${scratch}) (i32.const 0) (i32.sub (global.get $next) (i32.const ${scratch})))
        (global.set $next (i32.const ${heap})))
      (func (export "dumped") (param i32) (call $clear))
      ${core.join('\n')})
    (core instance $i (instantiate $m))
    ${namer.declarations.join('\n')}
    ${lifts.join('\n')})`
}

/**
 * `relay<i>` gives a value of the i-th type back that went through a second component with strings of another
 * encoding, and came back from there: what is lowered on one side is lifted on the other, twice.
 */
export function relays(types: readonly Type[], inner: string, outer: string): string {
  const namer = new Namer()
  const texts = types.map(type => namer.text(type))
  const options = `(memory (core memory $libc "mem")) (realloc (core func $libc "realloc")) string-encoding=${outer}`
  const core = types.map((type, i) => {
    const flat = flatOf(type)
    const direct = flat.length === 1
    const given = flat.length > 16 ? ['i32'] : flat
    const params = given.map((one, n) => `(param $p${n} ${one})`).join(' ')
    const args = given.map((_, n) => `(local.get $p${n})`).join(' ')
    const taken = `${given.map(one => `(param ${one})`).join(' ')} ${direct ? `(result ${flat[0]})` : '(param i32)'}`
    const call = direct
      ? `(call $f${i} ${args})`
      : `(call $f${i} ${args} (i32.const ${scratch})) (i32.const ${scratch})`
    return [
      `(import "inner" "f${i}" (func $f${i} ${taken}))`,
      `(func (export "relay${i}") ${params} (result ${direct ? flat[0] : 'i32'}) ${call})`,
    ]
  })
  return `(component
    ${namer.declarations.join('\n')}
    ${echoes(types, inner).replace('(component', '(component $inner')}
    (instance $inner (instantiate $inner
      ${namer.declarations.map((_, n) => `(with "type${n}" (type $type${n}))`).join(' ')}))
    (core module $libc (memory (export "mem") 1) (global $next (mut i32) (i32.const ${heap})) ${bump})
    (core instance $libc (instantiate $libc))
    ${texts.map((_, i) => `(core func $inner${i} (canon lower (func $inner "echo${i}") ${options}))`).join('\n')}
    (core module $m
      ${core.map(([imported]) => imported).join('\n')}
      ${core.map(([, func]) => func).join('\n')})
    (core instance $i (instantiate $m (with "inner" (instance
      ${texts.map((_, i) => `(export "f${i}" (func $inner${i}))`).join(' ')}))))
    ${texts
      .map(
        (text, i) =>
          `(func (export "relay${i}") (param "v" ${text}) (result (tuple ${text})) (canon lift (core func $i "relay${i}") ${options}))`,
      )
      .join('\n')})`
}
