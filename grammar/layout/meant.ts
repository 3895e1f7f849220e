import { nameOf, nearest } from '../../dag/suggest.ts'
import { Colon, Equals, keyword, LBrace, LParen, TemplateStart, Text, type IToken, type TokenType } from '../tokens.ts'
import { exportable, isName, isReserved, type ItemKind } from './classify.ts'

type Declared = Exclude<ItemKind, 'stray'>

const exportWord = keyword('export')
const fromWord = keyword('from')
const declared = ['job', 'type', 'const', 'effect', 'import', 'config', 'test'] as const

/** Words of other languages. */
const foreign: Record<string, Declared> = {
  ...{ function: 'job', fn: 'job', func: 'job', fun: 'job', def: 'job', proc: 'job', sub: 'job', task: 'job' },
  ...{ procedure: 'job', workflow: 'job', pipeline: 'job', async: 'job' },
  ...{
    struct: 'type',
    class: 'type',
    interface: 'type',
    typedef: 'type',
    record: 'type',
    enum: 'type',
    variant: 'type',
  },
  ...{ var: 'const', val: 'const', use: 'import', include: 'import', require: 'import', settings: 'config' },
}

/** What an item begins with where one of its words is another one, or is misspelt. */
export interface Meant {
  kind: Declared
  /** Which of its first words is wrong, and what it should be. */
  at: number
  word: Declared | 'export'
}

/**
 * What a line wants to begin, as far as what follows looks like it.
 *
 * @param line its first tokens
 */
export function meantItem(line: IToken[]): Meant | undefined {
  const [first, second] = line
  if (!first || !second) return undefined
  if (first.tokenType === exportWord) {
    const kind = meantWord(line.slice(1))
    return kind !== undefined && exportable.has(keyword(kind)) ? { kind, at: 1, word: kind } : undefined
  }
  const kind = declared.find(word => keyword(word) === second.tokenType)
  const isExport = kind !== undefined && exportable.has(second.tokenType) && line[2] !== undefined && isNamed(line[2])
  if (isExport && isName(first) && isMisspelt(first, 'export')) return { kind, at: 0, word: 'export' }
  const word = meantWord(line)
  return word && { kind: word, at: 0, word }
}

function isMisspelt({ image }: IToken, word: string): boolean {
  return nearest(image, [word, ...declared]) === word
}

/** The word that stands first, where what follows looks like it. */
function meantWord([word, next, after, last]: IToken[]): Declared | undefined {
  if (!word || !next || !isName(word)) return undefined
  const follows = (kind: Declared): boolean => fits(kind, next, after?.tokenType, last?.tokenType)
  const lower = word.image.toLowerCase()
  const known = Object.hasOwn(foreign, lower) ? foreign[lower] : undefined
  if (known !== undefined && (follows(known) || (known === 'job' && isName(next)))) return known
  const near = nearest(lower, declared.filter(follows))
  return declared.find(kind => near !== undefined && kind === nameOf(near))
}

function fits(kind: Declared, next: IToken, after: TokenType | undefined, last: TokenType | undefined): boolean {
  const type = next.tokenType
  if (kind === 'config') return type === LBrace
  if (kind === 'test') return type === Text || type === TemplateStart
  if (kind === 'import') return type === LBrace || (isNamed(next) && (after === fromWord || after === Text))
  if (!isNamed(next)) return false
  if (kind === 'const') return after === Equals || after === Colon
  if (kind === 'type') return after === Equals
  return after === LParen && (kind === 'job' || last === Text)
}

function isNamed(token: IToken): boolean {
  return isName(token) || isReserved(token)
}
