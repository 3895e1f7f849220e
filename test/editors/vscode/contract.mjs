/**
 * Answers what editors/vscode/README.md asks of a language server, with fixed values: what the extension does with them is
 * checked without a compiler. Started as `ipvm lsp`; a line for each request goes to `IPVM_CHECK_REQUESTS`.
 */
import { appendFileSync } from 'node:fs'

const range = { start: { line: 0, character: 0 }, end: { line: 0, character: 1 } }
const lens = (command, name) => ({
  range,
  command: { title: command, command, arguments: ['', name] },
})
const answers = {
  initialize: () => ({ capabilities: { textDocumentSync: 1, codeLensProvider: {} } }),
  shutdown: () => null,
  'textDocument/codeLens': ({ textDocument }) =>
    [lens('ipvm.run', 'main'), lens('ipvm.graph', 'main'), lens('ipvm.test', 'greets')].map(one => {
      one.command.arguments[0] = textDocument.uri
      return one
    }),
  'ipvm/cid': () => ({ cid: 'bafyreimain', tasks: 1 }),
  'ipvm/graph': () => ({
    dot: 'digraph { a -> b }',
    nodes: [
      { id: 'a', label: 'name', kind: 'param', range },
      { id: 'b', label: 'hello.greet', kind: 'task', range },
    ],
    edges: [['a', 'b', 'name']],
  }),
  'ipvm/wit': ({ uri }) => ({ text: `// ${uri}\n` }),
}

if (process.argv[2] !== 'lsp') throw new Error(`this is no ${process.argv[2]}`)
let rest = Buffer.alloc(0)
process.stdin.on('data', data => {
  rest = Buffer.concat([rest, data])
  for (;;) {
    const header = /^Content-Length: (\d+)\r\n(?:.*\r\n)*?\r\n/.exec(rest.toString('latin1'))
    if (!header || rest.length < header[0].length + Number(header[1])) return
    const end = header[0].length + Number(header[1])
    receive(JSON.parse(rest.toString('utf8', header[0].length, end)))
    rest = rest.subarray(end)
  }
})

function receive({ id, method, params }) {
  if (method === 'exit') process.exit(0)
  appendFileSync(process.env.IPVM_CHECK_REQUESTS, `${method} ${JSON.stringify(params)}\n`)
  if (id === undefined || method === undefined) return
  const body = JSON.stringify({ jsonrpc: '2.0', id, result: answers[method](params) })
  process.stdout.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
}
