import {
  LSPErrorCodes,
  ResponseError,
  type CancellationToken,
  type Position,
  type Range as LspRange,
} from 'vscode-languageserver'
import { builtIns } from '../compiler/builtin/index.ts'
import { isInside } from '../compiler/root.ts'
import { Lines } from '../grammar/source.ts'
import { toOffset, toOffsets, type Places } from './convert.ts'
import type { Document } from './documents.ts'
import { ExportIndex, type Exported } from './features/completion.ts'
import type { CheckedView, Range, View } from './interface.ts'
import { encoded, isOfFile, pathOfUri, uriOfPath } from './paths.ts'
import { isVirtual, uriOfVirtual, virtualOfUri, virtualText } from './virtual.ts'
import type { Rim } from './rim.ts'
import { supportOf, type Support } from './support.ts'
import type { Workspace } from './workspace.ts'

/** A place of which a request asks. */
export interface Asked {
  textDocument: { uri: string }
  position: Position
}

/** What answers to requests have in common: the files, by the URIs of the editor, and a turn for each question. */
export class Desk implements Places {
  readonly workspace: Workspace
  readonly folders = new Set<string>()
  readonly #rim: Pick<Rim, 'sources' | 'keep'>
  /** How the editor writes the paths that it has told of. */
  readonly #uris = new Map<string, string>()
  readonly #index = new ExportIndex()
  readonly #lines = new Map<string, Lines>()
  #closed: { paths: string[]; exports: Exported[] } | undefined

  constructor(workspace: Workspace, rim: Pick<Rim, 'sources' | 'keep'>) {
    this.workspace = workspace
    this.#rim = rim
  }

  /** What the editor can take. */
  support: Support = supportOf({})

  /** What the editor has open by a URI. */
  documentAt: (uri: string) => Document | undefined = () => undefined

  /** The version that a file has in the editor; `null` of one that is not open. */
  versionOf(path: string): number | null {
    return this.documentAt(this.uriOf(path))?.version ?? null
  }

  /** Commands of code lenses that the editor performs, where it says; one that says nothing is given all. */
  commands: readonly string[] | undefined

  performs(command: string): boolean {
    return this.commands?.includes(command) ?? true
  }

  /** Whether people trust the workspace: else its store is not opened, neither to be read nor to be written. */
  trusted = true

  /** Tells the editor that there is more, or less, than before in files that are not open, or in the store. */
  changed: () => void = () => this.touch()

  /** Folders in which jobs are run, each with its store: those of the workspace, else the current one. */
  get homes(): string[] {
    const homes = [...this.folders].filter(isOfFile)
    return homes.length > 0 ? homes : ['.']
  }

  /** The innermost folder that a file is in, in which its jobs are run; else the first one. */
  #homeOf(path: string): string {
    const around = this.homes.filter(folder => isInside(folder, path))
    return around.sort((a, b) => b.length - a.length)[0] ?? this.homes[0]!
  }

  /**
   * Puts the content of a file into the store; gives a sentence where that cannot be done.
   *
   * @param by the file that imports it by its CID
   */
  async keep(path: string, by: string): Promise<string | undefined> {
    if (!this.trusted) return 'Nothing is written to the store of a workspace that is not trusted.'
    const why = await this.#rim.keep(path, this.#homeOf(by))
    this.changed()
    return why
  }

  /** The path of a file, which has the text that is open by this URI: over symbolic links others may be open by other ones. */
  pathOf(uri: string): string {
    if (isVirtual(uri)) return virtualOfUri(uri)
    const path = this.workspace.pathOf(pathOfUri(uri))
    this.#uris.set(path, uri)
    const document = this.documentAt(uri)
    if (document) this.workspace.set(path, document.lines)
    return path
  }

  uriOf(path: string): string {
    const known = this.#uris.get(path)
    if (known !== undefined) return known
    if (isVirtual(path)) return uriOfVirtual(path)
    // A folder of the editor may be a symbolic link.
    const folder = [...this.folders].find(folder => path.startsWith(`${folder}/`))
    const uri = folder === undefined ? undefined : this.#uris.get(folder)
    return uri === undefined ? uriOfPath(path) : `${uri.replace(/\/$/, '')}${encoded(path.slice(folder!.length))}`
  }

  /** Closes a file, and forgets what is known of it for the editor that had it open. */
  close(path: string): void {
    this.workspace.close(path, this.#closed?.paths)
    this.#uris.delete(path)
    this.#lines.clear()
    for (const forget of this.onForget) forget(path)
  }

  /** What else there is to be forgotten of a file that is closed. */
  readonly onForget: ((path: string) => void)[] = []

  linesOf(path: string): Lines {
    const open = this.workspace.openLines(path)
    if (open) return open
    const text = builtIns.get(path) ?? this.workspace.textOf(path) ?? ''
    const known = this.#lines.get(path)
    if (known?.text === text) return known
    const lines = new Lines(text)
    this.#lines.set(path, lines)
    return lines
  }

  /** As {@link linesOf}, of a text that no file holds too. */
  async linesBehind(path: string): Promise<Lines> {
    const text = isVirtual(path) ? await virtualText(this.workspace, path) : undefined
    return text === undefined ? this.linesOf(path) : new Lines(text)
  }

  /** Says that files have appeared, or changed, that are not open. */
  touch(): void {
    this.workspace.touch()
    this.#closed = undefined
  }

  /** All files of the folders, and those that are open. */
  get sources(): string[] {
    return [...new Set([...this.workspace.openPaths, ...this.#elsewhere().paths])]
  }

  #elsewhere(): { paths: string[]; exports: Exported[] } {
    if (this.#closed) return this.#closed
    const found = [...this.folders]
      .flatMap(folder => this.#rim.sources(folder))
      .map(path => this.workspace.pathOf(path))
    const paths = [...new Set(found)]
    return (this.#closed = { paths, exports: new ExportIndex().of(this.workspace, paths) })
  }

  /** What other files of the workspace export. */
  exportsBut(path: string): Exported[] {
    const open = new Set(this.workspace.openPaths)
    const closed = this.#elsewhere().exports.filter(entry => !open.has(entry.path))
    open.delete(path)
    return [...this.#index.of(this.workspace, open), ...closed]
  }

  /** What a feature makes of a file that is checked to its end. */
  inFile<T>(
    { uri }: { uri: string },
    token: CancellationToken,
    feature: (view: CheckedView) => T | Promise<T>,
  ): Promise<T | undefined> {
    return this.workspace.use(this.pathOf(uri), feature, this.whileWanted(token))
  }

  /** As {@link inFile}, for a place in it. */
  inFileAt<T>(
    { textDocument, position }: Asked,
    token: CancellationToken,
    feature: (view: CheckedView, offset: number) => T | Promise<T>,
  ): Promise<T | undefined> {
    return this.inFile(textDocument, token, view => feature(view, toOffset(view.lines, position)))
  }

  /** What a feature makes of the tree of a file, of which nothing need be checked. */
  inText<T>(
    { uri }: { uri: string },
    token: CancellationToken,
    feature: (view: View) => T | Promise<T>,
  ): Promise<T | undefined> {
    return this.workspace.useAt(this.pathOf(uri), -1, feature, this.whileWanted(token))
  }

  /** As {@link inText}, for what looks at no bodies of jobs. */
  inItems<T>({ uri }: { uri: string }, token: CancellationToken, feature: (view: View) => T): Promise<T | undefined> {
    return this.workspace.useItems(this.pathOf(uri), view => {
      if (token.isCancellationRequested) throw cancelled()
      return feature(view)
    })
  }

  /** What a feature makes of a range, of which it is known what its names are. */
  inRange<T>(
    { textDocument, range }: { textDocument: { uri: string }; range: LspRange },
    token: CancellationToken,
    feature: (view: View, range: Range) => T,
  ): Promise<T | undefined> {
    const rangeOf = (lines: Lines): Range => toOffsets(lines, range)
    return this.workspace.useRange(this.pathOf(textDocument.uri), rangeOf, (view, range) => {
      if (token.isCancellationRequested) throw cancelled()
      return feature(view, range)
    })
  }

  /** What a feature makes of a place, around which the file is checked. */
  atPlace<T>(
    { textDocument, position }: Asked,
    token: CancellationToken,
    feature: (view: View, offset: number) => T,
  ): Promise<T | undefined> {
    const place = (lines: Lines): number => toOffset(lines, position)
    return this.workspace.useAt(this.pathOf(textDocument.uri), place, feature, this.whileWanted(token))
  }

  /** As {@link atPlace}, for what looks at the places of nodes only around there (`Workspace.useNear`). */
  nearPlace<T>(
    { textDocument, position }: Asked,
    token: CancellationToken,
    feature: (view: View, offset: number) => T,
  ): Promise<T | undefined> {
    const place = (lines: Lines): number => toOffset(lines, position)
    return this.workspace.useNear(this.pathOf(textDocument.uri), place, (view, offset) => {
      if (token.isCancellationRequested) throw cancelled()
      return feature(view, offset)
    })
  }

  /** What a feature makes of a file of which it is known what its names are. */
  inNames<T>({ uri }: { uri: string }, token: CancellationToken, feature: (view: View) => T): Promise<T | undefined> {
    return this.workspace.useNames(this.pathOf(uri), feature, this.whileWanted(token))
  }

  /** To be asked by work on many files: stops it where nobody waits for the answer any more. */
  whileWanted(token: CancellationToken): () => void {
    return () => {
      if (token.isCancellationRequested) throw cancelled()
    }
  }

  /** Refuses to answer where the text of a file is another one than that for which the answer was asked or made. */
  mustBe(path: string, text: string | undefined): void {
    if (this.workspace.textOf(path) !== text)
      throw new ResponseError(LSPErrorCodes.ContentModified, 'The file has changed.')
  }

  /** The offset of a place in a file, and the path of the file. */
  placeOf({ textDocument, position }: Asked): { path: string; offset: number } {
    const path = this.pathOf(textDocument.uri)
    return { path, offset: toOffset(this.linesOf(path), position) }
  }
}

function cancelled(): ResponseError {
  return new ResponseError(LSPErrorCodes.RequestCancelled, 'cancelled')
}
