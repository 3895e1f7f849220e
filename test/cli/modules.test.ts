import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { writeLock } from '../../cli/host.ts'
import { createSources } from '../../cli/report.ts'
import { parseLock } from '../../compiler/lock.ts'
import { folder, ipvm, json } from './harness.ts'

const library = 'export job twice(text: string) -> string { "${text}${text}" }\n'

describe('programs of several files', () => {
  test('are run, and their mistakes told with the names of their files', async () => {
    const cwd = folder({
      'package.json': '{}',
      'jobs/main.ipvm': 'import { twice } from "../lib/twice.ipvm"\n\nexport job main() -> string { twice("a") }\n',
      'lib/twice.ipvm': library,
    })
    expect(await ipvm(['run', 'jobs/main.ipvm', '-q'], { cwd })).toMatchObject({ code: 0, out: 'aa\n' })
    writeFileSync(join(cwd, 'lib/twice.ipvm'), library.replace('"${text}${text}"', '1'))
    const { code, err } = await ipvm(['check'], { cwd })
    expect(code).toBe(3)
    expect(err).toContain('--> lib/twice.ipvm:1:')
    expect(err.match(/error\[/g)).toHaveLength(1)
  })

  test('the source of `ipvm:effects` can be shown', () => {
    expect(createSources()('ipvm:effects')!.text).toContain('effect http("https:") {')
  })
})

describe('ipvm.lock', () => {
  const build = async (files: Record<string, string>) => {
    const cwd = folder({ 'twice.ipvm': library, 'package.json': '{}', ...files })
    const built = await json(['build', 'twice.ipvm'], { cwd })
    const { cid } = built.value.value
    mkdirSync(join(cwd, 'jobs'))
    writeFileSync(
      join(cwd, 'jobs/main.ipvm'),
      `import twice from "ipfs://${cid}"\n\nexport job main() -> string { twice(text: "a") }\n`,
    )
    return { cwd, cid: cid as string, lock: join(cwd, 'ipvm.lock') }
  }

  test.each(['check', 'build', 'run'])('is written by `ipvm %s` beside the root of the project', async command => {
    const { cwd, cid, lock } = await build({})
    expect(existsSync(lock)).toBe(false)
    const done = await ipvm([command, 'jobs/main.ipvm'], { cwd })
    expect(done.code).toBe(0)
    const read = parseLock(readFileSync(lock, 'utf8'))
    expect(read).toEqual({ ok: true, value: new Map([[`ipfs://${cid}`, { cid, kind: 'job' }]]) })
    expect(existsSync(join(cwd, 'jobs/ipvm.lock'))).toBe(false)
  })

  test('is verified, and left as it is where nothing is new', async () => {
    const { cwd, cid, lock } = await build({})
    const text = `{ "version": 1, "imports": { "ipfs://${cid}": { "cid": "${cid}", "kind": "job" } } }`
    writeFileSync(lock, text)
    expect((await ipvm(['run', 'jobs/main.ipvm', '-q'], { cwd })).out).toBe('aa\n')
    expect(readFileSync(lock, 'utf8')).toBe(text)
    writeFileSync(lock, text.replace('"job"', '"component"'))
    const refused = await json(['check', 'jobs/main.ipvm'], { cwd })
    expect(refused.code).toBe(3)
    expect(refused.value.diagnostics).toMatchObject([
      { code: 'IPVM2041', file: 'jobs/main.ipvm', related: [{ file: 'ipvm.lock', start: { line: 1, column: 30 } }] },
    ])
    writeFileSync(lock, '{\n')
    const { err } = await ipvm(['check', 'jobs/main.ipvm'], { cwd })
    expect(err).toContain('--> ipvm.lock:2:1')
  })

  test('that cannot be written is a warning', async () => {
    expect(writeLock({ path: '/nowhere/at/all/ipvm.lock', file: '../ipvm.lock', text: '' })).toBe(
      'warning: `../ipvm.lock` cannot be written: there is no folder `/nowhere/at/all`. What `ipfs://` imports came to is not pinned.',
    )
    expect(writeLock(undefined)).toBeUndefined()
  })
})

test('`ipvm check` tells what is left after all files are repaired', async () => {
  const cwd = folder({
    'a.ipvm': 'import { twice } from "./b.ipvm"\n\nexport job main() -> string { twice("a") }\n',
    'b.ipvm': 'export job twice(text: string) -> string { texd }\n',
  })
  expect((await ipvm(['check'], { cwd })).err.match(/error\[/g)).toHaveLength(1)
  expect(await ipvm(['check', '--fix'], { cwd })).toMatchObject({
    code: 0,
    err: '1 repair made, 2 files: nothing wrong\n',
  })
})
