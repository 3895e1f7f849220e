import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encode } from '../../dag/codec.ts'
import { Float, type Ipld } from '../../dag/ipld.ts'
import type { Type } from '../../dag/types.ts'
import { toIpld } from '../../dag/value.ts'
import { fromHomestarValue, Inexpressible, toHomestarValue } from '../../compiler/targets/homestar/values.ts'
import { typed } from '../dag/arbitrary.ts'

const option = (some: Type): Type => ({ kind: 'option', some })
const result = (ok: Type, error: Type): Type => ({ kind: 'result', ok, error })
const [u8, text, unit]: Type[] = [{ kind: 'u8' }, { kind: 'string' }, { kind: 'unit' }]

describe('values', () => {
  test('of every type come back, or are refused', () => {
    let said = 0
    fc.assert(
      fc.property(typed(), ({ type, value }) => {
        const form = toIpld(type, value)
        let there: Ipld
        try {
          there = toHomestarValue(type, form)
        } catch (error) {
          expect(error).toBeInstanceOf(Inexpressible)
          return
        }
        said++
        expect(Buffer.from(encode(fromHomestarValue(type, there)))).toEqual(Buffer.from(encode(form)))
      }),
      { numRuns: 2000 },
    )
    expect(said).toBeGreaterThan(1000)
  })

  test.each<[Type, Ipld, Ipld]>([
    [result(u8!, text!), { ok: 1 }, [1, null]],
    [result(u8!, text!), { error: 'x' }, [null, 'x']],
    [result(unit!, unit!), { ok: null }, [1, null]],
    [result(unit!, unit!), { error: null }, [null, 1]],
    [result(option(u8!), text!), { ok: null }, [null, null]],
    [result(unit!, option(u8!)), { error: null }, [null, null]],
  ])('%o: %o is %o', (type, ours, theirs) => {
    expect(toHomestarValue(type, ours)).toEqual(theirs)
    expect(fromHomestarValue(type, theirs)).toEqual(ours)
  })

  test.each<[Type, Ipld]>([
    [{ kind: 'f64' }, 'NaN'],
    [{ kind: 'f32' }, '-Infinity'],
    [option(option(u8!)), { some: null }],
    [option(unit!), null],
    [result(text!, option(u8!)), { error: null }],
    [{ kind: 'secret', of: u8! }, 1],
  ])('%o: %o is refused', (type, form) => {
    expect(() => toHomestarValue(type, form)).toThrow(Inexpressible)
  })

  test('what Homestar cannot tell apart is read by the type', () => {
    expect(fromHomestarValue(text!, null)).toBe('null')
    expect(fromHomestarValue({ kind: 'list', element: u8! }, [])).toEqual(new Uint8Array())
    expect(fromHomestarValue({ kind: 'f64' }, 5)).toEqual(new Float(5))
    expect(fromHomestarValue({ kind: 'f32' }, new Float(0.1))).toEqual(new Float(Math.fround(0.1)))
    expect(fromHomestarValue({ kind: 'flags', flags: ['b', 'a'] }, ['b', 'a'])).toEqual(['a', 'b'])
  })
})
