/** Docs of a world, in the form of the custom section `package-docs` that WIT tools read. */
interface WorldDocs {
  docs?: string
  types: Record<string, { docs: string }>
  func_exports: Record<string, string>
  /** Of whole interfaces, by full name. Those of their functions have no place in a component. */
  interface_export_docs: Record<string, string>
}

/**
 * A component with the doc comments of its WIT, which the tools that make components leave behind. The section stands
 * at the end: an unsigned LEB128 size, the name, the version of the form, then JSON. To a reader of components every
 * world is called `root`.
 */
export function withDocs(component: Uint8Array, wit: string): Uint8Array {
  const name = new TextEncoder().encode('package-docs')
  const json = new TextEncoder().encode(JSON.stringify({ worlds: { root: worldDocs(wit) } }))
  const content = Uint8Array.of(name.length, ...name, 1, ...json)
  return Buffer.concat([component, Uint8Array.of(0, ...leb128(content.length)), content])
}

function leb128(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb128(value >>> 7)]
}

/** Reads the one world of a file, as WIT is written here: an item begins on a line of its own, as its docs do. */
function worldDocs(wit: string): WorldDocs {
  const [, name, version] = /^package ([\w:-]+)(@[\w.]+);/.exec(wit) ?? []
  const world: WorldDocs = { types: {}, func_exports: {}, interface_export_docs: {} }
  const interfaces: Record<string, string> = {}
  for (const [text, indent, item] of wit.matchAll(/(?:^ *\/\/\/.*\n)+( *)(.*)/gm)) {
    const docs = [...text.matchAll(/^ *\/\/\/ ?(.*)/gm)].map(([, line]) => line).join('\n')
    const [, kind, of] = /^(interface|world|record|variant|enum|flags|type|export) %?([\w-]+)/.exec(item!) ?? []
    // One step in are the items of the world, two steps in the fields of its types.
    if (kind === 'interface') interfaces[of!] = docs
    else if (kind === 'world') world.docs = docs
    else if (kind === 'export') world.func_exports[of!] = docs
    else if (kind && indent === '  ' && !insideInterface(wit, text)) world.types[of!] = { docs }
  }
  for (const [, of] of wit.matchAll(/^  export ([\w-]+);/gm)) {
    const docs = interfaces[of!]
    if (docs) world.interface_export_docs[`${name}/${of}${version}`] = docs
  }
  return world
}

/** Whether the block that an item stands in is an interface. */
function insideInterface(wit: string, item: string): boolean {
  const before = wit.slice(0, wit.indexOf(item))
  return before.lastIndexOf('\ninterface ') > before.lastIndexOf('\nworld ')
}
