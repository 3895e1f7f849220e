import { describe, expect, test } from 'vitest'
import { decodeComponent } from '../../../dag/component/decode.ts'
import { decodeCoreModule } from '../../../dag/component/core-module.ts'
import { detect } from '../../../dag/component/detect.ts'
import { canonicalInterface } from '../../../dag/component/names.ts'
import { embed, fixture, parse, read, refusal, text } from './tools.ts'
import { firstDangling } from './walk.ts'

describe('a core module', () => {
  test('shows its borders', async () => {
    const bytes = await parse(`(module
      (import "env" "log" (func (param i32 f64) (result i64)))
      (import "env" "memory" (memory 1 2))
      (table (export "t") 3 funcref)
      (memory (export "own") 4)
      (global (export "g") (mut i64) (i64.const -5))
      (func (export "f") (param f32) (result i32 i32) unreachable)
      (@custom "note" "hi") (@custom "package-docs" "hi"))`)
    const module = decodeCoreModule(bytes)
    expect(module).toMatchObject({
      ok: true,
      value: {
        offset: 0,
        imports: [
          { module: 'env', name: 'log', type: { sort: 'func', params: ['i32', 'f64'], results: ['i64'] } },
          { module: 'env', name: 'memory', type: { sort: 'memory', min: 1n, max: 2n } },
        ],
        exports: [
          { name: 't', type: { sort: 'table', element: 'funcref', min: 3n } },
          { name: 'own', type: { sort: 'memory', min: 4n, shared: false, memory64: false } },
          { name: 'g', type: { sort: 'global', value: 'i64', mutable: true } },
          { name: 'f', type: { sort: 'func', params: ['f32'], results: ['i32', 'i32'] } },
        ],
        memories: [{ min: 4n }],
        tables: [{ min: 3n }],
        customs: [{ name: 'package-docs' }],
      },
    })
  })

  test('without WIT offers the functions that take and give numbers', async () => {
    const {
      kind,
      root,
      interface: found,
    } = read(
      await parse(`(module
        (import "env" "log" (func (param i32)))
        (func (export "add_one") (param i32) (result i32) local.get 0)
        (func (export "mix") (param i64 f32 f64))
        (func (export "pair") (result i32 i32) unreachable)
        (func (export "_initialize")))`),
    )
    expect(kind).toBe('core')
    expect(found.functions).toEqual([
      { name: 'add_one', func: 'add_one', params: [{ name: 'p0', type: { kind: 's32' } }], result: { kind: 's32' } },
      {
        name: 'mix',
        func: 'mix',
        params: ['s64', 'f32', 'f64'].map((kind, i) => ({ name: `p${i}`, type: { kind } })),
        result: { kind: 'unit' },
      },
    ])
    expect(found.unsupported).toEqual([{ name: 'pair', func: 'pair', reason: 'its core type is () -> (i32 i32)' }])
    expect(found.imports).toEqual(['env#log'])
    expect(root.definitions.filter(item => item.kind === 'stub')).toMatchObject([{ module: 'env', name: 'log' }])
    expect(firstDangling(root)).toBeUndefined()
  })

  test('with a component-type section is the component that it would become', () => {
    const core = read(fixture('hello-core.wasm'))
    expect(core.kind).toBe('component')
    const params = [{ name: 'name', type: { kind: 'string' } }]
    expect(core.interface).toMatchObject({
      functions: [{ name: 'greet', func: 'greet', params, result: { kind: 'string' } }],
      types: [],
      imports: [],
      unsupported: [],
    })
    const lift = core.root.definitions.find(item => item.kind === 'lift')
    expect(lift?.options).toMatchObject({ encoding: 'utf8', memory: 0, realloc: 0 })
  })

  test('calls its initialisation through a module that an engine accepts', async () => {
    const wat = '(module (func (export "_initialize")) (func (export "f") (result i32) i32.const 1))'
    const { root } = read(await parse(wat))
    const modules = root.definitions.flatMap(item => (item.kind === 'core-module' ? [item.module] : []))
    expect(modules).toHaveLength(2)
    let calls = 0
    new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(modules[1]!.bytes)), { m: { f: () => calls++ } })
    expect(calls).toBe(1)
  })

  test('of several worlds is the component of them all', async () => {
    const wat = `(module
      (import "a:b/i" "f" (func (param i32)))
      (import "a:b/i" "g" (func (param i32)))
      (import "a:b/i" "[resource-drop]r" (func (param i32)))
      (func (export "one") (result i32) unreachable)
      (func (export "two")))`
    const of = (exported: string, func: string): string =>
      `package a:b; interface i { resource r; ${func}: func(x: borrow<r>); }
       world w-${exported} { import i; export ${exported}; }`
    const first = await embed(of('one: func() -> u32', 'f').replace('w-one: func() -> u32', 'w1'), await parse(wat))
    const second = await embed(of('two: func()', 'g').replace('w-two: func()', 'w2'), await parse('(module)'))
    const section = sectionOf(second, 'component-type')
    const both = Uint8Array.from([...first, 0, ...section])
    const { interface: found, root } = read(both)
    expect(found.functions.map(item => item.name)).toEqual(['one', 'two'])
    expect(found.imports).toEqual(['a:b/i#f', 'a:b/i#g'])
    expect(firstDangling(root)).toBeUndefined()
    const lowered = root.definitions.flatMap(item => (item.kind === 'lower' ? [item.type.params[0]?.type] : []))
    expect(lowered[0]).toEqual(lowered[1])
  })

  const wit = 'package a:b; world w { import log: func(s: string); export f: func(s: string) -> u32; }'
  const parts = {
    log: '(import "$root" "log" (func (param i32 i32)))',
    memory: '(memory (export "memory") 1)',
    realloc: '(func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)',
    f: '(func (export "f") (param i32 i32) (result i32) unreachable)',
  }

  test.each<[string, Partial<typeof parts>, string]>([
    ['a function is missing', { f: '' }, 'does not export `f`'],
    ['a function has another type', { f: '(func (export "f"))' }, 'exports `f` as () -> () where its world needs'],
    ['an import has another type', { log: '(import "$root" "log" (func))' }, 'imports `log` as () -> ()'],
    ['an import is not in the world', { log: '(import "$root" "lag" (func))' }, 'imports `lag` from `$root`'],
    ['the memory is missing', { memory: '' }, 'does not export `memory`'],
    ['realloc is missing', { realloc: '' }, 'does not export `cabi_realloc`, which `f` needs'],
    ['a table is imported', { log: '(import "x" "t" (table 1 funcref))' }, 'imports a table'],
  ])('that does not fit its world: %s', async (_, changed, message) => {
    const module = await parse(`(module ${Object.values({ ...parts, ...changed }).join('\n')})`)
    const bytes = await embedUnchecked(wit, module)
    expect(refusal(bytes)).toMatchObject({ code: 'world', message: expect.stringContaining(message) })
  })

  test('fits where all is there', async () => {
    const module = await parse(`(module ${Object.values(parts).join('\n')})`)
    expect(read(await embedUnchecked(wit, module)).interface.functions.map(item => item.name)).toEqual(['f'])
  })

  test('is no component', () => {
    const result = decodeComponent(fixture('core.wasm'))
    expect(result).toMatchObject({ ok: false, error: { code: 'kind' } })
  })
})

/** Appends the world to a module as it is. */
async function embedUnchecked(wit: string, module: Uint8Array): Promise<Uint8Array> {
  const world = sectionOf(await embed(wit, await parse('(module)')), 'component-type')
  return Uint8Array.from([...module, 0, ...world])
}

/** Size and content of the first custom section whose name begins so. */
function sectionOf(bytes: Uint8Array, name: string): Uint8Array {
  const at = Buffer.from(bytes).indexOf(Buffer.from(text(name)))
  for (let start = at - 1; start > at - 6; start--) {
    let [size, shift, next] = [0, 0, start]
    do size |= (bytes[next]! & 0x7f) << (7 * shift++)
    while (bytes[next++]! >= 0x80)
    if (next === at && bytes[start - 1] === 0) return bytes.subarray(start, next + size)
  }
  throw new Error(`no section ${name}`)
}

describe('detect', () => {
  const bytes = (value: string): Uint8Array => new TextEncoder().encode(value)

  test('tells components from core modules', () => {
    expect(detect(fixture('types.wasm'))).toEqual({ kind: 'component' })
    expect(detect(fixture('core.wasm'))).toEqual({ kind: 'core' })
  })

  test.each<[Uint8Array, string]>([
    [new Uint8Array(), 'it is empty'],
    [bytes(';; a comment\n(module)'), 'WebAssembly text'],
    [bytes('(component $x)'), 'WebAssembly text'],
    [bytes('\n<!DOCTYPE html><html>'), 'HTML'],
    [bytes('package a:b;\nworld w {}'), 'WIT text'],
    [bytes('version https://git-lfs.github.com/spec/v1\n'), 'Git LFS'],
    [bytes('{"message": "not found"}'), 'JSON'],
    [bytes('  \n '), 'white space'],
    [bytes('hello'), 'it is a text'],
    [Uint8Array.of(0x1f, 0x8b, 8, 0), 'gzip'],
    [Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2), 'ELF'],
    [Uint8Array.of(0x89, 0x50, 0x4e, 0x47), 'PNG'],
    [Uint8Array.of(0, 0x61, 0x73), 'cut off'],
    [Uint8Array.of(0, 0x61, 0x73, 0x6d, 1), 'cut off'],
    [Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0c, 0, 1, 0), 'pre-release format 12'],
    [Uint8Array.of(0, 0x61, 0x73, 0x6d, 2, 0, 0, 0), 'unknown version 2'],
    [Uint8Array.of(0, 0, 0, 0), 'zeros'],
    [Uint8Array.of(1, 2, 3, 4), 'binary data'],
  ])('says what else it looks like: %#', (input, hint) => {
    expect(detect(input)).toEqual({ kind: 'other', hint: expect.stringContaining(hint) })
    expect(refusal(input)).toMatchObject({ code: 'not-wasm', message: expect.stringContaining(hint) })
  })
})

test.each([
  ['a:b/c', 'a:b/c'],
  ['a:b/c@1.2.3', 'a:b/c@1'],
  ['a:b/c@0.2.3', 'a:b/c@0.2'],
  ['a:b/c@0.0.3', 'a:b/c@0.0.3'],
  ['a:b/c@1.2.3-rc.1', 'a:b/c@1.2.3-rc.1'],
])('the version in core names: %s is %s', (name, short) => {
  expect(canonicalInterface(name)).toBe(short)
})
