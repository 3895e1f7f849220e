import { describe, expect, test } from 'vitest'
import { lintRows } from '../../grammar/diagnostics/lints.ts'
import { mended, told } from './told.ts'

const mail = `effect mail("mailto:") {
  query unread() -> u32
  note seen(id: u64)
  command send(to: string) -> result<u64, string>
}
job tell(to: string) -> result<u64, string> { do mail.send(to) }
`
const job = (lines: string): string => `${mail}job main(n: u32) -> u32 {\n${lines}\n}\n`

test.each(Object.entries(lintRows))('nothing at all is said of the right example of %s', async (_, row) => {
  expect(await told(row.right)).toEqual([])
})

describe('unused names', () => {
  test.each([
    ['let a = 1\n  n', ['UnusedLet: a']],
    ['let _a = 1\n  n', []],
    ['let _ = tell("a")\n  n', []],
    ['let a = 1\n  let b = a\n  n', ['UnusedLet: b']],
    ['for i in range(n) { let a = i\n n }[0]', ['UnusedLet: a']],
    ['let a = mail.unread()\n  mail.unread() after a', ['UnusedParameter: n']],
    ['let a = n\n  "${a}"\n  n', ['UnusedExpression: "${a}"']],
  ])('%s', async (lines, warnings) => {
    expect(await told(job(lines))).toEqual(warnings)
  })

  test('parameters, in exported jobs too', async () => {
    expect(await told('job f(a: u8, _b: u8) -> u8 { 1 }\n')).toEqual(['UnusedParameter: a'])
    expect(await told('export job f(a: u8) -> u8 { 1 }\n')).toEqual(['UnusedParameter: a'])
    expect(await told('job f(a: u8) -> list<u8> { for x in [a] { x } }\n')).toEqual([])
  })

  test('imports, whole ones and single names', async () => {
    const files = { 'other.ipvm': 'export type Size = u32\nexport const edge: u32 = 1\nexport job f() -> u8 { 1 }\n' }
    const text = (names: string): string =>
      `import { ${names} } from "./other.ipvm"\nexport job main() -> Size { edge }\n`
    expect(await told(text('Size, edge'), files)).toEqual([])
    expect(await told(text('Size, edge, f as g'), files)).toEqual(['UnusedImport: g'])
    expect(await told('import { time } from "ipvm:effects"\nexport job main() -> u8 { 1 }\n')).toEqual([
      'UnusedImport: time',
    ])
  })

  test('an effect is not used by the type that is called like it', async () => {
    const effects = 'import { secret } from "ipvm:effects"\n'
    const unused = 'job f(token: secret<string>) -> secret<string> { token }\n'
    expect(await told(effects + unused)).toEqual(['UnusedImport: secret'])
    const used = 'job f(name: string) -> secret<string> { secret.get(name) }\n'
    expect(await told(effects + used)).toEqual([])
  })

  test('an import that only types, `uses` or a `given` name is used', async () => {
    const effects = 'import { time } from "ipvm:effects"\n'
    expect(await told(`${effects}export job main() -> u64 uses time.now { time.now() }\n`)).toEqual([])
    expect(await told(`${effects}test "a" {\n  given time.now() => 1\n  assert 1 == 1\n}\n`)).toEqual([])
  })

  test.each([
    [job('let a = 1\n  n'), job('  n').replace('{\n  n', '{\n  n')],
    [job('let a = tell("x")\n  n'), job('let _ = tell("x")\n  n')],
    [job('let a = mail.unread()\n  n'), job('  n')],
    ['import { time, dns } from "ipvm:effects"\n', ''],
    [
      'import { log, time } from "ipvm:effects"\nexport job f() -> u64 uses time.now { time.now() }\n',
      'import { time } from "ipvm:effects"\nexport job f() -> u64 uses time.now { time.now() }\n',
    ],
    [
      'import { time, log } from "ipvm:effects"\nexport job f() -> u64 uses time.now { time.now() }\n',
      'import { time } from "ipvm:effects"\nexport job f() -> u64 uses time.now { time.now() }\n',
    ],
  ])('the repair of %s', async (text, right) => {
    const once = await mended(text)
    const result = text.includes('time, dns') ? await mended(once) : once
    if (right !== '') expect(result).toBe(right)
    if (result.trim() !== '') expect(await told(result)).toEqual([])
  })
})

describe('results that nobody looks at', () => {
  test.each([
    ['do mail.send("a")\n  n', ['IgnoredResult: do mail.send("a")']],
    ['do mail.send("a") with { retry: 1 }\n  n', ['IgnoredResult: do mail.send("a") with { retry: 1 }']],
    ['tell("a")\n  n', ['IgnoredResult: tell("a")']],
    ['for i in range(n) { do mail.send("${i}") }\n  n', ['IgnoredResult: for i in range(n) { do mail.send("${i}") }']],
    ['try do mail.send("a")?\n  n', ['IgnoredResult: try do mail.send("a")?']],
    ['do mail.send("a")?\n  n', []],
    ['let _ = do mail.send("a")\n  n', []],
    ['mail.seen(1)\n  n', []],
  ])('%s', async (lines, warnings) => {
    expect(await told(job(lines))).toEqual(warnings)
  })

  test('the repair fails with it', async () => {
    expect(await mended(job('do mail.send("a") with { retry: 1 }\n  n'))).toBe(
      job('do mail.send("a")? with { retry: 1 }\n  n'),
    )
    expect(await told(await mended(job('tell("a")\n  n')))).toEqual([])
    const attempt = job('try do mail.send("a")\n  n')
    expect(await mended(attempt)).toBe(attempt)
  })
})

describe('hidden names', () => {
  test.each([
    ['let n = 1\n  n', ['ShadowedName: n', 'UnusedParameter: n']],
    ['let tell = n\n  tell', ['ShadowedName: tell']],
    ['let mail = n\n  mail', ['ShadowedName: mail']],
    ['let xs = for n in range(n) { n }\n  xs[0]', ['ShadowedName: n']],
    ['let xs = for a, n in range(n) { a + n as u32 }\n  xs[0]', ['ShadowedName: n']],
    ['match some(n) { some(n) => n, none => 0 }', ['ShadowedName: n']],
    ['fold [n] from 0 with (n, x) => n + x', ['ShadowedName: n']],
    ['let xs = for x in range(n) { let x = 1\n x }\n  n + xs[0]', ['ShadowedName: x']],
    ['let a = if n > 1 { let b = n\n b } else { let b = 1\n b }\n  a', []],
  ])('%s', async (lines, warnings) => {
    expect((await told(job(lines))).sort()).toEqual(warnings)
  })
})

describe('what is never reached', () => {
  test.each([
    ['if true { n } else { 1 }', ['Unreachable: { 1 }']],
    ['if false { n } else { 1 }', ['Unreachable: { n }']],
    ['n + (1 catch _ => 2)', ['Unreachable: 2']],
    ['n + ({ a: [1, 2] } catch _ => { a: [3] }).a[0]', ['Unreachable: { a: [3] }']],
    ['n + 1 catch _ => 2', []],
    ['match n { 1 => 2, _ => 3, 4 => 5 }', ['Unreachable: 4']],
    ['match n { 1 => 2, 1 => 3, _ => 4 }', ['Unreachable: 1']],
    ['match n > 1 { true => 2, false => 3, _ => 4 }', ['Unreachable: _']],
  ])('%s', async (lines, warnings) => {
    expect(await told(job(lines))).toEqual(warnings)
  })
})

describe('lints are told of right programs alone', () => {
  test('not where something is wrong', async () => {
    expect(await told(job('let a = 1\n  m'))).toEqual(['UnknownName: m'])
    expect(await told(job('let a = 1\n  n +'))).toHaveLength(1)
  })

  test('none of them twice, and none of the effects in the box', async () => {
    const text = `import { http } from "ipvm:effects"\nimport { f } from "./other.ipvm"\nimport { g } from "./other.ipvm"\nexport job main(url: string) -> u8 uses http.get {\n  let _ = http.get(url)?\n  f() + g()\n}\n`
    const other = 'export job f() -> u8 {\n  let a = 1\n  2\n}\nexport job g() -> u8 { 3 }\n'
    expect(await told(text, { 'other.ipvm': other })).toEqual(['UnusedLet: a'])
  })
})
