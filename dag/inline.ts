import { isDeeper } from './codec.ts'
import { isLink, isMap, type Ipld } from './ipld.ts'
import { headSize } from './size.ts'
import { integerKinds, revealed, type Type } from './types.ts'

/** Encoded bytes of the largest value that stands inline. */
export const maxInline = 1024
/** How deep an inline `ipld` value may nest, so that what stands around it has room in the same block. */
export const maxInlineDepth = 32

/**
 * Whether an `ipld` value stands inline: small, no link at its top (which stands for a block), and no map in it that
 * could be taken for a promise or a parameter.
 */
export function isInlineIpld(value: Ipld, size: number): boolean {
  return size <= maxInline && !isLink(value) && !isDeeper(value, maxInlineDepth) && !holdsReserved(value)
}

/** Whether bytes of this length stand inline. */
export function isInlineBytes(length: number): boolean {
  return headSize(length) + length <= maxInline
}

/** Whether a value holds a map that could be taken for a promise or a parameter. */
export function holdsReserved(value: Ipld): boolean {
  if (Array.isArray(value)) return value.some(holdsReserved)
  if (!isMap(value)) return false
  return Object.entries(value).some(([key, item]) => isReservedKey(key) || holdsReserved(item))
}

/** Whether a key is one that this project gives a meaning. */
export function isReservedKey(key: string): boolean {
  return key.startsWith('await/') || key.startsWith('ipvm/')
}

/** Whether the values of a type stand inline always, being small. */
export function isAtom(type: Type): boolean {
  return atoms.has(revealed(type).kind)
}

const atoms = new Set<string>(['bool', 'char', 'unit', 'f32', 'f64', 'link', ...integerKinds])

export const stringType: Type = { kind: 'string' }
