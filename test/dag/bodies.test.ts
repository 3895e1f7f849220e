import { describe, expect, test } from 'vitest'
import { emit } from '../../dag/emit.ts'
import { walk, type Body, type Graph, type Operand, type Slot, type Task } from '../../dag/graph.ts'
import type { Instruction } from '../../dag/interface.ts'
import type { Block, Ipld } from '../../dag/ipld.ts'
import { decodeInstruction, nonce, readBody, readJob } from '../../dag/job.ts'
import { normalize } from '../../dag/normalize.ts'
import { place } from '../../dag/place.ts'
import type { Type } from '../../dag/types.ts'
import {
  awaits,
  bodyOf,
  command,
  control,
  graphOf,
  list,
  loaderOf,
  map,
  param,
  performs,
  query,
  value,
  wasm,
  written,
} from './graph.ts'
import type { CID } from 'multiformats/cid'

const type = value({ list: 'string' })

/** A job as its blocks hold it, to look at: instructions by a name of their own. */
async function shown(graph: Graph) {
  const { job, blocks } = await written(graph)
  return { job, ...(await look(job, blocks)) }
}

async function look(job: CID, blocks: Block[]) {
  const load = loaderOf(blocks)
  const root = await readJob(job, load)
  if (!root.ok) throw new Error(root.error.message)
  const instruction = async (cid: CID): Promise<Instruction> => {
    const read = decodeInstruction((await load(cid))!)
    if (!read.ok) throw new Error(read.error.message)
    return read.value
  }
  const body = async (cid: CID) => {
    const read = await readBody(cid, load)
    if (!read.ok) throw new Error(read.error.message)
    return read.value
  }
  return {
    root: root.value,
    instruction,
    body,
    last: await instruction(root.value.tasks.at(-1) ?? job).catch(() => null!),
  }
}

const hole = (n: number): Ipld => ({ 'ipvm/param': n })

describe('bodies take in what they do not make', () => {
  test('what depends on no slot is lifted out, and captured leaf by leaf in the order of first use', async () => {
    const body = bodyOf(1, ([x]) => {
      const lifted = awaits(wasm('outer', param('p')))
      return awaits(wasm('f', list(x!, lifted), param('q'), lifted))
    })
    const out = await shown(graphOf(awaits(control('core/map', [param('p'), type, type], body))))
    expect(out.root.tasks).toHaveLength(2)
    const [outer] = out.root.tasks
    expect(out.last.input.args.slice(3)).toEqual([{ 'await/ok': outer }, { 'ipvm/param': 'q' }])
    const block = await out.body(out.last.input.bodies![0]!)
    expect(block.params).toBe(3)
    const [call] = block.tasks
    expect((await out.instruction(call!)).input.args).toEqual([[hole(0), hole(1)], hole(2), hole(1)])
  })

  test('what stands further left is captured first, however it nests', async () => {
    const body = bodyOf(1, ([x]) => awaits(wasm('f', list(param('q'), list(x!, param('p')), map({ a: param('q') })))))
    const out = await shown(graphOf(awaits(control('core/map', [param('p'), type, type], body))))
    expect(out.last.input.args.slice(3)).toEqual([{ 'ipvm/param': 'q' }, { 'ipvm/param': 'p' }])
  })

  test('two tasks of two bodies that read alike are captured apart', async () => {
    const loop = (make: (x: Operand) => Operand): Operand =>
      awaits(
        control(
          'core/map',
          [param('p'), type, type],
          bodyOf(1, ([x]) => make(x!)),
        ),
      )
    const out = await shown(
      graphOf(
        loop(x =>
          loop(y => {
            const [a, b] = [awaits(wasm('f', x)), awaits(wasm('f', y))]
            return list(
              b,
              loop(z => list(z, a, b)),
              a,
            )
          }),
        ),
      ),
    )
    const outer = await out.body(out.last.input.bodies![0]!)
    const middle = await out.body((await out.instruction(outer.tasks.at(-1)!)).input.bodies![0]!)
    const [call, inner] = middle.tasks
    expect(call).toEqual(outer.tasks[0])
    expect((await out.instruction(inner!)).input.args.slice(3)).toEqual([hole(2), { 'await/ok': call }])
  })

  test('all bodies of an operation share what they capture, each behind what it is handed', async () => {
    const first = bodyOf(0, () => awaits(wasm('f', param('q'))))
    const second = bodyOf(1, ([failure]) => list(failure!, param('p'), param('q')))
    // Made so that `f` depends on something of the body.
    first.commands.push(command(first, 'mail/send'))
    first.value = list(awaits(first.commands[0]!), param('q'))
    const out = await shown(performs(graphOf(awaits(control('core/catch', [], first, second)))))
    expect(out.last.input.args).toEqual([{ 'ipvm/param': 'q' }, { 'ipvm/param': 'p' }])
    const [one, two] = await Promise.all(out.last.input.bodies!.map(out.body))
    expect([one!.params, two!.params]).toEqual([2, 3])
    expect(one!.value).toEqual([{ 'await/ok': one!.tasks[0] }, hole(0)])
    expect(two!.value).toEqual([hole(0), hole(2), hole(1)])
  })

  test('a body in a body takes from the one around it, which takes from the job', async () => {
    const outer = bodyOf(1, ([x]) => {
      const inner = bodyOf(1, ([y]) => awaits(wasm('f', y!, x!, param('p'))))
      return awaits(control('core/map', [param('q'), type, type], inner))
    })
    const out = await shown(graphOf(awaits(control('core/map', [param('q'), type, type], outer))))
    expect(out.last.input.args.slice(3)).toEqual([{ 'ipvm/param': 'q' }, { 'ipvm/param': 'p' }])
    const block = await out.body(out.last.input.bodies![0]!)
    const nested = await out.instruction(block.tasks[0]!)
    expect(nested.input.args).toEqual([hole(1), { list: 'string' }, { list: 'string' }, hole(0), hole(2)])
    const innermost = await out.body(nested.input.bodies![0]!)
    expect((await out.instruction(innermost.tasks[0]!)).input.args).toEqual([hole(0), hole(1), hole(2)])
  })

  test('a loop in a loop that does not need it is lifted out of it', async () => {
    const inner = (): Task =>
      control(
        'core/map',
        [param('q'), type, type],
        bodyOf(1, ([y]) => awaits(wasm('f', y!))),
      )
    const outer = bodyOf(1, ([x]) => list(x!, awaits(inner())))
    const out = await shown(
      graphOf(list(awaits(control('core/map', [param('p'), type, type], outer)), awaits(inner()))),
    )
    expect(out.root.tasks).toHaveLength(2)
  })

  test('literals stay, the large ones as links', async () => {
    const body = bodyOf(1, ([x]) => awaits(wasm('f', x!, value('x'.repeat(2000)), value(1))))
    const out = await shown(graphOf(awaits(control('core/map', [param('p'), type, type], body))))
    expect(out.last.input.args).toHaveLength(3)
  })

  test('an operand that many composites share is taken in once and in short time', async () => {
    const body = bodyOf(1, ([x]) => {
      let shared: Operand = list(x!, param('q'))
      for (let i = 0; i < 60; i++) shared = awaits(wasm('f', list(shared, shared), value(i)))
      return shared
    })
    const out = await shown(graphOf(awaits(control('core/map', [param('p'), type, type], body))))
    expect((await out.body(out.last.input.bodies![0]!)).tasks).toHaveLength(60)
  })
})

describe('commands', () => {
  test('stay in their body, though they depend on nothing in it', async () => {
    const body = bodyOf(1, () => value(1))
    body.commands.push(command(body, 'mail/send', param('p')))
    const out = await shown(performs(graphOf(awaits(control('core/map', [param('p'), type, type], body)))))
    expect(out.root.tasks).toHaveLength(1)
    expect(out.root.commands).toEqual(out.root.tasks)
    const block = await out.body(out.last.input.bodies![0]!)
    expect(block.commands).toEqual(block.tasks)
    expect(out.root.uses).toEqual(['mail/send'])
    expect(out.root.meta.map(([cid]) => cid)).toEqual(block.tasks)
  })

  test('that are equal have numbers, the first none; equal queries are one', async () => {
    const commands = [1, 2, 3].map(() => command(undefined, 'mail/send'))
    const out = await shown({ ...graphOf(list(awaits(query('http/get')), awaits(query('http/get')))), commands })
    const nonces = await Promise.all(out.root.tasks.map(async cid => (await out.instruction(cid)).nnc))
    expect(nonces).toEqual(['', '', 'dbc1b4c900ffe48d575b5da5', '084fed08b978af4d7d196a74'])
    expect([nonce(1), nonce(2), nonce(3)]).toEqual(nonces.slice(1))
  })

  test('are sorted in the job, and numbered along the result first', async () => {
    const [a, b, c] = [0, 1, 2].map(() => command(undefined, 'mail/send')) as [Task, Task, Task]
    const last = await shown({ ...graphOf(awaits(c)), commands: [a, b, c] })
    const first = await shown({ ...graphOf(awaits(a)), commands: [a, b, c] })
    expect(first.job).toEqual(last.job)
    expect(first.root.result.value).toEqual({ 'await/ok': first.root.tasks[0] })
    const bytes = first.root.commands.map(cid => Buffer.from(cid.bytes))
    expect(bytes).toEqual(bytes.toSorted(Buffer.compare))
  })

  test('that are equal but differ in what uses them come to one job in any order', async () => {
    const make = (order: number[]): Graph => {
      const log = [0, 1, 2, 3].map(() => command(undefined, 'log/write'))
      const users = [
        command(undefined, 'mail/send', awaits(log[1]!)),
        command(undefined, 'mail/send', awaits(log[2]!)),
        command(undefined, 'file/put', awaits(log[2]!)),
        command(undefined, 'file/put', awaits(log[3]!), awaits(log[1]!)),
      ]
      const all = [...log, ...users]
      return { ...graphOf(value(1)), commands: order.map(i => all[i]!) }
    }
    const jobs = await Promise.all(
      [
        [0, 1, 2, 3, 4, 5, 6, 7],
        [7, 6, 5, 4, 3, 2, 1, 0],
        [2, 3, 1, 0, 5, 4, 7, 6],
        [5, 7, 0, 2, 4, 6, 1, 3],
      ].map(async order => (await written(make(order))).job.toString()),
    )
    expect(new Set(jobs).size).toBe(1)
  })

  test('that are told apart only by which of two equal ones they follow come to one job in any order', async () => {
    const make = (turned: boolean): Graph => {
      const [r1, r2] = [command(undefined, 'a/post'), command(undefined, 'a/post')]
      const [s1, s2] = [command(undefined, 'b/put'), command(undefined, 'b/put')]
      const pairs = [
        [r1, s1],
        [r2, s2],
      ] as const
      const users = pairs.map(([r, s]) => ({ ...command(undefined, 'c/k', awaits(r)), after: [awaits(s)] }))
      const others = pairs.map(([, s]) => command(undefined, 'd/m', awaits(s)))
      const [one, two] = turned ? [users.toReversed(), others] : [users, others]
      return { ...graphOf(value(1)), commands: [...one, ...two, r1, r2, s1, s2] }
    }
    expect((await written(make(true))).job).toEqual((await written(make(false))).job)
  })

  test('of thousands that are equal each has its number, in short time', async () => {
    const commands = Array.from({ length: 2000 }, () => command(undefined, 'log/write', value('x')))
    const out = await shown({ ...graphOf(value(1)), commands })
    expect(out.root.commands).toHaveLength(2000)
  })

  test('come after others in one order, each once; what has become a value is left out', async () => {
    const [a, b] = [command(undefined, 'a/x'), command(undefined, 'b/x')]
    const folded = awaits({
      rsc: 'ipvm:core',
      op: 'core/field',
      args: [map({ a: value(1), b: awaits(a) }), value('a')],
    })
    const out = await shown({
      ...graphOf(awaits({ ...query('http/get'), after: [awaits(b), awaits(a), folded, awaits(b)] })),
      commands: [a, b],
    })
    const got = (await Promise.all(out.root.tasks.map(out.instruction))).find(({ op }) => op === 'http/get')!
    expect(got.input.after).toHaveLength(2)
    const other = await shown({
      ...graphOf(awaits({ ...query('http/get'), after: [awaits(a), awaits(b)] })),
      commands: [b, a],
    })
    expect(other.job).toEqual(out.job)
  })

  test('that read alike, one in a body and one around it, are told apart by what comes after both', async () => {
    const make = (turned: boolean): Graph => {
      const [body, deep] = [bodyOf(1, () => value(1)), bodyOf(1, () => value(1))]
      const [outer, inner] = [command(undefined, 'log/write'), command(body, 'log/write')]
      const after = turned ? [awaits(inner), awaits(outer)] : [awaits(outer), awaits(inner)]
      deep.commands = [{ ...command(deep, 'mail/send', deep.slots[0]!), after }]
      body.commands = [inner, { ...control('core/map', [body.slots[0]!, type, type], deep), within: body }]
      const loop = control('core/map', [param('p'), type, type], body)
      return { ...graphOf(awaits(loop)), commands: [outer, loop] }
    }
    expect((await written(make(true))).job).toEqual((await written(make(false))).job)
  })

  test('that take the element of this loop and of the one around it are not mistaken for each other', async () => {
    const make = (turned: boolean): Graph => {
      const [body, deep] = [bodyOf(1, () => value(1)), bodyOf(1, () => value(1))]
      const sent = [body, deep].map(({ slots }) => command(deep, 'mail/send', slots[0]!, param('q')))
      deep.commands = turned ? sent.toReversed() : sent
      body.commands = [{ ...control('core/map', [body.slots[0]!, type, type], deep), within: body }]
      const loop = control('core/map', [param('p'), type, type], body)
      return { ...graphOf(awaits(loop)), commands: [loop] }
    }
    expect((await written(make(true))).job).toEqual((await written(make(false))).job)
  })

  test('that are equal are numbered alike, whether what uses them is shared or copied, and by its places', async () => {
    const make = (turned: boolean): Graph => {
      const commands = Array.from({ length: 8 }, (_, i) => {
        const tag = value(i)
        const posts = [command(undefined, 'a/post', tag), command(undefined, 'a/post', tag)]
        const [one, two] = posts.map(post => awaits(wasm('f', awaits(post))))
        const copy = turned ? awaits(wasm('f', awaits(posts[0]!))) : one!
        const pair = [command(undefined, 'b/put', tag), command(undefined, 'b/put', tag)]
        return [
          ...(turned ? posts.toReversed() : posts),
          command(undefined, 'mail/send', tag, one!),
          command(undefined, 'file/put', tag, copy),
          command(undefined, 'mail/send', tag, two!),
          ...(turned ? pair.toReversed() : pair),
          command(undefined, 'd/both', tag, ...pair.map(awaits)),
        ]
      }).flat()
      return { ...graphOf(value(1)), commands }
    }
    expect((await written(make(true))).job).toEqual((await written(make(false))).job)
  })

  test('are undone by a body of their own, with what it captures', async () => {
    const undo = bodyOf(1, () => value(null))
    undo.commands.push(command(undo, 'mail/recall', undo.slots[0]!, param('p')))
    const send = { ...command(undefined, 'mail/send'), undo }
    const out = await shown({ ...graphOf(value(1)), commands: [send] })
    expect(out.last.input.undo!.args).toEqual([{ 'ipvm/param': 'p' }])
    const block = await out.body(out.last.input.undo!.body)
    expect(block.params).toBe(2)
    expect((await out.instruction(block.commands[0]!)).input.args).toEqual([hole(0), hole(1)])
    expect(out.root.uses).toEqual(['mail/recall', 'mail/send'])
    expect(out.root.meta).toHaveLength(2)
  })

  test('equal instructions have the larger of their limits, also in different bodies', async () => {
    const limits = { time: 1, memory: 1, gas: 1, retry: 0, check: 3 }
    const one = bodyOf(1, ([x]) => awaits({ ...wasm('f', x!), limits }))
    const two = bodyOf(1, ([x]) =>
      list(awaits({ ...wasm('f', x!), limits: { ...limits, retry: 2, check: 1, gas: 9 } }), value(2)),
    )
    const loops = [one, two].map(body => awaits(control('core/map', [param('p'), type, type], body)))
    const out = await shown(graphOf(list(...loops)))
    expect(out.root.meta.map(([, entry]) => entry)).toEqual([{ ...limits, retry: 2, gas: 9 }])
  })
})

describe('the normal form of bodies', () => {
  const branch = (selector: Operand, ...bodies: Body[]): Task => control('core/branch', [selector], ...bodies)
  const calls = (func: string): Body => bodyOf(0, () => awaits(wasm(func)))

  test.each([
    ['true', true, 'yes'],
    ['false', false, 'no'],
    ['0', 0, 'yes'],
    ['1', 1, 'no'],
  ])('a branch by %s is the body that it picks', async (_, selector, func) => {
    const taken = await written(graphOf(awaits(branch(value(selector), calls('yes'), calls('no')))))
    expect(taken.job).toEqual((await written(graphOf(awaits(wasm(func))))).job)
  })

  test('a branch by a number that picks none stays, so that it fails where it is demanded', async () => {
    const out = await shown(graphOf(awaits(branch(value(7), calls('yes'), calls('no')))))
    expect(out.last.op).toBe('core/branch')
  })

  test('commands of a branch that is taken are performed where it stood, with what stands in them', async () => {
    const make = (known: boolean): Graph => {
      const loop = bodyOf(1, () => value(1))
      const x = loop.slots[0]!
      const make = (): Operand => {
        const send = (within: Body): Task => command(within, 'mail/send', x)
        if (!known) {
          const inner = bodyOf(1, ([y]) => y!)
          inner.commands.push(command(inner, 'log/write', inner.slots[0]!))
          const write = { ...control('core/map', [x, type, type], inner), within: loop }
          const sent = send(loop)
          loop.commands = [write, sent]
          return list(awaits(sent), awaits(write))
        }
        const taken = bodyOf(0, () => value(1))
        const inner = bodyOf(1, ([y]) => y!)
        inner.commands.push(command(inner, 'log/write', inner.slots[0]!))
        const write = { ...control('core/map', [x, type, type], inner), within: taken }
        const sent = send(taken)
        taken.commands = [sent, write]
        taken.value = list(awaits(sent), awaits(write))
        const around = bodyOf(0, () => value(1))
        const nested = { ...branch(value(true), taken, calls('no')), within: around }
        around.commands = [nested]
        around.value = awaits(nested)
        const task = { ...branch(value(false), calls('no'), around), within: loop }
        loop.commands = [task]
        return awaits(task)
      }
      loop.value = make()
      return performs(graphOf(awaits(control('core/map', [param('p'), type, type], loop))))
    }
    expect((await written(make(true))).job).toEqual((await written(make(false))).job)
  })

  test('what performed something only in a branch that is not taken performs nothing, and is lifted', async () => {
    const loop = (selector: Operand): Graph => {
      const body = bodyOf(1, () => value(1))
      const make = (): Operand => {
        const inner = bodyOf(1, () => value(1))
        const sends = bodyOf(0, () => value(1))
        sends.commands.push(command(sends, 'mail/send'))
        const task = { ...branch(selector, sends, calls('f')), within: inner }
        inner.commands = [task]
        inner.value = list(inner.slots[0]!, awaits(task))
        const each = { ...control('core/map', [param('q'), type, type], inner), within: body }
        body.commands = [each]
        return list(body.slots[0]!, awaits(each))
      }
      body.value = make()
      return performs(graphOf(awaits(control('core/map', [param('p'), type, type], body))))
    }
    const out = await shown(loop(value(false)))
    expect(out.root.commands).toEqual([])
    expect(out.root.uses).toEqual([])
    // The call of `f`, the inner loop that needs nothing of the outer, and the outer.
    expect(out.root.tasks).toHaveLength(3)
    const performing = await shown(loop(param('p')))
    expect(performing.root.commands).toHaveLength(1)
    expect(performing.root.tasks).toHaveLength(2)
  })

  test('try and catch of what cannot fail are folded', async () => {
    const plain = (): Body => bodyOf(0, () => list(param('p'), value(1)))
    const tried = await written(graphOf(awaits(control('core/try', [], plain()))))
    expect(tried.job).toEqual((await written(graphOf(map({ ok: list(param('p'), value(1)) })))).job)
    const caught = control(
      'core/catch',
      [],
      plain(),
      bodyOf(1, ([failure]) => failure!),
    )
    expect((await written(graphOf(awaits(caught)))).job).toEqual((await written(graphOf(plain().value))).job)
  })

  test('try stays where something is awaited or performed', async () => {
    const out = await shown(graphOf(awaits(control('core/try', [], calls('f')))))
    expect(out.last.op).toBe('core/try')
    for (const nested of [list(awaits(wasm('f'))), map({ a: list(param('p'), awaits(wasm('f'))) })])
      expect(
        (
          await shown(
            graphOf(
              awaits(
                control(
                  'core/try',
                  [],
                  bodyOf(0, () => nested),
                ),
              ),
            ),
          )
        ).last.op,
      ).toBe('core/try')
    const silent = bodyOf(0, () => value(1))
    silent.commands.push(command(silent, 'mail/send'))
    expect((await shown(performs(graphOf(awaits(control('core/try', [], silent)))))).last.op).toBe('core/try')
  })

  test('a slot that is not used stays, but for an index; a loop over a literal is not unrolled', async () => {
    for (const [slots, params] of [
      [1, 1],
      [2, 1],
    ] as const) {
      const body = bodyOf(slots, () => value(1))
      const out = await shown(graphOf(awaits(control('core/map', [value([1, 2]), type, type], body))))
      expect(out.last.op).toBe('core/map')
      expect((await out.body(out.last.input.bodies![0]!)).params).toBe(params)
    }
    const pair = bodyOf(2, () => value(1))
    const joined = await shown(graphOf(awaits(control('core/reduce', [value([1, 2]), type], pair))))
    expect((await joined.body(joined.last.input.bodies![0]!)).params).toBe(2)
  })

  test('what is known is folded in bodies too', async () => {
    const pick = (operand: Operand): Operand =>
      awaits({ rsc: 'ipvm:core', op: 'core/field', args: [map({ a: operand }), value('a')] })
    const loop = (make: (slot: Slot) => Operand): Graph =>
      graphOf(
        awaits(
          control(
            'core/map',
            [param('p'), type, type],
            bodyOf(1, ([x]) => make(x!)),
          ),
        ),
      )
    const folded = await written(loop(x => list(pick(x), pick(value(1)))))
    expect(folded.job).toEqual((await written(loop(x => list(x, value(1))))).job)
  })

  test('a question about a composite with a hole is answered', async () => {
    const ask = (op: string, ...args: Operand[]): Operand => awaits({ rsc: 'ipvm:core', op, args })
    const open = awaits(wasm('f'))
    const names = value(['ok', 'error'])
    const { graph } = await normalize(
      graphOf(
        list(
          ask('core/unwrap', map({ ok: open }), value('result')),
          ask('core/unwrap', map({ some: open }), value('some')),
          ask('core/case', map({ error: open }), value('variant'), names),
          ask('core/case', map({ other: open }), value('variant'), names),
          ask('core/case', list(open), value('option'), value(['none', 'some'])),
          map({ a: ask('core/case', map({ ok: open }), value('variant'), names) }),
        ),
      ),
    )
    const result = graph.result.value as Extract<Operand, { kind: 'list' }>
    expect(result.items.map(item => (item.kind === 'value' ? item.value : item.kind))).toEqual([
      'await',
      'await',
      1,
      2,
      1,
      { a: 0 },
    ])
  })

  test('the results of folding are at most 16 KiB', async () => {
    const range = (to: number): Operand =>
      awaits({ rsc: 'ipvm:core', op: 'core/range', args: [value(0), value(to), value('u32')] })
    expect((await normalize(graphOf(range(100)))).graph.result.value.kind).toBe('value')
    const some = await normalize(graphOf(range(4000)))
    expect(some.graph.result.value.kind).toBe('value')
    expect(some.blocks.length).toBeGreaterThan(0)
    for (const to of [8000, 900_000])
      expect((await normalize(graphOf(range(to)))).graph.result.value.kind).toBe('await')
  })

  test('a literal of literals is placed from the inside out, as the whole value would be', async () => {
    const numbers = Array.from({ length: 600 }, (_, i) => i + 300)
    const type: Type = {
      kind: 'record',
      fields: [
        { name: 'a', type: { kind: 'list', element: { kind: 'u32' } } },
        { name: 'b', type: { kind: 'list', element: { kind: 'string' } } },
      ],
    }
    const strings = ['x'.repeat(2000), 'y']
    const placed = await place(type, { a: numbers, b: strings })
    const literal = map({ a: list(...numbers.map(value)), b: list(...strings.map(value)) })
    const normal = await normalize(graphOf(awaits(wasm('f', literal))))
    const [task] = [...walk(normal.graph)] as [Task]
    expect(placed.ok && task.args).toEqual([{ kind: 'value', value: placed.ok && placed.value.value }])
    const cids = (blocks: Block[]): string[] => blocks.map(({ cid }) => String(cid)).sort()
    expect(cids(normal.blocks)).toEqual(placed.ok && cids(placed.value.blocks))
  })

  test('the parts of a record come in the order of its encoding', async () => {
    const out = await shown(graphOf(map({ aa: awaits(wasm('f')), b: awaits(wasm('g')) })))
    expect((await out.instruction(out.root.tasks[0]!)).input.func).toBe('g')
  })

  test('only the placed values that are left stand beside it', async () => {
    const large = value('x'.repeat(2000))
    const dropped = awaits(
      branch(
        value(true),
        calls('f'),
        bodyOf(0, () => large),
      ),
    )
    expect((await normalize(graphOf(dropped))).blocks).toEqual([])
    expect((await normalize(graphOf(awaits(wasm('f', large))))).blocks).toHaveLength(1)
  })

  test('a slot outside of its body is a bug', async () => {
    const body = bodyOf(1, () => value(1))
    const loop = awaits(control('core/map', [param('p'), type, type], body))
    await expect(emit(graphOf(list(loop, body.slots[0]!)))).rejects.toThrow(/outside of its body/)
  })
})
