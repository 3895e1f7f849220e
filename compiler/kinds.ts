import type { Const, EffectDeclaration, Job, Node, Test, TypeDeclaration } from '../grammar/nodes.ts'

/** What is checked by itself (`Unit`): all that a file declares. */
export type UnitNode = Job | Test | Definition

/** What jobs are made of, and what is known before they are looked at. */
export type Definition = TypeDeclaration | Const | EffectDeclaration

export function isUnit(node: Node): node is UnitNode {
  return hasBody(node) || isDefinition(node)
}

export function hasBody(node: Node): node is Job | Test {
  return node.kind === 'Job' || node.kind === 'Test'
}

export function isDefinition(node: Node): node is Definition {
  return node.kind === 'TypeDeclaration' || node.kind === 'Const' || node.kind === 'EffectDeclaration'
}
