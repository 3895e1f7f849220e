import {
  LSPErrorCodes,
  ResponseError,
  TextDocumentEdit,
  type Connection,
  type WorkspaceEdit,
} from 'vscode-languageserver'
import { toEdit, toRange } from '../convert.ts'
import type { Desk } from '../desk.ts'
import { prepareRename, rename, type FileEdits, type Refusal } from '../features/rename.ts'
import { renameFiles } from '../features/rename-files.ts'
import { pathOfUri } from '../paths.ts'

export function answerEdits(connection: Connection, desk: Desk): void {
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
  connection.onRenameRequest(async ({ newName, ...asked }) => {
    const { path, offset } = desk.placeOf(asked)
    const edits = await rename(desk.workspace, desk.sources, path, offset, newName)
    if ('refused' in edits) throw refusal(edits)
    return workspaceEdit(desk, edits)
  })
  connection.workspace.onWillRenameFiles(({ files }) => {
    const renamed = files.map(({ oldUri, newUri }) => ({ from: desk.pathOf(oldUri), to: pathOfUri(newUri) }))
    return workspaceEdit(desk, renameFiles(desk.workspace, desk.sources, renamed))
  })
}

export function workspaceEdit(desk: Desk, files: FileEdits[]): WorkspaceEdit {
  return {
    documentChanges: files.map(({ path, edits }) => {
      const lines = desk.linesOf(path)
      const document = { uri: desk.uriOf(path), version: null }
      return TextDocumentEdit.create(
        document,
        edits.map(edit => toEdit(lines, edit)),
      )
    }),
  }
}

function refusal(found: Refusal | undefined): ResponseError {
  return new ResponseError(LSPErrorCodes.RequestFailed, found?.refused ?? 'There is no such file.')
}
