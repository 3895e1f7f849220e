import type { Doc } from 'prettier'
import { builders } from 'prettier/doc'
import type { Call, Expression } from '../nodes.ts'
import { verbatimOf, type Commented } from './comments.ts'
import {
  asWritten,
  braces,
  bracket,
  bracketParts,
  each,
  areOnLine,
  type Context,
  type Path,
  type Printers,
} from './context.ts'
import { dotted } from './plain.ts'
import { isLink } from './operators.ts'
import { needsParentheses } from './parentheses.ts'

const { group, ifBreak, indent, line, softline } = builders

type ExpressionKind =
  | 'NumberLiteral'
  | 'DurationLiteral'
  | 'SizeLiteral'
  | 'BoolLiteral'
  | 'Text'
  | 'Template'
  | 'CharLiteral'
  | 'BytesLiteral'
  | 'CidLiteral'
  | 'Embed'
  | 'List'
  | 'Tuple'
  | 'RecordLiteral'
  | 'FieldValue'
  | 'FlagsLiteral'
  | 'Reference'
  | 'Access'
  | 'TupleAccess'
  | 'Index'
  | 'Call'
  | 'Argument'
  | 'Unwrap'
  | 'If'
  | 'Match'
  | 'Arm'
  | 'CasePattern'
  | 'LiteralPattern'
  | 'RestPattern'
  | 'For'
  | 'Reduce'
  | 'Fold'
  | 'Lambda'
  | 'Missing'

export const expressionPrinters: Printers<ExpressionKind> = {
  NumberLiteral: asWritten,
  DurationLiteral: asWritten,
  SizeLiteral: asWritten,
  BoolLiteral: asWritten,
  Text: asWritten,
  Template: asWritten,
  CharLiteral: asWritten,
  BytesLiteral: asWritten,
  CidLiteral: asWritten,
  Embed: (node, { source }) => ['embed ', source(node.path)],
  List: (_, context) => bracket(context, 'items', '[', ']'),
  Tuple: (node, context) =>
    group(bracketParts(context, 'items', '(', ')', softline, node.items.length === 1 ? ',' : ifBreak(','))),
  RecordLiteral: (_, context) => bracket(context, 'fields', '{', '}', line),
  FieldValue: (_, { child }) => [child('name'), ': ', child('value')],
  FlagsLiteral: (_, context) => bracket(context, 'flags', '{', '}', line),
  Reference: node => node.name,
  Access: (node, { child }) => [child('object'), `.${node.name.text}`],
  TupleAccess: (node, { child }) => [child('object'), '.', String(node.index)],
  Index: (_, { child }) => [child('object'), group(['[', indent([softline, child('index')]), softline, ']'])],
  Call: (node, context) => [
    context.child('callee'),
    isHugged(node, context) ? ['(', ...each(context, 'args', context.print), ')'] : bracket(context, 'args', '(', ')'),
  ],
  Argument: (node, { child }) => (node.name ? [`${node.name.text}: `, child('value')] : child('value')),
  Unwrap: (_, { child }) => [child('value'), '?'],
  If: (node, context) => {
    const otherwise = node.otherwise ? [' else ', context.child('otherwise')] : ''
    const chain = ['if ', head(context, 'condition'), context.child('then'), otherwise]
    return context.path.key === 'otherwise' ? chain : group(chain)
  },
  Match: (node, context) => {
    const oneLine = node.arms.length <= 2 && areOnLine(context, node.arms)
    return ['match ', head(context, 'value'), braces(context, 'arms', oneLine)]
  },
  Arm: (_, { child }) => [child('pattern'), ' => ', child('value')],
  CasePattern: (node, { child }) => [dotted(node.path), node.payload ? ['(', child('payload'), ')'] : ''],
  LiteralPattern: (_, { child }) => child('value'),
  RestPattern: () => '_',
  For: (node, context) => [
    'for ',
    context.child('name'),
    node.index ? [', ', context.child('index')] : '',
    ' in ',
    head(context, 'list'),
    context.child('body'),
  ],
  Reduce: (_, { child }) => ['reduce ', child('list'), ' with ', child('combine')],
  Fold: (_, { child }) => ['fold ', child('list'), ' from ', child('init'), ' with ', child('step')],
  Lambda: (_, context) => [bracket(context, 'params', '(', ')'), ' => ', context.child('body')],
  Missing: asWritten,
}

/** What stands before the braces of `if`, `match` and `for`, which get a line of their own behind several. */
function head({ path, child }: Context, field: string): Doc {
  const isChain = path.call(
    ((at: Path) => isLink(at.node) && !verbatimOf(at).has(at.node) && !needsParentheses(at)) as never,
    field as never,
  )
  return isChain ? group([child(field), line]) : [child(field), ' ']
}

const hugged = new Set<Expression['kind']>(['List', 'RecordLiteral', 'If', 'Match', 'For'])

/** Whether the brackets of the only argument are enough: `ok({` and `})` need no lines of their own. */
function isHugged(node: Call, { path }: Context): boolean {
  const [first, ...others] = node.args
  if (!first || others.length > 0 || (node as Commented).opening || verbatimOf(path).has(first)) return false
  return hugged.has(first.value.kind) && !(first as Commented).comments
}
