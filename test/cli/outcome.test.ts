import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseCid } from '../../dag/cid.ts'
import { openStore } from '../../runtime/store/open.ts'
import { folder, ipvm, json } from './harness.ts'
import { Receiver } from './harness/receiver.ts'

let receiver: Receiver
beforeEach(async () => void (receiver = await Receiver.start()))
afterEach(() => receiver[Symbol.asyncDispose]())

/** Lets the commands of these paths be lost: they arrive, and nobody hears what they came to. */
function lose(...paths: string[]): void {
  receiver.decide = ({ method, path }) => (method !== 'GET' && paths.includes(path) ? 'drop' : undefined)
}

/** A folder with a job. */
const project = (source: string): string => folder({ 'job.ipvm': source })
const begin = (): string[] => ['run', 'job.ipvm', '--arg', `at=${receiver.url}`, '--allow', `http.*=${receiver.host}`]
const runIn = (cwd: string): string =>
  readdirSync(join(cwd, '.ipvm/runs'))
    .find(name => name.endsWith('.journal'))!
    .split('.')[0]!

/** What varies from run to run and from machine to machine. */
const plain = (text: string, cwd: string): string =>
  text
    .replaceAll(receiver.host, 'HOST')
    .replace(/\b[0-9a-f]{12}\b/g, 'RUN')
    .replaceAll(cwd, 'FOLDER')
    .replace(/\bbafy\w+/g, 'CID')
    .replace(/\b[\d.]+ m?s\b/g, '… ms')

/** What a command line prints, and its exit code. */
async function said(args: string[], cwd: string): Promise<{ code: number | null; out: string; err: string }> {
  const { code, out, err } = await ipvm(args, { cwd })
  return { code, out: plain(out, cwd), err: plain(err, cwd) }
}

const two = `import { http } from "ipvm:effects"

export job main(at: string) -> u16 uses http.post {
  let first = do http.post("\${at}/first", body: b"1")?.status
  let second = do http.post("\${at}/second", body: b"\\x07")?.status
  first + second
}
`
const answer = 'ok({ status: 200, headers: [], body: b"" })'

const response = 'result<record { status: u16, headers: list<tuple<string, string>>, body: bytes }, string>'

describe('an outcome that nobody knows', { timeout: 120_000 }, () => {
  test('is told with how to go on, resolved by what somebody has found out, and resumed', async () => {
    const cwd = project(two)
    lose('/second')
    expect(await said(begin(), cwd)).toEqual({
      code: 5,
      out: '',
      err: `unknown: Nobody knows whether a command has happened; what depends on that waits.
  http.post("http://HOST/second", b"\\x07", []): the connection was lost
    task CID
Find out, and say for each what it came to:
  ipvm resolve RUN CID --as failed
  ipvm resolve RUN CID --as done --result VALUE
Then go on, which sends nothing again but what may be sent twice:
  ipvm resume RUN
`,
    })
    const run = runIn(cwd)
    const told = await json(['resume', run.slice(0, 8)], { cwd })
    expect(told).toMatchObject({ code: 5, err: '' })
    const task = told.value.failure.unknown[0].task
    expect(told.value).toEqual({
      ok: false,
      failure: {
        kind: 'unknown',
        message: 'Nobody knows whether a command has happened; what depends on that waits.',
        ...{ run, job: expect.stringMatching(/^bafy/) },
        ...{ tasks: 2, ran: 0, hits: 1, failed: 0, gas: 0, ms: expect.any(Number) },
        unknown: [
          {
            task: expect.stringMatching(/^bafy/),
            op: 'http/post',
            args: [`${receiver.url}/second`, { '/': { bytes: 'Bw' } }, []],
            detail: 'the connection was lost',
          },
        ],
      },
    })

    const wrong: [string[], string][] = [
      [[run, 'x', '--as', 'done'], '`x` is none of the commands whose outcome is unknown: CID (http.post).'],
      [[run, '', '--as', 'failed'], '`` is none of the commands whose outcome is unknown: CID (http.post).'],
      [[run, task], 'Say what became of it: `--as done`, or `--as failed`.'],
      [[run, task, '--as', 'lost'], '`--as` takes done, failed; `lost` is none of them.'],
      [[run], '`resolve` needs RUN TASK; `ipvm help resolve` says more.'],
      [
        [run, task, '--as', 'failed', '--result', answer],
        '`--result` is what a command gave that is done; one that failed gave nothing.',
      ],
      [
        [run, task, '--as', 'done'],
        `\`http.post\` gives a \`${response}\`, which others may need: say which by \`--result VALUE\`, as with \`--arg\`.`,
      ],
      [
        [run, task, '--as', 'done', '--result', '200'],
        `\`--result 200\` is none: \`${response}\` is expected here, but this is a number.`,
      ],
      [
        [run, task, '--as', 'done', '--result', 'ok('],
        `\`--result ok(\` is none: The \`(\` is not closed: \`)\` is missing here. (a \`${response}\` is written as a literal of the language).`,
      ],
    ]
    for (const [args, message] of wrong)
      expect(await said(['resolve', ...args], cwd)).toEqual({ code: 2, out: '', err: `error: ${message}\n` })

    expect(await said(['resolve', run.slice(0, 8), task, '--as', 'done', '--result', answer], cwd)).toEqual({
      ...{ code: 0, out: '' },
      err: 'Nothing else is unknown; `ipvm resume RUN` goes on.\n',
    })
    expect(await said(['resolve', run, task, '--as', 'failed'], cwd)).toEqual({
      ...{ code: 2, out: '' },
      err: 'error: The run RUN has no command whose outcome is unknown.\n',
    })
    expect(await said(['resume', run], cwd)).toEqual({
      ...{ code: 0, out: '400\n' },
      err: '2 tasks: 0 ran, 2 hits, … ms\n',
    })
    expect(receiver.deeds.map(({ path }) => path).sort()).toEqual(['/first', '/second'])
  })

  test('of several is told of each, in what a terminal does not obey', async () => {
    const cwd = project(two.replace('/first', '/\\u{202e}first').replace('"1"', '"\\x1b"'))
    lose('/second', '/%E2%80%AEfirst')
    const { code, err } = await said(begin(), cwd)
    expect(code).toBe(5)
    const lines = err.split('\n')
    expect(lines[0]).toBe('unknown: Nobody knows whether 2 commands have happened; what depends on that waits.')
    expect(lines.slice(1, 5).sort()).toEqual([
      '    task CID',
      '    task CID',
      '  http.post("http://HOST/\\u{202e}first", b"\\x1b", []): the connection was lost',
      '  http.post("http://HOST/second", b"\\x07", []): the connection was lost',
    ])
    const run = runIn(cwd)
    const { value } = await json(['resume', run], { cwd })
    const [one, other] = value.failure.unknown.map(({ task }: { task: string }) => task)
    expect(await said(['resolve', run, 'bafy', '--as', 'failed'], cwd)).toEqual({
      ...{ code: 2, out: '' },
      err: 'error: `bafy` is several of the commands whose outcome is unknown: CID (http.post), CID (http.post).\n',
    })
    const first = await ipvm(['resolve', run, one, '--as', 'failed'], { cwd })
    expect(first.err).toBe(`Still unknown: ${other} (http.post); \`ipvm resume ${run}\` goes on.\n`)
    expect((await json(['resolve', run, other, '--as', 'failed'], { cwd })).value).toEqual({
      ok: true,
      value: { run, unknown: [] },
    })
    const ended = await said(['resume', run], cwd)
    expect(ended).toMatchObject({ code: 1, out: '' })
    expect(ended.err).toContain('error[effect]: `http.post` failed: the effect failed\n  --> job.ipvm:4:18\n')
    expect(ended.err).toContain('\n  it was said not to have happened\n  task CID\n')
  })
})

describe('a run that is named', { timeout: 120_000 }, () => {
  test('is one of this store that has not ended, by as much of its id as tells it from others', async () => {
    const cwd = project(two)
    expect((await ipvm(begin(), { cwd })).code).toBe(0)
    const run = runIn(cwd)
    const store = openStore(join(cwd, '.ipvm'))
    const job = parseCid('bafyreie6oluigknrnmnfwlkqynhlhszgpoagidbabyoy3f2wordh25cgty')
    if (!store.ok || !job.ok) throw new Error('there is no store')
    const other = { job: job.value, state: 'stopped' as const, started: 0, parent: null, grants: [] }
    // No digit of the other one is an `x`.
    await store.value.adopt(['xy0000000001', 'xz0000000002'].map(id => ({ ...other, run: id })))
    await store.value.close()
    const cases: [string[], string][] = [
      [['resume', run], 'The run RUN has ended: done.'],
      [['cancel', run], 'The run RUN has ended: done.'],
      [['resolve', run, 'x', '--as', 'failed'], 'The run RUN has no command whose outcome is unknown.'],
      [['resume', 'x'], '`x` is the beginning of 2 runs; `ipvm runs` lists them.'],
      [['resume', ''], '`` is no run of the store FOLDER/.ipvm; `ipvm runs` lists them.'],
      [['cancel', 'nothing'], '`nothing` is no run of the store FOLDER/.ipvm; `ipvm runs` lists them.'],
      [['resolve', 'q', 'x', '--as', 'done'], '`q` is no run of the store FOLDER/.ipvm; `ipvm runs` lists them.'],
    ]
    for (const [args, message] of cases)
      expect(await said(args, cwd)).toEqual({ code: 2, out: '', err: `error: ${message}\n` })
    expect(await json(['resume', 'xy'], { cwd })).toMatchObject({
      code: 3,
      value: { diagnostics: [{ code: 'IPVM9002' }] },
    })
    // Another store has others, and where there is none there are none.
    const elsewhere = folder()
    expect(await ipvm(['resume', run], { cwd: elsewhere })).toMatchObject({
      code: 2,
      err: `error: \`${run}\` is no run of the store ${elsewhere}/.ipvm; \`ipvm runs\` lists them.\n`,
    })
    expect(readdirSync(elsewhere)).toEqual([])
  })

  test('is begun again beside itself where that is wanted alone', async () => {
    const cwd = project(two)
    lose('/second')
    expect((await ipvm(begin(), { cwd })).code).toBe(5)
    const message =
      'The run RUN of the same job has begun to change something and has not ended: `ipvm resume RUN` goes on with it, `--new` begins another one.'
    expect(await said(begin(), cwd)).toEqual({ code: 2, out: '', err: `error: ${message}\n` })
    receiver.decide = () => undefined
    expect(await said([...begin(), '--new'], cwd)).toMatchObject({ code: 0, out: '400\n' })
    // The first one is still there.
    expect((await ipvm(begin(), { cwd })).code).toBe(2)
    expect(receiver.deeds).toHaveLength(4)
  })
})

/** Three bookings, of which two say how they are undone, and what makes the job fail where it is nought. */
const booked = `import { http } from "ipvm:effects"

export job main(at: string, divisor: u16 = 0) -> u16 uses http.delete, http.post {
  let a = (do http.post("\${at}/a", body: b"") undo _ => do http.delete("\${at}/a")?)?.status
  let b = (do http.post("\${at}/b", body: b"") after a undo _ => do http.delete("\${at}/b")?)?.status
  let c = do http.post("\${at}/c", body: b"")?.status after b
  c / divisor
}
`

/** The same, of which the second undo fails. */
const stubborn = booked.replace(
  'undo _ => do http.delete("${at}/b")?)',
  'undo _ => { let gone = do http.delete("${at}/b")?.status\n gone / (divisor * 0) })',
)

describe('what was done before a job failed', () => {
  const told = `error[value]: \`c / divisor\` failed: the value does not fit
  --> job.ipvm:7:3
   |
 7 |   c / divisor
   |   ^^^^^^^^^^^
  division by zero
  task CID

5 tasks: 5 ran, 0 hits, 1 failed
`
  test('is undone, and it is said what stands', async () => {
    const cwd = project(booked)
    expect(await said(begin(), cwd)).toEqual({
      ...{ code: 1, out: '' },
      err: `${told}2 commands were undone.\n1 command stands and has no undo.\n`,
    })
    expect(receiver.deeds.slice(3).map(({ method, path }) => `${method} ${path}`)).toEqual(['DELETE /b', 'DELETE /a'])
  })

  test('is told though the process was lost that undid it', async () => {
    const cwd = project(booked)
    // Five commands have an intent and an outcome each, and the last frame is the end.
    expect((await ipvm(begin(), { cwd, die: 'synced 11' })).code).toBe(null)
    const { code, value } = await json(['resume', runIn(cwd)], { cwd })
    expect({ code, value }).toMatchObject({ code: 1, value: { failure: { kind: 'value', undone: 2, standing: 1 } } })
    expect(receiver.deeds).toHaveLength(5)
  })

  test('stands where its undo fails', async () => {
    const cwd = project(stubborn)
    const { code, err } = await said(begin(), cwd)
    expect(code).toBe(1)
    expect(err.split('\n').slice(-4, -1)).toEqual([
      '1 command was undone.',
      '`http.post` stands: its undo failed (division by zero).',
      '1 command stands and has no undo.',
    ])
    const told = await json(begin(), { cwd })
    expect(told.value.failure).toMatchObject({
      ...{ undone: 1, standing: 1 },
      undoFailed: [
        { task: expect.stringMatching(/^bafy/), op: 'http/post', kind: 'value', detail: 'division by zero' },
      ],
    })
  })
})

describe('a run that is cancelled', () => {
  test('is undone', async () => {
    const cwd = project(booked)
    // Behind the outcome of the second command.
    expect((await ipvm(begin(), { cwd, die: 'synced 4' })).code).toBe(null)
    expect(await said(['cancel', runIn(cwd)], cwd)).toEqual({
      ...{ code: 0, out: '' },
      err: 'The run RUN was cancelled.\n2 commands were undone.\n',
    })
    expect(receiver.deeds.map(({ method, path }) => method + path)).toEqual([
      'POST/a',
      'POST/b',
      'DELETE/b',
      'DELETE/a',
    ])
    // It has ended, so that it is in nobody's way.
    expect((await ipvm(begin(), { cwd })).code).toBe(1)
  })

  test('and has changed nothing is over', async () => {
    const cwd = project(booked)
    expect((await ipvm(begin(), { cwd, die: 'write 1' })).code).toBe(null)
    expect(await said(['cancel', runIn(cwd)], cwd)).toEqual({
      ...{ code: 0, out: '' },
      err: 'The run RUN was cancelled.\nIt had changed nothing.\n',
    })
    expect(receiver.deeds).toEqual([])
  })

  test('is told in JSON, and is a failure where an undo is one', async () => {
    const cwd = project(booked)
    expect((await ipvm(begin(), { cwd, die: 'synced 4' })).code).toBe(null)
    const run = runIn(cwd)
    const job = expect.stringMatching(/^bafy/)
    const { code, value } = await json(['cancel', run], { cwd })
    expect({ code, value }).toEqual({ code: 0, value: { ok: true, value: { run, job, undone: 2, standing: 0 } } })

    const other = project(stubborn)
    expect((await ipvm(begin(), { cwd: other, die: 'synced 4' })).code).toBe(null)
    const failed = await json(['cancel', runIn(other)], { cwd: other })
    expect(failed).toMatchObject({ code: 1, value: { ok: false } })
    expect(failed.value.failure).toMatchObject({
      ...{ kind: 'cancelled', message: `The run ${runIn(other)} was cancelled.`, run: runIn(other), job },
      ...{ undone: 1, standing: 0, undoFailed: [{ op: 'http/post', kind: 'value' }] },
    })
  })

  test('may have been done before', async () => {
    const cwd = project(booked)
    // Three commands, and the end, which the store has not heard of.
    const done = [...begin(), '--arg', 'divisor=2']
    expect((await ipvm(done, { cwd, die: 'synced 7' })).code).toBe(null)
    expect(await said(['cancel', runIn(cwd)], cwd)).toEqual({
      ...{ code: 2, out: '' },
      err: 'error: The run RUN was done before it could be cancelled.\n',
    })
    expect(await said(['resume', runIn(cwd)], cwd)).toMatchObject({ err: 'error: The run RUN has ended: done.\n' })
    expect(receiver.deeds).toHaveLength(3)
  })
})
