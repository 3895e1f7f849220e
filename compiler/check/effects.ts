import { unit } from '../../dag/types.ts'
import { childrenOf, type Block, type Call, type Expression, type Node, type Perform } from '../../grammar/nodes.ts'
import { isUnread } from '../../grammar/unread.ts'
import type { CheckedJob, CheckedOperation, CompiledJob, Core } from '../core.ts'
import { reveal, type Open } from '../open.ts'
import type { Scope, Symbol } from '../scope.ts'
import { pathOf } from './case.ts'
import { report, settle, watch, type Context, type ModuleContext } from './context.ts'
import { check } from './expression.ts'
import { choice, dropLines } from './fixes.ts'
import { sameEnds } from '../replaced.ts'
import { partsOf } from './parts.ts'

/** What may perform something: an operation for certain, a job as far as its body does. */
export type Performs =
  | { kind: 'operation'; effect: CheckedOperation }
  | { kind: 'job'; job: CheckedJob }
  | { kind: 'compiled'; job: CompiledJob }

/** A call of something that may perform something, by the name that its source gives it. */
export type Performer = Performs & { name: string; node: Call }

/** Jobs in whose bodies something is wrong: what they perform is not fully known. */
const incomplete = new WeakSet<CheckedJob>()

/** `http/get` as people write it. */
export function operationName(op: string): string {
  return op === 'secret/declassify' ? 'declassify' : op.replace('/', '.')
}

/** Whether all that a job performs is known, of those whose bodies are checked. */
export function isComplete(job: CheckedJob): boolean {
  return !incomplete.has(job)
}

/**
 * Adds up what the jobs of a file perform, themselves and by their calls; those of other files are known.
 *
 * @param bodies what each body was found to call
 */
export function closeEffects(bodies: Map<CheckedJob, Pick<Context, 'performers' | 'failed'>>): void {
  const callers = new Map<CheckedJob, CheckedJob[]>()
  for (const job of bodies.keys()) {
    job.effects.clear()
    incomplete.delete(job)
  }
  for (const [job, { performers, failed }] of bodies) {
    if (failed) incomplete.add(job)
    for (const performer of performers) {
      for (const effect of operationsOf(performer)) job.effects.set(effect.op, effect)
      if (performer.kind !== 'job') continue
      const known = callers.get(performer.job)
      if (known) known.push(job)
      else callers.set(performer.job, [job])
    }
  }
  const open = [...callers.keys()]
  for (let job = open.pop(); job; job = open.pop())
    for (const caller of callers.get(job) ?? []) if (inherit(caller, job)) open.push(caller)
}

/** Adds what a job performs to what one that calls it performs, and says whether there was anything new. */
function inherit(caller: CheckedJob, job: CheckedJob): boolean {
  const before = caller.effects.size
  for (const [op, effect] of job.effects) caller.effects.set(op, effect)
  const grows = !isComplete(job) && isComplete(caller)
  if (grows) incomplete.add(caller)
  return grows || caller.effects.size > before
}

/** What a call performs, as far as it is known: of a job when all bodies are checked. */
export function operationsOf(performs: Performs): CheckedOperation[] {
  switch (performs.kind) {
    case 'operation':
      return [performs.effect]
    case 'job':
      return [...performs.job.effects.values()]
    case 'compiled':
      // Of a job that was compiled the kinds are not known, and commands are what has to be told.
      return performs.job.uses.map(op => ({ op, scheme: '', operation: 'command', params: [], result: unit }))
  }
}

export function isCommand(performs: Performs): boolean {
  return operationsOf(performs).some(({ operation }) => operation === 'command' || operation === 'idempotent command')
}

/** Whether something happens that does not depend on its value being demanded. */
export function changesAnything(performs: Performs): boolean {
  return operationsOf(performs).some(({ operation }) => operation !== 'query')
}

/** Whether an expression changes anything; to be asked when it is known what all jobs perform. */
export function performs(core: Core): boolean {
  const open = [core]
  for (let next = open.pop(); next; next = open.pop()) {
    if (next.kind === 'effect' && next.effect.operation !== 'query') return true
    if (next.kind === 'job' && (changesAnything({ kind: 'job', job: next.job }) || !isComplete(next.job))) return true
    if (next.kind === 'compiled' && next.job.uses.length > 0) return true
    for (const part of partsOf(next)) open.push(part)
  }
  return false
}

/** Jobs of a file that perform something, as {@link mayPerform} found them, by the scope that it has. */
const performing = new WeakMap<Scope, Set<string>>()

/** Whether a job performs anything, as the sources tell: the bodies of its file may not be checked yet. */
export function mayPerform({ home, name }: Symbol & { kind: 'job' }): boolean {
  let known = performing.get(home.scope)
  if (!known) performing.set(home.scope, (known = performingJobs(home)))
  return known.has(name)
}

function performingJobs(home: ModuleContext): Set<string> {
  for (;;) {
    const found = jobsThatCall(home)
    // Of jobs that are not read all words count, so that those in doubt are read.
    const unread = [...found].flatMap(name => {
      const symbol = home.scope.get(name)
      return symbol?.kind === 'job' && isUnread(symbol.node) ? [symbol.node] : []
    })
    if (unread.length === 0) return found
    for (const job of unread) job.read()
  }
}

/** Jobs of a file that call what performs something, or jobs that do. */
function jobsThatCall({ scope, source }: ModuleContext): Set<string> {
  const found = new Set<string>()
  const names = [...scope.keys(), ...(source.text.includes('declassify') ? ['declassify'] : [])]
  if (!names.some(name => isPerforming(scope, name))) return found
  const callers = new Map<string, string[]>()
  for (const [caller, symbol] of scope)
    if (symbol.kind === 'job' && symbol.home.scope === scope)
      for (const name of isUnread(symbol.node) ? symbol.node.words() : callsOf([symbol.node.body])) {
        if (isPerforming(scope, name)) found.add(caller)
        const known = callers.get(name)
        if (known) known.push(caller)
        else callers.set(name, [caller])
      }
  // More are appended while this goes on.
  for (const job of found) for (const caller of callers.get(job) ?? []) found.add(caller)
  return found
}

/** Whether a call by a name performs something, of a job of the same file as far as others tell. */
function isPerforming(scope: Scope, name: string): boolean {
  const symbol = scope.get(name)
  if (!symbol) return name === 'declassify'
  if (symbol.kind === 'compiled') return symbol.job.uses.length > 0
  return symbol.kind === 'effect' || (symbol.kind === 'job' && symbol.home.scope !== scope && mayPerform(symbol))
}

/**
 * Whether what the jobs of a file may perform stays as it was found when one of them gets another body.
 *
 * @param name of the job
 */
export function staysPure({ scope }: ModuleContext, name: string, before: Block, now: Block): boolean {
  const known = performing.get(scope)
  if (!known) return true
  const [old, called] = [callsOf(changed(before, now)), callsOf(changed(now, before))]
  if (old.size === called.size && [...old].every(other => called.has(other))) return true
  // What performs something may do so by what was taken out.
  return !known.has(name) && ![...called].some(other => known.has(other) || isPerforming(scope, other))
}

/** The lines of a body, and its value, that another one has not. */
function changed({ statements, value }: Block, other: Block): Node[] {
  const { first, last } = sameEnds(statements, other.statements)
  const lines: Node[] = statements.slice(first, statements.length - last)
  return value && value !== other.value ? [...lines, value] : lines
}

/** What is called by name in some nodes. */
function callsOf(nodes: readonly Node[]): Set<string> {
  return new Set(nodes.flatMap(node => [...findCalls(node)]))
}

function* findCalls(body: Node): Generator<string> {
  const open = [body]
  for (let next = open.pop(); next; next = open.pop()) {
    for (const child of childrenOf(next)) open.push(child)
    const path = next.kind === 'Call' ? pathOf(next.callee) : undefined
    if (path) yield path[0]!.text
  }
}

export function mayBeIncomplete(performs: Performs): boolean {
  return performs.kind === 'job' && !isComplete(performs.job)
}

/** Decides about a call: at once where it is an operation, else when it is known what all jobs perform. */
export function whenKnown(context: Context, performs: Performs, decide: () => void): void {
  if (performs.kind === 'job') context.module.atEnd(decide)
  else decide()
}

/** Notes a call that may perform something, and reports it where nothing may, or where a secret decides about it. */
export function noteCall(context: Context, performer: Performer): void {
  context.performers.push(performer)
  const { pure, secretDecision } = context
  if (pure === undefined && !secretDecision) return
  const { name, node } = performer
  whenKnown(context, performer, () => {
    const [first] = operationsOf(performer)
    if (!first) return
    const operation = operationName(first.op)
    const job = performer.kind !== 'operation'
    if (pure !== undefined) {
      const performs = job ? `\`${name}\` performs \`${operation}\`` : `\`${name}\` is ${kindWords[first.operation]}`
      report(context, 'ImpureAlternative', { performs, where: pure }, node)
    } else if (secretDecision) {
      const what = job ? `\`${name}\` performs \`${operation}\`` : `\`${name}\` is performed`
      const { start, end } = secretDecision
      const related = [{ message: DECIDES, span: { file: context.module.file, start, end } }]
      report(context, 'SecretDecides', { what }, node, { related })
    }
  })
}

/** What is said of a secret in a condition, or in what is gone over. */
export const DECIDES = 'this is secret, and decides'

/** With an article. */
export const kindWords = {
  query: 'a query',
  note: 'a note',
  'idempotent command': 'an idempotent command',
  command: 'a command',
} as const satisfies Record<CheckedOperation['operation'], string>

/** Looks at what was called since a place in the order of checking, when all of it is known. */
export function whenPerformed(context: Context, from: number, look: (performers: Performer[]) => void): void {
  const performers = context.performers.slice(from)
  context.module.atEnd(() => {
    if (!performers.some(mayBeIncomplete)) look(performers)
  })
}

/** A line of its own: it has to perform something. In a test a condition was meant to be asserted. */
export function checkPerform(context: Context, perform: Perform, inTest: boolean): Core {
  const { value: node } = perform
  const from = context.performers.length
  const before = watch(context)
  const { core, type } = check(context, node)
  if (settle(context, before)) return core
  whenPerformed(context, from, performers => {
    if (performers.some(changesAnything)) {
      if (performers.some(isCommand)) checkIgnored(context, node, type)
    } else if (inTest && reveal(type).type.kind === 'bool') {
      const edits = [{ start: node.start, end: node.start, text: 'assert ' }]
      report(context, 'ForgottenAssert', {}, node, { fixes: [{ title: 'Insert `assert`', edits }] })
    } else {
      const reads = performers.some(performer => operationsOf(performer).length > 0)
      const what = `${quote(context, node)} ${reads ? 'changes' : 'performs'} nothing`
      const { start } = perform
      const { source } = context.module
      const name = { title: 'Call it `_`', edits: [{ start, end: start, text: 'let _ = ' }] }
      report(context, 'UnusedExpression', { what }, node, { fixes: choice(source, [name, dropLines(source, perform)]) })
    }
  })
  return core
}

const MAX_QUOTED = 40

/** An expression in a message. */
export function quote({ module }: Context, { start, end }: Expression): string {
  const text = module.source.slice(start, Math.min(end, start + MAX_QUOTED + 1)).replace(/\s+/g, ' ')
  return `\`${text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text}\``
}

/** A command that says in its result that it has failed, in a line that drops the result. */
function checkIgnored(context: Context, node: Expression, type: Open): void {
  const revealed = reveal(type).type
  const each = revealed.kind === 'list' ? reveal(revealed.element).type : revealed
  if (each.kind !== 'result') return
  const call = plainCall(node)
  const edits = call && [{ start: call.end, end: call.end, text: '?' }]
  const fixes = edits ? [{ title: 'Fail with it: `?`', edits }] : []
  report(context, 'IgnoredResult', { what: quote(context, call?.callee ?? node) }, node, { fixes })
}

/** The call whose result an expression is. */
function plainCall(node: Expression): Call | undefined {
  let inner = node
  while (inner.kind === 'Do' || inner.kind === 'With' || inner.kind === 'After' || inner.kind === 'Undo')
    inner = inner.kind === 'With' ? inner.object : inner.value
  return inner.kind === 'Call' ? inner : undefined
}
