import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

/**
 * Loaded before the program (`node --import`): ends its process, as `kill -9` does, at one of its writes to a journal.
 * `IPVM_DIE` says at which, from 1, and where in it: `write 3` before it is written, `half 3` when half of it is, `sync 3` when
 * it is written and not synced, `synced 3` when it is synced and nobody has heard of it. `full 3` ends nothing: then, and from
 * then on, the disk has room for half of a write.
 */
const [place, count] = (process.env['IPVM_DIE'] ?? '').split(' ')
let writes = 0
let syncs = 0
const { writevSync, fdatasync } = fs

function die(): void {
  process.kill(process.pid, 'SIGKILL')
}

fs.writevSync = (descriptor, buffers, ...rest) => {
  const isIt = ++writes === Number(count)
  if (isIt && place === 'write') die()
  const whole = Buffer.concat(buffers as readonly Buffer[])
  if (place === 'full' && writes >= Number(count)) return writevSync(descriptor, [whole.subarray(0, whole.length / 2)])
  if (isIt && place === 'half') writevSync(descriptor, [whole.subarray(0, whole.length / 2)])
  if (isIt && place === 'half') die()
  return writevSync(descriptor, buffers, ...rest)
}

fs.fdatasync = ((descriptor: number, done: (error: Error | null) => void) => {
  const isIt = ++syncs === Number(count)
  if (isIt && place === 'sync') die()
  fdatasync(descriptor, error => {
    if (isIt && place === 'synced') die()
    done(error)
  })
}) as typeof fs.fdatasync
syncBuiltinESMExports()
