import { describe, expect, test } from 'vitest'
import { triggerCharacters } from '../../lsp/features/completion.ts'
import { labels } from './completing.ts'

describe('nothing is offered for a character behind which a line may end', () => {
  test.each<[string, string, string]>([
    ['the brace of a body', '{', 'job f() -> bytes {┆}'],
    ['the brace of a block', '{', 'job f(x: bool) -> u8 { if x {┆} else { 1 } }'],
    ['the brace of a loop', '{', 'job f(xs: list<u8>) -> list<u8> { for x in xs {┆} }'],
    ['the brace of settings', '{', 'config {┆}'],
    ['the brace of a test', '{', 'test "x" {┆}'],
    ['the parenthesis of a call', '(', 'job f() -> u32 { helper(┆) }'],
    ['a comma between arguments', ',', 'job f() -> u32 { helper(1,┆) }'],
    ['a comma between fields', ',', 'job f() -> Picture { { name: "a",┆ } }'],
    ['a comma between settings', ',', 'config { time: 30s,┆ }'],
    ['the end of a text', '"', 'const c = "x"┆'],
    ['the beginning of a text', '"', 'const c = "┆"'],
    ['the end of a path', '"', 'import x from "./png.wasm"┆'],
    ['the end of a path that is embedded', '"', 'job f() -> bytes { embed "./png.wasm"┆ }'],
    ['a division', '/', 'job f(x: u32) -> u32 { x /┆ }'],
    ['a space behind a value', ' ', 'job f(x: u32) -> u32 { x ┆ }'],
    ['a space in a body', ' ', 'job f() -> u32 { ┆ }'],
    ['a space before a line', ' ', 'job f() -> u32 {\n  let a = 1\n ┆\n}'],
    ['a space before a field', ' ', 'job f() -> Picture {\n  {\n    name: "",\n ┆\n  }\n}'],
    ['a space before an item', ' ', ' ┆'],
  ])('%s', async (_, typed, text) => {
    expect(await labels(text, typed)).toEqual([])
  })
})

describe('what a character asks for is offered', () => {
  test.each<[string, string, string, string]>([
    ['members', '.', 'job f(b: bytes) -> bytes { png.┆ }', 'decode'],
    ['sources', '"', 'import x from "┆"', './png.wasm'],
    ['what is embedded', '"', 'job f() -> bytes { embed "┆" }', './png.wasm'],
    ['paths behind a dot', '.', 'import x from ".┆"', './png.wasm'],
    ['paths behind a slash', '/', 'import x from "./┆"', './png.wasm'],
    ['modules of the language', ':', 'import { fs } from "ipvm:┆"', 'ipvm:effects'],
    ['types', ' ', 'job f(a: ┆) -> u8 { 1 }', 'Color'],
    ['names in braces', ' ', 'import { ┆ } from "ipvm:effects"', 'http'],
    ['fields in braces', ' ', 'job f() -> Picture { { ┆ } }', 'name'],
    ['fields behind a comma', ' ', 'job f() -> Picture { { name: "a", ┆ } }', 'color'],
    ['arguments behind a comma', ' ', 'job f() -> u32 { helper(1, ┆) }', 'b:'],
    ['values of a setting', ' ', 'config { time: ┆ }', '60s'],
    ['values', ' ', 'job f(c: Color) -> bool { c == ┆ }', 'Color.red'],
    ['effects behind `do`', ' ', 'job f() -> u64 { do ┆ }', 'fs'],
    ['operations', ' ', 'job f() -> u64 uses ┆ { 1 }', 'fs.read'],
  ])('%s', async (_, typed, text, label) => {
    expect(triggerCharacters).toContain(typed)
    expect(await labels(text, typed)).toContain(label)
  })
})
