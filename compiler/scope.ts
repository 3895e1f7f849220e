import { diagnose, type Diagnostic } from '../grammar/diagnostics.ts'
import type { Const, Import, Job, Module, Name, TypeDeclaration } from '../grammar/nodes.ts'
import type { ComponentModule } from './component.ts'

/** What a name of a file stands for. Values, types and modules share one space. */
export type Symbol =
  /** `component` is absent before it is loaded, and where it cannot be, which is reported. */
  | { kind: 'module'; name: string; node: Import; component: ComponentModule | undefined }
  | { kind: 'type'; name: string; node: TypeDeclaration }
  | { kind: 'const'; name: string; node: Const }
  | { kind: 'job'; name: string; node: Job }

export type Scope = Map<string, Symbol>

/** In words, with an article. */
export const symbolWords = {
  module: 'an imported module',
  type: 'a type',
  const: 'a constant',
  job: 'a job',
} as const satisfies Record<Symbol['kind'], string>

/** Fills the scope with the names that a file declares, in whatever order; a second one of a name is reported. */
export function declareAll(context: { file: string; scope: Scope; diagnostics: Diagnostic[] }, module: Module): void {
  const { scope, file } = context
  for (const item of module.items) {
    if (item.kind === 'Config') continue
    const symbol = symbolOf(item)
    if (symbol.name === '') continue
    const first = scope.get(symbol.name)
    if (first) context.diagnostics.push(duplicate(item.name, symbolWords[first.kind], first.node.name, file))
    else scope.set(symbol.name, symbol)
  }
}

function symbolOf(item: Import | TypeDeclaration | Const | Job): Symbol {
  const name = item.name.text
  switch (item.kind) {
    case 'Import':
      return { kind: 'module', name, node: item, component: undefined }
    case 'TypeDeclaration':
      return { kind: 'type', name, node: item }
    case 'Const':
      return { kind: 'const', name, node: item }
    case 'Job':
      return { kind: 'job', name, node: item }
  }
}

export function duplicate(again: Name, what: string, first: Name, file: string): Diagnostic {
  const related = [{ message: `\`${first.text}\` stands here first`, span: { file, ...spanOf(first) } }]
  return diagnose('DuplicateName', { name: again.text, what }, { file, ...spanOf(again) }, { related })
}

function spanOf(node: { start: number; end: number }): { start: number; end: number } {
  return { start: node.start, end: node.end }
}
