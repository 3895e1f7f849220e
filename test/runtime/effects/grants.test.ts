import { describe, expect, test } from 'vitest'
import { box } from '../../../runtime/effects/box.ts'
import { parseGrant, rulesFor, type Grant } from '../../../runtime/effects/grants.ts'

const providers = box({ root: '/work', log: () => undefined })
const read = (text: string): Grant => {
  const grant = parseGrant(text, providers)
  if (!grant.ok) throw new Error(grant.error)
  return grant.value
}

test.each<[string, Grant]>([
  ['http.get', { op: 'http/get' }],
  ['http.get=example.com:443', { op: 'http/get', rule: 'example.com:443' }],
  ['http.*', { op: 'http/*' }],
  ['http.*=*.example.com', { op: 'http/*', rule: '*.example.com' }],
  ['http.get=[::1]:8080', { op: 'http/get', rule: '[::1]:8080' }],
  ['fs.write=./out', { op: 'fs/write', rule: './out' }],
  ['fs.read=a=b', { op: 'fs/read', rule: 'a=b' }],
  ['secret.get=TOKEN', { op: 'secret/get', rule: 'TOKEN' }],
  ['dns.resolve=*.example.com', { op: 'dns/resolve', rule: '*.example.com' }],
  ['time.now', { op: 'time/now' }],
  ['declassify', { op: 'secret/declassify' }],
])('%s', (text, grant) => {
  expect(read(text)).toEqual(grant)
})

test.each([
  ['', 'there is no operation ``; the effects are `http`, `fs`, `time`, `random`, `dns`, `secret`, `log`'],
  ['*', 'there is no operation `*`'],
  ['*.*', 'there is no operation `*.*`'],
  ['htpp.get', 'did you mean `http.get`?'],
  ['http.gte', 'did you mean `http.get`?'],
  ['http.gte=example.com', 'did you mean `http.get`?'],
  ['http/get', 'did you mean `http.get`?'],
  ['http', 'name an operation of `http`, or all: `http.*`'],
  ['http.get.x', 'there is no operation `http.get.x`'],
  ['http.toString', 'there is no operation `http.toString`'],
  ['HTTP.get', 'did you mean `http.get`?'],
  ['htpp.*', 'did you mean `http.*`?'],
  ['declasify', 'did you mean `declassify`?'],
  ['http.get=', 'nothing stands behind the `=`'],
  ['http.get=https://example.com', 'without scheme and path'],
  ['http.get=*', 'write the operation without `=*`'],
  ['http.*=a..b', '`a..b` is no host'],
  ['declassify=x', '`declassify` is granted as a whole'],
  ['time.now=x', '`time.now` is granted as a whole, without a rule'],
  ['random.*=x', '`random.*` is granted as a whole, without a rule'],
  ['dns.resolve=example.com:53', 'a name has no port'],
  ['secret.get=a b', '`a b` is no name of a secret'],
  ['secret.get=../key', 'is no name of a secret'],
  ['fs.read=*.txt', 'without `*`'],
  ['fs.read=a\nb', 'control characters'],
  [`fs.read=${'x'.repeat(5000)}`, 'longer than 4096'],
])('%j is no grant: %s', (text, error) => {
  expect(parseGrant(text, providers)).toEqual({ ok: false, error: expect.stringContaining(error) })
})

describe('an operation has the rules', () => {
  const grants = ['http.get=a.example', 'http.*=b.example', 'http.post', 'secret.*', 'fs.read=x'].map(read)

  test('of its own grants and of those of all its effect, and no others', () => {
    expect(rulesFor('http/get', grants)).toEqual(['a.example', 'b.example'])
    expect(rulesFor('http/post', grants)).toEqual(['b.example', undefined])
    expect(rulesFor('fs/write', grants)).toEqual([])
    expect(rulesFor('http/get', [])).toEqual([])
  })

  test('and secrets are not given away by what grants all of their effect', () => {
    expect(rulesFor('secret/get', grants)).toEqual([undefined])
    expect(rulesFor('secret/declassify', grants)).toEqual([])
    expect(rulesFor('secret/declassify', [read('declassify')])).toEqual([undefined])
  })
})

describe('a rule for files covers', () => {
  const { policy } = providers.find(({ name }) => name === 'fs')!.operations['write']!
  const subject = (path: string): string => (policy!.subject([path]) as { subject: string }).subject

  test.each<[rule: string | undefined, covered: string[], not: string[]]>([
    [
      undefined,
      ['a', './a/b', 'a/../b', '.', '/work/a', '/work'],
      ['..', '../a', '/etc/passwd', '/workshop/a', 'a/../../b'],
    ],
    [
      './out',
      ['out', 'out/a', './out//a', 'out/./b/c', '/work/out/a', 'x/../out/a'],
      ['outer', 'out/../a', '../out', 'Out/a'],
    ],
    ['out/', ['out/a'], ['outer/a']],
    ['/data', ['/data/x', '/data', '../data/x'], ['/data2', 'data/x']],
    ['a.txt', ['a.txt'], ['a.txt2', 'b.txt']],
    ['/', ['/etc/passwd', 'a'], []],
    // Not a percent sign and not a tilde: paths are no URLs and no words of a shell.
    ['a%2fb', ['a%2fb'], ['a/b']],
    ['~', ['~/x'], ['/root/x']],
    // A star is one of a name, and no pattern.
    ['a\\*b', ['a*b', 'a*b/c'], ['axb', 'a\\*b', 'a\\xb']],
    ['a\\\\*b', ['a\\*b'], ['a*b']],
  ])('%s', (rule, covered, not) => {
    expect(covered.filter(path => !policy!.covers(rule, subject(path)))).toEqual([])
    expect(not.filter(path => policy!.covers(rule, subject(path)))).toEqual([])
  })

  test('what it names as it is written for `--allow`', () => {
    expect(['a/../out/x', '/work/out', '.', '/etc/./passwd', '../x'].map(subject)).toEqual([
      'out/x',
      'out',
      '.',
      '/etc/passwd',
      '/x',
    ])
    expect(policy!.subject([''])).toEqual({ error: 'the path is empty' })
    expect(policy!.subject(['a\u0000b'])).toEqual({ error: expect.stringContaining('control characters') })
  })
})

test('a rule for a secret or a name covers what it names', () => {
  const policyOf = (effect: string, operation: string) =>
    providers.find(({ name }) => name === effect)!.operations[operation]!.policy!
  const secrets = policyOf('secret', 'get')
  expect(secrets.covers('TOKEN', 'TOKEN')).toBe(true)
  expect(secrets.covers('TOKEN', 'TOKEN2')).toBe(false)
  expect(secrets.covers(undefined, 'TOKEN2')).toBe(true)
  for (const name of ['', '..', 'a/b', '-x', '.hidden', 'a\u0000', 'x'.repeat(129)])
    expect(secrets.subject([name])).toHaveProperty('error')
  const names = policyOf('dns', 'resolve')
  expect(names.subject(['_dnslink.Example.com.'])).toEqual({ subject: '_dnslink.example.com' })
  expect(names.subject(['127.0.0.1'])).toHaveProperty('error')
  expect(names.covers('*.example.com', 'a.example.com')).toBe(true)
  expect(names.covers('*.example.com', 'example.com')).toBe(false)
  expect(names.covers('example.com', 'example.com')).toBe(true)
  expect(names.covers('example.com', 'a.example.com')).toBe(false)
})
