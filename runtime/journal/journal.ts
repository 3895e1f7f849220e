import type { Block } from '../../dag/ipld.ts'
import { StoreError } from '../store/errors.ts'
import type { Disk, DiskFile } from './disk.ts'
import { encodeFrame, readFrames, seedOf } from './frames.ts'
import { apply, emptyHistory, type History } from './history.ts'
import { fromIpld, toIpld, type JournalRecord } from './records.ts'

/**
 * The journal of one run, held for writing. What is added together goes to the disk with one sync; nothing that a record
 * announces may be done, and nothing that it tells be seen, before {@link Journal.commit} has resolved.
 */
export class Journal {
  readonly history: History
  readonly #file: DiskFile
  readonly #epoch: number
  #number: number
  #seed: number
  #pending: JournalRecord[] = []
  #writing: Promise<void> = Promise.resolve()
  #next: Promise<void> | undefined

  private constructor(file: DiskFile, history: History, epoch: number, number: number, seed: number) {
    this.#file = file
    this.history = history
    this.#epoch = epoch
    this.#number = number
    this.#seed = seed
  }

  /**
   * Takes the journal of a run, which is empty where there is none; undefined where another process has it. What a crash
   * has left half written is cut off.
   *
   * @param keep takes the blocks that it holds
   * @throws StoreError where it is damaged, or the disk cannot be used
   */
  static open(disk: Disk, run: string, keep: (block: Block) => void): Journal | undefined {
    const file = disk.hold(run)
    if (!file) return undefined
    try {
      const bytes = file.read()
      const read = readAll(run, bytes, keep)
      if (read.size < bytes.length) file.truncate(read.size)
      return new Journal(file, read.history, read.epoch + 1, read.frames, read.seed)
    } catch (error) {
      file.close(false)
      throw error
    }
  }

  /** Adds records to the next commit; they are part of the history at once. */
  add(...records: JournalRecord[]): void {
    for (const record of records) {
      const wrong = apply(this.history, record, () => undefined)
      if (wrong !== undefined) throw new Error(`journal: ${wrong}`)
      this.#pending.push(record)
    }
  }

  /** Resolves when all that was added is on the disk. */
  commit(): Promise<void> {
    if (this.#pending.length === 0) return this.#writing
    // Whoever comes while one is written shares the next.
    return (this.#next ??= this.#after(this.#writing))
  }

  async #after(before: Promise<void>): Promise<void> {
    await before
    this.#next = undefined
    return (this.#writing = this.#write())
  }

  async #write(): Promise<void> {
    const records = this.#pending
    this.#pending = []
    const number = this.#number++
    const bytes = encodeFrame({ number, epoch: this.#epoch, records: records.map(toIpld) }, this.#seed)
    if (number === 0) this.#seed = seedOf(bytes)
    this.#file.append(bytes)
    await this.#file.sync()
    if (number === 0) this.#file.syncName()
  }

  /** Lets go of it. What has not come to the barrier leaves nothing behind. */
  async close(): Promise<void> {
    try {
      if (this.history.open) await this.commit()
    } finally {
      this.#file.close(!this.history.open)
    }
  }
}

/**
 * What a journal says, for who only looks; undefined where there is none. It may be written meanwhile.
 *
 * @param keep takes the blocks that it holds
 */
export function readHistory(
  disk: Disk,
  run: string,
  keep: (block: Block) => void = () => undefined,
): History | undefined {
  const bytes = disk.read(run)
  return bytes && readAll(run, bytes, keep).history
}

function readAll(run: string, bytes: Uint8Array, keep: (block: Block) => void) {
  const damaged = (what: string): StoreError =>
    new StoreError({ code: 'damaged', message: `the journal of the run ${run} is damaged: ${what}` })
  const read = readFrames(bytes)
  if (!read.ok) throw damaged(read.error)
  const { frames, size, seed } = read.value
  const history = emptyHistory()
  for (const { number, records } of frames)
    for (const value of records) {
      const record = fromIpld(value)
      if (!record) throw damaged(`frame ${number} holds what is no record`)
      const wrong = apply(history, record, keep)
      if (wrong !== undefined) throw damaged(`in frame ${number}, ${wrong}`)
    }
  return { history, size, seed, frames: frames.length, epoch: frames.at(-1)?.epoch ?? 0 }
}
