import type { BodyOperationName } from '../dag/core.ts'
import { ArgumentReader, type Stop } from '../dag/core/operation.ts'
import type { Block, Ipld } from '../dag/ipld.ts'
import type { Load } from '../dag/load.ts'
import { placeShallow } from '../dag/place.ts'
import { isBytes, revealed } from '../dag/types.ts'
import { Unfit } from './blocks.ts'
import { elementsOf, type Elements } from './elements.ts'
import type { Failure } from './interface.ts'
import type { Level } from './level.ts'
import { KNOWN } from './nodes.ts'
import { failure } from './wasm/failure.ts'

/** What an operation with bodies does next. */
export type Step =
  { kind: 'done'; value: Ipld; blocks: Block[] } | { kind: 'failed'; failure: Failure; blocks: Block[] } | Instances

/** Instances of a body, and how the operation goes on when they are there. */
export interface Instances {
  kind: 'instances'
  /** Which of its bodies. */
  body: number
  count: number
  /** What is handed in, each time it is asked for. */
  handed: (instance: number, param: number) => Ipld | Promise<Ipld>
  /** Of `reduce`: the instance, of those before, whose value is handed in; {@link KNOWN} where `handed` gives it. */
  from?: Int32Array
  /** All of them are needed, else the last one. */
  all: boolean
  catches: boolean
  next: (outcomeOf: OutcomeOf) => Promise<Step>
}

/** What an instance came to. */
export type OutcomeOf = (instance: number) => { ok: true; value: Ipld } | { ok: false; failure: Failure }

/**
 * Expands an operation with bodies, whose own arguments are there: says which instances it needs. What is thrown ends
 * the run: a block that is missing.
 *
 * @param args its own arguments, placed, without holes
 * @param put keeps blocks that elements bring about
 */
export function expand(
  op: string,
  args: Ipld[],
  bodies: Level[],
  load: Load,
  put: (blocks: Block[]) => Promise<void>,
): Promise<Step> {
  // The job was checked when it was loaded.
  return operations[op as BodyOperationName](args, { bodies, load, put })
}

interface Means {
  bodies: Level[]
  load: Load
  put: (blocks: Block[]) => Promise<void>
}

const operations: Record<BodyOperationName, (args: Ipld[], means: Means) => Promise<Step>> = {
  async 'core/map'([list, , encoded], means) {
    const reader = new ArgumentReader(means.load)
    const type = await reader.type(encoded!)
    if (!type.ok) return stopped(type.error)
    const items = await listOf(list!, means)
    if ('kind' in items) return items
    const toBytes = isBytes(revealed(type.value))
    const gather = async (values: Ipld[]): Promise<Step> => {
      if (!toBytes) return placed(values)
      return values.every(isByte) ? placed(Uint8Array.from(values)) : failed(failure('value', 'an element is no byte'))
    }
    if (items.length === 0) return gather([])
    return {
      ...one(0),
      count: items.length,
      all: true,
      handed: (instance, param) => (param === 0 ? items.at(instance) : instance),
      next: outcomeOf => gather(Array.from({ length: items.length }, (_, instance) => valueIn(outcomeOf, instance))),
    }
  },

  async 'core/reduce'([list], means) {
    const items = await listOf(list!, means)
    if ('kind' in items) return items
    if (items.length === 0) return failed(failure('unwrap', 'there was nothing to reduce'))
    if (items.length === 1) return done(await items.at(0))
    const { operands, from } = pairs(items.length)
    const last = from.length / 2 - 1
    return {
      ...one(0),
      count: last + 1,
      from,
      handed: (instance, param) => items.at(operands[instance * 2 + param]!),
      next: async outcomeOf => done(valueIn(outcomeOf, last)),
    }
  },

  async 'core/fold'([list, , init], means) {
    const items = await listOf(list!, means)
    if ('kind' in items) return items
    const turn = async (at: number, state: Ipld): Promise<Step> =>
      at === items.length
        ? done(state)
        : {
            ...one(0),
            handed: (_, param) => (param === 0 ? state : items.at(at)),
            next: outcomeOf => turn(at + 1, valueIn(outcomeOf)),
          }
    return turn(0, init!)
  },

  async 'core/branch'([selector], { bodies }) {
    const picked = typeof selector === 'boolean' ? (selector ? 0 : 1) : selector
    if (typeof picked !== 'number' || !Object.hasOwn(bodies, picked))
      return failed(failure('value', `there is no branch for ${typeof picked === 'number' ? picked : 'this value'}`))
    return one(picked)
  },

  async 'core/try'() {
    return {
      ...one(0),
      catches: true,
      async next(outcomeOf) {
        const outcome = outcomeOf(0)
        if (outcome.ok) return placed({ ok: outcome.value })
        const error = await failureValue(outcome.failure)
        if (error.kind !== 'done') return error
        const whole = await placed({ error: error.value })
        return whole.kind === 'done' ? { ...whole, blocks: [...error.blocks, ...whole.blocks] } : whole
      },
    }
  },

  async 'core/catch'(_, { put }) {
    return {
      ...one(0),
      catches: true,
      async next(outcomeOf) {
        const outcome = outcomeOf(0)
        if (outcome.ok) return done(outcome.value)
        const error = await failureValue(outcome.failure)
        if (error.kind !== 'done') return error
        await put(error.blocks)
        return { ...one(1), handed: () => error.value }
      },
    }
  },
}

function isByte(value: Ipld): value is number {
  return typeof value === 'number' && value >= 0 && value <= 255
}

/** One instance of a body to which nothing is handed, and whose value is that of the operation. */
function one(body: number): Instances {
  return {
    kind: 'instances',
    body,
    count: 1,
    handed: () => {
      throw new Error('nothing is handed to this body')
    },
    all: false,
    catches: false,
    next: async outcomeOf => done(valueIn(outcomeOf)),
  }
}

/** An operation goes on after instances that it does not catch only when they have succeeded. */
function valueIn(outcomeOf: OutcomeOf, instance = 0): Ipld {
  const outcome = outcomeOf(instance)
  if (!outcome.ok) throw new Error('an operation went on after a failure')
  return outcome.value
}

/**
 * Pairwise levels, an odd one carried over. For each pair, in an order in which operands stand before it: the number of
 * each operand among the elements, or, in `from`, among the pairs.
 */
function pairs(count: number): { operands: Int32Array; from: Int32Array } {
  const operands = new Int32Array((count - 1) * 2)
  const from = new Int32Array((count - 1) * 2).fill(KNOWN)
  let made = 0
  // A pair is told from an element by its number: elements come first.
  let row = Int32Array.from({ length: count }, (_, at) => at)
  while (row.length > 1) {
    const next = new Int32Array(Math.ceil(row.length / 2))
    for (let at = 0; at + 1 < row.length; at += 2) {
      for (let side = 0; side < 2; side++) {
        const operand = row[at + side]!
        if (operand < count) operands[made * 2 + side] = operand
        else from[made * 2 + side] = operand - count
      }
      next[at / 2] = count + made++
    }
    if (row.length % 2 === 1) next[next.length - 1] = row.at(-1)!
    row = next
  }
  return { operands, from }
}

/** The elements of a list, or the failure that it has none. */
async function listOf(list: Ipld, { load, put }: Means): Promise<Elements | Step> {
  const elements = await elementsOf(list, load, put)
  return elements.ok ? elements.value : stopped(elements.error)
}

/** The value of type `failure` (`dag/failure.ts`). */
async function failureValue({ kind, message, data }: Failure): Promise<Step> {
  return placed({ kind, message, data: data ?? null })
}

async function placed(value: Ipld): Promise<Step> {
  const result = await placeShallow(value)
  return result.ok ? { kind: 'done', ...result.value } : failed(failure('value', result.error.message))
}

function done(value: Ipld): Step {
  return { kind: 'done', value, blocks: [] }
}

function failed(failure: Failure): Step {
  return { kind: 'failed', failure, blocks: [] }
}

function stopped(stop: Stop): Step {
  if (stop.kind === 'needs') throw new Unfit({ code: 'missing', message: `block ${stop.link} is missing` })
  return failed(failure(stop.failure, stop.detail))
}
