import type { Fix } from '../../grammar/diagnostics.ts'
import type { Match, RecordLiteral } from '../../grammar/nodes.ts'
import { lex } from '../../grammar/tokens.ts'
import { isNumeric, resolve, unveil, type Open } from '../open.ts'
import { caseOfHint } from './case.ts'
import type { Context } from './context.ts'

/** A plain value of a type as the file writes it, for repairs that have to put some value; nothing where none is plain. */
function literalText(context: Context, type: Open): string | undefined {
  const end = resolve(unveil(type).type)
  if (isNumeric(end.kind)) return end.kind.startsWith('f') ? '0.0' : '0'
  const of = (type: Open): string | undefined => literalText(context, type)
  switch (end.kind) {
    case 'variable':
      return end.domain === 'float' ? '0.0' : end.domain === 'number' ? '0' : undefined
    case 'bool':
      return 'false'
    case 'string':
      return '""'
    case 'char':
      return "' '"
    case 'unit':
      return '()'
    case 'option':
      return 'none'
    case 'list':
      return resolve(end.element).kind === 'u8' ? 'b""' : '[]'
    case 'tuple':
      return all(end.items.map(of), items => `(${items.join(', ')}${items.length === 1 ? ',' : ''})`)
    case 'record':
      return all(
        end.fields.map(field => of(field.type)),
        values => `{ ${end.fields.map(({ name }, i) => `${name}: ${values[i]}`).join(', ')} }`,
      )
    case 'result': {
      const content = of(end.ok)
      return content && `ok(${content})`
    }
    case 'enum':
      return caseOfHint(context, end, end.cases[0] ?? '')
    case 'variant': {
      const plain = end.cases.find(({ type }) => !type) ?? end.cases[0]
      const name = plain && caseOfHint(context, end, plain.name)
      const payload = plain?.type && of(plain.type)
      return plain?.type ? payload && name && `${name}(${payload})` : name
    }
    default:
      return undefined
  }
}

function all(values: (string | undefined)[], write: (values: string[]) => string): string | undefined {
  return values.every(value => value !== undefined) ? write(values) : undefined
}

/**
 * Adds arms to a `match`, in the manner of those that are there.
 *
 * @param result the type of what the arms give; where none of its values is plain, there is no repair
 */
export function addArms(context: Context, { arms, end }: Match, missing: string[], result: Open): Fix[] {
  const source = context.module.source.text
  const sample = literalText(context, result)
  if (sample === undefined) return []
  const title = `Add ${missing.length === 1 ? 'the arm' : 'the arms'}`
  const lines = missing.map(pattern => `${pattern} => ${sample}`)
  const last = arms.at(-1)
  const add = (at: number, text: string): Fix[] => [{ title, edits: [{ start: at, end: at, text }], guess: true }]
  if (!last) return add(end - 1, ` ${lines.join(', ')} `)
  const line = source.slice(source.lastIndexOf('\n', last.start - 1) + 1, last.start)
  if (line.trim() !== '') return add(last.end, lines.map(arm => `, ${arm}`).join(''))
  // What is said of the last arm stays behind it.
  const [behind, comma = ''] = /^[ \t]*(,)?[ \t]*(?:\/\/.*)?/.exec(source.slice(last.end, end))!
  return add(last.end + behind.trimEnd().length, lines.map(arm => `\n${line}${arm}${comma}`).join(''))
}

/**
 * Adds fields to a record, in the manner of those that are there.
 *
 * @param missing with their types; where one of these has no plain value, there is no repair
 */
export function addFields(
  context: Context,
  { fields, end }: RecordLiteral,
  missing: { name: string; type: Open }[],
): Fix[] {
  const found = missing.flatMap(({ name, type }) => {
    const value = literalText(context, type)
    return value === undefined ? [] : [`${name}: ${value}`]
  })
  const { source } = context.module
  if (found.length < missing.length || source.slice(end - 1, end) !== '}') return []
  const title = `Add ${missing.length === 1 ? 'the field' : 'the fields'}`
  const add = (...edits: Fix['edits']): Fix[] => [{ title, edits, guess: true }]
  const insert = (at: number, text: string): Fix['edits'][number] => ({ start: at, end: at, text })
  const last = fields.at(-1)
  if (!last) return add(insert(end - 1, ` ${found.join(', ')} `))
  const behind = source.slice(last.end, end - 1)
  const [, newline, indent] = /(\r?\n)([ \t]*)$/.exec(behind) ?? []
  if (indent === undefined) return add(insert(last.end, `, ${found.join(', ')}`))
  // What is said behind the last field stays there.
  const comma = lex(behind).tokens.length === 0 ? [insert(last.end, ',')] : []
  const before = /\n([ \t]*)$/.exec(source.slice(Math.max(0, last.start - 100), last.start))?.[1] ?? `${indent}  `
  const lines = found.map(field => `${before}${field},${newline}`).join('')
  return add(...comma, insert(end - 1 - indent.length, lines))
}
