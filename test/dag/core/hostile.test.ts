import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { block, cidOf } from '../../../dag/cid.ts'
import { encode } from '../../../dag/codec.ts'
import { bodyOperations, checkBodies, coreOperations, evaluateCore, type CoreOperation } from '../../../dag/core.ts'
import { Float, type Ipld } from '../../../dag/ipld.ts'
import { holdsReserved } from '../../../dag/inline.ts'
import { LIST } from '../../../dag/lists.ts'
import { encodedSize } from '../../../dag/size.ts'
import { encodeType } from '../../../dag/types.ts'
import { ipld, type as anyType } from '../arbitrary.ts'
import { Blocks } from './tools.ts'

const operations = Object.keys(coreOperations) as CoreOperation[]
const forms = ['option', 'some', 'result', 'enum', 'variant']

describe('arguments that nobody gives', () => {
  /** Blocks with all that an argument can link to, right or wrong. */
  const blocks = new Blocks()
  const leaf = blocks.put([1, 2])
  const links = [
    leaf,
    blocks.put('text'),
    blocks.put(null),
    blocks.put(leaf),
    blocks.put({ some: 1 }),
    blocks.put({ error: leaf }),
    blocks.put({ [LIST]: { count: 2, depth: 1, parts: [leaf] } }),
    blocks.put({ [LIST]: { count: 3, depth: 1, parts: [leaf] } }),
    blocks.put({ 'await/ok': leaf }),
    blocks.put('u8'),
    blocks.put(Array(50).fill(leaf)),
    cidOf(new Uint8Array(3), 'raw'),
    block('nowhere').cid,
    cidOf(Uint8Array.of(0x18, 1), 'dag-cbor'),
    cidOf(Uint8Array.of(1, 2, 3), 'dag-pb'),
  ]
  blocks.add([
    { cid: links[11]!, bytes: new Uint8Array(3) },
    { cid: links[13]!, bytes: Uint8Array.of(0x18, 1) },
    { cid: links[14]!, bytes: Uint8Array.of(1, 2, 3) },
  ])
  const argument: fc.Arbitrary<Ipld> = fc.oneof(
    ipld,
    fc.constantFrom<Ipld>(...links),
    fc.constantFrom<Ipld>(...forms, 'u8', 'f32', 'u99', 2n ** 64n - 1n, -1, new Float(NaN || 0), 'NaN', '\ud83d\ude00'),
    fc.constantFrom<Ipld>(
      { list: 'u8' },
      { list: {} },
      { tuple: ['u8', 1] },
      { enum: ['b', 'a'] },
      { record: { a: 'u8' } },
    ),
    anyType.map(encodeType),
    fc.array(fc.constantFrom<Ipld>(...links), { maxLength: 3 }),
  )

  test.each(operations)('%s: an outcome, never an exception', async op => {
    await fc.assert(
      fc.asyncProperty(fc.array(argument, { minLength: 1, maxLength: 4 }), async args => {
        const outcome = await evaluateCore(op, args, blocks.load)
        if (outcome.kind === 'fail') expect(['value', 'unwrap', 'refused']).toContain(outcome.failure)
        if (outcome.kind === 'fail') expect(outcome.detail.length).toBeLessThan(400)
        if (outcome.kind !== 'value') return
        // What comes out can stand in an instruction.
        expect(encodedSize(outcome.value)).toBeLessThanOrEqual(1024)
        expect(holdsReserved(outcome.value)).toBe(false)
        encode(outcome.value)
      }),
      { numRuns: 300 },
    )
  })

  test.each(operations)('%s: with as many arguments as it has', async op => {
    const { args } = coreOperations[op]
    const rows = fc.array(argument, { minLength: args, maxLength: args })
    await fc.assert(
      fc.asyncProperty(rows, async given => {
        const outcome = await evaluateCore(op, given, blocks.load)
        expect(outcome.kind === 'fail' && outcome.failure === 'refused').toBe(false)
      }),
      { numRuns: 200 },
    )
  })

  test('a wrong number of arguments, and an operation that there is not', async () => {
    for (const op of operations) {
      const { args, more } = coreOperations[op] as { args: number; more?: true }
      if (args > 0) expect(await evaluateCore(op, [], blocks.load)).toMatchObject({ failure: 'refused' })
      if (!more)
        expect(await evaluateCore(op, Array(args + 1).fill(1), blocks.load)).toMatchObject({ failure: 'refused' })
    }
    for (const op of ['core/nothing', 'toString', 'core/map'])
      expect(await evaluateCore(op, [1, 2, 3], blocks.load)).toMatchObject({ kind: 'fail', failure: 'refused' })
  })
})

test('a block that is missing is asked for, wherever it is', async () => {
  const blocks = new Blocks()
  const missing = block('x'.repeat(2000)).cid
  const needs = { kind: 'needs', link: missing }
  const strings = { list: 'string' }
  expect(await blocks.run('core/field', missing, 'a')).toEqual(needs)
  expect(await blocks.run('core/concat', strings, ['a'], ['b', missing])).toEqual(needs)
  expect(await blocks.run('core/zip', [1], { list: 'u32' }, [missing], strings)).toEqual(needs)
  expect(await blocks.run('core/format', { a: missing }, { record: { a: 'string' } })).toEqual(needs)
  expect(await blocks.run('core/link', [missing], strings)).toEqual(needs)
  expect(await blocks.run('core/add', 1, 2, missing)).toEqual(needs)
  expect(await blocks.run('core/text', 'a', missing)).toEqual(needs)
  expect(await blocks.run('core/switch', 'a', 'string', [missing])).toEqual(needs)
  expect(await blocks.run('core/unwrap', missing, 'result')).toEqual(needs)
})

test('a damaged block is a failure', async () => {
  const { cid } = block(['x'])
  const outcome = await evaluateCore('core/index', [cid, 0], async () => encode(['y']))
  expect(outcome).toMatchObject({ kind: 'fail', failure: 'value', detail: expect.stringContaining('is damaged') })
})

describe('operations with bodies', () => {
  test.each<[string, number, number[], string | undefined]>([
    ['core/map', 3, [1], undefined],
    ['core/map', 3, [2], undefined],
    ['core/map', 5, [3], undefined],
    ['core/map', 5, [4], undefined],
    ['core/map', 5, [2], 'body 1 of `core/map` takes 2 values'],
    ['core/map', 3, [3], 'body 1 of `core/map` takes 3 values'],
    ['core/map', 2, [1], '`core/map` has 2 arguments and needs 3'],
    ['core/map', 3, [], '`core/map` has 0 bodies'],
    ['core/map', 3, [1, 1], '`core/map` has 2 bodies'],
    ['core/reduce', 2, [2], undefined],
    ['core/fold', 4, [3], undefined],
    ['core/branch', 1, [0], undefined],
    ['core/branch', 3, [2, 2, 2, 2], undefined],
    ['core/branch', 3, [2, 1], 'body 2 of `core/branch` takes 1 values'],
    ['core/branch', 1, [], '`core/branch` has 0 bodies'],
    ['core/try', 0, [0], undefined],
    ['core/catch', 2, [2, 3], undefined],
    ['core/catch', 2, [2, 2], 'body 2 of `core/catch` takes 2 values'],
    ['core/add', 3, [], undefined],
    ['core/add', 3, [1], '`core/add` has no bodies'],
  ])('%s of %i arguments with bodies of %j parameters', (op, args, params, wrong) => {
    expect(checkBodies(op, args, params)).toBe(wrong)
  })

  test('no operation is in both tables', () => {
    expect(Object.keys(bodyOperations).filter(op => Object.hasOwn(coreOperations, op))).toEqual([])
  })
})
