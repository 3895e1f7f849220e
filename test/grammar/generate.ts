import fc, { type Arbitrary } from 'fast-check'
import { keywords } from '../../grammar/keywords.ts'

/**
 * Random modules that follow the grammar; names and types need not fit. The text has odd white space, comments where
 * they may stand, redundant parentheses and trailing commas.
 */
export function moduleText({ comments = true } = {}): Arbitrary<string> {
  const nothing = fc.constant('')
  const gap = fc.constantFrom('', ' ', '  ')
  const comment = fc.constantFrom('// note', '//', '/// words', '//! words', '//// four', '// "text" ( [ {')
  /** White space inside brackets, where a new line means nothing. */
  const wide = comments
    ? fc.oneof(
        { weight: 8, arbitrary: gap },
        { weight: 1, arbitrary: fc.constantFrom('\n', '\n\n  ', '\r\n\t') },
        { weight: 1, arbitrary: comment.map(c => ` ${c}\n`) },
        { weight: 1, arbitrary: comment.map(c => `\n${c}\n\n`) },
      )
    : gap
  /** What ends a statement. */
  const lineEnd = comments
    ? fc.oneof(
        { weight: 5, arbitrary: fc.constantFrom('\n', '\n\n', '\n\n\n  ', '\r\n') },
        { weight: 1, arbitrary: comment.map(c => ` ${c}\n`) },
        { weight: 1, arbitrary: comment.map(c => `\n  ${c}\n`) },
      )
    : fc.constant('\n')

  const contextual = keywords.filter(k => !k.reserved).map(k => k.text)
  // Words that continue a line, or that take an operand, are names in the middle of one only.
  const awkward = ['with', 'catch', 'after', 'undo', 'as', 'reduce', 'fold', 'uses']
  const plain = fc.constantFrom('a', 'b-1', 'crop', 'x_y', 'None', 'a-b-2c', 'cid', 'b', 'Z9')
  const name = fc.oneof(
    { weight: 3, arbitrary: plain },
    fc.constantFrom(...contextual.filter(w => !awkward.includes(w))),
  )
  const member = fc.oneof(name, fc.constantFrom(...awkward))

  const join = (...parts: (string | Arbitrary<string>)[]): Arbitrary<string> =>
    fc.tuple(...parts.map(p => (typeof p === 'string' ? fc.constant(p) : p))).map(texts => texts.join(''))
  const several = (entry: Arbitrary<string>, least: number, most: number): Arbitrary<string> =>
    fc
      .tuple(fc.array(join(wide, entry, wide), { minLength: least, maxLength: most }), fc.boolean(), wide)
      .map(([all, comma, end]) => all.join(',') + (comma && all.length > 0 ? ',' : '') + end)

  const character = fc.constantFrom(
    'a',
    'é',
    '日',
    '😀',
    ' ',
    '\\n',
    '\\"',
    '\\\\',
    '\\$',
    '$',
    '\\u{1f600}',
    '{',
    "'",
    '//',
  )
  const string = fc.array(character, { maxLength: 6 }).map(all => `"${all.join('').replaceAll('${', '$ {')}"`)
  const literal = fc.oneof(
    fc.constantFrom('0', '42', '-1', '0xff', '1_000', '0xdead_beef', '1.5', '-0.0', '1e3', '2.5E-10', '007'),
    fc.constantFrom('30s', '500ms', '2h', '5min', '64KiB', '1GB', '1_0B'),
    fc.constantFrom('true', 'false', '()', "'c'", "'\\''", "'\\u{e9}'", "'é'", '[]', '{}'),
    fc.constantFrom('b"ab\\x00"', 'b""', 'cid"bafyx"'),
    string,
  )

  const { expression } = fc.letrec<{ expression: string; type: string }>(tie => ({
    type: nothing,
    expression: fc.oneof(
      { maxDepth: 4, depthIdentifier: 'expression' },
      fc.oneof(literal, name, join('embed ', string)),
      join('[', several(tie('expression'), 1, 4), ']'),
      join('(', wide, tie('expression'), wide, ')'),
      join('(', wide, tie('expression'), ',', wide, ')'),
      join('(', several(tie('expression'), 2, 3), ')'),
      join('{', several(join(member, gap, ':', wide, tie('expression')), 1, 3), '}'),
      join('{', several(member, 1, 3), '}'),
      join('(', tie('expression'), ')', wide, '.', wide, member),
      join('(', tie('expression'), ').', fc.constantFrom('0', '1', '12')),
      join('(', tie('expression'), ')[', wide, tie('expression'), wide, ']'),
      join(path(), gap, '(', several(tie('expression'), 0, 4), ')'),
      join(path(), '(', tie('expression'), ',', several(join(member, ': ', tie('expression')), 1, 3), ')'),
      join('(', tie('expression'), ') with {', settings(tie('expression')), '}'),
    ),
  }))

  function path(): Arbitrary<string> {
    return fc.array(member, { maxLength: 2 }).chain(rest => name.map(first => [first, ...rest].join('.')))
  }

  function settings(value: Arbitrary<string>): Arbitrary<string> {
    return fc
      .array(fc.tuple(join(name, ': ', value), fc.constantFrom(', ', ',\n', '\n', '\n\n')), { maxLength: 3 })
      .map(all => all.map(([text, end]) => text + end).join(''))
  }

  const { type } = fc.letrec<{ type: string }>(tie => ({
    type: fc.oneof(
      { maxDepth: 4, depthIdentifier: 'type' },
      fc.constantFrom('u8', 'bytes', '_', '()', 'image.angle', 'list<u8>'),
      join(plain, gap, '<', several(tie('type'), 1, 3), '>'),
      join('record {', several(join(member, ':', wide, tie('type')), 0, 3), '}'),
      join('variant {', several(fc.oneof(member, join(member, '(', wide, tie('type'), wide, ')')), 0, 3), '}'),
      join('enum {', several(member, 0, 3), '}'),
      join('flags{', several(member, 0, 3), '}'),
    ),
  }))

  const result = fc.oneof(nothing, join(' -> ', type))
  const annotation = fc.oneof(nothing, join(gap, ': ', type))
  const param = join(name, ':', wide, type, fc.oneof(nothing, join(' =', wide, expression)))
  const params = join('(', several(param, 0, 3), ')')
  const letName = fc.oneof(name, fc.constant('_'))
  const statement = join('let ', letName, annotation, ' = ', expression, lineEnd)
  const docs = comments ? fc.oneof({ weight: 3, arbitrary: nothing }, join('/// Words.\n/// More.\n')) : nothing
  const stated = join(docs, name, ': func(', several(join(name, ': ', type), 0, 2), ')', result)
  const statedInterface = fc
    .array(fc.tuple(stated, fc.constantFrom(', ', ',\n', '\n')), { maxLength: 3 })
    .map(all => ` {\n${all.map(([text, end]) => text + end).join('')}}`)
  const item = fc.oneof(
    join('import ', name, ' from ', string, fc.oneof(nothing, statedInterface)),
    join('config {', settings(expression), '}'),
    join(docs, 'type ', name, ' = ', type),
    join(docs, 'const ', name, annotation, ' = ', expression),
    join(
      docs,
      join(fc.constantFrom('', 'export '), 'job ', name, params, result, ' {', wide),
      fc.array(statement, { maxLength: 3 }).map(all => all.join('')),
      // At the start of a line some words begin a statement of another kind.
      join(fc.oneof(plain, join('(', expression, ')'), literal), wide, '}'),
    ),
  )
  const start = comments ? fc.constantFrom('', '\n\n', '//! Module.\n', '// first\n\n', '\ufeff') : nothing
  return join(
    start,
    fc.array(join(item, lineEnd), { maxLength: 4 }).map(all => all.join('')),
  )
}
