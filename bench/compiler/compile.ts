/**
 * Compiling a file of many calls, from text to blocks, beside the floor of what it writes (encoding and hashing the same
 * blocks) and beside parsing alone; and that time grows with the length of the file and no faster.
 */
import { compile } from '../../compiler/compile.ts'
import { block } from '../../dag/cid.ts'
import { decode } from '../../dag/codec.ts'
import type { Block } from '../../dag/ipld.ts'
import { parse } from '../../grammar/parse.ts'
import { memoryHost } from '../../test/harness/host.ts'
import { best, ratio } from '../measure.ts'

const component =
  'import m from "ipfs://bafybeibk42jwhq7w2zcpe6q3wgtleugp3ymfs3pa5gerjmnakqihhqx4zq" { f: func(a: string, n: u32) -> string }\n'

function source(calls: number): string {
  const lets = Array.from({ length: calls }, (_, i) => `  let v${i + 1} = m.f(v${i}, n: ${i})\n`)
  return `${component}export job main(v0: string) -> string {\n${lets.join('')}  v${calls}\n}\n`
}

async function blocksOf(text: string): Promise<Block[]> {
  const bytes = Buffer.from(text)
  const result = await compile(memoryHost({ 'bench.ipvm': bytes }), 'bench.ipvm')
  if (!result.ok) throw new Error('the source of the benchmark does not compile')
  return result.value.blocks
}

const times: number[] = []
for (const calls of [1_000, 10_000]) {
  const text = source(calls)
  const written = (await blocksOf(text)).flatMap(({ bytes }) => {
    const value = decode(bytes)
    return value.ok ? [value.value] : []
  })
  const [whole, parsing, floor] = await best(
    [() => blocksOf(text), () => parse(text, 'bench.ipvm'), () => void written.map(block)],
    5,
  )
  console.log(`${calls} calls, ${text.length} characters`)
  ratio('  compile', whole!, 'encode and hash its blocks', floor!, calls)
  ratio('  compile', whole!, 'parse alone', parsing!, calls)
  times.push(whole!)
}
console.log(`ten times the calls take ${(times[1]! / times[0]!).toFixed(1)} times as long`)
