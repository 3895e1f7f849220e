/**
 * What is remembered costs next to nothing: whole processes that run a job of 10,000 different small tasks, `memo.ts [SIZE]`.
 * `cold` executes all, `no-op` none; `cut off` executes one task anew, whose result is the same, so that all that takes it
 * is a hit under a key that has to be made again. These are of a compiled file; of its source, `compiled` and `its source`
 * execute none, the one with what it was compiled to forgotten. Each in two shapes: calls that stand in the source one by
 * one, and a loop. Beside them a Node that does nothing.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { arithmetic } from '../../test/runtime/harness/arithmetic.ts'

const size = Number(process.argv[2] ?? 10_000)
const rounds = Number(process.argv[3] ?? 3)
const root = fileURLToPath(new URL('../..', import.meta.url))
const program = join(root, 'dist/ipvm.js')
const cwd = mkdtempSync(join(tmpdir(), 'ipvm-memo-'))
writeFileSync(join(cwd, 'math.wasm'), await arithmetic())

/** `half(2)` and `half(3)` are both 1. */
const shapes: Record<string, (seed: number) => string> = {
  written: seed => {
    const sums: string[] = []
    for (let from = 0; from < size; from += 100) {
      const calls = Array.from({ length: Math.min(100, size - from) }, (_, n) => `math.add(seed, ${from + n})`)
      sums.push(`math.sum([${calls.join(', ')}])`)
    }
    return `export job main() -> s32 {\n  let seed = math.half(${seed})\n  math.sum([${sums.join(', ')}])\n}\n`
  },
  loop: seed => `export job main() -> list<s32> {
  let seed = math.half(${seed})
  for i in range(0, ${size}) { math.add(seed, i) }
}
`,
}

/** Milliseconds of a process: on the clock, and of processor time, its threads included. */
function measure(args: string[]): { wall: number; cpu: number; out: string } {
  const began = performance.now()
  const { stdout, stderr, status } = spawnSync('sh', ['-c', '"$@"; code=$?; times; exit $code', 'sh', ...args], { cwd })
  const wall = performance.now() - began
  if (status !== 0) throw new Error(`${args.join(' ')}: ${stderr}`)
  const lines = stdout.toString().trimEnd().split('\n')
  const cpu = [...lines.at(-1)!.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, m, s]) => sum + Number(m) * 60 + Number(s),
    0,
  )
  return { wall, cpu: cpu * 1000, out: lines.slice(0, -2).join('\n') }
}

function best(args: string[], prepare: () => void, turns = rounds): { wall: number; cpu: number; out: string } {
  let least: { wall: number; cpu: number; out: string } | undefined
  for (let turn = 0; turn < turns; turn++) {
    prepare()
    const one = measure(args)
    if (!least || one.wall < least.wall) least = one
  }
  return least!
}

function tell(name: string, { wall, cpu, out }: ReturnType<typeof measure>, bare: number): void {
  const { tasks, ran, hits } = out === '' ? {} : JSON.parse(out).value
  const counts = tasks === undefined ? '' : `  ${tasks} tasks: ${ran} ran, ${hits} hits`
  const ratio = (wall / bare).toFixed(1)
  console.log(
    `${name.padEnd(20)} ${wall.toFixed(0).padStart(6)} ms, ${cpu.toFixed(0).padStart(6)} ms of processor, ${ratio} of a bare Node${counts}`,
  )
}

const node = process.execPath
const nothing = best([node, '-e', '0'], () => undefined)
tell('node -e 0', nothing, nothing.wall)
for (const [name, source] of Object.entries(shapes)) {
  for (const [seed, car] of [
    [2, 'first'],
    [3, 'second'],
  ] as const) {
    writeFileSync(join(cwd, 'job.ipvm'), `import math from "./math.wasm"\n${source(seed)}`)
    measure([node, program, 'build', 'job.ipvm', '-o', `${car}.car`, '--quiet'])
  }
  const run = (car: string): string[] => [node, program, 'run', `${car}.car`, '--json']
  const forget = (): void => rmSync(join(cwd, '.ipvm'), { recursive: true, force: true })
  tell(`${name}, cold`, best(run('first'), forget), nothing.wall)
  tell(
    `${name}, no-op`,
    best(run('first'), () => undefined),
    nothing.wall,
  )
  // Once: the second time it is a no-op itself.
  tell(
    `${name}, cut off`,
    best(run('second'), () => undefined, 1),
    nothing.wall,
  )
  // The source is that of the second one by now.
  const again = [node, program, 'run', 'job.ipvm', '--json']
  const forgetCompiled = (): void => rmSync(join(cwd, '.ipvm/compiled'), { recursive: true, force: true })
  tell(`${name}, compiled`, best(again, forgetCompiled), nothing.wall)
  tell(
    `${name}, its source`,
    best(again, () => undefined),
    nothing.wall,
  )
}
rmSync(cwd, { recursive: true, force: true, maxRetries: 3 })
