import {
  LSPErrorCodes,
  ResponseError,
  TextDocumentEdit,
  type CancellationToken,
  type CodeAction,
  type Connection,
  type TextEdit,
  type WorkspaceEdit,
} from 'vscode-languageserver'
import { toDiagnostic, toEdit, toOffset, toOffsets, toRange } from '../convert.ts'
import type { Desk } from '../desk.ts'
import { actions, isOfKind, sourceActions, sourceActionsAt, type Action } from '../features/actions.ts'
import { lensCommands } from '../features/lenses.ts'
import { Formatter, indentTyped, partsOf } from '../features/formatting.ts'
import type { CheckedView, Edit, View } from '../interface.ts'
import { prepareRename, rename, type FileEdits, type Refusal } from '../features/rename.ts'
import { renameFiles } from '../features/rename-files.ts'
import { heard } from '../workspace.ts'
import { isOfFile } from '../paths.ts'

/** A tree is not that of its file any more. */
class UsedUp extends Error {}

/** The command that puts a file into the store, of the folder that the file is in or another one that imports it. */
export const KEEP = 'ipvm.keep'

/** @param slice milliseconds that a long text is formatted before what has arrived is heard */
export function answerEdits(connection: Connection, desk: Desk, slice = 20): void {
  connection.onExecuteCommand(async ({ command, arguments: [uri, by = uri] = [] }) => {
    if (command !== KEEP)
      throw refusal({
        refused: lensCommands.some(name => name === command)
          ? `\`${command}\` is for the editor to perform, which does not know it.`
          : `There is no command \`${command}\`.`,
      })
    if (typeof uri !== 'string' || typeof by !== 'string')
      throw refusal({ refused: `\`${KEEP}\` takes the URI of a file.` })
    const why = await desk.keep(desk.pathOf(uri), desk.pathOf(by))
    if (why !== undefined) throw refusal({ refused: why })
  })
  const formatter = new Formatter()
  desk.onForget.push(path => formatter.forget(path))
  /**
   * The edits of a text as it is now. While it is formatted others have their turns, and it is heard whether it has changed,
   * or nobody waits for it. It begins anew where one of them had it read with other names in it.
   */
  const edited = async (
    { uri }: { uri: string },
    token: CancellationToken,
    feature: (view: View, rest: () => Promise<void>) => Edit[] | Promise<Edit[]>,
  ): Promise<TextEdit[]> => {
    const path = desk.pathOf(uri)
    const text = desk.workspace.textOf(path)
    for (;;) {
      const view = await desk.inText({ uri }, token, found => found)
      if (!view) return []
      desk.mustBe(path, text)
      let last = performance.now()
      const rest = async (): Promise<void> => {
        if (performance.now() - last < slice) return
        await heard()
        desk.whileWanted(token)()
        desk.mustBe(path, text)
        if (!desk.workspace.isGood(view)) throw new UsedUp()
        last = performance.now()
      }
      try {
        const edits = await feature(view, rest)
        return edits.map(edit => toEdit(view.lines, edit))
      } catch (error) {
        if (!(error instanceof UsedUp)) throw error
      }
    }
  }
  connection.onDocumentFormatting(({ textDocument }, token) =>
    edited(textDocument, token, (view, rest) => formatter.document(view.path, partsOf(view), rest)),
  )
  connection.onDocumentRangeFormatting(({ textDocument, range }, token) =>
    edited(textDocument, token, (view, rest) =>
      formatter.range(view.path, partsOf(view), toOffsets(view.lines, range), rest),
    ),
  )
  connection.onDocumentOnTypeFormatting(({ textDocument, position, ch }, token) =>
    edited(textDocument, token, (view, rest) => {
      const offset = toOffset(view.lines, position)
      if (ch !== '}') return indentTyped(view, offset, ch)
      return formatter.closed(view.path, partsOf(view), offset, rest)
    }),
  )
  connection.onCodeAction(async ({ textDocument, range, context }, token) => {
    const path = desk.pathOf(textDocument.uri)
    const others = desk.exportsBut(path)
    const { only } = context
    const found = await desk.inFile(textDocument, token, view => {
      const wanted = (action: Action): boolean =>
        (!only || only.some(kind => isOfKind(action, kind))) && (action.store === undefined || desk.trusted)
      const place = toOffsets(view.lines, range)
      const ofFile = only ? sourceActions(view, others) : sourceActionsAt(view, place.start)
      const all = [...actions(view, place, others), ...ofFile]
      return all.filter(wanted).map(action => toAction(desk, view, action))
    })
    return found ?? []
  })
  connection.onPrepareRename(async (asked, token) => {
    const found = await desk.atPlace(asked, token, (view, offset) => {
      const prepared = prepareRename(view, offset)
      return 'refused' in prepared
        ? prepared
        : { range: toRange(view.lines, prepared.range), placeholder: prepared.name }
    })
    if (!found || 'refused' in found) throw refusal(found)
    return found
  })
  connection.onRenameRequest(async ({ newName, ...asked }, token) => {
    const { path, offset } = desk.placeOf(asked)
    const text = desk.workspace.textOf(path)
    const edits = await rename(desk.workspace, desk.sources, path, offset, newName, desk.whileWanted(token))
    desk.mustBe(path, text)
    if ('refused' in edits) throw refusal(edits)
    return workspaceEdit(desk, edits)
  })
  connection.workspace.onWillRenameFiles(({ files }) => {
    const paths = files.map(({ oldUri, newUri }) => ({ from: desk.pathOf(oldUri), to: desk.pathOf(newUri) }))
    // What is no file any more has no path by which it can be imported.
    const renamed = paths.filter(({ to }) => isOfFile(to))
    return workspaceEdit(desk, renameFiles(desk.workspace, desk.sources, renamed))
  })
}

function toAction(desk: Desk, view: CheckedView, action: Action): CodeAction {
  const { kind, title, edits, diagnostic, preferred, store } = action
  const changes = edits.map(edit => toEdit(view.lines, edit))
  return {
    ...{ title, kind, edit: inForm(desk, [{ path: view.path, edits: changes }]) },
    ...(diagnostic ? { diagnostics: [toDiagnostic(view.path, diagnostic, desk)] } : {}),
    ...(preferred ? { isPreferred: true } : {}),
    // The content has to be at hand before the text that names it.
    ...(store === undefined
      ? {}
      : { command: { title, command: KEEP, arguments: [store, view.path].map(path => desk.uriOf(path)) } }),
  }
}

function workspaceEdit(desk: Desk, files: FileEdits[]): WorkspaceEdit {
  const changed = files.map(({ path, text, edits }) => {
    desk.mustBe(path, text)
    const lines = desk.linesOf(path)
    return { path, edits: edits.map(edit => toEdit(lines, edit)) }
  })
  return inForm(desk, changed)
}

/** Changes of files, of those that are open for the versions that they have: an editor that has other ones refuses them. */
function inForm(desk: Desk, changed: { path: string; edits: TextEdit[] }[]): WorkspaceEdit {
  const files = changed.map(({ path, edits }) => ({ uri: desk.uriOf(path), version: desk.versionOf(path), edits }))
  if (!desk.support.documentChanges) return { changes: Object.fromEntries(files.map(({ uri, edits }) => [uri, edits])) }
  return { documentChanges: files.map(({ uri, version, edits }) => TextDocumentEdit.create({ uri, version }, edits)) }
}

function refusal(found: Refusal | undefined): ResponseError {
  return new ResponseError(LSPErrorCodes.RequestFailed, found?.refused ?? 'There is no such file.')
}
