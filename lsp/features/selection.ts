import type { Node } from '../../grammar/nodes.ts'
import type { Range, View } from '../interface.ts'
import { nodesAt } from '../tree.ts'

const pairs: Record<string, string> = { '(': ')', '[': ']', '{': '}', '"': '"' }

/** What is selected around an offset, each with all that is in the one before: from a word to the file. */
export function selectionRanges(view: View, offset: number): Range[] {
  const { text, comments } = view
  const ranges: Range[] = []
  const word = wordAt(text, offset)
  if (word) ranges.push(word)
  const comment = comments.findIndex(({ start, end }) => start <= offset && offset <= end)
  if (comment >= 0) ranges.push(trimmed(text, { ...rangeOf(comments[comment]!), start: comments[comment]!.start + 2 }))
  if (comment >= 0) ranges.push(rangeOf(comments[comment]!), runOf(view, comment))
  const nodes = nodesAt(view.tree, offset).reverse()
  for (const node of nodes) {
    for (const inner of partsOf(text, node))
      if (inner.start <= offset && offset <= inner.end) ranges.push(...inside(text, inner), inner)
    ranges.push(...inside(text, node), rangeOf(node))
    if (node.kind !== 'Module') ranges.push(...outside(text, node))
    if ('docs' in node && node.kind !== 'Module') ranges.push(withDocs(view, node))
  }
  ranges.push({ start: 0, end: text.length })
  return growing(ranges, offset)
}

function rangeOf({ start, end }: Range): Range {
  return { start, end }
}

/** Ranges that hold the offset, each larger than the one before and around it. */
function growing(ranges: Range[], offset: number): Range[] {
  const found: Range[] = []
  for (const { start, end } of ranges.sort((a, b) => a.end - a.start - (b.end - b.start))) {
    if (start > offset || offset > end || start >= end) continue
    const last = found.at(-1)
    if (last && (start > last.start || end < last.end || (start === last.start && end === last.end))) continue
    found.push({ start, end })
  }
  return found
}

function wordAt(text: string, offset: number): Range | undefined {
  let [start, end] = [offset, offset]
  while (start > 0 && /[\w-]/.test(text[start - 1]!)) start--
  while (end < text.length && /[\w-]/.test(text[end]!)) end++
  return start < end ? { start, end } : undefined
}

/** What stands in the brackets or quotes of a node. */
function inside(text: string, { start, end }: Range): Range[] {
  const close = pairs[text[start]!]
  if (close === undefined || text[end - 1] !== close || end - start < 2) return []
  const all = { start: start + 1, end: end - 1 }
  return [trimmed(text, all), all]
}

/** The parentheses around a node, which are no part of the tree. */
function outside(text: string, { start, end }: Range): Range[] {
  const found: Range[] = []
  for (;;) {
    while (start > 0 && /\s/.test(text[start - 1]!)) start--
    while (end < text.length && /\s/.test(text[end]!)) end++
    if (text[start - 1] !== '(' || text[end] !== ')') return found
    found.push({ start, end }, { start: --start, end: ++end })
  }
}

/** Bracketed parts of a node that are no nodes of their own. */
function partsOf(text: string, node: Node): Range[] {
  switch (node.kind) {
    case 'Call':
      return bracketed(text, node.callee.end, node.end)
    case 'Match':
      return bracketed(text, node.value.end, node.end)
    case 'With':
      return bracketed(text, node.object.end, node.end)
    case 'EffectDeclaration':
      return bracketed(text, node.scheme.end, node.end)
    case 'Config':
      return bracketed(text, node.start, node.end)
    case 'ImportNames':
      return bracketed(text, node.start, node.from.start)
    case 'RecordType':
    case 'VariantType':
    case 'EnumType':
    case 'FlagsType':
      return bracketed(text, node.start, node.end)
    case 'Job':
    case 'Operation':
    case 'StatedFunction': {
      const behind =
        node.kind === 'Job' ? (node.result ?? node.uses ?? node.body).start : (node.result?.start ?? node.end)
      return bracketed(text, node.name.end, behind)
    }
    default:
      return []
  }
}

/** From the first bracket behind an offset to the last one of its kind before another. */
function bracketed(text: string, from: number, to: number): Range[] {
  let start = from
  while (start < to && pairs[text[start]!] === undefined) start++
  const close = pairs[text[start]!]
  if (start >= to || close === undefined) return []
  let end = to
  while (end > start + 1 && text[end - 1] !== close) end--
  return end > start + 1 ? [{ start, end }] : []
}

function trimmed(text: string, { start, end }: Range): Range {
  while (start < end && /\s/.test(text[start]!)) start++
  while (end > start && /\s/.test(text[end - 1]!)) end--
  return { start, end }
}

/** Comments that stand in lines one below the other. */
function runOf({ text, comments }: View, at: number): Range {
  let [first, last] = [at, at]
  const follows = (above: number): boolean =>
    /^(\r\n?|\n)[ \t]*$/.test(text.slice(comments[above]!.end, comments[above + 1]!.start))
  while (first > 0 && follows(first - 1)) first--
  while (last + 1 < comments.length && follows(last)) last++
  return { start: comments[first]!.start, end: comments[last]!.end }
}

/** A node with the docs above it. */
function withDocs({ text, comments }: View, { start, end }: Range): Range {
  let first = start
  for (let at = comments.findLastIndex(comment => comment.end <= start); at >= 0; at--) {
    const comment = comments[at]!
    if (comment.kind !== 'doc' || /\S/.test(text.slice(comment.end, first))) break
    first = comment.start
  }
  return { start: first, end }
}
