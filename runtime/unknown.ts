import type { UnknownCommand } from './interface.ts'
import type { History } from './journal/history.ts'

/**
 * Commands of which nobody knows what they came to.
 *
 * @param lost the process that ran them is gone, so that those that were begun are among them
 */
export function unknownCommands({ commands }: History, lost = false): UnknownCommand[] {
  return [...commands.values()]
    .filter(({ state }) => state === 'unknown' || (lost && state === 'begun'))
    .map(({ key, task, op, args, detail }) => ({ key, task, op, args, detail }))
}
