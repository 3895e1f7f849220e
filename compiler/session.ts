import type { Diagnostic } from '../grammar/diagnostics.ts'
import { parse, type Parsed } from '../grammar/parse.ts'
import { changeBetween, reparse } from '../grammar/reparse.ts'
import type { Host } from './interface.ts'
import { ModuleChecker, type Place } from './module.ts'
import { newNotes } from './notes.ts'

/** A file as it was found the last time. */
export interface KnownFile {
  text: string
  parsed: Parsed
  context: ModuleChecker
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
    const parsed = kept ? again(kept, text, file) : parse(text, file)
    const context = kept?.context ?? this.#checker(file, path)
    context.begin(place, diagnostics)
    const found = { text, parsed, context }
    this.#files.set(path, found)
    return found
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

function again({ text: before, parsed }: KnownFile, text: string, file: string): Parsed {
  return before === text ? parsed : reparse(parsed, text, file, changeBetween(before, text))
}
