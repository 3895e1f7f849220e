import type { Item, Module, Name, Node, TypeNode } from '../../grammar/nodes.ts'
import { headEnd } from '../../grammar/unread.ts'
import type { Range, View } from '../interface.ts'

export type SymbolKind =
  | 'module'
  | 'type'
  | 'struct'
  | 'enum'
  | 'constant'
  | 'function'
  | 'interface'
  | 'method'
  | 'field'
  | 'enumMember'
  | 'test'
  | 'config'

/** What a file declares, with what stands in it. */
export interface DocumentSymbol extends Range {
  name: string
  /** What stands behind the name, on one line. */
  detail: string
  kind: SymbolKind
  /** Of the name; in the range. */
  selection: Range
  children: DocumentSymbol[]
}

/** The declarations of a file, in their order, those without a name too. */
export function documentSymbols({ text, tree }: Pick<View, 'text' | 'tree'>): DocumentSymbol[] {
  return symbolsOf(text, tree)
}

export function symbolsOf(text: string, { items }: Module): DocumentSymbol[] {
  return items.flatMap(item => symbolsOfItem(text, item))
}

function symbolsOfItem(text: string, item: Item): DocumentSymbol[] {
  switch (item.kind) {
    case 'Import':
      return [symbol(text, 'module', item, item.name, quoted(item.from.value))]
    case 'ImportNames':
      return item.names.map(node => symbol(text, 'module', node, node.alias ?? node.name, quoted(item.from.value)))
    case 'Config':
      return [{ ...place(item), name: 'config', detail: '', kind: 'config', selection: start(item), children: [] }]
    case 'Const':
      return [symbol(text, 'constant', item, item.name, item.type ? written(text, item.type) : '')]
    case 'TypeDeclaration': {
      const { kind, children } = membersOf(text, item.type)
      return [{ ...symbol(text, kind, item, item.name, written(text, item.type)), children }]
    }
    case 'Job':
      return [symbol(text, 'function', item, item.name, signature(text, item.name, headEnd(item)))]
    case 'EffectDeclaration': {
      const children = item.operations.map(node =>
        symbol(text, 'method', node, node.name, signature(text, node.name, node.end)),
      )
      return [{ ...symbol(text, 'interface', item, item.name, quoted(item.scheme.value)), children }]
    }
    case 'Test': {
      const { value } = item.name
      const selection = within(item, item.name)
      return [
        { ...place(item), name: value === '' ? 'test' : value, detail: 'test', kind: 'test', selection, children: [] },
      ]
    }
  }
}

function membersOf(text: string, type: TypeNode): Pick<DocumentSymbol, 'kind' | 'children'> {
  switch (type.kind) {
    case 'RecordType': {
      const children = type.fields.map(node => symbol(text, 'field', node, node.name, written(text, node.type)))
      return { kind: 'struct', children }
    }
    case 'VariantType': {
      const children = type.cases.map(node =>
        symbol(text, 'enumMember', node, node.name, node.type ? written(text, node.type) : ''),
      )
      return { kind: 'enum', children }
    }
    case 'EnumType':
      return { kind: 'enum', children: type.cases.map(name => symbol(text, 'enumMember', name, name, '')) }
    case 'FlagsType':
      return { kind: 'enum', children: type.flags.map(name => symbol(text, 'enumMember', name, name, '')) }
    default:
      return { kind: 'type', children: [] }
  }
}

function symbol(text: string, kind: SymbolKind, node: Node, name: Name, detail: string): DocumentSymbol {
  // Where there is none it is shown by what it is.
  const shown = name.text === '' ? (/^[\w-]+/.exec(text.slice(node.start, node.end))?.[0] ?? kind) : name.text
  return { ...place(node), name: shown, detail, kind, selection: within(node, name), children: [] }
}

function place({ start, end }: Range): Range {
  return { start, end }
}

function start({ start }: Range): Range {
  return { start, end: start }
}

function within(around: Range, { start, end }: Range): Range {
  const inside = around.start <= start && end <= around.end
  return inside ? { start, end } : { start: around.start, end: around.start }
}

const LONGEST = 120

/** A part of the text on one line. */
function written(text: string, { start, end }: Range): string {
  const part = text.slice(start, Math.min(end, start + 2 * LONGEST)).replace(/\/\/[^\r\n]*/g, '')
  const line = part
    .replace(/\s+/g, ' ')
    .replace(/([([]) /g, '$1')
    .replace(/,? ([)\]])/g, '$1')
    .replace(/, }/g, ' }')
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line
}

/** What stands between a name and what is behind the signature. */
function signature(text: string, name: Name, end: number): string {
  return written(text, { start: name.end, end: Math.max(name.end, end) }).trim()
}

function quoted(text: string): string {
  return text === '' ? '' : JSON.stringify(text)
}
