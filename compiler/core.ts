import type { CID } from 'multiformats/cid'
import type { CoreOperation } from '../dag/core.ts'
import type { Limits, Parameter } from '../dag/interface.ts'
import type { Block, Ipld } from '../dag/ipld.ts'
import type { Type } from '../dag/types.ts'
import type { Name, NumberLiteral, OperationKind } from '../grammar/nodes.ts'
import type { CallableFunction, ComponentModule } from './component.ts'
import type { Open } from './open.ts'

/**
 * A checked expression: names are resolved, arguments stand in order, conversions are explicit. Lowering reads
 * nothing else. Types may hold variables until the job has been checked to its end.
 */
export type Core =
  | { kind: 'number'; value: bigint | number; type: Open }
  /** A value whose type is certain: bool, string, char, enum case, `none`, `()`, bytes. */
  | { kind: 'value'; value: Ipld }
  | { kind: 'cid'; cid: CID }
  | { kind: 'list'; items: Core[]; element: Open }
  | { kind: 'tuple'; items: Core[] }
  | { kind: 'record'; fields: [name: string, value: Core][] }
  | { kind: 'some'; value: Core; of: Open }
  /** `ok(v)`, `err(e)` as `{ok}` and `{error}`, and a variant's case with or without a payload. */
  | { kind: 'case'; name: string; payload?: Core }
  | { kind: 'local'; binding: Binding }
  /** What a constant stands for; one object for all places that name it. */
  | { kind: 'constant'; value: Core }
  /** A core operation (`dag/core.ts`): access, operators, conversions, built-ins. */
  | { kind: 'operation'; op: CoreOperation; args: (Core | TypeArgument)[]; site: Site }
  | { kind: 'wasm'; module: ComponentModule; func: CallableFunction; args: Core[]; settings: Settings; site: Site }
  /** `body` is there when the file of the job was checked to its end; `secrets` are for parameters that are none. */
  | {
      kind: 'job'
      job: CheckedJob
      args: (Core | undefined)[]
      secrets: number[]
      settings: Settings
      after: Core[]
      site: Site
    }
  /** A job that was compiled before, imported by its CID. */
  | { kind: 'compiled'; job: CompiledJob; args: (Core | undefined)[]; secrets: number[]; site: Site }
  | EffectCore
  /** Picks a body by a `bool` (the first where it holds) or by an integer from 0. */
  | { kind: 'branch'; selector: Core; bodies: CheckedBody[]; decision: Decision; site: Site }
  /** The body takes the element, or the element and its index (`u64`); `from` and `to` are types of lists. */
  | { kind: 'for'; list: Core; from: Open; to: Open; body: CheckedBody; decision: Decision; site: Site }
  /** The body takes two elements. */
  | { kind: 'reduce'; list: Core; from: Open; body: CheckedBody; decision: Decision; site: Site }
  /** The body takes the state and the element. */
  | { kind: 'fold'; list: Core; from: Open; init: Core; body: CheckedBody; decision: Decision; site: Site }
  /** The outcome of the first body as `result<T, failure>`. */
  | { kind: 'try'; body: CheckedBody; site: Site }
  /** The second body takes the failure. */
  | { kind: 'catch'; body: CheckedBody; alternative: CheckedBody; decision: Decision; site: Site }
  /** A block in the middle of an expression. */
  | { kind: 'block'; body: CheckedBody }
  | { kind: 'widen'; value: Core; from: Open; to: Open }
  /** Was reported; a program that holds one is not lowered. */
  | { kind: 'error' }

/** What decides whether, or how often, bodies are computed: a condition, a list, what may fail. */
export interface Decision {
  secret: boolean
  /** In the file of the construct. */
  start: number
  end: number
}

/** A type among the arguments of a core operation, as `encodeType` writes it. */
export interface TypeArgument {
  kind: 'type'
  type: Open
}

/** An effect: `http.get(…)`, `do fs.write(…)`, `declassify(x)`. Queries and commands alike. */
export interface EffectCore {
  kind: 'effect'
  effect: CheckedOperation
  args: (Core | undefined)[]
  settings: Settings
  after: Core[]
  /** Takes the result of the command. */
  undo?: CheckedBody
  site: Site
}

/** An operation of an effect, as its declaration has it. */
export interface CheckedOperation {
  /** `http/get` */
  op: string
  /** What instructions have as `rsc`: `https:`. */
  scheme: string
  operation: OperationKind
  params: { binding: Binding; default?: Core }[]
  result: Open
}

/** What a block, a loop or a branch holds. */
export interface CheckedBody {
  params: Binding[]
  /** In the order of the source: a `let`, or, without a binding, a line that only performs. */
  statements: { binding?: Binding; value: Core }[]
  value: Core
}

/** A parameter or a `let`, by identity. */
export interface Binding {
  name: string
  type: Open
  /** Where it is bound; absent of what no source names. */
  at?: Name
  /** A number without a type of its own counts as the literal that it is, wherever the name stands. */
  literal?: NumberLiteral
}

export type Settings = Partial<Limits>

/** Where a task stands, and what it is called in the source, for messages. */
export interface Site {
  file: string
  start: number
  end: number
  name: string
}

export interface CheckedJob {
  name: string
  file: string
  exported: boolean
  params: { binding: Binding; default?: Core }[]
  body: CheckedBody
  result: Open
  /** Its name in the source. */
  site: Site
  /** Limits of the file's `config`. */
  config: Settings
  /** What it may do to the world, calls of other jobs included, as `http/get`; complete when all bodies are checked. */
  effects: Map<string, CheckedOperation>
}

/** A compiled job that a file imports by its CID. */
export interface CompiledJob {
  cid: CID
  params: Map<string, Parameter>
  result: Type
  uses: string[]
  /** All of its blocks. */
  blocks: Block[]
  /** The components that it calls. */
  components: CompiledPart[]
}

/** A component that a compiled job calls; its blocks are empty where they are not at hand. */
export type CompiledPart = Pick<ComponentModule, 'cid' | 'blocks'>

/** A `test` block: what stands in for effects, and what is promised. */
export interface CheckedTest {
  name: string
  /** Of the name in the source. */
  site: Site
  /** Limits of the file's `config`. */
  config: Settings
  /** Lets of the test, in the order of the source; `given` and `assert` see those before them. */
  statements: { binding?: Binding; value: Core }[]
  given: { effect: CheckedOperation; args: (Core | 'any')[]; value: Core; statements: number; site: Site }[]
  asserts: CheckedAssert[]
}

/** `statements` counts the statements of the test that stand before it. */
export type CheckedAssert =
  /** `assert a == b`: both sides, so that a difference can be shown. */
  | { kind: 'equal'; left: Core; right: Core; type: Open; statements: number; site: Site }
  /** `assert c` */
  | { kind: 'holds'; value: Core; statements: number; site: Site }
  /** `assert fails e` */
  | { kind: 'fails'; value: Core; type: Open; statements: number; site: Site }
