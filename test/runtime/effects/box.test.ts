import { spawnSync } from 'node:child_process'
import { createSocket, type Socket } from 'node:dgram'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { checkModule } from '../../../compiler/module.ts'
import { Program } from '../../../compiler/modules.ts'
import { showType, type Type } from '../../../dag/types.ts'
import type { Value } from '../../../dag/value.ts'
import { box, type BoxOptions } from '../../../runtime/effects/box.ts'
import { dns } from '../../../runtime/effects/dns.ts'
import { createEffects } from '../../../runtime/effects/host.ts'
import { log } from '../../../runtime/effects/log.ts'
import type { Answer, Provider } from '../../../runtime/effects/provider.ts'
import { random } from '../../../runtime/effects/random.ts'
import { secret, secretTool, type SecretOptions } from '../../../runtime/effects/secret.ts'
import { time } from '../../../runtime/effects/time.ts'
import { memoryStore } from '../../../runtime/store/open.ts'
import { memoryHost } from '../../harness/host.ts'
import { ask } from './ask.ts'
import { Lines } from '../../../grammar/source.ts'

const made: string[] = []
const sockets: Socket[] = []
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true })
  for (const socket of sockets) socket.close()
})
function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'ipvm-box-'))
  made.push(path)
  return path
}

const ok = (value: Value): Answer => ({ kind: 'ok', value })
const failed = (detail: unknown, failure = 'effect'): unknown => ({ kind: 'failed', failure, detail })

/** What the language itself declares: `idempotent command put(string, bytes) -> u64`, by effect. */
async function declaredEffects(): Promise<Record<string, { scheme: string; operations: string[] }>> {
  const program = new Program(memoryHost({}), 'a.ipvm', new Lines('import { http } from "ipvm:effects"\n'))
  for (const source of program.ordered()) {
    await program.link(source)
    checkModule(source.context)
  }
  const { context } = program.files.get('ipvm:effects')!
  const effects = [...context.scope.values()].filter(symbol => symbol.kind === 'effect')
  return Object.fromEntries(
    effects.map(symbol => {
      const operations = symbol.node.operations.map(({ name }) => {
        const { op, operation, params, result } = context.effectOf(symbol, name.text)!
        const given = params.map(({ binding }) => showType(binding.type as Type)).join(', ')
        return `${operation} ${op.split('/')[1]}(${given}) -> ${showType(result as Type)}`
      })
      return [symbol.name, { scheme: symbol.node.scheme.value, operations: operations.sort() }]
    }),
  )
}

describe('the box', () => {
  test('has what the language declares: names, schemes, kinds and types', async () => {
    const providers = box({ log: () => undefined, blocks: memoryStore().blocks })
    const declared = await declaredEffects()
    expect(providers.map(({ name }) => name).sort()).toEqual(Object.keys(declared).sort())
    for (const { name, scheme, operations } of providers) {
      const shown = Object.entries(operations).map(([operation, { kind, params, result, ...own }]) => {
        const idempotent = 'recovery' in own && own.recovery === 'idempotent' ? 'idempotent ' : ''
        return `${idempotent}${kind} ${operation}(${params.map(showType).join(', ')}) -> ${showType(result)}`
      })
      expect({ name, scheme, operations: shown.sort() }).toEqual({ name, ...declared[name] })
    }
  })

  test('is fit to be used, and grants name all of it', () => {
    const providers = box({ log: () => undefined, blocks: memoryStore().blocks })
    expect(createEffects({ providers, grants: providers.map(({ name }) => `${name}.*`) })).toMatchObject({ ok: true })
    expect(box({ log: () => undefined }).some(({ name }) => name === 'job')).toBe(false)
  })

  test('says of each of its commands when it sends', () => {
    const providers = box({ log: () => undefined, blocks: memoryStore().blocks })
    const commands = providers.flatMap(({ name, operations }) =>
      Object.entries(operations).flatMap(([operation, own]) =>
        own.kind === 'command' ? [{ name, operation, own }] : [],
      ),
    )
    expect(commands.length).toBe(7)
    expect(commands.filter(({ own }) => own.announces !== true)).toEqual([])
  })

  test('keeps its secrets, and what else it is told to, from its files', async () => {
    const root = folder()
    for (const name of ['secrets.json', 'other.json', 'kept', 'plain']) writeFileSync(join(root, name), '{}')
    const read = (name: string, options: Partial<BoxOptions> = {}): Promise<string> => {
      const files = box({ root, kept: ['kept'], log: () => undefined, ...options }).find(one => one.name === 'fs')!
      return ask(files, 'read', [name]).then(({ answer }) => answer.kind)
    }
    expect(await Promise.all(['secrets.json', 'other.json', 'kept', 'plain'].map(name => read(name)))).toEqual([
      'failed',
      'ok',
      'failed',
      'ok',
    ])
    expect(await read('other.json', { secrets: 'other.json' })).toBe('failed')
  })
})

test('the clock is in milliseconds since 1970', async () => {
  expect((await ask(time({ clock: () => 1_764_115_200_123.9 }), 'now', [])).answer).toEqual(ok(1_764_115_200_123n))
  const before = BigInt(Date.now())
  const { answer } = await ask(time(), 'now', [])
  const now = answer.kind === 'ok' ? (answer.value as bigint) : 0n
  expect(now >= before && now <= BigInt(Date.now())).toBe(true)
})

describe('random bytes', () => {
  const drawn = async (provider: Provider, count: number, label: string): Promise<Buffer> => {
    const { answer } = await ask(provider, 'bytes', [count, label])
    if (answer.kind !== 'ok') throw new Error(answer.kind)
    return Buffer.from(answer.value as Uint8Array)
  }

  test('are equal for equal labels, and otherwise unrelated', async () => {
    const one = random()
    const bytes = await drawn(one, 64, 'a')
    expect(bytes.length).toBe(64)
    expect(await drawn(one, 64, 'a')).toEqual(bytes)
    expect(await drawn(one, 16, 'a')).toEqual(bytes.subarray(0, 16))
    expect(await drawn(one, 0, 'a')).toEqual(Buffer.alloc(0))
    expect(await drawn(one, 64, 'b')).not.toEqual(bytes)
    expect(await drawn(one, 64, '')).not.toEqual(bytes)
    // Another run has others.
    expect(await drawn(random(), 64, 'a')).not.toEqual(bytes)
  })

  test('come from a seed alone', async () => {
    const seed = new Uint8Array(32).fill(7)
    // HMAC-SHA-256 of the label under the seed is the key of AES-256 in counter mode; by OpenSSL.
    expect((await drawn(random({ seed }), 16, 'monday')).toString('hex')).toBe('d27747de44d7e9e29be0071046ecc861')
    expect(await drawn(random({ seed: new Uint8Array(32) }), 16, 'monday')).not.toEqual(
      await drawn(random({ seed }), 16, 'monday'),
    )
  })

  test('are so many at once, and no more', async () => {
    expect((await drawn(random(), 1 << 20, 'a')).length).toBe(1 << 20)
    expect((await ask(random(), 'bytes', [(1 << 20) + 1, 'a'])).answer).toEqual(
      failed('1048577 bytes were asked for; there are 1048576 at once', 'value'),
    )
  })
})

test('messages come to whoever listens, and none is too long', async () => {
  const heard: string[] = []
  const provider = log({ sink: message => void heard.push(message) })
  for (const message of ['one', '', 'x'.repeat(10_000), 'y'.repeat(10_001)])
    expect((await ask(provider, 'write', [message])).answer).toEqual(ok(null))
  expect(heard).toEqual(['one', '', 'x'.repeat(10_000), `${'y'.repeat(10_000)}…`])
})

describe('names', () => {
  /** A server of the domain name system on loopback; answers are the bytes of records by `name kind`. */
  async function server(
    records: Record<string, Buffer[] | number | 'silent'>,
  ): Promise<{ at: string; asked: string[] }> {
    const asked: string[] = []
    const socket = createSocket('udp4')
    sockets.push(socket)
    socket.on('message', (query, from) => {
      const labels: string[] = []
      let at = 12
      for (; query[at] !== 0; at += query[at]! + 1) labels.push(query.toString('latin1', at + 1, at + 1 + query[at]!))
      const kind = query.readUInt16BE(at + 1)
      asked.push(`${labels.join('.')} ${kind}`)
      const found = records[`${labels.join('.')} ${kind}`] ?? 3
      if (found === 'silent') return
      const answers = typeof found === 'number' ? [] : found
      const head = Buffer.from(query.subarray(0, 12))
      head.writeUInt16BE(0x8180 | (typeof found === 'number' ? found : 0), 2)
      head.writeUInt16BE(answers.length, 6)
      head.writeUInt16BE(0, 10)
      const body = answers.map(data => {
        const record = Buffer.from([0xc0, 12, 0, 0, 0, 1, 0, 0, 0, 60, 0, 0])
        record.writeUInt16BE(kind, 2)
        record.writeUInt16BE(data.length, 10)
        return Buffer.concat([record, data])
      })
      socket.send(Buffer.concat([head, query.subarray(12, at + 5), ...body]), from.port, from.address)
    })
    await new Promise<void>(resolve => socket.bind(0, '127.0.0.1', resolve))
    return { at: `127.0.0.1:${socket.address().port}`, asked }
  }
  const name = (text: string): Buffer =>
    Buffer.concat([
      ...text.split('.').map(label => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])),
      Buffer.alloc(1),
    ])
  const text = (...parts: string[]): Buffer =>
    Buffer.concat(parts.map(part => Buffer.concat([Buffer.from([part.length]), Buffer.from(part)])))

  test.each<[kind: string, code: number, records: Buffer[], shown: string[]]>([
    ['A', 1, [Buffer.from([10, 0, 0, 2]), Buffer.from([10, 0, 0, 1])], ['10.0.0.1', '10.0.0.2']],
    ['AAAA', 28, [Buffer.from('20010db8000000000000000000000001', 'hex')], ['2001:db8::1']],
    ['CNAME', 5, [name('other.example')], ['other.example']],
    ['NS', 2, [name('b.example'), name('a.example')], ['a.example', 'b.example']],
    ['PTR', 12, [name('host.example')], ['host.example']],
    ['MX', 15, [Buffer.concat([Buffer.from([0, 20]), name('mail.example')])], ['20 mail.example']],
    ['SRV', 33, [Buffer.concat([Buffer.from([0, 1, 0, 2, 1, 187]), name('srv.example')])], ['1 2 443 srv.example']],
    ['TXT', 16, [text('dnslink=', '/ipfs/x'), text('a b')], ['a b', 'dnslink=/ipfs/x']],
    ['CAA', 257, [Buffer.concat([Buffer.from([128, 5]), Buffer.from('issueca.example')])], ['128 issue "ca.example"']],
  ])('have records of the kind %s', async (kind, code, records, shown) => {
    const { at, asked } = await server({ [`_x.example.com ${code}`]: records })
    const { answer } = await ask(dns({ servers: [at] }), 'resolve', ['_x.Ex%61mple.com.', kind])
    expect(answer).toEqual(ok(shown))
    expect(asked).toEqual([`_x.example.com ${code}`])
  })

  test('have none of a kind, or are not there, which is another matter', async () => {
    const { at } = await server({ 'bare.example 1': 0, 'broken.example 1': 2 })
    const resolve = async (host: string, kind = 'A'): Promise<Answer> =>
      (await ask(dns({ servers: [at] }), 'resolve', [host, kind])).answer
    expect(await resolve('bare.example')).toEqual(ok([]))
    expect(await resolve('none.example')).toEqual(failed('`none.example`: there is no host of this name'))
    expect(await resolve('broken.example')).toEqual(failed(expect.stringContaining('`broken.example`: ')))
    expect(await resolve('bare.example', 'ANY')).toEqual(
      failed('there is no kind "ANY": A, AAAA, CAA, CNAME, MX, NS, PTR, SRV, TXT', 'value'),
    )
    expect(await resolve('bare.example', 'toString')).toMatchObject({ failure: 'value' })
  })

  test('are asked for no longer than the signal allows', async () => {
    const { at, asked } = await server({ 'slow.example 1': 'silent' })
    const timer = new AbortController()
    const late = new DOMException('late', 'TimeoutError')
    const answer = ask(dns({ servers: [at] }), 'resolve', ['slow.example', 'A'], { signal: timer.signal })
    while (asked.length === 0) await new Promise(resolve => setImmediate(resolve))
    timer.abort(late)
    await expect(answer).rejects.toBe(late)
    // Nor is it asked again, as it would be for want of an answer.
    expect(asked.length).toBe(1)
  })
})

describe('secrets', () => {
  const noRing: SecretOptions['keyring'] = async () => undefined
  const get = async (path: string, name: string, keyring = noRing): Promise<Answer> =>
    (await ask(secret({ path, keyring }), 'get', [name])).answer

  function file(content: string | Buffer, mode = 0o600): string {
    const path = join(folder(), 'secrets.json')
    writeFileSync(path, content, { mode })
    chmodSync(path, mode)
    return path
  }

  test('are in a file of JSON', async () => {
    const path = file('{ "TOKEN": "abc", "EMPTY": "", "UMLAUT": "ü\\n" }')
    expect(await get(path, 'TOKEN')).toEqual(ok('abc'))
    expect(await get(path, 'EMPTY')).toEqual(ok(''))
    expect(await get(path, 'UMLAUT')).toEqual(ok('ü\n'))
    for (const name of ['OTHER', 'toString', '__proto__'])
      expect(await get(path, name)).toEqual(failed(expect.stringContaining(`there is no secret \`${name}\``)))
  })

  test('or in files of a folder, without the line feed at their ends', async () => {
    const path = folder()
    writeFileSync(join(path, 'TOKEN'), 'abc\n', { mode: 0o600 })
    writeFileSync(join(path, 'LINES'), 'a\nb\n\n', { mode: 0o600 })
    writeFileSync(join(path, 'OPEN'), 'abc', { mode: 0o644 })
    mkdirSync(join(path, 'FOLDER'), { mode: 0o700 })
    expect(await get(path, 'TOKEN')).toEqual(ok('abc'))
    expect(await get(path, 'LINES')).toEqual(ok('a\nb\n'))
    expect(await get(path, 'NONE')).toEqual(failed(expect.stringContaining('there is no secret `NONE`')))
    expect(await get(path, 'OPEN')).toEqual(failed(expect.stringContaining(`chmod 600 ${join(path, 'OPEN')}`)))
    expect(await get(path, 'FOLDER')).toEqual(failed(expect.stringContaining('is no plain file')))
    chmodSync(path, 0o750)
    expect(await get(path, 'TOKEN')).toEqual(failed(`others may read or write ${path} (mode 750): chmod 700 ${path}`))
  })

  test.each([0o604, 0o640, 0o602, 0o620, 0o644, 0o666, 0o601, 0o777])(
    'are not taken from a file of mode %o',
    async mode => {
      const path = file('{ "TOKEN": "abc" }', mode)
      expect(await get(path, 'TOKEN')).toEqual(
        failed(`others may read or write ${path} (mode ${mode.toString(8)}): chmod 600 ${path}`),
      )
      // Nor is it passed over, as if it were not there.
      expect(await get(path, 'OTHER', async () => 'ring')).toMatchObject({ kind: 'failed' })
    },
  )

  test.each([0o600, 0o400, 0o700])('are taken from a file of mode %o', async mode => {
    expect(await get(file('{ "TOKEN": "abc" }', mode), 'TOKEN')).toEqual(ok('abc'))
  })

  test('are not taken from a file that a link hides the mode of', async () => {
    const path = file('{ "TOKEN": "abc" }', 0o644)
    const link = join(folder(), 'link')
    symlinkSync(path, link)
    expect(await get(link, 'TOKEN')).toEqual(failed(expect.stringContaining('chmod 600')))
  })

  test('are not taken from a file of another user', async () => {
    const path = file('{ "TOKEN": "abc" }')
    const own = process.getuid!
    process.getuid = () => own() + 1
    try {
      expect(await get(path, 'TOKEN')).toEqual(
        failed(`${path} belongs to another user: keep secrets in a plain file of your own`),
      )
    } finally {
      process.getuid = own
    }
  })

  test.each<[string, string | Buffer, string]>([
    ['no JSON', '{ TOKEN: abc }', 'is not a JSON object of texts'],
    ['a list', '["abc"]', 'is not a JSON object of texts'],
    ['null', 'null', 'is not a JSON object of texts'],
    ['numbers', '{ "TOKEN": 7 }', 'is not a JSON object of texts'],
    ['half a character', '{ "TOKEN": "\\ud800" }', 'is not a JSON object of texts'],
    ['no UTF-8', Buffer.from([0xff, 0xfe]), 'is not UTF-8'],
    ['too much', `{ "TOKEN": "${'x'.repeat(1 << 20)}" }`, 'has more than 1048576 bytes'],
  ])('are not taken from a file with %s, and nothing of it is told', async (_, content, why) => {
    const answer = await get(file(content), 'TOKEN')
    expect(answer).toEqual(failed(expect.stringContaining(why)))
    expect(JSON.stringify(answer)).not.toMatch(/abc|xxx|ud800/)
  })

  test('are no pipes and no devices', async () => {
    const pipe = join(folder(), 'pipe')
    spawnSync('mkfifo', ['-m', '600', pipe])
    expect(await get(pipe, 'TOKEN')).toEqual(failed(expect.stringContaining('is no plain file')))
    expect(await get('/dev/null', 'TOKEN')).toMatchObject({ kind: 'failed' })
  })

  test('are asked of the keyring where the file has none', async () => {
    const asked: string[] = []
    const keyring = async (name: string): Promise<string | undefined> => {
      asked.push(name)
      return name === 'RING' ? 'of the ring' : undefined
    }
    const path = file('{ "TOKEN": "abc" }')
    expect(await get(path, 'TOKEN', keyring)).toEqual(ok('abc'))
    expect(await get(path, 'RING', keyring)).toEqual(ok('of the ring'))
    expect(await get(join(folder(), 'none'), 'RING', keyring)).toEqual(ok('of the ring'))
    expect(await get(path, 'NONE', keyring)).toEqual(
      failed(
        `there is no secret \`NONE\`: put it into ${path}, or run: secret-tool store --label=NONE service ipvm name NONE`,
      ),
    )
    expect(asked).toEqual(['RING', 'RING', 'NONE'])
  })

  describe('of a keyring', () => {
    const never = new AbortController().signal

    /** Puts a program of this text in the place of `secret-tool`. */
    async function withTool<T>(script: string | undefined, act: () => Promise<T>): Promise<T> {
      const path = folder()
      if (script !== undefined) writeFileSync(join(path, 'secret-tool'), script, { mode: 0o755 })
      const before = process.env['PATH']
      process.env['PATH'] = script === undefined ? path : `${path}${delimiter}${before}`
      try {
        return await act()
      } finally {
        process.env['PATH'] = before
      }
    }

    test('are looked up by their names', async () => {
      const script = '#!/bin/sh\n[ "$*" = "lookup service ipvm name TOKEN" ] || exit 1\nprintf "abc def\\n"\n'
      expect(await withTool(script, () => secretTool('TOKEN', never))).toBe('abc def\n')
      expect(await withTool(script, () => secretTool('OTHER', never))).toBeUndefined()
      expect(await withTool(undefined, () => secretTool('TOKEN', never))).toBeUndefined()
    })

    test('are asked for no longer than the signal allows, and are not too long', async () => {
      const late = new DOMException('late', 'TimeoutError')
      const asked = withTool('#!/bin/sh\nexec sleep 60\n', () => secretTool('TOKEN', AbortSignal.abort(late)))
      await expect(asked).rejects.toBe(late)
      const long = '#!/bin/sh\nexec head -c 2000000 /dev/zero\n'
      await expect(withTool(long, () => secretTool('TOKEN', never))).rejects.toThrow('the secret `TOKEN` is too long')
    })
  })

  test('are never taken from the environment', async () => {
    process.env['TOKEN'] = 'of the environment'
    try {
      expect(await get(join(folder(), 'none'), 'TOKEN')).toMatchObject({ kind: 'failed' })
    } finally {
      delete process.env['TOKEN']
    }
  })
})
