import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { MiB } from './harness.ts'
import { groups, limit, workers, type Peaks } from './peak.ts'

/** What hostile components leave behind does not add up; `VmHWM` and its reset are Linux's. */
test
  .skipIf(process.platform !== 'linux')
  .each(['thread', 'process'].flatMap(isolation => groups.map(group => ({ isolation, group }))))(
  'in a $isolation each worker takes no more than its limit, all together no more than 64 MiB beside it: $group',
  async ({ isolation, group }) => {
    const program = fileURLToPath(new URL('peak.ts', import.meta.url))
    const { stdout } = await promisify(execFile)(process.execPath, [program, isolation, group])
    const { idle, peaks } = JSON.parse(stdout) as Peaks
    const over = Object.entries(peaks).map(([name, peak]) => [name, Math.round((peak - idle) / MiB)] as const)
    expect(over.length).toBeGreaterThan(3)
    expect(over.filter(([, MB]) => MB > (workers * limit) / MiB + 64)).toEqual([])
    // Else nothing was measured.
    expect(Math.max(...over.map(([, MB]) => MB))).toBeGreaterThan(
      group === 'memories' ? (workers * limit) / MiB - 10 : limit / MiB,
    )
  },
  600_000,
)
