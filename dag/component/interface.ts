import type { Type } from '../types.ts'
import type { ComponentBody } from './ast.ts'

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
  /** Exported functions that no job can call, and why. */
  unsupported: UnsupportedExport[]
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

/** Named like a `FunctionExport`; `reason` is a clause: "its parameter `self` holds the resource `r`". */
export interface UnsupportedExport {
  name: string
  interface?: string
  func: string
  reason: string
}

export interface NamedType {
  interface?: string
  name: string
  type: Type
  docs?: string
}

/** A decoded component: its structure, to be instantiated, and its interface, to be typed against. */
export interface Component {
  root: ComponentBody
  interface: Interface
}

/** Why bytes are not a component that can be used here. `offset` is the byte in the file, `message` is for people. */
export interface ComponentError {
  code:
    | 'not-wasm' // not a WebAssembly binary at all, see `detect`
    | 'kind' // a core module where a component is needed, or the other way round
    | 'truncated' // the bytes end early
    | 'malformed' // not the binary format
    | 'invalid' // well-formed but breaks a rule of validation
    | 'unsupported' // a feature that is refused by name
    | 'limit' // too deep, too many, too large
    | 'world' // a core module that does not fit its component-type section or its stated interface
  message: string
  offset: number
}
