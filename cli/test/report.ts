import { styleText } from 'node:util'
import type { Ipld } from '../../dag/ipld.ts'
import { printable, renderDiagnostic, type SourceOf } from '../../grammar/render.ts'
import { positionAt } from '../../grammar/source.ts'
import { defined } from '../output.ts'
import { renderFailure } from '../report.ts'
import { differences, literal } from './diff.ts'
import type { Fault, TestReport } from './run.ts'

/** A test as people read it: one line, and below it why it failed. */
export function renderTest({ name, ms, faults }: TestReport, sources: SourceOf): string {
  const color = process.stderr.isTTY === true && !process.env['NO_COLOR']
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    color ? styleText(style, text, { validateStream: false }) : text
  const mark = faults.length === 0 ? paint('green', '✓') : paint('red', '✗')
  const head = `  ${mark} ${printable(name)} ${paint('dim', `(${Math.round(ms)} ms)`)}`
  return [head, ...faults.map(fault => `\n${renderFault(fault, sources, color)}`)].join('\n')
}

/** Why a promise does not hold: its place in the source, then the values. */
function renderFault(fault: Fault, sources: SourceOf, color: boolean): string {
  const { file, span } = fault.at
  const diagnostic = {
    code: 'test',
    severity: 'error' as const,
    message: sentence(fault),
    span: { file, ...span },
    related: [],
    fixes: [],
  }
  const lines = [renderDiagnostic(diagnostic, sources, { color }).trimEnd(), ...detail(fault)]
  return lines.join('\n')
}

/** One sentence for each kind of fault. */
export function sentence(fault: Fault): string {
  switch (fault.kind) {
    case 'differs':
      return 'The two sides differ.'
    case 'false':
      return 'This does not hold.'
    case 'succeeded':
      return 'This should have failed and gave a value.'
    case 'failed':
      return `This failed: ${fault.failure.message}.`
    case 'refused':
      return fault.message
  }
}

/** What varies from run to run, line by line. */
export function detail(fault: Fault): string[] {
  switch (fault.kind) {
    case 'differs': {
      const { shown, more } = differences(fault.type, fault.left, fault.right)
      const lines = shown.flatMap(({ path, left, right }) => [
        ...(path === '' ? [] : [`  at ${printable(path)}:`]),
        `    left:  ${printable(left ?? '(nothing)')}`,
        `    right: ${printable(right ?? '(nothing)')}`,
      ])
      return more ? [...lines, '  and more'] : lines
    }
    case 'succeeded':
      return [`  it gave: ${printable(literal(fault.type, fault.value)).slice(0, 400)}`]
    case 'failed': {
      const { failure, site } = fault
      const lines = failure.detail === undefined ? [] : [`  ${printable(failure.detail)}`]
      const inside = site && (site.span.file !== fault.at.file || site.span.start.offset < fault.at.span.start)
      return inside ? [...lines, renderFailure(failure.kind, `\`${site.name}\` failed`, site).trimEnd()] : lines
    }
    default:
      return []
  }
}

/** A test in `--json`. */
export function testJson({ name, file, ms, faults }: TestReport): Ipld {
  return {
    name,
    file,
    ok: faults.length === 0,
    ms: Math.round(ms),
    faults: faults.map(fault => faultJson(fault)),
  }
}

function faultJson(fault: Fault): Ipld {
  const { at } = fault
  const sides =
    fault.kind === 'differs'
      ? differences(fault.type, fault.left, fault.right).shown.map(entry => defined({ ...entry }))
      : undefined
  return defined({
    kind: fault.kind,
    message: sentence(fault),
    text: at.text,
    file: at.file,
    start: at.span.start,
    end: at.span.end,
    failure: fault.kind === 'failed' ? fault.failure.kind : undefined,
    detail: fault.kind === 'failed' ? fault.failure.detail : undefined,
    differences: sides,
    value: fault.kind === 'succeeded' ? literal(fault.type, fault.value) : undefined,
  })
}

/** `file:line:column` of a fault. */
export function placeOf({ at }: Fault, sources: SourceOf): string {
  const text = sources(at.file)
  if (text === undefined) return at.file
  const { line, column } = positionAt(text, at.span.start)
  return `${at.file}:${line}:${column}`
}
