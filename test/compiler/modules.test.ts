import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { createHost } from '../../cli/host.ts'
import { builtIns } from '../../compiler/builtin/index.ts'
import { checkFile } from '../../compiler/check.ts'
import { compile } from '../../compiler/compile.ts'
import { Program } from '../../compiler/modules.ts'
import { format } from '../../grammar/format.ts'
import { parse } from '../../grammar/parse.ts'
import { compiled, compileText, helloWasm, memoryHost, rendered } from '../harness/host.ts'
import { Lines } from '../../grammar/source.ts'

type Files = Record<string, string | Uint8Array>

const shapes = `type Size = record { width: u32, height: u32 }

const edge: u32 = 256

export job square(edge: u32) -> Size { { width: edge, height: edge } }

job half(edge: u32) -> u32 { edge }
`

const codes = async (text: string, files: Files = {}): Promise<string[]> =>
  (await rendered(text, files)).match(/\[IPVM\d+\]/g) ?? []

const cidOf = async (text: string, files: Files = {}): Promise<string> =>
  (await compiled(text, {}, files)).job.toString()

describe('names of other files', () => {
  test('types, constants and exported jobs are used as those of the own file', async () => {
    const text = `import { square, Size, edge as side } from "./shapes.ipvm"

export job main(at: u32 = side) -> Size { square(at) }
`
    expect(await rendered(text, { 'shapes.ipvm': shapes })).toBe('no errors')
  })

  test('a file needs no job of its own', async () => {
    for (const text of ['type A = u8\n', 'const a = 1\n', 'effect e("e:") { query q() -> u8 }\n']) {
      const checked = await checkFile(memoryHost({ 'main.ipvm': text }), 'main.ipvm')
      expect(checked.diagnostics).toEqual([])
    }
  })

  test('an empty file is told when it is asked for', async () => {
    const checked = await checkFile(memoryHost({ 'main.ipvm': '// nothing\n' }), 'main.ipvm')
    expect(checked.diagnostics.map(({ name }) => name)).toEqual(['EmptyFile'])
  })

  test('a file that many import is one module, whatever its path is called', async () => {
    const files = {
      'lib/left.ipvm': 'import { Size } from "../shapes.ipvm"\n\nexport job left(s: Size) -> u32 { s.width }\n',
      'lib/right.ipvm':
        'import { Size } from "./.././lib/../shapes.ipvm"\n\nexport job right(s: Size) -> u32 { s.height }\n',
      'shapes.ipvm': shapes,
    }
    const text = `import { left } from "./lib/left.ipvm"
import { right } from "lib/right.ipvm"
import { square } from "./lib/../shapes.ipvm"

export job main() -> tuple<u32, u32> { (left(square(1)), right(square(2))) }
`
    expect(await rendered(text, files)).toBe('no errors')
    const program = new Program(memoryHost({ 'main.ipvm': text, ...files }), 'main.ipvm', new Lines(text))
    expect([...program.files.values()].map(({ file }) => file)).toEqual([
      'main.ipvm',
      'lib/left.ipvm',
      'lib/right.ipvm',
      'shapes.ipvm',
    ])
    const order = program.ordered().map(({ file }) => file)
    expect(order.at(-1)).toBe('main.ipvm')
    expect(order.indexOf('shapes.ipvm')).toBeLessThan(order.indexOf('lib/left.ipvm'))
  })

  test('paths are shown as the file was that was asked for', async () => {
    const files = {
      'a/main.ipvm': 'import { f } from "../b/x.ipvm"\n\nexport job main() -> u8 { f() }\n',
      'b/x.ipvm': 'job f() -> u8 { true }\n',
    }
    const shown = async (file: string) =>
      (await checkFile(memoryHost(files), file)).diagnostics.map(({ span }) => span.file)
    expect(await shown('a/main.ipvm')).toEqual(['a/main.ipvm', 'b/x.ipvm'])
    expect(await shown('/project/a/main.ipvm')).toEqual(['/project/a/main.ipvm', '/project/b/x.ipvm'])
  })
})

describe('what is wrong with an import, once', () => {
  const files: Files = {
    'shapes.ipvm': shapes,
    'through.ipvm':
      'import { Size } from "./shapes.ipvm"\nimport hello from "./hello.wasm"\n\ntype Twice = tuple<Size, Size>\n',
    'folder.ipvm/x': '',
    'latin.ipvm': Uint8Array.of(0x74, 0xe9),
    'syntax.ipvm': 'type Size = record { width u32 }\n\nexport job square(edge u32) -> Size { edge }\n',
    'body.ipvm': 'export job square(edge: u32) -> u32 {\n  let a = (edge\n  a\n}\n',
    'types.ipvm': 'type Size = record { width: Foo }\n\nexport job square(edge: u32) -> Size { { width: edge } }\n',
    'notes.txt': 'hello',
  }
  const main = (line: string, body = '1') => `${line}\n\nexport job main() -> u32 { ${body} }\n`

  test.each([
    ['a misspelt name', 'import { sqare } from "./shapes.ipvm"', 'square(edge: 1).width', 'IPVM2031'],
    ['an unknown name', 'import { circle } from "./shapes.ipvm"', 'circle(1)', 'IPVM2031'],
    ['a job that is not exported', 'import { half } from "./shapes.ipvm"', 'half(2)', 'IPVM2032'],
    ['a name that is only imported there', 'import { Size } from "./through.ipvm"', '1', 'IPVM2037'],
    ['a component that is imported there', 'import { hello } from "./through.ipvm"', 'hello.greet(1)', 'IPVM2037'],
    ['the file itself', 'import { main as again } from "./main.ipvm"', '1', 'IPVM2034'],
    ['a name twice', 'import { edge } from "./shapes.ipvm"\nimport { edge } from "./shapes.ipvm"', 'edge', 'IPVM2039'],
    ['two things of one name', 'import { edge } from "./shapes.ipvm"\nconst edge: u32 = 1', 'edge', 'IPVM2003'],
    ['a file that is not there', 'import { square } from "./shape.ipvm"', 'square(1).width', 'IPVM4001'],
    ['a path without its ending', 'import { edge } from "./shapes"', 'edge', 'IPVM4001'],
    ['a misspelt ending', 'import { edge } from "./shapes.ipmv"', 'edge', 'IPVM4001'],
    ['a folder that is not there', 'import { edge } from "./lib/shapes.ipvm"', 'edge', 'IPVM4001'],
    ['a folder', 'import { edge } from "./folder.ipvm"', 'edge', 'IPVM4002'],
    ['an absolute path', 'import { edge } from "/project/shapes.ipvm"', 'edge', 'IPVM4002'],
    ['a file outside', 'import { edge } from "../other/shapes.ipvm"', 'edge', 'IPVM2040'],
    ['another kind of file', 'import { edge } from "./notes.txt"', 'edge', 'IPVM4007'],
    ['a URL', 'import { edge } from "https://a.example/shapes.ipvm"', 'edge', 'IPVM4007'],
    ['names of a component', 'import { greet } from "./hello.wasm"', 'greet(1)', 'IPVM2036'],
    [
      'names by content',
      'import { f } from "ipfs://bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"',
      'f()',
      'IPVM2036',
    ],
    ['a file as a whole', 'import shapes from "./shapes.ipvm"', 'shapes.half(2)', 'IPVM2035'],
    ['a file as a whole that is not there', 'import shapes from "./shape.ipvm"', 'shapes.half(2)', 'IPVM4001'],
    ['the effects as a whole', 'import effects from "ipvm:effects"', 'effects.time.now()', 'IPVM2035'],
    ['another module of the language', 'import { time } from "ipvm:effect"', '1', 'IPVM2038'],
    ['an effect that there is not', 'import { htp } from "ipvm:effects"', '1', 'IPVM2031'],
    ['a file that is not UTF-8', 'import { edge } from "./latin.ipvm"', 'edge', 'IPVM0001'],
    ['a type with a mistake', 'import { square } from "./types.ipvm"', 'square(1).width', 'IPVM2002'],
  ])('%s', async (_, line, body, code) => {
    const text = main(line, body)
    expect(await codes(text, files)).toEqual([`[${code}]`])
    expect(await rendered(text, files)).toMatchSnapshot()
  })

  test('a mistake of syntax in a file that is imported is told there and nowhere else', async () => {
    for (const file of ['syntax', 'body']) {
      const found = await rendered(main(`import { square } from "./${file}.ipvm"`, 'square(1)'), files)
      expect(found).toMatch(/^error\[IPVM1\d+\]/)
      expect(found).toContain(`--> ${file}.ipvm:`)
      if (file === 'syntax') expect(found.match(/error/g)).toHaveLength(2)
    }
  })

  test('what does not depend on the mistake of another file is told beside it', async () => {
    const found = await rendered(main('import { Size } from "./syntax.ipvm"', 'true'), files)
    expect(found).toContain('--> main.ipvm:3')
    expect(found).toContain('--> syntax.ipvm:1')
  })

  test.each([
    ['a type', 'import { Siz } from "./shapes.ipvm"\ntype P = Siz', '(f(1), f("a"))'],
    ['a type of a file with a mistake', 'import { Size as P } from "./syntax.ipvm"', '(f(1), f("a"))'],
    ['a constant', 'import { edg } from "./shapes.ipvm"\ntype P = u8', '(f(edg), g(edg))'],
    ['a part of a component', 'import hello from "./helo.wasm"\ntype P = u8', '(f(hello.greet(1)), g(hello.greet()))'],
    ['a job', 'import { squar } from "./shapes.ipvm"\ntype P = u8', '(f(squar().a), g(squar(1)))'],
  ])('%s that is lost fits everywhere', async (_, line, body) => {
    const text = `${line}\njob f(p: P) -> u8 { 1 }\njob g(p: string) -> u8 { 1 }\nexport job main() -> tuple<u8, u8> { ${body} }\n`
    // The file with mistakes of syntax has two.
    expect(await codes(text, files)).toHaveLength(line.includes('syntax') ? 2 : 1)
  })

  test('a number of another file that does not fit is told where it is used', async () => {
    const text = 'import { big } from "./big.ipvm"\n\nexport job main() -> u8 { big }\n'
    expect(await rendered(text, { 'big.ipvm': '// a number\nconst big = 300\n' })).toMatchSnapshot()
  })
})

describe('files that import each other', () => {
  test('are told with the path, once', async () => {
    const files = {
      'b.ipvm': 'import { c } from "./c.ipvm"\n\nexport job b() -> u8 { c() }\n',
      'c.ipvm': 'import { a } from "./a.ipvm"\nimport { b } from "./b.ipvm"\n\nexport job c() -> u8 { a() }\n',
      'a.ipvm': 'import { b } from "./b.ipvm"\n\ntype A = u8\n\nexport job a() -> u8 { b() }\n',
    }
    const found = await rendered('import { a } from "./a.ipvm"\n\nexport job main() -> u8 { a() }\n', files)
    expect(found.match(/error\[/g)).toHaveLength(1)
    expect(found).toMatchSnapshot()
  })

  test('a circle of types and constants has an end', async () => {
    const files = { 'b.ipvm': 'import { A, a } from "./main.ipvm"\n\ntype B = A\n\nconst b: B = a\n' }
    const text = 'import { B, b } from "./b.ipvm"\n\ntype A = B\n\nconst a: A = b\n'
    expect(await codes(text, files)).toEqual(['[IPVM2033]'])
  })

  test('many circles are many mistakes only where they have no file in common', async () => {
    const names = ['a', 'b', 'c', 'd', 'e']
    const all = names.map(name => `import { ${name} } from "./${name}.ipvm"\n`)
    const files = Object.fromEntries(
      names.map((name, i) => [
        `${name}.ipvm`,
        `${all.filter((_, j) => j !== i).join('')}\nexport job ${name}() -> u8 { 1 }\n`,
      ]),
    )
    expect(await codes(`${all.join('')}\nexport job main() -> u8 { a() }\n`, files)).toEqual(['[IPVM2033]'])
  })
})

describe('how a program is divided into files changes nothing', () => {
  const whole = `import hello from "./hello.wasm"

config { time: 5s }

type Guest = record { name: string, times: u8 }

const polite = "dear "

const few = 2

job salute(guest: Guest, title: string = polite) -> tuple<string, string> {
  (hello.greet(title), hello.greet(guest.name) with { gas: 9 })
}

export job main(name: string) -> tuple<string, string> { salute({ name: name, times: few }) }
`
  const guest = 'type Guest = record { name: string, times: u8 }\n'
  const salute = `import hello from "./hello.wasm"
import { Guest } from "./GUEST"
import { polite as kind } from "./POLITE"

config { time: 5s }

export job salute(guest: Guest, title: string = kind) -> tuple<string, string> {
  (hello.greet(title), hello.greet(guest.name) with { gas: 9 })
}
`
  const main = `import { salute as welcome } from "./SALUTE"
import { few } from "./POLITE"

export job main(name: string) -> tuple<string, string> { welcome({ name: name, times: few }) }
`
  const divide = (names: Record<string, string>) => {
    const fill = (text: string) => text.replace(/GUEST|POLITE|SALUTE/g, key => names[key]!)
    return [
      fill(main),
      {
        [names['GUEST']!]: guest,
        [names['POLITE']!]: 'const few = 2\n\nconst polite = "dear "\n',
        [names['SALUTE']!]: fill(salute),
      },
    ] as const
  }

  test('one file, four files, and four files of other names are one job', async () => {
    const cid = await cidOf(whole)
    const [text, files] = divide({ GUEST: 'guest.ipvm', POLITE: 'polite.ipvm', SALUTE: 'salute.ipvm' })
    expect(await cidOf(text, files)).toBe(cid)
    const [again, others] = divide({ GUEST: 'zz.ipvm', POLITE: 'a.ipvm', SALUTE: 'm.ipvm' })
    expect(await cidOf(again, others)).toBe(cid)
    // The test can fail: another literal is another job.
    expect(await cidOf(text, { ...files, 'polite.ipvm': 'const few = 2\n\nconst polite = "DEAR "\n' })).not.toBe(cid)
  })

  test('the limits of a file are those of the calls in it', async () => {
    const [text, files] = divide({ GUEST: 'g.ipvm', POLITE: 'p.ipvm', SALUTE: 's.ipvm' })
    const cid = await cidOf(text, files)
    expect(await cidOf(`config { time: 1s }\n\n${text}`, files)).toBe(cid)
    expect(await cidOf(text, { ...files, 's.ipvm': String(files['s.ipvm']).replace('5s', '1s') })).not.toBe(cid)
  })
})

describe('many files', () => {
  test('a chain of 2,000 files keeps no stack', async () => {
    const files: Files = {}
    for (let i = 0; i < 2_000; i++)
      files[`f${i}.ipvm`] =
        i === 0
          ? 'type T = u8\n\nconst c: T = 1\n\nexport job f() -> T { c }\n'
          : `import { T as U, c as d, f as g } from "./f${i - 1}.ipvm"\n\ntype T = U\n\nconst c: T = d\n\nexport job f() -> T { g() }\n`
    const text = 'import { f, c, T } from "./f1999.ipvm"\n\nexport job main(x: T = c) -> tuple<T, u8> { (x, f()) }\n'
    expect(await rendered(text, files)).toBe('no errors')
    // The last one closes a circle.
    files['f0.ipvm'] = `import { f as g } from "./f1999.ipvm"\n\n${String(files['f0.ipvm'])}`
    const found = await rendered(text, files)
    expect(found.match(/error\[/g)).toEqual(['error['])
    expect(found.length).toBeLessThan(5_000)
  })
})

describe('ipvm:effects', () => {
  const text = builtIns.get('ipvm:effects')!

  test('is a module like any other, without a mistake', async () => {
    const checked = await checkFile(memoryHost({ 'effects.ipvm': text }), 'effects.ipvm')
    expect(checked.diagnostics).toEqual([])
  })

  test('is written as the formatter writes it', async () => {
    expect(await format(text, 'ipvm:effects')).toEqual({ ok: true, text })
  })

  test('documents every effect, operation and parameter', () => {
    const { module } = parse(text, 'ipvm:effects')
    const effects = module.items.filter(item => item.kind === 'EffectDeclaration')
    expect(effects.map(({ name, scheme }) => `${name.text} ${scheme.value}`)).toEqual([
      'http https:',
      'fs file:',
      'time time:',
      'random random:',
      'dns dns:',
      'secret secret:',
      'log log:',
      'job ipvm:',
    ])
    for (const effect of effects) {
      expect(effect.docs, effect.name.text).toBeTruthy()
      for (const { name, docs, params } of effect.operations) {
        expect(docs, name.text).toBeTruthy()
        for (const param of params) expect(docs, name.text).toContain(`\`${param.name.text}\`:`)
      }
    }
  })

  test('gives effects and types', async () => {
    const job = `import { http, Response as Answer } from "ipvm:effects"

job status(answer: Answer) -> u16 { answer.status }

export job main(url: string) -> u16 uses http.get { status(http.get(url)?) }
`
    expect(await rendered(job)).toBe('no errors')
  })

  test('knows the operations of each effect, with their defaults', async () => {
    const program = new Program(memoryHost({}), 'main.ipvm', new Lines('import { http } from "ipvm:effects"\n'))
    for (const source of program.ordered()) await program.link(source)
    const http = program.root.context.scope.get('http')
    if (http?.kind !== 'effect') throw new Error('no effect')
    const put = program.root.context.effectOf(http, 'put')!
    expect(put).toMatchObject({ op: 'http/put', scheme: 'https:', operation: 'idempotent command' })
    expect(put.params.map(({ binding, default: value }) => [binding.name, value !== undefined])).toEqual([
      ['url', false],
      ['body', false],
      ['headers', true],
    ])
    expect(program.root.context.effectOf(http, 'put')).toBe(put)
    expect(program.root.context.effectOf(http, 'push')).toBeUndefined()
  })
})

describe('declarations of effects', () => {
  const use = 'export job main() -> u8 { 1 }\n'

  test.each([
    ['a scheme without its colon', 'effect mail("mailto") { query q() -> u8 }', 'IPVM5020'],
    ['a scheme in capitals', 'effect mail("MAILTO:") { query q() -> u8 }', 'IPVM5020'],
    ['a scheme with more behind it', 'effect web("https://a.example") { query q() -> u8 }', 'IPVM5020'],
    ['no scheme', 'effect mail("") { query q() -> u8 }', 'IPVM5020'],
    ['an operation twice', 'effect mail("mailto:") { query q() -> u8\n  command q() -> u8 }', 'IPVM2003'],
    ['a parameter twice', 'effect mail("mailto:") { query q(a: u8, a: u8) -> u8 }', 'IPVM2003'],
    [
      'a default that is no constant',
      'effect mail("mailto:") { query q(a: u8 = one()) -> u8 }\njob one() -> u8 { 1 }',
      'IPVM3010',
    ],
    ['a default of another type', 'effect mail("mailto:") { query q(a: u8 = 256) -> u8 }', 'IPVM3002'],
    ['an unknown type', 'effect mail("mailto:") { query q() -> Box }', 'IPVM2002'],
    ['no operation', 'effect mail("mailto:") { }', 'IPVM5021'],
    ['a name that is taken', 'type mail = u8\neffect mail("mailto:") { query q() -> u8 }', 'IPVM2003'],
  ])('%s', async (_, line, code) => {
    const text = `${line}\n\n${use}`
    expect(await codes(text)).toEqual([`[${code}]`])
    expect(await rendered(text)).toMatchSnapshot()
  })

  test('equal names with other schemes are other operations', async () => {
    const mail = (scheme: string) => `effect mail("${scheme}") {\n  query unread(box: string) -> u32\n}\n`
    const text = `import { mail as second } from "./other.ipvm"\n\n${mail('mailto:')}
export job main() -> u32 uses mail.unread { mail.unread("a") + second.unread("a") }
`
    const same = await cidOf(text, { 'other.ipvm': mail('mailto:') })
    expect(await cidOf(text, { 'other.ipvm': mail('imap:') })).not.toBe(same)
  })
})

describe('the project', () => {
  const folders: string[] = []
  const project = (files: Files): string => {
    const dir = realpathSync(mkdtempSync(join(tmpdir(), 'ipvm-modules-')))
    folders.push(dir)
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(dir, name)), { recursive: true })
      writeFileSync(join(dir, name), content)
    }
    return dir
  }
  afterAll(() => folders.forEach(dir => rmSync(dir, { recursive: true, force: true })))
  const check = async (file: string) =>
    (
      await checkFile(
        createHost(async () => undefined),
        file,
      )
    ).diagnostics.map(({ name, span }) => `${name} ${span.start}`)

  const main = 'import { one } from "../lib/one.ipvm"\n\nexport job main() -> u8 { one() }\n'
  const one = 'export job one() -> u8 { 1 }\n'

  test.each([
    ['package.json', '{}'],
    ['ipvm.lock', ''],
    ['ipvm.config.ts', ''],
    ['.git/HEAD', ''],
  ])('%s marks its root', async (marker, content) => {
    const dir = project({ 'jobs/main.ipvm': main, 'lib/one.ipvm': one, [marker]: content })
    expect(await check(join(dir, 'jobs/main.ipvm'))).toEqual([])
  })

  test('without a mark the file sees its own folder and those in it', async () => {
    const dir = project({ 'jobs/main.ipvm': main, 'lib/one.ipvm': one })
    expect(await check(join(dir, 'jobs/main.ipvm'))).toEqual(['PathOutside 20'])
  })

  test('the nearest mark counts', async () => {
    const dir = project({
      'jobs/main.ipvm': main,
      'lib/one.ipvm': one,
      'package.json': '{}',
      'jobs/package.json': '{}',
    })
    expect(await check(join(dir, 'jobs/main.ipvm'))).toEqual(['PathOutside 20'])
  })

  test('symbolic links do not lead out of it: for files, components and what is embedded', async () => {
    const outside = project({ 'one.ipvm': one, 'hello.wasm': helloWasm, 'secret.txt': 'secret', 'lib/one.ipvm': one })
    const dir = project({
      'package.json': '{}',
      'names.ipvm': 'import { one } from "./one.ipvm"\n\nexport job main() -> u8 { one() }\n',
      'whole.ipvm': 'import hello from "./hello.wasm"\n\nexport job main() -> string { hello.greet("x") }\n',
      'embeds.ipvm': 'export job main() -> bytes { embed "./secret.txt" }\n',
      'folder.ipvm': 'import { one } from "./lib/one.ipvm"\n\nexport job main() -> u8 { one() }\n',
      'inside.ipvm': 'import { one } from "./link.ipvm"\n\nexport job main() -> u8 { one() }\n',
      'real/one.ipvm': one,
    })
    for (const name of ['one.ipvm', 'hello.wasm', 'secret.txt', 'lib'])
      symlinkSync(join(outside, name), join(dir, name))
    symlinkSync(join(dir, 'real/one.ipvm'), join(dir, 'link.ipvm'))
    expect(await check(join(dir, 'names.ipvm'))).toEqual(['PathOutside 20'])
    expect(await check(join(dir, 'whole.ipvm'))).toEqual(['PathOutside 18'])
    expect(await check(join(dir, 'embeds.ipvm'))).toEqual(['PathOutside 35'])
    expect(await check(join(dir, 'folder.ipvm'))).toEqual(['PathOutside 20'])
    expect(await check(join(dir, 'inside.ipvm'))).toEqual([])
  })

  test('a file under two names is one module', async () => {
    const dir = project({
      'package.json': '{}',
      'main.ipvm':
        'import { n } from "./real/n.ipvm"\nimport { n as m } from "./link/n.ipvm"\n\nexport job main() -> tuple<u8, u8> { (n, m) }\n',
      'real/n.ipvm': 'import { one } from "../lib/one.ipvm"\n\nconst n = 1\n',
      'lib/one.ipvm': one,
    })
    mkdirSync(join(dir, 'deep/down'), { recursive: true })
    symlinkSync(join(dir, 'real'), join(dir, 'link'))
    const host = createHost(async () => undefined)
    const file = join(dir, 'main.ipvm')
    const program = new Program(host, file, new Lines(String(Buffer.from(host.readFile(file) as Uint8Array))))
    expect([...program.files.keys()]).toEqual([file, join(dir, 'real/n.ipvm'), join(dir, 'lib/one.ipvm')])
    expect((await compile(host, file)).ok).toBe(true)
  })
})

test('the CLI of a text that is not on disk still finds its imports', async () => {
  const result = await compileText(
    'import { one } from "./one.ipvm"\n\nexport job main() -> u8 { one() }\n',
    {},
    {
      'one.ipvm': 'export job one() -> u8 { 1 }\n',
    },
  )
  expect(result.ok).toBe(true)
})
