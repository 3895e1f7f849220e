import { createCipheriv, createHmac, randomBytes } from 'node:crypto'
import type { Answer, Provider } from './provider.ts'
import { types } from './types.ts'

export interface RandomOptions {
  /** 32 bytes from which all others come; else drawn anew, so that no two runs have the same. */
  seed?: Uint8Array
}

/** Most bytes of one request. */
const maxCount = 1 << 20

/** Random numbers (docs/effects.md, random). Of one seed equal labels give equal bytes, and different ones unrelated ones. */
export function random({ seed = randomBytes(32) }: RandomOptions = {}): Provider {
  return {
    name: 'random',
    scheme: 'random:',
    operations: {
      bytes: {
        kind: 'query',
        params: [types.u32, types.string],
        result: types.bytes,
        fields: { about: [0, 1], of: ([count, label]) => ({ count: count as number, label: label as string }) },
        async perform({ args }): Promise<Answer> {
          const [count, label] = args as [number, string]
          if (count > maxCount)
            return {
              kind: 'failed',
              failure: 'value',
              detail: `${count} bytes were asked for; there are ${maxCount} at once`,
            }
          return { kind: 'ok', value: draw(seed, label, count) }
        },
      },
    },
  }
}

/** The key stream of AES-256 in counter mode, by a key for each label: fewer bytes are the first of more. */
function draw(seed: Uint8Array, label: string, count: number): Uint8Array {
  const key = createHmac('sha256', seed).update(label).digest()
  const cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16))
  return new Uint8Array(cipher.update(Buffer.alloc(count)))
}
