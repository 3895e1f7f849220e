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
  // Trees live long, so that room for what is new and soon gone is paid for with memory and brings no time.
  setFlagsFromString('--semi-space-growth-factor=1')
  // Of a long file each change leaves some megabytes of texts, which would be left lying until they were several times the trees.
  setFlagsFromString('--heap-growing-percent=80')
  const gate = new Gate()
  const reader = new StreamMessageReader(process.stdin)
  reader.onError(error => {
    // The message behind one whose content is no JSON is found again, behind headers that are none is nothing.
    if (error instanceof SyntaxError) return console.error(`A message was no JSON: ${error.message}`)
    console.error(`error: Standard input is not what the Language Server Protocol has: ${error.message}`)
    process.exit(1)
  })
  for (const gone of ['end', 'close']) process.stdin.on(gone, () => process.exit(gate.isShut ? 0 : 1))
  const connection = createConnection(ProposedFeatures.all, reader, new StreamMessageWriter(process.stdout), gate)
  gate.guard(connection)
  serve(connection, rim)
}
