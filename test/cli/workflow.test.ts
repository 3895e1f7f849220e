import { createPublicKey, verify } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as dagCbor from '@ipld/dag-cbor'
import { base58btc } from 'multiformats/bases/base58'
import { describe, expect, test } from 'vitest'
import { parseDagJson } from '../../dag/parse-json.ts'
import { encode } from '../../dag/codec.ts'
import { folder, image, ipvm, json, project, root } from './harness.ts'

const photo = ['--arg', 'photo={ width: 1, height: 1, pixels: [1, 2, 3, 4] }']

async function built(source: string, args: string[] = [], cwd = folder()) {
  const { code, value } = await json(['build', source, '--target', 'workflow', '-o', 'w.json', ...args], { cwd })
  if (code !== 0) throw new Error(JSON.stringify(value))
  const text = readFileSync(join(cwd, 'w.json'), 'utf8')
  return { cwd, text, told: value.value, envelope: JSON.parse(text) }
}

describe('build --target workflow', () => {
  test('is the envelope of IPVM Workflow 0.1.0 around a UCAN invocation 0.1.0', async () => {
    const { envelope, told } = await built(image, [
      '-j',
      'study',
      ...photo,
      '--arg',
      'x=0',
      '--arg',
      'y=0',
      '--arg',
      'radius=1',
    ])
    expect(Object.keys(envelope).sort()).toEqual(['ipvm/workflow', 'signature'])
    const { v, meta, parent, tasks, ...rest } = envelope['ipvm/workflow']
    expect({ v, parent, rest }).toEqual({ v: '0.1.0', parent: null, rest: {} })
    expect(meta['ipvm/job']['/']).toBe(told.cid)
    expect(meta['ipvm/issuer']).toBe(told.issuer)
    const { run, ...invocation } = tasks['ucan/invoke']
    expect(invocation).toEqual({ v: '0.1.0', nnc: '', ext: null, prf: [] })
    expect(Object.keys(run).sort()).toEqual([
      'filters.image.blur',
      'filters.image.crop',
      'filters.image.grayscale',
      'filters.image.rotate',
    ])
    expect(told.tasks).toBe(4)
    expect(run['filters.image.grayscale']).toEqual({
      with: expect.stringMatching(/^ipfs:\/\/baf\w+$/),
      do: 'wasm/run',
      inputs: {
        func: expect.stringContaining('grayscale'),
        args: [{ 'ucan/ok': ['/', 'filters.image.rotate'] }],
      },
      meta: { 'ipvm/config': { time: [30, 'seconds'], memory: [67_108_864, 'bytes'], gas: expect.any(Number) } },
    })
    expect(run['filters.image.blur'].meta['ipvm/config'].time).toEqual([60, 'seconds'])
    expect(meta['ipvm/result']).toEqual({ 'ucan/ok': ['/', 'filters.image.blur'] })
  })

  test('is signed by the key of the store, over DAG-CBOR, and the same each time', async () => {
    const first = await built(image, ['-j', 'thumbnail', ...photo])
    const again = await built(image, ['-j', 'thumbnail', ...photo], first.cwd)
    expect(again.text).toBe(first.text)
    const other = await built(image, ['-j', 'thumbnail', ...photo])
    expect(other.text).not.toBe(first.text)
    const parsed = parseDagJson(first.text)
    if (!parsed.ok) throw new Error(JSON.stringify(parsed))
    const envelope = parsed.value as any
    const { signature, 'ipvm/workflow': workflow } = envelope
    expect(Buffer.from(signature.subarray(0, 8)).toString('hex')).toBe('3401ed01ed011371')
    expect(signature).toHaveLength(72)
    const raw = base58btc.decode(workflow.meta['ipvm/issuer'].slice('did:key:'.length)).subarray(2)
    const x = Buffer.from(raw).toString('base64url')
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
    const signed = encode(workflow)
    // What others would write is the same: there are no floats in it.
    expect(signed).toEqual(dagCbor.encode(dagCbor.decode(signed)))
    expect(verify(null, signed, key, signature.subarray(8))).toBe(true)
    expect(verify(null, encode({ ...workflow, v: '0.1.1' }), key, signature.subarray(8))).toBe(false)
  })

  test('names each task once, and numbers those of one name', async () => {
    const cwd = project(
      'import types from "./types.wasm"\n\njob main() -> tuple<string, string> { (types.greet("a"), types.greet("b")) }\n',
    )
    const { envelope } = await built('job.ipvm', [], cwd)
    const { run } = envelope['ipvm/workflow'].tasks['ucan/invoke']
    expect(Object.keys(run)).toHaveLength(2)
    expect(Object.keys(run).sort()).toEqual(['types.greet', 'types.greet-2'])
    const result = envelope['ipvm/workflow'].meta['ipvm/result'].map((hole: any) => hole['ucan/ok'][1])
    expect(result.map((label: string) => run[label].inputs.args[0])).toEqual(['a', 'b'])
  })

  test('has effects as the job does, what they come after, and that a secret is one', async () => {
    const { envelope } = await built(join(root, 'examples/secret/secret.ipvm'), ['-j', 'main'])
    const tasks = Object.values<any>(envelope['ipvm/workflow'].tasks['ucan/invoke'].run)
    const secret = tasks.find(task => task.do === 'secret/get')
    expect(secret.meta['ipvm/config'].secret).toBe(true)
    const balance = tasks.find(task => task.do === 'accounts/balance')
    expect(balance.with).toBe('https:')
    expect(JSON.stringify(balance.inputs.args)).toContain('"ucan/ok"')
    expect(balance.meta['ipvm/config'].secret).toBeUndefined()
  })

  test('needs a value for each parameter, and refuses what would pose as a promise', async () => {
    const open = await json(['build', image, '-j', 'thumbnail', '--target', 'workflow'], { cwd: folder() })
    expect(open).toMatchObject({
      code: 2,
      value: { diagnostics: [{ message: expect.stringContaining('A workflow has no parameters') }] },
    })
    const cwd = folder({ 'job.ipvm': 'job main(data: ipld) -> ipld { data }\n' })
    writeFileSync(join(cwd, 'data.json'), JSON.stringify({ data: { 'ucan/ok': 1 } }))
    const posing = await ipvm(['build', 'job.ipvm', '--target', 'workflow', '--args', '@data.json'], { cwd })
    expect([posing.code, posing.err]).toEqual([3, expect.stringContaining('a value has the key `ucan/ok`')])
  })
})
