import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import { CID } from 'multiformats/cid'
import { sha256 } from 'multiformats/hashes/sha2'
import { describe, expect, test } from 'vitest'
import { createLocalExecutor } from '../../../runtime/wasm/pool.ts'
import { Local, MiB } from './harness.ts'

const folder = join(import.meta.dirname, '../../fixtures/components/tools')

function file(name: string): Uint8Array {
  const bytes = readFileSync(join(folder, name))
  return new Uint8Array(name.endsWith('.br') ? brotliDecompressSync(bytes) : bytes)
}

/** One world by five toolchains, and the files that they made. */
const toolchains = [
  ['text', 'wat.wasm'],
  ['C', 'c.wasm'],
  ['Rust', 'rust.wasm'],
  ['AssemblyScript', 'assemblyscript.wasm'],
  ['JavaScript', 'javascript.wasm.br'],
] as const

describe.each(toolchains)('a component made of %s', (language, name) => {
  const one = new Local(file(name))

  test('takes and gives strings', () => {
    for (const text of ['', 'World', 'Zoë 🦊', 'ß'.repeat(100_000)])
      expect(one.value('greet', text)).toBe(`Hello, ${text}!`)
  })

  test('takes lists of numbers', () => {
    expect(one.value('sum', [])).toBe(0n)
    expect(one.value('sum', [1, 2, 2 ** 31 - 1])).toBe(2n ** 31n + 2n)
    // The bindings of QuickJS take the elements of a `list<u32>` for signed ones, on whatever host.
    if (language !== 'JavaScript') expect(one.value('sum', [1, 2, 2 ** 32 - 1])).toBe(2n ** 32n + 2n)
    expect(
      one.value(
        'sum',
        Array.from({ length: 10_000 }, (_, i) => i),
      ),
    ).toBe(49_995_000n)
  })

  test('takes and gives records', () => {
    expect(one.value('mirror', { x: -1, y: 2 ** 31 - 1, name: 'é' })).toEqual({ x: 2 ** 31 - 1, y: -1, name: 'é' })
  })

  test('gives results and errors', () => {
    expect(one.value('divide', 7, 2)).toEqual({ ok: 3 })
    expect(one.value('divide', 2 ** 32 - 1, 1)).toEqual({ ok: 2 ** 32 - 1 })
    expect(one.value('divide', 7, 0)).toEqual({ error: 'division by zero' })
  })

  test('takes lists of strings and gives lists of records', () => {
    expect(one.value('enumerate', [])).toEqual([])
    expect(one.value('enumerate', ['a', '', 'Ωμέγα'])).toEqual([
      { text: 'a', place: 0 },
      { text: '', place: 1 },
      { text: 'Ωμέγα', place: 2 },
    ])
  })

  test('traps, and the next call finds nothing of it', () => {
    expect(one.failure('stop')).toEqual(['trap', 'unreachable'])
    expect(one.value('divide', 1, 1)).toEqual({ ok: 1 })
  })

  test('refuses what does not fit', () => {
    expect(one.failure('divide', [1, 2 ** 32])).toEqual(['value', 'args[1]: 4294967296 does not fit u32'])
    expect(one.failure('mirror', [{ x: 1, y: 2 }])).toEqual(['value', 'args[0]: the field "name" is missing'])
  })

  test('takes no more memory than it may', () => {
    expect(one.failure('greet', ['x'.repeat(20 * MiB)], 16 * MiB)[0]).toBe('memory')
    expect(one.call('divide', [4, 2], 16 * MiB)).toMatchObject({ ok: true, value: { ok: 2 } })
  })
})

describe('what a component prints is in the log', () => {
  const log = (name: string, func: string, ...args: string[]) => {
    const one = new Local(file(name))
    one.call(func, args)
    return one.task.log.entries()
  }

  test('by an adapter from WASI preview 1', () => {
    expect(log('rust.wasm', 'greet', 'you')).toEqual([{ stream: 'stdout', text: 'greeting you\n' }])
  })

  test('the last words before a trap too', () => {
    const stderr = (text: string) => [{ stream: 'stderr', text: expect.stringContaining(text) }]
    expect(log('rust.wasm', 'stop')).toEqual(stderr("panicked at 'stopped'"))
    expect(log('javascript.wasm.br', 'stop')).toEqual(stderr('message: Some("stopped")'))
    expect(log('c.wasm', 'stop')).toEqual([])
  })
})

test('workers run them all', async () => {
  const executor = createLocalExecutor({ workers: 1 })
  try {
    for (const [, name] of toolchains) {
      const bytes = file(name)
      const component = CID.createV1(0x55, await sha256.digest(bytes))
      const limits = { time: 20_000, memory: 16 * MiB, gas: 1_000_000_000, retry: 0, check: 0 }
      const call = { component, load: async () => bytes, func: 'enumerate', args: [['x', 'y']], limits }
      expect(await executor.call(call), name).toMatchObject({
        ok: true,
        value: [
          { text: 'x', place: 0 },
          { text: 'y', place: 1 },
        ],
      })
    }
  } finally {
    await executor.close()
  }
})

describe('a program of WASI preview 1, through an adapter', () => {
  const one = new Local(file('wasi.wasm'))

  test('finds nothing around it', () => {
    expect(one.value('surroundings')).toEqual([0, 0])
    expect(one.value('input')).toBe('')
  })

  test('finds no file, whatever the path', () => {
    const none = { error: expect.stringContaining('failed to find a pre-opened file descriptor') }
    expect(one.value('read', '/etc/passwd')).toEqual(none)
    expect(one.value('read', 'here')).toEqual(none)
  })

  test('ends by the name of what it may not ask for', () => {
    const said = 'which would not be deterministic'
    expect(one.failure('now')).toEqual(['refused', `called wasi:clocks/wall-clock.now, ${said}`])
    expect(one.failure('guess')[1]).toMatch(/^called wasi:random\/random\.get-random-bytes, which would not be/)
    expect(one.failure('leave')).toEqual(['trap', 'called wasi:cli/exit.exit with failure'])
    expect(one.value('surroundings')).toEqual([0, 0])
  })
})
