import { describe, expect, test } from 'vitest'
import { computed, messageOf, typeOf } from './typing.ts'

describe('loops', () => {
  test.each([
    ['for x in ns { x + 1 }', 'list<u32>'],
    ['for x, i in ts { (i, x) }', 'list<tuple<u64, string>>'],
    ['for x in raw { x }', 'bytes'],
    ['for x in [1, 2] { b8 + x }', 'bytes'],
    ['for x in lns { x }', 'list<u32>'],
    ['for l in links { len(l) }', 'list<u64>'],
    ['for row in nss { for n in row { n * 2 } }', 'list<list<u32>>'],
    ['for n in range(3) { n }', 'list<s64>'],
    ['for n in ns { let m = n + 1\n if m > 2 { m } else { 0 } }', 'list<u32>'],
    ['for n in sns { n + 1 }', 'secret<list<u32>>'],
    ['for n in sns { t }', 'secret<list<string>>'],
    ['for n in slist { n + 1 }', 'list<secret<u32>>'],
    ['for n in slist { 1 }', 'list<s64>'],
    ['reduce ns with (a, b) => a + b', 'u32'],
    ['reduce [1, 2, 3] with (a, b) => a * b', 's64'],
    ['reduce ns with add', 'u32'],
    ['reduce nss with concat', 'list<u32>'],
    ['reduce links with join-bytes', 'link<bytes>'],
    ['reduce sns with add', 'secret<u32>'],
    ['reduce slist with (a, b) => a + b', 'secret<u32>'],
    ['reduce ts with (a, b) => { let c = "${a}${b}"\n c }', 'string'],
    ['fold ns from 0 with (sum, n) => sum + n', 'u32'],
    ['fold ns from "" with (text, n) => "${text}${n}"', 'string'],
    ['fold ns from none with (last, n) => some(n)', 'option<u32>'],
    ['fold ns from (0, t) with (s, n) => (s.0 + 1, "x")', 'tuple<s64, string>'],
    ['fold slist from 0 with (sum, n) => sum + n', 'secret<u32>'],
    ['fold sns from 0 with (sum, n) => sum + 1', 'secret<s64>'],
    ['fold ns from 0 with add', 'u32'],
  ])('%s: %s', async (text, type) => {
    expect(await typeOf(text)).toBe(type)
  })

  test('are held against the type that is written', async () => {
    expect(await typeOf('y', 'let y: list<u8> = for n in ns { 1 }')).toBe('bytes')
    expect(await typeOf('y', 'let y: list<u64> = for n in ns { n }')).toBe('list<u64>')
    expect(await typeOf('y', 'let y: list<u8> = for n in ns { n }')).toBe('TypeMismatch')
    expect(await typeOf('y', 'let y: u64 = fold ns from 0 with (sum, n) => sum + n')).toBe('u64')
  })

  test.each([
    ['for x in n32 { x }', 'NotAList'],
    ['for x in maybe { x }', 'NotAList'],
    ['for x in any { x }', 'NotAList'],
    ['for x in sise { x + t }', 'UnknownName'],
    ['for x, x in ns { x }', 'DuplicateName'],
    ['for x in [] { x }', 'CannotInfer'],
    ['x', 'UnknownName'],
    ['reduce ns with (a) => a', 'StepParameters'],
    ['reduce ns with (a, b, c) => a', 'StepParameters'],
    ['reduce ns with (a, a) => a', 'DuplicateName'],
    ['reduce ns with (a, b) => t', 'TypeMismatch'],
    ['reduce ts with add', 'TypeMismatch, TypeMismatch'],
    ['reduce ns with 1', 'Expected'],
    ['reduce ns with t', 'NotAFunction'],
    ['reduce ns with ad', 'UnknownName'],
    ['reduce n32 with add', 'NotAList'],
    ['fold ns from 0 with (a) => a', 'StepParameters'],
    ['fold ns from b8 with (sum, n) => sum + n', 'TypeMismatch'],
    ['fold n32 from 0 with (a, b) => a', 'NotAList'],
  ])('%s: %s', async (text, name) => {
    expect(await typeOf(text)).toBe(name)
  })

  test.each([
    ['for x in n32 { x }', '`for` goes over a list, and this is `u32`. To count write `range(n)`.'],
    ['for x in t { x }', '`for` goes over a list, and this is `string`. For its bytes write `x as bytes`.'],
    ['reduce ns with (a) => a', '`reduce` hands in two values, and this takes 1: write `(a, b) => …`.'],
    ['reduce ns with (a, b) => t', '`u32` is expected here, but this is `string`.'],
  ])('%s', async (text, message) => {
    expect(await messageOf(text)).toBe(message)
  })
})

describe('built-ins', () => {
  test.each([
    ['len(ns)', 'u64'],
    ['len(t)', 'u64'],
    ['len(any)', 'u64'],
    ['len(lns)', 'u64'],
    ['len(sns)', 'secret<u64>'],
    ['len(slist)', 'u64'],
    ['range(3)', 'list<s64>'],
    ['range(b8)', 'bytes'],
    ['range(b8, n32)', 'list<u32>'],
    ['range(1, n32)', 'list<u32>'],
    ['range(sn)', 'secret<list<u32>>'],
    ['zip(ns, ts)', 'list<tuple<u32, string>>'],
    ['zip(lns, raw)', 'list<tuple<u32, u8>>'],
    ['zip(slist, ts)', 'list<tuple<secret<u32>, string>>'],
    ['zip(sns, ts)', 'secret<list<tuple<u32, string>>>'],
    ['concat(ns, [1])', 'list<u32>'],
    ['concat(raw, ns)', 'list<u32>'],
    ['concat(t, "a", st)', 'secret<string>'],
    ['concat(ns, slist)', 'list<secret<u32>>'],
    ['flatten(nss)', 'list<u32>'],
    ['flatten([ns, lns])', 'list<u32>'],
    ['flatten([])', 'CannotInfer'],
    ['keys(any)', 'list<string>'],
    ['link(rec)', 'link<record { a: u8, b: string }>'],
    ['link(1)', 'link<s64>'],
    ['any["a"]["b"]', 'ipld'],
    ['any[0]["b"][n32]', 'ipld'],
    ['any["a"] as u32', 'u32'],
    ['ns[sn]', 'secret<u32>'],
    ['sns[0]', 'secret<u32>'],
    ['slist[0]', 'secret<u32>'],
    ['ns[ln]', 'u32'],
    ['lns[0]', 'u32'],
    ['srec.key', 'secret<string>'],
    ['srec.name', 'string'],
  ])('%s: %s', async (text, type) => {
    expect(await typeOf(text)).toBe(type)
  })

  test.each([
    ['len(n32)', 'BuiltInTakes'],
    ['len(rec)', 'BuiltInTakes'],
    ['len()', 'BuiltInArguments'],
    ['len(ns, ns)', 'BuiltInArguments'],
    ['len(x: ns)', 'BuiltInArguments'],
    ['range(x64)', 'BuiltInTakes'],
    ['range(i32, n32)', 'OperandTypes'],
    ['range(1, 2, 3)', 'BuiltInArguments'],
    ['zip(ns)', 'BuiltInArguments'],
    ['zip(ns, 1)', 'BuiltInTakes'],
    ['concat(ns, ts)', 'OperandTypes'],
    ['concat(ns, t)', 'OperandTypes'],
    ['concat(1, 2)', 'BuiltInTakes'],
    ['concat()', 'BuiltInArguments'],
    ['flatten(ns)', 'BuiltInTakes'],
    ['keys(rec)', 'BuiltInTakes'],
    ['link(sn)', 'SecretStored'],
    ['link(srec)', 'SecretStored'],
    ['len', 'NotAValue'],
    ['len(sise)', 'UnknownName'],
    ['length(ns)', 'UnknownName'],
    ['ns.length', 'NoSuchAccess'],
    ['any.name', 'NoSuchAccess'],
    ['rec["a"]', 'NoSuchAccess'],
    ['t[0]', 'NoSuchAccess'],
    ['ns["a"]', 'TypeMismatch'],
    ['ns[1.5]', 'TypeMismatch'],
    ['any[yes]', 'TypeMismatch'],
    ['maybe.a', 'NoSuchAccess'],
  ])('%s: %s', async (text, name) => {
    expect(await typeOf(text)).toBe(name)
  })

  test('a name of the file or of a block goes before them', async () => {
    expect(await typeOf('len', 'let len = 1')).toBe('s64')
    expect(await typeOf('len(ns)', 'let len = 1')).toBe('NotAFunction')
  })

  test.each([
    ['u64', 'len([1, 2])', 2],
    ['u64', 'len("aä😀")', 3],
    ['list<u16>', 'range(3)', [0, 1, 2]],
    ['list<s8>', 'range(-1, 2)', [-1, 0, 1]],
    ['bytes', 'range(3)', Uint8Array.of(0, 1, 2)],
    [
      'list<tuple<u8, string>>',
      'zip([1, 2], ["a", "b"])',
      [
        [1, 'a'],
        [2, 'b'],
      ],
    ],
    ['list<u16>', 'concat([1], [2, 3], [])', [1, 2, 3]],
    ['bytes', 'concat(b"a", [98])', Uint8Array.of(97, 98)],
    ['string', 'concat("a", "b")', 'ab'],
    ['list<u16>', 'flatten([[1], [], [2]])', [1, 2]],
    ['list<string>', 'keys({ b: 1, a: 2 } as ipld)', ['a', 'b']],
    ['u8', '({ a: [7] } as ipld)["a"][0] as u8', 7],
  ])('%s: %s', async (type, text, value) => {
    expect(await computed(type, text)).toEqual(value)
  })

  test.each([
    ['length(ns)', 'Nothing here is called `length`. Did you mean `len`?'],
    ['ns.length', '`.length` does not work on `list<u32>`: write `len(ns)`.'],
    ['any.name', '`.name` does not work on `ipld`: write `any["name"]`.'],
    ['len(n32)', '`len` takes a list, a string, or a list or map of `ipld`, and this is `u32`.'],
    ['range(x64)', '`range` takes integers, and this is `f64`.'],
    ['len(ns, ns)', '`len` takes 1 argument: `len(x)`.'],
    ['range(1, 2, 3)', '`range` takes 1 or 2 arguments: `range(n)` or `range(from, to)`.'],
    ['maybe.a', '`.a` does not work on `option<u32>`: take its content with `?`, or `match` it.'],
    ['ns.map(t)', '`ns.map` is a method, which values do not have, and cannot be called. Write `for x in ns { … }`.'],
    ['ns.len()', '`ns.len` is a method, which values do not have, and cannot be called. Write `len(ns)`.'],
    ['n32.toString()', '`n32.toString` is a method, which values do not have, and cannot be called. Write `"${n32}"`.'],
    ['toString(n32)', 'Nothing here is called `toString`. Write `"${n32}"`.'],
    ['u8(n32)', 'Nothing here is called `u8`. Write `n32 as u8`.'],
    ['sum(ns)', 'Nothing here is called `sum`. Write `reduce ns with (a, b) => a + b`.'],
    ['constructor', 'Nothing here is called `constructor`.'],
    [
      'reduce ns with (a, b) => { a }',
      '`u32` is expected here, but this is a set of flags. Names in braces are flags: for a value leave the braces out.',
    ],
  ])('%s', async (text, message) => {
    expect(await messageOf(text)).toBe(message)
  })
})
