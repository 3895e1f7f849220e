import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { folder, hello, image, ipvm, json, project, root } from './harness.ts'

test('is the same where components run in processes of their own', async () => {
  const [byThread, byProcess] = await Promise.all(
    ['thread', 'process'].map(kind => json(['run', hello, '--isolation', kind], { cwd: folder() })),
  )
  expect(byProcess!.value.value).toMatchObject({ result: 'Hello, World!', ran: 1, gas: byThread!.value.value.gas })
  const wrong = await ipvm(['run', hello, '--isolation', 'vm'], { cwd: folder() })
  expect(wrong).toMatchObject({ code: 2, err: 'error: `--isolation` takes thread, process; `vm` is none of them.\n' })
})

describe('the result', () => {
  test('stands alone on standard output, a string as it is', async () => {
    const cwd = folder()
    const first = await ipvm(['run', hello, '--arg', 'name=Ada'], { cwd })
    expect(first).toMatchObject({ code: 0, out: 'Hello, Ada!\n' })
    expect(first.err).toMatch(/^1 task: 1 ran, 0 hits, /)
    const quiet = await ipvm(['run', hello, '--quiet'], { cwd })
    expect(quiet).toMatchObject({ code: 0, out: 'Hello, World!\n', err: '' })
  })

  test('is remembered: the second run executes nothing, unless it is told to', async () => {
    const cwd = folder()
    const first = await json(['run', hello], { cwd })
    expect(first.code).toBe(0)
    expect(Object.keys(first.value.value).sort().join()).toBe('failed,gas,hits,job,ms,ran,result,run,tasks')
    expect(first.value).toMatchObject({ ok: true, value: { result: 'Hello, World!', tasks: 1, ran: 1, hits: 0 } })
    const second = await json(['run', hello], { cwd })
    expect(second.value.value).toMatchObject({ ran: 0, hits: 1, job: first.value.value.job })
    expect(first.value.value.gas).toBeGreaterThan(10_000)
    expect(second.value.value.gas).toBe(0)
    expect(second.value.value.run).not.toBe(first.value.value.run)
    const third = await json(['run', hello, '--no-memo'], { cwd })
    expect(third.value.value).toMatchObject({ ran: 1, hits: 0, gas: first.value.value.gas })
  })

  test('is computed again and compared where it is asked for', async () => {
    const cwd = folder()
    expect((await json(['run', hello, '--check', '3'], { cwd })).value.value).toMatchObject({ ran: 1, checked: 0 })
    const checked = await ipvm(['run', hello, '--check', '3'], { cwd })
    expect(checked).toMatchObject({ code: 0, out: 'Hello, World!\n' })
    expect(checked.err).toMatch(/^1 task: 0 ran, 1 hit, 1 checked, \d+ ms\n$/)
    const nothing = await ipvm(['run', hello, '--check', '3', '--no-memo'], { cwd })
    expect(nothing).toMatchObject({
      code: 2,
      err: 'error: `--check` compares with what is remembered, and `--no-memo` looks at none of it.\n',
    })
  })

  const typed: [string, string, string, unknown][] = [
    ['s32', 'types.scalars.next-s32(-3)', 's32', -2],
    ['u64', 'types.scalars.next-u64(9007199254740992)', 'u64', '9007199254740993'],
    ['f64, whole', 'types.scalars.half-f64(4.0)', 'f64', '2.0'],
    ['string', 'types.containers.backwards("abc")', 'string', 'cba'],
    ['list<list<u16>>', 'types.containers.transpose([[1, 2], [3, 4]])', 'list<list<u16>>', [[1, 3], [2, 4]]], // prettier-ignore
    ['option', 'types.containers.increment(some(4))', 'option<u32>', 5],
    ['none', 'types.containers.increment(none)', 'option<u32>', null],
    ['result', 'types.structures.divide(1, 0)', 'result<u32, string>', expect.objectContaining({ error: expect.any(String) })], // prettier-ignore
    ['record', 'types.double({ name: "x", amount: 4 })', 'record { name: string, amount: s32 }', { amount: 8, name: 'x' }], // prettier-ignore
    ['bytes', 'types.containers.reverse(b"abc")', 'bytes', { '/': { bytes: 'Y2Jh' } }],
  ]
  test.each(typed)('of type %s is DAG-JSON', async (_, call, type, expected) => {
    const cwd = project(`import types from "./types.wasm"\nexport job main() -> ${type} { ${call} }\n`)
    const { code, out, err } = await ipvm(['run', 'job.ipvm', '--json'], { cwd })
    expect({ code, err }).toEqual({ code: 0, err: '' })
    if (typeof expected === 'string' && type !== 'string') expect(out).toContain(`"result":${expected},`)
    else expect(JSON.parse(out).value.result).toEqual(expected)
  })

  test('goes to a file as it is, or raw to standard output', async () => {
    const cwd = project(
      'import types from "./types.wasm"\nexport job main() -> bytes { types.containers.bytes(3000) }\n',
    )
    const expected = Buffer.from(Array.from({ length: 3000 }, (_, i) => i & 255))
    expect(await ipvm(['run', 'job.ipvm', '--out', 'x.bin'], { cwd })).toMatchObject({ code: 0, out: '' })
    expect(Buffer.compare(readFileSync(join(cwd, 'x.bin')), expected)).toBe(0)
    const raw = await ipvm(['run', 'job.ipvm', '--out', '-'], { cwd })
    expect(Buffer.compare(raw.stdout, expected)).toBe(0)
    const text = await ipvm(['run', 'job.ipvm'], { cwd })
    expect(JSON.parse(text.out)['/'].bytes).toBe(expected.toString('base64').replace(/=+$/, ''))
  })
})

describe('a compiled file', () => {
  test('runs in an empty folder as its source does, to the byte', async () => {
    const here = folder()
    const built = await json(['build', image, '-o', 'out.car'], { cwd: here })
    expect(built.code).toBe(0)
    expect((await ipvm(['run', image, '--out', 'a.png'], { cwd: here })).code).toBe(0)
    const there = folder({ 'out.car': readFileSync(join(here, 'out.car')) })
    const first = await json(['run', 'out.car', '--out', 'x.png'], { cwd: there })
    expect(first.value.value).toMatchObject({ hits: 0 })
    expect(first.value.value.ran).toBeGreaterThan(0)
    expect(Buffer.compare(readFileSync(join(there, 'x.png')), readFileSync(join(here, 'a.png')))).toBe(0)
    const again = await json(['run', built.value.value.cid], { cwd: there })
    expect(again.value.value).toMatchObject({ ran: 0 })
  })

  test('takes arguments by the types that stand in it, from text, files and JSON', async () => {
    const source = `import types from "./types.wasm"
export job main(a: u64, b: bytes, c: option<string>, d: f64 = 1.5) -> tuple<u64, bytes, option<string>, f64> {
  (types.scalars.next-u64(a), b, c, d)
}
`
    const cwd = project(source)
    expect((await ipvm(['build', 'job.ipvm'], { cwd })).code).toBe(0)
    writeFileSync(join(cwd, 'b.bin'), Uint8Array.of(255, 0, 10))
    const args = ['--arg', 'a=18446744073709551614', '--arg', 'b=@b.bin', '--arg', 'c=some("x")']
    const expected = '[18446744073709551615,{"/":{"bytes":"/wAK"}},"x",1.5]'
    for (const file of ['job.car', 'job.ipvm'])
      expect((await ipvm(['run', file, ...args, '--json'], { cwd })).out).toContain(`"result":${expected}`)
    writeFileSync(
      join(cwd, 'args.json'),
      '{"a": 18446744073709551614, "b": {"/": {"bytes": "/wAK"}}, "c": "x", "d": 2}',
    )
    const fromJson = await ipvm(['run', 'job.car', '--args', '@args.json', '--json'], { cwd })
    expect(fromJson.out).toContain('"result":[18446744073709551615,{"/":{"bytes":"/wAK"}},"x",2.0]')
  })

  test('is known by its content where its name does not tell', async () => {
    const cwd = folder()
    await ipvm(['build', hello, '-o', 'job.bin'], { cwd })
    expect(await ipvm(['run', 'job.bin'], { cwd: cwd })).toMatchObject({ code: 0, out: 'Hello, World!\n' })
  })
})

describe('the store', () => {
  test('is where the option or the environment say', async () => {
    const cwd = folder()
    await ipvm(['run', hello, '--store', 'a/b'], { cwd })
    expect(existsSync(join(cwd, 'a/b/store.db'))).toBe(true)
    await ipvm(['run', hello], { cwd, env: { IPVM_STORE: join(cwd, 'c') } })
    expect(existsSync(join(cwd, 'c/store.db'))).toBe(true)
    expect(existsSync(join(cwd, '.ipvm'))).toBe(false)
  })

  test('that is none or is damaged gives one message, and works again when it is moved away', async () => {
    const cwd = folder({ '.ipvm/store.db': 'this is no database'.repeat(1000) })
    const { code, value } = await json(['run', hello], { cwd })
    expect(code).toBe(3)
    expect(value.diagnostics).toHaveLength(1)
    expect(value.diagnostics[0]).toMatchObject({ code: 'IPVM9003', message: expect.stringContaining('store') })
    expect((await ipvm(['run', hello, '--store', hello], { cwd })).code).toBe(2)
    expect((await ipvm(['run', hello, '--store', 'other'], { cwd })).code).toBe(0)
  })
})

describe('a job that fails', () => {
  const program = (call: string, settings = ''): string =>
    project(`import types from "./types.wasm"\n${settings}\nexport job main() -> u32 {\n  types.limits.${call}\n}\n`)

  const cases: [string, string, string, RegExp][] = [
    ['allocate(900)', 'config { memory: 16MiB }', 'memory', /16/],
    ['spin()', 'config { time: 200ms }', 'time', /200 ms/],
    ['allocate-without-end()', 'config { memory: 4MiB }', 'memory', /./],
    ['spin()', 'config { gas: 5_000_000 }', 'gas', /^\d+ units were needed, the limit is 5000000$/],
    ['recurse-without-end()', '', 'stack', /^calls were nested deeper than 4194304 bytes$/],
  ]
  test.each(cases)('%s with %s is a failure of its kind', async (call, settings, kind, detail) => {
    const cwd = program(call, settings)
    const failed = await json(['run', 'job.ipvm'], { cwd })
    expect(failed.code).toBe(1)
    expect(failed.value).toMatchObject({
      ok: false,
      failure: {
        kind,
        task: expect.stringMatching(/^bafyrei/),
        name: expect.stringContaining('types.limits.'),
        message: expect.any(String),
        detail: expect.stringMatching(detail),
        span: { file: 'job.ipvm', start: { line: 4, column: 3 }, end: { line: 4 } },
      },
    })
    // The store stays usable.
    expect((await ipvm(['run', hello], { cwd })).code).toBe(0)
  })

  test('a trap is shown where it stands, from the source and from the compiled file', async () => {
    const cwd = project(
      'import types from "./types.wasm"\nexport job main(rows: list<list<u16>>) -> list<list<u16>> {\n' +
        '  let first = types.containers.transpose(rows)\n  first\n}\n',
    )
    const args = ['--arg', 'rows=[[1], [1, 2]]']
    const fromSource = await ipvm(['run', 'job.ipvm', ...args], { cwd })
    expect(fromSource.code).toBe(1)
    expect(fromSource.out).toBe('')
    expect(fromSource.err).toContain('error[trap]: `types.containers.transpose` failed: ')
    expect(fromSource.err).toContain('--> job.ipvm:3:15')
    expect(fromSource.err).toContain('3 |   let first = types.containers.transpose(rows)')
    await ipvm(['build', 'job.ipvm'], { cwd })
    const away = folder({ 'job.car': readFileSync(join(cwd, 'job.car')) })
    const fromCar = await json(['run', 'job.car', ...args], { cwd: away })
    expect(fromCar).toMatchObject({ code: 1, value: { failure: { kind: 'trap', span: { start: { line: 3 } } } } })
    const frameless = await ipvm(['run', 'job.car', ...args], { cwd: away })
    expect(frameless.err).toContain('--> job.ipvm:3:15')
    expect(frameless.err).not.toContain(' | ')
  })

  test('a stub of the host is refused by its name', async () => {
    const cwd = project('import types from "./types.wasm"\nexport job main() -> u64 { types.limits.now() }\n')
    const { code, value } = await json(['run', 'job.ipvm'], { cwd })
    expect(code).toBe(1)
    expect(value.failure).toMatchObject({ kind: 'refused', detail: expect.stringContaining('monotonic-clock') })
  })

  test('Ctrl-C ends it cleanly, and what was done is remembered', async () => {
    const cwd = project(
      'import types from "./types.wasm"\nconfig { time: 2min }\n' +
        'export job main() -> tuple<string, u32> { (types.greet("x"), types.limits.spin()) }\n',
    )
    const started = Date.now()
    const ended = await ipvm(['run', 'job.ipvm', '--json'], {
      cwd,
      onStart: kill => void setTimeout(() => kill('SIGINT'), 1500),
    })
    expect(Date.now() - started).toBeLessThan(60_000)
    expect(ended.code).toBe(130)
    expect(JSON.parse(ended.out)).toMatchObject({ ok: false, failure: { kind: 'stopped' } })
  })
})

describe('a component of others', () => {
  test('that is no component gives a diagnostic', async () => {
    const cwd = folder({ 'job.ipvm': 'import x from "./x.wasm"\nexport job main() -> u32 { x.f() }\n', 'x.wasm': 'hi' })
    const { code, value } = await json(['run', 'job.ipvm'], { cwd })
    expect(code).toBe(3)
    expect(value.diagnostics).toHaveLength(1)
    expect(value.diagnostics[0]).toMatchObject({ file: 'job.ipvm', start: { line: 1, column: 15 } })
  })

  test('that is a core module is called by a stated interface that fits, and refused by one that does not', async () => {
    const core = join(root, 'test/fixtures/components/core.wasm')
    const cwd = folder()
    copyFileSync(core, join(cwd, 'core.wasm'))
    writeFileSync(
      join(cwd, 'bad.ipvm'),
      'import c from "./core.wasm" { nothing-like-it: func(x: s32) -> s32 }\nexport job main() -> s32 { c.nothing-like-it(1) }\n',
    )
    expect(await json(['check', 'bad.ipvm'], { cwd })).toMatchObject({
      code: 3,
      value: { ok: false, diagnostics: [{ file: 'bad.ipvm' }] },
    })
    expect(existsSync(join(cwd, '.ipvm'))).toBe(false)
  })
})
