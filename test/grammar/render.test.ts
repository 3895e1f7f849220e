import { describe, expect, test } from 'vitest'
import { diagnose, type Diagnostic } from '../../grammar/diagnostics.ts'
import { diagnosticToJson, renderDiagnostic } from '../../grammar/render.ts'

/** A diagnostic that covers what stands between `«` and `»`. */
function marked(text: string, related: Diagnostic['related'] = []): { d: Diagnostic; source: string } {
  const start = text.indexOf('«')
  const end = text.indexOf('»') - 1
  const span = { file: 'main.ipvm', start, end }
  return { d: diagnose('Unexpected', { found: '`x`' }, span, { related }), source: text.replace(/[«»]/g, '') }
}

function show(text: string, related: Diagnostic['related'] = [], sources: Record<string, string> = {}): string {
  const { d, source } = marked(text, related)
  return renderDiagnostic(d, file => (file === 'main.ipvm' ? source : sources[file]))
}

describe('renderDiagnostic', () => {
  test('marks a span, also an empty one', () => {
    expect(show('let a = «b»\nc')).toMatchSnapshot()
    expect(show('let a = «»\nc')).toMatchSnapshot()
    expect(show('let a«»')).toMatchSnapshot()
  })

  test('tabs and wide characters keep the marks in place', () => {
    expect(show('\tlet a = "日本語" «b»')).toMatchSnapshot()
    expect(show('"e\u0301😀" «日本»')).toMatchSnapshot()
  })

  test('a span of several lines shows its start and its end', () => {
    expect(show('a «b\n  c\nd» e')).toMatchSnapshot()
    expect(show('«a\n1\n2\n3\n4\n5\n  b»')).toMatchSnapshot()
    expect(show('«a\n»b')).toMatchSnapshot()
  })

  test('a long line is cut around the span', () => {
    expect(show(`${'a'.repeat(5000)}«here»${'b'.repeat(5000)}`)).toMatchSnapshot()
    expect(show(`«${'a'.repeat(5000)}»`)).toMatchSnapshot()
    expect(show(`${'😀'.repeat(60)}«x»${'😀'.repeat(60)}`)).not.toMatch(/\ud83d(?![\udc00-\udfff])/)
  })

  test('related spans, in other files too, and in files that are not at hand', () => {
    const related = [
      { message: 'this one', span: { file: 'main.ipvm', start: 0, end: 3 } },
      { message: 'that one', span: { file: 'other.ipvm', start: 2, end: 5 } },
      { message: 'a lost one', span: { file: 'lost.ipvm', start: 2, end: 5 } },
    ]
    expect(show('let a = «b»', related, { 'other.ipvm': '\n\nabc\n' })).toMatchSnapshot()
  })

  test('nothing in a source or in a file name can control the terminal', () => {
    const { d, source } = marked('let a = "\x1b[31m\u202e\u0007" «\x9b2J»')
    d.span.file = 'a\x1b[2J.ipvm'
    const out = renderDiagnostic(d, () => source)
    expect(out).toMatchSnapshot()
    expect(out).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/)
  })

  test('colours only when asked', () => {
    const { d, source } = marked('let a = «b»')
    expect(renderDiagnostic(d, () => source, { color: false })).not.toContain('\x1b')
    const colored = renderDiagnostic(d, () => source, { color: true })
    expect(colored).toContain('\x1b[31m')
    expect(colored.replace(/\x1b\[\d+m/g, '')).toBe(renderDiagnostic(d, () => source))
  })
})

test('diagnosticToJson gives lines and columns from 1', () => {
  const d = diagnose(
    'DoubleEquals',
    {},
    { file: 'a.ipvm', start: 6, end: 8 },
    {
      related: [{ message: 'see here', span: { file: 'b.ipvm', start: 0, end: 1 } }],
    },
  )
  expect(diagnosticToJson(d, file => (file === 'a.ipvm' ? 'let\nx == 1' : 'y'))).toEqual({
    code: 'IPVM1041',
    severity: 'error',
    message: 'Write one `=`: two of them compare.',
    file: 'a.ipvm',
    start: { line: 2, column: 3 },
    end: { line: 2, column: 5 },
    related: [{ message: 'see here', file: 'b.ipvm', start: { line: 1, column: 1 }, end: { line: 1, column: 2 } }],
    fixes: [
      { title: 'Replace with `=`', edits: [{ start: { line: 2, column: 3 }, end: { line: 2, column: 5 }, text: '=' }] },
    ],
  })
})
