import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as listen, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import { cidOf } from '../../../dag/cid.ts'
import { decode } from '../../../dag/codec.ts'
import { timed } from '../../processes.ts'
import { command, writeFirst, writeSource } from './ipvm.ts'
import type { Peer, Ran } from './peer.ts'
import type { Shape } from './shape.ts'

/** Why Homestar cannot be measured here; undefined where it can. */
export function homestarMissing(program: string | undefined): string | undefined {
  if (process.platform !== 'linux') return 'its processor time is read from /proc'
  if (program === undefined || !existsSync(program)) return 'HOMESTAR does not name its binary'
  return undefined
}

/**
 * Homestar (https://github.com/ipvm-wg/homestar), which is a service: a run is `homestar run` with the workflow that
 * `ipvm build --target homestar` exports, until the log of the service says that it has ended. The processor time of
 * both counts, the start of the service does not.
 */
export function homestar(program: string, root: string, shape: Shape): Peer {
  const dir = mkdtempSync(join(root, 'homestar-'))
  const files = new Map<string, Uint8Array>()
  const gateway = serveFiles(files)
  let service: Service | undefined
  let version = 0
  /** CID of the last instruction, as Homestar computes it. */
  let last = ''
  const write = async (): Promise<void> => {
    await writeFirst(dir, version++)
    const built = await command<{ instructions: string[] }>(dir, ['build', 'layer.ipvm', '--target', 'homestar'])
    last = built.value.instructions.at(-1)!
    for (const file of ['first.wasm', 'rest.wasm']) {
      const bytes = readFileSync(join(dir, file))
      files.set(cidOf(bytes, 'raw').toString(), bytes)
    }
  }
  return {
    name: 'homestar run',
    cutsOff: false,
    async reset() {
      await service?.stop()
      rmSync(dir, { recursive: true, force: true })
      await writeSource(dir, shape)
      await write()
      service = await Service.start(program, dir, await gateway.port)
    },
    change: write,
    run: () => service!.run(join(dir, 'layer.homestar.json'), last),
    async close() {
      await service?.stop()
      gateway.close()
    },
  }
}

const host = '127.0.0.1'
/** A workflow may take as long, seconds. */
const patience = 600

class Service {
  private readonly program: string
  private readonly dir: string
  private readonly port: number
  private readonly child: ChildProcess
  private log = ''
  /** Settled when there is more in the log, or when it has ended. */
  private more = Promise.withResolvers<void>()

  /** @param ipfs port of what stands for the HTTP API of an IPFS node */
  static async start(program: string, dir: string, ipfs: number): Promise<Service> {
    const [rpc, web, metrics] = await Promise.all([freePort(), freePort(), freePort()])
    writeFileSync(join(dir, 'settings.toml'), settings(rpc, web, metrics, ipfs))
    const env = { ...process.env, RUST_LOG: 'off,homestar_runtime::network::rpc=info,homestar_runtime::worker=info' }
    const args = ['start', '--db', 'homestar.db', '-c', 'settings.toml']
    const child = spawn(program, args, { cwd: dir, env, stdio: ['ignore', 'pipe', 'inherit'] })
    const service = new Service(program, dir, rpc, child)
    await service.logged('subject=rpc.spawn')
    return service
  }

  private constructor(program: string, dir: string, port: number, child: ChildProcess) {
    this.program = program
    this.dir = dir
    this.port = port
    this.child = child
    child.stdout!.setEncoding('utf8').on('data', text => {
      this.log += stripVTControlCharacters(text)
      this.wake()
    })
    child.on('exit', () => this.wake())
  }

  /** @throws Error where a task fails, and where the service ends */
  async run(workflow: string, last: string): Promise<Ran> {
    // Without a pause it would take the end of the run before for the end of this one, and stop it.
    await pause(500)
    this.log = ''
    const before = this.processor()
    const began = performance.now()
    const args = ['run', '--host', host, '-p', String(this.port), '--timeout', `${patience}s`, workflow]
    const client = await timed(this.program, args, this.dir)
    await this.logged('subject=worker.end_workflow')
    const wall = performance.now() - began
    const processor = this.processor() - before + client.processor
    return { wall, processor, ran: this.log.split('subject=worker.receipt ').length - 1, result: this.resultOf(last) }
  }

  /** At once: while it plans a workflow it does not listen to anything milder. */
  async stop(): Promise<void> {
    this.child.kill('SIGKILL')
    while (!this.ended()) await this.more.promise
  }

  private ended(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null
  }

  private async logged(text: string): Promise<void> {
    while (!this.log.includes(text)) {
      const wrong = this.log.split('\n').find(line => line.includes('level=error'))
      if (wrong) throw new Error(wrong)
      if (this.ended()) throw new Error(`homestar start ended with ${this.child.exitCode ?? this.child.signalCode}`)
      await this.more.promise
    }
  }

  private wake(): void {
    this.more.resolve()
    this.more = Promise.withResolvers()
  }

  /** Milliseconds of processor time until now, in ticks of 10 ms (proc(5), `stat`). */
  private processor(): number {
    const stat = readFileSync(`/proc/${this.child.pid}/stat`, 'utf8')
    const [user, system] = stat.slice(stat.lastIndexOf(')')).split(' ').slice(12, 14).map(Number)
    return (user! + system!) * 10
  }

  /** What the receipt of an instruction holds: `["ok", value]` as DAG-CBOR. */
  private resultOf(instruction: string): number {
    const db = new DatabaseSync(join(this.dir, 'homestar.db'), { readOnly: true })
    const row = db.prepare('SELECT out FROM receipts WHERE instruction = ?').get(instruction)
    db.close()
    const out = row && decode(row['out'] as Uint8Array)
    return out?.ok && Array.isArray(out.value) && out.value[0] === 'ok' ? Number(out.value[1]) : NaN
  }
}

/** No port of a default, so that it may run beside another one, and no search for peers. */
function settings(rpc: number, web: number, metrics: number, ipfs: number): string {
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

/** What Homestar asks of an IPFS node: `cat` of components, and `dag/put` of receipts, which are not kept. */
function serveFiles(files: Map<string, Uint8Array>): { port: Promise<number>; close(): void } {
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      const { pathname, searchParams } = new URL(request.url!, `http://${host}`)
      const file = pathname === '/api/v0/cat' && files.get(searchParams.get('arg')!)
      if (file) response.end(file)
      else if (pathname === '/api/v0/dag/put')
        response.end(JSON.stringify({ Cid: { '/': `${cidOf(new Uint8Array(), 'raw')}` } }))
      else response.writeHead(500).end(JSON.stringify({ Message: 'not found', Code: 0, Type: 'error' }))
    })
  }).listen(0, host)
  const port = once(server, 'listening').then(() => (server.address() as AddressInfo).port)
  return { port, close: () => server.close().closeAllConnections() }
}

async function freePort(): Promise<number> {
  const server = listen().listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}
