import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createSources } from '../../cli/report.ts'
import { folder, ipvm, json, root } from './harness.ts'

const wrong = 'export job main() -> u8 {\n  let size = 1\n  sise\n}\n'

describe('check', () => {
  test('shows where and what, says the same as JSON, and makes no store', async () => {
    const cwd = folder({ 'a.ipvm': wrong, 'b/c.ipvm': 'export job main() -> u8 { 1 }\n' })
    const human = await ipvm(['check'], { cwd })
    expect(human).toMatchObject({ code: 3, out: '' })
    expect(human.err).toContain('--> a.ipvm:3:3')
    expect(human.err).toContain('3 |   sise\n')
    const { code, value } = await json(['check', 'a.ipvm', 'b/c.ipvm'], { cwd })
    expect(code).toBe(3)
    expect(value.diagnostics[0]).toMatchObject({
      file: 'a.ipvm',
      start: { line: 3, column: 3 },
      end: { line: 3, column: 7 },
    })
    const byFormat = await ipvm(['check', 'a.ipvm', '--format', 'json'], { cwd })
    expect(JSON.parse(byFormat.out)).toEqual(value)
    expect(existsSync(join(cwd, '.ipvm'))).toBe(false)
  })

  test('tells thousands of warnings in the time of as many lines', async () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => `  let a${i} = ${i}\n`)
    const cwd = folder({ 'a.ipvm': `export job main() -> u8 {\n${lines.join('')}  1\n}\n` })
    const { code, value } = await json(['check', 'a.ipvm'], { cwd })
    expect({ code, warnings: value.value.diagnostics.length }).toEqual({ code: 0, warnings: 20_000 })
    expect(value.value.diagnostics.at(-1).start).toEqual({ line: 20_001, column: 7 })
    // A file is cut into lines once, not for each diagnostic: that would take minutes here.
    const sources = createSources([['a.ipvm', lines.join('')]])
    expect(sources('a.ipvm')).toBe(sources('a.ipvm'))
  }, 20_000)

  test('repairs what it can with --fix', async () => {
    const cwd = folder({ 'a.ipvm': wrong })
    const fixed = await json(['check', 'a.ipvm', '--fix'], { cwd })
    expect(fixed).toMatchObject({ code: 0, value: { ok: true, value: { files: 1, fixed: 1, diagnostics: [] } } })
    expect(readFileSync(join(cwd, 'a.ipvm'), 'utf8')).toBe(wrong.replace('sise', 'size'))
  })

  test('leaves alone what --fix cannot make better', async () => {
    for (const text of ['export job main() -> string { “a"b }\n', 'export job main() -> string { (“a”b” }\n']) {
      const cwd = folder({ 'a.ipvm': text })
      expect((await ipvm(['check', 'a.ipvm', '--fix'], { cwd })).code).toBe(3)
      const after = readFileSync(join(cwd, 'a.ipvm'), 'utf8')
      expect(after.length).toBeLessThan(text.length + 4)
    }
  })

  test('leaves to a person what can be repaired in more than one way', async () => {
    const text = 'export job main() -> record { a: u8 } { { a: 1, a: 2 } }\n'
    const cwd = folder({ 'a.ipvm': text })
    expect((await ipvm(['check', 'a.ipvm', '--fix'], { cwd })).code).toBe(3)
    expect(readFileSync(join(cwd, 'a.ipvm'), 'utf8')).toBe(text)
  })

  test('repairs in rounds, and what a repair brings to light too', async () => {
    const text = 'export job main() -> u8 {\n  var size = 1; const other = size;\n  sise\n}\n'
    const cwd = folder({ 'a.ipvm': text })
    expect((await ipvm(['check', 'a.ipvm', '--fix'], { cwd })).code).toBe(0)
    const wanted = 'export job main() -> u8 {\n  let size = 1\n  let other = size\n  size\n}\n'
    expect(readFileSync(join(cwd, 'a.ipvm'), 'utf8')).toBe(wanted)
  })

  test('is content with the examples', async () => {
    const { code, err } = await ipvm(['check'], { cwd: join(root, 'examples') })
    expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('nothing wrong') })
  })
})

describe('fmt', () => {
  const messy = 'export   job main( )->u8{1}   // one\n'
  const neat = 'export job main() -> u8 { 1 } // one\n'

  test('formats in place, and a second time changes nothing', async () => {
    const cwd = folder({ 'a.ipvm': messy, 'b.ipvm': neat })
    const before = await json(['fmt', '--check'], { cwd })
    expect(before).toMatchObject({ code: 3, value: { ok: false, diagnostics: [{ code: 'IPVM9004', file: 'a.ipvm' }] } })
    expect(await ipvm(['fmt', '--check'], { cwd })).toMatchObject({ code: 3, out: 'a.ipvm\n' })
    expect(readFileSync(join(cwd, 'a.ipvm'), 'utf8')).toBe(messy)
    expect(await ipvm(['fmt', 'a.ipvm', 'b.ipvm'], { cwd })).toMatchObject({ code: 0, out: 'a.ipvm\n' })
    expect(readFileSync(join(cwd, 'a.ipvm'), 'utf8')).toBe(neat)
    expect(await json(['fmt'], { cwd })).toMatchObject({ code: 0, value: { value: { files: 2, changed: [] } } })
    expect((await ipvm(['fmt', '--check'], { cwd })).code).toBe(0)
  })

  test('filters standard input', async () => {
    const cwd = folder()
    expect(await ipvm(['fmt', '-'], { cwd, input: messy })).toMatchObject({ code: 0, out: neat, err: '' })
    expect((await ipvm(['fmt', '-', '--check'], { cwd, input: messy })).code).toBe(3)
    const broken = await ipvm(['fmt', '-'], { cwd, input: 'job {' })
    expect(broken).toMatchObject({ code: 3, out: '' })
    expect(broken.err).toContain('<stdin>:1:')
  })

  test('leaves a file with a syntax error alone', async () => {
    const cwd = folder({ 'a.ipvm': 'export job {', 'b.ipvm': messy })
    expect((await json(['fmt'], { cwd })).code).toBe(3)
    expect(readFileSync(join(cwd, 'a.ipvm'), 'utf8')).toBe('export job {')
    expect(readFileSync(join(cwd, 'b.ipvm'), 'utf8')).toBe(neat)
  })
})
