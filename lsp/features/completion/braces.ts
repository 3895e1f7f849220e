import type { FlagsLiteral, ImportNames, Match, Node, RecordLiteral } from '../../../grammar/nodes.ts'
import { endsOperand, isWord, type Token } from '../../tokens.ts'
import { compositeOf, isTypeGap, itemOf, opens, restOf, sinceLast, type Around, type Frame } from './around.ts'
import { inExpression, operatorWords } from './operand.ts'
import type { Want } from './place.ts'

/** In braces: of bodies, records, arms, settings, imports and effects. */
export function inBraces(found: Around, frame: Frame, prev: Token, newLine: boolean): Want | undefined {
  const { path, frames } = found
  const since = frame.tokens
  const outer = itemOf(found.view, frames.at(-2)!.tokens)
  const opener = outer.at(-2)
  const { start } = frame.open
  const top = frames.length === 2
  const first = prev === frame.open
  const ended = first || prev.type === 'Comma' || (newLine && endsOperand(prev))
  const head = (outer[0]?.type === 'ExportWord' ? outer[1] : outer[0])?.text

  if (top && head === 'import') return inImportBraces(found, since, prev, newLine, outer)
  if (opener?.type === 'WithWord' || (top && head === 'config')) {
    if (prev.type === 'Colon') return { kind: 'value', setting: since.at(-2)!.text }
    return ended ? { kind: 'setting', given: [...settingsIn(since), ...settingsIn(restOf(found))] } : undefined
  }
  if (top && head === 'effect') return inEffect(since, prev, first, newLine)
  const composite = compositeOf(outer)
  if (composite && !isBody(path, start))
    return (composite === 'RecordWord' && prev.type === 'Colon') || isTypeGap(since) ? { kind: 'type' } : undefined

  const match = path.findLast(
    (node): node is Match => node.kind === 'Match' && node.value.end <= start && start < node.end,
  )
  if (
    match &&
    !path.some(
      node => node.start > match.start && node.start <= start && match.value.end < node.start && isBraced(node, start),
    )
  ) {
    const arm = sinceLast(since, ({ type }) => type === 'FatArrow')
    const inValue = arm.length < since.length && !(arm.at(-1)?.type === 'Comma')
    if (ended && !(prev.type === 'FatArrow'))
      return { kind: 'arm', match, more: newLine && inValue ? operatorWords(arm, prev) : [] }
    return inValue ? inExpression(arm, prev) : undefined
  }
  const literal = path.findLast(
    (node): node is RecordLiteral | FlagsLiteral =>
      (node.kind === 'RecordLiteral' || node.kind === 'FlagsLiteral') && node.start === start,
  )
  if (literal) {
    if (first || prev.type === 'Comma')
      return { kind: 'field', literal, mayBeBlock: first && opener?.type === 'FatArrow' }
    const value = sinceLast(since, ({ type }) => type === 'Colon')
    const want: Want | undefined =
      literal.kind === 'RecordLiteral' ? inExpression(value, prev) : { kind: 'operator', words: [] }
    return newLine && want?.kind === 'operator'
      ? { kind: 'field', literal, mayBeBlock: false, comma: prev.end, more: want.words }
      : want
  }
  const line = statementOf(found, since)
  if (first) return { kind: 'expression', statement: true }
  if (newLine && endsOperand(prev)) return { kind: 'expression', statement: true, more: operatorWords(line, prev) }
  return inExpression(line, prev)
}

function isBraced(node: Node, start: number): boolean {
  return (
    (node.kind === 'Block' || node.kind === 'RecordLiteral' || node.kind === 'FlagsLiteral') && node.start === start
  )
}

function isBody(path: Node[], start: number): boolean {
  return path.some(node => isBraced(node, start))
}

/** What a line begins with that goes on, and does not go on with the line above. */
const beginsLine = new Set([
  ...['IfWord', 'MatchWord', 'ForWord', 'DoWord', 'TryWord', 'ReduceWord', 'FoldWord', 'EmbedWord'],
  ...['AssertWord', 'GivenWord', 'LParen', 'LBracket', 'LBrace'],
])

/** The tokens of the last line that starts a statement. */
function statementOf({ view }: Around, since: Token[]): Token[] {
  for (let i = since.length - 1; i > 0; i--) {
    const [token, before] = [since[i]!, since[i - 1]!]
    if (token.type === 'LetWord') return since.slice(i)
    const apart = /[\r\n]/.test(view.lines.slice(before.end, token.start))
    const begins = endsOperand(token) || beginsLine.has(token.type)
    if (apart && endsOperand(before) && begins && !opens.has(before.type)) return since.slice(i)
  }
  return since
}

function settingsIn(since: Token[]): string[] {
  return since.flatMap(({ type }, i) => (type === 'Colon' && i > 0 ? since[i - 1]!.text : []))
}

function inImportBraces(
  found: Around,
  since: Token[],
  prev: Token,
  newLine: boolean,
  outer: Token[],
): Want | undefined {
  const { path, tokens, before } = found
  const stated = outer.some(({ type }) => type === 'FromWord')
  if (stated) {
    if (prev.type === 'Colon') return { kind: 'words', words: ['func'] }
    if (prev.type === 'RParen' && !newLine) return { kind: 'words', words: ['->'] }
    return prev.type === 'Arrow' || isTypeGap(since) ? { kind: 'type' } : undefined
  }
  const node = path.findLast((other): other is ImportNames => other.kind === 'ImportNames')
  const given = [...importedIn(since), ...importedIn(restOf(found))]
  if (since.length === 0 || prev.type === 'Comma') {
    const from = sourceBehind(tokens, before)
    return { kind: 'import', node, from, given }
  }
  return prev.type === 'AsWord' || since.at(-2)?.type === 'AsWord' ? undefined : { kind: 'words', words: ['as'] }
}

function importedIn(tokens: Token[]): string[] {
  return tokens.filter((token, i) => isWord(token) && tokens[i - 1]?.type !== 'AsWord').map(({ text }) => text)
}

/** The source of an import whose names stand before it. */
function sourceBehind(tokens: Token[], before: number): string | undefined {
  for (let i = before; i < tokens.length; i++)
    if (tokens[i]!.type === 'FromWord') {
      const text = tokens[i + 1]
      return text?.type === 'Text' ? text.text.replace(/^"|"$/g, '') : undefined
    }
  return undefined
}

function inEffect(since: Token[], prev: Token, first: boolean, newLine: boolean): Want | undefined {
  if (prev.type === 'IdempotentWord') return { kind: 'words', words: ['command'] }
  if (prev.type === 'Arrow' || isTypeGap(since)) return { kind: 'type' }
  if (prev.type === 'RParen' && !newLine) return { kind: 'words', words: ['->'] }
  if (first || prev.type === 'Comma' || (newLine && endsOperand(prev)))
    return { kind: 'words', words: ['query', 'note', 'command', 'idempotent'] }
  return undefined
}
