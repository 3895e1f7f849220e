import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { checkText } from '../compiler/check.ts'
import { diagnostics } from '../grammar/diagnostics.ts'
import { keywords } from '../grammar/keywords.ts'
import { renderDiagnostic } from '../grammar/render.ts'
import { memoryHost } from './harness/host.ts'

const root = join(import.meta.dirname, '..')
const manual = readFileSync(join(root, 'docs/language.md'), 'utf8')

/** What readers think of beside a sample, by a line of it. */
const beside: [line: string, complete: (sample: string) => string][] = [
  [
    'let sent = do mail.send',
    sample => `${effects}job f(to: string, subject: string, body: string) -> () {\n${sample}()\n}\n`,
  ],
  ['let seat = do flights', sample => `${effects}job f(flight: string) -> () {\n${sample}()\n}\n`],
  [
    'export job main(url: string)',
    sample => effects + sample.replace('{ … }', '{\n  do fs.write("a", data: b"")\n  http.get(url)?.body\n}'),
  ],
  [
    'test "a page that is gone',
    sample =>
      `${effects}job page(url: string) -> bytes {\n  match http.get(url) { ok(page) => page.body, err(_) => b"" }\n}\n${sample}`,
  ],
]
const image = `import image from "ipfs://bafybeibk42jwhq7w2zcpe6q3wgtleugp3ymfs3pa5gerjmnakqihhqx4zq" {
  crop: func(data: bytes, x: u32, y: u32, width: u32, height: u32) -> bytes
  rotate90: func(data: bytes) -> bytes
  width: func(data: bytes) -> u32
}
`
const effects = `import { http, fs } from "ipvm:effects"
${image}
effect mail("mailto:") {
  query unread() -> u32
  command send(to: string, subject: string, body: string) -> result<u64, string>
}
effect flights("https:") {
  command book(flight: string) -> result<string, string>
  command cancel(booking: string)
}
`
const files: Record<string, string | Uint8Array> = {
  'shapes.ipvm': 'type Size = record { width: u32 }\nexport job square(a: u32) -> u32 { a * a }\n',
  'cat.png': 'a cat',
}
for (const name of ['png.wasm', 'filters.wasm', 'photo.png'])
  files[name] = readFileSync(join(root, 'examples/image', name))

const pages = [
  'docs/language.md',
  'docs/cli.md',
  'docs/homestar.md',
  'docs/receipts.md',
  'docs/runtime.md',
  'docs/dag.md',
  'docs/wasm.md',
  'docs/effects.md',
  'docs/ucan.md',
  'docs/editors.md',
  'README.md',
]
describe.each(pages)('%s', file => {
  const text = readFileSync(join(root, file), 'utf8')
  const samples = [...text.matchAll(/```ipvm\n(.*?)```/gs)].map(match => match[1]!)

  test.each(samples)('compiles %s', async sample => {
    const complete = beside.find(([line]) => sample.startsWith(line))?.[1] ?? (whole => whole)
    const whole = complete(sample).replace(/import image from "\.\/image\.wasm".*\n/, image)
    const host = memoryHost({ ...files, 'main.ipvm': whole })
    const { diagnostics } = await checkText(host, 'main.ipvm', whole)
    const wrong = diagnostics.filter(({ severity }) => severity === 'error')
    expect(wrong.map(one => renderDiagnostic(one, () => whole))).toEqual([])
  })

  test('names only codes that there are', () => {
    const known = new Set<string>(Object.values(diagnostics).map(row => row.code))
    const named = [...text.matchAll(/IPVM[1-8]\d{3}/g)].map(match => match[0])
    expect(named.filter(code => !known.has(code))).toEqual([])
  })
})

describe('the grammar in the manual', () => {
  const grammar = /```ebnf\n(.*?)```/s.exec(manual)![1]!

  test('has every word of the language', () => {
    const words = new Set([...grammar.matchAll(/"([a-z]+)"/g)].map(match => match[1]))
    const known = keywords.map(({ text }) => text)
    expect(known.filter(word => !words.has(word))).toEqual([])
  })

  test('defines every rule that it uses, and uses every one but the first', () => {
    const rules = [...grammar.matchAll(/^(\w+)\s+::=/gm)].map(match => match[1]!)
    const plain = grammar.replace(/"[^"\n]*"|'[^'\n]*'|\[[^\]\n]*\]/g, ' ')
    const used = new Set(plain.split('\n').flatMap(line => line.replace(/^\w+\s+::=/, '').match(/\w+/g) ?? []))
    const given = ['NL', 'SEP', 'character', 'escape', 'ascii', 'hex', 'integer']
    expect([...used].filter(name => !rules.includes(name) && !given.includes(name))).toEqual([])
    expect(rules.slice(1).filter(name => !used.has(name))).toEqual([])
  })
})
