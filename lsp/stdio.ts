import { setFlagsFromString } from 'node:v8'
import {
  createConnection,
  ProposedFeatures,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node'
import { Gate } from './gate.ts'
import type { Rim } from './rim.ts'
import { serve } from './server.ts'

/** Serves an editor on standard input and output, until it says `exit` or is gone; then the process ends. */
export function serveStdio(rim: Rim): void {
  // What anybody else prints would be taken for messages.
  console.log = console.info = console.debug = console.error
  // Else what is no longer used would be left lying until it takes as much as the trees of a long file and more; and what is
  // young would have 128 MiB, which makes nothing faster.
  setFlagsFromString('--heap-growing-percent=50')
  setFlagsFromString('--semi-space-growth-factor=1')
  const gate = new Gate()
  const reader = new StreamMessageReader(process.stdin)
  reader.onError(error => {
    // The message behind one whose content is no JSON is found again, behind headers that are none is nothing.
    if (error instanceof SyntaxError) return console.error(`A message was no JSON: ${error.message}`)
    console.error(`error: Standard input is not what the Language Server Protocol has: ${error.message}`)
    process.exit(1)
  })
  const end = (): never => process.exit(gate.isShut ? 0 : 1)
  for (const gone of ['end', 'close']) process.stdin.on(gone, end)
  for (const gone of ['error', 'close']) process.stdout.on(gone, end)
  const connection = createConnection(
    ProposedFeatures.all,
    gate.before(reader),
    new StreamMessageWriter(process.stdout),
    gate,
  )
  gate.guard(connection)
  serve(connection, rim)
}
