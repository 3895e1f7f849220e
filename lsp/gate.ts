import {
  ErrorCodes,
  Message,
  ResponseError,
  type Connection,
  type ConnectionOptions,
  type MessageReader,
} from 'vscode-languageserver'
import { misshapen, paramsOf } from './shapes.ts'

/** The request that stands in the place of one that is refused. */
const REFUSED = 'ipvm/refused'

const CANCEL = '$/cancelRequest'

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

  /** What a connection is to read from in the place of a reader: it cancels requests before it asks what may come in. */
  before(reader: MessageReader): MessageReader {
    const listen = reader.listen.bind(reader)
    reader.listen = take =>
      listen(message => {
        if (!Message.isNotification(message) || message.method !== CANCEL) return take(message)
        const wrong = misshapen(message.params, paramsOf[CANCEL]!, 'params')
        if (wrong === undefined) take(message)
        else this.#drop(CANCEL, wrong)
      })
    return reader
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
        if (refusal) return this.#drop(message.method, refusal.message)
      }
      return next(message)
    },
  }

  #drop(method: string, why: string): void {
    this.#connection?.console.warn(`${method}: ${why}`)
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
