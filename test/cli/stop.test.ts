import { cpSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { folder, ipvm, json, type Ended } from './harness.ts'
import { Receiver, type Arrival } from './harness/receiver.ts'

/** Two commands, one behind the other, each of which can be undone, and a question beside the second. */
const source = `import { http } from "ipvm:effects"

export job main(at: string) -> list<u16> uses http.delete, http.get, http.post {
  let first = (do http.post("\${at}/first", body: b"") undo _ => do http.delete("\${at}/first"))?.status
  let second = (do http.post("\${at}/second", body: b"") after first undo _ => do http.delete("\${at}/second"))?.status
  let asked = http.get("\${at}/asked")?.status after first
  let third = do http.post("\${at}/third", body: b"")?.status after second
  [first, second, asked, third]
}
`

let template: string
beforeAll(async () => {
  template = folder({ 'job.ipvm': source })
  await ipvm(['check', 'job.ipvm'], { cwd: template })
})

let cwd: string
let receiver: Receiver
beforeEach(async () => {
  cwd = folder()
  cpSync(template, cwd, { recursive: true })
  receiver = await Receiver.start()
})
afterEach(() => receiver[Symbol.asyncDispose]())

const deeds = (): string[] => receiver.deeds.map(({ method, path }) => `${method} ${path}`)
/** The run that is there. */
const runOf = (): string =>
  readdirSync(join(cwd, '.ipvm/runs'))
    .find(name => name.endsWith('.journal'))!
    .split('.')[0]!
const all = ['POST /first', 'POST /second', 'POST /third']

const begin = (): string[] => ['run', 'job.ipvm', '--arg', `at=${receiver.url}`, '--allow', `http.*=${receiver.host}`]

/** A run of which the second command is under way, and is answered when `go` is called. */
interface UnderWay {
  ended: Promise<Ended>
  kill: (signal: NodeJS.Signals) => void
  /** Resolves when the run has let go of the question, as it does when it is stopped. */
  stopped: Promise<unknown>
  go: () => void
}

async function underWay(...more: string[]): Promise<UnderWay> {
  const { promise, resolve: go } = Promise.withResolvers<undefined>()
  receiver.decide = ({ path }: Arrival) =>
    path === '/second' ? promise : path === '/asked' ? new Promise(() => undefined) : undefined
  const arrivals = Promise.all([receiver.arrival('/second'), receiver.arrival('/asked')])
  let kill: UnderWay['kill']
  const ended = ipvm([...begin(), ...more], { cwd, onStart: given => (kill = given) })
  const [, { gone }] = await arrivals
  return { ended, kill: kill!, stopped: gone, go: () => go(undefined) }
}

describe('a run that is stopped', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('by %s awaits what is under way, begins nothing more, and goes on as it says', async (signal, exit) => {
    const { ended, kill, stopped, go } = await underWay()
    kill(signal)
    await stopped
    go()
    const { code, out, err } = await ended
    expect({ code, out }).toEqual({ code: exit, out: '' })
    expect(deeds()).toEqual(['POST /first', 'POST /second'])
    const [line, run] =
      /^stopped: The run was stopped after 2 of 4 tasks; `ipvm resume (\w+)` goes on with it\.$/m.exec(err)!
    expect(err).toBe(`${line}\n`)
    receiver.decide = () => undefined
    const rest = await ipvm(['resume', run!], { cwd })
    expect(rest).toMatchObject({ code: 0, out: '[\n  200,\n  200,\n  200,\n  200\n]\n' })
    expect(rest.err).toMatch(/^4 tasks: 2 ran, 2 hits, /)
    expect(deeds()).toEqual(all)
  })

  test('says so in JSON', async () => {
    const { ended, kill, stopped, go } = await underWay('--json')
    kill('SIGINT')
    await stopped
    go()
    const { code, out, err } = await ended
    expect({ code, err }).toEqual({ code: 130, err: '' })
    const { ok, failure } = JSON.parse(out)
    expect({ ok, failure }).toEqual({
      ok: false,
      failure: { kind: 'stopped', message: expect.stringContaining(`ipvm resume ${failure.run}`), run: failure.run },
    })
  })

  test('twice ends at once, and what was under way is unknown', async () => {
    const { ended, kill, stopped, go } = await underWay()
    kill('SIGINT')
    await stopped
    kill('SIGINT')
    expect(await ended).toMatchObject({ code: 130, out: '', err: '' })
    go()
    receiver.decide = () => undefined
    const again = await ipvm(begin(), { cwd })
    const [, run] = /^error: The run (\w+) of the same job has begun/.exec(again.err)!
    const rest = await json(['resume', run!], { cwd })
    expect(rest).toMatchObject({
      code: 5,
      value: { failure: { unknown: [{ args: [`${receiver.url}/second`, {}, []] }] } },
    })
    expect(deeds()).toEqual(['POST /first', 'POST /second'])
  })
})

describe('a run that is cancelled while it is under way', () => {
  test('is undone, and both say so', async () => {
    const { ended, stopped, go } = await underWay()
    const run = runOf()
    expect(await ipvm(['resolve', run, 'bafy', '--as', 'failed'], { cwd })).toMatchObject({
      code: 2,
      err: `error: The run ${run} is under way in another process.\n`,
    })
    const cancelling = ipvm(['cancel', run], { cwd })
    await stopped
    go()
    const told = await ended
    expect(told).toMatchObject({ code: 1, out: '' })
    expect(told.err).toBe(`cancelled: The run ${run} was cancelled.\n2 commands were undone.\n`)
    const other = await cancelling
    expect(other).toEqual({
      ...other,
      code: 0,
      out: '',
      err: `The run ${run} was cancelled.\n2 commands were undone.\n`,
    })
    expect(deeds()).toEqual(['POST /first', 'POST /second', 'DELETE /second', 'DELETE /first'])
  })

  test('is undone though whoever undid it was killed in the middle of it', async () => {
    const { ended, kill, stopped, go } = await underWay()
    kill('SIGINT')
    await stopped
    go()
    await ended
    const run = runOf()
    const killed = await ipvm(['cancel', run], {
      cwd,
      onStart(kill) {
        receiver.decide = ({ method }) => {
          if (method === 'DELETE') kill('SIGKILL')
          return 'drop'
        }
      },
    })
    expect(killed.code).toBe(null)
    receiver.decide = () => undefined
    expect(await ipvm(['cancel', run], { cwd })).toMatchObject({
      code: 0,
      err: `The run ${run} was cancelled.\n2 commands were undone.\n`,
    })
    expect(deeds()).toEqual(['POST /first', 'POST /second', 'DELETE /second', 'DELETE /second', 'DELETE /first'])
  })

  test('is so though whoever wants it does not wait', async () => {
    const { ended, stopped, go } = await underWay()
    const run = runOf()
    let kill: UnderWay['kill']
    const cancelling = ipvm(['cancel', run], { cwd, onStart: given => (kill = given) })
    await stopped
    kill!('SIGINT')
    expect(await cancelling).toMatchObject({
      ...{ code: 130, out: '' },
      err: `stopped: The run ${run} is not cancelled yet; \`ipvm cancel ${run}\` goes on with that.\n`,
    })
    go()
    expect(await ended).toMatchObject({ code: 1, out: '', err: expect.stringContaining('2 commands were undone.') })
    expect(await ipvm(['cancel', run], { cwd })).toMatchObject({
      code: 2,
      err: `error: The run ${run} has ended: cancelled.\n`,
    })
  })
})
