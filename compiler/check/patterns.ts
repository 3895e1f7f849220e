import { isInteger, unit } from '../../dag/types.ts'
import type { Arm, CasePattern, LiteralPattern, Match } from '../../grammar/nodes.ts'
import type { Binding, CheckedBody, Core } from '../core.ts'
import { fits, isOptionWrapped, lost, resolve, reveal, show, veil, type Open } from '../open.ts'
import { nearest } from '../../dag/suggest.ts'
import {
  broken,
  decide,
  decisionOf,
  noteFit,
  report,
  settle,
  siteOf,
  unknownType,
  watch,
  type Context,
  type Typed,
} from './context.ts'
import { checkBlock } from './block.ts'
import { noteCase } from './case.ts'
import { checkBranches, type Branch } from './control.ts'
import { check, expect, operation, widen } from './expression.ts'
import { foreignNames } from './foreign.ts'
import { addArms } from './arms.ts'
import { typeOfNode } from './types.ts'

/** A case that a pattern can name. */
interface Case {
  name: string
  /** In IPLD. */
  key: string
  payload?: Open
}

/** What is matched: a value that is computed once. */
interface Subject {
  type: Open
  secret: boolean
  value: Core & { kind: 'local' }
  /** Where the values are few enough to be named. */
  cases: Case[] | undefined
  form: 'option' | 'enum' | 'variant'
}

/** What the patterns come to: the arms that can be reached, and which values they are for. */
interface Choice {
  arms: { arm: Arm; key: string | undefined; binding: Binding | undefined; literal: Core | undefined; case?: Case }[]
  rest: Arm | undefined
  wrong: boolean
}

/** `match v { … }` */
export function checkMatch(context: Context, node: Match, hint: Open | undefined): Typed {
  const before = watch(context)
  const typed = check(context, node.value)
  const wrong = settle(context, before)
  const end = reveal(typed.type).type
  if (wrong || (end.kind === 'variable' && end.domain === 'any')) {
    if (!wrong) unknownType(context, node.value, 'what is matched')
    const { cases } = casesOf(end)
    for (let i = 0; i < node.arms.length; i++) lookInto(context, node.arms[i]!, cases)
    return broken(context)
  }
  return matchOn(context, node, typed, hint)
}

function matchOn(context: Context, node: Match, typed: Typed, hint: Open | undefined): Typed {
  const subject = subjectOf(typed)
  if (!isMatchable(context, node, subject)) return broken(context)
  const choice = readArms(context, node, subject)
  const branches = branchesOf(choice, subject.secret)
  const before = decide(context, decisionOf(node.value, subject.secret))
  const checked = branches.length === 0 ? { bodies: [], type: hint ?? unit } : checkBranches(context, branches, hint)
  context.secretDecision = before
  const { type } = checked
  if (choice.wrong || isIncomplete(context, node, subject, choice, type)) return broken(context)
  const core = choose(context, node, subject, choice, branches, checked.bodies)
  const statement = { binding: subject.value.binding, value: widen(typed, subject.type) }
  return {
    core: { kind: 'block', body: { params: [], statements: [statement], value: core } },
    type: veil(type, subject.secret),
  }
}

function subjectOf(typed: Typed): Subject {
  const { type, secret } = reveal(typed.type)
  const binding: Binding = { name: '_', type }
  return { type, secret, value: { kind: 'local', binding }, ...casesOf(resolve(type)) }
}

/** Arms of which the subject is not known, or the pattern is wrong, are checked for what is wrong in themselves. */
function lookInto(context: Context, { pattern, value }: Arm, cases?: Case[]): void {
  checkBlock(context, value, pattern.kind === 'CasePattern' ? namesIn(context, pattern, cases) : [])
}

function namesIn({ locals }: Context, { path, payload }: CasePattern, cases: Case[] | undefined): Binding[] {
  const name = path.at(-1)!.text
  const type = cases?.find(entry => entry.name === name)?.payload ?? lost()
  if (payload) return [{ name: payload.text, type, at: payload }]
  // A bare word that is no case was meant to be a name.
  return path.length > 1 || locals.has(name) ? [] : [{ name, type: lost(), at: path[0]! }]
}

function casesOf(type: Open): Pick<Subject, 'cases' | 'form'> {
  switch (type.kind) {
    case 'option':
      return {
        cases: [
          { name: 'some', key: 'some', payload: type.some },
          { name: 'none', key: 'none' },
        ],
        form: 'option',
      }
    case 'result':
      return {
        cases: [
          { name: 'ok', key: 'ok', payload: type.ok },
          { name: 'err', key: 'error', payload: type.error },
        ],
        form: 'variant',
      }
    case 'variant':
      return {
        cases: type.cases.map(({ name, type: payload }) => ({ name, key: name, ...(payload ? { payload } : {}) })),
        form: 'variant',
      }
    case 'enum':
      return { cases: type.cases.map(name => ({ name, key: name })), form: 'enum' }
    default:
      return { cases: undefined, form: 'enum' }
  }
}

function isMatchable(context: Context, node: Match, { type, cases }: Subject): boolean {
  const { kind } = resolve(type)
  const literals = kind === 'bool' || kind === 'string' || kind === 'char' || kind === 'variable' || isInteger(kind)
  const float = kind === 'variable' && resolve(type).kind === 'variable' && isFloatVariable(type)
  if ((cases || literals) && !float) return true
  // With nothing but `_` nothing is asked of the value.
  if (node.arms.every(({ pattern }) => pattern.kind === 'RestPattern')) return true
  report(context, 'NotMatchable', { type: show(type), hint: otherwise(kind) }, node.value)
  return false
}

function isFloatVariable(type: Open): boolean {
  const end = resolve(type)
  return end.kind === 'variable' && end.domain === 'float'
}

function otherwise(kind: string): string {
  if (kind === 'ipld') return 'say with `as` what it is'
  if (kind === 'f32' || kind === 'f64' || kind === 'variable') return 'floats are compared with `<` and `>` in an `if`'
  if (kind === 'list') return 'ask for `len(x)`'
  return 'its parts are read with `.`, and compared in an `if`'
}

/** Reads the patterns: what each is for, and which of them are never reached. */
function readArms(context: Context, { arms }: Match, subject: Subject): Choice {
  const choice: Choice = { arms: [], rest: undefined, wrong: false }
  const seen = new Set<string>()
  for (const arm of arms) {
    const { pattern } = arm
    let found: Omit<Choice['arms'][number], 'arm'> | undefined
    const before = watch(context)
    if (pattern.kind === 'CasePattern') found = readCase(context, pattern, subject)
    else if (pattern.kind === 'LiteralPattern') found = readLiteral(context, pattern, subject)
    if (settle(context, before)) choice.wrong = true
    const { key } = found ?? {}
    const covered = covers(subject, seen)
    if (choice.rest || (covered && pattern.kind === 'RestPattern') || (key !== undefined && seen.has(key))) {
      const what = choice.rest
        ? 'an arm above takes all that is left'
        : covered
          ? 'the arms above take every case'
          : 'an arm above takes this case'
      report(context, 'Unreachable', { what }, arm.pattern)
      found = undefined
    } else if (pattern.kind === 'RestPattern') choice.rest = arm
    if (key !== undefined) seen.add(key)
    if (found) choice.arms.push({ arm, ...found })
    else if (choice.rest !== arm) lookInto(context, arm)
  }
  return choice
}

function covers({ type, cases }: Subject, seen: Set<string>): boolean {
  if (resolve(type).kind === 'bool') return seen.size === 2
  return cases !== undefined && seen.size === cases.length
}

/** `none`, `some(x)`, `Color.red` */
function readCase(
  context: Context,
  pattern: CasePattern,
  subject: Subject,
): Omit<Choice['arms'][number], 'arm'> | undefined {
  const { type, cases } = subject
  const name = pattern.path.at(-1)!
  if (!cases) {
    report(context, 'PatternKind', { pattern: name.text, type: show(type), wants: literalsOf(type) }, pattern)
    return undefined
  }
  if (pattern.path.length > 1) {
    const path = pattern.path.slice(0, -1)
    const named = typeOfNode(context.module, {
      kind: 'NamedType',
      path,
      args: [],
      start: pattern.start,
      end: path.at(-1)!.end,
    })
    if (resolve(named).kind === 'variable') {
      context.failed = true
      return undefined
    }
    if (!fits(named, type) || !fits(type, named)) {
      report(
        context,
        'TypeMismatch',
        { expected: show(type), found: `a case of \`${show(named)}\``, hint: undefined },
        pattern,
      )
      return undefined
    }
    noteFit(context.module, pattern, named, type)
  }
  const found = cases.find(entry => entry.name === name.text)
  if (!found) {
    const names = cases.map(entry => entry.name)
    const meant = foreignNames.get(name.text)
    const near = meant !== undefined && names.includes(meant) ? meant : nearest(name.text, names)
    const arm = pattern.path.length === 1 ? { arm: true as const } : {}
    report(context, 'UnknownCase', { name: name.text, type: show(type), near, ...arm }, name)
    return undefined
  }
  const { payload } = pattern
  if (!found.payload && payload) {
    const wants = 'carries nothing: write it without `(…)`'
    const edits = [{ start: name.end, end: pattern.end, text: '' }]
    const fixes = payload.text === '_' ? [{ title: 'Remove `(_)`', edits }] : []
    report(context, 'CasePayload', { name: name.text, wants }, pattern, { fixes })
    return undefined
  }
  if (found.payload && !payload) {
    const wants = `carries a \`${show(found.payload)}\`: write \`${name.text}(x)\`, or \`${name.text}(_)\` to pass over it`
    const fixes = [{ title: 'Insert `(_)`', edits: [{ start: name.end, end: name.end, text: '(_)' }] }]
    report(context, 'CasePayload', { name: name.text, wants }, pattern, { fixes })
    return undefined
  }
  noteCase(context, subject.type, name, found.payload)
  const binding =
    payload && payload.text !== '_' ? { name: payload.text, type: found.payload!, at: payload } : undefined
  return { key: found.key, binding, literal: undefined, case: found }
}

/** `0`, `"a"`, `'c'`, `true` */
function readLiteral(
  context: Context,
  { value }: LiteralPattern,
  subject: Subject,
): Omit<Choice['arms'][number], 'arm'> | undefined {
  const { type, cases } = subject
  if (value.kind === 'Missing') {
    context.failed = true
    return undefined
  }
  if (cases) {
    const pattern = context.module.source.slice(value.start, value.end)
    const wants = `its cases, ${cases
      .map(entry => `\`${entry.payload ? `${entry.name}(x)` : entry.name}\``)
      .slice(0, 5)
      .join(', ')}`
    report(context, 'PatternKind', { pattern, type: show(type), wants }, value)
    return undefined
  }
  const literal = expect(context, value, type)
  return { key: `${value.kind} ${value.value}`, binding: undefined, literal }
}

function literalsOf(type: Open): string {
  switch (resolve(type).kind) {
    case 'bool':
      return '`true` and `false`'
    case 'string':
      return 'texts such as `"a"`, and `_` for the rest'
    case 'char':
      return "characters such as `'a'`, and `_` for the rest"
    default:
      return 'numbers such as `1`, and `_` for the rest'
  }
}

/** What the arms come to that can be reached, and the one for the rest, with what each binds. */
function branchesOf({ arms, rest }: Choice, secret: boolean): Branch[] {
  const branches = arms.map(({ arm, binding }): Branch => {
    const params = binding ? [{ ...binding, type: veil(binding.type, secret) }] : []
    return { node: arm.value, params }
  })
  return rest ? [...branches, { node: rest.value, params: [] }] : branches
}

/** The arms, chosen by the case or the literal. */
function choose(
  context: Context,
  node: Match,
  subject: Subject,
  { arms }: Choice,
  branches: Branch[],
  bodies: CheckedBody[],
): Core {
  const opened = bodies.map((body, i): CheckedBody => {
    const binding = branches[i]!.params[0]
    if (!binding) return body
    const statement = { binding, value: payloadOf(context, node, subject, arms[i]!.case!) }
    return { params: [], statements: [statement, ...body.statements], value: body.value }
  })
  if (arms.length === 0) return { kind: 'block', body: opened[0]! }
  const selector = selectorOf(context, node, subject, arms)
  const isBool = resolve(subject.type).kind === 'bool'
  const inOrder = isBool ? boolBodies(arms, opened) : opened
  const decision = decisionOf(node.value, subject.secret)
  return { kind: 'branch', selector, bodies: inOrder, decision, site: siteOf(context, node) }
}

function selectorOf(context: Context, node: Match, { type, value, cases, form }: Subject, arms: Choice['arms']): Core {
  if (resolve(type).kind === 'bool') return value
  if (cases) {
    const names = arms.map(({ key }) => key!)
    return operation(context, node, 'core/case', [
      value,
      { kind: 'value', value: form },
      { kind: 'value', value: names },
    ])
  }
  const literals: Core = { kind: 'tuple', items: arms.map(({ literal }) => literal!) }
  return operation(context, node, 'core/switch', [value, { kind: 'type', type }, literals])
}

/** A bool picks the first of two bodies where it holds. */
function boolBodies(arms: Choice['arms'], bodies: CheckedBody[]): CheckedBody[] {
  const of = (truth: boolean): CheckedBody => {
    const at = arms.findIndex(({ key }) => key === `BoolLiteral ${truth}`)
    return bodies[at < 0 ? bodies.length - 1 : at]!
  }
  return [of(true), of(false)]
}

/** What a case carries: a field, or, of an option that is written bare, the value itself. */
function payloadOf(context: Context, node: Match, { type, value }: Subject, { key }: Case): Core {
  const field = operation(context, node, 'core/field', [value, { kind: 'value', value: key }])
  const end = resolve(type)
  if (end.kind !== 'option') return field
  const payload: Core & { kind: 'widen' } = { kind: 'widen', value: field, from: end.some, to: end.some }
  context.decided.push(() => {
    if (!isOptionWrapped(end.some)) payload.value = value
  })
  return payload
}

/** Whether a value is left for which there is no arm; reports which. */
function isIncomplete(
  context: Context,
  node: Match,
  { type, cases }: Subject,
  { arms, rest }: Choice,
  result: Open,
): boolean {
  if (rest) return false
  const taken = new Set(arms.map(({ key }) => key))
  const isBool = resolve(type).kind === 'bool'
  const missing = isBool
    ? ['true', 'false'].filter(name => !taken.has(`BoolLiteral ${name}`))
    : cases
      ? cases.filter(({ key }) => !taken.has(key)).map(({ name, payload }) => (payload ? `${name}(_)` : name))
      : ['_']
  if (missing.length === 0) return false
  const params = { missing, type: show(type), countless: !isBool && !cases }
  const fixes = addArms(context, node, missing, result)
  report(context, 'MissingCases', params, { start: node.start, end: node.value.end }, { fixes })
  return true
}
