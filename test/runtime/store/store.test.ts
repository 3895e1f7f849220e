import { execFile, spawn, spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { CID } from 'multiformats/cid'
import { afterAll, describe, expect, test } from 'vitest'
import { block } from '../../../dag/cid.ts'
import { decode } from '../../../dag/codec.ts'
import type { Block } from '../../../dag/ipld.ts'
import { putAll } from '../../../runtime/blocks.ts'
import type { KeptReceipt, Receipt, Store } from '../../../runtime/interface.ts'
import { verifyReceipt } from '../../../runtime/receipt.ts'
import { collect } from '../../../runtime/store/blocks.ts'
import { memoryStore, openStore } from '../../../runtime/store/open.ts'

const root = mkdtempSync(join(tmpdir(), 'ipvm-store-'))
afterAll(() => rmSync(root, { recursive: true }))
let folders = 0
const folder = (): string => join(root, String(folders++))

function opened(dir: string): Store {
  const store = openStore(dir)
  if (!store.ok) throw new Error(store.error.message)
  return store.value
}

function refusal(dir: string): { code: string; message: string } {
  const store = openStore(dir)
  if (store.ok) throw new Error('the store was opened')
  return store.error
}

const blockOf = (n: number): Block => block({ n })
const job = blockOf(0).cid

function receiptOf(n: number): Receipt {
  const attempts = [{ ms: 0.25, kind: null }]
  return { ran: blockOf(n).cid, out: ['ok', n], meta: { ms: 0.25, memory: 65536, gas: 17, attempts, host: 'test' } }
}

async function read(store: Store, cid: CID): Promise<Uint8Array> {
  return collect(store.blocks.get(cid))
}

/** Changes a file of a store behind its back. */
function tamper(dir: string, sql: string, ...values: (string | number | Uint8Array)[]): void {
  const db = new DatabaseSync(join(dir, 'store.db'))
  if (values.length === 0) db.exec(sql)
  else db.prepare(sql).run(...values)
  db.close()
}

describe('blocks', () => {
  test('come back as they were put, also after the store was closed', async () => {
    const dir = folder()
    const first = opened(dir)
    const one = blockOf(1)
    await first.blocks.put(one.cid, one.bytes)
    const many = Array.from({ length: 1200 }, (_, n) => blockOf(n + 2))
    const put: string[] = []
    for await (const cid of first.blocks.putMany(many)) put.push(cid.toString())
    expect(put).toEqual(many.map(({ cid }) => cid.toString()))
    await first.close()

    const second = opened(dir)
    for (const { cid, bytes } of [one, ...many]) expect(await read(second, cid)).toEqual(bytes)
    const all = new Map<string, Uint8Array>()
    for await (const { cid, bytes } of second.blocks.getAll()) all.set(cid.toString(), await collect(bytes))
    expect(all.size).toBe(1201)
    expect(all.get(one.cid.toString())).toEqual(one.bytes)
    await second.close()
  })

  test('a block that is not there is told apart', async () => {
    const store = memoryStore()
    expect(await store.blocks.has(job)).toBe(false)
    await expect(read(store, job)).rejects.toMatchObject({ name: 'NotFoundError' })
    await store.blocks.put(job, blockOf(0).bytes)
    expect(await store.blocks.has(job)).toBe(true)
    await store.blocks.delete(job)
    expect(await store.blocks.has(job)).toBe(false)
  })

  test('bytes that do not hash to the CID are not taken', async () => {
    await expect(memoryStore().blocks.put(job, blockOf(1).bytes)).rejects.toThrow('do not hash')
  })

  test('a damaged block is an error that says so, and putting it again repairs it', async () => {
    const dir = folder()
    const store = opened(dir)
    const { cid, bytes } = blockOf(1)
    await store.blocks.put(cid, bytes)
    tamper(dir, 'UPDATE blocks SET bytes = ? WHERE cid = ?', bytes.with(1, bytes[1]! ^ 1), cid.bytes)
    await expect(read(store, cid)).rejects.toMatchObject({ name: 'StoreError', code: 'damaged' })
    await expect(read(store, cid)).rejects.toThrow(cid.toString())
    await store.blocks.put(cid, bytes)
    expect(await read(store, cid)).toEqual(bytes)
    await store.close()
  })
})

describe('many blocks that are there already', () => {
  const many = Array.from({ length: 640 }, (_, n) => blockOf(n))

  test('are not written again, so that nobody has to wait', async () => {
    const dir = folder()
    const store = opened(dir)
    await putAll(store.blocks, many)
    const other = new DatabaseSync(join(dir, 'store.db'))
    other.exec('BEGIN IMMEDIATE')
    await putAll(store.blocks, many)
    other.exec('ROLLBACK')
    other.close()
    await store.close()
  })

  test('are written where one of them is damaged or gone', async () => {
    const dir = folder()
    const store = opened(dir)
    await putAll(store.blocks, many)
    const [damaged, gone] = [many[7]!, many[300]!]
    tamper(dir, 'UPDATE blocks SET bytes = ? WHERE cid = ?', Uint8Array.of(1), damaged.cid.bytes)
    await store.blocks.delete(gone.cid)
    await putAll(store.blocks, many)
    for (const { cid, bytes } of many) expect(await read(store, cid)).toEqual(bytes)
    await store.close()
  })
})

describe('memo and receipts', () => {
  test('a success is remembered, at once and after closing', async () => {
    const dir = folder()
    const first = opened(dir)
    await first.memo.put('a run', receiptOf(1))
    const known = { value: 1, memory: 65536, gas: 17, run: 'a run' }
    expect(await first.memo.get(receiptOf(1).ran)).toEqual({ ...known, receipt: receiptOf(1) })
    expect(await first.memo.get(receiptOf(2).ran)).toBeUndefined()
    await first.close()
    const second = opened(dir)
    const found = await second.memo.get(receiptOf(1).ran)
    expect(found).toEqual({ ...known, receipt: { ran: receiptOf(1).ran, cid: expect.any(CID) } })
    const { cid } = found!.receipt as KeptReceipt
    expect(verifyReceipt(await read(second, cid))).toMatchObject({ ok: true, value: receiptOf(1) })
    await second.close()
  })

  test('a run maps its tasks to signed receipts', async () => {
    const dir = folder()
    const store = opened(dir)
    const receipts = Array.from({ length: 600 }, (_, n) => receiptOf(n))
    const first = await store.begin(job, [])
    for (const receipt of receipts) {
      await store.memo.put(first, receipt)
      await store.record(first, receipt.ran, receipt, false)
    }
    const failed: Receipt = {
      ...receiptOf(1000),
      out: ['error', { kind: 'trap', message: 'm', detail: 'unreachable' }],
    }
    await store.record(first, failed.ran, failed, false)
    await store.end(first, 'failed')
    const second = await store.begin(job, [])
    const remembered = await store.memo.get(receipts[7]!.ran)
    await store.record(second, receipts[7]!.ran, remembered!.receipt, true)
    await store.end(second, 'done', 42)

    const tasks = await store.tasks(first)
    expect(tasks.length).toBe(601)
    for (const { task, receipt, hit } of tasks) {
      const signed = verifyReceipt(await read(store, receipt))
      expect(signed).toMatchObject({ ok: true, value: { ran: task } })
      expect(hit).toBe(false)
    }
    const [hit] = await store.tasks(second)
    expect(hit).toMatchObject({ hit: true, task: receipts[7]!.ran })
    expect(tasks.find(({ task }) => task.equals(hit!.task))!.receipt.equals(hit!.receipt)).toBe(true)
    expect(await store.memo.get(failed.ran)).toBeUndefined()
    expect(await store.runs()).toMatchObject([
      { run: second, state: 'done', job },
      { run: first, state: 'failed', job },
    ])
    expect(statSync(join(dir, 'key')).mode & 0o777).toBe(0o600)
    await store.close()
  })

  test('all receipts of a store have one issuer', async () => {
    const dir = folder()
    const issuers = new Set<unknown>()
    for (const n of [1, 2]) {
      const store = opened(dir)
      const run = await store.begin(job, [])
      await store.record(run, receiptOf(n).ran, receiptOf(n), false)
      const [task] = await store.tasks(run)
      const decoded = verifyReceipt(await read(store, task!.receipt))
      if (decoded.ok) issuers.add(decoded.value.iss)
      await store.close()
    }
    expect(issuers.size).toBe(1)
  })

  test('a task that a run tells of again stands in its record once, as it was told last', async () => {
    const dir = folder()
    const store = opened(dir)
    const run = await store.begin(job, [])
    const failed: Receipt = { ...receiptOf(1), out: ['error', { kind: 'crash', message: 'm' }] }
    await store.record(run, failed.ran, failed, false)
    await store.flush()
    await store.record(run, failed.ran, receiptOf(1), false)
    const [task, ...others] = await store.tasks(run)
    expect(others).toEqual([])
    expect(verifyReceipt(await read(store, task!.receipt))).toMatchObject({ ok: true, value: receiptOf(1) })
    tamper(dir, `UPDATE tasks SET entries = x'00'`)
    await expect(store.tasks(run)).rejects.toMatchObject({ name: 'StoreError', code: 'damaged' })
    await store.close()
  })

  test.each([
    ['another value', `UPDATE memo SET entry = CAST(replace(entry, x'01', x'02') AS BLOB)`],
    ['another receipt', `UPDATE memo SET entry = CAST(zeroblob(8) || substr(entry, 9) AS BLOB)`],
    [
      'that of another instruction',
      `CREATE TEMP TABLE before AS SELECT * FROM memo;
       UPDATE memo SET entry = (SELECT entry FROM before WHERE before.ran <> memo.ran)`,
    ],
    ['another seal', `UPDATE memo SET entry = CAST(substr(entry, 1, 56) || zeroblob(8) || substr(entry, 65) AS BLOB)`],
    ['a seal that is cut', 'UPDATE memo SET entry = CAST(substr(entry, 1, 50) AS BLOB)'],
    ['nothing', `UPDATE memo SET entry = x''`],
    ['something behind it', `UPDATE memo SET entry = CAST(entry || x'00' AS BLOB)`],
    ['other semantics', 'UPDATE memo SET semantics = semantics - 1'],
  ])('a row with %s is not remembered, and remembering it again repairs it', async (_, sql) => {
    const dir = folder()
    const first = opened(dir)
    for (const n of [1, 2]) await first.memo.put('r', receiptOf(n))
    await first.close()
    tamper(dir, sql)
    const second = opened(dir)
    expect(await second.memo.get(receiptOf(1).ran)).toBeUndefined()
    await second.memo.put('r', receiptOf(1))
    await second.close()
    const third = opened(dir)
    expect(await third.memo.get(receiptOf(1).ran)).toMatchObject({ value: 1, memory: 65536, gas: 17 })
    await third.close()
  })

  test('what another store remembers is not remembered here, though it is all brought over', async () => {
    const [ours, theirs] = [folder(), folder()]
    for (const dir of [ours, theirs]) {
      const store = opened(dir)
      await store.memo.put('r', receiptOf(dir === ours ? 1 : 2))
      await store.close()
    }
    tamper(
      ours,
      `ATTACH '${join(theirs, 'store.db')}' AS theirs;
       INSERT INTO blocks SELECT * FROM theirs.blocks; INSERT INTO memo SELECT * FROM theirs.memo`,
    )
    const store = opened(ours)
    expect(await store.memo.get(receiptOf(1).ran)).toMatchObject({ value: 1 })
    expect(await store.memo.get(receiptOf(2).ran)).toBeUndefined()
    await store.close()
    // With the key it is the same store.
    copyFileSync(join(theirs, 'key'), join(ours, 'key'))
    const again = opened(ours)
    expect(await again.memo.get(receiptOf(2).ran)).toMatchObject({ value: 2 })
    await again.close()
  })
})

describe('a folder that is no store', () => {
  test('a file in place of the folder', () => {
    const dir = folder()
    writeFileSync(dir, '')
    expect(refusal(dir)).toMatchObject({ code: 'path' })
  })

  test('a folder in which nothing can be made', () => {
    expect(refusal('/proc/self/ipvm')).toMatchObject({ code: 'path' })
  })

  test('a folder in place of the file', () => {
    const dir = folder()
    mkdirSync(join(dir, 'store.db'), { recursive: true })
    expect(refusal(dir)).toMatchObject({ code: 'path' })
  })

  test('a file that is no database is left alone', () => {
    const dir = folder()
    mkdirSync(dir)
    writeFileSync(join(dir, 'store.db'), 'a text that has nothing to do with it'.repeat(1000))
    expect(refusal(dir)).toMatchObject({ code: 'foreign' })
    expect(existsSync(join(dir, 'store.db-wal'))).toBe(false)
  })

  test('a database of another program is left alone', () => {
    const dir = folder()
    mkdirSync(dir)
    tamper(dir, 'CREATE TABLE mine (x)')
    const before = statSync(join(dir, 'store.db')).size
    expect(refusal(dir)).toMatchObject({ code: 'foreign' })
    expect(statSync(join(dir, 'store.db')).size).toBe(before)
  })

  test.each([
    [99, 'has format 99, which is newer'],
    [1, 'has the old format 1; move it away'],
  ])('a store of another version, %d', async (version, said) => {
    const dir = folder()
    await opened(dir).close()
    tamper(dir, `PRAGMA user_version = ${version}`)
    expect(refusal(dir)).toMatchObject({ code: 'version', message: expect.stringContaining(said) })
  })

  test('a damaged database', async () => {
    const dir = folder()
    const store = opened(dir)
    await store.blocks.put(job, blockOf(0).bytes)
    await store.close()
    const size = statSync(join(dir, 'store.db')).size
    const db = join(dir, 'store.db')
    const { openSync, writeSync, closeSync } = await import('node:fs')
    const file = openSync(db, 'r+')
    writeSync(file, Buffer.alloc(size - 100, 0xa5), 0, size - 100, 100)
    closeSync(file)
    expect(refusal(dir)).toMatchObject({ code: 'damaged' })
  })

  test.each([
    ['a table is gone', 'DROP TABLE memo'],
    ['a column has another name', 'ALTER TABLE runs RENAME COLUMN job TO jab'],
    ['its version is gone', 'PRAGMA user_version = 0'],
  ])('%s', async (_, sql) => {
    const dir = folder()
    await opened(dir).close()
    const db = new DatabaseSync(join(dir, 'store.db'))
    db.exec(sql)
    db.close()
    expect(refusal(dir)).toMatchObject({ code: 'damaged' })
  })

  test('rows that hold no bytes where bytes should be', async () => {
    const dir = folder()
    const store = opened(dir)
    const { cid, bytes } = blockOf(1)
    await store.blocks.put(cid, bytes)
    await store.close()
    const db = new DatabaseSync(join(dir, 'store.db'))
    // A strict table takes no number in place of bytes; a file that was damaged knows no rules.
    expect(() => db.exec('UPDATE blocks SET bytes = 5')).toThrow()
    db.exec('DROP TABLE blocks; CREATE TABLE blocks (cid BLOB PRIMARY KEY, bytes)')
    db.prepare('INSERT INTO blocks VALUES (?, 5)').run(cid.bytes)
    db.close()
    const again = opened(dir)
    await expect(collect(again.blocks.get(cid))).rejects.toMatchObject({ name: 'StoreError', code: 'damaged' })
    await again.close()
  })

  test('a key for which there is no room is said, and leaves nothing', () => {
    const dir = folder()
    mkdirSync(dir)
    // The system lets this process write no byte into a file.
    const script = `import { storeKey } from '${join(import.meta.dirname, '../../../runtime/store/key.ts')}'
      try { storeKey('${join(dir, 'key')}') } catch (error) { console.log(error.code) }`
    const limited = ['-c', `trap '' XFSZ; ulimit -f 0; exec "$@"`, 'bash', process.execPath]
    const { stdout } = spawnSync('bash', [...limited, '--input-type=module', '-e', script], { encoding: 'utf8' })
    expect(stdout).toBe('full\n')
    expect(readdirSync(dir).filter(name => name.startsWith('key'))).toEqual([])
  })

  test('a key that is none is said when it is needed', async () => {
    const dir = folder()
    const store = opened(dir)
    writeFileSync(join(dir, 'key'), 'not a key')
    const run = await store.begin(job, [])
    await store.record(run, receiptOf(1).ran, receiptOf(1), false)
    await expect(store.end(run, 'done')).rejects.toMatchObject({ name: 'StoreError', code: 'key' })
    rmSync(join(dir, 'key'))
    await expect(store.close()).rejects.toMatchObject({ code: 'key' })
  })
})

describe('several processes', { timeout: 30_000 }, () => {
  const writer = (dir: string, from: number): string => `
    import { openStore } from ${JSON.stringify(join(import.meta.dirname, '../../../runtime/store/open.ts'))}
    import { block } from ${JSON.stringify(join(import.meta.dirname, '../../../dag/cid.ts'))}
    const opened = openStore(${JSON.stringify(dir)})
    if (!opened.ok) throw new Error(opened.error.message)
    const store = opened.value
    const run = await store.begin(block({ job: ${from} }).cid, [])
    for (let n = ${from}; n < ${from} + 300; n++) {
      const { cid, bytes } = block({ n })
      await store.blocks.put(cid, bytes)
      const receipt = { ran: cid, out: ['ok', n], meta: { ms: 1, memory: 1, gas: 1, attempts: [], host: 'test' } }
      await store.memo.put(run, receipt)
      await store.record(run, cid, receipt, false)
      if (n === ${from} + 150) await store.flush()
      if (process.send && n === ${from} + 200) process.send('busy')
    }
    await store.end(run, 'done')
    await store.close()
    process.stdout.write('closed')
  `

  test('make, write and read one store at the same time, without a word on standard error', async () => {
    const dir = folder()
    const outputs = await Promise.all(
      [0, 1000, 2000].map(from =>
        promisify(execFile)(process.execPath, ['--input-type=module-typescript', '-e', writer(dir, from)]),
      ),
    )
    expect(outputs).toEqual(outputs.map(() => ({ stdout: 'closed', stderr: '' })))
    const store = opened(dir)
    const issuers = new Set<string>()
    const runs = await store.runs()
    expect(runs.map(({ state }) => state)).toEqual(['done', 'done', 'done'])
    for (const { run } of runs) {
      const tasks = await store.tasks(run)
      expect(tasks.length).toBe(300)
      for (const { receipt } of tasks.slice(0, 3)) {
        const signed = verifyReceipt(await read(store, receipt))
        if (signed.ok) issuers.add(signed.value.iss)
      }
    }
    for (const from of [0, 1000, 2000]) expect(decode(await read(store, blockOf(from + 299).cid)).ok).toBe(true)
    expect(issuers.size).toBe(1)
    await store.close()
  })

  test('a process that is killed while it writes leaves a store that works', async () => {
    const dir = folder()
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', writer(dir, 0)], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    await new Promise(resolve => child.once('message', resolve))
    child.kill('SIGKILL')
    await new Promise(resolve => child.once('exit', resolve))

    const store = opened(dir)
    expect(await read(store, blockOf(0).cid)).toEqual(blockOf(0).bytes)
    expect(await store.memo.get(blockOf(100).cid)).toMatchObject({ value: 100 })
    const [run] = await store.runs()
    expect(run).toMatchObject({ state: 'running' })
    for (const { receipt } of await store.tasks(run!.run))
      expect(verifyReceipt(await read(store, receipt)).ok).toBe(true)
    await store.memo.put(run!.run, receiptOf(5000))
    await store.close()
  })
})
