/**
 * Layers of small tasks, each with two inputs in the layer before: `ipvm run` beside programs that also run what has
 * changed and nothing else. All of them compute the same numbers.
 *
 * - cold: nothing has been computed
 * - no-op: nothing has changed
 * - cut-off: the tasks of the first layer get another program, and what they compute comes out equal
 *
 * Run: `npx node bench/runtime/layer.ts [ROUNDS]`, after `npm run build`. Homestar is the one that
 * `npm ci --prefix test/interop/homestar/binary` installs, or that of `HOMESTAR`.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { builder } from './layer/builders.ts'
import { homestar, homestarMissing } from './layer/homestar.ts'
import { ipvm } from './layer/ipvm.ts'
import type { Peer, Ran } from './layer/peer.ts'
import { homestarProgram } from '../../test/interop/homestar/service.ts'
import { resultOf, tasksOf, type Shape } from './layer/shape.ts'

const kinds = ['cold', 'no-op', 'cut-off'] as const

const rounds = Number(process.argv[2] ?? 3)
const root = mkdtempSync(join(tmpdir(), 'ipvm-layer-'))
const missing: string[] = []
try {
  await besideBuilders({ layers: 10, width: 100 })
  await besideHomestar([10, 16].map(width => ({ layers: 10, width })))
  for (const line of missing) console.log(`missing: ${line}`)
} finally {
  rmSync(root, { recursive: true, maxRetries: 3 })
}

async function besideBuilders(shape: Shape): Promise<void> {
  const own = [[], ['--jobs', '1'], ['--jobs', '2']].map(options => ipvm(root, shape, options))
  const builders = (['ninja', 'make'] as const).flatMap(name => {
    const peer = builder(name, root, shape, availableParallelism())
    if (!peer) missing.push(`${name} is not installed`)
    return peer ?? []
  })
  await compare(shape, [...own, ipvm(root, shape, [], true), ...builders])
}

/**
 * Homestar plans before it runs, and answers nobody meanwhile, in time that grows so fast with the tasks that it gets
 * fewer of them: two sizes, of which the second shows how fast.
 */
async function besideHomestar(shapes: Shape[]): Promise<void> {
  const program = homestarProgram()
  const reason = homestarMissing(program)
  if (reason !== undefined) missing.push(`homestar: ${reason}`)
  else for (const shape of shapes) await compare(shape, [ipvm(root, shape), homestar(program, root, shape)])
}

type Measured = Record<(typeof kinds)[number], Ran[]>

/**
 * Runs all of them in turn, so that a noisy moment hits all alike, and prints the first beside the others.
 *
 * @throws Error where one comes to another result, or executes another number of tasks, than it has to
 */
async function compare(shape: Shape, peers: Peer[]): Promise<void> {
  const [all, result] = [tasksOf(shape).length, resultOf(shape)]
  const measured = peers.map((): Measured => ({ cold: [], 'no-op': [], 'cut-off': [] }))
  try {
    for (let round = 0; round < rounds; round++)
      for (const [i, peer] of peers.entries()) {
        await peer.reset()
        const expected = { cold: all, 'no-op': 0, 'cut-off': peer.cutsOff ? shape.width : all }
        for (const kind of kinds) {
          if (kind === 'cut-off') await peer.change()
          const ran = await peer.run()
          if (ran.result !== result || ran.ran !== expected[kind])
            throw new Error(
              `${peer.name}, ${kind}: ${ran.ran} of ${expected[kind]} tasks gave ${ran.result}, not ${result}`,
            )
          measured[i]![kind].push(ran)
        }
      }
  } finally {
    for (const peer of peers) await peer.close()
  }
  print(shape, peers, measured)
}

/** A line for each of them, then the first beside each other one. */
function print({ layers, width }: Shape, peers: Peer[], measured: Measured[]): void {
  const least = measured.map(of => kinds.map(kind => leastOf(of[kind])))
  const cells = (cell: (at: number) => string): string[] => kinds.map((kind, at) => `${kind} ${cell(at)}`)
  const longest = Math.max(...peers.map(peer => peer.name.length))
  console.log(`\n${layers} layers of ${width} tasks and their sum: ms, ms of processor time, tasks that ran`)
  for (const [i, { name }] of peers.entries())
    console.log(`${name.padEnd(longest)}  ${cells(at => line(least[i]![at]!)).join('  ')}`)
  for (const [i, { name }] of peers.entries())
    if (i > 0)
      console.log(`${peers[0]!.name} / ${name}: ${cells(at => ratio(least[0]![at]!, least[i]![at]!)).join(', ')}`)
}

/** The least wall and the least processor time. */
function leastOf(runs: Ran[]): Ran {
  const least = (of: 'wall' | 'processor'): number => Math.min(...runs.map(run => run[of]))
  return { ...runs[0]!, wall: least('wall'), processor: least('processor') }
}

function line({ wall, processor, ran }: Ran): string {
  return `${whole(wall).padStart(6)} ${whole(processor).padStart(6)} ${whole(ran).padStart(5)}`
}

function ratio(own: Ran, other: Ran): string {
  return `${(own.wall / other.wall).toFixed(2)} (processor ${(own.processor / other.processor).toFixed(2)})`
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en')
}
