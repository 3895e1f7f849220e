import { isMap } from '../../../dag/ipld.ts'
import type { Value } from '../../../dag/value.ts'
import { alignTo, type Codec, flatten, misfit } from './codec.ts'
import { cost } from './costs.ts'

interface Slot {
  codec: Codec
  offset: number
}

/** Lays codecs out one after the other, each aligned, the whole rounded up ("elem_size_record"). */
export function layOut(codecs: readonly Codec[]): { slots: Slot[]; size: number; align: number } {
  let offset = 0
  let align = 1
  const slots = codecs.map(codec => {
    const slot = { codec, offset: alignTo(offset, codec.align) }
    offset = slot.offset + codec.size
    align = Math.max(align, codec.align)
    return slot
  })
  return { slots, size: alignTo(offset, align), align }
}

function shape(
  codecs: readonly Codec[],
  own: number,
): Pick<Codec, 'size' | 'align' | 'flat' | 'weight' | 'cost'> & { slots: Slot[] } {
  return {
    ...layOut(codecs),
    flat: flatten(codecs.map(codec => codec.flat)),
    weight: codecs.reduce((sum, codec) => sum + codec.weight, 16),
    cost: codecs.reduce((sum, codec) => sum + codec.cost, own),
  }
}

export function tuple(codecs: readonly Codec[]): Codec {
  const { slots, ...rest } = shape(codecs, cost.list)
  const items = (value: Value): readonly Value[] => {
    if (!Array.isArray(value) || value.length !== slots.length) misfit(value, `a tuple of ${slots.length}`)
    return value
  }
  return {
    ...rest,
    load: (crossing, at) => slots.map(({ codec, offset }) => codec.load(crossing, at + offset)),
    // By the places of the type: a list that has a hole has no item there to go through.
    store: (crossing, value, at) => {
      const all = items(value)
      slots.forEach(({ codec, offset }, i) => codec.store(crossing, all[i]!, at + offset))
    },
    lift: (crossing, flat) => slots.map(({ codec }) => codec.lift(crossing, flat)),
    lower: (crossing, value, flat) => {
      const all = items(value)
      slots.forEach(({ codec }, i) => codec.lower(crossing, all[i]!, flat))
    },
  }
}

export function record(fields: readonly { name: string; codec: Codec }[]): Codec {
  const { slots, ...rest } = shape(
    fields.map(field => field.codec),
    cost.object + fields.length * cost.field,
  )
  const names = fields.map(field => field.name)
  const letters = names.reduce((sum, name) => sum + name.length, 0)
  const field = (value: Value, name: string): Value => {
    if (!Object.hasOwn(value as object, name)) misfit(value, `a record with ${name}`)
    return (value as { [key: string]: Value })[name]!
  }
  const checked = (value: Value): Value => {
    // With as many keys as there are fields, and each field among them, there is none too many.
    if (!isMap(value) || Object.keys(value).length !== names.length) misfit(value, 'a record')
    return value
  }
  return {
    ...rest,
    weight: rest.weight + letters,
    cost: rest.cost + letters,
    load: (crossing, at) => {
      const out: { [key: string]: Value } = {}
      for (let i = 0; i < slots.length; i++) out[names[i]!] = slots[i]!.codec.load(crossing, at + slots[i]!.offset)
      return out
    },
    store: (crossing, value, at) => {
      checked(value)
      for (let i = 0; i < slots.length; i++)
        slots[i]!.codec.store(crossing, field(value, names[i]!), at + slots[i]!.offset)
    },
    lift: (crossing, flat) => {
      const out: { [key: string]: Value } = {}
      for (let i = 0; i < slots.length; i++) out[names[i]!] = slots[i]!.codec.lift(crossing, flat)
      return out
    },
    lower: (crossing, value, flat) => {
      checked(value)
      for (let i = 0; i < slots.length; i++) slots[i]!.codec.lower(crossing, field(value, names[i]!), flat)
    },
  }
}
