import fc from 'fast-check'
import { integerKinds, integerRange, isInteger, type Type } from '../../../dag/types.ts'
import type { Value } from '../../../dag/value.ts'

const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `n${i}x`)

const scalar: fc.Arbitrary<Type> = fc
  .constantFrom('bool', ...integerKinds, 'f32', 'f64', 'char', 'string')
  .map(kind => ({ kind }) as Type)

const small: fc.Arbitrary<Type> = fc.oneof(
  fc.integer({ min: 1, max: 32 }).map(count => ({ kind: 'flags', flags: names(count) }) as Type),
  fc
    .oneof({ weight: 5, arbitrary: fc.integer({ min: 1, max: 6 }) }, { weight: 1, arbitrary: fc.constant(300) })
    .map(count => ({ kind: 'enum', cases: names(count) }) as Type),
)

/** Types of every kind that a function of a component may take, nested up to four levels. */
export const types: fc.Arbitrary<Type> = fc.letrec<{ type: Type; payload: Type }>(tie => ({
  type: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { weight: 4, arbitrary: scalar },
    { weight: 1, arbitrary: small },
    { weight: 2, arbitrary: tie('type').map(element => ({ kind: 'list', element }) as Type) },
    { weight: 1, arbitrary: tie('type').map(some => ({ kind: 'option', some }) as Type) },
    {
      weight: 1,
      arbitrary: fc.tuple(tie('payload'), tie('payload')).map(([ok, error]) => ({ kind: 'result', ok, error }) as Type),
    },
    {
      weight: 2,
      arbitrary: fc.array(tie('type'), { minLength: 1, maxLength: 7 }).map(items => ({ kind: 'tuple', items }) as Type),
    },
    {
      weight: 2,
      arbitrary: fc
        .array(tie('type'), { minLength: 1, maxLength: 5 })
        .map(all => ({ kind: 'record', fields: all.map((type, i) => ({ name: `f${i}`, type })) }) as Type),
    },
    {
      weight: 2,
      arbitrary: fc.array(tie('payload'), { minLength: 1, maxLength: 5 }).map(
        all =>
          ({
            kind: 'variant',
            cases: all.map((type, i) => (type.kind === 'unit' ? { name: `c${i}` } : { name: `c${i}`, type })),
          }) as Type,
      ),
    },
  ),
  payload: fc.oneof(
    { weight: 1, arbitrary: fc.constant<Type>({ kind: 'unit' }) },
    { weight: 3, arbitrary: tie('type') },
  ),
})).type

/** Any Unicode scalar value, those at the borders of the encodings more often. */
const character = fc
  .oneof(
    fc.constantFrom(0x00, 0x61, 0x7f, 0x80, 0xe9, 0xff, 0x100, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xfeff, 0xffff, 0x10000),
    fc.integer({ min: 0, max: 0x10ffff - 0x800 }).map(code => (code < 0xd800 ? code : code + 0x800)),
  )
  .map(code => String.fromCodePoint(code))
const text = fc.array(character, { maxLength: 40 }).map(characters => characters.join(''))

/** Values of a type, in JavaScript form. */
export function values(type: Type): fc.Arbitrary<Value> {
  if (isInteger(type.kind)) {
    const [min, max] = integerRange(type.kind)
    const all = fc.oneof(fc.bigInt({ min, max }), fc.constantFrom(min, max))
    return type.kind.endsWith('64') ? all : all.map(Number)
  }
  switch (type.kind) {
    case 'bool':
      return fc.boolean()
    case 'f32':
      return fc.float()
    case 'f64':
      return fc.double()
    case 'char':
      return character
    case 'string':
      return text
    case 'list': {
      if (type.element.kind === 'u8') return fc.uint8Array({ maxLength: 40 })
      return fc.array(values(type.element), { maxLength: 6 })
    }
    case 'tuple':
      return fc.tuple(...type.items.map(values))
    case 'record':
      return fc.record(Object.fromEntries(type.fields.map(({ name, type }) => [name, values(type)])), {
        noNullPrototype: true,
      })
    case 'option': {
      const some = values(type.some)
      return fc.option(type.some.kind === 'option' ? some.map(value => ({ some: value })) : some)
    }
    case 'result':
      return fc.oneof(
        values(type.ok).map(ok => ({ ok })),
        values(type.error).map(error => ({ error })),
      )
    case 'variant':
      return fc.oneof(
        ...type.cases.map(one =>
          (one.type ? values(one.type) : fc.constant(null)).map(value => ({ [one.name]: value })),
        ),
      )
    case 'enum':
      return fc.constantFrom(...type.cases)
    case 'flags':
      return fc.subarray(type.flags).map(names => [...names].sort())
    case 'unit':
      return fc.constant(null)
    default:
      throw new Error(`no values of type ${type.kind}`)
  }
}
