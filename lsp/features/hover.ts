import type { Symbol } from '../../compiler/scope.ts'
import { readAsset } from '../../compiler/files.ts'
import { isBuiltIn } from '../../compiler/check/builtins.ts'
import { keywordByText } from '../../grammar/keywords.ts'
import type { Expression, Node, Text } from '../../grammar/nodes.ts'
import { describe, describeBuiltIn, describeSymbol, markdown } from '../describe/target.ts'
import { typeText } from '../describe/type.ts'
import { settingDocs, typeDocs } from '../describe/words.ts'
import type { CheckedView, Range, View } from '../interface.ts'
import { current } from '../entity.ts'
import { isWord, tokensAround } from '../tokens.ts'
import { nameAt, nodesAt } from '../tree.ts'
import type { Constant } from './constant-value.ts'

/** What is said of what stands at a place. */
export interface Hover {
  /** What it is said of. */
  range: Range
  markdown: string
  /** The job that it is about, and the file that declares it: its CID can be told too (`jobCid`). */
  job?: { path: string; name: string }
  /** It is about a job, and more is known of that in a file that was checked to its end. */
  partial?: true
  /** The constant that it is about: its value can be told too (`constantText`). */
  constant?: Constant
}

/** What stands under the cursor, as Markdown; undefined where there is nothing to say. */
export function hover(view: View | CheckedView, offset: number): Hover | undefined {
  const named = nameAt(view, offset)
  if (named) {
    const found = describe(view, named.target)
    const { target } = named
    const isJob = target.kind === 'symbol' && target.symbol.kind === 'job'
    if (found)
      return {
        range: rangeOf(named.node),
        markdown: markdown(found),
        ...(isJob ? { job: { path: target.symbol.home.path, name: target.symbol.name } } : {}),
        ...(isJob && !('diagnostics' in view) ? { partial: true } : {}),
        ...(target.kind === 'symbol' ? constantOf(current(target.symbol)) : {}),
      }
  }
  const path = nodesAt(view.tree, offset)
  const said = ofNode(view, path)
  if (said) return { range: rangeOf(path.at(-1)!), markdown: said }
  return ofKeyword(view, path, offset)
}

function rangeOf({ start, end }: Range): Range {
  return { start, end }
}

/** A hover with the CID of the job that it is about. */
export function withCid({ range, markdown }: Hover, cid: string): Hover {
  return { range, markdown: `${markdown}\n\nCID \`${cid}\`` }
}

/** A hover with the value of the constant that it is about. */
export function withValue({ range, markdown }: Hover, value: string): Hover {
  return { range, markdown: `${markdown}\n\nComes to\n\n${code(value)}` }
}

function constantOf(symbol: Symbol): Pick<Hover, 'constant'> {
  if (symbol.kind !== 'const') return {}
  const { core, type } = symbol.home.constOf(symbol)
  return { constant: { core, type } }
}

/** What is said of the innermost node, where it is no name that the file declares. */
function ofNode(view: View, path: Node[]): string | undefined {
  const node = path.at(-1)!
  const around = path.at(-2)
  const type = (): string | undefined => {
    const notes = path[1] && view.notesOf(path[1])
    const found = notes?.types.get(node as Expression)
    return found && typeText(view, found)
  }
  const source = view.lines.slice(node.start, node.end)
  switch (node.kind) {
    case 'Name':
      if (around?.kind === 'Setting') return settingDocs(node.text)
      return around?.kind === 'NamedType' && around.path.length === 1 ? typeDocs.get(node.text) : undefined
    case 'Reference': {
      if (!isBuiltIn(node.name) && !['some', 'none', 'ok', 'err'].includes(node.name)) return undefined
      const found = view.scope.has(node.name) ? undefined : describeBuiltIn(node.name)
      return found && markdown(found)
    }
    case 'NumberLiteral': {
      const found = type()
      const plain = String(node.value)
      const same = source.replaceAll('_', '') === plain ? '' : ` = ${plain}`
      return found && code(`${source}${same}: ${found}`)
    }
    case 'DurationLiteral':
      return code(`${source} = ${node.milliseconds.toLocaleString('en')} ms`)
    case 'SizeLiteral':
      return code(`${source} = ${node.bytes.toLocaleString('en')} bytes`)
    case 'BytesLiteral':
      return `${code('bytes')}\n\n${node.value.length} bytes.`
    case 'CharLiteral':
      return code(`${source}: char`) + `\n\nU+${node.value.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`
    case 'Text':
      return ofText(view, node, around)
    default:
      return undefined
  }
}

/** A text that names a file, or content. */
function ofText(view: View, text: Text, around: Node | undefined): string | undefined {
  if (around?.kind === 'Embed') {
    const asset = readAsset(view.checker, text)
    return asset.ok ? `\`${text.value}\`: ${asset.value.length.toLocaleString('en')} bytes` : undefined
  }
  if (around?.kind === 'Import') {
    const symbol = view.scope.get(around.name.text)
    const found = symbol && describeSymbol(view, symbol)
    return found && markdown(found)
  }
  return undefined
}

/** A keyword, and the type of the expression that it makes. */
function ofKeyword(view: View, path: Node[], offset: number): Hover | undefined {
  const token = tokensAround(view, offset + 1).findLast(({ start, end }) => start <= offset && offset <= end)
  const row = token && isWord(token) && token.type !== 'Name' ? keywordByText.get(token.text) : undefined
  const last = path.at(-1)!
  // A keyword that is used as a name is none.
  if (!token || !row || ((last.kind === 'Name' || last.kind === 'Reference') && last.start === token.start))
    return undefined
  const node = path.findLast(({ start }) => start === token.start)
  const notes = path[1] && view.notesOf(path[1])
  const type = node && notes?.types.get(node as Expression)
  const shown = type ? `${code(typeText(view, type))}\n\n` : ''
  return { range: { start: token.start, end: token.end }, markdown: `${shown}${row.doc}` }
}

function code(text: string): string {
  return `\`\`\`ipvm\n${text}\n\`\`\``
}
