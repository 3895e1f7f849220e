/** How long the command line takes to its first output, against a Node that does nothing, in the same run. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const cwd = mkdtempSync(join(tmpdir(), 'ipvm-start-'))
const rounds = 21
const program = join(root, 'dist/ipvm.js')
const hello = join(root, 'examples/hello/hello.ipvm')

const calls: [string, string[]][] = [
  ['node -e 0', ['-e', '0']],
  ['ipvm --version', [program, '--version']],
  ['ipvm --help', [program, '--help']],
  ['ipvm explain IPVM2003', [program, 'explain', 'IPVM2003']],
  ['ipvm check hello.ipvm', [program, 'check', hello]],
  ['ipvm run hello.ipvm, remembered', [program, 'run', hello]],
]

/** Milliseconds to the first byte of output, or to the end where there is none. */
function measure(args: string[]): Promise<number> {
  const began = performance.now()
  const child = spawn(process.execPath, args, { cwd })
  return new Promise(resolve => {
    const done = (): void => resolve(performance.now() - began)
    child.stdout.once('data', done)
    child.stderr.once('data', done)
    child.on('close', done)
  })
}

const times = calls.map((): number[] => [])
await measure([program, 'run', hello])
for (let round = 0; round < rounds; round++)
  for (const [i, [, args]] of calls.entries()) times[i]!.push(await measure(args))
rmSync(cwd, { recursive: true, force: true, maxRetries: 3 })

const medians = times.map(list => list.sort((a, b) => a - b)[rounds >> 1]!)
const bare = medians[0]!
for (const [i, [name]] of calls.entries()) {
  const [least, median] = [times[i]![0]!, medians[i]!]
  const ratio = (median / bare).toFixed(2)
  console.log(
    `${name.padEnd(34)} first output ${median.toFixed(0).padStart(4)} ms (least ${least.toFixed(0)}), ${ratio} of a bare Node`,
  )
}
