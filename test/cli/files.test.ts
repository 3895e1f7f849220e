import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readCar, writeCar } from '../../dag/car.ts'
import { block } from '../../dag/cid.ts'
import { isMap } from '../../dag/ipld.ts'
import { decode } from '../../dag/codec.ts'
import { openStore } from '../../runtime/store/open.ts'
import { makeUnreadable } from '../harness/unreadable.ts'
import { folder, ipvm, json, project, root } from './harness.ts'

const program = join(root, 'dist/ipvm.js')

/** A line of the shell in which `ipvm` is the program that was built. */
function shell(line: string, cwd: string) {
  const own = `ipvm() { '${process.execPath}' '${program}' "$@"; }\n${line}`
  const { status, stdout, stderr } = spawnSync('bash', ['-c', own], { cwd, timeout: 20_000 })
  return { code: status, out: stdout.toString(), err: stderr.toString() }
}

const constant = 'export job main() -> u8 { 1 }\n'
const needs = 'export job main(data: bytes) -> bytes { data }\n'

describe.runIf(process.platform === 'linux')('pipes and devices', () => {
  test('are written through', () => {
    const cwd = folder({ 'job.ipvm': constant })
    const piped = shell('mkfifo p; cat p & ipvm run job.ipvm --out p -q; wait', cwd)
    expect(piped).toEqual({ code: 0, out: '1\n', err: '' })
    const full = shell('ipvm run job.ipvm --out /dev/full', cwd)
    expect(full).toMatchObject({ code: 2, err: 'error: `/dev/full` cannot be written: the system says ENOSPC.\n' })
  })

  test('are no sources', () => {
    const cwd = folder({ 'embeds.ipvm': 'export job main() -> bytes { embed("./zero") }\n' })
    symlinkSync('/dev/zero', join(cwd, 'zero'))
    for (const command of ['run', 'check', 'build', 'fmt']) {
      const piped = shell(`ipvm ${command} <(echo 'export job main() -> u8 { 1 }')`, cwd)
      expect(piped).toMatchObject({ code: 2, err: expect.stringMatching(/^error: `[^`]+` is not a plain file\.\n$/) })
    }
    expect(shell('mkfifo p; ipvm check p', cwd).code).toBe(2)
    expect(shell('ipvm check embeds.ipvm', cwd).code).toBe(3)
  })

  test('a pipe can be an argument, a device cannot', () => {
    const cwd = folder({ 'job.ipvm': needs })
    expect(shell('ipvm run job.ipvm --arg data=@<(printf abc) --out - -q', cwd)).toMatchObject({ code: 0, out: 'abc' })
    const device = shell('ipvm run job.ipvm --arg data=@/dev/zero', cwd)
    expect(device).toMatchObject({ code: 2, err: 'error: `/dev/zero` is not a plain file.\n' })
  })

  test('standard output that cannot be written is a failure', () => {
    const cwd = folder({ 'job.ipvm': constant })
    for (const args of ['run job.ipvm -q', 'run job.ipvm --json', 'build job.ipvm -o - -q', '--version', 'help']) {
      const { code, err } = shell(`ipvm ${args} >/dev/full`, cwd)
      expect(code, args).toBe(1)
      expect(err).toMatch(/^error: Standard output cannot be written: .*ENOSPC.*\n$/)
    }
    expect(shell('ipvm run job.ipvm 2>/dev/full', cwd)).toMatchObject({ code: 0, out: '1\n' })
  })
})

test.runIf(process.platform === 'linux').each(['run', 'build'])(
  'a store that the system denies is said by %s',
  async command => {
    const cwd = folder({ 'job.ipvm': constant })
    const { code, err } = await ipvm([command, 'job.ipvm', '--store', '/proc/self/ipvm'], { cwd })
    expect({ code, err }).toEqual({
      code: 2,
      err: 'error: The folder of the store /proc/self/ipvm cannot be made: ENOENT.\n',
    })
  },
)

test.runIf(process.platform === 'linux').each(['check', 'fmt', 'test'])(
  'a folder that the system denies is said by %s',
  async command => {
    const cwd = folder({ 'job.ipvm': constant })
    const makeShort = makeUnreadable(cwd)
    try {
      const { code, err } = await ipvm([command], { cwd })
      expect({ code, err }).toEqual({
        code: 2,
        err: expect.stringMatching(
          /^error: The folder `locked\/.+` cannot be read: the system refuses\. Name the files that you mean\.\n$/,
        ),
      })
      expect(await ipvm([command, 'job.ipvm'], { cwd })).toMatchObject({ code: 0 })
    } finally {
      makeShort()
    }
  },
)

describe('what is written', () => {
  test('is never what is read', async () => {
    const cwd = folder({ 'job.ipvm': constant })
    symlinkSync('job.ipvm', join(cwd, 'link'))
    for (const command of [
      ['run', 'job.ipvm', '--out'],
      ['build', './job.ipvm', '-o'],
    ])
      for (const name of ['job.ipvm', 'link']) {
        const { code, err } = await ipvm([...command, name], { cwd })
        expect(code).toBe(2)
        expect(err).toContain(`\`${name}\` is what is read`)
      }
    expect(readFileSync(join(cwd, 'job.ipvm'), 'utf8')).toBe(constant)
  })

  test('has a name', async () => {
    const cwd = folder({ 'job.ipvm': constant })
    const said = async (...args: string[]) => (await json(args, { cwd })).value.diagnostics[0].message
    expect(await said('run', 'job.ipvm', '--out', '')).toBe('The name of the file to write is empty.')
    expect(await said('build', 'job.ipvm', '-o', 'new/')).toBe('`new/` names a folder; name a file to write.')
    expect(await said('run', 'job.ipvm', '--store', '')).toBe('`--store` is empty; name a folder.')
    expect(existsSync(join(cwd, '.ipvm'))).toBe(false)
  })
})

describe('arguments of JSON', () => {
  const cases: [string, number][] = [
    ['{"data":{"/":{"bytes":"YWI"}}}', 0],
    ['{"data":{"/":{"bytes":"YWI="}}}', 0],
    ['{"data":{"/":{"bytes":"YWJ"}}}', 2],
    ['{"data":{"/":{"bytes":"YW I"}}}', 2],
    ['{"data":{"/":{"bytes":"__8"}}}', 2],
    ['{"data":{"/":{"bytes":"YWI=="}}}', 2],
    ['{"data":[1],"data":[2]}', 2],
    ['{"data":[1],"d\\u0061ta":[2]}', 2],
  ]
  test.each(cases)('%s', async (text, expected) => {
    const cwd = folder({ 'job.ipvm': needs, 'args.json': text })
    expect((await ipvm(['run', 'job.ipvm', '--args', '@args.json'], { cwd })).code).toBe(expected)
  })

  test('may say a key again in another object or in a text', async () => {
    const source = 'export job main(a: list<record { x: string }>) -> string { "ok" }\n'
    const cwd = folder({ 'job.ipvm': source, 'args.json': '{"a":[{"x":"\\",\\"x\\":{"},{"x":"\\\\"}]}' })
    expect(await ipvm(['run', 'job.ipvm', '--args', '@args.json'], { cwd })).toMatchObject({ code: 0, out: 'ok\n' })
  })
})

test('a component that is not at hand is named, with a way to it', async () => {
  const cid = 'bafkreie6oluigknrnmnfwlkqynhlhszgpoagidbabyoy3f2wordh25cgty'
  const cwd = folder({
    'job.ipvm': `import h from "ipfs://${cid}" { f: func() -> u8 }\nexport job main() -> u8 { h.f() }\n`,
  })
  const { code, value } = await json(['run', 'job.ipvm'], { cwd })
  expect({ code, diagnostic: value.diagnostics[0].code }).toEqual({ code: 3, diagnostic: 'IPVM9006' })
  expect(value.diagnostics[0].message).toMatch(new RegExp(`^The component \`h\` \\(${cid}\\) is not at hand\\. Run `))
})

/** A compiled file whose one instruction is something else, with a CID that is right. */
function withBadInstruction(bytes: Uint8Array): Uint8Array {
  const car = readCar(bytes)
  if (!car.ok) throw new Error(car.error.message)
  const root = car.value.blocks.find(({ cid }) => cid.equals(car.value.roots[0]!))!
  const value = decode(root.bytes)
  if (!value.ok || !isMap(value.value)) throw new Error('no job')
  const body = value.value['ipvm/job']
  if (!isMap(body!)) throw new Error('no job')
  const bad = block({ op: 'none' })
  const job = block({ 'ipvm/job': { ...body, tasks: [bad.cid] } })
  return writeCar([job.cid], [job, bad])
}

test('a compiled file with a malformed instruction leaves nothing in the store', async () => {
  const cwd = project('import types from "./types.wasm"\nexport job main() -> u8 { types.scalars.next-u8(1) }\n')
  await ipvm(['build', 'job.ipvm', '--store', 'first'], { cwd })
  writeFileSync(join(cwd, 'bad.car'), withBadInstruction(readFileSync(join(cwd, 'job.car'))))
  expect((await json(['run', 'bad.car'], { cwd })).value).toMatchObject({ diagnostics: [{ code: 'IPVM9002' }] })
  const store = openStore(join(cwd, '.ipvm'))
  if (!store.ok) throw new Error(store.error.message)
  for await (const { cid } of store.value.blocks.getAll()) throw new Error(`the block ${cid} is in the store`)
  await store.value.close()
})

test('the path of a store keeps its letters', async () => {
  const cwd = folder({ 'job.ipvm': constant, 'txt/store.db': 'this is no database'.repeat(1000) })
  expect((await ipvm(['run', 'job.ipvm', '--store', 'txt'], { cwd })).err).toMatch(/^error: txt\/store\.db is not/)
})
