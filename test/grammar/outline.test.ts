import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { format } from '../../grammar/format.ts'
import { move, moveLater, settle } from '../../grammar/moves.ts'
import type { Job } from '../../grammar/nodes.ts'
import { outline } from '../../grammar/outline.ts'
import { parse, type Parsed } from '../../grammar/parse.ts'
import { reparse } from '../../grammar/reparse.ts'
import { Lines } from '../../grammar/source.ts'
import { hasResult, headEnd, isUnread } from '../../grammar/unread.ts'
import { cases } from '../harness/seeds.ts'
import { apply, applyTo, comment, edit, sources } from './edits.ts'

const runs = cases(1000, 100_000)

/** What is known before jobs are read. */
function heads({ module, comments, diagnostics, imports }: Parsed): unknown {
  const items = module.items.map(item => {
    const { kind, start, end } = item
    if (item.kind !== 'Job') return item
    const { docs, exported, name } = item
    return { kind, start, end, docs, exported, name, headEnd: headEnd(item), hasResult: hasResult(item) }
  })
  return { items, docs: module.docs, comments, diagnostics, imports }
}

/** All that is known, once all is read. */
function read({ unread, ...parsed }: Parsed): unknown {
  unread?.readAll()
  return parsed
}

test(
  'a text whose jobs are read later is read as it is read at once, where none of them is wrong',
  () => {
    fc.assert(
      fc.property(fc.constantFrom(...sources), fc.array(fc.oneof(edit, comment), { maxLength: 6 }), (source, edits) => {
        const text = edits.reduce((before, next) => apply(before, next)[0], source)
        const [found, known] = [outline(text, 'x', 0), heads(outline(text, 'x', 0))]
        const all = read(found)
        if (found.unread?.failed) return
        const once = parse(text, 'x')
        expect(all).toEqual(once)
        expect(known).toEqual(heads(once))
      }),
      { numRuns: runs },
    )
  },
  600_000 + 500 * runs,
)

test(
  'jobs that move before they are read are read as they would be read at once',
  () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...sources),
        fc.array(fc.oneof(edit, comment), { minLength: 1, maxLength: 6 }),
        (source, edits) => {
          let lines = new Lines(source)
          let parsed = outline(source, 'x', 0)
          for (const next of edits) {
            const [after, change] = applyTo(lines, next)
            parsed = reparse(parsed, after, 'x', change)
            lines = after
          }
          for (const item of parsed.module.items) settle(item)
          const all = read(parsed)
          if (!parsed.unread?.failed) expect(all).toEqual(parse(lines.text, 'x'))
        },
      ),
      { numRuns: runs },
    )
  },
  600_000 + 500 * runs,
)

test('most jobs of the examples are left unread, and none of them fails', () => {
  const found = sources.map(source => outline(source, 'x', 0))
  const jobs = found.flatMap(({ module }) => module.items.filter(({ kind }) => kind === 'Job'))
  const unread = jobs.filter(isUnread)
  expect(unread.length).toBeGreaterThan(jobs.length / 2)
  for (const parsed of found) read(parsed)
  expect(jobs.filter(isUnread)).toEqual([])
  expect(found.filter(({ unread }) => unread?.failed)).toEqual([])
})

test('a job that is moved elsewhere is read as it stands there', () => {
  const text = 'job a(n: u8) -> u8 {\n  n\n}\n'
  const jobOf = (found: Parsed): Job => found.module.items.at(-1) as Job
  const unread = (): Job => jobOf(outline(text, 'x', 0))
  const there = jobOf(parse(`type A = u8\n\n${text}`, 'x'))
  for (const by of [move, moveLater]) {
    const job = unread()
    by(job, 13)
    expect(headEnd(job)).toBe(headEnd(there))
    expect(job.body).toEqual(there.body)
    expect(job).toEqual(there)
  }
})

test('a job that is not read is formatted as any other, and the tree stays as it is', async () => {
  for (const text of [
    'job a( n: u8) -> u8 {\n  n // End.\n}\n',
    '/// Doc.\njob a( n: u8) -> string {\n  "${n}"\n}\n',
  ]) {
    const parsed = outline(text, 'x', 0)
    expect(await format(text, 'x', parsed)).toEqual({ ok: true, text: text.replace('( ', '(') })
    expect(parsed.module).toEqual(parse(text, 'x').module)
  }
})

describe('what a job may look like that is not read', () => {
  const behind = '\njob next() -> u8 { 1 }\n'
  test.each([
    ['a body on one line', 'job a(n: u8) -> u8 { n }\n', true],
    ['comments', '/// Docs.\njob a(n: u8) -> u8 { // }\n  n // {\n} // }\n\n// }\n', true],
    [
      'brackets in texts',
      `job a(n: u8) -> string {\n  let c = '}'\n  let d = b"}"\n  "}\${f(a: "}")} \\"{"\n}\n`,
      true,
    ],
    ['line ends of other systems', 'job a(n: u8) -> u8 {\r\n  n\r\n}\r\n', true],
    ['what it uses', 'job a(n: u8) -> u8 uses http.get, fs.write {\n  n\n}\n', true],
    ['no result', 'job a(n: u8) {\n  n\n}\n', true],
    ['no result, and what it uses', 'job a(n: u8) uses http.get {\n  n\n}\n', true],
    ['a record for a result', 'job a(n: u8) -> record { a: u8 } {\n  { a: n }\n}\n', false],
    ['a bracket too many', 'job a(n: u8) -> u8 {\n  (n))\n}\n', false],
    ['a bracket of another kind', 'job a(n: u8) -> u8 {\n  (n]\n}\n', false],
    ['a bracket that is missing', 'job a(n: u8) -> u8 {\n  (n\n}\n', false],
    ['a comment of other languages', 'job a(n: u8) -> u8 {\n  /* } */\n  n\n}\n', false],
    ['more on its last line', 'job a(n: u8) -> u8 {\n  n\n} type A = u8\n', false],
    ['something below it', 'job a(n: u8) -> u8 {\n  n\n}\nn\n', false],
  ])('%s', (_, text, isLeft) => {
    const { module, unread } = outline(text + behind, 'x', 0)
    expect(isUnread(module.items[0]!)).toBe(isLeft)
    expect(isUnread(module.items.at(-1)!)).toBe(module.items.length > 0 && unread !== undefined)
    for (const item of module.items) if (item.kind === 'Job') void item.body
    expect(unread?.failed ?? false).toBe(false)
    expect(module).toEqual(parse(text + behind, 'x').module)
  })
})

test.each([
  ['a mistake in it', 'job a(n: u8) -> u8 {\n  let\n}\n'],
  ['a name that is a word of the language', 'job if(n: u8) -> u8 {\n  n\n}\n'],
  ['a result that ends too early', 'job a(n: u8) -> list< {\n  n\n}\n'],
])('%s is found when it is read, so that the text has to be parsed', (_, text) => {
  const { module, unread } = outline(`${text}\ntype A = u8\n`, 'x', 0)
  const [job] = module.items
  expect(isUnread(job!)).toBe(true)
  expect(unread?.failed).toBe(false)
  unread!.readAll()
  expect(unread?.failed).toBe(true)
  // Whoever looks at it meanwhile finds a job.
  expect(job).toMatchObject({ kind: 'Job', start: 0, body: { kind: 'Block' } })
})

test.each([
  ['jobs that are not closed', 'job a() -> u8 {\n', ''],
  ['jobs before what is not understood', 'job a() -> u8 {\n', ';\n}\n'],
  ['texts that are not closed', 'job a() -> u8 { "', ''],
  ['words', 'job a(n: u8', '-> u8 {\n'],
  ['lines below a job', 'job a() -> u8 { 1 }\n', '\n'.repeat(1000)],
  ['results', 'job a() -> u8 uses a uses a', ' uses a'.repeat(1000)],
])('of a hostile text, %s, the same is found as at once', (_, start, more) => {
  const text = start.repeat(40_000) + more
  const [found, once] = [outline(text, 'x'), parse(text, 'x')]
  expect(found.module.items.length).toBe(once.module.items.length)
  expect(found.diagnostics).toEqual(once.diagnostics)
})
