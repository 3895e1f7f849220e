import { setFlagsFromString } from 'node:v8'
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node'
import type { Rim } from './rim.ts'
import { serve } from './server.ts'

/** Serves an editor on standard input and output, until it says `exit` or is gone; then the process ends. */
export function serveStdio(rim: Rim): void {
  // What anybody else prints would be taken for messages.
  console.log = console.info = console.debug = console.error
  // Trees live long, so that room for what is new and soon gone is paid for with memory and brings no time.
  setFlagsFromString('--semi-space-growth-factor=1')
  serve(createConnection(ProposedFeatures.all, process.stdin, process.stdout), rim)
}
