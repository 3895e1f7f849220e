import { partsOf } from '../../dag/types.ts'
import { diagnose, type Diagnostic, type DiagnosticName, type Fix, type ParamsOf } from '../../grammar/diagnostics.ts'
import type { Call, Expression, Name, Node, NumberLiteral, Reference } from '../../grammar/nodes.ts'
import type { Binding, CheckedJob, CheckedOperation, Core, Decision, Settings, Site } from '../core.ts'
import type { Host } from '../interface.ts'
import type { Notes, Target } from '../notes.ts'
import { lost, resolve, type Open } from '../open.ts'
import type { Scope, Symbol } from '../scope.ts'
import type { Performer } from './effects.ts'
import type { Lines as Source } from '../../grammar/source.ts'
import type { Lines } from './lines.ts'
import type { Later } from './block.ts'
import { keeping } from './fixes.ts'
import { Locals } from './locals.ts'
import type { Head } from './manner.ts'
import type { Carrier } from './secrets.ts'

/**
 * What checking one file shares: its names, and what they were found to be. What a symbol of another file is, that
 * file's context says (`Symbol.home`), and what is wrong there is reported there.
 */
export interface ModuleContext {
  /** As messages name it. */
  file: string
  /** Where the file is: absolute, symbolic links followed. */
  path: string
  /** The folder outside of which nothing is read, in the same form. */
  root: string
  /** The source, for messages that quote it. */
  source: Source
  host: Host
  scope: Scope
  config: Settings
  /** Of all files of the program. */
  diagnostics: Diagnostic[]
  /** For editors. */
  notes?: Notes | undefined
  /** Names that stand for nothing and are near to nothing, which is told once in a file. */
  unknownNames: Set<string>
  /** For so many unknown names a near one is looked for, which takes as long as there are names. */
  suggestions: number
  /** Each is checked at its first use. */
  typeOf(symbol: Symbol & { kind: 'type' }): Open
  constOf(symbol: Symbol & { kind: 'const' }): Typed
  jobOf(symbol: Symbol & { kind: 'job' }): CheckedJob
  /** An operation of an effect; undefined where the effect has none of that name. */
  effectOf(symbol: Symbol & { kind: 'effect' }, operation: string): CheckedOperation | undefined
  /** Puts off what needs to know what jobs perform until the bodies of all files are checked. */
  atEnd(check: () => void): void
}

/** A checked expression and its type. */
export interface Typed {
  core: Core
  type: Open
}

/** The state of checking one job, constant or argument. */
export interface Context {
  module: ModuleContext
  locals: Locals
  /** Names that later `let`s bind, of each block that is open. */
  later: Later[]
  /** What has to be constant here, in words; undefined in the body of a job. */
  constant?: string
  /** A case may stand alone where its type is known: arguments of the command line have no names of types. */
  bareCases: boolean
  /** Why nothing here may perform anything, in words: `the alternative of a \`catch\``. */
  pure?: string | undefined
  /** The secret that decides whether this place is reached at all, the outermost one. */
  secretDecision: Decision | undefined
  /** In the action of an `undo`. */
  undoing: boolean
  /** Numbers whose range is checked when their types are known. */
  numbers: { node: NumberLiteral; value: bigint | number; type: Open }[]
  /** Literals behind names: each use has a type of its own, and the first place has none. */
  named: Set<NumberLiteral>
  /** Expressions whose types must be decided by the end. */
  undecided: { node: { start: number; end: number }; type: Open; what: string; example: string }[]
  /** Settings of `with` for the call that they belong to. */
  settings: Map<Call, Settings>
  calls: { job: Symbol & { kind: 'job' }; node: Call }[]
  /** What may perform something here, in the order of checking. */
  performers: Performer[]
  /** The `do`, `undo` and `after` of calls. */
  heads: Map<Call, Head>
  /** What `let`s stand for; undefined of a parameter of the job. */
  sources: Map<Binding, Core | undefined>
  /** Arguments, and the parts of those that are written out, where a secret may stand for something that is not. */
  carriers: Map<Expression, Carrier>
  /** Lines of the body that may be known from the time before. */
  lines?: Lines
  /** What can be decided only when all types of the body are known. */
  decided: (() => void)[]
  failed: boolean
}

export function newContext(module: ModuleContext, more: Partial<Context> = {}): Context {
  return {
    module,
    locals: new Locals(more.lines),
    later: [],
    secretDecision: undefined,
    undoing: false,
    bareCases: false,
    numbers: [],
    named: new Set(),
    undecided: [],
    settings: new Map(),
    calls: [],
    performers: [],
    heads: new Map(),
    sources: more.lines?.sources ?? new Map(),
    carriers: new Map(),
    decided: [],
    failed: false,
    ...more,
  }
}

/** Lets go of what only the check itself needs, of which there would be much in a file of many jobs. */
export function release(context: Context): void {
  Object.assign(context, released)
}

const released = {
  locals: new Locals(),
  later: [],
  numbers: [],
  named: new Set(),
  undecided: [],
  settings: new Map(),
  heads: new Map(),
  sources: new Map(),
  carriers: new Map(),
  decided: [],
} satisfies Partial<Context>

/**
 * Puts aside whether anything was wrong before, until {@link settle}, so that it can be asked whether anything was wrong
 * in between. The two take no function: each one that is open for a level of an expression costs room on the stack.
 */
export function watch(context: Context): boolean {
  const before = context.failed
  context.failed = false
  return before
}

/** Whether anything was wrong since {@link watch}. */
export function settle(context: Context, before: boolean): boolean {
  const wrong = context.failed
  context.failed ||= before
  return wrong
}

export function report<N extends DiagnosticName>(
  context: Context,
  name: N,
  params: ParamsOf<N>,
  node: { start: number; end: number },
  more: { related?: Diagnostic['related']; fixes?: Fix[]; once?: string } = {},
): void {
  const span = { file: context.module.file, start: node.start, end: node.end }
  const diagnostic = diagnose(name, params, span, more)
  context.failed ||= diagnostic.severity === 'error'
  context.module.diagnostics.push({ ...diagnostic, fixes: keeping(context.module.source, diagnostic.fixes) })
}

/** Notes what a name stands for. */
export function note({ notes }: ModuleContext, node: Name | Reference | undefined, target: Target): void {
  if (node) notes?.targets.set(node, target)
}

/** Notes that a name stands for a field. */
export function noteField({ module }: Context, of: Open & { kind: 'record' }, node: Name, type: Open): void {
  note(module, node, { kind: 'field', of, name: node.text, type })
}

/** Notes that a value of one type stands where one of another is expected, where these have parts. */
export function noteFit({ notes }: ModuleContext, node: Node, from: Open, to: Open): void {
  if (!notes || resolve(from) === resolve(to)) return
  const { kind } = resolve(from)
  if (kind !== 'enum' && kind !== 'flags' && partsOf<Open>(resolve(from)).length === 0) return
  const known = notes.fits.get(node)
  if (known) known.push([from, to])
  else notes.fits.set(node, [[from, to]])
}

/** Notes what stands where it is bound. */
export function noteLocal(module: ModuleContext, binding: Binding): void {
  if (module.notes) note(module, binding.at, { kind: 'local', binding })
}

/** Stands for what was reported: fits everywhere, so that one mistake gives one error. */
export function broken(context: Context): Typed {
  context.failed = true
  return { core: { kind: 'error' }, type: lost() }
}

/** Where an expression stands, under the name by which its source calls it: `image.crop`, `xs[0]`. */
export function siteOf(context: Context, node: Expression): Site {
  const { file, source } = context.module
  const named = node.kind === 'Call' ? node.callee : node
  const name = source.slice(named.start, Math.min(named.end, named.start + MAX_NAME)).replace(/\s+/g, ' ')
  return new NodeSite(file, name, node)
}

/** The place of a node, which moves with it. */
class NodePlace {
  readonly #node: { start: number; end: number }

  constructor(node: { start: number; end: number }) {
    this.#node = node
  }
  get start(): number {
    return this.#node.start
  }
  get end(): number {
    return this.#node.end
  }
}

/** A {@link Site} that moves with its node. */
export class NodeSite extends NodePlace implements Site {
  readonly file: string
  readonly name: string

  constructor(file: string, name: string, node: { start: number; end: number }) {
    super(node)
    this.file = file
    this.name = name
  }
}

class NodeDecision extends NodePlace implements Decision {
  readonly secret: boolean

  constructor(secret: boolean, node: Expression) {
    super(node)
    this.secret = secret
  }
}

const MAX_NAME = 80

/** Of a value whose type is open because of another mistake nothing more is said. */
export function unknownType(context: Context, node: { start: number; end: number }, what: string): Typed {
  const { diagnostics } = context.module
  if (!context.failed && !diagnostics.some(({ severity }) => severity === 'error'))
    report(context, 'CannotInfer', { what, example: 'let x: T = …' }, node)
  return broken(context)
}

/** What an expression decides. */
export function decisionOf(node: Expression, secret: boolean): Decision {
  return new NodeDecision(secret, node)
}

/**
 * Lets what is checked next stand where something decides, until `secretDecision` is put back.
 *
 * @returns the secret that decided before
 */
export function decide(context: Context, decision: Decision): Decision | undefined {
  const before = context.secretDecision
  if (decision.secret) context.secretDecision ??= decision
  return before
}
