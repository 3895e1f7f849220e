import type { CID } from 'multiformats/cid'
import { cidOf } from './cid.ts'
import { encode, isDeeper, maxDepth } from './codec.ts'
import type { Ipld } from './ipld.ts'

/** An instruction that only hands arguments over: what is called, and with what. */
export interface Call {
  rsc: string
  op: string
  func: string | undefined
  args: Ipld[]
  nnc: string
}

/** The bytes around the arguments in the block of an instruction, which all calls of a function share. */
interface Frame {
  before: Uint8Array
  after: Uint8Array
}

const frames = new Map<string, Frame>()
const mostFrames = 256
/** `args` stands in `input`, which stands in the instruction. */
const around = 2

/**
 * The CID of the instruction block of a call: that of `instructionBlock`, for less, since a run makes one for each of its
 * tasks. Throws where `encode` does.
 */
export function callCid(call: Call): CID {
  const { before, after } = frameOf(call)
  if (isDeeper(call.args, maxDepth - around)) throw new RangeError(`a value nests deeper than ${maxDepth}`)
  const args = encode(call.args)
  const bytes = new Uint8Array(before.length + args.length + after.length)
  bytes.set(before)
  bytes.set(args, before.length)
  bytes.set(after, before.length + args.length)
  return cidOf(bytes, 'dag-cbor')
}

function frameOf({ rsc, op, func, nnc }: Call): Frame {
  // Strings of strangers may have anything in them: their lengths tell where they end.
  const key = `${rsc.length} ${op.length} ${nnc.length} ${rsc}${op}${nnc}${func === undefined ? '' : `=${func}`}`
  const known = frames.get(key)
  if (known) return known
  // Keys go by length, then by bytes: `input` is the last of an instruction, `args` the first in it, before `func`.
  const whole = encode({ rsc, op, input: func === undefined ? { args: null } : { args: null, func }, nnc })
  const after = func === undefined ? 0 : encode('func').length + encode(func).length
  const at = whole.length - after - 1
  const frame = { before: whole.slice(0, at), after: whole.slice(at + 1) }
  if (frames.size === mostFrames) frames.clear()
  frames.set(key, frame)
  return frame
}
