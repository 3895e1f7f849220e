import type { CID } from 'multiformats/cid'
import { findExport } from '../dag/component/find.ts'
import { detect } from '../dag/component/detect.ts'
import { readInterface } from '../dag/component/read.ts'
import type { Interface } from '../dag/component/interface.ts'
import type { Block } from '../dag/ipld.ts'
import { equalTypes, showType, unit, type Field, type Type } from '../dag/types.ts'
import { diagnose, type Diagnostic } from '../grammar/diagnostics.ts'
import type { Import, Name, StatedFunction, TypeNode } from '../grammar/nodes.ts'
import { typeOfNode } from './check/types.ts'
import type { ModuleContext } from './check/context.ts'
import type { Content } from './content.ts'
import { close } from './open.ts'
import { suggest } from '../dag/suggest.ts'

/** An imported component as a file sees it. */
export interface ComponentModule {
  cid: CID
  /** By the path after the module's name: `crop`, `interface.crop`. */
  functions: Map<string, CallableFunction>
  /** By the path after the module's name: `angle`, `interface.angle`. */
  types: Map<string, Type>
  /** Of types, by the same paths. */
  typeDocs: Map<string, string>
  /** Why a function that is there cannot be called, by its path. */
  unsupported: Map<string, string>
  /** Functions whose stated types are wrong, which was reported: calls of them say nothing more. */
  wrong: Set<string>
  /** Whether it is a core module without WIT, as far as its bytes are at hand. */
  core: boolean
  /** The file's blocks; empty where the bytes are not at hand. */
  blocks: Block[]
}

export interface CallableFunction {
  /** The export's full name, as instructions have it. */
  name: string
  path: string
  params: Field[]
  result: Type
  docs?: string
}

export type ComponentContent = Content & { kind: 'component' }

/** What bytes were found to be; of what many files import only once. */
const interfaces = new WeakMap<Uint8Array, ReturnType<typeof readInterface>>()

/** Reads the interface of an imported component; what is wrong with it is reported. */
export function componentOf(
  context: ModuleContext,
  node: Import,
  content: ComponentContent,
): ComponentModule | undefined {
  const report = (diagnostic: Diagnostic): undefined => void context.diagnostics.push(diagnostic)
  const span = { file: context.file, start: node.from.start, end: node.from.end }
  const source = node.from.value
  const { bytes, cid } = content
  const stated = node.stated && statedFunctions(context, node.stated.functions)
  if (!bytes) {
    if (stated)
      return { cid, ...stated, types: new Map(), typeDocs: new Map(), unsupported: new Map(), core: false, blocks: [] }
    return report(
      diagnose('InterfaceNeeded', { source, why: 'its bytes are not in the store, and nothing is fetched' }, span),
    )
  }

  const read = interfaceOf(bytes)
  if (!read.ok) {
    const { code, message } = read.error
    return report(
      code === 'not-wasm'
        ? diagnose('NotWasm', { source, looks: looksLike(bytes) }, span)
        : diagnose('BadComponent', { source, why: message }, span),
    )
  }
  if (read.value.kind === 'core' && !stated)
    return report(diagnose('InterfaceNeeded', { source, why: 'it is a core module without WIT' }, span))
  const own = { ...moduleOf(read.value.interface, content), core: read.value.kind === 'core' }
  if (!stated || !node.stated) return own
  compare(context, source, node.stated.functions, stated, own, read.value.kind)
  // The file sees what it would see without the bytes. Full names and docs are those of the component.
  const functions = [...stated.functions].map(([path, func]): [string, CallableFunction] => {
    const actual = own.functions.get(path)
    // Another style of the name stays: whoever states it so wants the instruction to have it (`findExport`).
    return [path, actual ? { ...actual, params: func.params, result: func.result } : func]
  })
  return { ...own, functions: new Map(functions), wrong: stated.wrong }
}

/** What a component exports, whatever is stated of it; undefined where that cannot be read. */
export function exportsOf(content: ComponentContent): ComponentModule | undefined {
  const read = content.bytes && interfaceOf(content.bytes)
  return read?.ok ? { ...moduleOf(read.value.interface, content), core: read.value.kind === 'core' } : undefined
}

function interfaceOf(bytes: Uint8Array): ReturnType<typeof readInterface> {
  const read = interfaces.get(bytes) ?? readInterface(bytes)
  interfaces.set(bytes, read)
  return read
}

/** What bytes that are not WebAssembly look like. */
function looksLike(bytes: Uint8Array): string {
  const found = detect(bytes)
  return found.kind === 'other' ? found.hint : 'it cannot be read'
}

/** How a module's users name an export: with its interface, where it stands in one. */
function pathTo({ interface: of }: { interface?: string }, name: string): string {
  return of === undefined ? name : `${of}.${name}`
}

function moduleOf(found: Interface, { cid, blocks }: ComponentContent): Omit<ComponentModule, 'core'> {
  const functions = new Map<string, CallableFunction>()
  for (const entry of found.functions) {
    const { name, params, result, docs } = entry
    const path = pathTo(entry, entry.func)
    if (!functions.has(path))
      functions.set(path, { name, path, params, result, ...(docs === undefined ? {} : { docs }) })
  }
  const types = new Map(found.types.map(entry => [pathTo(entry, entry.name), entry.type]))
  const typeDocs = new Map(
    found.types.flatMap((entry): [string, string][] => (entry.docs ? [[pathTo(entry, entry.name), entry.docs]] : [])),
  )
  const unsupported = new Map(found.unsupported.map(entry => [pathTo(entry, entry.func), entry.reason]))
  return { cid, functions, types, typeDocs, unsupported, wrong: new Set(), blocks }
}

interface Stated {
  functions: Map<string, CallableFunction>
  wrong: Set<string>
}

function statedFunctions(context: ModuleContext, nodes: StatedFunction[]): Stated {
  const functions = new Map<string, CallableFunction>()
  const wrong = new Set<string>()
  const once = (seen: { has(name: string): boolean }, { text, start, end }: Name, what: string): void => {
    if (!seen.has(text)) return
    context.diagnostics.push(diagnose('DuplicateName', { name: text, what }, { file: context.file, start, end }))
  }
  for (const node of nodes) {
    const name = node.name.text
    once(functions, node.name, 'a function')
    const read = (type: TypeNode): Type => {
      const closed = close(typeOfNode(context, type))
      if (!closed) wrong.add(name)
      return closed ?? unit
    }
    const params = new Map<string, Type>()
    for (const param of node.params) {
      once(params, param.name, 'a parameter')
      params.set(param.name.text, read(param.type))
    }
    const result = node.result ? read(node.result) : unit
    functions.set(name, { name, path: name, params: [...params].map(([name, type]) => ({ name, type })), result })
  }
  return { functions, wrong }
}

const coreKinds = ['s32', 's64', 'f32', 'f64']

/** Compares what is stated with what is there. */
function compare(
  context: ModuleContext,
  source: string,
  nodes: StatedFunction[],
  stated: Stated,
  own: ComponentModule,
  kind: 'component' | 'core',
): void {
  for (const node of nodes) {
    const func = node.name.text
    const claim = stated.functions.get(func)!
    if (stated.wrong.has(func)) continue
    const actual = actualOf(own, func)
    const span = { file: context.file, start: node.start, end: node.end }
    const types = [...claim.params.map(param => param.type), ...(claim.result.kind === 'unit' ? [] : [claim.result])]
    const strange = kind === 'core' ? types.find(type => !coreKinds.includes(type.kind)) : undefined
    if (!strange && actual && sameSignature(claim, actual, kind)) continue
    stated.wrong.add(func)
    context.diagnostics.push(
      strange
        ? diagnose('CoreInterface', { func, type: showType(strange) }, span)
        : diagnose(
            'StatedMismatch',
            {
              source,
              func,
              stated: showSignature(claim),
              actual: actual && showSignature(actual),
              near: actual ? undefined : suggest(func, own.functions.keys()),
            },
            span,
          ),
    )
  }
}

/** The function of the component that is stated: the one of this name, or of the world under another style of it. */
function actualOf(own: ComponentModule, func: string): CallableFunction | undefined {
  return own.functions.get(func) ?? findExport([...own.functions.values()], func)
}

/** A core module has no names of parameters. */
function sameSignature(a: CallableFunction, b: CallableFunction, kind: 'component' | 'core'): boolean {
  return (
    a.params.length === b.params.length &&
    a.params.every((param, i) => {
      const other = b.params[i]!
      return (kind === 'core' || param.name === other.name) && equalTypes(param.type, other.type)
    }) &&
    equalTypes(a.result, b.result)
  )
}

export function showSignature({ params, result }: Pick<CallableFunction, 'params' | 'result'>): string {
  const list = params.map(param => `${param.name}: ${showType(param.type)}`).join(', ')
  return `func(${list})${result.kind === 'unit' ? '' : ` -> ${showType(result)}`}`
}
