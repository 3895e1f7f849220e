import type { CID } from 'multiformats/cid'
import type { Host } from '../compiler/interface.ts'

/** The world as the server sees it. */
export interface Rim {
  /** Files of the disk; what has not changed should come as the same bytes each time. */
  host: Omit<Host, 'readBlock'>
  /** Says that bytes which nobody has asked for since it was said the last time need not be at hand any more. */
  release(): void
  /** The `.ipvm` files below a folder, by their paths. */
  sources(folder: string): string[]
  /** A block of the stores of some folders. */
  readBlock(cid: CID, folders: Iterable<string>): Promise<Uint8Array | undefined>
  /** Puts the content of a file into the store of a folder; gives a sentence where that cannot be done. */
  keep(path: string, folder: string): Promise<string | undefined>
  version: string
}
