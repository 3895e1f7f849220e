import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Encoding, semanticTokens, tokenEdit, tokenModifiers, tokenTypes } from '../../lsp/features/tokens.ts'
import { Numbers } from '../../lsp/features/tokens/writer.ts'
import type { CheckedView, Range } from '../../lsp/interface.ts'
import { Workspace } from '../../lsp/workspace.ts'
import { apply, edit, files } from '../grammar/edits.ts'
import { memoryHost } from '../harness/memory.ts'
import { Fixture } from './harness.ts'

const path = '/main.ipvm'

interface Token {
  start: number
  text: string
  kind: string
}

/** Tokens with their texts, `function.declaration.async` as kind. */
function decoded({ text, lines }: Pick<CheckedView, 'text' | 'lines'>, data: Uint32Array): Token[] {
  const found: Token[] = []
  let [line, column] = [0, 0]
  for (let i = 0; i < data.length; i += 5) {
    const [down, right, length, type, modifiers] = [...data.subarray(i, i + 5)] as [
      number,
      number,
      number,
      number,
      number,
    ]
    column = down > 0 ? right : column + right
    line += down
    const start = lines.startOf(line)! + column
    const words = tokenModifiers.filter((_, bit) => modifiers & (1 << bit))
    found.push({ start, text: text.slice(start, start + length), kind: [tokenTypes[type], ...words].join('.') })
  }
  return found
}

async function tokensOf(texts: Record<string, string> | string, path = '/main.ipvm'): Promise<Token[]> {
  return new Fixture(texts).in(path, view => decoded(view, semanticTokens(view)))
}

const show = (tokens: Token[]): string[] => tokens.map(({ text, kind }) => `${text} ${kind}`)

describe('what names are', () => {
  test.each<[string, string, string[]]>([
    ['a job with a parameter', 'job f(a: u32) -> u32 { a }', ['job keyword', 'f function.declaration', 'a parameter.declaration.readonly', 'u32 type.defaultLibrary', '-> operator', 'u32 type.defaultLibrary', 'a parameter.readonly']],
    ['a let', 'job f() -> u8 {\n  let a = 1\n  a\n}', ['let keyword', 'a variable.declaration.readonly', '= operator', '1 number', 'a variable.readonly']],
    ['a constant', 'const edge = 1\njob f() -> u8 { edge }', ['const keyword', 'edge variable.declaration.readonly', '= operator', '1 number', 'edge variable.readonly']],
    ['a type', 'type Size = record { width: list<u8> }\njob f(s: Size) -> list<u8> { s.width }', ['type keyword', 'Size type.declaration', 'record keyword', 'width property', 'list type.defaultLibrary', 'u8 type.defaultLibrary', 's parameter.declaration.readonly', 'Size type', 's parameter.readonly', 'width property']],
    ['cases', 'type C = enum { red }\njob f(c: C) -> C { match c { red => C.red } }', ['enum keyword', 'red enumMember.readonly', 'match keyword', 'red enumMember.readonly', '=> operator', 'C type', 'red enumMember.readonly']],
    ['those of the language', 'job f(v: option<u8>) -> u8 { match v { some(x) => x, none => 0 } }', ['some enumMember.readonly', 'x variable.declaration.readonly', 'x variable.readonly', 'none enumMember.readonly']],
    ['a job that performs something, and who calls it', 'import { http } from "ipvm:effects"\njob f() -> bool { match http.get("") { ok(_) => true, err(_) => false } }\njob g() -> bool { f() }', ['import keyword', 'http interface.defaultLibrary', 'from keyword', '"ipvm:effects" string', 'f function.declaration.async', 'http interface.defaultLibrary', 'get method.defaultLibrary.async', '"" string', 'true keyword', 'g function.declaration.async', 'f function.async']],
    ['a component', 'import filters from "./filters.wasm"\njob f(p: filters.image.picture) -> filters.image.picture { filters.image.blur(p, radius: 1) }', ['filters namespace.declaration', 'filters namespace', 'image namespace', 'picture type', 'blur function', 'radius parameter', '1 number']],
    ['an effect', 'effect mail("mailto:") { query unread(box: string) -> u32 }', ['effect keyword', 'mail interface.declaration', '"mailto:" string', 'query keyword', 'unread method.declaration.async', 'box parameter.declaration.readonly']],
    ['uses', 'effect mail("mailto:") { query unread(box: string) -> u32 }\nexport job g() -> u32 uses mail.unread { mail.unread(box: "a") }', ['export keyword', 'uses keyword', 'mail interface', 'unread method.async', 'box parameter']],
    ['a type of the language by which an effect is called too', 'import { secret } from "ipvm:effects"\njob f(token: secret<string>) -> secret<string> { secret.get("") }', ['secret interface.defaultLibrary', 'token parameter.declaration.readonly', 'secret type.defaultLibrary', 'secret type.defaultLibrary', 'secret interface.defaultLibrary']],
    ['a built-in', 'job f(x: list<u8>) -> u64 { len(x) }', ['len function.defaultLibrary', 'x parameter.readonly']],
    ['a text with values in it', 'job f(a: u8) -> string { "x ${a + 1} y" }', ['" string', 'x  string', 'a parameter.readonly', '+ operator', '1 number', ' y string', '" string']],
    ['literals', 'job f() -> bytes {\n  let a = 0xff\n  let b = 30s\n  let c = \'x\'\n  b"ab"\n}', ['0xff number', '30s number', "'x' string", 'b"ab" string']],
    ['limits', 'config { time: 30s }\njob f() -> u8 { 1 }', ['config keyword', 'time property', '30s number']],
    ['a parameter of a function', 'job f(xs: list<u8>) -> u8 { fold xs from 0 with (acc, x) => acc + x }', ['fold keyword', 'from keyword', 'with keyword', 'acc parameter.declaration.readonly', 'acc parameter.readonly']],
    ['comments', '//! Of the file.\n\n// plain\n/// Of the job.\njob f() -> u8 {\n  // inside\n  /// odd\n  1 // behind\n}\n// end', ['//! Of the file. comment.documentation', '// plain comment', '/// Of the job. comment.documentation', '// inside comment', '/// odd comment.documentation', '// behind comment', '// end comment']],
    ['words of the language as names', 'job test(type: u8) -> u8 { type }', ['test function.declaration', 'type parameter.declaration.readonly', 'type parameter.readonly']],
    ['tests', 'test "a" { assert fails 1 == 2 }', ['test keyword', '"a" string', 'assert keyword', 'fails keyword', '== operator']],
    ['tuples', 'job f(t: tuple<u8, u8>) -> u8 { t.1 }', ['t parameter.readonly', '1 number']],
  ])('%s', async (_, text, wanted) => {
    const found = show(await tokensOf(text))
    let at = 0
    for (const token of wanted) {
      const next = found.indexOf(token, at)
      expect(next, `${token} in ${found.join(' | ')}`).toBeGreaterThanOrEqual(at)
      at = next + 1
    }
  }) // prettier-ignore
})

describe('in files that are broken', () => {
  test.each<[string, string, string[]]>([
    ['a body that is not closed', 'job f(a: u8) -> u8 {\n  let b = a +\n', ['job keyword', 'f function.declaration', 'a parameter.declaration.readonly', 'let keyword', 'a parameter.readonly', '+ operator']],
    ['what is unknown', 'job f() -> Nope { unknown(other.field, x: none) }', ['Nope type', 'unknown function', 'other variable', 'field property', 'x parameter', 'none enumMember.readonly.defaultLibrary']],
    ['an import that came to nothing', 'import { http } from "./none.ipvm"\njob f() -> u8 { http.get(1) }', ['http variable', 'get property', '1 number']],
    ['a second one of a name', 'job f() -> u8 { 1 }\njob f() -> u8 { 2 }', ['f function.declaration', 'f function.declaration']],
    ['lines outside of all items', 'let a = 1\njob f() -> u8 { 1 }', ['job keyword', 'f function.declaration']],
    ['a text that is not closed', 'job f() -> string { "abc\n}\njob g() -> u8 { 1 }', ['job keyword', 'g function.declaration']],
  ])('%s', async (_, text, wanted) => {
    const found = show(await tokensOf(text))
    expect(found).toEqual(expect.arrayContaining(wanted))
  }) // prettier-ignore
})

test('CRLF and astral characters: places are those of editors', async () => {
  const text = '// \u{1f600}\r\njob f(a: string) -> string {\r\n  // \u{1f600} b\r\n  "\u{1f600}${a}\u{1f600}"\r\n}\r\n'
  const found = await tokensOf(text)
  for (const { start, text: word } of found) expect(text.slice(start, start + word.length)).toBe(word)
  expect(show(found)).toEqual(
    expect.arrayContaining(['// \u{1f600} comment', '\u{1f600} string', 'a parameter.readonly']),
  )
})

test('a range has the tokens of what touches it, at the same places', async () => {
  const fixture = new Fixture('// a\njob f() -> u8 { 1 }\n// b\njob g() -> u8 { 2 }\n// c\njob h() -> u8 { 3 }\n')
  const text = fixture.texts.get('/main.ipvm')!
  const within = (range?: Range): Promise<Token[]> =>
    fixture.in('/main.ipvm', view => decoded(view, semanticTokens(view, range)))
  const all = await within()
  const at = text.indexOf('job g')
  const some = await within({ start: at, end: at + 3 })
  expect(some.map(({ text }) => text)).toContain('g')
  expect(some.map(({ text }) => text)).not.toContain('f')
  expect(some.map(({ text }) => text)).not.toContain('h')
  for (const token of some) expect(all).toContainEqual(token)
})

test('a job whose callee begins to perform something is shown so, though its own text is the same', async () => {
  const text = (body: string): string =>
    `import { time } from "ipvm:effects"\njob f() -> u64 { ${body} }\njob g() -> u64 { f() }\n`
  const fixture = new Fixture(text('1'))
  const kinds = (): Promise<string[]> => fixture.in('/main.ipvm', view => show(decoded(view, semanticTokens(view))))
  expect(await kinds()).toContain('g function.declaration')
  fixture.workspace.set('/main.ipvm', text('time.now()'))
  expect(await kinds()).toEqual(expect.arrayContaining(['g function.declaration.async', 'f function.async']))
})

const changes = fc.array(edit, { minLength: 1, maxLength: 6 })

test('after edits the tokens are those of the text at once; they are in order and do not overlap', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...files.values()), changes, async (first, edits) => {
      const kept = new Workspace(memoryHost({}))
      let text = first
      for (const next of [undefined, ...edits]) {
        if (next) text = apply(text, next)[0]
        const of = async (workspace: Workspace): Promise<{ data: Uint32Array; tokens: Token[] }> => {
          workspace.set('/a.ipvm', text)
          const found = await workspace.use('/a.ipvm', view => {
            const data = semanticTokens(view)
            return { data, tokens: decoded(view, data) }
          })
          return found!
        }
        const { data, tokens } = await of(kept)
        expect(data).toEqual((await of(new Workspace(memoryHost({})))).data)
        let end = 0
        for (const token of tokens) {
          expect(token.start).toBeGreaterThanOrEqual(end)
          expect(token.text).toMatch(/^[^\r\n]+$/)
          end = token.start + token.text.length
        }
        expect(end).toBeLessThanOrEqual(text.length)
      }
    }),
    { numRuns: 40 },
  )
}, 120_000)

/** A job of many lines, some of them in its middle. */
function long(middle: string, { first = '  let a1 = a0 + 1\n', behind = '', head = '' } = {}): string {
  const lines = (from: number): string =>
    Array.from({ length: 12 }, (_, i) => `  let a${from + i} = a${from + i - 1} + 1 // ${i}\n`).join('')
  return `${head}job once(n: u64) -> u64 { n }\njob main(a0: u64, o: option<u64>) -> u64 {\n${first}${lines(2)}${middle}${lines(14)}${behind}  a25\n}\n`
}

test.each<[name: string, ...texts: string[]]>([
  ['a longer comment between two', long('  // a\n'), long('  // a\n  // b + c\n'), long('')],
  ['a comment that says more', long('  // a\n'), long('  // b + c\n'), long('  // b\n')],
  ['a comment above all', long('', { first: '  let a1 = a0\n' }), long('', { first: '  // a\n  let a1 = a0\n' })],
  [
    'a comment above all that says more',
    long('', { first: '  // a\n  let a1 = a0\n' }),
    long('', { first: '  // a b c\n  let a1 = a0\n' }),
  ],
  [
    'a name that lines of a test use and that comes to stand for something else',
    `const one: u64 = 1\ntest "t" {\n${'  assert one == 1\n'.repeat(20)}}\n`,
    `type one = u64\ntest "t" {\n${'  assert one == 1\n'.repeat(20)}}\n`,
  ],
  ['a comment below all', long(''), long('', { behind: '  // a\n' }), long('', { behind: '  // a b\n' })],
  ['another first line', long(''), long('', { first: '  let a1 = (a0 + 20) * 2\n' }), long('')],
  ['another last line', long(''), long('', { behind: '  let b = a25\n' }), long('', { behind: '  let bb = a25\n' })],
  [
    'a line below one that ends with a sign',
    long('  let b = o?\n  let c = a4\n'),
    long('  let b = o?\n  let c = a5 + 1\n'),
  ],
  ['lines more and less', long('  let b = a3\n'), long('  let b = a3\n  let c = b\n  let d = c\n'), long('')],
  ['a line that has no tokens', long('  _\n'), long('  _\n  let b = a3\n'), long('  _\n\n  let b = a3\n')],
  ['a line that means something else', long('  let b = a3\n'), long('  let a3x = a3\n'), long('  let b = "x"\n')],
  ['lines above the job', long(''), long('', { head: '// a\n\ntype A = u8\n' }), long('', { head: 'type A = u8\n' })],
  [
    'a job that begins to perform something',
    long('  let b = once(a3)\n', { head: 'import { time } from "ipvm:effects"\n' }),
    long('  let b = once(a3)\n', { head: 'import { time } from "ipvm:effects"\n' }).replace('{ n }', '{ time.now() }'),
  ],
  [
    'a line beside one that calls a job, and a job that begins to perform something',
    long('  let b = once(a3)\n', { head: 'import { time } from "ipvm:effects"\n' }),
    long('  let b = once(a3)\n', { head: 'import { time } from "ipvm:effects"\n', behind: '  let c = a4\n' }),
    long('  let b = once(a3)\n', { head: 'import { time } from "ipvm:effects"\n', behind: '  let c = a4\n' }).replace(
      '{ n }',
      '{ time.now() }',
    ),
  ],
])('of a long body the tokens are those of the text at once after %s', async (_, ...texts) => {
  const kept = new Workspace(memoryHost({}))
  const of = async (workspace: Workspace, text: string): Promise<string[]> => {
    workspace.set('/a.ipvm', text)
    const found = await workspace.use('/a.ipvm', view => decoded(view, semanticTokens(view)))
    return found!.map(token => `${token.start} ${show([token])[0]}`)
  }
  for (const text of texts) expect(await of(kept, text)).toEqual(await of(new Workspace(memoryHost({})), text))
})

test('an edit makes one encoding of the other', () => {
  const token = fc.array(fc.nat(1), { minLength: 5, maxLength: 5 })
  const piece = fc.array(token, { maxLength: 4 }).map(tokens => Uint32Array.from(tokens.flat()))
  const pieces = fc.array(piece, { maxLength: 4 })
  /** Which of the other one it shares at its beginning and at its end, and what stands between. */
  const shared = fc.record({ first: fc.nat(12), between: pieces, last: fc.nat(12), copied: fc.boolean() })
  fc.assert(
    fc.property(pieces, shared, (found, { first, between, last, copied }) => {
      const before = new Encoding(found)
      const from = Math.min(5 * first, before.length)
      const to = Math.max(from, before.length - 5 * last)
      const all = [...before.pieces(0, from), ...between, ...before.pieces(to, before.length)]
      const after = new Encoding(copied ? all.map(one => one.slice()) : all)
      expect(Array.from(after.flat)).toEqual(all.flatMap(one => [...one]))
      expect([...before.part(from, to)]).toEqual([...before.flat].slice(from, to))
      const edit = tokenEdit(before, after)
      if (!edit) {
        expect([...before.flat]).toEqual([...after.flat])
        return
      }
      const { start, remove, data } = edit
      expect(start % 5).toBe(0)
      expect(remove % 5).toBe(0)
      const known = [...before.flat]
      expect([...known.slice(0, start), ...data, ...known.slice(start + remove)]).toEqual([...after.flat])
      // However it came about, no token more than has to be.
      const apart = (encoding: Encoding): Encoding => new Encoding([...encoding.flat].map(one => Uint32Array.of(one)))
      expect(edit).toEqual(tokenEdit(apart(before), apart(after)))
      expect(data.length === 0 || remove === 0 || data.subarray(0, 5).some((one, i) => one !== known[start + i])).toBe(
        true,
      )
    }),
    { numRuns: 2000 },
  )
})

test('an edit holds only what is different', () => {
  const tokens = (n: number): Encoding =>
    new Encoding([Uint32Array.from(Array.from({ length: 100 }, (_, i) => [1, 0, i === 50 ? n : 3, 0, 0]).flat())])
  expect(tokenEdit(tokens(4), tokens(5))).toEqual({ start: 250, remove: 5, data: Uint32Array.of(1, 0, 5, 0, 0) })
  expect(tokenEdit(tokens(4), tokens(4))).toBeUndefined()
})

test('of many pieces one is made', () => {
  const many = new Encoding(Array.from({ length: 100 }, (_, i) => Uint32Array.of(i, 0, 1, 0, 0)))
  expect(many.pieces(0, many.length).length).toBe(1)
  expect([...many.part(100, 105)]).toEqual([20, 0, 1, 0, 0])
})

test.each([
  ['a long job', 'job f(a0: u8) -> u8 {\n', (i: number) => `  let a${i + 1} = a${i} + 1\n`, `  a3000\n}\n`],
  ['many jobs', '', (i: number) => `job f${i}(a: u8) -> u8 { a + 1 }\n\n`, ''],
])('the tokens of %s after edits in several places are those of the text at once', async (_, head, line, end) => {
  const lines = Array.from({ length: 3000 }, (_, i) => line(i))
  const workspace = new Workspace(memoryHost({}))
  // Of each the numbers of one before are shared that come to be a piece of their own.
  for (const [at, more] of [
    [0, ''],
    [1500, '// Here.\n'],
    [1, '// And here.\n'],
    [2998, ''],
    [1500, ''],
    [700, '\n\n'],
    [2999, '// Last.\n'],
    [0, '// First.\n'],
  ] as const) {
    lines[at] = `${more}${line(at).replace('1', '2')}`
    const text = `${head}${lines.join('')}${end}`
    workspace.set(path, text)
    const found = await workspace.useNames(path, view => semanticTokens(view))
    const fresh = new Workspace(memoryHost({}))
    fresh.set(path, text)
    expect(found).toEqual(await fresh.useNames(path, view => semanticTokens(view)))
  }
})

test('what is written later changes nothing of what was taken, however much it is', () => {
  for (const count of [10, 3_210, 3_270, 7_000]) {
    const write = (numbers: Numbers, value: number): void => {
      numbers.clear()
      for (let i = 0; i < count; i++) numbers.push(value, i, 0, 0, 0)
    }
    const [scratch, all] = [new Numbers(), new Numbers()]
    for (const value of [1, 2]) {
      write(scratch, value)
      for (const piece of scratch.pieces) all.append(piece)
    }
    write(scratch, 3)
    const { flat } = new Encoding(all.pieces)
    expect(Array.from({ length: 2 * count }, (_, i) => [flat[5 * i], flat[5 * i + 1]])).toEqual(
      [1, 2].flatMap(value => Array.from({ length: count }, (_, i) => [value, i])),
    )
  }
})

test('nothing more is known of names when a file is checked to its end', async () => {
  for (const [path, text] of files) {
    const [first, second] = [new Workspace(memoryHost({})), new Workspace(memoryHost({}))]
    first.set(path, text)
    second.set(path, text)
    const names = await first.useNames(path, view => semanticTokens(view))
    expect(names).toEqual(await second.use(path, view => semanticTokens(view)))
  }
})

test('an effect is one in what a job says that it performs, before the file is checked to its end', async () => {
  const workspace = new Workspace(memoryHost({}))
  const text = 'import { http } from "ipvm:effects"\nexport job f() -> u32 uses http.get { 1 }\n'
  workspace.set('/a.ipvm', text)
  const found = await workspace.useNames('/a.ipvm', view => decoded(view, semanticTokens(view)))
  expect(found!.find(({ start }) => start === text.indexOf('http.get'))?.kind).toMatch(/^interface/)
})
