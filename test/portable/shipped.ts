import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Figures } from './compare.ts'
import { sha256 } from './outcome.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')

/** What the built command line gives under some Node: the largest example, its receipts computed again, and the tests of all of them. */
export async function runShipped(node: string): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), 'ipvm-shipped-'))
  const ipvm = async (...args: string[]): Promise<{ [name: string]: unknown }> => {
    const all = ['dist/ipvm.js', ...args, '--json', '--store', join(folder, 'store')]
    const { stdout } = await run(node, all, { cwd: root, maxBuffer: 1 << 26 })
    return (JSON.parse(stdout) as { value: { [name: string]: unknown } }).value
  }
  try {
    const picture = join(folder, 'picture.png')
    const ran = await ipvm('run', 'examples/image/image.ipvm', '-j', 'main', '--out', picture)
    const receipts = join(folder, 'receipts.car')
    const exported = await ipvm('export', String(ran['run']), '-o', receipts)
    const verified = await ipvm('verify', receipts, '--audit')
    const tested = await ipvm('test')
    return new Map([
      ['ipvm run', JSON.stringify([ran['job'], ran['result'], ran['tasks'], ran['ran'], ran['gas']])],
      ['what it wrote', await sha256(readFileSync(picture, 'base64'))],
      ['ipvm verify', JSON.stringify([exported['receipts'], verified['receipts'], verified['audited']])],
      ['ipvm test', JSON.stringify([tested['passed'], tested['failed']])],
    ])
  } finally {
    rmSync(folder, { recursive: true })
  }
}
