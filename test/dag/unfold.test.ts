import type { CID } from 'multiformats/cid'
import { describe, expect, test } from 'vitest'
import { bind, readGraph, spliceJob } from '../../dag/bind.ts'
import { block } from '../../dag/cid.ts'
import { emit } from '../../dag/emit.ts'
import { walk, type Graph, type Operand } from '../../dag/graph.ts'
import type { Instruction } from '../../dag/interface.ts'
import type { Block, Ipld } from '../../dag/ipld.ts'
import { bodyBlocks, decodeInstruction, instructionBlock, jobBlocks, nonce, readBody, readJob } from '../../dag/job.ts'
import { normalize } from '../../dag/normalize.ts'
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

const type = value({ list: 'string' })
const slot = (index: number): Ipld => ({ 'ipvm/param': index })

/** Blocks by hand, as a stranger may write them. */
class Hand {
  readonly blocks: Block[] = []

  add(made: Block[]): CID {
    this.blocks.push(...made)
    return made[0]!.cid
  }

  instruction(op: string, input: Partial<Instruction['input']> = {}, more: Partial<Instruction> = {}): CID {
    const rsc = op.startsWith('core/') ? 'ipvm:core' : op === 'wasm/run' ? 'ipfs://bafy' : `${op.split('/')[0]}:`
    return this.add([instructionBlock({ rsc, op, input: { args: [], ...input }, nnc: '', ...more })])
  }

  body(params: number, value: Ipld, tasks: CID[] = [], commands: CID[] = []): CID {
    return this.add(bodyBlocks({ params, tasks, value, commands }))
  }

  async read(tasks: CID[], value: Ipld = null, commands: CID[] = []) {
    const job = await jobBlocks({
      params: new Map([['p', { type: { kind: 'string' } }]]),
      result: { type: { kind: 'string' }, value },
      tasks,
      commands,
      meta: [],
      uses: [],
    })
    const load = loaderOf([...job, ...this.blocks])
    const read = await readJob(job[0]!.cid, load)
    if (!read.ok) return read
    return readGraph(read.value, load)
  }
}

const told = (result: { ok: boolean; error?: { message: string } }): string =>
  result.ok ? 'it was read' : result.error!.message

describe('jobs of strangers', () => {
  const cases: [string, RegExp, (hand: Hand) => Promise<{ ok: boolean }>][] = [
    [
      'a body that is not there',
      /missing|not in the store/,
      hand => hand.read([hand.instruction('core/try', { bodies: [block('x').cid] })]),
    ],
    [
      'a body that is something else',
      /not a body/,
      hand => hand.read([hand.instruction('core/try', { bodies: [hand.add([block({ params: 1 })])] })]),
    ],
    [
      'a body with fewer parameters than are captured',
      /takes 1 values/,
      hand => hand.read([hand.instruction('core/try', { args: [1, 2], bodies: [hand.body(1, null)] })]),
    ],
    [
      'a loop over a body that takes no element',
      /takes 0 values/,
      hand => hand.read([hand.instruction('core/map', { args: [[], 'x', 'x'], bodies: [hand.body(0, null)] })]),
    ],
    [
      'too few arguments',
      /has 1 arguments and needs 3/,
      hand => hand.read([hand.instruction('core/map', { args: [[]], bodies: [hand.body(1, null)] })]),
    ],
    [
      'a body of an operation that has none',
      /has no bodies/,
      hand => hand.read([hand.instruction('core/not', { args: [true], bodies: [hand.body(0, null)] })]),
    ],
    ['an operation without its body', /has 0 bodies/, hand => hand.read([hand.instruction('core/try')])],
    [
      'a parameter that the body does not have',
      /uses parameter 1, which/,
      hand => hand.read([hand.instruction('core/try', { args: [1], bodies: [hand.body(1, slot(1))] })]),
    ],
    [
      'a number for a parameter of the job',
      /uses parameter 0, which/,
      hand => hand.read([hand.instruction('wasm/run', { args: [slot(0)] })]),
    ],
    [
      'a name for a parameter in a body',
      /uses the parameter `p`/,
      hand => hand.read([hand.instruction('core/try', { bodies: [hand.body(0, { 'ipvm/param': 'p' })] })]),
    ],
    [
      'a parameter that the job does not have',
      /uses the parameter `x`/,
      hand => hand.read([hand.instruction('wasm/run', { args: [{ 'ipvm/param': 'x' }] })]),
    ],
    [
      'a body that awaits a task around it',
      /no task of the job before it/,
      hand => {
        const outer = hand.instruction('wasm/run')
        return hand.read([outer, hand.instruction('core/try', { bodies: [hand.body(0, { 'await/ok': outer })] })])
      },
    ],
    [
      'a body that awaits a task of another',
      /no task of the job before it/,
      hand => {
        const inner = hand.instruction('wasm/run')
        const bodies = [hand.body(0, null, [inner]), hand.body(1, { 'await/ok': inner })]
        return hand.read([hand.instruction('core/catch', { bodies })])
      },
    ],
    [
      'a task that stands twice',
      /twice/,
      hand => {
        const task = hand.instruction('wasm/run')
        return hand.read([task, task])
      },
    ],
    ['a command that is no task', /not one of the tasks/, hand => hand.read([], null, [hand.instruction('mail/send')])],
    [
      'a function among the commands',
      /performs nothing/,
      hand => {
        const task = hand.instruction('wasm/run')
        return hand.read([task], null, [task])
      },
    ],
    [
      'an operation that performs nothing among the commands',
      /performs nothing/,
      hand => {
        const task = hand.instruction('core/try', { bodies: [hand.body(0, null)] })
        return hand.read([task], null, [task])
      },
    ],
    [
      'an operation that performs something and says nothing of it',
      /performs something and is not among the commands/,
      hand => {
        const sent = hand.instruction('mail/send')
        return hand.read([hand.instruction('core/try', { bodies: [hand.body(0, null, [sent], [sent])] })])
      },
    ],
    [
      'a nonce of what is no command',
      /looks like one/,
      hand => hand.read([hand.instruction('http/get', {}, { nnc: nonce(2) })]),
    ],
    [
      'an undo of what is no command',
      /looks like one/,
      hand => hand.read([hand.instruction('http/get', { undo: { body: hand.body(1, null), args: [] } })]),
    ],
    [
      'an undo that takes no result',
      /does not fit/,
      hand => {
        const sent = hand.instruction('mail/send', { undo: { body: hand.body(1, null), args: [1] } })
        return hand.read([sent], null, [sent])
      },
    ],
    [
      'commands in another order',
      /sorted by their bytes/,
      hand => {
        const sent = [1, 2].map(n => hand.instruction('mail/send', { args: [n] }))
        const sorted = sent.toSorted((a, b) => Buffer.compare(a.bytes, b.bytes))
        return hand.read(sorted, null, sorted.toReversed())
      },
    ],
  ]

  test.each(cases)('%s is refused', async (_, message, make) => {
    expect(told(await make(new Hand()))).toMatch(message)
  })

  test('a body that unfolds to more than half a million tasks is refused in short time', async () => {
    const hand = new Hand()
    let body = hand.body(0, null, [hand.instruction('wasm/run')])
    for (let i = 0; i < 30; i++) {
      const twice = [1, 2].map(n => hand.instruction('core/branch', { args: [n], bodies: [body] }))
      body = hand.body(0, null, twice)
    }
    const read = await hand.read([hand.instruction('core/try', { bodies: [body] })])
    expect(!read.ok && read.error.code).toBe('size')
    expect(told(read)).toMatch(/more than 500000 tasks/)
  })

  test('a body with few tasks and very many holes is refused in short time', async () => {
    const hand = new Hand()
    const task = hand.instruction('wasm/run', { args: Array.from({ length: 20_000 }, () => slot(0)) })
    let body = hand.body(0, null, [
      hand.instruction('core/map', { args: [[], 'x', 'x'], bodies: [hand.body(1, null, [task])] }),
    ])
    for (let i = 0; i < 12; i++)
      body = hand.body(
        0,
        null,
        [1, 2].map(n => hand.instruction('core/branch', { args: [n], bodies: [body] })),
      )
    expect(told(await hand.read([hand.instruction('core/try', { bodies: [body] })]))).toMatch(
      /more than 5000000 values/,
    )
  })

  test('very many bodies that capture very much are refused', async () => {
    const hand = new Hand()
    const args = [true, ...Array.from({ length: 20_000 }, (_, i) => i)]
    const bodies = Array.from({ length: 300 }, () => hand.body(20_000, null))
    expect(told(await hand.read([hand.instruction('core/branch', { args, bodies })]))).toMatch(
      /more than 5000000 values/,
    )
  })

  test('bodies nest a thousand deep and no deeper', async () => {
    const nested = (depth: number, hand: Hand): CID => {
      let body = hand.body(0, null)
      for (let i = 1; i < depth; i++) {
        const task = hand.instruction('core/try', { bodies: [body] })
        body = hand.body(0, { 'await/ok': task }, [task])
      }
      return hand.instruction('core/try', { bodies: [body] })
    }
    const [deep, deeper] = [new Hand(), new Hand()]
    expect((await deep.read([nested(1000, deep)])).ok).toBe(true)
    expect(told(await deeper.read([nested(1001, deeper)]))).toMatch(/more than 1000 deep/)
  })
})

describe('instructions and bodies', () => {
  const core = { rsc: 'ipvm:core', op: 'core/try', nnc: '' }
  const effect = { rsc: 'mail:', op: 'mail/send', nnc: '' }
  const link = block(1).cid

  test.each<[string, RegExp, Ipld]>([
    ['no bodies', /`bodies` must be a list of links/, { ...core, input: { args: [], bodies: [] } }],
    ['bodies that are no links', /`bodies` must be a list of links/, { ...core, input: { args: [], bodies: [1] } }],
    ['bodies of an effect', /only core operations/, { ...effect, input: { args: [], bodies: [link] } }],
    ['a null for what is not there', /`bodies` must be/, { ...core, input: { args: [], bodies: null } }],
    ['an `after` of an operation', /only effects/, { ...core, input: { args: [], after: [slot(0)] } }],
    ['an empty `after`', /sorted/, { ...effect, input: { args: [], after: [] } }],
    ['an `after` that is not sorted', /sorted/, { ...effect, input: { args: [], after: [slot(1), slot(0)] } }],
    ['an `after` with one twice', /sorted/, { ...effect, input: { args: [], after: [slot(1), slot(1)] } }],
    ['an `undo` of an operation', /only effects/, { ...core, input: { args: [], undo: { body: link, args: [] } } }],
    [
      'an `undo` without arguments',
      /needs `body` and `args`/,
      { ...effect, input: { args: [], undo: { body: link } } },
    ],
    [
      'an `undo` with more',
      /needs `body` and `args`/,
      { ...effect, input: { args: [], undo: { body: link, args: [], x: 1 } } },
    ],
    ['a nonce of another form', /`nnc` is not one/, { ...effect, nnc: '1', input: { args: [] } }],
    ['a function that is no name', /`func` must be a string/, { ...core, input: { args: [], func: 1 } }],
    ['an unknown field', /unknown field/, { ...core, input: { args: [], with: 1 } }],
  ])('%s: refused', (_, message, content) => {
    expect(told(decodeInstruction(block(content).bytes))).toMatch(message)
  })

  test('an instruction with all of its fields is read as it was written', () => {
    const instruction: Instruction = {
      ...effect,
      nnc: nonce(2),
      input: { args: [1], after: [slot(0), slot(1)], undo: { body: link, args: [slot(2)] } },
    }
    expect(decodeInstruction(instructionBlock(instruction).bytes)).toEqual({ ok: true, value: instruction })
  })

  test.each<[string, RegExp, Ipld]>([
    ['a field more', /missing or unknown/, { params: 0, tasks: [], value: null, commands: [], more: 1 }],
    ['a field fewer', /missing or unknown/, { params: 0, tasks: [], value: null }],
    ['no number', /`params` must be/, { params: '0', tasks: [], value: null, commands: [] }],
    ['less than no parameters', /`params` must be/, { params: -1, tasks: [], value: null, commands: [] }],
    [
      'more parameters than anything has',
      /`params` must be/,
      { params: 2 ** 40, tasks: [], value: null, commands: [] },
    ],
    ['tasks that are no links', /lists of links/, { params: 0, tasks: [1], value: null, commands: [] }],
    ['a command twice', /each once/, { params: 0, tasks: [link], value: null, commands: [link, link] }],
  ])('a body with %s is refused', async (_, message, content) => {
    const made = block(content)
    expect(told(await readBody(made.cid, loaderOf([made])))).toMatch(message)
  })

  test('a long body stands in pieces', async () => {
    const body = bodyOf(1, ([x]) => list(...Array.from({ length: 8000 }, (_, i) => awaits(wasm('f', x!, value(i))))))
    const { job, blocks } = await written(
      graphOf(
        awaits(
          control(
            'core/map',
            [param('p'), type, type],
            bodyOf(1, ([x]) =>
              awaits(body.value.kind === 'list' ? control('core/map', [x!, type, type], body) : wasm('f')),
            ),
          ),
        ),
      ),
    )
    const load = loaderOf(blocks)
    const root = await readJob(job, load)
    const read = root.ok && (await readGraph(root.value, load))
    expect(read && read.ok && walk(read.value.graph)).toHaveLength(8000 + 4)
  })

  test.each([
    ['retry', -1],
    ['retry', 1001],
    ['check', 1001],
    ['check', 'x'],
  ])('limits with %s %s are refused', async (field, content) => {
    const limits = { time: 1, memory: 1, gas: 1, retry: 0, check: 0, [field]: content }
    const [root] = await jobBlocks({
      params: new Map(),
      result: { type: { kind: 'string' }, value: '' },
      tasks: [],
      commands: [],
      meta: [[link, limits as never]],
      uses: [],
    })
    expect(told(await readJob(root!.cid, loaderOf([root!])))).toMatch(/pairs of a link and limits/)
  })

  test('names of effects in another order, or twice, are refused', async () => {
    for (const uses of [
      ['b/x', 'a/x'],
      ['a/x', 'a/x'],
    ]) {
      const result = { type: { kind: 'string' } as const, value: '' }
      const [root] = await jobBlocks({ params: new Map(), result, tasks: [], commands: [], meta: [], uses })
      expect(told(await readJob(root!.cid, loaderOf([root!])))).toMatch(/`uses` must be sorted/)
    }
  })
})

describe('large graphs', () => {
  test('thousands of loops beside each other', async () => {
    const loops = Array.from({ length: 3000 }, (_, i) =>
      awaits(
        control(
          'core/map',
          [param('p'), type, type],
          bodyOf(1, ([x]) => awaits(wasm('f', x!, param('q'), value(i)))),
        ),
      ),
    )
    const groups = Array.from({ length: 30 }, (_, i) => awaits(wasm('g', list(...loops.slice(i * 100, i * 100 + 100)))))
    const emitted = await emit((await normalize(graphOf(list(...groups)))).graph)
    if (!emitted.ok) throw new Error(emitted.error.message)
    const cids = new Set([...emitted.value.cids.values()].map(String))
    expect(cids.size).toBe(2 * 3000 + 30)
  }, 60_000)

  /** Loops in each other, each over the element of the one around it; the innermost takes all if `all`. */
  const nested = (depth: number, all: boolean): Graph => {
    const inner = (level: number, around: Operand[]): Operand =>
      level === 0
        ? awaits(wasm('f', ...(all ? around : around.slice(0, 1))))
        : awaits(
            control(
              'core/map',
              [around[0]!, type, type],
              bodyOf(1, ([x]) => inner(level - 1, [x!, ...around])),
            ),
          )
    return graphOf(inner(depth, [param('p')]))
  }

  test('a thousand loops in each other, and one more is refused', async () => {
    const template = await written(nested(1000, false))
    const bound = await bind(template.job, new Map([['p', 'x']]), loaderOf(template.blocks), { partial: true })
    expect(bound.ok).toBe(true)
    const refused = await emit(nested(1001, false))
    expect(!refused.ok && refused.error.message).toMatch(/more than 1000 deep/)
  }, 60_000)

  test('a hundred loops in each other, where the innermost takes from all', async () => {
    const template = await written(nested(100, true))
    const job = await readJob(template.job, loaderOf(template.blocks))
    const read = job.ok && (await readGraph(job.value, loaderOf(template.blocks)))
    expect(read && read.ok && (await written(read.value.graph)).job).toEqual(template.job)
    const refused = await emit(nested(1001, true))
    expect(!refused.ok && refused.error.message).toMatch(/more than 1000 deep/)
  }, 60_000)

  test('loops after each other, each over the result of the one before, stand beside each other', async () => {
    let last: Operand = param('p')
    for (let i = 0; i < 2000; i++) {
      const before = last
      const body = bodyOf(1, ([x]) => awaits(wasm('f', x!, before)))
      last = awaits(control('core/map', [param('q'), type, type], body))
    }
    const { job, blocks } = await written(graphOf(last))
    const root = await readJob(job, loaderOf(blocks))
    expect(root.ok && root.value.tasks).toHaveLength(2000)
  }, 60_000)

  test('bodies that take in too much, all together, are refused', async () => {
    const outer = Array.from({ length: 99 }, (_, i) => awaits(wasm('g', value(i))))
    const build = (level: number, around: Operand): Operand =>
      level === 0
        ? awaits(wasm('f', around, ...outer))
        : awaits(
            control(
              'core/map',
              [around, type, type],
              bodyOf(1, ([x]) => build(level - 1, x!)),
            ),
          )
    const written = (levels: number) => emit(graphOf(build(levels, param('q'))), { maxCaptures: 1000 })
    expect((await written(10)).ok).toBe(true)
    const refused = await written(11)
    expect(!refused.ok && refused.error.message).toMatch(/take in more than 1000 values/)
  }, 60_000)

  test('composites nested without end are refused and overflow nothing', async () => {
    let deep: Operand = param('p')
    for (let i = 0; i < 200_000; i++) deep = i % 2 === 0 ? list(deep) : map({ a: deep })
    const normal = await normalize(graphOf(deep))
    const refused = await emit(normal.graph)
    expect(!refused.ok && refused.error.message).toMatch(/nests deeper than 100/)
  })

  test('a chain of 300,000 tasks is walked without a stack', () => {
    let chain: Operand = param('p')
    for (let i = 0; i < 300_000; i++) chain = awaits(wasm('f', chain))
    expect(walk(graphOf(chain))).toHaveLength(300_000)
  })
})

describe('a compiled job in another', () => {
  test('comes to what stands there when it is written out', async () => {
    const inner = (p: Operand, q: Operand): Graph => {
      const body = bodyOf(1, ([x]) => awaits(wasm('f', x!, q)))
      const send = command(undefined, 'mail/send', p)
      return { ...graphOf(list(awaits(control('core/map', [p, type, type], body)), awaits(send))), commands: [send] }
    }
    const compiled = await written(inner(param('p'), param('q')))
    const load = loaderOf(compiled.blocks)
    const root = await readJob(compiled.job, load)
    if (!root.ok) throw new Error(root.error.message)
    const args = new Map([
      ['p', awaits(query('http/get'))],
      ['q', value('known')],
    ])
    const spliced = await spliceJob(root.value, args, load)
    if (!spliced.ok) throw new Error(spliced.error.message)
    expect(spliced.value.type).toEqual({ kind: 'string' })
    expect([...spliced.value.cids.values()].map(String)).toEqual(expect.arrayContaining(root.value.tasks.map(String)))
    const whole = await written({ ...graphOf(spliced.value.value), commands: spliced.value.commands })
    expect(whole.job).toEqual((await written(inner(awaits(query('http/get')), value('known')))).job)
  })

  test('takes its defaults, and tells what is missing or unknown', async () => {
    const graph = graphOf(awaits(wasm('f', param('p'), param('q'))))
    graph.params.set('q', { type: { kind: 'string' }, default: 'd' })
    const compiled = await written(graph)
    const load = loaderOf(compiled.blocks)
    const root = await readJob(compiled.job, load)
    if (!root.ok) throw new Error(root.error.message)
    const spliced = await spliceJob(root.value, new Map([['p', value(1)]]), load)
    if (!spliced.ok) throw new Error(spliced.error.message)
    const { job } = await written(graphOf(spliced.value.value))
    expect(job).toEqual((await written(graphOf(awaits(wasm('f', value(1), value('d')))))).job)
    expect(told(await spliceJob(root.value, new Map(), load))).toBe('the job needs a value for: p')
    expect(told(await spliceJob(root.value, new Map([['r', value(1)]]), load))).toMatch(/no parameter `r`/)
  })

  test('tells where each instruction of a bound job comes from, those in bodies too', async () => {
    const body = bodyOf(1, ([x]) => awaits(wasm('f', x!, param('p'))))
    body.commands.push(command(body, 'mail/send', param('p')))
    const template = await written(performs(graphOf(awaits(control('core/map', [param('q'), type, type], body)))))
    const load = loaderOf(template.blocks)
    const bound = await bind(template.job, new Map([['p', 'x']]), load, { partial: true })
    if (!bound.ok) throw new Error(bound.error.message)
    const opOf = (cid: CID | string): string => {
      const known = [...template.blocks, ...bound.value.blocks].find(one => String(one.cid) === String(cid))!
      const instruction = decodeInstruction(known.bytes)
      return instruction.ok ? instruction.value.op : 'none'
    }
    expect(bound.value.origin.size).toBe(3)
    for (const [cid, from] of bound.value.origin) expect(opOf(cid)).toBe(opOf(from))
  })
})
