import { existsSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { CID } from 'multiformats/cid'
import { beforeEach, describe, expect, test } from 'vitest'
import { folder, ipvm, json, project } from './harness.ts'

const source = `import { base } from "./base.ipvm"
export job main(n: u32 = 1) -> u32 { base() + n }
export job other() -> u32 { base() + 50 }
`
const files = {
  'job.ipvm': source,
  'base.ipvm': 'export job base() -> u32 { 10 }\n',
  'decoy.ipvm': 'export job main() -> u32 { 666 }\n',
}

let cwd: string
let decoy: { job: string; debug: string }
beforeEach(async () => {
  cwd = folder(files)
  await ipvm(['run', 'decoy.ipvm'], { cwd })
  const [own] = records()
  decoy = JSON.parse(readFileSync(own!, 'utf8'))
  rmSync(own!)
})

function records(): string[] {
  const all = join(cwd, '.ipvm/compiled')
  return existsSync(all) ? readdirSync(all).map(name => join(all, name)) : []
}

/** Lets what is remembered say something else, so that a result tells whether it was used. */
function bend(): void {
  for (const path of records()) {
    const kept = JSON.parse(readFileSync(path, 'utf8'))
    writeFileSync(path, JSON.stringify({ ...kept, job: decoy.job, debug: decoy.debug }))
  }
}

const run = async (...args: string[]): Promise<unknown> => {
  const { code, value } = await json(['run', 'job.ipvm', ...args], { cwd })
  return code === 0 ? value.value.result : { code, value }
}

describe('what a source was compiled to', () => {
  test('is used again, for the same job of the same source', async () => {
    expect(await run()).toBe(11)
    expect(await run('--arg', 'n=2')).toBe(12)
    bend()
    expect(await run()).toBe(666)
    expect(await run('-j', 'other')).toBe(60)
    expect(await run('--no-memo')).toBe(11)
  })

  test.each<[string, () => void, number]>([
    ['the source is another', () => writeFileSync(join(cwd, 'job.ipvm'), source.replace('+ n', '+ n + 1')), 12],
    [
      'a file is another that it imports',
      () => writeFileSync(join(cwd, 'base.ipvm'), 'export job base() -> u32 { 20 }\n'),
      21,
    ],
    [
      'a path leads elsewhere',
      () => {
        writeFileSync(join(cwd, 'elsewhere.ipvm'), files['base.ipvm'])
        rmSync(join(cwd, 'base.ipvm'))
        symlinkSync('elsewhere.ipvm', join(cwd, 'base.ipvm'))
      },
      11,
    ],
    ['its record is damaged', () => records().forEach(path => writeFileSync(path, '{"job":')), 11],
    [
      'its record is none',
      () => records().forEach(path => writeFileSync(path, '{"job":1,"debug":2,"answers":{"files":[7]}}')),
      11,
    ],
  ])('is not used where %s', async (_, change, expected) => {
    expect(await run()).toBe(11)
    bend()
    change()
    expect(await run()).toBe(expected)
  })

  test('is not kept where there are warnings, which are told each time', async () => {
    writeFileSync(join(cwd, 'job.ipvm'), 'export job main() -> u32 { let unused = 1\n 2 }\n')
    for (let n = 0; n < 2; n++) {
      const { code, out, err } = await ipvm(['run', 'job.ipvm'], { cwd })
      expect({ code, out }).toEqual({ code: 0, out: '2\n' })
      expect(err).toContain('warning')
    }
    expect(records()).toEqual([])
  })

  test.each([
    ['missing', 'n: u32 = 4', 'n'],
    ['damaged', 'n: u32 = 4', 'n'],
    ['missing', '', '4'],
    ['damaged', '', '4'],
  ])('is made again where a block is %s, of a job that takes (%s)', async (how, params, given) => {
    cwd = project(`import types from "./types.wasm"
export job main(${params}) -> u32 { types.scalars.next-u32(${given}) }
`)
    expect(await run()).toBe(5)
    const job = CID.parse((await json(['build', 'job.ipvm'], { cwd })).value.value.cid)
    const shown = (await json(['show', job.toString()], { cwd })).value.value.value['ipvm/job']
    const db = new DatabaseSync(join(cwd, '.ipvm/store.db'))
    const task = CID.parse(shown.tasks[0]['/']).bytes
    if (how === 'missing') db.prepare('DELETE FROM blocks WHERE cid = ?').run(task)
    else db.prepare("UPDATE blocks SET bytes = x'00' WHERE cid = ?").run(task)
    db.close()
    expect(records()).toHaveLength(1)
    expect(await run()).toBe(5)
    expect(await run()).toBe(5)
  })

  test('is forgotten with what nobody needs', async () => {
    expect(await run()).toBe(11)
    expect(records()).toHaveLength(1)
    await ipvm(['gc'], { cwd })
    expect(records()).toEqual([])
  })
})
