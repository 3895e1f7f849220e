import type { Argument, Call, Expression } from '../../grammar/nodes.ts'
import type { Binding, Core } from '../core.ts'
import { isLost, show, type Open } from '../open.ts'
import { note, report, type Context } from './context.ts'
import { check, expect } from './expression.ts'
import { dropRepeated } from './fixes.ts'
import { nearName } from './names.ts'
import { carry, type Carrier } from './secrets.ts'

export interface Parameter {
  name: string
  type: Open
  optional: boolean
  /** Of jobs and operations. */
  binding?: Binding
}

/**
 * The arguments of a call in the order of the parameters, each checked against its type. One that is left out, or
 * wrong in a way that was reported, is undefined.
 *
 * @param admit told of a secret that stands for a parameter which is none
 */
export function matchArguments(
  context: Context,
  call: Call,
  { name, params, keeps }: { name: string; params: Parameter[]; keeps?: boolean },
  admit: (param: string, found: Expression) => void,
): (Core | undefined)[] {
  const places = placesOf(context, call, name, params)
  const values: (Core | undefined)[] = params.map(() => undefined)
  const before = context.failed
  context.failed = false
  // Without an iterator, which takes room on the stack: calls nest deep.
  for (let i = 0; i < places.length; i++) {
    const { value } = call.args[i]!
    const param = params[places[i]!]
    if (!param) {
      check(context, value)
      continue
    }
    const carrier: Carrier = {}
    if (!keeps) carry(context, value, carrier)
    values[places[i]!] = expect(context, value, param.type)
    if (carrier.found) admit(param.name, carrier.found)
  }
  if (!context.failed) reportMissing(context, call, name, params, places)
  context.failed ||= before
  return values
}

/** The parameter that each argument goes to, -1 where there is none, which is reported. */
export function placesOf(context: Context, call: Call, func: string, params: Parameter[]): number[] {
  const given = new Map<string, number>()
  const byName = new Map(params.map((param, i) => [param.name, i]))
  return call.args.map((arg, i) => {
    const place = arg.name ? (byName.get(arg.name.text) ?? -1) : i
    const param = params[place]
    if (param && !given.has(param.name)) {
      given.set(param.name, i)
      if (arg.name) note(context.module, arg.name, { kind: 'parameter', call, func, ...param })
      return place
    }
    misplaced(context, call, i, func, params, given)
    return -1
  })
}

/** Reports parameters that have no argument. What was misspelt is one mistake: what it was meant for is not missing. */
export function reportMissing(context: Context, call: Call, func: string, params: Parameter[], places: number[]): void {
  if (places.includes(-1)) return
  const given = new Set(places)
  const missing = params.filter((param, i) => !param.optional && !given.has(i))
  if (missing.length === 0) return
  const names = missing.map(param => param.name)
  const { type } = missing[0]!
  report(context, 'MissingArgument', { func, names, ...(isLost(type) ? {} : { type: show(type) }) }, call)
}

function misplaced(
  context: Context,
  call: Call,
  at: number,
  func: string,
  params: Parameter[],
  given: ReadonlyMap<string, number>,
): void {
  const arg = call.args[at]!
  if (!arg.name) return surplus(context, call, arg, func, params.length)
  const name = arg.name.text
  const first = given.get(name)
  if (first !== undefined) {
    const fixes = dropRepeated(context.module.source, call.args, first, at, ({ value }) => value)
    // Without the first one those behind it would stand for other parameters.
    const shifts = !call.args[first]!.name && !call.args[first + 1]!.name
    const sure = shifts && fixes.length > 1 ? [] : fixes
    return report(context, 'RepeatedArgument', { name }, arg.name, { fixes: sure })
  }
  const open = (): string[] => params.map(param => param.name).filter(other => !given.has(other))
  const near = nearName(context.module, func, name, open)
  report(context, 'UnknownArgument', { name, func, takes: takes(params), near }, arg.name)
}

/** Where a function takes none, it is certain which arguments are too many. */
function surplus(context: Context, call: Call, arg: Argument, func: string, takes: number): void {
  const edits = [{ start: call.args[0]!.start, end: call.end - 1, text: '' }]
  const isClosed = context.module.source.slice(call.end - 1, call.end) === ')'
  const fixes = takes === 0 && isClosed ? [{ title: 'Call it without arguments', edits, guess: true as const }] : []
  report(context, 'SurplusArgument', { func, takes }, arg, { fixes })
}

/** What a function takes, as far as people read on. */
function takes(params: Parameter[]): string {
  const shown = params.slice(0, 20).map(param => `\`${param.name}\``)
  if (shown.length === 0) return 'no arguments'
  const more = params.length - shown.length
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '')
}
