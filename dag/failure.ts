import type { Type } from './types.ts'

/** What went wrong inside a job that ran (docs/language.md, Failures): its fixed text, the same on every machine. */
export const failureMessages = {
  crash: 'the worker was lost',
  effect: 'the effect failed',
  gas: 'the gas limit was reached',
  memory: 'the memory limit was reached',
  refused: 'something was asked for that the job is not given',
  stack: 'the call stack was exhausted',
  time: 'the time limit was reached',
  trap: 'the component trapped',
  unwrap: 'there was no value to take',
  value: 'the value does not fit',
} as const

export type FailureKind = keyof typeof failureMessages

/**
 * The type `failure` of the language, which `try` and `catch` give. `data` is the error that `?` met, else null.
 */
export const failureType: Type = {
  kind: 'record',
  fields: [
    { name: 'kind', type: { kind: 'enum', cases: Object.keys(failureMessages) } },
    { name: 'message', type: { kind: 'string' } },
    { name: 'data', type: { kind: 'ipld' } },
  ],
}
