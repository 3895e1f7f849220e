import fc, { type Arbitrary } from 'fast-check'
import { keywords } from '../../grammar/keywords.ts'

/** Texts one after the other. */
function join(...parts: (string | Arbitrary<string>)[]): Arbitrary<string> {
  return fc.tuple(...parts.map(p => (typeof p === 'string' ? fc.constant(p) : p))).map(texts => texts.join(''))
}

/** Some of an entry, one after the other. */
function repeated(entry: Arbitrary<string>, least: number, most: number): Arbitrary<string> {
  return fc.array(entry, { minLength: least, maxLength: most }).map(all => all.join(''))
}

const nothing = fc.constant('')
const contextual = keywords.filter(k => !k.reserved).map(k => k.text)
/** Words that go on with a line, or with which something starts, are names in the middle of a line only. */
const awkward = [
  ...['with', 'catch', 'after', 'undo', 'as', 'reduce', 'fold', 'uses', 'assert', 'given', 'fails', 'from', 'embed'],
  ...['record', 'variant', 'enum', 'flags'],
]
const plain = fc.constantFrom(
  'long-name-of-many-words-about-it',
  'a',
  'b-1',
  'crop',
  'x_y',
  'None',
  'a-b-2c',
  'cid',
  'b',
  'Z9',
)
const name = fc.oneof({ weight: 3, arbitrary: plain }, fc.constantFrom(...contextual.filter(w => !awkward.includes(w))))
const member = fc.oneof(name, fc.constantFrom(...awkward))

const character = fc.constantFrom(
  ...['a', 'é', '日', '😀', ' ', '\\n', '\\"', '\\\\', '\\$', '$', '\\u{1f600}', '{', "'", '//'],
)
const string = fc.array(character, { maxLength: 6 }).map(all => `"${all.join('').replaceAll('${', '$ {')}"`)
const template = fc.constantFrom('"${a}"', '"a ${ f( x,"q" ) } b ${1+2} "', '"\\${a}${xs[0].name}//"', '"${"${a}"}"')
const number = fc.constantFrom('0', '42', '-1', '0xff', '1_000', '0xdead_beef', '1.5', '-0.0', '1e3', '2.5E-10', '007')
const unsigned = fc.oneof(
  fc.constantFrom('30s', '500ms', '2h', '5min', '64KiB', '1GB', '1_0B'),
  fc.constantFrom('true', 'false', '()', "'c'", "'\\''", "'\\u{e9}'", "'é'", '[]', '{}'),
  fc.constantFrom('b"ab\\x00"', 'b""', 'cid"bafyx"'),
  string,
  template,
)
const literal = fc.oneof(number, unsigned)

/** A path of names that may be called. */
const path = fc.array(member, { maxLength: 2 }).chain(rest => name.map(first => [first, ...rest].join('.')))
const plainPath = fc.array(member, { maxLength: 2 }).chain(rest => plain.map(first => [first, ...rest].join('.')))

/** White space and comments, as wild as a place allows. */
interface Space {
  /** On one line. */
  gap: Arbitrary<string>
  /** Inside of brackets, where a new line means nothing. */
  wide: Arbitrary<string>
  /** Before what continues a line. */
  on: Arbitrary<string>
  /** What ends a statement. */
  lineEnd: Arbitrary<string>
  docs: Arbitrary<string>
}

function spaces(comments: boolean): Space {
  const gap = fc.constantFrom('', ' ', '  ')
  const spaced = fc.constantFrom(' ', '  ')
  if (!comments) return { gap, wide: gap, on: spaced, lineEnd: fc.constant('\n'), docs: nothing }
  const comment = fc.constantFrom('// note', '//', '/// words', '//! words', '//// four', '// "text" ( [ {')
  const wide = fc.oneof(
    { weight: 8, arbitrary: gap },
    { weight: 1, arbitrary: fc.constantFrom('\n', '\n\n  ', '\r\n\t') },
    { weight: 1, arbitrary: comment.map(c => ` ${c}\n`) },
    { weight: 1, arbitrary: comment.map(c => `\n${c}\n\n`) },
  )
  const on = fc.oneof(
    { weight: 8, arbitrary: spaced },
    { weight: 2, arbitrary: fc.constantFrom('\n', '\n\n  ', '\r\n\t') },
    { weight: 1, arbitrary: comment.map(c => ` ${c}\n`) },
  )
  const lineEnd = fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom('\n', '\n\n', '\n\n\n  ', '\r\n') },
    { weight: 1, arbitrary: comment.map(c => ` ${c}\n`) },
    { weight: 1, arbitrary: comment.map(c => `\n  ${c}\n`) },
  )
  const docs = fc.oneof({ weight: 3, arbitrary: nothing }, join('/// Words.\n/// More.\n'))
  return { gap, wide, on, lineEnd, docs }
}

type Lists = (entry: Arbitrary<string>, least: number, most: number) => Arbitrary<string>

/** Entries with commas between them, and perhaps one behind the last. */
function lists({ wide }: Space): Lists {
  return (entry, least, most) =>
    fc
      .tuple(fc.array(join(wide, entry, wide), { minLength: least, maxLength: most }), fc.boolean(), wide)
      .map(([all, comma, end]) => all.join(',') + (comma && all.length > 0 ? ',' : '') + end)
}

function types({ gap, wide }: Space, several: Lists): Arbitrary<string> {
  return fc.letrec<{ type: string }>(tie => ({
    type: fc.oneof(
      { maxDepth: 3, depthIdentifier: 'type' },
      fc.constantFrom('u8', 'bytes', '_', '()', 'image.angle', 'list<u8>'),
      join(plain, gap, '<', several(tie('type'), 1, 3), '>'),
      join('record {', several(join(member, ':', wide, tie('type')), 0, 3), '}'),
      join('variant {', several(fc.oneof(member, join(member, '(', wide, tie('type'), wide, ')')), 0, 3), '}'),
      join('enum {', several(member, 0, 3), '}'),
      join('flags{', several(member, 0, 3), '}'),
    ),
  })).type
}

type Rules = Record<
  | 'expression'
  | 'operand'
  | 'call'
  | 'sum'
  | 'comparison'
  | 'logic'
  | 'loose'
  | 'form'
  | 'lambda'
  | 'block'
  | 'arm'
  | 'line'
  | 'statement'
  | 'settings',
  string
>

/** The grammar of values; the names are those of the language page. */
function values(space: Space, several: Lists, type: Arbitrary<string>): { [K in keyof Rules]: Arbitrary<string> } {
  const { gap, wide, on, lineEnd } = space
  const arithmetic = fc.constantFrom('*', '/', '%', '+', '-')
  const comparing = fc.constantFrom('==', '!=', '<', '<=', '>', '>=')
  const joining = fc.constantFrom('&&', '||')
  const bound = fc.oneof(name, fc.constant('_'))
  // `effect as (` starts a declaration.
  const target = type.filter(text => !text.startsWith('('))
  const pattern = fc.oneof(
    fc.constantFrom('none', 'red', '_', '-1', '0xff', '"a b"', "'c'", 'true', 'Color.red', 'image.angle.left'),
    join(plainPath, '(', bound, ')'),
  )
  const ending = fc.oneof(fc.constantFrom(', ', ',\n', ',\n\n'), lineEnd)
  return fc.letrec<Rules>(tie => {
    const expression = tie('expression')
    const logic = tie('logic')
    const call = tie('call')
    const named = join(member, ':', gap, expression)
    const args = fc.oneof(
      several(expression, 0, 3),
      several(named, 1, 2),
      join(wide, expression, wide, ',', several(named, 1, 2)),
    )
    /** After `=>`. */
    const body = fc.oneof({ weight: 3, arbitrary: logic }, fc.oneof(tie('block'), tie('form')))
    /** Before a block; it does not begin with a brace. */
    const head = fc.oneof(
      { weight: 2, arbitrary: fc.oneof(name, call) },
      fc.oneof(join('try ', call), join('do ', call)),
      join('(', expression, ')'),
      join(fc.oneof(name, call), on, fc.constantFrom('==', '+', '&&'), ' ', tie('operand')),
      join(call, on, 'with {', tie('settings'), '}'),
      join('!', name, ' as ', target),
    )
    /** A body with a value. */
    const valued = fc.oneof(tie('block'), join('{', gap, expression, gap, '}'))
    /** The body of an `if` without `else`. */
    const performing = fc.oneof(valued, join('{', wide, '}'), join('{', wide, 'let a = ', expression, lineEnd, '}'))
    return {
      call: join(path, '(', args, ')'),
      operand: fc.oneof(
        { depthIdentifier: 'value', maxDepth: 4 },
        fc.oneof(literal, name, join('embed ', string)),
        join('[', several(expression, 1, 4), ']'),
        join('(', wide, expression, wide, ')'),
        join('(', wide, expression, ',', wide, ')'),
        join('(', several(expression, 2, 3), ')'),
        join('{', several(join(member, gap, ':', wide, expression), 1, 3), '}'),
        join('{', several(member, 1, 3), '}'),
        call,
        join('(', expression, ')', fc.oneof(on, gap), '.', wide, member),
        join('(', expression, ').', fc.constantFrom('0', '1', '12')),
        join(fc.oneof(call, join('(', expression, ')')), '[', wide, expression, wide, ']'),
        join(fc.oneof(call, join('(', expression, ')')), fc.constantFrom('?', '?.a', ' ?.a', '?.1?', '\n  ?.b')),
        join(fc.oneof(call, join('(', expression, ')')), on, 'with {', tie('settings'), '}'),
        join(fc.constantFrom('!', '-', '!!', '-!'), fc.oneof(name, call, join('(', wide, expression, ')'))),
      ),
      sum: fc.oneof(
        { weight: 5, arbitrary: tie('operand') },
        join(tie('operand'), repeated(join(on, arithmetic, ' ', tie('operand')), 1, 4)),
        join(tie('operand'), on, 'as ', target),
      ),
      comparison: fc.oneof(
        { weight: 4, arbitrary: tie('sum') },
        join('(', tie('sum'), ')', on, comparing, ' ', tie('sum')),
      ),
      logic: fc.oneof(
        { weight: 4, arbitrary: tie('comparison') },
        join(tie('comparison'), repeated(join(on, joining, ' ', tie('comparison')), 1, 3)),
      ),
      settings: fc
        .array(fc.tuple(join(name, ': ', expression), ending), { maxLength: 3 })
        .map(all => all.map(([text, end]) => text + end).join('')),
      block: join(
        join('{', fc.oneof(lineEnd, nothing)),
        fc.oneof(join('let ', bound, ' = ', expression, lineEnd), join('do ', call, lineEnd)),
        join(repeated(tie('statement'), 0, 2), tie('line'), wide, '}'),
      ),
      statement: fc.oneof(
        join('let ', bound, fc.oneof(nothing, join(gap, ': ', type)), ' = ', expression, lineEnd),
        join(tie('line'), lineEnd),
      ),
      // At the start of a line some words begin a statement of another kind.
      line: fc.oneof(
        fc.oneof(plain, literal),
        join('(', expression, ')'),
        join(plainPath, '(', args, ')', fc.oneof(nothing, join(on, '+ ', tie('operand')))),
        fc.oneof(tie('form'), tie('loose')),
      ),
      lambda: join('(', several(bound, 2, 2), ') => ', body),
      arm: join(pattern, ' => ', body),
      form: fc.oneof(
        join('if ', head, fc.oneof(on, gap), performing),
        join('if ', head, ' ', valued, on, 'else ', valued),
        join('if ', head, ' ', valued, on, 'else if ', head, gap, valued, ' else ', valued),
        join('match ', head, ' {', wide, repeated(join(tie('arm'), ending), 0, 3), '}'),
        join('for ', name, fc.oneof(nothing, join(',', gap, name)), ' in ', head, ' ', valued),
        join('reduce ', fc.oneof(plain, call), ' with ', fc.oneof(plainPath, tie('lambda'))),
        join('fold ', fc.oneof(plain, call), ' from ', fc.oneof(literal, call), ' with ', tie('lambda')),
      ),
      loose: fc.oneof(
        join('try ', fc.oneof(logic, tie('form'), join('do ', expression))),
        join('try ', call, on, 'catch ', bound, ' => ', body),
        join('do ', call, fc.oneof(nothing, join(on, 'after ', name), join(on, 'after (', several(name, 2, 3), ')'))),
        join('do ', call, on, 'undo ', bound, ' => do ', call),
        join('do ', call, on, 'undo ', bound, ' => ', body, on, 'catch ', bound, ' => ', body),
        join(call, repeated(join(on, 'catch ', bound, ' => ', logic), 1, 2)),
      ),
      expression: fc.oneof(
        { depthIdentifier: 'value', maxDepth: 4 },
        fc.oneof(literal, name),
        { weight: 4, arbitrary: logic },
        tie('loose'),
        { weight: 2, arbitrary: tie('form') },
      ),
    }
  })
}

/**
 * Random modules that follow the grammar; names and types need not fit. The text has odd white space, comments where
 * they may stand, redundant parentheses and trailing commas.
 */
export function moduleText({ comments = true } = {}): Arbitrary<string> {
  const space = spaces(comments)
  const { gap, wide, lineEnd, docs } = space
  const several = lists(space)
  const type = types(space, several)
  const { expression, settings, statement, line, call } = values(space, several, type)

  const result = fc.oneof(nothing, join(' -> ', type))
  const annotation = fc.oneof(nothing, join(gap, ': ', type))
  const exported = fc.constantFrom('', 'export ')
  const fixed = fc.oneof(literal, name, join('[', several(literal, 0, 3), ']'), join('{ a:', wide, literal, '}'))
  const param = join(name, ':', wide, type, fc.oneof(nothing, join(' =', wide, fixed)))
  const params = join('(', several(param, 0, 3), ')')
  const stated = join(docs, name, ': func(', several(join(name, ': ', type), 0, 2), ')', result)
  const statedInterface = fc
    .array(fc.tuple(stated, fc.constantFrom(', ', ',\n', '\n')), { maxLength: 3 })
    .map(all => ` {\n${all.map(([text, end]) => text + end).join('')}}`)
  const use = fc.constantFrom('http.get', 'a.b-1', 'declassify', 'x_y.with', 'Z9.test')
  const uses = join(' uses ', use, repeated(join(',', fc.oneof(gap, lineEnd), use), 0, 3))
  const kind = fc.constantFrom('query', 'note', 'idempotent command', 'command', 'idempotent  command')
  const operation = join(docs, kind, ' ', member, params, result, lineEnd)
  const testLine = fc.oneof(
    statement,
    join('assert ', fc.constantFrom('', 'fails '), '(', expression, ')', lineEnd),
    join('assert ', call, ' == ', call, lineEnd),
    join('given ', plainPath, '(', several(fc.oneof(fc.constant('_'), expression), 0, 2), ') => ', expression, lineEnd),
  )
  const item = fc.oneof(
    join('import ', name, ' from ', string, fc.oneof(nothing, statedInterface)),
    join('import {', several(join(name, fc.oneof(nothing, join(' as ', name))), 1, 4), '} from ', string),
    join('config {', settings, '}'),
    join(docs, exported, 'type ', name, ' = ', type),
    join(docs, exported, 'const ', name, annotation, ' = ', expression),
    join(docs, exported, 'effect ', plain, gap, '("x:") {', wide, repeated(operation, 0, 3), '}'),
    join(docs, exported, 'effect ', plain, '("x:") { query ', plain, '() }'),
    join(docs, 'test ', string, ' {', wide, repeated(testLine, 0, 4), '}'),
    join(
      docs,
      join(exported, 'job ', name, params, result, fc.oneof(nothing, uses), ' {', wide),
      repeated(statement, 0, 3),
      join(line, wide, '}'),
    ),
  )
  const start = comments ? fc.constantFrom('', '\n\n', '//! Module.\n', '// first\n\n', '\ufeff') : nothing
  return join(start, repeated(join(item, lineEnd), 0, 4))
}
