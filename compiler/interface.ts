import type { CID } from 'multiformats/cid'
import type { Parameter } from '../dag/interface.ts'
import type { Block, Ipld } from '../dag/ipld.ts'
import type { Type } from '../dag/types.ts'
import type { Diagnostic } from '../grammar/diagnostics.ts'

/**
 * The world as the compiler sees it: files by path and blocks by CID. I/O stays at the rim, so that the
 * same compiler runs in a terminal, an editor, a browser and a test.
 */
export interface Host {
  /** Bytes of a file, or why there are none. */
  readFile(path: string): Uint8Array | 'missing' | 'directory' | 'unreadable'
  /** Where a path leads: absolute, with all symbolic links followed; undefined where nothing is. `.` is the current folder. */
  realPath(path: string): string | undefined
  /** Names in a folder, for messages; none where it cannot be read. */
  list(folder: string): string[]
  /** A block where it is at hand (the store, a bundle). It need not be verified. */
  readBlock(cid: CID): Promise<Uint8Array | undefined>
}

/** A file beside the root of the project that is to be written: `ipvm.lock` (`lock.ts`). */
export interface LockFile {
  /** Absolute. */
  path: string
  /** As messages name it. */
  file: string
  text: string
}

export interface CompileOptions {
  /** The job to compile; without it `main`, else the only exported job. */
  job?: string
  /** Values of parameters that are known now, as text of the command line or IPLD by the parameter's type. */
  args?: Record<string, Argument>
}

/**
 * `{ text }` is read by the parameter's type (strings as they are, all else as a literal), `{ bytes }` is a file's
 * content, `{ value }` the IPLD form of a value of the parameter's type.
 */
export type Argument = { text: string } | { bytes: Uint8Array } | { value: Ipld }

export interface Compiled {
  job: CID
  /** Names and places for people (`DebugInfo`). */
  debug: CID
  /** Everything reachable from `job` and `debug`: instructions, values, embedded files; not the components. */
  blocks: Block[]
  /** Blocks of the components that the job calls, where their bytes were at hand. */
  components: Block[]
  /** Components that are named by CID and were not at hand, so that a bundle lacks them. */
  absent: CID[]
  tasks: number
  params: Map<string, Parameter>
  result: Type
  warnings: Diagnostic[]
  /** `ipvm.lock` as it has to be written, where something new came up. */
  lock: LockFile | undefined
  signatures: Signatures
}

/** The functions that a job can call, by `rsc` and `func` of an instruction. */
export type Signatures = (rsc: string, func: string) => Signature | undefined

export interface Signature {
  params: Type[]
  result: Type
  /** Of a core module, which carries no types of its own. */
  core: boolean
}

/** Wrong usage: which jobs there are, which arguments the job takes. Not a fault of the source. */
export interface UsageError {
  message: string
  /** A near name, where there is one. */
  near?: string
}

export type CompileResult =
  { ok: true; value: Compiled } | { ok: false; diagnostics: Diagnostic[] } | { ok: false; usage: UsageError }

/** A `test` block, ready to run (`compiler/tests.ts`). Its jobs are closed; what they need of blocks is in `blocks`. */
export interface CompiledTest {
  name: string
  file: string
  /** Of the name, in the source. */
  span: { start: number; end: number }
  /** What stands in for effects; `job` gives a tuple with a tuple `(argument…, value)` for each of `operations`. */
  given?: { job: CID; debug: CID; type: Type; operations: GivenOperation[] }
  asserts: CompiledAssert[]
  blocks: Block[]
  components: Block[]
}

export interface GivenOperation {
  /** `http/get` */
  op: string
  /** For each argument whether any value will do; `()` stands in its place. */
  any: boolean[]
}

/**
 * One `assert`. `equal`: the job gives `(left, right, left == right)`. `holds`: it gives a `bool`. `fails`: it must fail.
 * `performs`: the lines of a test without any `assert`, which must not fail; its result says nothing.
 */
export interface CompiledAssert {
  kind: 'equal' | 'holds' | 'fails' | 'performs'
  file: string
  span: { start: number; end: number }
  /** The asserted expression as it is written. */
  text: string
  job: CID
  debug: CID
  type: Type
}
