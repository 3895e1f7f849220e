import { writeCar } from '../../dag/car.ts'
import { bundleReceipts } from '../../runtime/receipts/bundle.ts'
import type { Context } from '../context.ts'
import { wrongUsage } from '../diagnostics.ts'
import { refuseTarget, writeNamed } from '../files.ts'
import { StoreDoor } from '../host.ts'
import { unfit } from '../outcome.ts'
import { plural, showBytes, success, type Reply } from '../output.ts'
import { findRun } from './resume.ts'

interface Options {
  out?: string
  bundle?: boolean
}

/** `ipvm export RUN`: writes the receipts of a run to a file that others can verify and take. */
export async function exportCommand(
  context: Context,
  [operand = '']: string[],
  given: Record<string, unknown>,
): Promise<Reply> {
  const { out, bundle = true } = given as Options
  if (context.json && out === '-') return wrongUsage('`--json` and `-o -` both want standard output; write to a file.')
  const refused = out === undefined || out === '-' ? undefined : refuseTarget(out, '')
  if (refused) return refused
  const door = new StoreDoor(context.store)
  try {
    const found = await findRun(door, operand)
    if (!found.ok) return found.error
    const { run } = found.value
    const made = await bundleReceipts(door.open(), run, bundle)
    if (!made.ok) return unfit(made.error, operand)
    const { root, blocks, receipts } = made.value
    if (receipts.length === 0) return wrongUsage(`The run ${run} has no receipts: nothing in it was computed.`)
    const content = writeCar([root], blocks)
    if (out === '-') return success(null, content)
    const file = out ?? `${run}.receipts.car`
    const problem = writeNamed(file, content)
    if (problem) return problem
    const bytes = content.length
    const value = { cid: root.toString(), run, receipts: receipts.length, blocks: blocks.length, bytes, file }
    const said = `${file}: ${plural(receipts.length, 'receipt')}, ${plural(blocks.length, 'block')}, ${showBytes(bytes)}`
    return success(value, `${root}\n`, said)
  } finally {
    await door.close()
  }
}
