import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { MessageChannel, Worker } from 'node:worker_threads'
import {
  addBusy,
  claim,
  clock,
  newClaims,
  newClock,
  offer,
  places,
  type Busy,
  type Loss,
  type Notice,
  type Order,
  type ProcessNotice,
  type ProcessOrder,
  type Request,
  type Response,
  type WorkerOptions,
} from './protocol.ts'

/** The way to one worker, from its start to its end. */
export interface Channel {
  send(requests: Request[], transfer: ArrayBuffer[]): void
  /** Takes a call back that the worker has not begun. */
  withdraw(request: Pick<Request, 'id' | 'place'>): boolean
  /** The call that was executing when the worker was lost, as far as that is known. */
  executing(): number | undefined
  /** Whether calls are with the worker, for which the process has to wait. */
  hold(busy: boolean): void
  end(): void
}

export interface Listener {
  replies(responses: Response[]): void
  /** The worker is no more; nothing is heard of it after that. */
  loss(loss: Loss): void
}

/** Starts workers. */
export interface Starter {
  /** Calls that a worker may be given before it has answered the first of them. */
  readonly ahead: number
  start(listener: Listener): Channel
  close(): Promise<void>
}

/** Starts worker threads, kept and watched by a thread of their own (`keeper.ts`). */
export class Threads implements Starter {
  readonly ahead = places
  readonly #options: WorkerOptions
  readonly #keeperUrl: URL
  readonly #busy: Busy = newClaims(1)
  readonly #listeners = new Map<number, Listener>()
  #keeper: Worker | undefined
  #seats = 0

  constructor(options: WorkerOptions, keeperUrl: URL) {
    this.#options = options
    this.#keeperUrl = keeperUrl
  }

  start(listener: Listener): Channel {
    const keeper = (this.#keeper ??= this.#start())
    const seat = ++this.#seats
    const { port1, port2 } = new MessageChannel()
    const [times, claims] = [newClock(), newClaims(places)]
    let held = 0
    const settled = (calls: number): void => {
      held -= calls
      addBusy(this.#busy, -calls)
    }
    const gone = (): void => {
      this.#listeners.delete(seat)
      settled(held)
      port1.close()
    }
    this.#listeners.set(seat, {
      replies: responses => listener.replies(responses),
      loss: loss => {
        gone()
        listener.loss(loss)
      },
    })
    port1.on('message', (responses: Response[]) => {
      settled(responses.length)
      listener.replies(responses)
    })
    port1.unref()
    const order: Order = { kind: 'open', seat, options: this.#options, port: port2, clock: times, claims }
    keeper.postMessage(order, [port2])
    return {
      send: (requests, transfer) => {
        offer(claims, requests)
        held += requests.length
        addBusy(this.#busy, requests.length)
        port1.postMessage(requests, transfer)
      },
      withdraw: request => {
        const had = claim(claims, request)
        if (had) settled(1)
        return had
      },
      executing: () => Math.abs(Number(Atomics.load(times, clock.call))) || undefined,
      hold: busy => (busy ? port1.ref() : port1.unref()),
      end: () => {
        gone()
        this.#keeper?.postMessage({ kind: 'end', seat } satisfies Order)
      },
    }
  }

  #start(): Worker {
    const keeper = new Worker(this.#keeperUrl, {
      workerData: { busy: this.#busy },
      env: {},
      argv: [],
      execArgv: [],
      stdin: false,
    })
    const lost = (message: string): void => {
      if (this.#keeper !== keeper) return
      this.#keeper = undefined
      for (const listener of [...this.#listeners.values()]) listener.loss({ kind: 'lost', message })
    }
    keeper.on('message', ({ seat, loss }: Notice) => this.#listeners.get(seat)?.loss(loss))
    keeper.on('error', error => lost(String(error)))
    keeper.on('exit', code => lost(`the keeper of the workers ended with ${code}`))
    keeper.unref()
    return keeper
  }

  async close(): Promise<void> {
    const keeper = this.#keeper
    this.#keeper = undefined
    await keeper?.terminate()
  }
}

/**
 * Starts a process for each worker: with an empty environment, no core dumps and few open files, and under Node's
 * permission model, which lets it read its own code and nothing else. It ends when this process does.
 */
export class Processes implements Starter {
  /** Calls cannot be taken back from another process, so that none waits there for another. */
  readonly ahead = 1
  readonly #options: WorkerOptions
  readonly #keeper: string
  readonly #children = new Set<ChildProcess>()

  constructor(options: WorkerOptions, keeperUrl: URL) {
    this.#options = options
    this.#keeper = fileURLToPath(keeperUrl)
  }

  start(listener: Listener): Channel {
    const child = this.#spawn()
    let said = ''
    let over = false
    this.#children.add(child)
    const lose = (loss: Loss): void => {
      if (over) return
      over = true
      child.kill('SIGKILL')
      listener.loss(loss)
    }
    child.on('message', (notice: ProcessNotice) => {
      if (over) return
      if (notice.kind === 'loss') lose(notice.loss)
      else listener.replies(notice.responses)
    })
    child.stderr!.on('data', (text: Buffer) => (said = (said + text.toString()).slice(-2000)))
    child.on('error', error => lose({ kind: 'lost', message: String(error) }))
    child.on('exit', (code, signal) => {
      this.#children.delete(child)
      lose({ kind: 'lost', message: `the worker's process ended with ${signal ?? code}${lastLine(said)}` })
    })
    const tell = (order: ProcessOrder): void => {
      // An error means that it is no more, which its exit tells.
      child.send(order, () => undefined)
    }
    tell({ kind: 'open', options: this.#options })
    const hold = (busy: boolean): void => {
      if (busy) {
        child.ref()
        child.channel?.ref()
      } else {
        child.unref()
        child.channel?.unref()
        ;(child.stderr as unknown as { unref(): void }).unref()
      }
    }
    hold(false)
    return {
      send: requests => tell({ kind: 'calls', requests: requests.map(withBytes) }),
      withdraw: () => false,
      executing: () => undefined,
      hold,
      end: () => {
        over = true
        child.kill('SIGKILL')
      },
    }
  }

  #spawn(): ChildProcess {
    const args = [...permissions(this.#keeper), this.#keeper]
    const options = {
      env: {},
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'] as ('ignore' | 'pipe' | 'ipc')[],
      serialization: 'advanced' as const,
    }
    if (process.platform === 'win32') return spawn(process.execPath, args, options)
    return spawn('/bin/sh', ['-c', 'ulimit -c 0 -n 256; exec "$0" "$@"', process.execPath, ...args], options)
  }

  async close(): Promise<void> {
    const ends = [...this.#children].map(child => new Promise(resolve => child.once('exit', resolve)))
    for (const child of this.#children) {
      child.ref()
      child.kill('SIGKILL')
    }
    await Promise.all(ends)
  }
}

/** Shared memory does not reach other processes. */
function withBytes(request: Request): Request {
  const { bytes } = request
  return bytes instanceof SharedArrayBuffer ? { ...request, bytes: new Uint8Array(bytes).slice() } : request
}

function lastLine(text: string): string {
  const line = text.trim().split('\n').at(-1)
  return line ? `: ${line}` : ''
}

/** What Node lets a worker's process do: read the code of the worker, and start its thread. */
function permissions(keeper: string): string[] {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const flag =
    major > 23 || (major === 23 && minor >= 5) || (major === 22 && minor >= 13)
      ? '--permission'
      : '--experimental-permission'
  return [flag, '--allow-worker', ...readable(keeper).map(path => `--allow-fs-read=${path}`)]
}

/** The folder of the bundle; for sources the project, and where its packages are. */
function readable(keeper: string): string[] {
  if (!keeper.endsWith('.ts')) return [`${keeper.slice(0, keeper.lastIndexOf('/') + 1)}*`]
  const root = fileURLToPath(new URL('../../', import.meta.url))
  const packages = `${root}node_modules`
  return [`${root}*`, ...(existsSync(packages) ? [`${realpathSync(packages)}/*`] : [])]
}
