import { pathOf } from '../../compiler/check/case.ts'
import {
  childrenOf,
  type Item,
  type Job,
  type Name,
  type Node,
  type Reference,
  type Test,
} from '../../grammar/nodes.ts'
import { entityOf, type Entity } from '../entity.ts'
import type { Range, View } from '../interface.ts'
import { targetOf } from '../tree.ts'
import type { Workspace } from '../workspace.ts'
import { entityAt, filesNaming } from './references.ts'

/** What calls, or is called: plain data, so that an editor can keep it and ask about it. */
export interface Caller extends Range {
  kind: 'job' | 'test' | 'operation' | 'function'
  name: string
  path: string
  /** Of the name. */
  selection: Range
  /** Of what can be called. */
  entity?: Entity
}

/** A caller or a callee, and the places of the calls, in the file of the caller. */
export interface Calls {
  of: Caller
  places: Range[]
}

/** What is called at an offset, or declared there. */
export function prepareCalls(view: View, offset: number): Caller | undefined {
  const entity = entityAt(view, offset)
  return entity && callerOf(entity)
}

function callerOf(entity: Entity): Caller | undefined {
  const { kind, name, declaration } = entity
  if ((kind !== 'job' && kind !== 'operation' && kind !== 'function') || !declaration) return undefined
  const { path, start, end, name: selection } = declaration
  return { kind, name, path, start, end, selection, entity }
}

/**
 * Who calls something, over all files.
 *
 * @param goOn asked before each of them; throws where nobody waits for the answer any more
 */
export async function incomingCalls(
  workspace: Workspace,
  files: Iterable<string>,
  called: Caller,
  goOn: () => void = () => undefined,
): Promise<Calls[]> {
  const { entity, path } = called
  if (!entity) return []
  const found: Calls[] = []
  for (const file of filesNaming(workspace, files, path, entity)) {
    goOn()
    const calls = await workspace.use(file, view => callersIn(view, entity))
    if (calls) found.push(...calls)
  }
  return found
}

function callersIn(view: View, entity: Entity): Calls[] {
  const found: Calls[] = []
  for (const item of view.tree.items) {
    const caller = callerOfItem(view, item)
    if (!caller) continue
    const places = calledIn(item).filter(name => entityOfName(view, name, item)?.key === entity.key)
    if (places.length > 0) found.push({ of: caller, places: places.map(rangeOf) })
  }
  return found
}

function callerOfItem(view: View, item: Item): Caller | undefined {
  if (item.kind === 'Job') {
    const entity = entityOfName(view, item.name, item)
    return entity && callerOf(entity)
  }
  if (item.kind !== 'Test') return undefined
  const { name } = item
  return { kind: 'test', name: name.value, path: view.path, ...rangeOf(item), selection: rangeOf(name) }
}

/** What a job or a test calls; operations and functions of components call nothing. */
export async function outgoingCalls(workspace: Workspace, caller: Caller): Promise<Calls[]> {
  if (caller.kind !== 'job' && caller.kind !== 'test') return []
  const found = await workspace.use(caller.path, view => {
    const item = itemOf(view, caller)
    const calls = new Map<string, Calls>()
    for (const name of item ? calledIn(item) : []) {
      const entity = entityOfName(view, name, item)
      const of = entity && callerOf(entity)
      if (!entity || !of) continue
      const known = calls.get(entity.key) ?? { of, places: [] }
      known.places.push(rangeOf(name))
      calls.set(entity.key, known)
    }
    return [...calls.values()]
  })
  return found ?? []
}

/** The item with the name of a caller, wherever that stood when it was told; of several the one nearest to where. */
function itemOf({ tree }: View, caller: Caller): Item | undefined {
  const away = ({ name }: Job | Test): number => Math.abs(name.start - caller.selection.start)
  const named = tree.items.filter(item => isNamed(item, caller))
  return named.sort((a, b) => away(a) - away(b))[0]
}

function isNamed(item: Item, { kind, name }: Caller): item is Job | Test {
  if (item.kind === 'Test') return kind === 'test' && item.name.value === name
  return item.kind === 'Job' && kind === 'job' && item.name.text === name
}

function entityOfName(view: View, name: Name | Reference, item: Item | undefined): Entity | undefined {
  const target = targetOf(view, name, item)
  return target && entityOf(view, name, target)
}

/** The names of what is called in an item, in their order; what is `given` is not called. */
function calledIn(item: Item): (Name | Reference)[] {
  const found: (Name | Reference)[] = []
  const open: Node[] = [item]
  for (let node = open.pop(); node; node = open.pop()) {
    if (node.kind === 'Given') {
      open.push(...node.call.args, node.value)
      continue
    }
    for (const child of childrenOf(node)) open.push(child)
    const called =
      node.kind === 'Call'
        ? node.callee
        : node.kind === 'Reduce'
          ? node.combine
          : node.kind === 'Fold'
            ? node.step
            : undefined
    const name = called && pathOf(called)?.at(-1)?.node
    if (name) found.push(name)
  }
  return found.sort((a, b) => a.start - b.start)
}

function rangeOf({ start, end }: Range): Range {
  return { start, end }
}
