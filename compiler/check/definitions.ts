import { unit as nothing } from '../../dag/types.ts'
import { diagnose } from '../../grammar/diagnostics.ts'
import type { EffectDeclaration, Name, Operation, Param, Text } from '../../grammar/nodes.ts'
import type { Binding, CheckedOperation, Core } from '../core.ts'
import { lost, settled } from '../open.ts'
import { duplicate, type Symbol } from '../scope.ts'
import type { Unit } from '../unit.ts'
import { checkTyped } from './block.ts'
import { newContext, note, noteLocal, type Context } from './context.ts'
import { expect } from './expression.ts'
import { finish } from './finish.ts'
import { typeOfNode } from './types.ts'

/** The scheme of a URL (RFC 3986, 3.1) with its colon, in small letters. */
const SCHEME = /^[a-z][a-z0-9+.-]*:$/

/** Finds out what a type, a constant or an effect is. */
export function define(unit: Unit, symbol: Symbol & { kind: 'type' | 'const' | 'effect' }): void {
  switch (symbol.kind) {
    case 'type':
      unit.type = typeOfNode(unit, symbol.node.type)
      return
    case 'const': {
      const context = newContext(unit, { constant: 'A constant' })
      const { core, type } = checkTyped(context, symbol.node)
      finish(context)
      unit.value = { core, type: settled(type) }
      unit.constants.push(core)
      return
    }
    case 'effect': {
      unit.operations = new Map()
      checkEffect(unit, symbol.node)
      const context = newContext(unit)
      for (const node of symbol.node.operations)
        if (!unit.operations.has(node.name.text))
          unit.operations.set(node.name.text, checkOperation(context, unit, symbol, node))
    }
  }
}

function checkEffect({ diagnostics, file }: Unit, { name, scheme, operations }: EffectDeclaration): void {
  const spanOf = ({ start, end }: Name | Text) => ({ file, start, end })
  if (!SCHEME.test(scheme.value) && scheme.start < scheme.end) {
    const near = `${scheme.value.replace(/:.*/s, '').toLowerCase()}:`
    const said = { scheme: scheme.value, near: SCHEME.test(near) ? near : undefined }
    diagnostics.push(diagnose('EffectScheme', said, spanOf(scheme)))
  }
  if (operations.length === 0) diagnostics.push(diagnose('EmptyEffect', { name: name.text }, spanOf(name)))
  const seen = new Map<string, Name>()
  for (const { name } of operations) {
    const first = seen.get(name.text)
    if (first) diagnostics.push(duplicate(name, 'an operation', first, file))
    else if (name.text !== '') seen.set(name.text, name)
  }
}

function checkOperation(
  context: Context,
  unit: Unit,
  symbol: Symbol & { kind: 'effect' },
  node: Operation,
): CheckedOperation {
  const operation: CheckedOperation = {
    op: `${symbol.name}/${node.name.text}`,
    scheme: symbol.node.scheme.value,
    operation: node.operation,
    params: checkParams(context, node.params, unit.constants),
    result: node.result ? typeOfNode(unit, node.result) : nothing,
  }
  note(unit, node.name, { kind: 'operation', effect: symbol, operation })
  return operation
}

/**
 * The parameters of a job or of an operation.
 *
 * @param constants takes their defaults
 */
export function checkParams(
  context: Context,
  params: Param[],
  constants: Core[],
): { binding: Binding; default?: Core }[] {
  const { module } = context
  const seen = new Map<string, Name>()
  return params.map(param => {
    const first = seen.get(param.name.text)
    if (first) module.diagnostics.push(duplicate(param.name, 'a parameter', first, module.file))
    else seen.set(param.name.text, param.name)
    const type = typeOfNode(module, param.type)
    // Which of two is meant where the name is used is not known.
    const { text } = param.name
    const found: Binding = { name: text, type: first ? lost() : type, at: param.name }
    const binding = context.lines?.bind(found, `(${text}`) ?? found
    noteLocal(module, binding)
    if (!param.default) return { binding }
    const inside = newContext(module, { constant: 'The default of a parameter' })
    const value = expect(inside, param.default, binding.type)
    finish(inside)
    constants.push(value)
    context.failed ||= inside.failed
    return { binding, default: value }
  })
}
