import type { Host } from '../compiler/interface.ts'

/** The world as the server sees it. */
export interface Rim {
  /** Files of the disk; what has not changed should come as the same bytes each time. */
  host: Host
  /** Says that bytes which nobody has asked for since it was said the last time need not be at hand any more. */
  release(): void
  /** The `.ipvm` files below a folder, by their paths. */
  sources(folder: string): string[]
  /** Puts the content of a file into the store that `host` reads blocks of; gives a sentence where that cannot be done. */
  keep(path: string): Promise<string | undefined>
  version: string
}
