import { existsSync } from 'node:fs'
import type { Blockstore } from 'interface-blockstore'
import type { DagError, DebugInfo } from '../dag/interface.ts'
import type { Ipld } from '../dag/ipld.ts'
import { operationName } from '../dag/job.ts'
import { show } from '../dag/core/show.ts'
import { isReservedInJson, toDagJson } from '../dag/json.ts'
import { isBytes, type Type } from '../dag/types.ts'
import { toIpld, type Value } from '../dag/value.ts'
import { printable } from '../grammar/render.ts'
import type { RunError, RunOutcome, RunSummary, UndoReport, UnknownCommand } from '../runtime/interface.ts'
import { readResult } from '../runtime/result.ts'
import type { StoreFailure } from '../runtime/store/errors.ts'
import { isCompiled } from './car.ts'
import { cliRows, complain, wrongUsage } from './diagnostics.ts'
import { reportFailure } from './failure.ts'
import { readBytes, writeNamed } from './files.ts'
import { exits, plural, success, type Reply } from './output.ts'
import { refuse, refused } from './refusal.ts'
import { capital, storeTrouble } from './trouble.ts'
import { undoForm, undoLines } from './undo.ts'

interface Means {
  blocks: Blockstore
  debug: DebugInfo | undefined
  /** What the command was given: a file, a CID, or a run. */
  operand: string
  /** Where the result goes; `-` is standard output. */
  out: string | undefined
  json: boolean
}

/** What a run came to, as a reply. */
export async function replyTo(outcome: RunOutcome, means: Means): Promise<Reply> {
  if (outcome.ok) {
    const value = await readResult(means.blocks, outcome.type, outcome.result)
    return value.ok ? finish(outcome.summary, outcome.type, value.value, means) : unfit(value.error, means.operand)
  }
  if ('error' in outcome) return unfit(outcome.error, means.operand, outcome.summary?.run)
  if ('stopped' in outcome) return stopped(outcome.summary)
  if ('unknown' in outcome) return unknown(outcome.summary, outcome.unknown)
  if ('cancelled' in outcome) return cancelled(outcome.summary, outcome.undone)
  return reportFailure(outcome, means.debug)
}

/**
 * Why a job cannot run or its result cannot be read: a fault of the file, the arguments or the store.
 *
 * @param run one that has begun, and can be gone on with when the store is well again
 */
export function unfit(error: DagError | RunError | StoreFailure, operand: string, run?: string): Reply {
  const { code, message } = error
  if (code === 'argument' || code === 'run' || code === 'held') return wrongUsage(`${capital(message)}.`)
  if (code === 'unfinished') {
    const { run } = error as RunError
    return wrongUsage(`${capital(message)}: \`ipvm resume ${run}\` goes on with it, \`--new\` begins another one.`)
  }
  if (code === 'replayed') return refused({ reason: 'Replayed', message }, 'The invocation')
  if (code === 'effects') {
    const { problems = [{ op: '', message }] } = error as RunError
    return refuse(problems, process.argv.slice(2))
  }
  const file = existsSync(operand) ? { file: operand } : {}
  if (code === 'nondeterminism') return complain(cliRows.NotDeterministic, `${capital(message)}.`, file)
  const component = 'component' in error ? error.component : undefined
  if (component !== undefined) {
    const name = importOf(component, operand)
    const which = name === undefined ? `The component ${component}` : `The component \`${name}\` (${component})`
    const how = 'Run a compiled file that bundles it, or build a source that imports its file, with this store.'
    return complain(cliRows.NotAtHand, `${which} is not at hand. ${how}`, file)
  }
  const left = run === undefined ? message : `${message}; \`ipvm resume ${run}\` goes on with the run`
  return storeTrouble({ code, message: left }) ?? complain(cliRows.Damaged, `${capital(message)}.`, file)
}

/** The name by which a source imports a component that stands there as a CID. */
function importOf(component: string, operand: string): string | undefined {
  const bytes = readBytes(operand)
  if (typeof bytes === 'string' || isCompiled(operand, bytes)) return undefined
  return new RegExp(`\\bimport\\s+([\\w-]+)\\s+from\\s+"ipfs://${component}"`).exec(Buffer.from(bytes).toString())?.[1]
}

function stopped({ run: id, tasks, ran, hits }: RunSummary): Reply {
  const message = `The run was stopped after ${ran + hits} of ${plural(tasks, 'task')}; \`ipvm resume ${id}\` goes on with it.`
  const failure = { kind: 'stopped', message, run: id }
  return { exit: exits.stopped, json: { ok: false, failure }, stderr: `stopped: ${message}` }
}

/** Commands may have happened or not: who looks after the receiver has to say. */
function unknown({ run, job, ms, ...counts }: RunSummary, commands: UnknownCommand[]): Reply {
  const which = commands.length === 1 ? 'a command has' : `${commands.length} commands have`
  const message = `Nobody knows whether ${which} happened; what depends on that waits.`
  const failure = { kind: 'unknown', message, run, job: job.toString(), ...counts, ms, unknown: unknownForm(commands) }
  const lines = [`unknown: ${message}`]
  for (const command of commands) {
    const args = command.args ? command.args.map(arg => show(arg)).join(', ') : '…'
    lines.push(`  ${printable(`${operationName(command.op)}(${args}): ${command.detail}`)}`)
    lines.push(`    task ${taskName(command, commands)}`)
  }
  const resolve = `ipvm resolve ${run} ${taskName(commands[0]!, commands)}`
  lines.push('Find out, and say for each what it came to:', `  ${resolve} --as failed`)
  lines.push(`  ${resolve} --as done --result VALUE`)
  lines.push('Then go on, which sends nothing again but what may be sent twice:', `  ipvm resume ${run}`)
  return { exit: exits.unknown, json: { ok: false, failure }, stderr: lines.join('\n') }
}

/** As `--json` shows them. */
export function unknownForm(commands: UnknownCommand[]): Ipld {
  return commands.map(command => ({
    task: taskName(command, commands),
    op: command.op,
    args: command.args,
    detail: command.detail,
  }))
}

/** A command by its instruction; by its key where several have the same. */
export function taskName({ task, key }: UnknownCommand, commands: UnknownCommand[]): string {
  return commands.some(other => other.key !== key && other.task.equals(task)) ? key : task.toString()
}

function cancelled({ run, job }: RunSummary, undone: UndoReport | undefined): Reply {
  const message = `The run ${run} was cancelled.`
  const failure = { kind: 'cancelled', message, run, job: job.toString(), ...undoForm(undone) }
  return {
    exit: exits.failed,
    json: { ok: false, failure },
    stderr: [`cancelled: ${message}`, ...leftOf(undone)].join('\n'),
  }
}

/** What is left of what a run has done that was cancelled. */
export function leftOf(undone: UndoReport | undefined): string[] {
  return undone ? undoLines(undone) : ['It had changed nothing.']
}

function finish(summary: RunSummary, type: Type, value: Value, { out, json }: Means): Reply {
  const form = toIpld(type, value)
  const plain = type.kind === 'string' || isBytes(type) ? (value as string | Uint8Array) : undefined
  if (isReservedInJson(form) && (json || plain === undefined))
    return complain(cliRows.NotExpressible, 'The result holds a map with the key `/`, which DAG-JSON cannot say.')
  const line = summaryLine(summary)
  const { run: id, job, ...figures } = summary
  const whole = { run: id, job: job.toString(), result: form, ...figures }
  const text = (): string => `${toDagJson(form, 2)}\n`
  if (out === '-') return success(whole, plain ?? text(), line)
  if (out === undefined) return success(whole, type.kind === 'string' ? `${value as string}\n` : text(), line)
  return writeNamed(out, plain ?? text()) ?? success(whole, undefined, `${out}: ${line}`)
}

function summaryLine({ tasks, ran, hits, checked, ms }: RunSummary): string {
  const time = ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
  const again = checked === undefined ? '' : `, ${checked} checked`
  return `${plural(tasks, 'task')}: ${ran} ran, ${plural(hits, 'hit')}${again}, ${time}`
}
