import type { Provider } from './provider.ts'
import { types } from './types.ts'

export interface LogOptions {
  /** Takes each message. It may hold anything: whoever shows it on a terminal has to make it harmless. */
  sink: (message: string) => void
}

/** Longest message, in characters; of a longer one the beginning is told. */
const maxMessage = 10_000

/** Messages to whoever watches the run (docs/effects.md, log). */
export function log({ sink }: LogOptions): Provider {
  return {
    name: 'log',
    scheme: 'log:',
    operations: {
      write: {
        kind: 'note',
        params: [types.string],
        result: types.unit,
        fields: { about: [0], of: ([message]) => ({ message: message as string }) },
        async perform({ args }) {
          const [message] = args as [string]
          sink(message.length > maxMessage ? `${message.slice(0, maxMessage)}…`.toWellFormed() : message)
          return { kind: 'ok', value: null }
        },
      },
    },
  }
}
