import { operationName } from '../../dag/job.ts'
import { place } from '../../dag/place.ts'
import { fail, ok, type Result } from '../../dag/result.ts'
import { showType } from '../../dag/types.ts'
import type { Effects, UnknownCommand } from '../../runtime/interface.ts'
import { settleCommand, type Settlement } from '../../runtime/settle.ts'
import { failure } from '../../runtime/wasm/failure.ts'
import type { Context } from '../context.ts'
import { wrongUsage } from '../diagnostics.ts'
import { loadEffects } from '../effects.ts'
import { StoreDoor } from '../host.ts'
import { taskName, unfit, unknownForm } from '../outcome.ts'
import { success, type Reply } from '../output.ts'
import { findRun } from './resume.ts'

interface Options {
  as?: 'done' | 'failed'
  result?: string
}

/** `ipvm resolve RUN TASK --as done|failed`: says what a command came to of which nobody knew. */
export async function resolveCommand(
  context: Context,
  [id = '', task = '']: string[],
  given: Record<string, unknown>,
): Promise<Reply> {
  const options = given as Options
  if (!options.as) return wrongUsage('Say what became of it: `--as done`, or `--as failed`.')
  if (options.as === 'failed' && options.result !== undefined)
    return wrongUsage('`--result` is what a command gave that is done; one that failed gave nothing.')
  const store = new StoreDoor(context.store)
  try {
    const record = await findRun(store, id)
    if (!record.ok) return record.error
    const performing = await loadEffects(context, store, {}, context.note)
    if (!performing.ok) return performing.error
    const { run } = record.value
    let wrong: Reply | undefined
    const left = await settleCommand(
      run,
      async unknown => {
        const settled = await settle(unknown, task, options, performing.value.effects)
        if (settled.ok) return settled
        wrong = settled.error
        return fail({ code: 'run', message: 'it was not chosen' })
      },
      { store: store.open(), effects: performing.value.effects },
    )
    if (wrong) return wrong
    if (!left.ok) return unfit(left.error, run)
    const others = left.value.length > 0 ? `Still unknown: ${listOf(left.value)}` : 'Nothing else is unknown'
    return success({ run, unknown: unknownForm(left.value) }, undefined, `${others}; \`ipvm resume ${run}\` goes on.`)
  } finally {
    await store.close()
  }
}

async function settle(
  unknown: UnknownCommand[],
  task: string,
  options: Options,
  effects: Effects,
): Promise<Result<{ key: string; as: Settlement }, Reply>> {
  const fits = ({ key, task: cid }: UnknownCommand): boolean => key.startsWith(task) || `${cid}`.startsWith(task)
  const found = task === '' ? [] : unknown.filter(fits)
  const [only] = found
  if (!only || found.length > 1) {
    const how = only ? 'is several' : 'is none'
    return fail(wrongUsage(`\`${task}\` ${how} of the commands whose outcome is unknown: ${listOf(unknown)}.`))
  }
  const { key } = only
  if (options.as === 'failed')
    return ok({ key, as: { failure: failure('effect', 'it was said not to have happened') } })
  const settled = await resultOf(only, options.result, effects)
  return settled.ok ? ok({ key, as: settled.value }) : settled
}

/** The result that a command is said to have given. */
async function resultOf(
  { rsc, op }: UnknownCommand,
  text: string | undefined,
  effects: Effects,
): Promise<Result<Settlement, Reply>> {
  const traits = effects.operation(rsc, op)
  const type = traits.ok ? traits.value.result : undefined
  const name = operationName(op)
  if (!type) return fail(wrongUsage(`Nothing here performs \`${name}\`, so that its result cannot be read.`))
  if (text === undefined && type.kind === 'unit') return ok({ value: null, blocks: [] })
  const gives = `\`${name}\` gives a \`${showType(type)}\``
  if (text === undefined)
    return fail(wrongUsage(`${gives}, which others may need: say which by \`--result VALUE\`, as with \`--arg\`.`))
  const { readArgument } = await import('../../compiler/arguments.ts')
  const value = await readArgument(type, { text })
  const placed = value.ok ? await place(type, value.value) : value
  if (placed.ok) return placed
  const why = typeof placed.error === 'string' ? placed.error : placed.error.message
  return fail(wrongUsage(`\`--result ${text}\` is none: ${why.replace(/\.?$/, '.')}`))
}

function listOf(commands: UnknownCommand[]): string {
  return commands.map(command => `${taskName(command, commands)} (${operationName(command.op)})`).join(', ')
}
