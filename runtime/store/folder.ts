import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/**
 * Makes a folder, and those above it, where they are not there. Node's own recursive form never returns where the system
 * denies a folder with ENOENT, as Linux does in /proc.
 *
 * @throws an error of the system; one with code ENOTDIR where something else is there
 */
export function makeFolder(path: string, mode?: number): void {
  const dir = resolve(path)
  const missing: string[] = []
  for (let at = dir; !existsSync(at); at = dirname(at)) missing.push(at)
  for (const path of missing.reverse()) {
    try {
      mkdirSync(path, mode)
    } catch (error) {
      // Another process may have been first.
      if (!existsSync(path)) throw error
    }
  }
  if (!statSync(dir).isDirectory()) throw Object.assign(new Error(dir), { code: 'ENOTDIR' })
}
