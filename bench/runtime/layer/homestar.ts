import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { cidOf } from '../../../dag/cid.ts'
import { Service } from '../../../test/interop/homestar/service.ts'
import { timed } from '../../processes.ts'
import { command, writeFirst, writeSource } from './ipvm.ts'
import type { Peer, Ran } from './peer.ts'
import type { Shape } from './shape.ts'

/** Why Homestar cannot be measured here; undefined where it can. */
export function homestarMissing(program: string): string | undefined {
  if (process.platform !== 'linux') return 'its processor time is read from /proc'
  return existsSync(program) ? undefined : `${program} is not there: run npm ci --prefix test/interop/homestar/binary`
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
      service = await Service.start(program, dir, await gateway.port, patience)
    },
    change: write,
    run: () => measured(service!, join(dir, 'layer.homestar.json'), last, dir),
    async close() {
      await service?.stop()
      gateway.close()
    },
  }
}

const host = '127.0.0.1'
/** A workflow may take as long, seconds. */
const patience = 600

/** @throws Error where a task fails, and where the service ends */
async function measured(service: Service, workflow: string, last: string, dir: string): Promise<Ran> {
  // Without a pause it would take the end of the run before for the end of this one, and stop it.
  await pause(500)
  const before = processorOf(service.pid)
  const began = performance.now()
  const client = await service.finish(workflow, (program, args) => timed(program, args, dir))
  const wall = performance.now() - began
  const [wrong] = service.lines('level=error')
  if (wrong !== undefined) throw new Error(wrong)
  const processor = processorOf(service.pid) - before + client.processor
  return {
    wall,
    processor,
    ran: service.lines('subject=worker.receipt ').length,
    result: Number(service.outcome(last)),
  }
}

/** Milliseconds of processor time of a process until now, in ticks of 10 ms (proc(5), `stat`). */
function processorOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const [user, system] = stat.slice(stat.lastIndexOf(')')).split(' ').slice(12, 14).map(Number)
  return (user! + system!) * 10
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
