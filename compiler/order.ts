import { childrenOf, type Job, type Node, type Test } from '../grammar/nodes.ts'
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
    const names = within(symbol).flatMap(node => [...namesIn(node)])
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

/** What a node takes from its file: names of values, which names of a block may hide, and all others. */
interface Mentions {
  values: Set<string>
  others: Set<string>
}

const mentioned = new WeakMap<Node, Mentions>()

/**
 * All that a node takes from its file: names that it uses, those of modules and effects too, and `embed "path"` for what
 * it embeds.
 */
export function mentions(node: Node): Set<string> {
  const { values, others } = mentionsOf(node)
  return new Set([...values, ...others])
}

function mentionsOf(node: Node): Mentions {
  const known = mentioned.get(node)
  if (known) return known
  const found = node.kind === 'Job' || node.kind === 'Test' ? mentionsOfBody(node) : findMentions(node)
  mentioned.set(node, found)
  return found
}

/** Line by line, so that what was found of a line serves as long as the line stays. */
function mentionsOfBody(node: Job | Test): Mentions {
  const found: Mentions = { values: new Set(), others: new Set() }
  const bound = new Set<string>()
  const add = (part: Node): void => {
    const { values, others } = mentionsOf(part)
    for (const name of values) if (!bound.has(name)) found.values.add(name)
    for (const name of others) found.others.add(name)
  }
  for (const part of childrenOf(node)) if (part !== node.body) add(part)
  for (const statement of node.body.statements) {
    add(statement)
    if (statement.kind === 'Let') bound.add(statement.name.text)
  }
  if (node.body.value) add(node.body.value)
  return found
}

function findMentions(node: Node): Mentions {
  const values = namesIn(node)
  const others = new Set<string>()
  const open = [node]
  for (let next = open.pop(); next; next = open.pop()) {
    if (next.kind === 'NamedType' || next.kind === 'CasePattern' || next.kind === 'Use') {
      const [first] = next.path
      if (first && (next.path.length > 1 || next.kind !== 'CasePattern')) others.add(first.text)
    } else if (next.kind === 'Embed') others.add(`embed ${JSON.stringify(next.path.value)}`)
    for (const child of childrenOf(next)) open.push(child)
  }
  return { values, others }
}

/** A node to be looked into, or names that come into sight or go out of it. */
type Step = Node | { seen: string[] } | { gone: string[] }

/** The names of the file that a node uses: of types, and of values where nothing nearer has the name. */
function namesIn(root: Node): Set<string> {
  const names = new Set<string>()
  const near = new Map<string, number>()
  const open: Step[] = [root]
  for (let step = open.pop(); step; step = open.pop()) {
    if ('seen' in step) for (const name of step.seen) near.set(name, (near.get(name) ?? 0) + 1)
    else if ('gone' in step) for (const name of step.gone) near.set(name, near.get(name)! - 1)
    else if (step.kind === 'Reference') {
      if (!near.get(step.name)) names.add(step.name)
    } else {
      if (step.kind === 'NamedType' && step.path.length === 1) names.add(step.path[0]!.text)
      const steps = stepsOf(step)
      for (let i = steps.length; i-- > 0;) open.push(steps[i]!)
    }
  }
  return names
}

/** What a node is made of, in the order in which it is checked. */
function stepsOf(node: Node): Step[] {
  const binding = (before: Node[], names: string[], after: Node): Step[] => [
    ...before,
    { seen: names },
    after,
    { gone: names },
  ]
  switch (node.kind) {
    case 'Block': {
      const steps: Step[] = []
      const gone: string[] = []
      for (const statement of node.statements) {
        steps.push(statement)
        if (statement.kind !== 'Let') continue
        gone.push(statement.name.text)
        steps.push({ seen: [statement.name.text] })
      }
      return [...steps, ...(node.value ? [node.value] : []), { gone }]
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
      const { pattern } = node
      const payload = pattern.kind === 'CasePattern' ? pattern.payload : undefined
      return binding([], payload ? [payload.text] : [], node.value)
    }
    default:
      return [...childrenOf(node)]
  }
}
