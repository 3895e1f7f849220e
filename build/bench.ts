/** `npm run bench`: all measurements, one after the other. */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
const scripts = readdirSync('bench', { recursive: true, encoding: 'utf8' })
  .filter(name => /^\w+[\\/]\w+\.ts$/.test(name))
  .sort()
for (const script of scripts) {
  console.log(`\n${script}`)
  const { status } = spawnSync(process.execPath, [join('bench', script)], { stdio: 'inherit' })
  if (status !== 0) process.exitCode = 1
}
