import { statSync, watch as watchFolder, type FSWatcher } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Context } from './context.ts'
import { plural, type Reply } from './output.ts'

/** Editors write a file in several steps; milliseconds of quiet after which it is read. */
const quiet = 80

/**
 * Does something now and again whenever one of the files changes that it has read, until Ctrl-C. What each time came
 * to is printed as it comes.
 */
export async function watch(
  context: Context,
  signal: AbortSignal,
  once: () => Promise<{ reply: Reply; read: Set<string> }>,
): Promise<Reply> {
  for (;;) {
    const began = Date.now()
    const { reply, read } = await once()
    if (signal.aborted) return reply
    if (reply.stderr !== undefined) context.note(reply.stderr)
    if (reply.stdout !== undefined) process.stdout.write(reply.stdout)
    const { next, isLate } = changed(read, signal, began)
    if (!isLate) context.note(`watching ${plural(read.size, 'file')}; Ctrl-C ends it`)
    if (!(await next)) return { ...reply, stderr: '', stdout: '' }
  }
}

/**
 * Resolves to true when one of the files has changed, to false when the signal ends it.
 *
 * @param since milliseconds since 1970; what has changed after that counts, though nobody was watching yet
 */
function changed(files: Set<string>, signal: AbortSignal, since: number): { next: Promise<boolean>; isLate: boolean } {
  const wanted = new Set([...files].map(file => resolve(file)))
  const folders = new Set([...wanted].map(file => dirname(file)))
  const watchers: FSWatcher[] = []
  let isLate = false
  const next = new Promise<boolean>(done => {
    let timer: NodeJS.Timeout | undefined
    const end = (result: boolean): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
      for (const watcher of watchers) watcher.close()
      done(result)
    }
    const stop = (): void => end(false)
    signal.addEventListener('abort', stop)
    for (const folder of folders) {
      // Of folders, since an editor may put a new file in the place of the old one.
      const watcher = watchFolder(folder, (_, name) => {
        if (name !== null && !wanted.has(resolve(folder, name))) return
        clearTimeout(timer)
        timer = setTimeout(() => end(true), quiet)
      })
      watcher.on('error', () => undefined)
      watchers.push(watcher)
    }
    isLate = [...wanted].some(file => (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) > since)
    if (isLate) timer = setTimeout(() => end(true), quiet)
  })
  return { next, isLate }
}
