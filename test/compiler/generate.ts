import fc from 'fast-check'

/**
 * Random well-typed programs as a model, and ways to print one that must not change what it means. Functions come
 * from a stated interface, so that no component has to be at hand.
 */

/** The types of the model, with literals of each: [source text, text of another literal]. */
const types = {
  u8: ['0', '7', '255'],
  u32: ['0', '1', '4_000_000_000', '0xff'],
  s64: ['-1', '9_223_372_036_854_775_807', '12'],
  f64: ['1.0', '-0.5', '1e300', '2'],
  bool: ['true', 'false'],
  char: ["'a'", "'\\u{1F600}'"],
  string: ['""', '"text"', '"line\\nnext ä"'],
  'list<u8>': ['b"\\x00\\xff"', '[1, 2, 3]', '[]'],
  'list<u32>': ['[1, 2]', '[]'],
  'option<u32>': ['none', 'some(3)'],
  'option<option<u8>>': ['none', 'some(none)', 'some(some(1))'],
  'tuple<u8, string>': ['(1, "a")', '(2, "")'],
  'record { a: u32, b: string }': ['{ a: 1, b: "x" }', '{ b: "y", a: 2 }'],
  'result<u32, string>': ['ok(1)', 'err("no")'],
  'result<(), string>': ['ok(())', 'err("no")'],
} as const satisfies Record<string, readonly string[]>
export type TypeText = keyof typeof types
const typeTexts = Object.keys(types) as TypeText[]

/** Functions for each type: one that makes it, one that maps it. */
const functions = typeTexts.flatMap((type, i) => [
  { name: `make-${i}`, params: [{ name: 'seed', type: 'u32' as TypeText }], result: type },
  {
    name: `map-${i}`,
    params: [
      { name: 'value', type },
      { name: 'by', type: 'u32' as TypeText },
    ],
    result: type,
  },
])
const signatures = functions
  .map(
    ({ name, params, result }) => `${name}: func(${params.map(p => `${p.name}: ${p.type}`).join(', ')}) -> ${result}`,
  )
  .join(', ')
export const componentCid = 'bafybeibk42jwhq7w2zcpe6q3wgtleugp3ymfs3pa5gerjmnakqihhqx4zq'

export type Expression =
  | { kind: 'literal'; type: TypeText; text: string }
  | { kind: 'param'; type: TypeText; index: number }
  | { kind: 'call'; type: TypeText; func: number; args: Expression[] }
  | { kind: 'access'; type: TypeText; object: Expression; suffix: string }
  | { kind: 'build'; type: TypeText; parts: Expression[]; text: (parts: string[]) => string }

export interface Program {
  params: { type: TypeText; default?: string }[]
  body: Expression
}

/** Ways to reach or build a type from parts. */
const accesses: { type: TypeText; of: TypeText; suffix: string }[] = [
  { type: 'u32', of: 'record { a: u32, b: string }', suffix: '.a' },
  { type: 'string', of: 'record { a: u32, b: string }', suffix: '.b' },
  { type: 'u8', of: 'tuple<u8, string>', suffix: '.0' },
  { type: 'u32', of: 'list<u32>', suffix: '[1]' },
]
const builds: { type: TypeText; parts: TypeText[]; text: (parts: string[]) => string }[] = [
  { type: 'list<u32>', parts: ['u32', 'u32'], text: ([a, b]) => `[${a}, ${b}]` },
  { type: 'list<u8>', parts: ['u8', 'u8'], text: ([a, b]) => `[${a}, ${b}]` },
  { type: 'option<u32>', parts: ['u32'], text: ([a]) => `some(${a})` },
  { type: 'tuple<u8, string>', parts: ['u8', 'string'], text: ([a, b]) => `(${a}, ${b})` },
  { type: 'record { a: u32, b: string }', parts: ['u32', 'string'], text: ([a, b]) => `{ a: ${a}, b: ${b} }` },
  { type: 'result<u32, string>', parts: ['u32'], text: ([a]) => `ok(${a})` },
]

function literal(type: TypeText): fc.Arbitrary<Expression> {
  return fc.constantFrom(...types[type]).map(text => ({ kind: 'literal', type, text }))
}

function expression(type: TypeText, params: Program['params'], depth: number): fc.Arbitrary<Expression> {
  const inner = (of: TypeText): fc.Arbitrary<Expression> => expression(of, params, depth - 1)
  const options: fc.Arbitrary<Expression>[] = [literal(type)]
  for (const [index, param] of params.entries())
    if (param.type === type) options.push(fc.constant({ kind: 'param', type, index }))
  if (depth > 0) {
    for (const [func, { params: takes, result }] of functions.entries())
      if (result === type)
        options.push(fc.tuple(...takes.map(p => inner(p.type))).map(args => ({ kind: 'call', type, func, args })))
    for (const access of accesses)
      if (access.type === type)
        options.push(inner(access.of).map(object => ({ kind: 'access', type, object, suffix: access.suffix })))
    for (const build of builds)
      if (build.type === type)
        options.push(
          fc.tuple(...build.parts.map(inner)).map(parts => ({ kind: 'build', type, parts, text: build.text })),
        )
  }
  return fc.oneof({ maxDepth: 6 }, ...options)
}

export const program: fc.Arbitrary<Program> = fc
  .array(fc.constantFrom(...typeTexts), { maxLength: 3 })
  .chain(chosen =>
    fc.tuple(
      ...chosen.map(type =>
        fc.record({ type: fc.constant(type), default: fc.option(fc.constantFrom(...types[type]), { nil: undefined }) }),
      ),
    ),
  )
  .map(params => params.map(({ type, default: value }) => (value === undefined ? { type } : { type, default: value })))
  .chain(params =>
    fc.constantFrom(...typeTexts).chain(type => expression(type, params, 4).map(body => ({ params, body }))),
  )

/** What a printing may choose; each choice comes from `flip`, so that a seed gives a text. */
export interface Style {
  /** A number in [0, 1). */
  next: () => number
}

const words = ['alpha', 'b', 'some-name', 'x1', 'with', 'test', 'job', 'config', 'kebab-1', 'Upper', 'type', 'after']

/** Prints a program. Without a style as plainly as can be; with one in any way that must mean the same. */
export function print(program: Program, style?: Style): string {
  return new Printer(program, style).module()
}

class Printer {
  private readonly declarations: string[] = []
  private readonly used = new Set<string>(['main', 'none', 'some', 'ok', 'err'])
  private readonly program: Program
  private readonly style: Style | undefined
  private readonly module_: string
  /** In a style limits may stand at the calls in place of the `config`. */
  private readonly withs: boolean

  constructor(program: Program, style: Style | undefined) {
    this.program = program
    this.style = style
    for (const [i] of program.params.entries()) this.used.add(`p${i}`)
    this.module_ = this.name('m')
    this.withs = this.flip(0.5)
  }

  private flip(chance: number): boolean {
    return this.style !== undefined && this.style.next() < chance
  }

  private pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.style!.next() * items.length)]!
  }

  private name(plain: string): string {
    let name = plain
    while (this.used.has(name)) name = this.style ? `${this.pick(words)}${this.used.size}` : `${plain}${this.used.size}`
    if (this.style)
      do name = `${this.pick(words)}-${this.used.size}`
      while (this.used.has(name))
    this.used.add(name)
    return name
  }

  module(): string {
    const { params, body } = this.program
    const lets: string[] = []
    const value = this.expression(body, lets, i => `p${i}`)
    const list = params.map(
      ({ type, default: text }, i) =>
        `p${i}: ${this.type(type)}${text === undefined ? '' : ` = ${this.constant(type, text)}`}`,
    )
    const job = `export job main(${list.join(', ')}) -> ${this.type(body.type)} ${this.block(lets, value)}`
    const imported = `import ${this.module_} from "ipfs://${componentCid}" { ${signatures} }`
    const all = [imported, ...this.declarations, job]
    if (!this.withs) all.push('config { time: 7s, memory: 8MiB }')
    if (this.flip(0.3)) all.push(`const ${this.name('unused')} = [1, 2]`)
    if (this.flip(0.3)) all.push(`job ${this.name('unused')}() -> u32 { ${this.module_}.make-1(1) }`)
    if (this.style)
      for (let i = all.length; i-- > 1;) {
        const j = Math.floor(this.style.next() * (i + 1))
        ;[all[i], all[j]] = [all[j]!, all[i]!]
      }
    const gap = (): string => (this.flip(0.3) ? '\n// a comment\n\n' : '\n')
    return `${this.flip(0.2) ? '//! About this file.\n' : ''}${all.map(text => `${this.docs(text)}${gap()}`).join('')}`
  }

  private docs(text: string): string {
    return this.flip(0.2) && !/^(import|config)/.test(text) ? `/// Docs of what follows.\n${text}` : text
  }

  private block(lets: string[], value: string): string {
    const lines = [...lets, value].map(
      line => `  ${line}${this.flip(0.2) ? ' // why' : ''}\n${this.flip(0.2) ? '\n' : ''}`,
    )
    return `{\n${lines.join('')}}`
  }

  private type(type: TypeText): string {
    if (!this.flip(0.3)) return type
    const name = this.name('T')
    this.declarations.push(`type ${name} = ${type}`)
    return name
  }

  private constant(type: TypeText, text: string): string {
    if (!this.flip(0.3)) return text
    const name = this.name('c')
    this.declarations.push(`const ${name}: ${this.type(type)} = ${text}`)
    return name
  }

  private expression(node: Expression, lets: string[], param: (index: number) => string): string {
    if (node.kind !== 'param' && this.flip(0.15)) return this.helper(node, lets, param)
    const text = this.plain(node, lets, param)
    if (!this.flip(0.2)) return text
    const name = this.name('v')
    // A literal has the type that is asked of it; what is moved away from there has to say so.
    const annotated = node.kind === 'literal' || node.kind === 'build' || this.flip(0.5)
    lets.push(`let ${name}${annotated ? `: ${this.type(node.type)}` : ''} = ${text}`)
    return name
  }

  private plain(node: Expression, lets: string[], param: (index: number) => string): string {
    const inner = (part: Expression): string => this.expression(part, lets, param)
    switch (node.kind) {
      case 'literal':
        return this.constant(node.type, node.text)
      case 'param':
        return param(node.index)
      case 'access': {
        const object = inner(node.object)
        return node.object.kind === 'literal' || node.object.kind === 'build'
          ? `${this.typed(node.object, object, lets)}${node.suffix}`
          : `${object}${node.suffix}`
      }
      case 'build':
        return node.text(node.parts.map(inner))
      case 'call': {
        const { name, params } = functions[node.func]!
        const args = node.args.map(inner)
        const from = this.flip(0.5) ? Math.floor(this.style!.next() * (args.length + 1)) : args.length
        const positional = args.slice(0, from)
        const named = args.slice(from).map((arg, i) => `${params[from + i]!.name}: ${arg}`)
        if (this.flip(0.5)) named.reverse()
        const limits = this.withs ? ' with { time: 7s, memory: 8MiB }' : ''
        return `${this.module_}.${name}(${[...positional, ...named].join(', ')})${limits}`
      }
    }
  }

  /** A literal has no type of its own before an access: it gets a name and a type. */
  private typed(node: Expression, text: string, lets: string[]): string {
    const name = this.name('o')
    lets.push(`let ${name}: ${node.type} = ${text}`)
    return name
  }

  /** Moves an expression into a job of its own, which takes the parameters that it needs. */
  private helper(node: Expression, outer: string[], param: (index: number) => string): string {
    void outer
    const name = this.name('helper')
    const needed = [...new Set(paramsOf(node))].sort()
    const lets: string[] = []
    const inner = new Map(needed.map(index => [index, this.name('q')]))
    const value = this.plain(node, lets, index => inner.get(index)!)
    const list = needed.map(index => `${inner.get(index)}: ${this.type(this.program.params[index]!.type)}`)
    const extra = this.flip(0.3) ? [`${this.name('d')}: u32 = 5`] : []
    const written = extra.length > 0 && this.flip(0.5) ? ['5'] : []
    this.declarations.push(
      `job ${name}(${[...list, ...extra].join(', ')}) -> ${this.type(node.type)} ${this.block(lets, value)}`,
    )
    return `${name}(${[...needed.map(param), ...written].join(', ')})`
  }
}

function paramsOf(node: Expression): number[] {
  switch (node.kind) {
    case 'literal':
      return []
    case 'param':
      return [node.index]
    case 'access':
      return paramsOf(node.object)
    case 'build':
      return node.parts.flatMap(paramsOf)
    case 'call':
      return node.args.flatMap(paramsOf)
  }
}

/** A small deterministic source of choices. */
export function styleOf(seed: number): Style {
  let state = seed >>> 0
  return {
    next() {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return state / 2 ** 32
    },
  }
}

/** A literal for an argument of each type. */
export function argumentFor(type: TypeText): fc.Arbitrary<string> {
  return fc.constantFrom(...types[type])
}
