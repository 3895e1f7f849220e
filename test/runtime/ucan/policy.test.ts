import { describe, expect, test } from 'vitest'
import { Float, type Ipld } from '../../../dag/ipld.ts'
import { demandsOf, failing, parsePolicy } from '../../../runtime/ucan/policy.ts'
import { parseSelector, select } from '../../../runtime/ucan/selector.ts'

const args: Ipld = {
  host: 'example.com',
  port: 443,
  to: ['a@example.com', 'b@other.test'],
  bytes: Uint8Array.from([0xd6, 0xa9, 0xc1, 0x8c]),
  map: { a: { n: 1 }, b: { n: 2 } },
  big: 2n ** 63n,
  none: [],
  null: null,
  'a.b': 'dotted',
  __proto__x: 1,
}

describe('a selector', () => {
  test.each<[string, Ipld | undefined]>([
    ['.', args],
    ['.host', 'example.com'],
    ['["host"]', 'example.com'],
    ['.["a.b"]', 'dotted'],
    ['.to[1]', 'b@other.test'],
    ['.to[-1]', 'b@other.test'],
    ['.to[99]', undefined],
    ['.to[99]?', null],
    ['.to[0:1]', ['a@example.com']],
    ['.to[1:]', ['b@other.test']],
    ['.to[:-1]', ['a@example.com']],
    ['.map[]', [{ n: 1 }, { n: 2 }]],
    ['.to[]', ['a@example.com', 'b@other.test']],
    ['.bytes[3]', 0x8c],
    // A key that is not there is null, and nothing stands in null.
    ['.nope', null],
    ['.nope.more', undefined],
    ['.nope.more?', null],
    ['.nope.more.most?', undefined],
    ['.host.length', undefined],
    ['.to.length', undefined],
    ['.toString', null],
    ['.__proto__', null],
    ['.host???', 'example.com'],
  ])('%s', (text, found) => {
    const selector = parseSelector(text)
    expect(selector.ok && select(args, selector.value)).toEqual(found)
  })

  test.each([
    ['', 'it does not begin with `.`'],
    ['host', 'it does not begin with `.`'],
    ['..', '`..` is no part of one'],
    ['..host', '`..host` is no part of one'],
    ['.host..port', '`..port` is no part of one'],
    ['.to.[0]', '`.[0]` is no part of one'],
    ['.host ', '` ` is no part of one'],
    ['.1', '`.1` is no part of one'],
    ['.to[x]', '`[x]` is no part of one'],
    ['.to[0', '`[0` is no part of one'],
    ['["\\x"]', 'is no part of one'],
    ['.a | .b', '` | .b` is no part of one'],
    [`.${'a'.repeat(2000)}`, 'it has more than 1024 characters'],
    ['.a'.repeat(65), 'it has more than 64 parts'],
  ])('%j is refused', (text, why) => {
    expect(parseSelector(text)).toEqual({ ok: false, error: expect.stringContaining(why) })
  })
})

const holds = (...policy: Ipld[]): boolean => {
  const parsed = parsePolicy(policy)
  if (!parsed.ok) throw new Error(parsed.error)
  return failing(parsed.value, args) === undefined
}

describe('a statement', () => {
  test.each<[Ipld, boolean]>([
    [['==', '.port', new Float(443)], true],
    [['==', '.big', new Float(2 ** 63)], true],
    [['>', '.big', 9], true],
    [['<', '.port', new Float(443.5)], true],
    [['<', '.host', 9], false],
    [['==', '.bytes', Uint8Array.from([0xd6, 0xa9, 0xc1, 0x8c])], true],
    [['==', '.map', { b: { n: 2 }, a: { n: 1 } }], true],
    [['==', '.map', { a: { n: 1 } }], false],
    [['==', '.null', null], true],
    [['!=', '.host', 'other.test'], true],
    // What leads to nothing is not unequal either.
    [['!=', '.to[9]', 'x'], false],
    [['not', ['==', '.to[9]', 'x']], true],
    [['like', '.host', '*.com'], true],
    [['like', '.host', 'example.*m'], true],
    [['like', '.host', 'exam*ample.com'], false],
    [['like', '.host', 'xexample.com'], false],
    [['like', '.port', '*'], false],
    [['all', '.to', ['like', '.', '*@*']], true],
    [['any', '.to', ['like', '.', '*@other.test']], true],
    [['all', '.map', ['>', '.n', 1]], false],
    [['any', '.map', ['>', '.n', 1]], true],
    [['all', '.host', ['==', '.', 'e']], false],
    [['any', '.host', ['==', '.', 'e']], false],
    [['any', '.none', ['==', '.', 'e']], true],
    [['any', '.bytes', ['==', '.', 0x8c]], true],
  ])('%j: %s', (statement, expected) => {
    expect(holds(statement)).toBe(expected)
  })

  test('with `*` takes line feeds, and no character of a pattern but `*` is special', () => {
    const policy = parsePolicy([['like', '.', 'a.*b+']])
    const is = (text: string): boolean => policy.ok && failing(policy.value, text) === undefined
    expect([is('a.\nb+'), is('a.b+'), is('axxb+'), is('a.bb')]).toEqual([true, true, false, false])
  })

  test.each<[Ipld, string]>([
    ['x', 'a policy is a list of statements'],
    [['=='], 'a statement is a list that begins with its operator'],
    [[['=', '.a', 1]], 'there is no operator "="'],
    [[['==', '.a']], 'a statement with `==` has 3 parts, and not 2'],
    [[['==', '.a', 1, 2]], 'a statement with `==` has 3 parts, and not 4'],
    [[['<', '.a', 'x']], '`<` takes a number'],
    [[['like', '.a', 1]], '`like` takes a text of at most 1024 characters'],
    [[['like', '.a', 'x'.repeat(2000)]], '`like` takes a text of at most 1024 characters'],
    [[['and', '.a']], '`and` takes a list of statements'],
    [[['not', '.a']], 'a statement is a list that begins with its operator'],
    [[['all', 1, ['==', '.', 1]]], '`all` takes a selector first'],
    [[['==', 'a', 1]], '"a" is no selector: it does not begin with `.`'],
    [Array.from({ length: 2000 }, () => ['==', '.', 1]), 'it has more than 1024 statements'],
    [[deep(80)], 'statements stand more than 32 deep in each other'],
  ])('%j is refused', (policy, why) => {
    expect(parsePolicy(policy)).toEqual({ ok: false, error: why })
  })

  test('that would take too long does not hold, whichever way it is put', () => {
    const list = Array.from({ length: 200 }, (_, i) => i)
    const all: Ipld = ['all', '.list', ['==', '.', -1]]
    const nested: Ipld = ['all', '.', ['all', '.', ['all', '.', ['>=', '.', 0]]]]
    const cube: Ipld = list.map(() => list.map(() => list))
    for (const statement of [nested, ['not', nested], ['or', [all, nested]]] as Ipld[]) {
      const policy = parsePolicy([statement])
      expect(policy.ok && failing(policy.value, cube)).toBe(0)
    }
  })
})

function deep(depth: number): Ipld {
  let statement: Ipld = ['==', '.', 1]
  for (let i = 0; i < depth; i++) statement = ['not', statement]
  return statement
}

test('what a policy demands in any case is told', () => {
  const policy = parsePolicy([
    ['and', [['==', '.host', 'localhost']]],
    ['like', '.path', '/data/*'],
    ['or', [['==', '.port', 1]]],
    ['not', ['==', '.url', 'x']],
    ['==', '.a.b', 1],
  ])
  expect(policy.ok && [...demandsOf(policy.value)]).toEqual([
    { op: '==', field: 'host', value: 'localhost' },
    { op: 'like', field: 'path', value: '/data/*' },
  ])
})
