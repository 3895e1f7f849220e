import { spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test, vi } from 'vitest'
import { commands } from '../../cli/commands.ts'
import { folder, hello, ipvm, json, root } from './harness.ts'

const names = commands.map(({ name }) => name)

describe('help', () => {
  test('of the whole', async () => {
    const { code, out, err } = await ipvm(['--help'], { cwd: folder() })
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatchSnapshot()
    expect((await ipvm(['help'], { cwd: folder() })).out).toBe(out)
    const bare = await ipvm([], { cwd: folder() })
    expect(bare).toMatchObject({ code: 2, out: '', err: out })
  })

  test.each(names)('of %s, in each way to ask for it', async command => {
    const cwd = folder()
    const { code, out, err } = await ipvm(['help', command], { cwd })
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatchSnapshot()
    expect((await ipvm([command, '--help'], { cwd })).out).toBe(out)
  })

  test('the version, and both as JSON', async () => {
    const cwd = folder()
    const { code, out } = await ipvm(['--version'], { cwd })
    expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
    expect(await json(['--version'], { cwd })).toMatchObject({ value: { ok: true, value: { version: out.trim() } } })
    expect(await json(['help', 'run'], { cwd })).toMatchObject({ code: 0, value: { ok: true } })
    expect(existsSync(join(cwd, '.ipvm'))).toBe(false)
  })
})

describe('wrong usage exits 2 with one sentence and a suggestion', () => {
  const cases: [string[], string][] = [
    [['biuld', 'x'], 'There is no command `biuld`. Did you mean `build`?'],
    [['rnu'], 'Did you mean `run`?'],
    [['help', 'chekc'], 'Did you mean `check`?'],
    [['doctor', 'x'], 'The command `doctor` is not in this version.'],
    [['diff', 'x'], 'The command `diff` is not in this version.'],
    [['check', '--fxi'], '`check` has no option `--fxi`. Did you mean `--fix`?'],
    [['build', '--traget=car', 'x'], 'Did you mean `--target`?'],
    [['run', 'hello.ipvm', '--allow'], 'The option `--allow <grant>` needs a value.'],
    [['run', 'hello.ipvm', '--alow', 'http.get'], 'Did you mean `--allow`?'],
    [['run', 'x', '--keep-going'], 'is not in this version'],
    [['check', '--format', 'sarif', '--watch'], 'has no one value'],
    [
      ['build', 'x', '--target', 'jsn'],
      '`--target` takes car, json, homestar, homestar-cbor, workflow, ucan; `jsn` is none of them.',
    ],
    [['run'], '`run` needs'],
    [['run', 'a', 'b'], '`run` does not take `b` as well.'],
    [['build', 'x', '-o'], 'needs a value'],
    [['run', 'x', '--jobs', 'many'], '`--jobs` takes a whole number'],
    [['explain', 'IPVM203'], 'Did you mean `IPVM2003`?'],
    [['run', 'hello.ipvn'], 'There is no file `hello.ipvn`. Did you mean `hello.ipvm`?'],
    [['run', 'a\nb\u001b[31m'], 'There is no file `a\\u{a}b\\u{1b}[31m`.'],
    [['check', 'no/such/file.ipvm'], 'there is no folder'],
    [['build', '.'], 'is a folder'],
    [['run', 'hello.ipvm', '-j', 'mian'], 'Did you mean `main`?'],
    [['run', 'hello.ipvm', '--arg', 'nmae=x'], 'Did you mean `name`? It takes: name: string = "World".'],
    [['run', 'hello.ipvm', '--arg', 'name'], 'write `--arg name=value`'],
    [['run', 'hello.ipvm', '--arg', 'name=@missing'], 'There is no file `missing`.'],
    [['run', 'hello.ipvm', '--arg', 'name=a', '--arg', 'name=b'], 'given twice'],
    [['run', 'hello.ipvm', '--args', '@list.json'], 'must hold one JSON object'],
    [['run', 'hello.ipvm', '--args', '@number.json'], 'The argument `name` is not a `string`'],
    [['run', 'several.ipvm'], 'There are several exported jobs. It has: a, b, c.'],
    [
      ['run', 'needs.ipvm'],
      'The job needs arguments for `data`, `size`. It takes: data: bytes, rate: f64 = 2.0, size: u8.',
    ],
    [['run', 'needs.ipvm', '--arg', 'size=300', '--arg', 'data=b""'], 'does not fit'],
    [['run', 'needs.ipvm', '--args', '@large.json'], 'The argument `size` is not a `u8`: value: 300 does not fit u8.'],
    [['run', 'shape.ipvm', '--args', '@shape.json'], 'value.at[1].x: an integer was expected, this is the float 1.5'],
    [['run', 'shape.ipvm', '--args', '@long.json'], `there is no field "${'y'.repeat(64)}…".`],
    [['build', 'hello.ipvm', '-o', 'no/x.car'], 'there is no folder `no`'],
    [['build', 'needs.ipvm', '--target', 'homestar'], 'Homestar has no parameters'],
    [['show', 'bafyreie6oluigknrnmnfwlkqynhlhszgpoagidbabyoy3f2wordh25cgty'], 'There is no block'],
    [['run', 'bafyreie6oluigknrnmnfwlkqynhlhszgpoagidbabyoy3f2wordh25cgty'], 'is not in the store'],
    [['run', 'component.bin'], 'is a component'],
  ]
  test.each(cases)('ipvm %j', async (args, message) => {
    const cwd = folder({
      'hello.ipvm': 'export job main(name: string = "World") -> string { name }\n',
      'several.ipvm': 'export job a() -> u8 { 1 }\nexport job b() -> u8 { 2 }\njob c() -> u8 { 3 }\n',
      'needs.ipvm':
        'export job main(size: u8, data: bytes, rate: f64 = 2.0) -> tuple<u8, bytes, f64> { (size, data, rate) }\n',
      'shape.ipvm': 'export job main(s: record { at: list<record { x: s8 }> }) -> s8 { s.at[0].x }\n',
      'large.json': '{"size": 300, "data": [1]}',
      'shape.json': '{"s": {"at": [{"x": 1}, {"x": 1.5}]}}',
      'long.json': `{"s": {"at": [{"x": 1, "${'y'.repeat(100_000)}": 1}]}}`,
      'list.json': '[1]',
      'number.json': '{"name": 1}',
      'component.bin': '\0asm\x0d\0\x01\0',
    })
    const { code, out, err } = await ipvm(args, { cwd })
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(message)
    expect(err.trimEnd().split('\n')).toHaveLength(1)
    expect(err).toMatch(/^error: /)
    // The words are the same as JSON; a few show it.
    if (args.length !== 2) return
    const asJson = await json(args, { cwd })
    expect(asJson).toMatchObject({ code: 2, err: '', value: { ok: false, diagnostics: [{ code: 'IPVM9001' }] } })
    if (!args[1]!.includes('\n')) expect(asJson.value.diagnostics[0].message).toBe(err.replace('error: ', '').trimEnd())
  })
})

describe('bad input exits 3 with diagnostics', () => {
  const cases: [string, string | Uint8Array, string][] = [
    ['latin1.ipvm', Uint8Array.of(0x2f, 0x2f, 0x20, 0xe9, 0x0a), 'IPVM0001'],
    ['empty.ipvm', '', 'IPVM0002'],
    ['syntax.ipvm', 'export job main() -> u8 { let x = }\n', 'IPVM1'],
    ['name.ipvm', 'export job main() -> u8 { lenght }\n', 'IPVM2'],
    ['type.ipvm', 'export job main() -> u8 { "text" }\n', 'IPVM3'],
    ['import.ipvm', 'import x from "./gone.wasm"\nexport job main() -> u8 { 1 }\n', 'IPVM'],
    ['garbage.car', 'this is no car', 'IPVM9002'],
    ['empty.car', '', 'IPVM9002'],
  ]
  test.each(cases)('%s', async (name, content, code) => {
    const cwd = folder({ [name]: content })
    for (const command of name.endsWith('.car') ? ['run', 'show'] : ['check', 'build', 'run']) {
      const found = await json([command, name], { cwd })
      expect(found.code, command).toBe(3)
      expect(found.value.ok).toBe(false)
      expect(found.value.diagnostics).toHaveLength(1)
      expect(found.value.diagnostics[0]).toEqual({
        code: expect.stringMatching(`^${code}`),
        severity: 'error',
        message: expect.any(String),
        file: name,
        start: { line: expect.any(Number), column: expect.any(Number) },
        end: { line: expect.any(Number), column: expect.any(Number) },
        related: expect.any(Array),
        fixes: expect.any(Array),
      })
    }
    const human = await ipvm(['run', name], { cwd })
    expect(human).toMatchObject({ code: 3, out: '' })
    expect(human.err).toContain('error')
    expect(human.err).not.toMatch(/\n\s+at /)
    expect(existsSync(join(cwd, '.ipvm'))).toBe(false)
  })
})

describe('explain', () => {
  test('prints the long form with a wrong and a right example, in any case of letters', async () => {
    const cwd = folder()
    const { code, out } = await ipvm(['explain', 'ipvm2003'], { cwd })
    expect(code).toBe(0)
    expect(out).toMatch(/^IPVM2003 \(error\): [^]*\n\nWrong:\n\n {2}[^]*\n\nRight:\n\n {2}/)
    const { value } = await json(['explain', 'IPVM9001'], { cwd })
    expect(value).toMatchObject({ ok: true, value: { code: 'IPVM9001', severity: 'error' } })
    expect(Object.keys(value.value).sort()).toEqual(['code', 'explain', 'name', 'right', 'severity', 'wrong'])
  })
})

test('a reader that goes away is no trouble', () => {
  const program = fileURLToPath(new URL('../../dist/ipvm.js', import.meta.url))
  const script = '"$0" "$1" build "$2" --target json -o - --quiet | head -c 10'
  const piped = spawnSync('sh', ['-c', script, process.execPath, program, hello], { cwd: folder() })
  expect(piped.stdout.toString()).toHaveLength(10)
  expect(piped.stderr.toString()).toBe('')
})

test('two outputs cannot both be standard output', async () => {
  const { code, value } = await json(['build', hello, '-o', '-'], { cwd: folder() })
  expect({ code, diagnostics: value.diagnostics.length }).toEqual({ code: 2, diagnostics: 1 })
})

describe('Node', () => {
  /** A Node of the machine that is older than what is needed, where it has one beside the project's own. */
  const old = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter(folder => !folder.includes('node_modules'))
    .map(folder => join(folder, 'node'))
    .find(path => existsSync(path) && /^v(1\d|20|21)\./.test(spawnSync(path, ['--version']).stdout.toString()))

  test.runIf(old)('that is too old starts the one of the package, else says what it needs', async () => {
    const cwd = folder()
    const own = spawnSync(old!, [join(root, 'dist/ipvm.js'), 'run', hello], { cwd })
    expect({ status: own.status, out: own.stdout.toString() }).toEqual({ status: 0, out: 'Hello, World!\n' })
    expect(own.stderr.toString()).not.toMatch(/warning/i)
    const away = folder({ 'package.json': '{"version":"1.2.3","type":"module"}' })
    cpSync(join(root, 'dist/ipvm.js'), join(away, 'dist/ipvm.js'), { recursive: true })
    const alone = spawnSync(old!, [join(away, 'dist/ipvm.js'), 'run', hello], { cwd })
    expect(alone.status).toBe(2)
    expect(alone.stderr.toString()).toMatch(/^error: ipvm needs Node 22\.18 or newer, and this is Node [\d.]+\.\n$/)
  })

  /** The launcher with a job that takes its time, and the Node that it started. */
  async function launched(...more: string[]) {
    const cwd = folder({ 'job.ipvm': 'export job main(data: bytes) -> bytes { data }\n' })
    // The job waits for its argument.
    spawnSync('mkfifo', [join(cwd, 'p')])
    const args = [join(root, 'dist/ipvm.js'), 'run', 'job.ipvm', '--arg', 'data=@p', ...more]
    const parent = spawn(old!, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    const children = `/proc/${parent.pid}/task/${parent.pid}/children`
    const child = await vi.waitUntil(() => Number(readFileSync(children, 'utf8')) || undefined, { timeout: 10_000 })
    return { parent, child }
  }

  test.runIf(old && process.platform === 'linux')('that was started and is killed is spoken of', async () => {
    const { parent, child } = await launched('--json')
    let out = ''
    parent.stdout.on('data', data => (out += data))
    process.kill(child, 'SIGKILL')
    const code = await new Promise(resolve => parent.on('close', resolve))
    expect({ code, ...JSON.parse(out) }).toMatchObject({ code: 137, ok: false, failure: { kind: 'killed' } })
  })
})
