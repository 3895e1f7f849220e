import type { AstPath, Doc, ParserOptions } from 'prettier'
import { builders } from 'prettier/doc'
import type { Kind, Node, NodeOf } from '../nodes.ts'
import { endWithParentheses, type Commented } from './comments.ts'
import { plain } from './plain.ts'

const { breakParent, group, hardline, ifBreak, indent, line, softline } = builders

export type Options = ParserOptions<Commented>
export type Path = AstPath<Commented>
export type Print = (path: Path) => Doc

/** What a printer of a node gets. */
export interface Context {
  path: Path
  options: Options
  print: Print
  /** Prints a child. */
  child: (field: string) => Doc
  source: (node: { start: number; end: number }) => string
}

/** The printers of some kinds: a chapter of the table. */
export type Printers<K extends Kind = Kind> = { [P in K]: (node: NodeOf<P>, context: Context) => Doc }

/** Literals keep the form that they are written in. */
export const asWritten = (node: Node, { source }: Context): Doc => source(node)

/** Whether a part of the source goes over several lines. */
export function hasLines({ source }: Context, part: { start: number; end: number }): boolean {
  return /[\r\n]/.test(source(part))
}

/** Whether entries stand on the line of the brace before them, and the closing one too. */
export function areOnLine({ path, options }: Context, entries: readonly Node[]): boolean {
  const [first] = entries
  if (!first) return false
  const brace = options.originalText.lastIndexOf('{', first.start)
  return !/[\r\n]/.test(options.originalText.slice(brace, path.node.end))
}

/** The children of a field that has several. */
export function each(context: Context, field: string, printEntry: (entry: Path) => Doc): Doc[] {
  return context.path.map(printEntry as never, field as never)
}

/** A list in brackets: on one line, or broken with one entry a line and a comma behind each. */
export function bracket(context: Context, field: string, open: string, close: string, space: Doc = softline): Doc {
  return group(bracketParts(context, field, open, close, space))
}

/** The parts of {@link bracket}, which break together with what is put beside them. */
export function bracketParts(
  context: Context,
  field: string,
  open: string,
  close: string,
  space: Doc = softline,
  comma: Doc = ifBreak(','),
): Doc {
  if (isEmpty(context, field)) return empty(context, open, close)
  return [opening(context, open), indent([space, entries(context, field, ','), comma]), space, close]
}

/** Braces around entries that lines or, where the braces stand on one line, commas separate. */
export function braces(context: Context, field: string, oneLine: boolean): Doc {
  if (isEmpty(context, field)) return empty(context, '{', '}')
  return oneLine
    ? group([opening(context, '{'), indent([line, entries(context, field, ifBreak('', ','))]), line, '}'])
    : [opening(context, '{'), indent([hardline, lines(context, field)]), hardline, '}']
}

function isEmpty({ path }: Context, field: string): boolean {
  return (path.node as unknown as Record<string, Node[]>)[field]!.length === 0
}

/** An opening bracket, and the comment on its line. */
export function opening({ path }: Context, bracket: string): Doc {
  const comment = path.node.opening
  return comment ? [bracket, ' ', comment.source, breakParent] : bracket
}

/** Entries with a separator; a blank line between two of them stays where they are broken. */
export function entries(context: Context, field: string, separator: Doc): Doc {
  return each(context, field, entry => {
    const { node, parent } = entry
    const printed = plain(node, parent, context) ?? context.print(entry)
    if (entry.isLast) return printed
    const parts = [printed, separator, line]
    if (blankAfter(context, node)) parts.push(softline)
    return parts
  })
}

/** Entries on lines of their own. */
export function lines(context: Context, field: string): Doc {
  return each(context, field, entry => {
    const next = entry.siblings?.[entry.index! + 1] as Commented | undefined
    if (!next) return context.print(entry)
    const parts = [context.print(entry)]
    if (needsComma(next)) parts.push(',')
    parts.push(hardline)
    if (standsApart(entry.node, next) || blankAfter(context, entry.node)) parts.push(hardline)
    return parts
  })
}

/** Jobs, tests and effects have a blank line around them; effects of one operation may stand side by side. */
function standsApart(node: Node, next: Node): boolean {
  if (isShortEffect(node) && isShortEffect(next)) return false
  return [node, next].some(item => item.kind === 'Job' || item.kind === 'Test' || item.kind === 'EffectDeclaration')
}

function isShortEffect(node: Node): boolean {
  return node.kind === 'EffectDeclaration' && node.operations.length === 1
}

/** A line that begins with `after (` goes on with the one above, so that an arm of a case of this name needs a comma. */
function needsComma(next: Node): boolean {
  return next.kind === 'Arm' && next.pattern.kind === 'CasePattern' && next.pattern.path[0]?.text === 'after'
}

export function blankAfter({ options }: Context, node: { end: number }): boolean {
  return isNextLineEmpty(options.originalText, endWithParentheses(options.originalText, node))
}

/** An empty bracket, with the comments in it. */
export function empty(context: Context, open: string, close: string): Doc {
  const comments = dangling(context)
  return comments === '' ? open + close : [open, indent([hardline, comments]), hardline, close]
}

/** Comments of a node that has nothing else to hold them. */
export function dangling({ path, options }: Context): Doc {
  const comments = path.node.inside ?? []
  if (comments.length === 0) return ''
  return comments.map((comment, i) => {
    if (i === comments.length - 1) return comment.source
    return [comment.source, hardline, isNextLineEmpty(options.originalText, comment.end) ? hardline : '']
  })
}

/** Whether the line below the one on which something ends is empty; a comma and a comment may stand behind it. */
function isNextLineEmpty(text: string, end: number): boolean {
  const rest = /[, \t]*(\/\/[^\n]*)?\n[ \t]*(?=\n)/y
  rest.lastIndex = end
  return rest.test(text)
}
