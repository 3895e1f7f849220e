import { checkCid, parseCid } from '../../dag/cid.ts'
import { bytes, unit } from '../../dag/types.ts'
import type {
  Embed,
  Expression,
  FieldValue,
  FlagsLiteral,
  List,
  Name,
  NumberLiteral,
  RecordLiteral,
  Tuple,
} from '../../grammar/nodes.ts'
import type { Core } from '../core.ts'
import { readAsset } from '../files.ts'
import { join, resolve, show, variable, type Open } from '../open.ts'
import { addFields } from './arms.ts'
import { noteCase } from './case.ts'
import { nearest } from '../../dag/suggest.ts'
import { broken, noteField, report, type Context, type Typed } from './context.ts'
import { check, describe, expect, fit } from './expression.ts'
import { dropEntry, dropRepeated } from './fixes.ts'

export function checkNumber(context: Context, node: NumberLiteral): Typed {
  const type = variable(typeof node.value === 'bigint' ? 'number' : 'float')
  context.numbers.push({ node, value: node.value, type })
  return { core: { kind: 'number', value: node.value, type }, type }
}

export function misplacedUnit(context: Context, node: Expression, what: string): Typed {
  report(context, 'MisplacedUnit', { what }, node)
  return broken(context)
}

export function undecided(context: Context, node: Expression, type: Open, what: string, example: string): void {
  context.undecided.push({ node, type, what, example })
}

export function checkLink(context: Context, text: string, node: Expression): Typed {
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

export function checkEmbed(context: Context, node: Embed): Typed {
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

export function checkList(context: Context, node: List, hint: Open | undefined): Typed {
  const expected = hint && resolve(hint)
  if (expected?.kind !== 'list' || resolve(expected.element).kind === 'variable')
    return listOf(context, node, checkEach(context, node.items))
  const { element } = expected
  const items: Core[] = []
  for (let i = 0; i < node.items.length; i++) items.push(expect(context, node.items[i]!, element))
  return { core: { kind: 'list', items, element }, type: expected }
}

/** Without an iterator, which takes room on the stack: expressions nest deep. */
function checkEach(context: Context, nodes: Expression[]): Typed[] {
  const items: Typed[] = []
  for (let i = 0; i < nodes.length; i++) items.push(check(context, nodes[i]!))
  return items
}

/** Elements as a list: all of one type. */
function listOf(context: Context, node: List, items: Typed[]): Typed {
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

export function checkTuple(context: Context, node: Tuple, hint: Open | undefined): Typed {
  if (node.items.length === 0) return { core: { kind: 'value', value: null }, type: unit }
  const expected = hint && resolve(hint)
  if (expected?.kind !== 'tuple' || expected.items.length !== node.items.length)
    return tupleOf(checkEach(context, node.items))
  const items: Core[] = []
  for (let i = 0; i < node.items.length; i++) items.push(expect(context, node.items[i]!, expected.items[i]!))
  return { core: { kind: 'tuple', items }, type: expected }
}

function tupleOf(items: Typed[]): Typed {
  return {
    core: { kind: 'tuple', items: items.map(item => item.core) },
    type: { kind: 'tuple', items: items.map(item => item.type) },
  }
}

export function checkRecord(context: Context, node: RecordLiteral, hint: Open | undefined): Typed {
  const expected = hint && resolve(hint)
  if (expected?.kind !== 'record')
    return node.fields.length === 0 ? flagsOf(context, node, [], expected) : recordOf(context, node)
  const types = new Map(expected.fields.map(field => [field.name, field.type]))
  const fields: [string, Core][] = []
  const seen = new Map<string, number>()
  for (let i = 0; i < node.fields.length; i++) {
    const { name, value } = node.fields[i]!
    const type = types.get(name.text)
    if (seen.has(name.text)) repeated(context, node.fields, seen.get(name.text)!, i)
    else if (!type) unknownField(context, name, expected, seen)
    if (type) noteField(context, expected, name, type)
    const core = type ? expect(context, value, type) : check(context, value).core
    if (seen.has(name.text)) continue
    fields.push([name.text, core])
    seen.set(name.text, i)
  }
  return { core: complete(context, node, expected, fields), type: expected }
}

/** A record whose type nothing says. */
function recordOf(context: Context, node: RecordLiteral): Typed {
  const found = new Map<string, Typed>()
  const places = new Map<string, number>()
  for (let i = 0; i < node.fields.length; i++) {
    const { name, value } = node.fields[i]!
    const typed = check(context, value)
    if (found.has(name.text)) repeated(context, node.fields, places.get(name.text)!, i)
    else {
      found.set(name.text, typed)
      places.set(name.text, i)
    }
  }
  const fields = [...found].map(([name, { type }]) => ({ name, type }))
  const type = { kind: 'record' as const, fields }
  for (const { name } of node.fields) noteField(context, type, name, found.get(name.text)!.type)
  return { core: { kind: 'record', fields: [...found].map(([name, { core }]) => [name, core]) }, type }
}

/** Reports a field whose name the `first` one has already. */
function repeated(context: Context, fields: FieldValue[], first: number, again: number): void {
  const { name } = fields[again]!
  const fixes = dropRepeated(context.module.source, fields, first, again, ({ value }) => value)
  report(context, 'RepeatedField', { name: name.text }, name, { fixes })
}

function unknownField(
  context: Context,
  name: Name,
  type: Open & { kind: 'record' },
  seen: ReadonlyMap<string, unknown>,
): void {
  const known = type.fields.map(field => field.name).filter(field => !seen.has(field))
  report(context, 'UnknownField', { name: name.text, type: show(type), near: nearest(name.text, known) }, name)
}

/** The record, where each field of the type is there and no other. */
function complete(
  context: Context,
  node: RecordLiteral,
  type: Open & { kind: 'record' },
  fields: [string, Core][],
): Core {
  const given = new Set(fields.map(([name]) => name))
  const missing = type.fields.filter(({ name }) => !given.has(name))
  const unknown = given.size + missing.length > type.fields.length
  // A misspelt field is one mistake: what it was meant for is not missing as well.
  if (missing.length > 0 && !unknown) {
    const fixes = addFields(context, node, missing)
    report(context, 'MissingField', { names: missing.map(({ name }) => name), type: show(type) }, node, { fixes })
  }
  return missing.length > 0 || unknown ? { kind: 'error' } : { kind: 'record', fields }
}

export function checkFlags(context: Context, node: FlagsLiteral, hint: Open | undefined): Typed {
  const seen = new Set<string>()
  for (const [at, flag] of node.flags.entries()) {
    if (seen.has(flag.text))
      report(context, 'RepeatedField', { name: flag.text }, flag, { fixes: [dropEntry(node.flags, at)] })
    seen.add(flag.text)
  }
  const expected = hint && resolve(hint)
  if (expected?.kind === 'flags') {
    for (const flag of node.flags) if (expected.flags.includes(flag.text)) noteCase(context, expected, flag)
    const unknown = node.flags.find(flag => !expected.flags.includes(flag.text))
    if (unknown) {
      const near = nearest(unknown.text, expected.flags)
      report(context, 'UnknownCase', { name: unknown.text, type: show(expected), near }, unknown)
      return { core: { kind: 'error' }, type: expected }
    }
  }
  const typed = flagsOf(context, node, [...seen], expected)
  if (expected?.kind !== 'flags') for (const flag of node.flags) noteCase(context, typed.type, flag)
  return typed
}

function flagsOf(context: Context, node: Expression, names: string[], expected: Open | undefined): Typed {
  const core: Core = { kind: 'value', value: [...names].sort() }
  if (expected?.kind === 'flags') return { core, type: expected }
  const type = variable({ flags: names })
  undecided(context, node, type, 'this set of flags', 'let x: flags { read, write } = { read }')
  return { core, type }
}
