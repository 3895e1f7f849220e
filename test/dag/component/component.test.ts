import { describe, expect, test } from 'vitest'
import { decodeComponent } from '../../../dag/component/decode.ts'
import { build, component, embed, leb, parse, read, refusal, sections, text } from './tools.ts'
import { firstDangling } from './walk.ts'

const resources = `package a:b@0.2.1;
interface j {
  resource r { constructor(x: u32); get: func() -> u32; join: static func(a: borrow<r>) -> r; }
  g: func(p: r) -> option<r>;
  plain: func() -> u8;
}
interface i { resource q { a: func(); } enum e { x, y } f: func(e: e) -> list<string>; take: func(q: q); }
world w { import i; export j; export foo: func(a: string) -> result<u32, string>; export k: interface { h: func(); } }`

describe('interface', () => {
  test('functions of resources are named with the reason why no job can call them', async () => {
    const module = await embed(resources)
    for (const { interface: found, root } of [component(await build(module)), read(module)]) {
      expect(found.functions.map(item => item.name)).toEqual(['foo', 'a:b/j@0.2.1#plain', 'k#h'])
      expect(found.unsupported).toEqual([
        {
          name: 'a:b/j@0.2.1#[constructor]r',
          interface: 'j',
          func: '[constructor]r',
          reason: 'its result holds the resource `a:b/j@0.2.1#r`',
        },
        {
          name: 'a:b/j@0.2.1#[method]r.get',
          interface: 'j',
          func: '[method]r.get',
          reason: 'its parameter `self` holds the resource `a:b/j@0.2.1#r`',
        },
        {
          name: 'a:b/j@0.2.1#[static]r.join',
          interface: 'j',
          func: '[static]r.join',
          reason: 'its parameter `a` holds the resource `a:b/j@0.2.1#r`',
        },
        {
          name: 'a:b/j@0.2.1#g',
          interface: 'j',
          func: 'g',
          reason: 'its parameter `p` holds the resource `a:b/j@0.2.1#r`',
        },
      ])
      expect(found.imports).toEqual(['[method]q.a', 'f', 'take'].map(name => `a:b/i@0.2.1#${name}`))
      expect(firstDangling(root)).toBeUndefined()
    }
  })

  test('types are known by their names, through `use`, aliases and interfaces', async () => {
    const source = `package a:b;
      interface shapes { record point { x: s32, y: s32 } type place = point; type path = list<place>; }
      interface moves { use shapes.{path, point as corner}; turn: func(by: path) -> corner; }
      world w { export shapes; export moves; use shapes.{place}; export at: func(p: place) -> u8; }`
    const { interface: found } = component(await build(await embed(source)))
    const point = {
      kind: 'record',
      fields: [
        { name: 'x', type: { kind: 's32' } },
        { name: 'y', type: { kind: 's32' } },
      ],
    }
    expect(found.types).toEqual([
      { name: 'place', type: point },
      { interface: 'shapes', name: 'point', type: point },
      { interface: 'shapes', name: 'place', type: point },
      { interface: 'shapes', name: 'path', type: { kind: 'list', element: point } },
      { interface: 'moves', name: 'path', type: { kind: 'list', element: point } },
      { interface: 'moves', name: 'corner', type: point },
    ])
    expect(found.functions.map(({ name, params, result }) => [name, params[0]?.type, result])).toEqual([
      ['at', point, { kind: 'u8' }],
      ['a:b/moves#turn', { kind: 'list', element: point }, point],
    ])
  })

  test('docs stand in the section `package-docs`', async () => {
    const bytes = await build(
      await embed('package a:b; interface i { g: func(); } world w { export f: func(); export i; }'),
    )
    const docs = {
      worlds: { w: { func_exports: { f: 'Does f.' } } },
      interfaces: { i: { funcs: { g: { docs: ' Does g. ' } }, types: 7 } },
    }
    const content = [...text('package-docs'), 1, ...new TextEncoder().encode(JSON.stringify(docs))]
    const withDocs = Uint8Array.from([...bytes, 0, ...leb(content.length), ...content])
    expect(component(withDocs).interface.functions.map(({ name, docs }) => [name, docs])).toEqual([
      ['f', 'Does f.'],
      ['a:b/i#g', 'Does g.'],
    ])
    const broken = Uint8Array.from([...bytes, 0, ...leb(14), ...text('package-docs'), 0x7b])
    expect(component(broken).interface).toEqual(component(bytes).interface)
  })

  test('an asynchronous function is left out with its reason', async () => {
    const wat = '(component (type (func async (result u32))) (import "f" (func (type 0))) (export "g" (func 0)))'
    const { interface: found } = component(await parse(wat))
    expect(found.functions).toEqual([])
    expect(found.unsupported).toEqual([{ name: 'g', func: 'g', reason: 'it is asynchronous' }])
    expect(found.imports).toEqual(['f'])
  })
})

describe('structure', () => {
  test('resources keep their identity through nested components', async () => {
    const { root } = component(
      await parse(`(component
        (component $c
          (import "in" (type $in (sub resource)))
          (type $made (resource (rep i32)))
          (export $out "out" (type $made))
          (core func $new (canon resource.new $made))
          (core func $drop (canon resource.drop $in)))
        (import "host" (instance $host (export "r" (type (sub resource)))))
        (alias export $host "r" (type $r))
        (instance $one (instantiate $c (with "in" (type $r))))
        (instance $two (instantiate $c (with "in" (type $r))))
        (alias export $one "out" (type $a))
        (alias export $two "out" (type $b))
        (core func (canon resource.drop $a))
        (core func (canon resource.drop $b))
        (core func (canon resource.drop $r)))`),
    )
    expect(firstDangling(root)).toBeUndefined()
    const [one, two] = root.definitions.filter(item => item.kind === 'instantiate')
    const drops = root.definitions.flatMap(item => (item.kind === 'resource-drop' ? [item.resource] : []))
    const [dropA, dropB, dropR] = drops
    expect(one?.resources.map(item => item.path)).toEqual([['out']])
    expect(dropA).toEqual(one?.resources[0]?.resource)
    expect(dropB).toEqual(two?.resources[0]?.resource)
    expect(dropA?.id).not.toBe(dropB?.id)
    expect(dropR?.name).toBe('host#r')
  })

  test.each([
    [
      'a core function with another signature',
      `(core module $m (func (export "f") (param i64)))
       (core instance $i (instantiate $m))
       (func (param "x" u32) (canon lift (core func $i "f")))`,
      'it is (i64) -> () where (i32) -> () is needed',
    ],
    [
      'a string without a memory',
      `(core module $m (func (export "f") (param i32 i32)))
       (core instance $i (instantiate $m))
       (func (param "x" string) (canon lift (core func $i "f")))`,
      'without a memory',
    ],
    [
      'a core import that is not given',
      '(core module $m (import "a" "b" (func))) (core instance (instantiate $m))',
      'The core import `a` `b` is not given',
    ],
    [
      'a core import of another type',
      `(core module $m (import "a" "b" (func (param i32))))
       (core module $n (func (export "b") (param i64)))
       (core instance $i (instantiate $n))
       (core instance (instantiate $m (with "a" (instance $i))))`,
      'its signature is (i64) -> () where (i32) -> () is asked for',
    ],
    [
      'a component import of another type',
      `(component $c (import "f" (func (param "x" u32))))
       (import "g" (func $g (param "x" u64)))
       (instance (instantiate $c (with "f" (func $g))))`,
      'the function has another type',
    ],
    [
      'a component import that is not given',
      '(component $c (import "f" (func))) (instance (instantiate $c))',
      '`f` is missing',
    ],
    [
      'another resource than the one asked for',
      `(component $c (import "r" (type $r (sub resource))) (import "f" (func (param "x" (own $r)))))
       (import "a" (type $a (sub resource))) (import "b" (type $b (sub resource)))
       (import "g" (func $g (param "x" (own $b))))
       (instance (instantiate $c (with "r" (type $a)) (with "f" (func $g))))`,
      'the function has another type',
    ],
    ['a borrowed result', '(import "r" (type $r (sub resource))) (type (func (result (borrow $r))))', 'borrowed'],
    ['a resource that is hidden', '(type $r (resource (rep i32))) (type $o (own $r)) (export "o" (type $o))', 'hidden'],
    ['an alias of nothing', '(import "i" (instance $i)) (alias export $i "f" (func))', 'exports no `f`'],
    [
      'a stated type that does not fit',
      '(import "f" (func $f)) (export "g" (func $f) (func (param "x" u8)))',
      'not what is stated',
    ],
    [
      'a 64-bit memory',
      `(core module $m (memory (export "memory") i64 1) (func (export "f") (param i32 i32)))
       (core instance $i (instantiate $m))
       (alias core export $i "memory" (core memory $mem))
       (func (param "x" string) (canon lift (core func $i "f") (memory $mem)))`,
      '64 bits',
    ],
  ])('%s is refused', async (_, body, message) => {
    // `parse` does not validate, so that invalid components can be written as text.
    expect(refusal(await parse(`(component ${body})`)).message).toContain(message)
  })

  test.each([
    ['resource', '(type (resource (rep i32)))'],
    ['imports of modules', '(import "m" (core module (import "a" "b" (func (param i32))) (export "c" (global i32))))'],
    ['imports of components', '(import "c" (component (import "f" (func)) (export "g" (func (result u8)))))'],
    [
      'an outer alias',
      '(type $t (record (field "a" u8))) (component (alias outer 1 $t (type $u)) (export "t" (type $u)))',
    ],
    ['an outer module', '(core module $m) (component (core instance (instantiate $m)))'],
    [
      'a component as an argument',
      `(component $c (import "d" (component $d (import "r" (type $r (sub resource))) (export "f" (func (param "x" (own $r)))))))
       (component $e (import "r" (type $r (sub resource))) (import "f" (func $f (param "x" (own $r)))) (export "f" (func $f)))
       (component $e2 (import "r" (type $r (sub resource))) (type $t (func (param "x" (own $r))))
         (core module $m (func (export "f") (param i32))) (core instance $i (instantiate $m))
         (func $f (type $t) (canon lift (core func $i "f"))) (export "f" (func $f)))
       (instance (instantiate $c (with "d" (component $e2))))`,
    ],
    ['padded sizes', '(core module (func (export "f")))'],
    ['a start of a core module', '(core module $m (func $f) (start $f)) (core instance (instantiate $m))'],
  ])('%s: every index refers to what is there', async (_, body) => {
    expect(firstDangling(component(await parse(`(component ${body})`)).root)).toBeUndefined()
  })
})

describe('refused by name', () => {
  test.each([
    ['stream', '(type (stream u8))'],
    ['future', '(type (future))'],
    ['error-context', '(type (option error-context))'],
    ['fixed length', '(type (list u8 4))'],
    [
      'async',
      '(core module $m (func (export "f"))) (core instance $i (instantiate $m)) (func async (canon lift (core func $i "f") async))',
    ],
    ['task.cancel', '(core func (canon task.cancel))'],
    ['waitable-set.new', '(core func (canon waitable-set.new))'],
    ['value import', '(import "v" (value u32))'],
  ])('%s', async (name, body) => {
    const error = refusal(await parse(`(component ${body})`))
    expect(error.code).toBe('unsupported')
    expect(error.message).toContain(name)
    expect(error.offset).toBeGreaterThan(8)
  })

  test.each<[string, Uint8Array, string]>([
    ['map', sections([7, [1, 0x63, 0x79, 0x79]]), 'map'],
    ['start function', sections([9, [0, 0, 0]]), 'start function'],
    ['values', sections([12, [0]]), 'defines values'],
    ['section', sections([13, []]), '0x0d'],
    ['built-in', sections([8, [1, 0x7e]]), '0x7e'],
    ['type', sections([7, [1, 0x50]]), '0x50'],
    ['import of a file', sections([10, [1, 0, ...text('url=<https://x>'), 1, 0]]), 'names a file elsewhere'],
  ])('%s', (_, bytes, message) => {
    expect(refusal(bytes).message).toContain(message)
  })
})

describe('binary format', () => {
  const func = [0x40, 0, 1, 0]

  test('the result lists of older binaries: several named results are a record', () => {
    const named = [0x40, 0, 1, 2, ...text('a'), 0x79, ...text('b'), 0x73]
    const bytes = sections([7, [1, ...named]], [10, [1, 0, ...text('f'), 1, 0]], [11, [1, 0, ...text('g'), 1, 0, 0]])
    expect(component(bytes).interface.functions[0]?.result).toEqual({
      kind: 'record',
      fields: [
        { name: 'a', type: { kind: 'u32' } },
        { name: 'b', type: { kind: 'string' } },
      ],
    })
  })

  test('names in all three forms', () => {
    const import_ = (form: number, name: string, more: number[] = []): number[] => [form, ...text(name), ...more, 1, 0]
    const imports = [
      ...import_(0, 'f'),
      ...import_(1, 'a:b/c@1.0.0'),
      ...import_(2, 'g', [2, 0, ...text('x:y/z'), 1, ...text('.1')]),
    ]
    const bytes = sections([7, [1, ...func]], [10, [3, ...imports]])
    expect(component(bytes).interface.imports).toEqual(['f', 'a:b/c@1.0.0', 'g'])
  })

  test('padded numbers are legal up to five bytes', () => {
    const padded = Uint8Array.from([...sections(), 7, 0x85, 0x80, 0x80, 0x80, 0x00, 1, ...func])
    expect(decodeComponent(padded).ok).toBe(true)
    const surplus = Uint8Array.from([...sections(), 7, 0x85, 0x80, 0x80, 0x80, 0x80, 0x00, 1, ...func])
    expect(refusal(surplus).code).toBe('malformed')
    const wide = Uint8Array.from([...sections(), 7, 0x85, 0x80, 0x80, 0x80, 0x10, 1, ...func])
    expect(refusal(wide).code).toBe('malformed')
  })

  test.each<[string, Uint8Array, string, string]>([
    ['a count beyond the bytes', sections([7, [0xff, 0xff, 0xff, 0xff, 0x0f]]), 'truncated', 'entries are announced'],
    ['a section beyond the file', Uint8Array.from([...sections(), 7, 9, 0]), 'truncated', 'begins where'],
    ['bytes behind the last entry', sections([7, [0, 0]]), 'malformed', 'longer than its content'],
    ['a name that is not UTF-8', sections([10, [1, 0, 1, 0xff, 1, 0]]), 'malformed', 'not UTF-8'],
    ['a name that is no name', sections([7, [1, ...func]], [10, [1, 0, ...text('F_f'), 1, 0]]), 'invalid', '`F_f`'],
    ['a label that is no label', sections([7, [1, 0x6d, 1, ...text('a--b')]]), 'invalid', '`a--b`'],
    ['two fields of a name', sections([7, [1, 0x72, 2, ...text('a'), 0x79, ...text('A'), 0x79]]), 'invalid', '`A`'],
    ['no fields', sections([7, [1, 0x72, 0]]), 'invalid', 'no fields'],
    [
      '33 flags',
      sections([7, [1, 0x6e, 33, ...Array.from({ length: 33 }, (_, i) => text(`f${i}`)).flat()]]),
      'invalid',
      '32',
    ],
    ['a type that is not there', sections([7, [1, 0x70, 0]]), 'invalid', 'There is no type 0'],
    ['a function as a value', sections([7, [2, ...func, 0x70, 0]]), 'invalid', 'not the type of a value'],
    ['a resource in a type', sections([7, [1, 0x42, 1, 1, 0x3f, 0x7f, 0]]), 'invalid', 'inside a type'],
  ])('%s', (_, bytes, code, message) => {
    const error = refusal(bytes)
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(message)])
  })

  test('a component that is cut anywhere but between two sections is refused', { timeout: 60_000 }, async () => {
    const bytes = await build(await embed(resources))
    const ends = new Set([8])
    for (let at = 8; at < bytes.length; ends.add(at)) {
      const { size, next } = sizeAt(bytes, at + 1)
      at = next + size
    }
    for (let end = 0; end < bytes.length; end++) {
      if (!ends.has(end)) expect(decodeComponent(bytes.subarray(0, end)).ok).toBe(false)
    }
    expect(ends.size).toBeGreaterThan(20)
  })
})

function sizeAt(bytes: Uint8Array, at: number): { size: number; next: number } {
  let [size, shift, next] = [0, 0, at]
  do size |= (bytes[next]! & 0x7f) << (7 * shift++)
  while (bytes[next++]! >= 0x80)
  return { size, next }
}
