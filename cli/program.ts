import type { Context } from './context.ts'
import { storeFolder, storeFolderIn } from './context.ts'
import { wrongUsage } from './diagnostics.ts'
import { codeOf } from './files.ts'
import { openGateways } from './gateways.ts'
import { exits, toLine, type Reply } from './output.ts'
import { parseArguments } from './parse.ts'
import { troubleOf } from './trouble.ts'

/** Runs one command line and gives its exit code, when all that it printed is written. */
export async function main(argv: readonly string[], version: string): Promise<number> {
  const words = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : undefined)
  const json = words.includes('--json') || words.join(' ').includes('--format json') || words.includes('--format=json')
  let done = false
  const crash = (error: unknown): void => {
    if (done) return
    done = true
    void print(troubleOf(error, version, argv), json).then(code => process.exit(code))
  }
  process.on('uncaughtException', crash)
  process.on('unhandledRejection', crash)
  const reply = await answer(argv, version, json).catch(error => troubleOf(error, version, argv))
  if (done) return exits.bug
  done = true
  return print(reply, json)
}

async function answer(argv: readonly string[], version: string, json: boolean): Promise<Reply> {
  const call = await parseArguments(argv, version)
  if (!call.ok) return call.error
  const { row, operands, options } = call.value
  if (options['store'] === '') return wrongUsage('`--store` is empty; name a folder.')
  const quiet = options['quiet'] === true
  const gateways = await openGateways(options['gateway'] as string[] | undefined, row)
  if (!gateways.ok) return gateways.error
  let stopCode: () => number = () => exits.stopped
  const context: Context = {
    version,
    json,
    quiet,
    store: storeFolder(options['store'] as string | undefined),
    storeIn: folder => storeFolderIn(folder, options['store'] as string | undefined),
    gateways: gateways.value,
    interruptible() {
      const { signal, code } = listen()
      stopCode = code
      return signal
    },
    note: text => {
      if (!json && !quiet) process.stderr.write(`${text}\n`)
    },
  }
  const command = await row.load()
  const reply = await command(context, operands, options)
  const { stderr, ...rest } = reply
  // Where nothing went wrong, words for people are the progress that `--quiet` is about.
  const spoken = quiet && reply.exit === exits.ok ? rest : reply
  return reply.exit === exits.stopped ? { ...spoken, exit: stopCode() } : spoken
}

/** The first signal asks for a clean end; a second one ends at once. */
function listen(): { signal: AbortSignal; code: () => number } {
  const controller = new AbortController()
  let code: number = exits.stopped
  const hear = (signal: NodeJS.Signals): void => {
    // A supervisor may pass on a Ctrl-C as SIGTERM, so that only a second SIGINT counts as one.
    if (controller.signal.aborted) return signal === 'SIGINT' ? process.exit(exits.stopped) : undefined
    code = signal === 'SIGTERM' ? exits.terminated : exits.stopped
    controller.abort(new Error(`stopped by ${signal}`))
  }
  process.on('SIGINT', hear)
  process.on('SIGTERM', hear)
  return { signal: controller.signal, code: () => code }
}

/**
 * Writes a reply and waits until it is out. A reader that went away ends the program without a word; what else keeps the
 * result from standard output is a failure.
 */
async function print({ exit, json: value, stdout, stderr }: Reply, json: boolean): Promise<number> {
  // Where standard error takes nothing, there is nobody left to tell.
  if (!json && stderr !== undefined) await write(process.stderr, `${stderr}\n`)
  const result = json ? `${toLine(value)}\n` : stdout
  const error = result === undefined ? undefined : await write(process.stdout, result)
  if (!error || isGone(error)) return exit
  await write(process.stderr, `error: Standard output cannot be written: the system says ${codeOf(error)}.\n`)
  return exit === exits.ok ? exits.failed : exit
}

function write(stream: NodeJS.WriteStream, content: string | Uint8Array): Promise<Error | undefined> {
  return new Promise(resolve => stream.write(content, error => resolve(error ?? undefined)))
}

function isGone(error: Error): boolean {
  return ['EPIPE', 'ERR_STREAM_DESTROYED'].includes(codeOf(error))
}

// Without a listener a stream throws what it could not write; whoever writes a reply is told.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
