/**
 * The tree. A kind of node is one row of {@link children} and one interface; the union, the walker, the printer and
 * the checker are derived from them, so that `tsc` lists what a new kind needs.
 */
interface Base {
  /** Offsets into the source, UTF-16 code units; `end` is exclusive. */
  start: number
  end: number
}

export interface Module extends Base {
  kind: 'Module'
  /** Text of the `//!` lines, without the marks. */
  docs?: string
  items: Item[]
}
export interface Name extends Base {
  kind: 'Name'
  /** Empty where recovery found none; whoever meets it stays silent, the error was reported. */
  text: string
}

export interface Import extends Base {
  kind: 'Import'
  name: Name
  from: Text
  /** `{ crop: func(data: list<u8>) -> list<u8> }` after the source. */
  stated?: StatedInterface
}
export interface StatedInterface extends Base {
  kind: 'StatedInterface'
  functions: StatedFunction[]
}
export interface StatedFunction extends Base {
  kind: 'StatedFunction'
  docs?: string
  name: Name
  params: Param[]
  result?: TypeNode
}
export interface Config extends Base {
  kind: 'Config'
  entries: Setting[]
}
/** `time: 30s` in `config { }` and in `with { }`. */
export interface Setting extends Base {
  kind: 'Setting'
  name: Name
  value: Expression
}
export interface Const extends Base {
  kind: 'Const'
  docs?: string
  name: Name
  type?: TypeNode
  value: Expression
}
export interface TypeDeclaration extends Base {
  kind: 'TypeDeclaration'
  docs?: string
  name: Name
  type: TypeNode
}
export interface Job extends Base {
  kind: 'Job'
  docs?: string
  exported: boolean
  name: Name
  params: Param[]
  result?: TypeNode
  body: Block
}
export interface Param extends Base {
  kind: 'Param'
  name: Name
  type: TypeNode
  default?: Expression
}
export interface Block extends Base {
  kind: 'Block'
  lets: Let[]
  /** Absent only where the source has none, which is an error that was reported. */
  value?: Expression
}
export interface Let extends Base {
  kind: 'Let'
  /** `_` demands nothing. */
  name: Name
  type?: TypeNode
  value: Expression
}

/** A name of a type with arguments: `u32`, `list<u8>`, `Picture`, `image.angle`, `bytes`; `_` inside `result`. */
export interface NamedType extends Base {
  kind: 'NamedType'
  path: Name[]
  args: TypeNode[]
}
export interface UnitType extends Base {
  kind: 'UnitType'
}
export interface RecordType extends Base {
  kind: 'RecordType'
  fields: FieldType[]
}
export interface FieldType extends Base {
  kind: 'FieldType'
  name: Name
  type: TypeNode
}
export interface VariantType extends Base {
  kind: 'VariantType'
  cases: CaseType[]
}
export interface CaseType extends Base {
  kind: 'CaseType'
  name: Name
  type?: TypeNode
}
export interface EnumType extends Base {
  kind: 'EnumType'
  cases: Name[]
}
export interface FlagsType extends Base {
  kind: 'FlagsType'
  flags: Name[]
}

/** `42 0xff 1_000` (bigint) or `1.5 1e3` (number); a leading `-` belongs to the literal. */
export interface NumberLiteral extends Base {
  kind: 'NumberLiteral'
  value: bigint | number
}
/** `30s`: milliseconds. */
export interface DurationLiteral extends Base {
  kind: 'DurationLiteral'
  milliseconds: number
}
/** `64MiB`: bytes. */
export interface SizeLiteral extends Base {
  kind: 'SizeLiteral'
  bytes: number
}
export interface BoolLiteral extends Base {
  kind: 'BoolLiteral'
  value: boolean
}
export interface Text extends Base {
  kind: 'Text'
  /** With the escapes resolved. */
  value: string
}
export interface CharLiteral extends Base {
  kind: 'CharLiteral'
  value: string
}
export interface BytesLiteral extends Base {
  kind: 'BytesLiteral'
  value: Uint8Array
}
export interface CidLiteral extends Base {
  kind: 'CidLiteral'
  text: Text
}
export interface Embed extends Base {
  kind: 'Embed'
  path: Text
}
export interface List extends Base {
  kind: 'List'
  items: Expression[]
}
/** `(a, b)`, `(a,)`; the empty one is `()`. */
export interface Tuple extends Base {
  kind: 'Tuple'
  items: Expression[]
}
export interface RecordLiteral extends Base {
  kind: 'RecordLiteral'
  fields: FieldValue[]
}
export interface FieldValue extends Base {
  kind: 'FieldValue'
  name: Name
  value: Expression
}
/** `{ read, write }`: a value of a `flags` type, as WAVE writes it. `{}` is an empty `RecordLiteral`. */
export interface FlagsLiteral extends Base {
  kind: 'FlagsLiteral'
  flags: Name[]
}
/** A name used as a value; `none` too. */
export interface Reference extends Base {
  kind: 'Reference'
  name: string
}
export interface Access extends Base {
  kind: 'Access'
  object: Expression
  name: Name
}
export interface TupleAccess extends Base {
  kind: 'TupleAccess'
  object: Expression
  index: number
}
export interface Index extends Base {
  kind: 'Index'
  object: Expression
  index: Expression
}
/** The callee is a `Reference` or an `Access` path: `crop(…)`, `image.crop(…)`, `some(…)`, `Type.case(…)`. */
export interface Call extends Base {
  kind: 'Call'
  callee: Expression
  args: Argument[]
}
export interface Argument extends Base {
  kind: 'Argument'
  name?: Name
  value: Expression
}
export interface With extends Base {
  kind: 'With'
  object: Expression
  settings: Setting[]
}
/** Stands where recovery found no expression or type; whoever meets it stays silent, the error was reported. */
export interface Missing extends Base {
  kind: 'Missing'
}

export type Item = Import | Config | Const | TypeDeclaration | Job
export type TypeNode = NamedType | UnitType | RecordType | VariantType | EnumType | FlagsType | Missing
export type Expression =
  | NumberLiteral
  | DurationLiteral
  | SizeLiteral
  | BoolLiteral
  | Text
  | CharLiteral
  | BytesLiteral
  | CidLiteral
  | Embed
  | List
  | Tuple
  | RecordLiteral
  | FlagsLiteral
  | Reference
  | Access
  | TupleAccess
  | Index
  | Call
  | With
  | Missing
export type Node =
  | Module
  | Item
  | TypeNode
  | Expression
  | Name
  | StatedInterface
  | StatedFunction
  | Setting
  | Param
  | Block
  | Let
  | FieldType
  | CaseType
  | FieldValue
  | Argument
export type Kind = Node['kind']
export type NodeOf<K extends Kind> = Extract<Node, { kind: K }>

/** Child fields of each kind, in source order. The walker, the printer and the checker are keyed by it. */
export const children = {
  Module: ['items'],
  Name: [],
  Import: ['name', 'from', 'stated'],
  StatedInterface: ['functions'],
  StatedFunction: ['name', 'params', 'result'],
  Config: ['entries'],
  Setting: ['name', 'value'],
  Const: ['name', 'type', 'value'],
  TypeDeclaration: ['name', 'type'],
  Job: ['name', 'params', 'result', 'body'],
  Param: ['name', 'type', 'default'],
  Block: ['lets', 'value'],
  Let: ['name', 'type', 'value'],
  NamedType: ['path', 'args'],
  UnitType: [],
  RecordType: ['fields'],
  FieldType: ['name', 'type'],
  VariantType: ['cases'],
  CaseType: ['name', 'type'],
  EnumType: ['cases'],
  FlagsType: ['flags'],
  NumberLiteral: [],
  DurationLiteral: [],
  SizeLiteral: [],
  BoolLiteral: [],
  Text: [],
  CharLiteral: [],
  BytesLiteral: [],
  CidLiteral: ['text'],
  Embed: ['path'],
  List: ['items'],
  Tuple: ['items'],
  RecordLiteral: ['fields'],
  FieldValue: ['name', 'value'],
  FlagsLiteral: ['flags'],
  Reference: [],
  Access: ['object', 'name'],
  TupleAccess: ['object'],
  Index: ['object', 'index'],
  Call: ['callee', 'args'],
  Argument: ['name', 'value'],
  With: ['object', 'settings'],
  Missing: [],
} as const satisfies { [K in Kind]: readonly (keyof NodeOf<K>)[] }

/** Children of a node in source order. */
export function* childrenOf(node: Node): Generator<Node> {
  for (const key of children[node.kind]) {
    const child = (node as unknown as Record<string, Node | Node[] | undefined>)[key]
    if (Array.isArray(child)) yield* child
    else if (child) yield child
  }
}
