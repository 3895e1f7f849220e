/**
 * What one call in a fresh instance costs, against the same component through `@bytecodealliance/jco-transpile`, both
 * in this process and in turns. Prints microseconds and ratios; absolute figures say little about another machine.
 *
 *     node bench/wasm/call.ts [component.wasm function arguments-as-JSON]
 */
import { readFileSync } from 'node:fs'
import { transpileBytes } from '@bytecodealliance/jco-transpile'
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools'
import type { Value } from '../../dag/value.ts'
import { compileComponent } from '../../runtime/wasm/component.ts'
import { Instance } from '../../runtime/wasm/instance.ts'
import { Task } from '../../runtime/wasm/task.ts'

const echo = `(component
  (core module $m
    (memory (export "mem") 17)
    (global $next (mut i32) (i32.const 4096))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
      (global.set $next (i32.add (local.get $at) (local.get 3)))
      (local.get $at))
    (func (export "number") (param i32) (result i32) (local.get 0))
    (func (export "pair") (param i32 i32) (result i32)
      (global.set $next (i32.const 4096))
      (i32.store (i32.const 16) (local.get 0)) (i32.store (i32.const 20) (local.get 1)) (i32.const 16)))
  (core instance $i (instantiate $m))
  (func (export "number") (param "v" s32) (result s32) (canon lift (core func $i "number")))
  ${[
    ['text', 'string'],
    ['bytes', '(list u8)'],
    ['texts', '(list string)'],
  ]
    .map(
      ([name, type]) => `(func (export "${name}") (param "v" ${type}) (result ${type})
        (canon lift (core func $i "pair") (memory (core memory $i "mem")) (realloc (core func $i "realloc"))))`,
    )
    .join('\n')})`

interface Row {
  name: string
  func: string
  args: Value[]
}

interface Side {
  fresh(row: Row): void
  warm(row: Row): () => void
}

function ours(bytes: Uint8Array): Side {
  const task = new Task()
  const compiled = compileComponent(bytes, task.log)
  if (!compiled.ok) throw new Error(compiled.error.detail)
  const { root, imports, modules } = compiled.value
  const instance = (func: string): ((args: Value[]) => Value) => {
    task.begin(modules, { memory: 1 << 30, gas: 1e15 })
    const entry = new Instance(root, imports, task).exports.get(func)
    if (entry?.sort !== 'func') throw new Error(`no function ${func}`)
    return args => entry.func.call(args)
  }
  return {
    fresh: row => void instance(row.func)(row.args),
    warm: row => {
      const call = instance(row.func)
      return () => void call(row.args)
    },
  }
}

async function transpiled(bytes: Uint8Array): Promise<Side> {
  const { files } = await transpileBytes(bytes, { name: 'c', instantiation: 'sync', emitTypescriptDeclarations: false })
  const source = Buffer.from(files['c.js']!).toString('base64')
  const { instantiate } = (await import(`data:text/javascript;base64,${source}`)) as {
    instantiate: (module: (name: string) => object, imports: object) => { [name: string]: (...args: unknown[]) => void }
  }
  const modules = new Map<string, WebAssembly.Module>()
  const instance = (func: string): ((...args: unknown[]) => void) => {
    const exports = instantiate(name => {
      if (!modules.has(name)) modules.set(name, new WebAssembly.Module(files[name]!))
      return modules.get(name)!
    }, {})
    return exports[func.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())]!
  }
  return {
    fresh: row => instance(row.func)(...row.args),
    warm: row => {
      const call = instance(row.func)
      return () => call(...row.args)
    },
  }
}

/** Microseconds of one run: the median of several rounds. */
function measure(run: () => void, milliseconds = 60): number {
  const rounds: number[] = []
  for (let round = 0; round < 7; round++) {
    let runs = 0
    const start = performance.now()
    do {
      run()
      runs++
    } while (performance.now() - start < milliseconds)
    rounds.push(((performance.now() - start) * 1000) / runs)
  }
  return rounds.sort((a, b) => a - b)[3]!
}

const [path, func, args] = process.argv.slice(2)
const bytes = path ? new Uint8Array(readFileSync(path)) : await parse(echo)
const rows: Row[] = path
  ? [{ name: func!, func: func!, args: JSON.parse(args ?? '[]') as Value[] }]
  : [
      { name: 's32', func: 'number', args: [5] },
      { name: 'string, 10', func: 'text', args: ['x'.repeat(10)] },
      { name: 'string, 1000', func: 'text', args: ['x'.repeat(1000)] },
      { name: 'list<u8>, 1 MB', func: 'bytes', args: [new Uint8Array(1_000_000)] },
      { name: 'list<string>, 100', func: 'texts', args: [Array.from({ length: 100 }, (_, i) => `text ${i}`)] },
    ]
const sides = [ours(bytes), await transpiled(bytes)] as const
console.log('                     fresh instance and call (µs)        call alone (µs)')
console.log('                       ipvm       jco     ratio          ipvm       jco     ratio')
for (const row of rows) {
  const [a, b] = sides.map(side => measure(() => side.fresh(row))) as [number, number]
  const [c, d] = sides.map(side => measure(side.warm(row))) as [number, number]
  const figures = [a, b, b / a, c, d, d / c].map((n, i) => n.toFixed(i % 3 === 2 ? 1 : 2).padStart(i === 3 ? 14 : 10))
  console.log(row.name.padEnd(18) + figures.join(''))
}
