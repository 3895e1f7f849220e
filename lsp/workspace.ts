import { checkText } from '../compiler/check.ts'
import type { Host } from '../compiler/interface.ts'
import { pathOf } from '../compiler/files.ts'
import { Session } from '../compiler/session.ts'
import { decodeSource, Lines } from '../grammar/source.ts'
import type { CheckedView } from './interface.ts'

interface Document {
  text: string
  bytes: Uint8Array | undefined
}

/**
 * The files of an editor: those that are open, with the texts that stand there, above those of the disk. What is known of
 * them is kept, and looked at again only when it is asked for.
 */
export class Workspace {
  readonly host: Host
  readonly #documents = new Map<string, Document>()
  readonly #session: Session
  readonly #views = new Map<string, { at: number; view: CheckedView }>()
  /** Counts the changes of files. */
  #time = 0
  #turn: Promise<unknown> = Promise.resolve()

  /** @param disk files that are not open */
  constructor(disk: Host) {
    this.host = {
      readFile: path => this.#read(path) ?? disk.readFile(path),
      realPath: path => (this.#documents.has(path) ? path : disk.realPath(path)),
      list: folder => disk.list(folder),
      readBlock: cid => disk.readBlock(cid),
    }
    this.#session = new Session(this.host)
  }

  #read(path: string): Uint8Array | undefined {
    const document = this.#documents.get(path)
    return document && (document.bytes ??= new TextEncoder().encode(document.text))
  }

  /** Absolute, symbolic links followed as far as the file is there. */
  pathOf(file: string): string {
    return pathOf(this.host, file)
  }

  /** Opens a file, or gives it another text. */
  set(path: string, text: string): void {
    this.#documents.set(path, { text, bytes: undefined })
    this.#time++
  }

  close(path: string): void {
    this.#documents.delete(path)
    this.#time++
  }

  /** Says that files of the disk have changed. */
  touch(): void {
    this.#time++
  }

  get openPaths(): string[] {
    return [...this.#documents.keys()]
  }

  /** The text of a file, open or not; undefined where there is none that can be read. */
  textOf(path: string): string | undefined {
    const document = this.#documents.get(path)
    if (document) return document.text
    const bytes = this.host.readFile(path)
    const text = typeof bytes === 'string' ? undefined : decodeSource(bytes)
    return text?.ok ? text.value : undefined
  }

  /**
   * Checks a file, and gives what a feature makes of it. Features of one workspace take turns, since what they are given
   * is good as long as nothing else is checked.
   */
  async use<T>(path: string, feature: (view: CheckedView) => T): Promise<T | undefined> {
    const turn = this.#turn.then(async () => {
      const view = await this.#view(path)
      return view && feature(view)
    })
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  async #view(path: string): Promise<CheckedView | undefined> {
    const known = this.#views.get(path)
    if (known?.at === this.#time) return known.view
    const at = this.#time
    const text = this.textOf(path)
    if (text === undefined) return undefined
    const { diagnostics } = await checkText(this.host, path, text, this.#session)
    const { parsed, context } = this.#session.file(path)!
    const view: CheckedView = {
      ...{ path, text, lines: new Lines(text), tree: parsed.module, comments: parsed.comments, scope: context.scope },
      notesOf: item => context.notesOf(item),
      checker: context,
      diagnostics: diagnostics.filter(({ span }) => span.file === path),
    }
    this.#views.set(path, { at, view })
    return view
  }
}
