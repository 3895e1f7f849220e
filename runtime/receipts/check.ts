import type { CID } from 'multiformats/cid'
import { encode } from '../../dag/codec.ts'
import type { DagError, Instruction } from '../../dag/interface.ts'
import type { Ipld } from '../../dag/ipld.ts'
import { CORE, decodeInstruction, holesOf, WASM_RUN } from '../../dag/job.ts'
import { Budget, loadBytes, type Load } from '../../dag/load.ts'
import { expand } from '../../dag/materialize.ts'
import { materialize, place } from '../../dag/place.ts'
import { fail, ok, type Result } from '../../dag/result.ts'
import { createFunctions, type WasmFunction } from '../functions.ts'
import { verifyReceipt, type SignedReceipt } from '../receipt.ts'

/** A receipt that is what it claims to be: who has signed it says that this instruction came to this. */
export interface CheckedReceipt {
  cid: CID
  receipt: SignedReceipt
  instruction: Instruction
  /** The function that was called; absent for an effect. */
  func?: WasmFunction
  /** The component that was called, where it is not at hand: then the result was not held against its type. */
  absent?: string
}

/**
 * Checks receipts of strangers: signature and form, that the instruction is there and whole, and that the result is there, of
 * the type of the function, and stands as any result of that value does.
 */
export class ReceiptChecker {
  readonly #load: Load
  readonly #functions: ReturnType<typeof createFunctions>

  constructor(load: Load) {
    this.#load = load
    this.#functions = createFunctions(load)
  }

  async check(cid: CID): Promise<Result<CheckedReceipt, DagError>> {
    const checked = await this.#check(cid)
    return checked.ok ? checked : fail({ ...checked.error, message: `the receipt ${cid}: ${checked.error.message}` })
  }

  async #check(cid: CID): Promise<Result<CheckedReceipt, DagError>> {
    const bytes = await loadBytes(cid, this.#load, new Budget({}))
    if (!bytes.ok) return bytes
    const receipt = verifyReceipt(bytes.value)
    if (!receipt.ok) return receipt
    const block = await loadBytes(receipt.value.ran, this.#load, new Budget({}))
    if (!block.ok) return fail({ ...block.error, message: `its instruction: ${block.error.message}` })
    const instruction = decodeInstruction(block.value)
    if (!instruction.ok) return instruction
    return this.#content({ cid, receipt: receipt.value, instruction: instruction.value })
  }

  async #content(checked: CheckedReceipt): Promise<Result<CheckedReceipt, DagError>> {
    const { rsc, op, input, nnc } = checked.instruction
    if (rsc === CORE) return wrong('core operations have none')
    if (op !== WASM_RUN) return ok(checked)
    const { args, func } = input
    if (func === undefined || nnc !== '') return wrong('its instruction is no call')
    for (const arg of args) for (const _ of holesOf(arg)) return wrong('its instruction awaits something')
    const found = await this.#functions.find(rsc, func)
    if (!found.ok)
      return found.error.component === undefined ? found : ok({ ...checked, absent: found.error.component })
    const called = this.#functions.at(found.value)
    if (called.params.length !== args.length)
      return wrong(`its instruction gives ${args.length} arguments to \`${func}\`, which takes ${called.params.length}`)
    const { out } = checked.receipt
    const result = out[0] === 'ok' ? await this.#result(called, out[1]) : ok(undefined)
    return result.ok ? ok({ ...checked, func: called }) : result
  }

  async #result({ result: type }: WasmFunction, value: Ipld): Promise<Result<undefined, DagError>> {
    // Reads and verifies all of it, files too.
    const read = await materialize(type, value, this.#load, {}, 'its result')
    if (!read.ok) return read
    const form = await expand(type, value, this.#load)
    const placed = form.ok ? await place(type, form.value) : form
    if (!placed.ok) return placed
    return Buffer.compare(encode(placed.value.value), encode(value)) === 0
      ? ok(undefined)
      : wrong('its result does not stand as results of its value do')
  }
}

function wrong(what: string): Result<never, DagError> {
  return fail({ code: 'block', message: what })
}
