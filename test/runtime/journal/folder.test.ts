import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { folderDisk } from '../../../runtime/journal/folder.ts'
import { Journal, readHistory } from '../../../runtime/journal/journal.ts'
import { CID } from 'multiformats/cid'

const folders: string[] = []
const fresh = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'ipvm-journal-'))
  folders.push(folder)
  return join(folder, 'runs')
}
afterAll(() => folders.forEach(folder => rmSync(folder, { recursive: true })))

const job = CID.parse('bafyreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy')
const nonce = new Uint8Array(16)
const begin = { kind: 'begin' as const, run: 'a', nonce, job, started: 1, parent: null, grants: ['http.get'] }

describe('a journal in a folder', () => {
  test('is there when it was committed, and grows with each who takes it', async () => {
    const disk = folderDisk(fresh())
    expect(disk.list()).toEqual([])
    expect(readHistory(disk, 'a')).toBeUndefined()
    const first = Journal.open(disk, 'a', () => undefined)!
    first.add(begin, { kind: 'barrier', planned: [] })
    await first.commit()
    first.add({ kind: 'failing', failure: null, task: null })
    await first.close()
    expect(disk.list()).toEqual(['a'])
    const second = Journal.open(disk, 'a', () => undefined)!
    expect(second.history).toMatchObject({ open: true, begin: { grants: ['http.get'] }, failing: { failure: null } })
    second.add({ kind: 'end', state: 'cancelled', result: null, undone: null })
    await second.close()
    expect(readHistory(disk, 'a')).toMatchObject({ end: { state: 'cancelled' } })
    disk.remove('a')
    expect(disk.list()).toEqual([])
  })

  test('leaves nothing where it has not come to the barrier', async () => {
    const folder = fresh()
    const disk = folderDisk(folder)
    const journal = Journal.open(disk, 'a', () => undefined)!
    journal.add(begin)
    await journal.close()
    expect(disk.list()).toEqual([])
  })

  test('that is damaged is refused, and left as it is', async () => {
    const folder = fresh()
    const disk = folderDisk(folder)
    const journal = Journal.open(disk, 'a', () => undefined)!
    journal.add(begin, { kind: 'barrier', planned: [] })
    await journal.commit()
    journal.add({ kind: 'failing', failure: null, task: null })
    await journal.close()
    const bytes = disk.read('a')!
    // The one behind it tells that it was not torn.
    const last = Journal.open(disk, 'a', () => undefined)!
    last.add({ kind: 'end', state: 'cancelled', result: null, undone: null })
    await last.close()
    const whole = Uint8Array.from(disk.read('a')!)
    whole[bytes.length - 10]! ^= 1
    writeFileSync(join(folder, 'a.journal'), whole)
    expect(() => Journal.open(disk, 'a', () => undefined)).toThrow(
      /^the journal of the run a is damaged: frame 1, at byte/,
    )
    expect(Buffer.compare(disk.read('a')!, whole)).toBe(0)
    expect(() => readHistory(disk, 'a')).toThrow(/damaged/)
  })

  test('is held by one at a time, until it is let go', () => {
    const disk = folderDisk(fresh())
    const file = disk.hold('a')!
    expect(disk.hold('a')).toBeUndefined()
    expect(disk.hold('b')).toBeDefined()
    file.close(false)
    expect(disk.hold('a')).toBeDefined()
  })

  test('is held by one process, and free as soon as that is killed', async () => {
    const folder = fresh()
    const module = resolve('runtime/journal/folder.ts')
    const script = `const { folderDisk } = await import(${JSON.stringify(module)})
      if (!folderDisk(${JSON.stringify(folder)}).hold('a')) throw new Error('it is held')
      console.log('held')
      setInterval(() => undefined, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    const disk = folderDisk(folder)
    expect(disk.hold('a')).toBeUndefined()
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(disk.hold('a')).toBeDefined()
    expect(readdirSync(folder).sort()).toEqual(['a.journal', 'a.journal.lock'])
  })
})
