import {
  BrowserMessageReader,
  BrowserMessageWriter,
  createConnection,
  ProposedFeatures,
} from 'vscode-languageserver/browser'
import { ErrorCodes, ResponseError } from 'vscode-languageserver'
import { Gate } from './gate.ts'
import { Files } from './files.ts'
import { pathOfUri } from './paths.ts'
import { serve } from './server.ts'

/**
 * Serves an editor in a page from a worker, whose global scope is given. What is not open is read of the files that the page has
 * given: `ipvm/files` with `{ files: [{ uri, content }] }`, where `content` is text or bytes, and `null` takes a file away.
 */
export function serveWorker(scope: ConstructorParameters<typeof BrowserMessageReader>[0], version: string): void {
  const files = new Files()
  const gate = new Gate()
  const connection = createConnection(
    ProposedFeatures.all,
    gate.before(new BrowserMessageReader(scope)),
    new BrowserMessageWriter(scope),
    gate,
  )
  gate.guard(connection)
  connection.onRequest('ipvm/files', (params: unknown) => {
    for (const { uri, content } of given(params)) files.set(pathOfUri(uri), content)
    changed()
    return null
  })
  const changed = serve(connection, {
    ...{ host: files.host, version },
    readBlock: cid => files.host.readBlock(cid),
    // All that was given is there until it is taken away.
    release: () => undefined,
    sources: folder => files.sources(folder),
    keep: path => files.keep(path),
  })
}

interface Given {
  uri: string
  content: string | Uint8Array | null
}

/** All of them, or none where one is wrong. */
function given(params: unknown): Given[] {
  const { files } = (params ?? {}) as { files?: unknown }
  if (!Array.isArray(files)) throw wrong('`files` must be a list of `{ uri, content }`.')
  for (const [i, file] of files.entries()) {
    const { uri, content } = (file ?? {}) as Partial<Record<keyof Given, unknown>>
    if (typeof uri !== 'string' || !uri.startsWith('file:'))
      throw wrong(`\`files[${i}].uri\` must be one of \`file:\`.`)
    if (content !== null && typeof content !== 'string' && !(content instanceof Uint8Array))
      throw wrong(`\`files[${i}].content\` must be text, a \`Uint8Array\`, or \`null\`.`)
  }
  return files as Given[]
}

function wrong(message: string): ResponseError {
  return new ResponseError(ErrorCodes.InvalidParams, message)
}
