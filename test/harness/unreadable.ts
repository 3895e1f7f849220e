import { mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Makes a folder below another one that not even root can read on Linux, since its path is too long.
 *
 * @returns makes it short again, to be called before anything is removed
 */
export function makeUnreadable(folder: string): () => void {
  const half = Array(9).fill('long'.repeat(60)).join('/')
  const [apart, below] = [join(folder, 'apart'), join(folder, 'locked', half, 'below')]
  mkdirSync(join(apart, half), { recursive: true })
  mkdirSync(join(folder, 'locked', half), { recursive: true })
  renameSync(apart, below)
  return () => renameSync(below, apart)
}
