import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Body, Task } from '../../dag/graph.ts'
import { materialize } from '../../dag/place.ts'
import { ok } from '../../dag/result.ts'
import { encodeType, type Type } from '../../dag/types.ts'
import type { Effects, Executor, RunEvent, RunOptions, RunOutcome, Store } from '../../runtime/interface.ts'
import { resume, run } from '../../runtime/run.ts'
import { openStore } from '../../runtime/store/open.ts'
import { createLocalExecutor } from '../../runtime/wasm/pool.ts'
import { failure } from '../../runtime/wasm/failure.ts'
import {
  awaited,
  body,
  branch,
  call,
  core,
  each,
  fold,
  jobOf,
  list,
  listOf,
  putFile,
  query,
  s32,
  value,
} from './harness/jobs.ts'

/** What nobody may find anywhere. */
const CANARY = 'c4n4ry-in-the-c0al-m1ne'
const text: Type = { kind: 'string' }

let executor: Executor
const folders: string[] = []
beforeAll(() => (executor = createLocalExecutor({ workers: 1 })))
afterAll(async () => {
  await executor.close()
  for (const folder of folders) rmSync(folder, { recursive: true })
})

/** Two services that want a token, and the place where it is kept. */
class Vault {
  /** What the services were given, whole. */
  readonly seen: string[] = []
  reads = 0
  lose = false

  get effects(): Effects {
    return {
      operation: (_, op) =>
        ok(
          op === 'vault/get'
            ? { kind: 'query', recovery: 'idempotent', secrets: [false], secret: true }
            : op === 'web/ask'
              ? { kind: 'query', recovery: 'idempotent', secrets: [true], secret: false }
              : op === 'web/open'
                ? { kind: 'query', recovery: 'idempotent', secrets: [false], secret: false }
                : { kind: 'command', recovery: 'irrevocable', secrets: [true, true], secret: false, announces: true },
        ),
      missing: async () => undefined,
      perform: async ({ op, args, load, sent }) => {
        if (op === 'vault/get') {
          this.reads++
          return { kind: 'ok', value: CANARY, blocks: [] }
        }
        await sent()
        for (const arg of args) {
          const read = await materialize(text, arg, load)
          if (!read.ok) throw new Error(read.error.message)
          this.seen.push(read.value as string)
        }
        const fault = failure('effect', `the server says: ${CANARY}`)
        if (this.lose) return { kind: 'lost', failure: fault }
        return op === 'web/fail' ? { kind: 'failed', failure: fault } : { kind: 'ok', value: 7, blocks: [] }
      },
    }
  }
}

interface Scene {
  vault: Vault
  store: Store
  folder: string
  told: string[]
  go: (result: Task, commands?: Task[], type?: Type, more?: Partial<RunOptions>) => Promise<RunOutcome>
  again: (id: string) => Promise<RunOutcome>
  /** Files of the store that hold what they must not. */
  leaks: () => Promise<string[]>
}

function scene(): Scene {
  const folder = mkdtempSync(join(tmpdir(), 'ipvm-secrets-'))
  folders.push(folder)
  const opened = openStore(folder)
  if (!opened.ok) throw new Error(opened.error.message)
  const store = opened.value
  const vault = new Vault()
  const told: string[] = []
  const options = (): RunOptions => ({
    ...{ store, executor, effects: vault.effects },
    onEvent: (event: RunEvent) => void told.push(JSON.stringify(event)),
  })
  const tell = (outcome: RunOutcome): RunOutcome => {
    told.push(JSON.stringify(outcome))
    return outcome
  }
  return {
    ...{ vault, store, folder, told },
    go: async (result, commands = [], type = s32, more = {}) =>
      tell(await run(await jobOf(store, result, type, {}, commands), new Map(), { ...options(), ...more })),
    again: async id => tell(await resume(id, options())),
    async leaks() {
      await store.close()
      const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
      expect(files.length).toBeGreaterThan(0)
      return files.map(file => join(file.parentPath, file.name)).filter(path => readFileSync(path).includes(CANARY))
    },
  }
}

const token = (): Task => query('vault/get', [value('TOKEN')])
const bearer = (): Task => core('core/text', [value('Bearer '), token()])
/** So long that it does not stand inline. */
const long = (): Task =>
  core(
    'core/text',
    Array.from({ length: 200 }, () => awaited(token())),
  )

describe('a secret', () => {
  test('goes where it is meant to go and nowhere else, in all that is computed from it', async () => {
    const { vault, store, told, go, leaks } = scene()
    const hello = await putFile(store, readFileSync('examples/hello/hello.wasm'))
    const greeting = call(hello, 'greet', [bearer()])
    const asked = each(
      list(awaited(bearer()), awaited(long())),
      body(1, (_, x) => query('web/ask', [x])),
      listOf(s32),
      text,
    )
    const way = (n: number): Body => body(0, () => core('core/text', [token(), value(`${n}`)]))
    const chosen = branch(core('core/equal', [token(), value('another'), value('string')]), [way(1), way(2)])
    const sent = query('web/send', [long(), greeting])
    const also = query('web/send', [chosen, value('nothing')], [asked])
    const grown = fold(
      value([1, 2]),
      value('='),
      body(2, (_, line) => core('core/text', [line, token()])),
    )
    const either = branch(1, [way(3), way(4)])
    const third = query('web/send', [grown, either])
    const outcome = await go(sent, [sent, also, third])
    expect(outcome).toMatchObject({ ok: true, result: 7 })
    const [first, second] = [`Bearer ${CANARY}`, CANARY.repeat(200)]
    expect(vault.seen.filter(line => line.includes(CANARY)).sort()).toEqual(
      [first, second, second, `Hello, ${first}!`, `${CANARY}2`, `=${CANARY}${CANARY}`, `${CANARY}4`].sort(),
    )
    expect(told.join()).not.toContain(CANARY)
    expect(await leaks()).toEqual([])
  })

  test('is not told where something fails, and is read again when the run is resumed', async () => {
    const { vault, store, told, go, again, leaks } = scene()
    const failing = query('web/fail', [bearer(), value('x')])
    expect(await go(failing, [failing])).toMatchObject({ ok: false, failure: { kind: 'effect' } })
    vault.lose = true
    const sent = query('web/send', [bearer(), long()])
    const outcome = await go(sent, [sent])
    expect(outcome).toMatchObject({ unknown: [{ op: 'web/send', args: null }] })
    const reads = vault.reads
    expect(await again(outcome.summary!.run)).toMatchObject({ unknown: [{ op: 'web/send', args: null }] })
    expect(vault.reads).toBeGreaterThan(reads)
    expect(vault.seen.filter(line => line === CANARY.repeat(200)).length).toBe(1)
    expect(told.join()).not.toContain(CANARY)
    expect(await store.tasks(outcome.summary!.run)).toEqual([])
    expect(await leaks()).toEqual([])
  })

  test('is given to no operation that does not keep it one, and is no result of a job', async () => {
    const { vault, told, go, leaks } = scene()
    expect(await go(query('web/open', [bearer()]))).toMatchObject({
      failure: { kind: 'refused', detail: 'argument 1 is a secret, and the operation does not keep it one' },
    })
    expect(vault.seen).toEqual([])
    for (const secret of [bearer(), long()])
      expect(await go(secret, [], text)).toMatchObject({ error: { code: 'secret' } })
    const count = core('core/length', [list(awaited(bearer())), value(encodeType(listOf(text)))])
    expect(await go(count)).toMatchObject({ error: { code: 'secret' } })
    expect(told.join()).not.toContain(CANARY)
    expect(await leaks()).toEqual([])
  })
})

test('no command gives one: its result is in the journal', async () => {
  const { vault, go, leaks } = scene()
  const effects = vault.effects
  const login: Effects = {
    ...effects,
    operation: (_, op) =>
      op === 'vault/open'
        ? ok({ kind: 'command', recovery: 'irrevocable', secret: true, announces: true })
        : effects.operation(_, op),
    perform: async (call, signal) =>
      call.op === 'vault/open' ? { kind: 'ok', value: CANARY, blocks: [] } : effects.perform(call, signal),
  }
  const opened = query('vault/open', [])
  const sent = query('web/send', [opened, value('x')])
  expect(await go(sent, [opened, sent], s32, { effects: login })).toMatchObject({
    error: { code: 'effects', message: '`vault.open` is a command that gives a secret, which its journal would hold' },
  })
  expect(await leaks()).toEqual([])
})

test('where nothing is secret, what is computed is kept as ever', async () => {
  const { store, go } = scene()
  const hello = await putFile(store, readFileSync('examples/hello/hello.wasm'))
  const asked = query('web/open', [call(hello, 'greet', [value('Ada')])])
  const outcome = await go(asked)
  expect(outcome).toMatchObject({ ok: true })
  expect((await store.tasks(outcome.summary!.run)).length).toBe(2)
  await store.close()
})
