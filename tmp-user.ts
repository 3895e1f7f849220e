// @ts-nocheck
import { mkdirSync, mkdtempSync, writeFileSync, rmSync, copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client, uriOf } from './test/lsp/client.ts'
const dir = mkdtempSync('/tmp/h/edge/user-')
for (const f of ['filters', 'png']) copyFileSync(`/tmp/wt-edge/examples/image/${f}.wasm`, join(dir, f + '.wasm'))
const c = new Client([process.execPath, '/tmp/wt-edge/dist/ipvm.js', 'lsp'], dir)
c.connection.onRequest(() => null); c.connection.onNotification(() => {})
const main = join(dir, 'main.ipvm')
await c.start([dir], { textDocument: { diagnostic: {} } })
let opened = false
async function at(marked, method, more = {}) {
  const off = marked.indexOf('┆'); const text = marked.replace('┆', '')
  if (opened) await c.change(main, { text }); else { await c.open(main, text); opened = true }
  const lines = text.slice(0, off < 0 ? 0 : off).split('\n')
  const position = { line: lines.length - 1, character: lines.at(-1).length }
  try { return await c.ask(method, main, { position, positions: [position], range: { start: position, end: position }, context: { diagnostics: [], includeDeclaration: true }, options: { tabSize: 2, insertSpaces: true }, ...more }) } catch (e) { return e.message }
}
const comp = async (name, marked) => { const r = await at(marked, 'completion'); console.log('##', name, '→', r?.items?.slice(0, 8).map(i => i.label + (i.detail ? ` (${i.detail})` : '')).join(' | '), r?.items?.length) ; return r }
const H = 'import filters from "./filters.wasm"\nimport png from "./png.wasm"\ntype Picture = record { width: u32, height: u32, pixels: bytes }\ntype Angle = enum { quarter, half }\njob turn(by: Angle, n: u32) -> u32 { n }\n'
await comp('enum named', H + 'job f(p: Picture) -> Picture { filters.image.rotate(p, by: ┆) }')
await comp('enum named typed', H + 'job f(p: Picture) -> Picture { filters.image.rotate(p, by: q┆) }')
await comp('enum named own line', H + 'job f(p: Picture) -> Picture {\n  filters.image.rotate(p, by: ┆)\n}')
await comp('enum positional', H + 'job f(p: Picture) -> Picture { filters.image.rotate(p, ┆) }')
await comp('enum job named', H + 'job f() -> u32 { turn(by: ┆) }')
await comp('enum job pos', H + 'job f() -> u32 { turn(┆) }')
await comp('enum job named open', H + 'job f() -> u32 { turn(by: ┆')
await comp('enum result', H + 'job f() -> Angle { ┆ }')
await comp('enum record', H + 'type R = record { a: Angle }\njob f() -> R { { a: ┆ } }')
await comp('enum compare', H + 'job f(a: Angle) -> bool { a == ┆ }')
await comp('bool', 'job f() -> bool { ┆ }')
const act = async (name, marked, range) => { const r = await at(marked, 'codeAction', range ? { range } : {}); console.log('## action', name, '→', Array.isArray(r) ? r.map(a => `${a.kind}: ${a.title}`).join(' | ') : r); const d = await c.ask('diagnostic', main); console.log('    ', d.items.map(i => JSON.stringify(i.range.start) + i.code + ' ' + i.message)) }
const E = 'import { http, fs } from "ipvm:effects"\n'
await act('uses', E + 'export job f(u: string) -> bytes { ht┆tp.get(u)?.body }')
await act('uses wrong', E + 'export job f(u: string) -> bytes uses fs.read { ht┆tp.get(u)?.body }')
await act('uses at result', E + 'export job f┆(u: string) -> result<bytes, string> { ok(http.get(u)?.body) }')
await act('write no uses', E + 'export job f┆(u: string) -> u64 { do fs.write(u, b"") }')
await act('uses empty', E + 'export job f(u: string) -> u64 us┆es fs.read { do fs.write(u, b"") }')
c.child.kill(); rmSync(dir, { recursive: true })
