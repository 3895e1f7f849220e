import { workerData } from 'node:worker_threads'
import type { Result } from '../../dag/result.ts'
import type { Failure } from '../interface.ts'
import { Cache } from './cache.ts'
import { callComponent, type Compiled, compileComponent } from './component.ts'
import { claim, clock, type Reply, type Request, type Response, type WorkerData } from './protocol.ts'
import { Task } from './task.ts'

const { port, clock: times, claims, cache: capacity } = workerData as WorkerData
const task = new Task()
/** Components that were refused are remembered as such. */
const components = new Cache<{ size: number; compiled: Result<Compiled, Failure> }>(capacity)
/** Nanoseconds after which what is done is told, though more calls came with it. */
const patience = 1_000_000n

port.on('message', (requests: Request[]) => {
  let responses: Response[] = []
  let transfer: ArrayBuffer[] = []
  let since = process.hrtime.bigint()
  for (const [at, request] of requests.entries()) {
    if (claim(claims, request)) {
      const reply = attempt(request, transfer)
      // The watchdog has ended this call, and is about to end this thread.
      if (reply === undefined) return
      responses.push({ id: request.id, reply, instances: task.instances })
    }
    const now = process.hrtime.bigint()
    if (responses.length === 0 || (at < requests.length - 1 && now - since < patience)) continue
    port.postMessage(responses, transfer)
    responses = []
    transfer = []
    since = now
  }
})

function attempt(request: Request, transfer: ArrayBuffer[]): Reply | undefined {
  let reply: Reply
  try {
    reply = answer(request, transfer)
  } catch (error) {
    reply = isExhaustion(error) ? { kind: 'exhausted', message: String(error) } : { kind: 'bug', error }
  }
  const was = Atomics.exchange(times, clock.call, 0n)
  return was < 0n ? undefined : reply
}

function answer({ id, component, bytes, func, args, limits, time }: Request, transfer: ArrayBuffer[]): Reply {
  let entry = components.get(component)
  if (!entry) {
    if (!bytes) return { kind: 'missing' }
    entry = { size: bytes.byteLength, compiled: compileComponent(owned(bytes), task.log) }
    components.set(component, entry)
  }
  const { compiled } = entry
  if (!compiled.ok) return { kind: 'failed', failure: compiled.error, memory: 0, gas: 0, ms: 0, log: [] }
  const began = process.hrtime.bigint()
  Atomics.store(times, clock.began, began)
  Atomics.store(times, clock.limit, BigInt(time) * 1_000_000n)
  Atomics.store(times, clock.call, BigInt(id))
  const outcome = callComponent(compiled.value, task, func, args, limits)
  const ms = Number(process.hrtime.bigint() - began) / 1e6
  const log = task.log.entries()
  const { memory, gas } = outcome
  if (!outcome.ok) return { kind: 'failed', failure: outcome.failure, memory, gas, ms, log }
  transfer.push(...outcome.large)
  return { kind: 'ok', value: outcome.value, memory, gas, ms, log }
}

/** The decoder keeps views of the bytes, and text cannot be decoded out of shared ones. */
function owned(bytes: SharedArrayBuffer | Uint8Array): Uint8Array {
  return bytes instanceof SharedArrayBuffer ? new Uint8Array(bytes).slice() : bytes
}

/** V8 has no address space, memory or stack left: nothing that the guest did within its limits. */
function isExhaustion(error: unknown): boolean {
  return error instanceof RangeError && /out of memory|allocat|^Maximum call stack/i.test(error.message)
}
