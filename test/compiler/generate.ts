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
  /** A name that a loop, an arm, a `catch` or a function binds, counted from the outermost. */
  | { kind: 'local'; type: TypeText; index: number }
  /** What binds names for some of its parts: each part says how many. */
  | {
      kind: 'construct'
      type: TypeText
      form: Form
      parts: Expression[]
      /** How many names are bound around the whole. */
      depth: number
    }
  | { kind: 'call'; type: TypeText; func: number; args: Expression[] }
  | { kind: 'access'; type: TypeText; object: Expression; suffix: string }
  | { kind: 'build'; type: TypeText; parts: Expression[]; text: (parts: string[]) => string }

export interface Program {
  params: { type: TypeText; default?: string }[]
  body: Expression
  /** Arguments of a command, each performed once. */
  commands: Expression[]
}

/**
 * A construct of the language: types of its parts, the names that it binds for each, and its text. A part with
 * `block` stands in a block of its own, where lets may stand; `typed` ones need a type that no literal has, `named` ones a
 * name, and `pure` ones may not look at the world.
 */
interface Form {
  type: TypeText
  parts: { type: TypeText; binds?: TypeText[]; block?: boolean; typed?: boolean; named?: boolean; pure?: boolean }[]
  /** Whether it looks at the world. */
  looks?: true
  text: (parts: string[], names: string[][]) => string
}

const forms: Form[] = [
  ...(['+', '-', '*', '/', '%'] as const).map((operator): Form => ({
    type: 'u32',
    parts: [{ type: 'u32', typed: true }, { type: 'u32' }],
    text: ([a, b]) => `(${a} ${operator} ${b})`,
  })),
  ...(['==', '!=', '<', '<=', '>', '>='] as const).map((operator): Form => ({
    type: 'bool',
    parts: [{ type: 'u32', typed: true }, { type: 'u32' }],
    text: ([a, b]) => `(${a} ${operator} ${b})`,
  })),
  { type: 'bool', parts: [{ type: 'bool' }, { type: 'bool' }], text: ([a, b]) => `(${a} && ${b})` },
  { type: 'bool', parts: [{ type: 'bool' }, { type: 'bool' }], text: ([a, b]) => `(${a} || ${b})` },
  { type: 'bool', parts: [{ type: 'bool' }], text: ([a]) => `!${a}` },
  {
    type: 'string',
    parts: [
      { type: 'u32', named: true },
      { type: 'string', named: true },
    ],
    text: ([a, b]) => `"n \${${a}}: \${${b}}"`,
  },
  ...(['u32', 'string', 'list<u32>'] as const).map((type): Form => ({
    type,
    parts: [{ type: 'bool' }, { type, block: true }, { type, block: true }],
    text: ([c, a, b]) => `(if ${c} ${a} else ${b})`,
  })),
  {
    type: 'u32',
    parts: [{ type: 'option<u32>', typed: true }, { type: 'u32', binds: ['u32'] }, { type: 'u32' }],
    text: ([value, some, none], [, names]) => `(match ${value} { some(${names![0]}) => ${some}, none => ${none} })`,
  },
  {
    type: 'string',
    parts: [
      { type: 'result<u32, string>', typed: true },
      { type: 'string', binds: ['u32'] },
      { type: 'string', binds: ['string'] },
    ],
    text: ([value, a, b], [, x, y]) => `(match ${value} { ok(${x![0]}) => ${a}, err(${y![0]}) => ${b} })`,
  },
  {
    type: 'list<u32>',
    parts: [
      { type: 'list<u32>', typed: true },
      { type: 'u32', binds: ['u32'], block: true },
    ],
    text: ([list, body], [, names]) => `(for ${names![0]} in ${list} ${body})`,
  },
  {
    type: 'list<u8>',
    parts: [
      { type: 'list<u32>', typed: true },
      { type: 'u8', binds: ['u32'], block: true },
    ],
    text: ([list, body], [, names]) => `(for ${names![0]} in ${list} ${body})`,
  },
  {
    type: 'u32',
    parts: [
      { type: 'list<u32>', typed: true },
      { type: 'u32', binds: ['u32', 'u32'] },
    ],
    text: ([list, body], [, names]) => `(reduce ${list} with (${names!.join(', ')}) => ${body})`,
  },
  {
    type: 'u32',
    parts: [
      { type: 'list<u8>', typed: true },
      { type: 'u32', typed: true },
      { type: 'u32', binds: ['u32', 'u8'] },
    ],
    text: ([list, init, body], [, , names]) => `(fold ${list} from ${init} with (${names!.join(', ')}) => ${body})`,
  },
  { type: 'u32', parts: [{ type: 'option<u32>', typed: true }], text: ([value]) => `${value}?` },
  {
    type: 'u32',
    parts: [
      { type: 'u32', typed: true },
      { type: 'u32', pure: true },
    ],
    text: ([value, other]) => `(${value} catch _ => ${other})`,
  },
  {
    type: 'bool',
    parts: [{ type: 'u32', typed: true }],
    text: ([value]) => `(match (try ${value}) { ok(_) => true, err(_) => false })`,
  },
  { type: 'u8', parts: [{ type: 'u32', typed: true }], text: ([value]) => `(${value} as u8)` },
  { type: 'list<u32>', parts: [{ type: 'u32', typed: true }], text: ([value]) => `range(${value})` },
  {
    type: 'list<u32>',
    parts: [
      { type: 'list<u32>', typed: true },
      { type: 'list<u32>', typed: true },
    ],
    text: ([a, b]) => `concat(${a}, ${b})`,
  },
  { type: 'u32', looks: true, parts: [{ type: 'u32' }], text: ([value]) => `world.look(${value})` },
]

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

function expression(
  type: TypeText,
  params: Program['params'],
  depth: number,
  locals: TypeText[] = [],
  pure = false,
): fc.Arbitrary<Expression> {
  const inner = (of: TypeText, binds: TypeText[] = [], isPure = false): fc.Arbitrary<Expression> =>
    expression(of, params, depth - 1, [...locals, ...binds], pure || isPure)
  // Made when they are chosen: all that could be chosen, at every depth, would be millions.
  const options: (() => fc.Arbitrary<Expression>)[] = [() => literal(type)]
  for (const [index, param] of params.entries())
    if (param.type === type) options.push(() => fc.constant({ kind: 'param', type, index }))
  for (const [index, of] of locals.entries()) {
    const local = (): fc.Arbitrary<Expression> => fc.constant({ kind: 'local', type, index })
    if (of === type) options.push(local, local)
  }
  if (depth > 0) {
    for (const form of forms)
      if (form.type === type && !(pure && form.looks))
        options.push(() =>
          fc
            .tuple(...form.parts.map(part => inner(part.type, part.binds, part.pure)))
            .map(parts => ({ kind: 'construct', type, form, parts, depth: locals.length })),
        )
    for (const [func, { params: takes, result }] of functions.entries())
      if (result === type)
        options.push(() => fc.tuple(...takes.map(p => inner(p.type))).map(args => ({ kind: 'call', type, func, args })))
    for (const access of accesses)
      if (access.type === type)
        options.push(() => inner(access.of).map(object => ({ kind: 'access', type, object, suffix: access.suffix })))
    for (const build of builds)
      if (build.type === type)
        options.push(() =>
          fc
            .tuple(...build.parts.map(part => inner(part)))
            .map(parts => ({ kind: 'build', type, parts, text: build.text })),
        )
  }
  return fc.nat({ max: options.length - 1 }).chain(choice => options[choice]!())
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
    fc
      .tuple(
        fc.constantFrom(...typeTexts).chain(type => expression(type, params, 4)),
        fc.array(expression('u32', params, 2), { maxLength: 2 }),
      )
      .map(([body, commands]) => ({ params, body, commands })),
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
    const { params, body, commands } = this.program
    const top: Env = { lets: [], param: i => `p${i}`, locals: [], around: undefined }
    const performed = commands.map((argument, i) => {
      const text = `do world.change(${this.expression(argument, top)})${this.limits()}`
      const line = this.flip(0.3) ? `let ${this.flip(0.5) ? '_' : `unused-${i}`} = ${text}` : text
      return line
    })
    if (this.flip(0.5)) performed.reverse()
    const value = this.expression(body, top)
    const { lets } = top
    // A line that performs may stand anywhere behind what it uses.
    lets.push(...performed)
    const list = params.map(
      ({ type, default: text }, i) =>
        `p${i}: ${this.type(type)}${text === undefined ? '' : ` = ${this.constant(type, text)}`}`,
    )
    const inside = this.block(lets, value)
    const whole = [inside, ...this.declarations].join('\n')
    const uses = ['change', 'look'].filter(name => whole.includes(`world.${name}(`)).map(name => `world.${name}`)
    const clause = uses.length > 0 ? ` uses ${(this.flip(0.5) ? uses.reverse() : uses).join(', ')}` : ''
    const job = `export job main(${list.join(', ')}) -> ${this.type(body.type)}${clause} ${inside}`
    const imported = `import ${this.module_} from "ipfs://${componentCid}" { ${signatures} }`
    const effect = 'effect world("world:") {\n  query look(at: u32) -> u32\n  command change(by: u32) -> u32\n}'
    const all = [imported, effect, ...this.declarations, job]
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

  private expression(node: Expression, env: Env): string {
    const leaf = node.kind === 'param' || node.kind === 'local'
    if (!leaf && this.flip(0.15)) return this.helper(node, env)
    const text = this.plain(node, env)
    if (leaf || !this.flip(0.2)) return text
    const name = this.name('v')
    // A literal has the type that is asked of it; what is moved away from there has to say so.
    const annotated = node.kind !== 'call' || this.flip(0.5)
    const line = `let ${name}${annotated ? `: ${this.type(node.type)}` : ''} = ${text}`
    this.home(node, env).lets.push(line)
    return name
  }

  /** The block that a let goes to: this one, or one around it where nothing is needed that is bound in between. */
  private home(node: Expression, env: Env): Env {
    let home = env
    const needs = localsOf(node)
    // Names that earlier lets of inner blocks have bound may be part of the text, so that only whole blocks move.
    while (home.around && home.lets.length === 0 && this.flip(0.5) && !needs.some(i => i >= home.around!.locals.length))
      home = home.around
    return home
  }

  private plain(node: Expression, env: Env): string {
    switch (node.kind) {
      case 'literal':
        return this.constant(node.type, node.text)
      case 'param':
        return env.param(node.index)
      case 'local':
        return env.locals[node.index]!
      case 'access':
        return `${this.typed(node.object, env)}${node.suffix}`
      case 'build':
        return node.text(node.parts.map(part => this.expression(part, env)))
      case 'construct':
        return this.construct(node, env)
      case 'call': {
        const { name, params } = functions[node.func]!
        const args = node.args.map(part => this.expression(part, env))
        const from = this.flip(0.5) ? Math.floor(this.style!.next() * (args.length + 1)) : args.length
        const positional = args.slice(0, from)
        const named = args.slice(from).map((arg, i) => `${params[from + i]!.name}: ${arg}`)
        if (this.flip(0.5)) named.reverse()
        return `${this.module_}.${name}(${[...positional, ...named].join(', ')})${this.limits()}`
      }
    }
  }

  private construct({ form, parts }: Expression & { kind: 'construct' }, env: Env): string {
    const names: string[][] = []
    const texts = form.parts.map(({ binds = [], block, typed, named }, i) => {
      names.push(binds.map(() => this.name('x')))
      const locals = [...env.locals, ...names[i]!]
      if (block) {
        const inner: Env = { ...env, lets: [], locals, around: env }
        const value = this.expression(parts[i]!, inner)
        return this.block(inner.lets, value)
      }
      if (named) return this.named(parts[i]!, env)
      if (binds.length === 0) return typed ? this.typed(parts[i]!, env) : this.expression(parts[i]!, env)
      const inner: Env = { ...env, lets: [], locals, around: env }
      const value = this.expression(parts[i]!, inner)
      return inner.lets.length > 0 ? this.block(inner.lets, value) : value
    })
    const text = form.text(texts, names)
    return form.looks ? text + this.limits() : text
  }

  private limits(): string {
    return this.withs ? ' with { time: 7s, memory: 8MiB }' : ''
  }

  /** A literal has no type of its own before an access: it gets a name and a type. */
  private typed(node: Expression, env: Env): string {
    const text = this.expression(node, env)
    if (node.kind === 'call' || node.kind === 'param' || node.kind === 'local' || node.kind === 'access') return text
    return this.named(node, env, text)
  }

  private named(node: Expression, env: Env, text = this.expression(node, env)): string {
    const name = this.name('o')
    env.lets.push(`let ${name}: ${node.type} = ${text}`)
    return name
  }

  /** Moves an expression into a job of its own, which takes what it needs. */
  private helper(node: Expression, env: Env): string {
    const name = this.name('helper')
    const needed = [...new Set(paramsOf(node))].sort()
    const bound = [...new Set(localsOf(node))].sort()
    const types = localTypes(node)
    const inner = new Map(needed.map(index => [index, this.name('q')]))
    const locals: string[] = new Array<string>(env.locals.length)
    for (const index of bound) locals[index] = this.name('l')
    const env2: Env = { lets: [], param: index => inner.get(index)!, locals, around: undefined }
    const value = this.plain(node, env2)
    const list = [
      ...needed.map(index => `${inner.get(index)}: ${this.type(this.program.params[index]!.type)}`),
      ...bound.map(index => `${locals[index]}: ${this.type(types.get(index)!)}`),
    ]
    const extra = this.flip(0.3) ? [`${this.name('d')}: u32 = 5`] : []
    const written = extra.length > 0 && this.flip(0.5) ? ['5'] : []
    this.declarations.push(
      `job ${name}(${[...list, ...extra].join(', ')}) -> ${this.type(node.type)} ${this.block(env2.lets, value)}`,
    )
    const given = [...needed.map(env.param), ...bound.map(index => env.locals[index]!)]
    return `${name}(${[...given, ...written].join(', ')})`
  }
}

/** Where an expression is printed: the lets of its block, and what names are bound. */
interface Env {
  lets: string[]
  param: (index: number) => string
  locals: string[]
  around: Env | undefined
}

function partsOf(node: Expression): Expression[] {
  switch (node.kind) {
    case 'access':
      return [node.object]
    case 'build':
    case 'construct':
      return node.parts
    case 'call':
      return node.args
    default:
      return []
  }
}

function paramsOf(node: Expression): number[] {
  return node.kind === 'param' ? [node.index] : partsOf(node).flatMap(paramsOf)
}

/** The locals that an expression takes from around it, with their types. */
function localTypes(node: Expression): Map<number, TypeText> {
  if (node.kind === 'local') return new Map([[node.index, node.type]])
  const found = partsOf(node).flatMap(part => [...localTypes(part)])
  return new Map(node.kind === 'construct' ? found.filter(([index]) => index < node.depth) : found)
}

function localsOf(node: Expression): number[] {
  return [...localTypes(node).keys()]
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
