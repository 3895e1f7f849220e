/**
 * `npm run check:spec`: rewritten modules pass the tests of the WebAssembly specification that they pass as they come,
 * as many as `figures.json` says.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { runSpec, type Counts } from './run.ts'
import { fetchSpec } from './sources.ts'

const figures = JSON.parse(readFileSync(new URL('figures.json', import.meta.url), 'utf8')) as Counts
const folder = mkdtempSync(join(tmpdir(), 'spec-'))
try {
  const counts = await runSpec(fetchSpec(folder))
  console.log('tests of the WebAssembly specification:', counts)
  if (!isDeepStrictEqual(counts, figures)) throw new Error(`figures.json says otherwise: ${JSON.stringify(figures)}`)
} catch (error) {
  console.error(`The tests of the WebAssembly specification did not pass: ${(error as Error).message}`)
  process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true })
}
