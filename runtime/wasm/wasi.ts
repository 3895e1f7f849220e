import type { Value } from '../../dag/value.ts'
import { Ended, trap } from './failure.ts'
import type { Log } from './log.ts'
import { Handle, ResourceType } from './resources.ts'

/** A function that the host gives to components. It has no effect but the log. */
export type HostFunction = (args: Value[], log: Log) => Value

type Table = { readonly [name: string]: HostFunction }

const types = new Map<string, ResourceType>()

/** A resource type of the host, by interface and name without a version: `wasi:io/streams#output-stream`. */
export function hostResource(name: string): ResourceType {
  let type = types.get(name)
  if (!type) types.set(name, (type = new ResourceType(name)))
  return type
}

const inputStream = hostResource('wasi:io/streams#input-stream')
const outputStream = hostResource('wasi:io/streams#output-stream')
const pollable = hostResource('wasi:io/poll#pollable')

/** A value for our own lowering, which knows handles where types say so. */
function give(type: ResourceType, rep: unknown): Value {
  return new Handle(type, rep) as unknown as Value
}

/** What a component declares of an import is its own word: arguments may be of any type. */
function asBytes(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new TypeError('bytes were expected')
  return value
}

function asText(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('text was expected')
  return value
}

function streamOf(self: unknown): 'stdout' | 'stderr' {
  if (!(self instanceof Handle) || self.type !== outputStream) throw new TypeError('an output stream was expected')
  return self.rep as 'stdout' | 'stderr'
}

const closed: Value = { error: { closed: null } }
const done: Value = { ok: null }
/** What an output stream says that it takes at a time. */
const permit = 65536n

function write([self, bytes]: Value[], log: Log): Value {
  log.write(streamOf(self), asBytes(bytes))
  return done
}

function writeZeroes([self, length]: Value[], log: Log): Value {
  if (typeof length !== 'bigint') throw new TypeError('a length was expected')
  log.write(streamOf(self), new Uint8Array(Number(length < permit ? length : permit)))
  return done
}

/** Standard input is at its end, whoever asks. */
const ended = (): Value => closed
const subscribe = (): Value => give(pollable, 'ready')

const streams: Table = {
  '[method]input-stream.read': ended,
  '[method]input-stream.blocking-read': ended,
  '[method]input-stream.skip': ended,
  '[method]input-stream.blocking-skip': ended,
  '[method]input-stream.subscribe': subscribe,
  '[method]output-stream.check-write': () => ({ ok: permit }),
  '[method]output-stream.write': write,
  '[method]output-stream.blocking-write-and-flush': write,
  '[method]output-stream.flush': () => done,
  '[method]output-stream.blocking-flush': () => done,
  '[method]output-stream.write-zeroes': writeZeroes,
  '[method]output-stream.blocking-write-zeroes-and-flush': writeZeroes,
  '[method]output-stream.splice': ended,
  '[method]output-stream.blocking-splice': ended,
  '[method]output-stream.subscribe': subscribe,
}

const poll: Table = {
  '[method]pollable.ready': () => true,
  '[method]pollable.block': () => null,
  poll: ([pollables]) => {
    if (!Array.isArray(pollables)) throw new TypeError('a list was expected')
    const { length } = pollables
    if (length === 0) trap('wasi:io/poll.poll was called with an empty list')
    return Array.from({ length }, (_, i) => i)
  },
}

/** Interfaces that components of real toolchains need to start, without versions. */
const interfaces: { readonly [name: string]: Table } = {
  'wasi:cli/environment': {
    'get-environment': () => [],
    'get-arguments': () => [],
    'initial-cwd': () => null,
  },
  'wasi:cli/exit': {
    exit: ([status]) => trap(`called wasi:cli/exit.exit with ${'ok' in (status as object) ? 'success' : 'failure'}`),
    'exit-with-code': ([code]) => trap(`called wasi:cli/exit.exit-with-code with ${code as number}`),
  },
  'wasi:cli/stdin': { 'get-stdin': () => give(inputStream, 'stdin') },
  'wasi:cli/stdout': { 'get-stdout': () => give(outputStream, 'stdout') },
  'wasi:cli/stderr': { 'get-stderr': () => give(outputStream, 'stderr') },
  'wasi:cli/terminal-stdin': { 'get-terminal-stdin': () => null },
  'wasi:cli/terminal-stdout': { 'get-terminal-stdout': () => null },
  'wasi:cli/terminal-stderr': { 'get-terminal-stderr': () => null },
  'wasi:io/streams': streams,
  'wasi:io/poll': poll,
  'wasi:filesystem/preopens': { 'get-directories': () => [] },
  'wasi:filesystem/types': { 'filesystem-error-code': () => null },
  'wasi:logging/logging': {
    log: ([level, context, message], log) => {
      log.message('[', asText(level), '] ', ...(context ? [asText(context), ': '] : []), asText(message))
      return null
    },
  },
  'homestar:host/helpers': {
    print: ([message], log) => {
      log.message(asText(message))
      return null
    },
  },
}

/** Why an interface is not given, for those that many components know. */
const reasons: readonly (readonly [prefix: string, reason: string])[] = [
  ['wasi:clocks/', 'which would not be deterministic'],
  ['wasi:random/', 'which would not be deterministic'],
  ['wasi:sockets/', 'which would reach the network'],
  ['wasi:http/', 'which would reach the network'],
  ['wasi:filesystem/', 'which would reach files'],
  ['wasi:keyvalue/', 'which would reach a store'],
  ['homestar:host/helpers#get-current-time', 'which would not be deterministic'],
]

/** Ends the task with the name of what it called. */
export function refuseCall(name: string): never {
  const [, reason] = reasons.find(([prefix]) => name.startsWith(prefix)) ?? ['', 'which nothing here provides']
  throw new Ended('refused', `called ${name.replace('#', '.')}, ${reason}`)
}

/** `wasi:io/streams@0.2.3` without its version; all of 0.2 are one interface that only grew. */
export function withoutVersion(name: string): string {
  return name.replace(/@\d+(\.\d+)*(-[\w.-]*)?/, '')
}

/**
 * What the host gives for a function of an imported interface, or for one that is imported by itself (without `name`):
 * the real one, or a stub that ends the task.
 */
export function hostFunction(interfaceName: string, name?: string): HostFunction {
  const plain = withoutVersion(interfaceName)
  const version = /@(.*)$/.exec(interfaceName)?.[1]
  const supported = !plain.startsWith('wasi:') || version === undefined || /^0\.2\.\d+$/.test(version)
  const table = supported && Object.hasOwn(interfaces, plain) ? interfaces[plain] : undefined
  if (name === undefined) return () => refuseCall(plain)
  if (table && Object.hasOwn(table, name)) return table[name]!
  return () => refuseCall(`${plain}#${name}`)
}
