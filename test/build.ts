import { spawnSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Builds the command line, unless it is newer than its sources, so that the tests drive what is shipped. */
export default function setup(): void {
  if (timeOf(['dist/ipvm.js', 'dist/cli.js', 'dist/worker.js', 'dist/lsp-worker.js'], Math.min) > newest()) return
  const { status } = spawnSync(process.execPath, ['build/build.ts', '--bundle'], { cwd: root, stdio: 'inherit' })
  if (status !== 0) throw new Error('the command line cannot be built')
}

function newest(): number {
  const sources = ['dag', 'grammar', 'compiler', 'runtime', 'lsp', 'cli', 'build'].flatMap(room =>
    readdirSync(join(root, room), { recursive: true, encoding: 'utf8' }).map(name => join(room, name)),
  )
  return timeOf(['package.json', ...sources], Math.max)
}

function timeOf(files: string[], choose: (...times: number[]) => number): number {
  const times = files.map(file => statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0)
  return times.reduce((a, b) => choose(a, b))
}
