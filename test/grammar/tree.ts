/** A tree without its positions, with numbers of any kind as text: what two equal programs share. */
export function shape(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(shape)
  if (node instanceof Uint8Array) return [...node]
  if (typeof node === 'bigint') return `${node}n`
  if (Object.is(node, -0)) return '-0'
  if (typeof node !== 'object' || node === null) return node
  return Object.fromEntries(
    Object.entries(node).flatMap(([key, value]) => (key === 'start' || key === 'end' ? [] : [[key, shape(value)]])),
  )
}
