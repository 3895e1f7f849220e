import { generics } from '../compiler/check/types.ts'
import { isLong } from '../grammar/moves.ts'
import type { Item } from '../grammar/nodes.ts'
import type { Lines } from '../grammar/source.ts'
import { endOf, lex, type IToken } from '../grammar/tokens.ts'
import type { View } from './interface.ts'

/** A token at its place in the file. */
export interface Token {
  /** Its type by name, such as `Name`, `LParen`, `LetWord`; `TypeEnd` of the `>` of `list<u8>`. */
  type: string
  text: string
  start: number
  end: number
}

/**
 * The tokens of the item around an offset, or before it, with what follows up to the next one: also where the tree has
 * lost them. Of a long body there are those of the lines around, and of what is above the first line.
 */
export function tokensAround(view: View, offset: number): Token[] {
  const { tree, lines } = view
  const { items } = tree
  let low = 0
  let high = items.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (items[middle]!.start < offset) low = middle + 1
    else high = middle
  }
  const start = items[low - 1]?.start ?? 0
  const end = Math.max(offset, items[low]?.start ?? lines.length)
  const far = linesFar(view, items[low - 1], offset)
  return [...tokensIn(lines, start, far?.start ?? start), ...tokensIn(lines, far?.end ?? start, far?.behind ?? end)]
}

/** The tokens between two offsets. */
export function tokensIn(lines: Lines, start: number, end: number): Token[] {
  const tokens = lex(lines.slice(start, end)).tokens.map(token => placed(token, start))
  let open = 0
  for (const [i, token] of tokens.entries())
    if (token.type === 'Less') {
      const before = tokens[i - 1]
      // Comparisons are written with spaces.
      if (before?.end === token.start && Object.hasOwn(generics, before.text)) open++
    } else if (token.type === 'Greater' && open > 0) {
      open--
      token.type = 'TypeEnd'
    }
  return tokens
}

/** The tokens of a text that is not closed, as if the `${` before an offset were closed behind the word there. */
export function openedIn({ lines }: View, text: Token, offset: number): Token[] | undefined {
  const part = lines.slice(text.start, offset)
  const [expression] = /(?<=(?<!\\)(?:\\\\)*\$\{)[^"{}]*$/.exec(part) ?? []
  if (expression === undefined) return undefined
  const start = offset - expression.length
  const [rest] = /^[\w-]*/.exec(lines.slice(offset, text.end))!
  const open = { type: 'TemplateStart', text: part.slice(0, start - text.start), start: text.start, end: start }
  return [open, ...tokensIn(lines, start, offset + rest.length)]
}

/** So many lines around an offset are near to it. */
const NEAR = 3

/** The lines of a long body that are far above an offset, and where those begin that are far below. */
function linesFar(
  { syntax }: View,
  item: Item | undefined,
  offset: number,
): { start: number; end: number; behind: number | undefined } | undefined {
  if ((item?.kind !== 'Job' && item?.kind !== 'Test') || !isLong(item)) return undefined
  const { statements } = item.body
  const at = statements.findIndex(({ end }) => end >= offset)
  const [first, near] = [statements[0]!, statements[(at < 0 ? statements.length : at) - NEAR]]
  // Where something is wrong, lines may not end where the tree says.
  const isWrong = syntax.some(({ span }) => item.start <= span.start && span.start < (near?.start ?? 0))
  if (!near || near === first || isWrong) return undefined
  return { start: first.start, end: near.start, behind: at < 0 ? undefined : statements[at + NEAR]?.start }
}

function placed(token: IToken, by: number): Token {
  return { type: token.tokenType.name, text: token.image, start: token.startOffset + by, end: endOf(token) + by }
}

/** Whether a token is a name, or a keyword that may be one. */
export function isWord({ type }: Token): boolean {
  return type === 'Name' || type.endsWith('Word')
}

/** Whether an expression can end with a token. */
export function endsOperand(token: Token): boolean {
  if (isWord(token)) return !operatorWords.has(token.text)
  return operandEnds.has(token.type)
}

const operandEnds = new Set([
  ...[
    'TypeEnd',
    'RParen',
    'RBracket',
    'RBrace',
    'Question',
    'Text',
    'TemplateEnd',
    'BytesText',
    'CidText',
    'Char',
    'Numeral',
  ],
])

/** Words that something has to follow. */
const operatorWords = new Set([
  ...['let', 'if', 'else', 'match', 'for', 'in', 'do', 'try', 'as', 'with', 'catch', 'after', 'undo', 'from', 'assert'],
  ...[
    'fails',
    'given',
    'reduce',
    'fold',
    'embed',
    'uses',
    'import',
    'export',
    'job',
    'const',
    'type',
    'test',
    'effect',
  ],
  ...['query', 'note', 'command', 'idempotent', 'config', 'record', 'variant', 'enum', 'flags'],
])

/** Whether an offset is in a comment. */
export function inComment({ comments }: View, offset: number): boolean {
  let low = 0
  let high = comments.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (comments[middle]!.start < offset) low = middle + 1
    else high = middle
  }
  const comment = comments[low - 1]
  return comment !== undefined && offset <= comment.end
}
