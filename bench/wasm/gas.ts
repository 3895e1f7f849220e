/**
 * What counting gas and stack costs, and canonical NaNs: real work in modules as they are rewritten against the same
 * modules as they came, in turns, in this process. Prints the ratio of the least times.
 *
 *     node bench/wasm/gas.ts [pairs]
 */
import { readFileSync } from 'node:fs'
import type { CoreModule } from '../../dag/component/ast.ts'
import type { Value } from '../../dag/value.ts'
import { compileComponent, type Compiled } from '../../runtime/wasm/component.ts'
import { Instance } from '../../runtime/wasm/instance.ts'
import type { CompiledModule } from '../../runtime/wasm/module.ts'
import { Task } from '../../runtime/wasm/task.ts'
import { best } from '../measure.ts'

const pairs = Math.max(15, Number(process.argv[2] ?? 15))
const bytes = new Uint8Array(readFileSync(new URL('./kernels/kernels.wasm', import.meta.url)))
const task = new Task()
const compiled = compileComponent(bytes, task.log)
if (!compiled.ok) throw new Error(compiled.error.detail)

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
    const entry = new Instance(root, imports, task).exports.get(func)
    if (entry?.sort !== 'func') throw new Error(`no function ${func}`)
    return entry.func.call(args)
  }
}

const pixels = Uint8Array.from({ length: 512 * 512 * 4 }, (_, i) => (i * 2654435761) >>> 24)
const grey = Array.from({ length: 512 * 512 }, (_, i) => ((i * 2654435761) >>> 24) / 255)
const works: [name: string, func: string, args: Value[]][] = [
  ['blur of 512 × 512 RGBA, radius 4', 'blur', [pixels, 512, 512, 4]],
  ['sha256 of 1 MB', 'sha256', [pixels.slice(0, 1_000_000)]],
  ['float blur of 512 × 512, radius 4', 'soften', [grey, 512, 512, 4]],
  ['five planets, 50,000 steps', 'planets', [50_000]],
  ['Mandelbrot set, 200 × 200', 'mandelbrot', [200]],
  ['fib(27), calls alone', 'fib', [27]],
]
const sides = [compiled.value, plain(compiled.value)]
for (const [name, func, args] of works) {
  const calls = sides.map(side => caller(side, func, args))
  // Compiled at the highest level before it is measured.
  for (let round = 0; round < 5; round++) for (const call of calls) call()
  const [metered, bare] = (await best(calls, pairs)) as [number, number]
  console.log(
    `${name.padEnd(36)} ${metered.toFixed(2)} ms, as it came ${bare.toFixed(2)} ms, ratio ${(metered / bare).toFixed(3)}`,
  )
}
