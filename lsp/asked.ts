import { posix } from 'node:path'

/** Paths that were asked for, whether something is there or not, and the folders that they lead through. */
export class Asked {
  readonly #paths = new Set<string>()

  add(path: string): void {
    for (let at = path; !this.#paths.has(at); at = posix.dirname(at)) this.#paths.add(at)
  }

  has(path: string): boolean {
    return this.#paths.has(path)
  }
}
