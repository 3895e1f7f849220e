import { fail, ok, type Result } from '../../dag/result.ts'
import type { Type } from '../../dag/types.ts'
import { lower, type Value } from '../../dag/value.ts'

/** What a function of a component takes and gives, as its bytes declare it. */
export interface FuncTypes {
  params: readonly Type[]
  result: Type
}

/**
 * Checks the arguments of a call, and tells the first that does not fit.
 *
 * @returns the place and what is wrong with it: `args[2].size: 300 does not fit u8`
 */
export function checkArguments({ params }: FuncTypes, args: readonly Value[]): Result<undefined, string> {
  if (args.length !== params.length) return fail(`${args.length} arguments were given where ${params.length} are taken`)
  for (const [i, type] of params.entries()) {
    const checked = checkValue(type, args[i]!, `args[${i}]`)
    if (!checked.ok) return checked
  }
  return ok(undefined)
}

export function checkValue(type: Type, value: Value, path: string): Result<undefined, string> {
  const form = lower(type, value, path)
  return form.ok ? ok(undefined) : fail(`${form.error.path}: ${form.error.message}`)
}
