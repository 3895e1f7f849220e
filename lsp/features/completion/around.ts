import type { Notes } from '../../../compiler/notes.ts'
import type { Node } from '../../../grammar/nodes.ts'
import type { View } from '../../interface.ts'
import { endsOperand, type Token } from '../../tokens.ts'
import { itemAt, itemBefore, nodesAt } from '../../tree.ts'

/** A bracket that is open at the offset. */
export interface Frame {
  open: Token
  /** What stands in it at once, without what is in brackets that are closed. */
  tokens: Token[]
}

/** What stands around a place. */
export interface Around {
  view: View
  tokens: Token[]
  before: number
  /** The first token behind what is replaced. */
  behind: number
  at: number
  /** Where the tree is looked at. */
  anchor: number
  path: Node[]
  notes: Notes | undefined
  /** Innermost last; the first is the item. */
  frames: Frame[]
  /** That of a constant, or of parameters, where the value of the constant or a default has begun. */
  constant: Frame | undefined
}

/** @param at where what is asked for begins */
export function around(view: View, tokens: Token[], before: number, behind: number, at: number): Around {
  // What is open where nothing stands yet ends with the last token.
  const prev = tokens[before - 1]
  const next = tokens[before]
  const isThere = next?.start === at && !goesOn.has(next.type) && !closes.has(next.type)
  const isHole = prev && !endsOperand(prev) && !isThere
  const anchor = isHole ? prev.end : at
  const item = itemBefore(view.tree, at) ?? view.tree
  const frames = framesOf(tokens.slice(0, before))
  const { open } = frames.at(-1)!
  // What is not closed ends with the last token as well, and what stands in it goes on behind that.
  const isBehind = prev && frames.length > 1 && !isHole && !itemAt(view.tree, at)
  const path = isBehind
    ? nodesAt(view.tree, prev.end).filter(({ start }) => start <= open.start)
    : nodesAt(view.tree, anchor)
  return {
    view,
    tokens,
    before,
    behind,
    at,
    anchor,
    path,
    notes: view.notesOf(item),
    frames,
    constant: constantIn(view, frames),
  }
}

/** What stands behind a value. */
const goesOn = new Set(['Comma', 'Dot', 'Question'])

/** Brackets that open, those of templates among them. */
export const opens = new Set(['LParen', 'LBracket', 'LBrace', 'TemplateStart', 'TemplateMiddle'])

/** Brackets that close, by those that they close. */
const closes = new Map([
  ['RParen', ['LParen']],
  ['RBracket', ['LBracket']],
  ['RBrace', ['LBrace']],
  ['TemplateMiddle', ['TemplateStart', 'TemplateMiddle']],
  ['TemplateEnd', ['TemplateStart', 'TemplateMiddle']],
])

function framesOf(tokens: Token[]): Frame[] {
  const start: Token = { type: 'Start', text: '', start: 0, end: 0 }
  const frames: Frame[] = [{ open: start, tokens: [] }]
  for (const token of tokens) {
    // A statement closes what was left open in the one above.
    if (token.type === 'LetWord') while (frames.length > 1 && frames.at(-1)!.open.type !== 'LBrace') frames.pop()
    const open = closedBy(frames, token)
    if (open > 0) {
      frames.length = open
      if (token.type === 'TemplateMiddle') frames.push({ open: token, tokens: [] })
      else frames.at(-1)!.tokens.push(token)
    } else if (opens.has(token.type)) {
      frames.at(-1)!.tokens.push(token)
      frames.push({ open: token, tokens: [] })
    } else frames.at(-1)!.tokens.push(token)
  }
  return frames
}

/** Which of the open brackets a token closes, with those in it; nothing above 0 where there is none. */
function closedBy(frames: Frame[], { type }: Token): number {
  const pair = closes.get(type)
  return pair ? frames.findLastIndex(({ open }) => pair.includes(open.type)) : 0
}

function constantIn(view: View, frames: Frame[]): Frame | undefined {
  const words = itemOf(view, frames[0]!.tokens)
  const head = words.find(({ type }) => type !== 'ExportWord')?.text
  const frame = head === 'const' ? frames[0] : head === 'job' ? frames[1] : head === 'effect' ? frames[2] : undefined
  if (!frame || (head !== 'const' && frame.open.type !== 'LParen')) return undefined
  const part = head === 'const' ? words : sinceLast(frame.tokens, ({ type }) => type === 'Comma')
  return part.some(({ type }) => type === 'Equals') ? frame : undefined
}

/** What stands in the innermost bracket behind what is replaced, without what is in brackets. */
export function restOf({ tokens, behind }: Around): Token[] {
  const rest: Token[] = []
  let depth = 0
  for (const token of tokens.slice(behind)) {
    if (closes.has(token.type) && --depth < 0) break
    if (depth === 0) rest.push(token)
    if (opens.has(token.type)) depth++
  }
  return rest
}

/** The part of a list of tokens behind the last that satisfies a condition. */
export function sinceLast(tokens: Token[], is: (token: Token) => boolean): Token[] {
  return tokens.slice(tokens.findLastIndex(is) + 1)
}

const composites = new Set(['RecordWord', 'VariantWord', 'EnumWord', 'FlagsWord'])
const heads = new Set(['MatchWord', 'IfWord', 'InWord'])

/** The word of a type that is written in braces, where it is not a name, from the tokens up to the opening brace. */
export function compositeOf(tokens: Token[]): string | undefined {
  const word = tokens.at(-2)?.type ?? ''
  return composites.has(word) && !heads.has(tokens.at(-3)?.type ?? '') ? word : undefined
}

/** The words that items begin with. */
export const items = new Set(['import', 'config', 'type', 'const', 'job', 'effect', 'test'])

/** The tokens of the last item, which begins on a line of its own. */
export function itemOf({ text }: View, all: Token[]): Token[] {
  const start = all.findLastIndex(({ text: word, start }, i) => {
    const before = all[i - 1]
    return (items.has(word) || word === 'export') && (!before || /[\r\n]/.test(text.slice(before.end, start)))
  })
  return all.slice(Math.max(0, start))
}

/** Whether the last tokens are an open `<` of a type, or a comma in it. */
export function isTypeGap(since: Token[]): boolean {
  const last = since.at(-1)
  if (last?.type === 'Less') return true
  const opened = since.filter(({ type }) => type === 'Less').length
  return last?.type === 'Comma' && opened > since.filter(({ type }) => type === 'TypeEnd').length
}
