/** What the tests of the specification are made of, wherever they come from. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * A number. `value` is its bits as a decimal number, or `nan:canonical` or `nan:arithmetic`; of a vector one for each of
 * its lanes, which `lane_type` names. The type of a NaN may be `float`, where only the kind is known; that of a reference
 * ends in `ref`.
 */
export interface Constant {
  type: string
  value?: string | string[]
  lane_type?: string
}

export interface Action {
  type: 'invoke' | 'get'
  /** the name of the module; without it, it is the last one */
  module?: string
  field: string
  args?: Constant[]
}

/** One line of a test: a module is made, or something said of one. */
export interface Command {
  type: string
  line: number
  /** of the module that is made or asserted about; none where only its text is, or where its text has no bytes */
  bytes?: Uint8Array
  name?: string
  as?: string
  action?: Action
  expected?: Constant[]
}

/** Reads what `wast2json` has made of a file, the modules beside it included. */
export function readJson(file: string): Command[] {
  const { commands } = JSON.parse(readFileSync(file, 'utf8')) as { commands: (Command & { filename?: string })[] }
  return commands.map(({ filename, ...command }) =>
    filename?.endsWith('.wasm') ? { ...command, bytes: read(join(dirname(file), filename)) } : command,
  )
}

const read = (file: string): Uint8Array => new Uint8Array(readFileSync(file))
