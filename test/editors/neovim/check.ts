/**
 * `npm run check:neovim`: Neovim itself, with the settings that stand in `editors/neovim` and the built server: it opens an
 * example, gets diagnostics, completes, renames and formats, and runs a job whose component it has put into the store.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../../..')
const version = spawnSync('nvim', ['--version'], { encoding: 'utf8' })
if (version.status !== 0) {
  console.error('nvim is not there: install the package neovim, as .ci/run does')
  process.exit(1)
}
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'ipvm-neovim-')))
try {
  check()
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}

function check(): void {
  for (const name of ['image', 'hello']) cpSync(join(root, 'examples', name), join(folder, name), { recursive: true })
  // Neither the folder of a file nor the one in which the editor was started is that of the project.
  writeFileSync(join(folder, 'package.json'), '{}')
  const elsewhere = join(folder, 'elsewhere')
  mkdirSync(elsewhere)
  const report = join(folder, 'report.json')
  const command = JSON.stringify([process.execPath, join(root, 'dist/ipvm.js')])
  const { stderr, status } = spawnSync(
    'nvim',
    [
      ...['--clean', '--headless', '--cmd', `set rtp^=${join(root, 'editors/neovim')}`],
      ...['--cmd', `let g:ipvm_command = ${command}`, '-S', join(import.meta.dirname, 'drive.lua')],
    ],
    {
      ...{ cwd: elsewhere, encoding: 'utf8', timeout: 180_000 },
      env: { ...process.env, IPVM_FOLDER: folder, IPVM_REPORT: report },
    },
  )
  assert.equal(status, 0, stderr)
  const { problem, filetype, broken, completed, text, left, pinned, ran } = JSON.parse(
    readFileSync(report, 'utf8'),
  ) as Report
  assert.equal(problem, undefined)
  assert.equal(filetype, 'ipvm')
  assert.deepEqual(broken, ['IPVM2004 `filters` exports no function `image.cropp`. Did you mean `image.crop`?'])
  for (const label of ['crop', 'blur', 'side-by-side']) assert.ok(completed.includes(label), completed.join())
  const source = readFileSync(join(root, 'examples/image/image.ipvm'), 'utf8')
  const renamed = source.replace('let turned', 'let rotated').replace('grayscale(turned)', 'grayscale(rotated)')
  assert.equal(text, renamed)
  assert.deepEqual(left, [])
  assert.match(pinned, /from "ipfs:/)
  assert.match(ran, /^Hello, World!$/m)
  console.log(`${version.stdout.split('\n')[0]}: opened, diagnosed, completed, renamed, formatted, pinned, ran`)
}

interface Report {
  problem?: string
  filetype: string
  broken: string[]
  completed: string[]
  text: string
  left: string[]
  pinned: string
  ran: string
}
