/**
 * `npm run check:homestar`: jobs are exported, Homestar runs them with `ipvm gateway` for an IPFS node, and each of its
 * receipts must hold what ours does, under the CIDs that the export has told (README.md).
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'
import { encode } from '../../../dag/codec.ts'
import type { Ipld } from '../../../dag/ipld.ts'
import { decodeInstruction } from '../../../dag/job.ts'
import { toDagJson } from '../../../dag/json.ts'
import { materialize } from '../../../dag/place.ts'
import type { Type } from '../../../dag/types.ts'
import { toIpld } from '../../../dag/value.ts'
import { toHomestar } from '../../../compiler/targets/homestar/export.ts'
import { importWorkflow, signaturesOf, type Imported } from '../../../compiler/targets/homestar/import.ts'
import { readWorkflow } from '../../../compiler/targets/homestar/read.ts'
import { fromHomestarValue } from '../../../compiler/targets/homestar/values.ts'
import { loadFrom, putAll } from '../../../runtime/blocks.ts'
import { serveGateway } from '../../../runtime/gateway/serve.ts'
import { run } from '../../../runtime/run.ts'
import { memoryStore } from '../../../runtime/store/open.ts'
import { Inquiry, type TaskRecord } from '../../../runtime/why.ts'
import { createLocalExecutor } from '../../../runtime/wasm/pool.ts'
import { makeJobs, type Job } from './jobs.ts'
import { homestarProgram, Service } from './service.ts'

const program = homestarProgram()
if (!existsSync(program)) {
  console.error(`${program} is not there: run npm ci --prefix test/interop/homestar/binary`)
  process.exit(1)
}

const folder = mkdtempSync(join(tmpdir(), 'ipvm-homestar-'))
const store = memoryStore()
const executor = createLocalExecutor()
const load = loadFrom(store.blocks)
const gateway = await serveGateway(load, { port: 0 })
if (!gateway.ok) throw new Error(gateway.error.message)
let service: Service | undefined
try {
  const jobs = await makeJobs(store)
  service = await Service.start(program, folder, gateway.value.port)
  const found: string[] = []
  let [tasks, refused] = [0, 0]
  for (const job of jobs) {
    const compared = await compare(job, service)
    if (typeof compared === 'string') {
      refused++
      console.log(`${job.name}: not exported: ${compared}`)
    } else {
      tasks += compared.tasks
      found.push(...compared.differences.map(text => `${job.name}: ${text}`))
    }
  }
  console.log(`Homestar: ${jobs.length - refused} jobs, ${tasks} receipts compared, ${refused} jobs not exported`)
  for (const difference of found.slice(0, 40)) console.error(difference)
  if (found.length > 0 || refused > 0) process.exitCode = 1
} finally {
  await service?.stop()
  await gateway.value.close()
  await executor.close()
  rmSync(folder, { recursive: true })
}

interface Compared {
  tasks: number
  differences: string[]
}

/** What differs between a job here and the workflow that it was exported to there; in words, why there is none. */
async function compare({ job, signatures }: Job, service: Service): Promise<Compared | string> {
  const exported = await toHomestar(job, load, signatures)
  if (!exported.ok) return exported.error
  const { json, workflow, instructions } = exported.value
  const file = join(folder, 'workflow.json')
  writeFileSync(file, json)
  const differences = (await service.run(file)).map(line => line.slice(0, 1000))
  if (service.tasksOf(workflow.toString()) !== instructions.length)
    differences.push(`it knows no workflow ${workflow} of ${instructions.length} tasks`)

  // What was exported is read again, so that each instruction, those of loops too, is a task of the job that runs here.
  const imported = await importBack(json)
  const back = await toHomestar(imported.job, load, signaturesOf(imported))
  if (!back.ok) return back.error
  if (!back.value.workflow.equals(workflow)) differences.push(`read again it is the workflow ${back.value.workflow}`)
  const ours = await recordsOf(imported.job)
  for (const { task, out } of ours) {
    const instruction = decodeInstruction((await load(task))!)
    if (!instruction.ok) throw new Error(instruction.error.message)
    const { rsc, input } = instruction.value
    const type = signatures(rsc, input.func!)!.result
    const theirs = service.outcome(back.value.known.get(task.toString())!.toString())
    const difference = await differ(type, out[1] as Ipld, theirs)
    if (difference) differences.push(`${input.func}(${toDagJson(input.args).slice(0, 200)}): ${difference}`)
  }
  if (ours.length !== instructions.length) differences.push(`${ours.length} of ${instructions.length} tasks ran here`)
  return { tasks: ours.length, differences }
}

async function importBack(json: string): Promise<Imported> {
  const tasks = readWorkflow(Buffer.from(json))
  if (!tasks.ok) throw new Error(tasks.error)
  const imported = await importWorkflow(tasks.value, load)
  if (!imported.ok) throw new Error(imported.error.message)
  await putAll(store.blocks, imported.value.blocks)
  return imported.value
}

/** What each task of a job comes to here. */
async function recordsOf(job: CID): Promise<TaskRecord[]> {
  const outcome = await run(job, new Map(), { store, executor })
  if (!outcome.ok) throw new Error(`a job fails here: ${JSON.stringify(outcome)}`)
  return new Inquiry(store, []).tasks(outcome.summary.run)
}

/** In words; undefined where both are the same value of the type. */
async function differ(type: Type, placed: Ipld, theirs: Ipld | undefined): Promise<string | undefined> {
  if (theirs === undefined) return 'there is no receipt'
  const value = await materialize(type, placed, load)
  if (!value.ok) throw new Error(value.error.message)
  const ours = toIpld(type, value.value)
  const read = fromHomestarValue(type, theirs)
  if (Buffer.compare(encode(ours), encode(read)) === 0) return undefined
  return `here ${toDagJson(ours).slice(0, 300)}, there ${toDagJson(theirs).slice(0, 300)}`
}
