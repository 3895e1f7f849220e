import type { CID } from 'multiformats/cid'
import { findExport } from '../dag/component/find.ts'
import type { Interface } from '../dag/component/interface.ts'
import { readInterface } from '../dag/component/read.ts'
import { checkCid, parseIpfsUrl } from '../dag/cid.ts'
import type { DagError } from '../dag/interface.ts'
import type { Load } from '../dag/load.ts'
import { fail, ok, type Result } from '../dag/result.ts'
import type { Type } from '../dag/types.ts'
import { readFile } from '../dag/unixfs.ts'

/** A function of a component, as its bytes declare it. */
export interface WasmFunction {
  component: CID
  name: string
  params: Type[]
  result: Type
}

/** Bytes of the largest component that is read. */
export const maxComponent = 256 << 20

/** Looks up functions in components, each of which is loaded and decoded once. */
export function createFunctions(load: Load) {
  const list: WasmFunction[] = []
  /** By component, then by name. */
  const numbers = new Map<string, Map<string, number>>()
  const components = new Map<string, Promise<Result<{ cid: CID; interface: Interface }, DagError>>>()

  return {
    at: (number: number): WasmFunction => list[number]!,

    /** The number of a function that was found before. */
    known: (rsc: string, func: string): number | undefined => numbers.get(rsc)?.get(func),

    /** The number of a function, by the `rsc` and `func` of an instruction. */
    async find(rsc: string, func: string): Promise<Result<number, DagError>> {
      let component = components.get(rsc)
      if (!component) components.set(rsc, (component = loadComponent(rsc, load)))
      const loaded = await component
      if (!loaded.ok) return loaded
      const found = pick(loaded.value.interface, func)
      if (!found.ok)
        return fail({ ...found.error, message: `the component ${loaded.value.cid} ${found.error.message}` })
      const number = list.push({ component: loaded.value.cid, ...found.value }) - 1
      const own = numbers.get(rsc)
      if (own) own.set(func, number)
      else numbers.set(rsc, new Map([[func, number]]))
      return ok(number)
    },
  }
}

async function loadComponent(rsc: string, load: Load): Promise<Result<{ cid: CID; interface: Interface }, DagError>> {
  const url = parseIpfsUrl(rsc)
  if (!url.ok) return url
  const { cid } = url.value
  const checked = checkCid(cid)
  if (!checked.ok) return checked
  // One component has one name, or equal calls would have different CIDs.
  if (rsc !== `ipfs://${cid}`) return fail({ code: 'job', message: `${rsc} is not the canonical ipfs://${cid}` })
  const bytes = await readFile(cid, load, { maxBytes: maxComponent })
  if (!bytes.ok) {
    const { code, message } = bytes.error
    if (code === 'missing')
      return fail({ code, message: `the component ${cid} is not at hand: ${message}`, component: `${cid}` })
    return fail({ code, message: `the component ${cid} cannot be read: ${message}` })
  }
  const read = readInterface(bytes.value)
  if (!read.ok) return fail({ code: 'job', message: `the component ${cid} cannot be used: ${read.error.message}` })
  return ok({ cid, interface: read.value.interface })
}

function pick({ functions, unsupported }: Interface, func: string): Result<Omit<WasmFunction, 'component'>, DagError> {
  const found = findExport(functions, func)
  if (found) return ok({ name: found.name, params: found.params.map(({ type }) => type), result: found.result })
  const refused = unsupported.find(({ name }) => name === func)
  return fail({
    code: 'job',
    message: refused
      ? `exports \`${func}\`, which no job can call: ${refused.reason}`
      : `exports no function \`${func}\``,
  })
}
