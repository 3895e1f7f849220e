import type {
  CaseOf,
  EnumType,
  FieldOf,
  FlagsType,
  ListOf,
  OptionOf,
  RecordOf,
  ResultOf,
  Scalar,
  TupleOf,
  VariantOf,
} from '../types.ts'

/**
 * A decoded WebAssembly component as plain data: what an interpreter needs to instantiate it, in the order of the
 * binary (Component Model, Binary.md and Explainer.md).
 *
 * How it is walked. An instance of a component is made by going through `definitions` once, from the first to the
 * last, with one growing list ("index space") for each sort below. A definition pushes at most one entry onto one
 * list, named at its kind, and refers to others by their position in these lists; all positions are checked by the
 * decoder, and lie behind except those of `CanonOptions` (see there).
 *
 *   coreFuncs coreTables coreMemories coreGlobals coreTags coreModules coreInstances
 *   funcs instances components
 *
 * Types are not walked: wherever a function is lifted or lowered its full type stands in the definition. Only
 * resources have a life at run time. A `Resource` is known by an `id` that is unique within the decoded file; each
 * instance of a component keeps a map from these ids to the resource types of that instance, filled by
 *
 *   `resource` definitions           a new resource type of this instance;
 *   `import` and `instantiate`       for each entry of `resources`, the resource type that the imported or new
 *                                    instance exports under `path` (nested names; empty for an imported type).
 *
 * An instance at run time is thus a map from names to funcs, instances, components, core modules and resource types.
 */
export interface ComponentBody extends ComponentType {
  definitions: Definition[]
}

/** What instantiation must be given and what it gives, in the order of the binary. */
export interface ComponentType {
  imports: ExternDecl[]
  exports: ExternDecl[]
  /** Resource types that stand for those that the imports bring. */
  takes: ResourceBinding[]
  /** Resource types that are new with each instance, by the place where they are exported. */
  introduces: ResourceBinding[]
}

export type CoreSort = 'func' | 'table' | 'memory' | 'global' | 'tag'
export type Sort = 'func' | 'instance' | 'component' | 'core-module' | 'type'

export type Definition =
  /** Pushes onto coreModules. */
  | { kind: 'core-module'; module: CoreModule }
  /** Instantiates a core module; each argument gives the imports of one module name. Pushes onto coreInstances. */
  | { kind: 'core-instantiate'; module: number; args: { name: string; instance: number }[] }
  /** A core instance made of entries that are there. Pushes onto coreInstances. */
  | { kind: 'core-bundle'; exports: { name: string; sort: CoreSort; index: number }[] }
  /** An export of a core instance. Pushes onto the core list of `sort`. */
  | { kind: 'core-alias'; instance: number; name: string; sort: CoreSort }
  /** Pushes onto components; `outer` aliases inside it look at the instance that makes it. */
  | { kind: 'component'; component: ComponentBody }
  /** Instantiates a component. Pushes onto instances. */
  | { kind: 'instantiate'; component: number; args: Named[]; resources: ResourceBinding[] }
  /** An instance made of entries that are there. Pushes onto instances. */
  | { kind: 'bundle'; exports: Named[] }
  /** An export of an instance. Pushes onto the list of `sort`; aliases of types are not listed. */
  | { kind: 'alias'; instance: number; name: string; sort: Exclude<Sort, 'type'> }
  /** An entry of the component `count` levels out (0 is this one). Pushes onto the list of `sort`. */
  | { kind: 'outer-alias'; count: number; index: number; sort: 'component' | 'core-module' }
  /** A resource type, new for each instance; `dtor` is a core function (i32) -> () that may lie ahead. Pushes onto nothing. */
  | { kind: 'resource'; resource: Resource; dtor?: number }
  /** A core function as a component function. Pushes onto funcs. */
  | { kind: 'lift'; coreFunc: number; type: FuncType; options: CanonOptions }
  /** A component function as a core function. Pushes onto coreFuncs. */
  | { kind: 'lower'; func: number; type: FuncType; options: CanonOptions }
  /** (rep: i32) -> handle, (handle) -> (), (handle) -> rep. Pushes onto coreFuncs. */
  | { kind: 'resource-new' | 'resource-drop' | 'resource-rep'; resource: Resource }
  /**
   * Only in components that are made of a core module (`core.ts`): a core function for an import that the module's
   * world does not mention; calling it ends the task with the import's name. Pushes onto coreFuncs.
   */
  | { kind: 'stub'; module: string; name: string; type: CoreFuncType }
  /** Pushes onto the list of the sort; imports of types push onto nothing. */
  | { kind: 'import'; name: string; type: ExternType; resources: ResourceBinding[] }
  /** Makes an entry visible outside *and* pushes it onto its list once more; exports of types push onto nothing. */
  | ({ kind: 'export' } & Named)

/** An entry under a name: argument of an instantiation, export of a bundle or of a component. */
export type Named =
  | { name: string; sort: Exclude<Sort, 'type'>; index: number }
  /** `resource` where the type is one; all other types have no life at run time. */
  | { name: string; sort: 'type'; resource?: Resource }

export interface ResourceBinding {
  path: string[]
  resource: Resource
}

export interface Resource {
  id: number
  /** For messages: the name under which it is imported or exported, `wasi:io/streams@0.2.0#output-stream`. */
  name: string
}

/**
 * Options of `lift` and `lower`. `memory`, `realloc` and `postReturn` are positions in the *finished* lists: they may
 * lie ahead of the definition (a core module's own imports are lowered into a memory that it is yet to export), so
 * they are looked up when the function is called; one that is not there yet is a trap.
 */
export interface CanonOptions {
  encoding: 'utf8' | 'utf16' | 'latin1+utf16'
  memory?: number
  realloc?: number
  postReturn?: number
}

/**
 * A type as the canonical ABI sees it: `Type` without `link` and `ipld`, and with handles. Handles stand only in
 * functions between components and their hosts; no user passes one. `unit` stands for an absent payload of `result`
 * and an absent result of a function only.
 */
export type AbiType =
  | { kind: Exclude<Scalar, 'ipld'> }
  | ListOf<AbiType>
  | OptionOf<AbiType>
  | ResultOf<AbiType>
  | TupleOf<AbiType>
  | RecordOf<AbiType>
  | VariantOf<AbiType>
  | EnumType
  | FlagsType
  | { kind: 'own' | 'borrow'; resource: Resource }
export type AbiField = FieldOf<AbiType>
export type AbiCase = CaseOf<AbiType>

export interface FuncType {
  params: AbiField[]
  /** `unit` where there is none. Older binaries may name their results: several of them are a record. */
  result: AbiType
  /** Declared `async`; such a function is neither lifted nor lowered. */
  async?: true
}

/** What an import asks for or an export gives. Positions mean nothing here, names do. */
export type ExternType =
  | { sort: 'func'; type: FuncType }
  | ({ sort: 'instance' } & InstanceType)
  | ({ sort: 'component' } & ComponentType)
  | { sort: 'core-module'; imports: CoreImport[]; exports: CoreExport[] }
  | { sort: 'type'; type: NamedTypeBody }

export interface InstanceType {
  exports: ExternDecl[]
  /** Resource types that are new with each instance of this type; empty for an instance that is there. */
  introduces: ResourceBinding[]
}

/** A value type, a resource, or the type of a function, instance or component under a name. */
export type NamedTypeBody =
  { kind: 'value'; type: AbiType } | { kind: 'resource'; resource: Resource } | { kind: 'extern'; type: ExternType }

export interface ExternDecl {
  name: string
  type: ExternType
}

/** A core module: its bytes (a view into the file) and what stands at its borders. */
export interface CoreModule {
  /** Offset of the module in the file. */
  offset: number
  bytes: Uint8Array
  imports: CoreImport[]
  exports: CoreExport[]
  /** Memories and tables of its own, without imported ones. */
  memories: MemoryType[]
  tables: TableType[]
  /** Those that the tools of components write. */
  customs: { name: string; bytes: Uint8Array }[]
}

export interface CoreImport {
  module: string
  name: string
  type: CoreExternType
}

export interface CoreExport {
  name: string
  type: CoreExternType
}

export type CoreExternType =
  | ({ sort: 'func' } & CoreFuncType)
  | ({ sort: 'memory' } & MemoryType)
  | ({ sort: 'table' } & TableType)
  | { sort: 'global'; value: CoreValueType; mutable: boolean }
  | ({ sort: 'tag' } & CoreFuncType)

/** Reference types other than the two of Wasm 2.0 are all `ref`. */
export type CoreValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128' | 'funcref' | 'externref' | 'ref'

export interface CoreFuncType {
  params: CoreValueType[]
  results: CoreValueType[]
}

/** Sizes in pages of `1 << pageBits` bytes (16 unless the module says otherwise). */
export interface MemoryType {
  min: bigint
  max?: bigint
  shared: boolean
  memory64: boolean
  pageBits: number
}

export interface TableType {
  element: CoreValueType
  min: bigint
  max?: bigint
  table64: boolean
}
