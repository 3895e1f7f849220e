import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { folder, ipvm, json, root } from './harness.ts'

/** A folder with the example, built, and the job's CID. */
let template: string
let itself: string
beforeAll(async () => {
  template = folder({ 'mailbox.ipvm': readFileSync(join(root, 'examples/mailbox/mailbox.ipvm')) })
  itself = (await ipvm(['build', 'mailbox.ipvm'], { cwd: template })).out.trim()
})

let cwd: string
beforeEach(() => {
  cwd = folder()
  cpSync(template, cwd, { recursive: true })
  mkdirSync(join(cwd, 'mailbox'))
})

/** Puts messages into the mailbox, of which each has another length, and takes the first turn. */
async function open(messages: number): Promise<void> {
  for (let n = 1; n <= messages; n++) writeFileSync(join(cwd, 'mailbox', String(n).padStart(3, '0')), 'x'.repeat(n))
  const grants = ['fs.list=mailbox', 'fs.read=mailbox', 'fs.write=sum.txt', 'job.enqueue']
  const args = ['--arg', `next=cid"${itself}"`, ...grants.flatMap(grant => ['--allow', grant])]
  const first = await json(['run', 'mailbox.ipvm', ...args], { cwd })
  expect(first).toMatchObject({ code: 0, value: { value: { result: { seen: 1, bytes: 1 } } } })
}

const sum = (messages: number): string => `${(messages * (messages + 1)) / 2} bytes in ${messages} messages\n`
const told = (): string => readFileSync(join(cwd, 'sum.txt'), 'utf8')

describe('the queue', () => {
  test('of a worker that is killed again and again keeps its state', async () => {
    const messages = 12
    await open(messages)
    const places = ['write', 'half', 'sync', 'synced']
    for (const place of places)
      for (let n = 1; n <= 4; n++) expect((await ipvm(['work'], { cwd, die: `${place} ${n}` })).code).toBe(null)
    const last = await json(['work'], { cwd })
    expect(last.code).toBe(0)
    expect(told()).toBe(sum(messages))
  })
})
