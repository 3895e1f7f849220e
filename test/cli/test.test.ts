import Ajv from 'ajv-draft-04'
import addFormats from 'ajv-formats'
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
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

interface Element {
  name: string
  attributes: Record<string, string>
  children: (Element | string)[]
}

/** The elements of an XML text without DTD or comments; throws where it is not well-formed. White space is dropped. */
function readXml(text: string): Element[] {
  const top: Element = { name: '', attributes: {}, children: [] }
  const open = [top]
  const part = /<(\/?)([a-z]+)((?: [a-z]+="[^"<]*")*)(\/?)>|[^<]+/y
  part.lastIndex = /^<\?xml version="1.0" encoding="UTF-8"\?>/.exec(text)![0].length
  while (part.lastIndex < text.length) {
    const [whole, closing, name, attributes, single] = part.exec(text)!
    if (name === undefined) {
      if (whole.trim() !== '') open.at(-1)!.children.push(unescape(whole))
    } else if (closing) {
      if (open.pop()!.name !== name) throw new Error(`</${name}> closes nothing`)
    } else {
      // A reader takes line ends and tabs in an attribute for spaces.
      const pairs = [...attributes!.matchAll(/([a-z]+)="([^"]*)"/g)]
      const read = pairs.map(([, key, value]) => [key!, unescape(value!.replace(/[\t\r\n]/g, ' '))])
      const element = { name, attributes: Object.fromEntries(read), children: [] }
      open.at(-1)!.children.push(element)
      if (!single) open.push(element)
    }
  }
  if (open.length !== 1) throw new Error(`<${open.at(-1)!.name}> is not closed`)
  return top.children as Element[]
}

function unescape(text: string): string {
  const named: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"' }
  return text.replace(/&(?:#(\d+)|(\w+));|&/g, (_, code, name) =>
    code ? String.fromCodePoint(Number(code)) : named[name]!,
  )
}

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
    expect((await ipvm(['test', '--filter', 'send'], { cwd })).err).toMatch(/1 test: 1 passed, 1 left out/)
    const none = await ipvm(['test', '--filter', 'nothing'], { cwd })
    expect(none).toMatchObject({ code: 2, err: expect.stringContaining('There are: doubles, sends.') })
    const cwdWithout = folder({ 'a.ipvm': 'export job main() -> u8 { 1 }\n' })
    const empty = await ipvm(['test', '--filter', 'x'], { cwd: cwdWithout })
    expect(empty).toMatchObject({ code: 2, err: expect.stringContaining('There are no tests.') })
    expect((await ipvm(['test', 'a.ipvm', 'a.ipvm'], { cwd })).err).toMatch(/^2 tests: 2 passed$/m)
  })

  test('runs those of the very name that --name has', async () => {
    const cwd = folder({ 'a.ipvm': `${passing}\ntest "sends twice" { assert 1 == 1 }\n` })
    const report = await json(['test', '--name', 'sends'], { cwd })
    expect(report.value.value.tests.map(({ name }: { name: string }) => name)).toEqual(['sends'])
    const none = await ipvm(['test', '--name=send'], { cwd })
    expect(none).toMatchObject({
      code: 2,
      err: expect.stringContaining('No test is called `send`. There are: doubles, sends, sends twice.'),
    })
    expect((await ipvm(['test', '--name', 'sends', '--filter', 'doubles'], { cwd })).code).toBe(2)
  })

  test('writes JUnit XML: a suite for each file, a case for each test, one failure for all that is wrong with it', async () => {
    const twice = 'test "twice" {\n  assert 1 == 2\n  assert f(point(1)) == f(point(3))\n}\n'
    const f = 'job f(p: Point) -> result<Point, string> { ok(p) }\n'
    const cwd = folder({ 'a.ipvm': failing, 'b/c.ipvm': `${passing}\n${twice}${f}` })
    const { code, value } = await json(['test', '--junit', 'report.xml'], { cwd })
    expect(code).toBe(1)
    const [root, ...rest] = readXml(readFileSync(join(cwd, 'report.xml'), 'utf8'))
    expect(rest).toEqual([])
    expect(root).toMatchObject({ name: 'testsuites', attributes: { tests: '8', failures: '6', errors: '0' } })
    const suites = root!.children as Element[]
    expect(suites.map(({ name, attributes }) => [name, attributes['name'], attributes['tests']])).toEqual([
      ['testsuite', 'a.ipvm', '5'],
      ['testsuite', 'b/c.ipvm', '3'],
    ])
    const cases = suites.flatMap(suite => suite.children as Element[])
    expect(cases.map(({ name, attributes }) => [name, attributes['classname'], attributes['name']])).toEqual(
      value.failure.tests.map((one: any) => ['testcase', one.file, one.name]),
    )
    for (const one of [root!, ...suites, ...cases]) expect(one.attributes['time']).toMatch(/^\d+\.\d{3}$/)
    expect(cases.map(one => one.children.length)).toEqual(value.failure.tests.map((one: any) => (one.ok ? 0 : 1)))
    const [failure] = cases.at(-1)!.children as [Element]
    expect(failure).toEqual({
      name: 'failure',
      attributes: { message: 'The two sides differ. And 1 more.', type: 'differs' },
      children: [
        'b/c.ipvm:24:10\n1 == 2\n    left:  1\n    right: 2\n\n' +
          'b/c.ipvm:25:10\nf(point(1)) == f(point(3))\n  at ?.x:\n    left:  1\n    right: 3',
      ],
    })
    const over = await ipvm(['test', 'a.ipvm', '--junit', 'a.ipvm'], { cwd })
    expect(over).toMatchObject({ code: 2, err: expect.stringContaining('would be overwritten') })
  })

  test('names of any characters come out of JUnit XML as they are, but for those that XML cannot hold', async () => {
    const names = ['a < b & "c"', "]]> '\t", 'é 😀 日', '', '\\n \\u{d}', '\\u{1} \\u{fffe} \\u{7f}']
    const tests = names.map(name => `test "${name.replaceAll('"', '\\"')}" { assert 1 == 2 }\n`)
    const cwd = folder({ '<&>.ipvm': tests.join('') })
    expect((await ipvm(['test', '--junit', 'report.xml'], { cwd })).code).toBe(1)
    const [root] = readXml(readFileSync(join(cwd, 'report.xml'), 'utf8'))
    const [suite] = root!.children as [Element]
    expect(suite.attributes['name']).toBe('<&>.ipvm')
    expect((suite.children as Element[]).map(({ attributes }) => attributes['name'])).toEqual([
      ...names.slice(0, 4),
      '\n \r',
      '\ufffd \ufffd \x7f',
    ])
  })

  test('tells what is wrong with all files, and runs none', async () => {
    const bad = (name: string) => `test "${name}" { assert 1 == "a" }\n`
    const cwd = folder({ 'a.ipvm': bad('x'), 'b.ipvm': bad('y'), 'c.ipvm': 'test "z" { assert true }\n' })
    const { code, value, err } = await json(['test'], { cwd })
    expect(code).toBe(3)
    expect(value.diagnostics.map((one: any) => one.file)).toEqual(['a.ipvm', 'b.ipvm'])
    expect(err).toBe('')
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
    expect(value.failure).toMatchObject({ code: 'IPVM9007', message: expect.stringContaining('mail.send') })
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

  test('places in other files have their own addresses, also those above the current folder', async () => {
    const cwd = folder({
      'a.ipvm': 'import { hidden } from "./sub/b.ipvm"\n\nexport job main() -> u8 { hidden() }\n',
      'sub/b.ipvm': 'job hidden() -> u8 { 1 }\n',
      'package.json': '{}\n',
    })
    const told = async (file: string, at: string): Promise<[string, string]> => {
      const { code, out } = await ipvm(['check', file, '--format', 'sarif'], { cwd: at })
      const log = JSON.parse(out)
      expect({ code, errors: valid(log) ? [] : valid.errors }).toEqual({ code: 3, errors: [] })
      const [result] = log.runs[0].results
      const uriOf = (place: any): string => place.physicalLocation.artifactLocation.uri
      return [uriOf(result.locations[0]), uriOf(result.relatedLocations[0])]
    }
    expect(await told('a.ipvm', cwd)).toEqual(['a.ipvm', 'sub/b.ipvm'])
    expect(await told('../a.ipvm', join(cwd, 'sub'))).toEqual([pathToFileURL(join(cwd, 'a.ipvm')).href, 'b.ipvm'])
  })

  test('a log that is not one does not fit', () => {
    expect(valid({ version: '2.1.0', runs: [{ results: [] }] })).toBe(false)
  })
})

test('what is given may fail itself, which is told with its place', async () => {
  const text =
    'import { http } from "ipvm:effects"\n' +
    'export job status(url: string) -> u16 uses http.get { http.get(url)?.status }\n' +
    'job none-of-them() -> u16 { [1, 2][5] }\n' +
    'test "a page" {\n' +
    '  given http.get(url: "a") => ok({ status: none-of-them(), headers: [], body: b"" })\n' +
    '  assert status("a") == 200\n' +
    '}\n'
  const cwd = folder({ 'job.ipvm': text })
  const { code, err } = await ipvm(['test', 'job.ipvm'], { cwd })
  expect(code).toBe(1)
  expect(err).toContain('error[test]: This failed: the value does not fit.\n  --> job.ipvm:4:6\n')
  expect(err).toContain('  index 5 is out of range: the list has 2 elements\n')
  expect(err).toContain('error[value]: `[1, 2][5]` failed\n  --> job.ipvm:3:29\n')
})
