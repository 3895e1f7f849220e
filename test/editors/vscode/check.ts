/**
 * `npm run check:vscode`: installs the packaged extension in Visual Studio Code (code-server, in Chromium) and looks at what it
 * does in a workspace that is trusted, in one that is not, and with another program.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import buildProgram from '../../build.ts'
import { pathToFileURL } from 'node:url'
import { createHost } from '../../../cli/host.ts'
import { compile } from '../../../compiler/compile.ts'
import { importFile } from '../../../dag/unixfs.ts'
import { makeVsix } from '../../../editors/vsix.ts'
import { install, open, writeSettings } from './editor.ts'
import { checkPage } from './page.ts'

const root = join(import.meta.dirname, '../../..')
/** It is given to `ipvm test` as it is, or the test is not found. */
const name = 'a "quoted" $(name); --help'
const source = `import hello from "./hello.wasm"

export job main(name: string = "World") -> string {
  hello.greet(name)
}

test ${JSON.stringify(name)} {
  assert main(name: "Rome") == "Hello, Rome!"
}
`
/** What the program in the package says of `faulty.ipvm`, trusted or not. */
const problems = ['IPVM3002 256 does not fit `u8`, which holds 0 to 255.']

if (spawnSync('chromium', ['--version']).status !== 0) {
  console.error('chromium is not there: install the package chromium, as .ci/run does')
  process.exit(1)
}
const folder = mkdtempSync(join(tmpdir(), 'ipvm-vscode-'))
try {
  await check()
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}

async function check(): Promise<void> {
  buildProgram()
  checkPage(folder)
  console.log('the page of a graph: boxes are chosen, nothing else runs')
  const vsix = join(folder, 'ipvm.vsix')
  writeFileSync(vsix, await makeVsix(root))
  const installed = await install(folder, vsix)
  writeSettings(installed, 'User', {
    'security.workspace.trust.startupPrompt': 'never',
    'workbench.startupEditor': 'none',
  })

  const workspace = await makeWorkspace('a trusted folder')
  const trusted = await open(installed, workspace, true, join(workspace, 'hello.ipvm'))
  console.log(`Visual Studio Code ${trusted.version}, trusted: ${trusted.runs.length} commands`)
  assert.equal(trusted.trusted, true)
  assert.equal(trusted.language, 'ipvm')
  assert.deepEqual(trusted.commands, commands())
  assert.deepEqual(trusted.runs, [
    'ipvm.run main: exit 0',
    'ipvm.test : exit 0',
    `ipvm.test ${name}: exit 0`,
    'ipvm.run main; touch injected: no task',
    'ipvm.build main: exit 0',
  ])
  assert.ok(existsSync(join(workspace, 'hello.car')), 'ipvm.build writes a file')
  assert.deepEqual(trusted.problems, problems)
  assert.deepEqual(trusted.lenses, ['ipvm.run main', 'ipvm.graph main', 'ipvm.copyCid main', `ipvm.test ${name}`])
  assert.match(trusted.effects!, /^effect http/m)
  assert.match(trusted.wit!, /^  export greet: func\(name: string\) -> string;$/m)
  assert.ok(trusted.tabs!.includes('Graph of main'), 'ipvm.graph opens a page')
  assert.deepEqual([trusted.kept, trusted.unkept.length, trusted.pinned], ['done', 2, problems])
  assert.deepEqual(trusted.typed, [
    '/// One.\n/// Two.',
    '//! One.\n//! Two.',
    '//// One.\nTwo.',
    'job f() -> u8 {\n  1\n}',
    '"a ${}"',
    'let b = ""',
  ])
  const host = createHost(async () => undefined)
  const compiled = await compile(host, join(workspace, 'hello.ipvm'), { job: 'main' })
  assert.ok(compiled.ok)
  const cid = compiled.value.job.toString()
  assert.ok(
    trusted.cids.has(`${cid.slice(0, 7)}…${cid.slice(-6)}`),
    `${[...trusted.cids].join()} stands in the status bar`,
  )
  assert.equal(trusted.word, 'next-u32-b')
  assert.equal(trusted.comment, '// let next-u32-b = a - 1')

  const strange = await makeWorkspace('untrusted')
  const untrusted = await open(installed, strange, false, join(strange, 'hello.ipvm'))
  console.log(`not trusted: ${untrusted.runs.length} command`)
  assert.equal(untrusted.trusted, false)
  assert.deepEqual(untrusted.commands, commands())
  assert.deepEqual(untrusted.runs, ['ipvm.run main: no task'])
  assert.deepEqual(untrusted.problems, problems)
  assert.match(untrusted.kept, /Nothing is written to the store of a workspace that is not trusted\.$/)
  assert.equal(untrusted.unkept.length, 2)
  assert.ok(!existsSync(join(strange, '.ipvm')), 'nothing is run or kept where a workspace is not trusted')

  // Without a setting whose change would start the server anew.
  const known = await makeWorkspace('trusted later', {})
  const later = await open(installed, known, false, join(known, 'hello.ipvm'), { IPVM_CHECK: 'grant' })
  assert.deepEqual([later.trusted, later.runs], [false, ['ipvm.run main: no task']])
  const run = 'ipvm.run main: exit 0'
  assert.deepEqual(later.granted, { run, kept: 'done', pinned: problems, hadStore: false })
  console.log('trusted then: run, and kept')

  const started = join(folder, 'started')
  const program = join(folder, 'program.mjs')
  writeFileSync(
    program,
    `import { appendFileSync } from 'node:fs'
appendFileSync(${JSON.stringify(started)}, process.argv.slice(2).join(' ') + '\\n')
await import(${JSON.stringify(pathToFileURL(join(root, 'dist/ipvm.js')))})\n`,
  )
  writeSettings(installed, 'Machine', { 'ipvm.server.path': program })
  const chosen = await makeWorkspace('chosen')
  const other = await open(installed, chosen, true, join(chosen, 'hello.ipvm'), { IPVM_CHECK: 'program' })
  assert.deepEqual(other.runs, ['ipvm.run main: exit 0'])
  assert.deepEqual(other.problems, problems)
  assert.deepEqual(readFileSync(started, 'utf8').split('\n').sort(), [
    '',
    'lsp',
    `run ${join(chosen, 'hello.ipvm')} -j main`,
  ])
  console.log('the program that the machine sets serves and runs')

  for (const one of [workspace, strange, chosen])
    assert.ok(!existsSync(join(one, 'started')), 'no program that a workspace names is started')
}

/** A folder with a job, and with settings, which name a program. */
async function makeWorkspace(name: string, settings?: object): Promise<string> {
  const workspace = join(folder, name)
  mkdirSync(join(workspace, '.vscode'), { recursive: true })
  copyFileSync(join(root, 'examples/hello/hello.wasm'), join(workspace, 'hello.wasm'))
  writeFileSync(join(workspace, 'hello.ipvm'), source)
  writeFileSync(join(workspace, 'faulty.ipvm'), 'export job main() -> u8 { 256 }\n')
  copyFileSync(join(root, 'examples/image/png.wasm'), join(workspace, 'png.wasm'))
  const { cid } = await importFile(readFileSync(join(workspace, 'png.wasm')))
  writeFileSync(join(workspace, 'pinned.ipvm'), `import png from "ipfs://${cid}"\nexport job main() -> u8 { 256 }\n`)
  const program = join(workspace, 'program.cjs')
  writeFileSync(program, `require('node:fs').writeFileSync(${JSON.stringify(join(workspace, 'started'))}, '')`)
  writeFileSync(join(workspace, '.vscode/settings.json'), JSON.stringify(settings ?? { 'ipvm.server.path': program }))
  return workspace
}

/** Those that the extension says that it has, and the one that it takes from the server. */
function commands(): string[] {
  const manifest = JSON.parse(readFileSync(join(root, 'editors/vscode/package.json'), 'utf8')) as {
    contributes: { commands: { command: string }[] }
  }
  return [...manifest.contributes.commands.map(({ command }) => command), 'ipvm.keep'].sort()
}
