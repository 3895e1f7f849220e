import { commands, window, type CodeLens, type TextDocument } from 'vscode'
import type { ServerCommand } from './protocol.ts'

/** What a code lens offers: a job or a test by its name. */
export interface Offer {
  name: string
  line: number
}

/** Lenses that are resolved at once; a file hardly has more. */
const most = 500

/** What the server offers to do in a document, in its order: the jobs that can be run, its tests. */
export async function offersOf(document: TextDocument, command: ServerCommand): Promise<Offer[]> {
  const lenses = await commands.executeCommand<CodeLens[] | undefined>(
    'vscode.executeCodeLensProvider',
    document.uri,
    most,
  )
  return (lenses ?? [])
    .flatMap(({ command: found, range }): Offer[] => {
      const name: unknown = found?.arguments?.[1]
      return found?.command === command && typeof name === 'string' ? [{ name, line: range.start.line }] : []
    })
    .sort((a, b) => a.line - b.line)
}

/** The one at a line, or the nearest above it. */
export function offerAt(offers: readonly Offer[], line: number): Offer | undefined {
  return offers.findLast(offer => offer.line <= line)
}

/** Asks which one, the one at the cursor first; nothing where the user has thought better of it. */
export async function choose(
  document: TextDocument,
  command: ServerCommand,
  title: string,
): Promise<Offer | undefined> {
  const offers = await offersOf(document, command)
  if (offers.length < 2) return offers[0]
  const editor = window.visibleTextEditors.find(one => one.document === document)
  const here = editor && offerAt(offers, editor.selection.active.line)
  const sorted = here ? [here, ...offers.filter(offer => offer !== here)] : offers
  const items = sorted.map(offer => ({ label: offer.name, description: `line ${offer.line + 1}`, offer }))
  return (await window.showQuickPick(items, { title }))?.offer
}
