import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { arithmetic } from '../runtime/harness/arithmetic.ts'
import { folder, ipvm, json, type Ended } from './harness.ts'

const source = `import math from "./math.wasm"

config {
  time: 5s
}

export job main(x: s32 = 4) -> tuple<s32, s32> {
  let sum = math.add(math.half(x), 3)
  (math.add(sum, sum), math.half(sum) with { gas: 1000000 })
}
`

let math: Uint8Array
beforeAll(async () => void (math = await arithmetic()))

const project = (): string => folder({ 'job.ipvm': source, 'math.wasm': math })

describe('a workflow', () => {
  test('is built, run and decompiled, in both forms', { timeout: 120_000 }, async () => {
    const cwd = project()
    const built = await json(['build', 'job.ipvm', '--target', 'homestar'], { cwd })
    expect(built.value).toMatchObject({ ok: true, value: { tasks: 4, blocks: 4, file: 'job.homestar.json' } })
    const { instructions, workflow } = built.value.value
    expect(instructions).toHaveLength(4)
    expect(workflow).toMatch(/^bafyrmi/)
    const cbor = await json(['build', 'job.ipvm', '--target', 'homestar-cbor'], { cwd })
    expect(cbor.value.value).toMatchObject({ file: 'job.homestar.cbor', workflow, instructions })

    for (const file of ['job.homestar.json', 'job.homestar.cbor']) {
      const ran = await json(['run', file], { cwd })
      expect(ran.value).toMatchObject({ ok: true, value: { result: [10, 2], tasks: 4 } })
      const told = await json(['decompile', file], { cwd })
      expect(told.value).toMatchObject({ ok: true, value: { tasks: 4, changed: [] } })
      const printed = await ipvm(['decompile', file], { cwd })
      expect(printed).toMatchObject({ code: 0, out: told.value.value.text, err: '4 tasks, the same CIDs.\n' })
      const written = await ipvm(['decompile', file, '-o', 'again.ipvm'], { cwd })
      expect(written).toMatchObject({ code: 0, out: '' })
      expect(readFileSync(join(cwd, 'again.ipvm'), 'utf8')).toBe(printed.out)
      expect(await ipvm(['fmt', '--check', 'again.ipvm'], { cwd })).toMatchObject({ code: 0 })
      const again = await json(['build', 'again.ipvm', '--target', 'homestar'], { cwd })
      expect(again.value.value).toMatchObject({ workflow, instructions })
      expect(again.err).toBe('')
    }
    expect(readFileSync(join(cwd, 'again.ipvm'), 'utf8')).toMatchSnapshot()
  })

  test('needs its component, which `--component` gives', { timeout: 60_000 }, async () => {
    const cwd = project()
    await ipvm(['build', 'job.ipvm', '--target', 'homestar'], { cwd })
    const elsewhere = ['run', 'job.homestar.json', '--store', 'empty']
    expect(await json(elsewhere, { cwd })).toMatchObject({ code: 3, value: { diagnostics: [{ code: 'IPVM9006' }] } })
    const given = await json([...elsewhere, '--component', 'math.wasm'], { cwd })
    expect(given.value).toMatchObject({ ok: true, value: { result: [10, 2] } })
    expect((await json(elsewhere, { cwd })).value).toMatchObject({ value: { ran: 0, hits: 4 } })
    const absent = await json([...elsewhere, '--component', 'maths.wasm'], { cwd })
    expect(absent).toMatchObject({ code: 2, value: { diagnostics: [{ code: 'IPVM9001' }] } })
  })

  test('that is none is one message with its place', { timeout: 60_000 }, async () => {
    const cwd = project()
    writeFileSync(join(cwd, 'none.json'), '{"tasks": [{"run": 1, "cause": null, "meta": {}, "prf": []}]}')
    for (const command of ['run', 'decompile']) {
      const refused = await json([command, 'none.json'], { cwd })
      const message = '`none.json` is no workflow: tasks[0].run: is no map.'
      expect(refused).toMatchObject({ code: 3, value: { diagnostics: [{ code: 'IPVM9009', message }] } })
    }
    expect(await json(['decompile', 'job.ipvm'], { cwd })).toMatchObject({ code: 2 })
    expect(await json(['run', 'none.json', '-j', 'main'], { cwd })).toMatchObject({ code: 2 })
    expect(await json(['decompile', 'none.json', '-o', 'none.json'], { cwd })).toMatchObject({ code: 2 })
  })

  test('whose CIDs cannot stay is told of', async () => {
    const cwd = project()
    await ipvm(['build', 'job.ipvm', '--target', 'homestar'], { cwd })
    const text = readFileSync(join(cwd, 'job.homestar.json'), 'utf8')
    const nonced = JSON.parse(text)
    nonced.tasks = nonced.tasks.slice(0, 1)
    nonced.tasks[0].run.nnc = '1sod60ml6g26mfhsrsa0'
    writeFileSync(join(cwd, 'nonced.json'), JSON.stringify(nonced))
    const { value } = await json(['decompile', 'nonced.json'], { cwd })
    expect(value.value.changed).toEqual([{ task: 'tasks[0]', why: expect.stringContaining('nonce') }])
    expect((await ipvm(['decompile', 'nonced.json'], { cwd })).err).toMatch(/^note: 1 of 1 task will have other CIDs/)
  })
})

describe('the gateway', () => {
  /** What it says, and how it ends when it is asked to. */
  async function serving(
    args: string[],
    cwd: string,
    body: (url: string) => Promise<void>,
    signal: NodeJS.Signals = 'SIGINT',
  ): Promise<Ended> {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    let kill: (signal: NodeJS.Signals) => void = () => undefined
    const ended = ipvm(['gateway', '--port', `${port}`, ...args], { cwd, onStart: given => (kill = given) })
    try {
      await answers(url)
      await body(url)
    } finally {
      kill(signal)
    }
    return ended
  }

  async function freePort(): Promise<number> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    await new Promise(resolve => server.close(resolve))
    return typeof address === 'object' && address ? address.port : 0
  }

  async function answers(url: string): Promise<void> {
    for (;;) {
      const response = await fetch(url).catch(() => undefined)
      if (response) return
      await pause(50)
    }
  }

  test('serves what was built until it is stopped', async () => {
    const cwd = project()
    const built = await json(['build', 'job.ipvm', '--target', 'homestar'], { cwd })
    const { tasks } = JSON.parse(readFileSync(join(cwd, 'job.homestar.json'), 'utf8'))
    const component = tasks[0].run.rsc.slice('ipfs://'.length)
    const { code, out, err } = await serving([], cwd, async url => {
      const cat = await fetch(`${url}/api/v0/cat?arg=${component}`, { method: 'POST' })
      expect(new Uint8Array(await cat.arrayBuffer())).toEqual(math)
      const job = await fetch(`${url}/ipfs/${built.value.value.cid}?format=raw`)
      expect([job.status, job.headers.get('content-type')]).toEqual([200, 'application/vnd.ipld.raw'])
    })
    expect({ code, out }).toEqual({ code: 0, out: '' })
    expect(err).toMatch(/^\S+ is served at http:\/\/127\.0\.0\.1:\d+\. Ctrl-C ends it\.\n$/)
  })

  test('tells where as JSON, and warns of other machines', async () => {
    const cwd = project()
    const { code, out } = await serving(['--json'], cwd, async () => undefined, 'SIGTERM')
    expect({ code, value: JSON.parse(out) }).toEqual({
      code: 0,
      value: { ok: true, value: { url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) } },
    })
    const open = await serving(['--host', '0.0.0.0'], cwd, async () => undefined)
    expect(open.err).toMatch(/^warning: other machines can read every block of /)
  })

  test('says why it cannot listen', async () => {
    const cwd = project()
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as { port: number }
    const { code, value } = await json(['gateway', '--port', `${port}`], { cwd })
    taken.close()
    const message = `Nothing can listen on 127.0.0.1 port ${port}: something else listens there; \`--port\` chooses another port.`
    expect({ code, message: value.diagnostics[0].message }).toEqual({ code: 2, message })
    expect(await json(['gateway', '--port', '65536'], { cwd })).toMatchObject({ code: 2 })
    expect(await json(['gateway', '--host', 'no such name'], { cwd })).toMatchObject({ code: 2 })
  })
})
