import { checkCid, parseCid } from '../../dag/cid.ts'
import { bytes, unit } from '../../dag/types.ts'
import type { Embed, Expression, FlagsLiteral, List, NumberLiteral, RecordLiteral, Tuple } from '../../grammar/nodes.ts'
import type { Core } from '../core.ts'
import { readAsset } from '../files.ts'
import { join, resolve, show, variable, type Open } from '../open.ts'
import { suggest } from '../suggest.ts'
import { broken, report, type Context, type Typed } from './context.ts'
import { check, describe, expect, fit } from './expression.ts'

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

export function checkTuple(context: Context, node: Tuple, hint: Open | undefined): Typed {
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

export function checkRecord(context: Context, node: RecordLiteral, hint: Open | undefined): Typed {
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

export function checkFlags(context: Context, node: FlagsLiteral, hint: Open | undefined): Typed {
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
