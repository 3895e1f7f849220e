/**
 * What one call costs, in an instance that no other call has touched and alone, against the same component through
 * `@bytecodealliance/jco-transpile`, both in this process and in turns; and what 100 MB cost on their way in and out.
 * Prints microseconds and ratios; absolute figures say little about another machine.
 *
 *     node bench/wasm/call.ts [component.wasm function arguments-as-JSON]
 */
import { readFileSync } from 'node:fs'
import { transpileBytes } from '@bytecodealliance/jco-transpile'
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools'
import type { Value } from '../../dag/value.ts'
import { callComponent, compileComponent } from '../../runtime/wasm/component.ts'
import { Instance } from '../../runtime/wasm/instance.ts'
import { Task } from '../../runtime/wasm/task.ts'

const echo = (pages: number): string => `(component
  (core module $m
    (memory (export "mem") ${pages})
    (global $next (mut i32) (i32.const 4096))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
      (global.set $next (i32.add (local.get $at) (local.get 3)))
      (local.get $at))
    (func (export "number") (param i32) (result i32) (local.get 0))
    (func (export "pair") (param i32 i32) (result i32)
      (global.set $next (i32.const 4096))
      (i32.store (i32.const 16) (local.get 0)) (i32.store (i32.const 20) (local.get 1)) (i32.const 16))
    (func (export "take") (param i32 i32) (result i32) (global.set $next (i32.const 4096)) (local.get 1))
    (func (export "give") (param i32) (result i32)
      (i32.store (i32.const 16) (i32.const 4096)) (i32.store (i32.const 20) (local.get 0)) (i32.const 16)))
  (core instance $i (instantiate $m))
  (func (export "take") (param "v" (list u8)) (result u32)
    (canon lift (core func $i "take") (memory (core memory $i "mem")) (realloc (core func $i "realloc"))))
  (func (export "give") (param "n" u32) (result (list u8))
    (canon lift (core func $i "give") (memory (core memory $i "mem")) (realloc (core func $i "realloc"))))
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
  /** One call in an instance that no other call has touched. */
  isolated(row: Row): void
  warm(row: Row): () => void
}

const limits = { memory: 1 << 30, gas: 1e15 }

function ours(bytes: Uint8Array): Side {
  const task = new Task()
  const compiled = compileComponent(bytes, task.log)
  if (!compiled.ok) throw new Error(compiled.error.detail)
  const { value } = compiled
  return {
    isolated: ({ func, args }) => {
      const outcome = callComponent(value, task, func, args, limits)
      if (!outcome.ok) throw new Error(outcome.failure.detail)
    },
    warm: ({ func, args }) => {
      task.begin(value.modules, limits)
      const entry = new Instance(value.root, value.imports, task).exports.get(func)
      if (entry?.sort !== 'func') throw new Error(`no function ${func}`)
      return () => void entry.func.call(args)
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
    isolated: row => instance(row.func)(...row.args),
    warm: row => {
      const call = instance(row.func)
      return () => call(...row.args)
    },
  }
}

/** Microseconds of one run of each: the least of several rounds, in turns. */
function measure(runs: (() => void)[], milliseconds = 40): number[] {
  const least = runs.map(() => Infinity)
  for (let round = 0; round < 15; round++)
    for (const [at, run] of runs.entries()) {
      let count = 0
      const start = performance.now()
      do {
        run()
        count++
      } while (performance.now() - start < milliseconds)
      least[at] = Math.min(least[at]!, ((performance.now() - start) * 1000) / count)
    }
  return least
}

const [path, func, args] = process.argv.slice(2)
const bytes = path ? new Uint8Array(readFileSync(path)) : await parse(echo(17))
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
console.log('                     isolated call (µs)                  call alone (µs)')
console.log('                       ipvm       jco     ratio          ipvm       jco     ratio')
for (const row of rows) {
  const [a, b] = measure(sides.map(side => () => side.isolated(row))) as [number, number]
  const [c, d] = measure(sides.map(side => side.warm(row))) as [number, number]
  const figures = [a, b, b / a, c, d, d / c].map((n, i) => n.toFixed(i % 3 === 2 ? 1 : 2).padStart(i === 3 ? 14 : 10))
  console.log(row.name.padEnd(18) + figures.join(''))
}

if (!path) {
  const large = new Uint8Array(100_000_000).fill(1)
  const target = new Uint8Array(large.length).fill(2)
  const { warm } = ours(await parse(echo(1600)))
  const take = warm({ name: '', func: 'take', args: [large] })
  const give = warm({ name: '', func: 'give', args: [large.length] })
  const times = measure([take, () => target.set(large), give, () => large.slice()], 1)
  const [into, set, outOf, slice] = times.map(time => time / 1000) as [number, number, number, number]
  console.log(`100 MB of list<u8> in:  ${into.toFixed(1)} ms, ${(into / set).toFixed(2)} times a copy of memory`)
  console.log(
    `100 MB of list<u8> out: ${outOf.toFixed(1)} ms, ${(outOf / slice).toFixed(2)} times a copy to new memory`,
  )
}
