import { failureType } from '../dag/failure.ts'
import {
  isInteger,
  matchParts,
  maxTypeDepth,
  maxTypeSize,
  partsOf,
  showType,
  type EnumType,
  type FlagsType,
  type LinkOf,
  type ListOf,
  type OptionOf,
  type RecordOf,
  type ResultOf,
  type Scalar,
  type SecretOf,
  type TupleOf,
  type Type,
  type VariantOf,
} from '../dag/types.ts'

/** A type that may still hold variables: what inference works on. Every {@link Type} is one. */
export type Open =
  | { kind: Scalar }
  | ListOf<Open>
  | OptionOf<Open>
  | ResultOf<Open>
  | TupleOf<Open>
  | RecordOf<Open>
  | VariantOf<Open>
  | EnumType
  | FlagsType
  | LinkOf<Open>
  | SecretOf<Open>
  | Variable

/** What a variable may become: anything, any number, a float, or flags among which these names are. */
export type Domain = 'any' | 'number' | 'float' | { flags: string[] }

export interface Variable {
  kind: 'variable'
  domain: Domain
  bound?: Open
  /** The widest number that is already taken for one of this type: it becomes no narrower than that. */
  floor?: Scalar
  /** Stands for what was reported: fits everywhere, and is bound to nothing. */
  lost?: true
}

/** The type of what was reported, so that one mistake gives one error. */
export function lost(): Variable {
  return { kind: 'variable', domain: 'any', lost: true }
}

export function isLost(type: Open): boolean {
  return type.kind === 'variable' && type.lost === true
}

export function variable(domain: Domain = 'any'): Variable {
  return { kind: 'variable', domain }
}

/** The last variable of a chain that is bound to nothing but a variable, or the type at its end. */
export function resolve(type: Open): Open {
  if (type.kind !== 'variable' || !type.bound) return type
  if (type.bound.kind !== 'variable') return type.bound
  const last = lastVariable(type)!
  return last.bound ?? last
}

/**
 * The variable whose own binding is not a variable; a number literal may still be narrowed through it. The variables
 * on the way are bound to it, so that a list of a million numbers is no chain of a million steps each time.
 */
export function lastVariable(type: Open): Variable | undefined {
  if (type.kind !== 'variable') return undefined
  let last = type
  while (last.bound?.kind === 'variable') last = last.bound
  for (let at: Variable = type; at !== last;) {
    const next = at.bound as Variable
    at.bound = last
    at = next
  }
  return last
}

/** The same type with each of its parts mapped. */
export function mapParts(type: Open, map: (part: Open) => Open): Open {
  switch (type.kind) {
    case 'list':
      return { kind: 'list', element: map(type.element) }
    case 'option':
      return { kind: 'option', some: map(type.some) }
    case 'result':
      return { kind: 'result', ok: map(type.ok), error: map(type.error) }
    case 'tuple':
      return { kind: 'tuple', items: type.items.map(map) }
    case 'record':
      return { kind: 'record', fields: type.fields.map(field => ({ name: field.name, type: map(field.type) })) }
    case 'variant':
      return {
        kind: 'variant',
        cases: type.cases.map(entry => (entry.type ? { name: entry.name, type: map(entry.type) } : entry)),
      }
    case 'link':
      return { kind: 'link', target: map(type.target) }
    case 'secret':
      return { kind: 'secret', of: map(type.of) }
    default:
      return type
  }
}

/** The type without variables; a number that nothing decides is `s64` or `f64`. Nothing where a variable is open. */
export function close(type: Open): Type | undefined {
  const end = resolve(type)
  if (end.kind === 'variable') {
    if (end.domain === 'number') return { kind: 's64' }
    if (end.domain === 'float') return { kind: 'f64' }
    return undefined
  }
  let open = false
  const closed = mapParts(end, part => {
    const result = close(part)
    open ||= result === undefined
    return result ?? part
  })
  return open ? undefined : (closed as Type)
}

/**
 * The type that a value has for those who do not see how it is made: nothing that they do with it decides any more what its
 * numbers are. What is open because of a mistake is lost.
 */
export function settled(type: Open): Open {
  if (!holdsVariable(type)) return type
  const end = resolve(type)
  if (end.kind !== 'variable') return mapParts(end, settled)
  return close(end) ?? lost()
}

function holdsVariable(type: Open): boolean {
  return type.kind === 'variable' || partsOf(type).some(holdsVariable)
}

/**
 * Whether a type is too large to be worked with: a short source can stand for a huge type, since its parts are shared.
 * In words, or nothing.
 */
export function tooLarge(type: Open): string | undefined {
  const { size, depth } = measure(type)
  if (depth > maxTypeDepth) return `it nests deeper than ${maxTypeDepth} levels`
  return size > maxTypeSize ? `it is made of more than ${maxTypeSize} types and names` : undefined
}

interface Measure {
  size: number
  depth: number
}
const measures = new WeakMap<Open, Measure>()

function measure(type: Open): Measure {
  const end = resolve(type)
  const known = measures.get(end)
  if (known) return known
  let size = 1 + namesIn(end)
  let depth = 0
  let open = end.kind === 'variable'
  for (const part of partsOf(end)) {
    const inner = measure(part)
    size += inner.size
    depth = Math.max(depth, inner.depth + 1)
    open ||= !measures.has(resolve(part))
  }
  // What holds a variable may still grow.
  if (!open) measures.set(end, { size, depth })
  return { size, depth }
}

function namesIn(type: Open): number {
  if (type.kind === 'record') return type.fields.length
  if (type.kind === 'flags') return type.flags.length
  return type.kind === 'variant' || type.kind === 'enum' ? type.cases.length : 0
}

/** The type as people write it, cut where it is long; what is not known yet is `_`. */
export function show(type: Open): string {
  const fill = (part: Open): Open => {
    const end = resolve(part)
    if (end === failureType) return { kind: 'enum', cases: [`${HOLE}failure`] }
    if (end.kind !== 'variable') return mapParts(end, fill)
    if (end.domain === 'number') return { kind: 's64' }
    if (end.domain === 'float') return { kind: 'f64' }
    return { kind: 'enum', cases: [`${HOLE}_`] }
  }
  const text = showType(fill(type) as Type).replace(HOLES, '$1')
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text
}
const MAX_SHOWN = 160
/** What stands in a name that no source can have is written without the `enum` around it. */
const HOLE = '\u0000'
const HOLES = new RegExp(`enum \\{ ${HOLE}(\\w+) \\}`, 'g')

/** Whether every value of a scalar type is one of the other, so that it may stand there without a word. */
export function widens(from: string, to: string): boolean {
  if (from === to) return true
  if (from === 'f32' && to === 'f64') return true
  if (!isInteger(from) || !isInteger(to)) return false
  const [fromBits, toBits] = [Number(from.slice(1)), Number(to.slice(1))]
  return fromBits < toBits && (from[0] === to[0] || (from[0] === 'u' && to[0] === 's'))
}

export function isNumeric(kind: string): boolean {
  return isInteger(kind) || kind === 'f32' || kind === 'f64'
}

/**
 * Makes a value of one type fit where the other is expected, binding variables on the way. Containers are covariant:
 * values do not change.
 *
 * @returns whether it fits
 */
export function assign(from: Open, to: Open): boolean {
  const source = resolve(from)
  const target = resolve(to)
  if (source === target || isLost(source) || isLost(target)) return true
  if (target.kind === 'secret') {
    if (source.kind === 'secret') return assign(source.of, target.of)
    if (source.kind !== 'variable' || source.domain !== 'any') return assign(from, target.of)
  }
  if (source.kind === 'variable') return bindSource(source, target)
  if (target.kind === 'variable') return bindTarget(source, target)

  if (isScalarNumber(source) && isScalarNumber(target)) return assignNumber(from, source.kind, to, target.kind)
  return matchParts<Open>(source, target, assign)
}

function assignNumber(from: Open, source: Scalar, to: Open, target: Scalar): boolean {
  if (!widens(source, target)) {
    // A number that was written as a literal takes the narrowest of the types that are asked of it.
    const literal = lastVariable(from)
    if (!literal || !widens(target, source) || (literal.floor && !widens(literal.floor, target))) return false
    literal.bound = { kind: target }
    source = target
  }
  const taker = lastVariable(to)
  if (taker && !(taker.floor && widens(source, taker.floor)))
    taker.floor = !taker.floor || widens(taker.floor, source) ? source : target
  return true
}

function isScalarNumber(type: Open): type is { kind: Scalar } {
  return isNumeric(type.kind)
}

function bindSource(source: Variable, target: Open): boolean {
  if (target.kind === 'variable') {
    const domain = meet(source.domain, target.domain)
    if (domain === undefined) return false
    target.domain = domain
    source.bound = target
    return true
  }
  if (target.kind === 'link' && source.domain !== 'any') return false
  if (!admits(source.domain, target) || occurs(source, target)) return false
  source.bound = target
  return true
}

function bindTarget(source: Open, target: Variable): boolean {
  if (!admits(target.domain, source) || occurs(target, source)) return false
  target.bound = source
  if (isScalarNumber(source)) target.floor = source.kind
  return true
}

/** Both domains at once; nothing where they exclude each other. */
function meet(a: Domain, b: Domain): Domain | undefined {
  if (a === 'any') return b
  if (b === 'any') return a
  if (typeof a === 'object' || typeof b === 'object')
    return typeof a === 'object' && typeof b === 'object'
      ? { flags: [...new Set([...a.flags, ...b.flags])] }
      : undefined
  return a === 'float' || b === 'float' ? 'float' : 'number'
}

function admits(domain: Domain, type: Open): boolean {
  if (domain === 'any') return true
  if (domain === 'number') return isNumeric(type.kind)
  if (domain === 'float') return type.kind === 'f32' || type.kind === 'f64'
  return type.kind === 'flags' && domain.flags.every(flag => type.flags.includes(flag))
}

function occurs(needle: Variable, type: Open): boolean {
  const end = resolve(type)
  return end === needle || partsOf(end).some(part => occurs(needle, part))
}

/** Makes a value fit as {@link assign} does; a link may stand for what it links to, but only as a whole. */
export function fits(from: Open, to: Open): boolean {
  const [source, target] = [resolve(from), resolve(to)]
  if (target.kind === 'secret' && source.kind === 'secret') return fits(source.of, target.of)
  if (target.kind === 'secret' && source.kind === 'link') return fits(source, target.of)
  if (source.kind === 'link' && target.kind !== 'link' && target.kind !== 'variable') return fits(source.target, target)
  return assign(from, to)
}

/**
 * What a value is for an operation that reads it: the type behind secrets and links, and whether one was a secret. A
 * number may be a variable that is bound, so that it stays narrowable; everything else is resolved.
 */
export function reveal(type: Open): { type: Open; secret: boolean } {
  let secret = false
  let inner = type
  let end = resolve(inner)
  for (; end.kind === 'secret' || end.kind === 'link'; end = resolve(inner)) {
    secret ||= end.kind === 'secret'
    inner = end.kind === 'link' ? end.target : end.of
  }
  return { type: isScalarNumber(end) ? inner : end, secret }
}

/** The type without the secrets around it; that of a literal stays narrowable. */
export function unveil(type: Open): { type: Open; secret: boolean } {
  let inner = type
  for (let end = resolve(inner); end.kind === 'secret'; end = resolve(inner)) inner = end.of
  return { type: inner, secret: inner !== type }
}

/** What is computed from a secret is secret; `()` says nothing of what it was made from. */
export function veil(type: Open, secret: boolean): Open {
  const { kind } = resolve(type)
  return secret && kind !== 'secret' && kind !== 'unit' ? { kind: 'secret', of: type } : type
}

/** Whether `some` of a type is written with a mark of its own (`isWrapped`), as far as the type is known. */
export function isOptionWrapped(some: Open): boolean {
  const { kind } = resolve(unveil(some).type)
  return kind === 'option' || kind === 'ipld' || kind === 'unit'
}

/** Whether a secret stands in a value at any depth, so that whoever reads all of it learns of it. */
export function holdsSecret(type: Open): boolean {
  const end = resolve(type)
  return end.kind === 'secret' || partsOf(end).some(holdsSecret)
}

/**
 * Gives the floats of a type that nothing has decided the type `f64`: a later use may not round them, since one that
 * nothing demands would change a value.
 */
export function settleFloats(type: Open): void {
  const end = resolve(type)
  if (end.kind === 'variable' && end.domain === 'float') end.bound = { kind: 'f64' }
  else partsOf(end).forEach(settleFloats)
}

/**
 * The type that both of two types fit: of the elements of a list, of operands, of branches. A link stands for what it
 * links to beside a value that is none, and with a secret both are secret.
 */
export function join(a: Open, b: Open): Open | undefined {
  const [one, other] = [resolve(a), resolve(b)]
  if (isUnknown(one) || isUnknown(other)) return assign(a, b) ? b : undefined
  if (one.kind === 'secret' || other.kind === 'secret') {
    const inner = join(unveil(a).type, unveil(b).type)
    return inner && veil(inner, true)
  }
  if (one.kind === 'link' && other.kind !== 'link') return join(one.target, b)
  if (other.kind === 'link' && one.kind !== 'link') return join(a, other.target)
  // The other side decides what a literal is, so that it may still become narrower.
  if (lastVariable(a)) return assign(a, b) ? b : assign(b, a) ? a : undefined
  return assign(b, a) ? a : assign(a, b) ? b : undefined
}

function isUnknown(type: Open): boolean {
  return type.kind === 'variable' && type.domain === 'any'
}
