import type { Provider } from './provider.ts'
import { types } from './types.ts'

/** The clock (docs/effects.md, time). */
export function time({ clock = Date.now }: { /** Milliseconds since 1970. */ clock?: () => number } = {}): Provider {
  return {
    name: 'time',
    scheme: 'time:',
    operations: {
      now: {
        kind: 'query',
        params: [],
        result: types.u64,
        perform: async () => ({ kind: 'ok', value: BigInt(Math.floor(clock())) }),
      },
    },
  }
}
