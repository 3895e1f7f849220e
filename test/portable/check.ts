/**
 * `npm run check:portable`: the same tasks and jobs in threads and in processes, under this Node and under the oldest one
 * that is promised, and in Chromium must come to the same, and to what the tables beside this file say. `-- --write`
 * writes these anew.
 */
import { execFile, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import buildProgram from '../build.ts'
import { bundlePlaces } from './bundles.ts'
import { inChromium } from './chromium.ts'
import { differences, digestsOf, type Figures, figuresOf, printTable, readTable, unsteady } from './compare.ts'
import { corpus } from './corpus.ts'
import { makeInputs } from './inputs.ts'
import { runShipped } from './shipped.ts'
import type { Outcomes } from './tasks.ts'

const here = import.meta.dirname
const oldest = join(here, `node22/node_modules/node-${process.platform}-${process.arch}/bin/node`)

/** The version that a program tells, or the end of the check: what is not there is not passed over. */
function versionOf(program: string, help: string): string {
  const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' })
  if (status === 0) return stdout.trim()
  console.error(`${program} is not there: ${help}`)
  process.exit(1)
}

const chromium = versionOf('chromium', 'install the package chromium, as .ci/run does')
const oldestVersion = versionOf(oldest, 'run npm ci --prefix test/portable/node22')
const { engines } = JSON.parse(readFileSync(join(here, '../../package.json'), 'utf8')) as { engines: { node: string } }
if (engines.node !== `>=${oldestVersion.slice(1).replace(/\.0$/, '')}`) {
  console.error(`test/portable/node22 has ${oldestVersion}, and package.json promises ${engines.node}`)
  process.exit(1)
}
const nodes = [
  { node: process.execPath, name: `Node ${process.version}` },
  { node: oldest, name: `Node ${oldestVersion}` },
]

const folder = mkdtempSync(join(tmpdir(), 'ipvm-portable-'))
try {
  const found = await check()
  for (const difference of found.slice(0, 20)) console.error(difference)
  if (found.length > 0) {
    console.error(
      `Figures that differ: ${found.length}. If the tables are to change: npm run check:portable -- --write`,
    )
    process.exitCode = 1
  }
} finally {
  rmSync(folder, { recursive: true })
}

/** All differences, for people. */
async function check(): Promise<string[]> {
  buildProgram()
  const inputs = await makeInputs()
  const scripts = join(folder, 'scripts')
  await bundlePlaces(scripts)
  write(join(scripts, 'package.json'), '{"type":"module"}')
  for (const [name, bytes] of inputs) write(join(folder, 'inputs', name), bytes)
  const [page, threads, processes, jobs, shipped] = await all([
    inChromium(scripts, ['tasks', 'jobs'], inputs),
    inNodes('in threads', node => inNode<Outcomes>(node, 'thread')),
    inNodes('in processes', node => inNode<Outcomes>(node, 'process')),
    inNodes('jobs', async node => new Map(await inNode<[string, string][]>(node, 'jobs'))),
    inNodes('as built', runShipped),
  ])
  const tasks = corpus(inputs)
  const outcomes = [...threads, ...processes, { place: chromium, seen: page.get('tasks') as Outcomes }]
  const cids = [...jobs, { place: chromium, seen: new Map(page.get('jobs') as [string, string][]) }]
  for (const { place, seen } of outcomes) console.log(`${place}: ${seen.tasks.length} tasks`)
  for (const { place, seen } of cids) console.log(`${place}: ${seen.size} jobs`)
  const digests = { place: outcomes[0]!.place, seen: await digestsOf(outcomes[0]!.seen, tasks) }
  return [
    ...outcomes.flatMap(({ place, seen }) => unsteady(seen, tasks).map(line => `${place}, ${line}`)),
    ...differences(outcomes.map(({ place, seen }) => ({ place, seen: figuresOf(seen, tasks) }))),
    ...differences([table('outcomes.txt', digests.seen), digests]),
    ...differences([table('cids.txt', cids[0]!.seen), ...cids]),
    ...differences(shipped),
  ]
}

/** A table that is kept, after it was written anew if that was asked for. */
function table(name: string, figures: Figures): { place: string; seen: Figures } {
  if (process.argv.includes('--write')) writeFileSync(join(here, name), printTable(figures))
  return { place: name, seen: readTable(readFileSync(join(here, name), 'utf8')) }
}

function inNodes<T>(what: string, make: (node: string) => Promise<T>): Promise<{ place: string; seen: T }[]> {
  return all(nodes.map(async ({ node, name }) => ({ place: `${name}, ${what}`, seen: await make(node) })))
}

async function inNode<T>(node: string, what: string): Promise<T> {
  const args = [join(folder, 'scripts/node.js'), what, join(folder, 'inputs')]
  const { stdout } = await promisify(execFile)(node, args, { maxBuffer: 1 << 30 })
  return JSON.parse(stdout) as T
}

/** As `Promise.all`, but where one fails the others come to their end first: they have processes and files. */
async function all<T extends readonly unknown[]>(promises: T): Promise<{ -readonly [I in keyof T]: Awaited<T[I]> }> {
  await Promise.allSettled(promises)
  return Promise.all(promises)
}

function write(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
}
