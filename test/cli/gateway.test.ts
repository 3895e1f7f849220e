import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { readCar } from '../../dag/car.ts'
import { importFile } from '../../dag/unixfs.ts'
import { loadFrom, putAll } from '../../runtime/blocks.ts'
import { serveGateway } from '../../runtime/gateway/serve.ts'
import { memoryStore } from '../../runtime/store/open.ts'
import { serve } from '../runtime/gateway/hostile.ts'
import { folder, image, ipvm, json, root } from './harness.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** The address of a server that has ended. */
async function gone(): Promise<string> {
  const { url, close } = await serve(() => undefined)
  await close()
  return url
}

/** A gateway over what a compiled file holds, and what it was asked. */
async function gatewayOver(...files: string[]): Promise<{ url: string; asked: string[]; close: () => Promise<void> }> {
  const store = memoryStore()
  for (const file of files) {
    const bytes = new Uint8Array(readFileSync(file))
    const car = readCar(bytes)
    await putAll(store.blocks, car.ok ? car.value.blocks : (await importFile(bytes)).blocks)
  }
  const served = await serveGateway(loadFrom(store.blocks), { port: 0 })
  if (!served.ok) throw new Error(served.error.message)
  closing.push(served.value.close)
  const inner = `http://127.0.0.1:${served.value.port}`
  const server = await serve(async (path, response) => {
    const answer = await fetch(`${inner}${path}`)
    response.writeHead(answer.status).end(new Uint8Array(await answer.arrayBuffer()))
  })
  closing.push(server.close)
  return server
}

async function built(args: string[] = []): Promise<{ car: string; cid: string }> {
  const cwd = folder()
  const { value } = await json(['build', image, '-j', 'thumbnail', '-o', 'job.car', ...args], { cwd })
  return { car: join(cwd, 'job.car'), cid: value.value.cid }
}
const photo = ['--arg', 'photo={ width: 1, height: 1, pixels: [1, 2, 3, 4] }']

describe('run --gateway', () => {
  test('fetches the job and its component, keeps both, and comes to the same', async () => {
    const { car, cid } = await built()
    const { url, asked, close } = await gatewayOver(car)
    const cwd = folder()
    const fetched = await json(['run', cid, ...photo, '--gateway', url], { cwd })
    expect(fetched).toMatchObject({ code: 0, value: { ok: true, value: { tasks: 1, ran: 1 } } })
    const local = await json(['run', car, ...photo], { cwd: folder() })
    expect(fetched.value.value.result).toEqual(local.value.value.result)
    expect(asked[0]).toBe(`/ipfs/${cid}?format=car&dag-scope=all`)
    // The component is no link of the job: it is asked for by its name.
    expect(asked.length).toBe(2)
    await close()
    const again = await json(['run', cid, ...photo, '--no-memo'], { cwd })
    expect(again).toMatchObject({ code: 0, value: { value: { ran: 1, result: local.value.value.result } } })
  })

  test('asks that of IPVM_GATEWAY, and the option goes before it', async () => {
    const { car, cid } = await built()
    const { url } = await gatewayOver(car)
    const env = { IPVM_GATEWAY: `http://127.0.0.1:1 ${url}` }
    expect((await json(['run', cid, ...photo], { cwd: folder(), env })).code).toBe(0)
    const before = await json(['run', cid, ...photo, '--gateway', 'http://127.0.0.1:1'], { cwd: folder(), env })
    expect(before.code).toBe(1)
  })

  test.each<[string, (cid: string) => Promise<string>, number, (cid: string, url: string) => string]>([
    [
      'is down',
      gone,
      1,
      (cid, url) => `error: The gateway ${url} cannot be asked for ${cid}: nothing listens there.\n`,
    ],
    [
      'has none',
      async () => (await gatewayOver()).url,
      2,
      (cid, url) =>
        `error: The job ${cid} is not in the store STORE, nor at the gateway ${url}; build it, or run its file.\n`,
    ],
    [
      'gives something else',
      async () => {
        const server = await serve((path, response) =>
          path.includes('raw') ? response.end('other bytes') : response.writeHead(404).end(),
        )
        closing.push(server.close)
        return server.url
      },
      3,
      (cid, url) => `error: The gateway ${url} gave bytes that are not ${cid}.\n`,
    ],
  ])('says in a sentence that a gateway %s', async (_, start, exit, message) => {
    const { cid } = await built()
    const url = await start(cid)
    const cwd = folder()
    const { code, out, err } = await ipvm(['run', cid, '--gateway', url], { cwd })
    expect({ code, out, err: err.replace(join(cwd, '.ipvm'), 'STORE') }).toEqual({
      code: exit,
      out: '',
      err: message(cid, url),
    })
  })

  test('says which component nobody has', async () => {
    const { car, cid } = await built(['--no-bundle'])
    const { url } = await gatewayOver(car)
    const { code, err } = await ipvm(['run', cid, ...photo, '--gateway', url], { cwd: folder() })
    expect(code).toBe(3)
    expect(err).toMatch(/^error: The component baf\w+ is not at hand\. /)
  })

  test('ends a run that asks in vain for what it needs on the way', async () => {
    const { car, cid } = await built()
    const { url } = await gatewayOver(car)
    const server = await serve(async (path, response) => {
      if (!path.includes(cid)) return response.writeHead(503).end()
      const answer = await fetch(`${url}${path}`)
      return response.writeHead(answer.status).end(new Uint8Array(await answer.arrayBuffer()))
    })
    closing.push(server.close)
    const { code, value } = await json(['run', cid, ...photo, '--gateway', server.url], { cwd: folder() })
    expect({ code, diagnostic: value.diagnostics[0] }).toMatchObject({
      code: 1,
      diagnostic: { code: 'IPVM9013', message: expect.stringMatching(/^The gateway \S+ answered 503 for baf\w+\.$/) },
    })
  })

  test.each([
    ['nowhere', '`--gateway`: `nowhere` is no address of a gateway: it is no URL, as `https://ipfs.example`.'],
    [
      'https://u:p@ipfs.example',
      '`--gateway`: `https://…@ipfs.example` is no address of a gateway: it holds a name or a password.',
    ],
  ])('%s is wrong usage', async (url, message) => {
    const { code, value } = await json(['run', 'x', '--gateway', url], { cwd: folder() })
    expect({ code, message: value.diagnostics[0].message }).toEqual({ code: 2, message })
  })
})

describe('other commands', () => {
  test('show fetches a block and keeps it', async () => {
    const { car, cid } = await built()
    const { url } = await gatewayOver(car)
    const cwd = folder()
    const shown = await json(['show', cid, '--gateway', url], { cwd })
    expect(shown).toMatchObject({ code: 0, value: { value: { cid, codec: 'dag-cbor' } } })
    expect((await json(['show', cid], { cwd })).value).toEqual(shown.value)
    const none = await ipvm(['show', 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku', '--gateway', url], {
      cwd,
    })
    expect(none).toMatchObject({ code: 2, err: expect.stringContaining(`nor at the gateway ${url}.`) })
  })

  test('check, build and run take a component that a source names by its CID', async () => {
    const component = join(root, 'examples/hello/hello.wasm')
    const { cid } = await importFile(new Uint8Array(readFileSync(component)))
    const { url } = await gatewayOver(component)
    const text = `import hello from "ipfs://${cid}"\n\njob main() -> string {\n  hello.greet("you")\n}\n`
    const cwd = folder({ 'job.ipvm': text })
    expect((await json(['check', 'job.ipvm', '--gateway', url], { cwd })).code).toBe(0)
    rmSync(join(cwd, '.ipvm'), { recursive: true, force: true })
    const { code, value } = await json(['build', 'job.ipvm', '--gateway', url], { cwd })
    expect({ code, tasks: value.value.tasks }).toEqual({ code: 0, tasks: 1 })
    // The file has it, so that it runs where there is neither.
    const other = folder({ 'job.car': new Uint8Array(readFileSync(join(cwd, 'job.car'))) })
    const run = await json(['run', 'job.car'], { cwd: other })
    expect(run).toMatchObject({ code: 0, value: { value: { result: 'Hello, you!' } } })
  })
})
