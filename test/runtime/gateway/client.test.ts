import { gzipSync } from 'node:zlib'
import type { ServerResponse } from 'node:http'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { afterEach, describe, expect, test } from 'vitest'
import { writeCar } from '../../../dag/car.ts'
import { block, cidOf } from '../../../dag/cid.ts'
import type { Block } from '../../../dag/ipld.ts'
import { importFile, readFile } from '../../../dag/unixfs.ts'
import { loadFrom, putAll } from '../../../runtime/blocks.ts'
import { GatewayClient, readGatewayUrl, type ClientOptions } from '../../../runtime/gateway/client.ts'
import { FetchingBlockstore } from '../../../runtime/gateway/fetching.ts'
import { serveGateway } from '../../../runtime/gateway/serve.ts'
import { StoreError } from '../../../runtime/store/errors.ts'
import { memoryStore } from '../../../runtime/store/open.ts'
import { serve } from './hostile.ts'

const leaf = block({ hello: 'there' })
const tree = block([leaf.cid, block(1).cid])
const all: Block[] = [tree, leaf, block(1)]

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function hostile(answer: Parameters<typeof serve>[0], options?: ClientOptions) {
  const server = await serve(answer)
  closing.push(server.close)
  return { ...server, client: clientOf(server.url, options) }
}
function clientOf(url: string, options?: ClientOptions): GatewayClient {
  const read = readGatewayUrl(url)
  if (!read.ok) throw new Error(read.error)
  return new GatewayClient(read.value, options)
}
/** A gateway of our own over these blocks. */
async function honest(blocks: Block[]): Promise<{ url: string; client: GatewayClient }> {
  const store = memoryStore()
  await putAll(store.blocks, blocks)
  const served = await serveGateway(loadFrom(store.blocks), { port: 0 })
  if (!served.ok) throw new Error(served.error.message)
  closing.push(served.value.close)
  const url = `http://127.0.0.1:${served.value.port}`
  return { url, client: clientOf(url) }
}
/** What it is refused with, the address left out. */
async function refusal(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    value => `gave ${value}`,
    error => error,
  )
  return error instanceof StoreError
    ? `${error.code}: ${error.message.replaceAll(/127\.0\.0\.1:\d+/g, 'HOST')}`
    : String(error)
}
const sends =
  (bytes: Uint8Array, status = 200) =>
  (_: string, response: ServerResponse) =>
    response.writeHead(status).end(bytes)

describe('an address', () => {
  test.each([
    ['https://ipfs.example', 'https://ipfs.example'],
    ['https://ipfs.example/', 'https://ipfs.example'],
    ['https://ipfs.example/ipfs/', 'https://ipfs.example'],
    ['http://127.0.0.1:8080/below', 'http://127.0.0.1:8080/below'],
  ])('%s', (text, name) => {
    expect(clientOf(text).name).toBe(name)
  })

  test.each([
    ['ipfs.example', 'it is no URL'],
    ['', 'it is no URL'],
    ['ipfs://bafy', 'it begins neither with `https:` nor `http:`'],
    ['file:///etc/passwd', 'it begins neither'],
    ['https://ipfs.example?x=1', 'it has something behind its path'],
    ['https://ipfs.example/#x', 'it has something behind its path'],
  ])('%j is none', (text, why) => {
    const read = readGatewayUrl(text)
    expect(read.ok ? 'taken' : read.error).toContain(why)
  })

  test('with a password is refused, and the password not repeated', () => {
    const read = readGatewayUrl('https://me:s3cret@ipfs.example')
    expect(read).toEqual({
      ok: false,
      error: '`https://…@ipfs.example` is no address of a gateway: it holds a name or a password',
    })
  })
})

describe('a block', () => {
  test('comes from a gateway of our own, asked for as the specification says', async () => {
    const { client } = await honest(all)
    expect(await client.block(leaf.cid)).toEqual(leaf.bytes)
    expect(await client.block(block('none').cid)).toBeUndefined()
    let accept: string | undefined
    const { client: other, asked } = await hostile((_, response, request) => {
      accept = request.headers.accept
      response.end(leaf.bytes)
    })
    expect(await other.block(leaf.cid)).toEqual(leaf.bytes)
    expect([asked, accept]).toEqual([[`/ipfs/${leaf.cid}?format=raw`], 'application/vnd.ipld.raw'])
  })

  test.each([400, 404, 406, 410, 451])('is not there where the answer is %i', async status => {
    const { client } = await hostile(sends(Buffer.from('no'), status))
    expect(await client.block(leaf.cid)).toBeUndefined()
  })

  test.each<[string, Uint8Array]>([
    ['other bytes', block('other').bytes],
    ['nothing', new Uint8Array()],
    ['bytes that are cut', leaf.bytes.slice(0, -1)],
    ['a page', Buffer.from('<html>Please sign in</html>')],
  ])('is refused where %s come', async (_, bytes) => {
    const { client } = await hostile(sends(bytes))
    expect(await refusal(client.block(leaf.cid))).toBe(
      `forged: the gateway http://HOST gave bytes that are not ${leaf.cid}`,
    )
  })

  test('of more bytes than a block has is not read on', async () => {
    let sent = 0
    const { client } = await hostile((_, response) => {
      const more = (): void => {
        while (!response.destroyed && sent < 1e9 && response.write(new Uint8Array(65_536))) sent += 65_536
      }
      response.on('drain', more)
      more()
    })
    expect(await refusal(client.block(leaf.cid))).toBe(
      `forged: the gateway http://HOST gave more than 2097152 bytes for the block ${leaf.cid}`,
    )
    expect(sent).toBeLessThan(64 << 20)
  })

  test('that is packed is not unpacked beyond that either', async () => {
    const { client } = await hostile((_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(new Uint8Array(64 << 20))),
    )
    expect(await refusal(client.block(leaf.cid))).toContain('gave more than 2097152 bytes')
  })

  test.each<[string, Parameters<typeof serve>[0], string]>([
    ['an error', sends(Buffer.from('oops'), 500), `answered 500 for ${leaf.cid}`],
    ['too many requests', sends(Buffer.from(''), 429), `answered 429 for ${leaf.cid}`],
    [
      'no answer at all',
      (_, response) => response.destroy(),
      `cannot be asked for ${leaf.cid}: the connection was cut`,
    ],
    [
      'an answer that is cut off',
      (_, response) => response.writeHead(200, { 'content-length': 99 }).write('x', () => response.destroy()),
      `cannot be asked for ${leaf.cid}: the connection was cut`,
    ],
    ['what is not HTTP', (_, response) => response.socket!.end('hello\r\n\r\n'), `cannot be asked for ${leaf.cid}: `],
  ])('cannot be had where the gateway gives %s', async (_, answer, message) => {
    const { client } = await hostile(answer)
    expect(await refusal(client.block(leaf.cid))).toContain(`gateway: the gateway http://HOST ${message}`)
  })

  test('cannot be had where nothing listens', async () => {
    const { url, close } = await serve(() => undefined)
    await close()
    expect(await refusal(clientOf(url).block(leaf.cid))).toBe(
      `gateway: the gateway http://HOST cannot be asked for ${leaf.cid}: nothing listens there`,
    )
  })

  test('is not waited for without end, whichever part of the answer does not come', async () => {
    const patience = { head: 80, pause: 80, whole: 60_000 }
    const silent = await hostile(() => undefined, { patience })
    expect(await refusal(silent.client.block(leaf.cid))).toContain('no answer came within 0.08 s')
    const stuck = await hostile((_, response) => response.writeHead(200).write('x'), { patience })
    expect(await refusal(stuck.client.block(leaf.cid))).toContain('no answer came within 0.08 s')
    const slow = await hostile(
      (_, response) => {
        response.writeHead(200)
        const drip = setInterval(() => response.write('x'), 20)
        response.on('close', () => clearInterval(drip))
      },
      { patience: { head: 60_000, pause: 60_000, whole: 150 } },
    )
    expect(await refusal(slow.client.block(leaf.cid))).toContain('no answer came within 0.15 s')
  })

  test('of another kind than is read is not asked for', async () => {
    const { client, asked } = await hostile(sends(leaf.bytes))
    const sha1 = CID.createV1(0x55, createDigest(0x11, new Uint8Array(20)))
    expect([await client.block(sha1), asked]).toEqual([undefined, []])
  })
})

describe('redirections', () => {
  const leads =
    (to: (path: string) => string, bytes: Uint8Array = leaf.bytes) =>
    (path: string, response: ServerResponse) =>
      path.includes('step') ? response.end(bytes) : response.writeHead(301, { location: to(path) }).end()

  test('are followed on the same host, and what comes is verified', async () => {
    expect(await (await hostile(leads(() => '/step'))).client.block(leaf.cid)).toEqual(leaf.bytes)
    const wrong = await hostile(leads(() => '/step', Uint8Array.of(1)))
    expect(await refusal(wrong.client.block(leaf.cid))).toContain('forged: ')
  })

  test.each([
    ['another host', 'http://169.254.169.254/latest'],
    ['a host whose name ends alike', 'http://evil127.0.0.1/'],
    ['another port', 'http://127.0.0.1:1/step'],
    ['a password', 'http://a:b@127.0.0.1/step'],
    ['a file', 'file:///etc/passwd'],
    ['nowhere', 'http://'],
  ])('to %s are not followed', async (_, location) => {
    const { client } = await hostile(leads(() => location))
    expect(await refusal(client.block(leaf.cid))).toBe(
      `gateway: the gateway http://HOST leads elsewhere: to ${JSON.stringify(location).replace(/127\.0\.0\.1:\d+/, 'HOST')}`,
    )
  })

  test('in a circle end', async () => {
    const { client, asked } = await hostile(leads(path => path))
    expect(await refusal(client.block(leaf.cid))).toContain('leads on more than 3 times')
    expect(asked).toHaveLength(4)
  })
})

describe('a DAG', () => {
  const names = (blocks: Block[] | undefined) => blocks?.map(({ cid }) => String(cid))

  test('comes whole from a gateway of our own', async () => {
    const { client } = await honest(all)
    expect(names(await client.dag(tree.cid))).toEqual(names(all))
  })

  test('is left without what it does not link to', async () => {
    const { client } = await hostile(sends(writeCar([tree.cid], [...all, block('stray')])))
    expect(names(await client.dag(tree.cid))).toEqual(names(all))
  })

  test('is refused where a block in it is not its CID, or it is no CAR', async () => {
    const damaged = writeCar([tree.cid], [tree, { ...leaf, bytes: Uint8Array.of(1, 2, 3) }])
    expect(await refusal((await hostile(sends(damaged))).client.dag(tree.cid))).toMatch(
      /^forged: the gateway http:\/\/HOST gave no CAR that can be taken for \w+: the CAR is damaged: block 2 at byte \d+ is damaged/,
    )
    expect(await refusal((await hostile(sends(Buffer.from('<html>')))).client.dag(tree.cid))).toContain('forged: ')
  })

  test('is not had where a gateway writes no CAR, cuts it off or sends too much', async () => {
    const torn = await honest([tree, leaf])
    expect(await torn.client.dag(tree.cid)).toBeUndefined()
    for (const status of [400, 404, 406, 500])
      expect(await (await hostile(sends(Buffer.from(''), status))).client.dag(tree.cid)).toBeUndefined()
    const large = await hostile(sends(writeCar([tree.cid], all)), { sizes: { block: 1000, car: 100 } })
    expect(await large.client.dag(tree.cid)).toBeUndefined()
  })
})

describe('a store with gateways', () => {
  test('keeps what it has fetched, and asks once for what nobody has', async () => {
    const kept = memoryStore()
    const { client, asked } = await hostile((path, response) =>
      path.includes(String(leaf.cid)) ? response.end(leaf.bytes) : response.writeHead(404).end(),
    )
    const load = loadFrom(new FetchingBlockstore(kept.blocks, [client]))
    const lost = block('none').cid
    expect(await Promise.all([load(leaf.cid), load(leaf.cid), load(lost)])).toEqual([leaf.bytes, leaf.bytes, undefined])
    expect([await load(leaf.cid), await load(lost), asked.length]).toEqual([leaf.bytes, undefined, 2])
    expect(await loadFrom(kept.blocks)(leaf.cid)).toEqual(leaf.bytes)
  })

  test('keeps nothing of what was not what it was asked for', async () => {
    const kept = memoryStore()
    const { client } = await hostile(sends(block('other').bytes))
    expect(await refusal(loadFrom(new FetchingBlockstore(kept.blocks, [client]))(leaf.cid))).toContain('forged')
    expect(await loadFrom(kept.blocks)(leaf.cid)).toBeUndefined()
    expect(await loadFrom(kept.blocks)(block('other').cid)).toBeUndefined()
  })

  test('asks the next gateway where one is down, lies or has none; a lie is told first', async () => {
    const down = await hostile((_, response) => response.destroy())
    const lying = await hostile(sends(Uint8Array.of(1)))
    const empty = await hostile(sends(Buffer.from(''), 404))
    const { client } = await honest(all)
    const read = (...gateways: GatewayClient[]) =>
      loadFrom(new FetchingBlockstore(memoryStore().blocks, gateways))(leaf.cid)
    expect(await read(down.client, lying.client, empty.client, client)).toEqual(leaf.bytes)
    expect(await refusal(read(down.client, lying.client, empty.client))).toContain('forged: ')
    expect(await refusal(read(lying.client, down.client))).toContain('forged: ')
    expect(await refusal(read(empty.client, down.client))).toContain('gateway: ')
  })

  test('takes a file whole, in one answer, else chunk by chunk', async () => {
    const bytes = new Uint8Array(700_000).map((_, i) => (i >> 8) + (i >> 16))
    const file = await importFile(bytes)
    const { url } = await honest(file.blocks)
    const requests: string[] = []
    const through = async (refuse: boolean) => {
      const { client } = await hostile(async (path, response) => {
        requests.push(/format=\w+/.exec(path)![0])
        if (refuse && path.includes('car')) return response.writeHead(406).end()
        const answer = await fetch(`${url}${path}`)
        return response.writeHead(answer.status).end(new Uint8Array(await answer.arrayBuffer()))
      })
      const read = await readFile(file.cid, loadFrom(new FetchingBlockstore(memoryStore().blocks, [client])))
      return read.ok && Buffer.compare(read.value, bytes)
    }
    expect([await through(false), requests]).toEqual([0, ['format=car']])
    requests.length = 0
    expect([await through(true), requests]).toEqual([0, ['format=car', ...Array(4).fill('format=raw')]])
  })

  test('needs nobody for what a CID carries in itself', async () => {
    const { client, asked } = await hostile(sends(Uint8Array.of(1)))
    const cid = CID.createV1(0x55, createDigest(0, Uint8Array.of(5, 6)))
    const load = loadFrom(new FetchingBlockstore(memoryStore().blocks, [client]))
    expect([await load(cid), asked]).toEqual([Uint8Array.of(5, 6), []])
  })

  test('a raw block is asked for as one', async () => {
    const bytes = Uint8Array.of(1, 2, 3)
    const { client, asked } = await hostile(sends(bytes))
    const cid = cidOf(bytes, 'raw')
    expect(await loadFrom(new FetchingBlockstore(memoryStore().blocks, [client]))(cid)).toEqual(bytes)
    expect(asked).toEqual([`/ipfs/${cid}?format=raw`])
  })
})
