import type { Type } from '../types.ts'

/**
 * What a WebAssembly component, or a core module that carries a component-type section, offers to a caller:
 * its functions with structured WIT types. Read from the bytes (`decode.ts`), nothing else.
 */
export interface Interface {
  /** Functions of the root world, then those of each exported interface. */
  functions: FunctionExport[]
  /** Named types that the component exports, by `interface` (undefined for the root world) and name. */
  types: NamedType[]
  /** Functions and interfaces that the component asks of its host, by full name (`wasi:io/streams@0.2.0#read`). */
  imports: string[]
}

export interface FunctionExport {
  /** Full export name: `crop`, or `ns:pkg/iface@1.0.0#crop` for a function of an exported interface. */
  name: string
  /** Name of the interface without namespace and version (`iface`), absent for functions of the world. */
  interface?: string
  /** Name of the function alone (`crop`). */
  func: string
  params: { name: string; type: Type }[]
  /** `unit` where the function returns nothing. */
  result: Type
  docs?: string
}

export interface NamedType {
  interface?: string
  name: string
  type: Type
  docs?: string
}
