import { relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { rowOf, type Diagnostic } from '../grammar/diagnostics.ts'
import { diagnosticToJson, type SourceOf, type SpanJson } from '../grammar/render.ts'

/**
 * Diagnostics as a SARIF 2.1.0 log (OASIS, Static Analysis Results Interchange Format), for code hosts and editors.
 * Columns count UTF-16 code units. Files below the current folder are relative to `%SRCROOT%`.
 */
export function toSarif(found: Diagnostic[], sources: SourceOf, version: string): string {
  const codes = [...new Set(found.map(({ code }) => code))].sort()
  const log = {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'ipvm', version, rules: codes.map(ruleOf) } },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { '%SRCROOT%': { uri: `${pathToFileURL(process.cwd()).href}/` } },
        results: found.map(diagnostic => resultOf(diagnostic, codes, sources)),
      },
    ],
  }
  return `${JSON.stringify(log, undefined, 2)}\n`
}

function ruleOf(code: string) {
  const row = rowOf(code)!
  return {
    id: code,
    name: row.name,
    fullDescription: { text: row.explain },
    help: { text: `${row.explain}\n\nWrong:\n\n${row.wrong}\nRight:\n\n${row.right}` },
    defaultConfiguration: { level: row.severity },
  }
}

function resultOf(diagnostic: Diagnostic, codes: string[], sources: SourceOf) {
  const { code, severity, message, related, fixes, ...span } = diagnosticToJson(diagnostic, sources)
  return {
    ruleId: code,
    ruleIndex: codes.indexOf(code),
    level: severity,
    message: { text: message },
    locations: [{ physicalLocation: locationOf(span) }],
    ...(related.length === 0
      ? {}
      : {
          relatedLocations: related.map(({ message: text, ...at }, i) => ({
            id: i,
            message: { text },
            physicalLocation: locationOf(at),
          })),
        }),
    ...(fixes.length === 0
      ? {}
      : {
          fixes: fixes.map(({ title, edits }) => ({
            description: { text: title },
            artifactChanges: [
              {
                artifactLocation: artifactOf(span.file),
                replacements: edits.map(({ text, ...range }) => ({
                  deletedRegion: regionOf(range),
                  insertedContent: { text },
                })),
              },
            ],
          })),
        }),
  }
}

function locationOf({ file, ...range }: SpanJson) {
  return { artifactLocation: artifactOf(file), region: regionOf(range) }
}

function regionOf({ start, end }: Omit<SpanJson, 'file'>) {
  return { startLine: start.line, startColumn: start.column, endLine: end.line, endColumn: end.column }
}

function artifactOf(file: string) {
  if (/^[a-z][a-z0-9+.-]+:/i.test(file)) return { uri: encodeURI(file) }
  const path = relative(process.cwd(), file)
  if (path.startsWith('..')) return { uri: pathToFileURL(file).href }
  return { uri: path.split(/[\\/]/).map(encodeURIComponent).join('/'), uriBaseId: '%SRCROOT%' }
}
