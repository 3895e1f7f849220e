import { describe, expect, test } from 'vitest'
import { block } from '../../../dag/cid.ts'
import type { Ipld } from '../../../dag/ipld.ts'
import { place } from '../../../dag/place.ts'
import type { Type } from '../../../dag/types.ts'
import type { Value } from '../../../dag/value.ts'
import { createEffects } from '../../../runtime/effects/host.ts'
import type { Answer, Operation, Policy, Provider, Request } from '../../../runtime/effects/provider.ts'
import { types } from '../../../runtime/effects/types.ts'
import type { EffectCall, EffectOutcome, Effects } from '../../../runtime/interface.ts'

const done: Answer = { kind: 'ok', value: null }
/** Grants name the first argument. */
const byName: Policy = {
  about: [0],
  subject: ([name]) => (name === '' ? { error: 'the name is empty' } : { subject: name as string }),
  covers: (rule, subject) => rule === undefined || rule === subject,
}

function question(perform: (request: Request) => Promise<Answer>, own: Partial<Operation> = {}): Operation {
  return { kind: 'query', params: [types.string], result: types.unit, perform, ...own } as Operation
}
function deed(perform: (request: Request) => Promise<Answer>, own: Partial<Operation> = {}): Operation {
  return { ...question(perform), kind: 'command', recovery: 'irrevocable', announces: true, ...own } as Operation
}

const providerOf = (operation: Operation): Provider => ({ name: 'box', scheme: 'box:', operations: { go: operation } })

function effectsOf(operation: Operation, grants: string[] = ['box.go']): Effects {
  const effects = createEffects({ providers: [providerOf(operation)], grants })
  if (!effects.ok) throw new Error(effects.error)
  return effects.value
}

const call = (args: Ipld[], own: Partial<EffectCall> = {}): EffectCall => ({
  rsc: 'box:',
  op: 'box/go',
  args,
  load: async () => undefined,
  key: 'ab'.repeat(32),
  sent: async () => undefined,
  ...own,
})
const never = new AbortController().signal

function go(operation: Operation, args: Ipld[] = ['a'], own: Partial<EffectCall> = {}): Promise<EffectOutcome> {
  return effectsOf(operation).perform(call(args, own), never)
}

const failed = (kind: string, detail: string): unknown => ({
  kind: 'failed',
  failure: expect.objectContaining({ kind, detail }),
})
const lost = (kind: string, detail: string): unknown => ({
  kind: 'lost',
  failure: expect.objectContaining({ kind, detail }),
})

describe('an operation', () => {
  test('is known by its name and its scheme', () => {
    const effects = effectsOf(
      deed(async () => done, {
        params: [types.string, types.list(types.tuple(types.string, types.secret(types.string)))],
      }),
    )
    expect(effects.operation('box:', 'box/go')).toEqual({
      ok: true,
      value: {
        kind: 'command',
        recovery: 'irrevocable',
        announces: true,
        secrets: [false, true],
        secret: false,
        result: types.unit,
      },
    })
    expect(effects.operation('box:', 'box/goo')).toEqual({
      ok: false,
      error: 'nothing here performs `box.goo`; did you mean `box.go`?',
    })
    expect(effects.operation('box:', 'mail/send')).toEqual({ ok: false, error: 'nothing here performs `mail.send`' })
    expect(effects.operation('box:', 'box/toString')).toMatchObject({ ok: false })
    expect(effects.operation('https:', 'box/go')).toEqual({
      ok: false,
      error: '`box.go` is performed under `box:`, and the job declares it under `https:`',
    })
    expect(effects.operation('secret:', 'secret/declassify')).toEqual({
      ok: true,
      value: { kind: 'query', recovery: 'idempotent', secrets: [true], secret: false },
    })
    expect(effectsOf(question(async () => done)).operation('box:', 'box/go')).toMatchObject({
      value: { kind: 'query', recovery: 'idempotent' },
    })
  })

  test('that nothing performs is not performed', async () => {
    const effects = effectsOf(question(async () => done))
    expect(await effects.perform(call(['a'], { op: 'mail/send' }), never)).toEqual({
      kind: 'refused',
      message: 'nothing here performs `mail.send`',
    })
  })

  test('is given its arguments by their types, its rules and its key', async () => {
    const seen: Request[] = []
    const operation = question(async request => (seen.push(request), done), {
      params: [types.string, types.u64, types.option(types.bytes), types.record({ a: types.f64 })],
      policy: byName,
    })
    const form = await place(types.bytes, new Uint8Array(5000).fill(1))
    if (!form.ok) throw new Error()
    const blocks = new Map(form.value.blocks.map(made => [made.cid.toString(), made.bytes]))
    const effects = effectsOf(operation, ['box.go=x', 'box.*=name', 'box.go'])
    const args: Ipld[] = ['name', 7, form.value.value, { a: 'NaN' }]
    await effects.perform(call(args, { load: async cid => blocks.get(cid.toString()) }), never)
    const [request] = seen
    expect(request!.args).toEqual(['name', 7n, new Uint8Array(5000).fill(1), { a: NaN }])
    expect(request!.rules).toEqual(['x', 'name', undefined])
    expect(request!.key).toBe('ab'.repeat(32))
  })

  test.each<[string, Type, Ipld, string]>([
    ['another type', types.u32, 'x', 'args[0]: an integer was expected, this is "x"'],
    ['a number that is too large', types.u16, 70_000, 'args[0]: 70000 does not fit u16'],
    [
      'something inside',
      types.list(types.record({ a: types.u16 })),
      [{ a: 1 }, { a: -1 }],
      'args[0][1].a: -1 does not fit u16',
    ],
    ['a secret', types.secret(types.u32), 'hunter2', 'args[0] does not fit `secret<u32>`'],
    [
      'what holds a secret',
      types.list(types.secret(types.u32)),
      ['hunter2'],
      'args[0] does not fit `list<secret<u32>>`',
    ],
  ])('is not performed on %s', async (_, type, arg, detail) => {
    let performed = 0
    const operation = question(async () => (performed++, done), { params: [type] })
    expect(await go(operation, [arg])).toEqual(failed('value', detail))
    expect(await go(operation, [])).toEqual(failed('value', 'it takes 1 arguments, and the job gives it 0'))
    expect(performed).toBe(0)
  })

  test('whose block is missing is no doing of the job', async () => {
    const { cid } = block(['a'.repeat(2000)])
    await expect(
      go(
        question(async () => done, { params: [types.list(types.string)] }),
        [cid],
      ),
    ).rejects.toMatchObject({
      error: { code: 'missing' },
    })
  })
})

describe('grants', () => {
  test('without a policy are for the operation as a whole', async () => {
    const operation = question(async () => done)
    expect(await effectsOf(operation, []).perform(call(['a']), never)).toEqual(
      failed('refused', '`box.go` is not granted'),
    )
    for (const grant of ['box.go', 'box.*'])
      expect(await effectsOf(operation, [grant]).perform(call(['a']), never)).toMatchObject({ kind: 'ok' })
    // A rule for other operations of the effect is none for this one.
    const two: Provider = { name: 'box', scheme: 'box:', operations: { go: operation, name: question(async () => done, { policy: byName }) } } // prettier-ignore
    const effects = createEffects({ providers: [two], grants: ['box.*=a'] })
    if (!effects.ok) throw new Error(effects.error)
    expect(await effects.value.perform(call(['a']), never)).toMatchObject({ failure: { kind: 'refused' } })
    expect(await effects.value.perform(call(['a'], { op: 'box/name' }), never)).toMatchObject({ kind: 'ok' })
    expect(await effects.value.missing(call(['a']))).toBe('box.go')
  })

  test('with a policy are for what the arguments ask for', async () => {
    let performed = 0
    const operation = question(async () => (performed++, done), { policy: byName })
    for (const grants of [[], ['box.go=b'], ['box.*=b', 'box.go=c']])
      expect(await effectsOf(operation, grants).perform(call(['a']), never)).toEqual(
        failed('refused', '`box.go=a` is not granted'),
      )
    expect(performed).toBe(0)
    for (const grants of [['box.go'], ['box.go=b', 'box.go=a'], ['box.*=a']])
      expect(await effectsOf(operation, grants).perform(call(['a']), never)).toMatchObject({ kind: 'ok' })
    expect(await effectsOf(operation).perform(call(['']), never)).toEqual(
      failed('value', '`box.go`: the name is empty'),
    )
    expect(await effectsOf(operation).perform(call(['x'.repeat(4001)]), never)).toEqual(
      failed('value', '`box.go`: more than 4000 characters cannot be granted'),
    )
  })

  test('are asked for as far as the arguments are known', async () => {
    const operation = question(async () => done, { params: [types.string, types.u32], policy: byName })
    const hole = { 'await/ok': block(1).cid }
    const slot = { 'ipvm/param': 0 }
    const missing = (grants: string[], args: Ipld[]): Promise<string | undefined> =>
      effectsOf(operation, grants).missing(call(args))
    expect(await missing([], ['a', 1])).toBe('box.go=a')
    expect(await missing([], ['a', hole])).toBe('box.go=a')
    expect(await missing([], [hole, 1])).toBe('box.go')
    expect(await missing([], [slot, 1])).toBe('box.go')
    expect(await missing(['box.go=b'], ['a', hole])).toBe('box.go=a')
    // It may turn out to be covered.
    expect(await missing(['box.go=b'], [hole, 1])).toBeUndefined()
    expect(await missing(['box.go=a'], ['a', slot])).toBeUndefined()
    expect(await missing(['box.go'], ['a', 1])).toBeUndefined()
    // What no grant would help fails by itself.
    expect(await missing(['box.go'], ['', 1])).toBeUndefined()
    expect(await missing(['box.go'], [7, 1])).toBeUndefined()
    expect(await missing(['box.go'], [])).toBeUndefined()
  })

  test('of a policy that throws, or says nothing, cover nothing', async () => {
    const bad = (): never => {
      throw new Error('bad')
    }
    for (const [policy, outcome] of [
      [{ ...byName, covers: bad }, failed('refused', '`box.go=a` is not granted')],
      [{ ...byName, subject: bad }, failed('value', '`box.go`: its policy says nothing of its arguments')],
      [
        { ...byName, subject: () => ({ subject: 7 }) },
        failed('value', '`box.go`: its policy says nothing of its arguments'),
      ],
    ] as [Policy, unknown][]) {
      const effects = effectsOf(question(async () => done, { policy }))
      expect(await effects.perform(call(['a']), never)).toEqual(outcome)
      expect(await effects.missing(call(['a']))).toEqual(policy.covers === bad ? 'box.go=a' : undefined)
    }
  })

  test('that cannot be read are an error', () => {
    const of = (grants: string[]): unknown =>
      createEffects({ providers: [providerOf(question(async () => done))], grants })
    expect(of(['box.go', 'box.og'])).toEqual({ ok: false, error: expect.stringContaining('did you mean `box.go`?') })
  })
})

describe('declassify', () => {
  test('gives the value itself, if it is granted by its name', async () => {
    const declassify = (args: Ipld[]) => call(args, { rsc: 'secret:', op: 'secret/declassify' })
    const effects = (grants: string[]): Effects => {
      const made = createEffects({ providers: [{ ...providerOf(question(async () => done)), name: 'secret' }], grants })
      if (!made.ok) throw new Error(made.error)
      return made.value
    }
    for (const grants of [[], ['secret.*']]) {
      expect(await effects(grants).perform(declassify(['x']), never)).toEqual(
        failed('refused', '`declassify` is not granted'),
      )
      expect(await effects(grants).missing(declassify(['x']))).toBe('declassify')
    }
    const { cid } = block(['large'])
    for (const value of ['x', 7, null, cid, [1, 'a']])
      expect(await effects(['declassify']).perform(declassify([value]), never)).toEqual({
        kind: 'ok',
        value,
        blocks: [],
      })
    expect(await effects(['declassify']).perform(declassify([]), never)).toMatchObject({ failure: { kind: 'value' } })
    expect(await effects(['declassify']).missing(declassify(['x']))).toBeUndefined()
  })
})

describe('an answer', () => {
  const answering = (answer: unknown, own: Partial<Operation> = {}): Operation =>
    question(async () => answer as Answer, own)

  test('is placed by its type', async () => {
    const outcome = await go(answering({ kind: 'ok', value: new Uint8Array(5000) }, { result: types.bytes }))
    const placed = await place(types.bytes, new Uint8Array(5000))
    expect(outcome).toEqual({ kind: 'ok', ...(placed.ok ? placed.value : {}) })
    expect(await go(answering({ kind: 'ok', value: 7n }, { result: types.u64 }))).toEqual({
      kind: 'ok',
      value: 7,
      blocks: [],
    })
    expect(await go(answering({ ...done, again: true }))).toEqual({ kind: 'ok', value: null, blocks: [], again: true })
  })

  test.each<[string, unknown, Type, string]>([
    ['another type', 'x', types.u32, 'the provider gives a wrong value: its value: a number was expected, this is "x"'],
    [
      'nothing',
      undefined,
      types.unit,
      'the provider gives a wrong value: its value: `()` was expected, this is nothing',
    ],
    [
      'a number for a bigint',
      7,
      types.u64,
      'the provider gives a wrong value: its value: a bigint was expected, this is 7',
    ],
    [
      'a field too many',
      { a: 1, b: 2 },
      types.record({ a: types.u16 }),
      'the provider gives a wrong value: its value: there is no field "b"',
    ],
    [
      'a broken string',
      '\ud800',
      types.string,
      'the provider gives a wrong value: its value: a string with a lone surrogate',
    ],
    [
      'a string over the limit of a block',
      'x'.repeat(2 << 20),
      types.string,
      expect.stringContaining('the limit of a block') as unknown as string,
    ],
  ])('of %s is a failure', async (_, value, result, detail) => {
    expect(await go(answering({ kind: 'ok', value }, { result }))).toEqual(failed('effect', detail))
    // The command has happened, though nobody can use its value.
    expect(await go(deed(async () => ({ kind: 'ok', value }) as Answer, { result }))).toEqual(lost('effect', detail))
  })

  test.each([
    null,
    undefined,
    7,
    {},
    { kind: 'sure' },
    { kind: 'failed', failure: 'trap', detail: 'x' },
    { kind: 'absent' },
  ])('that is %j is a failure', async answer => {
    const outcome = go(answering(answer))
    if ((answer as { kind?: string } | null)?.kind === 'absent') await expect(outcome).rejects.toThrow('only a probe')
    else expect(await outcome).toMatchObject({ kind: 'failed', failure: { kind: 'effect' } })
  })

  test('may be a failure of its own, or that nobody knows', async () => {
    for (const kind of ['effect', 'refused', 'time', 'value'] as const)
      expect(await go(deed(async () => ({ kind: 'failed', failure: kind, detail: 'why' })))).toEqual(
        failed(kind, 'why'),
      )
    const unknown: Answer = { kind: 'lost', detail: 'why' }
    expect(await go(deed(async () => unknown))).toEqual(lost('effect', 'why'))
    // A question changes nothing, so that none is ever lost.
    expect(await go(question(async () => unknown))).toEqual(failed('effect', 'why'))
    expect(await go(question(async () => unknown, { kind: 'note' }))).toEqual(failed('effect', 'why'))
  })

  test('is bounded, however much is said', async () => {
    const outcome = await go(question(async () => ({ kind: 'failed', failure: 'effect', detail: 'x'.repeat(1 << 20) })))
    expect(outcome.kind === 'failed' && outcome.failure.detail!.length).toBeLessThanOrEqual(500)
  })
})

describe('what is thrown', () => {
  test('before anything was sent has not happened, and is lost after it', async () => {
    const told: string[] = []
    const before = deed(async () => {
      throw new Error('early')
    })
    const after = deed(async ({ sent }) => {
      await sent()
      throw new Error('late')
    })
    const own = { sent: async () => void told.push('sent') }
    expect(await go(before, ['a'], own)).toEqual(failed('effect', 'early'))
    expect(told).toEqual([])
    expect(await go(after, ['a'], own)).toEqual(lost('effect', 'late'))
    expect(told).toEqual(['sent'])
    expect(await go({ ...after, kind: 'query' } as Operation, ['a'], own)).toEqual(failed('effect', 'late'))
  })

  test('at once, or is no error, is a failure too', async () => {
    const rude = (thrown: unknown): Operation =>
      question((() => {
        throw thrown
      }) as unknown as Operation['perform'])
    expect(await go(rude(new Error('rude')))).toEqual(failed('effect', 'rude'))
    expect(await go(rude('just words'))).toEqual(failed('effect', 'just words'))
    expect(await go(rude(undefined))).toEqual(failed('effect', 'undefined'))
  })

  test('by whoever is told that it is sent keeps it from happening', async () => {
    let went = false
    const operation = deed(async ({ sent }) => {
      await sent()
      went = true
      return done
    })
    const sent = async (): Promise<never> => {
      throw new Error('the journal is full')
    }
    expect(await go(operation, ['a'], { sent })).toEqual(failed('effect', 'the journal is full'))
    expect(went).toBe(false)
  })
})

test('a command that does not announce itself may have happened as soon as it is performed', async () => {
  const silent = (perform: () => Promise<Answer>): Operation =>
    deed(perform, { announces: false } as Partial<Operation>)
  const broken = silent(async () => {
    throw new Error('broken')
  })
  expect(effectsOf(broken).operation('box:', 'box/go')).toMatchObject({ value: { announces: false } })
  expect(await go(broken)).toEqual(lost('effect', 'broken'))
  // What it says itself counts.
  const saying = silent(async () => ({ kind: 'failed', failure: 'effect', detail: 'no' }))
  expect(await go(saying)).toEqual(failed('effect', 'no'))
  const late = AbortSignal.abort(new DOMException('late', 'TimeoutError'))
  expect(await effectsOf(saying).perform(call(['a']), late)).toEqual(failed('time', 'it has not ended in time'))
})

test('what is in the queue is told by the key of the command', () => {
  const child = { run: 'abc', job: block(1).cid }
  const operation = deed(async () => done, { child: key => (key === 'k' ? child : undefined) } as Partial<Operation>)
  expect(effectsOf(operation).child!(call(['a'], { key: 'k' }))).toEqual(child)
  expect(effectsOf(operation).child!(call(['a']))).toBeUndefined()
  expect(effectsOf(question(async () => done)).child!(call(['a']))).toBeUndefined()
})

describe('when the time is over', () => {
  const timeout = new DOMException('late', 'TimeoutError')
  const stop = new Error('stopped by SIGINT')

  /** Starts an operation, and ends its time while it waits for ever. */
  async function cutOff(
    kind: 'query' | 'command',
    begun: boolean,
    reason: Error,
    waits = true,
  ): Promise<EffectOutcome> {
    const timer = new AbortController()
    const operation = deed(
      async ({ sent }) => {
        if (begun) await sent()
        queueMicrotask(() => timer.abort(reason))
        return waits ? new Promise<never>(() => undefined) : done
      },
      { kind } as Partial<Operation>,
    )
    return effectsOf(operation).perform(call(['a']), timer.signal)
  }

  test('what has begun is lost, and what has not has failed', async () => {
    expect(await cutOff('command', true, timeout)).toEqual(lost('time', 'it has not ended in time'))
    expect(await cutOff('command', false, timeout)).toEqual(failed('time', 'it has not ended in time'))
    expect(await cutOff('query', false, timeout)).toEqual(failed('time', 'it has not ended in time'))
  })

  test('since the run is stopped, only what has begun has an outcome', async () => {
    expect(await cutOff('command', true, stop)).toEqual(lost('time', 'it has not ended in time'))
    await expect(cutOff('command', false, stop)).rejects.toBe(stop)
    await expect(cutOff('query', true, stop)).rejects.toBe(stop)
  })

  test('before it starts, it does not', async () => {
    let started = false
    const effects = effectsOf(question(async () => ((started = true), done)))
    expect(await effects.perform(call(['a']), AbortSignal.abort(timeout))).toEqual(
      failed('time', 'it has not ended in time'),
    )
    await expect(effects.perform(call(['a']), AbortSignal.abort(stop))).rejects.toBe(stop)
    expect(started).toBe(false)
  })

  test('nothing begins any more', async () => {
    const timer = new AbortController()
    let told = 0
    let late: Promise<unknown> = Promise.resolve()
    let begin: () => void = () => undefined
    const started = new Promise<void>(resolve => (begin = resolve))
    const operation = deed(({ sent, signal }) => {
      begin()
      late = new Promise(resolve => signal.addEventListener('abort', resolve)).then(() => sent())
      return late as Promise<never>
    })
    const outcome = effectsOf(operation).perform(call(['a'], { sent: async () => void told++ }), timer.signal)
    await started
    timer.abort(timeout)
    expect(await outcome).toEqual(failed('time', 'it has not ended in time'))
    await expect(late).rejects.toThrow('too late')
    expect(told).toBe(0)
  })

  test('nor where the time is over while it is written down', async () => {
    const timer = new AbortController()
    let went = false
    let noted: () => void = () => undefined
    const written = new Promise<void>(resolve => (noted = resolve))
    const operation = deed(async ({ sent }) => {
      await sent()
      went = true
      return done
    })
    const sent = async (): Promise<void> => {
      timer.abort(timeout)
      await written
    }
    expect(await effectsOf(operation).perform(call(['a'], { sent }), timer.signal)).toEqual(
      failed('time', 'it has not ended in time'),
    )
    noted()
    await new Promise(resolve => setImmediate(resolve))
    expect(went).toBe(false)
  })

  test('nor when the answer is given', async () => {
    let kept: () => Promise<void> = async () => undefined
    let told = 0
    const operation = deed(async ({ sent }) => ((kept = sent), done))
    expect(await go(operation, ['a'], { sent: async () => void told++ })).toMatchObject({ kind: 'ok' })
    await expect(kept()).rejects.toThrow('too late')
    expect(told).toBe(0)
  })
})

describe('secrets', () => {
  const secretText = types.secret(types.string)
  const headers = types.list(types.tuple(types.string, secretText))
  const telling = (tell: (args: readonly Value[]) => string, params: Type[], throws = false): Operation =>
    question(
      async ({ args }) => {
        if (throws) throw new Error(tell(args))
        return { kind: 'failed', failure: 'effect', detail: tell(args) }
      },
      { params },
    )
  const detailOf = async (operation: Operation, args: Ipld[]): Promise<string> => {
    const outcome = await go(operation, args)
    return (outcome as Extract<EffectOutcome, { kind: 'failed' }>).failure.detail!
  }

  test.each<[string, (secret: string) => string, string]>([
    ['as they are', secret => `<${secret}> and <${secret}>`, '<[secret]> and <[secret]>'],
    ['a word of them', secret => secret.split(' ')[1]!, '[secret]'],
    ['in a URL', secret => `?x=${encodeURIComponent(secret)}&`, '?x=[secret]&'],
    ['in JSON', secret => JSON.stringify({ secret }), '{"secret":"[secret]"}'],
    ['in base64', secret => Buffer.from(secret).toString('base64'), '[secret]'],
    ['in base64 for URLs', secret => Buffer.from(secret).toString('base64url'), '[secret]'],
    ['in hexadecimal', secret => Buffer.from(secret).toString('hex'), '[secret]'],
  ])('are told %s by nobody', async (_, tell, detail) => {
    const secret = 'Bearer hunter2/"ü" $1.*~~~???'
    for (const throws of [false, true]) {
      expect(
        await detailOf(
          telling(() => tell(secret), [secretText], throws),
          [secret],
        ),
      ).toBe(detail)
      expect(
        await detailOf(
          telling(() => tell(secret), [headers], throws),
          [[['authorization', secret]]],
        ),
      ).toBe(detail)
    }
  })

  test('of every type are covered, and what is none is not', async () => {
    const params = [
      types.string,
      types.secret(types.record({ a: types.string, b: types.list(types.u32) })),
      types.secret(types.option(types.bytes)),
      types.secret(types.ipld),
      types.option(types.secret(types.string)),
    ]
    const say = telling(() => 'plain aaaa 4711 bytes deep 815 some', params)
    const args: Ipld[] = ['plain', { a: 'aaaa', b: [4711] }, Buffer.from('bytes'), { x: ['deep', 815] }, 'some']
    expect(await detailOf(say, args)).toBe('plain [secret] [secret] [secret] [secret] [secret] [secret]')
  })

  test('that are long are not told in part, where a text is cut', async () => {
    const secret = 'abcdefgh'.repeat(100)
    const detail = await detailOf(
      telling(() => `${'x'.repeat(65_530)}${secret}`, [secretText]),
      [secret],
    )
    expect(detail).not.toContain('abc')
    expect(detail.startsWith('xxxx')).toBe(true)
    // An inner cut of 500 characters is made when they are covered.
    expect(
      await detailOf(
        telling(() => `${'x'.repeat(390)}${secret}`, [secretText]),
        [secret],
      ),
    ).toBe(`${'x'.repeat(390)}[secret]`)
  })

  test('that are too many make a failure say nothing', async () => {
    const many = Array.from({ length: 6000 }, (_, i) => `secret-${i}`)
    const say = telling(() => many[17]!, [types.list(secretText)])
    expect(await detailOf(say, [many])).toBe('what is to be said may hold secrets, and is left out')
  })
})

describe('a probe', () => {
  const probed = (probe: (request: Request) => Promise<Answer | { kind: 'absent' }>): Operation =>
    deed(async () => done, { recovery: { probe: 1000 }, probe } as Partial<Operation>)

  test('says whether it has happened', async () => {
    const seen: string[] = []
    const effects = (answer: Answer | { kind: 'absent' }): Effects =>
      effectsOf(probed(async ({ key }) => (seen.push(key), answer)))
    expect(await effects({ kind: 'absent' }).probe!(call(['a']), never)).toEqual({ kind: 'absent' })
    expect(await effects(done).probe!(call(['a']), never)).toEqual({ kind: 'ok', value: null, blocks: [] })
    expect(seen).toEqual(['ab'.repeat(32), 'ab'.repeat(32)])
    expect(effects(done).operation('box:', 'box/go')).toMatchObject({ value: { recovery: { probe: 1000 } } })
  })
})

describe('a provider', () => {
  const fine = providerOf(question(async () => done))
  const go = fine.operations['go']!
  const command = deed(async () => done)
  const withOperation = (operation: unknown): unknown => ({ ...fine, operations: { go: operation } })

  test.each<[unknown, string]>([
    [null, 'provider 1 is no object'],
    [[], 'provider 1 is no object'],
    [{ ...fine, name: 'a b' }, 'provider 1 has no name: "a b"'],
    [{ ...fine, name: 7 }, 'provider 1 has no name: 7'],
    [{ ...fine, scheme: 'box' }, '(`box`) has no scheme: "box"; one is `mailto:`'],
    [{ ...fine, operations: {} }, '(`box`) has no operations'],
    [{ ...fine, operations: { 'a b': go } }, '(`box`) has an operation of the name "a b"'],
    [withOperation(7), 'the operation `go` is no object'],
    [withOperation({ ...go, kind: 'ask' }), 'is of the kind "ask"; there are query, note and command'],
    [withOperation({ ...go, params: undefined }), 'has no list `params`'],
    [withOperation({ ...go, params: [types.string, { kind: 'text' }] }), 'of no type: the one at 1'],
    [withOperation({ ...go, params: [{ kind: 'list' }] }), 'of no type: the one at 0'],
    [withOperation({ ...go, params: [{ kind: 'enum', cases: [] }] }), 'of no type: the one at 0'],
    [withOperation({ ...go, result: undefined }), 'has no type `result`'],
    [withOperation({ ...go, perform: 7 }), 'has no function `perform`'],
    [withOperation({ ...command, recovery: undefined }), 'has no `recovery`'],
    [withOperation({ ...command, recovery: 'sometimes' }), 'has no `recovery`'],
    [withOperation({ ...command, recovery: { keyed: 0 } }), 'has no `recovery`'],
    [withOperation({ ...command, recovery: { keyed: 1, probe: 1 } }), 'has no `recovery`'],
    [withOperation({ ...command, recovery: { probe: 1 } }), 'needs a function `probe`'],
    [withOperation({ ...command, probe: async () => done }), 'needs a function `probe`'],
    [withOperation({ ...go, policy: 7 }), 'has a policy that is no object'],
    [withOperation({ ...go, policy: { ...byName, about: [] } }), 'is about no argument'],
    [withOperation({ ...go, policy: { ...byName, about: [1] } }), 'is about no argument'],
    [withOperation({ ...go, policy: { ...byName, subject: 7 } }), 'without the functions `subject` and `covers`'],
    [withOperation({ ...go, policy: { ...byName, wrong: 7 } }), 'whose `wrong` is no function'],
    [
      withOperation({ ...go, params: [types.secret(types.string)], policy: byName }),
      'has a policy about a secret, which grants would tell',
    ],
  ])('that is wrong is refused: %#', (provider, error) => {
    expect(createEffects({ providers: [provider as Provider], grants: [] })).toEqual({
      ok: false,
      error: expect.stringContaining(error),
    })
  })

  test('has a name of its own', () => {
    expect(createEffects({ providers: [fine, fine], grants: [] })).toEqual({
      ok: false,
      error: 'there are two providers of the name `box`',
    })
    expect(createEffects({ providers: [fine, { ...fine, name: 'bag' }], grants: ['bag.go'] }).ok).toBe(true)
  })
})
