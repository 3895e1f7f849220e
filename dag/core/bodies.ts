/** A core operation that has bodies: what it needs before it expands, and what it hands in to each of its bodies. */
export interface BodyOperation {
  /** How many of its arguments are its own. The captured values follow them; nobody asks for those before a body does. */
  args: number
  /** For each body how many values it may be handed in: the element, or the element and its index. */
  bodies: readonly (readonly number[])[]
  /** There may be more bodies like the last. */
  more?: true
}

export const bodyOperations = {
  /** `[list, its type, type of the result]`; the body takes the element, or the element and its index (`u64`). */
  'core/map': { args: 3, bodies: [[1, 2]] },
  /** `[list, its type]`; the body takes two elements. */
  'core/reduce': { args: 2, bodies: [[2]] },
  /** `[list, its type, init]`; the body takes the state and the element. */
  'core/fold': { args: 3, bodies: [[2]] },
  /** `[selector]`: true picks the first body and false the second, an integer picks by its number. */
  'core/branch': { args: 1, bodies: [[0]], more: true },
  /** Its body takes nothing. */
  'core/try': { args: 0, bodies: [[0]] },
  /** The second body takes the failure of the first. */
  'core/catch': { args: 0, bodies: [[0], [1]] },
} as const satisfies Record<string, BodyOperation>

export type BodyOperationName = keyof typeof bodyOperations

/** The row of an operation that has bodies. */
export function bodyOperation(op: string): BodyOperation | undefined {
  return Object.hasOwn(bodyOperations, op) ? bodyOperations[op as BodyOperationName] : undefined
}

/**
 * What is wrong with an instruction of an operation with bodies, in words.
 *
 * @param args how many arguments it has
 * @param params of each of its bodies, how many parameters that has
 */
export function checkBodies(op: string, args: number, params: number[]): string | undefined {
  const rule = bodyOperation(op)
  if (!rule) return params.length > 0 ? `\`${op}\` has no bodies` : undefined
  const captured = args - rule.args
  if (captured < 0) return `\`${op}\` has ${args} arguments and needs ${rule.args}`
  const { bodies } = rule
  if (params.length < bodies.length || (params.length > bodies.length && !rule.more))
    return `\`${op}\` has ${params.length} bodies`
  for (const [i, count] of params.entries()) {
    const slots = bodies[Math.min(i, bodies.length - 1)]!
    if (!slots.includes(count - captured)) return `body ${i + 1} of \`${op}\` takes ${count} values`
  }
  return undefined
}
