import { outline } from '../../grammar/outline.ts'
import type { Workspace } from '../workspace.ts'
import { symbolsOf, type DocumentSymbol } from './document-symbols.ts'

/** A declaration of a file. */
export interface WorkspaceSymbol extends Omit<DocumentSymbol, 'children'> {
  path: string
  /** What it is declared in, beside the file. */
  container?: string
}

/** So many are given at most, the best of them. */
export const maxSymbols = 200

/** What files declare, read again where their texts have changed. */
export class SymbolIndex {
  readonly #files = new Map<string, { text: string; symbols: WorkspaceSymbol[] }>()

  /**
   * The declarations of which the names have the letters of a query, in this order; the nearest first.
   *
   * @param files of the workspace, by their paths
   */
  search(workspace: Workspace, files: Iterable<string>, query: string): WorkspaceSymbol[] {
    const found: { score: number; symbol: WorkspaceSymbol }[] = []
    const wanted = query.slice(0, 100).toLowerCase().replace(/\s+/g, '')
    const paths = new Set(files)
    for (const path of paths)
      for (const symbol of this.#symbolsOf(workspace, path)) {
        const score = nearness(wanted, symbol.name)
        if (score > 0) found.push({ score, symbol })
      }
    for (const path of this.#files.keys()) if (!paths.has(path)) this.#files.delete(path)
    found.sort((a, b) => b.score - a.score || a.symbol.name.length - b.symbol.name.length)
    return found.slice(0, maxSymbols).map(({ symbol }) => symbol)
  }

  #symbolsOf(workspace: Workspace, path: string): WorkspaceSymbol[] {
    const text = workspace.textOf(path)
    if (text === undefined) return []
    const known = this.#files.get(path)
    if (known?.text === text) return known.symbols
    const symbols: WorkspaceSymbol[] = []
    for (const { children, ...symbol } of symbolsOf(text, outline(text, path).module)) {
      // What is imported is declared elsewhere, and limits have no name.
      if (symbol.kind === 'module' || symbol.kind === 'config') continue
      symbols.push({ path, ...symbol })
      for (const { children: none, ...child } of children) symbols.push({ path, ...child, container: symbol.name })
    }
    this.#files.set(path, { text, symbols })
    return symbols
  }
}

/**
 * How near a name is to a query: 0 where it lacks letters of it, more where they stand together, at its beginning, or at
 * that of a word in it.
 */
export function nearness(query: string, name: string): number {
  const letters = name.toLowerCase()
  if (query === letters) return 1000
  let score = 1
  let at = -1
  for (const letter of query) {
    const next = letters.indexOf(letter, at + 1)
    if (next < 0) return 0
    if (next === at + 1) score += next === 0 ? 10 : 5
    else if (startsWord(name, next)) score += 4
    at = next
  }
  return score
}

function startsWord(name: string, at: number): boolean {
  return /[-_ ]/.test(name[at - 1]!) || (/[a-z0-9]/.test(name[at - 1]!) && /[A-Z]/.test(name[at]!))
}
