import fc from 'fast-check'
import { componentWit } from '@bytecodealliance/jco-transpile/wasm-tools'
import { describe, expect, test } from 'vitest'
import type { AbiType, FuncType } from '../../../dag/component/ast.ts'
import { flattenFunc } from '../../../dag/component/flatten.ts'
import type { Interface } from '../../../dag/component/interface.ts'
import { cases } from '../../harness/seeds.ts'
import { build, component, embed, parse, read } from './tools.ts'
import { firstDangling } from './walk.ts'
import { Printer, type WitFunction, type WitWorld, witWorld } from './wit.ts'

/** What any form of the generated world must show. */
function expected(world: WitWorld): Interface {
  const full = `test:pkg/offered@1.2.3`
  return {
    functions: [
      ...world.functions.map(item => ({ ...item, func: item.name })),
      ...world.exported.functions.map(item => ({
        ...item,
        name: `${full}#${item.name}`,
        interface: 'offered',
        func: item.name,
      })),
    ],
    types: [...world.exported.types.map(item => ({ ...item, interface: 'offered' }))],
    imports: world.imported.functions.map(({ name }) => `test:pkg/given@1.2.3#${name}`),
    unsupported: [],
  }
}

/** Types of the world itself are imports of the component, as the tools encode them. */
function comparable(found: Interface): Interface {
  return { ...found, types: found.types.filter(item => item.interface !== undefined) }
}

describe('a generated world, as the tools of the Bytecode Alliance encode it', () => {
  test(
    'has the same interface as a component and as a core module that would become it',
    { timeout: 600_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(witWorld, async world => {
          const module = await embed(world.source)
          const built = component(await build(module))
          expect(comparable(built.interface)).toEqual(expected(world))
          expect(firstDangling(built.root)).toBeUndefined()

          const own = read(module)
          expect(own.kind).toBe('component')
          expect(comparable(own.interface)).toEqual(expected(world))
          expect(firstDangling(own.root)).toBeUndefined()
        }),
        { numRuns: cases(40, 1000) },
      )
    },
  )

  test('is lifted and lowered with the signatures that the tools ask for', { timeout: 600_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(witWorld, async world => {
        const module = await embed(world.source, await parse(legacyModule(world)), 'utf16')
        const built = component(await build(module))
        const own = read(module)
        for (const { root, interface: found } of [built, own]) {
          expect(comparable(found)).toEqual(expected(world))
          expect(firstDangling(root)).toBeUndefined()
          const lifts = root.definitions.filter(item => item.kind === 'lift')
          expect(lifts.length).toBe(world.functions.length + world.exported.functions.length)
          const strings = lifts.filter(item => JSON.stringify(item.type).includes('"string"'))
          expect(strings.filter(item => item.options.encoding !== 'utf16')).toEqual([])
        }
        const lowered = (root: typeof own.root): FuncType[] =>
          root.definitions.flatMap(item => (item.kind === 'lower' ? [item.type] : []))
        expect(lowered(own.root)).toEqual(world.imported.functions.map(({ params, result }) => ({ params, result })))
        expect(lowered(built.root)).toHaveLength(world.imported.functions.length)
      }),
      { numRuns: cases(40, 1000) },
    )
  })

  test('reads in WIT as the tools print it, where nothing has a name', { timeout: 600_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(witWorld, async world => {
        const bytes = await build(await embed(world.source))
        const wit = await componentWit(bytes)
        for (const item of component(bytes).interface.functions) {
          const printer = new Printer('none')
          const line = signatureOf(item, printer)
          if (item.interface === undefined && printer.types.length === 0) expect(wit).toContain(`export ${line}`)
        }
      }),
      { numRuns: cases(15, 300) },
    )
  })
})

function signatureOf({ func, params, result }: { func: string } & Omit<WitFunction, 'name'>, printer: Printer): string {
  const keywords = ['constructor', 'list', 'type']
  const label = (name: string): string => (keywords.includes(name) ? `%${name}` : name)
  const arrow = result.kind === 'unit' ? '' : ` -> ${printer.type(result)}`
  const list = params.map(({ name, type }) => `${label(name)}: ${printer.type(type)}`)
  return `${func}: func(${list.join(', ')})${arrow};`
}

/** A module that implements the world with traps, by the older core names, its signatures from our flattening. */
function legacyModule({ functions, imported, exported }: WitWorld): string {
  const core = ({ params, result }: WitFunction, context: 'lift' | 'lower'): string => {
    const flat = flattenFunc(
      { params: params as { name: string; type: AbiType }[], result: result as AbiType },
      context,
    )
    return `(param ${flat.params.join(' ')}) (result ${flat.results.join(' ')})`
  }
  const func = (name: string, item: WitFunction): string => {
    const flat = flattenFunc(item as FuncType, 'lift')
    return `(func (export "${name}") ${core(item, 'lift')} unreachable)
      (func (export "cabi_post_${name}") (param ${flat.results.join(' ')}))`
  }
  return `(module
    ${imported.functions.map(item => `(import "test:pkg/given@1.2.3" "${item.name}" (func ${core(item, 'lower')}))`).join('\n')}
    (memory (export "memory") 1)
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
    ${functions.map(item => func(item.name, item)).join('\n')}
    ${exported.functions.map(item => func(`test:pkg/offered@1.2.3#${item.name}`, item)).join('\n')}
    (func (export "_initialize")))`
}
