import type { CID } from 'multiformats/cid'
import { cidOf } from '../../dag/cid.ts'
import type { WasmCall } from '../../runtime/interface.ts'
import type { Inputs, Task } from './corpus.ts'

/** The call of an executor for each task. No task ends by its time. */
export function callsOf(inputs: Inputs): (task: Task) => WasmCall {
  const cids = new Map<string, CID>()
  return ({ component, func, args, limits }) => {
    const bytes = inputs.get(`components/${component}.wasm`)!
    const cid = cids.get(component) ?? cidOf(bytes, 'raw')
    cids.set(component, cid)
    const all = { ...limits, time: 600_000, retry: 0, check: 0 }
    return { component: cid, load: async () => bytes, func, args, limits: all }
  }
}
