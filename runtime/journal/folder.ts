import {
  closeSync,
  existsSync,
  fdatasync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writevSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { StoreError } from '../store/errors.ts'
import { makeFolder } from '../store/folder.ts'
import { holdFile } from '../store/sqlite.ts'
import type { Disk, DiskFile } from './disk.ts'

const ENDING = '.journal'

/** Journals in a folder, which is made with the first of them. */
export function folderDisk(folder: string): Disk {
  const pathOf = (run: string): string => join(folder, run + ENDING)
  return {
    list: () =>
      existsSync(folder)
        ? guard(folder, () => readdirSync(folder))
            .filter(name => name.endsWith(ENDING))
            .map(name => name.slice(0, -ENDING.length))
        : [],
    hold(run) {
      const path = pathOf(run)
      return guard(path, () => {
        makeFolder(folder)
        const release = holdFile(`${path}.lock`)
        return release && fileAt(path, folder, release)
      })
    },
    read: run => (existsSync(pathOf(run)) ? guard(pathOf(run), () => readFileSync(pathOf(run))) : undefined),
    remove(run) {
      guard(pathOf(run), () => {
        rmSync(pathOf(run), { force: true })
        rmSync(`${pathOf(run)}.lock`, { force: true })
      })
    },
  }
}

function fileAt(path: string, folder: string, release: () => void): DiskFile {
  const descriptor = openSync(path, 'a+', 0o600)
  return {
    read: () => guard(path, () => readFileSync(path)),
    truncate: size => guard(path, () => ftruncateSync(descriptor, size)),
    append: bytes =>
      guard(path, () => {
        const length = bytes.reduce((sum, part) => sum + part.length, 0)
        // A file takes less only where the disk is full.
        if (writevSync(descriptor, bytes) !== length) throw Object.assign(new Error(), { code: 'ENOSPC' })
      }),
    sync: () =>
      new Promise<void>((resolve, reject) =>
        fdatasync(descriptor, error => (error ? reject(failureAt(path, error)) : resolve())),
      ),
    syncName() {
      // It stands in the folder, and the name of that in the one above.
      for (const above of [folder, dirname(folder)]) guard(above, () => syncFolder(above))
    },
    close(discard) {
      closeSync(descriptor)
      // The file of the lock stays: whoever waits for it has it open.
      if (discard) rmSync(path, { force: true })
      release()
    },
  }
}

function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function guard<T>(path: string, body: () => T): T {
  try {
    return body()
  } catch (error) {
    throw failureAt(path, error)
  }
}

function failureAt(path: string, error: unknown): unknown {
  if (error instanceof StoreError || !(error instanceof Error) || !('code' in error)) return error
  const { code } = error
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG')
    return new StoreError({ code: 'full', message: `the disk of ${path} is full` })
  return new StoreError({ code: 'path', message: `${path} cannot be read or written: ${String(code)}` })
}
