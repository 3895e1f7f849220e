import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'

/** What a program took, in milliseconds, and its standard output. */
export interface Took {
  wall: number
  /** Processor time, that of the processes it started and waited for included. */
  processor: number
  output: string
}

/**
 * Runs a program to its end. `bash` measures it, since Node does not tell the processor time of a child.
 *
 * @throws Error where it does not start or does not exit with 0
 */
export async function timed(command: string, args: string[], cwd: string): Promise<Took> {
  const script = 'TIMEFORMAT="%3R %3U %3S"; { time "$@" 2>&4 3>&- 4>&-; } 4>&2 2>&3'
  const child = spawn('bash', ['-c', script, 'timed', command, ...args], {
    cwd,
    env: { ...process.env, LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  })
  const ended = new Promise<number | null>((resolve, reject) => child.on('close', resolve).on('error', reject))
  const [, output, errors, times] = child.stdio.map(stream => (stream ? text(stream as NodeJS.ReadableStream) : ''))
  const code = await ended
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}: ${await errors}${await output}`)
  const [wall, user, system] = (await times!).trim().split(' ').map(Number) as [number, number, number]
  return { wall: wall * 1000, processor: (user + system) * 1000, output: await output! }
}
