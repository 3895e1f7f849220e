import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { block } from '../../dag/cid.ts'
import type { Ipld } from '../../dag/ipld.ts'
import { memoryStore } from '../../runtime/store/open.ts'
import { createLocalExecutor } from '../../runtime/wasm/pool.ts'
import { diskHost, runJob } from '../harness/run.ts'

const folder = join(import.meta.dirname, '../fixtures/components')
const executor = createLocalExecutor({ workers: 2 })
afterAll(() => executor.close())

/** Compiles and runs `export job main() -> type { body }` with the components of the fixtures beside it. */
async function ran(type: string, body: string) {
  const file = join(folder, 'test.ipvm')
  const text = `import t from "./types.wasm"
import c from "./core.wasm" {
  add: func(a: s32, b: s32) -> s32, multiply: func(a: s64, b: s64) -> s64, half: func(x: f32) -> f32
}
config { time: 2s, memory: 16MiB }
type Point = record { x: s32, y: s32 }
type Shape = variant { empty, circle(f64), rectangle(tuple<u32, u32>), label(string), marks(list<Point>), mixed(option<s8>) }
type Access = flags { read, write, execute }
type Direction = enum { north, east, south, west }
export job main() -> ${type} { ${body} }
`
  return runJob(executor, diskHost({ [file]: text }), file)
}

describe('values of every type, from source text through a component and back', () => {
  test.each([
    ['bool', 't.scalars.negate(true)', false],
    ['u8', 't.scalars.next-u8(254)', 255],
    ['u64', 't.scalars.next-u64(18_446_744_073_709_551_614)', 2n ** 64n - 1n],
    ['s8', 't.scalars.next-s8(-128)', -127],
    ['s64', 't.scalars.next-s64(-9_223_372_036_854_775_808)', -(2n ** 63n) + 1n],
    ['f32', 't.scalars.half-f32(3)', 1.5],
    ['f64', 't.scalars.half-f64(-1e300)', -5e299],
    ['f64', 't.scalars.nan()', NaN],
    ['char', "t.scalars.next-char('a')", 'b'],
    ['()', 't.scalars.nothing()', null],
    ['string', 't.containers.backwards("äb😀")', '😀bä'],
    ['bytes', 't.containers.reverse(b"\\x00\\x01\\xff")', Uint8Array.of(255, 1, 0)],
    [
      'list<list<u16>>',
      't.containers.transpose([[1, 2], [3, 4], [5, 65535]])',
      [
        [1, 3, 5],
        [2, 4, 65535],
      ],
    ],
    ['list<bool>', 't.containers.negate-all([true, false])', [false, true]],
    ['list<string>', 't.containers.sort(["b", "", "a"])', ['', 'a', 'b']],
    ['option<u32>', 't.containers.increment(some(1))', 2],
    ['option<u32>', 't.containers.increment(none)', null],
    ['tuple<u64, string>', 't.containers.swap(("a", 7))', [7n, 'a']],
    ['u64', 't.containers.total([b"\\x01\\x02", [3], []])', 3n],
    ['Shape', 't.structures.change(Shape.label("x"))', expect.anything()],
    ['Direction', 't.structures.turn(Direction.west)', 'north'],
    ['Access', 't.structures.others({ read })', ['execute', 'write']],
    ['Access', 't.structures.others({})', ['execute', 'read', 'write']],
    ['result<u32, string>', 't.structures.divide(7, 2)', { ok: 3 }],
    ['result<u32, string>', 't.structures.divide(7, 0)', { error: expect.any(String) }],
    ['result<u64, f32>', 't.structures.invert(ok(0.5))', { error: 0.5 }],
    ['result', 't.structures.even(2)', { ok: null }],
    ['result<_, u32>', 't.structures.odd-number(3)', expect.anything()],
    ['t.shapes.point', 't.shapes.walk({ x: 1, y: 1 }, toward: t.shapes.direction.north)', expect.anything()],
    ['s32', 'c.add(2, b: 40)', 42],
    ['s64', 'c.multiply(-3, 5_000_000_000)', -15_000_000_000n],
    ['f32', 'c.half(1)', 0.5],
  ])('%s: %s', async (type, body, value) => {
    const job = await ran(type, body)
    if (!job.ok) throw new Error(JSON.stringify(job.failure))
    expect(job.value).toEqual(value)
  })
})

describe('what goes wrong in a task', () => {
  test.each([
    ['trap', '()', 't.limits.trap()'],
    ['time', 'u32', 't.limits.spin() with { time: 100ms }'],
    ['memory', 'u32', 't.limits.allocate-without-end()'],
    ['stack', 'u32', 't.limits.recurse-without-end()'],
    ['refused', 'u64', 't.limits.now()'],
    ['value', 'u8', '[1, 2][t.scalars.next-u8(5)]'],
  ])('%s', async (kind, type, body) => {
    const job = await ran(type, body)
    expect(!job.ok && job.failure).toMatchObject({ kind })
  })

  test('a fresh instance for each task: a counter never moves', async () => {
    const job = await ran('tuple<u32, u32>', '(t.limits.count(), t.limits.count() with { time: 1s })')
    expect(job.ok && job.value).toEqual([1, 1])
  })

  test('a failure that nothing demands is not seen', async () => {
    const job = await ran('u8', 'let a = (t.limits.trap(), 7)\na.1')
    expect(job.ok && job.value).toBe(7)
  })
})

describe('a link stands where what it links to is expected, and is loaded and verified', () => {
  const link = async (type: string, content: Ipld, result: string, body: string) => {
    const stored = block(content)
    const store = memoryStore()
    await store.blocks.put(stored.cid, stored.bytes)
    const file = join(folder, 'test.ipvm')
    const text = `import t from "./types.wasm"\nexport job main(x: link<${type}>) -> ${result} { ${body} }\n`
    const args = { x: { text: `cid"${stored.cid}"` } }
    return runJob(executor, diskHost({ [file]: text }), file, { args }, store)
  }

  test.each<[string, Ipld, string, string, unknown]>([
    ['u8', 7, 'u8', 'x', 7],
    ['u8', 7, 'u8', 't.scalars.next-u8(x)', 8],
    ['u8', 7, 'tuple<u8, option<u8>>', '(x, some(x))', [7, 7]],
    ['u8', 7, 'bytes', '[x, 1]', Uint8Array.of(7, 1)],
    ['u8', 7, 'u64', 'x', 7n],
    ['bool', true, 'bool', 't.scalars.negate(x)', false],
    ['string', 'äb', 'string', 't.containers.backwards(x)', 'bä'],
    ['option<u32>', 1, 'option<u32>', 't.containers.increment(x)', 2],
    ['option<u32>', null, 'option<u32>', 't.containers.increment(x)', null],
    ['enum { north, east, south, west }', 'west', 'string', '{ a: x, b: "y" }.b', 'y'],
    ['record { a: u8 }', { a: 3 }, 'u8', 'x.a', 3],
    ['list<list<u16>>', [[1, 2]], 'list<list<u16>>', 't.containers.transpose(x)', [[1], [2]]],
    ['list<u32>', [5, 6], 'u32', 'x[1]', 6],
  ])('link<%s> %j as %s in %s', async (type, content, result, body, value) => {
    const job = await link(type, content, result, body)
    if (!job.ok) throw new Error(JSON.stringify(job.failure))
    expect(job.value).toEqual(value)
  })

  test('content of another type is a failure', async () => {
    const job = await link('u8', 'text', 'u8', 't.scalars.next-u8(x)')
    expect(!job.ok && job.failure).toMatchObject({
      kind: 'value',
      detail: 'args[0]: an integer was expected, this is "text"',
    })
    const point = 'record { x: s32, y: s32 }'
    const walked = await link(point, { x: 1, y: 2 ** 31 }, 's32', 't.shapes.walk(x, toward: t.shapes.direction.east).x')
    expect(!walked.ok && walked.failure).toMatchObject({
      kind: 'value',
      detail: 'args[0].y: 2147483648 does not fit s32',
    })
  })
})
