import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify, stripVTControlCharacters } from 'node:util'
import { decode } from '../../../dag/codec.ts'
import type { Ipld } from '../../../dag/ipld.ts'

const host = '127.0.0.1'
/** How long one workflow may take unless it is said otherwise, seconds. */
const defaultPatience = 120

/** The binary of Homestar: that of `HOMESTAR`, else the one that is installed beside this file. It may not be there. */
export function homestarProgram(): string {
  const installed = `binary/node_modules/homestar-${process.platform}-${process.arch}/bin/homestar`
  return process.env['HOMESTAR'] ?? join(import.meta.dirname, installed)
}

/** Homestar in a folder of its own, which asks `ipfs` for components and files. */
export class Service {
  readonly #program: string
  readonly #dir: string
  readonly #rpc: number
  readonly #patience: number
  readonly #child: ChildProcess
  #log = ''
  /** Settled when there is more in the log, or when it has ended. */
  #more = Promise.withResolvers<void>()

  /**
   * @param ipfs port of `ipvm gateway`, or of what stands for it
   * @param patience how long one workflow may take, seconds
   */
  static async start(program: string, dir: string, ipfs: number, patience = defaultPatience): Promise<Service> {
    const [rpc, web, metrics] = await Promise.all([freePort(), freePort(), freePort()])
    writeFileSync(join(dir, 'settings.toml'), settings(rpc, web, metrics, ipfs, patience))
    const env = { ...process.env, RUST_LOG: 'off,homestar_runtime::network::rpc=info,homestar_runtime::worker=info' }
    const args = ['start', '--db', 'homestar.db', '-c', 'settings.toml']
    const child = spawn(program, args, { cwd: dir, env, stdio: ['ignore', 'pipe', 'inherit'] })
    const service = new Service(program, dir, { rpc, patience }, child)
    await service.#logged(/subject=rpc\.spawn/)
    return service
  }

  private constructor(
    program: string,
    dir: string,
    { rpc, patience }: { rpc: number; patience: number },
    child: ChildProcess,
  ) {
    this.#program = program
    this.#dir = dir
    this.#rpc = rpc
    this.#patience = patience
    this.#child = child
    child.stdout!.setEncoding('utf8').on('data', text => {
      this.#log += stripVTControlCharacters(text)
      this.#wake()
    })
    child.on('exit', () => this.#wake())
  }

  /** Runs a workflow file to its end, and gives what it logged as an error, if it did. */
  async run(workflow: string): Promise<string[]> {
    await this.finish(workflow, (program, args) => promisify(execFile)(program, args, { cwd: this.#dir }))
    // It drops the workflow after its last line, and with it whatever has the same CID.
    await pause(20)
    return this.lines('level=error')
  }

  /**
   * Has a workflow handed over, and waits until the log says that it has come to its end.
   *
   * @param client starts the program that hands it over, and waits for it
   */
  async finish<T>(workflow: string, client: (program: string, args: string[]) => Promise<T>): Promise<T> {
    this.#log = ''
    const args = ['run', '--host', host, '-p', String(this.#rpc), '--timeout', `${this.#patience}s`, workflow]
    const handed = await client(this.#program, args)
    await this.#logged(/subject=worker\.(end_workflow|init\.err)/)
    return handed
  }

  /** What was logged since the last workflow was handed over and has a text in it. */
  lines(text: string): string[] {
    return this.#log.split('\n').filter(line => line.includes(text))
  }

  get pid(): number {
    return this.#child.pid!
  }

  /** What the receipt of an instruction holds; undefined where there is none. */
  outcome(instruction: string): Ipld | undefined {
    const row = this.#select('SELECT out FROM receipts WHERE instruction = ?', instruction)
    if (!row) return undefined
    const out = decode(row['out'] as Uint8Array, { size: 64 << 20 })
    if (!out.ok) throw new Error(`the receipt of ${instruction}: ${out.error.message}`)
    if (Array.isArray(out.value) && out.value.length === 2 && out.value[0] === 'ok') return out.value[1]
    throw new Error(`the receipt of ${instruction} is no success`)
  }

  /** How many tasks it counted in a workflow; undefined where it knows none of this CID. */
  tasksOf(workflow: string): number | undefined {
    return this.#select('SELECT num_tasks FROM workflows WHERE cid = ?', workflow)?.['num_tasks'] as number | undefined
  }

  #select(sql: string, key: string): Record<string, unknown> | undefined {
    const db = new DatabaseSync(join(this.#dir, 'homestar.db'), { readOnly: true })
    try {
      return db.prepare(sql).get(key)
    } finally {
      db.close()
    }
  }

  /** At once: while it plans a workflow it does not listen to anything milder. */
  async stop(): Promise<void> {
    this.#child.kill('SIGKILL')
    while (!this.#ended()) await this.#more.promise
  }

  #ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  async #logged(what: RegExp): Promise<void> {
    const until = AbortSignal.timeout(this.#patience * 1000)
    until.addEventListener('abort', () => this.#wake())
    while (!what.test(this.#log)) {
      if (this.#ended()) throw new Error(`Homestar ended with ${this.#child.exitCode ?? this.#child.signalCode}`)
      if (until.aborted)
        throw new Error(`Homestar did not come to ${what} in ${this.#patience} s:\n${this.#log.slice(-2000)}`)
      await this.#more.promise
    }
  }

  #wake(): void {
    this.#more.resolve()
    this.#more = Promise.withResolvers()
  }
}

/** No port of a default, so that it may run beside another one, and no search for peers. */
function settings(rpc: number, web: number, metrics: number, ipfs: number, patience: number): string {
  return `[node.network.rpc]
host = "${host}"
port = ${rpc}
server_timeout = ${patience}
[node.network.webserver]
port = ${web}
[node.network.metrics]
port = ${metrics}
[node.network.ipfs]
host = "${host}"
port = ${ipfs}
[node.network.libp2p]
listen_address = "/ip4/${host}/tcp/0"
[node.network.libp2p.mdns]
enable = false
[node.network.libp2p.dht]
enable_resolve_receipts_in_background = false
`
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}
