import { layOut, type Layout } from './layout.ts'
import type { Graph } from './protocol.ts'

/** Longer labels are cut; the whole one is shown by the mouse. */
const longest = 40
/** What a person can look at, and an editor draw. */
export const limits = { nodes: 2_000, edges: 10_000 }

/** A graph as SVG, whose boxes have the index of their node as `data-node`; or why it is not drawn. */
export function draw(graph: Graph): { svg: string } | { why: string } {
  const { nodes, edges } = graph
  if (nodes.length > limits.nodes || edges.length > limits.edges)
    return { why: `The graph has ${nodes.length} nodes and ${edges.length} edges, which is too much to draw.` }
  const labels = nodes.map(({ id, label }) => ({ id, label: cut(label) }))
  return { svg: print(graph, labels, layOut({ nodes: labels, edges })) }
}

function print({ nodes }: Graph, labels: { label: string }[], { boxes, lines, width, height }: Layout): string {
  const indices = new Map(nodes.map(({ id }, i) => [id, i]))
  const paths = lines.map(({ points, label }) => {
    const [x, y] = points[Math.floor((points.length - 1) / 2)]!
    const [nextX, nextY] = points[Math.floor((points.length - 1) / 2) + 1]!
    const text = label
      ? `<text class="as" x="${round((x + nextX) / 2)}" y="${round((y + nextY) / 2)}">${escape(cut(label))}</text>`
      : ''
    return `<path class="edge" d="${curve(points)}" marker-end="url(#arrow)"/>${text}`
  })
  const rects = boxes.map(({ id, x, y, width, height }) => {
    const i = indices.get(id)!
    const { label, kind, range } = nodes[i]!
    const place = range ? ' tabindex="0" role="button"' : ''
    return (
      `<g class="node" data-node="${i}" data-kind="${escape(kind)}"${place}><title>${escape(`${kind}: ${label}`)}</title>` +
      `<rect x="${round(x - width / 2)}" y="${round(y - height / 2)}" width="${round(width)}" height="${height}" rx="4"/>` +
      `<text x="${round(x)}" y="${round(y)}">${escape(labels[i]!.label)}</text></g>`
    )
  })
  const [w, h] = [Math.ceil(width), Math.ceil(height)]
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}">` +
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">' +
    `<path d="M0 0L8 4L0 8z"/></marker></defs>${paths.join('')}${rects.join('')}</svg>`
  )
}

/** Goes straight down at each of its points. */
function curve([first, ...rest]: readonly [number, number][]): string {
  let [x, y] = first!
  let path = `M${round(x)} ${round(y)}`
  for (const [nextX, nextY] of rest) {
    const half = round((y + nextY) / 2)
    path += `C${round(x)} ${half} ${round(nextX)} ${half} ${round(nextX)} ${round(nextY)}`
    ;[x, y] = [nextX, nextY]
  }
  return path
}

function round(n: number): number {
  return Math.round(n * 10) / 10
}

function cut(label: string): string {
  const characters = [...label.slice(0, 4 * longest)]
  return characters.length > longest ? `${characters.slice(0, longest - 1).join('')}…` : label
}

/** A text for HTML and its attributes. */
export function escape(text: string): string {
  return text.replace(/[&<>"']/g, sign => `&#${sign.charCodeAt(0)};`)
}
