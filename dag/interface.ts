import type { CID } from 'multiformats/cid'
import type { Ipld } from './ipld.ts'
import type { Type } from './types.ts'

/** Why bytes are not what they claim to be. `code` is stable, `message` is for people. */
export interface DagError {
  code: 'codec' | 'cid' | 'block' | 'car' | 'type' | 'value' | 'job' | 'missing' | 'argument' | 'size'
  message: string
  /** With `missing`: the component, by its CID, whose bytes are not at hand. */
  component?: string
}

/** Limits of one task, fully resolved: milliseconds, bytes and units of gas (IPVM workflow spec, 4.1). */
export interface Limits {
  time: number
  memory: number
  gas: number
}

/**
 * One task, and what identifies it (docs/dag.md, Instruction). An argument is a *placed* value (`place.ts`)
 * that may hold, at any depth, a parameter `{"ipvm/param": name}` or a promise `{"await/ok": CID}`.
 */
export interface Instruction {
  rsc: string
  op: string
  input: { func?: string; args: Ipld[] }
  nnc: string
}

export interface Parameter {
  type: Type
  /** A placed value. */
  default?: Ipld
}

/** A compiled job (docs/dag.md, Job). One without parameters is closed and can run. */
export interface Job {
  params: Map<string, Parameter>
  result: { type: Type; value: Ipld }
  /** Instructions in post-order from the result: what a task awaits stands before it. */
  tasks: CID[]
  commands: CID[]
  /** Limits of every Wasm and effect task, sorted by the bytes of the instruction's CID. */
  meta: [CID, Limits][]
  uses: string[]
}

/** A place in a source file; offsets are UTF-16 code units, lines and columns count from 1. */
export interface SourceSpan {
  file: string
  start: { offset: number; line: number; column: number }
  end: { offset: number; line: number; column: number }
}

/** The second root of a compiled CAR: names and places for people; identity never depends on it. */
export interface DebugInfo {
  job: CID
  /** Name of the job in its source, and the file that it stands in. */
  name: string
  file: string
  tasks: { task: CID; name: string; span: SourceSpan }[]
}

/** What went wrong inside a job that ran (language.md, `failure`); `message` is a fixed text for the kind. */
export type FailureKind =
  'trap' | 'gas' | 'time' | 'memory' | 'stack' | 'refused' | 'effect' | 'unwrap' | 'value' | 'crash'
