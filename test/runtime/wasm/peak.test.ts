import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { MiB } from './harness.ts'
import { limit, workers, type Peaks } from './peak.ts'

/** What hostile components leave behind does not add up; `VmHWM` and its reset are Linux's. */
test.skipIf(process.platform !== 'linux').each(['thread', 'process'])(
  'in a %s each worker takes no more than its limit, all together no more than 64 MiB beside it',
  async isolation => {
    const program = fileURLToPath(new URL('peak.ts', import.meta.url))
    const { stdout } = await promisify(execFile)(process.execPath, [program, isolation])
    const { idle, peaks } = JSON.parse(stdout) as Peaks
    const over = Object.entries(peaks).map(([name, peak]) => [name, Math.round((peak - idle) / MiB)] as const)
    expect(over.length).toBeGreaterThan(5)
    expect(over.filter(([, MB]) => MB > (workers * limit) / MiB + 64)).toEqual([])
    // Else nothing was measured.
    expect(over[0]![1]).toBeGreaterThan((workers * limit) / MiB - 10)
  },
  300_000,
)
