import { describe, expect, test } from 'vitest'
import { diagnostics, type DiagnosticName } from '../../grammar/diagnostics.ts'
import type { Row } from '../../grammar/diagnostics/define.ts'
import { renderDiagnostic } from '../../grammar/render.ts'
import { applied, checkedText } from './told.ts'

const rows = Object.entries(diagnostics) as unknown as [DiagnosticName, Row<never>][]

/** Files beside the examples. */
const files = {
  'hello.ipvm-text': 'greetings',
  'shapes.ipvm': `type Size = record { width: u32, height: u32 }

export job square(edge: u32) -> Size { { width: edge, height: edge } }

job half(edge: u32) -> u32 { edge / 2 }
`,
  'through.ipvm': 'import { square, Size } from "./shapes.ipvm"\n\nexport job unit() -> Size { square(1) }\n',
  'round.ipvm': 'import { main } from "./main.ipvm"\n\nexport job round() -> u32 { main() }\n',
}

/** Rows whose example cannot be a text: a file that is not UTF-8, a damaged component. They have tests of their own. */
const apart = new Set<DiagnosticName>([
  'FileTooLong',
  'NotUtf8',
  'BadComponent',
  'CoreInterface',
  'UnsupportedFunction',
  'TooLarge',
  'ArgumentOrder',
  'LockMismatch',
  'LockDamaged',
])

describe('the table of diagnostics', () => {
  test('each code stands once, and all are of one form', () => {
    const codes = rows.map(([, row]) => row.code)
    expect(new Set(codes).size).toBe(codes.length)
    for (const code of codes) expect(code).toMatch(/^IPVM\d{4}$/)
  })

  test.each(rows.filter(([, row]) => row.wrong !== ''))(
    '%s: the wrong example gives it and nothing else',
    async (name, row) => {
      const { diagnostics: told, sources } = await checkedText(row.wrong, files)
      expect(told.map(diagnostic => diagnostic.name)).toEqual([name])
      expect(told.map(d => renderDiagnostic(d, file => sources.get(file)?.text)).join('\n')).toMatchSnapshot()
    },
  )

  test.each(rows.filter(([, row]) => row.right !== ''))(
    '%s: nothing is said of the right example',
    async (name, row) => {
      const { diagnostics: told } = await checkedText(row.right, files)
      const wrong = told.filter(({ name: of, severity }) => severity === 'error' || of === name)
      expect(wrong.map(({ name, message }) => `${name}: ${message}`)).toEqual([])
    },
  )

  test('each repair of a wrong example takes away what it is for, and makes nothing worse', async () => {
    const repaired = new Set<string>()
    const wrong: string[] = []
    for (const [name, { wrong: text }] of rows) {
      const told = text === '' ? [] : (await checkedText(text, files)).diagnostics
      for (const { title, edits } of told.flatMap(({ fixes }) => fixes)) {
        repaired.add(name)
        const left = (await checkedText(applied(text, edits), files)).diagnostics
        const isWorse = left.filter(({ severity }) => severity === 'error').length > 1
        if (isWorse || left.some(other => other.name === name)) wrong.push(`${name}: ${title}`)
      }
    }
    expect(wrong).toEqual([])
    expect(repaired.size).toBeGreaterThan(50)
  })

  test('every row explains itself', () => {
    for (const [name, row] of rows) {
      expect(row.explain.length, name).toBeGreaterThan(30)
      if (!apart.has(name)) expect(row.wrong, name).not.toBe('')
    }
  })
})
