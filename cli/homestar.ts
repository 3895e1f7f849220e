import { checkFile } from '../compiler/check.ts'
import type { Compiled } from '../compiler/interface.ts'
import { close } from '../compiler/open.ts'
import { toHomestar, type HomestarWorkflow, type Signatures } from '../compiler/targets/homestar.ts'
import type { Result } from '../dag/result.ts'
import { createHost, type StoreDoor } from './host.ts'

/** A compiled job as a Homestar workflow; the file tells the types of the functions that it calls. */
export async function homestarOf(
  file: string,
  compiled: Compiled,
  store: StoreDoor,
): Promise<Result<HomestarWorkflow, string>> {
  const blocks = new Map(compiled.blocks.map(block => [block.cid.toString(), block.bytes]))
  return toHomestar(compiled.job, async cid => blocks.get(cid.toString()), await signaturesOf(file, store))
}

async function signaturesOf(file: string, store: StoreDoor): Promise<Signatures> {
  const { module } = await checkFile(createHost(store.load), file)
  const known = new Map<string, ReturnType<Signatures>>()
  for (const symbol of module?.scope.values() ?? []) {
    if (symbol.kind !== 'module' || !symbol.component) continue
    const { cid, functions } = symbol.component
    for (const { name, params } of functions.values()) {
      const types = params.map(param => close(param.type))
      if (types.every(type => type !== undefined)) known.set(`ipfs://${cid} ${name}`, types)
    }
  }
  return (rsc, func) => known.get(`${rsc} ${func}`)
}
