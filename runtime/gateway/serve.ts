import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Load } from '../../dag/load.ts'
import { fail, ok, type Result } from '../../dag/result.ts'
import { says, type Answer, type Asked } from './answer.ts'
import { isForeign, isLoopback, isOwnHost } from './hosts.ts'
import { answerRpc } from './rpc.ts'
import { answerIpfs } from './trustless.ts'

export interface GatewayOptions {
  /** Default `127.0.0.1`. */
  host?: string
  /** Default 5001; 0 is one that is free. */
  port?: number
  /** Most connections at the same time; default 128. */
  connections?: number
  /** How long headers, a whole request and a pause of a connection may take, milliseconds. */
  patience?: { headers: number; request: number; pause: number }
}

export interface Gateway {
  host: string
  port: number
  /** Ends all connections. */
  close(): Promise<void>
}

/** Why it cannot listen; `code` is the system's. */
export interface GatewayError {
  code: string
  message: string
}

/** Bytes of the body of a request; what is asked for stands in its target. */
const maxBody = 64 * 1024
const defaultPatience = { headers: 10_000, request: 30_000, pause: 60_000 }

/**
 * Serves blocks over HTTP/1.1: as a trustless gateway below `/ipfs/`, and by what Homestar asks of Kubo's RPC API below
 * `/api/v0/`. It reads, and fetches nothing; every block is verified before it is sent (docs/homestar.md).
 */
export async function serveGateway(load: Load, options: GatewayOptions = {}): Promise<Result<Gateway, GatewayError>> {
  const { host = '127.0.0.1', port = 5001, connections = 128, patience = defaultPatience } = options
  const server = createServer(
    {
      maxHeaderSize: 16 * 1024,
      headersTimeout: patience.headers,
      requestTimeout: patience.request,
      connectionsCheckingInterval: Math.min(1000, patience.headers),
      keepAliveTimeout: 5000,
    },
    (request, response) => void respond(request, response, load, host),
  )
  server.maxConnections = connections
  server.timeout = patience.pause
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    return fail({ code, message })
  }
  const bound = (server.address() as AddressInfo).port
  return ok({ host, port: bound, close: () => close(server) })
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}

async function respond(request: IncomingMessage, response: ServerResponse, load: Load, host: string): Promise<void> {
  try {
    const answer = (await drained(request)) ? await answerTo(request, load, host) : tooLarge
    await send(request, response, answer)
  } catch {
    // Whoever asked is gone, or a block on the way was: an answer that is cut off is seen to be so.
    response.destroy()
  }
}

const tooLarge = says(413, 'A request has no body to speak of.', { connection: 'close' })

/** Whether all of the body has come, and was not too much; its content is of no interest. */
async function drained(request: IncomingMessage): Promise<boolean> {
  let size = 0
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += (chunk as Uint8Array).length
    if (size > maxBody) return false
  }
  return true
}

async function answerTo(request: IncomingMessage, load: Load, host: string): Promise<Answer> {
  const { method = '', headers, url = '' } = request
  const target = url.startsWith('/') ? URL.parse(`http://gateway${url}`) : null
  if (!target) return says(400, 'The target of a request is a path.')
  // Dots are taken out by the parser, so that the path is what was asked for only where it had none.
  const path = url.split(/[?#]/)[0]!
  const asked: Asked = { method, path, query: target.searchParams, headers }
  const isRpc = path.startsWith('/api/v0/')
  const own = isOwnHost(headers.host, host) || (!isRpc && !isLoopback(host))
  if (!own) return says(403, 'The name in `Host` is not one of this server; ask by its address.')
  try {
    if (isRpc) {
      if (isForeign(headers.origin, headers.host)) return says(403, 'Pages of other sites may not use the RPC API.')
      return await answerRpc(asked, load)
    }
    if (path.startsWith('/ipfs/')) return await answerIpfs(asked, load)
  } catch {
    return says(500, 'The store cannot be read.')
  }
  return says(404, 'There is /ipfs/CID?format=raw, /ipfs/CID?format=car, and POST /api/v0/cat?arg=CID.')
}

async function send(request: IncomingMessage, response: ServerResponse, answer: Answer): Promise<void> {
  const { status, headers, body } = answer
  const whole = body instanceof Uint8Array ? body : undefined
  response.writeHead(status, { ...(whole ? { 'content-length': whole.length } : {}), ...headers })
  if (request.method === 'HEAD' || body === undefined || whole)
    response.end(request.method === 'HEAD' ? undefined : whole)
  else await pipeline(Readable.from(body as AsyncIterable<Uint8Array>, { objectMode: false }), response)
}
