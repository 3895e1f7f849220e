/**
 * Strict encoding and decoding of instructions with typed floats, beside `@ipld/dag-cbor` alone, which neither checks that
 * a block is its own canonical encoding nor tells 1.0 from 1; and the whole of writing a block beside its hash.
 */
import * as dagCbor from '@ipld/dag-cbor'
import { hash } from 'node:crypto'
import { block } from '../../dag/cid.ts'
import { decode, encode } from '../../dag/codec.ts'
import { best, ratio } from '../measure.ts'

const count = 20_000
const task = block({ a: 1 }).cid
const values = Array.from({ length: count }, (_, i) => ({
  rsc: 'ipfs://bafybeibk42jwhq7w2zcpe6q3wgtleugp3ymfs3pa5gerjmnakqihhqx4zq',
  op: 'wasm/run',
  input: { func: 'crop', args: [{ 'await/ok': task }, i, 'text', i * 2] },
  nnc: '',
}))
const blocks = values.map(encode)

const [ourEncode, theirEncode, ourDecode, theirDecode, write, digest] = await best([
  () => void values.map(encode),
  () => void values.map(value => dagCbor.encode(value)),
  () => void blocks.map(bytes => decode(bytes)),
  () => void blocks.map(bytes => dagCbor.decode(bytes)),
  () => void values.map(block),
  () => void blocks.map(bytes => hash('sha256', bytes, 'buffer')),
])
ratio('encode', ourEncode!, '@ipld/dag-cbor', theirEncode!, count)
ratio('decode, strictly', ourDecode!, '@ipld/dag-cbor, leniently', theirDecode!, count)
ratio('write a block (encode, hash, CID)', write!, 'sha2-256 of its bytes', digest!, count)
