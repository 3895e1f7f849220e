import { checkProgram, linkedProgram, type Linked } from '../compiler/check.ts'
import type { Host } from '../compiler/interface.ts'
import { pathOf } from '../compiler/files.ts'
import { Asked } from './asked.ts'
import { ofUnreadable } from './unreadable.ts'
import { Session } from '../compiler/session.ts'
import { decodeSource, Lines } from '../grammar/source.ts'
import type { CheckedView, Range, View } from './interface.ts'
import { firstOf } from '../grammar/bisect.ts'
import { settle, settleAt } from '../grammar/moves.ts'
import { itemBefore } from './tree.ts'

/** What is known of a file. */
interface Known {
  /** The time of which it is. */
  at: number
  view: View
  /** How often the file had begun. */
  time: number
  /** Absent when it was checked to its end. */
  linked: Linked | undefined
  /** The files of the program, and how often each had begun when it was linked. */
  paths: string[]
  times: number[]
  checked: CheckedView | undefined
  /** How many jobs of its files were read ahead, and how many items looked at. */
  ahead: { read: number; look: number }
}

/** A place in a text, or what finds it. */
type Offset = number | ((lines: Lines) => number)

/** So often work is begun anew before its turns become longer. */
const PATIENCE = 10

interface Document {
  lines: Lines
  bytes: Uint8Array | undefined
}

/**
 * The files of an editor: those that are open, with the texts that stand there, above those of the disk. What is known of
 * them is kept, and looked at again only when it is asked for.
 */
export class Workspace {
  readonly host: Host
  readonly #disk: Host
  readonly #asked = new Asked()
  readonly #documents = new Map<string, Document>()
  readonly #session: Session
  readonly #slice: number
  readonly #known = new Map<string, Known>()
  /** Counts the changes of files. */
  #time = 0
  #turn: Promise<unknown> = Promise.resolve()
  /** Stand before all others, as long as something is supposed. */
  #supposed: ReadonlyMap<string, Document> | undefined

  /**
   * @param disk files that are not open
   * @param shortest length of texts from which on jobs are read when somebody asks for them
   * @param slice milliseconds after which work on a long file lets others have their turn
   */
  constructor(disk: Host, shortest?: number, slice = 10) {
    this.#slice = slice
    this.#disk = disk
    this.host = {
      readFile: path => this.#read(path) ?? disk.readFile(path),
      // Nothing is read of which it was not asked where it is.
      realPath: path => {
        this.#asked.add(path)
        return this.#documentOf(path) ? path : disk.realPath(path)
      },
      list: folder => disk.list(folder),
      readBlock: cid => disk.readBlock(cid),
    }
    this.#session = new Session(this.host, shortest)
  }

  #read(path: string): Uint8Array | undefined {
    const document = this.#documentOf(path)
    return document && (document.bytes ??= new TextEncoder().encode(document.lines.text))
  }

  #documentOf(path: string): Document | undefined {
    return this.#supposed?.get(path) ?? this.#documents.get(path)
  }

  /** Absolute, symbolic links followed as far as the file is there. */
  pathOf(file: string): string {
    return pathOf(this.host, file)
  }

  /** Opens a file, or gives it another text. */
  set(path: string, text: string | Lines): void {
    const lines = typeof text === 'string' ? new Lines(text) : text
    if (this.#documents.get(path)?.lines === lines) return
    this.#documents.set(path, { lines, bytes: undefined })
    this.#time++
  }

  /**
   * Closes a file. What is known of files of which none that is open is made is let go of.
   *
   * @param kept files that will be asked for all the same
   */
  close(path: string, kept: Iterable<string> = []): void {
    this.#documents.delete(path)
    this.#time++
    void this.#inTurn(async () => this.#release(kept))
  }

  #release(kept: Iterable<string>): void {
    const needed = new Set<string>()
    for (const path of [...this.#documents.keys(), ...kept]) {
      needed.add(path)
      for (const file of this.#known.get(path)?.paths ?? []) needed.add(file)
    }
    this.#session.keepOnly(needed)
    for (const path of this.#known.keys()) if (!needed.has(path)) this.#known.delete(path)
  }

  /** Whether it makes a difference that a file or a folder of the disk has come, gone or changed: a source, or asked for. */
  concerns(path: string): boolean {
    return path.endsWith('.ipvm') || this.#asked.has(path) || this.#asked.has(pathOf(this.#disk, path))
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
    const document = this.#documentOf(path)
    if (document) return document.lines.text
    const bytes = this.host.readFile(path)
    const text = typeof bytes === 'string' ? undefined : decodeSource(bytes)
    return text?.ok ? text.value : undefined
  }

  /** The lines of a file that is open. */
  openLines(path: string): Lines | undefined {
    return this.#documentOf(path)?.lines
  }

  /**
   * Checks a file, and gives what a feature makes of it. Features of one workspace take turns, since what they are given
   * is good as long as nothing else is checked.
   *
   * @param goOn asked before each piece of work; throws where nobody waits for the answer any more
   */
  use<T>(path: string, feature: (view: CheckedView) => T | Promise<T>, goOn?: () => void): Promise<T | undefined> {
    return this.#inTurns(path, 'look', goOn, async known => feature(await this.#finish(path, known)))
  }

  /**
   * What a feature makes of a place in a file, of which the item around it is checked, and only what that needs.
   *
   * @param place offset in the text
   */
  useAt<T>(
    path: string,
    place: Offset,
    feature: (view: View, offset: number) => T | Promise<T>,
    goOn?: () => void,
  ): Promise<T | undefined> {
    return this.#inTurns(path, 'read', goOn, known => feature(known.view, this.#look(known, place)))
  }

  /** Whether the tree of a view is that of its file, outside of the turn for which it was given: it was not read again. */
  isGood({ path, tree }: View): boolean {
    return this.#session.file(path)?.parsed.module === tree
  }

  /**
   * As {@link useAt}, for what looks at the places of nodes only in the item around, and there in the lines around, and at
   * others for their names.
   */
  useNear<T>(path: string, place: Offset, feature: (view: View, offset: number) => T): Promise<T | undefined> {
    return this.#inTurn(async () => {
      for (;;) {
        const known = await this.#open(path)
        if (!known) return undefined
        const offset = this.#look(known, place)
        if (this.#session.areRead()) return feature(known.view, offset)
      }
    })
  }

  /** Checks the item around a place as far as that goes by itself. */
  #look({ view, checked }: Known, place: Offset): number {
    const { tree, checker, lines } = view
    const offset = typeof place === 'number' ? place : place(lines)
    const item = itemBefore(tree, offset)
    if (item) settleAt(item, offset)
    if (item && !checked) checker.look(item)
    return offset
  }

  /** What a feature makes of a range of a file, of which the items that touch it are checked as for {@link useNear}. */
  useRange<T>(
    path: string,
    rangeOf: (lines: Lines) => Range,
    feature: (view: View, range: Range) => T,
  ): Promise<T | undefined> {
    return this.#inTurn(async () => {
      for (;;) {
        const known = await this.#open(path)
        if (!known) return undefined
        const { tree, checker, lines } = known.view
        const range = rangeOf(lines)
        const first = firstOf(tree.items, ({ end }) => end >= range.start)
        for (const item of tree.items.slice(first)) {
          if (item.start > range.end) break
          settle(item)
          if (!known.checked) checker.look(item)
        }
        if (this.#session.areRead()) return feature(known.view, range)
      }
    })
  }

  /** What a feature makes of the items of a file, and of nothing that stands in the bodies of jobs. */
  useItems<T>(path: string, feature: (view: View) => T): Promise<T | undefined> {
    return this.#inTurn(async () => {
      const known = await this.#open(path)
      this.#session.place()
      return known && feature(known.view)
    })
  }

  /** What a feature makes of a file whose items are checked, each by itself, so that it is known what their names are. */
  useNames<T>(path: string, feature: (view: View) => T, goOn?: () => void): Promise<T | undefined> {
    return this.#inTurns(path, 'look', goOn, known => {
      if (!known.checked) known.view.checker.checkAll()
      return feature(known.view)
    })
  }

  /**
   * What is found where files have other texts than they have. Nobody else comes to see these.
   *
   * @param look is given what checks a file; a view is good until it is called again
   */
  suppose<T>(
    texts: ReadonlyMap<string, string>,
    look: (check: (path: string) => Promise<CheckedView | undefined>) => Promise<T>,
  ): Promise<T> {
    return this.#inTurn(async () => {
      this.#supposed = new Map([...texts].map(([path, text]) => [path, { lines: new Lines(text), bytes: undefined }]))
      this.#time++
      try {
        return await look(async path => {
          const known = await this.#settled(path)
          return known && this.#finish(path, known)
        })
      } finally {
        this.#supposed = undefined
        this.#time++
      }
    })
  }

  /**
   * What is made of a file that is read, and whose jobs are looked at where that is asked. Others have their turns before a
   * long one comes to that.
   */
  async #inTurns<T>(
    path: string,
    work: keyof Known['ahead'],
    goOn: (() => void) | undefined,
    body: (known: Known) => T | Promise<T>,
  ): Promise<T | undefined> {
    let last: Known | undefined
    let times = 0
    for (;;) {
      const found = await this.#inTurn(async () => {
        goOn?.()
        const begun = await this.#open(path)
        if (begun !== last) times++
        last = begun
        // Two that have a file in common may have each other begin anew; in longer turns both come to an end.
        const slice = Math.max(this.#slice, times < PATIENCE ? 0 : 2 ** (times - PATIENCE))
        if (begun && !this.#goAhead(begun, work, slice)) return undefined
        const known = begun && (await this.#settled(path))
        return { value: known && (await body(known)) }
      })
      if (found) return found.value
    }
  }

  /** Reads some more jobs of a program, or looks at them when all are read; whether that was all. */
  #goAhead({ linked, ahead }: Known, work: keyof Known['ahead'], slice: number): boolean {
    const until = performance.now() + slice
    this.#session.place()
    // One after the other: in turns each would find what the other needs gone from the caches of the machine.
    let at = 0
    for (const { context } of linked?.order ?? [])
      for (const job of this.#session.file(context.path)?.parsed.unread?.jobs ?? []) {
        if (at++ < ahead.read) continue
        job.read()
        ahead.read = at
        if (performance.now() >= until) return false
      }
    if (work === 'read') return this.#session.areRead()
    at = 0
    for (const { context, tree } of linked?.order ?? [])
      for (const item of context.isNew ? tree.items : []) {
        if (at++ < ahead.look || item.kind !== 'Job') continue
        context.look(item)
        ahead.look = at
        if (performance.now() >= until) return false
      }
    return this.#session.areRead()
  }

  async #inTurn<T>(body: () => Promise<T>): Promise<T> {
    // What the editor says meanwhile, such as that an answer is not wanted any more, is heard before each.
    const turn = this.#turn.then(heard).then(body)
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  /** As {@link #open}, with all that is in files where it belongs. */
  async #settled(path: string): Promise<Known | undefined> {
    for (;;) {
      const known = await this.#open(path)
      if (!known || this.#session.settle()) return known
    }
  }

  /** The file as it is now, with what its names stand for. */
  async #open(path: string): Promise<Known | undefined> {
    this.#session.areRead()
    const known = this.#known.get(path)
    if (known?.at === this.#time && !this.#isUsedUp(known)) return known
    const at = this.#time
    const text = this.textOf(path)
    if (text === undefined) {
      this.#known.delete(path)
      return undefined
    }
    const linked = await linkedProgram(this.host, path, this.openLines(path) ?? new Lines(text), this.#session)
    const { parsed, context, lines } = this.#session.file(path)!
    const view: View = {
      syntax: parsed.diagnostics,
      ...{ path, text: lines.text, lines, tree: parsed.module, comments: parsed.comments, scope: context.scope },
      notesOf: item => context.notesOf(item),
      checker: context,
    }
    const contexts = linked.order.map(source => source.context)
    const found: Known = {
      at,
      view,
      time: context.times,
      linked,
      paths: contexts.map(({ path }) => path),
      times: contexts.map(({ times }) => times),
      checked: undefined,
      ahead: { read: 0, look: 0 },
    }
    this.#known.set(path, found)
    return found
  }

  /** Another program that holds the file has begun with it anew, and may not have come to its end. */
  #isUsedUp({ view, time, linked, times }: Known): boolean {
    if (time !== view.checker.times) return true
    // What is not checked yet needs all of its files as they were linked.
    return linked?.order.some(({ context }, i) => context.times !== times[i]) ?? false
  }

  async #finish(path: string, known: Known): Promise<CheckedView> {
    if (known.checked) return known.checked
    const { diagnostics } = await checkProgram(known.linked!)
    known.linked = undefined
    const own = diagnostics.filter(({ span }) => span.file === path)
    const isRight = !diagnostics.some(({ severity }) => severity === 'error')
    return (known.checked = { ...known.view, diagnostics: [...own, ...ofUnreadable(known.view, diagnostics)], isRight })
  }
}

/** Lets what has arrived be read. */
export function heard(): Promise<void> {
  return new Promise(resolve => {
    if (typeof setImmediate === 'function') setImmediate(resolve)
    else setTimeout(resolve)
  })
}
