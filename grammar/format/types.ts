import { builders } from 'prettier/doc'
import { bracket, type Printers } from './context.ts'
import { dotted } from './plain.ts'

const { line } = builders

type TypeKind =
  'NamedType' | 'UnitType' | 'RecordType' | 'FieldType' | 'VariantType' | 'CaseType' | 'EnumType' | 'FlagsType'

export const typePrinters: Printers<TypeKind> = {
  NamedType: (node, context) =>
    node.args.length > 0 ? [dotted(node.path), bracket(context, 'args', '<', '>')] : dotted(node.path),
  UnitType: () => '()',
  RecordType: (_, context) => ['record ', bracket(context, 'fields', '{', '}', line)],
  FieldType: (_, { child }) => [child('name'), ': ', child('type')],
  VariantType: (_, context) => ['variant ', bracket(context, 'cases', '{', '}', line)],
  CaseType: (node, { child }) => [child('name'), node.type ? ['(', child('type'), ')'] : ''],
  EnumType: (_, context) => ['enum ', bracket(context, 'cases', '{', '}', line)],
  FlagsType: (_, context) => ['flags ', bracket(context, 'flags', '{', '}', line)],
}
