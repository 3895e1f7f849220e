import { createServer as createHttp, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer as createHttps } from 'node:https'
import { createServer as createTcp, type AddressInfo, type Server, type Socket } from 'node:net'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll } from 'vitest'

const open: (() => void)[] = []
afterAll(() => {
  for (const close of open) close()
})

async function started(server: Server, host: string): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', socket => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, host, resolve))
  open.push(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return (server.address() as AddressInfo).port
}

/** What a server was asked. */
export interface Asked {
  line: string
  headers: [string, string][]
  body: string
}

export interface WebServer {
  port: number
  /** `http://127.0.0.1:8080` */
  origin: string
  asked: Asked[]
}

/** A web server on loopback that answers by the path of the URL; what it does not know is 404. */
export async function web(
  pages: Record<string, RequestListener>,
  { tls = false, host = '127.0.0.1' } = {},
): Promise<WebServer> {
  const asked: Asked[] = []
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', chunk => chunks.push(chunk))
    request.on('end', () => {
      asked.push({
        line: `${request.method} ${request.url}`,
        headers: pairs(request),
        body: Buffer.concat(chunks).toString(),
      })
      const page = pages[request.url!.split('?')[0]!]
      if (page) page(request, response)
      else response.writeHead(404).end('none')
    })
  }
  const server = tls ? createHttps({ key, cert: certificate }, listener) : createHttp(listener)
  const port = await started(server, host)
  return { port, origin: `http${tls ? 's' : ''}://${host.includes(':') ? `[${host}]` : host}:${port}`, asked }
}

const fixture = (name: string): string => readFileSync(join(import.meta.dirname, '../../fixtures/tls', name), 'utf8')
const key = fixture('key.pem')
/** For `secure.test` and 127.0.0.1. */
export const certificate = fixture('cert.pem')

function pairs({ rawHeaders }: IncomingMessage): [string, string][] {
  return rawHeaders.flatMap((name, i) => (i % 2 === 0 ? [[name, rawHeaders[i + 1]!] as [string, string]] : []))
}

/** A server that does with each connection as it likes; gives its port. */
export async function tcp(behave: (socket: Socket) => void, host = '127.0.0.1'): Promise<number> {
  return started(createTcp(behave), host)
}

/** A port on which nobody listens. */
export async function silentPort(): Promise<number> {
  const server = createTcp()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}
