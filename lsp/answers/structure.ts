import {
  FoldingRangeKind,
  SymbolKind as LspSymbolKind,
  type CallHierarchyItem,
  type Connection,
  type DocumentSymbol as LspDocumentSymbol,
  type SelectionRange,
  type SymbolInformation,
} from 'vscode-languageserver'
import type { Lines } from '../../grammar/source.ts'
import { toOffset, toRange } from '../convert.ts'
import type { Desk } from '../desk.ts'
import { incomingCalls, outgoingCalls, prepareCalls, type Caller } from '../features/calls.ts'
import { documentSymbols, type DocumentSymbol, type SymbolKind } from '../features/document-symbols.ts'
import { folds, type Fold } from '../features/folding.ts'
import { linkedRanges } from '../features/linked-editing.ts'
import { documentLinks } from '../features/links.ts'
import { selectionRanges } from '../features/selection.ts'
import { SymbolIndex } from '../features/workspace-symbols.ts'

/** Names as the language has them; what an editor takes for a word by itself has no `-` in it. */
const WORD = '[A-Za-z_][A-Za-z0-9_]*(-[A-Za-z0-9_]+)*'

export function answerStructure(connection: Connection, desk: Desk): void {
  const index = new SymbolIndex()
  connection.onDocumentSymbol(async ({ textDocument }, token) => {
    const found = await desk.inItems(textDocument, token, view =>
      documentSymbols(view).map(symbol => toSymbol(view.lines, symbol)),
    )
    const symbols = found ?? []
    return desk.support.nestedSymbols ? symbols : symbols.flatMap(symbol => besideEachOther(textDocument.uri, symbol))
  })
  connection.onWorkspaceSymbol(({ query }) =>
    index.search(desk.workspace, desk.sources, query).map(({ path, name, kind, container, selection }) => ({
      ...{ name, kind: symbolKinds[kind], ...(container === undefined ? {} : { containerName: container }) },
      location: { uri: desk.uriOf(path), range: toRange(desk.linesOf(path), selection) },
    })),
  )
  connection.onFoldingRanges(async ({ textDocument }, token) => {
    const found = await desk.inText(textDocument, token, view =>
      folds(view).map(({ first, last, kind }) => ({
        ...{ startLine: first, endLine: last },
        ...(kind ? { kind: foldKinds[kind] } : {}),
      })),
    )
    return found ?? []
  })
  connection.onSelectionRanges(async ({ textDocument, positions }, token) => {
    const found = await desk.inText(textDocument, token, view =>
      positions.map(position => {
        const offset = toOffset(view.lines, position)
        const ranges = [...selectionRanges(view, offset)].reverse()
        const empty = { start: offset, end: offset }
        return (
          ranges.reduce<SelectionRange | undefined>(
            (parent, range) => ({ range: toRange(view.lines, range), ...(parent ? { parent } : {}) }),
            undefined,
          ) ?? { range: toRange(view.lines, empty) }
        )
      }),
    )
    return found ?? []
  })
  connection.onDocumentLinks(async ({ textDocument }, token) => {
    const found = await desk.inText(textDocument, token, view =>
      documentLinks(view).map(link => ({ range: toRange(view.lines, link), target: desk.uriOf(link.path) })),
    )
    return found ?? []
  })
  connection.languages.onLinkedEditingRange(async (asked, token) => {
    const { offset } = desk.placeOf(asked)
    const found = await desk.inFile(asked.textDocument, token, view => {
      const ranges = linkedRanges(view, offset)
      return ranges && { ranges: ranges.map(range => toRange(view.lines, range)), wordPattern: WORD }
    })
    return found ?? null
  })
  answerCalls(connection, desk)
}

function toSymbol(lines: Lines, symbol: DocumentSymbol): LspDocumentSymbol {
  const { name, detail, kind, selection, children } = symbol
  return {
    // Editors refuse symbols without a name.
    ...{ name: name === '' ? '…' : name, detail, kind: symbolKinds[kind] },
    ...{ range: toRange(lines, symbol), selectionRange: toRange(lines, selection) },
    children: children.map(child => toSymbol(lines, child)),
  }
}

/** A symbol and all that are in it. */
function besideEachOther(
  uri: string,
  { name, kind, range, children = [] }: LspDocumentSymbol,
  containerName?: string,
): SymbolInformation[] {
  const own = { name, kind, location: { uri, range }, ...(containerName === undefined ? {} : { containerName }) }
  return [own, ...children.flatMap(child => besideEachOther(uri, child, name))]
}

const foldKinds = {
  imports: FoldingRangeKind.Imports,
  comment: FoldingRangeKind.Comment,
  region: FoldingRangeKind.Region,
} as const satisfies Record<NonNullable<Fold['kind']>, FoldingRangeKind>

const symbolKinds = {
  module: LspSymbolKind.Module,
  type: LspSymbolKind.Class,
  struct: LspSymbolKind.Struct,
  enum: LspSymbolKind.Enum,
  constant: LspSymbolKind.Constant,
  function: LspSymbolKind.Function,
  interface: LspSymbolKind.Interface,
  method: LspSymbolKind.Method,
  field: LspSymbolKind.Field,
  enumMember: LspSymbolKind.EnumMember,
  test: LspSymbolKind.Event,
  config: LspSymbolKind.Object,
} as const satisfies Record<SymbolKind, LspSymbolKind>

function answerCalls(connection: Connection, desk: Desk): void {
  const toItem = async (caller: Caller): Promise<CallHierarchyItem> => {
    const lines = await desk.linesBehind(caller.path)
    return {
      ...{ name: caller.name, kind: callKinds[caller.kind], uri: desk.uriOf(caller.path) },
      ...{ range: toRange(lines, caller), selectionRange: toRange(lines, caller.selection), data: caller },
    }
  }
  connection.languages.callHierarchy.onPrepare(async (asked, token) => {
    const { offset } = desk.placeOf(asked)
    const found = await desk.inFile(asked.textDocument, token, view => prepareCalls(view, offset))
    return found ? [await toItem(found)] : null
  })
  connection.languages.callHierarchy.onIncomingCalls(async ({ item }, token) => {
    const calls = await incomingCalls(desk.workspace, desk.sources, item.data as Caller, desk.whileWanted(token))
    return Promise.all(
      calls.map(async ({ of, places }) => {
        const lines = desk.linesOf(of.path)
        return { from: await toItem(of), fromRanges: places.map(place => toRange(lines, place)) }
      }),
    )
  })
  connection.languages.callHierarchy.onOutgoingCalls(async ({ item }) => {
    const caller = item.data as Caller
    const calls = await outgoingCalls(desk.workspace, caller)
    const lines = desk.linesOf(caller.path)
    return Promise.all(
      calls.map(async ({ of, places }) => ({
        to: await toItem(of),
        fromRanges: places.map(place => toRange(lines, place)),
      })),
    )
  })
}

const callKinds = {
  job: LspSymbolKind.Function,
  test: LspSymbolKind.Event,
  operation: LspSymbolKind.Method,
  function: LspSymbolKind.Function,
} as const satisfies Record<Caller['kind'], LspSymbolKind>
