import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { printTable } from './compare.ts'
import { makeInputs } from './inputs.ts'
import { compileJobs } from './jobs.ts'

test('the jobs of the examples are those of the table, or `npm run check:portable -- --write` makes it anew', async () => {
  const table = readFileSync(join(import.meta.dirname, 'cids.txt'), 'utf8')
  expect(printTable(await compileJobs(await makeInputs()))).toBe(table)
})
