import { beforeAll, describe, expect, test } from 'vitest'
import { compile } from '../../compiler/compile.ts'
import { decompile } from '../../compiler/targets/homestar/decompile.ts'
import { toHomestar } from '../../compiler/targets/homestar/export.ts'
import { importWorkflow, signaturesOf, type Imported } from '../../compiler/targets/homestar/import.ts'
import { readWorkflow } from '../../compiler/targets/homestar/read.ts'
import { loadFrom, putAll } from '../../runtime/blocks.ts'
import { memoryStore } from '../../runtime/store/open.ts'
import { memoryHost } from '../harness/memory.ts'
import { makeJobs, type Job } from '../interop/homestar/jobs.ts'

const store = memoryStore()
const load = loadFrom(store.blocks)
let jobs: Job[]
beforeAll(async () => void (jobs = await makeJobs(store)))

async function imported(bytes: Uint8Array): Promise<Imported> {
  const tasks = readWorkflow(bytes)
  if (!tasks.ok) throw new Error(tasks.error)
  const made = await importWorkflow(tasks.value, load)
  if (!made.ok) throw new Error(made.error.message)
  await putAll(store.blocks, made.value.blocks)
  return made.value
}

describe('what was exported', () => {
  test('comes back as the same workflow, from JSON and from DAG-CBOR', async () => {
    for (const { name, job, signatures } of jobs) {
      const exported = await toHomestar(job, load, signatures)
      if (!exported.ok) throw new Error(`${name}: ${exported.error}`)
      for (const bytes of [Buffer.from(exported.value.json), exported.value.cbor]) {
        const back = await imported(bytes)
        const again = await toHomestar(back.job, load, signaturesOf(back))
        expect(again.ok && again.value.json, name).toBe(exported.value.json)
      }
    }
  })

  test('is decompiled to a source that compiles to the same workflow', async () => {
    for (const { name, job, signatures } of jobs) {
      const exported = await toHomestar(job, load, signatures)
      if (!exported.ok) throw new Error(`${name}: ${exported.error}`)
      const source = await decompile(await imported(exported.value.cbor), load)
      if (!source.ok) throw new Error(source.error)
      const host = { ...memoryHost({ 'main.ipvm': source.value }), readBlock: load }
      const compiled = await compile(host, 'main.ipvm')
      if (!compiled.ok) throw new Error(`${name}: ${JSON.stringify(compiled)}\n${source.value}`)
      await putAll(store.blocks, compiled.value.blocks)
      const again = await toHomestar(compiled.value.job, load, compiled.value.signatures)
      expect(again.ok && again.value.json, `${name}\n${source.value}`).toBe(exported.value.json)
    }
  })
})
