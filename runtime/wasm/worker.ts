import { parentPort, workerData } from 'node:worker_threads'
import type { Result } from '../../dag/result.ts'
import type { Failure } from '../interface.ts'
import { Cache } from './cache.ts'
import { callComponent, type Compiled, compileComponent } from './component.ts'
import { clock, type Reply, type Request, type Response, type WorkerData } from './protocol.ts'
import { Task } from './task.ts'

const { clock: times, cache: capacity } = workerData as WorkerData
const task = new Task()
/** Components that were refused are remembered as such. */
const components = new Cache<{ size: number; compiled: Result<Compiled, Failure> }>(capacity)

parentPort!.on('message', (request: Request) => {
  const transfer: ArrayBuffer[] = []
  let reply: Reply
  try {
    reply = answer(request, transfer)
  } catch (error) {
    reply = isExhaustion(error) ? { kind: 'exhausted', message: String(error) } : { kind: 'bug', error }
  } finally {
    Atomics.store(times, clock.call, 0n)
  }
  const response: Response = { id: request.id, reply, instances: task.instances }
  parentPort!.postMessage(response, transfer)
})

function answer({ id, component, bytes, func, args, limits }: Request, transfer: ArrayBuffer[]): Reply {
  let entry = components.get(component)
  if (!entry) {
    if (!bytes) return { kind: 'missing' }
    // The decoder keeps views of the bytes, and text cannot be decoded out of shared ones.
    entry = { size: bytes.byteLength, compiled: compileComponent(new Uint8Array(bytes).slice(), task.log) }
    components.set(component, entry)
  }
  const { compiled } = entry
  if (!compiled.ok) return { kind: 'failed', failure: compiled.error, memory: 0, gas: 0, ms: 0, log: [] }
  const began = process.hrtime.bigint()
  Atomics.store(times, clock.began, began)
  Atomics.store(times, clock.call, BigInt(id))
  const outcome = callComponent(compiled.value, task, func, args, limits)
  Atomics.store(times, clock.call, 0n)
  const ms = Number(process.hrtime.bigint() - began) / 1e6
  const log = task.log.entries()
  const { memory, gas } = outcome
  if (!outcome.ok) return { kind: 'failed', failure: outcome.failure, memory, gas, ms, log }
  transfer.push(...outcome.large)
  return { kind: 'ok', value: outcome.value, memory, gas, ms, log }
}

/** V8 has no address space, memory or stack left: nothing that the guest did within its limits. */
function isExhaustion(error: unknown): boolean {
  return error instanceof RangeError && /out of memory|allocat|^Maximum call stack/i.test(error.message)
}
