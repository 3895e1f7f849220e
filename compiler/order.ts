import { children, type Job, type Node, type Test } from '../grammar/nodes.ts'
import type { Scope, Symbol } from './scope.ts'

/** Definitions in the order in which they can be found out. */
export interface Order<S> {
  /** Each behind those that it is made of, but for what would close a circle. */
  order: S[]
  /** Each circle from its first definition on, without the first one again at the end. */
  circles: S[][]
}

/**
 * Orders definitions of a file by what they name, so that a chain of them may be as long as memory allows: none is asked
 * for before it is known. Definitions that are in a circle can be known only with one of it left out.
 *
 * @param within what a definition is made of
 */
export function definitionOrder<S extends Symbol>(symbols: S[], scope: Scope, within: (symbol: S) => Node[]): Order<S> {
  const members = new Set<Symbol>(symbols)
  const needs = (symbol: S): Iterator<S> => {
    const names = within(symbol).flatMap(node => [...mentions(node)])
    return names
      .map(name => scope.get(name))
      .filter((other): other is S => other !== undefined && members.has(other))
      .values()
  }
  const order: S[] = []
  const circles: S[][] = []
  const state = new Map<S, { at: number } | 'done'>()
  for (const root of symbols) {
    const path: { symbol: S; rest: Iterator<S> }[] = []
    const enter = (symbol: S): void => {
      state.set(symbol, { at: path.length })
      path.push({ symbol, rest: needs(symbol) })
    }
    if (!state.has(root)) enter(root)
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const next = top.rest.next()
      if (next.done) {
        order.push(top.symbol)
        state.set(top.symbol, 'done')
        path.pop()
        continue
      }
      const known = state.get(next.value)
      if (!known) enter(next.value)
      else if (known !== 'done') circles.push(path.slice(known.at).map(({ symbol }) => symbol))
    }
  }
  return { order, circles }
}

/** Some of a graph that lead to each other, or one that does not lead to itself. */
export interface Component<N> {
  nodes: N[]
  isCircle: boolean
}

/**
 * The strongly connected components that can be reached from a node, each behind those that it leads to. Which nodes are
 * together does not depend on where it begins (Tarjan, "Depth-first search and linear graph algorithms", 1972).
 */
export function componentsFrom<N>(root: N, next: (node: N) => Iterable<N>): Component<N>[] {
  const components: Component<N>[] = []
  const found = new Map<N, { at: number; low: number; isOpen: boolean }>()
  const open: N[] = []
  const loops = new Set<N>()
  const path: { node: N; rest: Iterator<N> }[] = []
  const enter = (node: N): void => {
    found.set(node, { at: found.size, low: found.size, isOpen: true })
    open.push(node)
    path.push({ node, rest: next(node)[Symbol.iterator]() })
  }
  enter(root)
  for (let top = path.at(-1); top; top = path.at(-1)) {
    const state = found.get(top.node)!
    const { done, value } = top.rest.next()
    if (!done) {
      const other = found.get(value)
      if (!other) enter(value)
      else if (other.isOpen) state.low = Math.min(state.low, other.at)
      if (value === top.node) loops.add(value)
      continue
    }
    path.pop()
    const above = path.at(-1)
    if (above) {
      const outer = found.get(above.node)!
      outer.low = Math.min(outer.low, state.low)
    }
    if (state.low < state.at) continue
    const nodes = open.splice(open.lastIndexOf(top.node))
    for (const node of nodes) found.get(node)!.isOpen = false
    components.push({ nodes, isCircle: nodes.length > 1 || loops.has(top.node) })
  }
  return components
}

const mentioned = new WeakMap<Node, ReadonlySet<string>>()

/**
 * All that a node takes from its file: names that it uses where nothing nearer has them, those of types, modules and effects
 * too, and `embed "path"` for what it embeds.
 */
export function mentions(node: Node): ReadonlySet<string> {
  const known = mentioned.get(node)
  if (known) return known
  const names = new Set<string>()
  collect(node, names)
  mentioned.set(node, names)
  return names
}

/**
 * What a job or a test mentions, and how many of these names are in the signature, which come first.
 *
 * @param ofLines what its lines mention, where that is known
 */
export function mentionsOfUnit(
  node: Job | Test,
  ofLines: Iterable<string> | undefined,
): { names: Set<string>; heads: number } {
  const names = new Set<string>()
  if (node.kind === 'Job') {
    for (const param of node.params) collect(param, names)
    if (node.result) collect(node.result, names)
  }
  const heads = names.size
  if (node.kind === 'Job' && node.uses) collect(node.uses, names)
  if (!ofLines) collect(node.body, names)
  else {
    for (const name of ofLines) names.add(name)
    if (node.body.value) collect(node.body.value, names)
  }
  return { names, heads }
}

/** A node to be looked into, or names that come into sight or go out of it. */
type Step = Node | { kind: 'Seen' | 'Gone'; names: string[] }

function collect(root: Node, names: Set<string>): void {
  const near = new Map<string, number>()
  const open: Step[] = [root]
  for (let step = open.pop(); step; step = open.pop()) {
    switch (step.kind) {
      case 'Seen':
        for (const name of step.names) near.set(name, (near.get(name) ?? 0) + 1)
        continue
      case 'Gone':
        for (const name of step.names) near.set(name, near.get(name)! - 1)
        continue
      case 'Reference':
        if (!near.get(step.name)) names.add(step.name)
        continue
      case 'Name':
        continue
      case 'NamedType':
      case 'Use':
        if (step.path[0]) names.add(step.path[0].text)
        break
      case 'CasePattern':
        if (step.path.length > 1) names.add(step.path[0]!.text)
        break
      case 'Embed':
        names.add(`embed ${JSON.stringify(step.path.value)}`)
        continue
      default: {
        const steps = bindingSteps(step)
        if (!steps) break
        for (let i = steps.length; i-- > 0;) open.push(steps[i]!)
        continue
      }
    }
    const fields = step as unknown as Record<string, Node | Node[] | undefined>
    for (const key of children[step.kind]) {
      const child = fields[key]
      if (Array.isArray(child)) for (const part of child) open.push(part)
      else if (child) open.push(child)
    }
  }
}

/** What a node is made of that binds names, in the order in which it is checked. */
function bindingSteps(node: Node): Step[] | undefined {
  const binding = (before: Node[], names: string[], after: Node): Step[] => [
    ...before,
    { kind: 'Seen', names },
    after,
    { kind: 'Gone', names },
  ]
  switch (node.kind) {
    case 'Block': {
      const steps: Step[] = []
      const gone: string[] = []
      for (const statement of node.statements) {
        steps.push(statement)
        if (statement.kind !== 'Let') continue
        gone.push(statement.name.text)
        steps.push({ kind: 'Seen', names: [statement.name.text] })
      }
      return [...steps, ...(node.value ? [node.value] : []), { kind: 'Gone', names: gone }]
    }
    case 'For':
      return binding([node.list], [node.name.text, ...(node.index ? [node.index.text] : [])], node.body)
    case 'Lambda':
      return binding(
        [],
        node.params.map(name => name.text),
        node.body,
      )
    case 'Catch':
      return binding([node.value], [node.name.text], node.alternative)
    case 'Undo':
      return binding([node.value], [node.name.text], node.action)
    case 'Arm': {
      const { pattern, value } = node
      const payload = pattern.kind === 'CasePattern' ? pattern.payload : undefined
      return binding([pattern], payload ? [payload.text] : [], value)
    }
    default:
      return undefined
  }
}
