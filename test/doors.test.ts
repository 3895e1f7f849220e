import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { doors, findBreaches, importsOf, reach, readRooms } from './doors.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

describe('rooms have doors', () => {
  const rooms = readRooms(root)

  test('no module opens a door that is shut', () => {
    expect(findBreaches(rooms)).toEqual([])
  })

  test.each(['worker', 'keeper'])('the thread of a %s loads runtime/wasm and dag only', name => {
    const { files, packages } = reach(rooms, `runtime/wasm/${name}.ts`)
    expect([...files].filter(file => !/^(runtime\/wasm|dag)\//.test(file))).toEqual([])
    expect([...packages].filter(name => /chevrotain|prettier|commander|sqlite/.test(name))).toEqual([])
    expect(files.size).toBeGreaterThan(name === 'worker' ? 10 : 3)
  })

  test('what runs a component takes nothing from Node', () => {
    const { files, packages } = reach(rooms, 'runtime/wasm/component.ts')
    expect([...packages].filter(name => name.startsWith('node:'))).toEqual([])
    expect([...files].filter(file => /\b(Buffer|process|setImmediate)\b(?=[.(])/.test(rooms.get(file)!))).toEqual([])
    expect(files.size).toBeGreaterThan(40)
  })

  test('an extension of an editor opens no room: what it knows of files a language server tells it', () => {
    const sources = [...rooms].filter(([file]) => file.startsWith('editors/vscode/'))
    const opened = sources.flatMap(([file, source]) =>
      importsOf(source)
        .filter(target => target.startsWith('.'))
        .map(target => normalize(join(dirname(file), target))),
    )
    expect(opened.filter(path => !path.startsWith(join('editors', 'vscode', 'src')))).toEqual([])
    expect(opened.length).toBeGreaterThan(10)
  })

  test('the rooms are all there', () => {
    const found = new Set([...rooms.keys()].map(file => file.split('/')[0]))
    expect(Object.keys(doors).filter(room => !found.has(room) && room !== 'lsp')).toEqual([])
  })
})

describe('the check of the doors goes red', () => {
  const tree = (file: string, source: string): Map<string, string> => new Map([[file, source]])

  test.each([
    ['dag/a.ts', `import { x } from '../grammar/b.ts'`, 'grammar/b.ts'],
    ['dag/a.ts', `import type { X } from "../runtime/b.ts"`, 'runtime/b.ts'],
    ['grammar/deep/a.ts', `export * from '../../compiler/b.ts'`, 'compiler/b.ts'],
    ['grammar/a.ts', `export { x } from '../cli/b.ts'`, 'cli/b.ts'],
    ['compiler/a.ts', `const x = await import('../runtime/b.ts')`, 'runtime/b.ts'],
    ['compiler/a.ts', `import '../lsp/b.ts'`, 'lsp/b.ts'],
    ['runtime/a.ts', `import {\n  x,\n  y,\n} from '../compiler/b.ts'`, 'compiler/b.ts'],
    ['runtime/a.ts', `new Worker(new URL('../grammar/b.ts', import.meta.url))`, 'grammar/b.ts'],
    ['runtime/a.ts', `import { createToken } from 'chevrotain'`, 'chevrotain'],
    ['runtime/wasm/a.ts', `import { x } from '../../test/b.ts'`, 'test/b.ts'],
    ['lsp/a.ts', `import { x } from '../runtime/b.ts'`, 'runtime/b.ts'],
    ['lsp/a.ts', `import { x } from '../cli/b.ts'`, 'cli/b.ts'],
    ['runtime/a.ts', `import { compile } from 'ipvm/compiler'`, 'ipvm/compiler'],
    ['editors/a.ts', `import { check } from '../compiler/b.ts'`, 'compiler/b.ts'],
    ['grammar/a.ts', `import { x } from '../editors/b.ts'`, 'editors/b.ts'],
  ])('%s: %s', (file, source, target) => {
    expect(findBreaches(tree(file, source))).toEqual([`${file} opens ${target}`])
  })

  test('what is allowed stays green', () => {
    expect(findBreaches(tree('cli/a.ts', `import { run } from '../runtime/run.ts'`))).toEqual([])
    expect(findBreaches(tree('compiler/a.ts', `import { parse } from '../grammar/parse.ts'`))).toEqual([])
    expect(findBreaches(tree('dag/a.ts', `import { b } from './component/b.ts'\nimport { CID } from 'multiformats'`)))
      .toEqual([]) // prettier-ignore
  })

  test('comments and plain strings are no imports', () => {
    expect(importsOf(`// import { x } from '../cli/b.ts'\n/* import '../cli/c.ts' */ const s = 'a // b'`)).toEqual([])
    expect(importsOf(`const u = 'http://x'; import { y } from './y.ts'`)).toEqual(['./y.ts'])
  })

  test('a worker that reaches further is found', () => {
    const files = new Map([
      ['runtime/wasm/worker.ts', `import { a } from './a.ts'`],
      ['runtime/wasm/a.ts', `import { b } from '../store/b.ts'`],
      ['runtime/store/b.ts', `import { DatabaseSync } from 'node:sqlite'`],
    ])
    const found = reach(files, 'runtime/wasm/worker.ts')
    expect([...found.files]).toContain('runtime/store/b.ts')
    expect([...found.packages]).toEqual(['node:sqlite'])
  })
})
