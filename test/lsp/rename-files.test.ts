import { describe, expect, test } from 'vitest'
import { renameFiles, type RenamedFile } from '../../lsp/features/rename-files.ts'
import { applyEdits } from '../../lsp/sight.ts'
import { Fixture } from './harness.ts'

/** The files of which the text changes, and their texts, before they are renamed. */
function rewritten(files: Record<string, string>, ...renamed: RenamedFile[]): Record<string, string> {
  const fixture = new Fixture(files)
  const found = renameFiles(fixture.workspace, fixture.texts.keys(), renamed)
  return Object.fromEntries(found.map(({ path, edits }) => [path, applyEdits(fixture.texts.get(path)!, edits)]))
}

const importing = (path: string): string => `import { fit } from "${path}"\n`

describe('paths follow', () => {
  test.each<[string, Record<string, string>, RenamedFile, Record<string, string>]>([
    ['a file that is imported', { 'a.ipvm': importing('./s.ipvm'), 's.ipvm': '' }, { from: '/s.ipvm', to: '/t.ipvm' }, { '/a.ipvm': importing('./t.ipvm') }],
    ['a file that goes into a folder', { 'a.ipvm': importing('./s.ipvm'), 's.ipvm': '' }, { from: '/s.ipvm', to: '/deep/s.ipvm' }, { '/a.ipvm': importing('./deep/s.ipvm') }],
    ['a file that imports', { 'a.ipvm': importing('./s.ipvm'), 's.ipvm': '' }, { from: '/a.ipvm', to: '/deep/a.ipvm' }, { '/a.ipvm': importing('../s.ipvm') }],
    ['a folder, seen from outside', { 'a.ipvm': importing('./x/s.ipvm'), 'x/s.ipvm': '' }, { from: '/x', to: '/y' }, { '/a.ipvm': importing('./y/s.ipvm') }],
    ['a folder, seen from inside', { 'x/a.ipvm': importing('../s.ipvm'), 's.ipvm': '' }, { from: '/x', to: '/y/z' }, { '/x/a.ipvm': importing('../../s.ipvm') }],
    ['a component', { 'a.ipvm': 'import f from "./filters.wasm"' }, { from: '/filters.wasm', to: '/w/f.wasm' }, { '/a.ipvm': 'import f from "./w/f.wasm"' }],
    ['what is embedded', { 'a.ipvm': 'job f() -> bytes { embed "./a.txt" }\nconst b = embed "./b.txt"', 'a.txt': '', 'b.txt': '' }, { from: '/a.txt', to: '/c.txt' }, { '/a.ipvm': 'job f() -> bytes { embed "./c.txt" }\nconst b = embed "./b.txt"' }],
    ['a file that is not there yet', { 'a.ipvm': importing('./none.ipvm') }, { from: '/none.ipvm', to: '/t.ipvm' }, { '/a.ipvm': importing('./t.ipvm') }],
    ['a name that needs escapes', { 'a.ipvm': importing('./s.ipvm'), 's.ipvm': '' }, { from: '/s.ipvm', to: '/a"b\\${c}.ipvm' }, { '/a.ipvm': importing('./a\\"b\\\\\\${c}.ipvm') }],
    ['a path that is written with escapes', { 'a.ipvm': importing('./\\u{73}.ipvm'), 's.ipvm': '' }, { from: '/s.ipvm', to: '/t.ipvm' }, { '/a.ipvm': importing('./t.ipvm') }],
    ['a name that is written with escapes', { 'a.ipvm': importing('./a\\"b.ipvm'), 'a"b.ipvm': '' }, { from: '/a"b.ipvm', to: '/t.ipvm' }, { '/a.ipvm': importing('./t.ipvm') }],
    ['in a broken file', { 'a.ipvm': `job f( {\n${importing('./s.ipvm')}job g() -> = `, 's.ipvm': '' }, { from: '/s.ipvm', to: '/t.ipvm' }, { '/a.ipvm': `job f( {\n${importing('./t.ipvm')}job g() -> = ` }],
  ])('%s', (_, files, renamed, wanted) => {
    expect(rewritten(files, renamed)).toEqual(wanted)
  }) // prettier-ignore

  test('two that go together', () => {
    const files = { 'x/a.ipvm': importing('./s.ipvm'), 'x/s.ipvm': '' }
    expect(rewritten(files, { from: '/x/a.ipvm', to: '/y/a.ipvm' }, { from: '/x/s.ipvm', to: '/y/t.ipvm' })).toEqual({
      '/x/a.ipvm': importing('./t.ipvm'),
    })
  })
})

describe('nothing changes', () => {
  test.each<[string, Record<string, string>, RenamedFile]>([
    ['inside of a folder', { 'x/a.ipvm': importing('./s.ipvm'), 'x/s.ipvm': '' }, { from: '/x', to: '/y' }],
    ['where another file has the name', { 'a.ipvm': importing('./s.ipvm'), 's.ipvm': '', 'x/s.ipvm': '' }, { from: '/x/s.ipvm', to: '/x/t.ipvm' }],
    ['where a path only begins so', { 'a.ipvm': importing('./xs/s.ipvm'), 'xs/s.ipvm': '' }, { from: '/x', to: '/y' }],
    ['of addresses', { 'x/a.ipvm': 'import { http } from "ipvm:effects"\nimport m from "ipfs://bafy"\nimport { a } from "/a.ipvm"\nimport { b } from ""' }, { from: '/x', to: '/y/z' }],
    ['of what stands in a text or a comment', { 'a.ipvm': '// "./s.ipvm"\nconst a = "./s.ipvm"' }, { from: '/s.ipvm', to: '/t.ipvm' }],
  ])('%s', (_, files, renamed) => {
    expect(rewritten(files, renamed)).toEqual({})
  }) // prettier-ignore
})

test('what is said afterwards leads where it led before', async () => {
  const files = { 'x/a.ipvm': importing('../s.ipvm') + 'job g() -> u8 { fit() }', 's.ipvm': 'export job fit() -> u8 { 1 }', 'package.json': '' } // prettier-ignore
  const after = rewritten(files, { from: '/x', to: '/y/z' }, { from: '/s.ipvm', to: '/y/t.ipvm' })
  const moved = new Fixture({ 'y/z/a.ipvm': after['/x/a.ipvm']!, 'y/t.ipvm': files['s.ipvm'], 'package.json': '' })
  expect(await moved.in('/y/z/a.ipvm', view => view.diagnostics)).toEqual([])
})
