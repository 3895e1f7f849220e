import { decodeSource, Lines } from '../grammar/source.ts'
import { parse } from '../grammar/parse.ts'
import { diagnose, type Diagnostic } from '../grammar/diagnostics.ts'
import type { Module } from '../grammar/nodes.ts'
import { loadComponent } from './component.ts'
import type { Host } from './interface.ts'
import { checkModule, moduleContext, type CheckedModule } from './module.ts'

/** A file after reading, parsing and checking. */
export interface CheckedFile {
  file: string
  lines: Lines
  tree: Module | undefined
  /** Absent where the text could not be read at all. */
  module: CheckedModule | undefined
  /** In the order of their places. */
  diagnostics: Diagnostic[]
}

/** Reads, parses and checks a file. A file that is not there is the caller's affair (`Host.readFile`). */
export async function checkFile(host: Host, file: string): Promise<CheckedFile> {
  const bytes = host.readFile(file)
  const source = typeof bytes === 'string' ? undefined : decodeSource(bytes)
  if (!source) throw new Error(`${file} was not there to be checked`)
  const empty = { file, lines: new Lines(''), tree: undefined, module: undefined }
  if (!source.ok)
    return { ...empty, diagnostics: [diagnose('NotUtf8', { offset: source.offset }, { file, start: 0, end: 0 })] }
  return checkText(host, file, source.value)
}

/** Parses and checks a text. */
export async function checkText(host: Host, file: string, text: string): Promise<CheckedFile> {
  const { module: tree, diagnostics: syntax } = parse(text, file)
  const lines = new Lines(text)
  if (tree.items.length === 0 && syntax.length === 0) {
    const empty = diagnose('EmptyFile', {}, { file, start: 0, end: 0 })
    return { file, lines, tree, module: undefined, diagnostics: [empty] }
  }
  const context = moduleContext(host, file, text)
  context.declare(tree)
  for (const symbol of context.scope.values())
    if (symbol.kind === 'module') symbol.component = await loadComponent(host, file, symbol.node, context)
  const module = checkModule(context)
  const meaning = module.diagnostics.filter(independentOf(syntax, tree))
  const diagnostics = [...syntax, ...meaning].sort((a, b) => a.span.start - b.span.start)
  return { file, lines, tree, module, diagnostics }
}

/**
 * One mistake gives one error: what the checker finds where the parser had to guess is not told. Outside of the bodies
 * of jobs a guess concerns the whole file, since names may be lost; inside of one, that job.
 */
function independentOf(syntax: Diagnostic[], tree: Module): (diagnostic: Diagnostic) => boolean {
  if (syntax.length === 0) return () => true
  const within = (node: { start: number; end: number }, at: number): boolean => node.start <= at && at <= node.end
  const jobs = tree.items.filter(item => item.kind === 'Job')
  const broken = syntax.map(({ span }) => jobs.find(job => within(job.body, span.start)))
  if (!broken.every(job => job !== undefined)) return () => false
  return ({ span }) => !broken.some(job => within(job, span.start))
}
