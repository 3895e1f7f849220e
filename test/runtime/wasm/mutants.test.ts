import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CID } from 'multiformats/cid'
import { sha256 } from 'multiformats/hashes/sha2'
import { afterAll, describe, expect, test } from 'vitest'
import { readComponent } from '../../../dag/component/read.ts'
import type { Value } from '../../../dag/value.ts'
import { compileComponent } from '../../../runtime/wasm/component.ts'
import { createLocalExecutor } from '../../../runtime/wasm/pool.ts'
import { Task } from '../../../runtime/wasm/task.ts'
import { MiB } from './harness.ts'
import { mutate } from './mutate.ts'
import { cases, seed } from '../../harness/seeds.ts'

const folder = join(import.meta.dirname, '../../fixtures/components')
const file = (name: string): Uint8Array => new Uint8Array(readFileSync(join(folder, name)))
const small = ['tools/wat.wasm', 'tools/c.wasm', 'tools/assemblyscript.wasm']

describe('a real component with something wrong in it', () => {
  test.each([
    ...[...small, 'core.wasm', 'hello-core.wasm'].map(name => ({ name, count: cases(1500, 30_000) })),
    ...['tools/rust.wasm', 'types.wasm'].map(name => ({ name, count: cases(100, 3000) })),
  ])('is taken, or refused with a sentence: $name', { timeout: 600_000 }, ({ name, count }) => {
    const bytes = file(name)
    const seen = { taken: 0, refused: 0, undecodable: 0 }
    for (let i = 0; i < count; i++) {
      const mutant = mutate(bytes, seed + i)
      const message = `IPVM_SEED=${seed}, mutant ${i} of ${name}`
      try {
        const read = readComponent(mutant)
        const compiled = compileComponent(mutant, new Task().log)
        if (!read.ok) {
          seen.undecodable++
          expect(read.error.message, message).toMatch(/^[A-Z`\d][^\p{C}]{3,600}\.$/su)
          expect(compiled).toMatchObject({ ok: false, error: { kind: 'refused', detail: read.error.message } })
        } else if (compiled.ok) seen.taken++
        else {
          seen.refused++
          expect(compiled.error.kind, message).toBe('refused')
          expect(compiled.error.detail, message).toMatch(/^.{3,500}$/s)
        }
      } catch (error) {
        throw new Error(`${message}: ${String(error)}`, { cause: error })
      }
    }
    expect(seen.undecodable).toBeGreaterThan(0)
    expect(seen.taken).toBeGreaterThan(0)
    if (small.includes(name)) expect(seen.refused).toBeGreaterThan(0)
  })
})

describe('when it runs', () => {
  const executor = createLocalExecutor({ workers: 2 })
  afterAll(() => executor.close())
  const calls: [func: string, args: Value[]][] = [
    ['greet', ['World']],
    ['sum', [[1, 2, 3]]],
    ['mirror', [{ x: 1, y: 2, name: 'three' }]],
    ['divide', [1, 0]],
    ['enumerate', [['a', 'b']]],
  ]
  /** What a guest can end with. A lost worker (`crash`) would be the host's doing, so would be an exception. */
  const kinds = ['trap', 'memory', 'refused', 'time', 'stack', 'gas', 'value']

  test.each(small)('it gives a value or fails, and the host goes on: %s', { timeout: 600_000 }, async name => {
    const bytes = file(name)
    const seen = { ok: 0, failed: 0 }
    for (let i = 0; i < cases(400, 8000); i++) {
      const mutant = mutate(bytes, seed + 1_000_000 + i)
      const read = readComponent(mutant)
      if (!read.ok) continue
      const component = CID.createV1(0x55, await sha256.digest(mutant))
      const limits = { time: 200, memory: 16 * MiB, gas: 1_000_000_000, retry: 0, check: 0 }
      for (const [func, args] of calls) {
        const message = `IPVM_SEED=${seed}, mutant ${i} of ${name}, ${func}`
        const outcome = await executor.call({ component, load: async () => mutant, func, args, limits })
        if (outcome.ok) seen.ok++
        else {
          seen.failed++
          expect(kinds, `${message}: ${outcome.failure.detail}`).toContain(outcome.failure.kind)
        }
      }
    }
    expect(seen.ok).toBeGreaterThan(0)
    expect(seen.failed).toBeGreaterThan(0)
    const component = CID.createV1(0x55, await sha256.digest(bytes))
    const limits = { time: 20_000, memory: 16 * MiB, gas: 1_000_000_000, retry: 0, check: 0 }
    const call = { component, load: async () => bytes, func: 'greet', args: ['World'], limits }
    expect(await executor.call(call)).toMatchObject({ ok: true, value: 'Hello, World!' })
  })
})
