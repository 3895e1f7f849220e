import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const script = join(import.meta.dirname, 'harness/heap-of-run.ts')

/** A million calls have to fit into 2 GB with all that is around them. */
const most = 400

test.each(['chain', 'fan', 'results'])(
  'a call of the shape %s leaves less than 400 bytes behind',
  { timeout: 120_000 },
  async shape => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', script, shape, '20000'])
    expect(Number(stdout)).toBeGreaterThan(0)
    expect(Number(stdout)).toBeLessThan(most)
  },
)
