import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { completion } from '../../lsp/features/completion.ts'
import { definition } from '../../lsp/features/definition.ts'
import { documentSymbols } from '../../lsp/features/document-symbols.ts'
import { hover } from '../../lsp/features/hover.ts'
import { jobCid } from '../../lsp/features/job-cid.ts'
import { references } from '../../lsp/features/references.ts'
import { semanticTokens } from '../../lsp/features/tokens.ts'
import { Lines } from '../../grammar/source.ts'
import { Workspace } from '../../lsp/workspace.ts'
import { changed, copy, edit, files, line, typed, word } from '../grammar/edits.ts'
import { cases } from '../harness/seeds.ts'
import { memoryHost } from '../harness/memory.ts'

/** How many edits are tried. */
const runs = cases(600, 100_000)

/** Those that are there for edits. */
const own = [...files.keys()].slice(-4)

/** The examples, where they are, with all that they name. */
const folder = join(import.meta.dirname, '../../examples')
const around = Object.fromEntries(
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map(name => join(folder, name))
    .filter(path => statSync(path).isFile())
    .map(path => [path, new Uint8Array(readFileSync(path))]),
)
around[join(dirname(folder), 'package.json')] = new Uint8Array(Buffer.from('{}'))

/** What an editor asks, of a file and a place in it. */
const questions: Record<string, (workspace: Workspace, path: string, at: number) => Promise<unknown>> = {
  hover: (workspace, path, at) => workspace.useNear(path, at, hover),
  completion: (workspace, path, at) => workspace.useNear(path, at, (view, offset) => completion(view, offset)),
  definition: (workspace, path, at) => workspace.useAt(path, at, definition),
  references: (workspace, path, at) => references(workspace, importsOf(files.get(path)!, path), path, at),
  'colours there': (workspace, path, at) =>
    workspace.useRange(
      path,
      () => ({ start: at, end: at + 100 }),
      (view, range) => semanticTokens(view, range),
    ),
  colours: (workspace, path) => workspace.useNames(path, view => semanticTokens(view)),
  symbols: (workspace, path) => workspace.useItems(path, documentSymbols),
  diagnostics: (workspace, path) => workspace.use(path, view => view.diagnostics),
  operations: (workspace, path, at) => workspace.use(path, view => [hover(view, at), completion(view, at)]),
  cid: (workspace, path, at) =>
    workspace.use(path, view => {
      const names = [...view.checker.jobs.keys()].sort()
      return jobCid(view, names[at % names.length])
    }),
}

/** The files for edits that a file imports. */
function importsOf(text: string, path: string): string[] {
  const named = [...text.matchAll(/from "(\.[^"]*)"/g)].map(([, name]) => join(dirname(path), name!))
  return named.filter(other => files.has(other) && other !== path)
}

const fileOf = (name: string): string => [...files.keys()].find(path => path.endsWith(name))!
/** What a job performs, of which only the whole file tells, in its `uses`. */
const asked = { change: { at: 0, word: 'A' }, where: 3, asked: [{ what: 'completion', at: 0.449789536981359 }] }

/** An import is written twice, and asked for. */
const twice = { change: { at: 0, copy: 0 }, where: 3, asked: [{ what: 'hover', at: 0.003 }] }

const step = fc.record({
  change: fc.oneof(edit, word, line, copy),
  /** Which of the files is changed, the one that is asked about behind those that it imports. */
  where: fc.nat(3),
  asked: fc.array(
    fc.record({
      what: fc.constantFrom(...Object.keys(questions)),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
    { maxLength: 4 },
  ),
})

test(
  'whatever was asked between edits, what is answered is what is answered at once',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files.keys(), ...own, ...own, ...own),
        fc.array(step, { minLength: 1, maxLength: 12 }),
        fc.boolean(),
        fc.boolean(),
        async (path, steps, isRead, inTurns) => {
          const host = memoryHost(around)
          const texts = new Map([path, ...importsOf(files.get(path)!, path)].map(other => [other, files.get(other)!]))
          // One job is a slice then, and others are asked for between them.
          const kept = new Workspace(host, isRead ? undefined : 0, inTurns ? 0 : undefined)
          let lines = new Lines(files.get(path)!)
          kept.set(path, lines)
          for (const [other, text] of texts) if (other !== path) kept.set(other, text)
          if (isRead) await kept.use(path, () => undefined)
          else await kept.useItems(path, () => undefined)
          for (const { change, asked, where } of steps) {
            const changing = [...texts.keys()].slice(1)[where] ?? path
            const text = changed(texts.get(changing)!, change)
            texts.set(changing, text)
            if (changing === path) lines = typed(lines, text)
            kept.set(changing, changing === path ? lines : text)
            const ask = async ({ what, at }: (typeof asked)[number]): Promise<void> => {
              const offset = Math.floor(at * lines.text.length)
              const fresh = new Workspace(host)
              for (const [other, text] of texts) fresh.set(other, text)
              const [answer, once] = [kept, fresh].map(workspace => questions[what]!(workspace, path, offset))
              expect(await answer, `${what} at ${offset}`).toEqual(await once)
            }
            if (inTurns) await Promise.all(asked.map(ask))
            else for (const one of asked) await ask(one)
          }
        },
      ),
      {
        numRuns: Math.ceil(runs / 6),
        examples: [
          [fileOf('secret.ipvm'), [asked, asked], true, false],
          [fileOf('long.ipvm'), [twice], false, false],
        ],
      },
    )
  },
  600_000 + 500 * runs,
)

describe('what stands below a change', () => {
  test('is repaired by nobody but its author where something is guessed', async () => {
    const workspace = new Workspace(memoryHost({}))
    const guesses = async (number: string): Promise<unknown> => {
      workspace.set(
        '/a.ipvm',
        `job above() -> u32 { ${number} }\n\njob below(b: bool) -> u8 { match b { true => 1 } }\n`,
      )
      const found = await workspace.use('/a.ipvm', view => view.diagnostics)
      return found?.map(({ fixes }) => fixes.map(({ guess }) => guess))
    }
    expect([await guesses('1'), await guesses('100')]).toEqual([[[true]], [[true]]])
  })

  const text = (more: string): string =>
    `job above(n: u32) -> u32 { n${more} }\n\njob below(number: u32, edge: u32 = 3) -> u32 {\n  let sum = number + edge\n  sum\n}\n\njob between() -> u32 { 1 }\n\njob last() -> u32 { below(1) }\n`
  test.each([
    ['is found where it stands', 'sum\n', 'sum: u32'],
    ['is told in the words of its text', 'below(1)', 'job below(number: u32, edge: u32 = 3) -> u32'],
  ])('%s', async (_, at, said) => {
    const workspace = new Workspace(memoryHost({}))
    workspace.set('/a.ipvm', text(''))
    await workspace.use('/a.ipvm', () => undefined)
    workspace.set('/a.ipvm', text(' + 1000000'))
    const start = text(' + 1000000').indexOf(at)
    const found = await workspace.useNear('/a.ipvm', start + 1, hover)
    expect(found?.range.start).toBe(start)
    expect(found?.markdown).toContain(said)
  })
})

describe('what depends on a definition is what it is at once', () => {
  test.each([
    [
      'what a constant is made of',
      'const a = 1\nconst b: u32 = a + 1\nexport job main() -> u32 { b }\n',
      ['a = 1', 'a = 2'],
      'main',
    ],
    [
      'the name of a type that is made alike',
      'type A = record { x: u32 }\njob made() -> u32 {\n  let small = { x: 1 as u32 }\n  small.x\n}\n',
      ['{ x:', '{ y:'],
      'small',
    ],
    [
      'the result of a job that does not tell it',
      'type A = enum { left, right }\njob made() { A.left }\njob main() -> u32 { match made() { left => 1, right => 2 } }\n',
      ['{ A.left }', '{ 1 as u8 }'],
      'left =>',
    ],
    [
      'what is stated of a component in types that are made of its own',
      'import m from "./filters.wasm" { f: func(a: T) -> u8 }\ntype T = list<m.image.angle>\njob main(t: T) -> u8 { m.f(t) }\n',
      ['main', 'other'],
      't: T',
    ],
  ])('%s', async (_, text, [from, to], at) => {
    const answers = ['hover', 'colours', 'cid', 'definition', 'diagnostics'] as const
    const host = memoryHost({ '/filters.wasm': readFileSync(join(folder, 'image/filters.wasm')) })
    const kept = new Workspace(host)
    kept.set('/a.ipvm', text)
    for (const what of answers) await questions[what]!(kept, '/a.ipvm', text.indexOf(at))
    const changed = text.replace(from!, to!)
    const fresh = new Workspace(host)
    for (const workspace of [kept, fresh]) workspace.set('/a.ipvm', changed)
    for (const what of answers) {
      const [answer, once] = [kept, fresh].map(workspace => questions[what]!(workspace, '/a.ipvm', changed.indexOf(at)))
      expect(await answer, what).toEqual(await once)
    }
  })
})

describe('in a long body', () => {
  const text = (more: string): string =>
    `job main(number: u32) -> u32 {\n  let b0 = number${more}\n${Array.from({ length: 30 }, (_, i) => `  let b${i + 1} = b${i} + 1\n`).join('')}  b30\n}\n`
  const after = async (): Promise<Workspace> => {
    const workspace = new Workspace(memoryHost({}))
    workspace.set('/a.ipvm', text(''))
    await workspace.use('/a.ipvm', () => undefined)
    workspace.set('/a.ipvm', text(' + 1000000'))
    return workspace
  }

  test('what stands in lines far below a change is found where it stands', async () => {
    const start = text(' + 1000000').indexOf('b20 + 1')
    const found = await (await after()).useNear('/a.ipvm', start + 1, hover)
    expect(found?.range).toEqual({ start, end: start + 3 })
  })

  test('names are found by the lines above', async () => {
    const at = text(' + 1000000').indexOf('b20 + 1')
    const labels = await (
      await after()
    ).useNear('/a.ipvm', at, (view, offset) => completion(view, offset)?.items.map(({ label }) => label))
    expect(labels).toEqual(expect.arrayContaining(['b0', 'b20', 'number']))
    expect(labels).not.toContain('b22')
  })
})
