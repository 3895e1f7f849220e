import { importFile } from '../dag/unixfs.ts'
import { ok, type Result } from '../dag/result.ts'
import { putAll } from '../runtime/blocks.ts'
import { readNamed } from './files.ts'
import type { StoreDoor } from './host.ts'
import type { Reply } from './output.ts'

/** Keeps the files of `--component` in the store, so that a job finds them by their CIDs. */
export async function keepComponents(files: string[] = [], store: StoreDoor): Promise<Result<undefined, Reply>> {
  for (const file of files) {
    const bytes = readNamed(file)
    if (!bytes.ok) return bytes
    const { blocks } = await importFile(bytes.value)
    await putAll(store.open().blocks, blocks)
  }
  return ok(undefined)
}
