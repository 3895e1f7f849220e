/**
 * Types of values: the value types of the WebAssembly Component Model, and two of IPLD (`link`, `ipld`).
 *
 * Fields, cases and flags stand in declared order, which the canonical ABI needs; equality and the encoded
 * form do not depend on it (docs/dag.md, Values).
 */
export type Type =
  | { kind: Scalar }
  | { kind: 'list'; element: Type }
  | { kind: 'option'; some: Type }
  | { kind: 'result'; ok: Type; error: Type }
  | { kind: 'tuple'; items: Type[] }
  | { kind: 'record'; fields: Field[] }
  | { kind: 'variant'; cases: Case[] }
  | { kind: 'enum'; cases: string[] }
  | { kind: 'flags'; flags: string[] }
  | { kind: 'link'; target: Type }

export type Scalar = (typeof scalars)[number]
export type TypeKind = Type['kind']

export interface Field {
  name: string
  type: Type
}

/** A case of a variant; `type` is absent where it carries nothing. */
export interface Case {
  name: string
  type?: Type
}

export const integerKinds = ['u8', 'u16', 'u32', 'u64', 's8', 's16', 's32', 's64'] as const
export type IntegerKind = (typeof integerKinds)[number]

/** `unit` is written `()`; in WIT it is the absence of a result or of a payload of `result`. */
export const scalars = ['bool', ...integerKinds, 'f32', 'f64', 'char', 'string', 'unit', 'ipld'] as const

export const unit: Type = { kind: 'unit' }
export const bytes: Type = { kind: 'list', element: { kind: 'u8' } }

export function isBytes(type: Type): boolean {
  return type.kind === 'list' && type.element.kind === 'u8'
}

/** Inclusive bounds of an integer type. */
export function integerRange(kind: IntegerKind): [min: bigint, max: bigint] {
  const bits = BigInt(kind.slice(1))
  return kind.startsWith('u') ? [0n, 2n ** bits - 1n] : [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n]
}

export function isInteger(kind: string): kind is IntegerKind {
  return (integerKinds as readonly string[]).includes(kind)
}
