import { partsOf, type Type } from '../types.ts'
import type { AbiType, ComponentType, ExternDecl, FuncType, NamedTypeBody } from './ast.ts'
import type { Docs } from './docs.ts'
import { factsOf } from './facts.ts'
import type { Interface } from './interface.ts'
import { quote, shortName } from './names.ts'

/** What a component, or a world, offers to a caller and asks of its host, in structured types. */
export function interfaceOf(world: ComponentType, docs: Docs): Interface {
  const names = new Map(world.introduces.map(({ path, resource }) => [resource.id, path.join('#')]))
  const found: Interface = { functions: [], types: [], imports: importNames(world.imports, ''), unsupported: [] }
  collect(world.exports, undefined, docs, names, found)
  // A world's own types are imports in the binary: whoever instantiates it says what they are, and can say one thing only.
  const own = world.imports.filter(
    ({ name, type }) => type.sort === 'type' && !found.types.some(one => one.name === name),
  )
  collect(own, undefined, docs, names, found)
  for (const { name, type } of world.exports) {
    if (type.sort === 'instance') collect(type.exports, name, docs, names, found)
  }
  return found
}

/** Names under which exported resources are known outside. */
type ResourceNames = ReadonlyMap<number, string>

function collect(
  decls: ExternDecl[],
  instance: string | undefined,
  docs: Docs,
  names: ResourceNames,
  found: Interface,
): void {
  const short = instance === undefined ? undefined : shortName(instance)
  const of = short === undefined ? docs.world : docs.interfaces.get(short)
  const place = short === undefined ? {} : { interface: short }
  const text = (texts: Map<string, string> | undefined, name: string): { docs?: string } => {
    const docs = texts?.get(name)
    return docs === undefined ? {} : { docs }
  }
  for (const { name, type } of decls) {
    const full = instance === undefined ? name : `${instance}#${name}`
    if (type.sort === 'func') {
      const reason = whyUnsupported(name, type.type, names)
      if (reason) found.unsupported.push({ name: full, ...place, func: name, reason })
      else {
        const signature = {
          params: type.type.params as { name: string; type: Type }[],
          result: type.type.result as Type,
        }
        found.functions.push({ name: full, ...place, func: name, ...signature, ...text(of?.funcs, name) })
      }
    } else if (type.sort === 'type' && isPlain(type.type)) {
      found.types.push({ ...place, name, type: type.type.type as Type, ...text(of?.types, name) })
    } else if (type.sort === 'instance' && instance !== undefined) {
      found.unsupported.push({ name: full, ...place, func: name, reason: 'it is an instance inside an instance' })
    }
  }
}

/** A value type without handles: a `Type` in every respect. */
function isPlain(body: NamedTypeBody): body is { kind: 'value'; type: AbiType } {
  return body.kind === 'value' && !factsOf(body.type).resources
}

function whyUnsupported(name: string, type: FuncType, names: ResourceNames): string | undefined {
  if (type.async || name.startsWith('[async')) return 'it is asynchronous'
  const handles = (value: AbiType): string | undefined => {
    if (!factsOf(value).resources) return undefined
    if (value.kind === 'own' || value.kind === 'borrow') return names.get(value.resource.id) ?? value.resource.name
    return partsOf(value)
      .map(handles)
      .find(resource => resource !== undefined)
  }
  for (const param of type.params) {
    const resource = handles(param.type)
    if (resource !== undefined) return `its parameter ${quote(param.name)} holds the resource ${quote(resource)}`
  }
  const resource = handles(type.result)
  if (resource !== undefined) return `its result holds the resource ${quote(resource)}`
  return name.startsWith('[') ? 'it belongs to a resource' : undefined
}

function importNames(decls: ExternDecl[], prefix: string): string[] {
  return decls.flatMap(({ name, type }) => {
    const full = prefix + name
    if (type.sort === 'instance') return importNames(type.exports, `${full}#`)
    return type.sort === 'type' ? [] : [full]
  })
}
