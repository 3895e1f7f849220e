import type { Binding } from '../../../compiler/core.ts'
import type { Notes } from '../../../compiler/notes.ts'
import type { Open } from '../../../compiler/open.ts'
import type { Call, FlagsLiteral, ImportNames, Job, Match, Node, RecordLiteral } from '../../../grammar/nodes.ts'
import type { Range, View } from '../../interface.ts'
import { localsAt } from '../../locals.ts'
import { inComment, isWord, openedIn, tokensAround, type Token } from '../../tokens.ts'
import { around, type Around } from './around.ts'
import { inBraces } from './braces.ts'
import { expectedAt } from './expected.ts'
import { inExpression } from './operand.ts'
import { inParens } from './parens.ts'
import { atTop, usesIn } from './top.ts'

/** What is asked for at an offset. */
export type Want =
  | /** The beginning of a declaration, or a word of the head above. */ { kind: 'item'; words: string[] }
    /** `more` go on with the line above. */
  | { kind: 'expression'; statement: boolean; more?: string[] }
  /** What may follow a whole expression. */
  | { kind: 'operator'; words: string[] }
  | ({ kind: 'argument'; call: Call | undefined } & Unparted)
  /** Behind `=>` the brace may be that of a block as well. */
  | ({ kind: 'field'; literal: RecordLiteral | FlagsLiteral; mayBeBlock: boolean } & Unparted)
  | { kind: 'arm'; match: Match; more: string[] }
  | /** In a `uses` with what it has already. */ { kind: 'member'; dot: Token; given: string[] | undefined }
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

/** Where the line above has no comma yet. */
interface Unparted {
  /** Where it is missing. */
  comma?: number
  /** What goes on with the line above. */
  more?: string[]
}

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
  /** The type of the token behind it on its line. */
  next: string | undefined
  inTest: boolean
  /** Whether a value must be known when compiling. */
  inConstant: boolean
}

/** Finds out what is asked for at an offset; nothing in comments, texts, numbers, and where a name is given. */
export function placeAt(view: View, offset: number): Place | undefined {
  if (inComment(view, offset)) return undefined
  return placeAmong(view, offset, tokensAround(view, offset))
}

/** The tokens where a `-` that touches the word before it and ends at the offset is a part of the word: names go on behind it. */
function joined(tokens: Token[], offset: number): Token[] {
  const at = tokens.findIndex(({ type, end }) => type === 'Minus' && end === offset)
  const word = tokens[at - 1]
  if (!word || !isWord(word) || word.end !== tokens[at]!.start) return tokens
  return tokens.toSpliced(at - 1, 2, { ...word, type: 'Name', text: `${word.text}-`, end: offset })
}

function placeAmong(view: View, offset: number, all: Token[]): Place | undefined {
  const tokens = joined(all, offset)
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
    const found = around(view, tokens, index, index + 1, inside.start)
    const want = wantAt(found)
    return want?.kind === 'value'
      ? placed(view, found, want, { start: inside.start, end: inside.end }, offset)
      : undefined
  }
  const word = inside ?? (at && at.start === offset && isWord(at) && isTouched(tokens, index, offset) ? at : undefined)
  const range = word ? { start: word.start, end: word.end } : { start: offset, end: offset }
  const before = index < 0 ? tokens.length : index
  const found = around(view, tokens, before, word ? before + 1 : before, range.start)
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

function placed(view: View, found: Around, want: Want, range: Range, offset: number): Place {
  const { path, notes, tokens, before, behind } = found
  const word = view.lines.slice(range.start, offset)
  const inTest = path.some(node => node.kind === 'Test')
  const following = tokens[behind]
  const isNear = following && !/[\r\n]/.test(view.lines.slice(range.end, following.start))
  const next = isNear ? following.type : undefined
  // Of what a part or the content is taken, that is expected.
  const expected = next === 'Dot' || next === 'Question' ? undefined : expectedAt(found, want)
  let locals: Binding[] | undefined
  return {
    ...{
      want,
      range,
      word,
      path,
      notes,
      expected,
      tokens,
      before,
      next,
      inTest,
      inConstant: found.constant !== undefined,
    },
    get locals() {
      return (locals ??= localsAt(path, found.anchor, notes))
    },
  }
}

/** In a text: a path of an import or of what is embedded, or an expression that is not closed yet. */
function inText(view: View, offset: number, tokens: Token[], index: number): Place | undefined {
  const text = tokens[index]!
  if (text.type !== 'Text') return undefined
  const before = tokens[index - 1]
  const found = around(view, tokens, index, index + 1, text.start)
  const end = isClosed(text) ? text.end - 1 : text.end
  const range = { start: text.start + 1, end }
  if (before?.type === 'EmbedWord') return placed(view, found, { kind: 'embed', quoted: true }, range, offset)
  if (before?.type !== 'FromWord' || found.frames.length > 1) {
    const opened = openedIn(view, text, offset)
    return opened && placeAmong(view, offset, [...tokens.slice(0, index), ...opened, ...tokens.slice(index + 1)])
  }
  const names = found.frames[0]!.tokens.some(({ type }) => type === 'RBrace')
  return placed(view, found, { kind: 'source', names, quoted: true }, range, offset)
}

function wantAt(found: Around): Want | undefined {
  const { tokens, before, at, frames, view } = found
  const prev = tokens[before - 1]
  const frame = frames.at(-1)!
  if (prev?.type === 'Dot') return { kind: 'member', dot: prev, given: inUses(found) }
  if (frames.length === 1) return atTop(found, frame.tokens)
  const newLine = prev !== undefined && /[\r\n]/.test(view.lines.slice(prev.end, at))
  const since = frame.tokens
  switch (frame.open.type) {
    case 'LParen':
      return inParens(found, frame, prev!, newLine)
    case 'LBracket': {
      const want = inExpression(since, prev!)
      // A comma may be missing above, or the bracket that closes.
      return newLine && want?.kind === 'operator' ? { kind: 'expression', statement: false, more: want.words } : want
    }
    case 'TemplateStart':
    case 'TemplateMiddle':
      return inExpression(since, prev!)
    default:
      return inBraces(found, frame, prev!, newLine)
  }
}

/** The operations that are there of the `uses` in which a place is. */
function inUses(found: Around): string[] | undefined {
  const [first, ...more] = found.frames
  const { tokens } = first!
  const uses = tokens.findLastIndex(({ type }) => type === 'UsesWord')
  const isUse = more.length === 0 && uses >= 0 && tokens.some(({ type }) => type === 'JobWord')
  return isUse ? usesIn(found, tokens.slice(uses + 1)) : undefined
}
