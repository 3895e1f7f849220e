import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as it came. */
export interface Arrival {
  method: string
  path: string
  key: string | undefined
  body: string
}

/** What a test does with a request: `drop` ends the connection without an answer, a text is the body of the answer. */
type Decision = 'drop' | { body: string } | undefined

/** An HTTP server of this machine that remembers what it was sent, and answers as it is told. */
export class Receiver implements AsyncDisposable {
  /** In the order in which they came, whole. */
  readonly arrivals: Arrival[] = []
  /** Asked before a request is answered; it waits for the decision. */
  decide: (arrival: Arrival, number: number) => Decision | Promise<Decision> = () => undefined
  /** Told when an answer was handed to the system. */
  answered: (arrival: Arrival, number: number) => void = () => undefined
  readonly #server: Server
  readonly #waiting: { path: string; seen: (gone: Promise<unknown>) => void }[] = []

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = []
      const gone = once(response, 'close')
      request.on('data', chunk => chunks.push(chunk))
      request.on('error', () => undefined)
      request.on('end', async () => {
        const { method = '', url: path = '', headers } = request
        const key = headers['idempotency-key'] as string | undefined
        const arrival = { method, path, key, body: Buffer.concat(chunks).toString() }
        const number = this.arrivals.push(arrival)
        for (const { seen } of this.#waiting.filter(one => one.path === path)) seen(gone)
        const decision = await this.decide(arrival, number)
        if (decision === 'drop') request.socket.destroy()
        else response.end(decision?.body ?? `${method} ${number}`, () => this.answered(arrival, number))
      })
    })
  }

  static async start(): Promise<Receiver> {
    const receiver = new Receiver()
    receiver.#server.listen(0, '127.0.0.1')
    await once(receiver.#server, 'listening')
    return receiver
  }

  /** `127.0.0.1:PORT`. */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get url(): string {
    return `http://${this.host}`
  }

  /**
   * Resolves when the next request of a path has come.
   *
   * @returns what resolves when its connection is closed, by whichever side
   */
  arrival(path: string): Promise<{ gone: Promise<unknown> }> {
    return new Promise(resolve => this.#waiting.push({ path, seen: gone => resolve({ gone }) }))
  }

  /** The requests that changed something: all but GET. */
  get deeds(): Arrival[] {
    return this.arrivals.filter(({ method }) => method !== 'GET')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }
}
