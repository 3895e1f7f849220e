import { resolve } from 'node:path'
import type { Blockstore } from 'interface-blockstore'
import { dns, type DnsOptions } from './dns.ts'
import { fs } from './fs.ts'
import { http, type HttpOptions } from './http.ts'
import { log } from './log.ts'
import type { Provider } from './provider.ts'
import { createQueue } from './queue.ts'
import { random } from './random.ts'
import { secret } from './secret.ts'
import { time } from './time.ts'

export interface BoxOptions {
  /** What the paths of files are relative to; default the current folder. */
  root?: string
  /** Where secrets are kept (`secret.ts`); default `secrets.json` in the root. No job reads it as a file. */
  secrets?: string
  /** Other files and folders that no job may touch, whatever is granted. */
  kept?: readonly string[]
  /** Takes the messages of `log.write`. */
  log: (message: string) => void
  /** 32 bytes from which random numbers come, so that those of a run can be drawn again; else new ones. */
  seed?: Uint8Array
  /** Of the store, in whose queue jobs are put; without it there is no `job.enqueue`. */
  blocks?: Blockstore
  http?: HttpOptions
  dns?: DnsOptions
}

/** The providers of the effects in the box, `ipvm:effects`. */
export function box(options: BoxOptions): Provider[] {
  const root = resolve(options.root ?? '.')
  const secrets = resolve(root, options.secrets ?? 'secrets.json')
  return [
    http(options.http),
    fs({ root, kept: [secrets, ...(options.kept ?? [])] }),
    time(),
    random(options.seed ? { seed: options.seed } : {}),
    dns(options.dns),
    secret({ path: secrets }),
    log({ sink: options.log }),
    ...(options.blocks ? [createQueue(options.blocks)] : []),
  ]
}
