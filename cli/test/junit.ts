import { createSources } from '../report.ts'
import { detail, placeOf, sentence } from './report.ts'
import type { TestReport } from './run.ts'

/** The reports as JUnit XML: a suite for each file, times in seconds. */
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
      const failures = report.faults.map(fault => {
        const body = [placeOf(fault, sources), fault.at.text, ...detail(fault)].join('\n')
        const attributes = `message="${escape(sentence(fault))}" type="${fault.kind}"`
        return `      <failure ${attributes}>${escape(body)}</failure>`
      })
      return [`${head}>`, ...failures, '    </testcase>'].join('\n')
    })
    return [`  <testsuite name="${escape(file)}" ${counts(list)}>`, ...cases, '  </testsuite>'].join('\n')
  })
  const lines = ['<?xml version="1.0" encoding="UTF-8"?>', `<testsuites ${counts(reports)}>`, ...suites]
  return `${[...lines, '</testsuites>'].join('\n')}\n`
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\n': '&#10;' }

/** Text in XML 1.0; what it cannot hold at all becomes the sign for that. */
function escape(text: string): string {
  return text.replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd]/gu, '\ufffd').replace(/[&<>"\n]/g, sign => entities[sign]!)
}
