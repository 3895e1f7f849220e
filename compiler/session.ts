import type { Diagnostic } from '../grammar/diagnostics.ts'
import { settle } from '../grammar/moves.ts'
import { parse, type Parsed } from '../grammar/parse.ts'
import { changeBetween, reparse } from '../grammar/reparse.ts'
import type { Host } from './interface.ts'
import { Lines } from '../grammar/source.ts'
import { ModuleChecker, type Place } from './module.ts'
import { newNotes } from './notes.ts'

/** A file as it was found the last time. */
export interface KnownFile {
  text: string
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
  readonly #files = new Map<string, KnownFile>()

  constructor(host: Host) {
    this.#host = host
  }

  /** A file of a program, with the tree of its text. */
  open(place: Place, diagnostics: Diagnostic[]): KnownFile {
    const { path, file, text } = place
    const known = this.#files.get(path)
    const kept = known?.context.file === file ? known : undefined
    const context = kept?.context ?? this.#checker(file, path)
    const found = kept ? again(kept, text, file) : anew(text, file, context)
    context.begin(place, diagnostics)
    this.#files.set(path, found)
    return found
  }

  /** Puts all nodes of all files where they stand. */
  settle(): void {
    for (const known of this.#files.values()) {
      if (known.late) for (const item of known.parsed.module.items) settle(item)
      known.late = false
    }
  }

  #checker(file: string, path: string): ModuleChecker {
    const checker = new ModuleChecker(this.#host, file, path)
    checker.notes = newNotes()
    return checker
  }

  file(path: string): KnownFile | undefined {
    return this.#files.get(path)
  }
}

function anew(text: string, file: string, context: ModuleChecker): KnownFile {
  return { text, lines: new Lines(text), parsed: parse(text, file), context, late: false }
}

function again(known: KnownFile, text: string, file: string): KnownFile {
  if (known.text === text) return known
  const change = changeBetween(known.text, text)
  const parsed = reparse(known.parsed, text, file, change)
  return { text, lines: known.lines.changed(text, change), parsed, context: known.context, late: true }
}
