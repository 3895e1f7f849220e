import { Readable } from 'node:stream'
import type { Answer, Provider, Request } from 'ipvm'
import MailComposer from 'nodemailer/lib/mail-composer'
import SMTPConnection from 'nodemailer/lib/smtp-connection'

/** The server that takes mail. */
export interface MailServer {
  host: string
  port: number
  /** TLS from the first byte. Without it TLS is used where the server offers it. */
  secure?: boolean
  user?: string
  password?: string
}

const text = { kind: 'string' } as const

/** `mail.send` over SMTP. A grant names a receiver, `mail.send=bob@example.com`, or all of a domain, `*@example.com`. */
export function mail(server: MailServer): Provider {
  return {
    name: 'mail',
    scheme: 'mailto:',
    operations: {
      send: {
        kind: 'command',
        // No server tells twice the same mail from two.
        recovery: 'irrevocable',
        announces: true,
        // from, to, subject, body
        params: [text, text, text, text],
        result: { kind: 'result', ok: { kind: 'record', fields: [{ name: 'id', type: text }] }, error: text },
        policy: {
          about: [1],
          subject([to]) {
            // A list of addresses would be granted by the end of its last one.
            const isOne = /^[^\s<>,;:@"()[\]]+@[^\s<>,;:@"()[\]]+$/.test(to as string)
            return isOne
              ? { subject: (to as string).toLowerCase() }
              : { error: `\`${to}\` is not the address of one receiver` }
          },
          covers: (rule, to) =>
            rule === undefined ||
            rule.toLowerCase() === to ||
            (rule.startsWith('*@') && to.endsWith(rule.slice(1).toLowerCase())),
        },
        perform: request => send(server, request),
      },
    },
  }
}

/** Once the text of the mail is on its way, only an answer of the server tells what became of it. */
async function send(server: MailServer, { args, key, signal, sent }: Request): Promise<Answer> {
  const [from, to, subject, body] = args as [string, string, string, string]
  const id = `<${key}@${from.split('@')[1]}>`
  const message = await new MailComposer({ from, to, subject, text: body, messageId: id }).compile().build()
  const connection = new SMTPConnection(server)
  let begun = false
  // The connection asks for the text when the server has said that it takes it.
  async function* content(): AsyncGenerator<Buffer> {
    await sent()
    begun = true
    yield message
  }
  const stop = (): void => connection.close()
  signal.addEventListener('abort', stop)
  try {
    await new Promise<void>((resolve, reject) => {
      connection.once('error', reject)
      connection.once('end', () => reject(new Error('the server has closed the connection')))
      const login = server.user === undefined ? undefined : { user: server.user, pass: server.password ?? '' }
      const deliver = (): void =>
        connection.send({ from, to: [to] }, Readable.from(content()), error => (error ? reject(error) : resolve()))
      connection.connect(error => {
        if (error) reject(error)
        else if (login) connection.login(login, error => (error ? reject(error) : deliver()))
        else deliver()
      })
    })
    return { kind: 'ok', value: { ok: { id } } }
  } catch (error) {
    if (signal.aborted) throw error
    const why = error instanceof Error ? error.message : String(error)
    // With a number the server itself has spoken: it has not taken the mail.
    const refused = error instanceof Error && 'responseCode' in error && typeof error.responseCode === 'number'
    if (begun && !refused) return { kind: 'lost', detail: why }
    return { kind: 'ok', value: { error: why }, again: !refused }
  } finally {
    signal.removeEventListener('abort', stop)
    connection.quit()
  }
}
