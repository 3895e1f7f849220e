import { describe, expect, test } from 'vitest'
import { computed, found, messageOf, typeOf } from './typing.ts'

describe('types of operators', () => {
  test.each([
    // Both sides come to one type, and a literal to that of the other side.
    ['b8 + 1', 'u8'],
    ['1 + b8', 'u8'],
    ['b8 + b16', 'u16'],
    ['b8 + i32', 's32'],
    ['i32 - b16', 's32'],
    ['1 + 2', 's64'],
    ['1.5 * 2', 'f64'],
    ['x32 * 2', 'f32'],
    ['x32 + x64', 'f64'],
    ['n64 / 2', 'u64'],
    ['n32 % 10', 'u32'],
    ['-i8', 's8'],
    ['-(x32 + 1)', 'f32'],
    ['ln + 1', 'u32'],
    ['1 + ln * n32', 'u32'],
    // Comparison.
    ['b8 < 200', 'bool'],
    ['b8 >= b16', 'bool'],
    ['t <= "b"', 'bool'],
    ["c > 'a'", 'bool'],
    ['ln == 7', 'bool'],
    ['ns == [1, 2]', 'bool'],
    ['maybe != none', 'bool'],
    ['rec == { b: "x", a: 1 }', 'bool'],
    ['angle == Angle.half', 'bool'],
    ['links == links', 'bool'],
    ['any == any', 'bool'],
    ['() == ()', 'bool'],
    // Logic.
    ['yes && n32 > 1 || !yes', 'bool'],
    ['!(n32 == 1)', 'bool'],
    // What is computed from a secret is secret.
    ['sn + 1', 'secret<u32>'],
    ['1 + sn', 'secret<u32>'],
    ['sn == 1', 'secret<bool>'],
    ['slist == slist', 'secret<bool>'],
    ['sb && yes', 'secret<bool>'],
    ['yes || sb', 'secret<bool>'],
    ['!sb', 'secret<bool>'],
    ['-(sn as s64)', 'secret<s64>'],
  ])('%s: %s', async (text, type) => {
    expect(await typeOf(text)).toBe(type)
  })

  test.each([
    ['t + "a"', 'BadOperand'],
    ['"a" + t', 'BadOperand'],
    ['ns + ns', 'BadOperand'],
    ['yes + 1', 'BadOperand'],
    ['maybe + 1', 'BadOperand'],
    ['any + 1', 'BadOperand'],
    ['-t', 'BadOperand'],
    ['-b8', 'NegatedUnsigned'],
    ['ns < ns', 'BadOperand'],
    ['yes < yes', 'BadOperand'],
    ['rec > rec', 'BadOperand'],
    ['b8 + i8', 'OperandTypes'],
    ['n32 + i32', 'OperandTypes'],
    ['n64 + i64', 'OperandTypes'],
    ['n32 * 1.5', 'OperandTypes'],
    ['x64 + n32', 'OperandTypes'],
    ['n32 == "1"', 'OperandTypes'],
    ['maybe == 1', 'OperandTypes'],
    ['rec == { a: 1 }', 'OperandTypes'],
    ['b8 + 256', 'NumberRange'],
    ['i8 < 128', 'NumberRange'],
    ['n32 && yes', 'NotACondition'],
    ['yes || t', 'NotACondition'],
    ['!n32', 'NotACondition'],
    ['!maybe', 'NotACondition'],
    ['sise + 1', 'UnknownName'],
    ['(sise + 1) * t', 'UnknownName'],
    ['none == none', 'CannotInfer'],
  ])('%s: %s', async (text, name) => {
    expect(await typeOf(text)).toBe(name)
  })

  test.each([
    ['1 + b8 * 2', 'let y: u8 = 1 + b8'],
    ['n + b8', 'let n = 1 + 2'],
  ])('%s', async (text, lines) => {
    expect(await typeOf(text, lines)).toBe('u8')
  })

  test('a number that a wider one went into becomes no narrower', async () => {
    const text = (use: string) =>
      `job f(x: u8) -> u8 { x }\nexport job main(y: u16) -> u8 {\n  let n = 7 + 1\n  ${use}\n  f(n)\n}\n`
    // A wider operand beside it leaves it what it is, in whatever order.
    expect(await found(text('let z = n + y'))).toEqual([])
    expect(await found(text('let z = y + n'))).toEqual([])
    expect(await found(text('let z = [n, y]'))).toEqual([])
    expect(await found(text('let z = if y == 0 { n } else { y }'))).toEqual([])
  })
})

describe('what operators compute', () => {
  test.each([
    ['s64', '7 / 2', 3],
    ['s64', '-7 / 2', -3],
    ['s64', '-7 % 3', -1],
    ['u8', '200 + 55', 255],
    ['u64', '2 * 9_223_372_036_854_775_807', 2n ** 64n - 2n],
    ['bool', '0.1 + 0.2 == 0.3', false],
    ['bool', '0.0 / 0.0 == 0.0 / 0.0', false],
    ['bool', '"a" < "b" && "Z" < "a"', true],
    ['bool', '[1, 2] == [1, 2]', true],
    ['bool', '{ a: 1, b: none } != { b: some(2), a: 1 }', true],
    ['bool', 'false && 1 / 0 == 1', false],
    ['bool', 'true || 1 / 0 == 1', true],
    ['bool', '!true || !false', true],
    ['s64', '-(1 + 2)', -3],
    ['s64', '1 + 2 * 3 - 4', 3],
    ['bool', 'Angle.half == Angle.half', true],
  ])('%s: %s', async (type, text, value) => {
    expect(await computed(type, text)).toEqual(value)
  })
})

describe('templates', () => {
  test.each([
    ['"${1}"', '1'],
    ['"a ${b"\\x01"} c"', 'a b"\\x01" c'],
    ['"${1.0} ${1.5} ${true}"', '1.0 1.5 true'],
    ['"${"x"}${\'y\'}"', 'xy'],
    ['"${[1, 2]} ${(1, "b")} ${some(1)}"', '[1, 2] (1, "b") some(1)'],
    ['"${"n${1 + 1}"}!"', 'n2!'],
    ['"${{ a: 1 }}"', '{ a: 1 }'],
    ['"${Angle.half} ${Shape.circle(2)} ${()}"', 'half circle(2) ()'],
    ['"\\${1}"', '${1}'],
  ])('%s', async (text, value) => {
    expect(await computed('string', text)).toBe(value)
  })

  test('of a secret are secret, and of a record that holds one', async () => {
    expect(await typeOf('"${sn} ${t}"')).toBe('secret<string>')
    expect(await typeOf('"${srec}"')).toBe('secret<string>')
    expect(await typeOf('"${srec.name} ${links}"')).toBe('string')
  })

  test('of `ipld` are refused, at any depth', async () => {
    expect(await typeOf('"${any}"')).toBe('NotPrintable')
    expect(await typeOf('"${[any]}"')).toBe('NotPrintable')
    expect(await typeOf('"${any as u32}"')).toBe('string')
  })
})

describe('`as`', () => {
  test.each([
    ['b8', 'u16'],
    ['i64', 'u8'],
    ['x64', 's32'],
    ['n64', 'f32'],
    ['x64', 'f32'],
    ['c', 'u32'],
    ['n32', 'char'],
    ['raw', 'string'],
    ['t', 'bytes'],
    ['ns', 'list<u8>'],
    ['maybe', 'option<s8>'],
    ['out', 'result<u8, bytes>'],
    ['pair', 'tuple<s8, bytes>'],
    ['rec', 'record { a: s8, b: ipld }'],
    ['shape', 'variant { dot, circle(u8), box(ipld) }'],
    ['any', 'string'],
    ['any', 'list<ipld>'],
    ['rec', 'ipld'],
    ['ln', 'u8'],
    ['links', 'list<link<u8>>'],
    ['7', 'u8'],
    ['7', 'f32'],
    ['1.0', 'u8'],
    ['97', 'char'],
    ['7', 'ipld'],
    ['none', 'option<u8>'],
    ['[1, 2]', 'bytes'],
    ['1 + 2', 'u8'],
  ])('%s as %s', async (text, type) => {
    const shown = type === 'list<u8>' ? 'bytes' : type
    expect(await typeOf(`(${text}) as ${type}`)).toBe(shown)
  })

  test('of a secret gives a secret', async () => {
    expect(await typeOf('sn as u8')).toBe('secret<u8>')
    expect(await typeOf('sn as secret<u8>')).toBe('secret<u8>')
    expect(await typeOf('srec as ipld')).toBe('secret<ipld>')
  })

  test.each([
    ['n32 as u32', 'UselessAs'],
    ['rec as record { b: string, a: u8 }', 'UselessAs'],
    ['n32 as string', 'ImpossibleAs'],
    ['t as u32', 'ImpossibleAs'],
    ['yes as u8', 'ImpossibleAs'],
    ['n32 as bool', 'ImpossibleAs'],
    ['c as u8', 'ImpossibleAs'],
    ['maybe as u32', 'ImpossibleAs'],
    ['n32 as option<u32>', 'ImpossibleAs'],
    ['rec as record { a: u8 }', 'ImpossibleAs'],
    ['1.5 as u8', 'ImpossibleAs'],
    ['0xd800 as char', 'ImpossibleAs'],
    ['256 as u8', 'NumberRange'],
    ['-1 as u8', 'NumberRange'],
    ['1e300 as f32', 'NumberRange'],
    ['n32 as Angel', 'UnknownType'],
  ])('%s: %s', async (text, name) => {
    expect(await typeOf(text)).toBe(name)
  })

  test.each([
    ['f32', '16_777_217 as f32', { value: 16777216 }],
    ['u8', '(100 + 100) as u8', 200],
    ['u8', '(300 - 100) as u8', 200],
    ['list<u8>', '("aä" as bytes)', Uint8Array.of(97, 0xc3, 0xa4)],
    ['string', '(b"ab" as string)', 'ab'],
    ['u32', "('a' as u32)", 97],
    ['s64', '(2.0 * 1.0) as s64', 2],
    ['char', '0x1f600 as char', '😀'],
  ])('%s: %s', async (type, text, value) => {
    expect(await computed(type, text)).toMatchObject(value as object)
  })
})

describe('messages of operators', () => {
  test.each([
    ['"Hello, " + t', '`+` takes numbers, and this is `string`. Texts are put together in a text: `"Hello, ${t}"`.'],
    [
      'ns + [1]',
      '`+` takes numbers, and this is `list<u32>`. Lists are put together by a built-in: `concat(ns, [1])`.',
    ],
    [
      'b8 + i8',
      '`+` takes two values of one type, but these are `u8` and `s8`. Write `as s16` behind one of them, or behind both.',
    ],
    [
      'n32 * 1.5',
      '`*` takes two values of one type, but these are `u32` and a number. Write `as f64` behind one of them, or behind both.',
    ],
    [
      'maybe == 1',
      '`==` takes two values of one type, but these are `option<u32>` and a number. Write `some(…)` around the second.',
    ],
    ['!n32', '`!` takes a `bool`, and this is `u32`. Compare it: `x != 0`.'],
    ['len(ns) && yes', '`&&` takes a `bool`, and this is `u64`. Compare it: `x != 0`.'],
    ['if t { 1 } else { 2 }', '`if` takes a `bool`, and this is `string`. Compare it: `x != ""`.'],
    ['t as u32', '`as` makes no `u32` of `string`: a text is read by a component, `as` reads none.'],
  ])('%s', async (text, message) => {
    expect(await messageOf(text)).toBe(message)
  })
})
