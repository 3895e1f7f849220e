import type { CheckedJob } from '../core.ts'
import type { Call, Expression, Job } from '../../grammar/nodes.ts'
import { holdsSecret, mapParts, resolve, show, type Open } from '../open.ts'
import { report, type Context } from './context.ts'

/** An argument that a secret may stand in: where one was found, nothing where there is none. */
export interface Carrier {
  found?: Expression
}

/** Lets a secret stand for something that is not in an argument, and in the parts of one that is written out. */
export function carry(context: Context, argument: Expression, carrier: Carrier): void {
  const open = [argument]
  for (let node = open.pop(); node; node = open.pop()) {
    context.carriers.set(node, carrier)
    for (const part of givenBy(node)) open.push(part)
  }
}

/** The expressions whose values an expression puts together, or hands on as they are. */
export function givenBy(node: Expression): Expression[] {
  switch (node.kind) {
    case 'List':
    case 'Tuple':
      return node.items
    case 'RecordLiteral':
      return node.fields.map(field => field.value)
    case 'If':
      return node.otherwise ? [node.then, node.otherwise] : []
    case 'Match':
      return node.arms.map(arm => arm.value)
    case 'Catch':
      return [node.value, node.alternative]
    case 'Block':
      return node.value ? [node.value] : []
    default:
      return []
  }
}

/** What a case or `some` is made of stands in the argument that it stands in. */
export function carryOn(context: Context, call: Call): void {
  const carrier = context.carriers.get(call)
  if (carrier) for (const { value } of call.args) carry(context, value, carrier)
}

/** The type of an expression as it may stand where a type is expected: an argument may be secret where that is not. */
export function admitted(context: Context, node: Expression, type: Open, expected: Open): Open {
  const carrier = context.carriers.get(node)
  if (!carrier || !holdsSecret(type)) return type
  const found = { secret: false }
  const bare = withoutSecrets(type, expected, found)
  if (found.secret) carrier.found ??= node
  return bare
}

/** The type without the secrets that stand where another type has none. */
function withoutSecrets(from: Open, to: Open, found: { secret: boolean }): Open {
  const [type, target] = [resolve(from), resolve(to)]
  // What is all secret may hold secrets.
  if (target.kind === 'secret') {
    const inner = type.kind === 'secret' ? type.of : type
    return { kind: 'secret', of: withoutSecrets(inner, target.of, { secret: false }) }
  }
  if (target.kind === 'variable') return from
  if (type.kind === 'secret') {
    found.secret = true
    return withoutSecrets(type.of, to, found)
  }
  if (!holdsSecret(type)) return from
  let part = 0
  return mapParts(type, inner => withoutSecrets(inner, partAt(target, type, part++) ?? inner, found))
}

/** The part of a type that stands where another one has its part of this number. */
function partAt(type: Open, other: Open, index: number): Open | undefined {
  if (type.kind === 'record' && other.kind === 'record') {
    const { name } = other.fields[index]!
    return type.fields.find(field => field.name === name)?.type
  }
  if (type.kind === 'variant' && other.kind === 'variant') {
    const { name } = other.cases.filter(entry => entry.type)[index]!
    return type.cases.find(entry => entry.name === name)?.type
  }
  if (type.kind !== other.kind) return undefined
  switch (type.kind) {
    case 'list':
      return type.element
    case 'option':
      return type.some
    case 'result':
      return index === 0 ? type.ok : type.error
    case 'tuple':
      return type.items[index]
    case 'link':
      return type.target
    default:
      return undefined
  }
}

/** What is exported is seen by whoever runs it: no secret goes in as an argument, and none comes out. */
export function checkInterface(context: Context, node: Job, job: CheckedJob): void {
  if (!job.exported || context.failed) return
  for (const [i, { binding }] of job.params.entries())
    if (holdsSecret(binding.type)) report(context, 'SecretParameter', { param: binding.name }, node.params[i]!)
  if (holdsSecret(job.result))
    report(
      context,
      'SecretResult',
      { job: job.name, type: show(job.result) },
      node.result ?? node.body.value ?? node.name,
    )
}
