import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import { Writer } from '../../runtime/wasm/binary.ts'
import { component, wat } from '../runtime/wasm/harness.ts'
import { randomModule } from '../runtime/wasm/modules.ts'
import { echoes } from '../runtime/wasm/echo.ts'
import { type Inputs, randoms } from './corpus.ts'

const root = join(import.meta.dirname, '../..')

/** Components of the examples and fixtures: C, Rust, AssemblyScript, JavaScript, and the text format. */
const built = {
  hello: 'examples/hello/hello.wasm',
  filters: 'examples/image/filters.wasm',
  png: 'examples/image/png.wasm',
  text: 'examples/wordcount/text.wasm',
  counts: 'examples/wordcount/counts.wasm',
  report: 'examples/wordcount/report.wasm',
  types: 'test/fixtures/components/types.wasm',
  core: 'test/fixtures/components/core.wasm',
  'hello-core': 'test/fixtures/components/hello-core.wasm',
  wat: 'test/fixtures/components/tools/wat.wasm',
  c: 'test/fixtures/components/tools/c.wasm',
  rust: 'test/fixtures/components/tools/rust.wasm',
  assemblyscript: 'test/fixtures/components/tools/assemblyscript.wasm',
  javascript: 'test/fixtures/components/tools/javascript.wasm.br',
  wasi: 'test/fixtures/components/tools/wasi.wasm',
}

/** All that the tasks and jobs need: `components/…`, and the files of the examples under their paths, `files/…`. */
export async function makeInputs(): Promise<Inputs> {
  const inputs = new Map<string, Uint8Array>()
  for (const [name, path] of Object.entries(built)) {
    const bytes = readFileSync(join(root, path))
    inputs.set(`components/${name}.wasm`, new Uint8Array(path.endsWith('.br') ? brotliDecompressSync(bytes) : bytes))
  }
  inputs.set('components/floats.wasm', await wat(floats()))
  for (const [name, encoding] of [
    ['utf16', 'utf16'],
    ['latin1', 'latin1+utf16'],
  ] as const)
    inputs.set(`components/${name}.wasm`, await wat(echoes([{ kind: 'string' }, { kind: 'char' }], encoding)))
  inputs.set('components/invalid.wasm', await wat(component('(func (export "f") (i32.add))', { f: '' })))
  for (let i = 0; i < randoms; i++)
    inputs.set(`components/random-${i}.wasm`, await around(randomModule(i, { floats: true })))
  for (const path of ['test/portable/numbers.ipvm', ...filesBelow('examples')])
    inputs.set(`files/${path}`, new Uint8Array(readFileSync(join(root, path))))
  return inputs
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && /\.(ipvm|wasm|png|txt)$/.test(entry.name) && !/target\W/.test(entry.parentPath))
    .map(entry => `${entry.parentPath.slice(root.length + 1)}/${entry.name}`)
    .sort()
}

/** Every operation of `f32` and `f64`, from the bits of its operands to the bits of its result. */
function floats(): string {
  const binary = ['add', 'sub', 'mul', 'div', 'min', 'max', 'copysign']
  const unary = ['sqrt', 'ceil', 'floor', 'trunc', 'nearest', 'abs', 'neg']
  const core: string[] = []
  const types: { [name: string]: string } = {}
  for (const [float, bits, type] of [
    ['f32', 'i32', 'u32'],
    ['f64', 'i64', 'u64'],
  ] as const) {
    const operand = (n: number): string => `(${float}.reinterpret_${bits} (local.get ${n}))`
    const add = (name: string, params: number, result: string, code: string): void => {
      core.push(`(func (export "${float}-${name}") ${`(param ${bits})`.repeat(params)} (result ${result}) ${code})`)
      const names = ['a', 'b'].slice(0, params)
      types[`${float}-${name}`] =
        names.map(one => `(param "${one}" ${type})`).join(' ') + ` (result ${result === 'i32' ? 'u32' : 'u64'})`
    }
    const made = (name: string, operands: string): string =>
      `(${bits}.reinterpret_${float} (${float}.${name} ${operands}))`
    for (const name of binary) add(name, 2, bits, made(name, `${operand(0)} ${operand(1)}`))
    for (const name of unary) add(name, 1, bits, made(name, operand(0)))
    add('trunc-sat', 1, 'i32', `(i32.trunc_sat_${float}_s ${operand(0)})`)
    add('to-i64', 1, 'i64', `(i64.trunc_${float}_u ${operand(0)})`)
    add('less', 2, 'i32', `(${float}.lt ${operand(0)} ${operand(1)})`)
    add(
      'to-other',
      1,
      float === 'f32' ? 'i64' : 'i32',
      float === 'f32'
        ? `(i64.reinterpret_f64 (f64.promote_f32 ${operand(0)}))`
        : `(i32.reinterpret_f32 (f32.demote_f64 ${operand(0)}))`,
    )
    add(
      'of-i64',
      1,
      bits,
      bits === 'i32'
        ? '(i32.reinterpret_f32 (f32.convert_i64_s (i64.extend_i32_u (local.get 0))))'
        : '(i64.reinterpret_f64 (f64.convert_i64_u (local.get 0)))',
    )
  }
  return component(core.join('\n'), types)
}

/**
 * A component whose function `run` runs a random module and gives its memory (`randomModule`), which stands where the
 * first module of a text was.
 */
async function around(module: Uint8Array): Promise<Uint8Array> {
  const bytes = await wat(`(component
    (core module $m)
    (core module $env (func (export "f") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 31))))
    (core module $run
      (import "m" "run" (func $run)) (import "m" "mem" (memory 2 5))
      (func (export "run") (result i32)
        (call $run)
        (i32.store (i32.const 131064) (i32.const 0)) (i32.store (i32.const 131068) (i32.const 131064))
        (i32.const 131064)))
    (core instance $env (instantiate $env))
    (core instance $m (instantiate $m (with "env" (instance $env))))
    (core instance $run (instantiate $run (with "m" (instance $m))))
    (func (export "run") (result (list u8)) (canon lift (core func $run "run") (memory (core memory $m "mem")))))`)
  const behind = 8 + 2 + 8
  return new Writer()
    .u8(...bytes.subarray(0, 8), 1)
    .sized(module)
    .u8(...bytes.subarray(behind))
    .done()
}
