import { ErrorCodes, Message, ResponseError, type Connection, type ConnectionOptions } from 'vscode-languageserver'
import { misshapen, paramsOf } from './shapes.ts'

/** The request that stands in the place of one that is refused. */
const REFUSED = 'ipvm/refused'

/**
 * Stands before a connection: a request that comes at the wrong time, or with parameters that are none, is answered by an error that
 * says so, and such a notification is dropped. So what the server does with parameters can go by their types.
 */
export class Gate implements ConnectionOptions {
  #state: 'new' | 'open' | 'shut' = 'new'
  #connection: Connection | undefined

  /** Whether the client has said that it is about to go. */
  get isShut(): boolean {
    return this.#state === 'shut'
  }

  /** @param connection made with this gate as its options */
  guard(connection: Connection): void {
    this.#connection = connection
    connection.onRequest(REFUSED, ({ code, message }: { code: number; message: string }) => {
      throw new ResponseError(code, message)
    })
  }

  readonly messageStrategy = {
    handleMessage: (message: Message, next: (message: Message) => void | Promise<void>): void | Promise<void> => {
      if (Message.isRequest(message)) {
        const params = this.#refusal(message.method, message.params, true)
        return next(params ? ({ ...message, method: REFUSED, params } as Message) : message)
      }
      if (Message.isNotification(message)) {
        const refusal = this.#refusal(message.method, message.params, false)
        if (refusal) return this.#connection?.console.warn(`${message.method}: ${refusal.message}`)
      }
      return next(message)
    },
  }

  #refusal(method: string, params: unknown, isRequest: boolean): { code: number; message: string } | undefined {
    // Ends the process, whatever was before.
    if (method === 'exit') return undefined
    if (this.#state === 'new' && method !== 'initialize')
      return { code: ErrorCodes.ServerNotInitialized, message: '`initialize` must be the first request.' }
    if (this.#state === 'shut') return { code: ErrorCodes.InvalidRequest, message: 'The server was told to shut down.' }
    if (this.#state === 'open' && method === 'initialize')
      return { code: ErrorCodes.InvalidRequest, message: '`initialize` was asked before.' }
    const shape = Object.hasOwn(paramsOf, method) ? paramsOf[method] : undefined
    const wrong = shape && misshapen(params, shape, 'params')
    if (wrong !== undefined) return { code: ErrorCodes.InvalidParams, message: wrong }
    if (isRequest && method === 'initialize') this.#state = 'open'
    if (isRequest && method === 'shutdown') this.#state = 'shut'
    return undefined
  }
}
