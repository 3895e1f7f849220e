import { describe, expect, test } from 'vitest'
import { coversHost, isNamed, normalHost, parseHostRule, subjectOf, targetOf } from '../../../runtime/effects/hosts.ts'

describe('one spelling of a host', () => {
  test.each([
    ['example.com', 'example.com'],
    ['EXAMPLE.Com', 'example.com'],
    ['example.com.', 'example.com'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['BÜCHER.example', 'xn--bcher-kva.example'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['example。com', 'example.com'],
    ['ex%61mple.com', 'example.com'],
    ['_dnslink.example.com', '_dnslink.example.com'],
    ['127.0.0.1', '127.0.0.1'],
    ['127.0.0.1.', '127.0.0.1'],
    ['0x7f.1', '127.0.0.1'],
    ['0x7f000001', '127.0.0.1'],
    ['2130706433', '127.0.0.1'],
    ['017700000001', '127.0.0.1'],
    ['127.1', '127.0.0.1'],
    ['１２７.0.0.1', '127.0.0.1'],
    ['[::1]', '::1'],
    ['[0:0:0:0:0:0:0:1]', '::1'],
    ['[::ffff:127.0.0.1]', '::ffff:7f00:1'],
  ])('%s is %s', (text, host) => {
    expect(normalHost(text)).toBe(host)
  })

  test.each([
    '',
    '.',
    'a..b',
    '..',
    'a b',
    'a/b',
    'a:80',
    'a@b',
    'a\u0000b',
    'a\nb',
    '256.1.1.1',
    '1.2.3.4.5',
    '::1',
    '[::1',
    '[::1]x',
    '[fe80::1%eth0]',
    '[1.2.3.4]',
    'x'.repeat(64),
    `${'x'.repeat(63)}.`.repeat(4),
    '*',
  ])('%j is none', text => {
    expect(normalHost(text)).toBeUndefined()
  })
})

describe('what a URL leads to', () => {
  test.each([
    ['https://example.com', 'example.com:443'],
    ['http://example.com', 'example.com:80'],
    ['https://example.com:443/x?y#z', 'example.com:443'],
    ['https://example.com:80/', 'example.com:80'],
    ['HTTPS://EXAMPLE.COM./', 'example.com:443'],
    ['https:example.com', 'example.com:443'],
    ['https:\\\\example.com\\a', 'example.com:443'],
    ['https://exa\tmple.com', 'example.com:443'],
    ['https://example.com\\@evil.example/', 'example.com:443'],
    ['https://ex%61mple.com/', 'example.com:443'],
    ['https://bücher.example/', 'xn--bcher-kva.example:443'],
    ['http://0x7f.1/', '127.0.0.1:80'],
    ['http://2130706433:8080/', '127.0.0.1:8080'],
    ['http://017700000001/', '127.0.0.1:80'],
    ['http://[::1]:8080/', '[::1]:8080'],
    ['http://[::ffff:127.0.0.1]/', '[::ffff:7f00:1]:80'],
  ])('%s: %s', (url, subject) => {
    const target = targetOf(url)
    if (!target.ok) throw new Error(target.error)
    expect(subjectOf(target.value.host, target.value.port)).toBe(subject)
  })

  test.each([
    ['', 'it is no absolute URL'],
    ['example.com', 'it is no absolute URL'],
    ['/x', 'it is no absolute URL'],
    ['https://', 'it is no absolute URL'],
    ['https://example.com:99999', 'it is no absolute URL'],
    ['ftp://example.com', 'its scheme is not https or http'],
    ['file:///etc/passwd', 'its scheme is not https or http'],
    ['javascript:alert(1)', 'its scheme is not https or http'],
    ['https://alice@example.com', 'a name or a password stands in it; they belong into a header'],
    ['https://:pw@example.com', 'a name or a password stands in it; they belong into a header'],
    ['https://example.com@evil.example', 'a name or a password stands in it; they belong into a header'],
    ['https://a..b/', 'its host is none'],
  ])('%j: %s', (url, error) => {
    expect(targetOf(url)).toEqual({ ok: false, error })
  })
})

describe('a rule covers', () => {
  test.each<[rule: string | undefined, covered: string[], not: string[]]>([
    [
      'example.com',
      ['example.com:443', 'example.com:80'],
      ['example.com:8443', 'www.example.com:443', 'evil-example.com:443', 'example.com.evil.example:443'],
    ],
    ['Example.COM.', ['example.com:443'], ['example.org:443']],
    ['example.com:8443', ['example.com:8443'], ['example.com:443', 'example.com:80', 'example.com:84']],
    [
      '*.example.com',
      ['www.example.com:443', 'a.b.example.com:80'],
      ['example.com:443', 'evil-example.com:443', 'example.com.evil.example:443', 'www.example.com:8080'],
    ],
    ['*.example.com:8080', ['www.example.com:8080'], ['www.example.com:443']],
    ['bücher.example', ['xn--bcher-kva.example:443'], ['bucher.example:443']],
    ['127.0.0.1:8080', ['127.0.0.1:8080'], ['127.0.0.1:80', '127.0.0.2:8080', 'localhost:8080']],
    ['0x7f.1:8080', ['127.0.0.1:8080'], []],
    ['[::1]:8080', ['[::1]:8080'], ['[::1]:80', '[::2]:8080', '127.0.0.1:8080']],
    ['localhost:8080', ['localhost:8080'], ['x.localhost:8080', '127.0.0.1:8080']],
    // Neither a wildcard nor the whole operation names anything local.
    ['*.localhost', [], ['x.localhost:80']],
    [
      undefined,
      ['example.com:443', 'example.com:8443', '8.8.8.8:80', '[2606:4700::1]:443'],
      ['localhost:80', 'x.localhost:80', '127.0.0.1:80', '10.0.0.1:443', '[::1]:80', '[::ffff:7f00:1]:80'],
    ],
  ])('%s', (rule, covered, not) => {
    expect(covered.filter(subject => !coversHost(rule, subject))).toEqual([])
    expect(not.filter(subject => coversHost(rule, subject))).toEqual([])
  })

  test('a host itself, and only then does it name it', () => {
    const rules = [undefined, '*.example.com', 'a.example.com:8080', '10.0.0.5']
    expect(isNamed(rules, 'a.example.com', 8080)).toBe(true)
    expect(isNamed(rules, 'a.example.com', 443)).toBe(false)
    expect(isNamed(rules, 'b.example.com', 443)).toBe(false)
    expect(isNamed(rules, 'example.com', 443)).toBe(false)
    expect(isNamed(rules, '10.0.0.5', 80)).toBe(true)
    expect(isNamed(rules, '10.0.0.6', 80)).toBe(false)
  })
})

test.each([
  ['*', 'write the operation without `=*`'],
  ['a.*.com', 'stands at the front'],
  ['*example.com', 'stands at the front'],
  ['*.*.com', 'stands at the front'],
  ['https://example.com', 'without scheme and path'],
  ['example.com/x', 'without scheme and path'],
  ['example.com?x', 'without scheme and path'],
  ['alice@example.com', 'nobody who logs in'],
  ['*.127.0.0.1', 'nothing is below an address'],
  ['example.com:0', '0 is no port'],
  ['example.com:65536', '65536 is no port'],
  ['example.com:x', 'is no host'],
  ['::1', 'is no host; an IPv6 address stands in brackets'],
  ['a b', 'is no host'],
])('the rule %s is wrong: %s', (rule, error) => {
  expect(parseHostRule(rule)).toEqual({ ok: false, error: expect.stringContaining(error) })
})
