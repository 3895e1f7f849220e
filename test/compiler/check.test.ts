import { readFileSync } from 'node:fs'
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools'
import { describe, expect, test } from 'vitest'
import { compile } from '../../compiler/compile.ts'
import { readJob } from '../../dag/job.ts'
import { showType } from '../../dag/types.ts'
import { renderDiagnostic } from '../../grammar/render.ts'
import { compiled, compileText, loaderOf, memoryHost, rendered } from '../harness/host.ts'

/** The value of a job without tasks, which the compiler has computed to its end. */
async function valueOf(text: string): Promise<unknown> {
  const job = await compiled(text)
  const root = await readJob(job.job, loaderOf(job))
  if (!root.ok) throw new Error(root.error.message)
  expect(root.value.tasks).toEqual([])
  return root.value.result.value
}

describe('types of expressions', () => {
  test.each([
    ['u8', '255', 255],
    ['s64', '-9_223_372_036_854_775_808', -(2n ** 63n)],
    ['u64', '0xffff_ffff_ffff_ffff', 2n ** 64n - 1n],
    ['bool', 'true', true],
    ['char', "'ä'", 'ä'],
    ['string', '"a\\n"', 'a\n'],
    ['()', '()', null],
    ['option<u8>', 'none', null],
    ['option<u8>', 'some(1)', 1],
    ['option<option<u8>>', 'some(none)', { some: null }],
    ['result<u8, string>', 'ok(1)', { ok: 1 }],
    ['result<_, string>', 'err("x")', { error: 'x' }],
    ['tuple<u8, bool>', '(1, true)', [1, true]],
    ['record { a: u8, b: list<string> }', '{ b: ["x"], a: 1 }', { a: 1, b: ['x'] }],
    ['list<u8>', '[1, 2, 255]', Uint8Array.of(1, 2, 255)],
    ['bytes', 'b"\\x00a"', Uint8Array.of(0, 97)],
    ['list<u16>', 'b"ab"', [97, 98]],
    ['flags { r, w, x }', '{ x, r }', ['r', 'x']],
    ['flags { r, w, x }', '{}', []],
    ['u32', '{ a: 1, b: "x" }.a', 1],
    ['string', '(1, "b").1', 'b'],
    ['u32', '[1, 2, 3][2]', 3],
  ])('%s: %s', async (type, text, value) => {
    expect(await valueOf(`export job main() -> ${type} { ${text} }`)).toEqual(value)
  })

  test('cases of enums and variants are named through their type', async () => {
    const types = 'type A = enum { x, y }\ntype V = variant { none-at-all, some-text(string) }\n'
    expect(await valueOf(`${types}export job main() -> A { A.y }`)).toBe('y')
    expect(await valueOf(`${types}export job main() -> V { V.none-at-all }`)).toEqual({ 'none-at-all': null })
    expect(await valueOf(`${types}export job main() -> V { V.some-text("t") }`)).toEqual({ 'some-text': 't' })
  })

  test('a `let` takes its type from how it is used', async () => {
    const text = (use: string) =>
      `job f(x: u8) -> u8 { x }\njob g(x: u16) -> u16 { x }\nexport job main() -> u16 {\n  let n = 7\n  ${use}\n}`
    expect(await valueOf(text('let a = f(n)\n  g(n)'))).toBe(7)
    expect(await valueOf(text('let a = g(n)\n  f(n)'))).toBe(7)
  })

  test('a constant without a type counts as the literal that it is', async () => {
    const text = 'const n = 5\njob f(x: u8) -> u8 { x }\nexport job main() -> tuple<u8, f64> { (f(n), n) }'
    expect(await valueOf(text)).toMatchObject([5, { value: 5 }])
  })

  test('widening: what loses nothing needs no word', async () => {
    expect(await valueOf('job f() -> list<u8> { b"a" }\nexport job main() -> list<s16> { f() }')).toEqual([97])
    expect(await rendered('export job main(x: u8) -> s16 { x }')).toBe('no errors')
    expect(await rendered('export job main(x: u8) -> s8 { x }')).toContain('IPVM3001')
    expect(await rendered('export job main(x: s8) -> u16 { x }')).toContain('IPVM3001')
    expect(await rendered('export job main(x: f64) -> f32 { x }')).toContain('IPVM3001')
    expect(await rendered('export job main(x: list<option<f32>>) -> list<option<f64>> { x }')).toBe('no errors')
  })

  test('a link stands where what it links to is expected', async () => {
    const cid = 'bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e'
    expect(String(await valueOf(`export job main() -> bytes { cid"${cid}" }`))).toBe(cid)
    expect(String(await valueOf(`export job main() -> link<bytes> { cid"${cid}" }`))).toBe(cid)
  })

  test('records, variants and flags are compared by structure, whatever the order', async () => {
    const text =
      'type A = record { x: u8, y: u8 }\njob f(a: A) -> record { y: u8, x: u8 } { a }\nexport job main() -> A { f({ y: 1, x: 2 }) }'
    expect(await valueOf(text)).toEqual({ x: 2, y: 1 })
  })
})

describe('evaluation by demand', () => {
  test('a `let` that nothing demands is no task', async () => {
    const job = await compiled(
      'import hello from "./hello.wasm"\nexport job main() -> u8 {\n  let a = hello.greet("x")\n  let _ = hello.greet("y")\n  1\n}',
    )
    expect(job.tasks).toBe(0)
  })

  test('an argument that a job does not use is no task', async () => {
    const job = await compiled(
      'import hello from "./hello.wasm"\njob f(a: string) -> u8 { 1 }\nexport job main() -> u8 { f(hello.greet("x")) }',
    )
    expect(job.tasks).toBe(0)
  })

  test('jobs that double at every level are expanded once for each argument', async () => {
    const levels = Array.from(
      { length: 40 },
      (_, i) => `job f${i + 1}(x: string) -> tuple<string, string> { (f${i}(x).0, f${i}(x).1) }`,
    )
    const text = `import hello from "./hello.wasm"\njob f0(x: string) -> tuple<string, string> { (hello.greet(x), hello.greet(x)) }\n${levels.join('\n')}\nexport job main() -> string { f40("a").0 }`
    expect((await compiled(text)).tasks).toBe(1)
  })
})

describe('limits', () => {
  const text = (config: string, call: string, limits = '') =>
    `import hello from "./hello.wasm"\n${config}\njob f(n: string) -> string { hello.greet(n)${limits} }\nexport job main() -> string { ${call} }`
  const none = { retry: 0, check: 0 }
  const limitsOf = async (source: string) => {
    const job = await compiled(source)
    const root = await readJob(job.job, loaderOf(job))
    return root.ok ? root.value.meta.map(([, limits]) => limits) : []
  }

  test('the nearest of `with`, the `with` of a call around it, `config` and the defaults counts', async () => {
    expect(await limitsOf(text('', 'f("a")'))).toEqual([{ ...none, time: 60_000, memory: 2 ** 28, gas: 1e11 }])
    expect(await limitsOf(text('config { time: 2s, gas: 5 }', 'f("a")'))).toEqual([
      { ...none, time: 2000, memory: 2 ** 28, gas: 5 },
    ])
    expect(await limitsOf(text('config { time: 2s }', 'f("a") with { time: 3s }'))).toMatchObject([{ time: 3000 }])
    expect(await limitsOf(text('', 'f("a") with { time: 3s }', ' with { time: 4s }'))).toMatchObject([{ time: 4000 }])
  })

  test('of equal calls the larger limits count', async () => {
    const calls =
      'let a = f("a") with { time: 1s, gas: 9 }\n  let b = f("a") with { time: 9s, gas: 1 }\n  hello.greet(hello.greet(a))'
    const source = text('', 'X')
      .replace('-> string { X }', '-> tuple<string, string> {\n  X\n}')
      .replace('X', calls.replace(/hello.*$/, '(a, b)'))
    expect(await limitsOf(source)).toEqual([{ ...none, time: 9000, memory: 2 ** 28, gas: 9 }])
  })
})

describe('components', () => {
  test('types and functions of exported interfaces are used through the import', async () => {
    const job = await compiled(
      'import image from "./filters.wasm"\nexport job main(p: image.image.picture) -> image.image.picture { image.image.rotate(p, by: image.image.angle.half) }',
      {},
      { 'filters.wasm': readFileSync(new URL('../../examples/image/filters.wasm', import.meta.url)) },
    )
    expect(showType(job.result)).toBe('record { width: u32, height: u32, pixels: bytes }')
  })

  test('a core module needs a stated interface that fits its own types', async () => {
    // (module (func (export "add") (param i32 i64) (result i32) local.get 0))
    const core = Uint8Array.of(
      0,
      97,
      115,
      109,
      1,
      0,
      0,
      0,
      1,
      7,
      1,
      96,
      2,
      127,
      126,
      1,
      127,
      3,
      2,
      1,
      0,
      7,
      7,
      1,
      3,
      97,
      100,
      100,
      0,
      0,
      10,
      6,
      1,
      4,
      0,
      32,
      0,
      11,
    )
    const text = (stated: string) => `import m from "./core.wasm"${stated}\nexport job main() -> s32 { m.add(1, 2) }`
    const files = { 'core.wasm': core }
    expect(await rendered(text(' { add: func(a: s32, b: s64) -> s32 }'), files)).toBe('no errors')
    expect(await rendered(text(''), files)).toMatchSnapshot()
    expect(await rendered(text(' { add: func(a: s32, b: s32) -> s32 }'), files)).toMatchSnapshot()
    expect(
      await rendered(text(' { add: func(a: string, b: s64) -> s32 }').replace('add(1', 'add("x"'), files),
    ).toMatchSnapshot()
  })

  test('damaged bytes are refused with the place', async () => {
    const damaged = Uint8Array.of(0, 97, 115, 109, 13, 0, 1, 0, 1, 200, 1, 0)
    expect(
      await rendered('import m from "./m.wasm"\nexport job main() -> s32 { m.f() }', { 'm.wasm': damaged }),
    ).toMatchSnapshot()
  })

  test('a function that takes a resource says that it cannot be called', async () => {
    const wasm = await parse(`(component
      (type $own (resource (rep i32)))
      (export $handle "handle" (type $own))
      (core module $m (func (export "f") (param i32)))
      (core instance $i (instantiate $m))
      (func $f (param "x" (own $handle)) (canon lift (core func $i "f")))
      (export "f" (func $f)))`)
    const text = 'import m from "./m.wasm"\nexport job main() -> () { m.f(1) }'
    expect(await rendered(text, { 'm.wasm': wasm })).toMatchSnapshot()
  })

  test('an import of another kind of file says what it looks like', async () => {
    const text = 'import m from "./m.wasm"\nexport job main() -> s32 { m.f() }'
    expect(await rendered(text, { 'm.wasm': '' })).toContain('it is empty')
    expect(await rendered(text, { 'm.wasm': '(module)' })).toContain('IPVM4003')
  })
})

test('a file that is not UTF-8 says where', async () => {
  const host = memoryHost({ 'main.ipvm': Uint8Array.of(...Buffer.from('export job main() -> string { "'), 0xff, 0x22) })
  const result = await compile(host, 'main.ipvm')
  if (result.ok || 'usage' in result) throw new Error('no diagnostics')
  expect(result.diagnostics.map(d => renderDiagnostic(d, () => undefined))).toMatchSnapshot()
})

describe('names', () => {
  test('`a-1` where `a` is a name says that minus needs spaces', async () => {
    expect(await rendered('export job main(a: u32) -> u32 { a-1 }')).toMatchSnapshot()
  })

  test('errors in one place do not hide those in another, and give no cascades', async () => {
    const text =
      'import hello from "./hello.wasm"\nexport job main() -> string {\n  let a = hello.gret("x")\n  let b = hello.greet(a, 1)\n  let c = { x: b, y: unknown }\n  c.z\n}'
    expect((await rendered(text)).match(/IPVM\d+/g)).toEqual(['IPVM2004', 'IPVM2011', 'IPVM2001', 'IPVM2005'])
  })

  test('a chain of 10,000 jobs and 20,000 lets keeps no stack', async () => {
    const jobs = Array.from({ length: 1_000 }, (_, i) => `job f${i + 1}(x: u8) -> u8 { f${i}(x) }`)
    const chain = `job f0(x: u8) -> u8 { x }\n${jobs.join('\n')}\nexport job main() -> u8 { f1000(1) }`
    expect(await rendered(chain)).toBe('no errors')
    const lets = Array.from({ length: 20_000 }, (_, i) => `  let a${i + 1} = a${i}\n`).join('')
    expect(await rendered(`export job main() -> u8 {\n  let a0: u8 = 1\n${lets}  a20000\n}`)).toBe('no errors')
  })

  const nested = (open: string, close: string) =>
    rendered(
      `job f(x: u8) -> u8 { x }\nexport job main() -> u8 {\n  let x = ${open.repeat(990)}1${close.repeat(990)}\n  1\n}`,
    )

  test.each([
    ['f(', ')'],
    ['(', ')'],
  ])('990 levels of %s…%s are taken', async (open, close) => {
    expect(await nested(open, close)).toBe('no errors')
  })

  test.each([
    ['[', ']'],
    ['some(', ')'],
    ['{ a: ', ' }'],
    ['(', ',)'],
  ])('990 levels of %s…%s are a type that nests too deep', async (open, close) => {
    expect((await nested(open, close)).match(/IPVM\d+/g)).toEqual(['IPVM3018'])
  })

  test.each([
    ['types', (i: number) => `type T${i} = tuple<T${i - 1}, T${i - 1}>`, 'type T0 = u8', 'main(x: T45) -> u8 { 1 }'],
    [
      'constants',
      (i: number) => `const a${i} = [a${i - 1}, a${i - 1}]`,
      'const a0 = [1]',
      `main(x: ${'list<'.repeat(46)}s64${'>'.repeat(46)} = a45) -> u8 { 1 }`,
    ],
  ])('%s that double at every step are refused at once', async (_, step, first, job) => {
    const steps = Array.from({ length: 45 }, (_, i) => step(i + 1)).join('\n')
    expect(await rendered(`${first}\n${steps}\nexport job ${job}`)).toMatchSnapshot()
  })

  test('values that double at every step are written once for each step', async () => {
    const steps = Array.from({ length: 40 }, (_, i) => `  let a${i + 1} = [a${i}, a${i}]\n`).join('')
    const type = `${'list<'.repeat(41)}u8${'>'.repeat(41)}`
    const text = (first: string) =>
      `export job main(x: u8) -> ${type} {\n  let a0: bytes = [${first}]\n${steps}  a40\n}`
    expect((await compiled(text('1'))).blocks.length).toBeLessThan(50)
    expect(await rendered(text('x'))).toMatchSnapshot()
  })

  test('jobs may call each other as deep as they like', async () => {
    const jobs = Array.from({ length: 5_000 }, (_, i) => `job f${i + 1}(x: u8) -> u8 { f${i}(x) }`)
    const text = `job f0(x: u8) -> u8 { x }\n${jobs.join('\n')}\nexport job main() -> u8 { f5000(1) }`
    expect(await rendered(text)).toBe('no errors')
  })

  test('a job that expands to more tasks than can be is refused', async () => {
    const jobs = Array.from(
      { length: 40 },
      (_, i) => `job f${i + 1}(x: string) -> string { m.join(f${i}(m.l(x)), f${i}(m.r(x))) }`,
    )
    const text = `import m from "ipfs://bafybeibk42jwhq7w2zcpe6q3wgtleugp3ymfs3pa5gerjmnakqihhqx4zq" { join: func(a: string, b: string) -> string, l: func(a: string) -> string, r: func(a: string) -> string }
job f0(x: string) -> string { x }\n${jobs.join('\n')}\nexport job main() -> string { f40("a") }`
    expect(await rendered(text)).toMatchSnapshot()
  }, 60_000)
})

describe('arguments', () => {
  const text = 'export job main(n: u8, s: string = "x", e: enum { red, green } = red-default) -> u8 { n }'.replace(
    ' = red-default',
    '',
  )
  const usage = async (args: Record<string, { text: string }>) => {
    const result = await compileText(text, { args })
    return result.ok ? 'ok' : 'usage' in result ? result.usage.message : 'diagnostics'
  }

  test('are read by the type of the parameter', async () => {
    expect(await usage({ n: { text: '7' }, s: { text: '"as it is"' }, e: { text: 'green' } })).toBe('ok')
    expect(await usage({ n: { text: '256' } })).toBe('The argument `n`: 256 does not fit `u8`, which holds 0 to 255.')
    expect(await usage({ n: { text: 'seven' } })).toMatchSnapshot()
    expect(await usage({ n: { text: '7 }\njob evil() -> u8 { 1' } })).toMatchSnapshot()
    expect(await usage({ e: { text: 'blue' } })).toMatchSnapshot()
    expect(await usage({ m: { text: '7' } })).toMatchSnapshot()
  })
})

test('which job is meant', async () => {
  const usage = async (source: string, job?: string) => {
    const result = await compileText(source, job === undefined ? {} : { job })
    return result.ok ? 'ok' : 'usage' in result ? result.usage : 'diagnostics'
  }
  expect(await usage('export job a() -> u8 { 1 }\nexport job b() -> u8 { 1 }')).toMatchSnapshot()
  expect(await usage('job a() -> u8 { 1 }')).toMatchSnapshot()
  expect(await usage('export job resize() -> u8 { 1 }', 'resise')).toMatchSnapshot()
  expect(await usage('export job a() -> u8 { 1 }')).toBe('ok')
  expect(await usage('job main() -> u8 { 1 }\nexport job b() -> u8 { 1 }')).toBe('ok')
  expect(await usage('type A = u8')).toMatchSnapshot()
})

describe('after a mistake of syntax', () => {
  const other = 'job other() -> u8 { 256 }\n'

  test('the job that it is in says nothing more, others do', async () => {
    const text = `${other}import hello from "./hello.wasm"\nexport job main() -> string {\n  let a = hello.greet("x"\n  a\n}\n`
    expect((await rendered(text)).match(/IPVM\d+/g)).toEqual(['IPVM3002', expect.stringMatching(/^IPVM1/)])
  })

  test('outside of jobs, the whole file says nothing more', async () => {
    expect(
      (await rendered(`${other}type A = record { a u8 }\nexport job main(a: A) -> A { b }\n`)).match(/IPVM\d+/g),
    ).toEqual([expect.stringMatching(/^IPVM1/)])
  })
})

describe('what each mistake says, once', () => {
  const body = (text: string, type = 'u8', before = '') => `${before}export job main() -> ${type} { ${text} }`
  const codes = async (text: string, files = {}) => (await rendered(text, files)).match(/IPVM\d+/g) ?? []
  const types = { 'types.wasm': readFileSync(new URL('../fixtures/components/types.wasm', import.meta.url)) }

  test.each([
    ['an unknown type', 'export job main() -> List<u8> { [] }', 'IPVM2002'],
    ['a type without its arguments', 'export job main() -> option { none }', 'IPVM3012'],
    ['an unknown parameter type', 'job f(x: Foo) -> u8 { 1 }\nexport job main() -> u8 { f([]) }', 'IPVM2002'],
    [
      'an element of a constant',
      'const a = [1, 2]\nconst b = a[7]\nexport job main(x: s64 = b) -> s64 { x }',
      'IPVM3038',
    ],
    ['`with` on a list', body('[1] with { time: 1s }'), 'IPVM3008'],
    ['`with` on an unknown name', body('x with { time: 1s }'), 'IPVM2001'],
    ['`with` twice', body('one() with { time: 1s } with { time: 2s }', 'u8', 'job one() -> u8 { 1 }\n'), 'IPVM2017'],
    ['flags as a list', body('[read]', 'flags { read }'), 'IPVM2001'],
    [
      'a case with two values',
      'type V = variant { two(tuple<u8, u8>) }\nexport job main() -> V { V.two(1, 2) }',
      'IPVM3014',
    ],
    ['names twice in an enum', 'export job main() -> enum { a, a } { 1 }', 'IPVM3005'],
    ['none with brackets', body('none()', 'option<u8>'), 'IPVM3014'],
    ['some without a value', body('some', 'option<u8>'), 'IPVM3014'],
    ['another name for err', body('error("x")', 'result<u8, string>'), 'IPVM2001'],
    ['no time at all', 'config { time: 0ms }\nexport job main() -> u8 { 1 }', 'IPVM3009'],
    ['a part of a number', body('1.a'), 'IPVM3006'],
    ['embedding a URL', body('embed "https://a.example/x"', 'bytes'), 'IPVM4007'],
    ['a whole number that a float cannot hold', body('9007199254740993', 'f64'), 'IPVM3019'],
    [
      'a stated type that is wrong',
      'import m from "./types.wasm" { greet: func(name: u8) -> string }\nexport job main() -> string { m.greet("x") }',
      'IPVM4005',
    ],
    [
      'a stated function that is not there',
      'import m from "./types.wasm" { gret: func(name: string) -> string }\nexport job main() -> string { m.gret("x") }',
      'IPVM4005',
    ],
    [
      'a stated type that is unknown',
      'import m from "./types.wasm" { greet: func(name: Foo) -> string }\nexport job main() -> string { m.greet("x") }',
      'IPVM2002',
    ],
    [
      'a stated type of a component that is imported below',
      'import m from "./types.wasm" { greet: func(name: T) -> string }\nimport n from "./types.wasm"\ntype T = n.shapes.direction\nexport job main(t: T) -> string { m.greet(t) }',
      'IPVM4005',
    ],
    [
      'a stated type of a component that is not at hand',
      'import m from "ipfs://bafybeibk42jwhq7w2zcpe6q3wgtleugp3ymfs3pa5gerjmnakqihhqx4zq" { f: func(a: T) -> u8 }\ntype T = list<m.x>\nexport job main() -> u8 { m.f([]) }',
      'IPVM2002',
    ],
    [
      'a stated parameter twice',
      'import m from "ipfs://bafybeibk42jwhq7w2zcpe6q3wgtleugp3ymfs3pa5gerjmnakqihhqx4zq" { f: func(a: u8, a: u8) -> u8 }\nexport job main() -> u8 { 1 }',
      'IPVM2003',
    ],
  ])('%s', async (_, text, code) => {
    expect(await codes(text, types)).toEqual([code])
    expect(await rendered(text, types)).toMatchSnapshot()
  })

  test('a stated interface can use the types of its file', async () => {
    const text =
      'type It = record { amount: s32, name: string }\nimport m from "./types.wasm" { double: func(item: It) -> It }\nexport job main() -> s32 { m.double({ name: "a", amount: 2 }).amount }'
    expect(await rendered(text, types)).toBe('no errors')
  })

  test("a world's own types have names", async () => {
    expect(
      await rendered('import m from "./types.wasm"\nexport job main(x: m.item) -> m.item { m.double(x) }', types),
    ).toBe('no errors')
  })
})

describe('a `let` that nothing demands changes nothing', () => {
  test.each([
    ['let x = 0.1', 'let y: f32 = x', 'x', 'f64'],
    ['let x = (0.1, 1)', 'let y: u8 = x.1', 'x.0', 'f64'],
    ['let x = 7', 'let y: u8 = x', 'x', 's64'],
    ['let x = 300', 'let y = x', 'x', 'u16'],
  ])('%s; %s', async (first, unused, value, type) => {
    const text = (lets: string) => `export job main() -> ${type} {\n${lets}\n${value}\n}`
    const [without, with_] = [await compiled(text(first)), await compiled(text(`${first}\n${unused}`))]
    expect(with_.job).toEqual(without.job)
  })

  test('a name for a number is a number of every type that it fits', async () => {
    const text = 'export job main() -> tuple<u8, f64, u64> {\n let n = 200\n let m = n\n (n, m, n)\n}'
    expect(await rendered(text)).toBe('no errors')
    expect(await rendered('export job main() -> u64 {\n let n = 18_446_744_073_709_551_615\n n\n}')).toBe('no errors')
  })
})
