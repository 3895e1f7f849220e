import { compile } from '../compiler/compile.ts'
import type { Argument, Compiled, Host } from '../compiler/interface.ts'
import { fail, ok, type Result } from '../dag/result.ts'
import { wrongUsage } from './diagnostics.ts'
import { readNamed } from './files.ts'
import type { Context } from './context.ts'
import { createHost, writeLock, type StoreDoor } from './host.ts'
import type { Reply } from './output.ts'
import { reportDiagnostics } from './report.ts'

/** Compiles a source file; everything that keeps it from that is a reply. */
export async function compileSource(
  file: string,
  store: StoreDoor,
  context: Context,
  options: { job?: string | undefined; args?: Record<string, Argument>; host?: Host } = {},
): Promise<Result<Compiled, Reply>> {
  const bytes = readNamed(file)
  if (!bytes.ok) return bytes
  const { job, args, host = createHost(store.load) } = options
  const result = await compile(host, file, {
    ...(job === undefined ? {} : { job }),
    ...(args ? { args } : {}),
  })
  if (result.ok) {
    const warning = writeLock(result.value.lock)
    if (warning !== undefined) context.note(warning)
    return ok(result.value)
  }
  if ('diagnostics' in result) return fail(reportDiagnostics(result.diagnostics))
  const { message, near } = result.usage
  return fail(wrongUsage(message, { file, near }))
}
