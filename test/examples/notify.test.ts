import { copyFileSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { afterAll, describe, expect, test } from 'vitest'
import { mail } from '../../examples/notify/mail.ts'
import { folder, json, root } from '../cli/harness.ts'
import { ask, type Said } from '../runtime/effects/ask.ts'
import { silentPort, tcp, web } from '../runtime/effects/servers.ts'

const servers: SMTPServer[] = []
afterAll(() => {
  for (const server of servers) server.close()
})

interface Mail {
  to: string[]
  text: string
}

/** A mail server on loopback. `onText` says what it does with a mail that it has read; by default it takes it. */
async function mailServer(
  own: Partial<SMTPServerOptions> = {},
  onText: (server: SMTPServer, answer: (error?: Error) => void) => void = (_, answer) => answer(),
): Promise<{ port: number; mails: Mail[] }> {
  const mails: Mail[] = []
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', chunk => chunks.push(chunk))
      stream.on('end', () => {
        mails.push({
          to: session.envelope.rcptTo.map(({ address }) => address),
          text: Buffer.concat(chunks).toString(),
        })
        onText(server, error => done(error))
      })
    },
    ...own,
  })
  server.on('error', () => undefined)
  servers.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.server.address() as AddressInfo).port, mails }
}

const hangUp = (server: SMTPServer): void => {
  for (const connection of server.connections) connection._socket.destroy()
}
const refusing = (code: number, text: string): Error => Object.assign(new Error(text), { responseCode: code })

/** A folder with the example and a configuration that sends mail to this port. */
function project(port: number): string {
  const cwd = folder()
  copyFileSync(join(root, 'examples/notify/notify.ipvm'), join(cwd, 'notify.ipvm'))
  const provider = join(root, 'examples/notify/mail.ts')
  const config = `import { mail } from ${JSON.stringify(provider)}
export default { allow: ['mail.send=*@example.com'], providers: [mail({ host: '127.0.0.1', port: ${port} })] }
`
  writeFileSync(join(cwd, 'ipvm.config.ts'), config)
  return cwd
}

describe('the job', () => {
  test('sends each mail once, and says so when it is true', async () => {
    const { port, mails } = await mailServer()
    const { origin, port: web_, asked } = await web({ '/report': (_, response) => void response.writeHead(201).end() })
    const args = ['run', 'notify.ipvm', '--arg', `report=${origin}/report`, '--allow', `http.put=127.0.0.1:${web_}`]
    const cwd = project(port)
    const to = ['--arg', 'to=["bob@example.com", "eve@example.com"]']
    expect(await json([...args, ...to], { cwd })).toMatchObject({ code: 0, value: { value: { result: 201 } } })
    expect(mails.map(({ to }) => to[0]).sort()).toEqual(['bob@example.com', 'eve@example.com'])
    const bob = mails.find(({ to }) => to[0] === 'bob@example.com')!
    expect(bob.text).toMatch(/^Subject: DNSLink for example.com\r$/m)
    expect(bob.text).toContain('Hello bob@example.com!')
    const ids = mails.map(({ text }) => /^Message-ID:\s+(<[0-9a-f]{64}@example\.com>)\r$/m.exec(text)![1]!)
    expect(new Set(ids).size).toBe(2)
    expect(asked.map(({ line }) => line)).toEqual(['PUT /report'])
    for (const id of ids) expect(asked[0]!.body).toContain(id)
  })

  test('sends nothing where a receiver is not granted', async () => {
    const { port, mails } = await mailServer()
    const args = ['run', 'notify.ipvm', '--arg', 'to=["bob@example.com", "bob@other.example"]', '--allow', 'http.put']
    const { code, value } = await json(args, { cwd: project(port) })
    expect(code).toBe(4)
    expect(JSON.stringify(value.failure)).toContain('mail.send=bob@other.example')
    expect(mails).toEqual([])
  })

  test('leaves it open what became of a mail whose connection was lost, and reports nothing', async () => {
    const { port, mails } = await mailServer({}, server => hangUp(server))
    const { origin, port: web_, asked } = await web({})
    const args = ['run', 'notify.ipvm', '--arg', `report=${origin}/report`, '--allow', `http.put=127.0.0.1:${web_}`]
    const cwd = project(port)
    const { code, value } = await json(args, { cwd })
    expect(code).toBe(5)
    expect(value.failure).toMatchObject({ kind: 'unknown', unknown: [{ op: 'mail/send' }] })
    expect(mails.length).toBe(1)
    expect(asked).toEqual([])
    // Nor is it sent again.
    expect(await json(['resume', value.failure.run, '--allow', `http.put=127.0.0.1:${web_}`], { cwd })).toMatchObject({
      code: 5,
    })
    expect(mails.length).toBe(1)
  })
})

describe('mail.send', () => {
  const send = (port: number, to = 'bob@example.com', own = {}): Promise<Said> =>
    ask(mail({ host: '127.0.0.1', port }), 'send', ['alice@example.com', to, 'Subject', 'Body'], own)
  const err = (why: unknown, again: boolean): unknown => ({ kind: 'ok', value: { error: why }, again })

  test('gives the name of the mail', async () => {
    const { port, mails } = await mailServer()
    const id = `<${'0123456789abcdef'.repeat(4)}@example.com>`
    expect(await send(port)).toEqual({ answer: { kind: 'ok', value: { ok: { id } } }, sent: 1 })
    expect(mails.length).toBe(1)
  })

  test('has sent nothing where the server does not get to its text', async () => {
    const refuse = (_: unknown, __: unknown, done: (error: Error) => void): void =>
      done(refusing(550, 'no such mailbox'))
    const { port: refused } = await mailServer({ onRcptTo: refuse })
    expect(await send(refused)).toEqual({ answer: err(expect.stringContaining('no such mailbox'), false), sent: 0 })
    expect(await send(await silentPort())).toEqual({ answer: err(expect.any(String), true), sent: 0 })
    const closing = await tcp(socket => socket.end('220 hello\r\n'))
    expect(await send(closing)).toEqual({ answer: err(expect.any(String), true), sent: 0 })
    const halfway = await mailServer({ onRcptTo: () => hangUp(servers.at(-1)!) })
    expect(await send(halfway.port)).toEqual({ answer: err(expect.any(String), true), sent: 0 })
  })

  test('was refused where the server says so of the text', async () => {
    const { port, mails } = await mailServer({}, (_, answer) => answer(refusing(552, 'too large')))
    expect(await send(port)).toEqual({ answer: err(expect.stringContaining('too large'), false), sent: 1 })
    expect(mails.length).toBe(1)
  })

  test('may have been sent where the connection is lost behind the text', async () => {
    const { port } = await mailServer({}, server => hangUp(server))
    expect(await send(port)).toEqual({ answer: { kind: 'lost', detail: expect.any(String) }, sent: 1 })
  })

  test('sends nothing that must not be sent, and nothing when its time is over', async () => {
    const { port, mails } = await mailServer()
    const sent = async (): Promise<never> => {
      throw new Error('it comes too late')
    }
    expect((await send(port, undefined, { sent })).answer).toEqual(err('it comes too late', true))
    expect(mails).toEqual([])
    const late = new DOMException('late', 'TimeoutError')
    const timer = new AbortController()
    const silent = await tcp(() => timer.abort(late))
    await expect(send(silent, undefined, { signal: timer.signal })).rejects.toThrow()
  })

  const { policy } = mail({ host: 'localhost', port: 25 }).operations['send']!
  test.each([
    ['bob@example.com', 'bob@example.com', true],
    ['Bob@Example.com', 'bob@example.com', true],
    ['*@example.com', 'bob@example.com', true],
    ['*@example.com', 'bob@evil-example.com', false],
    ['*@example.com', 'bob@sub.example.com', false],
    ['bob@example.com', 'eve@example.com', false],
    [undefined, 'eve@example.com', true],
  ])('a grant for %s covers %s: %s', (rule, to, covered) => {
    const asked = policy!.subject([to]) as { subject: string }
    expect(policy!.covers(rule, asked.subject)).toBe(covered)
  })

  test.each([
    '',
    'bob',
    'eve@evil.example, bob@example.com',
    'Bob <bob@example.com>',
    'bob@example.com\r\nBcc: x',
    'a@b@example.com',
  ])('%j is no receiver', to => {
    expect(policy!.subject([to])).toHaveProperty('error')
  })
})
