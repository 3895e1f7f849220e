import { constants } from 'node:fs'
import { lstat, mkdir, open, readlink, realpath, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'

/** What keeps a job from a file: it leads out of what is granted, or is none that a job may have. */
export class NotAllowed extends Error {
  override readonly name = 'NotAllowed'
}

/** Whether a path is another one or stands below it. Both are absolute and without `..`. */
export function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}

/** Where a path really is: links followed, as far as it is there. What is missing is the rest, in order. */
export interface Settled {
  /** The whole path. */
  path: string
  /** Its names that are not there yet. */
  missing: string[]
}

/** Follows the links of a path, of which the end need not be there. A link that leads to nothing is an error. */
export async function settle(path: string): Promise<Settled> {
  const missing: string[] = []
  for (let at = path; ; at = dirname(at)) {
    try {
      const real = await realpath(at)
      return { path: join(real, ...missing), missing }
    } catch (error) {
      if (!isMissing(error) || dirname(at) === at) throw error
      if (await isLink(at)) throw new Error('a link on the way leads to nothing')
      missing.unshift(basename(at))
    }
  }
}

async function isLink(path: string): Promise<boolean> {
  return readlink(path).then(
    () => true,
    () => false,
  )
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

/** A folder that is held open, so that what is done in it is done there, whatever becomes of its path meanwhile. */
export class Folder {
  readonly #path: string
  readonly #handle: FileHandle

  private constructor(path: string, handle: FileHandle) {
    this.#path = path
    this.#handle = handle
  }

  /** @param path without links */
  static async open(path: string): Promise<Folder> {
    const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
    return Folder.#held(path, handle)
  }

  static async #held(path: string, handle: FileHandle): Promise<Folder> {
    try {
      await mustBe(handle, path)
    } catch (error) {
      await handle.close()
      throw error
    }
    return new Folder(path, handle)
  }

  /** A folder in this one, made where it is not there. */
  async inner(name: string): Promise<Folder> {
    await mkdir(this.at(name)).catch(error => {
      if (error.code !== 'EEXIST') throw error
    })
    const handle = await open(this.at(name), constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
    return Folder.#held(join(this.#path, name), handle)
  }

  /** Opens a file in it; a link is none, and a pipe or a device is not waited for. */
  async file(name: string, flags: number, mode?: number): Promise<FileHandle> {
    const handle = await open(this.at(name), flags | constants.O_NOFOLLOW | constants.O_NONBLOCK, mode)
    try {
      // By way of a folder that is held nothing else can be met.
      if (!isHeld) await mustBe(handle, join(this.#path, name))
    } catch (error) {
      await handle.close()
      throw error
    }
    return handle
  }

  /** The path of a name in it. On Linux it goes through the folder that is held; elsewhere through the folder's own path. */
  at(name: string): string {
    return isHeld ? `/proc/self/fd/${this.#handle.fd}/${name}` : join(this.#path, name)
  }

  /** Makes what was done in it last over a power cut. */
  async sync(): Promise<void> {
    await this.#handle.sync()
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }
}

/** Whether paths can go through what is open. */
const isHeld = process.platform === 'linux'

/** Holds that what was opened stands where a path without links says: nobody has put a link in its way meanwhile. */
async function mustBe(handle: FileHandle, path: string): Promise<void> {
  const changed = new NotAllowed('it was changed while it was opened')
  if (isHeld) {
    // The system itself says where it is. Two looks at the path could be deceived by two changes.
    if ((await readlink(`/proc/self/fd/${handle.fd}`)) !== path) throw changed
    return
  }
  const [held, named, real] = await Promise.all([
    handle.stat({ bigint: true }),
    lstat(path, { bigint: true }),
    realpath(path),
  ])
  if (real !== path || held.ino !== named.ino || held.dev !== named.dev) throw changed
}

/** A path as grants name it: relative to the root where it is below. */
export function shownPath(root: string, path: string): string {
  const absolute = resolve(root, path)
  if (!isBelow(absolute, root)) return absolute
  const below = relative(root, absolute)
  return below === '' ? '.' : below
}
