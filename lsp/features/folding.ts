import { childrenOf, type Node } from '../../grammar/nodes.ts'
import type { Comment } from '../../grammar/parse.ts'
import { positionAt } from '../../grammar/source.ts'
import type { View } from '../interface.ts'

/** Lines, from 0, that can be hidden but for the first. */
export interface Fold {
  first: number
  last: number
  kind?: 'imports' | 'comment' | 'region'
}

/** A comment with which a region begins or ends, as `language-configuration.json` has it too. */
const REGION = /^\/\/\s*#?(end)?region\b/

/** Where brackets of a node open, and its end. */
function bracketsOf(text: string, node: Node): { start: number; end: number } | undefined {
  switch (node.kind) {
    case 'Block':
    case 'RecordLiteral':
    case 'FlagsLiteral':
    case 'RecordType':
    case 'VariantType':
    case 'EnumType':
    case 'FlagsType':
    case 'List':
    case 'Tuple':
    case 'Template':
    case 'Config':
    case 'StatedInterface':
    case 'ImportNames':
      return node
    case 'EffectDeclaration':
      return { start: node.scheme.end, end: node.end }
    case 'Call':
      return { start: node.callee.end, end: node.end }
    case 'With':
      return { start: node.object.end, end: node.end }
    case 'Match':
      return { start: node.value.end, end: node.end }
    case 'Job':
      return { start: node.name.end, end: text.lastIndexOf(')', (node.result ?? node.uses ?? node.body).start) + 1 }
    default:
      return undefined
  }
}

/** What can be folded, by lines: one for each line on which something begins, the longest. */
export function folds(view: View): Fold[] {
  const { tree, lines, comments } = view
  const found = new Map<number, Fold>()
  const lineOf = (offset: number): number => positionAt(lines, offset).line - 1
  const add = (first: number, last: number, kind?: Fold['kind']): void => {
    const known = found.get(first)
    if (last > first && !(known && known.last >= last)) found.set(first, { first, last, ...(kind ? { kind } : {}) })
  }
  const open: Node[] = [tree]
  for (let node = open.pop(); node; node = open.pop()) {
    for (const child of childrenOf(node)) open.push(child)
    const brackets = bracketsOf(view.text, node)
    // The line on which it closes stays.
    if (brackets && brackets.end > brackets.start) add(lineOf(brackets.start), lineOf(brackets.end - 1) - 1)
  }
  let run: { first: number; last: number } | undefined
  for (const item of tree.items) {
    const isImport = item.kind === 'Import' || item.kind === 'ImportNames'
    if (isImport) {
      run ??= { first: lineOf(item.start), last: 0 }
      run.last = lineOf(item.end)
    }
    if (run && (!isImport || item === tree.items.at(-1))) {
      add(run.first, run.last, 'imports')
      run = undefined
    }
  }
  const bounds = new Set<Comment>()
  for (const [begin, end] of regionsOf(view)) {
    bounds.add(begin).add(end)
    add(lineOf(begin.start), lineOf(end.start), 'region')
  }
  for (let at = 0; at < comments.length; at++) {
    if (bounds.has(comments[at]!)) continue
    const first = lineOf(comments[at]!.start)
    let last = first
    while (
      at + 1 < comments.length &&
      !bounds.has(comments[at + 1]!) &&
      startsLine(view, comments[at]!.start) &&
      lineOf(comments[at + 1]!.start) === last + 1
    )
      if (startsLine(view, comments[++at]!.start)) last++
      else break
    add(first, last, 'comment')
  }
  return [...found.values()].sort((a, b) => a.first - b.first)
}

/** Comments on lines of their own between which there is a region. */
function regionsOf(view: View): [begin: Comment, end: Comment][] {
  const found: [Comment, Comment][] = []
  const open: Comment[] = []
  for (const comment of view.comments) {
    const bound = REGION.exec(view.lines.slice(comment.start, comment.end))
    if (!bound || !startsLine(view, comment.start)) continue
    if (!bound[1]) {
      open.push(comment)
      continue
    }
    const begin = open.pop()
    if (begin) found.push([begin, comment])
  }
  return found
}

function startsLine({ text }: View, offset: number): boolean {
  let at = offset - 1
  while (text[at] === ' ' || text[at] === '\t') at--
  return at < 0 || text[at] === '\n' || text[at] === '\r'
}
