import fc from 'fast-check'
import type { Type } from '../../../dag/types.ts'

/** A function of a generated world: its types as the decoder must give them, and as WIT writes them. */
export interface WitFunction {
  name: string
  params: { name: string; type: Type }[]
  result: Type
}

export interface WitInterface {
  name: string
  functions: WitFunction[]
  /** Named types in order of declaration. */
  types: { name: string; type: Type }[]
}

export interface WitWorld {
  source: string
  functions: WitFunction[]
  types: { name: string; type: Type }[]
  imported: WitInterface
  exported: WitInterface
}

const words = ['a', 'b-c', 'size', 'x1', 'some-ok', 'UP', 'value-2', 'constructor', 'to-string', 'list', 'type']
const names = fc.uniqueArray(fc.constantFrom(...words), { minLength: 1, maxLength: 4 })
const primitives = [
  'bool',
  'u8',
  'u16',
  'u32',
  'u64',
  's8',
  's16',
  's32',
  's64',
  'f32',
  'f64',
  'char',
  'string',
] as const

/** Value types of WIT; `unit` stands only where a payload of `result` is left out. */
const witType: fc.Arbitrary<Type> = fc.letrec<{ type: Type }>(tie => {
  const inner = tie('type')
  const payload = fc.oneof(
    { weight: 3, arbitrary: inner },
    { weight: 1, arbitrary: fc.constant<Type>({ kind: 'unit' }) },
  )
  const members = names.chain(list =>
    fc.tuple(...list.map(() => inner)).map(types => list.map((name, i) => ({ name, type: types[i]! }))),
  )
  return {
    type: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom(...primitives).map((kind): Type => ({ kind })),
      names.map((cases): Type => ({ kind: 'enum', cases })),
      names.map((flags): Type => ({ kind: 'flags', flags })),
      inner.map((element): Type => ({ kind: 'list', element })),
      inner.map((some): Type => ({ kind: 'option', some })),
      fc.tuple(payload, payload).map(([ok, error]): Type => ({ kind: 'result', ok, error })),
      fc.array(inner, { minLength: 1, maxLength: 3 }).map((items): Type => ({ kind: 'tuple', items })),
      members.map((fields): Type => ({ kind: 'record', fields })),
      members.map((list): Type => ({
        kind: 'variant',
        cases: list.map((item, i) => (i % 2 ? { name: item.name } : item)),
      })),
    ),
  }
}).type

const witFunction = fc.record({
  params: fc.oneof(fc.constant<string[]>([]), names),
  types: fc.array(witType, { minLength: 4, maxLength: 4 }),
  result: fc.oneof(witType, fc.constant<Type>({ kind: 'unit' })),
})

const functions = fc.array(witFunction, { minLength: 1, maxLength: 3 }).map(list =>
  list.map(({ params, types, result }, i): WitFunction => ({
    name: `f-${i}`,
    params: params.map((name, j) => ({ name, type: types[j]! })),
    result,
  })),
)

/** A world with functions of its own, an imported and an exported interface, and types that have names. */
export const witWorld: fc.Arbitrary<WitWorld> = fc
  .tuple(functions, functions, functions)
  .map(([own, given, offered]) => {
    const imported = print('given', given)
    const exported = print('offered', offered)
    const world = print('w', own)
    const source = `package test:pkg@1.2.3;
interface given { ${imported.lines.join('\n')} }
interface offered { ${exported.lines.join('\n')} }
world w {
  import given; export offered;
  ${world.lines.map(line => (line.includes(': func(') ? `export ${line}` : line)).join('\n')}
}`
    return { source, functions: own, types: world.types, imported: imported.of, exported: exported.of }
  })

function print(name: string, list: WitFunction[]): { of: WitInterface; types: WitInterface['types']; lines: string[] } {
  const printer = new Printer(name)
  const lines = list.map(({ name, params, result }) => {
    const arrow = result.kind === 'unit' ? '' : ` -> ${printer.type(result)}`
    return `${name}: func(${params.map(param => `%${param.name}: ${printer.type(param.type)}`).join(', ')})${arrow};`
  })
  const { types } = printer
  return { of: { name, functions: list, types }, types, lines: [...printer.declarations, ...lines] }
}

/** Writes types in WIT; those that WIT must name are declared on the way. */
export class Printer {
  readonly declarations: string[] = []
  readonly types: { name: string; type: Type }[] = []
  readonly #prefix: string

  constructor(prefix: string) {
    this.#prefix = prefix
  }

  type(type: Type): string {
    switch (type.kind) {
      case 'list':
        return `list<${this.type(type.element)}>`
      case 'option':
        return `option<${this.type(type.some)}>`
      case 'tuple':
        return `tuple<${type.items.map(item => this.type(item)).join(', ')}>`
      case 'result': {
        const [ok, error] = [type.ok, type.error].map(part => (part.kind === 'unit' ? '_' : this.type(part)))
        return error === '_' ? (ok === '_' ? 'result' : `result<${ok}>`) : `result<${ok}, ${error}>`
      }
      case 'record':
        return this.#declare(
          'record',
          type,
          type.fields.map(field => `%${field.name}: ${this.type(field.type)}`),
        )
      case 'variant':
        return this.#declare(
          'variant',
          type,
          type.cases.map(c => `%${c.name}` + (c.type ? `(${this.type(c.type)})` : '')),
        )
      case 'enum':
        return this.#declare(
          'enum',
          type,
          type.cases.map(name => `%${name}`),
        )
      case 'flags':
        return this.#declare(
          'flags',
          type,
          type.flags.map(name => `%${name}`),
        )
      default:
        return type.kind
    }
  }

  #declare(keyword: string, type: Type, members: string[]): string {
    const name = `${this.#prefix}-t${this.types.length}`
    this.types.push({ name, type })
    this.declarations.push(`${keyword} ${name} { ${members.join(', ')} }`)
    return name
  }
}
