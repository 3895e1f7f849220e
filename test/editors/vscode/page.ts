import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pageOf } from '../../../editors/vscode/src/page.ts'

const range = { start: { line: 0, character: 0 }, end: { line: 0, character: 1 } }
const nonce = 'abc123'
/** Stands where the editor gives pages the way to their extension. */
const editor = `const sent = []; globalThis.acquireVsCodeApi = () => ({ postMessage: message => sent.push(message) })`
const hands = `
const box = index => document.querySelector('[data-node="' + index + '"]')
for (const [index, type, init] of [[1, 'click'], [0, 'click'], [2, 'keydown', { key: 'Enter' }], [2, 'keydown', { key: 'a' }]])
  box(index).querySelector('text').dispatchEvent(new (type === 'click' ? MouseEvent : KeyboardEvent)(type, { bubbles: true, ...init }))
document.getElementById('copy').click()
document.title = JSON.stringify(sent)
`

/** Opens the page of a graph in Chromium, chooses boxes by mouse and keys, and tries to run and to load what it must not. */
export function checkPage(folder: string): void {
  const page = pageOf(
    {
      dot: 'digraph {}',
      nodes: [
        { id: 'a', label: 'stands nowhere', kind: 'core' },
        { id: 'b', label: '</text><script>document.title = "run"</script>', kind: 'task', range },
        { id: 'c', label: 'c', kind: 'result', range },
      ],
      edges: [['a', 'b', '"><img src=x onerror=alert(1)>']],
    },
    nonce,
  )
    .replace('<body>', `<body><script nonce="${nonce}">${editor}</script>`)
    .replace('</body>', `<script nonce="${nonce}">${hands}</script><script>document.title = 'run'</script></body>`)
  const file = join(folder, 'page.html')
  writeFileSync(file, page)
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${join(folder, 'page')}`, '--dump-dom']
  const { stdout } = spawnSync('chromium', [...flags, `file://${file}`], { encoding: 'utf8', timeout: 60_000 })
  assert.match(stdout, /<svg /)
  assert.equal(/<title>([^<]*)<\/title>/.exec(stdout)?.[1], '[{"node":1},{"node":2},{"copy":"dot"}]')
  assert.doesNotMatch(stdout, /<img/)
}
