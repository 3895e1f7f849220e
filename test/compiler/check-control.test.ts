import { describe, expect, test } from 'vitest'
import { computed, messageOf, typeOf } from './typing.ts'

describe('`if`', () => {
  test.each([
    ['if yes { 1 } else { b8 }', 'u8'],
    ['if yes { b8 } else { i32 }', 's32'],
    ['if yes { none } else { some(b8) }', 'option<u8>'],
    ['if yes { b8 } else if n32 == 1 { 2 } else { b16 }', 'u16'],
    ['if yes { ln } else { n32 }', 'u32'],
    ['if yes { ln } else { ln }', 'link<u32>'],
    ['if yes { let a = b8\n a } else { let a = 1\n a }', 'u8'],
    ['if sb { 1 } else { n32 }', 'secret<u32>'],
    ['if yes { sn } else { n32 }', 'secret<u32>'],
    ['if yes { t } else { 1 }', 'TypeMismatch'],
    ['if yes { 1 }', 'IfWithoutElse'],
    ['if n32 { 1 } else { 2 }', 'NotACondition'],
    ['if sise { 1 } else { t }', 'UnknownName, TypeMismatch'],
  ])('%s: %s', async (text, type) => {
    expect(await typeOf(text)).toBe(type)
  })

  test('each branch is held against the type that is written', async () => {
    expect(await typeOf('y', 'let y: option<u8> = if yes { none } else { some(1) }')).toBe('option<u8>')
    expect(await typeOf('y', 'let y: s64 = if yes { n32 } else { i32 }')).toBe('s64')
    expect(await typeOf('y', 'let y: u8 = if yes { 1 } else { 256 }')).toBe('NumberRange')
    expect(await typeOf('y', 'let y: u8 = if yes { 1 }')).toBe('IfWithoutElse')
  })

  test('names of a branch are those of the branch', async () => {
    expect(await typeOf('a', 'let b = if yes { let a = 1\n a } else { 2 }')).toBe('UnknownName')
    expect(await typeOf('if yes { let n32 = t\n n32 } else { t }')).toBe('string')
    expect(await typeOf('if yes { a } else { 1 }\n', 'let b = if yes { a } else { 1 }\n let a = 2')).toBe(
      'UsedTooEarly',
    )
    expect(await typeOf('if yes { let a = 1\n let a = 2\n a } else { 2 }')).toBe('DuplicateName')
  })

  test.each([
    ['u8', 'if 1 < 2 { 1 } else { 2 }', 1],
    ['u8', 'if 1 > 2 { 1 } else if true { 2 } else { 3 }', 2],
    ['string', 'if true { let a = "x"\n "${a}!" } else { "y" }', 'x!'],
  ])('%s: %s', async (type, text, value) => {
    expect(await computed(type, text)).toEqual(value)
  })
})

describe('`match`', () => {
  test.each([
    ['match maybe { some(x) => x, none => 0 }', 'u32'],
    ['match maybe { some(x) => some(x + 1), none => none }', 'option<u32>'],
    ['match maybe2 { some(x) => x, none => none }', 'option<u32>'],
    ['match out { ok(n) => "${n}", err(e) => e }', 'string'],
    ['match out { ok(_) => 1, err(_) => b8 }', 'u8'],
    ['match angle { quarter => 1, half => 2 }', 's64'],
    ['match angle { Angle.quarter => t, _ => "a" }', 'string'],
    ['match shape { dot => 0, circle(r) => r, box(b) => b.0 }', 'u32'],
    ['match shape { Shape.circle(r) => r, _ => 0 }', 'u32'],
    ['match yes { true => 1, false => 2 }', 's64'],
    ['match b8 { 0 => "none", 1 => "one", _ => "many" }', 'string'],
    ['match t { "a" => 1, _ => 2 }', 's64'],
    ["match c { 'a' => yes, _ => false }", 'bool'],
    ['match rec { _ => 1 }', 's64'],
    ['match lmaybe { some(x) => x, none => 0 }', 'u32'],
    ['match ln { 7 => 1, _ => 2 }', 's64'],
    ['match try n32 { ok(n) => n, err(e) => len(e.message) as u32 }', 'u32'],
    // Secrets.
    ['match smaybe { some(x) => x, none => 0 }', 'secret<u32>'],
    ['match smaybe { some(_) => t, none => t }', 'secret<string>'],
    ['match sout { ok(n) => t, err(e) => e }', 'secret<string>'],
    ['match sout { ok(n) => n, err(_) => 0 }', 'u32'],
    ['match sn { 0 => 1, _ => 2 }', 'secret<s64>'],
    ['match sb { true => 1, false => 2 }', 'secret<s64>'],
  ])('%s: %s', async (text, type) => {
    expect(await typeOf(text)).toBe(type)
  })

  test.each([
    ['match maybe { some(x) => x }', 'MissingCases'],
    ['match shape { dot => 0 }', 'MissingCases'],
    ['match yes { true => 0 }', 'MissingCases'],
    ['match n32 { 0 => 0 }', 'MissingCases'],
    ['match maybe { some => 1, none => 0 }', 'CasePayload'],
    ['match maybe { some(x) => x, none(y) => 0 }', 'CasePayload'],
    ['match angle { quarter => 1, haf => 2 }', 'UnknownCase'],
    ['match angle { quarter => 1, Shape.dot => 2 }', 'TypeMismatch'],
    ['match angle { quarter => 1, Angel.half => 2 }', 'UnknownType'],
    ['match n32 { 0 => 1, other => 2 }', 'PatternKind'],
    ['match maybe { 0 => 1, none => 2 }', 'PatternKind'],
    ['match n32 { "a" => 1, _ => 2 }', 'TypeMismatch'],
    ['match b8 { 256 => 1, _ => 2 }', 'NumberRange'],
    ['match x64 { 1.0 => 1, _ => 2 }', 'NotMatchable'],
    ['match ns { a => 1 }', 'NotMatchable'],
    ['match any { some(x) => 1, _ => 2 }', 'NotMatchable'],
    ['match maybe { some(x) => x, none => t }', 'TypeMismatch'],
    ['match sise { some(x) => x, none => t }', 'UnknownName'],
    ['match maybe { some(x) => y, none => 1 }', 'UnknownName'],
  ])('%s: %s', async (text, name) => {
    expect(await typeOf(text)).toBe(name)
  })

  test.each([
    ['u8', 'match some(1) { some(x) => x, none => 0 }', 1],
    ['u8', 'match false { true => 1, false => 2 }', 2],
    ['u8', 'match false { true => 1, _ => 2 }', 2],
    ['u8', 'match "b" { "a" => 1, "b" => 2, _ => 3 }', 2],
    ['u8', 'match 7 { 1 => 1, _ => 3 }', 3],
    ['u32', 'match Shape.circle(7) { dot => 0, circle(r) => r, box(_) => 1 }', 7],
    ['u32', 'match Shape.dot { box(_) => 1, _ => 2 }', 2],
    ['u8', 'match Angle.half { half => 1, quarter => 2 }', 1],
    ['option<u8>', 'match some(none) { some(x) => x, none => some(1) }', null],
    ['option<u8>', 'match some(some(3)) { some(x) => x, none => some(1) }', 3],
  ])('%s: %s', async (type, text, value) => {
    expect(await computed(type, text)).toEqual(value)
  })

  test.each([
    ['match maybe { some(x) => x }', 'This `match` lacks `none`. Add it, or `_ => …` for the rest.'],
    ['match shape { circle(x) => x }', 'This `match` lacks `dot`, `box(_)`. Add them, or `_ => …` for the rest.'],
    ['match n32 { 0 => 1 }', 'This `match` does not say what the rest of `u32` comes to. Add `_ => …`.'],
    [
      'match n32 { 0 => 1, other => 2 }',
      '`other` is no pattern of `u32`, which is matched by numbers such as `1`, and `_` for the rest.',
    ],
    [
      'match out { ok(v) => v, error(e) => 0 }',
      '`result<u32, string>` has no case or flag `error`. Did you mean `err`?',
    ],
    [
      'match maybe { 0 => 1, none => 2 }',
      '`0` is no pattern of `option<u32>`, which is matched by its cases, `some(x)`, `none`.',
    ],
  ])('%s', async (text, message) => {
    expect(await messageOf(text)).toBe(message)
  })
})

describe('`?`, `try` and `catch`', () => {
  test.each([
    ['maybe?', 'u32'],
    ['maybe2?', 'option<u32>'],
    ['maybe2??', 'u32'],
    ['out?', 'u32'],
    ['lmaybe? + 1', 'u32'],
    ['smaybe?', 'secret<u32>'],
    ['sout?', 'secret<u32>'],
    ['n32?', 'NothingToUnwrap'],
    ['ns?', 'NothingToUnwrap'],
    ['try n32', 'result<u32, failure>'],
    ['(try n32)?', 'u32'],
    ['maybe? catch e => 0', 'u32'],
    ['maybe? catch _ => b8', 'u32'],
    ['t catch e => e.message', 'string'],
    ['any catch e => e.data', 'ipld'],
    ['maybe? catch e => t', 'TypeMismatch'],
    ['maybe? catch e => { let a = 1\n a }', 'u32'],
    ['smaybe? catch e => 0', 'secret<u32>'],
    ['(maybe? catch e => 1) + (maybe? catch e => 2)', 'u32'],
    ['t catch e => f', 'UnknownName'],
  ])('%s: %s', async (text, type) => {
    expect(await typeOf(text)).toBe(type)
  })

  test.each([
    ['u8', 'some(1)?', 1],
    ['option<u8>', 'some(none)?', null],
    ['u8', '(if true { ok(1) } else { err("a") })? catch e => 2', 1],
    ['result<u8, failure>', 'try 1', { ok: 1 }],
  ])('%s: %s', async (type, text, value) => {
    expect(await computed(type, text)).toEqual(value)
  })

  test('what is secret stays so in the outcome', async () => {
    expect(await typeOf('try sn')).toBe('secret<result<u32, failure>>')
    expect(await typeOf('t', 'let a = try slist\n let b: secret<result<list<u32>, failure>> = try sns')).toBe('string')
  })
})
