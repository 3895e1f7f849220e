import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { RunRecord } from '../../runtime/interface.ts'
import { openStore } from '../../runtime/store/open.ts'
import { folder, ipvm, json, root } from './harness.ts'
import { Receiver } from './harness/receiver.ts'

/** What is in the records of the runs, the oldest first. */
async function records(cwd: string): Promise<RunRecord[]> {
  const store = openStore(join(cwd, '.ipvm'))
  if (!store.ok) throw new Error(store.error.message)
  const runs = await store.value.runs()
  await store.value.close()
  return runs.reverse()
}

describe('the mailbox', () => {
  /** A folder with the example, built, and the job's CID. */
  let template: string
  let itself: string
  beforeAll(async () => {
    template = folder({ 'mailbox.ipvm': readFileSync(join(root, 'examples/mailbox/mailbox.ipvm')) })
    itself = (await ipvm(['build', 'mailbox.ipvm'], { cwd: template })).out.trim()
  })

  test('keeps its state though the worker is killed again and again', { timeout: 120_000 }, async () => {
    const cwd = folder()
    cpSync(template, cwd, { recursive: true })
    mkdirSync(join(cwd, 'mailbox'))
    const messages = 12
    for (let n = 1; n <= messages; n++) writeFileSync(join(cwd, 'mailbox', `${100 + n}`), 'x'.repeat(n))
    const grants = ['fs.list=mailbox', 'fs.read=mailbox', 'fs.write=sum.txt', 'job.enqueue']
    const args = ['--arg', `next=cid"${itself}"`, ...grants.flatMap(grant => ['--allow', grant])]
    const first = await json(['run', 'mailbox.ipvm', ...args], { cwd })
    expect(first).toMatchObject({ code: 0, value: { value: { result: { seen: 1, bytes: 1 } } } })
    for (const place of ['write', 'half', 'sync', 'synced'])
      for (let n = 1; n <= 4; n++) expect((await ipvm(['work'], { cwd, die: `${place} ${n}` })).code).toBe(null)
    expect((await json(['work'], { cwd })).code).toBe(0)
    expect(readFileSync(join(cwd, 'sum.txt'), 'utf8')).toBe(
      `${(messages * (messages + 1)) / 2} bytes in ${messages} messages\n`,
    )
    // One turn for each message, and one that finds no other.
    const { value: runs } = await json(['runs'], { cwd })
    expect(runs.value.map(({ state }: { state: string }) => state)).toEqual(Array(messages + 1).fill('done'))
  })
})

/** A job that enqueues two others, each of which posts to a path and asks a question then, and fails where it is told to. */
const source = `import { http, job } from "ipvm:effects"

export job main(one: link<ipld>, at: string, a: u16 = 1, b: u16 = 1) -> () uses job.enqueue {
  let first = do job.enqueue(link({ job: one, args: { at: at, path: "a", divisor: a } } as ipld))
  do job.enqueue(link({ job: one, args: { at: at, path: "b", divisor: b } } as ipld)) after first
  ()
}

export job one(at: string, path: string, divisor: u16) -> u16 uses http.get, http.post {
  let posted = do http.post("\${at}/\${path}", body: b"")?.status
  let asked = http.get("\${at}/asked/\${path}")?.status after posted
  asked / divisor
}
`

interface Filled {
  args?: string[]
  grants?: string[]
}

describe('the queue', () => {
  let template: string
  let one: string
  beforeAll(async () => {
    template = folder({ 'job.ipvm': source })
    one = (await ipvm(['build', 'job.ipvm', '-j', 'one'], { cwd: template })).out.trim()
  })

  let cwd: string
  let receiver: Receiver
  beforeEach(async () => {
    cwd = folder()
    cpSync(template, cwd, { recursive: true })
    receiver = await Receiver.start()
  })
  afterEach(() => receiver[Symbol.asyncDispose]())

  /** Runs the parent; the ids of those that wait. */
  async function enqueue({ args = [], grants = [`http.*=${receiver.host}`] }: Filled = {}): Promise<[string, string]> {
    const given = [`one=cid"${one}"`, `at=${receiver.url}`, ...args].flatMap(arg => ['--arg', arg])
    const may = ['job.enqueue', ...grants].flatMap(grant => ['--allow', grant])
    const { code, err } = await ipvm(['run', 'job.ipvm', '-j', 'main', ...given, ...may], { cwd })
    expect({ code, err }).toMatchObject({ code: 0 })
    const waiting = (await records(cwd)).filter(({ parent }) => parent !== null)
    expect(waiting).toMatchObject([{ state: 'waiting' }, { state: 'waiting' }])
    return waiting.map(({ run }) => run) as [string, string]
  }

  const posts = (): string[] => receiver.deeds.map(({ path }) => path)

  test('is run the oldest first, with the grants of whoever filled it', async () => {
    const [a, b] = await enqueue()
    const { code, out, err } = await ipvm(['work'], { cwd })
    expect({ code, out, err }).toEqual({
      code: 0,
      out: '',
      err: `${a}: done\n${b}: done\n2 runs; nothing else waits.\n`,
    })
    expect(posts()).toEqual(['/a', '/b'])
    expect(await ipvm(['work'], { cwd })).toMatchObject({ code: 0, out: '', err: 'Nothing waits.\n' })
    expect((await json(['work'], { cwd })).value).toEqual({ ok: true, value: [] })
  })

  test('is empty where there is no store, and none is made', async () => {
    expect(await ipvm(['work'], { cwd: folder() })).toMatchObject({ code: 0, out: '', err: 'Nothing waits.\n' })
    const nowhere = folder()
    expect(await json(['work'], { cwd: nowhere })).toMatchObject({ code: 0, value: { ok: true, value: [] } })
    expect(readdirSync(nowhere)).toEqual([])
  })

  test('is told of by names where a job was built here', async () => {
    const source = 'export job main(a: u16 = 0) -> u16 { 4 / a }\n'
    writeFileSync(join(cwd, 'failing.ipvm'), source)
    const job = (await ipvm(['build', 'failing.ipvm', '--arg', 'a=0'], { cwd })).out.trim()
    writeFileSync(
      join(cwd, 'fill.ipvm'),
      `import { job } from "ipvm:effects"\nexport job main(one: link<ipld>) -> () uses job.enqueue { do job.enqueue(one)\n ()\n}\n`,
    )
    const fill = ['run', 'fill.ipvm', '--arg', `one=cid"${job}"`, '--allow', 'job.enqueue']
    expect(await ipvm(fill, { cwd })).toMatchObject({ code: 0 })
    expect((await ipvm(['work'], { cwd })).err).toContain('--> failing.ipvm:1:38')
  })

  test('is run so far as it is said', async () => {
    const [a, b] = await enqueue()
    const { code, err } = await ipvm(['work', '--limit', '1'], { cwd })
    expect({ code, err }).toEqual({ code: 0, err: `${a}: done\n1 run; others wait.\n` })
    const rest = await json(['work', '--limit', '1'], { cwd })
    const job = expect.stringMatching(/^bafy/)
    expect(rest).toMatchObject({ code: 0, value: { ok: true, value: [{ run: b, job, state: 'done' }] } })
    expect(await ipvm(['work', '--limit', '1'], { cwd })).toMatchObject({ code: 0, err: 'Nothing waits.\n' })
    expect(posts()).toEqual(['/a', '/b'])
  })

  test('goes on behind a run that fails', async () => {
    const [a, b] = await enqueue({ args: ['a=0'] })
    const { code, out, err } = await ipvm(['work'], { cwd })
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err.replace(/bafy\w+/, 'CID')).toBe(`${a}: error[value]: A task failed: the value does not fit
  division by zero
  task CID

2 tasks: 2 ran, 0 hits, 1 failed
0 commands were undone.
1 command stands and has no undo.
${b}: done
error: Not done: 1 of 2 runs.
`)
    // What has failed has had its turn.
    expect(await ipvm(['work'], { cwd })).toMatchObject({ code: 0, err: 'Nothing waits.\n' })
  })

  test('tells why not all of it is done', async () => {
    const [a, b] = await enqueue({ args: ['b=0'] })
    receiver.decide = ({ path }) => (path === '/a' ? 'drop' : undefined)
    const { code, value } = await json(['work'], { cwd })
    expect(code).toBe(5)
    expect(value).toMatchObject({
      ok: false,
      failure: {
        kind: 'work',
        message: 'Not done: 2 of 2 runs.',
        runs: [
          { run: a, state: 'unknown', failure: { kind: 'unknown', unknown: [{ op: 'http/post' }] } },
          { run: b, state: 'failed', failure: { kind: 'value', undone: 0, standing: 1 } },
        ],
      },
    })
    const [{ task }] = value.failure.runs[0].failure.unknown
    const said = ['--as', 'done', '--result', 'ok({ status: 200, headers: [], body: b"" })']
    expect(await ipvm(['resolve', a, task, ...said], { cwd })).toMatchObject({ code: 0 })
    expect((await json(['work'], { cwd })).value).toMatchObject({ ok: true, value: [{ run: a, state: 'done' }] })
    expect(posts()).toEqual(['/a', '/b'])
  })

  test('waits where it may not do what it would do', async () => {
    const [a, b] = await enqueue({ grants: [`http.get=${receiver.host}`] })
    const { code, err } = await ipvm(['work', '--limit', '1'], { cwd })
    expect({ code, err }).toEqual({
      code: 4,
      err: `${a}: error: Nothing was started:
  \`http.post=${receiver.host}\` is not granted
With all that is missing:
  ipvm work --limit 1 --allow http.post=${receiver.host}
error: Not done: 1 of 1 run.
`,
    })
    const refused = await json(['work'], { cwd })
    expect(refused).toMatchObject({ code: 4, value: { failure: { runs: [{ run: a, state: 'waiting' }, { run: b }] } } })
    expect(posts()).toEqual([])
    const granted = await json(['work', '--allow', `http.*=${receiver.host}`], { cwd })
    expect(granted).toMatchObject({ code: 0, value: { value: [{ run: a }, { run: b }] } })
  })

  test('may do what was granted when it was filled, whatever the configuration says by now', async () => {
    const [a] = await enqueue({ grants: [`http.get=${receiver.host}`] })
    writeFileSync(join(cwd, 'ipvm.config.mjs'), 'export default { allow: ["http.*"] }\n')
    const refused = await json(['work', '--limit', '1'], { cwd })
    expect(refused).toMatchObject({ code: 4, value: { failure: { runs: [{ run: a, state: 'waiting' }] } } })
    expect(await json(['resume', a], { cwd })).toMatchObject({ code: 4 })
    expect(posts()).toEqual([])
  })

  test('of two workers at once is run by one', async () => {
    const [a, b] = await enqueue()
    const both = [1, 2].map(() => json(['work'], { cwd }))
    // Whoever has the first is kept at it until the other has found nothing else.
    receiver.decide = async ({ path }) => void (path === '/a' && (await Promise.race(both)))
    const ended = await Promise.all(both)
    expect(ended).toMatchObject([{ code: 0 }, { code: 0 }])
    expect(ended.flatMap(({ value }) => value.value.map(({ run }: { run: string }) => run)).sort()).toEqual(
      [a, b].sort(),
    )
    expect(posts().sort()).toEqual(['/a', '/b'])
  })

  test('may be run by another worker while one looks at it', async () => {
    const [a, b] = await enqueue()
    // The configuration is read between the look and the run.
    const waits = 'if (process.env.WAIT) await fetch(process.env.WAIT)\nexport default {}\n'
    writeFileSync(join(cwd, 'ipvm.config.mjs'), waits)
    let other: Promise<unknown> | undefined
    receiver.decide = async ({ path }) => void (path === '/wait' && (await (other ??= json(['work'], { cwd }))))
    const late = await json(['work'], { cwd, env: { WAIT: `${receiver.url}/wait` } })
    expect(await other).toMatchObject({ code: 0, value: { value: [{ run: a }, { run: b }] } })
    expect(late).toMatchObject({ code: 0, value: { ok: true, value: [] } })
  })

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('is left where it is by %s, and gone on with', async (signal, exit) => {
    const [a, b] = await enqueue()
    receiver.decide = ({ path }) => (path === '/asked/a' ? new Promise(() => undefined) : undefined)
    let kill: (signal: NodeJS.Signals) => void
    const asked = receiver.arrival('/asked/a')
    const working = json(['work'], { cwd, onStart: given => (kill = given) })
    await asked
    kill!(signal)
    const { code, value } = await working
    expect(code).toBe(exit)
    expect(value.failure).toMatchObject({
      kind: 'stopped',
      message: 'The work was stopped; `ipvm work` goes on with it.',
    })
    expect(value.failure.runs).toMatchObject([{ run: a, state: 'stopped', failure: { kind: 'stopped', run: a } }])
    receiver.decide = () => undefined
    const rest = await json(['work'], { cwd })
    expect(rest).toMatchObject({ code: 0, value: { value: [{ run: a }, { run: b }] } })
    expect(posts()).toEqual(['/a', '/b'])
  })
})
