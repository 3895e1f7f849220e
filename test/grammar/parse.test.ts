import { describe, expect, test } from 'vitest'
import type { Expression, Job, Module, TypeNode } from '../../grammar/nodes.ts'
import { childrenOf, type Node } from '../../grammar/nodes.ts'
import { parse } from '../../grammar/parse.ts'
import { keywords } from '../../grammar/keywords.ts'
import { IpvmParser } from '../../grammar/parser.ts'
import { Reports } from '../../grammar/report.ts'
import { lex } from '../../grammar/tokens.ts'
import { shape } from './tree.ts'

function moduleOf(text: string): Module {
  const { module, diagnostics } = parse(text, 'main.ipvm')
  expect(diagnostics.map(d => d.message)).toEqual([])
  return module
}

/** The shape of an expression. */
function value(text: string): unknown {
  const [item] = moduleOf(`const a = ${text}\n`).items
  return shape((item as { value: Expression }).value)
}

function typeOf(text: string): unknown {
  const [item] = moduleOf(`type A = ${text}\n`).items
  return shape((item as { type: TypeNode }).type)
}

function jobOf(text: string): Job {
  return moduleOf(text).items.at(-1) as Job
}

const ref = (name: string): object => ({ kind: 'Reference', name })
const name = (text: string): object => ({ kind: 'Name', text })
const number = (value: string | number): object => ({ kind: 'NumberLiteral', value })

describe('literals', () => {
  test('numbers', () => {
    expect(value('42')).toEqual(number('42n'))
    expect(value('-1')).toEqual(number('-1n'))
    expect(value('1_000_000')).toEqual(number('1000000n'))
    expect(value('0xFf_00')).toEqual(number('65280n'))
    expect(value('-0x10')).toEqual(number('-16n'))
    expect(value('18446744073709551615')).toEqual(number('18446744073709551615n'))
    expect(value('1.5')).toEqual(number(1.5))
    expect(value('-1_0.2_5e-3')).toEqual(number(-10.25e-3))
    expect(value('1E+2')).toEqual(number(100))
    expect(value('-0.0')).toEqual(number('-0'))
  })

  test('durations and sizes', () => {
    expect(value('500ms')).toEqual({ kind: 'DurationLiteral', milliseconds: 500 })
    expect(value('2h')).toEqual({ kind: 'DurationLiteral', milliseconds: 7_200_000 })
    expect(value('1_0min')).toEqual({ kind: 'DurationLiteral', milliseconds: 600_000 })
    expect(value('64KiB')).toEqual({ kind: 'SizeLiteral', bytes: 65_536 })
    expect(value('1GB')).toEqual({ kind: 'SizeLiteral', bytes: 1_000_000_000 })
  })

  test('texts, characters and bytes', () => {
    expect(value(String.raw`"a\n\t\r\0\\\"\'\$\u{1F600}é"`)).toEqual({ kind: 'Text', value: 'a\n\t\r\0\\"\'$😀é' })
    expect(value('"$ $a {b} // no comment"')).toEqual({ kind: 'Text', value: '$ $a {b} // no comment' })
    expect(value("'é'")).toEqual({ kind: 'CharLiteral', value: 'é' })
    expect(value("'\\''")).toEqual({ kind: 'CharLiteral', value: "'" })
    expect(value("'😀'")).toEqual({ kind: 'CharLiteral', value: '😀' })
    expect(value(String.raw`b"a\x00\xFF\n${'$'}{"`)).toEqual({ kind: 'BytesLiteral', value: [97, 0, 255, 10, 36, 123] })
    expect(value('cid"bafy"')).toEqual({ kind: 'CidLiteral', text: { kind: 'Text', value: 'bafy' } })
    expect(value('embed "./x"')).toEqual({ kind: 'Embed', path: { kind: 'Text', value: './x' } })
  })

  test('lists, tuples, records, flags', () => {
    expect(value('[1, [],]')).toEqual({ kind: 'List', items: [number('1n'), { kind: 'List', items: [] }] })
    expect(value('()')).toEqual({ kind: 'Tuple', items: [] })
    expect(value('(1)')).toEqual(number('1n'))
    expect(value('(1,)')).toEqual({ kind: 'Tuple', items: [number('1n')] })
    expect(value('{}')).toEqual({ kind: 'RecordLiteral', fields: [] })
    expect(value('{ a: 1,\n b-c: true, }')).toEqual({
      kind: 'RecordLiteral',
      fields: [
        { kind: 'FieldValue', name: name('a'), value: number('1n') },
        { kind: 'FieldValue', name: name('b-c'), value: { kind: 'BoolLiteral', value: true } },
      ],
    })
    expect(value('{ read, write }')).toEqual({ kind: 'FlagsLiteral', flags: [name('read'), name('write')] })
  })
})

describe('access and calls', () => {
  test('after a dot only integers are read', () => {
    const inner = { kind: 'TupleAccess', object: ref('t'), index: 0 }
    expect(value('t.0.1')).toEqual({ kind: 'TupleAccess', object: inner, index: 1 })
    expect(value('t . 0 . a')).toEqual({ kind: 'Access', object: inner, name: name('a') })
  })

  test('positional and named arguments, with keywords as names', () => {
    expect(value('image.with(a, type: 1, in-x: b,)')).toEqual({
      kind: 'Call',
      callee: { kind: 'Access', object: ref('image'), name: name('with') },
      args: [
        { kind: 'Argument', value: ref('a') },
        { kind: 'Argument', name: name('type'), value: number('1n') },
        { kind: 'Argument', name: name('in-x'), value: ref('b') },
      ],
    })
  })

  test('`with` takes settings, separated by commas or lines', () => {
    const setting = (text: string, ms: number): object => ({
      kind: 'Setting',
      name: name(text),
      value: { kind: 'DurationLiteral', milliseconds: ms },
    })
    const expected = {
      kind: 'With',
      object: { kind: 'Call', callee: ref('f'), args: [] },
      settings: [setting('time', 5000), setting('more', 1)],
    }
    expect(value('f() with { time: 5s, more: 1ms }')).toEqual(expected)
    expect(value('f()\n  with {\n  time: 5s\n more: 1ms\n}')).toEqual(expected)
    expect(value('f() with { time: 5s,\n more: 1ms,\n}')).toEqual(expected)
  })

  test('components may call fields, cases, parameters and functions by reserved words', () => {
    const one = number('1n')
    expect(value('{ if: 1, true: 1 }')).toMatchObject({ fields: [{ name: name('if') }, { name: name('true') }] })
    expect(value('{ in, for }')).toEqual({ kind: 'FlagsLiteral', flags: [name('in'), name('for')] })
    expect(value('f(a, in: 1, false: 1)')).toMatchObject({
      args: [{}, { name: name('in'), value: one }, { name: name('false'), value: one }],
    })
    expect(typeOf('enum { if, zz, match }')).toMatchObject({ cases: [name('if'), name('zz'), name('match')] })
    expect(typeOf('variant { if(u8), do }')).toMatchObject({ cases: [{ name: name('if') }, { name: name('do') }] })
    expect(typeOf('flags { for }')).toMatchObject({ flags: [name('for')] })
    expect(typeOf('record { in: u8, let: u8 }')).toMatchObject({
      fields: [{ name: name('in') }, { name: name('let') }],
    })
    const [item] = moduleOf('import a from "x" {\n  f: func(in: u8, if: u8)\n  try: func()\n}\n').items
    expect(shape(item)).toMatchObject({
      stated: { functions: [{ params: [{ name: name('in') }, { name: name('if') }] }, { name: name('try') }] },
    })
    for (const text of ['job f(in: u8) -> u8 { 1 }\n', 'const if = 1\n', 'type for = u8\n', 'config { if: 5s }\n'])
      expect(parse(text, 'x').diagnostics.map(d => d.name)).toEqual(['ReservedName'])
    expect(parse('const a = [true, false]\nconst b = (true, {a: true})\n', 'x').diagnostics).toEqual([])
  })

  test('a reserved word may follow a dot, for components that export one', () => {
    expect(value('a.match')).toEqual({ kind: 'Access', object: ref('a'), name: name('match') })
  })
})

describe('types', () => {
  const named = (...path: string[]): object => ({ kind: 'NamedType', path: path.map(name), args: [] })

  test('names, arguments and paths', () => {
    expect(typeOf('u8')).toEqual(named('u8'))
    expect(typeOf('image.angle')).toEqual(named('image', 'angle'))
    expect(typeOf('result<_, list<u8,>>')).toEqual({
      kind: 'NamedType',
      path: [name('result')],
      args: [named('_'), { kind: 'NamedType', path: [name('list')], args: [named('u8')] }],
    })
    expect(typeOf('()')).toEqual({ kind: 'UnitType' })
  })

  test('records, variants, enums and flags', () => {
    expect(typeOf('record { a: u8, b: () }')).toEqual({
      kind: 'RecordType',
      fields: [
        { kind: 'FieldType', name: name('a'), type: named('u8') },
        { kind: 'FieldType', name: name('b'), type: { kind: 'UnitType' } },
      ],
    })
    expect(typeOf('variant { none, some(u8) }')).toEqual({
      kind: 'VariantType',
      cases: [
        { kind: 'CaseType', name: name('none') },
        { kind: 'CaseType', name: name('some'), type: named('u8') },
      ],
    })
    expect(typeOf('enum { red, green, }')).toEqual({ kind: 'EnumType', cases: [name('red'), name('green')] })
    expect(typeOf('flags { read }')).toEqual({ kind: 'FlagsType', flags: [name('read')] })
    expect(typeOf('list<record>')).toEqual({ kind: 'NamedType', path: [name('list')], args: [named('record')] })
  })

  test('`>` and `=` are read singly', () => {
    const [item] = moduleOf('const a: option<list<u8>>=none\n').items
    expect(shape(item)).toMatchObject({ type: { path: [name('option')] }, value: ref('none') })
  })
})

describe('items', () => {
  test('an import with a stated interface', () => {
    const text =
      'import image from "./i.wasm" {\n  /// Cuts.\n  crop: func(data: list<u8>, x: u32) -> list<u8>\n  b: func(), c: func()\n}\n'
    const [item] = moduleOf(text).items
    expect(shape(item)).toMatchObject({
      kind: 'Import',
      name: name('image'),
      from: { value: './i.wasm' },
      stated: {
        functions: [{ name: name('crop'), docs: 'Cuts.', params: [{}, {}] }, { name: name('b') }, { name: name('c') }],
      },
    })
  })

  test('docs belong to what follows, `//!` to the module, and `//` to nobody', () => {
    const module = moduleOf(
      '//! One.\n//!  Two.\n\n/// Three.\n/// Four.\n\nconst a = 1 /// no doc\n// Five.\ntype B = u8\n/// Six.\nexport job c() -> u8 { 1 }\n',
    )
    expect(module.docs).toBe('One.\n Two.')
    expect(module.items.map(item => 'docs' in item && item.docs)).toEqual(['Three.\nFour.', false, 'Six.'])
  })

  test('a job with parameters, defaults and a body', () => {
    const job = jobOf('export job f(a: bytes, n: u32 = 5,) -> u32 {\n  let x: u8 = 1\n  let _ = x\n  x\n}\n')
    expect(shape(job)).toMatchObject({
      exported: true,
      name: name('f'),
      params: [{ name: name('a') }, { name: name('n'), default: number('5n') }],
      result: { path: [name('u32')] },
      body: { statements: [{ name: name('x'), type: {} }, { name: name('_') }], value: ref('x') },
    })
  })

  test('all contextual keywords are names', () => {
    for (const { text } of keywords.filter(k => !k.reserved)) {
      moduleOf(`const ${text} = 1\ntype ${text} = record { ${text}: ${text} }\nimport ${text} from "x"\n`)
      jobOf(`job ${text}(${text}: u8) -> u8 {\n  let ${text} = f(${text}: ${text}.${text})\n  (${text})\n}\n`)
    }
  })
})

describe('new lines', () => {
  const lines = (body: string): { lets: number; value: unknown } => {
    const { statements, value: last } = jobOf(`job f() -> u8 {\n${body}\n}\n`).body
    return { lets: statements.length, value: shape(last) }
  }

  test('end a statement where it can end', () => {
    expect(lines('let a = 1\na')).toEqual({ lets: 1, value: ref('a') })
    expect(lines('let a =\n 1\n\n\na')).toEqual({ lets: 1, value: ref('a') })
    expect(lines('let a\n= 1\na')).toEqual({ lets: 1, value: ref('a') })
    expect(lines('let a = f(\n1,\n2\n)\na')).toEqual({ lets: 1, value: ref('a') })
  })

  test('`(` and `[` continue on the same line only', () => {
    expect(lines('let a = f\n(a)')).toEqual({ lets: 1, value: ref('a') })
    expect(lines('let a = f\n[a]')).toEqual({ lets: 1, value: { kind: 'List', items: [ref('a')] } })
    expect(lines('let a = f\n{ a: b }')).toMatchObject({ lets: 1, value: { kind: 'RecordLiteral' } })
  })

  test('a dot and `with` continue the line above, a negative number does not', () => {
    expect(lines('let a = b\n  .c\n  .d\na')).toEqual({ lets: 1, value: ref('a') })
    expect(lines('let a = b()\n  with { time: 1s }\na')).toEqual({ lets: 1, value: ref('a') })
    expect(lines('let a = b\n-1')).toEqual({ lets: 1, value: number('-1n') })
    expect(lines('let a = b\nwith')).toEqual({ lets: 1, value: ref('with') })
  })

  test('are `\\n`, `\\r\\n` and a lone `\\r`', () => {
    expect(lines('let a = 1\r\nlet b = 2\rb')).toEqual({ lets: 2, value: ref('b') })
  })
})

describe('recovery', () => {
  const names = (text: string): unknown[] =>
    parse(text, 'x').module.items.map(item =>
      'name' in item && item.name.kind === 'Name' ? item.name.text : item.kind,
    )

  test('a mistake in one item leaves the others whole', () => {
    expect(names('job a(x: {\n  let b = [1\njob c() -> u8 { 1 }\ntype D = \nconst e = 1')).toEqual(['a', 'c', 'D', 'e'])
  })

  test('a mistake in one statement leaves the others whole', () => {
    const { module } = parse('job f() -> u8 {\n let a = g(1 2 {\n let b = \n let c = h.\n let d = 1\n d\n}\n', 'x')
    const { body } = module.items[0] as Job
    expect(body.statements.map(l => l.kind === 'Let' && l.name.text)).toEqual(['a', 'b', 'c', 'd'])
    expect(body.value).toMatchObject({ kind: 'Reference', name: 'd' })
  })

  test('an access that is being typed keeps its object', () => {
    const { module } = parse('job f() -> u8 {\n  image.\n}\n', 'x')
    expect(shape((module.items[0] as Job).body.value)).toEqual({ kind: 'Access', object: ref('image'), name: name('') })
  })
})

describe('depth', () => {
  const nested = (open: string, close: string, depth: number): string =>
    `const a = ${open.repeat(depth)}1${close.repeat(depth)}\n`

  test('1,000 levels are parsed, more are refused, and a million do not hurt', () => {
    for (const [open, close] of [
      ['[', ']'],
      ['(', ',)'],
      ['{ a: ', '}'],
      ['f(', ')'],
      ['[f({ a: (', ',) })]'],
    ] as const) {
      const levels = open.startsWith('[f') ? 250 : 1000
      expect(parse(nested(open, close, levels - 1), 'x').diagnostics).toEqual([])
      for (const depth of [levels + 1, 10_000]) {
        const { diagnostics, module } = parse(nested(open, close, depth) + 'const b = 1\n', 'x')
        expect(diagnostics.map(d => d.name)).toEqual(['TooDeep'])
        expect(module.items).toHaveLength(1)
      }
    }
    expect(parse('const a = ' + '['.repeat(1_000_000), 'x').diagnostics.map(d => d.name)).toEqual(['TooDeep'])
    expect(parse('const a = b' + '.c'.repeat(1_000_000), 'x').diagnostics.map(d => d.name)).toEqual(['TooDeep'])
  })

  test('parentheses around one value vanish at any depth', () => {
    for (const depth of [1, 98, 99, 100, 199, 200, 350]) {
      const deep = '('.repeat(depth) + 'f(1)' + ')'.repeat(depth)
      expect(value(deep)).toEqual(value('f(1)'))
      expect(value(`x[${deep}].a`)).toEqual(value('x[f(1)].a'))
      const [open, close] = ['['.repeat(99), ']'.repeat(99)]
      expect(value(`${open}x[${deep}]${close}`)).toEqual(value(`${open}x[f(1)]${close}`))
      expect(value(`[${deep}, {a: ${deep}}, (${deep},)]`)).toEqual(value('[f(1), {a: f(1)}, (f(1),)]'))
    }
  })

  test('what is set aside for later is put where it belongs', () => {
    let node: Node | undefined = parse(nested('f(a, x: {b: [(', ',)]})', 240), 'x').module.items[0]
    let depth = 0
    while (node) {
      node = [...childrenOf(node)].findLast(child => child.kind !== 'Name')
      depth++
    }
    expect(depth).toBe(240 * 6 + 2)
    const types = parse(`type A = ${'list<record { a: variant { b('.repeat(240)}u8${') } }>'.repeat(240)}\n`, 'x')
    expect(types.diagnostics).toEqual([])
  })
})

describe('the rules', () => {
  test('have no ambiguity, left recursion or repetition of nothing that chevrotain finds', () => {
    expect(() => new IpvmParser({ skipValidations: false })).not.toThrow()
  })

  test('tell what no production of them foresees', () => {
    const text = 'import job'
    const reports = new Reports('main.ipvm', text)
    const parser = new IpvmParser({ skipValidations: true })
    parser.start(reports, () => undefined)
    parser.input = lex(text).tokens
    parser.config({ kind: 'Config', start: 0, end: 0, entries: [] })
    parser.tellErrors()
    expect(reports.settle([]).map(d => d.message)).toEqual(['`import` does not fit here.'])
  })
})
