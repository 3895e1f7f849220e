import fc from 'fast-check'
import type { Body, Graph, Operand, Task } from '../../dag/graph.ts'
import type { Ipld } from '../../dag/ipld.ts'
import { CORE, WASM_RUN } from '../../dag/job.ts'

/** A program over the parameters `p` and `q`, as a tree: what graphs with bodies are made from, in more than one way. */
export interface Block {
  commands: Command[]
  value: Expression
}

export interface Command {
  op: string
  args: Expression[]
  /** Earlier commands, by number, modulo how many there are. */
  after: number[]
  undo?: Block
}

export type Expression =
  | { kind: 'value'; value: Ipld }
  | { kind: 'param'; name: string }
  /** A slot in reach, or the result of a command in reach, by number, modulo how many there are. */
  | { kind: 'slot' | 'result'; number: number }
  | { kind: 'call'; func: string; args: Expression[] }
  | { kind: 'query'; args: Expression[]; after: number[] }
  | { kind: 'record'; entries: [string, Expression][] }
  | { kind: 'list'; items: Expression[] }
  | { kind: 'field'; record: Expression & { kind: 'record' }; name: string }
  | { kind: 'index'; list: Expression & { kind: 'list' }; index: Expression }
  | { kind: 'branch'; selector: Expression; blocks: Block[] }
  | { kind: 'map'; list: Expression; slots: number; block: Block }
  | { kind: 'reduce'; list: Expression; block: Block }
  | { kind: 'fold'; list: Expression; init: Expression; block: Block }
  | { kind: 'try'; block: Block }
  | { kind: 'catch'; block: Block; alternative: Block }

const { program: programs } = fc.letrec<{ expression: Expression; program: Block }>(tie => {
  const expression = tie('expression')
  const block = tie('program')
  const numbers = fc.array(fc.nat(5), { maxLength: 2 })
  const name = (kind: 'slot' | 'result'): fc.Arbitrary<Expression> => fc.nat(5).map(number => ({ kind, number }))
  const leaf = fc.oneof(
    fc.oneof(fc.string({ maxLength: 2 }), fc.nat(3)).map((value): Expression => ({ kind: 'value', value })),
    fc.constant<Expression>({ kind: 'value', value: 'x'.repeat(1100) }),
    fc.constantFrom('p', 'q').map((name): Expression => ({ kind: 'param', name })),
    name('slot'),
    name('slot'),
    name('slot'),
    name('result'),
    name('result'),
  )
  const record = fc
    .uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'aa'), expression), {
      minLength: 1,
      maxLength: 3,
      selector: ([name]) => name,
    })
    .map((entries): Expression & { kind: 'record' } => ({ kind: 'record', entries }))
  const list = fc
    .array(expression, { minLength: 2, maxLength: 3 })
    .map((items): Expression & { kind: 'list' } => ({ kind: 'list', items }))
  const compound: fc.Arbitrary<Expression>[] = [
    fc.record({
      kind: fc.constant('call'),
      func: fc.constantFrom('f', 'g'),
      args: fc.array(expression, { maxLength: 2 }),
    }),
    fc.record({ kind: fc.constant('query'), args: fc.array(expression, { maxLength: 1 }), after: numbers }),
    record,
    list,
    record.chain(of =>
      fc.record({
        kind: fc.constant('field'),
        record: fc.constant(of),
        name: fc.constantFrom(...of.entries.map(([key]) => key)),
      }),
    ),
    fc.record({
      kind: fc.constant('index' as const),
      list,
      index: fc.nat(1).map((value): Expression => ({ kind: 'value', value })),
    }),
    fc.record({
      kind: fc.constant('branch'),
      selector: fc.oneof(
        fc.boolean().map((value): Expression => ({ kind: 'value', value })),
        fc.constant<Expression>({ kind: 'param', name: 'q' }),
        expression,
      ),
      blocks: fc.array(block, { minLength: 2, maxLength: 2 }),
    }),
    fc.record({ kind: fc.constant('map'), list: fc.oneof(list, leaf), slots: fc.constantFrom(1, 2), block }),
    fc.record({ kind: fc.constant('reduce'), list, block }),
    fc.record({ kind: fc.constant('fold'), list, init: expression, block }),
    fc.record({ kind: fc.constant('try'), block }),
    fc.record({ kind: fc.constant('catch'), block, alternative: block }),
  ]
  return {
    expression: fc.oneof({ maxDepth: 3, depthIdentifier: 'program', withCrossShrink: true }, leaf, ...compound),
    program: fc.record({
      commands: fc.array(
        fc
          .tuple(
            fc.record({
              op: fc.constantFrom('mail/send', 'log/write'),
              args: fc.array(expression, { maxLength: 1 }),
              after: numbers,
            }),
            fc.option(block, { nil: undefined, depthIdentifier: 'program', maxDepth: 3 }),
          )
          .map(([command, undo]): Command => (undo ? { ...command, undo } : command)),
        { maxLength: 3, depthIdentifier: 'program' },
      ),
      value: expression,
    }),
  }
})

export const program: fc.Arbitrary<Block> = programs

const limits = { time: 1000, memory: 65536, gas: 1000, retry: 0, check: 0 }
const component = 'ipfs://bafybeibk42jwhq7w2zcpe6q3wgtleugp3ymfs3pa5gerjmnakqihhqx4zq'

interface Scope {
  body?: Body
  slots: Operand[]
  results: Operand[]
  commands: Task[]
}

/**
 * The graph of a program.
 *
 * @param seed decides what does not count: which equal tasks are one object, and the order of commands and of keys
 * @param values of parameters that are known
 */
export function build(block: Block, seed = 0, values: Map<string, Ipld> = new Map()): Graph {
  return new Builder(seed, values).graph(block)
}

class Builder {
  readonly #values: Map<string, Ipld>
  readonly #shared = new Map<string, Operand>()
  readonly #ids = new Map<Operand, number>()
  #state: number

  constructor(seed: number, values: Map<string, Ipld>) {
    this.#state = seed | 0
    this.#values = values
  }

  graph(block: Block): Graph {
    const scope: Scope = { slots: [], results: [], commands: [] }
    const value = this.#block(block, scope)
    const params = new Map(
      ['p', 'q'].filter(name => !this.#values.has(name)).map(name => [name, { type: { kind: 'string' } as const }]),
    )
    return { params, result: { type: { kind: 'string' }, value }, commands: scope.commands }
  }

  /** From 0 to n - 1; always 0 without a seed. */
  #random(n: number): number {
    if (this.#state === 0) return 0
    this.#state = (Math.imul(this.#state, 1103515245) + 12345) | 0
    return (this.#state >>> 16) % n
  }

  #shuffle<T>(list: T[]): T[] {
    for (let i = list.length; i > 1; i--) {
      const j = this.#random(i)
      ;[list[i - 1], list[j]] = [list[j]!, list[i - 1]!]
    }
    return list
  }

  #id(operand: Operand): number {
    let id = this.#ids.get(operand)
    if (id === undefined) this.#ids.set(operand, (id = this.#ids.size))
    return id
  }

  /** What changes nothing may be the object that an equal one is. */
  #maybeShared(operand: Operand, key: string): Operand {
    const known = this.#shared.get(key)
    if (known && this.#random(2) === 0) return known
    this.#shared.set(key, operand)
    return operand
  }

  #pure(task: Task): Operand {
    const ids = (list: Operand[] = []): number[] => list.map(operand => this.#id(operand))
    return this.#maybeShared(
      { kind: 'await', task },
      JSON.stringify([task.op, task.func, ids(task.args), ids(task.after)]),
    )
  }

  #block(block: Block, scope: Scope): Operand {
    const results = [...scope.results]
    const inner = { ...scope, results }
    for (const { op, args, after, undo } of block.commands) {
      const task: Task = { rsc: `${op.split('/')[0]}:`, op, args: args.map(arg => this.#lower(arg, inner)), limits }
      if (after.length > 0 && results.length > 0)
        task.after = this.#shuffle(after.map(number => results[number % results.length]!))
      if (undo) task.undo = this.#body(undo, 1, inner)
      if (scope.body) task.within = scope.body
      scope.commands.push(task)
      results.push({ kind: 'await', task })
    }
    const value = this.#lower(block.value, inner)
    this.#shuffle(scope.commands)
    return value
  }

  #body(block: Block, slots: number, scope: Scope): Body {
    const body: Body = { slots: [], value: { kind: 'value', value: null }, commands: [] }
    for (let index = 0; index < slots; index++) body.slots.push({ kind: 'slot', body, index })
    body.value = this.#block(block, { ...scope, body, slots: [...scope.slots, ...body.slots], commands: body.commands })
    return body
  }

  #operation(op: string, args: Operand[], bodies: Body[], scope: Scope): Operand {
    const task: Task = { rsc: CORE, op, args, bodies }
    if (bodies.some(body => body.commands.length > 0)) {
      if (scope.body) task.within = scope.body
      scope.commands.push(task)
    }
    return { kind: 'await', task }
  }

  #lower(expression: Expression, scope: Scope): Operand {
    const lower = (part: Expression): Operand => this.#lower(part, scope)
    const fallback: Operand = { kind: 'value', value: 'none' }
    switch (expression.kind) {
      case 'value':
        return this.#maybeShared(
          { kind: 'value', value: expression.value },
          `value ${JSON.stringify(expression.value)}`,
        )
      case 'param': {
        const value = this.#values.get(expression.name)
        return value === undefined ? { kind: 'param', name: expression.name } : { kind: 'value', value }
      }
      case 'slot':
        return scope.slots.length === 0 ? fallback : scope.slots[expression.number % scope.slots.length]!
      case 'result':
        return scope.results.length === 0 ? fallback : scope.results[expression.number % scope.results.length]!
      case 'call':
        return this.#pure({
          rsc: component,
          op: WASM_RUN,
          func: expression.func,
          args: expression.args.map(lower),
          limits,
        })
      case 'query': {
        const task: Task = { rsc: 'http:', op: 'http/get', args: expression.args.map(lower), limits }
        if (expression.after.length > 0 && scope.results.length > 0)
          task.after = this.#shuffle(expression.after.map(number => scope.results[number % scope.results.length]!))
        return this.#pure(task)
      }
      case 'record': {
        const entries = expression.entries.map(([name, part]): [string, Operand] => [name, lower(part)])
        return { kind: 'map', entries: this.#shuffle(entries) }
      }
      case 'list': {
        const items = expression.items.map(lower)
        return this.#maybeShared({ kind: 'list', items }, `list ${items.map(item => this.#id(item))}`)
      }
      case 'field':
        return this.#pure({
          rsc: CORE,
          op: 'core/field',
          args: [lower(expression.record), { kind: 'value', value: expression.name }],
        })
      case 'index':
        return this.#pure({ rsc: CORE, op: 'core/index', args: [lower(expression.list), lower(expression.index)] })
      case 'branch': {
        const bodies = expression.blocks.map(block => this.#body(block, 0, scope))
        return this.#operation('core/branch', [lower(expression.selector)], bodies, scope)
      }
      case 'map': {
        const args = [lower(expression.list), type, type]
        return this.#operation('core/map', args, [this.#body(expression.block, expression.slots, scope)], scope)
      }
      case 'reduce':
        return this.#operation(
          'core/reduce',
          [lower(expression.list), type],
          [this.#body(expression.block, 2, scope)],
          scope,
        )
      case 'fold': {
        const args = [lower(expression.list), type, lower(expression.init)]
        return this.#operation('core/fold', args, [this.#body(expression.block, 2, scope)], scope)
      }
      case 'try':
        return this.#operation('core/try', [], [this.#body(expression.block, 0, scope)], scope)
      case 'catch': {
        const bodies = [this.#body(expression.block, 0, scope), this.#body(expression.alternative, 1, scope)]
        return this.#operation('core/catch', [], bodies, scope)
      }
    }
  }
}

const type: Operand = { kind: 'value', value: { list: 'ipld' } }
