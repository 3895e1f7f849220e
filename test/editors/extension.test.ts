import fc from 'fast-check'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { draw, limits } from '../../editors/vscode/src/drawing.ts'
import { layOut, type LayoutInput } from '../../editors/vscode/src/layout.ts'
import { pageOf } from '../../editors/vscode/src/page.ts'
import { argumentsOf, programOf } from '../../editors/vscode/src/program.ts'
import { isSource, type Graph } from '../../editors/vscode/src/protocol.ts'

describe('the program', () => {
  test('is the one of the extension where none is set', () => {
    expect(programOf('', '/ext', '/node')).toEqual({
      command: '/node',
      args: [join('/ext', 'server/dist/ipvm.js')],
      env: { ELECTRON_RUN_AS_NODE: '1' },
    })
  })

  test('is the one that is set; a script is run by Node', () => {
    expect(programOf('/usr/bin/ipvm', '/ext', '/node')).toEqual({ command: '/usr/bin/ipvm', args: [], env: {} })
    expect(programOf('/a b/ipvm.js', '/ext', '/node')).toMatchObject({ command: '/node', args: ['/a b/ipvm.js'] })
  })

  test.each(['ipvm', './ipvm', '../ipvm.js', '/usr/bin/ipvm.cmd', '/usr/bin/ipvm.BAT'])('is not %s', setting => {
    expect(programOf(setting, '/ext', '/node')).toHaveProperty('why')
  })

  test('gets names as they are, and no name that could be an option', () => {
    expect(argumentsOf('run', '/a b.ipvm', 'main')).toEqual(['run', '/a b.ipvm', '-j', 'main'])
    expect(argumentsOf('build', '/a.ipvm', 'next-u32')).toEqual(['build', '/a.ipvm', '-j', 'next-u32'])
    expect(argumentsOf('test', '/a.ipvm', '--help "$(x)"')).toEqual(['test', '/a.ipvm', '--name=--help "$(x)"'])
    expect(argumentsOf('test', '/a.ipvm')).toEqual(['test', '/a.ipvm'])
    for (const name of ['--allow=fs.write=/', '-x', 'a b', 'a;b', '', 'a\nb', 'a-'])
      expect(argumentsOf('run', '/a.ipvm', name)).toBeUndefined()
  })
})

test.each([
  ['ipvm', 'effects', true],
  ['ipvm', 'explain/IPVM2001.md', false],
  ['ipvm-wit', '/main.ipvm/image.wit', false],
  ['file', '/effects', false],
])('of what is shown, %s:%s is in the language: %s', (scheme, path, is) => {
  expect(isSource({ scheme, path })).toBe(is)
})

const input: LayoutInput = {
  nodes: ['a', 'b', 'c', 'd', 'e'].map(id => ({ id, label: id })),
  edges: [
    ['a', 'b', 'x'],
    ['b', 'c'],
    ['a', 'c'],
    ['d', 'c'],
  ],
}

describe('the layout', () => {
  test('puts each box below those that it takes from', () => {
    const { boxes, lines } = layOut(input)
    const at = new Map(boxes.map(box => [box.id, box]))
    expect(['a', 'd', 'e', 'b', 'c'].map(id => at.get(id)!.y)).toEqual([37, 37, 37, 135, 233])
    expect(lines.map(({ points }) => points.length)).toEqual([2, 2, 3, 3])
    for (const { from, to, points } of lines) {
      expect(points[0]).toEqual([at.get(from)!.x, at.get(from)!.y + 17])
      expect(points.at(-1)).toEqual([at.get(to)!.x, at.get(to)!.y - 17])
    }
  })

  const ids = fc.constantFrom(...'abcdefghijkl')
  const graphs = fc.record({
    nodes: fc.array(fc.record({ id: ids, label: fc.string({ maxLength: 30 }) }), { maxLength: 12 }),
    edges: fc.array(fc.tuple(ids, ids), { maxLength: 30 }),
  })

  test('holds whatever the graph is: circles, strangers, the same twice', () => {
    fc.assert(
      fc.property(graphs, graph => {
        const { boxes, lines, width, height } = layOut(graph)
        expect(new Set(boxes.map(({ id }) => id))).toEqual(new Set(graph.nodes.map(({ id }) => id)))
        for (const [i, a] of boxes.entries()) {
          expect(a.x - a.width / 2 >= 0 && a.x + a.width / 2 <= width && a.y + a.height / 2 <= height).toBe(true)
          for (const b of boxes.slice(i + 1))
            expect(a.y !== b.y || Math.abs(a.x - b.x) >= (a.width + b.width) / 2).toBe(true)
        }
        const at = new Map(boxes.map(box => [box.id, box.y]))
        for (const { from, to } of lines) expect(at.get(from)!).toBeLessThan(at.get(to)!)
      }),
    )
  })

  test('leaves out of a circle the line that closes it', () => {
    const nodes = ['a', 'b', 'c'].map(id => ({ id, label: id }))
    const edges: [string, string][] = [
      ['a', 'b'],
      ['b', 'c'],
      ['c', 'a'],
      ['c', 'c'],
    ]
    expect(layOut({ nodes, edges }).lines.map(({ from, to }) => from + to)).toEqual(['ab', 'bc'])
  })

  test('draws every line of a graph without circles', () => {
    fc.assert(
      fc.property(graphs, ({ nodes, edges }) => {
        const known = new Set(nodes.map(({ id }) => id))
        const forward = edges.filter(([from, to]) => from < to && known.has(from) && known.has(to))
        expect(layOut({ nodes, edges: forward }).lines).toHaveLength(forward.length)
      }),
    )
  })

  test('keeps no stack, however deep a graph is', () => {
    const nodes = Array.from({ length: limits.nodes }, (_, i) => ({ id: `${i}`, label: '' }))
    const edges = nodes.slice(1).map(({ id }, i): [string, string] => [`${i}`, id])
    const { height } = layOut({ nodes, edges: [...edges, ['0', `${limits.nodes - 1}`]] })
    expect(height).toBe(37 + (limits.nodes - 1) * 98 + 37)
  })
})

const range = { start: { line: 1, character: 2 }, end: { line: 1, character: 5 } }
const graph: Graph = {
  dot: 'digraph {}',
  nodes: [
    { id: 'a', label: '</title><script>alert(1)</script>', kind: '" onclick="x', range },
    { id: 'b"', label: `${'long-'.repeat(10)}&`, kind: 'task' },
  ],
  edges: [['a', 'b"', '<b>']],
}

describe('the page of a graph', () => {
  test('runs and loads only what carries its number, from nowhere else', () => {
    const page = pageOf(graph, 'abc123')
    expect(page).toContain(
      `content="default-src 'none'; style-src 'nonce-abc123'; script-src 'nonce-abc123'; form-action 'none'; base-uri 'none'"`,
    )
    expect([...page.matchAll(/<(script|style)\b[^>]*>/g)].map(([tag]) => tag)).toEqual([
      '<style nonce="abc123">',
      '<script nonce="abc123">',
    ])
    expect(page.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|\bsrc=|\bhref=|\bstyle=|\bon\w+=["']/)
  })

  test('has what the server says as text', () => {
    const { svg } = draw(graph) as { svg: string }
    expect(svg).not.toMatch(/<script|<b>|onclick="/)
    expect(svg).toContain('&#60;b&#62;')
    expect(svg).toContain(`<text x="182" y="135">${'long-'.repeat(7)}long…</text>`)
  })

  test('lets those boxes be chosen that stand somewhere', () => {
    const { svg } = draw(graph) as { svg: string }
    expect([...svg.matchAll(/data-node="(\d+)"/g)].map(([, index]) => index)).toEqual(['0', '1'])
    expect(svg.match(/tabindex="0" role="button"/g)).toHaveLength(1)
  })

  test('says why there is none', () => {
    expect(pageOf({ why: 'The file has <errors>.' }, 'n')).toContain('<p>The file has &#60;errors&#62;.</p>')
  })

  test('draws no graph that nobody could look at', () => {
    const nodes = Array.from({ length: limits.nodes + 1 }, (_, i) => ({ id: `${i}`, label: '', kind: 'task' }))
    expect(draw({ dot: '', nodes, edges: [] })).toHaveProperty('why')
  })
})
