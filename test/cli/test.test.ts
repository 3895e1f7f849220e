import Ajv from 'ajv-draft-04'
import addFormats from 'ajv-formats'
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { folder, ipvm, json, root } from './harness.ts'

const jobs = `type Point = record { x: u32, tags: list<string> }

effect mail("mailto:") {
  command send(to: string) -> result<string, string>
}

job double(n: u32) -> u32 { n * 2 }

job point(x: u32) -> Point { { x: x, tags: ["a", "b"] } }

export job notify(to: string) -> string uses mail.send { (do mail.send(to))? }
`
const passing = `${jobs}
test "doubles" {
  assert double(2) == 4
  assert fails double(4_000_000_000)
}

test "sends" {
  given mail.send(to: _) => ok("id-1")
  assert notify("a") == "id-1"
}
`
const failing = `${jobs}
test "a wrong field" {
  let found = point(1)
  assert found == { x: 2, tags: ["a", "c"] }
}

test "does not hold" { assert double(2) < 4 }

test "does not fail" { assert fails double(2) }

test "is not given" {
  given mail.send(to: "b") => ok("id-1")
  assert notify("a") == "id-1"
}

test "fails inside" { assert double(4_000_000_000) == 1 }
`

describe('test', () => {
  test('names what passes, and makes one value of it', async () => {
    const cwd = folder({ 'a.ipvm': passing })
    const human = await ipvm(['test'], { cwd })
    expect(human).toMatchObject({ code: 0, out: '' })
    expect(human.err.replace(/\(\d+ ms\)/g, '(… ms)')).toBe(
      'a.ipvm\n  ✓ doubles (… ms)\n  ✓ sends (… ms)\n2 tests: 2 passed\n',
    )
    const { code, value } = await json(['test', 'a.ipvm'], { cwd })
    expect(code).toBe(0)
    expect(value).toMatchObject({
      ok: true,
      value: { passed: 2, failed: 0, tests: [{ name: 'doubles', ok: true }, {}] },
    })
  })

  test('shows where a promise is broken and how the values differ', async () => {
    const cwd = folder({ 'a.ipvm': failing })
    const { code, err } = await ipvm(['test'], { cwd })
    expect(code).toBe(1)
    expect(err.replace(/\(\d+ ms\)/g, '(… ms)')).toMatchSnapshot()
    const report = await json(['test'], { cwd })
    expect(report).toMatchObject({ code: 1, value: { ok: false, failure: { kind: 'test' } } })
    expect(report.value.failure.tests[0].faults[0].differences).toEqual([
      { path: '.x', left: '1', right: '2' },
      { path: '.tags[1]', left: '"b"', right: '"c"' },
    ])
  })

  test('runs those whose names have the text of --filter', async () => {
    const cwd = folder({ 'a.ipvm': passing })
    expect((await ipvm(['test', '--filter', 'send'], { cwd })).err).toMatch(
      /1 test: 1 passed, 1 left out by the filter/,
    )
    const none = await ipvm(['test', '--filter', 'nothing'], { cwd })
    expect(none).toMatchObject({ code: 2, err: expect.stringContaining('There are: doubles, sends.') })
  })

  test('writes JUnit XML, with what XML must not hold escaped', async () => {
    const cwd = folder({ 'a.ipvm': `${failing}\ntest "a < b & \\"c\\"" { assert true }\n` })
    expect((await ipvm(['test', '--junit', 'report.xml'], { cwd })).code).toBe(1)
    const xml = readFileSync(join(cwd, 'report.xml'), 'utf8')
    expect(xml).toContain('<testsuites tests="6" failures="5" errors="0"')
    expect(xml).toContain('name="a &lt; b &amp; &quot;c&quot;"')
    expect(xml).toContain('<failure message="The two sides differ." type="differs">')
    expect(xml.match(/<failure /g)).toHaveLength(5)
    const over = await ipvm(['test', 'a.ipvm', '--junit', 'a.ipvm'], { cwd })
    expect(over).toMatchObject({ code: 2, err: expect.stringContaining('would be overwritten') })
  })

  test('does not run what does not compile', async () => {
    const cwd = folder({ 'a.ipvm': 'test "x" { assert 1 == "a" }\n' })
    expect(await ipvm(['test'], { cwd })).toMatchObject({ code: 3, err: expect.stringContaining('a.ipvm:1:') })
    expect(existsSync(join(cwd, '.ipvm'))).toBe(false)
  })

  test('a job with effects is not started outside of tests', async () => {
    const cwd = folder({ 'a.ipvm': passing })
    const { code, value } = await json(['run', 'a.ipvm', '--arg', 'to=a'], { cwd })
    expect(code).toBe(4)
    expect(value.diagnostics[0]).toMatchObject({ code: 'IPVM9007', message: expect.stringContaining('mail.send') })
  })
})

test('what has no end has no one value, and standard output takes one', async () => {
  const cwd = folder({ 'a.ipvm': passing })
  for (const args of [
    ['test', '--watch'],
    ['check', '--watch'],
    ['check', '--format', 'sarif'],
  ]) {
    const { code, value } = await json(args, { cwd })
    expect({ args, code, said: value.diagnostics[0].code }).toEqual({ args, code: 2, said: 'IPVM9001' })
  }
})

describe('--watch', () => {
  test.each(['test', 'check'])('%s goes on when a file changes that was read', async command => {
    const cwd = folder({
      'a.ipvm': 'import { b } from "./b.ipvm"\n\ntest "b" { assert b() == 1 }\n',
      'b.ipvm': bOf('1'),
    })
    const child = spawn(process.execPath, [join(root, 'dist/ipvm.js'), command, 'a.ipvm', '--watch'], { cwd })
    let seen = ''
    const waits: [needle: string, done: () => void][] = []
    child.stderr.on('data', data => {
      seen += data
      for (const [needle, done] of waits) if (seen.includes(needle)) done()
    })
    const until = (needle: string): Promise<void> =>
      new Promise(done => (seen.includes(needle) ? done() : void waits.push([needle, done])))
    const ended = new Promise(done => child.on('close', done))

    await until('watching 2 files')
    seen = ''
    writeFileSync(join(cwd, 'b.ipvm'), command === 'test' ? bOf('2') : bOf('"x"'))
    await until(command === 'test' ? '1 failed' : 'IPVM3001')
    await until('watching')
    seen = ''
    writeFileSync(join(cwd, 'b.ipvm'), bOf('1'))
    await until(command === 'test' ? '1 passed' : 'nothing wrong')
    await until('watching')
    child.kill('SIGINT')
    expect(await ended).toBe(0)
  })
})

function bOf(value: string): string {
  return `export job b() -> u8 { ${value} }\n`
}

describe('check --format sarif', () => {
  const ajv = addFormats.default(new Ajv.default({ strict: false }))
  const schema = readFileSync(join(root, 'test/fixtures/sarif/sarif-schema-2.1.0.json'), 'utf8')
  const valid = ajv.compile(JSON.parse(schema))

  test.each([
    ['errors, related places and repairs', 'export job main() -> u8 {\n  let size = 1\n  let size = 2\n  sise\n}\n', 3],
    ['warnings', 'export job main() -> u8 {\n  let unused = f()\n  1\n}\n\njob f() -> u8 { 1 }\n', 0],
    ['nothing', 'export job main() -> u8 { 1 }\n', 0],
    ['a name that no address has as it is', 'export job main() -> u8 { "ä" }\n', 3],
  ])('%s: the log fits its schema', async (what, text, exit) => {
    const name = what.startsWith('a name') ? 'ä b%.ipvm' : 'a.ipvm'
    const { code, out } = await ipvm(['check', name, '--format', 'sarif'], { cwd: folder({ [name]: text }) })
    expect(code).toBe(exit)
    const log = JSON.parse(out)
    expect(valid(log) ? [] : valid.errors).toEqual([])
    const { results, tool } = log.runs[0]
    for (const result of results) expect(tool.driver.rules[result.ruleIndex].id).toBe(result.ruleId)
    if (exit === 3) expect(results.length).toBeGreaterThan(0)
    if (what.startsWith('a name'))
      expect(results[0].locations[0].physicalLocation.artifactLocation.uri).toBe('%C3%A4%20b%25.ipvm')
  })

  test('a log that is not one does not fit', () => {
    expect(valid({ version: '2.1.0', runs: [{ results: [] }] })).toBe(false)
  })
})
