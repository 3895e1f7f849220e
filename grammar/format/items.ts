import type { Doc } from 'prettier'
import { builders } from 'prettier/doc'
import type { EffectDeclaration } from '../nodes.ts'
import {
  braces,
  bracket,
  bracketParts,
  dangling,
  each,
  areOnLine,
  lines,
  type Context,
  type Printers,
} from './context.ts'
import { dotted } from './plain.ts'

const { group, hardline, indent, join, line } = builders

type ItemKind =
  | 'Module'
  | 'Name'
  | 'Import'
  | 'ImportNames'
  | 'ImportedName'
  | 'StatedInterface'
  | 'StatedFunction'
  | 'Config'
  | 'Setting'
  | 'Const'
  | 'TypeDeclaration'
  | 'Job'
  | 'Uses'
  | 'Use'
  | 'EffectDeclaration'
  | 'Operation'
  | 'Test'
  | 'Param'

export const itemPrinters: Printers<ItemKind> = {
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
  ImportNames: (_, context) => ['import ', bracket(context, 'names', '{', '}', line), ' from ', context.child('from')],
  ImportedName: (node, { child }) => [child('name'), node.alias ? [' as ', child('alias')] : ''],
  StatedInterface: (_, context) => braces(context, 'functions', true),
  StatedFunction: (node, context) => [context.child('name'), ': func', signature(node, context)],
  Config: (_, context) => ['config ', braces(context, 'entries', false)],
  Setting: (_, { child }) => [child('name'), ': ', child('value')],
  Const: (node, { child }) => [
    exported(node),
    'const ',
    child('name'),
    node.type ? [': ', child('type')] : '',
    ' = ',
    child('value'),
  ],
  TypeDeclaration: (node, { child }) => [exported(node), 'type ', child('name'), ' = ', child('type')],
  Job: (node, context) => {
    const head = [`${exported(node)}job ${node.name.text}`, signature(node, context)]
    if (!node.uses) return [...head, ' ', context.child('body')]
    // A brace on a line of its own tells the body from operations that stand on their own lines too.
    return [...head, group([indent([line, context.child('uses')]), line]), context.child('body')]
  },
  // A line may end behind a comma, not behind the word.
  Uses: (_, context) => group(['uses ', indent(join([',', line], each(context, 'operations', context.print)))]),
  Use: node => dotted(node.path),
  EffectDeclaration: (node, context) => {
    const oneLine = node.operations.length === 1 && areOnLine(context, node.operations)
    return [
      exported(node),
      'effect ',
      context.child('name'),
      '(',
      context.child('scheme'),
      ') ',
      braces(context, 'operations', oneLine),
    ]
  },
  Operation: (node, context) => [
    node.operation.padEnd(kindWidth(context.path.parent as EffectDeclaration)),
    ' ',
    context.child('name'),
    signature(node, context),
  ],
  Test: (_, { child }) => ['test ', child('name'), ' ', child('body')],
  Param: (node, { child }) => {
    const head = [`${node.name.text}: `, child('type')]
    return node.default ? [...head, ' = ', child('default')] : head
  },
}

function exported(node: { exported: boolean }): string {
  return node.exported ? 'export ' : ''
}

/** Parameters and result; the parameters are broken first. */
function signature(node: { result?: unknown }, context: Context): Doc {
  const params = bracketParts(context, 'params', '(', ')')
  return group(node.result ? [params, ' -> ', context.child('result')] : params)
}

const kindWidths = new WeakMap<EffectDeclaration, number>()

/** The names of operations stand below each other, unless the two words of `idempotent command` would tear gaps. */
function kindWidth(effect: EffectDeclaration): number {
  const known = kindWidths.get(effect)
  if (known !== undefined) return known
  const kinds = new Set(effect.operations.map(({ operation }) => operation))
  const width = kinds.has('idempotent command') ? 0 : Math.max(...[...kinds].map(kind => kind.length))
  kindWidths.set(effect, width)
  return width
}
