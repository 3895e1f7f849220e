import type { Diagnostic } from '../grammar/diagnostics.ts'
import { settle } from '../grammar/moves.ts'
import { outline } from '../grammar/outline.ts'
import { parse, type Parsed } from '../grammar/parse.ts'
import { reparse } from '../grammar/reparse.ts'
import type { Host } from './interface.ts'
import type { Lines } from '../grammar/source.ts'
import { ModuleChecker, type Place } from './module.ts'
import { newNotes } from './notes.ts'

/** A file as it was found the last time. */
export interface KnownFile {
  lines: Lines
  parsed: Parsed
  context: ModuleChecker
  /** There are jobs or tests that are not settled (`grammar/moves.ts`). */
  late: boolean
}

/**
 * Keeps what is known of files from one check to the next, so that only what has changed is looked at again. One program
 * at a time is checked with it: the trees and the checkers are its own.
 */
export class Session {
  readonly #host: Host
  readonly #shortest: number | undefined
  readonly #files = new Map<string, KnownFile>()

  /** @param shortest length of texts from which on jobs are read when somebody asks for them */
  constructor(host: Host, shortest?: number) {
    this.#host = host
    this.#shortest = shortest
  }

  /** A file of a program, with the tree of its text. */
  open(place: Place, diagnostics: Diagnostic[]): KnownFile {
    const { path, file, source: lines } = place
    const known = this.#files.get(path)
    const kept = known?.context.file === file ? known : undefined
    const context = kept?.context ?? this.#checker(file, path)
    const found = kept
      ? again(kept, lines, file)
      : { lines, parsed: outline(lines.text, file, this.#shortest), context, late: false }
    context.begin({ ...place, source: found.lines }, diagnostics)
    this.#files.set(path, found)
    return found
  }

  /** Puts all nodes of all files where they stand. */
  place(): void {
    for (const known of this.#files.values()) {
      if (known.late) for (const item of known.parsed.module.items) settle(item)
      known.late = false
    }
  }

  /**
   * Reads all that is not read of all files, and puts all nodes where they stand.
   *
   * @returns false where a file was not what it looked like, so that programs that hold it have to be opened again
   */
  settle(): boolean {
    this.place()
    for (const { parsed } of this.#files.values()) parsed.unread?.readAll()
    return this.areRead()
  }

  /** As {@link settle}, of what was read up to now. */
  areRead(): boolean {
    let are = true
    for (const known of this.#files.values()) {
      if (!known.parsed.unread?.failed) continue
      known.parsed = parse(known.lines.text, known.context.file)
      known.context.times++
      are = false
    }
    return are
  }

  #checker(file: string, path: string): ModuleChecker {
    const checker = new ModuleChecker(this.#host, file, path)
    checker.notes = newNotes()
    return checker
  }

  file(path: string): KnownFile | undefined {
    return this.#files.get(path)
  }

  /** Lets go of what is known of all other files. Programs that hold one of these have to be opened again. */
  keepOnly(paths: ReadonlySet<string>): void {
    for (const path of this.#files.keys()) if (!paths.has(path)) this.#files.delete(path)
  }
}

function again(known: KnownFile, lines: Lines, file: string): KnownFile {
  const change = lines.changeFrom(known.lines)
  if (change.start === change.oldEnd && change.start === change.newEnd) return known
  return { ...known, lines, parsed: reparse(known.parsed, lines, file, change), late: true }
}
