import { describe, expect, test } from 'vitest'
import { compiled, rendered } from '../harness/host.ts'
import { told } from './told.ts'

const count = 3_000

const codes = async (text: string): Promise<string[]> => (await rendered(text)).match(/\[IPVM\d+\]/g) ?? []

/** Definitions that are each made of the next one, the last of something else. */
const chain = (next: (i: number) => string, last: string): string =>
  Array.from({ length: count }, (_, i) => (i === count - 1 ? last : next(i))).join('\n')

describe('definitions may stand before what they are made of, however many', () => {
  test.each([
    [
      'constants',
      (i: number) => `const a${i} = [a${i + 1}[0]]`,
      `const a${count - 1} = [1]`,
      'main() -> s64 { a0[0] }',
    ],
    ['types', (i: number) => `type A${i} = A${i + 1}`, `type A${count - 1} = u8`, 'main(x: A0) -> u8 { x }'],
    ['jobs', (i: number) => `job a${i}() { a${i + 1}() }`, `job a${count - 1}() { 1 }`, 'main() -> s64 { a0() }'],
    [
      'jobs with and without a result',
      (i: number) => (i % 2 === 0 ? `job a${i}() { a${i + 1}() }` : `job a${i}() -> u8 { a${i + 1}() }`),
      `job a${count - 1}() -> u8 { 1 }`,
      'main() -> u8 { a0() }',
    ],
  ])('%s', async (_, next, last, job) => {
    expect(await rendered(`${chain(next, last)}\nexport job ${job}\n`)).toBe('no errors')
  })
})

describe('a parameter is no job, whatever it is called', () => {
  test.each([
    'job a(a: u32) { a }\nexport job main() -> u32 { a(1) }\n',
    'job a(b: u32) { b }\njob b() { a(1) }\nexport job main() -> u32 { b() }\n',
  ])('%s', async text => {
    const errors = async (text: string): Promise<string[]> =>
      (await told(text)).filter(found => !found.startsWith('ShadowedName'))
    expect(await errors(text)).toEqual([])
    expect(await errors(text.replace('main() -> u32', 'main() -> string'))).toEqual([
      expect.stringMatching('TypeMismatch') as string,
    ])
  })
})

describe('a circle is told once', () => {
  test.each([
    ['constants', (i: number) => `const a${i}: u8 = a${(i + 1) % count}`, 'main() -> u8 { a7 }', 'IPVM2014'],
    ['types', (i: number) => `type A${i} = list<A${(i + 1) % count}>`, 'main(x: A7) -> u8 { 1 }', 'IPVM2014'],
    ['jobs', (i: number) => `job a${i}() { a${(i + 1) % count}() }`, 'main() -> u8 { a7() }', 'IPVM2013'],
  ])('of many %s', async (_, next, job, code) => {
    const text = `${Array.from({ length: count }, (_, i) => next(i)).join('\n')}\nexport job ${job}\n`
    expect(await codes(text)).toEqual([`[${code}]`])
    expect((await rendered(text)).length).toBeLessThan(1_000)
  })

  test('of two', async () => {
    expect(await rendered('const a = b\nconst b = a\nexport job main() -> u8 { a + b }\n')).toMatchSnapshot()
    expect(await codes('type A = option<B>\ntype B = list<A>\nexport job main(a: A, b: B) -> A { a }\n')).toEqual([
      '[IPVM2014]',
    ])
  })

  test('two circles are two mistakes', async () => {
    expect(await codes('const a = a\nconst b = c\nconst c = b\nexport job main() -> u8 { a + b }\n')).toEqual([
      '[IPVM2014]',
      '[IPVM2014]',
    ])
  })
})

describe('a nearer name is none of the file', () => {
  test.each([
    ['a `let`', 'if true { let b = 1\n b } else { 2 }'],
    ['a name of an arm', 'match some(1) { some(b) => b, none => 2 }'],
    ['a name of a loop', 'len(for b in [1] { b }) as u8'],
    ['names of a function', 'fold [1] from 0 with (b, x) => b + x'],
  ])('%s', async (_, value) => {
    const text = (name: string) => `const a: u8 = ${value.replaceAll(/\bb\b/g, name)}\nconst b: u8 = a\n`
    const job = 'export job main() -> u8 { a + b }\n'
    const found = (await codes(text('b') + job)).filter(code => code === '[IPVM2014]')
    expect(found).toEqual([])
    expect(await codes(text('b') + job)).toEqual(await codes(text('other') + job))
  })

  test('behind it, it is one again', async () => {
    const text = 'const a: u8 = if true { let b = 1\n b } else { b }\nconst b: u8 = a\nexport job main() -> u8 { a }\n'
    expect(await codes(text)).toEqual(['[IPVM2014]'])
  })
})

test('the order of definitions changes nothing', async () => {
  const parts = [
    'const a: A = [b, 300]',
    'const b = 7',
    'type A = list<B>',
    'type B = u16',
    'job f() { g(a) }',
    'job g(x: A) { x[1] }',
    'export job main() -> u32 { f() }',
  ]
  const { job } = await compiled(`${parts.join('\n')}\n`)
  expect((await compiled(`${parts.toReversed().join('\n')}\n`)).job).toEqual(job)
})
