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
/** `import { a, b as c } from "./x.ipvm"`, `import { http } from "ipvm:effects"`. */
export interface ImportNames extends Base {
  kind: 'ImportNames'
  names: ImportedName[]
  from: Text
}
export interface ImportedName extends Base {
  kind: 'ImportedName'
  name: Name
  /** What it is called here, after `as`. */
  alias?: Name
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
  exported: boolean
  name: Name
  type?: TypeNode
  value: Expression
}
export interface TypeDeclaration extends Base {
  kind: 'TypeDeclaration'
  docs?: string
  exported: boolean
  name: Name
  type: TypeNode
}
export interface Job extends Base {
  kind: 'Job'
  docs?: string
  exported: boolean
  name: Name
  params: Param[]
  result?: TypeNode | undefined
  /** Absent where there is no `uses`. */
  uses?: Uses | undefined
  body: Block
}
/** `uses http.get, fs.write` */
export interface Uses extends Base {
  kind: 'Uses'
  operations: Use[]
}
export interface Use extends Base {
  kind: 'Use'
  /** `http.get`, or `declassify` alone. */
  path: Name[]
}
/** `effect mail("mailto:") { … }` */
export interface EffectDeclaration extends Base {
  kind: 'EffectDeclaration'
  docs?: string
  exported: boolean
  name: Name
  scheme: Text
  operations: Operation[]
}
/** How an operation touches the world (IPVM effect spec, section 2). */
export type OperationKind = 'query' | 'note' | 'idempotent command' | 'command'
/** `query get(url: string) -> result<Response, string>` */
export interface Operation extends Base {
  kind: 'Operation'
  docs?: string
  operation: OperationKind
  name: Name
  params: Param[]
  result?: TypeNode
}
/** `test "what is promised" { … }` */
export interface Test extends Base {
  kind: 'Test'
  docs?: string
  name: Text
  /** Without a value. */
  body: Block
}
export interface Param extends Base {
  kind: 'Param'
  name: Name
  type: TypeNode
  default?: Expression
}
/**
 * The body of a job, a test, `for`, `if`, `else`; also of an arm, a `catch` or a function with `=>`, where its brace is
 * followed by a statement.
 */
export interface Block extends Base {
  kind: 'Block'
  statements: Statement[]
  /** The last line. Absent in a test, in the block of an `if` without `else` or of a loop that only performs, and where the source has none. */
  value?: Expression
}
export interface Let extends Base {
  kind: 'Let'
  /** `_` demands nothing. */
  name: Name
  type?: TypeNode
  value: Expression
}

/** A line whose value nobody uses: `do fs.write(…)`, `log.write(…)`. */
export interface Perform extends Base {
  kind: 'Perform'
  value: Expression
}
/** `assert a == b`, `assert fails f(x)`; in tests. */
export interface Assert extends Base {
  kind: 'Assert'
  fails: boolean
  value: Expression
}
/** `given http.get(url: "…") => err("404")`; in tests. An argument `_` stands for any value. */
export interface Given extends Base {
  kind: 'Given'
  call: Call
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
/** `"a ${b} c"`: the pieces of text are `Text`, without quotes; two of them never stand side by side. */
export interface Template extends Base {
  kind: 'Template'
  parts: Expression[]
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
export type BinaryOperator = '*' | '/' | '%' | '+' | '-' | '==' | '!=' | '<' | '<=' | '>' | '>=' | '&&' | '||'
export interface Binary extends Base {
  kind: 'Binary'
  operator: BinaryOperator
  left: Expression
  right: Expression
}
export interface Unary extends Base {
  kind: 'Unary'
  operator: '!' | '-'
  value: Expression
}
/** `x as u8` */
export interface As extends Base {
  kind: 'As'
  value: Expression
  type: TypeNode
}
/** `e?` */
export interface Unwrap extends Base {
  kind: 'Unwrap'
  value: Expression
}
/** `try e` */
export interface Try extends Base {
  kind: 'Try'
  value: Expression
}
/** `e catch failure => alternative`; the name may be `_`. */
export interface Catch extends Base {
  kind: 'Catch'
  value: Expression
  name: Name
  alternative: Expression
}
/** `op(…) after a`, `op(…) after (a, b)` */
export interface After extends Base {
  kind: 'After'
  value: Expression
  names: Reference[]
}
/** `do op(…)`, the loosest of all: what follows it is inside of it. */
export interface Do extends Base {
  kind: 'Do'
  value: Expression
}
/** `op(…) undo r => do other(r.id)`; stands inside of a `Do`. */
export interface Undo extends Base {
  kind: 'Undo'
  value: Expression
  name: Name
  action: Expression
}
export interface If extends Base {
  kind: 'If'
  condition: Expression
  then: Block
  otherwise?: Block | If
}
export interface Match extends Base {
  kind: 'Match'
  value: Expression
  arms: Arm[]
}
/** `some(x) => e` */
export interface Arm extends Base {
  kind: 'Arm'
  pattern: Pattern
  value: Expression
}
/** `none`, `some(x)`, `red`, `Color.red`, `image.angle.left`; a payload `_` is passed over. */
export interface CasePattern extends Base {
  kind: 'CasePattern'
  path: Name[]
  payload?: Name
}
/** `0`, `"a"`, `'c'`, `true` */
export interface LiteralPattern extends Base {
  kind: 'LiteralPattern'
  value: NumberLiteral | Text | CharLiteral | BoolLiteral | Missing
}
/** `_`: whatever is left. */
export interface RestPattern extends Base {
  kind: 'RestPattern'
}
/** `for x in xs { … }`, `for x, i in xs { … }` */
export interface For extends Base {
  kind: 'For'
  name: Name
  index?: Name
  list: Expression
  body: Block
}
/** `reduce xs with f`: a `Lambda`, or the path of a function. */
export interface Reduce extends Base {
  kind: 'Reduce'
  list: Expression
  combine: Expression
}
/** `fold xs from init with (acc, x) => e` */
export interface Fold extends Base {
  kind: 'Fold'
  list: Expression
  init: Expression
  step: Expression
}
/** `(a, b) => e`; stands in `reduce` and `fold` alone. */
export interface Lambda extends Base {
  kind: 'Lambda'
  params: Name[]
  body: Expression
}
/** Stands where recovery found no expression or type; whoever meets it stays silent, the error was reported. */
export interface Missing extends Base {
  kind: 'Missing'
}

export type Item = Import | ImportNames | Config | Const | TypeDeclaration | Job | EffectDeclaration | Test
export type Statement = Let | Perform | Assert | Given
export type Pattern = CasePattern | LiteralPattern | RestPattern
export type TypeNode = NamedType | UnitType | RecordType | VariantType | EnumType | FlagsType | Missing
export type Expression =
  | NumberLiteral
  | DurationLiteral
  | SizeLiteral
  | BoolLiteral
  | Text
  | Template
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
  | Binary
  | Unary
  | As
  | Unwrap
  | Try
  | Catch
  | After
  | Do
  | Undo
  | If
  | Match
  | For
  | Reduce
  | Fold
  | Lambda
  | Block
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
  | ImportedName
  | Param
  | Uses
  | Use
  | Operation
  | Statement
  | Arm
  | Pattern
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
  ImportNames: ['names', 'from'],
  ImportedName: ['name', 'alias'],
  StatedInterface: ['functions'],
  StatedFunction: ['name', 'params', 'result'],
  Config: ['entries'],
  Setting: ['name', 'value'],
  Const: ['name', 'type', 'value'],
  TypeDeclaration: ['name', 'type'],
  Job: ['name', 'params', 'result', 'uses', 'body'],
  Uses: ['operations'],
  Use: ['path'],
  EffectDeclaration: ['name', 'scheme', 'operations'],
  Operation: ['name', 'params', 'result'],
  Test: ['name', 'body'],
  Param: ['name', 'type', 'default'],
  Block: ['statements', 'value'],
  Let: ['name', 'type', 'value'],
  Perform: ['value'],
  Assert: ['value'],
  Given: ['call', 'value'],
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
  Template: ['parts'],
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
  Binary: ['left', 'right'],
  Unary: ['value'],
  As: ['value', 'type'],
  Unwrap: ['value'],
  Try: ['value'],
  Catch: ['value', 'name', 'alternative'],
  After: ['value', 'names'],
  Do: ['value'],
  Undo: ['value', 'name', 'action'],
  If: ['condition', 'then', 'otherwise'],
  Match: ['value', 'arms'],
  Arm: ['pattern', 'value'],
  CasePattern: ['path', 'payload'],
  LiteralPattern: ['value'],
  RestPattern: [],
  For: ['name', 'index', 'list', 'body'],
  Reduce: ['list', 'combine'],
  Fold: ['list', 'init', 'step'],
  Lambda: ['params', 'body'],
  Missing: [],
} as const satisfies { [K in Kind]: readonly (keyof NodeOf<K>)[] }

/** Children of a node in source order. */
export function childrenOf(node: Node): Node[] {
  const found: Node[] = []
  for (const key of children[node.kind]) {
    const child = (node as unknown as Record<string, Node | Node[] | undefined>)[key]
    if (Array.isArray(child)) for (const part of child) found.push(part)
    else if (child) found.push(child)
  }
  return found
}
