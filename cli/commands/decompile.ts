import { decompile } from '../../compiler/targets/homestar/decompile.ts'
import { compareExport } from '../../compiler/targets/homestar/compare.ts'
import { loadFrom, putAll } from '../../runtime/blocks.ts'
import { keepComponents } from '../components.ts'
import type { Context } from '../context.ts'
import { cliRows, complain, wrongUsage } from '../diagnostics.ts'
import { readNamed, refuseTarget, writeNamed } from '../files.ts'
import { StoreDoor } from '../host.ts'
import { plural, success, type Reply } from '../output.ts'
import { isWorkflow } from '../car.ts'
import { readWorkflowFile } from '../workflow.ts'

interface Options {
  component?: string[]
  out?: string
}

/** `ipvm decompile FILE`: prints a source for a workflow of Homestar. */
export async function decompileCommand(
  context: Context,
  [file = '']: string[],
  given: Record<string, unknown>,
): Promise<Reply> {
  const options = given as Options
  if (context.json && options.out === '-')
    return wrongUsage('`--json` and `-o -` both want standard output; write to a file.')
  const refused = options.out === undefined || options.out === '-' ? undefined : refuseTarget(options.out, file)
  if (refused) return refused
  const store = new StoreDoor(context.store, context.gateways)
  try {
    return await decompileWith(file, options, store)
  } finally {
    await store.close()
  }
}

async function decompileWith(file: string, { component, out }: Options, store: StoreDoor): Promise<Reply> {
  const kept = await keepComponents(component, store)
  if (!kept.ok) return kept.error
  const bytes = readNamed(file)
  if (!bytes.ok) return bytes.error
  if (!isWorkflow(file, bytes.value))
    return wrongUsage(`\`${file}\` is no workflow of Homestar's: it is neither JSON nor DAG-CBOR.`, { file })
  const read = await readWorkflowFile(file, bytes.value, store)
  if (!read.ok) return read.error
  const { tasks, imported } = read.value
  const { blocks } = store.open()
  // The source names what was too large for it by CID.
  await putAll(blocks, imported.blocks)
  const load = loadFrom(blocks)
  const source = await decompile(imported, load)
  if (!source.ok)
    return complain(cliRows.NotTaken, `\`${file}\` cannot be written as a source: ${source.error}.`, { file })
  const changed = await compareExport(tasks, imported, load)
  const value = { text: source.value, tasks: tasks.length, changed: changed.map(entry => ({ ...entry })) }
  const note =
    changed.length === 0 ? `${plural(tasks.length, 'task')}, the same CIDs.` : changeNote(changed, tasks.length)
  if (out === undefined || out === '-') return success(value, source.value, note)
  return writeNamed(out, source.value) ?? success({ ...value, file: out }, undefined, note)
}

function changeNote(changed: { task: string; why: string }[], all: number): string {
  const lines = changed.slice(0, 5).map(({ task, why }) => `  ${task}: ${why}`)
  const more = changed.length > 5 ? [`  and ${changed.length - 5} more`] : []
  return [`note: ${changed.length} of ${plural(all, 'task')} will have other CIDs:`, ...lines, ...more].join('\n')
}
