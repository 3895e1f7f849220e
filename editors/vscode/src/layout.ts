/** A layered drawing of a graph (Sugiyama): values flow from top to bottom. */
export interface LayoutInput {
  nodes: readonly { id: string; label: string }[]
  edges: readonly (readonly [from: string, to: string, label?: string])[]
}

export interface Box {
  id: string
  /** Middle and size, in pixels. */
  x: number
  y: number
  width: number
  height: number
}

export interface Line {
  from: string
  to: string
  label?: string
  /** From the lower edge of one box to the upper edge of the other, by way of the layers between them. */
  points: [x: number, y: number][]
}

export interface Layout {
  boxes: Box[]
  lines: Line[]
  width: number
  height: number
}

/** Sizes in pixels; a character of the editor's small font is about `character` wide. */
const character = 7.5
const padding = 24
const height = 34
const between = { boxes: 24, bends: 12, layers: 64 }
const margin = 20
/** Lines that pass a layer get a place in it, as long as there are fewer. */
const mostBends = 20_000
const sweeps = 4

/** A box, or a place where a long line passes a layer. */
interface Place {
  width: number
  x: number
  isBend: boolean
  above: Place[]
  below: Place[]
}

/** Lays a graph out. Edges to unknown nodes, from a node to itself, and those that would close a circle have no line. */
export function layOut({ nodes, edges }: LayoutInput): Layout {
  const layerOf = layersOf(nodes, edges)
  const drawn = edges.filter(([from, to]) => (layerOf.get(from) ?? Infinity) < (layerOf.get(to) ?? -Infinity))
  const layers: Place[][] = Array.from({ length: Math.max(0, ...layerOf.values()) + 1 }, () => [])
  const places = new Map<string, Place>()
  for (const { id, label } of nodes) {
    if (places.has(id)) continue
    const place = { width: widthOf(label), x: 0, isBend: false, above: [], below: [] }
    places.set(id, place)
    layers[layerOf.get(id)!]!.push(place)
  }
  let bends = 0
  const routes = drawn.map(([from, to, label]) => {
    const route = [places.get(from)!]
    const [first, last] = [layerOf.get(from)! + 1, layerOf.get(to)!]
    if ((bends += last - first) <= mostBends)
      for (let layer = first; layer < last; layer++) {
        const bend: Place = { width: 0, x: 0, isBend: true, above: [], below: [] }
        layers[layer]!.push(bend)
        route.push(bend)
      }
    route.push(places.get(to)!)
    for (let i = 1; i < route.length; i++) {
      route[i - 1]!.below.push(route[i]!)
      route[i]!.above.push(route[i - 1]!)
    }
    return { from, to, ...(label === undefined ? {} : { label }), route, first: layerOf.get(from)! }
  })

  arrange(layers)
  const all = layers.flat()
  const left = all.reduce((least, place) => Math.min(least, place.x - place.width / 2), 0) - margin
  const right = all.reduce((most, place) => Math.max(most, place.x + place.width / 2), 0) + margin
  const middle = (layer: number): number => margin + height / 2 + layer * (height + between.layers)
  const boxes = [...places].map(([id, { x, width }]) => ({
    id,
    x: x - left,
    y: middle(layerOf.get(id)!),
    width,
    height,
  }))
  const lines = routes.map(({ route, first, ...line }) => {
    const last = route.length - 1
    const points = route.map(({ x, isBend }, i): [number, number] => {
      const y = i === last && !isBend ? middle(layerOf.get(line.to)!) - height / 2 : middle(first + i)
      return [x - left, i === 0 ? y + height / 2 : y]
    })
    return { ...line, points }
  })
  return { boxes, lines, width: right - left, height: middle(layers.length - 1) + height / 2 + margin }
}

export function widthOf(label: string): number {
  return Math.max(48, Math.round([...label].length * character + padding))
}

/** The longest way to each node; edges that would close a circle count for nothing. */
function layersOf(nodes: LayoutInput['nodes'], edges: LayoutInput['edges']): Map<string, number> {
  const layerOf = new Map(nodes.map(({ id }) => [id, 0]))
  const out = new Map(nodes.map(({ id }): [string, string[]] => [id, []]))
  const waiting = new Map(nodes.map(({ id }) => [id, 0]))
  for (const [from, to] of edges)
    if (out.has(from) && out.has(to) && from !== to) {
      out.get(from)!.push(to)
      waiting.set(to, waiting.get(to)! + 1)
    }
  const ready = [...waiting].filter(([, count]) => count === 0).map(([id]) => id)
  const done = new Set(ready)
  const rest = [...waiting.keys()].values()
  for (let i = 0; ; i++) {
    if (i === ready.length) {
      // All that is left waits for something in a circle: one of it goes first.
      const next = rest.find(id => !done.has(id))
      if (next === undefined) return layerOf
      done.add(next)
      ready.push(next)
    }
    const id = ready[i]!
    for (const to of out.get(id)!) {
      if (done.has(to)) continue
      layerOf.set(to, Math.max(layerOf.get(to)!, layerOf.get(id)! + 1))
      waiting.set(to, waiting.get(to)! - 1)
      if (waiting.get(to) === 0) {
        done.add(to)
        ready.push(to)
      }
    }
  }
}

/** Orders each layer by what it hangs on, up and down, so that few lines cross, and says where its places stand. */
function arrange(layers: Place[][]): void {
  for (const layer of layers)
    spread(
      layer,
      layer.map(() => 0),
    )
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const down = sweep % 2 === 0
    for (const layer of down ? layers.slice(1) : layers.slice(0, -1).reverse()) {
      const wanted = new Map(layer.map(place => [place, mean(down ? place.above : place.below) ?? place.x]))
      layer.sort((a, b) => wanted.get(a)! - wanted.get(b)!)
      spread(
        layer,
        layer.map(place => wanted.get(place)!),
      )
    }
  }
}

function mean(places: readonly Place[]): number | undefined {
  return places.length === 0 ? undefined : places.reduce((sum, { x }) => sum + x, 0) / places.length
}

/** Puts places side by side in their order, each as near to where it should be as the others let it, over all in the middle. */
function spread(layer: readonly Place[], wanted: readonly number[]): void {
  let edge = -Infinity
  let off = 0
  layer.forEach((place, i) => {
    const gap = i > 0 && (place.isBend || layer[i - 1]!.isBend) ? between.bends : between.boxes
    place.x = Math.max(wanted[i]!, edge + gap + place.width / 2)
    edge = place.x + place.width / 2
    off += place.x - wanted[i]!
  })
  for (const place of layer) place.x -= off / layer.length
}
