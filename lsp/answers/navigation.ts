import { DocumentHighlightKind, type Connection, type Location, type LocationLink } from 'vscode-languageserver'
import { toRange } from '../convert.ts'
import type { Asked, Desk } from '../desk.ts'
import { definition, type Definition } from '../features/definition.ts'
import { remembered } from '../remembered.ts'
import { documentHighlights, references } from '../features/references.ts'
import { typeDefinition } from '../features/type-definition.ts'

export function answerNavigation(connection: Connection, desk: Desk): void {
  connection.onDefinition(async (asked, token) => {
    const link = await linkTo(desk, asked, await desk.atPlace(asked, token, definition))
    return link && inForm(link, desk.support.links.definition)
  })
  connection.onTypeDefinition(async (asked, token) => {
    const link = await linkTo(desk, asked, await desk.atPlace(asked, token, typeDefinition))
    return link && inForm(link, desk.support.links.typeDefinition)
  })
  connection.onReferences(async ({ context, ...asked }, token) => {
    const { path, offset } = desk.placeOf(asked)
    const uses = await references(desk.workspace, desk.sources, path, offset, desk.whileWanted(token))
    const linesOf = remembered((other: string) => desk.linesBehind(other))
    const wanted = uses.filter(({ declares }) => context.includeDeclaration || !declares)
    return Promise.all(
      wanted.map(async use => ({ uri: desk.uriOf(use.path), range: toRange(await linesOf(use.path), use) })),
    )
  })
  connection.onDocumentHighlight(async (asked, token) => {
    const found = await desk.inFile(asked.textDocument, token, view =>
      documentHighlights(view, desk.placeOf(asked).offset).map(use => ({
        range: toRange(view.lines, use),
        kind: use.kind === 'write' ? DocumentHighlightKind.Write : DocumentHighlightKind.Read,
      })),
    )
    return found ?? []
  })
}

async function linkTo(desk: Desk, asked: Asked, found: Definition | undefined): Promise<LocationLink | null> {
  if (!found) return null
  const { origin, target } = found
  const lines = await desk.linesBehind(target.path)
  return {
    originSelectionRange: toRange(desk.linesOf(desk.pathOf(asked.textDocument.uri)), origin),
    targetUri: desk.uriOf(target.path),
    targetRange: toRange(lines, target),
    targetSelectionRange: toRange(lines, target.name),
  }
}

function inForm(link: LocationLink, links: boolean): LocationLink[] | Location {
  return links ? [link] : { uri: link.targetUri, range: link.targetSelectionRange }
}
