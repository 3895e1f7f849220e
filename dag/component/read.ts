import { ok, type Result } from '../result.ts'
import { unit } from '../types.ts'
import type { AbiType, ComponentType, CoreFuncType, CoreModule, CoreValueType, ExternDecl, FuncType } from './ast.ts'
import { readCoreModule } from './core-module.ts'
import { decodeComponent } from './decode.ts'
import { detect } from './detect.ts'
import { interfaceOf } from './extract.ts'
import { measureFunc } from './facts.ts'
import type { Component, ComponentError, Interface } from './interface.ts'
import { legacyMangling, manglingOf } from './mangling.ts'
import { signature } from './match.ts'
import { attempt, Reader } from './reader.ts'
import { synthesize } from './synthesize.ts'
import { readWorld } from './world.ts'

/** What the bytes of a `.wasm` file are to a job, whichever kind they are. */
export interface ReadComponent extends Component {
  /**
   * `component` where the types are the author's own: a component, or a core module with a component-type section;
   * `core` where they are only what a core module without one shows: s32, s64, f32 and f64, parameters without names.
   */
  kind: 'component' | 'core'
}

/**
 * Reads any WebAssembly file as a component: a component as it is; a core module that carries a component-type
 * section as the component that it would become; any other core module as one whose functions are those of its
 * exports that take and give numbers. The bytes alone decide, so that compiler and runtime see the same.
 */
export function readComponent(bytes: Uint8Array): Result<ReadComponent, ComponentError> {
  const found = detect(bytes)
  if (found.kind !== 'core') {
    const component = decodeComponent(bytes)
    return component.ok ? ok({ kind: 'component', ...component.value }) : component
  }
  return attempt(() => {
    const module = readCoreModule(new Reader(bytes))
    const world = readWorld(module, bytes)
    if (!world) return { kind: 'core', ...numericComponent(module) }
    const root = synthesize(module, { ...world, mangling: manglingOf(module) })
    const described = interfaceOf(world.type, world.docs)
    return { kind: 'component', root, interface: { ...described, imports: [...described.imports, ...stubs(root)] } }
  })
}

/** The interface alone: what the compiler types calls against. */
export function readInterface(
  bytes: Uint8Array,
): Result<{ kind: ReadComponent['kind']; interface: Interface }, ComponentError> {
  return readComponent(bytes)
}

const numbers: Partial<Record<CoreValueType, AbiType>> = {
  i32: { kind: 's32' },
  i64: { kind: 's64' },
  f32: { kind: 'f32' },
  f64: { kind: 'f64' },
}

/** Exports of C programs and of the canonical ABI that are no functions of a library. */
const machinery = /^(_initialize|_start|cabi_.*|canonical_abi_.*|__.*|asyncify_.*)$/

function numericComponent(module: CoreModule): Component {
  const exports: ExternDecl[] = []
  const unsupported: Interface['unsupported'] = []
  for (const { name, type } of module.exports) {
    if (type.sort !== 'func' || machinery.test(name)) continue
    const func = numericFunction(type)
    if (func) exports.push({ name, type: { sort: 'func', type: func } })
    else unsupported.push({ name, func: name, reason: `its core type is ${signature(type)}` })
  }
  const type: ComponentType = { imports: [], exports, takes: [], introduces: [] }
  const root = synthesize(module, { type, encoding: 'utf8', mangling: legacyMangling })
  const described = interfaceOf(type, { world: { funcs: new Map(), types: new Map() }, interfaces: new Map() })
  return { root, interface: { ...described, imports: stubs(root), unsupported } }
}

function numericFunction({ params, results }: CoreFuncType): FuncType | undefined {
  const types = params.map(core => numbers[core])
  const result = results.length === 0 ? (unit as AbiType) : numbers[results[0]!]
  if (results.length > 1 || !result || types.includes(undefined)) return undefined
  const fields = types.map((type, i) => ({ name: `p${i}`, type: type! }))
  return measureFunc({ params: fields, result }, 0)
}

function stubs(root: Component['root']): string[] {
  return root.definitions.flatMap(item => (item.kind === 'stub' ? [`${item.module}#${item.name}`] : []))
}
