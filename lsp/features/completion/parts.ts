import { limits } from '../../../compiler/check/settings.ts'
import { resolve, reveal, unveil, type Open } from '../../../compiler/open.ts'
import type { Call, FieldValue, FlagsLiteral, Match, RecordLiteral } from '../../../grammar/nodes.ts'
import { settingDefault } from '../../describe/words.ts'
import { typeName, typeText } from '../../describe/type.ts'
import type { View } from '../../interface.ts'
import { alikeAt } from './alike.ts'
import { inSnippet, Tier, type Candidate } from './candidates.ts'
import { casesOf } from './names.ts'
import type { Place } from './place.ts'

/** The names of arguments that a call does not have yet. */
export function argumentNames(view: View, { notes, range, next }: Place, call: Call | undefined): Candidate[] {
  const called = call && notes?.calls.get(call)
  // What a case carries is written without a name; of what a part or the content is taken, that stands there already.
  if (!called || !call || called.keeps || next === 'Dot' || next === 'Question') return []
  // What stands behind a colon without a name is the argument that is named.
  const own = next === 'Colon' ? call.args.find(({ end }) => end >= range.start) : undefined
  const others = call.args.filter(arg => arg !== own && !(arg.start <= range.end && range.start <= arg.end))
  const given = new Set(others.flatMap(({ name }) => name?.text ?? []))
  // Behind a name all others have one.
  if (others.some(({ name, start }) => !name && start >= range.end)) return []
  const places = others.filter(({ name, end }) => !name && end <= range.start).length
  return called.params.flatMap((param, order): Candidate[] => {
    if (order < places || given.has(param.name)) return []
    const detail = (): string => typeText(view, param.type)
    const text = withColon(next, param.name)
    return [{ label: `${param.name}:`, kind: 'argument', tier: Tier.needed, order, detail, text }]
  })
}

/** A name with the colon behind it, where that is not there yet. */
function withColon(next: string | undefined, name: string): string {
  return next === 'Colon' ? name : `${name}: `
}

/** The fields that a record does not have yet, all of them at once, too; or the flags that a set does not have. */
export function fieldNames(
  view: View,
  { notes, path, range, next }: Place,
  literal: RecordLiteral | FlagsLiteral,
): Candidate[] {
  // What stands behind a colon without a name is a value.
  const isField = ({ value }: FieldValue): boolean => next !== 'Colon' || value.kind !== 'Missing'
  const alike = notes && alikeAt(path, notes, literal.start)
  // By itself a record has the fields that stand there, and no others.
  const found = alike ?? notes?.expected.get(literal)
  const type = found && resolve(unveil(found).type)
  const names =
    literal.kind === 'RecordLiteral' ? literal.fields.filter(isField).map(({ name }) => name) : literal.flags
  const others = names.filter(name => !(name.start <= range.start && range.start <= name.end))
  const given = new Set(others.map(({ text }) => text))
  if (type?.kind === 'flags')
    return type.flags
      .filter(flag => !given.has(flag))
      .map((label, order) => ({ label, kind: 'case', tier: Tier.needed, order }))
  if (type?.kind !== 'record') return []
  const missing = type.fields.filter(({ name }) => !given.has(name))
  const fields = missing.map(({ name, type }, order): Candidate => {
    const detail = (): string => typeText(view, type)
    return { label: name, kind: 'field', tier: Tier.needed, order, detail, text: withColon(next, name) }
  })
  if (missing.length < 2 || next === 'Colon') return fields
  const text = missing.map(({ name }, i) => `${name}: $${i + 1}`).join(', ')
  const all = missing.map(({ name }) => name).join(', ')
  return [...fields, { label: all, kind: 'value', tier: Tier.needed, order: missing.length, text, snippet: true }]
}

/** Patterns of a `match`: those that it has no arm for first. */
export function patterns(view: View, place: Place, match: Match): Candidate[] {
  const { notes, range, next } = place
  const found = notes?.types.get(match.value)
  const { type } = found ? reveal(found) : { type: undefined }
  const known = type ? casesOf(type) : []
  const taken = new Set<string>()
  for (const { pattern } of match.arms) {
    if (pattern.start <= range.start && range.start <= pattern.end) continue
    if (pattern.kind === 'CasePattern') taken.add(pattern.path.at(-1)!.text)
    else if (pattern.kind === 'LiteralPattern' && pattern.value.kind === 'BoolLiteral')
      taken.add(String(pattern.value.value))
    else if (pattern.kind === 'RestPattern') taken.add('_')
  }
  const missing = known.filter(({ label }) => !taken.has(label))
  const isArm = next === 'FatArrow' || next === 'LParen'
  const arms = known.map(({ label, payload }, order): Candidate => {
    const tier = taken.has(label) ? Tier.own : Tier.needed
    const text = isArm ? pattern(place, label, payload) : ({ text: arm(label, payload, 1), snippet: true } as const)
    return { label, kind: 'case', tier, order, ...detailOf(view, payload), ...text }
  })
  const rest: Candidate = {
    ...{ label: '_', kind: 'keyword', tier: Tier.language },
    ...(isArm ? {} : { text: '_ => $0', snippet: true }),
  }
  const all: Candidate[] =
    missing.length < 2 || isArm
      ? []
      : [
          {
            label: 'all that are missing',
            kind: 'value',
            tier: Tier.needed,
            order: known.length,
            text: armsOf(missing).join('\n'),
            snippet: true,
          },
        ]
  const name = type && typeName(view, type)
  const types: Candidate[] = name === undefined ? [] : [{ label: name, kind: 'type', tier: Tier.own, commit: ['.'] }]
  return [...arms, ...types, ...all, ...(taken.has('_') ? [] : [rest])]
}

/** A case as a pattern, with its payload where that is not there yet. */
export function pattern({ next }: Place, name: string, payload: Open | undefined): Pick<Candidate, 'text' | 'snippet'> {
  return payload && next !== 'LParen' ? { text: `${inSnippet(name)}(\${1:x})`, snippet: true } : { text: name }
}

/** An arm for each of several cases, as snippets. */
export function armsOf(cases: ReturnType<typeof casesOf>): string[] {
  return cases.map(({ label, payload }, i) => arm(label, payload, 2 * i + 1))
}

function arm(name: string, payload: Open | undefined, place: number): string {
  return payload ? `${inSnippet(name)}(\${${place}:x}) => $${place + 1}` : `${inSnippet(name)} => $${place}`
}

function detailOf(view: View, payload: Open | undefined): Pick<Candidate, 'detail'> {
  return payload ? { detail: () => typeText(view, payload) } : {}
}

/** Settings of a `config` or a `with` that are not there yet. */
export function settingNames({ next }: Place, given: string[]): Candidate[] {
  return Object.entries(limits).flatMap(([name, { takes, examples }], order): Candidate[] => {
    if (given.includes(name)) return []
    const detail = `${takes}; default ${settingDefault(name as keyof typeof limits)}`
    const about = { kind: 'setting', name } as const
    const base = { label: name, kind: 'setting', tier: Tier.needed, order, detail, about } as const
    return [next === 'Colon' ? base : { ...base, text: `${name}: \${1:${examples[0]}}`, snippet: true }]
  })
}

export function settingValues(name: string): Candidate[] {
  if (!Object.hasOwn(limits, name)) return []
  const key = name as keyof typeof limits
  const values = [...new Set([...limits[key].examples, settingDefault(key)])]
  return values.map((label, order) => {
    const detail = label === settingDefault(key) ? { detail: 'default' } : {}
    return { label, kind: 'value', tier: Tier.needed, order, ...detail, about: { kind: 'setting', name } }
  })
}
