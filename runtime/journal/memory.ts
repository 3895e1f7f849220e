import type { Disk } from './disk.ts'

/** Journals that end with the process. */
export function memoryDisk(): Disk {
  const files = new Map<string, Uint8Array[]>()
  const held = new Set<string>()
  return {
    list: () => [...files.keys()],
    hold(run) {
      if (held.has(run)) return undefined
      held.add(run)
      const content = (): Uint8Array => Buffer.concat(files.get(run)!)
      if (!files.has(run)) files.set(run, [])
      return {
        read: content,
        truncate: size => void files.set(run, [content().subarray(0, size)]),
        append: bytes => void files.get(run)!.push(...bytes),
        sync: async () => undefined,
        syncName: () => undefined,
        close(discard) {
          if (discard) files.delete(run)
          held.delete(run)
        },
      }
    },
    read: run => files.get(run) && Buffer.concat(files.get(run)!),
    remove: run => void files.delete(run),
  }
}
