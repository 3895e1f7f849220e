import { CID } from 'multiformats/cid'
import { run } from '../../../runtime/run.ts'
import { openStore } from '../../../runtime/store/open.ts'
import { createLocalExecutor } from '../../../runtime/wasm/pool.ts'
import { shortly } from './jobs.ts'

/** A process of its own that runs a job: `run-job.ts FOLDER CID`. Writes what it came to. */
const [folder, job] = process.argv.slice(2)
const store = openStore(folder!)
if (!store.ok) throw new Error(store.error.message)
const executor = createLocalExecutor({ workers: 1 })
const outcome = await run(CID.parse(job!), new Map(), { store: store.value, executor })
await executor.close()
await store.value.close()
process.stdout.write(JSON.stringify(shortly(outcome)))
