/**
 * Reads tests in the form of SpiderMonkey (`*.wast.js`): scripts that call `instantiate`, `invoke` and `assert_return`.
 * They are run once with functions that only write down what is called.
 */
import { readFileSync } from 'node:fs'
import { createContext, runInContext } from 'node:vm'
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools'
import type { Action, Command, Constant } from './commands.ts'

/** What a function that runs a module gives back: the module's name in the commands. */
type Module = { name: string } | string
type Written = Omit<Command, 'bytes'> & { text?: string }

/** Reads one script. A module whose text cannot be parsed has no bytes: no test of what a module does. */
export async function readScript(file: string): Promise<Command[]> {
  const commands: Command[] = []
  for (const { text, ...command } of record(readFileSync(file, 'utf8'))) {
    const bytes = text === undefined ? undefined : await parse(text.replace(/\p{Cf}/gu, escape)).catch(() => undefined)
    commands.push(bytes ? { ...command, bytes } : command)
  }
  return commands
}

/** Characters that write nothing are refused where they stand in a text as themselves. */
const escape = (character: string): string => `\\u{${character.codePointAt(0)!.toString(16)}}`

/** Before each command a comment has its place in the file of the specification: `// ./test/core/call.wast:42`. */
const places = /^ *\/\/ \.\/test\/core\/\S+:(\d+)$/gm

function record(script: string): Written[] {
  const commands: Written[] = []
  let line = 0
  let modules = 0
  /** Whether what is called now is called for an assertion, and what was called last. */
  let asserting = false
  let called: { action: Action } | { text: string } | undefined
  const name = (module: Module): string => (typeof module === 'string' ? module : module.name)
  const assertion =
    (type: string) =>
    (thunk: () => unknown, expected?: unknown): void => {
      asserting = true
      thunk()
      asserting = false
      const kind = type === 'assert_trap' && 'text' in called! ? 'assert_uninstantiable' : type
      const results = type === 'assert_return' ? { expected: [expected ?? []].flat().map(constant) } : {}
      commands.push({ type: kind, line, ...called, ...results })
    }
  const call = (what: { action: Action } | { text: string }, command: Omit<Written, 'line'>): void => {
    called = what
    if (!asserting) commands.push({ line, ...command, ...what })
  }
  const given = {
    instantiate(text: string): Module {
      const module = { name: `module ${modules++}` }
      call({ text }, { type: 'module', name: module.name })
      return module
    },
    register: (module: Module, as: string) => commands.push({ type: 'register', line, name: name(module), as }),
    invoke: (module: Module, field: string, args: unknown[]) =>
      call({ action: { type: 'invoke', module: name(module), field, args: args.map(constant) } }, { type: 'action' }),
    get: (module: Module, field: string) =>
      call({ action: { type: 'get', module: name(module), field } }, { type: 'action' }),
    ...Object.fromEntries(assertions.map(type => [type, assertion(type)])),
    ...numbers,
    at: (place: number) => void (line = place),
    wasmMultiMemoryEnabled: () => false,
  }
  runInContext(script.replace(places, 'at($1)'), createContext(given))
  return commands
}

const assertions = ['assert_return', 'assert_trap', 'assert_exhaustion', 'assert_invalid', 'assert_malformed']

/** What is not compared: a function, since some are called with `new`. */
function reference(): Constant {
  return { type: 'externref' }
}

/** Lanes of a vector that are given as numbers. */
const lanes = (lane_type: string, Lanes: new (of: never) => ArrayBufferView) => (values: never) => ({
  type: 'v128',
  lane_type,
  value: bits(new Lanes(values), lane_type),
})

/** Lanes of a vector that are constants of their own: functions that are called with `new`. */
const pattern = (lane_type: string) =>
  function (...values: unknown[]): Constant {
    return { type: 'v128', lane_type, value: values.map(one => constant(one).value as string) }
  }

const size: { readonly [type: string]: number } = { i8: 1, i16: 2, i32: 4, f32: 4, i64: 8, f64: 8 }

/** The numbers in some bytes, as they are written down in a constant. */
function bits({ buffer }: ArrayBufferView, type: string): string[] {
  const bytes = new Uint8Array(buffer)
  return Array.from({ length: bytes.length / size[type]! }, (_, lane) =>
    String(
      bytes
        .subarray(lane * size[type]!, (lane + 1) * size[type]!)
        .reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n),
    ),
  )
}

const numbers = {
  i8x16: lanes('i8', Uint8Array),
  i16x8: lanes('i16', Uint16Array),
  i32x4: lanes('i32', Uint32Array),
  i64x2: lanes('i64', BigUint64Array),
  f32x4: lanes('f32', Float32Array),
  f64x2: lanes('f64', Float64Array),
  F32x4Pattern: pattern('f32'),
  F64x2Pattern: pattern('f64'),
  bytes: (type: string, values: number[]): Constant =>
    type === 'v128'
      ? { type, lane_type: 'i8', value: bits(new Uint8Array(values), 'i8') }
      : { type, value: bits(new Uint8Array(values), type)[0]! },
  value(type: string, value: never): Constant {
    const view = { i32: Int32Array, i64: BigInt64Array, f32: Float32Array, f64: Float64Array }[type]
    return view ? { type, value: bits(view.of(value), type)[0]! } : reference()
  },
  externref: reference,
  ExternRefResult: reference,
}

/** A plain number is an `i32`, a big one an `i64`, a text a kind of NaN. */
function constant(given: unknown): Constant {
  if (typeof given === 'number') return numbers.value('i32', given as never)
  if (typeof given === 'bigint') return numbers.value('i64', given as never)
  if (typeof given === 'string') return { type: 'float', value: `nan:${given.replace('_nan', '')}` }
  return (given as Constant | null) ?? reference()
}
