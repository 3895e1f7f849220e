import { StoreError, type StoreFailure } from '../runtime/store/errors.ts'
import { cliRows, complain } from './diagnostics.ts'
import { exits, type Reply } from './output.ts'

/** What each kind of trouble with the store is to whoever called: a wrong folder, a damaged store, bad luck. */
const storeExits: Record<StoreFailure['code'], number> = {
  path: exits.usage,
  foreign: exits.diagnostics,
  version: exits.diagnostics,
  damaged: exits.diagnostics,
  key: exits.diagnostics,
  busy: exits.failed,
  full: exits.failed,
  gateway: exits.failed,
  forged: exits.diagnostics,
}

/** A message as the beginning of a sentence. One that begins with a path stays as it is. */
export function capital(message: string): string {
  return /^(the|no|a|an|block|nothing|what) /.test(message) ? message[0]!.toUpperCase() + message.slice(1) : message
}

/** A message with its end. */
export function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`
}

/** A failure of the store as a reply; undefined where the failure is another's. */
export function storeTrouble({ code, message }: { code: string; message: string }): Reply | undefined {
  if (!Object.hasOwn(storeExits, code)) return undefined
  const row = code === 'gateway' || code === 'forged' ? cliRows.Gateway : cliRows.Store
  return complain(row, `${capital(message)}.`, { exit: storeExits[code as StoreFailure['code']] })
}

/** What was thrown, as a reply: trouble with the store, else a bug of ours, without the stack unless it is asked for. */
export function troubleOf(error: unknown, version: string, argv: readonly string[]): Reply {
  const known = error instanceof StoreError ? storeTrouble(error) : undefined
  if (known) return known
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  const where = error instanceof Error ? error.stack : undefined
  const command = ['ipvm', ...argv].join(' ')
  const report = { version, node: process.version, platform: `${process.platform} ${process.arch}`, command }
  const lines = [
    'error: this is a bug in ipvm. Please report it with these lines:',
    `  ${message}`,
    `  ipvm ${version}, Node ${process.version}, ${report.platform}`,
    `  ${command}`,
  ]
  if (process.env['IPVM_DEBUG'] && where) lines.push(where)
  else lines.push('With IPVM_DEBUG=1 it says where it happened.')
  return { exit: exits.bug, json: { ok: false, failure: { kind: 'bug', message, report } }, stderr: lines.join('\n') }
}
