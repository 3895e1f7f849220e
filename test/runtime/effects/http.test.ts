import type { RequestListener } from 'node:http'
import { describe, expect, test } from 'vitest'
import type { Value } from '../../../dag/value.ts'
import { http, type HttpOptions } from '../../../runtime/effects/http.ts'
import type { Answer } from '../../../runtime/effects/provider.ts'
import { ask, type Said } from './ask.ts'
import { certificate, silentPort, tcp, web } from './servers.ts'

const says =
  (status: number, headers: Record<string, string | string[]> = {}, body = ''): RequestListener =>
  (_, response) =>
    void response.writeHead(status, headers).end(body)

/** Asks without a body; `rules` are those of the server itself unless it is said otherwise. */
const get = (url: string, rules = [new URL(url).host], options: HttpOptions = {}, headers: Value = []): Promise<Said> =>
  ask(http(options), 'get', [url, headers], { rules })
const post = (url: string, rules = [new URL(url).host], options: HttpOptions = {}): Promise<Said> =>
  ask(http(options), 'post', [url, Buffer.from('body'), []], { rules })

interface Response {
  status: number
  headers: [string, string][]
  body: Uint8Array
}

function responseOf({ answer }: Said): Response {
  if (answer.kind !== 'ok' || !('ok' in (answer.value as object))) throw new Error(JSON.stringify(answer))
  return (answer.value as unknown as { ok: Response }).ok
}

const textOf = (said: Said): string => Buffer.from(responseOf(said).body).toString()
const err = (why: string, again = true): Answer => ({ kind: 'ok', value: { error: why }, again })
const refused = (detail: string): Answer => ({ kind: 'failed', failure: 'refused', detail })

describe('a request', () => {
  test('is what the job asks for, and says who it is of', async () => {
    const { asked, origin, port } = await web({ '/a': says(200) })
    const headers = [
      ['X-One', '1'],
      ['x-one', '2'],
      ['Authorization', 'Bearer abc'],
    ]
    const { sent } = await get(`${origin}/a?b=c%20d#e`, undefined, {}, headers)
    expect(sent).toBe(1)
    expect(asked).toEqual([
      {
        line: 'GET /a?b=c%20d',
        headers: [
          ['host', `127.0.0.1:${port}`],
          ['accept', '*/*'],
          ['accept-encoding', 'identity'],
          ['user-agent', 'ipvm'],
          ['x-one', '1'],
          ['x-one', '2'],
          ['authorization', 'Bearer abc'],
          ['connection', 'close'],
        ],
        body: '',
      },
    ])
  })

  test.each([
    ['put', 'PUT', [Buffer.from('body')]],
    ['post', 'POST', [Buffer.from('body')]],
    ['patch', 'PATCH', [Buffer.from('body')]],
    ['delete', 'DELETE', []],
  ])('%s has its body and a key of its own', async (operation, method, body) => {
    const { asked, origin, port } = await web({ '/a': says(201, {}, 'made') })
    const said = await ask(http(), operation, [`${origin}/a`, ...body, []], { rules: [`127.0.0.1:${port}`] })
    expect(responseOf(said).status).toBe(201)
    expect(textOf(said)).toBe('made')
    expect(said.sent).toBe(1)
    expect(asked).toMatchObject([{ line: `${method} /a`, body: body.join('') }])
    const own = Object.fromEntries(asked[0]!.headers)
    expect(own['idempotency-key']).toBe(`"${'0123456789abcdef'.repeat(4)}"`)
    expect(own['content-length']).toBe(body.length > 0 ? '4' : undefined)
  })

  test('of a job may say of itself what the others do not', async () => {
    const { asked, origin } = await web({ '/': says(200) })
    await get(origin, undefined, {}, [
      ['Accept', 'text/html'],
      ['User-Agent', 'me'],
    ])
    expect(asked[0]!.headers.filter(([name]) => /^(accept|user-agent)$/i.test(name))).toEqual([
      ['accept', 'text/html'],
      ['user-agent', 'me'],
    ])
  })

  test.each([
    ['Host', 'evil.example', 'the header "Host" is not for a job to set'],
    ['content-length', '5', 'not for a job to set'],
    ['Transfer-Encoding', 'chunked', 'not for a job to set'],
    ['connection', 'upgrade', 'not for a job to set'],
    ['upgrade', 'websocket', 'not for a job to set'],
    ['proxy-authorization', 'x', 'not for a job to set'],
    ['expect', '100-continue', 'not for a job to set'],
    ['', 'x', '"" is no name of a header'],
    ['a b', 'x', '"a b" is no name of a header'],
    ['a\r\nb', 'x', 'is no name of a header'],
    ['a:', 'x', 'is no name of a header'],
    ['x-token', 'secret\r\nhost: evil', 'the value of the header "x-token" cannot be sent'],
    ['x-token', 'secret\u0000', 'cannot be sent'],
    ['x-token', 'secret €', 'cannot be sent'],
    ['x-token', 'secret'.repeat(12_000), 'more than 65536 characters'],
  ])('with the header %j: %j is not sent', async (name, value, detail) => {
    const { asked, origin } = await web({})
    const { answer, sent } = await get(origin, undefined, {}, [[name, value]])
    expect(answer).toEqual({ kind: 'failed', failure: 'value', detail: expect.stringContaining(detail) })
    expect(JSON.stringify(answer)).not.toContain('secret')
    expect({ sent, asked }).toEqual({ sent: 0, asked: [] })
  })
})

describe('an answer', () => {
  test('is what came, whatever its status', async () => {
    const { origin } = await web({
      '/': says(500, { 'X-B': 'b', 'X-A': ['1', '2'], 'Content-Encoding': 'gzip' }, 'no gzip'),
    })
    const { status, headers, body } = responseOf(await get(origin))
    expect(status).toBe(500)
    expect(headers.filter(([name]) => name !== 'date')).toEqual([
      ['x-b', 'b'],
      ['x-a', '1'],
      ['x-a', '2'],
      ['content-encoding', 'gzip'],
    ])
    expect(Buffer.from(body).toString()).toBe('no gzip')
    expect(responseOf(await get(`${origin}/none`)).status).toBe(404)
  })

  test('has no headers that are about the connection', async () => {
    const port = await tcp(socket =>
      socket.end(
        'HTTP/1.1 200 OK\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nX-Kept: 1\r\n' +
          'Transfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n',
      ),
    )
    const said = await get(`http://127.0.0.1:${port}`)
    expect(responseOf(said).headers).toEqual([['x-kept', '1']])
    expect(textOf(said)).toBe('abc')
  })

  test('has 64 KiB of headers at most, and any number of them', async () => {
    const { origin } = await web({
      '/many': says(200, Object.fromEntries(Array.from({ length: 3000 }, (_, n) => [`x-${n}`, '1']))),
      '/long': says(200, { 'x-long': 'a'.repeat(60_000) }),
      '/longer': says(200, { 'x-long': 'a'.repeat(70_000) }),
    })
    const { headers } = responseOf(await get(`${origin}/many`))
    expect(headers.filter(([name]) => name.startsWith('x-'))).toHaveLength(3000)
    expect(responseOf(await get(`${origin}/long`)).headers).toContainEqual(['x-long', 'a'.repeat(60_000)])
    expect((await get(`${origin}/longer`)).answer).toEqual(err(expect.stringMatching(/header/i)))
  })

  test('ends the connection, though the server would keep it', async () => {
    let ended: () => void = () => undefined
    const end = new Promise<void>(resolve => (ended = resolve))
    const port = await tcp(socket => {
      socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc'))
      socket.once('close', ended)
    })
    expect(textOf(await get(`http://127.0.0.1:${port}`))).toBe('abc')
    await end
  })

  test('to HEAD has no body', async () => {
    const { origin, port } = await web({ '/': says(200, { 'content-length': '5' }) })
    const said = await ask(http(), 'head', [origin, []], { rules: [`127.0.0.1:${port}`] })
    expect(responseOf(said)).toMatchObject({ status: 200, body: new Uint8Array() })
  })

  const large: RequestListener = (_, response) => void response.end(Buffer.alloc(1001))
  const endless: RequestListener = (_, response) => {
    const more = (): void => {
      if (!response.destroyed) response.write(Buffer.alloc(1 << 16), () => setImmediate(more))
    }
    more()
  }
  test.each([
    ['just large enough', ((_, response) => void response.end(Buffer.alloc(1000))) satisfies RequestListener, true],
    ['too large', large, false],
    ['without an end', endless, false],
  ])('of a body that is %s', async (_, page, fits) => {
    const { origin } = await web({ '/': page })
    const read = await get(origin, undefined, { maxBytes: 1000 })
    const done = await post(origin, undefined, { maxBytes: 1000 })
    if (fits) {
      expect(responseOf(read).body.length).toBe(1000)
      expect(responseOf(done).body.length).toBe(1000)
    } else {
      expect(read.answer).toEqual(err('the answer has more than 1000 bytes', false))
      expect(done.answer).toEqual({ kind: 'lost', detail: 'the answer has more than 1000 bytes' })
    }
  })

  test('with headers without an end is none', async () => {
    const port = await tcp(socket => {
      socket.write('HTTP/1.1 200 OK\r\n')
      const more = (): void => {
        if (!socket.destroyed) socket.write(`X-A: ${'a'.repeat(1000)}\r\n`, () => setImmediate(more))
      }
      more()
    })
    expect((await get(`http://127.0.0.1:${port}`)).answer).toEqual(err(expect.stringMatching(/header/i)))
  })

  test.each([
    ['is no HTTP', 'SSH-2.0-OpenSSH\r\n'],
    ['has a status of no kind', 'HTTP/1.1 2000 OK\r\n\r\n'],
    ['has two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na'],
    [
      'has a length and chunks',
      'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
    ],
    ['wants another protocol', 'HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'],
    ['has a header with a line feed in front', 'HTTP/1.1 200 OK\r\nX\n: 1\r\n\r\n'],
  ])('that %s is none', async (_, text) => {
    const port = await tcp(socket => void socket.once('data', () => socket.end(text)))
    const url = `http://127.0.0.1:${port}`
    expect((await get(url)).answer).toEqual(err(expect.any(String)))
    expect((await post(url)).answer).toMatchObject({ kind: 'lost' })
  })
})

describe('where there is no answer', () => {
  test('since nothing could be sent, nothing has happened', async () => {
    const port = await silentPort()
    const closed = `http://127.0.0.1:${port}`
    const { port: plain } = await web({})
    const lookup = async (host: string): Promise<string[]> => {
      if (host === 'secure.test') return ['127.0.0.1']
      throw Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' })
    }
    const cases: [url: string, why: string][] = [
      [closed, 'the connection was refused'],
      ['https://nowhere.test', 'there is no host of this name'],
      // A server that does not speak TLS.
      [`https://secure.test:${plain}`, expect.any(String) as unknown as string],
    ]
    for (const [url, why] of cases)
      for (const said of [await get(url, undefined, { lookup }), await post(url, undefined, { lookup })])
        expect(said).toEqual({ answer: err(why), sent: 0 })
  })

  test('since the server says nothing, a command may have happened', async () => {
    const port = await tcp(socket => void socket.once('data', () => socket.destroy()))
    const url = `http://127.0.0.1:${port}`
    expect(await get(url)).toEqual({ answer: err('the connection was lost'), sent: 1 })
    expect(await post(url)).toEqual({ answer: { kind: 'lost', detail: 'the connection was lost' }, sent: 1 })
  })

  test.each([
    ['headers', 'HTTP/1.1 200 OK\r\nX-A: 1'],
    ['body', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc'],
    ['chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n'],
  ])('since the server closes in the middle of the %s, a command may have happened', async (_, beginning) => {
    const port = await tcp(socket => void socket.once('data', () => socket.end(beginning)))
    const url = `http://127.0.0.1:${port}`
    expect((await get(url)).answer).toEqual(err(expect.any(String)))
    expect((await post(url)).answer).toMatchObject({ kind: 'lost' })
  })

  test('since the time is over, the signal says so, and the connection is closed', async () => {
    for (const operation of ['get', 'post']) {
      const timer = new AbortController()
      const late = new DOMException('late', 'TimeoutError')
      let closed: () => void = () => undefined
      const done = new Promise<void>(resolve => (closed = resolve))
      const port = await tcp(socket => {
        socket.once('data', () => timer.abort(late))
        socket.once('close', () => closed())
      })
      const args = [`http://127.0.0.1:${port}`, ...(operation === 'post' ? [Buffer.from('x')] : []), []]
      const asked = ask(http(), operation, args, { rules: [`127.0.0.1:${port}`], signal: timer.signal })
      await expect(asked).rejects.toBe(late)
      await done
    }
  })

  test('since it may not be sent, nothing has happened', async () => {
    const sent = async (): Promise<never> => {
      throw new Error('it comes too late')
    }
    for (const operation of ['get', 'post']) {
      let heard = ''
      let ended: () => void = () => undefined
      const end = new Promise<void>(resolve => (ended = resolve))
      const port = await tcp(socket => {
        socket.on('data', data => (heard += data.toString()))
        socket.once('close', ended)
      })
      const args: Value[] = [`http://127.0.0.1:${port}`, ...(operation === 'post' ? [Buffer.from('x')] : []), []]
      const said = await ask(http(), operation, args, { rules: [`127.0.0.1:${port}`], sent })
      expect(said.answer).toEqual(err('it comes too late'))
      await end
      expect(heard).toBe('')
    }
  })

  test('since nobody takes the connection in time, nothing has happened', async () => {
    // It takes the connection, and says nothing about TLS.
    const port = await tcp(() => undefined)
    const options: HttpOptions = { lookup: async () => ['127.0.0.1'], connectMilliseconds: 50 }
    expect(await post(`https://secure.test:${port}`, undefined, options)).toEqual({
      answer: err('there was no connection within 50 ms'),
      sent: 0,
    })
    const never: HttpOptions = { lookup: () => new Promise(() => undefined), connectMilliseconds: 50 }
    expect(await post('http://slow.test', undefined, never)).toEqual({
      answer: err('there was no connection within 50 ms'),
      sent: 0,
    })
  })
})

describe('a redirect', () => {
  const to = (status: number, location?: string): RequestListener =>
    says(status, location === undefined ? {} : { location }, 'moved')

  test.each([
    ['get', 301, 'GET'],
    ['get', 302, 'GET'],
    ['get', 303, 'GET'],
    ['get', 307, 'GET'],
    ['get', 308, 'GET'],
    ['head', 302, 'HEAD'],
    ['post', 307, 'POST'],
    ['post', 308, 'POST'],
    ['put', 307, 'PUT'],
    ['patch', 308, 'PATCH'],
    ['delete', 307, 'DELETE'],
  ])('of %s by %d is followed as %s', async (operation, status, method) => {
    const { asked, origin, port } = await web({ '/a': to(status, 'b?c'), '/b': says(200, {}, 'here') })
    const body = ['post', 'put', 'patch'].includes(operation) ? [Buffer.from('body')] : []
    const said = await ask(http(), operation, [`${origin}/a`, ...body, []], { rules: [`127.0.0.1:${port}`] })
    expect(responseOf(said).status).toBe(200)
    expect(asked.map(({ line }) => line)).toEqual([`${method} /a`, `${method} /b?c`])
    expect(asked.map(({ body }) => body)).toEqual([body.join(''), body.join('')])
    const keys = asked.map(({ headers }) => Object.fromEntries(headers)['idempotency-key'])
    expect(keys[0]).toBe(keys[1])
  })

  test.each([
    ['post', 301],
    ['post', 302],
    ['post', 303],
    ['put', 302],
    ['delete', 303],
  ])('of %s by %d is its answer: following would be another request', async (operation, status) => {
    const { asked, origin, port } = await web({ '/a': to(status, '/b'), '/b': says(200) })
    const body = operation === 'delete' ? [] : [Buffer.from('body')]
    const said = await ask(http(), operation, [`${origin}/a`, ...body, []], { rules: [`127.0.0.1:${port}`] })
    expect(responseOf(said)).toMatchObject({ status, headers: expect.arrayContaining([['location', '/b']]) })
    expect(asked.length).toBe(1)
  })

  test('without a place, or of another kind, is an answer', async () => {
    const { origin } = await web({ '/a': to(302), '/b': to(304, '/c'), '/c': to(300, '/d') })
    for (const path of ['/a', '/b', '/c'])
      expect(responseOf(await get(origin + path)).status).toBeGreaterThanOrEqual(300)
  })

  test.each([
    ['http://', 'it was redirected to what is no URL'],
    ['ftp://127.0.0.1/', '`ftp://127.0.0.1/`: its scheme is not https or http'],
    ['file:///etc/passwd', '`file:///etc/passwd`: its scheme is not https or http'],
    ['http://user:pw@127.0.0.1/', expect.stringContaining('a name or a password stands in it')],
  ])('to %s leads nowhere', async (location, why) => {
    const { origin } = await web({ '/a': to(302, location) })
    expect((await get(`${origin}/a`)).answer).toEqual(err(why, false))
  })

  test('is followed ten times, and not eleven', async () => {
    const pages: Record<string, RequestListener> = { '/0': says(200, {}, 'here') }
    for (let i = 1; i <= 11; i++) pages[`/${i}`] = to(302, `/${i - 1}`)
    const { asked, origin } = await web(pages)
    expect(textOf(await get(`${origin}/10`))).toBe('here')
    expect((await get(`${origin}/11`)).answer).toEqual(err('it was redirected more than 10 times', false))
    expect(asked.length).toBe(22)
  })

  test('to a host that is not granted is not followed', async () => {
    const other = await web({ '/': says(200) })
    const { origin, port } = await web({ '/': to(302, other.origin) })
    for (const rules of [[`127.0.0.1:${port}`], [`127.0.0.1:${port}`, undefined], [`127.0.0.1:${port}`, '*.0.0.1']])
      expect((await ask(http(), 'get', [origin, []], { rules })).answer).toEqual(
        refused(`it leads to \`127.0.0.1:${other.port}\`, which is not granted`),
      )
    expect(other.asked).toEqual([])
    const both = [`127.0.0.1:${port}`, `127.0.0.1:${other.port}`]
    expect(responseOf(await ask(http(), 'get', [origin, []], { rules: both })).status).toBe(200)
  })

  test('to a name that turns out to be local is not followed, whatever wildcard covers it', async () => {
    const inner = await web({ '/': says(200) })
    const { port } = await web({ '/': to(302, `http://inner.example.test:${inner.port}/`) })
    const asked: string[] = []
    const lookup = async (host: string): Promise<string[]> => {
      asked.push(host)
      return ['127.0.0.1']
    }
    const rules = [`outer.example.test:${port}`, `*.example.test:${inner.port}`, undefined]
    const said = await ask(http({ lookup }), 'get', [`http://outer.example.test:${port}/`, []], { rules })
    expect(said.answer).toEqual(
      refused(
        '`inner.example.test` is at 127.0.0.1, a loopback address: only a grant that names it reaches it, ' +
          `\`inner.example.test:${inner.port}\``,
      ),
    )
    expect(asked).toEqual(['outer.example.test', 'inner.example.test'])
    expect(inner.asked).toEqual([])
  })

  test('to another origin takes no headers along that may be secret', async () => {
    const other = await web({ '/': says(200) })
    const { origin, port, asked } = await web({ '/a': to(302, '/b'), '/b': to(307, other.origin) })
    const headers = [
      ['Authorization', 'Bearer abc'],
      ['Cookie', 'abc'],
      ['X-Api-Key', 'abc'],
      ['Accept', 'text/html'],
      ['Content-Type', 'text/plain'],
    ]
    const rules = [`127.0.0.1:${port}`, `127.0.0.1:${other.port}`]
    expect(responseOf(await ask(http(), 'get', [`${origin}/a`, headers], { rules })).status).toBe(200)
    const own = (asked: { headers: [string, string][] }): string[] =>
      asked.headers.map(([name]) => name).filter(name => headers.some(([other]) => other!.toLowerCase() === name))
    expect(asked.map(own)).toEqual([own(asked[0]!), own(asked[0]!)])
    expect(own(asked[1]!).length).toBe(5)
    expect(other.asked.map(own)).toEqual([['accept', 'content-type']])
  })

  test('from https to http is not followed', async () => {
    const plain = await web({ '/': says(200) })
    const secure = await web({ '/': to(302, plain.origin) }, { tls: true })
    const rules = [`127.0.0.1:${secure.port}`, `127.0.0.1:${plain.port}`]
    const said = await ask(http({ ca: certificate }), 'get', [secure.origin, []], { rules })
    expect(said.answer).toEqual(
      err(`it was redirected from https to http, to 127.0.0.1:${plain.port}, which is not followed`, false),
    )
    expect(plain.asked).toEqual([])
  })

  test('of a command to what cannot be reached has done nothing', async () => {
    const nobody = await silentPort()
    const { origin, port } = await web({ '/': to(307, `http://127.0.0.1:${nobody}/`) })
    const rules = [`127.0.0.1:${port}`, `127.0.0.1:${nobody}`]
    const said = await ask(http(), 'post', [origin, Buffer.from('x'), []], { rules })
    expect(said.answer).toEqual(err('the connection was refused'))
  })
})

describe('an address', () => {
  test('is looked up once, and no other is connected to', async () => {
    const { asked, port } = await web({ '/': says(200, {}, 'here') })
    let times = 0
    // Whoever answers for this name gives another address the next time, and the system knows none.
    const lookup = async (): Promise<string[]> => (times++ === 0 ? ['127.0.0.1'] : ['10.0.0.1'])
    const url = `http://rebound.test:${port}/`
    expect(textOf(await get(url, undefined, { lookup }))).toBe('here')
    expect(times).toBe(1)
    expect(Object.fromEntries(asked[0]!.headers)['host']).toBe(`rebound.test:${port}`)
  })

  test.each([
    ['127.0.0.1', 'a loopback address'],
    ['10.0.0.5', 'a private address'],
    ['169.254.169.254', 'a link-local address'],
    ['::1', 'a loopback address'],
    ['::ffff:127.0.0.1', 'an address that holds another'],
    ['fe80::1%eth0', 'a link-local address'],
    ['0.0.0.0', 'an unspecified address'],
  ])('%s is reached only where it or its name is granted by name', async (address, what) => {
    const options: HttpOptions = { lookup: async () => [address] }
    for (const rules of [[undefined], ['*.corp.test'], ['*.corp.test:80', undefined, 'other.corp.test']])
      for (const operation of ['get', 'post']) {
        const body = operation === 'post' ? [Buffer.from('x')] : []
        const said = await ask(http(options), operation, ['http://intranet.corp.test/', ...body, []], { rules })
        expect(said).toEqual({
          answer: refused(
            `\`intranet.corp.test\` is at ${address}, ${what}: only a grant that names it reaches it, \`intranet.corp.test:80\``,
          ),
          sent: 0,
        })
      }
  })

  test('that is local is reached by a rule that names the address, and those beside it are not', async () => {
    const { port } = await web({ '/': says(200, {}, 'here') })
    const lookup = async (): Promise<string[]> => ['10.0.0.5', '127.0.0.1']
    const said = await ask(http({ lookup }), 'get', [`http://two.test:${port}/`, []], {
      rules: [undefined, `127.0.0.1:${port}`],
    })
    expect(textOf(said)).toBe('here')
    // Another port of it is another matter.
    const other = await ask(http({ lookup }), 'get', [`http://two.test:${port}/`, []], {
      rules: [undefined, '127.0.0.1:1'],
    })
    expect(other.answer).toMatchObject({ kind: 'failed', failure: 'refused' })
  })

  test('is tried after one that does not answer', async () => {
    const { port } = await web({ '/': says(200, {}, 'here') }, { host: '127.0.0.1' })
    const lookup = async (): Promise<string[]> => ['127.0.0.9', '127.0.0.1']
    expect(textOf(await get(`http://two.test:${port}/`, undefined, { lookup }))).toBe('here')
  })

  test.each(['2130706433', '0x7f.1', '017700000001', '127.1'])('%s is 127.0.0.1', async spelling => {
    const { port, origin } = await web({ '/': says(200, {}, 'here') })
    const url = `http://${spelling}:${port}/`
    expect((await ask(http(), 'get', [url, []], { rules: [undefined] })).answer).toEqual(
      refused(`it leads to \`127.0.0.1:${port}\`, which is not granted`),
    )
    expect(textOf(await ask(http(), 'get', [url, []], { rules: [new URL(origin).host] }))).toBe('here')
  })

  test('of a name that has none is no answer', async () => {
    const nothing = await post('http://empty.test', undefined, { lookup: async () => [] })
    expect(nothing).toEqual({ answer: err('`empty.test` has no address'), sent: 0 })
    const text = await post('http://empty.test', undefined, { lookup: async () => ['not an address'] })
    expect(text).toEqual({ answer: err('`empty.test` has no address'), sent: 0 })
  })
})

describe('TLS', () => {
  const lookup = async (): Promise<string[]> => ['127.0.0.1']

  test('is of the host that was asked for', async () => {
    const { port, asked } = await web({ '/': says(200, {}, 'safe') }, { tls: true })
    const url = `https://secure.test:${port}/`
    expect(textOf(await get(url, undefined, { lookup, ca: certificate }))).toBe('safe')
    const wrong = `https://other.test:${port}/`
    expect(await post(wrong, undefined, { lookup, ca: certificate })).toEqual({
      answer: err(expect.stringContaining('altnames')),
      sent: 0,
    })
    expect(asked.length).toBe(1)
  })

  test('is not done without, whatever the environment says', async () => {
    const { port, asked } = await web({ '/': says(200) }, { tls: true })
    const url = `https://secure.test:${port}/`
    const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED']
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
    try {
      expect(await post(url, undefined, { lookup })).toEqual({
        answer: err(expect.stringContaining('self-signed')),
        sent: 0,
      })
    } finally {
      if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
      else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before
    }
    expect(asked).toEqual([])
  })
})
