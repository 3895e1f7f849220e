import { describe, expect, test } from 'vitest'
import { format } from '../../grammar/format.ts'
import { children, childrenOf, type Kind, type Node } from '../../grammar/nodes.ts'
import { parse } from '../../grammar/parse.ts'
import { lex } from '../../grammar/tokens.ts'
import { shape } from './tree.ts'

/** Every construct, in small pieces; a comment is put into each gap between two tokens of each. */
const items = [
  'import { a, b as c } from "./x.ipvm"',
  'import m from "./m.wasm" { f: func(a: u8, b: list<u8>) -> u8, g: func() }',
  'import m from "./m.wasm" {\n  f: func(a: u8)\n  g: func() -> bytes\n}',
  'config { time: 1s, memory: 1MiB }',
  'config {}',
  'type A = record { a: u8, b: list<tuple<u8, m.t>> }',
  'type A = variant { a, b(u8) }',
  'type A = enum { a, b }\ntype B = flags { a, b }\ntype C = record {}',
  'export type A = result<_, u8>',
  'export const k: u32 = if true { 1 } else { 2 }',
  'effect e("e:") {\n  query get(key: string = "a", other: u8 = 1) -> u8\n  note put()\n}',
  'effect e("e:") { idempotent command go() -> () }\neffect none("n:") {}',
  'job f() -> u8 { 1 }',
  'export job f(a: u8, b: list<u8> = [1, 2]) -> result<u8, string> uses e.get, e.put, declassify { 1 }',
  'test "t" {\n  let a = 1\n  given e.get(key: _, other: 1) => err("a")\n  assert a == 1\n  assert fails f(1)\n}',
  'test "nothing" {}',
]
const lines = [
  'let x = a + b[0] * (c.d - 1) + -a',
  'let y: list<u8> = for q, i in b { q + i }',
  'let z = (1, 2).0 + (1,).0',
  "let z = { a: 1, b: { c: 'c' }, d: {} }",
  'let z = { a, b }',
  'let z = if a == 1 && b == 2 || c { 1 } else if !d { 2 } else { 3 }',
  'let z = match a { some(z) => z, none => 1 }',
  'let z = match a {\n  some(z) => {\n    let h = 1\n    h\n  }\n  Color.red => 3\n  -1 => { a: 1 }\n  _ => 2\n}',
  'let z = reduce b with (m, n) => m + n',
  'let z = fold b from { a: 1 } with (m, n) => { a: m.a + n }',
  'let z = reduce f(b) with m.join',
  'let z = try m.f(a, b: 2) with { time: 5s, retry: 3 }',
  'let z = m.f(a, b)?.c catch why => [1, 2]',
  'do o.go() after x undo g => do o.go(g)',
  'let _ = do o.go() after (x, y)',
  'e.put()',
  'let z = (embed "./a", cid"bafy", "a ${x + 1} b", b"x", 1.5, true, 1min, 1MiB, ())',
  'let z = f(g(h(1), [1, 2]), k: { a: 1 })',
  'let z = x as list<u8> as bytes',
  'let z = []',
  'if x { e.put() }',
  'if x {\n}',
]
const texts = [...items.map(item => `${item}\n`), ...lines.map(line => `job f() -> u8 {\n${line}\n0\n}\n`)]

/** Fields whose entries stand side by side, so that a line of its own fits between them. */
const lists: { [K in Kind]?: string[] } = {
  Module: ['items'],
  Block: ['statements', 'value'],
  Config: ['entries'],
  ImportNames: ['names'],
  StatedInterface: ['functions'],
  StatedFunction: ['params'],
  Job: ['params'],
  Uses: ['operations'],
  EffectDeclaration: ['operations'],
  Operation: ['params'],
  NamedType: ['args'],
  RecordType: ['fields'],
  VariantType: ['cases'],
  EnumType: ['cases'],
  FlagsType: ['flags'],
  List: ['items'],
  Tuple: ['items'],
  RecordLiteral: ['fields'],
  FlagsLiteral: ['flags'],
  Call: ['args'],
  With: ['settings'],
  After: ['names'],
  Match: ['arms'],
  Lambda: ['params'],
}

/** Where something stands: the entries of lists that it is in, and the entries on its sides. */
interface Place {
  inside: string[]
  before: string
  after: string
}

function placeIn(root: Node, at: number): Place {
  const inside: string[] = []
  for (let node = root; ;) {
    const named = new Map<Node | undefined, string>()
    for (const field of lists[node.kind] ?? []) {
      const found = (node as unknown as Record<string, Node | Node[] | undefined>)[field]
      for (const entry of [found ?? []].flat()) named.set(entry, `${node.kind} ${named.size}`)
    }
    const all = [...childrenOf(node)]
    const around = all.find(child => child.start < at && child.end > at)
    const side = (child: Node | undefined): string => named.get(child) ?? ''
    if (!around)
      return {
        inside,
        before: side(all.findLast(child => child.end <= at)),
        after: side(all.find(child => child.start >= at)),
      }
    if (named.has(around)) inside.push(named.get(around)!)
    node = around
  }
}

/** Whether a comment stands where it stood, or right above one of those entries that it stood in. */
function isKept(from: Place, to: Place): boolean {
  const isSame = from.inside.join() === to.inside.join()
  if (isSame && from.before === to.before && from.after === to.after) return true
  const isBetween = from.before !== '' && from.after !== ''
  return (
    !isBetween &&
    [...from.inside, ''].some((entry, depth) => {
      const isAround = from.inside.slice(0, depth).join() === to.inside.join()
      return isAround && (entry === '' ? isSame : to.after === entry)
    })
  )
}

const mark = 'a comment'
const comments = [` // ${mark}\n`, `\n/// ${mark}\n\n`]

/** The text with a comment in each gap where it changes nothing else. */
function* commented(text: string): Generator<string> {
  const { module } = parse(text, 'x')
  const ends = lex(text).tokens.flatMap(({ startOffset, image }) => [startOffset, startOffset + image.length])
  for (const at of new Set(ends))
    for (const comment of comments) {
      const next = text.slice(0, at) + comment + text.slice(at)
      const parsed = parse(next, 'x')
      if (parsed.diagnostics.length > 0 || parsed.comments.length !== 1) continue
      if (JSON.stringify(treeOf(parsed.module)) === JSON.stringify(treeOf(module))) yield next
    }
}

/** The shape of a tree without its docs, which a comment may be. */
function treeOf(module: Node): unknown {
  return JSON.parse(JSON.stringify(shape(module)), (key, value: unknown) => (key === 'docs' ? undefined : value))
}

describe('a comment', () => {
  test('is tried in every construct', () => {
    const used = new Set<string>()
    for (const text of texts) {
      const { module, diagnostics } = parse(text, 'x')
      expect(diagnostics, text).toEqual([])
      const open: Node[] = [module]
      for (let node = open.pop(); node; node = open.pop()) {
        used.add(node.kind)
        open.push(...childrenOf(node))
      }
    }
    expect(Object.keys(children).filter(kind => kind !== 'Missing' && !used.has(kind))).toEqual([])
  })

  test.each(texts)('%s', async text => {
    let tried = 0
    for (const source of commented(text)) {
      tried++
      const once = await format(source, 'x')
      if (!once.ok) throw new Error(source)
      const [before, after] = [parse(source, 'x'), parse(once.text, 'x')]
      const said = `${source}\nbecame\n${once.text}`
      expect(after.diagnostics, said).toEqual([])
      expect(treeOf(after.module), said).toEqual(treeOf(before.module))
      expect(
        after.comments.map(comment => comment.text),
        said,
      ).toEqual([mark])
      const places = [before, after].map(({ module, comments: [one] }) => placeIn(module, one!.start))
      expect(isKept(places[0]!, places[1]!), `${said}\n${JSON.stringify(places)}`).toBe(true)
      expect(await format(once.text, 'x'), said).toEqual(once)
    }
    expect(tried).toBeGreaterThan(2)
  })
})
