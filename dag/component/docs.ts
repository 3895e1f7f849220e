import type { CoreModule } from './ast.ts'

/** Docs of functions and types by name, for the world and for each interface by its short name. */
export interface Docs {
  world: Items
  interfaces: Map<string, Items>
}

interface Items {
  funcs: Map<string, string>
  types: Map<string, string>
}

const maxDocsBytes = 1 << 20

/**
 * Reads the custom section `package-docs`: a version byte (0 or 1), then JSON, as the WIT tools write it. Docs are for
 * people only, so that a section of any other form counts as none.
 */
export function readDocs(customs: CoreModule['customs']): Docs {
  const section = customs.find(custom => custom.name === 'package-docs')?.bytes
  const docs: Docs = { world: items({}), interfaces: new Map() }
  if (!section || section.length > maxDocsBytes || section[0]! > 1) return docs
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(section.subarray(1)))
  } catch {
    return docs
  }
  const interfaces = (of: unknown): void => {
    for (const [name, value] of entries(of)) docs.interfaces.set(name, items(value))
  }
  interfaces(property(json, 'interfaces'))
  for (const [, world] of entries(property(json, 'worlds'))) {
    const found = items(world)
    found.funcs.forEach((text, name) => docs.world.funcs.set(name, text))
    found.types.forEach((text, name) => docs.world.types.set(name, text))
    interfaces(property(world, 'interface_exports') ?? property(world, 'interfaces'))
  }
  return docs
}

function items(value: unknown): Items {
  const funcs = property(value, 'func_exports') ?? property(value, 'funcs')
  return { funcs: texts(funcs), types: texts(property(value, 'types')) }
}

/** Either `name: "docs"` or `name: { docs: "docs", … }`. */
function texts(value: unknown): Map<string, string> {
  const found = new Map<string, string>()
  for (const [name, entry] of entries(value)) {
    const text = typeof entry === 'string' ? entry : property(entry, 'docs')
    if (typeof text === 'string' && text.trim() !== '') found.set(name, text.trim())
  }
  return found
}

function property(value: unknown, name: string): unknown {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
}

function entries(value: unknown): [string, unknown][] {
  return isObject(value) ? Object.entries(value) : []
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
