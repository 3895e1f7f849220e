import type { Assert, Expression, Given, Test } from '../../grammar/nodes.ts'
import type { CheckedAssert, CheckedOperation, CheckedTest, Core, Site } from '../core.ts'
import { symbolWords } from '../scope.ts'
import { placesOf, reportMissing } from './arguments.ts'
import { checkStatements } from './block.ts'
import { declassification } from './call.ts'
import { pathOf } from './case.ts'
import { NodeSite, report, settle, siteOf, watch, type Context } from './context.ts'
import { changesAnything } from './effects.ts'
import { check, expect } from './expression.ts'
import { finish } from './finish.ts'
import { effectMember } from './member.ts'
import { unknownName } from './names.ts'
import { carry } from './secrets.ts'

/**
 * Checks a `test` block.
 *
 * @param first an earlier one of the same name
 */
export function checkTest(context: Context, node: Test, first: Test | undefined): CheckedTest {
  const { value: name } = node.name
  const { file, config } = context.module
  if (first) {
    const { start, end } = first.name
    const related = [{ message: 'the first one stands here', span: { file, start, end } }]
    report(context, 'DuplicateTest', { name }, node.name, { related })
  }
  const site = new NodeSite(file, name, node.name)
  const test: CheckedTest = { name, site, config, statements: [], given: [], asserts: [] }
  test.statements = checkStatements(context, node.body.statements, (promise, before) => {
    if (promise.kind === 'Assert') test.asserts.push(checkAssert(context, promise, before))
    else {
      const given = checkGiven(context, promise, before)
      if (given) test.given.push(given)
    }
  })
  finish(context)
  context.module.atEnd(() => {
    if (!context.failed && test.asserts.length === 0 && !context.performers.some(changesAnything))
      report(context, 'EmptyTest', {}, node.name)
  })
  return test
}

/** What is promised, as it is written. */
function siteOfPromise({ module }: Context, node: Expression): Site {
  return new NodeSite(module.file, module.source.slice(node.start, node.end).replace(/\s+/g, ' '), node)
}

function checkAssert(context: Context, node: Assert, statements: number): CheckedAssert {
  const site = siteOfPromise(context, node.value)
  if (node.fails) {
    const { core: value, type } = check(context, node.value)
    return { kind: 'fails', value, type, statements, site }
  }
  // A test may look at a secret.
  carry(context, node.value, {})
  const value = expect(context, node.value, { kind: 'bool' })
  const compared = value.kind === 'widen' ? value.value : value
  if (node.value.kind === 'Binary' && compared.kind === 'operation' && compared.op === 'core/equal') {
    const [left, right, type] = compared.args
    if (left && left.kind !== 'type' && right && right.kind !== 'type' && type?.kind === 'type')
      return { kind: 'equal', left, right, type: type.type, statements, site }
  }
  return { kind: 'holds', value, statements, site }
}

function checkGiven(context: Context, node: Given, statements: number): CheckedTest['given'][number] | undefined {
  const effect = effectOf(context, node)
  if (!effect) {
    for (const { value } of node.call.args) if (!isAny(value)) check(context, value)
    check(context, node.value)
    return undefined
  }
  const { pure } = context
  context.pure = 'what is `given`'
  const args = givenArguments(context, node, effect)
  const value = expect(context, node.value, effect.result)
  context.pure = pure
  return args && { effect, args, value, statements, site: siteOf(context, node.call) }
}

/** The operation that a `given` stands in for; reports where it is none. */
function effectOf(context: Context, { call }: Given): CheckedOperation | undefined {
  const path = pathOf(call.callee)
  const [first] = path ?? []
  if (!path || !first) {
    context.failed = true
    return undefined
  }
  const name = path.map(part => part.text).join('.')
  const complain = (what: string): void =>
    report(context, 'GivenNeedsEffect', { what: `\`${name}\` is ${what}` }, call.callee)
  const symbol = context.module.scope.get(first.text)
  if (context.locals.has(first.text)) complain('a value')
  else if (symbol?.kind === 'effect') {
    if (path.length > 1) return effectMember(context, symbol, path)
    complain('an effect: name the operation too')
  } else if (symbol?.kind === 'lost') context.failed = true
  else if (symbol) complain(path.length > 1 ? 'a function or a case' : symbolWords[symbol.kind])
  else if (name === 'declassify') return declassification()
  else unknownName(context, first.text, first, () => [...context.module.scope.keys()])
  return undefined
}

function isAny(node: Expression): boolean {
  return node.kind === 'Reference' && node.name === '_'
}

/** The arguments in the order of the parameters, those that are left out by their defaults. */
function givenArguments(context: Context, { call }: Given, effect: CheckedOperation): (Core | 'any')[] | undefined {
  const params = effect.params.map(({ binding, default: value }) => {
    const { name, type } = binding
    return { name, type, optional: value !== undefined, binding }
  })
  const args: (Core | 'any' | undefined)[] = effect.params.map(param => param.default)
  const func = siteOf(context, call).name
  context.module.notes?.calls.set(call, { name: func, params, result: effect.result })
  const before = watch(context)
  const places = placesOf(context, call, func, params)
  for (const [i, place] of places.entries()) {
    const { value } = call.args[i]!
    const param = params[place]
    if (param) args[place] = isAny(value) ? 'any' : expect(context, value, param.type)
    else if (!isAny(value)) check(context, value)
  }
  if (!context.failed) reportMissing(context, call, func, params, places)
  return settle(context, before) ? undefined : args.filter(arg => arg !== undefined)
}
