/** What is wrong with a store. `code` is stable, `message` is for people. */
export interface StoreFailure {
  code:
    /** The folder or a file in it, or blocks that are kept elsewhere, cannot be made, read or written. */
    | 'path'
    /** The file is no store of this program. */
    | 'foreign'
    /** The store was written by a newer version. */
    | 'version'
    /** Content is not what it was when it was written. */
    | 'damaged'
    /** Another process held the store for too long. */
    | 'busy'
    /** The disk is full. */
    | 'full'
    /** The signing key cannot be read. */
    | 'key'
    /** A gateway that blocks are fetched from cannot be asked. */
    | 'gateway'
    /** A gateway has given something else than what it was asked for. */
    | 'forged'
  message: string
}

/** Carries a failure of the store through interfaces that can only throw; the runtime gives it back as a value. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly code: StoreFailure['code']
  constructor(failure: StoreFailure) {
    super(failure.message)
    this.code = failure.code
  }
}

/** The name is what callers of `interface-blockstore` ask for. */
export class NotFoundError extends Error {
  override readonly name = 'NotFoundError'
}

/** Result codes of SQLite (https://sqlite.org/rescode.html) that an environment can cause. */
const failures: Record<number, (path: string, message: string) => StoreFailure> = {
  3: (path, message) => ({ code: 'path', message: `no permission for the store ${path}: ${message}` }),
  5: path => ({ code: 'busy', message: `the store ${path} is held by another process` }),
  6: path => ({ code: 'busy', message: `the store ${path} is held by another process` }),
  8: path => ({ code: 'path', message: `the store ${path} cannot be written` }),
  10: (path, message) => ({ code: 'path', message: `the store ${path} cannot be read or written: ${message}` }),
  11: path => ({ code: 'damaged', message: `the store ${path} is damaged; move it away and a new one is made` }),
  13: path => ({ code: 'full', message: `the disk of the store ${path} is full` }),
  14: path => ({ code: 'path', message: `the store ${path} cannot be opened` }),
  26: path => ({ code: 'foreign', message: `${path} is not a store of ipvm` }),
}

/** What is told of a store whose tables or rows are not as they were written. */
export function damaged(path: string): StoreFailure {
  return failures[11]!(path, '')
}

/** The failure behind an error of SQLite; undefined where it is a mistake of ours. */
export function failureOf(error: unknown, path: string): StoreFailure | undefined {
  if (error instanceof StoreError) return { code: error.code, message: error.message }
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined
  // The low byte is the primary code.
  return failures[error.errcode & 0xff]?.(path, error.message)
}
