import { createSources } from '../report.ts'
import { detail, placeOf, sentence } from './report.ts'
import type { TestReport } from './run.ts'

/**
 * The reports as JUnit XML: a suite for each file, a case for each test with at most one `failure`, since readers look at
 * the first alone; times in seconds.
 */
export function toJunit(reports: TestReport[]): string {
  const sources = createSources()
  const files = new Map<string, TestReport[]>()
  for (const report of reports) files.set(report.file, [...(files.get(report.file) ?? []), report])
  const failed = (list: TestReport[]): number => list.filter(({ faults }) => faults.length > 0).length
  const time = (list: TestReport[]): string => (list.reduce((sum, { ms }) => sum + ms, 0) / 1000).toFixed(3)
  const counts = (list: TestReport[]): string =>
    `tests="${list.length}" failures="${failed(list)}" errors="0" time="${time(list)}"`
  const suites = [...files].map(([file, list]) => {
    const cases = list.map(report => {
      const head = `    <testcase name="${escape(report.name)}" classname="${escape(file)}" time="${time([report])}"`
      if (report.faults.length === 0) return `${head}/>`
      const [first, ...others] = report.faults
      const more = others.length > 0 ? ` And ${others.length} more.` : ''
      const attributes = `message="${escape(sentence(first!) + more)}" type="${first!.kind}"`
      const bodies = report.faults.map(fault => [placeOf(fault, sources), fault.at.text, ...detail(fault)].join('\n'))
      return [
        `${head}>`,
        `      <failure ${attributes}>${escapeText(bodies.join('\n\n'))}</failure>`,
        '    </testcase>',
      ].join('\n')
    })
    return [`  <testsuite name="${escape(file)}" ${counts(list)}>`, ...cases, '  </testsuite>'].join('\n')
  })
  const lines = ['<?xml version="1.0" encoding="UTF-8"?>', `<testsuites ${counts(reports)}>`, ...suites]
  return `${[...lines, '</testsuites>'].join('\n')}\n`
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\r': '&#13;' }

/** Text in XML 1.0; what it cannot hold at all becomes the sign for that. */
function escapeText(text: string): string {
  return text
    .replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replace(/[&<>"\r]/g, sign => entities[sign]!)
}

/** Text in an attribute, where line ends and tabs would be read as spaces. */
function escape(text: string): string {
  return escapeText(text).replace(/[\n\t]/g, sign => `&#${sign.charCodeAt(0)};`)
}
