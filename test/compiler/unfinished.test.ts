import { describe, expect, test } from 'vitest'
import { checkedText, told } from './told.ts'

describe('an `if` that lacks its `else` is one mistake', () => {
  test.each([
    ['if n < 1 { "a" }', 'if n < 1 { "a" }'],
    ['if n < 1 { "a" } else if n < 2 { "b" }', 'if n < 2 { "b" }'],
    ['if n < 1 { "a" } else if n < 2 { "b" } else if n < 3 { "c" }', 'if n < 3 { "c" }'],
    ['if n < 1 { "a" } else if n < 2 {}', 'if n < 2 {}'],
    ['if n < 1 { text() } else if n < 2 { text() }', 'if n < 2 { text() }'],
    ['let a = if n < 1 { "a" } else if n < 2 { "b" }\na', 'if n < 2 { "b" }'],
    ['if n < 1 { text() } else if n < 2 { "b" }\n"c"', 'if n < 2 { "b" }'],
  ])('%s', async (body, place) => {
    const text = `job text() -> string { "a" }\njob f(n: u32) -> string { ${body} }`
    expect(await told(text)).toEqual([`IfWithoutElse: ${place}`])
  })

  test('which what is wrong in it holds back', async () => {
    expect(await told('job f(n: u32) -> u8 { if n < 1 { 1 } else if n < 2 { a } }')).toEqual(['UnknownName: a'])
    expect(await told('job f(n: u32) -> u8 { if a { 1 } }')).toEqual(['UnknownName: a'])
  })

  test('what is expected of it is expected of its blocks', async () => {
    const text = 'job f(n: u32) -> record { a: u8, b: u8 } { if n < 1 { { a: 1 } } else if n < 2 { { a: 1, b: 2 } } }'
    expect(await told(text)).toEqual(['MissingField: { a: 1 }'])
  })

  test('whose block is empty is worth nothing that is known', async () => {
    const text = 'job f(n: u32) -> u32 {\n  let a = if n < 1 {}\n  a + n\n}'
    expect(await told(text)).toEqual(['IfWithoutElse: if n < 1 {}'])
  })

  test.each([
    ['g()', 'MissingArgument: g()'],
    ['b', 'UnknownName: b'],
  ])('is of no known type where something in it is wrong: %s', async (line, error) => {
    const text = `job a(n: u8) -> list<u8> { let c = if n < 1 { ${line} }
for x in c { x + 1 } }
job g(n: u8) -> list<u8> { [n] }`
    expect(await told(text)).toEqual([error])
  })

  test('a chain of which nothing is expected only performs', async () => {
    const text = `effect log("log:") { note write(text: string) }
job f(n: u32) uses log.write { if n < 1 { log.write("a") } else if n < 2 { log.write("b") } }`
    expect(await told(text)).toEqual([])
  })
})

describe('of an unfinished job is unknown', () => {
  const callers = 'job h() -> string { g(1) }\njob i() -> u8 { g(1) + 1 }'

  test.each([
    ['job g(x: u8) { let a = 1 }', 'MissingResult: }'],
    ['job g(x: u8) {}', 'MissingResult: }'],
    ['job g(x: u8)', 'MissingBody: '],
    ['job g()', 'MissingBody: '],
    ['job g(', 'Unclosed: '],
    ['job g', 'Expected: '],
  ])('what it results in and takes: %s', async (head, error) => {
    expect(await told(`${head}\n${callers}`)).toEqual([error])
  })

  test('nothing that it says', async () => {
    expect(await told('job g(x: u8) -> u8\njob h() -> string { g(1) }')).toEqual([
      'MissingBody: ',
      'TypeMismatch: g(1)',
    ])
    expect(await told('job g() { let a = 1 }\njob h() -> u8 { g(1) }')).toEqual([
      'MissingResult: }',
      'SurplusArgument: 1',
    ])
  })

  test('nothing where its last line performs', async () => {
    const text = `effect log("log:") { note write(text: string) }
job g() uses log.write { log.write("a") }
job h() -> u8 uses log.write { g() }`
    expect(await told(text)).toEqual(['TypeMismatch: g()'])
  })
})

test('a parameter of no known type is named without one', async () => {
  const { diagnostics } = await checkedText('job g(a: s) -> u8 { 1 }\njob h() -> u8 { g() }')
  expect(diagnostics.map(({ name, message }) => `${name}: ${message}`)).toContain(
    'MissingArgument: `g` needs a value for `a`.',
  )
})

describe('a `match` on something unknown', () => {
  test('leaves the constructors what they are', async () => {
    const text = `job f() -> result<u8, string> { match a(1) {
  ok(s) => ok(1)
  err(why) => err("x")
} }`
    expect(await told(text)).toEqual(['UnknownName: a'])
  })

  test('binds what its patterns bind, over other names too', async () => {
    expect(await told('job f(n: u8) -> string { match a { some(n) => n, none => "" } }')).toEqual(['UnknownName: a'])
  })

  test('knows the failure of a `try`', async () => {
    const text = 'job f() -> string { match try a { ok(s) => s, err(why) => why.text } }'
    expect(await told(text)).toEqual(['UnknownName: a', 'UnknownField: text'])
  })
})
