import { isBuiltIn } from '../../../compiler/check/builtins.ts'
import { generics } from '../../../compiler/check/types.ts'
import { scalars } from '../../../dag/types.ts'
import type { Name, Node, Reference } from '../../../grammar/nodes.ts'
import type { Comment } from '../../../grammar/parse.ts'

/** Kinds of tokens by their numbers, as the protocol names them. */
export const tokenTypes = [
  ...['namespace', 'type', 'interface', 'enumMember', 'property', 'parameter', 'variable', 'function', 'method'],
  ...['keyword', 'string', 'number', 'comment', 'operator'],
] as const

/** What is said of a token beside its kind, each one bit. */
export const tokenModifiers = ['declaration', 'readonly', 'defaultLibrary', 'async', 'documentation'] as const

type TokenType = (typeof tokenTypes)[number]
export const [declaration, readonly, defaultLibrary, async, documentation] = [1, 2, 4, 8, 16] as const

/** What a token is: its type and its modifiers. */
export interface Class {
  type: TokenType
  modifiers?: number
}

export function classOfComment({ kind }: Pick<Comment, 'kind'>): Class {
  return { type: 'comment', modifiers: kind === 'line' ? 0 : documentation }
}

const ofLanguage = new Set<string>([...scalars, ...Object.keys(generics), 'bytes', 'failure'])
const cases = new Set(['some', 'none', 'ok', 'err'])

/** What a name is by where it stands, when nothing more is known of it. */
export function classBySyntax(node: Name | Reference, text: string, around: Node): Class | undefined {
  switch (around.kind) {
    case 'Import':
      return { type: 'namespace', modifiers: declaration }
    case 'Job':
    case 'StatedFunction':
      return { type: 'function', modifiers: declaration }
    case 'Operation':
      return { type: 'method', modifiers: declaration | async }
    case 'EffectDeclaration':
      return { type: 'interface', modifiers: declaration }
    case 'TypeDeclaration':
      return { type: 'type', modifiers: declaration }
    case 'NamedType':
      return ofLanguage.has(text) ? { type: 'type', modifiers: defaultLibrary } : { type: 'type' }
    case 'Param':
      return { type: 'parameter', modifiers: declaration | readonly }
    case 'Argument':
      return around.name === node ? { type: 'parameter' } : ofValue(text)
    case 'Setting':
    case 'FieldType':
    case 'FieldValue':
      return around.name === node ? { type: 'property' } : ofValue(text)
    case 'CaseType':
    case 'EnumType':
    case 'FlagsType':
    case 'FlagsLiteral':
      return { type: 'enumMember', modifiers: readonly }
    case 'CasePattern':
      return around.payload === node ? { type: 'variable' } : caseOf(text)
    case 'Use':
      return { type: 'method', modifiers: async }
    case 'Access':
      return around.name === node ? { type: 'property' } : ofValue(text)
    case 'Call':
      return around.callee === node && !cases.has(text)
        ? { type: 'function', modifiers: isBuiltIn(text) ? defaultLibrary : 0 }
        : ofValue(text)
    default:
      return ofValue(text)
  }
}

function ofValue(text: string): Class {
  return cases.has(text) ? caseOf(text) : { type: 'variable' }
}

function caseOf(text: string): Class {
  return { type: 'enumMember', modifiers: cases.has(text) ? readonly | defaultLibrary : readonly }
}
