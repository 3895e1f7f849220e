/**
 * Runs hostile components in a pool of its own, many tasks in a row on all workers at once, and tells what memory that
 * took: `node test/runtime/wasm/peak.ts ISOLATION GROUP`. A process of its own, since the memory of a test runner is not idle.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { CID } from 'multiformats/cid'
import { sha256 } from 'multiformats/hashes/sha2'
import type { Value } from '../../../dag/value.ts'
import type { WasmOutcome } from '../../../runtime/interface.ts'
import { createLocalExecutor, type Isolation } from '../../../runtime/wasm/pool.ts'
import { component, MiB, wat } from './harness.ts'

/** Bytes, of the program when it has nothing to do, and at the most while it ran each of the components. */
export interface Peaks {
  idle: number
  peaks: { [name: string]: number }
}

export const workers = 2
export const limit = 64 * MiB
const calls = 8

/** `f`, with what fills the memory, to the last page that the limit allows. */
const filling = (body: string, result: string): string =>
  component(
    `(func $fill (param $pages i32)
       (drop (memory.grow (i32.sub (local.get $pages) (memory.size))))
       (memory.fill (i32.const 4096) (i32.const 1) (i32.sub (i32.mul (local.get $pages) (i32.const 65536)) (i32.const 4096))))
     (func $all (call $fill (i32.const ${limit / 65536})))
     (func $deep (param $n i32) (result i32) (i32.add (call $deep (local.get $n)) (local.get $n)))
     (func (export "f") (result i32) ${body})`,
    { f: `(result ${result})` },
  )

/** Instances of a component that carries out some 2,000 definitions, most of them bundles, so that it has few bytes. */
const multiplied = (count: number): string => {
  const func = '(core module $m (func (export "f") (result i32) (i32.const 7))) (core instance $i (instantiate $m)) (func $f (result u32) (canon lift (core func $i "f")))' // prettier-ignore
  const bundle = `(instance ${Array.from({ length: 2000 }, (_, i) => `(export "a${i}" (func $f))`).join(' ')})`
  return `(component (component $c ${func} ${bundle}) ${'(instance (instantiate $c))'.repeat(count)} ${func} (export "f" (func $f)))`
}

/** What each component comes to. A million headers stand for a megabyte each; the lie is a string of four gigabytes. */
const hostile: { readonly [name: string]: { text: string; ends: string; time?: number } } = {
  'all memory, again and again': { text: filling('(call $all) (i32.const 7)', 'u32'), ends: 'ok' },
  'a part of the memory': { text: filling('(call $fill (i32.const 370)) (i32.const 7)', 'u32'), ends: 'ok' },
  'growth without end': {
    text: filling(
      `(local $at i32)
       (loop $more
         (local.set $at (i32.mul (memory.size) (i32.const 65536)))
         (drop (memory.grow (i32.const 1)))
         (memory.fill (local.get $at) (i32.const 1) (i32.const 65536))
         (br $more))
       (i32.const 7)`,
      'u32',
    ),
    ends: 'memory',
  },
  'a million headers': {
    text: filling(
      `(local $at i32)
       (call $fill (i32.const 144)) (local.set $at (i32.const 0x100000))
       (loop $more
         (i64.store (local.get $at) (i64.const 0x0010000000000000))
         (local.set $at (i32.add (local.get $at) (i32.const 8)))
         (br_if $more (i32.lt_u (local.get $at) (i32.const 0x8a1200))))
       (i32.store (i32.const 16) (i32.const 0x100000)) (i32.store (i32.const 20) (i32.const 1000000)) (i32.const 16)`,
      '(list (list u8))',
    ),
    ends: 'memory',
  },
  'a lie about a length': {
    text: filling('(call $all) (i32.store (i32.const 20) (i32.const -1)) (i32.const 16)', 'string'),
    ends: 'trap',
  },
  // Each definition counts 320 bytes (`definitions.ts`).
  'as many definitions as may be': { text: multiplied(100), ends: 'ok' },
  'more definitions than may be': { text: multiplied(200), ends: 'memory' },
  'all memory and all stack': { text: filling('(call $all) (call $deep (i32.const 1))', 'u32'), ends: 'stack' },
  'all memory and all time': {
    text: filling('(call $all) (loop $more (br $more)) (i32.const 7)', 'u32'),
    ends: 'time',
    time: 300,
  },
}

/** Bytes of a 32-bit word, and of an address with a length. */
const u32 = (value: number): number[] => [value, value >>> 8, value >>> 16, value >>> 24].map(byte => byte & 0xff)
const at = (address: number, length: number): number[] => [...u32(address), ...u32(length)]
const f64 = (value: number): number[] => [...new Uint8Array(Float64Array.of(value).buffer)]
const repeated = (count: number, bytes: number[]): number[] => Array.from({ length: count }, () => bytes).flat()
const fields = (count: number, type: string): string =>
  Array.from({ length: count }, (_, i) => `(field "field-${i}" ${type})`).join(' ')
const labels = (count: number): string => Array.from({ length: count }, (_, i) => `"label-${i}"`).join(' ')
const record = (count: number, value: Value): Value =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`field-${i}`, value]))

/** Where texts lie that values refer to: 1,000 bytes of ASCII, and 999 of more than that. */
const ascii = 0x3000
const wide = 0x3400

/**
 * Values of which there are as many as the limit lets through: their type, one of them as it lies in memory, and as it is
 * given. All that can be referred to more than once is.
 */
const small: {
  readonly [name: string]: { type: string; bytes: number[]; value: Value; define?: string; inner?: number }
} = {
  integers: { type: 'u32', bytes: u32(0xffffffff), value: 0xffffffff },
  'wide integers': { type: 'u64', bytes: repeated(8, [255]), value: 2n ** 64n - 1n },
  'short strings': { type: 'string', bytes: at(ascii, 3), value: 'xxx' },
  'long strings of more than ASCII': { type: 'string', bytes: at(wide, 999), value: '\u20ac'.repeat(333) },
  'few bytes': { type: '(list u8)', bytes: at(ascii, 65), value: new Uint8Array(65) },
  'many bytes': { type: '(list u8)', bytes: at(0, 70_000), value: new Uint8Array(70_000), inner: 4 },
  'options of options': { type: '(option (option u8))', bytes: [1, 1, 1], value: { some: 1 } },
  variants: {
    type: '$t',
    define: '(variant (case "one" f64))',
    bytes: [...u32(0), ...u32(0), ...f64(0.1)],
    value: { one: 0.1 },
  },
  'one flag': { type: '$t', define: `(flags ${labels(8)})`, bytes: [1], value: ['label-0'] },
  'many flags': {
    type: '$t',
    define: `(flags ${labels(32)})`,
    bytes: repeated(4, [255]),
    value: Array.from({ length: 32 }, (_, i) => `label-${i}`),
  },
  tuples: { type: '(tuple u8)', bytes: [1], value: [1] },
  'small records': { type: '$t', define: `(record ${fields(1, 'u8')})`, bytes: [1], value: record(1, 1) },
  'large records': {
    type: '$t',
    define: `(record ${fields(150, 'u8')})`,
    bytes: repeated(150, [1]),
    value: record(150, 1),
    inner: 50,
  },
  'short lists': { type: '(list bool)', bytes: at(0, 1), value: [true] },
}

/** What is measured in one program: what components do in their memories, and values that they give and are given. */
export const groups = ['memories', 'bytes', 'scalars', 'compounds'] as const
type Group = (typeof groups)[number]

function groupOf({ type }: (typeof small)[string]): Group {
  if (type === '(list u8)') return 'bytes'
  return /^[a-z]/.test(type) ? 'scalars' : 'compounds'
}

/** Elements of an inner list, where nothing else is said; the outer one has it again and again. */
const many = 500

/**
 * `give` has a list of so many lists, which are all the same one; `take` is given such a list, and all that it finds room
 * for is in one place.
 */
function crossing({ type, bytes, define, inner = many }: (typeof small)[string]): string {
  const data = (address: number, bytes: number[]): string =>
    `(data (i32.const ${address}) "${bytes.map(byte => `\\${byte.toString(16).padStart(2, '0')}`).join('')}")`
  return `(component
    (core module $m
      (memory (export "mem") 8)
      ${data(ascii, repeated(1000, [0x78]))} ${data(wide, repeated(333, [0xe2, 0x82, 0xac]))}
      ${data(0x4000, repeated(inner, bytes))}
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (local $more i32)
        (local.set $more (i32.sub (i32.shr_u (i32.add (local.get 3) (i32.const 0x2ffff)) (i32.const 16)) (memory.size)))
        (if (i32.gt_s (local.get $more) (i32.const 0)) (then (drop (memory.grow (local.get $more)))))
        (i32.const 0x20000))
      (func (export "give") (param $n i32) (result i32) (local $at i32)
        (local.set $at (i32.const 0x20000))
        (drop (memory.grow (i32.shr_u (i32.shl (local.get $n) (i32.const 3)) (i32.const 16))))
        (i32.store (i32.const 16) (local.get $at)) (i32.store (i32.const 20) (local.get $n))
        (loop $more
          (i32.store (local.get $at) (i32.const 0x4000)) (i32.store offset=4 (local.get $at) (i32.const ${inner}))
          (local.set $at (i32.add (local.get $at) (i32.const 8)))
          (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (i32.const 16))
      (func (export "take") (param i32 i32) (result i32) (local.get 1)))
    (core instance $i (instantiate $m))
    ${define ? `(type $u ${define}) (export $t "t" (type $u))` : ''}
    (func (export "give") (param "n" u32) (result (list (list ${type})))
      (canon lift (core func $i "give") (memory (core memory $i "mem"))))
    (func (export "take") (param "v" (list (list ${type}))) (result u32)
      (canon lift (core func $i "take") (memory (core memory $i "mem")) (realloc (core func $i "realloc")))))`
}

/** A file about a process, which may have ended meanwhile. */
function about(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'utf8')
  } catch {
    return ''
  }
}

/** This process and those that it has started. */
function tree(): number[] {
  const children = readdirSync('/proc/self/task').flatMap(thread => about(`self/task/${thread}/children`).split(' '))
  return [process.pid, ...children.filter(Boolean).map(Number)]
}

/** Bytes that all processes have in memory now, or had at the most since that was reset. */
function resident(field: 'VmRSS' | 'VmHWM'): number {
  const figure = new RegExp(`${field}:\\s+(\\d+) kB`)
  return tree().reduce((sum, pid) => sum + 1024 * Number(figure.exec(about(`${pid}/status`))?.[1] ?? 0), 0)
}

/** Lets the most that was in memory count anew, and gives what it was until now. */
function reset(): number {
  const most = resident('VmHWM')
  for (const pid of tree())
    try {
      writeFileSync(`/proc/${pid}/clear_refs`, '5')
    } catch {
      // It has ended.
    }
  return most
}

/**
 * The most that was in memory at one time while something ran; of processes that have ended meanwhile what was seen of
 * them. What each process had at the most is added up for one short while after the other, since they have it one after
 * the other: what a worker gives, the program holds when the worker has let go of it.
 */
async function peakOf(run: () => Promise<void>): Promise<number> {
  let most = 0
  let over = false
  reset()
  const watch = (async () => {
    for (; !over; await setTimeout(5)) most = Math.max(most, reset())
  })()
  await run()
  over = true
  await watch
  return Math.max(most, reset())
}

async function measure(isolation: Isolation, group: Group): Promise<Peaks> {
  const pool = createLocalExecutor({ isolation, workers })
  const run = async (bytes: Uint8Array, func: string, args: Value[], time = 60_000): Promise<WasmOutcome> => {
    const cid = CID.createV1(0x55, await sha256.digest(bytes))
    const limits = { time, memory: limit, gas: 1e13, retry: 0, check: 0 }
    return pool.call({ component: cid, load: async () => bytes, func, args, limits })
  }
  const runs = async (count: number, ends: string, ...call: Parameters<typeof run>): Promise<void> => {
    const one = async (): Promise<void> => {
      const outcome = await run(...call)
      const came = outcome.ok ? 'ok' : outcome.failure.kind
      if (came !== ends)
        throw new Error(`it came to ${came}, not ${ends}${outcome.ok ? '' : `: ${outcome.failure.detail}`}`)
    }
    await Promise.all(Array.from({ length: count }, one))
  }
  /** How many lists the limit lets through, but for a page or two. */
  const most = async (bytes: Uint8Array, func: string, args: (n: number) => Value[]): Promise<number> => {
    const [few, more] = [await run(bytes, func, args(8)), await run(bytes, func, args(16))]
    return 16 + Math.floor((limit - more.memory - 2 * 65536) / ((more.memory - few.memory) / 8 + 8))
  }
  await runs(50 * workers, 'ok', await wat(filling('(i32.const 7)', 'u32')), 'f', [])
  await setTimeout(300)
  const idle = resident('VmRSS')
  const peaks: Peaks['peaks'] = {}
  for (const [name, { text, ends, time }] of Object.entries(group === 'memories' ? hostile : {})) {
    const bytes = await wat(text)
    peaks[name] = await peakOf(() => runs((time ? 2 : calls) * workers, ends, bytes, 'f', [], time))
  }
  for (const [name, kind] of Object.entries(small)) {
    if (groupOf(kind) !== group) continue
    const bytes = await wat(crossing(kind))
    const same = Array.from({ length: kind.inner ?? many }, () => kind.value)
    const args = (n: number): Value[] => [Array.from({ length: n }, () => same)]
    for (const [func, given] of [
      ['give', (n: number) => [n]],
      ['take', args],
    ] as const) {
      const n = await most(bytes, func, given)
      peaks[`${func} ${name}`] = await peakOf(async () => {
        await runs(2 * workers, 'ok', bytes, func, given(n))
        await runs(1, 'memory', bytes, func, given(n + Math.ceil(n / 64) + 2))
      })
    }
  }
  await pool.close()
  return { idle, peaks }
}

if (process.argv[1] === import.meta.filename) {
  const [, , isolation, group] = process.argv
  console.log(JSON.stringify(await measure(isolation as Isolation, group as Group)))
}
