/**
 * Where journals are kept, one append-only file a run. Nothing else in the runtime writes files that must outlive a
 * power cut, so that a test can put a disk in its place that forgets what was not synced.
 */
export interface Disk {
  /** Names of the runs that have a journal, in no order. */
  list(): string[]
  /**
   * Takes the journal of a run for writing, made where there is none; undefined where another holds it. It is held
   * until it is closed or the process ends, however it ends.
   *
   * @throws StoreError where the disk cannot be read or written
   */
  hold(run: string): DiskFile | undefined
  /** The whole content, for who only looks; undefined where there is none. */
  read(run: string): Uint8Array | undefined
  /** Removes a journal that nobody holds. */
  remove(run: string): void
}

export interface DiskFile {
  /** From the start; what was appended is seen. */
  read(): Uint8Array
  /** Cuts off what stands behind so many bytes. */
  truncate(size: number): void
  append(bytes: readonly Uint8Array[]): void
  /** Resolves when all that was appended or cut off stands on the disk. */
  sync(): Promise<void>
  /** Makes sure that the file is found again; needed once after it was made. */
  syncName(): void
  /** @param discard removes it before another can hold it */
  close(discard: boolean): void
}
