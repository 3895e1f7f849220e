import { diagnose } from '../../grammar/diagnostics.ts'
import type { Job } from '../../grammar/nodes.ts'
import type { CheckedJob } from '../core.ts'
import { close, lastVariable, lost, resolve, settled, show, variable } from '../open.ts'
import type { Unit } from '../unit.ts'
import { checkBlock, expectBlock } from './block.ts'
import { newContext, NodeSite, release } from './context.ts'
import { checkParams } from './definitions.ts'
import { finish } from './finish.ts'
import { checkInterface } from './secrets.ts'
import { typeOfNode } from './types.ts'
import { checkUses } from './uses.ts'

/** Finds the signature of a job out. Its body is not looked at: one that says no result has an open one. */
export function checkSignature(unit: Unit, name: string, node: Job): CheckedJob {
  const lines = unit.linesOf(node.body)
  lines?.begin(node.body.statements, unit.notes)
  const context = Object.assign(unit.context ?? {}, newContext(unit, lines && { lines }))
  unit.context = context
  return {
    name,
    file: unit.file,
    exported: node.exported,
    params: checkParams(context, node.params, unit.constants),
    body: { params: [], statements: [], value: { kind: 'error' } },
    result: node.result ? typeOfNode(unit, node.result) : variable(),
    config: unit.config,
    site: new NodeSite(unit.file, name, node.name),
    effects: new Map(),
  }
}

/** Checks the body of a job whose signature is known. */
export function checkBody(unit: Unit, node: Job): void {
  const [job, context] = [unit.job!, unit.context!]
  for (const { binding } of job.params) {
    context.locals.set(binding.name, binding)
    context.sources.set(binding, undefined)
  }
  if (!node.body.value) context.failed = true
  if (node.result && node.body.value) job.body = expectBlock(context, node.body, [], job.result)
  else {
    const { body, type } = checkBlock(context, node.body, [])
    job.body = body
    const found = node.body.value ? type : lost()
    const open = resolve(job.result)
    if (open.kind === 'variable' && !open.lost && open !== resolve(found)) open.bound = lastVariable(found) ?? found
    // Where the body has lost its value, callers go by what is promised.
    else if (!node.result) job.result = found
  }
  finish(context)
  if (!node.result) job.result = settled(job.result)
  checkInterface(context, node, job)
  checkUses(context, node, job)
  release(context)
  if (!node.exported || node.result || !node.body.value || context.failed) return
  const { start } = node.uses ?? node.body
  const type = show(job.result)
  const edits = [{ start, end: start, text: `-> ${type} ` }]
  const isWhole = close(job.result) !== undefined && !type.endsWith('…')
  const fixes = isWhole ? [{ title: `Write \`-> ${type}\``, edits }] : []
  const span = { file: unit.file, start: node.name.start, end: node.name.end }
  unit.diagnostics.push(diagnose('ResultTypeNeeded', { name: job.name, type }, span, { fixes }))
}
