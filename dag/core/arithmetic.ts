import type { Ipld } from '../ipld.ts'
import { fail, ok } from '../result.ts'
import { integerRange, isInteger, revealed, showType, type IntegerKind } from '../types.ts'
import { integerForm } from '../value.ts'
import {
  invalid,
  placedValue,
  value,
  type ArgumentReader,
  type CoreOutcome,
  type Operation,
  type Read,
} from './operation.ts'
import { cut } from './show.ts'

/**
 * `[a, b, type]`. Integers are checked: what does not fit, and a division by zero, is a failure of kind `value`; the
 * quotient is cut, the remainder has the sign of the dividend. Floats are IEEE 754, those of 32 bits rounded each time.
 */
export const arithmetic = {
  'core/add': binary(
    '+',
    (a, b) => a + b,
    (a, b) => a + b,
  ),
  'core/subtract': binary(
    '-',
    (a, b) => a - b,
    (a, b) => a - b,
  ),
  'core/multiply': binary(
    '*',
    (a, b) => a * b,
    (a, b) => a * b,
  ),
  'core/divide': binary(
    '/',
    (a, b) => (b === 0n ? undefined : a / b),
    (a, b) => a / b,
  ),
  'core/remainder': binary(
    '%',
    (a, b) => (b === 0n ? undefined : a % b),
    (a, b) => a % b,
  ),

  /** `[a, type]` */
  'core/negate': {
    args: 2,
    run: async ([a, encoded], reader) => {
      const kind = await numberKind(encoded!, reader)
      if (!kind.ok) return kind.error
      const read = await reader.value({ kind: kind.value }, a!)
      if (!read.ok) return read.error
      if (!isInteger(kind.value)) return float(kind.value, -(read.value as number))
      const whole = BigInt(read.value as number | bigint)
      return integer(kind.value, -whole, () => `${-whole}`)
    },
  },
} satisfies Record<string, Operation>

type NumberKind = IntegerKind | 'f32' | 'f64'

/** @param integers undefined where it divides by zero */
function binary(
  sign: string,
  integers: (a: bigint, b: bigint) => bigint | undefined,
  floats: (a: number, b: number) => number,
): Operation {
  return {
    args: 3,
    run: async ([a, b, encoded], reader) => {
      const kind = await numberKind(encoded!, reader)
      if (!kind.ok) return kind.error
      const type = { kind: kind.value }
      const left = await reader.value(type, a!)
      if (!left.ok) return left.error
      const right = await reader.value(type, b!)
      if (!right.ok) return right.error
      if (!isInteger(kind.value)) return float(kind.value, floats(left.value as number, right.value as number))
      const [x, y] = [BigInt(left.value as number | bigint), BigInt(right.value as number | bigint)]
      const result = integers(x, y)
      return result === undefined ? invalid('division by zero') : integer(kind.value, result, () => `${x} ${sign} ${y}`)
    },
  }
}

async function numberKind(encoded: Ipld, reader: ArgumentReader): Promise<Read<NumberKind>> {
  const type = await reader.type(encoded)
  if (!type.ok) return type
  const { kind } = revealed(type.value)
  return isInteger(kind) || kind === 'f32' || kind === 'f64'
    ? ok(kind)
    : fail(invalid(`values of type ${cut(showType(type.value))} are no numbers`))
}

function integer(kind: IntegerKind, result: bigint, source: () => string): CoreOutcome {
  const [min, max] = integerRange(kind)
  return result < min || result > max ? invalid(`${source()} does not fit ${kind}`) : value(integerForm(result))
}

function float(kind: 'f32' | 'f64', result: number): CoreOutcome | Promise<CoreOutcome> {
  return placedValue({ kind }, kind === 'f32' ? Math.fround(result) : result)
}
