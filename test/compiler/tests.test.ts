import { describe, expect, test } from 'vitest'
import { testRows } from '../../grammar/diagnostics/tests.ts'
import { checkedText, told } from './told.ts'

const file = `effect api("https:") {
  query ask(what: string, limit: u32 = 10) -> result<string, string>
  query key(name: string) -> secret<string>
  command tell(text: string) -> result<u64, string>
}
const limit: u32 = 3
job one() -> u32 { 1 }
job ask(what: string) -> string { api.ask(what, limit)? }
job short() -> secret<bool> { len(api.key("a")) < 3 }
job tell(text: string) -> u64 { do api.tell(text)? }
`
const inTest = (lines: string): string => `${file}test "a test" {\n  ${lines}\n}\n`

/** The only test of a file that is right. */
async function testOf(lines: string) {
  const { module, diagnostics } = await checkedText(inTest(lines))
  expect(diagnostics.map(({ message }) => message)).toEqual([])
  return module!.tests[0]!
}

test.each(Object.entries(testRows))('nothing at all is said of the right example of %s', async (_, row) => {
  expect(await told(row.right)).toEqual([])
})

describe('what a test is made of', () => {
  test('statements, and what is given and promised between them', async () => {
    const found = await testOf(
      'let a = one()\n  given api.ask(what: "x") => ok("y")\n  assert a == 1\n  do api.tell("x")?\n  assert ask("x") == "y"\n  assert a > 0\n  assert fails ask("z")',
    )
    expect(found.name).toBe('a test')
    expect(found.statements.map(({ binding }) => binding?.name)).toEqual(['a', undefined])
    expect(found.given.map(({ effect, statements }) => [effect.op, statements])).toEqual([['api/ask', 1]])
    expect(found.asserts.map(({ kind, statements, site }) => [kind, statements, site.name])).toEqual([
      ['equal', 1, 'a == 1'],
      ['equal', 2, 'ask("x") == "y"'],
      ['holds', 2, 'a > 0'],
      ['fails', 2, 'ask("z")'],
    ])
  })

  test('arguments of what is given stand in order, defaults and any among them', async () => {
    const args = async (call: string): Promise<unknown[]> => {
      const { given } = await testOf(`given ${call} => err("no")\n  assert one() == 1`)
      return given[0]!.args.map(arg => (arg === 'any' ? 'any' : arg.kind === 'widen' ? arg.value : arg))
    }
    const text = { kind: 'value', value: 'x' }
    expect(await args('api.ask("x")')).toMatchObject([text, { kind: 'number', value: 10n }])
    expect(await args('api.ask(limit: 2, what: "x")')).toMatchObject([text, { kind: 'number', value: 2n }])
    expect(await args('api.ask(_, _)')).toEqual(['any', 'any'])
    expect(await args('api.ask(limit: _, what: "x")')).toMatchObject([text, 'any'])
  })

  test.each([
    'given api.key(_) => "abc"\n  assert short()',
    'assert short() == (len(api.key("a")) < 3)',
    'given declassify(_) => 1\n  assert one() == 1',
    'given api.tell(text: "a") => err("no")\n  assert fails tell("a")',
    'do api.tell("a")?',
    'let id = tell("a")\n  assert id == 2',
    'for t in ["a", "b"] { tell(t) }',
  ])('%s', async lines => {
    expect(await told(inTest(lines))).toEqual([])
  })
})

describe('what is wrong in a test', () => {
  test.each([
    ['assert one()', ['TypeMismatch: one()']],
    ['assert on() == 1', ['UnknownName: on']],
    ['assert one() == "a"', ['OperandTypes: one() == "a"']],
    ['given api.ask("a") => "b"\n  assert one() == 1', ['TypeMismatch: "b"']],
    ['given api.ask(1) => ok("b")\n  assert one() == 1', ['TypeMismatch: 1']],
    ['given api.ask() => ok("b")\n  assert one() == 1', ['MissingArgument: api.ask()']],
    ['given api.ask(_, _, _) => ok("b")\n  assert one() == 1', ['SurplusArgument: _']],
    ['given api.ask(wat: _) => ok("b")\n  assert one() == 1', ['UnknownArgument: wat']],
    ['given api.aks(_) => ok("b")\n  assert one() == 1', ['UnknownOperation: aks']],
    ['given ap.ask(_) => ok("b")\n  assert one() == 1', ['UnknownName: ap']],
    ['given one() => 2\n  assert one() == 2', ['GivenNeedsEffect: one']],
    ['given api() => 2\n  assert one() == 2', ['GivenNeedsEffect: api']],
    ['given api.ask(_) => api.ask("b")\n  assert one() == 1', ['ImpureAlternative: api.ask("b")']],
    ['one()\n  assert one() == 1', ['UnusedExpression: one()']],
    ['one() == 1\n  assert one() == 1', ['ForgottenAssert: one() == 1']],
    ['let a = 1\n  let a = 2\n  assert a == 1', ['DuplicateName: a']],
    ['api.tell("a")?', ['ForgottenDo: api.tell("a")']],
    ['let a = one()', ['UnusedLet: a', 'EmptyTest: "a test"']],
    ['do api.tell("a")', ['IgnoredResult: do api.tell("a")']],
  ])('%s', async (lines, errors) => {
    expect((await told(inTest(lines))).sort()).toEqual(errors.sort())
  })

  test('names are told apart in a file', async () => {
    const again = `${inTest('assert one() == 1')}test "another" { assert one() < 2 }\ntest "a test" { assert one() > 0 }\n`
    expect(await told(again)).toEqual(['DuplicateTest: "a test"'])
  })
})
