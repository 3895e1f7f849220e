/**
 * The TextMate grammar, made of the table of keywords. `node editors/textmate.ts` writes it to
 * `editors/vscode/syntaxes/ipvm.tmLanguage.json`.
 *
 * A regular expression sees a line at a time, so it tells keywords from names by what stands beside them; the language
 * server tells what is left.
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { keywords, type Keyword, type Place } from '../grammar/keywords.ts'
import { units } from '../grammar/literals.ts'

/** A rule of a TextMate grammar (https://macromates.com/manual/en/language_grammars). */
interface Rule {
  name?: string
  match?: string
  begin?: string
  end?: string
  include?: string
  contentName?: string
  captures?: Captures
  beginCaptures?: Captures
  endCaptures?: Captures
  patterns?: Rule[]
}
type Captures = Record<string, { name?: string; patterns?: Rule[] }>

export interface TextMateGrammar {
  name: string
  scopeName: string
  patterns: Rule[]
  repository: Record<string, { patterns: Rule[] }>
}

/** Where {@link textMateGrammar} is kept. */
export const grammarFile = fileURLToPath(new URL('vscode/syntaxes/ipvm.tmLanguage.json', import.meta.url))

/** A whole name, read once: nothing is tried from within it. */
const name = '(?<![A-Za-z0-9_])(?<![A-Za-z0-9_]-)(?>[A-Za-z_][A-Za-z0-9_]*(?:-[A-Za-z0-9_]+)*)'
/** Before and behind a word that is a whole name. */
const before = '(?<![A-Za-z0-9_.])'
const behind = '(?![A-Za-z0-9_]|-[A-Za-z0-9_])'

/** Scopes of the words of each place, without the name of the language at their end. */
const scopes: Record<Place, string> = {
  item: 'storage.type',
  statement: 'storage.type',
  expression: 'keyword.control',
  'after expression': 'keyword.control',
  type: 'storage.type',
  import: 'keyword.control',
  signature: 'storage.modifier',
  interface: 'storage.type',
  loop: 'keyword.control',
  effect: 'storage.modifier',
  test: 'keyword.control',
}
/** Words that have a scope of their own. */
const ownScopes: Record<string, string> = {
  import: 'keyword.control',
  export: 'storage.modifier',
  true: 'constant.language.boolean',
  false: 'constant.language.boolean',
  as: 'keyword.operator',
}
/** Types that are there without an import, and what takes a value into an `option` or a `result`. */
const builtInTypes =
  'bool|u8|u16|u32|u64|s8|s16|s32|s64|f32|f64|char|string|bytes|list|option|result|tuple|link|ipld|secret|failure'
const builtInFunctions = 'len|range|zip|concat|flatten|keys|link|declassify'
const constructors = 'some|ok|err'

function scopeOf({ text, places }: Keyword): string {
  return `${ownScopes[text] ?? scopes[places[0]!]}.${text}`
}

/** A word wherever what stands before it lets it be one. */
function word(keyword: Keyword, follows = ''): Rule {
  return { name: scoped(scopeOf(keyword)), match: `${before}${keyword.text}${behind}${follows}` }
}

function scoped(scope: string): string {
  return `${scope}.ipvm`
}

function at(place: Place): Keyword[] {
  return keywords.filter(({ places }) => places.includes(place))
}

/** `(?:import|from)`, longest first, whole words. */
function anyOf(words: readonly { text: string }[]): string {
  const texts = words.map(({ text }) => text).sort((a, b) => b.length - a.length || (a < b ? -1 : 1))
  return `(?:${texts.join('|')})${behind}`
}

/** Which of some words a capture is. */
function wordsIn(words: readonly Keyword[]): { patterns: Rule[] } {
  return { patterns: words.map(keyword => word(keyword)) }
}

function capture(scope: string): { name: string } {
  return { name: scoped(scope) }
}

function include(...names: string[]): Rule[] {
  return names.map(rule => ({ include: `#${rule}` }))
}

/** Words that follow a value: what stands before one of them is a value, and no keyword. */
const tails = keywords.filter(({ places }) => places.some(p => ['after expression', 'loop', 'import'].includes(p)))
const aName = `(?!${anyOf(tails)})${name}`
/** What follows a word on its line where an operand does. */
const operand = `(?=[ \\t]+(?:${aName}|["'\\[({!0-9]|-[0-9]))`
const exported = at('item').filter(({ text }) => text === 'export')
/** A declaration at the left edge ends what somebody has not finished above it. */
const nextItem = `(?=^${anyOf(at('item'))}\\s+(?:${name}|["{]))`

/** The start of a declaration; captures 1 and 2 are its words, 3 its name. */
function item(text: string, rest: string, nameScope: string): { begin: string; beginCaptures: Captures } {
  return {
    begin: `^\\s*(?:(export)\\s+)?(${text})\\s+(${name})${rest}`,
    beginCaptures: { 1: wordsIn(exported), 2: wordsIn(at('item')), 3: capture(nameScope) },
  }
}

const number = (() => {
  const digits = '[0-9]+(?:_[0-9]+)*'
  const all = [...Object.keys(units.durations), ...Object.keys(units.sizes)].sort((a, b) => b.length - a.length)
  const sign = `(?:(?<![A-Za-z0-9_)\\]}"'])-)?`
  return {
    match: `${before}(?:(${sign}0[xX][0-9A-Fa-f]+(?:_[0-9A-Fa-f]+)*)|(${sign}${digits}(?:\\.${digits})?(?:[eE][+-]?[0-9]+)?)(${all.join('|')})?)${behind}`,
    captures: {
      1: capture('constant.numeric.hex'),
      2: capture('constant.numeric.decimal'),
      3: capture('keyword.other.unit'),
    },
  }
})()

const escapes = (more = ''): Rule[] => [
  { name: scoped('constant.character.escape'), match: `\\\\(?:[ntr0\\\\"'$]|u\\{[0-9A-Fa-f]{1,6}\\}${more})` },
  { name: scoped('invalid.illegal.escape'), match: '\\\\.' },
]

/** A text with a prefix, which ends with its line at the latest. */
function prefixed(prefix: string, scope: string, patterns: Rule[]): Rule {
  return {
    name: scoped(scope),
    begin: `${before}(${prefix})(")`,
    beginCaptures: { 1: capture('storage.type.string'), 2: capture('punctuation.definition.string.begin') },
    end: '"|$',
    endCaptures: { 0: capture('punctuation.definition.string.end') },
    patterns,
  }
}

/** A region between brackets. */
function between(open: string, close: string, scope: string, patterns: Rule[], orEnd = nextItem): Rule {
  const captures = (side: string): Captures => ({ 0: capture(`punctuation.section.${scope}.${side}`) })
  return {
    begin: open,
    beginCaptures: captures('begin'),
    end: `${close}|${orEnd}`,
    endCaptures: captures('end'),
    patterns,
  }
}

const label: Rule = {
  match: `${before}(${name})\\s*(:)`,
  captures: { 1: capture('variable.other.property'), 2: capture('punctuation.separator.colon') },
}
const assignment: Rule = { name: scoped('keyword.operator.assignment'), match: '=' }
const comma: Rule = { name: scoped('punctuation.separator.comma'), match: ',' }

const reservedWords = keywords
  .filter(({ reserved }) => reserved)
  .map(keyword => word(keyword, ownScopes[keyword.text]?.startsWith('constant') ? '' : '(?!\\s*(?:[:,})]|=))'))
/** Words that are names unless an operand follows them, and, of those behind a value, unless `if` and the like precede. */
const wordsOfExpressions = [...at('expression'), ...at('after expression'), ...at('import')]
  .filter(({ reserved, places }) => !reserved && !places.includes('item'))
  .map(keyword => {
    const isTail = tails.includes(keyword)
    const follows = isTail ? `(?:${operand}|(?=\\s*\\{))` : `(?:${operand}|(?=\\s*"))`
    const start = isTail ? '(?<!\\bif )(?<!\\bin )(?<!\\bmatch )' : ''
    return { ...word(keyword, follows), match: `${start}${word(keyword, follows).match}` }
  })

/** A type after a sign, up to what cannot stand in one. */
function typeAfter(begin: string, beginCaptures: Captures, end: string): Rule {
  return { begin, beginCaptures, end, patterns: include('comments', 'types') }
}

const repository: Record<string, Rule[]> = {
  comments: [
    { name: scoped('comment.line.documentation'), match: '//!.*$' },
    { name: scoped('comment.line.documentation'), match: '///(?!/).*$' },
    { name: scoped('comment.line.double-slash'), match: '//.*$' },
  ],

  imports: [
    {
      begin: '^\\s*(import)(?=\\s*\\{)',
      beginCaptures: { 1: wordsIn(at('item')) },
      end: `(?<=")|${nextItem}`,
      patterns: [
        between('\\{', '\\}', 'names', [
          ...include('comments'),
          {
            match: `(${name})\\s+(as)\\s+(${name})`,
            captures: {
              1: capture('variable.other.import'),
              2: wordsIn(at('import')),
              3: capture('variable.other.import'),
            },
          },
          { name: scoped('variable.other.import'), match: name },
          comma,
        ]),
        ...at('import').map(keyword => word(keyword)),
        ...include('comments', 'strings'),
      ],
    },
    {
      begin: `^\\s*(import)\\s+(${name})`,
      beginCaptures: { 1: wordsIn(at('item')), 2: capture('entity.name.namespace') },
      end: `(?<=")(?!\\s*\\{)|(?<=\\})|${nextItem}`,
      patterns: [
        ...at('import').map(keyword => word(keyword)),
        ...include('comments', 'strings'),
        between('\\{', '\\}', 'interface', [
          ...include('comments'),
          {
            match: `(${name})\\s*(:)\\s*(${anyOf(at('interface'))})`,
            captures: {
              1: capture('entity.name.function'),
              2: capture('punctuation.separator.colon'),
              3: wordsIn(at('interface')),
            },
          },
          ...include('params', 'result'),
        ]),
      ],
    },
  ],

  items: [
    ...include('imports'),
    { match: '^\\s*(config)(?=\\s*\\{)', captures: { 1: wordsIn(at('item')) } },
    {
      ...item('type', '(?=\\s*=)', 'entity.name.type'),
      end: '(?!\\G)$',
      patterns: [assignment, ...include('comments', 'types')],
    },
    { ...item('const', '\\s*(?=:)', 'variable.other.constant'), end: '(?==)|$', patterns: include('annotation') },
    {
      match: item('const', '(?=\\s*=)', '').begin,
      captures: { 1: wordsIn(exported), 2: wordsIn(at('item')), 3: capture('variable.other.constant') },
    },
    {
      ...item('effect', '(?=\\s*\\()', 'entity.name.namespace'),
      end: `(?<=\\})|${nextItem}`,
      patterns: [
        ...include('comments', 'strings'),
        between('\\{', '\\}', 'effect', [
          ...include('comments'),
          {
            match: `((?:${anyOf(at('effect'))})(?:\\s+${anyOf(at('effect'))})*)\\s+(${name})`,
            captures: { 1: wordsIn(at('effect')), 2: capture('entity.name.function') },
          },
          ...include('params', 'result'),
        ]),
      ],
    },
    {
      ...item('job', '', 'entity.name.function'),
      end: `(?=\\{)|${nextItem}`,
      patterns: [
        ...include('comments', 'params', 'result'),
        {
          begin: `(${anyOf(at('signature'))})(?=\\s+${name})`,
          beginCaptures: { 1: wordsIn(at('signature')) },
          end: `(?=\\{)|${nextItem}`,
          patterns: [...include('comments'), { name: scoped('entity.name.function.effect'), match: name }, comma],
        },
      ],
    },
    {
      begin: '^\\s*(test)(?=\\s+")',
      beginCaptures: { 1: wordsIn(at('item')) },
      end: `(?<=\\})|${nextItem}`,
      patterns: [
        ...include('comments', 'strings'),
        between('\\{', '\\}', 'block', [
          {
            match: `(?:^|\\G)\\s*(${anyOf(at('test'))})(?:\\s+(${anyOf(at('test'))}))?(?:${operand}|(?=\\())`,
            captures: { 1: wordsIn(at('test')), 2: wordsIn(at('test')) },
          },
          ...include('block'),
        ]),
      ],
    },
  ],

  params: [
    between('\\(', '\\)', 'parameters', [
      ...include('comments'),
      {
        begin: `(${name})\\s*(:)`,
        beginCaptures: { 1: capture('variable.parameter'), 2: capture('punctuation.separator.colon') },
        end: `(?=[,)=])|${nextItem}`,
        patterns: include('comments', 'types'),
      },
      between('\\(', '\\)', 'parens', include('block')),
      ...include('block'),
    ]),
  ],
  /** `-> list<u8>` */
  result: [
    typeAfter(
      '->',
      { 0: capture('keyword.operator.arrow') },
      `(?=[{,)=}]|${before}${anyOf(at('signature'))}\\s+${name})|$`,
    ),
  ],
  /** `: list<u8>`, before `=` */
  annotation: [typeAfter(':', { 0: capture('punctuation.separator.colon') }, '(?==)|$')],

  types: [
    between(`(${anyOf(at('type').filter(({ text }) => text !== 'record'))})\\s*(\\{)`, '\\}', 'type', [
      ...include('comments'),
      between('\\(', '\\)', 'parens', include('comments', 'types')),
      { name: scoped('variable.other.enummember'), match: name },
      comma,
    ]),
    between(`(${anyOf(at('type').filter(({ text }) => text === 'record'))})\\s*(\\{)`, '\\}', 'type', [
      ...include('comments'),
      label,
      ...include('types'),
    ]),
    between('<', '>', 'arguments', include('comments', 'types')),
    { name: scoped('support.type'), match: `${before}(?:${builtInTypes})${behind}(?!\\.)` },
    { name: scoped('entity.name.type'), match: `${name}(?:\\.${name})*` },
    comma,
  ].map(rule =>
    rule.begin?.startsWith('(')
      ? {
          ...rule,
          beginCaptures: { 1: wordsIn(at('type')), 2: capture('punctuation.section.type.begin') },
        }
      : rule,
  ),

  strings: [
    prefixed('b', 'string.quoted.double.bytes', escapes('|x[0-9A-Fa-f]{2}')),
    prefixed('cid', 'string.quoted.double.cid', []),
    {
      name: scoped('string.quoted.double'),
      begin: '"',
      beginCaptures: { 0: capture('punctuation.definition.string.begin') },
      end: '"|$',
      endCaptures: { 0: capture('punctuation.definition.string.end') },
      patterns: [
        ...escapes(),
        {
          ...between('\\$\\{', '\\}', 'interpolation', include('inline'), '(?=$)'),
          name: scoped('meta.interpolation'),
          contentName: scoped('meta.embedded.line'),
        },
      ],
    },
    {
      name: scoped('string.quoted.single'),
      match: `'(?:(\\\\(?:[ntr0\\\\"'$]|u\\{[0-9A-Fa-f]{1,6}\\}))|[^'\\\\])'`,
      captures: { 1: capture('constant.character.escape') },
    },
  ],

  /** What stands in `${ }`, which has no comments and ends with its line. */
  inline: [between('\\{', '\\}', 'braces', include('inline'), '(?=$)'), ...include('expression')],
  block: [...include('comments'), between('\\{', '\\}', 'block', include('block')), ...include('expression')],

  expression: [
    ...include('strings'),
    number,
    typeAfter(
      `${before}(let)\\s+(${name})\\s*(:)`,
      {
        1: wordsIn(at('statement')),
        2: capture('variable.other.definition'),
        3: capture('punctuation.separator.colon'),
      },
      '(?==)|$',
    ),
    {
      match: `${before}(let)\\s+(${name})`,
      captures: { 1: wordsIn(at('statement')), 2: capture('variable.other.definition') },
    },
    {
      match: `${before}(for)\\s+(${name})(?:\\s*(,)\\s*(${name}))?\\s+(in)${behind}`,
      captures: {
        1: wordsIn(at('expression')),
        2: capture('variable.parameter'),
        3: capture('punctuation.separator.comma'),
        4: capture('variable.parameter'),
        5: wordsIn(at('loop')),
      },
    },
    {
      match: `(\\()(${name}(?:\\s*,\\s*${name})*)(\\))\\s*(=>)`,
      captures: {
        2: { patterns: [{ name: scoped('variable.parameter'), match: name }, comma] },
        4: capture('keyword.operator.arrow'),
      },
    },
    label,
    {
      begin: `${before}(as)[ \\t]+(?=${aName}|\\()`,
      beginCaptures: { 1: wordsIn(at('after expression')) },
      end: '(?!\\G)(?![A-Za-z0-9_.<])',
      patterns: [{ name: scoped('support.type'), match: '\\(\\)' }, ...include('types')],
    },
    ...reservedWords,
    {
      match: `${before}(${anyOf(tails)})[ \\t]+(${name})\\s*(=>)`,
      captures: {
        1: wordsIn(tails),
        2: capture('variable.parameter'),
        3: capture('keyword.operator.arrow'),
      },
    },
    ...wordsOfExpressions,
    { match: '(\\.)([0-9]+)', captures: { 2: capture('constant.numeric.decimal') } },
    { match: `(\\.)\\s*(${name})(?=\\()`, captures: { 2: capture('entity.name.function') } },
    { match: `(\\.)\\s*(${name})`, captures: { 2: capture('variable.other.member') } },
    { name: scoped('constant.language.none'), match: `${before}none${behind}(?!\\()` },
    { name: scoped('support.function.constructor'), match: `${before}(?:${constructors})${behind}(?=\\()` },
    { name: scoped('support.function.builtin'), match: `${before}(?:${builtInFunctions})${behind}(?=\\()` },
    { name: scoped('entity.name.function'), match: `${name}(?=\\()` },
    { name: scoped('entity.name.type'), match: '[A-Z][A-Za-z0-9_]*(?=\\.)' },
    { name: scoped('variable.other'), match: name },
    { name: scoped('keyword.operator.arrow'), match: '=>|->' },
    { name: scoped('keyword.operator.comparison'), match: '==|!=|<=|>=|<|>' },
    { name: scoped('keyword.operator.logical'), match: '&&|\\|\\||!' },
    { name: scoped('keyword.operator.arithmetic'), match: '[-+*/%]' },
    assignment,
    { name: scoped('keyword.operator.unwrap'), match: '\\?' },
    comma,
  ],
}

/** The grammar for editors that take those of TextMate. */
export function textMateGrammar(): TextMateGrammar {
  return {
    name: 'ipvm',
    scopeName: 'source.ipvm',
    patterns: include('items', 'block'),
    repository: Object.fromEntries(Object.entries(repository).map(([key, patterns]) => [key, { patterns }])),
  }
}

/** The file of the grammar, as it should be. */
export function textMateFile(): string {
  return `${JSON.stringify(textMateGrammar(), null, 2)}\n`
}

if (import.meta.main) writeFileSync(grammarFile, textMateFile())
