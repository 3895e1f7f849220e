import { describe, expect, test } from 'vitest'
import { checkText } from '../../compiler/check.ts'
import { memoryHost } from '../harness/host.ts'

const nested = (open: string, inner: string, close: string, depth: number): string =>
  open.repeat(depth) + inner + close.repeat(depth)

const declared = `effect mail("mailto:") { query unread() -> s64 }
job id(n: s64) -> s64 { n }
job many(ns: list<s64>) -> s64 { 1 }
`

/** What is told about a job whose value is an expression. */
async function told(expression: string): Promise<string[]> {
  const text = `${declared}job deep(n: s64, u: ipld) {\n  ${expression}\n}\n`
  const { diagnostics } = await checkText(memoryHost({ 'main.ipvm': text }), 'main.ipvm', text)
  return diagnostics.flatMap(({ name, severity }) => (severity === 'error' ? name : []))
}

describe('expressions nest as deep as the language lets them', () => {
  test.each([
    ['operators to the left', `1${' + 1'.repeat(950)}`],
    ['operators to the right', nested('1 + (', '1', ')', 450)],
    ['conditions', `true${' && true'.repeat(950)}`],
    ['negations', nested('!', 'true', '', 950)],
    ['conversions', `n${' as s32 as s64'.repeat(450)}`],
    ['branches', nested('if true { ', '1', ' } else { 2 }', 900)],
    ['branches of lines', nested('if true { let a = ', '1', '\n a } else { 2 }', 900)],
    ['branches of typed lines', nested('if true { let a: s64 = ', '1', '\n a } else { 2 }', 900)],
    ['conditions of branches', nested('if ', 'true', ' { true } else { false }', 900)],
    ['`else if`', `if true { 1 }${' else if true { 2 }'.repeat(900)} else { 3 }`],
    ['what is matched', nested('match ', 'n', ' { _ => 1 }', 900)],
    ['arms', nested('match n { _ => ', '1', ' }', 900)],
    ['arms of cases', nested('match true { false => 2, true => ', '1', ' }', 900)],
    ['arms with payloads', nested('match some(1) { none => 2, some(x) => ', '1', ' }', 300)],
    ['lists of loops', nested('for x in ', '[1]', ' { x }', 900)],
    ['loops in calls', nested('len(for x in [1] { ', '1', ' })', 450)],
    ['lists of `reduce`', nested('reduce [', '1', '] with (a, b) => a', 450)],
    ['starts of `fold`', nested('fold [1] from ', '1', ' with (a, b) => a', 450)],
    ['steps of `fold`', nested('fold [1] from 0 with (a, b) => ', '1', '', 450)],
    ['alternatives', nested('1 catch e => (', '1', ')', 450)],
    ['outcomes', nested('(try ', '1', ')?', 450)],
    ['calls of built-ins', nested('concat([1], ', '[1]', ')', 900)],
    ['calls of jobs', nested('id(n: ', '1', ')', 900)],
    ['elements', nested('[1][', '0', ']', 450)],
    ['keys', `u${'["a"]'.repeat(900)}`],
    ['records', nested('{ a: ', '1', ' }.a', 450)],
    ['texts', nested('"${', '1', '}"', 90)],
  ])('%s', async (_, text) => {
    expect(await told(text)).toEqual([])
  })

  test('names come and go in as many lines as there may be', async () => {
    const lines = Array.from({ length: 30_000 }, (_, i) => `let a${i} = if n > 3 { let b = n\n b } else { 2 }\n`)
    expect(await told(`${lines.join('')}\n  a29999`)).toEqual([])
  })

  // In time that grows with the square it would be minutes.
  test('a call takes as many named arguments as there may be', async () => {
    const names = Array.from({ length: 60_000 }, (_, i) => `a${i}`)
    const text = `job f(${names.map(name => `${name}: u8`).join(', ')}) -> u8 { a1 }
job g() -> u8 { f(${names.map(name => `${name}: 1`).join(', ')}) }\n`
    const { diagnostics } = await checkText(memoryHost({ 'main.ipvm': text }), 'main.ipvm', text)
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
  })

  test('what a function takes is told as far as people read on', async () => {
    const names = Array.from({ length: 5_000 }, (_, i) => `a${i}`)
    const text = `job f(${names.map(name => `${name}: u8`).join(', ')}) -> u8 { a1 }
job g() -> u8 { f(${names.map(name => `b${name}b: 1`).join(', ')}) }\n`
    const { diagnostics } = await checkText(memoryHost({ 'main.ipvm': text }), 'main.ipvm', text)
    const errors = diagnostics.filter(({ name }) => name === 'UnknownArgument')
    expect(errors).toHaveLength(5_000)
    expect(errors.at(-1)!.message).toMatch(/It takes `a0`, .* `a19` and 4980 more\.$/)
  })

  // What is passed to a function one by one stands on the stack.
  test('lists may be as long as a file', async () => {
    const list = `[${Array(150_000).fill('n').join(', ')}]`
    const lines = ['let b = mail.unread() after a', `let c = many(${list})`]
    expect(await told(`let a = ${list} catch _ => []\n${lines.join('\n')}\n b + c`)).toEqual([])
  })

  test('types that are nowhere declared are told in as many lines as there may be', async () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => `type a${i} = b${i}\n`)
    const text = lines.join('')
    const { diagnostics } = await checkText(memoryHost({ 'main.ipvm': text }), 'main.ipvm', text)
    expect(diagnostics).toHaveLength(20_000)
    expect(diagnostics[0]!.message).toContain('Did you mean `a0`?')
  })
})
