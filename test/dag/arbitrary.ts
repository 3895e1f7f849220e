import fc from 'fast-check'
import { cidOf } from '../../dag/cid.ts'
import { Float, setKey, type Ipld } from '../../dag/ipld.ts'
import { integerKinds, integerRange, isBytes, type Type } from '../../dag/types.ts'
import { isWrapped, type Value } from '../../dag/value.ts'

/** Names that a component or a program may use, those that JavaScript treats in its own way among them. */
export const name = fc.constantFrom('a', 'b-c', 'size', 'some', 'ok', 'constructor', '__proto__', 'toString', 'Zz')
const names = fc.uniqueArray(name, { minLength: 1, maxLength: 4 })

export const text = fc.string({ unit: 'grapheme', maxLength: 40 }).filter(s => s.isWellFormed())
export const cid = fc.uint8Array({ maxLength: 8 }).map(bytes => cidOf(bytes, 'raw'))

export const type: fc.Arbitrary<Type> = fc.letrec<{ type: Type }>(tie => {
  const inner = tie('type')
  const leaf = fc.oneof(
    fc
      .constantFrom(...integerKinds, 'bool', 'f32', 'f64', 'char', 'string', 'unit', 'ipld')
      .map((kind): Type => ({ kind })),
    names.map((cases): Type => ({ kind: 'enum', cases })),
    names.map((flags): Type => ({ kind: 'flags', flags })),
    fc.constant<Type>({ kind: 'list', element: { kind: 'u8' } }),
  )
  const named = names.chain(list =>
    fc.tuple(...list.map(() => inner)).map(types => list.map((entry, i) => ({ name: entry, type: types[i]! }))),
  )
  return {
    type: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      leaf,
      inner.map((element): Type => ({ kind: 'list', element })),
      inner.map((some): Type => ({ kind: 'option', some })),
      fc.tuple(inner, inner).map(([ok, error]): Type => ({ kind: 'result', ok, error })),
      fc.array(inner, { maxLength: 3 }).map((items): Type => ({ kind: 'tuple', items })),
      named.map((fields): Type => ({ kind: 'record', fields })),
      named.map((cases): Type => ({
        kind: 'variant',
        cases: cases.map((entry, i) => (i % 2 === 0 ? entry : { name: entry.name })),
      })),
      inner.map((target): Type => ({ kind: 'link', target })),
      inner.map((of): Type => ({ kind: 'secret', of })),
    ),
  }
}).type

const safe = (value: bigint): Ipld => (Number.isSafeInteger(Number(value)) ? Number(value) : value)

export const ipld: fc.Arbitrary<Ipld> = fc.letrec<{ ipld: Ipld }>(tie => ({
  ipld: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.oneof(
      fc.constant(null),
      fc.boolean(),
      fc.maxSafeInteger(),
      fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n - 1n }).map(safe),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(value => new Float(value)),
      text,
      fc.uint8Array({ maxLength: 30 }),
      cid,
    ),
    fc.array(tie('ipld'), { maxLength: 5 }),
    fc
      .array(fc.tuple(fc.oneof(text, name, fc.constantFrom('await/ok', 'ipvm/list', '/')), tie('ipld')), {
        maxLength: 5,
      })
      .map(mapOf),
  ),
})).ipld

function mapOf<T>(entries: [string, T][]): { [key: string]: T } {
  const map: { [key: string]: T } = {}
  for (const [key, value] of entries) setKey(map, key, value)
  return map
}

export interface Sizes {
  /** Most elements of a list, and characters of a string. */
  list: number
}

/** Values of a type, in JavaScript form. */
export function valueOf(of: Type, sizes: Sizes = { list: 4 }): fc.Arbitrary<Value> {
  const inner = (part: Type) => valueOf(part, sizes)
  switch (of.kind) {
    case 'bool':
      return fc.boolean()
    case 'f32':
      return fc.float().map(value => (Number.isNaN(value) ? NaN : value))
    case 'f64':
      return fc.double()
    case 'char':
      return fc.string({ unit: 'binary', minLength: 1, maxLength: 1 })
    case 'string':
      return fc.string({ unit: 'grapheme', maxLength: sizes.list }).filter(s => s.isWellFormed())
    case 'unit':
      return fc.constant(null)
    case 'ipld':
      return ipld as fc.Arbitrary<Value>
    case 'list':
      return isBytes(of)
        ? fc.uint8Array({ maxLength: sizes.list })
        : fc.array(inner(of.element), { maxLength: sizes.list })
    case 'tuple':
      return fc.tuple(...of.items.map(inner))
    case 'option': {
      const some = inner(of.some)
      return fc.option(isWrapped(of.some) ? some.map(value => ({ some: value })) : some)
    }
    case 'result':
      return fc.oneof(
        inner(of.ok).map(value => ({ ok: value })),
        inner(of.error).map(error => ({ error })),
      )
    case 'record':
      return fc
        .tuple(...of.fields.map(field => inner(field.type)))
        .map(values => mapOf(of.fields.map((field, i) => [field.name, values[i]!])))
    case 'variant':
      return fc.oneof(
        ...of.cases.map(entry =>
          (entry.type ? inner(entry.type) : fc.constant(null)).map(v => mapOf([[entry.name, v]])),
        ),
      )
    case 'enum':
      return fc.constantFrom(...of.cases)
    case 'flags':
      return fc.subarray(of.flags).map(flags => flags.toSorted())
    case 'link':
      return cid
    case 'secret':
      return inner(of.of)
    default: {
      const [min, max] = integerRange(of.kind)
      const wide = fc.bigInt({ min, max })
      return of.kind.endsWith('64') ? wide : wide.map(Number)
    }
  }
}

/** A type and a value of it. */
export const typed = (sizes?: Sizes): fc.Arbitrary<{ type: Type; value: Value }> =>
  type.chain(of => valueOf(of, sizes).map(value => ({ type: of, value })))
