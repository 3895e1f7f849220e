import { describe, expect, test } from 'vitest'
import { inlays, type Inlay } from '../../lsp/features/inlays.ts'
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
    ['of operations', 'job f() -> u64 ‹uses fs.write ›{ do fs.write(‹path: ›"a", ‹data: ›b"") }'],
    ['of what a job performs', 'job f(u: string) -> bytes ‹uses http.get ›{ http.get(‹url: ›u)?.body }'],
    [
      'of what a job performs by another one',
      'job g() -> bytes uses fs.read { fs.read(‹path: ›"") }\njob f() -> bytes ‹uses fs.read ›{ g() }',
    ],
    ['of no job that says it', 'job g(u: string) -> bytes uses fs.read { fs.read(u) }'],
    ['of the result of a job', 'job f(p: Picture) ‹-> Color ›{ p.color }'],
    ['of both', 'job f(path: string) ‹-> bytes ›‹uses fs.read ›{ fs.read(path) }'],
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
    for (const { edit } of found.toReversed())
      if (edit) written = written.slice(0, edit.start) + edit.text + written.slice(edit.end)
    expect(written).toContain('job f(p: Picture) -> Color { let c: Color = p.color\n let n: u32 = helper(a: 1)\n c }')
    expect(written).toContain('job g(path: string) -> bytes uses fs.read {')
    fixture.workspace.set('/main.ipvm', written)
    const after = await fixture.in('/main.ipvm', view =>
      view.diagnostics.filter(({ severity }) => severity === 'error'),
    )
    expect(after).toEqual([])
  })

  test('of a type that is long are left out', async () => {
    const fields = Array.from({ length: 30 }, (_, i) => `field${i}: u32`).join(', ')
    expect(await hinted(`job f(x: record { ${fields} }) -> u32 {\n  let y = x\n  1\n}`)).not.toContain('‹')
  })
})
