import {
  CompletionItemKind,
  CompletionTriggerKind,
  InsertTextFormat,
  type CompletionItem,
  type CompletionList,
  type Connection,
  type Range,
} from 'vscode-languageserver'
import type { Lines } from '../../grammar/source.ts'
import { toEdit, toMarkup, toRange } from '../convert.ts'
import type { Asked, Desk } from '../desk.ts'
import type { CheckedView, View } from '../interface.ts'
import {
  beforePlaces,
  completion,
  completionDocs,
  type About,
  type Completion,
  type CompletionKind,
} from '../features/completion.ts'
import type { Support } from '../support.ts'

export function answerCompletion(connection: Connection, desk: Desk): void {
  connection.onCompletion(async (asked, token) => {
    const { uri } = asked.textDocument
    const { context } = asked
    const typed = context?.triggerKind === CompletionTriggerKind.TriggerCharacter ? context.triggerCharacter : undefined
    const others = desk.exportsBut(desk.pathOf(uri))
    const listed = (view: View | CheckedView, offset: number): { list: CompletionList; partial?: true } | undefined => {
      const found = completion(view, offset, others, typed)
      if (!found) return undefined
      const range = toRange(view.lines, found.range)
      const items = found.items.map(item =>
        toItem(desk.support, view.lines, range, item, { uri, position: asked.position }),
      )
      return { list: { isIncomplete: found.incomplete, items }, ...(found.partial ? { partial: true } : {}) }
    }
    const near = await desk.nearPlace(asked, token, listed)
    const found = near?.partial ? await desk.inFileAt(asked, token, listed) : near
    return found?.list ?? null
  })
  connection.onCompletionResolve(async (item, token) => {
    const data = item.data as { uri: string; about: About; position: Asked['position'] } | undefined
    if (!data) return item
    const { uri, about, position } = data
    const others = desk.exportsBut(desk.pathOf(uri))
    const docs = await desk.atPlace({ textDocument: { uri }, position }, token, view =>
      completionDocs(view, about, others),
    )
    return docs === undefined ? item : { ...item, documentation: toMarkup(docs, desk.support.markdown.completion) }
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
  { snippets, commitCharacters }: Support,
  lines: Lines,
  range: Range,
  item: Completion,
  asked: { uri: string; position: Asked['position'] },
): CompletionItem {
  const { label, kind, detail, text, snippet, sort, edits, commit, about } = item
  const newText = snippet && !snippets ? beforePlaces(text) : text
  return {
    ...{ label, kind: kinds[kind], sortText: sort, filterText: label, textEdit: { range, newText } },
    ...(snippet && snippets ? { insertTextFormat: InsertTextFormat.Snippet } : {}),
    ...(detail === undefined ? {} : { detail }),
    ...(edits ? { additionalTextEdits: edits.map(edit => toEdit(lines, edit)) } : {}),
    ...(commit && commitCharacters ? { commitCharacters: commit } : {}),
    ...(about ? { data: { ...asked, about } } : {}),
  }
}
