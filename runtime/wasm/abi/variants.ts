import { isMap } from '../../../dag/ipld.ts'
import type { Value } from '../../../dag/value.ts'
import { trap } from '../failure.ts'
import { alignTo, type Codec, flatLimit, misfit } from './codec.ts'
import { cost } from './costs.ts'
import { type Crossing, FlatReader, type FlatType, type FlatValue } from './crossing.ts'
import { costOfName, unit } from './scalars.ts'

/** How the payload and the case of a value become one JavaScript value, and back. */
interface Form {
  join(index: number, payload: Value): Value
  /** @returns which case it is; `payload` is then asked for */
  which(value: Value): number
  payload(value: Value, index: number): Value
}

/** What `option`, `result`, `enum` and `variant` share: a discriminant, then the payload of its case. */
function cased(payloads: readonly Codec[], own: Pick<Codec, 'weight' | 'cost'>, form: Form): Codec {
  const count = payloads.length
  const tagSize = count <= 0x100 ? 1 : count <= 0x10000 ? 2 : 4
  const payloadAlign = largest(payloads, codec => codec.align)
  const align = Math.max(tagSize, payloadAlign)
  const offset = alignTo(tagSize, Math.max(1, payloadAlign))
  const size = alignTo(offset + largest(payloads, codec => codec.size), align)
  const joined = joinFlat(payloads)
  const flat: FlatType[] = ['i32', ...joined]
  const checked = (index: number): number => {
    if (index >= count) trap(`a value has the case ${index} of ${count}`)
    return index
  }
  const { join, which, payload } = form
  return {
    size,
    align,
    flat: flat.slice(0, flatLimit + 1),
    weight: own.weight + largest(payloads, codec => codec.weight),
    cost: own.cost + largest(payloads, codec => codec.cost),
    load: (crossing, at) => {
      const { view } = crossing.linear
      const index = checked(
        tagSize === 1 ? view.getUint8(at) : tagSize === 2 ? view.getUint16(at, true) : view.getUint32(at, true),
      )
      return join(index, payloads[index]!.load(crossing, at + offset))
    },
    store: (crossing, value, at) => {
      const index = which(value)
      const { view } = crossing.linear
      if (tagSize === 1) view.setUint8(at, index)
      else if (tagSize === 2) view.setUint16(at, index, true)
      else view.setUint32(at, index, true)
      payloads[index]!.store(crossing, payload(value, index), at + offset)
    },
    lift: (crossing, from) => {
      const index = checked(from.number() >>> 0)
      const behind = from.at + joined.length
      const lifted = liftJoined(crossing, payloads[index]!, joined, from)
      from.at = behind
      return join(index, lifted)
    },
    lower: (crossing, value, out) => {
      const index = which(value)
      out.push(index)
      lowerJoined(crossing, payloads[index]!, payload(value, index), joined, out)
    },
  }
}

function largest(payloads: readonly Codec[], of: (codec: Codec) => number): number {
  return payloads.reduce((most, codec) => Math.max(most, of(codec)), 0)
}

/** One slot must take the flat value of any case ("join"). */
function joinFlat(payloads: readonly Codec[]): FlatType[] {
  const joined: FlatType[] = []
  for (const { flat } of new Set(payloads)) {
    flat.forEach((type, i) => {
      const have = joined[i]
      if (have === undefined || have === type) joined[i] = type
      else joined[i] = (have === 'i32' && type === 'f32') || (have === 'f32' && type === 'i32') ? 'i32' : 'i64'
    })
  }
  return joined
}

const bits = new DataView(new ArrayBuffer(8))

function liftJoined(crossing: Crossing, codec: Codec, joined: readonly FlatType[], from: FlatReader): Value {
  if (codec.flat.every((type, i) => type === joined[i])) return codec.lift(crossing, from)
  const values = codec.flat.map((type, i) => narrow(from.values[from.at + i]!, joined[i]!, type))
  return codec.lift(crossing, new FlatReader(values))
}

function narrow(value: FlatValue, have: FlatType, want: FlatType): FlatValue {
  if (have === want) return value
  if (have === 'i32') {
    bits.setInt32(0, value as number)
    return bits.getFloat32(0)
  }
  bits.setBigInt64(0, value as bigint)
  if (want === 'f64') return bits.getFloat64(0)
  return want === 'f32' ? bits.getFloat32(4) : bits.getInt32(4)
}

function lowerJoined(
  crossing: Crossing,
  codec: Codec,
  value: Value,
  joined: readonly FlatType[],
  out: FlatValue[],
): void {
  const start = out.length
  codec.lower(crossing, value, out)
  codec.flat.forEach((type, i) => {
    if (type !== joined[i]) out[start + i] = widen(out[start + i]!, type, joined[i]!)
  })
  for (let i = codec.flat.length; i < joined.length; i++) out.push(joined[i] === 'i64' ? 0n : 0)
}

function widen(value: FlatValue, have: FlatType, want: FlatType): FlatValue {
  if (have === 'f64') {
    bits.setFloat64(0, value as number)
    return bits.getBigInt64(0)
  }
  if (have === 'f32') {
    bits.setFloat32(0, value as number)
    return want === 'i32' ? bits.getInt32(0) : BigInt(bits.getUint32(0))
  }
  return BigInt((value as number) >>> 0)
}

function longest(names: readonly string[]): number {
  return names.reduce((most, name) => Math.max(most, name.length), 0)
}

/** The only key of an object, which names its case. */
function onlyKey(value: Value, type: string): string {
  if (!isMap(value)) misfit(value, type)
  const keys = Object.keys(value)
  if (keys.length !== 1) misfit(value, type)
  return keys[0]!
}

function payloadOf(value: Value, key: string): Value {
  return (value as { [key: string]: Value })[key]!
}

export function variant(cases: readonly { name: string; codec: Codec }[]): Codec {
  const names = cases.map(one => one.name)
  const indices = new Map(names.map((name, i) => [name, i]))
  return cased(
    cases.map(one => one.codec),
    { weight: 24 + longest(names), cost: cost.object + cost.field + longest(names) },
    {
      join: (index, payload) => ({ [names[index]!]: payload }),
      which: value => indices.get(onlyKey(value, 'a variant')) ?? misfit(value, 'a variant'),
      payload: (value, index) => payloadOf(value, names[index]!),
    },
  )
}

export function enumeration(names: readonly string[]): Codec {
  const indices = new Map(names.map((name, i) => [name, i]))
  return cased(
    names.map(() => unit),
    { weight: longest(names), cost: names.reduce((most, name) => Math.max(most, costOfName(name)), 0) },
    {
      join: index => names[index]!,
      which: value => indices.get(value as string) ?? misfit(value, 'an enum'),
      payload: () => null,
    },
  )
}

/** `nested`: the content may itself be null, so that a value stands in a `some`. */
export function option(some: Codec, nested: boolean): Codec {
  return cased([unit, some], nested ? { weight: 16, cost: cost.object + cost.field } : { weight: 0, cost: 0 }, {
    join: (index, payload) => (index === 0 ? null : nested ? { some: payload } : payload),
    which: value => (value === null ? 0 : 1),
    payload: (value, index) => {
      if (index === 0 || !nested) return value
      if (onlyKey(value, 'an option') !== 'some') misfit(value, 'an option')
      return payloadOf(value, 'some')
    },
  })
}

export function result(ok: Codec, error: Codec): Codec {
  return cased(
    [ok, error],
    { weight: 24, cost: cost.object + cost.field },
    {
      join: (index, payload) => (index === 0 ? { ok: payload } : { error: payload }),
      which: value => {
        const key = onlyKey(value, 'a result')
        return key === 'ok' ? 0 : key === 'error' ? 1 : misfit(value, 'a result')
      },
      payload: (value, index) => payloadOf(value, index === 0 ? 'ok' : 'error'),
    },
  )
}
