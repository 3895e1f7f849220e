import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import type { Change } from '../../grammar/reparse.ts'

const root = fileURLToPath(new URL('../../examples', import.meta.url))

/** The examples, by their paths. */
export const files: ReadonlyMap<string, string> = new Map(
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ipvm'))
    .map(name => [join(root, name), readFileSync(join(root, name), 'utf8')]),
)
export const sources = [...files.values()]

const pieces = [
  ...[
    'a',
    'b-1',
    '(',
    ')',
    '{',
    '}',
    '[',
    ']',
    '"',
    '${',
    '.',
    ',',
    ':',
    '=',
    '=>',
    '->',
    '+',
    '-',
    '?',
    '\n',
    '\r\n',
    ' ',
  ],
  ...[
    'job',
    'export ',
    'let x = 1\n',
    '\njob f() -> u8 { 1 }\n',
    '\ntype A = u8',
    '\nconst c = 1',
    'import a from "b"\n',
  ],
  ...[
    '//',
    '///',
    '// c\n',
    '/// d\n',
    '//! m\n',
    '/*',
    '#',
    ';',
    '\ntest "t" { assert true }\n',
    'config {',
    'uses x.y ',
  ],
  ...[
    'if a { b } else { c }',
    'with { time: 1s }',
    'match x { ',
    'else',
    'import',
    '  ',
    '\n\n',
    'record {',
    'effect e("x:") {',
  ],
]

/** A change of a text, wherever it is. */
export const edit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  take: fc.oneof({ weight: 4, arbitrary: fc.nat(3) }, fc.nat(200)),
  put: fc.oneof(
    fc.constant(''),
    fc.constantFrom(...pieces),
    fc.array(fc.constantFrom(...pieces), { maxLength: 3 }).map(all => all.join('')),
  ),
})

/** The text after a change, and the change. */
export function apply(text: string, { at, take, put }: { at: number; take: number; put: string }): [string, Change] {
  const start = Math.floor(at * text.length)
  const oldEnd = Math.min(text.length, start + take)
  return [text.slice(0, start) + put + text.slice(oldEnd), { start, oldEnd, newEnd: start + put.length }]
}
