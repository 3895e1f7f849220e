import type {
  Call,
  EnumType,
  Expression,
  FlagsType,
  Name,
  Node,
  RecordType,
  Reference,
  Statement,
  VariantType,
} from '../grammar/nodes.ts'
import type { ModuleContext } from './check/context.ts'
import type { CallableFunction } from './component.ts'
import type { Binding, CheckedOperation } from './core.ts'
import type { Open } from './open.ts'
import type { Symbol } from './scope.ts'

/** What a name in a file stands for. */
export type Target =
  | /** A parameter, a `let`, or what another construct binds. */ { kind: 'local'; binding: Binding }
    /** What the file declares or imports. */
  | { kind: 'symbol'; symbol: Symbol }
  /** An interface of a component: the path behind the name of the module. */
  | { kind: 'interface'; module: Symbol & { kind: 'module' }; path: string }
  | { kind: 'function'; module: Symbol & { kind: 'module' }; func: CallableFunction }
  /** A type that a component exports. */
  | { kind: 'exported'; module: Symbol & { kind: 'module' }; path: string; type: Open }
  | { kind: 'operation'; effect: Symbol & { kind: 'effect' }; operation: CheckedOperation }
  | { kind: 'field'; of: Open & { kind: 'record' }; name: string; type: Open }
  /** A case of a variant or an enum, or a flag; of `option` and `result` too. */
  | { kind: 'case'; of: Open; name: string; payload?: Open }
  /** A parameter, where an import states what a component exports. */
  | { kind: 'stated'; module: Symbol & { kind: 'module' }; func: CallableFunction; name: string; type: Open }
  /** The name of an argument, and the parameter that takes it, where the language declares it. */
  | { kind: 'parameter'; call: Call; func: string; name: string; type: Open; binding?: Binding }

/** A part of a `uses` that nothing of the file has as its name: of an effect that it may know through what it imports. */
export interface Elsewhere {
  kind: 'elsewhere'
  part: 'effect' | 'operation'
  effect: string
  operation: string
}

/** A type that names its parts, as it is written. */
export type Composite = RecordType | VariantType | EnumType | FlagsType

/** Where a type was written out: in a text that `home` had then. */
export interface Origin {
  home: ModuleContext
  node: Composite
}

/** Where types that name their parts were written out, as far as the source does so. */
export const origins = new WeakMap<Open, Origin>()

/**
 * What an editor asks of a checked file: what its names stand for, and of which types its expressions are. Whoever
 * compiles has no use for them, so they are taken only where there is a place for them. Types may hold variables until
 * the job is checked to its end.
 */
export interface Notes {
  types: Map<Expression, Open>
  /** Types that are expected of expressions by what is around them, holes among them. */
  expected: Map<Expression, Open>
  targets: Map<Name | Reference, Target | Elsewhere>
  /** Values of types that were made apart, and what they were found to fit; of an operation its sides. */
  fits: Map<Node, [from: Open, to: Open][]>
  /** Calls, with what takes their arguments. */
  calls: Map<Expression, Called>
  /** Lines of long bodies, each with another object each time that it is checked. */
  checked: Map<Statement, object>
}

/** What a call calls. */
export interface Called {
  name: string
  params: { name: string; type: Open; optional: boolean }[]
  result: Open
  /** It keeps its arguments as they are, secrets among them. */
  keeps?: boolean
}

export function newNotes(): Notes {
  return {
    types: new Map(),
    expected: new Map(),
    targets: new Map(),
    fits: new Map(),
    calls: new Map(),
    checked: new Map(),
  }
}
