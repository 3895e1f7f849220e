import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { move, settle } from '../../grammar/moves.ts'
import type { Job, Statement } from '../../grammar/nodes.ts'
import { parse, type Parsed } from '../../grammar/parse.ts'
import { reparse } from '../../grammar/reparse.ts'
import { Lines, type Change } from '../../grammar/source.ts'
import { apply, applyTo, comment, edit, sources } from './edits.ts'
import { cases } from '../harness/seeds.ts'

/** How many edits are tried. */
const runs = cases(1800, 100_000)

/** What a text gives when it is read as a whole, and read again. */
function differs(before: Parsed, lines: Lines, change: Change): Parsed {
  const { text } = lines
  const again = reparse(before, lines, 'x', change)
  // What is not asked for is moved later, over several changes.
  if (text.length % 3 === 0) return again
  for (const item of again.module.items) settle(item)
  expect(again).toEqual(parse(text, 'x'))
  return again
}

test.each([
  ['here and there', edit],
  ['in comments of other languages', comment],
])(
  'a text that was changed %s is read as it is read at once',
  (_, change) => {
    fc.assert(
      fc.property(fc.constantFrom(...sources), fc.array(change, { minLength: 1, maxLength: 12 }), (source, edits) => {
        let lines = new Lines(source)
        let parsed = parse(source, 'x')
        for (const next of edits) {
          const [after, change] = applyTo(lines, next)
          parsed = differs(parsed, after, change)
          lines = after
        }
      }),
      { numRuns: Math.ceil(runs / 6) },
    )
  },
  600_000 + 500 * runs,
)

test(
  'a text that is read declaration by declaration is read as it is read at once',
  () => {
    fc.assert(
      fc.property(fc.constantFrom(...sources), fc.array(fc.oneof(edit, comment), { maxLength: 6 }), (source, edits) => {
        const text = edits.reduce((before, next) => apply(before, next)[0], source)
        expect(parse(text, 'x', 1)).toEqual(parse(text, 'x', Infinity))
      }),
      { numRuns: runs },
    )
  },
  600_000 + 500 * runs,
)

test('of more mistakes than are told the same ones are told where a text is read in pieces', () => {
  // Of each piece the first declaration is wrong and the last one is right.
  const wrong = ['type if = record { a: u8 }\n', 'const a = 1; // semicolon \n']
  const text = wrong.flatMap(line => Array.from({ length: 600 }, (_, i) => `${line}type a${i} = u8\n`)).join('')
  expect(parse(text, 'x', wrong[0]!.length)).toEqual(parse(text, 'x', Infinity))
})

test('what was left out since there was too much is told when less is wrong', () => {
  const [wrong, right] = ['const a = 1; // semicolon\n', 'type b = u8\n']
  const text = `${right.repeat(10)}${wrong.repeat(700)}`
  const parsed = parse(text, 'x')
  const start = text.indexOf(wrong, text.length / 3)
  const after = text.slice(0, start) + text.slice(start + wrong.length)
  const again = reparse(parsed, new Lines(after), 'x', { start, oldEnd: start + wrong.length, newEnd: start })
  expect(again.diagnostics).toEqual(parse(after, 'x').diagnostics)
})

test('what a line of a long body lacks does not depend on the names above it', () => {
  const text = `job f(p: u8) -> u8 {\n${Array.from({ length: 30 }, (_, i) => `  let a${i} = g(q: 1)\n`).join('')}  a1\n}\n`
  const start = text.indexOf('q: 1', text.length / 2)
  for (const name of ['p', 'a2', 'z']) {
    const after = `${text.slice(0, start)}${name} 1${text.slice(start + 4)}`
    const change = { start, oldEnd: start + 4, newEnd: start + name.length + 2 }
    const { diagnostics } = reparse(parse(text, 'x'), new Lines(after), 'x', change)
    expect(diagnostics).toEqual(parse(after, 'x').diagnostics)
  }
})

test('a line outside of all items that goes on behind a piece is read as it is read at once', () => {
  const text = 'if a { b } else { c }let x = 1\nelse//! Text.\n\nimport png from "./png.wasm"\n\ntype A = u32\n'
  expect(parse(text, 'x', 1)).toEqual(parse(text, 'x', text.length))
})

describe('what is not touched keeps its nodes', () => {
  const text = Array.from(
    { length: 50 },
    (_, n) => `/// Job ${n}.\njob j${n}(n: u32) -> u32 {\n  let a = n + ${n}\n  a\n}\n`,
  ).join('\n')
  test.each([
    ['a letter in a body', 'let a = n + 25', 'let a = nn + 25'],
    ['an unfinished call', 'let a = n + 25', 'let a = n.'],
    ['a line of its own', 'let a = n + 25', 'let a = n + 25\n  let b = 1'],
    ['docs', '/// Job 25.', '/// Job 25, and more'],
    ['an item between two', '/// Job 25.', 'type A = u32\n\n/// Job 25.'],
  ])('%s', (_, old, now) => {
    const before = parse(text, 'x')
    const nodes = [...before.module.items]
    const after = text.replace(old, now)
    const lines = new Lines(after)
    const again = reparse(before, lines, 'x', lines.changeFrom(new Lines(text)))
    for (const item of again.module.items) settle(item)
    expect(again).toEqual(parse(after, 'x'))
    const kept = again.module.items.filter(item => nodes.includes(item))
    expect(kept.length).toBeGreaterThanOrEqual(49)
  })
})

test('a text whose brackets do not match anywhere else keeps its nodes too', () => {
  const text = Array.from({ length: 50 }, (_, n) => `job j${n}(n: u32) -> u32 {\n  let a = n + ${n}\n  a\n}\n`).join(
    '\n',
  )
  let lines = new Lines(text)
  let parsed = parse(text, 'x')
  const nodes = [...parsed.module.items]
  const type = (letters: string, behind: string): void => {
    const at = lines.text.indexOf(behind) + behind.length
    const after = lines.changed(at, at, letters)
    parsed = reparse(parsed, after, 'x', after.changeFrom(lines))
    lines = after
    for (const item of parsed.module.items) settle(item)
    expect(parsed).toEqual(parse(lines.text, 'x'))
  }
  type('(', 'let a = n + 25')
  type('n', 'let a = n + 25(')
  // Elsewhere, above and below, while the bracket is open.
  type('0', 'let a = n + 10')
  type('0', 'let a = n + 40')
  expect(parsed.unbalanced?.start).toBe(lines.text.indexOf('job j25'))
  expect(parsed.module.items.filter(item => nodes.includes(item)).length).toBeGreaterThanOrEqual(45)
  type('{', 'let a = n + 400')
  type(')', 'let a = n + 25(n')
  type('}', 'let a = n + 400{')
  expect(parsed.unbalanced).toBeUndefined()
})

test('where the brackets of a long body do not match its other lines keep their nodes', () => {
  const text = `job f(n: u32) -> u32 {\n${Array.from({ length: 40 }, (_, i) => `  let a${i} = n + ${i}\n`).join('')}  n\n}\n`
  let lines = new Lines(text)
  let parsed = parse(text, 'x')
  const linesOf = (): Statement[] => (parsed.module.items[0] as Job).body.statements
  const nodes = linesOf()
  for (const letter of '(n + 1') {
    const at = lines.text.indexOf('\n  let a20')
    const after = lines.changed(at, at, letter)
    parsed = reparse(parsed, after, 'x', after.changeFrom(lines))
    lines = after
    expect(parsed.unbalanced).toBeDefined()
    expect(linesOf().filter(line => nodes.includes(line)).length).toBeGreaterThan(30)
  }
  for (const item of parsed.module.items) settle(item)
  expect(parsed).toEqual(parse(lines.text, 'x'))
})

/** Reads a text again in which something is put into the place of another thing. */
function rereads(text: string, old: string, now: string): Parsed {
  const lines = new Lines(text)
  const at = text.indexOf(old)
  const after = lines.changed(at, at + old.length, now)
  const again = reparse(parse(text, 'x'), after, 'x', after.changeFrom(lines))
  for (const item of again.module.items) settle(item)
  expect(again).toEqual(parse(after.text, 'x'))
  return again
}

describe('comments of other languages', () => {
  const items = 'type A = u8\n\ntype B = u8\n\ntype C = u8\n\ntype D = u8\n'
  const kinds = (text: string): string[] => parse(text, 'x').module.items.map(item => item.kind)

  test('one that nothing closes ends with its line', () => {
    const { module, diagnostics } = rereads(items, 'A = u8', 'A = u8 /* x')
    expect(module.items).toHaveLength(4)
    expect(diagnostics.map(({ name, span }) => [name, span.start, span.end])).toEqual([['BlockComment', 12, 14]])
  })

  test('one that is closed anywhere below goes there', () => {
    const text = items.replace('A = u8', 'A = u8 /* x')
    const closed = `${text}const a = "*/"\n`
    expect(kinds(text)).toHaveLength(4)
    expect(kinds(closed)).toEqual(['TypeDeclaration'])
    for (const piece of [1, 30, Infinity]) expect(parse(closed, 'x', piece)).toEqual(parse(closed, 'x'))
    // The end, the start and what makes them one are typed.
    expect(rereads(text, 'D = u8', 'D = u8 */').module.items).toHaveLength(1)
    expect(rereads(`${items}const a = "*/"\n`, 'A = u8', 'A = u8 /* x').module.items).toHaveLength(1)
    expect(rereads(text.replace('D = u8', 'D = u8 /'), 'u8 /\n', 'u8 */\n').module.items).toHaveLength(1)
    expect(rereads(closed, '*/', '').module.items).toHaveLength(5)
    expect(rereads(closed, '/*', '//').module.items).toHaveLength(5)
  })

  test('one between the lines of a long body may be closed below it', () => {
    const lines = Array.from({ length: 40 }, (_, i) => `  let a${i} = ${i}\n`).join('')
    const text = `job f() -> u8 {\n${lines}  1\n}\n\nconst a = "*/"\nconst b = 1\n`
    expect(rereads(text, 'a20 = 20', 'a20 = 20 /* x').module.items).toHaveLength(2)
    expect(rereads(text.replace('*/', ''), 'a20 = 20', 'a20 = 20 /* x').module.items).toHaveLength(3)
  })

  test('one that goes on below an item is no part of what is read around a change', () => {
    const text = 'type A = u8 /* x\n type Z = u8 y */\ntype B = u8\ntype C = u8\ntype D = u8\n'
    expect(rereads(text, 'C = u8', 'C = u16').module.items).toHaveLength(4)
  })
})

test('what does not match and reaches over an item that comes out as it was is read as it is read at once', () => {
  const text =
    '//! m\n/! The first: a mail is sent, and so on.\n\nimport { http } from "ipvm:effects"\n\ntype A = u8\n\ntype B = u8\n'
  const lines = new Lines(text).changed(0, 1, '{')
  const again = reparse(parse(text, 'x'), lines, 'x', lines.changeFrom(new Lines(text)))
  expect(again).toEqual(parse(lines.text, 'x'))
})

test('what is wrong with the brackets of one job does not decide how another one is read', () => {
  const odd = 'job odd(n: u32) -> u32 {\n      let a = (n +\n1)\n  a\n        }\n'
  const wrong = 'job f(n: u32) -> u32 {\n  if n == 1 {\n    1\n  else {\n    2\n  }\n}\n'
  const { module, diagnostics } = parse(`${wrong}\n${odd}`, 'x')
  const [alone, other] = [parse(wrong, 'x'), parse(odd, 'x').module.items[0]!]
  move(other, wrong.length + 1)
  expect(module.items).toEqual([alone.module.items[0], other])
  // The odd one would be wrong as the other one is read, and that one in another place as the odd one is.
  expect(diagnostics).toEqual(alone.diagnostics)
})

test('the change between two texts is all that differs', () => {
  fc.assert(
    fc.property(fc.constantFrom(...sources), edit, (source, next) => {
      const [after] = apply(source, next)
      const { start, oldEnd, newEnd } = new Lines(after).changeFrom(new Lines(source))
      expect(source.slice(0, start) + after.slice(start, newEnd) + source.slice(oldEnd)).toBe(after)
    }),
    { numRuns: 200 },
  )
})
