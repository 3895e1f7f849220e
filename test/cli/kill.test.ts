import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { folderDisk } from '../../runtime/journal/folder.ts'
import { readFrames } from '../../runtime/journal/frames.ts'
import { readHistory } from '../../runtime/journal/journal.ts'
import { folder, ipvm, json, type Call } from './harness.ts'
import { Receiver } from './harness/receiver.ts'

/** Every class of command. What they send is what a query came to, which answers otherwise each time. */
const source = `import { fs, http, job } from "ipvm:effects"

export job main(at: string, child: link<ipld>) -> list<u16>
  uses fs.append, fs.write, http.get, http.post, http.put, job.enqueue
{
  let asked = http.get("\${at}/asked")?.body
  let set = do http.put("\${at}/set", body: asked)?.status
  let posted = do http.post("\${at}/post", body: asked)?.status after set
  let many = for n in ["a", "b"] {
    do http.post("\${at}/many/\${n}", body: asked)?.status after posted
  }
  let written = do fs.write("out/file", data: asked) after many
  let appended = do fs.append("out/log", data: asked) after written
  let last = do http.put("\${at}/last", body: asked)?.status after appended
  do job.enqueue(child) after last
  [set, posted, last]
}
`
const paths = { idempotent: ['/set', '/last'], irrevocable: ['/post', '/many/a', '/many/b'] }
/** Of one calm run: the question, and the requests that change something. */
const requests = 6
/** Of its journal at least, each of which is one write and one sync: what comes together may share one. */
const frames = 14

/** A folder with the job, and a store that has the other one, which it enqueues. */
let template: string
let child: string
beforeAll(async () => {
  template = folder({ 'job.ipvm': source, 'child.ipvm': 'export job main() -> u8 { 7 }\n' })
  child = (await ipvm(['build', 'child.ipvm'], { cwd: template })).out.trim()
})

let cwd: string
let receiver: Receiver
beforeEach(async () => {
  cwd = folder()
  cpSync(template, cwd, { recursive: true })
  receiver = await Receiver.start()
  receiver.decide = ({ path }, number) => (path === '/asked' ? { body: `asked ${number}` } : undefined)
})
afterEach(() => receiver[Symbol.asyncDispose]())

/** The first life of a run. */
function begin(call: Partial<Call> = {}) {
  const args = ['--arg', `at=${receiver.url}`, '--arg', `child=cid"${child}"`]
  const grants = [`http.*=${receiver.host}`, 'fs.*=out', 'job.enqueue'].flatMap(grant => ['--allow', grant])
  return ipvm(['run', 'job.ipvm', ...args, ...grants, '--json'], { cwd, ...call })
}

const journals = (): string => join(cwd, '.ipvm/runs')

/** The one run that was begun. */
function runOf(): string {
  const names = readdirSync(journals()).filter(name => name.endsWith('.journal'))
  expect(names).toHaveLength(1)
  return names[0]!.replace('.journal', '')
}

/** What commands were about, of which nobody can know what they came to: their intent is on the disk, and no outcome. */
function lost(): string[] {
  const history = readHistory(folderDisk(journals()), runOf())
  return [...(history?.commands.values() ?? [])]
    .filter(({ state, op }) => state === 'begun' && ['http/post', 'fs/append'].includes(op))
    .map(({ args }) => String(args![0]))
    .sort()
}

interface Unknown {
  task: string
  op: string
  args: [string, ...unknown[]]
}

/** Whether a command has happened, as who looks at the receivers finds out. */
function hasHappened({ op, args: [where] }: Unknown): boolean {
  if (op === 'fs/append') return logged() !== ''
  return receiver.deeds.some(({ path }) => receiver.url + path === where)
}

const logged = (): string => (existsSync(join(cwd, 'out/log')) ? readFileSync(join(cwd, 'out/log'), 'utf8') : '')

/** Says of each unknown command what it came to, by the truth; the number of those that have not happened. */
async function findOut(run: string, unknown: Unknown[]): Promise<number> {
  let absent = 0
  for (const [at, command] of unknown.entries()) {
    const result = command.op === 'fs/append' ? '7' : 'ok({ status: 200, headers: [], body: b"" })'
    const happened = hasHappened(command)
    const said = happened ? ['--as', 'done', '--result', result] : ['--as', 'failed']
    const { code, value } = await json(['resolve', run, command.task, ...said], { cwd })
    expect(code).toBe(0)
    expect(value.value).toMatchObject({ run, unknown: { length: unknown.length - at - 1 } })
    if (!happened) absent++
  }
  return absent
}

/** Goes on with the run until it has ended, and holds what must hold. */
async function afterwards(): Promise<void> {
  const run = runOf()
  const before = lost()
  let ended = await json(['resume', run], { cwd })
  let absent = 0
  if (before.length > 0) {
    expect(ended).toMatchObject({ code: 5, value: { ok: false, failure: { kind: 'unknown', run } } })
    const { unknown } = ended.value.failure
    expect(unknown.map(({ args }: Unknown) => args[0]).sort()).toEqual(before)
    expect((await json(['runs'], { cwd })).value.value).toMatchObject([{ run, state: 'unknown', unknown }])
    absent = await findOut(run, unknown)
    ended = await json(['resume', run], { cwd })
  }
  // What has not happened, as somebody has said, has failed, and the job with it.
  expect(ended.code).toBe(absent > 0 ? 1 : 0)
  if (absent === 0) expect(ended.value.value).toMatchObject({ run, result: [200, 200, 200], failed: 0 })
  await check(absent === 0)
}

/** Each command has happened once; where the job has failed, at most once. */
async function check(done: boolean): Promise<void> {
  const { deeds } = receiver
  const keys = new Map<string, Set<string | undefined>>()
  for (const { path, key } of deeds) keys.set(path, (keys.get(path) ?? new Set()).add(key))
  for (const path of paths.irrevocable) {
    const times = deeds.filter(arrival => arrival.path === path).length
    if (done) expect(times, path).toBe(1)
    else expect(times, path).toBeLessThan(2)
  }
  if (done) expect([...keys.keys()].sort()).toEqual([...paths.idempotent, ...paths.irrevocable].sort())
  // One key for each command, and none for two.
  const all = [...keys.values()].flatMap(own => [...own])
  expect(new Set(all).size).toBe(keys.size)
  expect(all).toHaveLength(keys.size)
  // What was asked before the first command, and that alone.
  expect(new Set(deeds.map(({ body }) => body)).size).toBe(deeds.length > 0 ? 1 : 0)
  const [asked] = deeds.map(({ body }) => body)
  if (done)
    expect({ log: logged(), file: readFileSync(join(cwd, 'out/file'), 'utf8') }).toEqual({ log: asked, file: asked })
  const work = await json(['work'], { cwd })
  expect(work).toMatchObject({ code: 0, value: { value: { length: done ? 1 : 0 } } })
}

test('nothing is killed', async () => {
  const { code } = await begin()
  expect(code).toBe(0)
  expect(receiver.arrivals).toHaveLength(requests)
  const journal = readFrames(readFileSync(join(journals(), `${runOf()}.journal`)))
  expect(journal.ok && journal.value.frames.length).toBeGreaterThanOrEqual(frames)
  await check(true)
})

describe('a process that is killed', { timeout: 120_000 }, () => {
  const numbers = Array.from({ length: requests }, (_, at) => at + 1)
  test.each(numbers)('while request %i is under way', async number => {
    const { decide } = receiver
    const { code } = await begin({
      onStart(kill) {
        receiver.decide = (arrival, at) => {
          if (at === number) kill('SIGKILL')
          return at === number ? 'drop' : decide(arrival, at)
        }
      },
    })
    expect(code).toBe(null)
    receiver.decide = decide
    await afterwards()
  })

  test.each(numbers)('when request %i is answered', async number => {
    const { code } = await begin({
      onStart(kill) {
        receiver.answered = (_, at) => at === number && kill('SIGKILL')
      },
    })
    // It may have heard the answer, and done all that is left, before.
    if (code === 0) await check(true)
    else await afterwards()
  })

  // A sample; `test/runtime/crash.test.ts` has all of them.
  const writes = ['write 1', 'synced 1', 'half 2', 'sync 3', 'synced 3', 'write 4', 'synced 5', 'half 6']
  test.each([...writes, 'sync 9', 'synced 12', 'write 14', 'half 14'])('at its journal: %s', async die => {
    expect((await begin({ die })).code).toBe(null)
    await afterwards()
  })

  test('again and again', async () => {
    let { code } = await begin({ die: 'synced 2' })
    let lives = 1
    let absent = 0
    for (; code === null; lives++) {
      const run = runOf()
      const before = lost()
      const ended = await ipvm(['resume', run, '--json'], { cwd, die: 'synced 2' })
      code = ended.code
      if (code !== 5) continue
      const { unknown } = JSON.parse(ended.out).failure
      expect(unknown.map(({ args }: Unknown) => args[0]).sort()).toEqual(before)
      absent += await findOut(run, unknown)
      code = null
    }
    expect(code).toBe(absent > 0 ? 1 : 0)
    expect(lives).toBeGreaterThan(2)
    await check(absent === 0)
  })
})

test('a run that finds its disk full says how to go on, and does when there is room', async () => {
  const { code, out } = await begin({ die: 'full 3' })
  const run = runOf()
  expect(code).toBe(1)
  const [{ message }] = JSON.parse(out).diagnostics
  expect(message).toBe(`The disk of ${journals()}/${run}.journal is full; \`ipvm resume ${run}\` goes on with the run.`)
  await afterwards()
})

test('a run whose store is lost goes on by its journal', async () => {
  expect((await begin({ die: 'synced 4' })).code).toBe(null)
  const run = runOf()
  for (const name of readdirSync(join(cwd, '.ipvm')).filter(name => name.startsWith('store.db')))
    rmSync(join(cwd, '.ipvm', name))
  await ipvm(['build', 'child.ipvm'], { cwd })
  // What was asked for is there again, and is not begun again.
  const again = await begin()
  expect(again.code).toBe(2)
  expect(JSON.parse(again.out).diagnostics[0].message).toContain(`The run ${run} of the same job has begun to change`)
  expect((await json(['resume', run], { cwd })).code).toBe(0)
  await check(true)
})

test('two that go on with it at once: one does, and the other says so', async () => {
  const { decide } = receiver
  expect((await begin({ die: 'synced 1' })).code).toBe(null)
  const run = runOf()
  const both = [1, 2].map(() => json(['resume', run], { cwd }))
  // Whoever has it is kept at it until the other has given up.
  receiver.decide = async (arrival, number) => {
    await Promise.race(both)
    return decide(arrival, number)
  }
  const ended = (await Promise.all(both)).sort((a, b) => a.code! - b.code!)
  expect(ended).toMatchObject([{ code: 0 }, { code: 2 }])
  const [{ message }] = ended[1]!.value.diagnostics
  expect(message).toBe(`The run ${run} is under way in another process.`)
  await check(true)
})
