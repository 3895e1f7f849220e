import type { Fix } from '../../grammar/diagnostics.ts'
import type { After, Call, Do, Expression, Reference, Undo } from '../../grammar/nodes.ts'
import type { CheckedBody, Core } from '../core.ts'
import type { Open } from '../open.ts'
import { symbolWords } from '../scope.ts'
import { checkBlock } from './block.ts'
import { broken, note, report, settle, watch, type Context, type Typed } from './context.ts'
import {
  changesAnything,
  isCommand,
  kindWords,
  mayBeIncomplete,
  noteCall,
  operationsOf,
  quote,
  whenKnown,
  whenPerformed,
  type Performs,
} from './effects.ts'
import { check } from './expression.ts'
import { unknownName } from './names.ts'
import { partsOf } from './parts.ts'

/** The words around a call that say how it is performed. */
export interface Head {
  do?: Do
  /** Where an operator takes the command alone, so that `do` takes too much. */
  operand?: Expression
  undo?: Undo
  after: { node: After; names: Core[] }[]
  /** The call was found, and what is wrong with the words was told. */
  told: boolean
}

/** `do command(…)` */
export function checkDo(context: Context, node: Do, hint: Open | undefined): Typed {
  const first = firstOperand(node.value)
  const call = headCall(first)
  if (call) {
    const head = headOf(context, call)
    head.do = node
    if (first !== node.value) head.operand = first
  }
  return checkHead(context, node, call, hint, () => notACommand(context, node, noCall(node.value)))
}

/** What operators take on their left side, the innermost one. */
function firstOperand(node: Expression): Expression {
  let first = node
  while (first.kind === 'Binary' || first.kind === 'As') first = first.kind === 'Binary' ? first.left : first.value
  return first
}

/** `do a(…) + b` for `(do a(…)) + b`. */
function doTakesAll(context: Context, node: Do, operand: Expression): void {
  const edits = [
    { start: node.start, end: node.start, text: '(' },
    { start: operand.end, end: operand.end, text: ')' },
  ]
  const place = { start: node.start, end: operand.end }
  const command = quote(context, operand).slice(1, -1)
  report(context, 'DoTakesAll', { command }, place, { fixes: [{ title: 'Put parentheses around it', edits }] })
}

/** `command(…) undo r => action` */
export function checkUndo(context: Context, node: Undo, hint: Open | undefined): Typed {
  const call = headCall(node.value)
  const head = call && headOf(context, call)
  if (head?.undo || context.undoing) {
    const what = head?.undo ? 'this one has an `undo` already' : 'this one takes something back itself'
    report(context, 'UndoNeedsCommand', { what }, node)
    return broken(context)
  }
  if (head) head.undo = node
  return checkHead(context, node, call, hint, () =>
    report(context, 'UndoNeedsCommand', { what: 'this is no call of one' }, node.value),
  )
}

/** `operation(…) after a` */
export function checkAfter(context: Context, node: After, hint: Open | undefined): Typed {
  const call = headCall(node.value)
  const names = node.names.flatMap(name => {
    const core = namedBefore(context, name)
    return core ? [core] : []
  })
  if (call) headOf(context, call).after.push({ node, names })
  return checkHead(context, node, call, hint, () =>
    report(context, 'AfterNeedsEffect', { what: 'this is no call of one' }, node.value),
  )
}

/** Checks what a word stands at; `tell` says what is wrong where that is no call, or a pure one. */
function checkHead(
  context: Context,
  node: Do | Undo | After,
  call: Call | undefined,
  hint: Open | undefined,
  tell: () => void,
): Typed {
  const before = watch(context)
  const typed = check(context, node.value, hint)
  if (!settle(context, before) && !(call && headOf(context, call).told)) {
    if (call) headOf(context, call).told = true
    tell()
  }
  return typed
}

function headOf(context: Context, call: Call): Head {
  let head = context.heads.get(call)
  if (!head) context.heads.set(call, (head = { after: [], told: false }))
  return head
}

/** The call that `do`, `undo` and `after` belong to: the first one of what they stand at. */
export function headCall(node: Expression): Call | undefined {
  for (let inner = node; ;) {
    switch (inner.kind) {
      case 'Call':
        return inner
      case 'Access':
      case 'TupleAccess':
      case 'Index':
      case 'With':
        inner = inner.object
        break
      case 'Unwrap':
      case 'Try':
      case 'Catch':
      case 'After':
      case 'Undo':
        inner = inner.value
        break
      default:
        return undefined
    }
  }
}

/** What is called, as the words around a call see it. */
interface Called {
  name: string
  /** Absent where it is pure for certain. */
  performs?: Performs
  /** In words, with an article. */
  what: string
  result: Open
}

/** How an effect is performed. */
export interface Manner {
  after: Core[]
  undo?: CheckedBody
}

/** Notes what a call may perform, and judges the words around it. */
export function checkManner(context: Context, call: Call, called: Called): Manner {
  const { name, performs } = called
  const head = context.heads.get(call)
  if (head) head.told = true
  if (performs) noteCall(context, { ...performs, name, node: call })
  if (!checkWord(context, call, called, head) || !head) return { after: [] }
  const undo = head.undo && checkAction(context, called, head.undo)
  if (head.undo && !undo) return { after: [] }
  const after = checkWaiting(context, called, head)
  return undo ? { after, undo } : { after }
}

/** Whether `do` stands where it has to, and nowhere else; of jobs that is known at the end. */
function checkWord(context: Context, call: Call, { name, performs, what }: Called, head: Head | undefined): boolean {
  const word = head?.do
  if (performs?.kind === 'operation') {
    const { operation } = performs.effect
    if (isCommand(performs) && !word) {
      report(context, 'ForgottenDo', { name }, call, { fixes: [insertDo(context, call)] })
      return false
    }
    if (word && operation === 'query') {
      notACommand(context, word, `\`${name}\` is a query`)
      return false
    }
    if (word && head.operand) doTakesAll(context, word, head.operand)
    return !head?.operand
  }
  if (!word) return true
  if (performs)
    whenKnown(context, performs, () => {
      if (!changesAnything(performs) && !mayBeIncomplete(performs))
        notACommand(context, word, `\`${name}\` performs none`)
      else if (head.operand) doTakesAll(context, word, head.operand)
    })
  else notACommand(context, word, `\`${name}\` is ${what}`)
  return performs !== undefined
}

function notACommand(context: Context, node: Do, what: string): void {
  const edits = [{ start: node.start, end: node.value.start, text: '' }]
  const word = { start: node.start, end: node.start + 'do'.length }
  report(context, 'NotACommand', { what }, word, { fixes: [{ title: 'Remove `do`', edits }] })
}

function noCall(node: Expression): string {
  switch (node.kind) {
    case 'If':
    case 'Match':
    case 'For':
    case 'Reduce':
    case 'Fold':
    case 'Block':
      return 'each command in here has its own'
    case 'Do':
      return 'here is a second one'
    default:
      return 'this is no call of one'
  }
}

/** `do` takes all that follows it, so that a command in the middle of an operation stands in parentheses. */
function insertDo({ module }: Context, { start, end }: Call): Fix {
  const rest = module.source.slice(end, end + 200)
  const inside = /^(\?|\.[\w-]+|\[\w*\])*\s*([-+*/%<>]\s|[=!]=|[<>]=|&&|\|\||as\b)/.test(rest)
  const edits = [{ start, end: start, text: inside ? '(do ' : 'do ' }]
  if (inside) edits.push({ start: end, end, text: ')' })
  return { title: 'Insert `do`', edits }
}

/** The action of an `undo`, which takes the result of the command. */
function checkAction(context: Context, { name, performs, what, result }: Called, node: Undo): CheckedBody | undefined {
  if (performs?.kind !== 'operation' || !isCommand(performs)) {
    const is = performs?.kind === 'operation' ? kindWords[performs.effect.operation] : what
    const hint = performs && performs.kind !== 'operation' ? ': in it every command has an `undo` of its own' : ''
    report(context, 'UndoNeedsCommand', { what: `\`${name}\` is ${is}${hint}` }, node)
    return undefined
  }
  const from = context.performers.length
  const before = watch(context)
  context.undoing = true
  const { body } = checkBlock(context, node.action, [{ name: node.name.text, type: result, at: node.name }])
  context.undoing = false
  if (!settle(context, before))
    whenPerformed(context, from, performers => {
      if (!performers.some(changesAnything)) report(context, 'UndoDoesNothing', {}, node.action)
    })
  return body
}

/** What the call waits for. */
function checkWaiting(context: Context, { name, performs, what }: Called, head: Head): Core[] {
  const [first] = head.after
  if (!first) return []
  const complain = (what: string): void =>
    report(context, 'AfterNeedsEffect', { what: `\`${name}\` ${what}` }, first.node)
  if (!performs) complain(`is ${what}`)
  else if (performs.kind === 'compiled') complain('is compiled, so that nothing in it can be told to')
  else
    whenKnown(context, performs, () => {
      if (operationsOf(performs).length === 0 && !mayBeIncomplete(performs)) complain('performs none')
    })
  return head.after.flatMap(({ names }) => names)
}

/** A name behind `after`: of a `let` or a parameter, whose value there is something to wait for. */
function namedBefore(context: Context, node: Reference): Core | undefined {
  const { name } = node
  const binding = context.locals.get(name)
  const symbol = context.module.scope.get(name)
  const nothing = (what: string): void => report(context, 'AfterNothing', { name, what }, node)
  if (binding) note(context.module, node, { kind: 'local', binding })
  else if (symbol) note(context.module, node, { kind: 'symbol', symbol })
  if (binding) {
    const core: Core = { kind: 'local', binding }
    if (!context.sources.has(binding)) nothing('what a loop, a pattern or a function binds')
    else if (waits(context, core)) return core
    else nothing('known without waiting')
  } else if (symbol && symbol.kind !== 'lost') nothing(symbolWords[symbol.kind])
  else if (symbol) context.failed = true
  else unknownName(context, name, node, () => [...context.locals.keys()])
  return undefined
}

/** What comes to tasks whatever it is made of, or was reported. */
const tasks = new Set<Core['kind']>([
  'wasm',
  'job',
  'compiled',
  'effect',
  'branch',
  'for',
  'reduce',
  'fold',
  'try',
  'catch',
  'error',
])

/** Whether a value is made of what an effect or a call gives. */
function waits({ sources }: Context, core: Core): boolean {
  const open: Core[] = [core]
  const seen = new Set<Core>()
  for (let next = open.pop(); next; next = open.pop()) {
    if (next.kind === 'local') {
      const source = sources.get(next.binding)
      if (!source) {
        if (sources.has(next.binding)) return true
      } else if (!seen.has(source)) {
        seen.add(source)
        open.push(source)
      }
      continue
    }
    if (tasks.has(next.kind)) return true
    // Of a block the names are known, and its value is what it comes to.
    for (const part of next.kind === 'block' ? [next.body.value] : partsOf(next)) open.push(part)
  }
  return false
}
