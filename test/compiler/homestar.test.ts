import { expect, test } from 'vitest'
import { toHomestar } from '../../compiler/targets/homestar/export.ts'
import { compiled, loaderOf } from '../harness/host.ts'

// Facts from the test data of Homestar (ipvm-wg/homestar, homestar-runtime/tests/fixtures, Apache-2.0).
const sums =
  'import m from "ipfs://bafybeibk42jwhq7w2zcpe6q3wgtleugp3ymfs3pa5gerjmnakqihhqx4zq" { add_one: func(x: s32) -> s32, crop: func(data: list<u8>, x: u32, y: u32, w: u32, h: u32) -> list<u8>, rotate90: func(data: list<u8>) -> list<u8>, blur: func(data: list<u8>, sigma: f32) -> list<u8>, grayscale: func(data: list<u8>) -> list<u8>, say: func(text: string) -> string, either: func(r: result<u8, string>, o: option<list<u64>>) -> string, pair: func(t: tuple<s32, s32>) -> s32 }\n'

async function exported(
  body: string,
  type: string,
): Promise<string | { tasks: { run: { input: { args: unknown[] } }; meta: unknown }[]; cids: string[] }> {
  const job = await compiled(`${sums}export job main() -> ${type} { ${body} }`)
  const result = await toHomestar(job.job, loaderOf(job), job.signatures)
  return result.ok ? { ...JSON.parse(result.value.json), cids: result.value.instructions.map(String) } : result.error
}

test('add_one twice: the CIDs and the shape of `test-workflow-add-one.json`', async () => {
  const out = await exported('m.add_one(m.add_one(1)) with { time: 100s, memory: 4GiB, gas: 5 }', 's32')
  if (typeof out === 'string') throw new Error(out)
  expect(out.cids[0]).toBe('bafyrmihmxmsbt4n3g6dzmj7rho34mzfbaoqqbsfcq7etsogslqftbyj7du')
  expect(out.tasks[1]).toEqual({
    cause: null,
    meta: { fuel: 5, memory: 2 ** 32, time: 100_000 },
    prf: [],
    run: {
      input: { args: [{ 'await/ok': { '/': out.cids[0] } }], func: 'add_one' },
      nnc: '',
      op: 'wasm/run',
      rsc: 'ipfs://bafybeibk42jwhq7w2zcpe6q3wgtleugp3ymfs3pa5gerjmnakqihhqx4zq',
    },
  })
})

test('the image pipeline: the CIDs of `test-workflow-image-pipeline.json`', async () => {
  const picture = 'cid"bafybeiejevluvtoevgk66plh5t6xiy3ikyuuxg3vgofuvpeckb6eadresm"'
  const out = await exported(`m.grayscale(m.rotate90(m.crop(${picture}, 150, 350, 500, 500)))`, 'bytes')
  if (typeof out === 'string') throw new Error(out)
  expect(out.cids.slice(0, 2)).toEqual([
    'bafyrmib46dl7oaksq4fo4oyvcqewe7ojybgchufmrpjovqto3wovsq5jjq',
    'bafyrmiekrfvz5lglddmnkm2l2tia43tagziokpamjipleen7spxizchxbu',
  ])
})

test('results are pairs, 64-bit integers keep their digits, values in blocks of their own are put back', async () => {
  const long = 'x'.repeat(2000)
  const out = await exported(`m.either(err("${long}"), some([18_446_744_073_709_551_615]))`, 'string')
  if (typeof out === 'string') throw new Error(out)
  expect(out.tasks[0]!.run.input.args[0]).toEqual([null, long])
  const job = await compiled(
    `${sums}export job main() -> string { m.either(ok(1), some([18_446_744_073_709_551_615])) }`,
  )
  const text = await toHomestar(job.job, loaderOf(job), job.signatures)
  expect(text.ok && text.value.json).toContain('18446744073709551615')
})

test.each([
  ['m.pair((m.add_one(1), 2))', 's32'],
  ['(m.add_one(1), 2).0', 's32'],
  ['(m.add_one(1), 2)', 'tuple<s32, s32>'],
  ['m.blur(b"x", 0.5)', 'bytes'],
  ['m.say("null")', 'string'],
  ['m.say("bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e")', 'string'],
  ['m.crop(b"x", 0, 0, 1, 1)[3]', 'u8'],
  ['1', 's32'],
])('what Homestar cannot say is named: %s', async (body, type) => {
  const out = await exported(body, type)
  expect(typeof out === 'string' ? out : out.cids).toMatchSnapshot()
})

test('parameters need values first', async () => {
  const job = await compiled(`${sums}export job main(x: s32) -> s32 { m.add_one(x) }`)
  const result = await toHomestar(job.job, loaderOf(job), job.signatures)
  expect(!result.ok && result.error).toMatchSnapshot()
})
