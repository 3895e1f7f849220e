import { resolve, reveal, type Open } from '../../../compiler/open.ts'
import type { ComponentModule } from '../../../compiler/component.ts'
import type { Symbol } from '../../../compiler/scope.ts'
import type { Expression } from '../../../grammar/nodes.ts'
import { callText, functionSignature, operationSignature } from '../../describe/signature.ts'
import { typeText } from '../../describe/type.ts'
import type { View } from '../../interface.ts'
import { isWord, type Token } from '../../tokens.ts'
import { inSnippet, Tier, type Candidate } from './candidates.ts'
import { called, casesOf, writtenCases } from './names.ts'
import { armsOf, pattern } from './parts.ts'
import type { Place } from './place.ts'

/** What stands behind a dot. */
export function members(view: View, place: Place, dot: Token, given: string[] | undefined): Candidate[] {
  const path = pathBefore(place.tokens, dot)
  const head = path[0]
  const isLocal = head !== undefined && place.locals.some(({ name }) => name === head.text)
  const symbol = head && !isLocal ? view.scope.get(head.text) : undefined
  const names = path.map(({ text }) => text)
  if (head && symbol) {
    const before = place.tokens.slice(0, place.tokens.indexOf(head))
    if (symbol.kind === 'effect')
      return names.length === 1 && !place.inConstant ? operations(place, symbol, head, before, given) : []
    if (symbol.kind === 'module' && symbol.component)
      return exported(view, place, symbol.component, names, before.at(-1)?.type === 'WithWord')
    if (symbol.kind === 'type' && names.length === 1) return cases(place, symbol.home.typeOf(symbol), names)
  }
  return parts(view, place, dot)
}

/** The names of a path whose last dot is given. */
function pathBefore(tokens: Token[], dot: Token): Token[] {
  const path: Token[] = []
  for (let i = tokens.indexOf(dot); tokens[i]?.type === 'Dot'; i -= 2) {
    const name = tokens[i - 1]
    if (!name || !isWord(name)) return []
    path.unshift(name)
  }
  return path
}

function operations(
  place: Place,
  symbol: Symbol & { kind: 'effect' },
  head: Token,
  before: Token[],
  given: string[] | undefined,
): Candidate[] {
  const word = before.at(-1)?.type
  const isDone = before.findLast(({ type }) => type !== 'TryWord' && type !== 'LParen')?.type === 'DoWord'
  return symbol.node.operations.flatMap((node): Candidate[] => {
    const name = node.name.text
    const isCommand = node.operation.endsWith('command')
    if (name === '' || (isDone && node.operation === 'query') || (isCommand && word === 'WithWord')) return []
    const about = { kind: 'member', path: [head.text, name] } as const
    const detail = (): string => callText(operationSignature(symbol, node))
    const base: Candidate = { label: name, kind: 'operation', tier: Tier.needed, about, detail }
    if (given) return given.includes(`${head.text}.${name}`) ? [] : [base]
    if (word === 'WithWord') return [base]
    const call = called(place, name, node.params.length)
    if (!isCommand || isDone || word === 'GivenWord') return [{ ...base, ...call }]
    return [{ ...base, ...call, edits: [{ start: head.start, end: head.start, text: 'do ' }] }]
  })
}

/**
 * What a component exports under a path: functions, types, and interfaces that hold them.
 *
 * @param combines whether a function is named that joins two values
 */
function exported(
  view: View,
  place: Place,
  component: ComponentModule,
  names: string[],
  combines: boolean,
): Candidate[] {
  const prefix = names
    .slice(1)
    .map(name => `${name}.`)
    .join('')
  const inType = place.path.some(node => node.kind === 'NamedType') || place.want.kind === 'type'
  const found: Candidate[] = []
  const add = (path: string, make: (name: string) => Candidate | undefined): void => {
    if (!path.startsWith(prefix)) return
    const rest = path.slice(prefix.length)
    const dot = rest.indexOf('.')
    const name = dot < 0 ? rest : rest.slice(0, dot)
    const about = { kind: 'member', path: [...names, name] } as const
    const base = { about, tier: Tier.needed }
    if (dot >= 0) found.push({ label: name, kind: 'interface', ...base, tier: Tier.local, commit: ['.'] })
    else {
      const made = make(name)
      if (made) found.push({ ...base, ...made })
    }
  }
  if (!inType && !place.inConstant)
    for (const [path, func] of component.functions)
      add(path, name => {
        const detail = (): string => callText(functionSignature(view, func))
        const call = combines ? {} : called(place, name, func.params.length)
        return { label: name, kind: 'function', tier: Tier.needed, detail, ...call }
      })
  for (const [path, type] of component.types)
    add(path, name => {
      if (!inType && casesOf(type).length === 0) return undefined
      const detail = (): string => typeText(view, type)
      return {
        label: name,
        kind: 'type',
        tier: inType ? Tier.needed : Tier.own,
        detail,
        ...(inType ? {} : { commit: ['.'] }),
      }
    })
  const type = component.types.get(names.slice(1).join('.'))
  return type && !inType ? cases(place, type, names) : found
}

function cases(place: Place, type: Open, names: string[]): Candidate[] {
  const isPattern = place.path.some(node => node.kind === 'CasePattern')
  return writtenCases(resolve(type), place).map(({ label, payload }, order) => {
    const call = isPattern ? pattern(place, label, payload) : payload ? called(place, label, 1) : {}
    const about = { kind: 'member', path: [...names, label] } as const
    return { label, kind: 'case', tier: Tier.needed, order, about, ...call }
  })
}

/** The parts of a value, and what can be written in its place. */
function parts(view: View, place: Place, dot: Token): Candidate[] {
  const access = place.path.findLast(
    node =>
      (node.kind === 'Access' || node.kind === 'TupleAccess') && node.object.end <= dot.start && node.end >= dot.end,
  )
  const isAccess = access?.kind === 'Access' || access?.kind === 'TupleAccess'
  const found = (isAccess ? typeOf(place, access.object) : undefined) ?? typeOfPath(view, place, dot)
  if (!found) return []
  const { type } = reveal(found)
  const own = [...fieldsOf(view, type), ...fieldsBehind(view, type, { start: dot.start, end: place.range.start })]
  const start = valueStart(place.tokens, isAccess ? access.start : pathBefore(place.tokens, dot)[0]?.start)
  return start === undefined ? own : [...own, ...instead(view, type, { start, end: dot.start }, place.range.start)]
}

function fieldsOf(view: View, type: Open): Candidate[] {
  const fields =
    type.kind === 'record'
      ? type.fields
      : type.kind === 'tuple'
        ? type.items.map((item, i) => ({ name: String(i), type: item }))
        : []
  return fields.map(({ name, type }, order) => {
    return { label: name, kind: 'field', tier: Tier.needed, order, detail: () => typeText(view, type) }
  })
}

/** The fields of what may be missing or wrong, with the `?` before the dot. */
function fieldsBehind(view: View, type: Open, dot: { start: number; end: number }): Candidate[] {
  const content = type.kind === 'option' ? type.some : type.kind === 'result' ? type.ok : undefined
  if (!content) return []
  const edits = [{ ...dot, text: '' }]
  return fieldsOf(view, reveal(content).type).map(field => ({ ...field, text: `?.${field.label}`, edits }))
}

/** Where a value begins with its `do`; undefined where a word stands between them. */
function valueStart(tokens: Token[], start: number | undefined): number | undefined {
  const at = tokens.findIndex(token => token.start === start)
  const [second, first] = [tokens[at - 2], tokens[at - 1]]
  if (first?.type === 'DoWord') return first.start
  return first?.type === 'TryWord' && second?.type === 'DoWord' ? undefined : start
}

/** The type of a value, or of a field of one: what seems to be called, by the line below, has none of its own. */
function typeOf(place: Place, node: Expression): Open | undefined {
  const known = place.notes?.types.get(node)
  return known ?? (node.kind === 'Access' ? fieldOf(typeOf(place, node.object), node.name.text) : undefined)
}

/**
 * The type of a local, of a constant, or of a field of one before a dot: where the tree has none, as in a text that is
 * not closed.
 */
function typeOfPath(view: View, place: Place, dot: Token): Open | undefined {
  const [head, ...fields] = pathBefore(place.tokens, dot)
  if (!head) return undefined
  const local = place.locals.find(({ name }) => name === head.text)
  const symbol = view.scope.get(head.text)
  let type = local?.type ?? (symbol?.kind === 'const' ? symbol.home.constOf(symbol).type : undefined)
  for (const { text } of fields) type = fieldOf(type, text)
  return type
}

function fieldOf(type: Open | undefined, field: string): Open | undefined {
  const known = type && reveal(type).type
  return known?.kind === 'record' ? known.fields.find(({ name }) => name === field)?.type : undefined
}

/**
 * What can be written in place of a value and a dot.
 *
 * @param at where the word behind the dot begins
 */
function instead(view: View, type: Open, { start, end }: { start: number; end: number }, at: number): Candidate[] {
  const edits = [{ start, end: at, text: '' }]
  const value = view.lines.slice(start, end)
  const text = inSnippet(value)
  const base = { kind: 'keyword', tier: Tier.language, edits, snippet: true } as const
  const make = (label: string, snippet: string): Candidate => ({
    ...base,
    label,
    text: snippet,
    detail: snippetText(snippet),
  })
  const match = (): Candidate => make('match', `match ${text} {\n  ${armsOf(casesOf(type)).join('\n  ')}\n}`)
  switch (type.kind) {
    case 'list':
      return [
        make('for', `for \${1:x} in ${text} { $0 }`),
        make('len', `len(${text})`),
        make('reduce', `reduce ${text} with $0`),
      ]
    case 'string':
      return [make('len', `len(${text})`)]
    case 'ipld':
      return ['keys', 'len'].map(name => make(name, `${name}(${text})`))
    case 'option':
    case 'result':
      return [match(), { ...make('?', `${text}?`), tier: Tier.needed }]
    case 'bool':
      return [match(), make('if', `if ${text} { $1 } else { $0 }`)]
    case 'enum':
    case 'variant':
      return [match()]
    default:
      return []
  }
}

/** A snippet as it looks when it is inserted. */
function snippetText(snippet: string): string {
  return snippet
    .replace(/\$\{\d+:([^}]*)\}/g, '$1')
    .replace(/\$\d+/g, '…')
    .replace(/\\([\\$}])/g, '$1')
    .replace(/\s+/g, ' ')
}
