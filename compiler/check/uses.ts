import type { Diagnostic, Fix } from '../../grammar/diagnostics.ts'
import type { Job, Use } from '../../grammar/nodes.ts'
import type { CheckedJob } from '../core.ts'
import { nearest, type Near } from '../../dag/suggest.ts'
import { dropEntry } from './fixes.ts'
import { note, report, type Context, type ModuleContext } from './context.ts'
import { isComplete, operationName, operationsOf } from './effects.ts'

const DECLASSIFY = 'secret/declassify'

/** Holds what a job says that it performs against what it performs, which is known at the end. */
export function checkUses(context: Context, node: Job, job: CheckedJob): void {
  for (const use of node.uses?.operations ?? []) noteUse(context.module, use)
  context.module.atEnd(() => {
    const says = readUses(context, node, job)
    // After another mistake the job may perform more than was seen.
    if (!says || !isComplete(job) || (!node.uses && !job.exported)) return
    const missing = [...job.effects.keys()].filter(op => !says.has(op)).sort()
    const surplus = [...says].filter(op => !job.effects.has(op)).sort()
    if (missing.length === 0 && surplus.length === 0) return
    const named = (ops: string[]): string[] => ops.map(op => nameHere(context.module, op))
    const uses = usesOf(context, job)
    const place = node.uses ?? node.name
    const fixes = [writeUses(context, node, uses)]
    if (surplus.length > 0)
      report(context, 'WrongUses', { job: job.name, surplus: named(surplus), missing: named(missing) }, place, {
        fixes,
      })
    else {
      const some = node.uses !== undefined
      const related = performedAt(context, missing[0]!)
      report(context, 'MissingUses', { job: job.name, missing: named(missing), uses, some }, place, { related, fixes })
    }
  })
}

/** What a job performs, as it is written in a `uses`. */
function usesOf({ module }: Context, { effects }: CheckedJob): string {
  const performed = [...effects.keys()].sort()
  return performed.map(op => nameHere(module, op)).join(', ')
}

/** Where a job performs an operation, itself or by a call. */
function performedAt({ module, performers }: Context, op: string): Diagnostic['related'] {
  const found = performers.find(performer => operationsOf(performer).some(effect => effect.op === op))
  if (!found) return []
  const { start, end } = found.node
  const message = `\`${nameHere(module, op)}\` is performed here`
  return [{ message, span: { file: module.file, start, end } }]
}

/** The operations that a `uses` names; nothing where one of them is wrong, which is reported. */
function readUses(context: Context, node: Job, job: CheckedJob): Set<string> | undefined {
  const says = new Set<string>()
  let wrong = false
  const operations = node.uses?.operations ?? []
  for (const [at, use] of operations.entries()) {
    const op = operationOf(context, node, use, job)
    if (op === undefined) wrong = true
    else if (says.has(op)) {
      report(context, 'RepeatedUse', { name: textOf(use) }, use, { fixes: [dropEntry(operations, at)] })
      wrong = true
    } else says.add(op)
  }
  return wrong ? undefined : says
}

function textOf({ path }: Use): string {
  return path.map(name => name.text).join('.')
}

function noteUse(module: ModuleContext, { path }: Use): void {
  const [first, operation] = path
  if (path.some(name => name.text === '') || textOf({ path } as Use) === 'declassify') return
  const symbol = module.scope.get(first!.text)
  if (symbol?.kind === 'lost') return
  const effect = symbol?.kind === 'effect' ? symbol : undefined
  const found = effect && path.length === 2 ? module.effectOf(effect, operation!.text) : undefined
  if (effect && found) note(module, operation, { kind: 'operation', effect, operation: found })
  if (path.length === 2 && !found) {
    // What others know is looked up when somebody asks: it changes with what they import.
    const target = { kind: 'elsewhere', effect: first!.text, operation: operation!.text } as const
    module.notes?.targets.set(first!, { ...target, part: 'effect' })
    module.notes?.targets.set(operation!, { ...target, part: 'operation' })
  } else if (symbol) note(module, first, { kind: 'symbol', symbol })
}

/** The operation that a path names: of an effect of the file, or one that the job performs through another file. */
function operationOf(context: Context, node: Job, use: Use, job: CheckedJob): string | undefined {
  const text = textOf(use)
  const [first, operation] = use.path
  // The parser has told that something is missing.
  if (use.path.some(name => name.text === '')) return undefined
  if (text === 'declassify') return DECLASSIFY
  const symbol = context.module.scope.get(first!.text)
  if (symbol?.kind === 'lost') return undefined
  const found = symbol?.kind === 'effect' && use.path.length === 2 && context.module.effectOf(symbol, operation!.text)
  if (found) return found.op
  const elsewhere = text.replace('.', '/')
  if (job.effects.has(elsewhere)) return elsewhere
  // What a name is that is unknown was told where the job uses it.
  if (!symbol && !isComplete(job)) return undefined
  const { unknownNames, suggestions } = context.module
  unknownNames.add(text)
  const near = unknownNames.size < suggestions ? nearUse(context.module, text, job) : undefined
  // The job performs nothing of that name, or it would have been found.
  const fixes = near === undefined && isComplete(job) ? [writeUses(context, node, usesOf(context, job))] : []
  report(context, 'UnknownUse', { name: text, near, performs: !isComplete(job) }, use, { fixes })
  return undefined
}

/** Where the white space before a place begins. */
function spaceBefore({ source: { text } }: ModuleContext, start: number): number {
  return start - /\s*$/.exec(text.slice(0, start))![0].length
}

function nearUse(module: ModuleContext, text: string, job: CheckedJob): Near | undefined {
  const performed = [...job.effects.keys()].map(op => nameHere(module, op))
  // An effect alone stands for what the job performs of it.
  const ofEffect = performed.find(name => name.startsWith(`${text}.`))
  if (ofEffect) return ofEffect
  return nearest(text, [...performed, ...knownOperations(module), 'declassify'])
}

function* knownOperations({ scope }: ModuleContext): Generator<string> {
  for (const [name, symbol] of scope)
    if (symbol.kind === 'effect') for (const operation of symbol.node.operations) yield `${name}.${operation.name.text}`
}

/** How a file names an operation: by what it calls the effect, where it has a name for it. */
export function nameHere(module: ModuleContext, op: string): string {
  const [effect, operation] = op.split('/')
  for (const [name, symbol] of module.scope)
    if (symbol.kind === 'effect' && symbol.name === effect && module.effectOf(symbol, operation!))
      return `${name}.${operation}`
  return operationName(op)
}

function writeUses({ module }: Context, node: Job, uses: string): Fix {
  if (uses === '') {
    const { start, end } = node.uses!
    return { title: 'Remove `uses`', edits: [{ start: spaceBefore(module, start), end, text: '' }] }
  }
  const text = `uses ${uses}`
  if (node.uses) return { title: `Write \`${text}\``, edits: [{ start: node.uses.start, end: node.uses.end, text }] }
  const { start } = node.body
  return { title: `Write \`${text}\``, edits: [{ start, end: start, text: `${text} ` }] }
}
