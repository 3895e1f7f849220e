import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readArguments } from '../../compiler/arguments.ts'
import { bind } from '../../dag/bind.ts'
import { readJob } from '../../dag/job.ts'
import { format } from '../../grammar/format.ts'
import { compiled, loaderOf } from '../harness/host.ts'
import { argumentFor, print, program, styleOf } from './generate.ts'

describe('what makes two programs the same (language.md)', () => {
  test('names, order, layout, lets, helper jobs, constants, aliases, named arguments, defaults and `with` change no CID', async () => {
    await fc.assert(
      fc.asyncProperty(program, fc.integer(), async (model, seed) => {
        const plain = print(model)
        const other = print(model, styleOf(seed))
        const [a, b] = [await compiled(plain), await compiled(other)]
        if (!a.job.equals(b.job)) throw new Error(`${plain}\n--- is not ---\n${other}`)
      }),
      { numRuns: 400 },
    )
  }, 60_000)

  test('the formatter changes no CID', async () => {
    await fc.assert(
      fc.asyncProperty(program, fc.integer(), async (model, seed) => {
        const text = print(model, styleOf(seed))
        const neat = await format(text, 'main.ipvm')
        if (!neat.ok) throw new Error(`${text}\n--- cannot be formatted`)
        const [a, b] = [await compiled(text), await compiled(neat.text)]
        if (!a.job.equals(b.job)) throw new Error(`${text}\n--- is not ---\n${neat.text}`)
      }),
      { numRuns: 150 },
    )
  }, 60_000)

  test('compiling with arguments equals binding them later', async () => {
    const withArguments = program.chain(model =>
      fc.tuple(
        fc.constant(model),
        fc.tuple(...model.params.map(({ type }) => fc.option(argumentFor(type), { nil: undefined }))),
      ),
    )
    await fc.assert(
      fc.asyncProperty(withArguments, async ([model, texts]) => {
        const text = print(model)
        const args = Object.fromEntries(
          model.params.flatMap(({ type }, i) => {
            const value = texts[i] ?? (model.params[i]!.default === undefined ? '' : undefined)
            if (value === undefined) return []
            if (value === '') return [[`p${i}`, { text: defaultText(type) }]]
            return [[`p${i}`, { text: type === 'string' ? (JSON.parse(value) as string) : value }]]
          }),
        )
        const template = await compiled(text)
        const early = await compiled(text, { args })
        const read = await readArguments(template.params, args)
        if (!read.ok) throw new Error(read.error.message)
        const load = loaderOf({ ...template, blocks: [...template.blocks, ...read.value.blocks] })
        const late = await bind(template.job, read.value.values, load)
        if (!late.ok) throw new Error(late.error.message)
        const rest = await bind(early.job, new Map(), loaderOf(early))
        expect(rest.ok && rest.value.job.toString()).toBe(late.value.job.toString())
      }),
      { numRuns: 200 },
    )
  }, 60_000)

  test('an index that nothing uses changes nothing, whatever makes it so', async () => {
    const loop = (head: string, body: string, params = 'xs: list<u64>'): string =>
      `export job main(${params}) -> list<u64> { for ${head} in xs { ${body} } }`
    const plain = await compiled(loop('x', 'x + 1'))
    expect((await compiled(loop('x, i', 'x + 1'))).job).toEqual(plain.job)
    expect((await compiled(loop('x, i', 'let _ = i\n x + 1'))).job).toEqual(plain.job)
    expect((await compiled(loop('x, i', 'if false { i } else { x + 1 }'))).job).toEqual(plain.job)
    const params = 'xs: list<u64>, odd: bool'
    const counted = loop('x, i', 'if odd { i } else { x + 1 }', params)
    expect((await compiled(counted, { args: { odd: { text: 'false' } } })).job).toEqual(plain.job)
    expect((await compiled(loop('x, i', 'x + i'))).job).not.toEqual(plain.job)
  })

  test.each([
    [
      'a text in a text',
      'export job main(x: string) -> string { "${"x"}-${x}" }',
      'export job main(x: string) -> string {\n  let a = "x"\n  "${a}-${x}"\n}',
    ],
    [
      'what decides of which type a number is that was converted before',
      'job same(n: u32) -> u32 { n }\nexport job main(a: u32) -> u64 {\n  let c = match a { 0 => 1, _ => 2 }\n  c as u64 + same(c) as u64\n}',
      'job same(n: u32) -> u32 { n }\nexport job main(a: u32) -> u64 {\n  let c = match a { 0 => 1, _ => 2 }\n  let d = same(c)\n  c as u64 + d as u64\n}',
    ],
  ])('%s is the same in a `let`', async (_, there, moved) => {
    expect((await compiled(moved)).job).toEqual((await compiled(there)).job)
  })

  const base = `import hello from "./hello.wasm"
export job main(name: string = "you") -> string { hello.greet(name) }`

  test.each([
    ["a parameter's name", base.replaceAll('name', 'who')],
    ["a parameter's type", 'export job main(name: option<u32> = none) -> u32 { 1 }'],
    ["a parameter's default", base.replace('"you"', '"them"')],
    ["the result's type", 'export job main(name: string = "you") -> option<string> { some(name) }'],
    ['a literal', base.replace('greet(name)', 'greet("x")')],
  ])('%s changes the CID', async (_, changed) => {
    expect((await compiled(changed)).job).not.toEqual((await compiled(base)).job)
  })

  test("a component's bytes change the CID", async () => {
    const stated = (cid: string) =>
      `import a from "ipfs://${cid}" { f: func() -> u32 }\nexport job main() -> u32 { a.f() }`
    const one = await compiled(stated('bafybeibk42jwhq7w2zcpe6q3wgtleugp3ymfs3pa5gerjmnakqihhqx4zq'))
    const two = await compiled(stated('bafybeiejevluvtoevgk66plh5t6xiy3ikyuuxg3vgofuvpeckb6eadresm'))
    expect(one.job).not.toEqual(two.job)
  })

  test("limits change the job's CID and not the instructions'", async () => {
    const one = await compiled(base)
    const two = await compiled(base.replace('greet(name)', 'greet(name) with { time: 1s }'))
    expect(one.job).not.toEqual(two.job)
    const [a, b] = [await readJob(one.job, loaderOf(one)), await readJob(two.job, loaderOf(two))]
    expect(a.ok && a.value.tasks).toEqual(b.ok && b.value.tasks)
  })
})

function defaultText(type: string): string {
  if (type === 'string') return 'text'
  if (type === 'bool') return 'true'
  if (type === 'char') return "'x'"
  if (type.startsWith('list')) return '[]'
  if (type.startsWith('option')) return 'none'
  if (type.startsWith('tuple')) return '(3, "z")'
  if (type.startsWith('record')) return '{ a: 4, b: "z" }'
  if (type.startsWith('result<(')) return 'ok(())'
  if (type.startsWith('result')) return 'ok(4)'
  return '5'
}
