import type { CID } from 'multiformats/cid'
import type { Limits } from '../dag/interface.ts'
import type { Ipld } from '../dag/ipld.ts'
import type { NumberLiteral } from '../grammar/nodes.ts'
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
  | { kind: 'field'; object: Core; name: string; site: Site }
  | { kind: 'item'; object: Core; index: number; site: Site }
  | { kind: 'index'; object: Core; index: Core; site: Site }
  | { kind: 'wasm'; module: ComponentModule; func: CallableFunction; args: Core[]; settings: Settings; site: Site }
  | { kind: 'job'; job: CheckedJob; args: (Core | undefined)[]; settings: Settings; site: Site }
  | { kind: 'widen'; value: Core; from: Open; to: Open }
  /** Was reported; a program that holds one is not lowered. */
  | { kind: 'error' }

/** A parameter or a `let`, by identity. */
export interface Binding {
  name: string
  type: Open
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
  lets: { binding: Binding; value: Core }[]
  value: Core
  result: Open
  /** Limits of the file's `config`. */
  config: Settings
}
