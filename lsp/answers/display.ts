import {
  InlayHintKind,
  type CancellationToken,
  type CodeLens,
  type Connection,
  type InlayHint,
  type ParameterInformation,
  type Range,
  type SemanticTokensDelta,
} from 'vscode-languageserver'
import { toEdit, toMarkup, toOffsets, toPosition, toRange } from '../convert.ts'
import type { Desk } from '../desk.ts'
import { jobGraph, toDot } from '../features/graph.ts'
import { constantText } from '../features/constant-value.ts'
import { hover, withCid, withValue, type Hover } from '../features/hover.ts'
import { inlays, type Inlay } from '../features/inlays.ts'
import { jobCid } from '../features/job-cid.ts'
import { lenses } from '../features/lenses.ts'
import { signatureHelp } from '../features/signature.ts'
import { Encoding, fileTokens, semanticTokens, tokenEdit } from '../features/tokens.ts'
import type { CheckedView, View } from '../interface.ts'
import { remembered } from '../remembered.ts'
import { virtualText } from '../virtual.ts'

export function answerDisplay(connection: Connection, desk: Desk): void {
  connection.onHover(async (asked, token) => {
    const near = await desk.nearPlace(asked, token, hovered)
    const found = near?.said.partial ? await desk.inFileAt(asked, token, hovered) : near
    if (!found) return null
    const { said, range } = found
    const { job, constant } = said
    const compiled =
      job && (await desk.workspace.use(job.path, view => jobCid(view, job.name), desk.whileWanted(token)))
    const value = constant && (await constantText(constant))
    const { markdown } =
      compiled && 'cid' in compiled ? withCid(said, compiled.cid) : value === undefined ? said : withValue(said, value)
    return { contents: toMarkup(markdown, desk.support.markdown.hover), range }
  })
  connection.onSignatureHelp(async (asked, token) => {
    const found = await desk.atPlace(asked, token, signatureHelp)
    if (!found) return null
    const { label, params, active, docs } = found
    const { labelOffsets, noActiveParameter, markdown } = desk.support
    const parameters = params.map(({ start, end }): ParameterInformation => ({
      label: labelOffsets ? [start, end] : label.slice(start, end),
    }))
    const documentation = docs === undefined ? {} : { documentation: toMarkup(docs, markdown.signature) }
    const signature = { label, parameters, ...documentation }
    // Clients without a word for none mark none, or the first, for one that is not there; no number is better.
    const activeParameter = active >= 0 ? active : noActiveParameter ? null : params.length
    return { signatures: [signature], activeSignature: 0, activeParameter }
  })
  connection.languages.inlayHint.on(async ({ textDocument, range }, token) => {
    const found = await desk.inFile(textDocument, token, view =>
      inlays(view, toOffsets(view.lines, range)).map((inlay): InlayHint => {
        const { offset, label, kind, edits } = inlay
        return {
          ...{ position: toPosition(view.lines, offset), label, ...hintKinds[kind] },
          ...(edits ? { textEdits: edits.map(edit => toEdit(view.lines, edit)) } : {}),
        }
      }),
    )
    return found ?? []
  })
  connection.onCodeLens(async ({ textDocument }, token) => {
    const found = await desk.inFile(textDocument, token, view =>
      lenses(view)
        .filter(({ command }) => desk.performs(command))
        .map(({ range, title, command, arguments: [path, ...names] }): CodeLens => {
          const args = [desk.uriOf(path), ...names]
          return { range: toRange(view.lines, range), command: { title, command, arguments: args } }
        }),
    )
    return found ?? []
  })
  answerTokens(connection, desk)
  connection.onRequest('ipvm/wit', async ({ uri }: { uri: string }) => {
    const text = await virtualText(desk.workspace, desk.pathOf(uri))
    return { text: text ?? '' }
  })
  connection.onRequest(
    'ipvm/graph',
    async ({ textDocument, job }: { textDocument: { uri: string }; job: string }, token: CancellationToken) => {
      const found = await desk.inFile(textDocument, token, view => jobGraph(view, job))
      if (!found || 'why' in found) return found ?? { why: 'There is no such file.' }
      const linesOf = remembered((path: string) => desk.linesOf(path))
      const nodes = found.nodes.map(({ location, ...node }) => ({
        ...node,
        ...(location ? { uri: desk.uriOf(location.path), range: toRange(linesOf(location.path), location.range) } : {}),
      }))
      return { dot: toDot(found), nodes, edges: found.edges } as object
    },
  )
  connection.onRequest(
    'ipvm/cid',
    async (
      { textDocument, job }: { textDocument: { uri: string }; job?: string },
      token: CancellationToken,
    ): Promise<object> => {
      const found = await desk.inFile(textDocument, token, view => jobCid(view, job ?? undefined))
      return found ?? { why: 'There is no such file.' }
    },
  )
}

interface Hovered {
  said: Hover
  range: Range
}

function hovered(view: View | CheckedView, offset: number): Hovered | undefined {
  const said = hover(view, offset)
  return said && { said, range: toRange(view.lines, said.range) }
}

const hintKinds: Record<Inlay['kind'], { kind?: InlayHintKind }> = {
  type: { kind: InlayHintKind.Type },
  parameter: { kind: InlayHintKind.Parameter },
  result: { kind: InlayHintKind.Type },
  effects: {},
  tasks: {},
}

function answerTokens(connection: Connection, desk: Desk): void {
  /** What was sent last of each file that is open. */
  const sent = new Map<string, { id: string; data: Encoding }>()
  desk.onForget.push(path => sent.delete(path))
  let count = 0
  const remember = (uri: string, data: Encoding): string => {
    const id = String(++count)
    const path = desk.pathOf(uri)
    if (desk.workspace.openLines(path)) sent.set(path, { id, data })
    return id
  }
  connection.languages.semanticTokens.on(async ({ textDocument }, token) => {
    const data = (await desk.inNames(textDocument, token, fileTokens)) ?? new Encoding([])
    return { resultId: remember(textDocument.uri, data), data: [...data.flat] }
  })
  connection.languages.semanticTokens.onDelta(async ({ textDocument, previousResultId }, token) => {
    const data = (await desk.inNames(textDocument, token, fileTokens)) ?? new Encoding([])
    const before = sent.get(desk.pathOf(textDocument.uri))
    const resultId = remember(textDocument.uri, data)
    if (before?.id !== previousResultId) return { resultId, data: [...data.flat] }
    const edit = tokenEdit(before.data, data)
    const edits = edit ? [{ start: edit.start, deleteCount: edit.remove, data: [...edit.data] }] : []
    return { resultId, edits } satisfies SemanticTokensDelta
  })
  connection.languages.semanticTokens.onRange(async (asked, token) => {
    const data = await desk.inRange(asked, token, semanticTokens)
    return { data: [...(data ?? [])] }
  })
}
