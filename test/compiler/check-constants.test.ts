import { describe, expect, test } from 'vitest'
import { readArgument } from '../../compiler/arguments.ts'
import { rendered } from '../harness/host.ts'
import { found, valueOf } from './typing.ts'

describe('constants', () => {
  test.each([
    ['1 + 2 * 3', 's64', 7],
    ['"${name}!"', 'string', 'you!'],
    ['200 as u8', 'u8', 200],
    ['if name == "you" { 1 } else { 2 }', 's64', 1],
    ['match some(1) { some(x) => x, none => 0 }', 's64', 1],
    ['[1, 2][1]', 's64', 2],
    ['len(name)', 'u64', 3],
    ['concat([1], range(3))', 'list<s64>', [1, 0, 1, 2]],
    ['some(1)?', 's64', 1],
    ['true || 1 / 0 == 1', 'bool', true],
    ['({ a: [1] } as ipld)["a"][0] as u8', 'u8', 1],
    ['-(two as s8)', 's8', -2],
  ])('%s', async (text, type, value) => {
    const constants = `const name = "you"\nconst two: u8 = 2\nconst made = ${text}\n`
    expect(await valueOf(`${constants}export job main() -> ${type} { made }\n`)).toEqual(value)
    // A default stands in the job as a value.
    expect(await found(`${constants}export job main(x: ${type} = made) -> ${type} { x }\n`)).toEqual([])
  })

  test.each([
    ['const made = [1, 300]', 'made'],
    ['job made() { [1, 300] }', 'made()'],
    ['const some = 7\nconst made = [some + 1]', 'made'],
    ['const made = { a: 1.5 }.a + 1', 'made'],
  ])('who uses %s does not decide what its numbers are', async (declared, use) => {
    const type = declared.includes('.5') ? 'f32' : 'list<u8>'
    const text = `${declared}\n\nexport job main() -> ${type} { ${use} }\n`
    expect(await found(text)).toEqual(['TypeMismatch'])
    expect(await rendered(text)).toMatchSnapshot()
  })

  test('nor do other files', async () => {
    const library = 'const made = [1, 300]\nexport job all() -> list<s64> { made }\n'
    const text =
      'import { made, all } from "./library.ipvm"\nexport job main() -> list<u8> { made }\nexport job other() -> list<s64> { all() }\n'
    expect(await rendered(text, { 'library.ipvm': library })).toMatchSnapshot()
  })

  test.each([
    ['100 / 0', '`100 / 0` cannot be computed: division by zero.'],
    ['(200 as u8) + 100', '`(200 as u8) + 100` cannot be computed: 200 + 100 does not fit u8.'],
    ['[1, 2][1 + 1]', '`[1, 2][1 + 1]` cannot be computed: index 2 is out of range: the list has 2 elements.'],
    ['[1, (none as option<s64>)?]', '`(none as option<s64>)?` cannot be computed'],
    ['{ a: 1 as ipld }.a["b"]', 'cannot be computed'],
  ])('what fails when %s is computed is told there', async (text, message) => {
    expect(await rendered(`const made = ${text}\n\nexport job main() -> u8 { 1 }\n`)).toContain(message)
  })

  test('a constant that is used by others fails once', async () => {
    const text = 'const a = 1 / 0\nconst b = a + 1\nconst c = [b, a]\nexport job main(x: s64 = a) -> s64 { x + c[0] }\n'
    expect(await found(text)).toEqual(['ConstantFails'])
  })

  test('what nothing demands does not fail', async () => {
    expect(await found('const a = if true { 1 } else { 1 / 0 }\nexport job main() -> s64 { a }\n')).toEqual([])
    expect(await found('export job main() -> s64 {\n  let _ = 1 / 0\n  1\n}\n')).toEqual([])
  })

  test.each([
    'one()',
    'for x in [1] { x }',
    'reduce [1] with (a, b) => a',
    'fold [1] from 0 with (a, b) => a',
    'try 1',
    '1 catch e => 2',
    'link(1)',
    '[one()]',
    'if true { one() } else { 2 }',
  ])('%s is none', async text => {
    expect(await found(`job one() -> s64 { 1 }\nconst a = ${text}\nexport job main() -> u8 { 1 }\n`)).toEqual([
      'NotConstant',
    ])
    expect(await found(`job one() -> s64 { 1 }\nexport job main(a: s64 = ${text}) -> u8 { 1 }\n`)).toEqual([
      'NotConstant',
    ])
  })

  test('may be many, each made of the one before', async () => {
    const constants = Array.from({ length: 2_000 }, (_, i) => `const c${i + 1} = c${i} + 1\n`).join('')
    expect(await valueOf(`const c0: s64 = 0\n${constants}export job main() -> s64 { c2000 }\n`)).toBe(2000)
  })
})

describe('arguments of the command line', () => {
  test.each(['1 + 1', '1 as u8', 'if true { 1 } else { 2 }', '[1][0]', 'len([1])', '-(1)', 'some(1)?'])(
    '%s is no literal',
    async text => {
      const read = await readArgument({ kind: 's64' }, { text })
      expect(read.ok ? read.value : read.error).toBe(
        'An argument must be known when the program is compiled; this calls or uses something that is not.',
      )
    },
  )

  test('a text in a list holds no values of others', async () => {
    const read = await readArgument({ kind: 'list', element: { kind: 'string' } }, { text: '["${1}"]' })
    expect(read.ok).toBe(false)
  })
})
