import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { folder, ipvm, json, project } from './harness.ts'

const source = `import types from "./types.wasm"

export job main(n: u32 = 4, word: string = "ab") -> tuple<u32, string> {
  let first = types.scalars.next-u32(n)
  let second = types.structures.divide(first * 10, 1)?
  (second, types.containers.backwards(word))
}

export job many(n: u32 = 12) -> list<u32> {
  for i in range(0, n) { types.limits.recurse(i) }
}

export job trouble() -> u32 {
  let tried = try types.limits.trap()
  match tried {
    ok(_) => 1
    err(_) => types.structures.divide(8, 2)?
  }
}

export job large(size: u32 = 5000) -> bytes { types.containers.reverse(types.containers.bytes(size)) }

export job point(x: u32) -> u64 { types.containers.total([[1, 2, x as u8], [4]]) }

export job twice(a: u32 = 1, b: u32 = 2) -> tuple<u32, u32> { (types.scalars.next-u32(a), types.scalars.next-u32(b)) }

export job nested(n: u32 = 2) -> list<tuple<u32, u32>> {
  for i in range(0, n) { (types.scalars.next-u32(types.scalars.next-u32(i)), types.limits.recurse(n)) }
}
`

/** Runs and CIDs are others in every run of the tests: they are numbered. */
function plain(text: string): string {
  const runs = [...new Set(text.match(/\b[0-9a-f]{12}\b/g))]
  for (const [i, run] of runs.entries()) text = text.replaceAll(run, `RUN${i + 1}`)
  return text.replace(/\bb[a-z2-7]{7,}(…[a-z2-7]{8}|[a-z2-7]{40,})/g, 'CID')
}

function started(): {
  cwd: string
  run: (...args: string[]) => Promise<void>
  why: (...args: string[]) => Promise<string>
} {
  const cwd = project(source)
  return {
    cwd,
    async run(...args) {
      const { code, err } = await ipvm(['run', 'job.ipvm', ...args], { cwd })
      if (code !== 0 && code !== 1) throw new Error(err)
    },
    async why(...args) {
      const { code, out, err } = await ipvm(['why', ...args], { cwd })
      expect({ code, err }).toEqual({ code: 0, err: '' })
      return plain(out)
    },
  }
}

describe('why', () => {
  test('a task ran for the first time, or was remembered', async () => {
    const { cwd, run, why } = started()
    await run('-j', 'main')
    expect(await why('types.scalars.next-u32')).toBe(
      '`types.scalars.next-u32` (job.ipvm:4:15) ran in the run RUN1: no earlier run has called this function.\n',
    )
    await run('-j', 'main')
    expect(await why('types.scalars.next-u32')).toBe(
      '`types.scalars.next-u32` (job.ipvm:4:15) was remembered in the run RUN1: the run RUN2 had computed it.\n',
    )
    // By the line, and in a run that is named.
    const { value } = await json(['runs'], { cwd })
    const first = value.value[1].run
    expect(await why('types.scalars.next-u32:4', '--run', first)).toContain('ran in the run RUN1: no earlier')
  })

  test('an argument of the job is another, also far above', async () => {
    const { run, why } = started()
    await run('-j', 'main')
    await run('-j', 'main', '--arg', 'n=6')
    expect(await why('types.structures.divide')).toMatchInlineSnapshot(`
      "\`types.structures.divide\` (job.ipvm:5:16) ran in the run RUN1: it differs from that of the run RUN2 in
        dividend: 50 → 70
          from \`types.scalars.next-u32\` (job.ipvm:4:15), which differs in
            value: 4 → 6
      "
    `)
    expect(await why('types.containers.backwards')).toContain('was remembered in the run')
  })

  test('a value in a file, or deep in an argument, is another', async () => {
    const { run, why } = started()
    await run('-j', 'large')
    await run('-j', 'large', '--arg', 'size=5001')
    expect(await why('types.containers.reverse')).toMatchInlineSnapshot(`
      "\`types.containers.reverse\` (job.ipvm:21:47) ran in the run RUN1: it differs from that of the run RUN2 in
        data: 4.9 KiB (CID) → 4.9 KiB (CID)
          from \`types.containers.bytes\` (job.ipvm:21:72), which differs in
            count: 5000 → 5001
      "
    `)
    await run('-j', 'point', '--arg', 'x=3')
    await run('-j', 'point', '--arg', 'x=30')
    expect(await why('types.containers.total')).toMatchInlineSnapshot(`
      "\`types.containers.total\` (job.ipvm:23:35) ran in the run RUN1: it differs from that of the run RUN2 in
        parts[0]: b"\\x01\\x02\\x03" → b"\\x01\\x02\\x1e"
      "
    `)
  })

  test('the same in the source has become a call of something else', async () => {
    const { cwd, run, why } = started()
    await run('-j', 'main')
    const changed = source.replace('types.scalars.next-u32(n)', 'types.structures.divide(n, 2)?')
    writeFileSync(join(cwd, 'job.ipvm'), changed.replace('(first * 10, 1)?', '(first * 10, 2)?'))
    await run('-j', 'main')
    expect(await why('types.structures.divide:5')).toMatchInlineSnapshot(`
      "\`types.structures.divide\` (job.ipvm:5:16) ran in the run RUN1: it differs from that of the run RUN2 in
        dividend: 50 → 20
          from \`types.structures.divide\` (job.ipvm:4:15), which came to something else
        divisor: 1 → 2
      "
    `)
  })

  test('the component is another', async () => {
    const { cwd, run, why } = started()
    await run('-j', 'main')
    // A custom section changes nothing but the bytes.
    const bytes = readFileSync(join(cwd, 'types.wasm'))
    writeFileSync(join(cwd, 'types.wasm'), Buffer.concat([bytes, Uint8Array.of(0, 2, 1, 0x78)]))
    await run('-j', 'main')
    expect(await why('types.scalars.next-u32')).toMatchInlineSnapshot(`
      "\`types.scalars.next-u32\` (job.ipvm:4:15) ran in the run RUN1: it differs from that of the run RUN2 in
        its component: ipfs://CID → ipfs://CID
      "
    `)
  })

  test('it had failed before; a limit; an older version; it was told to', async () => {
    const { cwd, run, why } = started()
    await run('-j', 'trouble')
    await run('-j', 'trouble')
    expect(await why('types.limits.trap')).toMatchInlineSnapshot(`
      "\`types.limits.trap\` (job.ipvm:14:19) ran in the run RUN1: it had failed in the run RUN2 (trap), and failures are not remembered.
      "
    `)
    await run('-j', 'main')
    await run('-j', 'main', '--no-memo')
    expect(await why('types.scalars.next-u32')).toMatchInlineSnapshot(`
      "\`types.scalars.next-u32\` (job.ipvm:4:15) ran in the run RUN1, though the run RUN2 had computed the same: it was told to (\`--no-memo\`), or what was
      remembered could not be used any more.
      "
    `)
    const db = new DatabaseSync(join(cwd, '.ipvm/store.db'))
    db.exec('UPDATE memo SET semantics = 1')
    db.close()
    await run('-j', 'main')
    expect(await why('types.scalars.next-u32')).toMatchInlineSnapshot(`
      "\`types.scalars.next-u32\` (job.ipvm:4:15) ran in the run RUN1: the run RUN2 had computed it by version 1 of what instructions mean, and
      this is version 3.
      "
    `)
    writeFileSync(join(cwd, 'job.ipvm'), `config { gas: 5 }\n${source}`)
    await run('-j', 'main')
    expect(await why('types.scalars.next-u32')).toMatchInlineSnapshot(`
      "\`types.scalars.next-u32\` (job.ipvm:5:15) failed in the run RUN1 without being computed, by what is remembered of it: 81003 units were needed when it was computed, the limit is 5.
      "
    `)
  })

  test('instances of a loop, the first ten', async () => {
    const { run, why } = started()
    await run('-j', 'many')
    const told = await why('types.limits.recurse')
    expect(told.split('\n\n')).toHaveLength(11)
    expect(told.split('\n\n')[0]).toMatch(
      /^`types\.limits\.recurse` \(job\.ipvm:10:26, CID\) ran in the run RUN1: no earlier run has called this function\.$/,
    )
    expect(told).toMatch(/\n\nAnd 2 tasks more; name one by the beginning of its CID\.\n$/)
  })

  test('an instance of a loop by the call that it is of, or all that it may be of', async () => {
    const { cwd, run, why } = started()
    await run('-j', 'nested')
    await run('-j', 'nested', '--arg', 'n=3')
    expect(await why('types.limits.recurse')).toMatchInlineSnapshot(`
      "\`types.limits.recurse\` (job.ipvm:28:78) ran in the run RUN1: it differs from that of the run RUN2 in
        depth: 2 → 3
      "
    `)
    // 0, 1 and 2, and what came of them.
    const both = await why('types.scalars.next-u32:28')
    expect(both.match(/^`types\.scalars\.next-u32` \(job\.ipvm:28:27 or 28:50, CID\) /gm)).toHaveLength(4)
    const { value } = await json(['why', 'types.limits.recurse'], { cwd })
    expect(value.value.tasks).toMatchObject([
      { name: 'types.limits.recurse', span: { start: { line: 28, column: 78 } } },
    ])
    const names = (await json(['why', 'types.scalars.next-u32'], { cwd })).value.value.tasks
    expect(names[0]).toMatchObject({ name: 'types.scalars.next-u32' })
    expect(names[0]).not.toHaveProperty('span')
  })

  test('of two calls in a line, and of lines that have moved, each is what it was', async () => {
    const { cwd, run, why } = started()
    await run('-j', 'twice')
    await run('-j', 'twice', '--arg', 'b=5')
    expect(await why('types.scalars.next-u32:25')).toMatch(/in\n  value: 2 → 5\n$/)
    writeFileSync(
      join(cwd, 'job.ipvm'),
      source.replace('(types.scalars.next-u32(a), ', '(\n  types.scalars.next-u32(a),\n'),
    )
    await run('-j', 'twice', '--arg', 'a=8', '--arg', 'b=9')
    expect(await why('types.scalars.next-u32:26')).toMatch(/in\n  value: 1 → 8\n$/)
    expect(await why('types.scalars.next-u32:27')).toMatch(/in\n  value: 5 → 9\n$/)
  })

  test('as JSON', async () => {
    const { cwd, run } = started()
    await run('-j', 'main')
    await run('-j', 'main', '--arg', 'n=6')
    const { value } = await json(['why', 'types.scalars.next-u32'], { cwd })
    const { tasks, ...head } = value.value
    expect(Object.keys(head).sort()).toEqual(['job', 'run'])
    expect(tasks).toEqual([
      {
        task: expect.stringMatching(/^bafy/),
        key: expect.stringMatching(/^bafy/),
        name: 'types.scalars.next-u32',
        span: { file: 'job.ipvm', start: { line: 4, column: 15 }, end: { line: 4, column: 40 } },
        hit: false,
        reason: {
          kind: 'changed',
          before: { run: expect.any(String), task: expect.any(String), key: expect.any(String) },
          changes: [
            {
              field: 'argument',
              index: 0,
              name: 'value',
              differences: [{ path: 'args[0]', before: 4, after: 6 }],
              sources: [],
            },
          ],
        },
      },
    ])
    // By the beginning of its CID too.
    const byCid = await json(['why', tasks[0].task.slice(0, 30)], { cwd })
    expect(byCid.value.value.tasks).toEqual(tasks)
  })

  test('of what is not there', async () => {
    const { cwd, run } = started()
    const none = await ipvm(['why', 'x'], { cwd })
    expect(none).toMatchObject({ code: 2, err: `error: There is no store ${join(cwd, '.ipvm')}, and so no run.\n` })
    expect(existsSync(join(cwd, '.ipvm'))).toBe(false)
    await run('-j', 'main')
    const near = await ipvm(['why', 'types.scalars.next-u23'], { cwd })
    expect({ code: near.code, err: plain(near.err) }).toEqual({
      code: 2,
      err: 'error: There is no task `types.scalars.next-u23` in the run RUN1; name one as in the source, or by its CID. Did you mean `types.scalars.next-u32`?\n',
    })
    // To take the value out of a result is no call.
    await run('-j', 'trouble')
    const own = await ipvm(['why', 'types.structures.divide(8, 2)?'], { cwd })
    expect({ code: own.code, err: plain(own.err) }).toEqual({
      code: 2,
      err: 'error: `types.structures.divide(8, 2)?` stands in the job of the run RUN1, which has no record of it. What the language does itself has none, nor has what a secret is in, or what nothing needed.\n',
    })
    const wrongRun = await ipvm(['why', 'x', '--run', 'zzz'], { cwd })
    expect(wrongRun).toMatchObject({ code: 2, err: expect.stringContaining('`zzz` is no run of the store') })
  })
})

describe('runs', () => {
  test('are listed, newest first, with their jobs', async () => {
    const { cwd, run } = started()
    await run('-j', 'main')
    await run('-j', 'many')
    const { code, out, err } = await ipvm(['runs'], { cwd })
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(
      /^[0-9a-f]{12}  done {7}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  many \(job\.ipvm\)\n[0-9a-f]{12}  done {7}[\d :-]{19}  main \(job\.ipvm\)\n$/,
    )
    const { value } = await json(['runs'], { cwd })
    expect(value).toEqual({
      ok: true,
      value: [0, 1].map(() => ({
        run: expect.stringMatching(/^[0-9a-f]{12}$/),
        job: expect.stringMatching(/^bafy/),
        state: 'done',
        started: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        unknown: [],
      })),
    })
    // Without names a job is its CID.
    const db = new DatabaseSync(join(cwd, '.ipvm/store.db'))
    db.exec('DELETE FROM blocks')
    db.close()
    expect((await ipvm(['runs'], { cwd })).out).toMatch(/  bafy[a-z2-7]+\n/)
  })

  test('are none where there is no store, and none is made', async () => {
    const cwd = folder()
    expect(await ipvm(['runs'], { cwd })).toMatchObject({ code: 0, out: '' })
    expect((await ipvm(['runs'], { cwd })).err).toBe(`There is no store ${join(cwd, '.ipvm')}, and so no run.\n`)
    expect((await json(['runs'], { cwd })).value).toEqual({ ok: true, value: [] })
    expect(existsSync(join(cwd, '.ipvm'))).toBe(false)
  })

  test('show what their tasks came to', async () => {
    const { cwd, run } = started()
    await run('-j', 'trouble')
    const [{ run: id, job }] = (await json(['runs'], { cwd })).value.value
    const { out } = await ipvm(['show', id.slice(0, 6)], { cwd })
    const shown = JSON.parse(out)
    expect(shown).toMatchObject({ run: id, job, name: 'trouble', state: 'done', parent: null, grants: [] })
    const attempts = [{ kind: expect.toBeOneOf([null, 'trap']), ms: expect.any(Number) }]
    const figures = { ms: expect.any(Number), memory: expect.any(Number), gas: expect.any(Number), attempts }
    const cid = expect.stringMatching(/^bafy/)
    const task = { task: cid, key: cid, receipt: cid, hit: false, ...figures }
    expect(shown.tasks).toEqual(
      expect.arrayContaining([
        { ...task, name: 'types.limits.trap', out: { error: expect.objectContaining({ kind: 'trap' }) } },
        { ...task, name: 'types.structures.divide', out: { ok: expect.anything() } },
      ]),
    )
    expect((await json(['show', id], { cwd })).value).toMatchObject({ ok: true, value: { run: id } })
    expect(await ipvm(['show', 'abcdef'], { cwd })).toMatchObject({
      code: 2,
      err: expect.stringContaining('`abcdef` is no run of the store'),
    })
  })
})
