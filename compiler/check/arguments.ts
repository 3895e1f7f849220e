import type { Argument, Call } from '../../grammar/nodes.ts'
import type { Core } from '../core.ts'
import { show, type Open } from '../open.ts'
import { suggest } from '../suggest.ts'
import { report, type Context } from './context.ts'
import { check, expect } from './expression.ts'

export interface Parameter {
  name: string
  type: Open
  optional: boolean
}

/**
 * The arguments of a call in the order of the parameters, each checked against its type. One that is left out, or
 * wrong in a way that was reported, is undefined.
 */
export function matchArguments(context: Context, call: Call, func: string, params: Parameter[]): (Core | undefined)[] {
  const places = placesOf(context, call, func, params)
  const values: (Core | undefined)[] = params.map(() => undefined)
  for (let i = 0; i < places.length; i++) {
    const place = places[i]!
    const { value } = call.args[i]!
    if (place < 0) check(context, value)
    else values[place] = expect(context, value, params[place]!.type)
  }
  return values
}

/** The parameter that each argument goes to, -1 where there is none; reports surplus and missing arguments. */
function placesOf(context: Context, call: Call, func: string, params: Parameter[]): number[] {
  const given = new Set<string>()
  const places = call.args.map((arg, i) => {
    const place = arg.name ? params.findIndex(param => param.name === arg.name!.text) : i
    const param = params[place]
    if (param && !given.has(param.name)) {
      given.add(param.name)
      return place
    }
    misplaced(context, arg, func, params, given)
    return -1
  })
  const missing = params.filter(param => !param.optional && !given.has(param.name))
  // A misspelt name is one mistake: what it was meant for is not missing as well.
  if (missing.length > 0 && !places.includes(-1)) {
    const names = missing.map(param => param.name)
    report(context, 'MissingArgument', { func, names, type: show(missing[0]!.type) }, call)
  }
  return places
}

function misplaced(context: Context, arg: Argument, func: string, params: Parameter[], given: Set<string>): void {
  if (!arg.name) return report(context, 'SurplusArgument', { func, takes: params.length }, arg)
  const name = arg.name.text
  if (given.has(name)) return report(context, 'RepeatedArgument', { name }, arg.name)
  const open = params.map(param => param.name).filter(other => !given.has(other))
  const takes = params.length === 0 ? 'no arguments' : params.map(param => `\`${param.name}\``).join(', ')
  report(context, 'UnknownArgument', { name, func, takes, near: suggest(name, open) }, arg.name)
}
