import { describe, expect, test } from 'vitest'
import { childrenOf, type Node } from '../../grammar/nodes.ts'
import { maxLength, parse } from '../../grammar/parse.ts'

/** What opens a level, what is innermost, and what closes a level. */
const nested: Record<string, [open: string, middle: string, close: string]> = {
  lists: ['[', '', ']'],
  tuples: ['(', '1', ',)'],
  records: ['{ a: ', '1', '}'],
  calls: ['f(', '', ')'],
  indexes: ['a[', '1', ']'],
  texts: ['"${', '1', '}"'],
  settings: ['f() with { time: ', '1s', ' }'],
  'conditions in blocks': ['if c {\n', '1', '\n} else { 2 }'],
  'conditions in conditions': ['if ', 'c', ' { 1 } else { 2 }'],
  'chains of conditions': ['if c { 1 } else ', '{ 1 }', ''],
  'loops in blocks': ['for x in xs {\n', '1', '\n}'],
  'loops in lists': ['for x, i in ', 'xs', ' { 1 }'],
  'matches in arms': ['match x { a => ', '1', ' }'],
  'matches in matches': ['match ', 'x', ' { a => 1 }'],
  'blocks of arms': ['match x { a => { let b = 1\n', 'b', '\n} }'],
  reductions: ['reduce ', 'xs', ' with f'],
  folds: ['fold ', 'xs', ' from 0 with f'],
  states: ['fold xs from ', '0', ' with f'],
  functions: ['reduce xs with (a, b) => ', 'a', ''],
  'blocks of functions': ['reduce xs with (a, b) => {\nlet c = 1\n', 'a', '\n}'],
  sums: ['1 + ', '1', ''],
  'operators of all kinds': ['1 * 2 + 3 == 4 && ', '1', ''],
  negations: ['!', 'a', ''],
  minuses: ['- ', 'a', ''],
  attempts: ['try ', 'a', ''],
  commands: ['do ', 'a', ''],
  handlers: ['', 'a', ' catch e => b'],
  compensations: ['do ', 'a', ' undo e => b'],
  dependencies: ['', 'a', ' after b'],
  conversions: ['', 'a', ' as u8'],
  'conversions to records': ['', 'a', ' as record { a: u8 }'],
  unwraps: ['', 'a', '?'],
  accesses: ['', 'a', '.b'],
  elements: ['', 'a', '[0]'],
  limits: ['', 'a()', ' with { time: 1s }'],
}
const types: Record<string, [open: string, middle: string, close: string]> = {
  lists: ['list<', 'u8', '>'],
  records: ['record { a: ', 'u8', '}'],
  variants: ['variant { a(', 'u8', ')}'],
}
const repeat = ([open, middle, close]: [string, string, string], depth: number): string =>
  open.repeat(depth) + middle + close.repeat(depth)

/** How many nodes stand one in another. */
function depthOf(root: Node): number {
  let deepest = 0
  const stack: [Node, number][] = [[root, 1]]
  for (let entry = stack.pop(); entry; entry = stack.pop()) {
    const [node, depth] = entry
    deepest = Math.max(deepest, depth)
    for (const child of childrenOf(node)) stack.push([child, depth + 1])
  }
  return deepest
}

describe('nesting', () => {
  const texts = Object.entries(nested).map(([name, form]): [string, (depth: number) => string] => [
    name,
    depth => `job f() -> u8 {\n${repeat(form, depth)}\n}\njob g() -> u8 { 1 }\n`,
  ])
  const typeTexts = Object.entries(types).map(([name, form]): [string, (depth: number) => string] => [
    `types of ${name}`,
    depth => `type A = ${repeat(form, depth)}\njob g() -> u8 { 1 }\n`,
  ])
  test.each([...texts, ...typeTexts])('%s: some are read, and too many refused', (_, make) => {
    const some = parse(make(150), 'x')
    expect(some.diagnostics).toEqual([])
    expect(depthOf(some.module)).toBeGreaterThan(150)
    for (const depth of [1_001, 20_000]) {
      const { module, diagnostics } = parse(make(depth), 'x')
      expect(diagnostics.map(d => d.name)).toEqual(['TooDeep'])
      expect(module.items).toHaveLength(1)
    }
  })

  const wrong: Record<string, string> = {
    'open braces with `let`': '{ let a = ',
    'conditions without braces': 'if c ',
    '`else` without end': 'if c { 1 } else ',
    'conditions with colons': 'if c: ',
    '`while`': 'while c { ',
    'open parentheses of `for`': 'for (',
    ternaries: 'a ? b : ',
    'functions where none belong': '(a) => ',
    patterns: 'match x { some(',
    angles: 'x as list<',
    'open texts': '"${',
    '`case`': 'match x { case ',
  }
  test.each(Object.entries(wrong))('%s: mistakes of any depth are told', (_, form) => {
    for (const depth of [300, 20_000]) {
      const { module, diagnostics } = parse(`job f() -> u8 {\n${form.repeat(depth)}\n}\n`, 'x')
      expect(diagnostics.length).toBeGreaterThan(0)
      expect(depthOf(module)).toBeLessThan(3_000)
    }
  })
})

describe('size', () => {
  test('a file that is too long is refused at once', () => {
    const { diagnostics, module } = parse(' '.repeat(maxLength - 1) + '\n', 'x')
    expect(diagnostics).toEqual([])
    expect(module.items).toEqual([])
    const refused = parse('job f() -> u8 { 1 }\n'.repeat(2_500_000), 'x')
    expect(refused.diagnostics.map(d => [d.name, d.message])).toEqual([
      ['FileTooLong', 'This file is longer than 16 Mi characters. Split it into modules, and `embed` data.'],
    ])
    expect(refused.module.items).toEqual([])
  })

  test('a file of a megabyte', () => {
    const job = 'export job a(b: u32) -> u32 {\n  let c = if b < 3 { f(b, c: "${b} d") } else { 4 }\n  c * 2 + 1\n}\n\n'
    const count = Math.ceil(1e6 / job.length)
    const { module, diagnostics } = parse(job.repeat(count), 'x')
    expect(diagnostics).toEqual([])
    expect(module.items).toHaveLength(count)
  })

  test('texts on one line that are not closed', () => {
    for (const piece of ['"${" ', '"a${b ', '"${"', "'", '"${ \'']) {
      const { diagnostics } = parse(`const a = ${piece.repeat(50_000)}\n`, 'x')
      expect(diagnostics.length).toBeGreaterThan(0)
      expect(diagnostics.length).toBeLessThanOrEqual(500)
    }
  })

  test('many heads that wait on one line', () => {
    const { diagnostics } = parse(`const a = f(${'reduce (a) + (b), '.repeat(20_000)})\n`, 'x')
    expect(diagnostics).toEqual([])
  })
})
