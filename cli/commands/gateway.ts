import { loadFrom } from '../../runtime/blocks.ts'
import { isLoopback } from '../../runtime/gateway/hosts.ts'
import { serveGateway, type GatewayError } from '../../runtime/gateway/serve.ts'
import type { Context } from '../context.ts'
import { wrongUsage } from '../diagnostics.ts'
import { StoreDoor } from '../host.ts'
import { success, type Reply } from '../output.ts'

/** `ipvm gateway`: serves the blocks of the store over HTTP until it is stopped. */
export async function gateway(context: Context, _: string[], options: Record<string, unknown>): Promise<Reply> {
  const { host, port } = options as { host: string; port: number }
  const store = new StoreDoor(context.store)
  const signal = context.interruptible()
  try {
    const { blocks } = store.open()
    const served = await serveGateway(loadFrom(blocks), { host, port })
    if (!served.ok) return unheard(served.error, host, port)
    const { close, port: bound } = served.value
    if (!isLoopback(host))
      context.note(`warning: other machines can read every block of ${store.folder} whose CID they know.`)
    const url = `http://${host.includes(':') ? `[${host}]` : host}:${bound}`
    context.note(`${store.folder} is served at ${url}. Ctrl-C ends it.`)
    if (!signal.aborted) await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }))
    await close()
    return success({ url })
  } finally {
    await store.close()
  }
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'something else listens there; `--port` chooses another port',
  EACCES: 'the system does not allow it; ports below 1024 are those of the system',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'there is no such name',
}

function unheard({ code, message }: GatewayError, host: string, port: number): Reply {
  return wrongUsage(`Nothing can listen on ${host} port ${port}: ${reasons[code] ?? message}.`)
}
