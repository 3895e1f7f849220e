import { copied } from '../moves.ts'
import { children, childrenOf, type Item, type Kind, type Module, type Node } from '../nodes.ts'
import type { Comment } from '../parse.ts'
import { isUnread } from '../unread.ts'

/** A comment where it will be printed: on the lines above a node, behind it, or, with neither, inside of an empty one. */
export interface Attached extends Comment {
  /** Its text in the source, with the marks; a doc comment that documents nothing becomes a plain one. */
  source: string
  leading: boolean
  trailing: boolean
}

/**
 * `inside` has the comments of a node without entries, `opening` the one that stands on the line of the bracket before
 * them; `comments` is the field that Prettier prints, `above` the place in it where those go that move above the node.
 */
export type Commented = Node & {
  comments?: Attached[]
  inside?: Attached[]
  opening?: Attached
  above?: number
}

/** A tree as it is printed, with the nodes in it that are not broken into lines. */
export type Root = Module & { verbatim: ReadonlySet<Node> }

/** The nodes of a tree that stay as they are written. */
export function verbatimOf({ root }: { root: Node }): ReadonlySet<Node> {
  return (root as Root).verbatim
}

/**
 * Lists that are printed one entry a line when they break, so that a comment may stand between the entries. Where a
 * node has other children too, a comment belongs to the list only if one of its entries is its neighbour. `open` is the
 * bracket before the entries.
 */
const lists: { [K in Kind]?: { field: string; alone: boolean; open: string } } = {
  Module: { field: 'items', alone: true, open: '' },
  Block: { field: 'statements', alone: true, open: '{' },
  Config: { field: 'entries', alone: true, open: '{' },
  ImportNames: { field: 'names', alone: false, open: '{' },
  StatedInterface: { field: 'functions', alone: true, open: '{' },
  StatedFunction: { field: 'params', alone: false, open: '(' },
  Job: { field: 'params', alone: false, open: '(' },
  Uses: { field: 'operations', alone: true, open: '' },
  EffectDeclaration: { field: 'operations', alone: false, open: '{' },
  Operation: { field: 'params', alone: false, open: '(' },
  NamedType: { field: 'args', alone: false, open: '<' },
  RecordType: { field: 'fields', alone: true, open: '{' },
  VariantType: { field: 'cases', alone: true, open: '{' },
  EnumType: { field: 'cases', alone: true, open: '{' },
  FlagsType: { field: 'flags', alone: true, open: '{' },
  List: { field: 'items', alone: true, open: '[' },
  Tuple: { field: 'items', alone: true, open: '(' },
  RecordLiteral: { field: 'fields', alone: true, open: '{' },
  FlagsLiteral: { field: 'flags', alone: true, open: '{' },
  Call: { field: 'args', alone: false, open: '(' },
  With: { field: 'settings', alone: false, open: '{' },
  After: { field: 'names', alone: false, open: '(' },
  Match: { field: 'arms', alone: false, open: '{' },
  Lambda: { field: 'params', alone: false, open: '(' },
}

/** Entries of the list of a node; the result of a body is one of them. */
function entriesOf(node: Node): Node[] {
  const list = lists[node.kind]
  if (!list) return []
  const entries = (node as unknown as Record<string, Node[]>)[list.field] ?? []
  if (node.kind === 'Block' && node.value) return [...entries, node.value]
  // One name has no brackets in which a comment could stand.
  return node.kind === 'After' && entries.length === 1 ? [] : entries
}

/**
 * A tree with its comments in it. Nodes to which one is put are copies: the tree of the text stays as it is.
 *
 * @param comments in the order of the text
 */
export function treeWithComments(module: Module, comments: Comment[], text: string): Root {
  let next = 0
  const items = module.items.map((item): Item => {
    while (next < comments.length && comments[next]!.start < item.start) next++
    if (isUnread(item)) item.read()
    const isWithin = next < comments.length && comments[next]!.start < item.end
    return isWithin ? copied(item) : { ...item }
  })
  const root = { ...module, items, verbatim: verbatimIn(items) }
  attachComments(root, comments, text)
  return root
}

/**
 * Puts each comment to a node of the tree, which it changes. A comment between the entries of a list stays where it
 * is; one in the middle of something moves to the line above the entry that holds it.
 */
function attachComments(root: Root, comments: Comment[], text: string): void {
  const { verbatim } = root
  const entries = new Map<Node, { all: Node[]; set: Set<Node> }>()
  const listOf = (node: Node): { all: Node[]; set: Set<Node> } => {
    let found = entries.get(node)
    if (!found) {
      const all = entriesOf(node)
      entries.set(node, (found = { all, set: new Set(all) }))
    }
    return found
  }
  const childLists = new Map<Node, Node[]>()
  const childList = (node: Node): Node[] => {
    let found = childLists.get(node)
    if (!found) childLists.set(node, (found = [...childrenOf(node)]))
    return found
  }
  for (const comment of comments) {
    const path: Commented[] = [root]
    let before: Commented | undefined
    let after: Commented | undefined
    for (;;) {
      const around = childList(path[path.length - 1]!)
      const at = countBefore(around, comment.start)
      before = around[at - 1] as Commented | undefined
      after = around[at] as Commented | undefined
      if (!before || before.end <= comment.start) break
      path.push(before)
      if (verbatim.has(before)) break
    }
    const node = path[path.length - 1]!
    if (verbatim.has(node)) continue
    const { all, set } = listOf(node)
    const source = text.slice(comment.start, comment.end).trimEnd()
    const list = lists[node.kind]
    const neighbour = (before && set.has(before)) || (after && set.has(after))
    if (list && (list.alone || neighbour) && !(after && isFirstUse(after, node))) {
      const previous = before && set.has(before) ? before : undefined
      const next = after && set.has(after) ? after : undefined
      const sameLine = previous && !/[\r\n]/.test(text.slice(endWithParentheses(text, previous), comment.start))
      if (previous && (sameLine || !next)) add(previous, { ...comment, source, leading: false, trailing: true })
      else if (next && !node.opening && list.open !== '' && isBehind(text, list.open, comment.start))
        node.opening = { ...comment, source, leading: false, trailing: false }
      else if (next) add(next, { ...comment, source, leading: true, trailing: false })
      else if (all.length === 0) addInside(node, { ...comment, source, leading: false, trailing: false })
      continue
    }
    // Behind everything else stands nothing but the empty brackets.
    const isIn = !after || isInEmpty(text, list?.open, node, comment.start)
    if (list && all.length === 0 && isIn && node.kind !== 'After') {
      addInside(node, { ...comment, source, leading: false, trailing: false })
      continue
    }
    const holder = path.findLastIndex(
      (n, i) => i > 0 && listOf(path[i - 1]!).set.has(n) && !isFirstUse(n, path[i - 1]!),
    )
    const plain = comment.kind === 'line' ? source : `//${source.slice(3)}`
    addAbove(path[Math.max(0, holder)]!, { ...comment, source: plain, leading: true, trailing: false })
  }
}

/** No line ends behind the word `uses`. */
function isFirstUse(node: Node, parent: Node): boolean {
  return parent.kind === 'Uses' && parent.operations[0] === node
}

/** Whether nothing but comments stands between an opening bracket and a comment. */
function isInEmpty(text: string, open: string | undefined, node: Commented, at: number): boolean {
  const last = node.inside?.at(-1)
  if (last) return text.slice(last.end, at).trim() === ''
  let before = at - 1
  while (/\s/.test(text[before]!)) before--
  return text[before] === open
}

/** Whether a bracket stands before a comment on its line. */
function isBehind(text: string, bracket: string, at: number): boolean {
  let before = at - 1
  while (text[before] === ' ' || text[before] === '\t') before--
  return text[before] === bracket
}

function add(node: Commented, comment: Attached): void {
  ;(node.comments ??= []).push(comment)
}

function addInside(node: Commented, comment: Attached): void {
  ;(node.inside ??= []).push(comment)
}

/** Above a node, but not between it and its docs. */
function addAbove(node: Commented, comment: Attached): void {
  const comments = (node.comments ??= [])
  if (node.above === undefined) {
    const docs = comments.findIndex(c => c.leading && c.kind === 'doc')
    node.above = docs < 0 ? comments.length : docs
  }
  comments.splice(node.above++, 0, comment)
}

/** Where a node ends with the parentheses around it, which are not in the tree. */
export function endWithParentheses(text: string, node: { end: number }): number {
  const closing = /(?:\s*\))*/y
  closing.lastIndex = node.end
  closing.test(text)
  return Math.max(node.end, closing.lastIndex)
}

/** Number of nodes that start before an offset. */
function countBefore(nodes: Node[], offset: number): number {
  let low = 0
  let high = nodes.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (nodes[middle]!.start < offset) low = middle + 1
    else high = middle
  }
  return low
}

/** Nodes deeper than this are printed as they are written; printing recurses, and the stack is finite. */
const printedDepth = 120
/** Items that are deeper stay as they are: parentheses that are there to be read must not make them too deep. */
const changedDepth = 400

/** The nodes that are not broken into lines: those that are too deep, and texts with what stands in them. */
function verbatimIn(items: Node[]): Set<Node> {
  const found = new Set<Node>()
  for (const item of items) if (addDeep(item, found) > changedDepth) found.add(item)
  return found
}

/** @returns how deep the tree under a node is */
function addDeep(root: Node, found: Set<Node>): number {
  let deepest = 0
  const nodes = [root]
  const depths = [0]
  for (let node = nodes.pop(); node; node = nodes.pop()) {
    const depth = depths.pop()!
    if (depth > deepest) deepest = depth
    const keys = children[node.kind]
    if (node.kind === 'Template' || (depth >= printedDepth && keys.length > 0)) found.add(node)
    const fields = node as unknown as Record<string, Node | Node[] | undefined>
    for (const key of keys) {
      const child = fields[key]
      const before = nodes.length
      if (Array.isArray(child)) for (const part of child) nodes.push(part)
      else if (child) nodes.push(child)
      for (let more = nodes.length - before; more > 0; more--) depths.push(depth + 1)
    }
  }
  return deepest
}
