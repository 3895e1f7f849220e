import { once } from 'node:events'
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readCar } from '../../../dag/car.ts'
import { block, cidOf } from '../../../dag/cid.ts'
import type { Load } from '../../../dag/load.ts'
import { importFile } from '../../../dag/unixfs.ts'
import { loadFrom, putAll } from '../../../runtime/blocks.ts'
import { serveGateway, type Gateway, type GatewayOptions } from '../../../runtime/gateway/serve.ts'
import { memoryStore } from '../../../runtime/store/open.ts'

const bytesOf = (size: number): Uint8Array => new Uint8Array(size).map((_, i) => i * 7 + (i >> 8) + (i >> 16))
const content = bytesOf(1_000_000)
const small = block({ hello: 'there' })
const lost = cidOf(bytesOf(9), 'raw')
/** Links to two blocks that are here, one of them twice, and to none that is not. */
const tree = block([small.cid, block(1).cid, small.cid])
const torn = block({ a: small.cid, b: lost })
/** The block is not what the CID says. */
const damaged = cidOf(bytesOf(10), 'raw')

let file: Awaited<ReturnType<typeof importFile>>
let zeros: typeof file
let load: Load
let gateway: Gateway
const open: Gateway[] = []
beforeAll(async () => {
  const store = memoryStore()
  file = await importFile(content)
  zeros = await importFile(new Uint8Array(600_000))
  await putAll(store.blocks, [...file.blocks, ...zeros.blocks, small, block(1), tree, torn, folder()])
  const stored = loadFrom(store.blocks)
  load = async cid => (cid.equals(damaged) ? bytesOf(11) : stored(cid))
  gateway = await start()
})
afterAll(async () => {
  for (const each of open) await each.close()
})

/** A folder with `sub/file`, as Kubo writes it. */
function folder(): { cid: ReturnType<typeof cidOf>; bytes: Uint8Array } {
  const field = (number: number, value: Uint8Array): number[] => [number * 8 + 2, value.length, ...value]
  const link = (name: string, cid: Uint8Array): number[] =>
    field(2, Uint8Array.from([...field(1, cid), ...field(2, Buffer.from(name)), 3 * 8, 1]))
  const bytes = Uint8Array.from([...link('small file', small.cid.bytes), ...field(1, Uint8Array.of(8, 1))])
  return { cid: cidOf(bytes, 'dag-pb'), bytes }
}

async function start(options: GatewayOptions = {}): Promise<Gateway> {
  const served = await serveGateway(load, { port: 0, ...options })
  if (!served.ok) throw new Error(served.error.message)
  open.push(served.value)
  return served.value
}

interface Got {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
}

function get(path: string, { method = 'GET', headers = {}, body = '', to = gateway } = {}): Promise<Got> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ host: '127.0.0.1', port: to.port, path, method, headers, agent: false }, response => {
      const parts: Buffer[] = []
      response.on('data', part => parts.push(part)).on('error', reject)
      response.on('end', () =>
        resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(parts) }),
      )
    })
    sent.on('error', reject).end(body)
  })
}

const raw = { accept: 'application/vnd.ipld.raw' }
const car = { accept: 'application/vnd.ipld.car' }
const cids = ({ body }: Got): string[] => {
  const read = readCar(body)
  if (!read.ok) throw new Error(read.error.message)
  return read.value.blocks.map(({ cid }) => cid.toString())
}

describe('a block', () => {
  test('is given with all that the specification asks for', async () => {
    const { status, headers, body } = await get(`/ipfs/${small.cid}?format=raw`)
    expect(status).toBe(200)
    expect(body).toEqual(Buffer.from(small.bytes))
    expect(headers).toMatchObject({
      'content-type': 'application/vnd.ipld.raw',
      'content-length': `${small.bytes.length}`,
      'content-disposition': `attachment; filename="${small.cid}.bin"`,
      etag: `"${small.cid}.raw"`,
      'cache-control': 'public, max-age=29030400, immutable',
      'x-content-type-options': 'nosniff',
      'x-ipfs-path': `/ipfs/${small.cid}`,
    })
    expect(headers['content-location']).toBeUndefined()
    const accepted = await get(`/ipfs/${small.cid}`, { headers: raw })
    expect(accepted).toMatchObject({
      status: 200,
      headers: { 'content-location': `/ipfs/${small.cid}?format=raw`, vary: 'Accept' },
    })
  })

  test('HEAD gives the same without the body', async () => {
    const { date: _, ...whole } = (await get(`/ipfs/${small.cid}?format=raw`)).headers
    const { headers, body } = await get(`/ipfs/${small.cid}?format=raw`, { method: 'HEAD' })
    expect(headers).toMatchObject(whole)
    expect(body).toHaveLength(0)
  })

  test('that the client has is not sent again', async () => {
    for (const tag of [`"${small.cid}.raw"`, `"x", W/"${small.cid}.raw"`, '*']) {
      const { status, body } = await get(`/ipfs/${small.cid}?format=raw`, { headers: { 'if-none-match': tag } })
      expect([status, body.length]).toEqual([304, 0])
    }
    const other = await get(`/ipfs/${small.cid}?format=raw`, { headers: { 'if-none-match': '"y"' } })
    expect(other.status).toBe(200)
  })

  test.each([
    ['bytes=2-4', 206, 'bytes 2-4/13', [2, 5]],
    ['bytes=3-', 206, 'bytes 3-12/13', [3, 13]],
    ['bytes=-2', 206, 'bytes 11-12/13', [11, 13]],
    ['bytes=0-999', 206, 'bytes 0-12/13', [0, 13]],
    ['bytes=13-', 416, 'bytes */13', undefined],
    ['bytes=-0', 416, 'bytes */13', undefined],
    ['bytes=5-3', 200, undefined, [0, 13]],
    ['bytes=0-1,3-4', 200, undefined, [0, 13]],
    ['lines=1-2', 200, undefined, [0, 13]],
  ] as const)('range %s', async (range, status, told, part) => {
    const got = await get(`/ipfs/${small.cid}?format=raw`, { headers: { range } })
    expect([got.status, got.headers['content-range']]).toEqual([status, told])
    if (part) expect(got.body).toEqual(Buffer.from(small.bytes.subarray(...part)))
  })

  test('of another version is not given in parts', async () => {
    const ask = async (tag: string): Promise<number> =>
      (await get(`/ipfs/${small.cid}?format=raw`, { headers: { range: 'bytes=0-1', 'if-range': tag } })).status
    expect([await ask(`"${small.cid}.raw"`), await ask('"other"')]).toEqual([206, 200])
  })

  test('the empty identity CID tells that here is a gateway', async () => {
    expect(await get('/ipfs/bafkqaaa?format=raw')).toMatchObject({ status: 200, body: Buffer.alloc(0) })
    expect((await get('/ipfs/bafkqaaa?format=car')).status).toBe(200)
  })
})

describe('a CAR', () => {
  test('has every block once, depth first, and can be verified', async () => {
    const got = await get(`/ipfs/${tree.cid}`, { headers: car })
    expect(got.headers['content-type']).toBe('application/vnd.ipld.car; version=1; order=dfs; dups=n')
    expect(cids(got)).toEqual([tree, small, block(1)].map(({ cid }) => `${cid}`))
    const whole = await get(`/ipfs/${file.cid}?format=car`)
    expect(cids(whole)).toHaveLength(file.blocks.length)
  })

  test('has equal chunks of a file once', async () => {
    const got = await get(`/ipfs/${zeros.cid}?format=car&dag-scope=entity`)
    expect(got.body.length).toBeLessThan(2 * 262_144 + 1000)
    expect(cids(got)).toHaveLength(3)
  })

  test('holds what the scope says', async () => {
    expect(cids(await get(`/ipfs/${tree.cid}?format=car&dag-scope=block`))).toEqual([`${tree.cid}`])
    expect(cids(await get(`/ipfs/${tree.cid}?format=car&dag-scope=entity`))).toEqual([`${tree.cid}`])
    const entity = await get(`/ipfs/${file.cid}?format=car&dag-scope=entity`)
    expect(cids(entity)).toHaveLength(file.blocks.length)
    const tags = await Promise.all(
      ['block', 'entity', 'all'].map(scope => get(`/ipfs/${file.cid}?format=car&dag-scope=${scope}`)),
    )
    expect(new Set(tags.map(({ headers }) => headers.etag)).size).toBe(3)
  })

  test.each([
    ['0:*', [0, 1, 2, 3]],
    ['0:0', [0]],
    ['262143:262144', [0, 1]],
    ['-1:*', [3]],
    ['-500000:-400000', [1, 2]],
    ['999999:2000000', [3]],
    ['1000000:*', []],
    ['5:4', []],
  ])('holds what the bytes %s of a file need and nothing else', async (range, chunks) => {
    const got = cids(await get(`/ipfs/${file.cid}?format=car&entity-bytes=${range}`))
    const leaves = file.blocks.filter(({ cid }) => cid.code === 0x55).map(({ cid }) => `${cid}`)
    expect(leaves).toHaveLength(4)
    expect(got).toEqual([`${file.cid}`, ...chunks.map(i => leaves[i])])
  })

  test('follows a path, whose blocks come first', async () => {
    const got = await get(`/ipfs/${folder().cid}/small%20file?format=car&dag-scope=block`)
    expect(cids(got)).toEqual([`${folder().cid}`, `${small.cid}`])
    expect((await get(`/ipfs/${folder().cid}/none?format=car`)).status).toBe(404)
    expect((await get(`/ipfs/${folder().cid}/small%20file?format=raw`)).status).toBe(400)
  })

  test('that cannot be finished is cut off', async () => {
    await expect(get(`/ipfs/${torn.cid}?format=car`)).rejects.toThrow(/aborted|hang up|ECONNRESET/)
  })
})

describe('what is refused', () => {
  test.each([
    [`/ipfs/${small.cid}`, {}, 400],
    [`/ipfs/${small.cid}`, { headers: { accept: '*/*' } }, 400],
    [`/ipfs/${small.cid}`, { headers: { accept: 'text/html' } }, 406],
    [`/ipfs/${small.cid}`, { headers: { accept: 'application/vnd.ipld.raw;q=0' } }, 406],
    [`/ipfs/${small.cid}?format=dag-json`, {}, 406],
    [`/ipfs/${small.cid}?format=ipns-record`, { headers: raw }, 406],
    [`/ipfs/${small.cid}?format=car&car-version=2`, {}, 406],
    [`/ipfs/${small.cid}?format=car&car-dups=y`, {}, 406],
    [`/ipfs/${small.cid}`, { headers: { accept: 'application/vnd.ipld.car; order=rnd' } }, 406],
    [`/ipfs/${small.cid}?format=car&dag-scope=some`, {}, 400],
    [`/ipfs/${small.cid}?format=car&entity-bytes=a:b`, {}, 400],
    ['/ipfs/nothing?format=raw', {}, 400],
    ['/ipfs/?format=raw', {}, 400],
    ['/ipfs/%ff?format=raw', {}, 400],
    [`/ipfs/${small.cid}/../x?format=car`, {}, 400],
    ['/ipfs/bafkr4ih5t6ld7y5g2qmqz4vtnzcgdjqk2hcvgpcmgqtbjxfhtbbsb4stau?format=raw', {}, 400],
    [`/ipfs/${lost}?format=raw`, {}, 404],
    [`/ipfs/${lost}?format=raw`, { method: 'HEAD' }, 404],
    [`/ipfs/${lost}?format=car`, {}, 404],
    [`/ipfs/${lost}?format=raw`, { headers: { 'cache-control': 'only-if-cached' } }, 412],
    [`/ipfs/${damaged}?format=raw`, {}, 500],
    [`/ipfs/${small.cid}?format=raw`, { method: 'POST' }, 405],
    [`/ipfs/${small.cid}?format=raw`, { headers: { 'service-worker': 'script' } }, 400],
    ['/ipns/example.com?format=raw', {}, 404],
    ['/', {}, 404],
    ['*', { method: 'OPTIONS' }, 400],
    [`/ipfs/${small.cid}?format=raw`, { headers: { host: 'evil.example:80' } }, 403],
  ])('%s %o: %i', async (path, options, status) => {
    const got = await get(path, options)
    expect(got.status).toBe(status)
    expect(got.headers['cache-control']).not.toContain('immutable')
  })
})

describe('the RPC API', () => {
  const post = (path: string, more: { headers?: Record<string, string>; body?: string } = {}): Promise<Got> =>
    get(`/api/v0/${path}`, { method: 'POST', ...more })

  test('gives a file, and parts of it', async () => {
    for (const arg of [`${file.cid}`, `/ipfs/${file.cid}`, `${file.cid}/`]) {
      const { status, headers, body } = await post(`cat?arg=${encodeURIComponent(arg)}`)
      expect([status, headers['x-stream-output'], headers['content-length']]).toEqual([200, '1', '1000000'])
      expect(Buffer.compare(body, content)).toBe(0)
    }
    const part = await post(`cat?arg=${file.cid}&offset=262140&length=10`)
    expect(part.body).toEqual(Buffer.from(content.subarray(262_140, 262_150)))
    expect((await post(`cat?arg=${file.cid}&offset=2000000`)).body).toHaveLength(0)
    expect((await post(`block/get?arg=${small.cid}`)).body).toEqual(Buffer.from(small.bytes))
  })

  test('says no in its own way', async () => {
    const said = async (path: string): Promise<[number, unknown]> => {
      const { status, body } = await post(path)
      return [status, JSON.parse(body.toString())]
    }
    expect(await said(`cat?arg=${lost}`)).toEqual([
      500,
      { Message: `block ${lost} is missing`, Code: 0, Type: 'error' },
    ])
    expect((await said(`cat?arg=${small.cid}`))[0]).toBe(500)
    expect((await said('cat'))[0]).toBe(400)
    expect((await said(`cat?arg=${file.cid}&arg=${lost}`))[0]).toBe(400)
    expect((await said('cat?arg=x'))[0]).toBe(500)
    expect((await said(`cat?arg=${file.cid}&offset=-1`))[0]).toBe(400)
    expect((await said('dag/put'))[0]).toBe(403)
    expect((await said(`block/get?arg=${damaged}`))[0]).toBe(500)
    expect((await post('config/show')).status).toBe(404)
  })

  test('takes POST alone, and no pages of other sites', async () => {
    const path = `cat?arg=${file.cid}`
    expect(await get(`/api/v0/${path}`)).toMatchObject({ status: 405, headers: { allow: 'POST' } })
    const own = `127.0.0.1:${gateway.port}`
    expect((await post(path, { headers: { origin: 'https://evil.example' } })).status).toBe(403)
    expect((await post(path, { headers: { origin: 'null' } })).status).toBe(403)
    expect((await post(path, { headers: { origin: `http://${own}` } })).status).toBe(200)
  })

  test('takes no name that is not its own, wherever it listens', async () => {
    const path = `cat?arg=${file.cid}`
    const everywhere = await start({ host: '0.0.0.0' })
    const via = async (host: string, to: Gateway): Promise<number> =>
      (await get(`/api/v0/${path}`, { method: 'POST', headers: { host }, to })).status
    for (const to of [gateway, everywhere]) {
      for (const host of ['localhost', `localhost:${to.port}`, '127.0.0.1', '[::1]:5001', '192.168.1.2'])
        expect([host, await via(host, to)]).toEqual([host, 200])
      for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', 'a b'])
        expect([host, (await via(host, to)) >= 400]).toEqual([host, true])
    }
    // What everybody may read is served under any name where others may ask.
    const named = { headers: { host: 'gateway.example' }, to: everywhere }
    expect((await get(`/ipfs/${small.cid}?format=raw`, named)).status).toBe(200)
  })
})

describe('bounds', () => {
  /** Whether the server ends a connection on which this is written. */
  async function ends(to: Gateway, text: string): Promise<boolean> {
    const socket = connect(to.port, '127.0.0.1')
    socket.on('error', () => undefined)
    await once(socket, 'connect')
    socket.write(text)
    socket.resume()
    await once(socket, 'close')
    return true
  }

  test('of headers', async () => {
    expect((await get(`/ipfs/${'a'.repeat(20_000)}`, {})).status).toBe(431)
  })

  const long = 600_000
  test.each([
    ['headers', { headers: 100, request: long, pause: long }, 'GET / HTTP/1.1\r\nHost: localhost\r\n'],
    [
      'a request',
      { headers: 100, request: 200, pause: long },
      'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\na',
    ],
    [
      'a pause',
      { headers: 100, request: long, pause: 300 },
      'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\na',
    ],
  ])('of the time for %s', async (_, patience, text) => {
    expect(await ends(await start({ patience }), text)).toBe(true)
  })

  test('of bodies', async () => {
    const sent = get(`/api/v0/cat?arg=${file.cid}`, { method: 'POST', body: 'x'.repeat(1_000_000) })
    const status = await sent.then(
      got => got.status,
      () => 413,
    )
    expect(status).toBe(413)
  })

  test('of connections', async () => {
    const narrow = await start({ connections: 2 })
    const held = [1, 2].map(() => connect(narrow.port, '127.0.0.1'))
    await Promise.all(held.map(socket => once(socket, 'connect')))
    await expect(get('/', { to: narrow })).rejects.toThrow()
    for (const socket of held) socket.destroy()
  })

  test('a port that is taken is told', async () => {
    const again = await serveGateway(load, { port: gateway.port })
    expect(!again.ok && again.error.code).toBe('EADDRINUSE')
  })
})
