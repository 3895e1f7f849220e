import { checkFile } from '../../compiler/check.ts'
import { compile } from '../../compiler/compile.ts'
import { memoryHost } from '../harness/memory.ts'
import type { Figures } from './compare.ts'
import type { Inputs } from './corpus.ts'

/** The CIDs of every job of the examples and of `numbers.ipvm`, and those of what says where it was written, by file and name. */
export async function compileJobs(inputs: Inputs): Promise<Figures> {
  const prefix = 'files/'
  const files = [...inputs].filter(([name]) => name.startsWith(prefix))
  const host = memoryHost(Object.fromEntries(files.map(([name, bytes]) => [name.slice(prefix.length), bytes])))
  const cids = new Map<string, string>()
  for (const [name] of files.filter(([name]) => name.endsWith('.ipvm'))) {
    const file = name.slice(prefix.length)
    const { module } = await checkFile(host, file)
    if (!module) throw new Error(`${file} cannot be read`)
    for (const job of module.jobs.keys()) {
      const compiled = await compile(host, file, { job })
      if (!compiled.ok) throw new Error(`${file}: ${job} does not compile`)
      cids.set(`${file} ${job}`, `${compiled.value.job} ${compiled.value.debug}`)
    }
  }
  return cids
}
