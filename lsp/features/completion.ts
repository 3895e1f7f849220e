import { nameHere } from '../../compiler/check/uses.ts'
import { keywordByText } from '../../grammar/keywords.ts'
import type { CheckedView, View } from '../interface.ts'
import { completions, Tier, type Candidate, type Completions } from './completion/candidates.ts'
import { importedNames, otherNames, sourcelessNames, type Exported } from './completion/exports.ts'
import { mayFollow } from './completion/following.ts'
import { members } from './completion/members.ts'
import { awaitedNames, combineNames, constantNames, effectNames, expressionNames } from './completion/names.ts'
import { argumentNames, fieldNames, patterns, settingNames, settingValues } from './completion/parts.ts'
import { paths } from './completion/paths.ts'
import { placeAt, type Place } from './completion/place.ts'
import { isOfferedFor } from './completion/typed.ts'
import { typeNames } from './completion/types.ts'
import { keyword, keywordsAt } from './completion/words.ts'

export type { About, Completion, CompletionKind, Completions } from './completion/candidates.ts'
export { beforePlaces } from './completion/candidates.ts'
export { completionDocs } from './completion/docs.ts'
export { ExportIndex, exportsOf, type Exported } from './completion/exports.ts'
export { triggerCharacters } from './completion/typed.ts'

/**
 * What can be written at an offset, the most probable first; nothing in comments, texts, numbers, and where a name is
 * given.
 *
 * @param others what other files of the workspace export (`ExportIndex`)
 * @param typed the character for which it is offered, where nobody has asked for it
 */
export function completion(
  view: View | CheckedView,
  offset: number,
  others: readonly Exported[] = [],
  typed?: string,
): Completions | undefined {
  const place = placeAt(view, offset)
  if (!place || (typed !== undefined && !isOfferedFor(typed, view, place))) return undefined
  const all = candidates(view, place, others, typed)
  const fitting = isBegun(view, place) ? all.flatMap(wordAlone) : all.map(entry => beforeRest(view, place, entry))
  const found = completions(fitting, place.range, place.word)
  // Names of other files are looked for when their first letter is typed.
  const partial = place.want.kind === 'uses' && !('diagnostics' in view)
  return { ...found, incomplete: found.incomplete || place.word === '', ...(partial ? { partial } : {}) }
}

/** Whether a keyword is there already, with what is written with it. */
function isBegun({ lines }: View, { range, next, want }: Place): boolean {
  return next !== undefined && want.kind !== 'member' && keywordByText.has(lines.slice(range.start, range.end))
}

/** A keyword without what is written with it. */
function wordAlone(candidate: Candidate): Candidate[] {
  if (candidate.kind !== 'keyword') return [candidate]
  return keywordByText.has(candidate.label) ? [bare(candidate)] : []
}

/** A keyword without what is written with it where that is there: its brackets, or all of it behind a space. */
function beforeRest({ lines }: View, { range, next, tokens }: Place, candidate: Candidate): Candidate {
  const { kind, label, text, edits } = candidate
  if (kind !== 'keyword' || edits || !next || !text?.startsWith(label)) return candidate
  const rest = text.slice(label.length)
  const behind = tokens.findIndex(({ start }) => start >= range.end)
  // The brace behind a condition is that of its block, in which there are no settings.
  const isBlock = label === 'with' && next === 'LBrace' && tokens[behind + 2]?.type !== 'Colon'
  const isBracket = brackets[rest.trimStart()[0]!] === next && !isBlock
  const isSpaced = rest === ' $0' && /\s/.test(lines.slice(range.end, range.end + 1))
  return isBracket || isSpaced ? bare(candidate) : candidate
}

const brackets: Record<string, string> = { '{': 'LBrace', '(': 'LParen' }

function bare({ text: _text, snippet: _snippet, ...word }: Candidate): Candidate {
  return word
}

function candidates(
  view: View | CheckedView,
  place: Place,
  others: readonly Exported[],
  typed: string | undefined,
): Candidate[] {
  const { want } = place
  const values = (at: Place = place): Candidate[] => {
    const found = at.inConstant
      ? [...constantNames(view, at), ...otherNames(view, at, others, ['const', 'type'])]
      : [...expressionNames(view, at), ...otherNames(view, at, others, ['job', 'const', 'effect', 'type'])]
    return isCalledPart(at) ? found.filter(({ kind }) => holders.has(kind)) : found
  }
  const following = (words: string[]): string[] => words.filter(word => mayFollow(view, place, word))
  switch (want.kind) {
    case 'item':
      return [...itemWords(view, place), ...signature(want.words)]
    case 'expression':
      return [...anyValue(place), ...values(), ...following(want.more ?? []).flatMap(word => keyword(word))]
    case 'argument':
      return place.next === 'Colon'
        ? argumentNames(view, place, want.call)
        : [
            ...anyValue(place),
            ...parted(argumentNames(view, place, want.call), want.comma),
            ...values(),
            ...following(want.more ?? []).flatMap(word => keyword(word)),
          ]
    case 'operator':
      return following(want.words).flatMap((word, order) => keyword(word).map(entry => ({ ...entry, order })))
    case 'field': {
      const more = following(want.more ?? []).flatMap(word => keyword(word))
      const fields = [...parted(fieldNames(view, place, want.literal), want.comma), ...more]
      if (!want.mayBeBlock || place.next === 'Colon' || typed !== undefined) return fields
      return [...fields, ...values({ ...place, want: { kind: 'expression', statement: true } })]
    }
    case 'arm':
      return [...patterns(view, place, want.match), ...following(want.more).flatMap(word => keyword(word))]
    case 'member':
      return members(view, place, want.dot, want.given)
    case 'type':
      return [...typeNames(view, place), ...otherNames(view, place, others, ['type'])]
    case 'uses':
      return [
        ...(place.next === 'Dot' ? effectNames(view) : uses(view, place, want.given)),
        ...otherNames(view, place, others, ['effect']),
      ]
    case 'setting':
      return settingNames(place, want.given)
    case 'value':
      return settingValues(want.setting)
    case 'import':
      return !want.from ? sourcelessNames(view, place, want.given, others) : importedNames(view, want.from, want.given)
    case 'source':
      return want.names ? paths(view, place, ['.ipvm'], true) : paths(view, place, ['.wasm'], false)
    case 'embed':
      return paths(view, place, undefined, false)
    case 'words':
      return signature(want.words)
    case 'combine':
      return combineNames(view, place)
    case 'names':
      return place.tokens[place.before - 1]?.type === 'GivenWord'
        ? [...effectNames(view), ...otherNames(view, place, others, ['effect'])]
        : awaitedNames(view, place)
  }
}

/** What has parts that can be called. */
const holders = new Set<Candidate['kind']>(['module', 'effect', 'type'])

/** Whether a part of what is asked for stands behind it, and is called: `.image.crop(`. */
function isCalledPart({ tokens, range, next }: Place): boolean {
  if (next !== 'Dot') return false
  let at = tokens.findIndex(({ start }) => start >= range.end)
  while (tokens[at]?.type === 'Dot') at += 2
  return tokens[at]?.type === 'LParen'
}

/** Names with the comma that is missing before them. */
function parted(names: Candidate[], comma: number | undefined): Candidate[] {
  return comma === undefined
    ? names
    : names.map(name => ({ ...name, edits: [{ start: comma, end: comma, text: ',' }] }))
}

/** What stands for any argument of an operation that a test has given. */
function anyValue({ path, want, tokens, before }: Place): Candidate[] {
  const given = path.find(node => node.kind === 'Given')
  const isAlone = want.kind === 'argument' || tokens[before - 1]?.type === 'Colon'
  const inner = path.findLast(({ kind }) => kind === 'Call' || kind === 'RecordLiteral')
  return isAlone && given && inner === given.call
    ? [{ label: '_', kind: 'value', tier: Tier.needed, detail: 'any value' }]
    : []
}

/** What items begin with; a file has one `config`. */
function itemWords({ tree }: View, { range }: Place): Candidate[] {
  const isThere = tree.items.some(
    ({ kind, start, end }) => kind === 'Config' && (end < range.start || range.end < start),
  )
  return keywordsAt('item').filter(({ label }) => !isThere || label !== 'config')
}

function signature(words: string[]): Candidate[] {
  return words.flatMap(word => keyword(word, Tier.needed))
}

/**
 * Operations for a `uses`: those that the job performs and does not name, which is known of a file that was checked to its end,
 * and then all others of the file.
 */
function uses(view: View | CheckedView, { path }: Place, given: string[]): Candidate[] {
  const job = path.find(node => node.kind === 'Job')
  const checked = job && 'diagnostics' in view ? view.checker.jobAt(job) : undefined
  const found: Candidate[] = []
  const add = (label: string, tier: number): void => {
    if (given.includes(label)) return
    found.push({ label, kind: 'operation', tier, about: { kind: 'member', path: label.split('.') } })
  }
  for (const op of checked?.effects.keys() ?? []) add(nameHere(view.checker, op), Tier.needed)
  for (const [name, symbol] of view.scope)
    if (symbol.kind === 'effect')
      for (const operation of symbol.node.operations) add(`${name}.${operation.name.text}`, Tier.own)
  add('declassify', Tier.language)
  return found
}
