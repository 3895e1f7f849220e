/** Instances of the modules of a test, and what the commands of one do to them. */
import { setFlagsFromString } from 'node:v8'
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools'
import { Writer } from '../../../../runtime/wasm/binary.ts'
import { Budget, reserved } from '../../../../runtime/wasm/budget.ts'
import { rewrite } from '../../../../runtime/wasm/rewrite.ts'
import type { Command, Constant } from './commands.ts'

const types: { readonly [type: string]: number } = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
}
const laneBits: { readonly [lanes: string]: number } = { i8: 8, i16: 16, i32: 32, f32: 32, i64: 64, f64: 64 }

interface Export {
  name: string
  type: { results?: string[] }
}
type Exports = { [name: string]: unknown }
type Imports = { [module: string]: Exports }

// Then the engine says which results a function has.
setFlagsFromString('--experimental-wasm-type-reflection')
const exportsOf = (WebAssembly.Module as unknown as { exports: (module: WebAssembly.Module) => Export[] }).exports

/** What tests may import. */
const spectest = await parse(`(module
  (global (export "global_i32") i32 (i32.const 666)) (global (export "global_i64") i64 (i64.const 666))
  (global (export "global_f32") f32 (f32.const 666.6)) (global (export "global_f64") f64 (f64.const 666.6))
  (table (export "table") 10 20 funcref) (memory (export "memory") 1 2)
  (func (export "print")) (func (export "print_i32") (param i32)) (func (export "print_i64") (param i64))
  (func (export "print_f32") (param f32)) (func (export "print_f64") (param f64))
  (func (export "print_i32_f32") (param i32 f32)) (func (export "print_f64_f64") (param f64 f64)))`)

/** The bytes of a number; those of a NaN of which only the kind is known have none. */
function bytesOf({ type, value, lane_type }: Constant): Uint8Array | undefined {
  const values = Array.isArray(value) ? value : [value!]
  if (values.some(one => one.startsWith('nan'))) return undefined
  const bits = type === 'v128' ? laneBits[lane_type!]! : laneBits[type]!
  const out = new Uint8Array((bits / 8) * values.length)
  values.forEach((one, lane) => {
    let rest = BigInt.asUintN(64, BigInt(one))
    for (let i = 0; i < bits / 8; i++, rest >>= 8n) out[(lane * bits) / 8 + i] = Number(rest & 0xffn)
  })
  return out
}

/** What calls the function of a command, the same in both worlds; nothing where it takes or gives a reference. */
const callers = new WeakMap<Command, WebAssembly.Module | undefined>()

/** Calls a function with constants and leaves its results in a memory: numbers never pass through JavaScript. */
function caller(args: Constant[], results: string[]): WebAssembly.Module | undefined {
  const from = args.map(({ type }) => type)
  if ([...from, ...results].some(type => !(type in types))) return undefined
  const list = (out: Writer, of: string[]): void => {
    out.u32(of.length)
    for (const type of of) out.u8(types[type]!)
  }
  const out = new Writer().u8(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)
  const section = (id: number, write: (to: Writer) => void): void => {
    const to = new Writer()
    write(to)
    out.u8(id).sized(to.done())
  }
  section(1, to => {
    list(to.u8(2, 0x60), from)
    list(to, results)
    to.u8(0x60, 0, 0)
  })
  section(2, to => to.u8(1).name('m').name('f').u8(0, 0))
  section(3, to => to.u8(1, 1))
  section(5, to => to.u8(1, 0, 1))
  section(7, to => to.u8(2).name('run').u8(0, 1).name('mem').u8(2, 0))
  const body = new Writer().u32(results.length)
  for (const type of results) body.u8(1, types[type]!)
  for (const arg of args) {
    const bytes = bytesOf(arg)!
    if (arg.type === 'i32') body.u8(0x41).s64(BigInt(new Int32Array(bytes.buffer)[0]!))
    else if (arg.type === 'i64') body.u8(0x42).s64(new BigInt64Array(bytes.buffer)[0]!)
    else body.u8(...{ f32: [0x43], f64: [0x44], v128: [0xfd, 0x0c] }[arg.type]!).copy(bytes)
  }
  body.u8(0x10, 0)
  for (let i = results.length - 1; i >= 0; i--) body.u8(0x21).u32(i)
  results.forEach((type, i) => {
    body
      .u8(0x41)
      .s64(BigInt(16 * i))
      .u8(0x20)
      .u32(i)
    body.u8(...{ i32: [0x36], i64: [0x37], f32: [0x38], f64: [0x39], v128: [0xfd, 0x0b] }[type]!, 0, 0)
  })
  section(10, to => to.u8(1).sized(body.u8(0x0b).done()))
  return new WebAssembly.Module(out.done())
}

/** Compares one number, or one lane: a NaN may be canonical with either sign, or arithmetic, with its highest bit set. */
function agrees(got: Uint8Array, { value, lane_type }: Constant, type: string): boolean {
  if (Array.isArray(value)) {
    const size = laneBits[lane_type!]! / 8
    return value.every((one, i) =>
      agrees(got.subarray(i * size, (i + 1) * size), { type: lane_type!, value: one }, lane_type!),
    )
  }
  if (value!.startsWith('nan')) {
    const bits = [...got].reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n)
    const [quiet, sign] = type === 'f32' ? [0x7fc00000n, 1n << 31n] : [0x7ff8000000000000n, 1n << 63n]
    return value === 'nan:canonical' ? (bits & ~sign) === quiet : (bits & quiet) === quiet
  }
  const want = bytesOf({ type, value: value! })!
  return Buffer.compare(got.subarray(0, want.length), want) === 0
}

/** All instances of one file, of modules as they come or rewritten. */
export class World {
  readonly #rewritten: boolean
  readonly #budget = new Budget()
  readonly #named = new Map<string, Exports>()
  readonly #registered: Imports = Object.create(null)
  /** Types of what each function gives. */
  readonly #results = new WeakMap<object, ReadonlyMap<string, string[]>>()
  #last: Exports | undefined

  constructor(rewritten: boolean) {
    const base = new WebAssembly.Instance(new WebAssembly.Module(spectest)).exports
    this.#rewritten = rewritten
    this.#registered['spectest'] = base
    this.#budget.begin({ memory: 4e9, gas: 1e15 })
    const { memory, table } = base as { memory: object; table: object }
    this.#budget.declare(memory, 2)
    this.#budget.declare(table, 20)
  }

  #instantiate(bytes: Uint8Array | undefined): Exports {
    if (!bytes) throw new SyntaxError('the text of the module has no bytes')
    if (!this.#rewritten) return this.#link(new WebAssembly.Module(bytes), this.#registered)
    const result = rewrite(bytes)
    if (!result.ok) throw new SyntaxError(result.error)
    const { gas, stack, used, limit, over } = this.#budget
    const own: { [name: string]: unknown } = { gas, stack, used, limit, over }
    for (const { module: from, name, as } of result.value.grows)
      own[as] = this.#budget.maximumOf((this.#registered[from]?.[name] ?? {}) as object)
    const exports = this.#link(new WebAssembly.Module(result.value.bytes), { ...this.#registered, [reserved]: own })
    for (const { name, max } of result.value.owned) this.#budget.declare(exports[name] as object, max)
    return exports
  }

  #link(module: WebAssembly.Module, imports: Imports): Exports {
    const { exports } = new WebAssembly.Instance(module, imports as WebAssembly.Imports)
    const all = exportsOf(module)
    this.#results.set(exports, new Map(all.map(({ name, type }) => [name, type.results ?? []])))
    return exports
  }

  /** @returns what happened: `ok`, `trap`, `exhausted`, or why it is wrong */
  run(command: Command): string {
    this.#budget.begin({ memory: 4e9, gas: 1e15 })
    try {
      switch (command.type) {
        case 'module':
          this.#last = undefined
          this.#last = this.#instantiate(command.bytes)
          if (command.name) this.#named.set(command.name, this.#last)
          return 'ok'
        case 'register':
          this.#registered[command.as!] = this.#of(command.name)
          return 'ok'
        case 'assert_unlinkable':
        case 'assert_uninstantiable':
          this.#instantiate(command.bytes)
          return 'instantiated'
        default:
          return this.#act(command)
      }
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError)
        return this.#budget.overrun()?.kind === 'stack' ? 'exhausted' : 'trap'
      if (error instanceof RangeError) return 'exhausted'
      if (error instanceof WebAssembly.LinkError) return 'unlinkable'
      return String(error)
    }
  }

  #of(name: string | undefined): Exports {
    const exports = name === undefined ? this.#last : (this.#named.get(name) ?? this.#registered[name])
    if (!exports) throw new Error('no module')
    return exports
  }

  #act(command: Command): string {
    const { action, expected = [], type } = command
    const { field, module: name, args = [] } = action!
    const exports = this.#of(name)
    const item = exports[field]
    if (action!.type === 'get') {
      const want = expected[0]!
      const view = new DataView(new ArrayBuffer(16))
      const { value } = item as WebAssembly.Global
      if (typeof value === 'bigint') view.setBigInt64(0, value, true)
      else if (want.type === 'i32') view.setInt32(0, value, true)
      else if (want.type === 'f32') view.setFloat32(0, value, true)
      else view.setFloat64(0, value, true)
      return agrees(new Uint8Array(view.buffer), want, want.type) ? 'ok' : `the global is ${value}`
    }
    const results = this.#results.get(exports)?.get(field) ?? []
    if (!callers.has(command)) callers.set(command, caller(args, results))
    const module = callers.get(command)
    if (!module) return 'skipped'
    const { run, mem } = new WebAssembly.Instance(module, { m: { f: item } }).exports
    ;(run as () => void)()
    if (type !== 'assert_return') return 'ok'
    const memory = new Uint8Array((mem as WebAssembly.Memory).buffer)
    const wrong = expected.findIndex((want, i) => !agrees(memory.subarray(16 * i, 16 * i + 16), want, results[i]!))
    return wrong < 0
      ? 'ok'
      : `result ${wrong} is ${Buffer.from(memory.slice(16 * wrong, 16 * wrong + 16)).toString('hex')}`
  }
}
