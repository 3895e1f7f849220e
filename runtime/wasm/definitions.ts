import type { ComponentBody, CoreModule, Definition } from '../../dag/component/ast.ts'

/**
 * Definitions that the instances of a call may carry out before they count; real components have some hundreds, and with
 * what their core modules count as (`rewrite.ts`) a few thousand.
 */
export const freeDefinitions = 10_000
/** What one more takes in the host, in bytes: in a decoded component, and in each instance of it. */
export const bytesPerDefinition = 320

const known = new WeakMap<ComponentBody, number>()

/** How much an instance of a component carries out, apart from the components and modules that it makes instances of. */
export function definitionsOf(body: ComponentBody): number {
  let count = known.get(body)
  if (count === undefined) known.set(body, (count = body.definitions.reduce((sum, one) => sum + 1 + entriesOf(one), 0)))
  return count
}

/** Bytes of a component that is decoded and compiled, with those in it, beside its file. */
export function decodedSize(root: ComponentBody, modules: ReadonlyMap<CoreModule, { definitions: number }>): number {
  let count = 0
  for (const { definitions } of modules.values()) count += definitions
  const pending = [root]
  for (let body = pending.pop(); body; body = pending.pop()) {
    count += definitionsOf(body)
    for (const definition of body.definitions) if (definition.kind === 'component') pending.push(definition.component)
  }
  return count * bytesPerDefinition
}

function entriesOf(definition: Definition): number {
  const args = 'args' in definition ? definition.args.length : 0
  const exports = 'exports' in definition ? definition.exports.length : 0
  const resources = 'resources' in definition ? definition.resources.length : 0
  return args + exports + resources
}
