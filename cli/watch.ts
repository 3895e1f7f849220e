import { watch as watchFolder, type FSWatcher } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Context } from './context.ts'
import type { Reply } from './output.ts'

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
    const { reply, read } = await once()
    if (signal.aborted) return reply
    if (reply.stderr !== undefined) context.note(reply.stderr)
    if (reply.stdout !== undefined) process.stdout.write(reply.stdout)
    context.note(`watching ${read.size === 1 ? '1 file' : `${read.size} files`}; Ctrl-C ends it`)
    if (!(await changed(read, signal))) return { ...reply, stderr: '', stdout: '' }
  }
}

/** Resolves to true when one of the files has changed, to false when the signal ends it. */
function changed(files: Set<string>, signal: AbortSignal): Promise<boolean> {
  const wanted = new Set([...files].map(file => resolve(file)))
  const folders = new Set([...wanted].map(file => dirname(file)))
  const watchers: FSWatcher[] = []
  return new Promise(done => {
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
  })
}
