import { suggest } from '../../dag/suggest.ts'
import { diagnostics, rowOf } from '../../grammar/diagnostics.ts'
import type { Context } from '../context.ts'
import { cliRows, wrongUsage, type CliRow } from '../diagnostics.ts'
import { success, type Reply } from '../output.ts'

/** `ipvm explain CODE`: why a rule is there, with a wrong and a right example. */
export async function explain(_context: Context, [given = '']: string[]): Promise<Reply> {
  const code = given.toUpperCase()
  const row = findRow(code)
  if (!row) {
    const codes = [...Object.values(diagnostics), ...Object.values(cliRows)].map(entry => entry.code)
    return wrongUsage(`There is no diagnostic \`${given}\`; codes look like IPVM2003.`, { near: suggest(code, codes) })
  }
  const { name, severity, explain: text, wrong, right } = row
  const parts = [`${code} (${severity}): ${words(name)}`, wrap(text)]
  if (wrong !== '') parts.push(`Wrong:\n\n${indent(wrong)}`)
  parts.push(`Right:\n\n${indent(right)}`)
  return success({ code, name, severity, explain: text, wrong, right }, `${parts.join('\n\n')}\n`)
}

function findRow(code: string): Omit<CliRow, 'exit'> | undefined {
  return rowOf(code) ?? Object.values<CliRow>(cliRows).find(row => row.code === code)
}

/** `UnknownFunction` as `unknown function`. */
function words(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replace('utf8', 'UTF-8')
}

const width = 80

function wrap(text: string): string {
  return text
    .split('\n')
    .map(line => {
      const lines: string[] = []
      for (const word of line.split(' ')) {
        const last = lines.at(-1)
        if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`
        else lines.push(word)
      }
      return lines.join('\n')
    })
    .join('\n')
}

function indent(code: string): string {
  return code
    .trimEnd()
    .split('\n')
    .map(line => (line === '' ? '' : `  ${line}`))
    .join('\n')
}
