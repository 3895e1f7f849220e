import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { engineStack } from '../../runtime/wasm/schedule.ts'
import type { Inputs } from './corpus.ts'

/** Milliseconds after which a browser that has not answered is ended. */
const patience = 300_000

/** Runs the scripts `<name>-page.js` of a folder in a page of a headless Chromium; gives what each reports. */
export async function inChromium(scripts: string, names: string[], inputs: Inputs): Promise<Map<string, unknown>> {
  const profile = mkdtempSync(join(tmpdir(), 'ipvm-chromium-'))
  const reports = new Map<string, unknown>()
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const server = createServer((request, response) => {
    if (request.method !== 'POST') return serve(request.url!, scripts, names, inputs, response)
    readBody(request).then(body => {
      response.end()
      const came = JSON.parse(body) as { ok: unknown } | { error: string }
      if ('error' in came) return reject(new Error(`in Chromium: ${came.error}`))
      reports.set(request.url!.slice(1), came.ok)
      if (reports.size === names.length) resolve()
    }, reject)
  })
  await new Promise<void>(listening => void server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  const browser = start(profile, `http://127.0.0.1:${port}/`)
  const told: string[] = []
  browser.stderr.on('data', (text: Buffer) => told.push(text.toString()))
  browser.on('error', reject)
  browser.on('exit', (code, signal) => reject(new Error(`Chromium ended with ${signal ?? code}\n${told.join('')}`)))
  const timer = setTimeout(() => reject(new Error(`Chromium gave no answer\n${told.join('')}`)), patience)
  try {
    await promise
  } finally {
    clearTimeout(timer)
    browser.removeAllListeners('exit')
    const gone = new Promise(resolve => browser.once('exit', resolve))
    if (browser.kill('SIGKILL')) await gone
    server.close()
    server.closeAllConnections()
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
  }
  return reports
}

/** Its main thread gets the stack that worker threads get; the shell sets how much of it the system gives. */
function start(profile: string, url: string) {
  const stack = engineStack * 1024
  const flags = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--disable-background-networking',
    '--disable-component-update',
    '--no-first-run',
    `--user-data-dir=${profile}`,
    `--js-flags=--stack-size=${stack - 1024}`,
  ]
  const command = `ulimit -s ${stack} && exec chromium "$@"`
  return spawn('/bin/sh', ['-c', command, 'sh', ...flags, url], { stdio: ['ignore', 'ignore', 'pipe'] })
}

function serve(url: string, scripts: string, names: string[], inputs: Inputs, response: ServerResponse): void {
  const give = (type: string, content: string | Uint8Array): void =>
    void response.setHeader('content-type', type).end(content)
  if (url === '/') {
    const tags = names.map(name => `<script type="module" src="/scripts/${name}-page.js"></script>`)
    return give('text/html; charset=utf-8', `<!doctype html><title>ipvm</title>${tags.join('')}`)
  }
  const script = names.find(name => url === `/scripts/${name}-page.js`)
  if (script) return give('text/javascript', readFileSync(join(scripts, `${script}-page.js`)))
  if (url === '/inputs') return give('application/json', JSON.stringify([...inputs.keys()]))
  const input = inputs.get(decodeURIComponent(url.replace(/^\/inputs\//, '')))
  if (input) return give(url.endsWith('.js') ? 'text/javascript' : 'application/octet-stream', input)
  response.statusCode = 404
  response.end()
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString()
}
