import { keywordByText, keywords, type Place } from '../../../grammar/keywords.ts'
import { Tier, type Candidate } from './candidates.ts'

/** What is written with a keyword, by the keyword; of one that has several forms each with a label of its own. */
const forms: Record<string, string | [label: string, text: string][]> = {
  import: [
    ['import', 'import ${1:name} from "${2:./}"'],
    ['import { }', 'import { $2 } from "${1:./}"'],
  ],
  config: 'config {\n  $0\n}',
  type: 'type ${1:Name} = $0',
  const: 'const ${1:name} = $0',
  export: 'export $0',
  job: 'job ${1:name}($2) -> ${3:bytes} {\n  $0\n}',
  effect: 'effect ${1:name}("${1:name}:") {\n  $0\n}',
  test: 'test "${1:what is promised}" {\n  $0\n}',
  let: 'let ${1:name} = $0',
  embed: 'embed "./$0"',
  with: 'with { $0 }',
  // Behind the list of a `reduce`, and where a `fold` starts from.
  'with (a, b)': [['with', 'with (${1:a}, ${2:b}) => $0']],
  record: 'record { $0 }',
  variant: 'variant { $0 }',
  enum: 'enum { $0 }',
  flags: 'flags { $0 }',
  func: 'func($1) -> $0',
  if: 'if ${1:condition} { $2 } else { $0 }',
  else: 'else { $0 }',
  match: 'match ${1:value} {\n  $0\n}',
  for: 'for ${1:x} in ${2:list} { $0 }',
  in: 'in $0',
  do: 'do $0',
  try: 'try $0',
  reduce: 'reduce ${1:list} with $0',
  fold: 'fold ${1:list} from ${2:0} with (${3:acc}, ${4:x}) => $0',
  as: 'as $0',
  from: 'from $0',
  catch: 'catch ${1:failure} => $0',
  after: 'after $0',
  undo: 'undo ${1:result} => do $0',
  uses: 'uses $0',
  query: 'query ${1:name}($2) -> $0',
  note: 'note ${1:name}($2) -> ()',
  idempotent: 'idempotent command ${1:name}($2) -> $0',
  command: 'command ${1:name}($2) -> $0',
  assert: [
    ['assert', 'assert $0'],
    ['assert fails', 'assert fails $0'],
  ],
  fails: 'fails $0',
  given: 'given ${1:operation}(${2:_}) => $0',
  '->': '-> $0',
  '=>': '=> $0',
  '{': '{ $0 }',
}

/** Keywords that may stand at a place. */
export function keywordsAt(...places: Place[]): Candidate[] {
  return keywords.filter(row => row.places.some(place => places.includes(place))).flatMap(({ text }) => keyword(text))
}

/** A keyword or a sign in each of its forms. */
export function keyword(text: string, tier: number = Tier.language): Candidate[] {
  const form = forms[text]
  const about = keywordByText.has(text) ? { about: { kind: 'keyword', name: text } as const } : {}
  const base = { kind: 'keyword', tier, ...about } as const
  if (form === undefined) return [{ label: text, ...base }]
  const written: [string, string][] = typeof form === 'string' ? [[text, form]] : form
  return written.map(([label, text]) => ({ label, text, snippet: true, ...base }))
}
