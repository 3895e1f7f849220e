import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Channel, Listener, Starter } from './channels.ts'
import { withoutControls } from './failure.ts'
import { isLarge } from './flow.ts'
import { FrameReader, writeFrame } from './frames.ts'
import { Chunks, Spent } from './garbage.ts'
import { free, Malformed, type Pack } from './pack.ts'
import {
  descriptors,
  messageBytes,
  packOrder,
  unpackNotice,
  type Loss,
  type ProcessNotice,
  type ProcessOrder,
  type WorkerOptions,
} from './protocol.ts'
import { Unpacker } from './unpacker.ts'

/**
 * Starts a process for each worker: with an empty environment, no core dumps and few open files, and under Node's
 * permission model, which lets it read its own code and nothing else. It ends when this process does.
 */
export class Processes implements Starter {
  readonly #options: WorkerOptions
  readonly #keeper: string
  readonly #children = new Set<ChildProcess>()
  readonly #spent = new Spent()
  #closed = false

  constructor(options: WorkerOptions, keeperUrl: URL) {
    this.#options = options
    this.#keeper = fileURLToPath(keeperUrl)
  }

  start(listener: Listener): Channel {
    const child = this.#spawn()
    const stream = (fd: number): Socket => (child.stdio as readonly unknown[])[fd] as Socket
    const [orders, calls, answers] = [
      stream(descriptors.orders),
      stream(descriptors.calls),
      stream(descriptors.answers),
    ]
    const stderr = child.stderr as Socket
    let said = ''
    let over = false
    this.#children.add(child)
    const lose = (loss: Loss): void => {
      if (over) return
      over = true
      child.kill('SIGKILL')
      listener.loss(loss)
    }
    const order = (order: ProcessOrder): void => writeFrame(orders, packOrder(order))
    const hear = (pack: Pack): void => {
      const large = isLarge(pack)
      listener.answers(pack)
      if (!large) return
      free(pack.block)
      void this.#spent.freed().then(() => {
        if (!over) order({ kind: 'through' })
      })
    }
    /** What it was asked to give back, the oldest first. */
    const asked: (readonly number[])[] = []
    const notice = (notice: ProcessNotice): void => {
      if (notice.kind === 'loss') return lose(notice.loss)
      const ids = asked.shift()
      if (!ids) throw new Malformed('a notice of what nobody has asked')
      listener.withdrawn(
        ids,
        ids.filter(id => notice.had.includes(id)),
      )
    }
    const read = (stream: Socket, frames: FrameReader): void => {
      const chunks = new Chunks()
      stream.on('data', chunk => {
        try {
          if (!over) frames.push(chunk)
          chunks.count(chunk.length)
        } catch (error) {
          if (!(error instanceof Malformed)) throw error
          lose({ kind: 'lost', id: 0, message: `the worker's process said what is no message: ${error.message}` })
        }
      })
    }
    read(answers, new FrameReader(() => listener.room(), pack => over || hear(pack))) // prettier-ignore
    read(orders, new FrameReader(() => messageBytes, pack => over || notice(unpackNotice(new Unpacker(pack))))) // prettier-ignore
    // That it is no more is told by its exit.
    for (const stream of [orders, calls, answers]) stream.on('error', () => undefined)
    stderr.on('data', (text: Buffer) => (said = (said + text.toString()).slice(-2000)))
    child.on('error', error => lose({ kind: 'lost', id: 0, message: String(error) }))
    child.on('exit', (code, signal) => {
      this.#children.delete(child)
      lose({ kind: 'lost', id: 0, message: `the worker's process ended with ${signal ?? code}${lastLine(said)}` })
    })
    const hold = (busy: boolean): void => {
      // Its end is waited for.
      if (this.#closed) return
      for (const part of [child, orders, calls, answers, stderr]) {
        if (busy) part.ref()
        else part.unref()
      }
    }
    hold(false)
    return {
      send: pack => writeFrame(calls, pack, () => free(pack.block)),
      withdraw: ids => {
        asked.push(ids)
        order({ kind: 'withdraw', ids })
      },
      hold,
      end: () => {
        over = true
        child.kill('SIGKILL')
      },
    }
  }

  #spawn(): ChildProcess {
    const args = [...permissions(this.#keeper), this.#keeper, JSON.stringify(this.#options)]
    const options = {
      env: givesBack,
      stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe', 'pipe'] as ('ignore' | 'pipe')[],
    }
    if (process.platform === 'win32') return spawn(process.execPath, args, options)
    return spawn(
      '/bin/sh',
      ['-c', 'ulimit -c 0 && ulimit -n 256 && exec "$0" "$@"', process.execPath, ...args],
      options,
    )
  }

  async close(): Promise<void> {
    this.#closed = true
    const ends = [...this.#children].map(child => new Promise(resolve => child.once('exit', resolve)))
    for (const child of this.#children) {
      child.ref()
      child.kill('SIGKILL')
    }
    await Promise.all(ends)
  }
}

/**
 * By itself the C library of Linux keeps large blocks that were freed, since there may be others: these are given back to
 * the system. Workers do not see it.
 */
const givesBack = { MALLOC_MMAP_THRESHOLD_: '65536', MALLOC_TRIM_THRESHOLD_: '131072' }

function lastLine(text: string): string {
  const line = text.trim().split('\n').at(-1)
  return line ? `: ${withoutControls(line)}` : ''
}
/** What Node lets a worker's process do: read the code of the worker, and start its thread. */
function permissions(keeper: string): string[] {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const flag =
    major > 23 || (major === 23 && minor >= 5) || (major === 22 && minor >= 13)
      ? '--permission'
      : '--experimental-permission'
  return ['--no-warnings', flag, '--allow-worker', ...readable(keeper).map(path => `--allow-fs-read=${path}`)]
}

/** The folder of the bundle; for sources the project, and where its packages are. */
function readable(keeper: string): string[] {
  if (!keeper.endsWith('.ts')) return [`${keeper.slice(0, keeper.lastIndexOf('/') + 1)}*`]
  const root = fileURLToPath(new URL('../../', import.meta.url))
  const packages = `${root}node_modules`
  return [`${root}*`, ...(existsSync(packages) ? [`${realpathSync(packages)}/*`] : [])]
}
