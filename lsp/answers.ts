import {
  CompletionItemKind,
  DocumentHighlightKind,
  InsertTextFormat,
  LSPErrorCodes,
  MarkupKind,
  ResponseError,
  TextDocumentEdit,
  type CompletionItem,
  type CompletionList,
  type Connection,
  type LocationLink,
  type MarkupContent,
  type Range,
  type ServerCapabilities,
  type WorkspaceEdit,
} from 'vscode-languageserver'
import { Lines } from '../grammar/source.ts'
import { toEdit, toRange } from './convert.ts'
import type { Asked, Desk } from './desk.ts'
import { completion, completionDocs, type About, type Completion, type CompletionKind } from './features/completion.ts'
import { definition, type Definition } from './features/definition.ts'
import { hover, withCid } from './features/hover.ts'
import { jobCid } from './features/job-cid.ts'
import { documentHighlights, references } from './features/references.ts'
import { prepareRename, rename, type FileEdits, type Refusal } from './features/rename.ts'
import { renameFiles } from './features/rename-files.ts'
import { typeDefinition } from './features/type-definition.ts'
import { pathOfUri } from './paths.ts'
import { isVirtual, virtualText } from './virtual.ts'

/** What the server can be asked. */
export const abilities = {
  completionProvider: { triggerCharacters: ['.', '"', '/', ':', '(', ',', '{', ' '], resolveProvider: true },
  hoverProvider: true,
  definitionProvider: true,
  typeDefinitionProvider: true,
  referencesProvider: true,
  documentHighlightProvider: true,
  renameProvider: { prepareProvider: true },
  workspace: {
    fileOperations: { willRename: { filters: [{ scheme: 'file', pattern: { glob: '**/*' } }] } },
  },
} satisfies ServerCapabilities

/** Answers the requests of an editor by features. */
export function answer(connection: Connection, desk: Desk): void {
  answerCompletion(connection, desk)
  connection.onHover(async (asked, token) => {
    const path = desk.pathOf(asked.textDocument.uri)
    const found = await desk.atPlace(asked, token, (view, offset) => {
      const said = hover(view, offset)
      return said && { said, range: toRange(view.lines, said.range) }
    })
    if (!found) return null
    const { said, range } = found
    const compiled = said.job === undefined ? undefined : await jobCid(desk.workspace.host, path, said.job)
    return { contents: markdown((compiled ? withCid(said, compiled.cid) : said).markdown), range }
  })
  connection.onDefinition(async (asked, token) => linkTo(desk, asked, await desk.atPlace(asked, token, definition)))
  connection.onTypeDefinition(async (asked, token) =>
    linkTo(desk, asked, await desk.atPlace(asked, token, typeDefinition)),
  )
  connection.onReferences(async ({ context, ...asked }) => {
    const { path, offset } = desk.placeOf(asked)
    const uses = await references(desk.workspace, desk.sources, path, offset)
    const linesOf = remembered((other: string) => desk.linesOf(other))
    return uses
      .filter(({ declares }) => context.includeDeclaration || !declares)
      .map(use => ({ uri: desk.uriOf(use.path), range: toRange(linesOf(use.path), use) }))
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
  connection.onRequest('ipvm/wit', async ({ uri }: { uri: string }) => {
    const text = await virtualText(desk.workspace, uri)
    return { text: text ?? '' }
  })
  connection.onRequest(
    'ipvm/cid',
    async ({ textDocument, job }: { textDocument: { uri: string }; job?: string }): Promise<unknown> => {
      const compiled = await jobCid(desk.workspace.host, desk.pathOf(textDocument.uri), job ?? 'main')
      return compiled ?? { why: 'it does not compile' }
    },
  )
}

function answerCompletion(connection: Connection, desk: Desk): void {
  connection.onCompletion(async (asked, token) => {
    const { uri } = asked.textDocument
    const others = desk.exportsBut(desk.pathOf(uri))
    const list = await desk.atPlace(asked, token, (view, offset): CompletionList | undefined => {
      const found = completion(view, offset, others)
      if (!found) return undefined
      const range = toRange(view.lines, found.range)
      const items = found.items.map(item => toItem(view.lines, range, item, { uri, position: asked.position }))
      return { isIncomplete: found.incomplete, items }
    })
    return list ?? null
  })
  connection.onCompletionResolve(async (item, token) => {
    const data = item.data as { uri: string; about: About; position: Asked['position'] } | undefined
    if (!data) return item
    const { uri, about, position } = data
    const others = desk.exportsBut(desk.pathOf(uri))
    const docs = await desk.atPlace({ textDocument: { uri }, position }, token, view =>
      completionDocs(view, about, others),
    )
    return docs === undefined ? item : { ...item, documentation: markdown(docs) }
  })
}

const kinds = {
  local: CompletionItemKind.Variable,
  constant: CompletionItemKind.Constant,
  job: CompletionItemKind.Function,
  function: CompletionItemKind.Function,
  operation: CompletionItemKind.Event,
  type: CompletionItemKind.Struct,
  module: CompletionItemKind.Module,
  interface: CompletionItemKind.Interface,
  effect: CompletionItemKind.Interface,
  field: CompletionItemKind.Field,
  case: CompletionItemKind.EnumMember,
  argument: CompletionItemKind.Property,
  setting: CompletionItemKind.Property,
  value: CompletionItemKind.Value,
  keyword: CompletionItemKind.Keyword,
  file: CompletionItemKind.File,
  folder: CompletionItemKind.Folder,
} as const satisfies Record<CompletionKind, CompletionItemKind>

/** @param asked where, so that what is told of an item can be found when it is asked for */
function toItem(
  lines: Lines,
  range: Range,
  item: Completion,
  asked: { uri: string; position: Asked['position'] },
): CompletionItem {
  const { label, kind, detail, text, snippet, sort, edits, commit, about } = item
  return {
    ...{ label, kind: kinds[kind], sortText: sort, filterText: label, textEdit: { range, newText: text } },
    ...(snippet ? { insertTextFormat: InsertTextFormat.Snippet } : {}),
    ...(detail === undefined ? {} : { detail }),
    ...(edits ? { additionalTextEdits: edits.map(edit => toEdit(lines, edit)) } : {}),
    ...(commit ? { commitCharacters: commit } : {}),
    ...(about ? { data: { ...asked, about } } : {}),
  }
}

function markdown(value: string): MarkupContent {
  return { kind: MarkupKind.Markdown, value }
}

async function linkTo(desk: Desk, asked: Asked, found: Definition | undefined): Promise<LocationLink[] | null> {
  if (!found) return null
  const { origin, target } = found
  const text = isVirtual(target.path) ? await virtualText(desk.workspace, target.path) : undefined
  const lines = text === undefined ? desk.linesOf(target.path) : new Lines(text)
  return [
    {
      originSelectionRange: toRange(desk.linesOf(desk.pathOf(asked.textDocument.uri)), origin),
      targetUri: desk.uriOf(target.path),
      targetRange: toRange(lines, target),
      targetSelectionRange: toRange(lines, target.name),
    },
  ]
}

function workspaceEdit(desk: Desk, files: FileEdits[]): WorkspaceEdit {
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

function remembered<K, V>(make: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>()
  return key => {
    const found = known.get(key) ?? make(key)
    known.set(key, found)
    return found
  }
}
