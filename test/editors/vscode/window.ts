import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What is seen in the window of an editor. */
export interface Seen {
  /** CIDs that stood in the status bar, as it shortens them. */
  cids: Set<string>
}

/** What a person does and sees: a folder is trusted where that is asked, and the status bar is read. */
const look = `(() => {
  for (const button of document.querySelectorAll('.workspace-trust-editor .monaco-button'))
    if (button.textContent === 'Trust') button.click()
  return JSON.stringify([...document.querySelectorAll('.statusbar-item')].map(item => item.textContent.trim()))
})()`

/** Looks at the window of a Chromium by the DevTools protocol, once. */
export async function glance(data: string, seen: Seen): Promise<void> {
  const port = portOf(data)
  if (port === undefined) return
  const answer = await fetch(`http://127.0.0.1:${port}/json/list`)
  const pages = (await answer.json()) as { type: string; webSocketDebuggerUrl: string }[]
  for (const { webSocketDebuggerUrl } of pages.filter(({ type }) => type === 'page')) {
    const items = JSON.parse(await evaluate(webSocketDebuggerUrl, look)) as string[]
    for (const item of items) if (/^bafy\w+…\w+$/.test(item)) seen.cids.add(item)
  }
}

/** Where a Chromium listens that was told to choose a port. */
function portOf(data: string): string | undefined {
  const file = join(data, 'DevToolsActivePort')
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n')[0] : undefined
}

function evaluate(url: string, expression: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const socket = new WebSocket(url)
  socket.onopen = () =>
    socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression, returnByValue: true } }))
  socket.onmessage = ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { id?: number; result?: { result: { value?: string } } }
    if (id !== 1) return
    resolve(result?.result.value ?? '[]')
    socket.close()
  }
  socket.onerror = () => reject(new Error(`${url} does not answer`))
  return promise
}
