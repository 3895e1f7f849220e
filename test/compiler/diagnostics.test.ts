import { describe, expect, test } from 'vitest'
import { diagnostics, type DiagnosticName } from '../../grammar/diagnostics.ts'
import type { Row } from '../../grammar/diagnostics/define.ts'
import { compileText, rendered } from '../harness/host.ts'

const rows = Object.entries(diagnostics) as unknown as [DiagnosticName, Row<never>][]
const files = { 'hello.ipvm-text': 'greetings' }

/** Rows whose example cannot be a text: a file that is not UTF-8, a damaged component. They have tests of their own. */
const apart: DiagnosticName[] = ['NotUtf8', 'BadComponent', 'CoreInterface', 'UnsupportedFunction', 'TooLarge']

describe('the table of diagnostics', () => {
  test('each code stands once, and all are of one form', () => {
    const codes = rows.map(([, row]) => row.code)
    expect(new Set(codes).size).toBe(codes.length)
    for (const code of codes) expect(code).toMatch(/^IPVM\d{4}$/)
  })

  test.each(rows.filter(([name]) => !apart.includes(name)))(
    '%s: the wrong example gives it and nothing else',
    async (name, row) => {
      const result = await compileText(row.wrong, {}, files)
      if (result.ok || 'usage' in result) throw new Error('no diagnostics')
      expect(result.diagnostics.map(diagnostic => diagnostic.name)).toEqual([name])
      expect(await rendered(row.wrong, files)).toMatchSnapshot()
    },
  )

  test.each(rows.filter(([, row]) => row.right !== ''))('%s: the right example compiles', async (_, row) => {
    expect(await rendered(row.right, files)).toBe('no errors')
  })

  test('every row explains itself', () => {
    for (const [name, row] of rows) {
      expect(row.explain.length, name).toBeGreaterThan(30)
      if (!apart.includes(name)) expect(row.wrong, name).not.toBe('')
    }
  })
})
