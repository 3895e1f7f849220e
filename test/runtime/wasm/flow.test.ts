import { setImmediate as turn, setTimeout } from 'node:timers/promises'
import { MessageChannel, Worker } from 'node:worker_threads'
import { afterEach, describe, expect, test } from 'vitest'
import { isLarge, newFlow, through } from '../../../runtime/wasm/flow.ts'
import type { Pack } from '../../../runtime/wasm/pack.ts'
import { MiB } from './harness.ts'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => void (await Promise.all(ends.splice(0).map(end => end()))))

/** A thread that sends packs of so many bytes, and settles before each. */
function sending(...sizes: number[]) {
  const { port1, port2 } = new MessageChannel()
  const flow = newFlow()
  const module = (name: string): string => new URL(`../../../runtime/wasm/${name}.ts`, import.meta.url).href
  const worker = new Worker(
    `const { port, flow, sizes } = require('node:worker_threads').workerData
     Promise.all([import('${module('flow')}'), import('${module('line')}')]).then(([{ Sender }, { lineOf }]) => {
       const sender = new Sender(lineOf(port), flow)
       for (const size of sizes) {
         sender.settle()
         const block = new Uint8Array(size)
         sender.send({ block, large: [] }, [block.buffer])
       }
     })`,
    { eval: true, workerData: { port: port2, flow, sizes }, transferList: [port2] },
  )
  ends.push(() => worker.terminate())
  const heard: number[] = []
  port1.on('message', ({ block }: Pack) => void heard.push(block.length))
  return {
    heard,
    flow,
    arrived: async (count: number) => {
      while (heard.length < count) await turn()
    },
  }
}

describe('a worker that has given much', () => {
  test('waits until all of it takes no memory any more', async () => {
    const one = sending(3 * MiB, 3 * MiB, 1)
    await one.arrived(2)
    await setTimeout(100)
    expect(one.heard).toEqual([3 * MiB, 3 * MiB])
    through(one.flow)
    await setTimeout(100)
    expect(one.heard).toEqual([3 * MiB, 3 * MiB])
    through(one.flow)
    await one.arrived(3)
  })

  test('does not wait where it is not that much, or was heard between', async () => {
    const one = sending(MiB, 1, 2 * MiB, 2)
    await one.arrived(4)
    const two = sending(3 * MiB, 3 * MiB, 3 * MiB, 1)
    await two.arrived(2)
    through(two.flow)
    through(two.flow)
    await two.arrived(4)
  })

  test('does not wait for small ones, which nobody is through with', async () => {
    const sizes = Array.from({ length: 100 }, () => MiB / 8)
    await sending(...sizes).arrived(100)
  })
})

test.each([
  ['a small block', MiB / 8, 0, false],
  ['a large block', MiB, 0, true],
  ['a small block and large bytes', 8, MiB, true],
])('%s', (_, block, beside, large) => {
  const pack = { block: new Uint8Array(block), large: beside ? [new Uint8Array(beside)] : [] }
  expect(isLarge(pack)).toBe(large)
})
