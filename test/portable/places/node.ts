/** In Node: `node node.js thread|process|jobs INPUTS` writes what the tasks came to, or the CIDs of the jobs, as JSON. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { createLocalExecutor, type Isolation } from '../../../runtime/wasm/pool.ts'
import { callsOf } from '../calls.ts'
import type { Inputs } from '../corpus.ts'
import { compileJobs } from '../jobs.ts'
import { type Outcomes, runTasks } from '../tasks.ts'

const [what, folder] = process.argv.slice(2) as [Isolation | 'jobs', string]
const inputs = readInputs(folder)
const came = what === 'jobs' ? [...(await compileJobs(inputs))] : await inPool(inputs, what)
process.stdout.write(JSON.stringify(came))

function readInputs(folder: string): Inputs {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
  const paths = entries.map(entry => join(entry.parentPath, entry.name))
  return new Map(paths.map(path => [relative(folder, path), new Uint8Array(readFileSync(path))]))
}

async function inPool(inputs: Inputs, isolation: Isolation): Promise<Outcomes> {
  const pool = createLocalExecutor({ isolation, workers: 1 })
  const callOf = callsOf(inputs)
  try {
    return await runTasks(inputs, task => pool.call(callOf(task)))
  } finally {
    await pool.close()
  }
}
