import type { Fix } from '../../grammar/diagnostics.ts'
import type { Match } from '../../grammar/nodes.ts'
import { isNumeric, resolve, unveil, type Open } from '../open.ts'

/** A plain value of a type as it is written, for repairs that have to put some value; nothing where none is plain. */
function literalText(type: Open): string | undefined {
  const end = resolve(unveil(type).type)
  if (isNumeric(end.kind)) return end.kind.startsWith('f') ? '0.0' : '0'
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
      return all(end.items, items => `(${items.join(', ')}${items.length === 1 ? ',' : ''})`)
    case 'record':
      return all(
        end.fields.map(field => field.type),
        values => `{ ${end.fields.map(({ name }, i) => `${name}: ${values[i]}`).join(', ')} }`,
      )
    case 'result': {
      const content = literalText(end.ok)
      return content && `ok(${content})`
    }
    default:
      return undefined
  }
}

function all(types: Open[], write: (values: string[]) => string): string | undefined {
  const values = types.map(literalText)
  return values.every(value => value !== undefined) ? write(values) : undefined
}

/**
 * Adds arms to a `match`, in the manner of those that are there.
 *
 * @param result the type of what the arms give; where none of its values is plain, there is no repair
 */
export function addArms(source: string, { arms, end }: Match, missing: string[], result: Open): Fix[] {
  const sample = literalText(result)
  if (sample === undefined) return []
  const title = `Add ${missing.length === 1 ? 'the arm' : 'the arms'}`
  const lines = missing.map(pattern => `${pattern} => ${sample}`)
  const last = arms.at(-1)
  if (!last) return [{ title, edits: [{ start: end - 1, end: end - 1, text: ` ${lines.join(', ')} ` }] }]
  const line = source.slice(source.lastIndexOf('\n', last.start - 1) + 1, last.start)
  const apart = line.trim() === ''
  const text = apart ? lines.map(arm => `\n${line}${arm}`).join('') : lines.map(arm => `, ${arm}`).join('')
  return [{ title, edits: [{ start: last.end, end: last.end, text }] }]
}
