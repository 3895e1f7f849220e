import { expect, test } from 'vitest'
import type { ComponentModule } from '../../compiler/component.ts'
import { unit, type Type } from '../../dag/types.ts'
import { virtualText } from '../../lsp/virtual.ts'
import { printWit } from '../../lsp/wit.ts'
import { Fixture } from './harness.ts'

const u8: Type = { kind: 'u8' }
const point: Type = { kind: 'record', fields: [{ name: 'x', type: u8 }] }

function component(
  functions: Record<string, { params?: Record<string, Type>; result?: Type; docs?: string }>,
  types: Record<string, Type> = {},
  docs: Record<string, string> = {},
): ComponentModule {
  const funcs = Object.entries(functions).map(([path, { params = {}, result = unit, docs }]) => {
    const fields = Object.entries(params).map(([name, type]) => ({ name, type }))
    return [path, { name: path, path, params: fields, result, ...(docs ? { docs } : {}) }] as const
  })
  return {
    cid: undefined as never,
    functions: new Map(funcs),
    types: new Map(Object.entries(types)),
    typeDocs: new Map(Object.entries(docs)),
    ...{ unsupported: new Map(), core: false, wrong: new Set(), blocks: [] },
  }
}

test('functions and types of a world, with their docs', () => {
  const found = component(
    {
      move: { params: { at: point, by: { kind: 'list', element: point } }, result: point, docs: 'Moves it.\n\nFar.' },
      stop: {},
    },
    { point },
    { point: 'Where.' },
  )
  expect(printWit(found, 'My_world').text).toBe(`package local:my-world;

world my-world {
  /// Where.
  record point {
    x: u8,
  }

  /// Moves it.
  ///
  /// Far.
  export move: func(at: point, by: list<point>) -> point;

  export stop: func();
}
`)
})

test('interfaces, words of WIT, and every kind of type', () => {
  const types: Record<string, Type> = {
    'all.v': {
      kind: 'variant',
      cases: [{ name: 'list' }, { name: 'b', type: { kind: 'tuple', items: [u8, { kind: 'string' }] } }],
    },
    'all.e': { kind: 'enum', cases: ['red'] },
    'all.f': { kind: 'flags', flags: ['read', 'write'] },
    'all.alias': { kind: 'option', some: u8 },
  }
  const result = (ok: Type, error: Type): Type => ({ kind: 'result', ok, error })
  const found = component(
    {
      'all.record': { params: { from: types['all.v']! }, result: result(unit, unit) },
      'all.b': { result: result(u8, unit) },
      'all.c': { result: result(unit, types['all.e']!) },
      'all.d': { result: result({ kind: 'char' }, { kind: 'string' }) },
    },
    types,
  )
  expect(printWit(found, 'all').text).toBe(`package local:all;

interface all {
  variant v {
    %list,
    b(tuple<u8, string>),
  }

  enum e {
    red,
  }

  flags f {
    read,
    write,
  }

  type alias = option<u8>;

  %record: func(%from: v) -> result;

  b: func() -> result<u8>;

  c: func() -> result<_, e>;

  d: func() -> result<char, string>;
}

world all {
  export all;
}
`)
})

test('types without names are given some, each once', () => {
  const line: Type = { kind: 'record', fields: [{ name: 'from', type: point }] }
  const { text, places } = printWit(component({ a: { params: { p: line } }, b: { result: point } }), 'w')
  expect(text).toContain('export a: func(p: type-1);\n\n  export b: func() -> type-2;')
  expect(text).toContain('record type-1 {\n    %from: type-2,\n  }\n\n  record type-2 {\n    x: u8,\n  }\n')
  expect([...places.keys()]).toEqual(['a', 'a#p', 'b'])
})

test('places are those of the names', () => {
  const { text, places } = printWit(component({ 'i.f': { params: { from: u8 } } }, { 'i.p': point }), 'w')
  const named = [...places].map(([path, { start, end }]) => [path, text.slice(start, end)])
  expect(named).toEqual([
    ['i', 'i'],
    ['i.p', 'p'],
    ['i.p#x', 'x'],
    ['i.f', 'f'],
    ['i.f#from', '%from'],
  ])
})

test('the interface is shown as it is stated, without the bytes too', async () => {
  const cid = 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy'
  const fixture = new Fixture(`import m from "ipfs://${cid}" { crop: func(data: list<u8>, x: u32) -> list<u8> }`)
  const text = await virtualText(fixture.workspace, 'ipvm-wit:/main.ipvm/m.wit')
  expect(text).toContain('export crop: func(data: list<u8>, x: u32) -> list<u8>;')
  expect(await virtualText(fixture.workspace, 'ipvm-wit:/main.ipvm/other.wit')).toBeUndefined()
  expect(await virtualText(fixture.workspace, 'ipvm-wit:/none.ipvm/m.wit')).toBeUndefined()
  expect(await virtualText(fixture.workspace, 'ipvm:effects')).toContain('effect http("https:")')
})
