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
  /** How many more times it is attempted where a failure may be retried; 0 and up. */
  retry: number
  /** How many more times it is executed to compare the results; 0 and up. */
  check: number
}

/**
 * One task, and what identifies it (docs/dag.md, Instruction). An argument is a *placed* value (`place.ts`)
 * that may hold, at any depth, a parameter `{"ipvm/param": name}` or a promise `{"await/ok": CID}`.
 */
export interface Instruction {
  rsc: string
  op: string
  input: {
    func?: string
    args: Ipld[]
    /** Blocks of the bodies of a core operation; their captured values are the last of `args`. */
    bodies?: CID[]
    /** Of effects: holes, sorted by their encoding. */
    after?: Ipld[]
    /** Of commands: a body, and the values that it captures after its result. */
    undo?: { body: CID; args: Ipld[] }
  }
  /** Empty but for the second, third … of several equal commands of one body. */
  nnc: string
}

/**
 * A body as its block holds it. Its instructions use `{"ipvm/param": n}` and await tasks of the same body alone. First
 * come the parameters that the operation hands in, then the captured values.
 */
export interface BodyBlock {
  params: number
  /** Instructions in post-order. */
  tasks: CID[]
  value: Ipld
  commands: CID[]
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
  /** Limits of every Wasm and effect task, those of bodies too, sorted by the bytes of the instruction's CID. */
  meta: [CID, Limits][]
  /** Effects of the tasks that are there, those of bodies too, as `http/get`, sorted. */
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
