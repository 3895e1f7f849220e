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
      return fc
        .string({ unit: 'grapheme', minLength: 1, maxLength: 1 })
        .map(text => String.fromCodePoint(text.codePointAt(0)!))
    case 'string':
      return fc.string({
        unit: fc.oneof(
          fc.constantFrom('a', 'é', 'ÿ', '€', '𝄞', '\0', '\ufeff'),
          fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
        ),
        maxLength: 40,
      })
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
