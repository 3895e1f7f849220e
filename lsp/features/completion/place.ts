import type { Open } from '../../../compiler/open.ts'
import type { Notes } from '../../../compiler/notes.ts'
import type { Binding } from '../../../compiler/core.ts'
import type { Call, FlagsLiteral, ImportNames, Job, Match, Node, RecordLiteral } from '../../../grammar/nodes.ts'
import type { Range, View } from '../../interface.ts'
import { localsAt } from '../../locals.ts'
import { endsOperand, inComment, isWord, tokensAround, type Token } from '../../tokens.ts'
import { itemBefore, nodesAt } from '../../tree.ts'
import { expectedAt } from './expected.ts'

/** What is asked for at an offset. */
export type Want =
  | /** The beginning of a declaration. */ { kind: 'item'; signature: boolean }
  | { kind: 'expression'; statement: boolean }
  /** A value that is known when compiling. */
  | { kind: 'constant' }
  /** What may follow a whole expression. */
  | { kind: 'operator'; words: string[] }
  | { kind: 'argument'; call: Call | undefined }
  | { kind: 'field'; literal: RecordLiteral | FlagsLiteral; first: boolean }
  | { kind: 'arm'; match: Match }
  | { kind: 'member'; dot: Token; use: boolean }
  | { kind: 'type' }
  | { kind: 'uses'; job: Job | undefined; given: string[] }
  | { kind: 'setting'; given: string[] }
  | { kind: 'value'; setting: string }
  | { kind: 'import'; node: ImportNames | undefined; from: string | undefined; given: string[] }
  | { kind: 'source'; names: boolean; quoted: boolean }
  | { kind: 'embed'; quoted: boolean }
  | { kind: 'words'; words: string[] }
  | { kind: 'combine' }
  | { kind: 'names' }

/** An offset, and what stands around it. */
export interface Place {
  want: Want
  /** What is typed already, and is replaced. */
  range: Range
  /** Up to the cursor. */
  word: string
  /** From the module to the innermost node. */
  path: Node[]
  notes: Notes | undefined
  /** The nearest first. */
  locals: Binding[]
  expected: Open | undefined
  tokens: Token[]
  /** How many of them stand before what is replaced. */
  before: number
  inTest: boolean
}

/** A bracket that is open at the offset. */
export interface Frame {
  open: Token
  /** What stands in it at once, without what is in brackets that are closed. */
  tokens: Token[]
}

/** Finds out what is asked for at an offset; nothing in comments, texts, numbers, and where a name is given. */
export function placeAt(view: View, offset: number): Place | undefined {
  if (inComment(view, offset)) return undefined
  const tokens = tokensAround(view, offset)
  let index = tokens.findIndex(token => token.end >= offset)
  // Of two that touch the word is meant.
  if (index >= 0 && tokens[index]!.end === offset && !isWord(tokens[index]!)) {
    const next = tokens[index + 1]
    if (next && next.start === offset) index++
    else if (tokens[index]!.type !== 'Numeral' && (!isText(tokens[index]!) || isClosed(tokens[index]!))) index++
  }
  const at = index < 0 ? undefined : tokens[index]
  const inside = at && at.start < offset && offset <= at.end ? at : undefined
  if (inside && isText(inside) && !(offset === inside.end && isClosed(inside)))
    return inText(view, offset, tokens, index)
  if (inside && !isWord(inside)) {
    if (inside.type !== 'Numeral' || offset !== inside.end) return undefined
    const found = around(view, tokens, index, inside.start)
    const want = wantAt(found)
    return want?.kind === 'value'
      ? placed(view, found, want, { start: inside.start, end: inside.end }, offset)
      : undefined
  }
  const word = inside ?? (at && at.start === offset && isWord(at) && isTouched(tokens, index, offset) ? at : undefined)
  const range = word ? { start: word.start, end: word.end } : { start: offset, end: offset }
  const before = index < 0 ? tokens.length : index
  const found = around(view, tokens, before, range.start)
  const want = wantAt(found)
  return want && placed(view, found, want, range, offset)
}

/** Whether a word begins at an offset that follows something without a space: behind a dot. */
function isTouched(tokens: Token[], index: number, offset: number): boolean {
  const before = tokens[index - 1]
  return before?.type === 'Dot' && before.end === offset
}

function isText({ type }: Token): boolean {
  return /^(Text|BytesText|CidText|Char|BentText|Template(Start|Middle|End))$/.test(type)
}

function isClosed({ type, text }: Token): boolean {
  if (type === 'TemplateStart' || type === 'TemplateMiddle') return true
  const open = text.search(/["']/)
  return text.length > open + 1 && /["'}]$/.test(text)
}

/** What stands around a place. */
export interface Around {
  view: View
  tokens: Token[]
  before: number
  at: number
  /** Where the tree is looked at. */
  anchor: number
  path: Node[]
  notes: Notes | undefined
  /** Innermost last; the first is the item. */
  frames: Frame[]
}

function around(view: View, tokens: Token[], before: number, at: number): Around {
  // What is open where nothing stands yet ends with the last token.
  const prev = tokens[before - 1]
  const isHole = prev && !endsOperand(prev) && tokens[before]?.start !== at
  const anchor = isHole ? prev.end : at
  const path = nodesAt(view.tree, anchor)
  const item = itemBefore(view.tree, at) ?? view.tree
  const frames = framesOf(tokens.slice(0, before))
  return { view, tokens, before, at, anchor, path, notes: view.notesOf(item), frames }
}

function placed(view: View, found: Around, want: Want, range: Range, offset: number): Place {
  const { path, notes, tokens, before } = found
  const expected = expectedAt(found, want)
  const word = view.text.slice(range.start, offset)
  const inTest = path.some(node => node.kind === 'Test')
  let locals: Binding[] | undefined
  return {
    ...{ want, range, word, path, notes, expected, tokens, before, inTest },
    get locals() {
      return (locals ??= localsAt(path, found.anchor, notes))
    },
  }
}

const opens = new Set(['LParen', 'LBracket', 'LBrace', 'TemplateStart', 'TemplateMiddle'])
const closes = new Set(['RParen', 'RBracket', 'RBrace', 'TemplateMiddle', 'TemplateEnd'])

function framesOf(tokens: Token[]): Frame[] {
  const start: Token = { type: 'Start', text: '', start: 0, end: 0 }
  const frames: Frame[] = [{ open: start, tokens: [] }]
  for (const token of tokens) {
    // A statement closes what was left open in the one above.
    if (token.type === 'LetWord') while (frames.length > 1 && frames.at(-1)!.open.type !== 'LBrace') frames.pop()
    if (closes.has(token.type) && frames.length > 1) {
      frames.pop()
      if (token.type === 'TemplateMiddle') frames.push({ open: token, tokens: [] })
      else frames.at(-1)!.tokens.push(token)
    } else if (opens.has(token.type)) {
      frames.at(-1)!.tokens.push(token)
      frames.push({ open: token, tokens: [] })
    } else frames.at(-1)!.tokens.push(token)
  }
  return frames
}

/** In a text: a path of an import or of what is embedded. */
function inText(view: View, offset: number, tokens: Token[], index: number): Place | undefined {
  const text = tokens[index]!
  if (text.type !== 'Text') return undefined
  const before = tokens[index - 1]
  const found = around(view, tokens, index, text.start)
  const end = isClosed(text) ? text.end - 1 : text.end
  const range = { start: text.start + 1, end }
  if (before?.type === 'EmbedWord') return placed(view, found, { kind: 'embed', quoted: true }, range, offset)
  if (before?.type !== 'FromWord' || found.frames.length > 1) return undefined
  const names = found.frames[0]!.tokens.some(({ type }) => type === 'RBrace')
  return placed(view, found, { kind: 'source', names, quoted: true }, range, offset)
}

function wantAt(found: Around): Want | undefined {
  const { tokens, before, at, frames, view } = found
  const prev = tokens[before - 1]
  const frame = frames.at(-1)!
  if (prev?.type === 'Dot') return { kind: 'member', dot: prev, use: inUses(frames) }
  if (frames.length === 1) return atTop(found, frame.tokens)
  const newLine = prev !== undefined && /[\r\n]/.test(view.text.slice(prev.end, at))
  const since = frame.tokens
  switch (frame.open.type) {
    case 'LParen':
      return inParens(found, frame, prev!)
    case 'LBracket':
    case 'TemplateStart':
    case 'TemplateMiddle':
      return inExpression(since, prev!)
    default:
      return inBraces(found, frame, prev!, newLine)
  }
}

/** The part of a list of tokens behind the last that satisfies a condition. */
function sinceLast(tokens: Token[], is: (token: Token) => boolean): Token[] {
  return tokens.slice(tokens.findLastIndex(is) + 1)
}

function inUses([first, ...more]: Frame[]): boolean {
  const tokens = first!.tokens
  return (
    more.length === 0 && tokens.some(({ type }) => type === 'UsesWord') && tokens.some(({ type }) => type === 'JobWord')
  )
}

const items = new Set(['import', 'config', 'type', 'const', 'job', 'effect', 'test'])

/** Outside of all brackets. */
function atTop({ tokens, before, at, view }: Around, all: Token[]): Want | undefined {
  const prev = tokens[before - 1]
  const since = itemOf(view, all)
  if (!prev) return { kind: 'item', signature: false }
  const newLine = /[\r\n]/.test(view.text.slice(prev.end, at))
  const exported = since[0]?.type === 'ExportWord'
  const head = since[exported ? 1 : 0]
  if (exported && !head) return { kind: 'words', words: ['job', 'type', 'const', 'effect'] }
  if (!head || !items.has(head.text)) return newLine ? { kind: 'item', signature: false } : undefined
  const ended = since.at(-1)!.type === 'RBrace' && head.text !== 'import'
  if (newLine && (ended || (endsOperand(prev) && prev !== head)))
    return { kind: 'item', signature: head.text === 'job' && !ended }
  switch (head.text) {
    case 'import':
      return inImport(since, prev)
    case 'job':
      return inHead(since, prev)
    case 'type':
      return prev.type === 'Equals' || isTypeGap(since) ? { kind: 'type' } : undefined
    case 'const': {
      const value = since.findIndex(({ type }) => type === 'Equals')
      if (value >= 0) return constant(inExpressionTokens(since.slice(value + 1), prev))
      return prev.type === 'Colon' || isTypeGap(since) ? { kind: 'type' } : undefined
    }
    default:
      return undefined
  }
}

/** The tokens of the last item, which begins on a line of its own. */
function itemOf({ text }: View, all: Token[]): Token[] {
  const start = all.findLastIndex(({ text: word, start }, i) => {
    const before = all[i - 1]
    return (items.has(word) || word === 'export') && (!before || /[\r\n]/.test(text.slice(before.end, start)))
  })
  return all.slice(Math.max(0, start))
}

/** Whether the last tokens are an open `<` of a type, or a comma in it. */
function isTypeGap(since: Token[]): boolean {
  const last = since.at(-1)
  if (last?.type === 'Less') return true
  const opened = since.filter(({ type }) => type === 'Less').length
  return last?.type === 'Comma' && opened > since.filter(({ type }) => type === 'Greater').length
}

function inImport(since: Token[], prev: Token): Want | undefined {
  if (prev.type === 'ImportWord' || prev.type === 'AsWord') return undefined
  if (prev.type === 'FromWord')
    return { kind: 'source', names: since.some(({ type }) => type === 'RBrace'), quoted: false }
  const hasSource = since.some(({ type }) => type === 'FromWord')
  return hasSource ? undefined : { kind: 'words', words: ['from'] }
}

function inHead(since: Token[], prev: Token): Want | undefined {
  const uses = since.findIndex(({ type }) => type === 'UsesWord')
  if (uses >= 0) {
    if (prev.type !== 'UsesWord' && prev.type !== 'Comma') return undefined
    return { kind: 'uses', job: undefined, given: usesIn(since.slice(uses + 1)) }
  }
  if (prev.type === 'Arrow' || isTypeGap(since)) return { kind: 'type' }
  const result = since.some(({ type }) => type === 'Arrow')
  if (result) return { kind: 'words', words: ['uses'] }
  return prev.type === 'RParen' ? { kind: 'words', words: ['->', 'uses'] } : undefined
}

function usesIn(tokens: Token[]): string[] {
  return tokens
    .map(({ text }) => text)
    .join('')
    .split(',')
}

function constant(want: Want | undefined): Want | undefined {
  return want?.kind === 'expression' ? { kind: 'constant' } : want
}

function inParens(found: Around, frame: Frame, prev: Token): Want | undefined {
  const { path, frames } = found
  const since = frame.tokens
  const outer = frames.at(-2)!.tokens
  const opener = outer.at(-2)
  const { start } = frame.open
  const call = path.findLast(
    (node): node is Call => node.kind === 'Call' && node.callee.end <= start && start < node.end,
  )
  const last = sinceLast(since, ({ type }) => type === 'Comma')
  if (takesTypes(found, start, outer)) {
    if (prev.type === 'Colon' || isTypeGap(since)) return { kind: 'type' }
    const value = last.findIndex(({ type }) => type === 'Equals')
    return value >= 0 ? constant(inExpressionTokens(last.slice(value + 1), prev)) : undefined
  }
  // `some(` in a pattern, `(acc, x) =>`: names are given there.
  if (path.some(node => node.kind === 'CasePattern' && node.start < start && start < node.end)) return undefined
  if (path.some(node => node.kind === 'Lambda' && node.start === start)) return undefined
  const isCall = opener !== undefined && isWord(opener) && endsOperand(opener)
  if (isCall && (prev === frame.open || prev.type === 'Comma')) return { kind: 'argument', call }
  if (opener?.type === 'AfterWord') return { kind: 'names' }
  return inExpression(since, prev)
}

/** Whether parentheses are those of parameters, whose types are written. */
function takesTypes({ path }: Around, open: number, outer: Token[]): boolean {
  const [name, word] = [outer.at(-2), outer.at(-3)]
  if (name?.text === 'func') return true
  if (!name || !isWord(name) || !word) return false
  if (['JobWord', 'QueryWord', 'NoteWord', 'CommandWord'].includes(word.type)) {
    const owner = path.findLast(({ kind }) => kind === 'Job' || kind === 'EffectDeclaration' || kind === 'Block')
    return owner?.kind !== 'Block' || owner.start > open
  }
  return false
}

function inBraces(found: Around, frame: Frame, prev: Token, newLine: boolean): Want | undefined {
  const { path, frames } = found
  const since = frame.tokens
  const outer = itemOf(found.view, frames.at(-2)!.tokens)
  const opener = outer.at(-2)
  const { start } = frame.open
  const top = frames.length === 2
  const first = prev === frame.open
  const ended = first || prev.type === 'Comma' || (newLine && endsOperand(prev))
  const head = (outer[0]?.type === 'ExportWord' ? outer[1] : outer[0])?.text

  if (top && head === 'import') return inImportBraces(found, since, prev, first, outer)
  if (opener?.type === 'WithWord' || (top && head === 'config')) {
    if (prev.type === 'Colon') return { kind: 'value', setting: since.at(-2)!.text }
    return ended ? { kind: 'setting', given: settingsIn(since) } : undefined
  }
  if (top && head === 'effect') return inEffect(since, prev, first, newLine)
  if (opener && ['RecordWord', 'VariantWord', 'EnumWord', 'FlagsWord'].includes(opener.type) && !isBody(path, start))
    return (opener.type === 'RecordWord' && prev.type === 'Colon') || isTypeGap(since) ? { kind: 'type' } : undefined

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
    if (ended && !(prev.type === 'FatArrow')) return { kind: 'arm', match }
    return inValue ? inExpression(arm, prev) : undefined
  }
  const literal = path.findLast(
    (node): node is RecordLiteral | FlagsLiteral =>
      (node.kind === 'RecordLiteral' || node.kind === 'FlagsLiteral') && node.start === start,
  )
  if (literal) {
    if (first || prev.type === 'Comma') return { kind: 'field', literal, first }
    return literal.kind === 'RecordLiteral'
      ? inExpression(
          sinceLast(since, ({ type }) => type === 'Colon'),
          prev,
        )
      : undefined
  }
  const line = statementOf(found, since)
  if (first || (newLine && endsOperand(prev))) return { kind: 'expression', statement: true }
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

/** The tokens of the last line that starts a statement. */
function statementOf({ view }: Around, since: Token[]): Token[] {
  for (let i = since.length - 1; i > 0; i--) {
    const [token, before] = [since[i]!, since[i - 1]!]
    if (token.type === 'LetWord') return since.slice(i)
    const apart = /[\r\n]/.test(view.text.slice(before.end, token.start))
    if (apart && endsOperand(before) && endsOperand(token) && !opens.has(before.type)) return since.slice(i)
  }
  return since
}

function settingsIn(since: Token[]): string[] {
  return since.flatMap(({ type }, i) => (type === 'Colon' && i > 0 ? since[i - 1]!.text : []))
}

function inImportBraces(
  { path, tokens, before }: Around,
  since: Token[],
  prev: Token,
  first: boolean,
  outer: Token[],
): Want | undefined {
  const stated = outer.some(({ type }) => type === 'FromWord')
  if (stated)
    return prev.type === 'Colon'
      ? { kind: 'words', words: ['func'] }
      : prev.type === 'Arrow'
        ? { kind: 'type' }
        : undefined
  const node = path.findLast((other): other is ImportNames => other.kind === 'ImportNames')
  const given = since.filter((token, i) => isWord(token) && since[i - 1]?.type !== 'AsWord').map(({ text }) => text)
  if (first || prev.type === 'Comma') {
    const from = sourceBehind(tokens, before)
    return { kind: 'import', node, from, given }
  }
  return prev.type === 'AsWord' ? undefined : { kind: 'words', words: ['as'] }
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
  if (first || (newLine && endsOperand(prev)))
    return { kind: 'words', words: ['query', 'note', 'command', 'idempotent'] }
  return undefined
}

function inExpression(since: Token[], prev: Token): Want | undefined {
  if (prev.type === 'Comma' && isBinder(since)) return undefined
  return inExpressionTokens(since, prev)
}

/** `for x, ` */
function isBinder(since: Token[]): boolean {
  return since.at(-3)?.type === 'ForWord'
}

/**
 * @param since the tokens of the expression or the statement, as far as they stand before the offset
 */
function inExpressionTokens(since: Token[], prev: Token): Want | undefined {
  switch (prev.type) {
    case 'LetWord':
    case 'ForWord':
    case 'CatchWord':
    case 'UndoWord':
    case 'Numeral':
      break
    case 'AsWord':
      return { kind: 'type' }
    case 'EmbedWord':
      return { kind: 'embed', quoted: false }
    case 'AfterWord':
      return { kind: 'names' }
    case 'GivenWord':
      return { kind: 'names' }
    case 'WithWord':
      return since.some(({ type }) => type === 'ReduceWord' || type === 'FoldWord')
        ? { kind: 'combine' }
        : { kind: 'words', words: ['{'] }
    case 'AssertWord':
    default: {
      const binding = since.findLastIndex(({ type }) => type === 'LetWord')
      const inLet = binding >= 0 && !since.slice(binding).some(({ type }) => type === 'Equals')
      if (inLet) return prev.type === 'Colon' || isTypeGap(since.slice(binding)) ? { kind: 'type' } : undefined
      if (inTypeOfAs(since)) return { kind: 'type' }
      if (!endsOperand(prev)) return { kind: 'expression', statement: false }
    }
  }
  if (['LetWord', 'ForWord', 'CatchWord', 'UndoWord'].includes(prev.type)) return undefined
  const before = since.at(-2)?.type
  if (before === 'CatchWord' || before === 'UndoWord') return undefined
  return { kind: 'operator', words: operatorWords(since, prev) }
}

/** Behind `as list<`. */
function inTypeOfAs(since: Token[]): boolean {
  const as = since.findLastIndex(({ type }) => type === 'AsWord')
  return as >= 0 && isTypeGap(since.slice(as))
}

function operatorWords(since: Token[], prev: Token): string[] {
  const [before, second] = [since.at(-2)?.type, since.at(-4)?.type]
  if (before === 'ForWord' || second === 'ForWord') return ['in']
  const words = ['with', 'as', 'catch', 'after', 'undo']
  const folded = since.findLast(({ type }) => type === 'FoldWord' || type === 'FromWord')
  if (folded?.type === 'FoldWord') words.unshift('from')
  if (prev.type === 'RBrace' && since.some(({ type }) => type === 'IfWord')) words.unshift('else')
  return words
}
