import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openStore } from '../../runtime/store/open.ts'
import { folder, ipvm, json, project } from './harness.ts'

const source = `import types from "./types.wasm"

export job main(n: u32 = 4) -> u32 { types.scalars.next-u32(n) }
`

/** A store with two runs. */
async function place(): Promise<{ cwd: string; gc: (...args: string[]) => ReturnType<typeof ipvm> }> {
  const cwd = project(source)
  for (const n of [1, 2]) await ipvm(['run', 'job.ipvm', '--arg', `n=${n}`], { cwd })
  return { cwd, gc: (...args) => ipvm(['gc', ...args], { cwd }) }
}

test('says what it would remove, and then what it has removed', async () => {
  const { cwd, gc } = await place()
  const sizes = String.raw`\d+(\.\d)? [KM]?i?B`
  const dry = await gc('--keep', '1', '--dry-run')
  expect({ code: dry.code, out: dry.out }).toEqual({ code: 0, out: '' })
  expect(dry.err).toMatch(
    new RegExp(`^would remove 1 run, 2 remembered results, \\d+ blocks \\(${sizes}\\); the store has ${sizes}\\n$`),
  )
  const { value } = await json(['gc', '--keep', '1'], { cwd })
  expect(value).toEqual({
    ok: true,
    value: {
      runs: [expect.stringMatching(/^[0-9a-f]{12}$/)],
      blocks: expect.any(Number),
      bytes: expect.any(Number),
      forgotten: 2,
      before: expect.any(Number),
      after: expect.any(Number),
      dry: false,
    },
  })
  expect((await json(['runs'], { cwd })).value.value).toHaveLength(1)
  // What it can name is what it has.
  expect(readdirSync(join(cwd, '.ipvm/debug'))).toHaveLength(1)
  const nothing = await gc()
  expect(nothing.err).toMatch(
    new RegExp(
      `^removed 0 runs, 0 remembered results, 0 blocks \\(0 B\\); the store had ${sizes} and has ${sizes}\\n$`,
    ),
  )
  expect((await json(['run', 'job.ipvm', '--arg', 'n=2'], { cwd })).value.value).toMatchObject({ hits: 1 })
  expect((await json(['run', 'job.ipvm', '--arg', 'n=1'], { cwd })).value.value).toMatchObject({ ran: 1 })
  const old = await json(['gc', '--older-than', '0s'], { cwd })
  expect(old.value.value.runs).toHaveLength(3)
})

test('keeps what is pinned', async () => {
  const { cwd, gc } = await place()
  const [{ job }, { job: other }] = (await json(['runs'], { cwd })).value.value
  expect(await gc('--pin', job)).toMatchObject({ code: 0, out: '', err: `Pinned: ${job}.\n` })
  expect((await json(['gc', '--pin', job], { cwd })).value).toEqual({ ok: true, value: { pins: [job] } })
  await gc('--keep', '0')
  expect((await json(['run', job], { cwd })).value.value).toMatchObject({ result: 3, ran: 1 })
  expect((await ipvm(['run', other], { cwd })).code).toBe(2)
  expect(await gc('--unpin', other)).toMatchObject({ code: 2, err: `error: ${other} is not pinned. Pinned: ${job}.\n` })
  expect(await gc('--unpin', job)).toMatchObject({ code: 0, err: 'Nothing is pinned.\n' })
  expect(await gc('--pin', other)).toMatchObject({ code: 2, err: expect.stringContaining('is not in the store') })
})

test('is told when it is asked for what makes no sense', async () => {
  const empty = folder()
  expect(await ipvm(['gc'], { cwd: empty })).toMatchObject({
    code: 2,
    err: `error: There is no store ${join(empty, '.ipvm')}.\n`,
  })
  expect(existsSync(join(empty, '.ipvm'))).toBe(false)
  const { gc } = await place()
  for (const [args, said] of [
    [['--pin', 'x'], '"x" is not a CID.'],
    [['--pin', 'x', '--dry-run'], '`--pin` and `--unpin` stand alone: they remove nothing.'],
    [['--keep', 'all'], '`--keep` takes a whole number from 0 to 9999; `all` is none.'],
    [['--older-than', '3x'], '`--older-than` takes a number with s, m, h, d or w behind it, as 30d; `3x` is none.'],
  ] as const)
    expect(await gc(...args)).toMatchObject({ code: 2, out: '', err: `error: ${said}\n` })
})

test('leaves a store alone that others use', async () => {
  const { cwd, gc } = await place()
  const store = openStore(join(cwd, '.ipvm'))
  if (!store.ok) throw new Error(store.error.message)
  expect(await gc('--keep', '0')).toMatchObject({
    code: 1,
    err: `error: The store ${join(cwd, '.ipvm')} is in use by another process.\n`,
  })
  await store.value.close()
  expect((await gc('--keep', '0')).code).toBe(0)
})
