import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CoreOperation } from '../../../dag/core.ts'
import { Float, type Ipld } from '../../../dag/ipld.ts'
import { integerKinds, integerRange, type IntegerKind } from '../../../dag/types.ts'
import { fromIpld, integerForm, toIpld } from '../../../dag/value.ts'
import { Blocks, of } from './tools.ts'

const blocks = new Blocks()
const float = (kind: string, value: number): Ipld => toIpld(of(kind), value)

const operators = {
  'core/add': { sign: '+', whole: (a: bigint, b: bigint) => a + b, float: (a: number, b: number) => a + b },
  'core/subtract': { sign: '-', whole: (a: bigint, b: bigint) => a - b, float: (a: number, b: number) => a - b },
  'core/multiply': { sign: '*', whole: (a: bigint, b: bigint) => a * b, float: (a: number, b: number) => a * b },
  'core/divide': { sign: '/', whole: (a: bigint, b: bigint) => a / b, float: (a: number, b: number) => a / b },
  'core/remainder': { sign: '%', whole: (a: bigint, b: bigint) => a % b, float: (a: number, b: number) => a % b },
} as const
const names = Object.keys(operators) as (keyof typeof operators)[]

/** Numbers of a type, those at its ends often. */
function numbers(kind: IntegerKind): fc.Arbitrary<bigint> {
  const [min, max] = integerRange(kind)
  const within = (value: bigint) => (value < min ? min : value > max ? max : value)
  return fc.oneof(
    fc.bigInt({ min, max }),
    fc.bigInt({ min: -20n, max: 20n }).map(within),
    fc.constantFrom(min, min + 1n, max - 1n, max),
  )
}

describe('integers', () => {
  test.each(integerKinds)('%s: exact where the result fits, a failure where it does not', async kind => {
    const bits = Number(kind.slice(1))
    const fits = (value: bigint) =>
      (kind.startsWith('u') ? BigInt.asUintN(bits, value) : BigInt.asIntN(bits, value)) === value
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), numbers(kind), numbers(kind), async (op, a, b) => {
        const outcome = await blocks.run(op, integerForm(a), integerForm(b), kind)
        const { sign, whole } = operators[op]
        if (b === 0n && (sign === '/' || sign === '%'))
          return void expect(outcome).toEqual({ kind: 'fail', failure: 'value', detail: 'division by zero' })
        const result = whole(a, b)
        expect(outcome).toEqual(
          fits(result)
            ? { kind: 'value', value: integerForm(result), blocks: [] }
            : { kind: 'fail', failure: 'value', detail: `${a} ${sign} ${b} does not fit ${kind}` },
        )
      }),
      { numRuns: 200 },
    )
  })

  test.each<[CoreOperation, Ipld[], Ipld]>([
    ['core/divide', [-7, 2, 's32'], -3],
    ['core/remainder', [-7, 2, 's32'], -1],
    ['core/remainder', [7, -2, 's32'], 1],
    ['core/remainder', [-2147483648, -1, 's32'], 0],
    ['core/multiply', [2 ** 32, 2 ** 31, 'u64'], 2n ** 63n],
    ['core/subtract', [2n ** 63n, 2n ** 63n, 'u64'], 0],
    ['core/negate', [5, 's8'], -5],
    ['core/negate', [0, 'u8'], 0],
    ['core/negate', [2n ** 62n, 's64'], -(2n ** 62n)],
    ['core/add', [1, 2, { secret: 'u8' }], 3],
  ])('%s %o', async (op, args, result) => {
    expect(await blocks.result(op, ...args)).toBe(result)
  })

  test.each<[CoreOperation, Ipld[], string]>([
    ['core/add', [4294967295, 1, 'u32'], '4294967295 + 1 does not fit u32'],
    ['core/divide', [-2147483648, -1, 's32'], '-2147483648 / -1 does not fit s32'],
    ['core/negate', [-128, 's8'], '128 does not fit s8'],
    ['core/negate', [1, 'u8'], '-1 does not fit u8'],
    ['core/remainder', [1, 0, 's64'], 'division by zero'],
    ['core/add', [1, 2, 'string'], 'values of type string are no numbers'],
    ['core/negate', [true, 'bool'], 'values of type bool are no numbers'],
    ['core/add', [1, 300, 'u8'], 'value: 300 does not fit u8'],
    ['core/add', [new Float(1), 1, 'u8'], 'value: an integer was expected, this is the float 1'],
    ['core/add', [1, 1, 'f64'], 'value: a float was expected, this is 1'],
  ])('%s %o fails: %s', async (op, args, detail) => {
    expect(await blocks.failure(op, ...args)).toBe(`value: ${detail}`)
  })
})

describe('floats', () => {
  const single = fc.oneof(
    fc.float(),
    fc.constantFrom(0, -0, 1, -1, Infinity, -Infinity, NaN, 3.4028234663852886e38, 1.401298464324817e-45),
  )
  const double = fc.oneof(
    fc.double(),
    fc.constantFrom(0, -0, 1, -1, Infinity, -Infinity, NaN, Number.MAX_VALUE, Number.MIN_VALUE, 2 ** 53),
  )

  test('f64: as JavaScript computes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), double, double, async (op, a, b) => {
        const result = await blocks.result(op, float('f64', a), float('f64', b), 'f64')
        expect(fromIpld(of('f64'), result, '')).toEqual({ ok: true, value: operators[op].float(a, b) })
      }),
      { numRuns: 500 },
    )
  })

  test('f32: rounded to 32 bits each time', async () => {
    const rounded = new Float32Array(1)
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), single, single, async (op, a, b) => {
        const result = await blocks.result(op, float('f32', a), float('f32', b), 'f32')
        rounded[0] = operators[op].float(a, b)
        expect(fromIpld(of('f32'), result, '')).toEqual({ ok: true, value: rounded[0] })
      }),
      { numRuns: 500 },
    )
  })

  test.each<[CoreOperation, number[], Ipld]>([
    ['core/divide', [1, 0], 'Infinity'],
    ['core/divide', [-1, 0], '-Infinity'],
    ['core/divide', [0, 0], 'NaN'],
    ['core/multiply', [-1, 0], new Float(-0)],
    ['core/remainder', [-5.5, 2], new Float(-1.5)],
    ['core/remainder', [1, 0], 'NaN'],
    ['core/remainder', [-4, 2], new Float(-0)],
    ['core/subtract', [Infinity, Infinity], 'NaN'],
    ['core/negate', [0], new Float(-0)],
    ['core/negate', [NaN], 'NaN'],
    ['core/negate', [Infinity], '-Infinity'],
  ])('%s %o', async (op, args, result) => {
    expect(await blocks.result(op, ...args.map(value => float('f64', value)), 'f64')).toEqual(result)
  })
})
