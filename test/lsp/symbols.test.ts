import { describe, expect, test } from 'vitest'
import { PIECE } from '../../grammar/parse.ts'
import { documentSymbols, type DocumentSymbol } from '../../lsp/features/document-symbols.ts'
import { maxSymbols, nearness, SymbolIndex } from '../../lsp/features/workspace-symbols.ts'
import { Fixture } from './harness.ts'

const outline = (symbols: DocumentSymbol[], indent = ''): string[] =>
  symbols.flatMap(({ kind, name, detail, children }) => [
    `${indent}${kind} ${name}${detail === '' ? '' : ` ${detail}`}`,
    ...outline(children, `${indent}  `),
  ])

async function outlines(text: string, wanted: string[]): Promise<void> {
  const fixture = new Fixture(text)
  const found = await fixture.in('/main.ipvm', documentSymbols)
  expect(outline(found)).toEqual(wanted)
  const check = (symbols: DocumentSymbol[], { start, end }: { start: number; end: number }): void => {
    for (const symbol of symbols) {
      expect(symbol.name).not.toBe('')
      expect(symbol.detail).not.toMatch(/[\r\n]/)
      expect(start <= symbol.start && symbol.end <= end).toBe(true)
      expect(symbol.start <= symbol.selection.start && symbol.selection.end <= symbol.end).toBe(true)
      check(symbol.children, symbol)
    }
  }
  check(found, { start: 0, end: text.length })
}

test.each<[string, string, string[]]>([
  ['jobs', 'job f(a: u8) -> u8 { a }\nexport job g(\n  a: u8, // one\n  b: u8,\n) -> u8 uses http.get { a }', ['function f (a: u8) -> u8', 'function g (a: u8, b: u8) -> u8']],
  ['types', 'type A = record { x: u8, y: list<u8> }\ntype B = variant { none, some(A) }\ntype C = enum { red }\ntype D = flags { read }\ntype E = list<A>', ['struct A record { x: u8, y: list<u8> }', '  field x u8', '  field y list<u8>', 'enum B variant { none, some(A) }', '  enumMember none', '  enumMember some A', 'enum C enum { red }', '  enumMember red', 'enum D flags { read }', '  enumMember read', 'type E list<A>']],
  ['effects', 'effect mail("mailto:") {\n  query unread(box: string) -> u32\n  command send(to: string)\n}', ['interface mail "mailto:"', '  method unread (box: string) -> u32', '  method send (to: string)']],
  ['imports', 'import a from "./a.wasm"\nimport { b, c as d } from "./b.ipvm"', ['module a "./a.wasm"', 'module b "./b.ipvm"', 'module d "./b.ipvm"']],
  ['others', 'config { time: 1s }\nconst a: u8 = 1\nconst b = 2\ntest "it is" { assert true }', ['config config', 'constant a u8', 'constant b', 'test it is test']],
  ['what is half written', 'job ()\ntype = \njob f(a: u8 -> u8 {\n  let b = \n}\nconst c = 1', ['function job ()', 'type type', 'function f (a: u8 -> u8', 'constant c']],
  ['words of items alone', 'import\n\njob f() -> u8 { 1 }\nconst\n\ntype A = u8\njob\n', ['module import', 'function f () -> u8', 'constant const', 'type A u8', 'function job']],
  ['what is below a comment that is not closed', 'job f() -> u8 { 1 } /* half\n/* a\njob g() -> u8 {\n  /* comment\n  2\n}\nconst c = 1', ['function f () -> u8', 'function g () -> u8', 'constant c']],
  ['astral characters and CRLF', '// \u{1f600}\r\njob f() -> string {\r\n  "\u{1f600}"\r\n}\r\n', ['function f () -> string']],
  ['nothing', '', []],
])('%s', (_, text, wanted) => outlines(text, wanted)) // prettier-ignore

test('a detail is cut', async () => {
  const fields = Array.from({ length: 100 }, (_, i) => `field-${i}: u8`).join(', ')
  const [type] = await new Fixture(`type A = record { ${fields} }`).in('/main.ipvm', documentSymbols)
  expect(type!.detail.length).toBeLessThan(130)
  expect(type!.detail).toMatch(/…$/)
})

describe('over all files', () => {
  const files = {
    'a.ipvm':
      'job render-page() -> u8 { 1 }\ntype Page = record { width: u8 }\nimport page from "./p.wasm"\nconfig { time: 1s }',
    'b.ipvm': 'import { x } from "./a.ipvm"\ntest "pages are rendered" { assert true }\nconst pager = 1\njob broken(',
  }
  const search = (query: string, fixture = new Fixture(files), index = new SymbolIndex()): string[] =>
    index.search(fixture.workspace, fixture.texts.keys(), query).map(({ name, path }) => `${path} ${name}`)

  test.each<[string, string[]]>([
    ['page', ['/a.ipvm Page', '/b.ipvm pager', '/b.ipvm pages are rendered', '/a.ipvm render-page']],
    ['rp', ['/a.ipvm render-page']],
    ['PAGER', ['/b.ipvm pager', '/b.ipvm pages are rendered']],
    ['wid', ['/a.ipvm width']],
    ['brok', ['/b.ipvm broken']],
    ['xyz', []],
  ])('%s', (query, wanted) => {
    expect(search(query)).toEqual(wanted)
  })

  test('with nothing asked for there is everything', () => {
    expect(search('').length).toBe(6)
  })

  test('a changed text is read again, and a file that is gone is forgotten', () => {
    const fixture = new Fixture(files)
    const index = new SymbolIndex()
    expect(search('pager', fixture, index)).toContain('/b.ipvm pager')
    fixture.workspace.set('/b.ipvm', 'const other = 1')
    expect(search('pager', fixture, index)).toEqual([])
    expect(search('other', fixture, index)).toEqual(['/b.ipvm other'])
    expect(index.search(fixture.workspace, ['/a.ipvm'], 'other')).toEqual([])
  })

  test('of a long text there are the declarations of its tree', () => {
    const text = Array.from(
      { length: 1000 },
      (_, i) => `type t${i} = record { a: u8 }\njob j${i}(a: u8) -> u8 { a }\n`,
    ).join('\n')
    expect(text.length).toBeGreaterThan(2 * PIECE)
    const found = (query: string): number => search(query, new Fixture(text)).length
    expect([found('j999'), found('t999'), found('j1000')]).toEqual([1, 1, 0])
  })

  test('so many are given, and no more', () => {
    const text = Array.from({ length: maxSymbols + 50 }, (_, i) => `const a${i} = 1`).join('\n')
    expect(search('a', new Fixture(text))).toHaveLength(maxSymbols)
  })

  test('names in which the letters stand together, or begin words, come first', () => {
    expect(nearness('rp', 'render-page')).toBeGreaterThan(nearness('rp', 'repeat'.replace('pe', 'xpe')))
    expect(nearness('pa', 'page')).toBeGreaterThan(nearness('pa', 'a-page'))
    expect(nearness('rP', 'x')).toBe(0)
    expect(nearness('gp', 'getPage')).toBeGreaterThan(nearness('gp', 'gxxpage'))
  })
})
