import { expect, test } from 'vitest'
import { toHomestar } from '../../compiler/targets/homestar/export.ts'
import { compiled, loaderOf } from '../harness/host.ts'

// Facts from the test data of Homestar (ipvm-wg/homestar, homestar-runtime/tests/fixtures, Apache-2.0).
const sums =
  'import m from "ipfs://bafybeibk42jwhq7w2zcpe6q3wgtleugp3ymfs3pa5gerjmnakqihhqx4zq" { add_one: func(x: s32) -> s32, crop: func(data: list<u8>, x: u32, y: u32, w: u32, h: u32) -> list<u8>, rotate90: func(data: list<u8>) -> list<u8>, blur: func(data: list<u8>, sigma: f32) -> list<u8>, grayscale: func(data: list<u8>) -> list<u8>, say: func(text: string) -> string, either: func(r: result<u8, string>, o: option<list<u64>>) -> string, pair: func(t: tuple<s32, s32>) -> s32, add: func(a: s32, b: s32) -> s32, half: func(x: f64) -> f64, single: func() -> f32, pairs: func() -> list<tuple<string, u8>>, texts: func(t: list<string>) -> list<string>, deep: func(o: option<option<u8>>) -> u8, maybe: func() -> option<option<u8>>, both: func(r: result<(), option<u8>>) -> result<u8>, sides: func(r: result<option<u8>, option<u8>>) -> u8, sum: func(n: list<s32>) -> s32, is: func(x: s32) -> bool, may: func(x: s32) -> result<s32, string>, record: func() -> record { a: s32 } }\n'

async function exported(
  body: string,
  type: string,
): Promise<string | { tasks: { run: { input: { args: unknown[] } }; meta: unknown }[]; cids: string[] }> {
  const job = await compiled(
    `${sums}${body.includes('api.') ? declared : ''}export job main() -> ${type} ${body.includes('api.') ? 'uses api.ask ' : ''}{ ${body} }`,
  )
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

test('floats are as exact as they are here, and texts are texts', async () => {
  const text = 'bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e'
  const job = await compiled(
    `${sums}export job main() -> tuple<f64, f64, bytes, string, string> { (m.half(0.1), m.half(5.0), m.blur(b"x", 0.5), m.say("null"), m.say("${text}")) }`,
  )
  const out = await toHomestar(job.job, loaderOf(job), job.signatures)
  if (!out.ok) throw new Error(out.error)
  for (const written of ['0.1', '5.0', '0.5', '"null"', `"${text}"`])
    expect(out.value.json.split('\n').map(line => line.trim())).toContain(written)
})

test('results without a payload are 1, and nothing stands in the side that Homestar looks at first', async () => {
  const out = await exported(
    '(m.both(ok(())), m.both(err(none)), m.both(err(some(3))), m.sides(ok(none)))',
    'tuple<result<u8>, result<u8>, result<u8>, u8>',
  )
  if (typeof out === 'string') throw new Error(out)
  const args = out.tasks.map(({ run }) => run.input.args[0])
  expect(args).toEqual([
    [1, null],
    [null, null],
    [null, 3],
    [null, null],
  ])
})

test('loops over what is known are written out', async () => {
  const loops = await exported(
    '(for x, i in [1, 2, 3] { m.add_one(m.pair((x, i as s32))) }, reduce [m.add_one(1), m.add_one(2), m.add_one(3)] with (a, b) => m.add(a, b), fold [4, 5] from m.add_one(1) with (s, x) => m.add(s, x))',
    'tuple<list<s32>, s32, s32>',
  )
  const straight = await exported(
    '([m.add_one(m.pair((1, 0))), m.add_one(m.pair((2, 1))), m.add_one(m.pair((3, 2)))], m.add(m.add(m.add_one(1), m.add_one(2)), m.add_one(3)), m.add(m.add(m.add_one(1), 4), 5))',
    'tuple<list<s32>, s32, s32>',
  )
  expect(loops).toEqual(straight)
})

test('loops that are too long, and values that are too large, are refused', { timeout: 60_000 }, async () => {
  const list = `[${Array.from({ length: 101 }, (_, i) => i).join()}]`
  expect(await exported(`for x in ${list} { for y in ${list} { m.add(x, y) } }`, 'list<list<s32>>')).toMatchSnapshot()
  const texts = Array.from({ length: 9 }, (_, i) => `"${String(i).repeat(1_000_000)}"`)
  expect(await exported(`m.texts([${texts.join()}])`, 'list<string>')).toMatchSnapshot()
})

test('a result may be put together from those of tasks', async () => {
  const out = await exported('{ a: m.add_one(1), b: [2, m.add_one(2)] }', 'record { a: s32, b: list<s32> }')
  expect(typeof out === 'string' ? out : out.cids).toHaveLength(2)
})

const declared = 'effect api("https:") { query ask(x: s32) -> s32 }\n'

test.each([
  ['m.pair((m.add_one(1), 2))', 's32'],
  ['m.crop(b"x", 0, 0, 1, 1)[3]', 'u8'],
  ['m.record().a', 's32'],
  ['m.add_one(1) + 1', 's32'],
  ['m.say("${m.add_one(1)}")', 'string'],
  ['m.may(1)?', 's32'],
  ['if m.is(1) { m.add_one(1) } else { m.add_one(2) }', 's32'],
  ['for x in [1, 2] { m.add_one(x) }', 'list<s32>'],
  ['reduce [m.add_one(1), m.add_one(2)] with (a, b) => m.pair((a, b))', 's32'],
  ['m.add_one(1) catch _ => 0', 's32'],
  ['api.ask(1)', 's32'],
  ['for x in m.texts([]) { m.say(x) }', 'list<string>'],
  ['reduce m.texts([]) with (a, b) => m.say(a)', 'string'],
  ['fold m.texts([]) from "" with (a, b) => m.say(b)', 'string'],
  ['m.single()', 'f32'],
  ['m.pairs()', 'list<tuple<string, u8>>'],
  ['m.texts(["ok", "x"])', 'list<string>'],
  ['m.deep(some(some(1)))', 'u8'],
  ['m.maybe()', 'option<option<u8>>'],
  ['m.sides(err(none))', 'u8'],
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
