import { fail, ok, type Result } from '../../dag/result.ts'
import { diagnose, type Diagnostic } from '../../grammar/diagnostics.ts'
import { format } from '../../grammar/format.ts'
import { decodeSource } from '../../grammar/source.ts'
import type { Context } from '../context.ts'
import { cliRows, toDiagnostic, wrongUsage } from '../diagnostics.ts'
import { chooseSources, readInput, readNamed, writeNamed } from '../files.ts'
import { exits, plural, success, type Reply } from '../output.ts'
import { createSources, diagnosticsJson, renderAll } from '../report.ts'

/** The name of standard input in messages. */
const stdin = '<stdin>'

/** `ipvm fmt [FILES…]`: formats in place; `--check` only lists what differs; `-` filters standard input. */
export async function fmt(context: Context, given: string[], options: Record<string, unknown>): Promise<Reply> {
  const checking = options['check'] === true
  if (given.includes('-')) {
    if (given.length > 1) return wrongUsage('`-` is standard input and stands alone.')
    const input = readInput(0)
    if (typeof input === 'string') return wrongUsage('Standard input cannot be read, or is more than 1 GiB.')
    return filter(input, checking, context)
  }
  const files = chooseSources(given)
  if (!files.ok) return files.error
  const read: [string, Uint8Array][] = []
  for (const file of files.value) {
    const bytes = readNamed(file)
    if (!bytes.ok) return bytes.error
    read.push([file, bytes.value])
  }
  const wrong: Diagnostic[] = []
  const changed: string[] = []
  for (const [file, bytes] of read) {
    const formatted = await layOut(file, bytes)
    if (!formatted.ok) for (const one of formatted.error) wrong.push(one)
    else if (formatted.value.changed) {
      const problem = checking ? undefined : writeNamed(file, formatted.value.text)
      if (problem) return problem
      changed.push(file)
    }
  }
  return report(read.length, changed, wrong, checking)
}

function report(files: number, changed: string[], wrong: Diagnostic[], checking: boolean): Reply {
  const list = changed.map(file => `${file}\n`).join('')
  if (wrong.length === 0 && !(checking && changed.length > 0)) {
    const counts = `${plural(files, 'file')}, ${changed.length} changed`
    return success({ files, changed }, list, checking ? `${plural(files, 'file')}: all formatted` : counts)
  }
  const differing = checking ? changed : []
  const unformatted = differing.map(file => toDiagnostic(cliRows.NotFormatted, 'This file is not formatted.', file))
  const lines = [...renderAll(wrong)]
  if (differing.length > 0)
    lines.push(`${plural(differing.length, 'file is', 'files are')} not formatted; \`ipvm fmt\` does it`)
  return {
    exit: exits.diagnostics,
    json: { ok: false, diagnostics: [...diagnosticsJson(wrong), ...unformatted] },
    stdout: list,
    stderr: lines.join('\n').trimEnd(),
  }
}

async function filter(bytes: Uint8Array, checking: boolean, context: Context): Promise<Reply> {
  const formatted = await layOut(stdin, bytes)
  if (!formatted.ok) {
    const source = decodeSource(bytes)
    const sources = createSources(new Map([[stdin, source.ok ? source.value : undefined]]))
    return {
      exit: exits.diagnostics,
      json: { ok: false, diagnostics: diagnosticsJson(formatted.error, sources) },
      stderr: renderAll(formatted.error, sources).join('\n').trimEnd(),
    }
  }
  const { text, changed } = formatted.value
  if (checking) return report(1, changed ? [stdin] : [], [], true)
  const value = { files: 1, changed: changed ? [stdin] : [], ...(context.json ? { text } : {}) }
  return success(value, text)
}

/** The text of a file as it should stand, or why it stays as it is. */
async function layOut(
  file: string,
  bytes: Uint8Array,
): Promise<Result<{ text: string; changed: boolean }, Diagnostic[]>> {
  const source = decodeSource(bytes)
  if (!source.ok) return fail([diagnose('NotUtf8', { offset: source.offset }, { file, start: 0, end: 0 })])
  const formatted = await format(source.value, file)
  if (!formatted.ok) return fail(formatted.diagnostics)
  // Compared as bytes: a byte order mark is a difference too.
  const changed = Buffer.compare(Buffer.from(formatted.text), bytes) !== 0
  return ok({ text: formatted.text, changed })
}
