/**
 * The part of the WebAssembly JavaScript interface that the component host uses: neither the ECMAScript nor the Node
 * typings declare it, and the DOM's would bring a browser along.
 */
declare namespace WebAssembly {
  type ExportValue = ((...args: (number | bigint)[]) => number | bigint | undefined) | Memory | Table | Global
  type Exports = { readonly [name: string]: ExportValue }
  type Imports = { [module: string]: { [name: string]: unknown } }

  function validate(bytes: Uint8Array): boolean

  class Module {
    constructor(bytes: Uint8Array)
  }
  class Instance {
    constructor(module: Module, imports?: Imports)
    readonly exports: Exports
  }
  class Memory {
    constructor(limits: { initial: number; maximum?: number })
    readonly buffer: ArrayBuffer
  }
  class Table {
    readonly length: number
  }
  class Global {
    constructor(type: { value: 'i32' | 'i64' | 'f32' | 'f64'; mutable: boolean }, value: number | bigint)
    value: number | bigint
  }
  class RuntimeError extends Error {}
  class CompileError extends Error {}
  class LinkError extends Error {}
}
