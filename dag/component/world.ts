import type { CanonOptions, ComponentType, CoreModule, ExternDecl, ExternType } from './ast.ts'
import { type Decoded, decodeBody } from './decode.ts'
import type { Docs } from './docs.ts'
import { lookUp, measureExtern } from './facts.ts'
import { Matcher } from './match.ts'
import { quote } from './names.ts'
import { hex, Reader, refuse } from './reader.ts'
import { FileState } from './scope.ts'
import { Substituter } from './substitute.ts'

/** What a core module says of the component that it would become. */
export interface World {
  type: ComponentType
  encoding: CanonOptions['encoding']
  docs: Docs
}

const encodings: CanonOptions['encoding'][] = ['utf8', 'utf16', 'latin1+utf16']

/**
 * Reads the custom sections `component-type…` of a core module: each an encoded world, as the WIT tools write it.
 * A module linked from several libraries carries several worlds, which are united.
 *
 * @param bytes the file that the module's sections are views of
 * @returns undefined where the module carries none
 */
export function readWorld(module: CoreModule, bytes: Uint8Array): World | undefined {
  const file = new FileState()
  let world: World | undefined
  for (const { name, bytes: section } of module.customs) {
    if (name !== 'component-type' && !name.startsWith('component-type:')) continue
    const offset = section.byteOffset - bytes.byteOffset
    const next = readSection(new Reader(bytes, offset, offset + section.length), file)
    world = world ? unite(world, next, file, offset) : next
  }
  return world
}

function readSection(reader: Reader, file: FileState): World {
  const at = reader.at
  if (reader.peek() !== 0x00) {
    refuse(
      'unsupported',
      `The component-type section has the older form ${hex(reader.byte())}: rebuild the module.`,
      at,
    )
  }
  const decoded = decodeBody(reader, file)
  return { type: worldType(decoded, at), encoding: encodingOf(decoded, at), docs: decoded.docs }
}

/** The section is a component that exports one type: a component that exports one type: the world. */
function worldType({ body }: Decoded, at: number): ComponentType {
  const outer = onlyComponent(body.exports)
  const inner = outer && onlyComponent(outer.exports)
  return inner ?? refuse('malformed', 'The component-type section does not hold one world.', at)
}

function onlyComponent(exports: ExternDecl[]): ComponentType | undefined {
  const type = exports.length === 1 ? exports[0]!.type : undefined
  if (type?.sort === 'component') return type
  const named = type?.sort === 'type' && type.type.kind === 'extern' ? type.type.type : undefined
  return named?.sort === 'component' ? named : undefined
}

function encodingOf({ customs }: Decoded, at: number): CanonOptions['encoding'] {
  const section = customs.find(custom => custom.name === 'wit-component-encoding')?.bytes
  if (!section) return 'utf8'
  if (section[0] !== 4) refuse('unsupported', 'The component-type section has an unknown version.', at)
  return encodings[section[1] ?? -1] ?? refuse('malformed', 'The component-type section names no encoding.', at)
}

/** Both worlds at once: what they share is one, with the resources of the first. */
function unite(first: World, second: World, file: FileState, at: number): World {
  if (first.encoding !== second.encoding) {
    refuse('world', 'The worlds of this module use different string encodings.', at)
  }
  const matcher = new Matcher([...second.type.takes, ...second.type.introduces], file.budget, at)
  const merge = (mine: ExternDecl[], others: ExternDecl[]): ExternDecl[] => {
    const names = new Set(mine.map(decl => decl.name))
    const merged = mine.map(decl => {
      const other = lookUp(others, decl.name)
      return other ? { name: decl.name, type: join(decl.type, other, decl.name) } : decl
    })
    const added = others.filter(decl => !names.has(decl.name))
    return [...merged, ...new Substituter(matcher.map, file.budget, at).decls(added)]
  }
  const join = (mine: ExternType, other: ExternType, name: string): ExternType => {
    if (mine.sort === 'instance' && other.sort === 'instance') {
      const exports = merge(mine.exports, other.exports)
      return measureExtern({ sort: 'instance' as const, exports, introduces: mine.introduces }, at)
    }
    const why = matcher.extern(mine, other)
    return why ? refuse('world', `The worlds of this module do not agree on ${quote(name)}: ${why}.`, at) : mine
  }
  const imports = merge(first.type.imports, second.type.imports)
  const exports = merge(first.type.exports, second.type.exports)
  const isNew = ({ resource }: { resource: { id: number } }): boolean => !matcher.map.has(resource.id)
  const type: ComponentType = {
    imports,
    exports,
    takes: [...first.type.takes, ...second.type.takes.filter(isNew)],
    introduces: [...first.type.introduces, ...second.type.introduces.filter(isNew)],
  }
  return { type, encoding: first.encoding, docs: first.docs }
}
