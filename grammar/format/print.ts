import type { AstPath, Doc, ParserOptions } from 'prettier'
import { builders } from 'prettier/doc'
import type { Node } from '../nodes.ts'
import type { Attached, Commented } from './comments.ts'

const { group, hardline, ifBreak, indent, join, line, literalline, softline } = builders

export type Options = ParserOptions<Commented>
type Path = AstPath<Commented>
type Print = (path: Path) => Doc
/** What a printer of a node gets. */
interface Context {
  path: Path
  options: Options
  print: Print
  /** Prints a child. */
  child: (field: string) => Doc
  source: (node: { start: number; end: number }) => string
}
type Printers = { [K in Node['kind']]: (node: Extract<Node, { kind: K }>, context: Context) => Doc }

export function print(path: Path, options: Options, printChild: Print): Doc {
  const node = path.node
  const source = ({ start, end }: { start: number; end: number }) => options.originalText.slice(start, end)
  if (node.verbatim) return join(literalline, source(node).split('\n'))
  const child = (field: string): Doc => path.call(printChild as never, field as never)
  const printer = printers[node.kind] as (node: Node, context: Context) => Doc
  return printer(node, { path, options, print: printChild, child, source })
}

export function printComment(path: AstPath<Attached>): Doc {
  return path.node.source
}

/** Literals keep the form that they are written in. */
const asWritten = (node: Node, { source }: Context): Doc => source(node)

const printers: Printers = {
  Module: (node, context) =>
    node.items.length === 0
      ? [dangling(context), context.options.originalText.trim() ? hardline : '']
      : [lines(context, 'items'), hardline],
  Name: node => node.text,
  Import: (node, { child }) => [
    'import ',
    child('name'),
    ' from ',
    child('from'),
    node.stated ? [' ', child('stated')] : '',
  ],
  StatedInterface: (node, context) =>
    node.functions.length === 0
      ? empty(context, '{', '}')
      : group(['{', indent([line, entries(context, 'functions', ifBreak('', ','))]), line, '}']),
  StatedFunction: (node, context) => [
    context.child('name'),
    ': func',
    bracket(context, 'params', '(', ')'),
    node.result ? [' -> ', context.child('result')] : '',
  ],
  Config: (node, context) => [
    'config ',
    node.entries.length === 0
      ? empty(context, '{', '}')
      : ['{', indent([hardline, lines(context, 'entries')]), hardline, '}'],
  ],
  Setting: (_, { child }) => [child('name'), ': ', child('value')],
  Const: (node, { child }) => ['const ', child('name'), node.type ? [': ', child('type')] : '', ' = ', child('value')],
  TypeDeclaration: (_, { child }) => ['type ', child('name'), ' = ', child('type')],
  Job: (node, context) => [
    node.exported ? 'export ' : '',
    'job ',
    context.child('name'),
    bracket(context, 'params', '(', ')'),
    node.result ? [' -> ', context.child('result')] : '',
    ' ',
    context.child('body'),
  ],
  Param: (node, { child }) => [child('name'), ': ', child('type'), node.default ? [' = ', child('default')] : ''],
  Block: (node, context) => {
    const body = [node.lets.length > 0 ? [lines(context, 'lets'), between(context, node)] : '', context.child('value')]
    const oneLine = node.lets.length === 0 && !/[\r\n]/.test(context.source(node))
    return oneLine ? group(['{', indent([line, body]), line, '}']) : ['{', indent([hardline, body]), hardline, '}']
  },
  Let: (node, { child }) => ['let ', child('name'), node.type ? [': ', child('type')] : '', ' = ', child('value')],

  NamedType: (node, context) => [
    join('.', context.path.map(context.print as never, 'path' as never)),
    node.args.length > 0 ? bracket(context, 'args', '<', '>') : '',
  ],
  UnitType: () => '()',
  RecordType: (_, context) => ['record ', bracket(context, 'fields', '{', '}', line)],
  FieldType: (_, { child }) => [child('name'), ': ', child('type')],
  VariantType: (_, context) => ['variant ', bracket(context, 'cases', '{', '}', line)],
  CaseType: (node, { child }) => [child('name'), node.type ? ['(', child('type'), ')'] : ''],
  EnumType: (_, context) => ['enum ', bracket(context, 'cases', '{', '}', line)],
  FlagsType: (_, context) => ['flags ', bracket(context, 'flags', '{', '}', line)],

  NumberLiteral: asWritten,
  DurationLiteral: asWritten,
  SizeLiteral: asWritten,
  BoolLiteral: asWritten,
  Text: asWritten,
  CharLiteral: asWritten,
  BytesLiteral: asWritten,
  CidLiteral: asWritten,
  Embed: (node, { source }) => ['embed ', source(node.path)],
  List: (_, context) => bracket(context, 'items', '[', ']'),
  Tuple: (node, context) => bracket(context, 'items', '(', ')', softline, node.items.length === 1),
  RecordLiteral: (_, context) => bracket(context, 'fields', '{', '}', line),
  FieldValue: (_, { child }) => [child('name'), ': ', child('value')],
  FlagsLiteral: (_, context) => bracket(context, 'flags', '{', '}', line),
  Reference: node => node.name,
  Access: (node, context) => [operand(node.object, context), '.', context.child('name')],
  TupleAccess: (node, context) => [operand(node.object, context), '.', String(node.index)],
  Index: (_, { child }) => [child('object'), group(['[', indent([softline, child('index')]), softline, ']'])],
  Call: (_, context) => [context.child('callee'), bracket(context, 'args', '(', ')')],
  Argument: (node, { child }) => [node.name ? [child('name'), ': '] : '', child('value')],
  With: (_, context) => [context.child('object'), ' with ', bracket(context, 'settings', '{', '}', line)],
  Missing: asWritten,
}

/** What stands before a dot: `1.0` would be one number. */
function operand(object: Node, { child }: Context): Doc {
  const isNumber = ['NumberLiteral', 'DurationLiteral', 'SizeLiteral'].includes(object.kind)
  return isNumber ? ['(', child('object'), ')'] : child('object')
}

/** A list in brackets: on one line, or broken with one entry a line and a comma behind each. */
function bracket(
  context: Context,
  field: string,
  open: string,
  close: string,
  space: Doc = softline,
  comma = false,
): Doc {
  const { node } = context.path
  if ((node as unknown as Record<string, Node[]>)[field]!.length === 0) return empty(context, open, close)
  const last = comma ? ',' : ifBreak(',')
  return group([open, indent([space, entries(context, field, ',')]), last, space, close])
}

/** Entries with a separator; a blank line between two of them stays where they are broken. */
function entries(context: Context, field: string, separator: Doc): Doc {
  const { path, print: printChild } = context
  return path.map(
    (entry => [
      printChild(entry),
      entry.isLast ? '' : [separator, line, blankAfter(context, entry.node) ? softline : ''],
    ]) as (entry: Path) => Doc as never,
    field as never,
  )
}

/** Entries on lines of their own. */
function lines(context: Context, field: string): Doc {
  const { path, print: printChild } = context
  return path.map(
    ((entry: Path) => {
      const next = entry.siblings?.[entry.index! + 1] as Commented | undefined
      const apart = entry.node.kind === 'Job' || next?.kind === 'Job' || blankAfter(context, entry.node)
      return [printChild(entry), next ? [hardline, apart ? hardline : ''] : '']
    }) as never,
    field as never,
  )
}

/** Between the last `let` and the result. */
function between(context: Context, node: Extract<Node, { kind: 'Block' }>): Doc {
  const last = node.lets[node.lets.length - 1]!
  return [hardline, blankAfter(context, last) ? hardline : '']
}

function blankAfter({ options }: Context, node: { end: number }): boolean {
  let end = node.end
  // Parentheses that are not printed.
  while (/[ \t)]/.test(options.originalText[end] ?? '')) end++
  return isNextLineEmpty(options.originalText, end)
}

/** An empty bracket, with the comments in it. */
function empty(context: Context, open: string, close: string): Doc {
  const comments = dangling(context)
  return comments === '' ? open + close : [open, indent([hardline, comments]), hardline, close]
}

/** Comments of a node that has nothing else to hold them. */
function dangling({ path, options }: Context): Doc {
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
