import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Body, Operand } from '../../dag/graph.ts'
import type { Type } from '../../dag/types.ts'
import type { Effects, Executor } from '../../runtime/interface.ts'
import { readResult } from '../../runtime/result.ts'
import { ok } from '../../dag/result.ts'
import { run } from '../../runtime/run.ts'
import { memoryStore } from '../../runtime/store/open.ts'
import { createLocalExecutor } from '../../runtime/wasm/pool.ts'
import { levels, reference, type Level, type Outcome, type Step } from './harness/dynamic.ts'
import {
  attempt,
  awaited,
  body,
  branch,
  core,
  each,
  fold,
  jobOf,
  list,
  query,
  recover,
  reduce,
  shortly,
  value,
  type Given,
} from './harness/jobs.ts'

let executor: Executor
beforeAll(() => {
  executor = createLocalExecutor({ workers: 2 })
})
afterAll(() => executor.close())

const text: Type = { kind: 'string' }
const joined = (...parts: (Operand | string)[]): Operand =>
  awaited(
    core(
      'core/text',
      parts.map(part => (typeof part === 'string' ? value(part) : part)),
    ),
  )
const commas = (parts: Operand[]): (Operand | string)[] => parts.flatMap((part, i) => (i === 0 ? [part] : [',', part]))
/** A value that is there when others are, which come before or after it. */
const among = (content: Given, before: Operand[], after: Operand[]): Operand => {
  const own = typeof content === 'number' ? value(content) : 'kind' in content ? content : awaited(content)
  return awaited(core('core/index', [list(...before, own, ...after), before.length]))
}

/** Calls by their place in the source, which is the same in every instance. */
function numbered(job: Level): Map<Step, number> {
  const numbers = new Map<Step, number>()
  const visit = ({ tasks }: Level): void => {
    for (const task of tasks)
      if (task.kind === 'call') numbers.set(task, numbers.size)
      else task.bodies.forEach(visit)
  }
  visit(job)
  return numbers
}

/** The job of a {@link Level}, whose values are texts: they tell what they were computed from. */
function jobText(job: Level, numbers: Map<Step, number>): Operand {
  return instance(job, [])

  function instance(level: Level, args: Operand[]): Operand {
    const made: Operand[] = []
    const at = (reference: number): Operand => (reference < 0 ? args[~reference]! : made[reference]!)
    for (const task of level.tasks) made.push(perform(task, task.inputs.map(at), at))
    const content = joined('{', ...commas(level.value.map(at)), '}')
    return among(content, level.value.map(at), level.commands.map(at))
  }

  function perform(task: Step, inputs: Operand[], at: (reference: number) => Operand): Operand {
    if (task.kind === 'call') {
      const number = numbers.get(task)!
      if (task.outcome === 'ok') return joined(`c${number}(`, ...commas(inputs), ')')
      if (task.outcome === 'final') return awaited(query('no/way', [number, list(...inputs, value(0))]))
      return awaited(core('core/index', [list(...inputs, value(0)), 1000 + number]))
    }
    const { kind, count, bodies } = task
    const captured = task.captures.map(at)
    const inside = (which: number, slots: number): Body =>
      body(slots, (_, ...given) => instance(bodies[which]!, [...given, ...captured]))
    const elements = Array.from({ length: count }, (_, n) => `e${n}`)
    switch (kind) {
      case 'map': {
        const whole = each(among(value(elements), inputs, []), inside(0, 1), text, text)
        const line = fold(
          whole,
          value(''),
          body(2, (_, state, x) => joined(state, x, ';')),
          text,
        )
        return joined('[', awaited(line), ']')
      }
      case 'fold':
        return awaited(fold(among(value(elements), inputs, []), value('init'), inside(0, 2), text))
      case 'reduce':
        return awaited(reduce(among(value(count === 0 ? ['e0'] : elements), inputs, []), inside(0, 2), text))
      case 'branch':
        return awaited(branch(among(count % 2, inputs, []), [inside(0, 0), inside(1, 0)]))
      case 'try': {
        const outcome = awaited(attempt(inside(0, 0)))
        const which = core('core/case', [outcome, value('variant'), value(['ok', 'error'])])
        const good = body(0, () => joined('ok ', awaited(core('core/field', [outcome, value('ok')]))))
        const tried = awaited(branch(which, [good, body(0, () => value('error'))]))
        return inputs.length === 0 ? tried : among(tried, inputs, [])
      }
      case 'catch': {
        const alternative = body(1, (_, failure) => {
          const kind = awaited(core('core/field', [failure, value('kind')]))
          return instance(bodies[1]!, [joined('error', among(value(''), [kind], [])), ...captured])
        })
        const whole = awaited(recover(inside(0, 0), alternative))
        return inputs.length === 0 ? whole : among(whole, inputs, [])
      }
    }
  }
}

/** Stands for effects that nothing catches when they fail. */
const refuseAll: Effects = {
  operation: () => ok({ recovery: 'irrevocable', secret: false }),
  missing: async () => undefined,
  perform: async ({ args }) => ({ kind: 'refused', message: `c${String(args[0])}` }),
}

/** What a job comes to; undefined where that is beyond measure: values are made of values. */
function meaning(job: Level, numbers: Map<Step, number>): Outcome | undefined {
  const tooLong = new Error('too long')
  try {
    return reference(
      job,
      call => `c${numbers.get(call)}`,
      () => 'error',
      value => {
        if (value.length > 10_000) throw tooLong
        return value
      },
    ).outcome
  } catch (error) {
    if (error !== tooLong) throw error
    return undefined
  }
}

test('generated jobs with bodies come to what the language says, from blocks to results', async () => {
  await fc.assert(
    fc.asyncProperty(levels(true), async job => {
      const numbers = numbered(job)
      const expected = meaning(job, numbers)
      fc.pre(expected !== undefined)
      const store = memoryStore()
      const cid = await jobOf(store, jobText(job, numbers), text)
      const outcome = await run(cid, new Map(), { store, executor, effects: refuseAll })
      if ('value' in expected) {
        if (!outcome.ok) throw new Error(JSON.stringify(shortly(outcome)))
        expect(await readResult(store.blocks, text, outcome.result)).toEqual({ ok: true, value: expected.value })
      } else if (expected.final) {
        expect(shortly(outcome)).toMatchObject({ error: { code: 'effects', message: expected.failed } })
      } else {
        const index = 1000 + Number(expected.failed.slice(1))
        expect(outcome).toMatchObject({
          failure: { kind: 'value', detail: expect.stringContaining(`index ${index} `) },
        })
      }
    }),
    { numRuns: 80 },
  )
})
