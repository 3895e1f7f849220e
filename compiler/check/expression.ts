import { checkCid, parseCid } from '../../dag/cid.ts'
import { bytes, unit } from '../../dag/types.ts'
import type {
  Embed,
  Expression,
  FlagsLiteral,
  List,
  NodeOf,
  NumberLiteral,
  RecordLiteral,
  Reference,
  Tuple,
} from '../../grammar/nodes.ts'
import type { Core } from '../core.ts'
import { readAsset } from '../files.ts'
import { assign, fits, join, resolve, show, tooLarge, variable, type Open } from '../open.ts'
import { symbolWords, type Symbol } from '../scope.ts'
import { suggest } from '../suggest.ts'
import { checkAccess, checkIndex, checkTupleAccess } from './access.ts'
import { checkCall, checkWith } from './call.ts'
import { caseValue } from './case.ts'
import { broken, report, type Context, type Typed } from './context.ts'

/** Checks an expression where a type is expected, and makes it one of that type. */
export function expect(context: Context, node: Expression, expected: Open): Core {
  const { diagnostics } = context.module
  const before = diagnostics.length
  const typed = check(context, node, expected)
  // What is wrong inside is the mistake; that the whole does not fit follows from it.
  if (diagnostics.length > before) return fits(typed.type, expected) ? typed.core : { kind: 'error' }
  return fit(context, node, typed, expected)
}

/** Makes a checked expression one of the expected type, or reports that it is none. */
export function fit(context: Context, node: Expression, { core, type }: Typed, expected: Open): Core {
  if (fits(type, expected)) return { kind: 'widen', value: core, from: type, to: expected }
  const hint = mismatchHint(type, expected)
  report(context, 'TypeMismatch', { expected: show(expected), found: describe(type), hint }, node)
  return { kind: 'error' }
}

/** A type in a message; a number that has no type yet is just that. */
function describe(type: Open): string {
  const end = resolve(type)
  if (end.kind === 'variable' && (end.domain === 'number' || end.domain === 'float')) return 'a number'
  return `\`${show(end)}\``
}

function mismatchHint(found: Open, expected: Open): string | undefined {
  const [from, to] = [resolve(found), resolve(expected)]
  if (to.kind === 'option' && assign(from, to.some)) return 'Write `some(…)` around it.'
  if (to.kind === 'result' && assign(from, to.ok)) return 'Write `ok(…)` around it.'
  if (from.kind === 'string' && to.kind === 'list' && resolve(to.element).kind === 'u8')
    return 'Bytes are written `b"…"`.'
  if (from.kind === 'string' && to.kind === 'char') return "A character is written in single quotes: `'c'`."
  return undefined
}

/**
 * Checks an expression and finds its type.
 *
 * @param hint the type that is expected, where one is; it decides literals and need not be met
 */
export function check(context: Context, node: Expression, hint?: Open): Typed {
  const typed = (checkers[node.kind] as Checker<Expression>)(context, node, hint)
  return tooLarge(typed.type) === undefined ? typed : refuseLarge(context, node, typed.type)
}

/** What is made of a type that is too large is too large again a few levels further: it is told once. */
function refuseLarge(context: Context, node: Expression, type: Open): Typed {
  if (!context.module.diagnostics.some(({ name }) => name === 'TypeTooLarge'))
    report(context, 'TypeTooLarge', { why: tooLarge(type) ?? '' }, node)
  return broken(context)
}

type Checker<N> = (context: Context, node: N, hint: Open | undefined) => Typed

/** A table, so that the frame of `check` stays small however many kinds there are: expressions nest deep. */
const checkers: { [K in Expression['kind']]: Checker<NodeOf<K>> } = {
  Missing: broken,
  NumberLiteral: checkNumber,
  BoolLiteral: (_, { value }) => ({ core: { kind: 'value', value }, type: { kind: 'bool' } }),
  Text: (_, { value }) => ({ core: { kind: 'value', value }, type: { kind: 'string' } }),
  CharLiteral: (_, { value }) => ({ core: { kind: 'value', value }, type: { kind: 'char' } }),
  BytesLiteral: (_, { value }) => ({ core: { kind: 'value', value }, type: bytes }),
  DurationLiteral: (context, node) => misplacedUnit(context, node, 'A duration'),
  SizeLiteral: (context, node) => misplacedUnit(context, node, 'A size'),
  CidLiteral: (context, node) => checkLink(context, node.text.value, node),
  Embed: checkEmbed,
  List: checkList,
  Tuple: checkTuple,
  RecordLiteral: checkRecord,
  FlagsLiteral: checkFlags,
  Reference: checkReference,
  Access: checkAccess,
  TupleAccess: checkTupleAccess,
  Index: checkIndex,
  Call: checkCall,
  With: checkWith,
}

function checkNumber(context: Context, node: NumberLiteral): Typed {
  const type = variable(typeof node.value === 'bigint' ? 'number' : 'float')
  context.numbers.push({ node, value: node.value, type })
  return { core: { kind: 'number', value: node.value, type }, type }
}

function misplacedUnit(context: Context, node: Expression, what: string): Typed {
  report(context, 'MisplacedUnit', { what }, node)
  return broken(context)
}

function undecided(context: Context, node: Expression, type: Open, what: string, example: string): void {
  context.undecided.push({ node, type, what, example })
}

function checkLink(context: Context, text: string, node: Expression): Typed {
  const parsed = parseCid(text)
  const cid = parsed.ok ? checkCid(parsed.value) : parsed
  if (!cid.ok) {
    report(context, 'InvalidCid', { why: cid.error.message }, node)
    return broken(context)
  }
  const target = variable()
  undecided(context, node, target, 'what this links to', 'let x: link<bytes> = …')
  return { core: { kind: 'cid', cid: cid.value }, type: { kind: 'link', target } }
}

function checkEmbed(context: Context, node: Embed): Typed {
  if (context.bareCases) {
    report(context, 'NotConstant', { what: 'An argument' }, node)
    return broken(context)
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(node.path.value)) {
    const why = '`embed` reads a file by its path; a CID is written `cid"…"`'
    report(context, 'ImportSource', { source: node.path.value, why }, node.path)
    return broken(context)
  }
  const asset = readAsset(context.module, node.path)
  if (asset.ok) return { core: { kind: 'value', value: asset.value }, type: bytes }
  context.module.diagnostics.push(asset.error)
  return broken(context)
}

function checkList(context: Context, node: List, hint: Open | undefined): Typed {
  const expected = hint && resolve(hint)
  if (expected?.kind === 'list' && resolve(expected.element).kind !== 'variable') {
    const { element } = expected
    return {
      core: { kind: 'list', items: node.items.map(item => expect(context, item, element)), element },
      type: expected,
    }
  }
  const items = node.items.map(item => check(context, item))
  let element: Open | undefined = items[0]?.type
  for (const [i, item] of items.entries()) {
    const both: Open | undefined = join(element!, item.type)
    if (both === undefined) {
      const hint = 'The elements of a list have one type.'
      report(context, 'TypeMismatch', { expected: show(element!), found: describe(item.type), hint }, node.items[i]!)
      return broken(context)
    }
    element = both
  }
  if (element === undefined) {
    element = variable()
    undecided(context, node, element, 'this empty list', 'let x: list<u8> = []')
  }
  const cores = items.map((item, i): Core => fit(context, node.items[i]!, item, element))
  return { core: { kind: 'list', items: cores, element }, type: { kind: 'list', element } }
}

function checkTuple(context: Context, node: Tuple, hint: Open | undefined): Typed {
  if (node.items.length === 0) return { core: { kind: 'value', value: null }, type: unit }
  const expected = hint && resolve(hint)
  if (expected?.kind === 'tuple' && expected.items.length === node.items.length) {
    const items = node.items.map((item, i) => expect(context, item, expected.items[i]!))
    return { core: { kind: 'tuple', items }, type: expected }
  }
  const items = node.items.map(item => check(context, item))
  return {
    core: { kind: 'tuple', items: items.map(item => item.core) },
    type: { kind: 'tuple', items: items.map(item => item.type) },
  }
}

function checkRecord(context: Context, node: RecordLiteral, hint: Open | undefined): Typed {
  const expected = hint && resolve(hint)
  if (node.fields.length === 0 && expected?.kind !== 'record') return flagsOf(context, node, [], expected)
  const types =
    expected?.kind === 'record' ? new Map(expected.fields.map(field => [field.name, field.type])) : undefined
  const fields: [string, Core][] = []
  const found: { name: string; type: Open }[] = []
  const seen = new Set<string>()
  for (const { name, value } of node.fields) {
    const type = types?.get(name.text)
    if (seen.has(name.text)) report(context, 'RepeatedField', { name: name.text }, name)
    else if (types && !type) {
      const near = suggest(
        name.text,
        [...types.keys()].filter(key => !seen.has(key)),
      )
      report(context, 'UnknownField', { name: name.text, type: show(expected!), near }, name)
    }
    const typed = type ? { core: expect(context, value, type), type } : check(context, value)
    if (!seen.has(name.text)) {
      fields.push([name.text, typed.core])
      found.push({ name: name.text, type: typed.type })
    }
    seen.add(name.text)
  }
  if (!types) return { core: { kind: 'record', fields }, type: { kind: 'record', fields: found } }
  const missing = [...types.keys()].filter(name => !seen.has(name))
  const unknown = fields.some(([name]) => !types.has(name))
  // A misspelt field is one mistake: what it was meant for is not missing as well.
  if (missing.length > 0 && !unknown) report(context, 'MissingField', { names: missing, type: show(expected!) }, node)
  return missing.length > 0 || unknown
    ? { core: { kind: 'error' }, type: expected! }
    : { core: { kind: 'record', fields }, type: expected! }
}

function checkFlags(context: Context, node: FlagsLiteral, hint: Open | undefined): Typed {
  const seen = new Set<string>()
  for (const flag of node.flags) {
    if (seen.has(flag.text)) report(context, 'RepeatedField', { name: flag.text }, flag)
    seen.add(flag.text)
  }
  const expected = hint && resolve(hint)
  if (expected?.kind === 'flags') {
    const unknown = node.flags.find(flag => !expected.flags.includes(flag.text))
    if (unknown) {
      const near = suggest(unknown.text, expected.flags)
      report(context, 'UnknownCase', { name: unknown.text, type: show(expected), near }, unknown)
      return { core: { kind: 'error' }, type: expected }
    }
  }
  return flagsOf(context, node, [...seen], expected)
}

function flagsOf(context: Context, node: Expression, names: string[], expected: Open | undefined): Typed {
  const core: Core = { kind: 'value', value: [...names].sort() }
  if (expected?.kind === 'flags') return { core, type: expected }
  const type = variable({ flags: names })
  undecided(context, node, type, 'this set of flags', 'let x: flags { read, write } = { read }')
  return { core, type }
}

function checkReference(context: Context, node: Reference, hint: Open | undefined): Typed {
  const { name } = node
  const local = context.locals.get(name)
  if (local?.literal) {
    context.named.add(local.literal)
    return check(context, local.literal)
  }
  if (local) return { core: { kind: 'local', binding: local }, type: local.type }
  if (context.bareCases && hint) {
    const found = caseValue(context, resolve(hint), { text: name, start: node.start, end: node.end })
    if (found) return found
  }
  const symbol = context.module.scope.get(name)
  if (symbol?.kind === 'const') return constant(context, symbol, node)
  if (symbol?.kind === 'lost') return broken(context)
  if (symbol) {
    report(context, 'NotAValue', { name, what: symbolWords[symbol.kind], hint: hints[symbol.kind](name) }, node)
    return broken(context)
  }
  if (name === 'none') {
    const some = variable()
    undecided(context, node, some, '`none`', 'let x: option<u8> = none')
    return { core: { kind: 'value', value: null }, type: { kind: 'option', some } }
  }
  if (name === 'some' || name === 'ok' || name === 'err')
    report(context, 'CasePayload', { name, wants: `carries a value: write \`${name}(…)\`` }, node)
  else unknownName(context, name, node, [...context.locals.keys(), ...constants(context), 'none'])
  return broken(context)
}

const hints = {
  module: (name: string) => `Call a function of it: \`${name}.function(…)\`.`,
  compiled: (name: string) => `Call it: \`${name}(…)\`.`,
  type: (name: string) => `Name one of its cases: \`${name}.case\`.`,
  effect: (name: string) => `Call one of its operations: \`${name}.operation(…)\`.`,
  job: (name: string) => `Call it: \`${name}(…)\`.`,
} as const

function constants(context: Context): string[] {
  return [...context.module.scope].filter(([, symbol]) => symbol.kind === 'const').map(([name]) => name)
}

/** A number without a type of its own counts as the literal that it is; every other constant has its one type. */
function constant(context: Context, symbol: Symbol & { kind: 'const' }, use: Reference): Typed {
  const literal = literalOfConst(context, symbol, use)
  if (literal) return check(context, literal)
  const found = context.module.constOf(symbol)
  return { core: { kind: 'constant', value: found.core }, type: found.type }
}

/** The literal that a constant without a type stands for; one of another file counts as written where it is used. */
export function literalOfConst(
  context: Context,
  symbol: Symbol & { kind: 'const' },
  use: Reference,
): NumberLiteral | undefined {
  const { type, value } = symbol.node
  if (type || value.kind !== 'NumberLiteral') return undefined
  return symbol.home === context.module ? value : { ...value, start: use.start, end: use.end }
}

export function unknownName(
  context: Context,
  name: string,
  node: { start: number; end: number },
  known: string[],
): void {
  if (context.later.has(name)) return report(context, 'UsedTooEarly', { name }, node)
  const construct = laterBuiltIns.get(name)
  if (construct) return report(context, 'Unsupported', { construct }, node)
  const dash = name.lastIndexOf('-')
  const left = name.slice(0, dash)
  const minus = dash > 0 && known.includes(left) ? `${left} - ${name.slice(dash + 1)}` : undefined
  report(
    context,
    'UnknownName',
    { name, minus, near: minus ? undefined : (foreign[name] ?? suggest(name, known)) },
    node,
  )
}

/** What the language has in other versions. */
const laterBuiltIns = new Map(
  ['len', 'range', 'zip', 'concat', 'flatten', 'keys', 'link', 'declassify', 'secret'].map(name => [
    name,
    `\`${name}\``,
  ]),
)

/** What people who come from other languages write. */
const foreign: Record<string, string> = {
  error: 'err',
  Err: 'err',
  Ok: 'ok',
  Some: 'some',
  None: 'none',
  null: 'none',
  nil: 'none',
  undefined: 'none',
  True: 'true',
  False: 'false',
  TRUE: 'true',
  FALSE: 'false',
}
