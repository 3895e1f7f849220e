import { expect, test } from 'vitest'
import type { Body, Task } from '../../../dag/graph.ts'
import { readJob } from '../../../dag/job.ts'
import { loadFrom } from '../../../runtime/blocks.ts'
import { checkEffects } from '../../../runtime/effects/check.ts'
import { createEffects } from '../../../runtime/effects/host.ts'
import type { Operation, Provider } from '../../../runtime/effects/provider.ts'
import { types } from '../../../runtime/effects/types.ts'
import type { EffectProblem } from '../../../runtime/interface.ts'
import { loadJob } from '../../../runtime/load.ts'
import { memoryStore } from '../../../runtime/store/open.ts'
import { attempt, body, branch, each, jobOf, perform, query, recover, value } from '../harness/jobs.ts'

const operation = (kind: 'query' | 'note' | 'command'): Operation =>
  ({
    kind,
    recovery: 'irrevocable',
    params: [types.s64],
    result: types.s64,
    policy: {
      about: [0],
      subject: ([n]: readonly bigint[]) => ({ subject: String(n) }),
      covers: (rule: string | undefined, subject: string) => rule === undefined || rule === subject,
    },
    perform: () => Promise.reject(new Error('nothing is performed')),
  }) as unknown as Operation
const provider: Provider = {
  name: 'box',
  scheme: 'box:',
  operations: { ask: operation('query'), tell: operation('note'), send: operation('command') },
}

const op = (name: string, args: Parameters<typeof query>[1]): Task => query(name, args)

/** What is in the way of a job with these commands, whose result is this. */
async function problems(
  result: Task | number,
  commands: Task[],
  grants: string[] = ['box.*'],
): Promise<EffectProblem[]> {
  const effects = createEffects({ providers: [provider], grants })
  if (!effects.ok) throw new Error(effects.error)
  const store = memoryStore()
  const load = loadFrom(store.blocks)
  const cid = await jobOf(store, result, { kind: 's32' }, {}, commands)
  const job = await readJob(cid, load)
  if (!job.ok) throw new Error(job.error.message)
  const plan = await loadJob(cid, job.value, load)
  if (!plan.ok) throw new Error(plan.error.message)
  const found = await checkEffects(plan.value, effects.value, load)
  if (!found.ok) throw new Error(found.error.message)
  return found.value.sort((a, b) => (a.message < b.message ? -1 : 1))
}

const messages = async (...given: Parameters<typeof problems>): Promise<string[]> =>
  (await problems(...given)).map(({ message }) => message)

test('a job that may do all that it does has none', async () => {
  expect(await problems(op('box/ask', [1]), [op('box/send', [2]), op('box/tell', [3])])).toEqual([])
  expect(await problems(op('box/ask', [1]), [op('box/send', [2])], ['box.ask=1', 'box.send=2'])).toEqual([])
})

test('the kind that a provider gives an operation is the last word', async () => {
  expect(await messages(1, [op('box/ask', [1])])).toEqual(['`box.ask` is a query, and the job has it as a command'])
  expect(await messages(op('box/send', [1]), [])).toEqual(['`box.send` is a command, and the job has it as a query'])
  expect(await messages(op('box/tell', [1]), [])).toEqual(['`box.tell` is a note, and the job has it as a query'])
})

test('what nothing performs, or takes other arguments, is one', async () => {
  expect(await problems(op('box/aks', [1]), [op('mail/send', [1])])).toEqual([
    { op: 'box.aks', message: 'nothing here performs `box.aks`; did you mean `box.ask`?' },
    { op: 'mail.send', message: 'nothing here performs `mail.send`' },
  ])
  expect(await messages({ ...op('box/ask', [1]), rsc: 'https:' }, [])).toEqual([
    '`box.ask` is performed under `box:`, and the job declares it under `https:`',
  ])
  expect(await messages(op('box/ask', [1, 2]), [])).toEqual(['`box.ask` takes 1 arguments, and the job gives it 2'])
})

test('what is not granted is one, by its arguments where they are known', async () => {
  const dynamic = op('box/send', [op('box/ask', [1])])
  expect(await problems(1, [dynamic, op('box/send', [7])], ['box.ask=2'])).toEqual([
    { op: 'box.ask', message: '`box.ask=1` is not granted', missing: 'box.ask=1' },
    { op: 'box.send', message: '`box.send=7` is not granted', missing: 'box.send=7' },
    { op: 'box.send', message: '`box.send` is not granted', missing: 'box.send' },
  ])
  // It may turn out to be the one that is granted.
  expect(await problems(1, [dynamic], ['box.ask', 'box.send=9'])).toEqual([])
})

const missing = ['`box.send=1` is not granted']
const inside = (build: (own: Body) => Task): Body => body(0, own => perform(build(own), own))
const send = (): Body => inside(() => op('box/send', [1]))
const none = (): Body => body(0, () => value(null))

test.each<[string, () => Task]>([
  [
    'a map',
    () =>
      each(
        value([]),
        body(1, own => perform(op('box/send', [1]), own)),
      ),
  ],
  ['a branch that may not be taken', () => branch(value(0), [none(), send()])],
  ['a try', () => attempt(send())],
  [
    'a catch',
    () =>
      recover(
        send(),
        body(1, () => 1),
      ),
  ],
  ['a body in a body', () => branch(value(0), [none(), inside(own => branch(value(0), [none(), send()], own))])],
  ['an undo', () => ({ ...op('box/tell', [2]), undo: undone() })],
  [
    'the undo of a command in a body',
    () => branch(value(0), [none(), inside(() => ({ ...op('box/tell', [2]), undo: undone() }))]),
  ],
])('what stands in %s is looked at', async (_, build) => {
  const commands = [build()]
  expect(await messages(1, commands, ['box.tell'])).toEqual(missing)
  expect(await messages(1, commands, ['box.tell', 'box.send=1'])).toEqual([])
})

/** The body of an undo, which is handed the result of its command. */
function undone(): Body {
  return body(1, own => perform(op('box/send', [1]), own))
}

test('each is told once, and of very many a hundred', async () => {
  const same = [1, 2, 3].map(n => op('box/send', [op('box/ask', [n])]))
  expect(await messages(1, same, ['box.ask'])).toEqual(['`box.send` is not granted'])
  const many = Array.from({ length: 150 }, (_, n) => op('box/send', [n]))
  expect((await messages(1, many, [])).length).toBe(100)
})
