import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { keywords } from '../../grammar/keywords.ts'
import { childrenOf, type Node } from '../../grammar/nodes.ts'
import { parse } from '../../grammar/parse.ts'
import { diagnosticToJson, renderDiagnostic } from '../../grammar/render.ts'
import { moduleText } from './generate.ts'

/** Parses, shows every diagnostic, and checks that positions lie in the text and children in their parents. */
function survives(text: string): void {
  const { module, diagnostics } = parse(text, 'x')
  for (const d of diagnostics) {
    for (const { start, end } of [d.span, ...d.related.map(r => r.span), ...d.fixes.flatMap(f => f.edits)]) {
      expect(start).toBeGreaterThanOrEqual(0)
      expect(end).toBeGreaterThanOrEqual(start)
      expect(end).toBeLessThanOrEqual(text.length)
    }
    expect(renderDiagnostic(d, () => text)).not.toMatch(/[^\P{Cc}\n]/u)
    diagnosticToJson(d, () => text)
  }
  const stack: Node[] = [module]
  for (let node = stack.pop(); node; node = stack.pop()) {
    expect(node.start).toBeGreaterThanOrEqual(0)
    expect(node.end).toBeGreaterThanOrEqual(node.start)
    expect(node.end).toBeLessThanOrEqual(text.length)
    stack.push(...childrenOf(node))
  }
  // A hole in the tree is never silent.
  if (diagnostics.length === 0) {
    const found: Node[] = [module]
    for (let node = found.pop(); node; node = found.pop()) {
      expect(node.kind).not.toBe('Missing')
      found.push(...childrenOf(node))
    }
  }
}

const words = [
  ...keywords.map(k => k.text),
  ...['a', 'b-1', '_', '(', ')', '[', ']', '{', '}', '<', '>', ',', ':', '.', '->', '=', '==', ';', '?', '-', '!', '+'],
  ...[
    '\n',
    '\n\n',
    ' ',
    '// c\n',
    '/// d\n',
    '/*',
    '1',
    '-1',
    '1.',
    '0x',
    '30sec',
    '"a"',
    '"a',
    "'c'",
    "'",
    'b"',
    'cid"',
  ],
  ...['“', '"${', '}"', '#', 'a:', 'x =', 'job f() -> u8 {', 'let a =', 'record {', 'with {', 'import a from "x" {'],
  ...[
    '=>',
    '&&',
    '>',
    '>=',
    '"a ${',
    '} b ${',
    'if a {',
    '} else {',
    'for x in xs {',
    'match x {',
    'test "x" {',
    '\n    ',
  ],
]
const soup = fc.array(fc.tuple(fc.constantFrom(...words), fc.constantFrom('', ' ')), { maxLength: 60 })

describe('parse never fails', () => {
  test('on any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), text => survives(text)),
      { numRuns: 120 },
    )
  })

  test('on any tokens', () => {
    fc.assert(
      fc.property(soup, tokens => survives(tokens.flat().join(''))),
      { numRuns: 400 },
    )
  })

  test('on modules with something cut out or put in', () => {
    const edit = fc.tuple(fc.nat(), fc.nat(20), fc.oneof(fc.constant(''), fc.constantFrom(...words)))
    fc.assert(
      fc.property(moduleText(), fc.array(edit, { minLength: 1, maxLength: 3 }), (text, edits) => {
        survives(
          edits.reduce((t, [at, length, word]) => {
            const from = t.length === 0 ? 0 : at % t.length
            return t.slice(0, from) + word + t.slice(from + length)
          }, text),
        )
      }),
      { numRuns: 120 },
    )
  })

  test('and accepts every module that follows the grammar', () => {
    fc.assert(
      fc.property(moduleText(), text => {
        expect(parse(text, 'x').diagnostics.map(d => d.message)).toEqual([])
      }),
      { numRuns: 120 },
    )
  })
})

describe('large texts', () => {
  const large: Record<string, [text: string, names: string[]]> = {
    'a name of a megabyte': [`const ${'a-'.repeat(500_000)}b = 1\n`, []],
    'a text of two megabytes of escapes': [`const a = "${'\\n'.repeat(1_000_000)}"\n`, []],
    'a hundred thousand lets': [`job f() -> u8 {\n${'  let a = g(1)\n'.repeat(100_000)}  a\n}\n`, []],
    'twenty thousand wrong lets': [`job f() -> u8 {\n${'  let a = [1 2]\n'.repeat(20_000)}  a\n}\n`, ['MissingComma']],
    'twenty thousand wrong fields': [`type A = record {\n${'a = u8,\n'.repeat(20_000)}}\n`, ['EqualsForColon']],
    'twenty thousand open braces in items': ['job f() -> u8 {\n'.repeat(20_000), ['Unclosed']],
    'a digit a million times': [`const a = ${'1'.repeat(1_000_000)}\n`, ['BadNumber']],
    'a hundred thousand comments': ['// a\n'.repeat(100_000) + 'const a = 1\n', []],
  }
  for (const [name, [text, expected]] of Object.entries(large))
    test(name, () => {
      const { diagnostics } = parse(text, 'x')
      expect([...new Set(diagnostics.map(d => d.name))].toSorted()).toEqual(expected)
      expect(diagnostics.length).toBeLessThanOrEqual(500)
    })
})
