import { join, resolve } from 'node:path'
import type { GatewayClient } from '../runtime/gateway/client.ts'

/** What every command is given, beside its own operands and options. */
export interface Context {
  /** Of this program. */
  version: string
  json: boolean
  quiet: boolean
  /** Folder of the store; it need not be there. */
  store: string
  /** The one of a command in another folder. */
  storeIn: (folder: string) => string
  /** What is asked for blocks that the store lacks, in this order. */
  gateways: readonly GatewayClient[]
  /** From now on Ctrl-C and the system's wish to end abort this signal, and a second Ctrl-C ends at once. */
  interruptible: () => AbortSignal
  /** Prints a line for people at once, while the command goes on; nothing with `--quiet` or `--json`. */
  note: (text: string) => void
}

/** The store's folder: `--store`, else `IPVM_STORE`, else `.ipvm` here. There is no search upwards. */
export function storeFolder(option: string | undefined): string {
  return option || process.env['IPVM_STORE'] || join(process.cwd(), '.ipvm')
}

/** As {@link storeFolder}, of a command that is given in another folder; absolute. */
export function storeFolderIn(folder: string, option: string | undefined): string {
  return resolve(folder, option || process.env['IPVM_STORE'] || '.ipvm')
}
