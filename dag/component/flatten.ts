import type { AbiType, CoreFuncType, CoreValueType, FuncType } from './ast.ts'

/** How values travel as core values (canonical ABI, "flattening"). */

export const maxFlatParams = 16
export const maxFlatResults = 1

/** The core values of a type, or `undefined` where there are more than `limit`. */
export function flatten(type: AbiType, limit: number): CoreValueType[] | undefined {
  switch (type.kind) {
    case 'unit':
      return []
    case 's64':
    case 'u64':
      return ['i64']
    case 'f32':
      return ['f32']
    case 'f64':
      return ['f64']
    case 'string':
    case 'list':
      return limit < 2 ? undefined : ['i32', 'i32']
    case 'tuple':
      return flattenAll(type.items, limit)
    case 'record':
      return flattenAll(
        type.fields.map(field => field.type),
        limit,
      )
    case 'option':
      return flattenCases([undefined, type.some], limit)
    case 'result':
      return flattenCases([type.ok, type.error], limit)
    case 'variant':
      return flattenCases(
        type.cases.map(item => item.type),
        limit,
      )
    default:
      return limit < 1 ? undefined : ['i32']
  }
}

export function flattenAll(types: AbiType[], limit: number): CoreValueType[] | undefined {
  const flat: CoreValueType[] = []
  for (const type of types) {
    const part = flatten(type, limit - flat.length)
    if (!part || flat.length + part.length > limit) return undefined
    flat.push(...part)
  }
  return flat
}

/** A discriminant, then for each position the narrowest core type that holds that of every case ("join"). */
function flattenCases(types: (AbiType | undefined)[], limit: number): CoreValueType[] | undefined {
  const joined: CoreValueType[] = []
  for (const type of types) {
    const part = type ? flatten(type, limit - 1) : []
    if (!part) return undefined
    part.forEach((core, i) => (joined[i] = i < joined.length ? join(joined[i]!, core) : core))
  }
  return joined.length + 1 > limit ? undefined : ['i32', ...joined]
}

function join(a: CoreValueType, b: CoreValueType): CoreValueType {
  if (a === b) return a
  return (a === 'i32' && b === 'f32') || (a === 'f32' && b === 'i32') ? 'i32' : 'i64'
}

/** The core function that a component function is lifted from or lowered to. */
export function flattenFunc(type: FuncType, context: 'lift' | 'lower'): CoreFuncType {
  const params = flattenAll(
    type.params.map(param => param.type),
    maxFlatParams,
  ) ?? ['i32']
  const results = flatten(type.result, maxFlatResults)
  if (results) return { params, results }
  return context === 'lift' ? { params, results: ['i32'] } : { params: [...params, 'i32'], results: [] }
}

/** Which canonical options a function cannot do without. */
export function optionsNeeded(type: FuncType, context: 'lift' | 'lower'): { memory: boolean; realloc: boolean } {
  const params = type.params.map(param => param.type)
  const paramsSpill = flattenAll(params, maxFlatParams) === undefined
  const resultSpills = flatten(type.result, maxFlatResults) === undefined
  const paramsPoint = params.some(hasPointers)
  const resultPoints = hasPointers(type.result)
  return {
    memory: paramsSpill || resultSpills || paramsPoint || resultPoints,
    realloc: context === 'lift' ? paramsSpill || paramsPoint : resultPoints,
  }
}

/** Holds strings or lists, so that its bytes stand in a memory. */
function hasPointers(type: AbiType): boolean {
  switch (type.kind) {
    case 'string':
    case 'list':
      return true
    case 'tuple':
      return type.items.some(hasPointers)
    case 'record':
      return type.fields.some(field => hasPointers(field.type))
    case 'option':
      return hasPointers(type.some)
    case 'result':
      return hasPointers(type.ok) || hasPointers(type.error)
    case 'variant':
      return type.cases.some(item => item.type !== undefined && hasPointers(item.type))
    default:
      return false
  }
}
