import { decodeSource, Lines } from '../grammar/source.ts'
import { diagnose, type Diagnostic } from '../grammar/diagnostics.ts'
import type { Module } from '../grammar/nodes.ts'
import { lint } from './check/lints.ts'
import { constantFailures } from './constants.ts'
import { refuseLeaks } from './leaks.ts'
import type { Host, LockFile } from './interface.ts'
import { checkModule, type CheckedModule } from './module.ts'
import { bodyAt, Program, type SourceFile } from './modules.ts'
import type { Session } from './session.ts'

/** A file after reading, parsing and checking, with all the files that it imports. */
export interface CheckedFile {
  file: string
  tree: Module | undefined
  /** Absent where the text could not be read at all. */
  module: CheckedModule | undefined
  /** Of the file and then of those that it imports, as they were reached; of each in the order of their places. */
  diagnostics: Diagnostic[]
  /** The texts that diagnostics are about, by file; those that are not there at all have no text. */
  sources: Map<string, Lines>
  /** Of one of {@link sources}. */
  linesOf(file: string): Lines
  /** `ipvm.lock` as it has to be written, where nothing is wrong and something new came up. */
  lock: LockFile | undefined
}

/** Reads, parses and checks a file. A file that is not there is the caller's affair (`Host.readFile`). */
export async function checkFile(host: Host, file: string): Promise<CheckedFile> {
  const bytes = host.readFile(file)
  const source = typeof bytes === 'string' ? undefined : decodeSource(bytes)
  if (!source) throw new Error(`${file} was not there to be checked`)
  if (source.ok) return checkText(host, file, source.value)
  const diagnostics = [diagnose('NotUtf8', { offset: source.offset }, { file, start: 0, end: 0 })]
  return checkedFile({ file, tree: undefined, module: undefined, diagnostics, sources: new Map(), lock: undefined })
}

/**
 * Parses and checks a text as the content of a file, with all the files that it imports.
 *
 * @param session what is known of these files from the time before
 */
export async function checkText(host: Host, file: string, text: string, session?: Session): Promise<CheckedFile> {
  const lines = new Lines(text)
  for (;;) {
    const linked = await linkedProgram(host, file, lines, session)
    if (session?.settle() ?? true) return checkProgram(linked)
  }
}

/** A program whose files are parsed and know what their names stand for. */
export async function linkedProgram(host: Host, file: string, lines: Lines, session?: Session): Promise<Linked> {
  const program = new Program(host, file, lines, session)
  // What a mistake of syntax has lost has no type, which is no mistake of its own.
  for (const source of program.files.values()) if (source.uncertain) program.diagnostics.push(...source.syntax)
  const order = program.ordered()
  for (const source of order) await program.link(source)
  for (const { context } of order) context.define()
  return { program, order }
}

export interface Linked {
  program: Program
  /** Its files, each behind those that it imports. */
  order: SourceFile[]
}

/** Checks the files of a program, which can be done once. All nodes of a session stand where they belong (`Session.settle`). */
export async function checkProgram({ program, order }: Linked): Promise<CheckedFile> {
  const { root } = program
  const { file, tree } = root
  if (tree.items.length === 0 && root.syntax.length === 0) {
    const diagnostics = [diagnose('EmptyFile', {}, { file, start: 0, end: 0 })]
    const sources = new Map([[file, root.lines]])
    return checkedFile({ file, tree, module: undefined, diagnostics, sources, lock: undefined })
  }
  let module: CheckedModule | undefined
  for (const source of order) {
    const checked = checkModule(source.context)
    if (source === root) module = checked
  }
  await computeConstants(program)
  if (!isWrong(program)) await refuseLeaks(program)
  settleLints(program)
  const diagnostics = settle(program)
  const sources = new Map([...program.files.values()].map(source => [source.file, source.lines]))
  const { lockText, newLock } = program.contents
  if (lockText) sources.set(lockText.file, new Lines(lockText.text))
  const wrong = diagnostics.some(({ severity }) => severity === 'error')
  return checkedFile({ file, tree, module, diagnostics, sources, lock: wrong ? undefined : newLock })
}

/** Tells what fails in the constants of all files. Where something is wrong they may be anything. */
async function computeConstants(program: Program): Promise<void> {
  const { files, diagnostics } = program
  if (isWrong(program)) return
  const cores = [...files.values()].flatMap(({ context }) => context.constants)
  for (const { site, why } of await constantFailures(cores)) {
    const { file, start, end, name } = site
    diagnostics.push(diagnose('ConstantFails', { what: `\`${name}\``, why }, { file, start, end }))
  }
}

function checkedFile(checked: Omit<CheckedFile, 'linesOf'>): CheckedFile {
  const { sources } = checked
  return { ...checked, linesOf: file => sources.get(file) ?? new Lines('') }
}

function isWrong({ files, diagnostics }: Program): boolean {
  const syntax = [...files.values()].flatMap(source => source.syntax)
  return [...syntax, ...diagnostics].some(({ severity }) => severity === 'error')
}

/** Where something is wrong that is all that is told: what is hardly meant may follow from it. */
function settleLints(program: Program): void {
  const { files, diagnostics } = program
  const sources = [...files.values()]
  if (!isWrong(program)) {
    for (const { context, tree } of sources) lint(context, tree)
    return
  }
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  diagnostics.length = 0
  for (const error of errors) diagnostics.push(error)
}

/** The diagnostics of all files, of each those that follow from nothing else. */
function settle(program: Program): Diagnostic[] {
  const byFile = new Map<string, Diagnostic[]>([...program.files.values()].map(({ file }) => [file, []]))
  const syntax = new Set([...program.files.values()].flatMap(source => source.syntax))
  for (const diagnostic of program.diagnostics) {
    if (syntax.has(diagnostic)) continue
    const known = byFile.get(diagnostic.span.file)
    if (known) known.push(diagnostic)
    else byFile.set(diagnostic.span.file, [diagnostic])
  }
  for (const source of program.files.values()) {
    const meaning = byFile.get(source.file)!.filter(independentOf(source))
    const told = [...source.syntax, ...meaning].sort((a, b) => a.span.start - b.span.start)
    byFile.set(source.file, told.filter(isFirst()))
  }
  const all = [...byFile.values()].flat()
  // After another mistake a type may be open because of it.
  const isCause = ({ name, severity }: Diagnostic): boolean => severity === 'error' && name !== 'CannotInfer'
  return all.some(isCause) ? all.filter(({ name }) => name !== 'CannotInfer') : all
}

/** Whether what is told once was not told before. */
function isFirst(): (diagnostic: Diagnostic) => boolean {
  const seen = new Set<string>()
  return ({ name, once }) => {
    if (once === undefined) return true
    const key = `${name} ${once}`
    if (seen.has(key)) return false
    seen.add(key)
    return true
  }
}

/**
 * One mistake gives one error: what the checker finds where the parser had to guess is not told. Outside of the bodies
 * of jobs and tests a guess concerns the whole file, since names may be lost; inside of one, that job or test.
 */
function independentOf({ syntax, tree, uncertain }: SourceFile): (diagnostic: Diagnostic) => boolean {
  if (syntax.length === 0) return () => true
  if (uncertain) return () => false
  const broken = [...new Set(syntax.map(({ span }) => bodyAt(tree, span.start)))]
  return ({ span }) => !broken.some(item => item && item.start <= span.start && span.start <= item.end)
}
