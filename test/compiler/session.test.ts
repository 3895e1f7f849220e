import { readdirSync, readFileSync, realpathSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkProgram, checkText, linkedProgram, type CheckedFile } from '../../compiler/check.ts'
import type { Host } from '../../compiler/interface.ts'
import { origins, type Elsewhere, type Target } from '../../compiler/notes.ts'
import { resolve, show, type Open } from '../../compiler/open.ts'
import { partsOf } from '../../dag/types.ts'
import { Session } from '../../compiler/session.ts'
import { changed, copy, edit, files, line, typed, word } from '../grammar/edits.ts'
import { cases } from '../harness/seeds.ts'
import { Lines } from '../../grammar/source.ts'

/** How many edits are tried. */
const runs = cases(600, 100_000)

/** Files as they are, or as an editor has them, each read once. */
class Files implements Host {
  readonly open = new Map<string, string>()
  readonly #read = new Map<string, Uint8Array | 'missing' | 'directory'>()

  readFile(path: string): Uint8Array | 'missing' | 'directory' {
    const text = this.open.get(path)
    if (text !== undefined) return new TextEncoder().encode(text)
    const known = this.#read.get(path)
    if (known) return known
    let found: Uint8Array | 'missing' | 'directory'
    try {
      found = new Uint8Array(readFileSync(path))
    } catch (error) {
      found = (error as { code: string }).code === 'EISDIR' ? 'directory' : 'missing'
    }
    this.#read.set(path, found)
    return found
  }
  realPath(path: string): string | undefined {
    if (this.open.has(path)) return path
    try {
      return realpathSync(path)
    } catch {
      return undefined
    }
  }
  list(folder: string): string[] {
    try {
      return readdirSync(folder)
    } catch {
      return []
    }
  }
  async readBlock(): Promise<undefined> {
    return undefined
  }
}

/** Where a type that names its parts is written, and those in it. */
function placeOf(type: Open): string {
  const end = resolve(type)
  const origin = origins.get(end)
  const place = origin ? ` of ${origin.home.file} ${origin.node.start}-${origin.node.end}` : ''
  return [place, ...partsOf<Open>(end).map(placeOf)].join('')
}

function targetText(target: Target | Elsewhere): string {
  switch (target.kind) {
    case 'symbol':
      return `${target.symbol.home.file} ${target.symbol.name}`
    case 'operation':
      return `${target.effect.home.file} ${target.operation.op}`
    case 'field':
    case 'case':
      return `${target.name}${placeOf(target.of)}`
    default:
      return target.kind
  }
}

/** All that a check has found, as data. */
function told({ diagnostics, module }: CheckedFile, session: Session, path: string): unknown {
  const context = session.file(path)!.context
  const types: string[] = []
  const targets: string[] = []
  for (const notes of context.allNotes()) {
    for (const [{ start, end, kind }, type] of notes.types)
      types.push(`${start}-${end} ${kind}: ${show(type)}${placeOf(type)}`)
    for (const [{ start, end }, type] of notes.expected) types.push(`${start}-${end} expects ${show(type)}`)
    for (const [{ start, kind }, met] of notes.fits)
      for (const [from, to] of met.map(types => types.map(type => `${show(type)}${placeOf(type)}`)))
        // Whether the same type is one object, or made anew, makes no difference.
        if (from !== to) targets.push(`${start} ${kind}: ${from} as ${to}`)
    for (const [{ start }, target] of notes.targets) targets.push(`${start} ${targetText(target)}`)
  }
  const jobs = [...(module?.jobs.values() ?? [])].map(({ name, params, result, effects, site }) => ({
    ...{ name, result: show(result), effects: [...effects.keys()].sort(), start: site.start },
    params: params.map(({ binding }) => [binding.name, show(binding.type)]),
  }))
  jobs.sort((a, b) => (a.name === b.name ? a.start - b.start : a.name < b.name ? -1 : 1))
  return { diagnostics, jobs, types: types.sort(), targets: targets.sort() }
}

function textOf(host: Files, path: string): string {
  return new TextDecoder().decode(host.readFile(path) as Uint8Array)
}

/** Those that are there for edits. */
const own = [...files.keys()].slice(-4)

const pipeline = [...files.keys()].find(path => path.endsWith('pipeline.ipvm'))!
/** Takes away a type that the interface names which is stated of a component. */
const withoutType = [
  { at: 0, take: 21, put: '' },
  { at: 0, take: 3, put: '' },
  { at: 0.3014354066985646, word: 'A' },
  { at: 0, word: 'A' },
]

/** Changes a type that jobs name of which only the signature was looked at. */
const typeOfSignature = [
  { at: 0.05673758865248227, word: '38' },
  { at: 0, word: 'A' },
]

/** What a name stands for is not known, since there is something wrong in the file; then another one is imported by it. */
const lostUnderAlias = [
  { at: 0, line: '  let z = 1\n' as const },
  { at: 0, take: 0, put: 'a' },
  { at: 0.013522650439486139, take: 2, put: '' },
  { at: 0, take: 0, put: '' },
]

/** Moves a type that is a part of others, in which something else is unknown. */
const partOfType = [
  { at: 0, line: '  let z = 1\n' as const },
  { at: 0.022988505747126436, take: 43, put: 'a' },
  { at: 0, take: 0, put: 'a' },
]

const trip = [...files.keys()].find(path => path.endsWith('trip.ipvm'))!
/** Moves the first of two tests of one name, of which the second one is looked at. */
const secondTest = [
  { at: 0, line: '' as const },
  { at: 0.09090909090909091, copy: 0.9090909090909091 },
  { at: 0, line: '\n' as const },
  { at: 0, take: 0, put: 'a' },
]

const edgeFile = [...files.keys()].find(path => path.endsWith('edge.ipvm'))!
/** Writes a job several times, and one of them in another way. */
const ofOneName = [
  { at: 0, line: '' as const },
  ...[1, 2, 3, 4].map(() => ({ at: 0, copy: 0 })),
  { at: 0, line: '  let z = 1\n' as const },
  { at: 0.09117647058823529, word: 'A' },
]

/** Moves a job whose signature alone was looked at, and whose body is checked then. */
const checkedLater = [
  { at: 0, take: 0, put: 'let x = 1\n' },
  { at: 0, word: 'seen' },
  { at: 0, take: 105, put: '' },
  { at: 0, take: 3, put: '// c\n' },
  { at: 0, word: 'f18' },
  { at: 0, take: 0, put: '' },
]

test(
  'what is found after edits is what is found at once',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files.keys(), ...own, ...own),
        fc.array(fc.oneof(edit, word, line, copy), { minLength: 1, maxLength: 12 }),
        fc.boolean(),
        fc.array(fc.nat(5), { minLength: 1, maxLength: 12 }),
        async (path, edits, isRead, where) => {
          const host = new Files()
          const session = new Session(host, isRead ? undefined : 0)
          let lines = new Lines(files.get(path)!)
          if (isRead) await checkText(host, path, lines.text, session)
          let linked = await linkedProgram(host, path, lines, session)
          for (const [i, next] of edits.entries()) {
            // Some of the edits are in files that it imports.
            const imported = [...linked.program.files.keys()].filter(other => other !== path && files.has(other))
            const place = imported[where[i % where.length]!]
            if (place === undefined) lines = typed(lines, changed(lines.text, next))
            else host.open.set(place, changed(textOf(host, place), next))
            const { text } = lines
            linked = await linkedProgram(host, path, lines, session)
            // What is asked for before changes nothing of what is found.
            const { items } = linked.program.root.tree
            if (items.length > 0) linked.program.root.context.look(items[text.length % items.length]!)
            // Nor does it when nothing more is asked for before the next change.
            if (text.length % 3 === 0) continue
            const again = session.settle() ? await checkProgram(linked) : await checkText(host, path, text, session)
            const fresh = new Session(host)
            const once = await checkText(host, path, text, fresh)
            expect(told(again, session, path)).toEqual(told(once, fresh, path))
            // The trees are the session's own: what comes next may move them.
            expect(again.diagnostics).toEqual((await checkText(host, path, text)).diagnostics)
          }
        },
      ),
      {
        numRuns: Math.ceil(runs / 6),
        examples: [
          [pipeline, withoutType, true, [5]],
          [trip, secondTest, false, [0]],
          [edgeFile, ofOneName, false, [0]],
          [own[1]!, checkedLater, true, [5]],
          [own[0]!, typeOfSignature, false, [5]],
          [own[2]!, partOfType, false, [1]],
          [own[2]!, lostUnderAlias, false, [1, 0, 1]],
        ],
      },
    )
  },
  600_000 + 500 * runs,
)

const http = 'import { http, fs } from "ipvm:effects"\n'

/** A job of many lines, in the middle of which some stand. */
function long(middle: string, head = ''): string {
  const lines = (from: number): string =>
    Array.from({ length: 12 }, (_, i) => `  let a${from + i} = a${from + i - 1} + 1\n`).join('')
  return `${head}export job main(a0: u32 = 1) -> u32 {\n${lines(1)}${middle}${lines(13)}  a24\n}\n`
}

/** Texts one after the other; each is checked with what is known of the one before. */
const steps: [name: string, ...texts: string[]][] = [
  [
    'another type of a line that others use',
    long('  let b = a3\n  let c = b + 1\n'),
    long('  let b = "x"\n  let c = b + 1\n'),
  ],
  ['the same type, made anew', long('  let b = a3\n  let c = b + 1\n'), long('  let b = a4 * 2\n  let c = b + 1\n')],
  [
    'another constant of the file',
    long('  let b = a3 + edge\n', 'const edge: u32 = 1\n'),
    long('  let b = a3 + edge\n', 'const edge: string = "1"\n'),
  ],
  [
    'a constant that is gone, and comes again',
    long('  let b = a3 + edge\n', 'const edge: u32 = 1\n'),
    long('  let b = a3 + edge\n', 'const edges: u32 = 1\n'),
    long('  let b = a3 + edge\n', 'const edge: u32 = 1\n'),
  ],
  [
    'a literal that is too large where its name stands',
    long('  let wide = 300\n  let b: u8 = wide\n'),
    long('  let wide = 300\n  let b: u8 = wide\n').replace('a2 + 1', 'a2 + 2'),
  ],
  [
    'a number that is too large in its line',
    long('  let b: u8 = 300\n'),
    long('  let b: u8 = 300\n').replace('a2 + 1', 'a2 + 2'),
  ],
  [
    'what is told once, and then of another line',
    long('  nothing\n').replace('  let a6', '  let b = nothing\n  let a6'),
    long('  nothing\n'),
  ],
  [
    'a line above that binds the name of a line',
    long('  let b = a3\n  let c = b\n'),
    long('  let b = a3\n  let c = b\n').replace('  let a6', '  let b = a4\n  let a6'),
  ],
  [
    'numbers that nothing decides',
    long('  let b = 1 + 2\n  let c: u8 = b\n'),
    long('  let b = 1 + 2\n  let c: u16 = b\n'),
    long('  let b = 1 + 2\n  let c = b < 3\n'),
  ],
  [
    'what a line waits for',
    `import { fs } from "ipvm:effects"\n${long('  let w = do fs.write(path: "a", data: b"")\n  do fs.append(path: "b", data: b"") after w\n')}`,
    `import { fs } from "ipvm:effects"\n${long('  let w = 7 as u64\n  do fs.append(path: "b", data: b"") after w\n')}`,
  ],
  [
    'a literal that becomes too large',
    long('  let wide = 200\n  let b: u8 = wide\n'),
    long('  let wide = 300\n  let b: u8 = wide\n'),
  ],
  [
    'a type that a later line decides',
    long('  let none-yet = none\n  let b: option<u32> = none-yet\n'),
    long('  let none-yet = none\n  let b: option<string> = none-yet\n'),
  ],
  [
    'another signature of a job that a line calls',
    `${long('  let b = other(a3)\n')}\njob other(n: u32) -> u32 { n }\n`,
    `${long('  let b = other(a3)\n')}\njob other(n: string) -> u32 { len(n) as u32 }\n`,
  ],
  [
    'a job that a line calls and that comes to perform something',
    `import { http } from "ipvm:effects"\n${long('  let b = other(a3)\n')}\njob other(n: u32) -> u32 { n }\n`,
    `import { http } from "ipvm:effects"\n${long('  let b = other(a3)\n')}\njob other(n: u32) -> u32 { let x = http.get(url: "https://example.com")? n }\n`,
  ],
  [
    'a line that binds a name again',
    long('  let b = a3\n  let c = b\n'),
    long('  let b = a3\n  let b = a4\n  let c = b\n'),
    long('  let b = a3\n  let c = b\n'),
  ],
  [
    'a parameter with the name of a line',
    long('  let b = a3\n').replace('a0: u32 = 1', 'a0: u32 = 1, b: string = "x"'),
    long('  let b = a3\n').replace('a0: u32 = 1', 'a0: u32 = 1, b: string = "x"').replace('a15 + 1', 'a15 + b'),
  ],
  [
    'another name of a parameter that lines use, beside a bracket that is not closed',
    long('').replace('a4 + 1', '(a4 + 1'),
    long('').replace('a4 + 1', '(a4 + 1').replace('main(a0', 'main(b0'),
    long('').replace('main(a0', 'main(b0'),
    long(''),
  ],
  ['another name of a parameter that lines use', long(''), long('').replace('main(a0', 'main(b0'), long('')],
  [
    'a line that is gone whose name another one uses',
    long('  let b = a3\n').replace('a15 + 1', 'a15 + b'),
    long('').replace('a15 + 1', 'a15 + b'),
    long('  let b = a3\n').replace('a15 + 1', 'a15 + b'),
  ],
  [
    'a line that is gone, and none beside it is another one',
    `const b: string = "x"\n${long('  let b = a3\n\n').replace('a15 + 1', 'a15 + b')}`,
    `const b: string = "x"\n${long('\n').replace('a15 + 1', 'a15 + b')}`,
  ],
  [
    'a name that comes to stand for a line',
    `const b: u32 = 3\n${long('').replace('a15 + 1', 'a15 + b')}`,
    `const b: u32 = 3\n${long('  let b = "x"\n').replace('a15 + 1', 'a15 + b')}`,
  ],
  [
    'a line that takes the name of one below it',
    long('  let q = a3\n  let c = a4\n  let d = c\n'),
    long('  let c = a3\n  let c = a4\n  let d = c\n'),
    long('  let q = a3\n  let c = a4\n  let d = c\n'),
  ],
  [
    'an index below a line, and none',
    long('  let b = [a3]\n').replace('a15 + 1', 'a15 + b[0]'),
    long('  let b = [a3]\n  [0]\n').replace('a15 + 1', 'a15 + b[0]'),
    long('  let b = [a3]\n  [1]\n').replace('a15 + 1', 'a15 + b[0]'),
    long('  let b = [a3]\n').replace('a15 + 1', 'a15 + b[0]'),
  ],
  [
    'an index below a line that another one takes as it is',
    long('  let b = [a3]\n  [0]\n').replace('let a16 = a15 + 1', 'let a16: u32 = b'),
    long('  let b = [a3]\n').replace('let a16 = a15 + 1', 'let a16: u32 = b'),
    long('  let b = [a3]\n  [0]\n').replace('let a16 = a15 + 1', 'let a16: u32 = b'),
  ],
  [
    'a block that binds a name of a line above',
    long('  let b = for x in [a3] {\n    let y = x\n    y\n  }\n'),
    long('  let b = for x in [a3] {\n    let a2 = x\n    a2\n  }\n'),
  ],
  ['a name that is near to one of a line above', long('  let b = a3\n'), long('  let b = a3x\n')],
  [
    'the first of two lines that a name is as near to',
    long('  let near-a = a3\n  let near-b = a3\n  let c = near-x\n'),
    long('  let near-a = a3 + 1\n  let near-b = a3\n  let c = near-x\n'),
    long('  let near-a = a3\n  let near-b = a3 + 1\n  let c = near-x\n'),
  ],
  [
    'a constant that a line alone names which is looked at each time',
    `import { http } from "ipvm:effects"\nconst page: string = "x"\n${long('  let b = http.get(url: page)?\n')}`,
    `import { http } from "ipvm:effects"\nconst page: u32 = 1\n${long('  let b = http.get(url: page)?\n')}`,
  ],
  [
    'a name that is bound by a line, and by a loop in it then',
    `import { fs } from "ipvm:effects"\n${long('  let w = do fs.write(path: "a", data: b"")\n  do fs.append(path: "b", data: b"") after w\n')}`,
    `import { fs } from "ipvm:effects"\n${long('  let w = for w in [a3] {\n    do fs.append(path: "b", data: b"") after w\n  }\n')}`,
  ],
  [
    'a name that is bound by a line, and by a parameter then',
    `import { fs } from "ipvm:effects"\n${long('  let w = do fs.write(path: "a", data: b"")\n  do fs.append(path: "b", data: b"") after w\n')}`,
    `import { fs } from "ipvm:effects"\n${long('  do fs.append(path: "b", data: b"") after w\n').replace('main(', 'main(w: u8, ')}`,
  ],
  [
    'a name that a line below binds',
    long('  let b = a3\n  let c = a4\n'),
    long('  let b = c\n  let c = a4\n'),
    long('  let c = a4\n  let b = c\n'),
  ],
  [
    'a change beside what a line binds and does not use',
    long('  let b = for x in [a3] {\n    let y = x\n    x\n  }\n'),
    long('  let b = for x in [a3] {\n    let y = x\n    x\n  }\n').replace('a2 + 1', 'a2 + 2'),
  ],
  [
    'a change beside a condition that is written out',
    long('  let b = if true { a3 } else { a4 }\n'),
    long('  let b = if true { a3 } else { a4 }\n').replace('a2 + 1', 'a2 + 2'),
  ],
  [
    'a line above that binds a name which a line binds within',
    long('  let b = for x in [a3] {\n    x\n  }\n'),
    long('  let b = for x in [a3] {\n    x\n  }\n').replace('  let a6', '  let x = a4\n  let a6'),
  ],
  [
    'a line that uses another name',
    long('  let b = a3\n  let c = b\n'),
    long('  let b = a3\n  let c = a3\n'),
    long('  let b = a3\n  let c = b\n'),
  ],
  [
    'a parameter of another type',
    long('  let b = a0 + 1\n'),
    long('  let b = a0 + 1\n').replace('a0: u32 = 1', 'a0: string = "1"'),
  ],
]

/** Jobs whose results only their bodies tell, and one that they call. */
function open(first: string, other = 'n: u32'): string {
  return `job other(${other}) -> u32 { 1 }\njob first() { ${first} }\njob second() { first() }\nexport job main() -> u32 { second() }\n`
}

/** As {@link steps}, of definitions and of jobs whose results only their bodies tell. */
const definitions: typeof steps = [
  [
    'a job that comes to call itself over another one, and does not again',
    open('other(1)'),
    open('second()'),
    open('second() + other(1)'),
    open('other(2)'),
  ],
  [
    'another signature of what jobs call that call each other',
    open('second() + other(1)'),
    open('second() + other(1)', 'n: string'),
    open('second() + other(1)'),
  ],
  [
    'another number in a job that calls itself over another one',
    open('let s = second() s + 1'),
    open('let s = second() s + 2'),
    open('let s = second() [s]'),
    open('let s = second() { a: s }'),
    open('second()'),
    open('[second()]'),
  ],
  [
    'a change beside constants that are made of each other',
    'const a = b\nconst b = a\nexport job main() -> u32 { 1 }\n',
    'const a = b\nconst b = a\nexport job main() -> u32 { 2 }\n',
    'const a = 1\nconst b = a\nexport job main() -> u32 { 2 }\n',
    'const a = b\nconst b = a\nexport job main() -> u32 { 2 }\n',
    'const a = b\nconst b = a\nexport job main() -> u32 { 3 }\n',
  ],
  [
    'another type of what a constant is made of that is stated of a component',
    'import m from "./m.wasm" { f: func(a: T) -> T }\ntype S = u8\ntype T = list<S>\nconst c: T = []\nexport job main() -> T { m.f(c) }\n',
    'import m from "./m.wasm" { f: func(a: T) -> T }\ntype S = u16\ntype T = list<S>\nconst c: T = []\nexport job main() -> T { m.f(c) }\n',
  ],
  [
    'a type that is unknown, beside one that others are made of',
    'type A = B\ntype C = list<A>\nexport job main(c: C) -> u32 { 1 }\n',
    'type A = B\ntype C = list<A>\nexport job main(c: C) -> u32 { 2 }\n',
    'type A = u8\ntype C = list<A>\nexport job main(c: C) -> u32 { 2 }\n',
  ],
  [
    'another type of what a job results in, in which something is wrong and which others call',
    'type R = record { a: u8 }\nexport job main(b: Gone) -> R { { a: 1 } }\njob other() -> bool { main(1) == { a: 1 } }\n',
    'type R = record { c: u8 }\nexport job main(b: Gone) -> R { { a: 1 } }\njob other() -> bool { main(1) == { a: 1 } }\n',
  ],
]

/** Lines that use nothing, so that a body is a long one. */
const filling = Array.from({ length: 15 }, (_, i) => `  let _b${i} = true\n`).join('')
const doubled = (type: string): string =>
  `export job f(s: ${type}) -> bool {\n  let l = s + s\n${filling}  l == l\n}\ntest "t" { assert f(1) }\n`
const chained = (names: string[]): string =>
  `job f(n: u32) -> u32 {\n${names.map((name, i) => `  let ${name} = ${names[i - 1] ?? 'n'}\n`).join('')}  ${names.at(-1)}\n}\n`
const chain = Array.from({ length: 16 }, (_, i) => `a${i}`)
const field = `job make(n: u32) -> record { x: u32 } { { x: n } }\njob main(n: u32) -> u32 {\n  let r = make(n)\n  let q = r.x\n${filling}  q\n}\n`

const bodies: typeof steps = [
  ['a parameter of another type in a long body of which others know', doubled('u32'), doubled('u64')],
  ['a parameter of a wrong type in a long body of which others know', doubled('u32'), doubled('string')],
  ['a body with one line less than a long one has', chained(chain), chained(chain.filter(name => name !== 'a8'))],
  [
    'such a body, beside a bracket that is not closed',
    chained(chain),
    `job g( {\n${chained(chain.filter(name => name !== 'a8'))}`,
    chained(chain.filter(name => name !== 'a8')),
  ],
  ['a line above a type that a line has by what another job results in', field, `\n${field}`],
]

test('what calls a job that is made of itself is found to be the same, whatever was asked before', async () => {
  const text = 'export job rec(n: u32) {\n  let q = rec(n)\n  q\n}\njob f(z: u32) -> u32 { rec(z) }\n'
  const [host, path] = [new Files(), '/nowhere/main.ipvm']
  const session = new Session(host)
  const linked = await linkedProgram(host, path, new Lines(text), session)
  const { context, tree } = linked.program.root
  for (const item of tree.items.toReversed()) context.look(item)
  session.settle()
  const again = await checkProgram(linked)
  const fresh = new Session(host)
  const once = await checkText(host, path, text, fresh)
  expect(told(again, session, path)).toEqual(told(once, fresh, path))
})

test.each([...steps, ...definitions, ...bodies])(
  'what is found after %s is what is found at once',
  async (_, ...texts) => {
    const host = new Files()
    const session = new Session(host)
    const path = '/nowhere/main.ipvm'
    for (const text of texts) {
      const again = await checkText(host, path, text, session)
      const fresh = new Session(host)
      const once = await checkText(host, path, text, fresh)
      expect(told(again, session, path)).toEqual(told(once, fresh, path))
    }
  },
)

test.each([
  ['a name that is unknown', '  let b = nothing\n'],
  ['a number that is too large', '  let b: u8 = 300\n'],
  ['a number that is too large where it is used', '  let wide = 300\n  let b: u8 = wide\n'],
  ['a number that is decided elsewhere', '  let wide = 300\n  let b = wide + 1\n  let c: u8 = wide\n'],
  ['a job that performs nothing', '  other(a3)\n'],
  ['a job that calls this one', '  let b = round(a3)\n'],
  ['what a command drops', '  do fs.write(path: "a", data: b"")\n'],
])('%s stands where it stands, though its job was looked at before', async (_, middle) => {
  const host = new Files()
  const session = new Session(host)
  const path = '/nowhere/main.ipvm'
  const others = '\njob other(n: u32) -> u32 { n }\njob round(n: u32) -> u32 { main(n) }\n'
  const texts = [1, 1_000_000, 10].map(n => `${http}${long(middle).replace('a2 + 1', `a2 + ${n}`)}${others}`)
  for (const text of texts) {
    const linked = await linkedProgram(host, path, new Lines(text), session)
    const { context, tree } = linked.program.root
    context.look(tree.items.find(({ kind }) => kind === 'Job')!)
    session.settle()
    const again = await checkProgram(linked)
    expect(again.diagnostics.length).toBeGreaterThan(0)
    expect(again.diagnostics).toEqual((await checkText(host, path, text)).diagnostics)
  }
})

/** Files one after the other; `main.ipvm` is checked with what is known of the time before. */
const programs: [name: string, ...steps: { main: string; shared?: string }[]][] = [
  [
    'another type in a file that is imported',
    {
      main: 'import { Size } from "./shared.ipvm"\nexport job main(n: u32) -> Size { n }\n',
      shared: 'export type Size = u32\n',
    },
    {
      main: 'import { Size } from "./shared.ipvm"\nexport job main(n: u32) -> Size { n }\n',
      shared: 'export type Size = string\n',
    },
  ],
  [
    'another type in a file that is imported, and a longer line above a default of it',
    {
      main: 'import { Size } from "./shared.ipvm"\njob a(n: u32) -> u32 { n }\njob last(n: Size = 7) { n }\nexport job main() -> u32 { a(1) }\n',
      shared: 'export type Size = u32\n',
    },
    {
      main: 'import { Size } from "./shared.ipvm"\njob a(n: u32) -> u32 { n + 1000000 }\njob last(n: Size = 7) { n }\nexport job main() -> u32 { a(1) }\n',
      shared: 'export type Size = string\n',
    },
  ],
  [
    'something more that a job of another file performs',
    {
      main: 'import { get } from "./shared.ipvm"\nimport { http } from "ipvm:effects"\nexport job main() -> u64 uses http.get { get() }\n',
      shared: `${http}export job get() -> u64 uses http.get { let a = http.get(url: "https://a.b")?\n  len(a.body) }\n`,
    },
    {
      main: 'import { get } from "./shared.ipvm"\nimport { http } from "ipvm:effects"\nexport job main() -> u64 uses http.get { get() }\n',
      shared: `${http}export job get() -> u64 uses http.get, fs.read { let a = http.get(url: "https://a.b")?\n  len(a.body) + len(fs.read(path: "a")?) }\n`,
    },
  ],
  [
    'an import that was misspelt and is not any more',
    {
      main: 'import { edg } from "./shared.ipvm"\nexport job main() -> u32 { edge }\n',
      shared: 'export const edge: u32 = 1\n',
    },
    {
      main: 'import { edg } from "./shared.ipvm"\nexport job main() -> u32 { edge }\n',
      shared: 'export const edg: u32 = 1\n',
    },
  ],
  [
    'a change beside jobs whose results are made of each other',
    { main: 'job a(n: u32) { b(n) }\njob b(n: u32) { a(n) }\nexport job main(n: u32) -> u32 { n }\n' },
    { main: 'job a(n: u32) { b(n) }\njob b(n: u32) { a(n) }\nexport job main(n: u32) -> u32 { n + 1 }\n' },
  ],
  [
    'a job that comes to call itself',
    { main: 'job a(n: u32) -> u32 { n }\nexport job main(n: u32) -> u32 { n }\n' },
    { main: 'job a(n: u32) -> u32 { a(n) }\nexport job main(n: u32) -> u32 { n }\n' },
  ],
  [
    'a job that is put right, whose caller says too much',
    { main: `${http}job a(n: u32) -> u32 { n + "x" }\nexport job main(n: u32) -> u32 uses http.get { a(n) }\n` },
    { main: `${http}job a(n: u32) -> u32 { n + 1 }\nexport job main(n: u32) -> u32 uses http.get { a(n) }\n` },
  ],
  [
    'a change above a job that has to be looked at again',
    { main: 'job a(n: u32) -> u32 { n }\njob last(n: u8 = 300) { a(7) }\nexport job main() -> u32 { last() }\n' },
    {
      main: 'job a(n: u32) -> string { "a longer text" }\njob last(n: u8 = 300) { a(7) }\nexport job main() -> u32 { last() }\n',
    },
  ],
  [
    'a job that performs something where it did not, and whose callers do',
    { main: `${http}job a() -> u64 { 1 }\njob b() -> u64 { a() }\nexport job main() -> u64 { b() }\n` },
    {
      main: `${http}job a() -> u64 { len(fs.read(path: "a")?) }\njob b() -> u64 { a() }\nexport job main() -> u64 { b() }\n`,
    },
    { main: `${http}job a() -> u64 { 1 }\njob b() -> u64 { a() }\nexport job main() -> u64 { b() }\n` },
  ],
]

const area = 'export job area(size: u8, times: u8 = 1) -> u8 { size + times }\n'
const made = 'type A = record { width: u32 }\nexport job make() -> A { { width: 1 } }\n'
const uses = 'import { make } from "./shared.ipvm"\nexport job main() -> u32 { make().width }\n'

/** Programs in which something stands elsewhere and is what it was. */
const moved: typeof programs = [
  ['a comment above a type of what is imported', { main: uses, shared: made }, { main: uses, shared: `// A\n${made}` }],
  [
    'a comment above a type in the type of a constant that is imported',
    {
      main: 'import { made } from "./shared.ipvm"\nexport job main() -> u32 { made[0].width }\n',
      shared: 'type A = record { width: u32 }\ntype L = list<A>\nconst made: L = [{ width: 1 }]\n',
    },
    {
      main: 'import { made } from "./shared.ipvm"\nexport job main() -> u32 { made[0].width }\n',
      shared: '// A\ntype A = record { width: u32 }\ntype L = list<A>\nconst made: L = [{ width: 1 }]\n',
    },
  ],
  [
    'a job of another name that is imported by the same one',
    {
      main: 'import { area as s } from "./shared.ipvm"\nexport job main() -> u8 { s(1, times: 2) }\n',
      shared: `${area}${area.replace('area', 'zone')}`,
    },
    {
      main: 'import { zone as s } from "./shared.ipvm"\nexport job main() -> u8 { s(1, times: 2) }\n',
      shared: `${area}${area.replace('area', 'zone')}`,
    },
  ],
  [
    'a job of the file in the place of one that was imported',
    { main: `import { area } from "./shared.ipvm"\nexport job main() -> u8 { area(1, times: 2) }\n`, shared: area },
    { main: `${area}export job main() -> u8 { area(1, times: 2) }\n` },
  ],
]

test.each([...programs, ...moved])(
  'in a program, what is found after %s is what is found at once',
  async (_, ...versions) => {
    const host = new Files()
    const session = new Session(host)
    const [path, shared] = ['/nowhere/main.ipvm', '/nowhere/shared.ipvm']
    for (const version of versions) {
      if (version.shared !== undefined) host.open.set(shared, version.shared)
      const again = await checkText(host, path, version.main, session)
      const fresh = new Session(host)
      const once = await checkText(host, path, version.main, fresh)
      expect(told(again, session, path)).toEqual(told(once, fresh, path))
    }
  },
)
