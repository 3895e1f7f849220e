import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bind, readGraph } from '../../dag/bind.ts'
import { decode } from '../../dag/codec.ts'
import type { Ipld } from '../../dag/ipld.ts'
import { decodeInstruction, holesOf, readBody, readJob } from '../../dag/job.ts'
import type { Load } from '../../dag/load.ts'
import { reachable } from '../../dag/reach.ts'
import type { CID } from 'multiformats/cid'
import { loaderOf, written } from './graph.ts'
import { meaningOf, meaningOfJob } from './interpret.ts'
import { build, program } from './program.ts'
import { Schema } from './schema.ts'

const runs = { numRuns: 200 }
const values = new Map<string, Ipld>([
  ['p', 'x'],
  ['q', true],
])

async function boundTo(job: CID, args: Map<string, Ipld>, load: Load, partial = false) {
  const bound = await bind(job, args, load, { partial })
  if (!bound.ok) throw new Error(bound.error.message)
  return bound.value
}

describe('generated programs with bodies and commands', () => {
  test('mean in blocks what they mean as they are written', async () => {
    await fc.assert(
      fc.asyncProperty(program, async block => {
        const template = await written(build(block))
        const bound = await boundTo(template.job, values, loaderOf(template.blocks))
        const all = loaderOf([...template.blocks, ...bound.blocks])
        expect(await meaningOfJob(bound.job, all)).toEqual(meaningOf(block, { p: 'x', q: true }))
      }),
      runs,
    )
  })

  test('come to one job, whoever shares or copies, and in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(program, fc.integer({ min: 1 }), async (block, seed) => {
        const [one, other] = [await written(build(block)), await written(build(block, seed))]
        expect(other.job).toEqual(one.job)
      }),
      runs,
    )
  })

  test('are read back, normalised and written to the same job', async () => {
    await fc.assert(
      fc.asyncProperty(program, async block => {
        const once = await written(build(block))
        const load = loaderOf(once.blocks)
        const job = await readJob(once.job, load)
        if (!job.ok) throw new Error(job.error.message)
        const graph = await readGraph(job.value, load)
        if (!graph.ok) throw new Error(graph.error.message)
        expect((await written(graph.value.graph)).job).toEqual(once.job)
      }),
      runs,
    )
  })

  test('come to the same when values are known at once, later, or one after the other', async () => {
    await fc.assert(
      fc.asyncProperty(program, async block => {
        const known = await written(build(block, 0, values))
        const template = await written(build(block))
        const load = loaderOf(template.blocks)
        const both = await boundTo(template.job, values, load)
        expect(both.job).toEqual(known.job)
        for (const [first, second] of [
          ['p', 'q'],
          ['q', 'p'],
        ] as const) {
          const half = await boundTo(template.job, new Map([[first, values.get(first)!]]), load, true)
          const all = loaderOf([...template.blocks, ...half.blocks])
          const rest = await boundTo(half.job, new Map([[second, values.get(second)!]]), all)
          expect(rest.job).toEqual(known.job)
        }
      }),
      runs,
    )
  })

  test('stand in blocks that follow the schema, are all reached, and await only what stands before', async () => {
    const schema = new Schema('job.ipldsch')
    const check = (name: string, bytes: Uint8Array) => {
      const content = decode(bytes)
      expect(content.ok && schema.departs(name, content.value)).toBe(undefined)
    }
    await fc.assert(
      fc.asyncProperty(program, async block => {
        const { job, blocks } = await written(build(block))
        const load = loaderOf(blocks)
        const reached = new Set((await reachable([job], load)).map(({ cid }) => cid.toString()))
        const level = async (tasks: CID[], value: Ipld, params: number | undefined): Promise<void> => {
          const before = new Set<string>()
          const holes = (given: Ipld) => {
            for (const hole of holesOf(given)) {
              if (hole.kind === 'await') expect(before.has(hole.task.toString())).toBe(true)
              else if (hole.kind === 'slot') expect(hole.index).toBeLessThan(params ?? 0)
              else expect(params).toBe(undefined)
            }
          }
          for (const task of tasks) {
            const bytes = (await load(task))!
            check('Instruction', bytes)
            const instruction = decodeInstruction(bytes)
            if (!instruction.ok) throw new Error(instruction.error.message)
            const { args, after = [], bodies = [], undo } = instruction.value.input
            holes([...args, ...after, ...(undo?.args ?? [])])
            for (const cid of undo ? [...bodies, undo.body] : bodies) {
              check('Body', (await load(cid))!)
              const body = await readBody(cid, load)
              if (!body.ok) throw new Error(body.error.message)
              await level(body.value.tasks, body.value.value, body.value.params)
            }
            before.add(task.toString())
          }
          holes(value)
        }
        check('Root', (await load(job))!)
        const root = await readJob(job, load)
        if (!root.ok) throw new Error(root.error.message)
        await level(root.value.tasks, root.value.result.value, undefined)
        for (const { cid } of blocks)
          if (!reached.has(cid.toString())) expect(decodeInstruction((await load(cid))!).ok).toBe(false)
      }),
      runs,
    )
  })
})
