/**
 * Runs the WebAssembly specification's own tests on core modules as they come and as they are rewritten: what the first
 * pass, the second must pass. No package ships those tests; they are made of a checkout of github.com/WebAssembly/spec
 * (tag wg-2.0, say) with the `wabt` of Debian:
 *
 *     for f in $(find test/core -name '*.wast'); do wast2json $f -o json/$(basename $f .wast).json; done
 *     node test/runtime/wasm/spec.ts json
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools'
import { Writer } from '../../../runtime/wasm/binary.ts'
import { Budget, reserved } from '../../../runtime/wasm/budget.ts'
import { rewrite } from '../../../runtime/wasm/rewrite.ts'

interface Constant {
  type: string
  value?: string | string[]
  lane_type?: string
}

interface Command {
  type: string
  line: number
  filename?: string
  name?: string
  as?: string
  action?: { type: 'invoke' | 'get'; module?: string; field: string; args?: Constant[] }
  expected?: Constant[]
}

const types: { readonly [type: string]: number } = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
  funcref: 0x70,
  externref: 0x6f,
}
const laneBits: { readonly [lanes: string]: number } = { i8: 8, i16: 16, i32: 32, f32: 32, i64: 64, f64: 64 }

const spectest = `(module
  (global (export "global_i32") i32 (i32.const 666)) (global (export "global_i64") i64 (i64.const 666))
  (global (export "global_f32") f32 (f32.const 666.6)) (global (export "global_f64") f64 (f64.const 666.6))
  (table (export "table") 10 20 funcref) (memory (export "memory") 1 2)
  (func (export "print")) (func (export "print_i32") (param i32)) (func (export "print_i64") (param i64))
  (func (export "print_f32") (param f32)) (func (export "print_f64") (param f64))
  (func (export "print_i32_f32") (param i32 f32)) (func (export "print_f64_f64") (param f64 f64)))`

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

/** Calls a function with constants and leaves its results in a memory: numbers never pass through JavaScript. */
function wrapper(args: Constant[], results: Constant[]): Uint8Array | undefined {
  if ([...args, ...results].some(({ type }) => type.endsWith('ref'))) return undefined
  const list = (out: Writer, of: Constant[]): void => {
    out.u32(of.length)
    for (const { type } of of) out.u8(types[type]!)
  }
  const out = new Writer().u8(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)
  const section = (id: number, write: (to: Writer) => void): void => {
    const to = new Writer()
    write(to)
    out.u8(id).sized(to.done())
  }
  section(1, to => {
    list(to.u8(2, 0x60), args)
    list(to, results)
    to.u8(0x60, 0, 0)
  })
  section(2, to => to.u8(1).name('m').name('f').u8(0, 0))
  section(3, to => to.u8(1, 1))
  section(5, to => to.u8(1, 0, 1))
  section(7, to => to.u8(2).name('run').u8(0, 1).name('mem').u8(2, 0))
  const body = new Writer().u32(results.length)
  for (const { type } of results) body.u8(1, types[type]!)
  for (const arg of args) {
    const bytes = bytesOf(arg)!
    if (arg.type === 'i32') body.u8(0x41).s64(BigInt(new Int32Array(bytes.buffer)[0]!))
    else if (arg.type === 'i64') body.u8(0x42).s64(new BigInt64Array(bytes.buffer)[0]!)
    else body.u8(...{ f32: [0x43], f64: [0x44], v128: [0xfd, 0x0c] }[arg.type]!).copy(bytes)
  }
  body.u8(0x10, 0)
  for (let i = results.length - 1; i >= 0; i--) body.u8(0x21).u32(i)
  results.forEach(({ type }, i) => {
    body
      .u8(0x41)
      .s64(BigInt(16 * i))
      .u8(0x20)
      .u32(i)
    body.u8(...{ i32: [0x36], i64: [0x37], f32: [0x38], f64: [0x39], v128: [0xfd, 0x0b] }[type]!, 0, 0)
  })
  section(10, to => to.u8(1).sized(body.u8(0x0b).done()))
  return out.done()
}

/** Compares one number, or one lane: a NaN may be canonical with either sign, or arithmetic, with its highest bit set. */
function agrees(got: Uint8Array, { type, value, lane_type }: Constant): boolean {
  if (Array.isArray(value)) {
    const size = laneBits[lane_type!]! / 8
    return value.every((one, i) => agrees(got.subarray(i * size, (i + 1) * size), { type: lane_type!, value: one }))
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
class World {
  readonly #rewritten: boolean
  readonly #budget = new Budget()
  readonly #named = new Map<string, WebAssembly.Exports>()
  readonly #registered: { [module: string]: { [name: string]: unknown } } = Object.create(null)
  #last: WebAssembly.Exports | undefined

  constructor(rewritten: boolean, base: WebAssembly.Exports) {
    this.#rewritten = rewritten
    this.#registered['spectest'] = base
    this.#budget.begin({ memory: 4e9, gas: 1e15 })
    const { memory, table } = base as { memory: object; table: object }
    this.#budget.declare(memory, 2)
    this.#budget.declare(table, 20)
  }

  instantiate(bytes: Uint8Array): WebAssembly.Exports {
    if (!this.#rewritten) return new WebAssembly.Instance(new WebAssembly.Module(bytes), this.#registered).exports
    const result = rewrite(bytes)
    if (!result.ok) throw new SyntaxError(result.error)
    const module = new WebAssembly.Module(result.value.bytes)
    const { gas, stack, used, limit, over } = this.#budget
    const own: { [name: string]: unknown } = { gas, stack, used, limit, over }
    for (const { module: from, name, as } of result.value.grows)
      own[as] = this.#budget.maximumOf((this.#registered[from]?.[name] ?? {}) as object)
    const { exports } = new WebAssembly.Instance(module, { ...this.#registered, [reserved]: own })
    for (const { name, max } of result.value.owned) this.#budget.declare(exports[name] as object, max)
    return exports
  }

  /** @returns what happened: `ok`, `trap`, `exhausted`, or why it is wrong */
  run(command: Command, folder: string): string {
    const file = (): Uint8Array => new Uint8Array(readFileSync(join(folder, command.filename!)))
    this.#budget.begin({ memory: 4e9, gas: 1e15 })
    try {
      switch (command.type) {
        case 'module':
          this.#last = undefined
          this.#last = this.instantiate(file())
          if (command.name) this.#named.set(command.name, this.#last)
          return 'ok'
        case 'register':
          this.#registered[command.as!] = this.#of(command.name)
          return 'ok'
        case 'assert_unlinkable':
        case 'assert_uninstantiable':
          this.instantiate(file())
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

  #of(name: string | undefined): { [name: string]: unknown } {
    const exports = name === undefined ? this.#last : this.#named.get(name)
    if (!exports) throw new Error('no module')
    return exports
  }

  #act({ action, expected = [], type }: Command): string {
    const { field, module, args = [] } = action!
    const item = this.#of(module)[field]
    if (action!.type === 'get') {
      const want = expected[0]!
      const view = new DataView(new ArrayBuffer(16))
      const { value } = item as WebAssembly.Global
      if (typeof value === 'bigint') view.setBigInt64(0, value, true)
      else if (want.type === 'i32') view.setInt32(0, value, true)
      else if (want.type === 'f32') view.setFloat32(0, value, true)
      else view.setFloat64(0, value, true)
      return agrees(new Uint8Array(view.buffer), want) ? 'ok' : `the global is ${value}`
    }
    const bytes = wrapper(args, expected)
    if (!bytes) return 'skipped'
    const { run, mem } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { m: { f: item } }).exports
    ;(run as () => void)()
    if (type !== 'assert_return') return 'ok'
    const memory = new Uint8Array((mem as WebAssembly.Memory).buffer)
    const wrong = expected.findIndex((want, i) => !agrees(memory.subarray(16 * i, 16 * i + 16), want))
    return wrong < 0
      ? 'ok'
      : `result ${wrong} is ${Buffer.from(memory.slice(16 * wrong, 16 * wrong + 16)).toString('hex')}`
  }
}

const folder = process.argv[2]
if (!folder) throw new Error('say where the JSON files are')
const base = await parse(spectest)
const want: { readonly [type: string]: string } = {
  module: 'ok',
  action: 'ok',
  register: 'ok',
  assert_return: 'ok',
  assert_trap: 'trap',
  assert_exhaustion: 'exhausted',
  assert_unlinkable: 'unlinkable',
  assert_uninstantiable: 'trap',
}
const counts = { passed: 0, failed: 0, skipped: 0, notPassedBefore: 0, refused: 0 }
for (const name of readdirSync(folder).filter(name => name.endsWith('.json'))) {
  const { commands } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as { commands: Command[] }
  const instance = (): WebAssembly.Exports => new WebAssembly.Instance(new WebAssembly.Module(base)).exports
  const [before, after] = [new World(false, instance()), new World(true, instance())]
  for (const command of commands) {
    if (command.type === 'assert_invalid' || command.type === 'assert_malformed') {
      if (!command.filename!.endsWith('.wasm')) continue
      const bytes = new Uint8Array(readFileSync(join(folder, command.filename!)))
      if (WebAssembly.validate(bytes)) counts.notPassedBefore++
      else if (!rewrite(bytes).ok) counts.passed++
      else console.log(`${name}:${command.line} an invalid module became valid`, counts.failed++)
      continue
    }
    const outcomes = [before, after].map(world => world.run(command, folder))
    if (outcomes[0] === 'skipped') counts.skipped++
    else if (outcomes[0] !== want[command.type]) counts.notPassedBefore++
    else if (outcomes[1] === want[command.type]) counts.passed++
    else if (/not allowed|no module/.test(outcomes[1]!)) counts.refused++
    else {
      counts.failed++
      console.log(`${name}:${command.line} ${command.type}: ${outcomes[1]}`)
    }
  }
}
console.log(counts)
if (counts.failed > 0) process.exitCode = 1
