import { request as startRequest, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

export type Headers = [name: string, value: string][]

export interface HttpRequest {
  method: string
  /** Path and query, as in the first line of the request. */
  path: string
  headers: Headers
  body?: Uint8Array
}

/** What a server has answered: the record `Response` of the language. */
export interface HttpResponse {
  status: number
  headers: Headers
  body: Uint8Array
}

/** The body of an answer is longer than what is taken. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge'
}

/** Bytes of all headers of an answer. */
const maxHeaders = 64 * 1024

/**
 * Sends one HTTP/1.1 request over a connection, and reads the answer whole. The connection is closed in any case.
 *
 * @param sent awaited right before the first byte leaves
 * @throws where no whole answer comes, a {@link TooLarge} where it is over `maxBytes`, and the signal's reason
 */
export async function exchange(
  socket: Socket,
  { method, path, headers, body }: HttpRequest,
  maxBytes: number,
  signal: AbortSignal,
  sent: () => Promise<void>,
): Promise<HttpResponse> {
  const stop = (): void => void socket.destroy(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  try {
    signal.throwIfAborted()
    await sent()
    const message = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = startRequest({
        createConnection: () => socket,
        method,
        path,
        headers: [...headers, ['connection', 'close']].flat(),
        maxHeaderSize: maxHeaders,
        insecureHTTPParser: false,
      })
      // Their bytes are limited, so that none need be left out for their number.
      request.maxHeadersCount = 0
      request.on('response', resolve)
      request.on('upgrade', () => reject(new Error('the server wants another protocol')))
      request.on('error', reject)
      request.end(body)
    })
    return { status: message.statusCode!, headers: headersOf(message), body: await bodyOf(message, maxBytes) }
  } catch (error) {
    throw signal.aborted ? signal.reason : error
  } finally {
    signal.removeEventListener('abort', stop)
    socket.destroy()
  }
}

async function bodyOf(message: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBytes) throw new TooLarge(`the answer has more than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return new Uint8Array(Buffer.concat(chunks))
}

/** Headers that are about the connection and not about the answer (RFC 9110, 7.6.1). */
const hopByHop = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade']

/** In the order in which they came, names in lower case. */
function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const all: Headers = []
  for (let i = 0; i < rawHeaders.length; i += 2) all.push([rawHeaders[i]!.toLowerCase(), rawHeaders[i + 1]!])
  const named = all
    .filter(([name]) => name === 'connection')
    .flatMap(([, value]) => value.toLowerCase().split(/\s*,\s*/))
  return all.filter(([name]) => !hopByHop.includes(name) && !named.includes(name))
}
