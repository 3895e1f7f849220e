/**
 * `npm run check:browser`: the language server as it is shipped for browsers, `dist/lsp-worker.js`, in a worker of a page in Chromium:
 * an editor that opens a file, is given what it imports, and asks for what people see while they type.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { importFile } from '../../../dag/unixfs.ts'
import buildProgram from '../../build.ts'
import { inChromium } from '../../portable/chromium.ts'
import type { Report } from './report.ts'

const root = join(import.meta.dirname, '../../..')
const { stdout: chromium, status } = spawnSync('chromium', ['--version'], { encoding: 'utf8' })
if (status !== 0) {
  console.error('chromium is not there: install the package chromium, as .ci/run does')
  process.exit(1)
}
const folder = mkdtempSync(join(tmpdir(), 'ipvm-browser-'))
try {
  await check()
} finally {
  rmSync(folder, { recursive: true })
}

async function check(): Promise<void> {
  buildProgram()
  await build({
    ...{ bundle: true, format: 'esm', platform: 'browser', logLevel: 'error' },
    ...{ entryPoints: [join(import.meta.dirname, 'editor-page.ts')], outdir: folder },
  })
  const component = new Uint8Array(readFileSync(join(root, 'examples/image/filters.wasm')))
  const { cid } = await importFile(component)
  const worker = new Uint8Array(readFileSync(join(root, 'dist/lsp-worker.js')))
  const inputs = new Map<string, Uint8Array>([
    ['lsp-worker.js', worker],
    ['filters.wasm', component],
    ['cid', new TextEncoder().encode(cid.toString())],
  ])
  const told = await inChromium(folder, ['editor'], inputs)
  const report = told.get('editor') as Report
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  assert.deepEqual([report.name, report.version], ['ipvm', version])
  const unknown = 'IPVM2001 Nothing here is called `pictur`. Did you mean `picture`?'
  const missing = (file: string): string => `IPVM4001 There is no file \`${file}\`, seen from the folder of this one.`
  assert.deepEqual(report.absent, [missing('./shapes.ipvm'), missing('./filters.wasm'), unknown])
  assert.deepEqual(report.given, [unknown])
  assert.deepEqual(report.diagnostic.range, { start: { line: 5, character: 43 }, end: { line: 5, character: 49 } })
  assert.deepEqual(report.workspace, ['IPVM3002 256 does not fit `u8`, which holds 0 to 255.'])
  assert.ok(report.completed.includes('resize'), `\`resize\` is completed: ${report.completed.join(', ')}`)
  assert.match(report.docs, /^```wit\nresize: func\(picture: picture, width: u32, height: u32\) -> picture;/)
  assert.match(report.hovered, /^```ipvm\ntype Picture = record \{.*\}\n```\n\nA picture\.$/)
  assert.match(report.formatted, /\{\n  filters\.image\.resize\(picture, width: pictur\.width \/ 2, height: 1\)\n\}\n$/)
  assert.deepEqual(report.right, [])
  assert.deepEqual(report.wrong, ['IPVM1044 A value is missing after `:`; there is `)`.'])
  assert.match(report.cid, /^bafy/)
  assert.match(report.wit, /^package local:filters;/)
  assert.match(report.unkept.join('\n'), /^IPVM4006 The interface of `ipfs:[^\n]*$/)
  assert.deepEqual(report.kept, [])
  assert.deepEqual(report.gone, [missing('./filters.wasm')])
  assert.deepEqual(report.refusals, [
    '`files[0].uri` must be one of `file:`.',
    '`files[0].content` must be text, a `Uint8Array`, or `null`.',
    '`files` must be a list of `{ uri, content }`.',
    'There is no file `/a folder/none.wasm`.',
  ])
  assert.match(report.deep.join('\n'), /^IPVM1023 /)
  assert.deepEqual(report.untitled, [missing('./x.wasm'), 'IPVM3002 256 does not fit `u8`, which holds 0 to 255.'])
  console.log(`${chromium.trim()}: a worker of ${worker.length} bytes has answered all of an editor`)
}
