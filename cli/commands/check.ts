import { checkFile, checkText } from '../../compiler/check.ts'
import type { Diagnostic, Fix } from '../../grammar/diagnostics.ts'
import { decodeSource } from '../../grammar/source.ts'
import type { Context } from '../context.ts'
import { wrongUsage } from '../diagnostics.ts'
import { chooseSources, readNamed, writeNamed } from '../files.ts'
import { createHost, StoreDoor, writeLock } from '../host.ts'
import { exits, plural, success, type Reply } from '../output.ts'
import { createSources, diagnosticsJson, distinct, renderAll } from '../report.ts'
import { toSarif } from '../sarif.ts'
import { watch } from '../watch.ts'

/** Repairs may uncover others; more rounds than this only come from repairs that undo each other. */
const rounds = 8

interface Options {
  fix?: boolean
  format: 'human' | 'json' | 'sarif'
  watch?: boolean
}

/** `ipvm check [FILES…]`: everything that is wrong with sources; `--fix` repairs what it can first. */
export async function check(context: Context, given: string[], rest: Record<string, unknown>): Promise<Reply> {
  const options = rest as unknown as Options
  const oneValue = context.json || options.format !== 'human'
  if (context.json && options.format === 'sarif')
    return wrongUsage('`--json` and `--format sarif` both want standard output; choose one.')
  if (options.watch && oneValue) return wrongUsage('`--watch` goes on for ever and has no one value to print.')
  if (!options.watch) return (await checkOnce(context, given, options)).reply
  return watch(context, context.interruptible(), () => checkOnce(context, given, options))
}

async function checkOnce(
  context: Context,
  given: string[],
  options: Options,
): Promise<{ reply: Reply; read: Set<string> }> {
  const read = new Set<string>()
  const store = new StoreDoor(context.store, context.gateways)
  try {
    return { reply: await checkFiles(context, given, options, store, read), read }
  } finally {
    await store.close()
  }
}

async function checkFiles(
  context: Context,
  given: string[],
  options: Options,
  store: StoreDoor,
  read: Set<string>,
): Promise<Reply> {
  const files = chooseSources(given)
  if (!files.ok) return files.error
  for (const file of files.value) {
    const bytes = readNamed(file)
    if (!bytes.ok) return bytes.error
    read.add(file)
  }
  let fixed = 0
  for (const file of options.fix ? files.value : []) {
    const repaired = await repair(file, store)
    if ('problem' in repaired) return repaired.problem
    fixed += repaired.fixed
  }
  const found: Diagnostic[] = []
  const reached = new Set<string>()
  for (const file of files.value) {
    // What another one imports was checked with it.
    if (reached.has(file)) continue
    const { diagnostics, lock, sources } = await checkFile(createHost(store.load, read), file)
    for (const name of sources.keys()) reached.add(name)
    const warning = writeLock(lock)
    if (warning !== undefined) context.note(warning)
    for (const one of diagnostics) found.push(one)
  }
  return reply(files.value.length, distinct(found), fixed, options.format === 'sarif' ? context.version : undefined)
}

/** @param sarif the version of the program, where a SARIF log is wanted */
function reply(files: number, found: Diagnostic[], fixed: number, sarif: string | undefined): Reply {
  const errors = found.filter(diagnostic => diagnostic.severity === 'error').length
  const warnings = found.length - errors
  const repairs = fixed > 0 ? [`${plural(fixed, 'repair')} made`] : []
  if (errors === 0) {
    const clean = found.length === 0 ? `${plural(files, 'file')}: nothing wrong` : plural(warnings, 'warning')
    const value = { files, fixed, diagnostics: diagnosticsJson(found) }
    const log = sarif === undefined ? undefined : toSarif(found, createSources(), sarif)
    return success(value, log, [...renderAll(found), [...repairs, clean].join(', ')].join('\n'))
  }
  const counts = [...repairs, plural(errors, 'error'), ...(warnings > 0 ? [plural(warnings, 'warning')] : [])]
  return {
    exit: exits.diagnostics,
    json: { ok: false, diagnostics: diagnosticsJson(found) },
    ...(sarif === undefined ? {} : { stdout: toSarif(found, createSources(), sarif) }),
    stderr: [...renderAll(found), counts.join(', ')].join('\n'),
  }
}

/** Repairs a file as far as less is wrong with it afterwards, and writes it once. */
async function repair(file: string, store: StoreDoor): Promise<{ fixed: number } | { problem: Reply }> {
  const bytes = readNamed(file)
  if (!bytes.ok) return { problem: bytes.error }
  const text = decodeSource(bytes.value)
  if (!text.ok) return { fixed: 0 }
  const host = createHost(store.load)
  const look = async (text: string, fixed: number): Promise<Draft> => {
    const { diagnostics } = await checkText(host, file, text)
    return { text, fixed, diagnostics, own: diagnostics.filter(diagnostic => diagnostic.span.file === file) }
  }
  let best = await look(text.value, 0)
  for (let next = await improve(best, look); next; next = await improve(best, look)) best = next
  const problem = best.fixed > 0 ? writeNamed(file, best.text) : undefined
  return problem ? { problem } : { fixed: best.fixed }
}

/** A text on the way to fewer mistakes. */
interface Draft {
  text: string
  fixed: number
  diagnostics: Diagnostic[]
  own: Diagnostic[]
}

/**
 * A text with fewer mistakes. All known repairs are made at once, and those that come to light by them, since what they
 * mend may have hidden as much; where that leads nowhere each is tried by itself, so that one that does harm does not
 * stand in the way of the others.
 */
async function improve(from: Draft, look: (text: string, fixed: number) => Promise<Draft>): Promise<Draft | undefined> {
  let draft = from
  for (let round = 0; round < rounds; round++) {
    const fixes = fixesOf(draft)
    if (fixes.length === 0) break
    draft = await look(applyFixes(draft.text, fixes), draft.fixed + fixes.length)
    if (isBetter(draft.diagnostics, from.diagnostics)) return draft
  }
  for (const fix of fixesOf(from).slice(0, rounds)) {
    const single = await look(applyFixes(from.text, [fix]), from.fixed + 1)
    if (isBetter(single.diagnostics, from.diagnostics)) return single
  }
  return undefined
}

/**
 * The repairs of errors, as far as they do not touch each other. Those of warnings take away what works, and one of
 * several is chosen, which only the author may.
 */
function fixesOf({ own }: Draft): Fix[] {
  const errors = own.filter(({ severity }) => severity === 'error')
  return apart(errors.flatMap(({ fixes }) => (fixes.length === 1 && !fixes[0]!.guess ? fixes : [])))
}

/**
 * Whether fewer mistakes are left. Those of the syntax count first: where they are mended, others come to light that
 * were there all the time.
 */
function isBetter(after: Diagnostic[], before: Diagnostic[]): boolean {
  const counts = (found: Diagnostic[]): [number, number, number] => {
    const errors = found.filter(diagnostic => diagnostic.severity === 'error')
    return [errors.filter(isSyntax).length, errors.length, found.length]
  }
  const [left, had] = [counts(after), counts(before)]
  const different = left.findIndex((count, at) => count !== had[at])
  return different >= 0 && left[different]! < had[different]!
}

function isSyntax(diagnostic: Diagnostic): boolean {
  return diagnostic.code.startsWith('IPVM1')
}

/** Those that do not touch what an earlier one changes. */
function apart(fixes: Fix[]): Fix[] {
  const taken: Fix['edits'] = []
  return fixes.filter(({ edits }) => {
    const free = edits.every(edit => taken.every(other => edit.end < other.start || other.end < edit.start))
    if (free) taken.push(...edits)
    return free && edits.length > 0
  })
}

function applyFixes(text: string, fixes: Fix[]): string {
  const edits = fixes.flatMap(fix => fix.edits).sort((a, b) => b.start - a.start)
  return edits.reduce((whole, { start, end, text: part }) => whole.slice(0, start) + part + whole.slice(end), text)
}
