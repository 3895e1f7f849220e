import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { Lines, type Change } from '../../grammar/source.ts'

const root = fileURLToPath(new URL('../../examples', import.meta.url))

/** Lines of many kinds, between others. */
const others: Record<number, string> = {
  1: '  let c$ = 5\n  let d$ = a$ + c$\n',
  3: '  let b$ = for x in xs {\n    let y = x + a$\n    y\n  }\n',
  5: '  let e$ = once(a$) + edge\n',
  8: '  let f$ = [1, a$]\n',
}

/** A body with many lines, each of which is read by itself. */
const long = `import filters from "./image/filters.wasm"

const edge: u32 = 7
job once(n: u32) -> u32 { n + 1 }

/// Many lines.
export job main(n: u32 = 1, xs: list<u32> = [1]) -> u32 {
${Array.from({ length: 40 }, (_, i) => `  let a${i} = ${i === 0 ? 'n' : `a${i - 1}`} + ${i} // ${i}\n${others[i % 10]?.replaceAll('$', String(i)) ?? ''}`).join('')}
  a39
}

test "many" {
${Array.from({ length: 20 }, (_, i) => `  assert main(n: ${i}) != ${i}\n`).join('')}}
`
/** Many jobs that name each other, in which something may go on while others stay as they are. */
const many = `import { http, fs } from "ipvm:effects"

type Pair = record { left: u32, right: u32 }
const edge: u32 = 3

/// Adds.
job add(p: Pair, more: u32 = edge) -> u32 { p.left + p.right + more }

/// Gets something.
job get(url: string) -> bytes {
  let found = http.get(url: url)?
  found.body
}

// Between two jobs.
job pair(n: u32) -> Pair { { left: n, right: add({ left: n, right: 1 }) } }
job open(n: u32) { pair(n).left }
job both(url: string, n: u32) -> bytes {
  let first = get(url)
  let unused = pair(n)
  first
}

export job main(n: u32 = 1) -> u32 uses http.get {
  let b = both("https://example.com", n)
  add(pair(open(n)), len(b) as u32)
}

test "adds" { assert add({ left: 1, right: 2 }) == 6 }
test "opens" { assert open(2) == 2 }

/// The last one.
job last(n: u32) -> u32 { if n == 0 { edge } else { add(pair(n)) } }
`

/** Definitions that are made of each other, and jobs whose results only their bodies tell. */
const made = `import filters from "./image/filters.wasm"
import { Size as Page, page, fit } from "./modules/shapes.ipvm"

type Width = u32
type Size = record { width: Width, height: Width }
type Sizes = list<Size>
type Turn = filters.image.angle
type Shape = variant { square(Width), other(Size), none }
type Tree = record { shape: Shape, sizes: Sizes, turn: Turn, page: Page }

const one = 1
const two = one + one
const three: Width = two + 1
const size: Size = { width: three, height: two }
const sizes: Sizes = [size, { width: 4, height: one }]
const wide = size.width > 2
const name = "a\${three}"

effect store("store:") {
  query get(key: string, most: Width = three) -> option<Size>
  command put(key: string, size: Size) -> result<Sizes, string>
}

job first(s: Size) { s.width + three }
job second(s: Size) { first(s) + two }
job third(n: Width) { [second({ width: n, height: n }), one] }
job fourth(shape: Shape) {
  match shape {
    square(w) => w
    other(s) => first(s)
    none => two
  }
}
job fifth(key: string) { store.get(key) }

export job tree(n: Width = three) -> Tree {
  let all = third(n)
  let at = fourth(Shape.square(all[0]))
  { shape: Shape.other({ width: at, height: three }), sizes: sizes, turn: filters.image.angle.quarter, page: fit(page) }
}

job keep(key: string, s: Size) -> option<Size> uses store.get, store.put {
  let put = do store.put(key, s)
  let got = fifth(key)
  if wide { got } else { none }
}

test "makes" { assert second(size) == 8 }
test "names" { assert len(name) > 1 }
`

const sixteen = (first: string): string =>
  Array.from({ length: 16 }, (_, i) => `  let a${i} = ${i === 0 ? first : `a${i - 1} + ${i}`}\n`).join('')
/** Bodies with as many lines as make one a long one, of which others know, and which know of what others write. */
const edge = `type Point = record { x: u32, y: u32 }
job make(n: u32) -> record { x: u32, y: u32 } { { x: n, y: n } }
job sum(p: Point, s: u32) -> u32 {
${sixteen('make(s).x + p.y')}  a15
}
job all(n: u32) { sum(make(n), n) }
export job main(n: u32 = 1) -> u32 {
${sixteen('all(n)')}  a15
}

test "sums" {
${Array.from({ length: 16 }, (_, i) => `  let p${i} = make(${i})\n  assert p${i}.x == ${i}\n`).join('')}}
`

/** The examples, by their paths, and files beside them in which much may change. */
export const files: ReadonlyMap<string, string> = new Map(
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ipvm'))
    .map((name): [string, string] => [join(root, name), readFileSync(join(root, name), 'utf8')])
    .concat([
      [join(root, 'many.ipvm'), many],
      [join(root, 'long.ipvm'), long],
      [join(root, 'made.ipvm'), made],
      [join(root, 'edge.ipvm'), edge],
    ]),
)
export const sources = [...files.values(), long]

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
    '*/',
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

/** A change that opens or closes a comment of other languages, or may. */
export const comment = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  take: fc.oneof({ weight: 4, arbitrary: fc.nat(3) }, fc.nat(200)),
  put: fc.constantFrom(
    '',
    '/*',
    '*/',
    '/* a',
    'b */',
    '/* c */',
    '/* d\n e */\n',
    '\n/*',
    '*/\n',
    '*',
    '/',
    '"',
    '//',
    '\n',
  ),
})

/** The text after a change, and the change. */
export function apply(text: string, { at, take, put }: { at: number; take: number; put: string }): [string, Change] {
  const start = Math.floor(at * text.length)
  const oldEnd = Math.min(text.length, start + take)
  return [text.slice(0, start) + put + text.slice(oldEnd), { start, oldEnd, newEnd: start + put.length }]
}

/** As {@link apply}, for a text that has come of others. */
export function applyTo(lines: Lines, next: Parameters<typeof apply>[1]): [Lines, Change] {
  const [, change] = apply(lines.text, next)
  return [lines.changed(change.start, change.oldEnd, next.put), change]
}

/** A text as it comes of another one, as editors tell it: by what has changed. */
export function typed(before: Lines, text: string): Lines {
  const { start, oldEnd, newEnd } = new Lines(text).changeFrom(before)
  return before.changed(start, oldEnd, text.slice(start, newEnd))
}

/** Where the lines of a text start. */
export function startsOf(lines: Lines): number[] {
  return Array.from({ length: lines.count }, (_, line) => lines.startOf(line)!)
}

const words = [...new Set([...files.values()].flatMap(text => text.match(/[a-zA-Z_][\w-]*|\d+/g) ?? []))]

/** A word in the place of another one: that is what means something else. */
export const word = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  word: fc.constantFrom(...words),
})

/** What stands in the place of a whole line, or nothing. */
export const line = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  line: fc.constantFrom('', '\n', '  let z = 1\n'),
})

/** A declaration that stands at one place is written at another one too. */
export const copy = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  copy: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
})

type Next =
  | { at: number; copy: number }
  | { at: number; word: string }
  | { at: number; line: string }
  | Parameters<typeof apply>[1]

/** The text after one of them. */
export function changed(text: string, next: Next): string {
  if ('copy' in next) {
    const items = text.split(/(?<=\n)(?=(?:export )?(?:job|type|const|effect|test|import) )/)
    const item = items[Math.floor(next.copy * items.length)]!
    return items.toSpliced(Math.floor(next.at * items.length), 0, item.endsWith('\n') ? item : `${item}\n`).join('')
  }
  if ('line' in next) {
    const lines = text.split(/(?<=\n)/)
    return lines.with(Math.floor(next.at * lines.length), next.line).join('')
  }
  if (!('word' in next)) return apply(text, next)[0]
  const places = [...text.matchAll(/[a-zA-Z_][\w-]*|\d+/g)]
  const found = places[Math.floor(next.at * places.length)]
  return found ? text.slice(0, found.index) + next.word + text.slice(found.index + found[0].length) : text
}
