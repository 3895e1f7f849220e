import { describe, expect, test } from 'vitest'
import { inlays, type Inlay } from '../../lsp/features/inlays.ts'
import { applyEdits } from '../../lsp/sight.ts'
import { Fixture } from './harness.ts'

const head = `import filters from "./filters.wasm"
import { http, fs } from "ipvm:effects"
type Color = enum { red, green }
type Picture = record { name: string, color: Color }
job helper(a: u32, b: string = "x") -> u32 { a }
job single(size: u32) -> u32 { size }
`

/** The text with its hints in `‹›`. */
async function hinted(text: string): Promise<string> {
  const fixture = new Fixture(head + text)
  const found = await fixture.in('/main.ipvm', view => inlays(view, { start: head.length, end: view.text.length }))
  return shown(head + text, found).slice(head.length)
}

function shown(text: string, found: Inlay[]): string {
  let written = text
  for (const { offset, label } of found.toReversed())
    written = `${written.slice(0, offset)}‹${label}›${written.slice(offset)}`
  return written
}

describe('hints', () => {
  test.each<[string, string]>([
    ['of a `let`', 'job f(p: Picture) -> Color {\n  let c‹: Color› = p.color\n  c\n}'],
    [
      'of a `let` of several',
      'job f(xs: list<u8>) -> list<u64> {\n  let n‹: list<u64>› = for x‹: u8› in xs { 1 }\n  n\n}',
    ],
    ['of no literal', 'job f() -> string {\n  let a = "x"\n  let b = 1\n  let c = true\n  let d = "${a}"\n  d\n}'],
    ['of no name of a literal', 'job f() -> u32 {\n  let a = 1\n  let b = a\n  b + a\n}'],
    ['of no `let` with a type', 'job f(p: Picture) -> Color {\n  let c: Color = p.color\n  c\n}'],
    ['of no `_`', 'job f(p: Picture) -> u32 {\n  let _ = p.color\n  1\n}'],
    ['of functions', 'job f(xs: list<u32>) -> u32 { fold xs from 0 with (a‹: u32›, x‹: u32›) => a + x }'],
    ['of payloads', 'job f(o: option<u8>) -> u8 { match o { some(x‹: u8›) => x, none => 0 } }'],
    ['of parameters', 'job f() -> u32 { helper(‹a: ›1, ‹b: ›"x") }'],
    ['of no parameters that are named', 'job f() -> u32 { helper(a: 1, b: "x") }'],
    ['of no parameters that are told', 'job f(a: u32, my-b: string) -> u32 { helper(a, my-b) }'],
    ['of a parameter that is not told', 'job f(n: u32) -> u32 { helper(‹a: ›n) }'],
    ['of the only parameter of a literal', 'job f() -> u32 { single(‹size: ›1) }'],
    ['of no only parameter of a name', 'job f(n: u32) -> u32 { single(n) }'],
    ['of no constructor', 'job f() -> option<u32> { some(1) }'],
    ['of operations', 'job f() -> u64 ‹uses fs.write ›‹1 task ›{ do fs.write(‹path: ›"a", ‹data: ›b"") }'],
    ['of what a job performs', 'job f(u: string) -> bytes ‹uses http.get ›‹1 task ›{ http.get(‹url: ›u)?.body }'],
    [
      'of what a job performs by another one',
      'job g() -> bytes uses fs.read ‹1 task ›{ fs.read(‹path: ›"") }\njob f() -> bytes ‹uses fs.read ›‹1 task ›{ g() }',
    ],
    ['of no job that says it', 'job g(u: string) -> bytes uses fs.read ‹1 task ›{ fs.read(u) }'],
    ['of the result of a job', 'job f(p: Picture) ‹-> Color ›{ p.color }'],
    ['of both', 'job f(path: string) ‹-> bytes ›‹uses fs.read ›‹1 task ›{ fs.read(path) }'],
    ['inside of texts', 'job f() -> string { "𝒜 ${helper(‹a: ›1)}" }'],
    ['with line ends of Windows', 'job f(p: Picture) -> Color {\r\n  let c‹: Color› = p.color\r\n  c\r\n}'],
    ['of tests', 'test "t" {\n  let n‹: u32› = single(‹size: ›1)\n  assert n == 1\n}'],
    ['of a half-written job', 'job f(p: Picture) -> Color {\n  let c‹: Color› = p.color\n  let d = \n}'],
  ])('%s', async (_, text) => {
    expect(await hinted(text.replace(/‹[^›]*›/g, ''))).toBe(text)
  })

  test('are those of the range alone', async () => {
    const text = 'job f() -> u32 { helper(1) }\njob g() -> u32 { helper(2) }'
    const fixture = new Fixture(head + text)
    const start = head.length + text.indexOf('job g')
    const found = await fixture.in('/main.ipvm', view => inlays(view, { start, end: view.text.length }))
    expect(found.map(({ offset }) => fixture.texts.get('/main.ipvm')![offset])).toEqual(['2'])
  })

  test('are written by their edits, and mean the same', async () => {
    const text = `${head}job f(p: Picture) { let c = p.color\n let n = helper(1)\n c }\njob g(path: string) { fs.read(path) }`
    const fixture = new Fixture(text)
    const found = await fixture.in('/main.ipvm', view => inlays(view, { start: 0, end: text.length }))
    let written = text
    for (const { edits = [] } of found.toReversed())
      for (const edit of edits) written = written.slice(0, edit.start) + edit.text + written.slice(edit.end)
    expect(written).toContain('job f(p: Picture) -> Color { let c: Color = p.color\n let n: u32 = helper(a: 1)\n c }')
    expect(written).toContain('job g(path: string) -> bytes uses fs.read {')
    fixture.workspace.set('/main.ipvm', written)
    const after = await fixture.in('/main.ipvm', view =>
      view.diagnostics.filter(({ severity }) => severity === 'error'),
    )
    expect(after).toEqual([])
  })

  test('name all arguments behind the one that gets a name', async () => {
    const text = `${head}job f(n: u32) -> u32 { helper(n, "x") }`
    const fixture = new Fixture(text)
    const found = await fixture.in('/main.ipvm', view => inlays(view, { start: head.length, end: text.length }))
    const [first, second] = found
      .filter(({ kind }) => kind === 'parameter')
      .map(({ edits }) => applyEdits(text, edits!))
    expect(first).toContain('helper(a: n, b: "x")')
    expect(second).toContain('helper(n, b: "x")')
  })

  test('of a type that is long are left out', async () => {
    const fields = Array.from({ length: 30 }, (_, i) => `field${i}: u32`).join(', ')
    expect(await hinted(`job f(x: record { ${fields} }) -> u32 {\n  let y = x\n  1\n}`)).not.toContain('‹')
  })
})

describe('counts of tasks', () => {
  const pictures = `import filters from "./filters.wasm"
type Picture = record { width: u32, height: u32, pixels: bytes }
const sizes: list<u32> = [1, 2, 3]
job gray(p: Picture) -> Picture { filters.image.grayscale(p) }
job twice(p: Picture) -> Picture { gray(gray(p)) }
job each(ps: list<Picture>) -> list<Picture> { for p in ps { twice(p) } }
`
  /** The hints of counts alone, in `‹›`. */
  const counted = async (text: string, from = pictures.length): Promise<string> => {
    const fixture = new Fixture(pictures + text)
    const found = await fixture.in('/main.ipvm', view => inlays(view, { start: from, end: view.text.length }))
    const counts = found.filter(({ kind }) => kind === 'tasks')
    return shown(pictures + text, counts).slice(pictures.length)
  }

  test.each<[string, string]>([
    ['none', 'job f(a: u32) -> u32 { a + 1 }'],
    [
      'those that undo',
      'effect mail("x:") { command send(to: string) -> result<u64, failure> }\njob f() -> u64 ‹2 tasks ›{ (do mail.send("a") undo r => do mail.send("b"))? }',
    ],
    ['those that a job calls', 'job f(p: Picture) -> Picture ‹3 tasks ›{ gray(twice(p)) }'],
    [
      'of a loop over a list that is written out',
      'job f(p: Picture) -> list<Picture> ‹6 tasks ›{ for s in [1, 2, 3] ‹3 × 2 tasks ›{ filters.image.resize(gray(p), s, s) } }',
    ],
    [
      'of a loop over a constant',
      'job f(p: Picture) -> list<Picture> ‹3 tasks ›{ for s in sizes ‹3 × 1 task ›{ filters.image.resize(p, s, s) } }',
    ],
    [
      'of a loop over a range, by a name',
      'job f(p: Picture) -> list<Picture> ‹8 tasks ›{\n  let ns = range(2, 10)\n  for n in ns ‹8 × 1 task ›{ filters.image.blur(p, n) }\n}',
    ],
    [
      'of a loop over what a loop gives',
      'job f(p: Picture) -> list<Picture> ‹4 tasks ›{\n  let a = for n in range(2) ‹2 × 1 task ›{ filters.image.blur(p, n) }\n  for b in a ‹2 × 1 task ›{ gray(b) }\n}',
    ],
    [
      'of loops in loops',
      'job f(p: Picture) -> list<list<Picture>> ‹6 tasks ›{ for a in range(2) ‹2 × 3 tasks ›{ for b in sizes ‹3 × 1 task ›{ filters.image.blur(p, a + b) } } }',
    ],
    [
      'each, where nobody knows how many',
      'job f(ps: list<Picture>, p: Picture) -> list<Picture> ‹1 task and more ›{\n  let _ = gray(p)\n  for p in ps ‹2 tasks each ›{ twice(p) }\n}',
    ],
    ['some, where nothing is certain', 'job f(ps: list<Picture>) -> list<Picture> ‹some tasks ›{ each(ps) }'],
    [
      'of a fold, and what is behind it',
      'job f(p: Picture) -> Picture ‹4 tasks ›{\n  let q = fold sizes from p with (p, n) => filters.image.blur(p, n)\n  filters.image.side-by-side(p, q, 1)\n}',
    ],
    [
      'of a reduction',
      'job f(p: Picture) -> Picture ‹2 tasks ›{ reduce [p, p, p] with (a, b) => filters.image.side-by-side(a, b, 1) }',
    ],
    [
      'of the longest of branches',
      'job f(p: Picture, n: u32) -> Picture ‹3 tasks ›{ if n == 1 { gray(p) } else if n == 2 { twice(gray(p)) } else { p } }',
    ],
    ['of what is tried, and of what follows', 'job f(p: Picture) -> Picture ‹3 tasks ›{ twice(p) catch _ => gray(p) }'],
    [
      'of a list that is empty',
      'job f(p: Picture) -> list<Picture> { for n in range(0) ‹0 × 1 task ›{ filters.image.blur(p, n) } }',
    ],
    [
      'of very many',
      'job f(p: Picture) -> list<Picture> ‹1,000,000 tasks ›{ for n in range(1000000) ‹1,000,000 × 1 task ›{ filters.image.blur(p, n) } }',
    ],
    ['of what is half written', 'job f(p: Picture) -> Picture ‹1 task ›{\n  let a = gray(p)\n  let b = \n}'],
    ['of no job that calls itself', 'job f(p: Picture) -> Picture ‹1 task and more ›{ f(gray(p)) }'],
  ])('%s', async (_, text) => {
    expect(await counted(text.replace(/‹[^›]*›/g, ''))).toBe(text)
  })

  test('follow what a job calls', async () => {
    const text = 'job f(p: Picture) -> Picture { gray(p) }'
    const fixture = new Fixture(pictures + text)
    const count = (): Promise<string[]> =>
      fixture.in('/main.ipvm', view =>
        inlays(view, { start: view.text.lastIndexOf('job'), end: view.text.length }).flatMap(({ label, kind }) =>
          kind === 'tasks' ? [label] : [],
        ),
      )
    expect(await count()).toEqual(['1 task '])
    fixture.workspace.set(
      '/main.ipvm',
      (pictures + text).replace('grayscale(p)', 'grayscale(filters.image.blur(p, 1))'),
    )
    expect(await count()).toEqual(['2 tasks '])
  })

  test('look at no more than they can', async () => {
    const deep = 'job f(p: Picture) -> Picture { ' + 'gray('.repeat(900) + 'p' + ')'.repeat(900) + ' }'
    expect((await counted(deep)).slice(0, 100)).toMatch(/‹\d+ tasks and more ›/)
    const long = Array.from({ length: 2000 }, (_, i) => `job f${i}(p: Picture) -> Picture { ${i === 0 ? 'gray' : `f${i - 1}`}(gray(p)) }\n`).join('') // prettier-ignore
    const last = pictures.length + long.lastIndexOf('job')
    expect((await counted(long, last)).slice(-100)).toMatch(/‹[\d,]+ tasks and more ›/)
    const wide = 'job f(p: Picture) -> list<Picture> { [' + 'gray(p), '.repeat(60_000) + '] }'
    expect((await counted(wide)).slice(0, 100)).toMatch(/‹[\d,]+ tasks and more ›/)
  })
})
