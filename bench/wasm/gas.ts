/**
 * What counting gas and stack costs, and canonical NaNs: real work in modules as they are rewritten against the same
 * modules as they came, in turns, in this process, each in a fresh instance. Prints the ratio of the least times.
 *
 *     node bench/wasm/gas.ts [pairs]
 */
import { readFileSync } from 'node:fs'
import type { CoreModule } from '../../dag/component/ast.ts'
import type { Value } from '../../dag/value.ts'
import { compileComponent, type Compiled } from '../../runtime/wasm/component.ts'
import { type Entries, type Entry, Instance } from '../../runtime/wasm/instance.ts'
import type { CompiledModule } from '../../runtime/wasm/module.ts'
import { Task } from '../../runtime/wasm/task.ts'
import { best } from '../measure.ts'

const pairs = Math.max(15, Number(process.argv[2] ?? 60))
const task = new Task()

function load(path: string): Compiled {
  const compiled = compileComponent(new Uint8Array(readFileSync(new URL(path, import.meta.url))), task.log)
  if (!compiled.ok) throw new Error(compiled.error.detail)
  return compiled.value
}

/** The same component with its modules as they came. */
function plain({ modules, ...rest }: Compiled): Compiled {
  const without = ([core, module]: [CoreModule, CompiledModule]): [CoreModule, CompiledModule] => [
    core,
    { ...module, module: new WebAssembly.Module(core.bytes.slice()), metered: false },
  ]
  return { ...rest, modules: new Map([...modules].map(without)) }
}

function caller({ root, imports, modules }: Compiled, func: string, args: Value[]): () => Value {
  return () => {
    task.begin(modules, { memory: 1 << 30, gas: 1e15 })
    let entry: Entry | undefined
    let entries: Entries = new Instance(root, imports, task).exports
    for (const name of func.split('#')) {
      entry = entries.get(name)
      if (entry?.sort === 'instance') entries = entry.entries
    }
    if (entry?.sort !== 'func') throw new Error(`no function ${func}`)
    return entry.func.call(args)
  }
}

const kernels = load('./kernels/kernels.wasm')
const filters = load('../../examples/image/filters.wasm')
const pixels = Uint8Array.from({ length: 256 * 256 * 4 }, (_, i) => (i * 2654435761) >>> 24)
const grey = Array.from({ length: 128 * 128 }, (_, i) => Math.fround(((i * 2654435761) >>> 24) / 255))
const works: [name: string, component: Compiled, func: string, args: Value[]][] = [
  [
    'blur of the examples, 256 × 256, Rust',
    filters,
    'examples:image/image@0.1.0#blur',
    [{ width: 256, height: 256, pixels }, 4],
  ],
  ['Gaussian blur, 256 × 256, C', kernels, 'blur', [pixels, 256, 256, 4]],
  ['sha256 of 256 KiB, C', kernels, 'sha256', [pixels]],
  ['blur in f32, 128 × 128, C', kernels, 'soften', [grey, 128, 128, 4]],
  ['five planets in f64, 5,000 steps, C', kernels, 'planets', [5_000]],
  ['Mandelbrot set in f64, 100 × 100, C', kernels, 'mandelbrot', [100]],
  ['fib(22), calls alone, C', kernels, 'fib', [22]],
]
for (const [name, component, func, args] of works) {
  const calls = [component, plain(component)].map(side => caller(side, func, args))
  // Compiled at the highest level before it is measured.
  for (let round = 0; round < 10; round++) for (const call of calls) call()
  const [metered, bare] = (await best(calls, pairs)) as [number, number]
  const ratio = (metered / bare).toFixed(3)
  console.log(`${name.padEnd(38)} ${metered.toFixed(2)} ms, as it came ${bare.toFixed(2)} ms, ratio ${ratio}`)
}
