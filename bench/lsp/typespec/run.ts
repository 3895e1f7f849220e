/**
 * `npm run bench:typespec -- [SIZE] [EDITS]`: `lsp/edit.ts` beside the server of TypeSpec, which npm puts into a folder that is
 * gone afterwards. `TYPESPEC` names one that is there already.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const peer = '@typespec/compiler@1.17.0'
const folder = mkdtempSync(join(tmpdir(), 'ipvm-typespec-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

/** Ends where a program fails. */
function run(command: string, args: string[], env: NodeJS.ProcessEnv = process.env): void {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', env })
  if (error) console.error(`${command} cannot be started: ${error.message}`)
  if (status !== 0) process.exit(status ?? 1)
}

if (!process.env['TYPESPEC'])
  run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', folder, peer])
const TYPESPEC = process.env['TYPESPEC'] ?? join(folder, 'node_modules/@typespec/compiler')
run(process.execPath, [join(import.meta.dirname, '../edit.ts'), ...process.argv.slice(2)], { ...process.env, TYPESPEC })
