import { collectGarbage } from '../../../runtime/store/garbage.ts'

/** A process of its own that collects garbage: `collect.ts FOLDER KEEP`. Tells when it begins and when it is done. */
const [folder, keep] = process.argv.slice(2)
process.send?.('begins')
const collected = await collectGarbage(folder!, { keep: Number(keep) })
process.send?.(collected.ok ? 'done' : collected.error.code)
process.disconnect?.()
