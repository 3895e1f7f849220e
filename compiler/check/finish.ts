import { integerRange, isInteger } from '../../dag/types.ts'
import { close, resolve, type Open } from '../open.ts'
import { report, type Context } from './context.ts'

/** What can be told only when all uses were seen: open types, and the ranges of numbers. */
export function finish(context: Context): void {
  for (const decide of context.decided) decide()
  // After another mistake a type may be open because of it.
  if (!context.failed && !context.module.diagnostics.some(({ severity }) => severity === 'error')) {
    const told = new Set<Open>()
    for (const { node, type, what, example } of context.undecided) {
      // What is compared with each other is open for one reason.
      const end = resolve(type)
      if (!close(end) && !told.has(end)) report(context, 'CannotInfer', { what, example }, node)
      told.add(end)
    }
  }
  const told = new Set<string>()
  for (const { node, value, type } of context.numbers) {
    const end = resolve(type)
    if (end.kind === 'variable' && context.named.has(node)) continue
    const kind = close(end)?.kind ?? 's64'
    // A literal behind a name is met at each use of it.
    const place = `${node.start} ${kind}`
    if (told.has(place)) continue
    told.add(place)
    const literal = context.module.source.slice(node.start, node.end)
    const float = kind === 'f32' || kind === 'f64'
    const nearest = float && typeof value === 'bigint' ? inexact(value, kind) : undefined
    const range = float ? floatRange(value, kind) : brokenRange(value, kind)
    if (range)
      report(context, 'NumberRange', { value: literal, type: kind, from: String(range[0]), to: String(range[1]) }, node)
    else if (nearest !== undefined) report(context, 'InexactNumber', { value: literal, type: kind, nearest }, node)
  }
}

/** The bounds of an integer type where a literal breaks them. */
function brokenRange(value: bigint | number, kind: string): [bigint, bigint] | undefined {
  if (!isInteger(kind) || typeof value !== 'bigint') return undefined
  const [from, to] = integerRange(kind)
  return value < from || value > to ? [from, to] : undefined
}

/** The bounds that a literal breaks; undefined where the float type holds such a number. */
function floatRange(value: bigint | number, kind: 'f32' | 'f64'): [string, string] | undefined {
  if (Number.isFinite(rounded(value, kind))) return undefined
  return kind === 'f32' ? ['-3.4e38', '3.4e38'] : ['-1.7e308', '1.7e308']
}

function rounded(value: bigint | number, kind: 'f32' | 'f64'): number {
  return kind === 'f32' ? Math.fround(Number(value)) : Number(value)
}

/** The whole number that a float would hold in place of one that it cannot hold exactly. */
function inexact(value: bigint, kind: 'f32' | 'f64'): string | undefined {
  const near = rounded(value, kind)
  return Number.isFinite(near) && BigInt(near) !== value ? `${BigInt(near)}.0` : undefined
}
