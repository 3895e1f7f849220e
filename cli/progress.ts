import { styleText } from 'node:util'
import type { RunEvent } from '../runtime/interface.ts'
import type { Debug } from './car.ts'
import type { Context } from './context.ts'

/** Milliseconds between two states of the line. */
const interval = 80

export interface Progress {
  see: (event: RunEvent) => void
  /** Clears the line. */
  end: () => void
}

/** One line on a terminal that says how far a run is; undefined where standard error is no terminal. */
export function createProgress(context: Context, debug: Debug | undefined): Progress | undefined {
  if (context.quiet || context.json || !process.stderr.isTTY) return undefined
  let names: Map<string, string> | undefined
  const learn = async (): Promise<void> => {
    names = new Map()
    for (const { task, name } of (await debug?.())?.tasks ?? []) names.set(task.toString(), name)
  }
  const running = new Map<string, string>()
  let total = 0
  let done = 0
  let hits = 0
  let shown = 0
  const draw = (now: number): void => {
    shown = now
    const rest = [...running.values()].slice(-3).join(', ')
    const line = `${done}/${total} tasks, ${hits} remembered${rest === '' ? '' : `  ${styleText('dim', rest)}`}`
    process.stderr.write(`\r\x1b[2K${line}`)
  }
  return {
    see(event) {
      if (event.kind === 'planned') total = event.tasks
      else if (event.kind === 'remembered') {
        done += event.hits
        hits += event.hits
      } else if (event.kind === 'started') {
        if (!names) void learn()
        running.set(event.task.toString(), names?.get(event.origin.toString()) ?? event.func)
      } else {
        running.delete(event.task.toString())
        done++
        if (event.hit) hits++
      }
      const now = performance.now()
      if (now - shown >= interval) draw(now)
    },
    end() {
      if (shown > 0) process.stderr.write('\r\x1b[2K')
    },
  }
}
