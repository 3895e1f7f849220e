import { draw, escape } from './drawing.ts'
import type { Graph, Refusal } from './protocol.ts'

/** The styles of the page, in the colours of the editor. */
const style = `
body { padding: 0; color: var(--vscode-editor-foreground); background: var(--vscode-editor-background); }
header { position: sticky; left: 0; top: 0; padding: 8px; }
button { color: var(--vscode-button-foreground); background: var(--vscode-button-background); border: 0; padding: 4px 10px; cursor: pointer; }
p { padding: 8px; }
text { fill: currentColor; font: 12px var(--vscode-editor-font-family, monospace); text-anchor: middle; dominant-baseline: central; }
rect { fill: var(--vscode-editorWidget-background, Canvas); stroke: var(--vscode-editorWidget-border, currentColor); }
.edge { fill: none; stroke: currentColor; opacity: 0.6; }
marker path { fill: currentColor; }
.as { font-size: 10px; opacity: 0.8; }
[role=button] { cursor: pointer; outline: none; }
[role=button]:hover rect, [role=button]:focus-visible rect { stroke: var(--vscode-focusBorder, currentColor); stroke-width: 2; }
[data-kind=effect] rect { stroke: var(--vscode-charts-orange, currentColor); }
[data-kind=task] rect { stroke: var(--vscode-charts-blue, currentColor); }
[data-kind=param] rect { stroke: var(--vscode-charts-green, currentColor); rx: 16px; }
[data-kind=result] rect { stroke-width: 2; }
`

/** Tells the extension which box was chosen; Ctrl with the wheel changes the size. */
const script = `
const editor = acquireVsCodeApi()
const chosen = event => event.target.closest?.('[data-node][role=button]')
addEventListener('click', event => {
  const node = chosen(event)
  if (node) editor.postMessage({ node: Number(node.dataset.node) })
  if (event.target.id === 'copy') editor.postMessage({ copy: 'dot' })
})
addEventListener('keydown', event => {
  const node = chosen(event)
  if (node && (event.key === 'Enter' || event.key === ' ')) {
    event.preventDefault()
    editor.postMessage({ node: Number(node.dataset.node) })
  }
})
const svg = document.querySelector('svg')
let scale = 1
if (svg) addEventListener('wheel', event => {
  if (!event.ctrlKey) return
  event.preventDefault()
  scale = Math.min(4, Math.max(0.1, scale * (event.deltaY < 0 ? 1.1 : 1 / 1.1)))
  const { width, height } = svg.viewBox.baseVal
  svg.setAttribute('width', width * scale)
  svg.setAttribute('height', height * scale)
}, { passive: false })
`

/**
 * The page of a graph. It loads nothing, runs only what carries `nonce`, and what comes from the server is text in it.
 *
 * @param nonce of letters and digits, fresh for each page
 */
export function pageOf(graph: Graph | Refusal, nonce: string): string {
  const drawn = 'why' in graph ? graph : draw(graph)
  const body =
    'why' in drawn
      ? `<p>${escape(drawn.why)}</p>`
      : `<header><button id="copy">Copy as DOT</button></header>${drawn.svg}`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; form-action 'none'; base-uri 'none'">
<title>Graph</title>
<style nonce="${nonce}">${style}</style>
</head>
<body>
${body}
<script nonce="${nonce}">${script}</script>
</body>
</html>
`
}
