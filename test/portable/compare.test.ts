import { describe, expect, test } from 'vitest'
import { differences, digestsOf, figuresOf, printTable, readTable, unsteady } from './compare.ts'
import { repeated, type Task } from './corpus.ts'
import { lineOf, textOf } from './outcome.ts'
import { runs } from './tasks.ts'

const limits = { memory: 1, gas: 1 }
const tasks: Task[] = Array.from({ length: repeated + 1 }, (_, i) => ({ component: 'c', func: 'f', args: [i], limits }))
const lines = tasks.map((_, i) => `${i}, 0 bytes, 5 units`)
const repeats = lines.slice(0, repeated).map(line => Array.from({ length: runs }, () => line))

describe('a difference is found', () => {
  const place = (name: string, tasks_ = lines) => ({
    place: name,
    seen: figuresOf({ tasks: tasks_, repeats }, tasks),
  })

  test('between places, and none where there is none', () => {
    expect(differences([place('a'), place('b'), place('c')])).toEqual([])
    expect(differences([place('a'), place('b'), place('c', lines.with(3, '3, 0 bytes, 6 units'))])).toEqual([
      'task 3, c: f(3)\n    a: 3, 0 bytes, 5 units\n    c: 3, 0 bytes, 6 units',
    ])
  })

  test('where a place has less, or more', () => {
    expect(differences([place('a'), place('b', lines.slice(0, -1))])).toHaveLength(1)
    expect(differences([place('a'), place('b', [...lines, 'more'])])).toHaveLength(1)
  })

  test('between runs', () => {
    expect(unsteady({ tasks: lines, repeats }, tasks)).toEqual([])
    const other = repeats.with(2, repeats[2]!.with(99, '2, 0 bytes, 6 units'))
    expect(unsteady({ tasks: lines, repeats: other }, tasks)).toEqual([
      'task 2, c: f(2)\n    at first: 2, 0 bytes, 5 units\n    run 100: 2, 0 bytes, 6 units',
    ])
    expect(unsteady({ tasks: lines, repeats: repeats.with(0, []) }, tasks)).toHaveLength(1)
    expect(unsteady({ tasks: lines, repeats: [] }, tasks)).toHaveLength(repeated)
  })

  test('between digests', async () => {
    const one = await digestsOf({ tasks: lines, repeats }, tasks)
    const other = await digestsOf({ tasks: lines.with(7, ''), repeats }, tasks)
    expect(
      differences([
        { place: 'a', seen: one },
        { place: 'b', seen: other },
      ]),
    ).toHaveLength(1)
    expect(readTable(printTable(one))).toEqual(one)
  })
})

describe('the line of an outcome', () => {
  test('tells all that is promised', async () => {
    expect(await lineOf({ ok: true, value: 7, memory: 1, gas: 2 })).toBe('7, 1 bytes, 2 units')
    const failed = (kind: 'trap' | 'refused') =>
      lineOf({ ok: false, failure: { kind, message: 'm', detail: 'd' }, memory: 1, gas: 2 })
    expect(await failed('trap')).toBe('trap: m (d), 1 bytes, 2 units')
    expect(await failed('refused')).toBe('refused: m, 1 bytes, 2 units')
  })

  test('has every bit of a value, short and long', async () => {
    const floats = [0.1, -0, NaN, Infinity, 2 ** 60]
    expect(floats.map(textOf)).toEqual([
      'float 3fb999999999999a',
      'float 8000000000000000',
      'NaN',
      'float 7ff0000000000000',
      'float 43b0000000000000',
    ])
    expect(textOf([null, true, 5n, 'é\n', Uint8Array.of(0, 255), { a: [-1] }])).toBe(
      '[null, true, 5n, "é\\n", bytes 00ff, { a: [-1] }]',
    )
    const line = (bytes: Uint8Array) => lineOf({ ok: true, value: bytes, memory: 0, gas: 0 })
    const long = new Uint8Array(5000)
    expect(await line(long)).not.toBe(await line(long.with(4999, 1)))
    expect((await line(long)).length).toBeLessThan(200)
  })
})
