import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bind } from '../../dag/bind.ts'
import { block, cidOf } from '../../dag/cid.ts'
import { decode } from '../../dag/codec.ts'
import { decodeInstruction, instructionBlock, readJob, holesOf } from '../../dag/job.ts'
import { normalize } from '../../dag/normalize.ts'
import { reachable } from '../../dag/reach.ts'
import type { Ipld } from '../../dag/ipld.ts'
import { awaits, core, graphOf, list, loaderOf, map, operand, param, value, wasm, written } from './graph.ts'
import { Schema } from './schema.ts'

describe('instructions', () => {
  test('the known answer of Homestar comes out of the same map with its hash', () => {
    const instruction = {
      rsc: 'ipfs://bafybeibk42jwhq7w2zcpe6q3wgtleugp3ymfs3pa5gerjmnakqihhqx4zq',
      op: 'wasm/run',
      input: { func: 'add_one', args: [1] },
      nnc: '',
    }
    const { bytes } = instructionBlock(instruction)
    expect(cidOf(bytes, 'dag-cbor', 'sha3-256').toString()).toBe(
      'bafyrmihmxmsbt4n3g6dzmj7rho34mzfbaoqqbsfcq7etsogslqftbyj7du',
    )
    expect(decodeInstruction(bytes)).toEqual({ ok: true, value: instruction })
  })

  test.each([
    ['a surplus field', { rsc: 'a', op: 'b', input: { args: [] }, nnc: '', more: 1 }],
    ['a missing field', { rsc: 'a', op: 'b', input: { args: [] } }],
    ['a surplus field of the input', { rsc: 'a', op: 'b', input: { args: [], with: 1 }, nnc: '' }],
    ['no list of arguments', { rsc: 'a', op: 'b', input: { args: {} }, nnc: '' }],
    ['a list', [1]],
  ])('%s is refused', (_, content) => {
    expect(decodeInstruction(block(content as Ipld).bytes).ok).toBe(false)
  })
})

describe('normal form', () => {
  test('projects literals, also through parameters that are bound later', async () => {
    const record = map({ a: param('p'), b: awaits(wasm('f', value(1))) })
    const direct = await written(graphOf(awaits(wasm('g', param('p')))))
    const through = await written(graphOf(awaits(wasm('g', awaits(core('core/field', record, value('a')))))))
    expect(through.job).toEqual(direct.job)
  })

  test('drops what nothing demands and shares what is equal', async () => {
    const shared = await written(graphOf(list(awaits(wasm('f', value(1))), awaits(wasm('f', value(1))))))
    const job = await readJob(shared.job, loaderOf(shared.blocks))
    expect(job.ok && job.value.tasks.length).toBe(1)
  })

  test('keeps an operation that would fail, so that it fails where it is demanded', async () => {
    const out = await written(graphOf(awaits(core('core/index', list(value(1)), value(3)))))
    const job = await readJob(out.job, loaderOf(out.blocks))
    expect(job.ok && job.value.tasks.length).toBe(1)
  })

  test('is its own normal form', async () => {
    await fc.assert(
      fc.asyncProperty(operand, async result => {
        const once = await normalize(graphOf(result))
        const [a, b] = [await written(once.graph), await written((await normalize(once.graph)).graph)]
        expect(a.job).toEqual(b.job)
      }),
      { numRuns: 200 },
    )
  })

  test('binding one parameter after the other equals binding both at once', async () => {
    await fc.assert(
      fc.asyncProperty(operand, fc.string({ maxLength: 5 }), fc.string({ maxLength: 5 }), async (result, p, q) => {
        const template = await written(graphOf(result))
        const both = await bind(
          template.job,
          new Map([
            ['p', p],
            ['q', q],
          ]),
          loaderOf(template.blocks),
        )
        const first = await bind(template.job, new Map([['p', p]]), loaderOf(template.blocks), { partial: true })
        if (!first.ok || !both.ok) throw new Error('not bound')
        const all = loaderOf([...template.blocks, ...first.value.blocks])
        const second = await bind(first.value.job, new Map([['q', q]]), all)
        expect(second.ok && second.value.job).toEqual(both.value.job)
      }),
      { numRuns: 200 },
    )
  })

  test('a chain of 12,000 tasks keeps no stack', async () => {
    let chain = awaits(wasm('f', param('p')))
    for (let i = 0; i < 12_000; i++) chain = awaits(wasm('f', chain, value(i)))
    const template = await written(graphOf(chain, ['p']))
    const bound = await bind(template.job, new Map([['p', 'x']]), loaderOf(template.blocks))
    expect(bound.ok).toBe(true)
  }, 30_000)
})

describe('jobs', () => {
  test('every block that is written follows the schema', async () => {
    const schema = new Schema('job.ipldsch')
    await fc.assert(
      fc.asyncProperty(operand, async result => {
        const { job, blocks } = await written(graphOf(result))
        const root = blocks.find(({ cid }) => cid.equals(job))!
        const content = decode(root.bytes)
        expect(content.ok && schema.departs('Root', content.value)).toBe(undefined)
        const read = await readJob(job, loaderOf(blocks))
        if (!read.ok) throw new Error(read.error.message)
        for (const task of read.value.tasks) {
          const { bytes } = blocks.find(({ cid }) => cid.equals(task))!
          const instruction = decode(bytes)
          expect(instruction.ok && schema.departs('Instruction', instruction.value)).toBe(undefined)
        }
      }),
      { numRuns: 100 },
    )
  })

  test('tasks stand in post-order: what is awaited stands before', async () => {
    await fc.assert(
      fc.asyncProperty(operand, async result => {
        const { job, blocks } = await written(graphOf(result))
        const load = loaderOf(blocks)
        const read = await readJob(job, load)
        if (!read.ok) throw new Error(read.error.message)
        const seen = new Set<string>()
        for (const task of read.value.tasks) {
          const instruction = decodeInstruction((await load(task))!)
          if (!instruction.ok) throw new Error(instruction.error.message)
          for (const hole of holesOf(instruction.value.input.args))
            if (hole.kind === 'await') expect(seen.has(hole.task.toString())).toBe(true)
          seen.add(task.toString())
        }
      }),
      { numRuns: 100 },
    )
  })

  test('a long list of tasks stands in pieces, and all of it can be reached', async () => {
    const { job, blocks } = await written(
      graphOf(
        list(
          ...Array.from({ length: 8_000 }, (_, i) => awaits(wasm('f', value(i)))).reduce<ReturnType<typeof awaits>[]>(
            (all, one) => [...all.slice(-1), awaits(wasm('g', one, ...all.slice(-1)))],
            [],
          ),
        ),
      ),
    )
    const load = loaderOf(blocks)
    const read = await readJob(job, load)
    expect(read.ok && read.value.tasks.length).toBe(16_000)
    expect(blocks.every(({ bytes }) => bytes.length <= 1 << 20)).toBe(true)
    const reached = new Set((await reachable([job], load)).map(({ cid }) => cid.toString()))
    expect(blocks.every(({ cid }) => reached.has(cid.toString()))).toBe(true)
  }, 30_000)

  test.each([
    ['another version', { 'ipvm/job': { v: '9.0.0' } }, /version is "9.0.0"/],
    ['no job', { hello: 1 }, /has no `ipvm\/job`/],
    ['a field too few', { 'ipvm/job': { v: '0.1.0' } }, /missing or unknown/],
  ])('%s is refused by name', async (_, content, message) => {
    const root = block(content)
    const read = await readJob(root.cid, loaderOf([root]))
    expect(!read.ok && read.error.message).toMatch(message)
  })

  test('a promise of a task that does not stand before it is refused', async () => {
    const { job, blocks } = await written(graphOf(awaits(wasm('f', awaits(wasm('g'))))))
    const read = await readJob(job, loaderOf(blocks))
    if (!read.ok) throw new Error(read.error.message)
    const root = decode(blocks.find(({ cid }) => cid.equals(job))!.bytes)
    if (!root.ok) throw new Error('unreadable')
    const body = (root.value as { 'ipvm/job': { [key: string]: Ipld } })['ipvm/job']
    const turned = block({ 'ipvm/job': { ...body, tasks: [...(body['tasks'] as Ipld[])].reverse() } })
    const bound = await bind(
      turned.cid,
      new Map([
        ['p', 'x'],
        ['q', 'y'],
      ]),
      loaderOf([...blocks, turned]),
    )
    expect(!bound.ok && bound.error.message).toMatch(/no task of the job before it/)
  })

  test('a block with other bytes than its CID says is refused, the root as well as an instruction', async () => {
    const { job, blocks } = await written(graphOf(awaits(wasm('f', param('p'))), ['p']))
    const other = await written(graphOf(awaits(wasm('g', param('p'))), ['p']))
    for (const [i, block] of blocks.entries()) {
      const swapped = blocks.map((one, j) => (i === j ? { cid: one.cid, bytes: other.blocks[j]!.bytes } : one))
      const bound = await bind(job, new Map([['p', 'x']]), loaderOf(swapped))
      expect(!bound.ok && bound.error.message, String(block.cid)).toMatch(/is damaged/)
    }
  })

  test('limits in another order are refused, so that one job has one root', async () => {
    const { job, blocks } = await written(graphOf(list(awaits(wasm('f', value(1))), awaits(wasm('g', value(2))))))
    const root = decode(blocks.find(({ cid }) => cid.equals(job))!.bytes)
    if (!root.ok) throw new Error('unreadable')
    const body = (root.value as { 'ipvm/job': { [key: string]: Ipld } })['ipvm/job']
    const other = block({ 'ipvm/job': { ...body, meta: [...(body['meta'] as Ipld[])].reverse() } })
    const read = await readJob(other.cid, loaderOf([...blocks, other]))
    expect(!read.ok && read.error.message).toMatch(/sorted/)
  })

  test('missing and unknown arguments are named', async () => {
    const { job, blocks } = await written(graphOf(param('p')))
    const missing = await bind(job, new Map(), loaderOf(blocks))
    expect(!missing.ok && missing.error.message).toBe('the job needs a value for: p, q')
    const unknown = await bind(job, new Map([['r', 1]]), loaderOf(blocks))
    expect(!unknown.ok && unknown.error.message).toBe('the job has no parameter `r`; it takes: p, q')
  })
})
