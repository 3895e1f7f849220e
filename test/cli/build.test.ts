import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readCar } from '../../dag/car.ts'
import { folder, hello, image, ipvm, json, project, root } from './harness.ts'

describe('build', () => {
  test('writes a CAR with job, debug block and components, and prints the CID of the job', async () => {
    const cwd = folder()
    const { code, out } = await ipvm(['build', hello], { cwd })
    expect(code).toBe(0)
    const file = readFileSync(join(cwd, 'hello.car'))
    const car = readCar(file)
    if (!car.ok) throw new Error(car.error.message)
    expect(`${car.value.roots[0]}\n`).toBe(out)
    expect(car.value.roots).toHaveLength(2)
    const { value } = await json(['build', hello, '-o', 'b.car'], { cwd })
    const { cid, tasks, blocks, bytes } = value.value
    expect(value.value).toEqual({ cid, tasks: 1, blocks, bytes, file: 'b.car' })
    expect({ cid, tasks, blocks, bytes }).toEqual({
      cid: out.trim(),
      tasks: 1,
      blocks: car.value.blocks.length,
      bytes: file.length,
    })
    expect(Buffer.compare(file, readFileSync(join(cwd, 'b.car')))).toBe(0)
  })

  test('gives the same CID from any folder, and after reformatting and renaming', async () => {
    const [here, there] = [folder(), folder()]
    const first = await json(['build', image], { cwd: here })
    expect(first.code).toBe(0)
    const second = await json(['build', image, '--store', 's'], { cwd: there })
    expect(second.value.value.cid).toBe(first.value.value.cid)
    const moved = folder({
      'other.ipvm': readFileSync(image, 'utf8')
        .replaceAll('photo)', 'photo )')
        .replace(/\bturned\b/g, 'on-its-side')
        .replace(/^ {2}/gm, '      '),
      ...Object.fromEntries(
        ['png.wasm', 'filters.wasm', 'photo.png'].map(name => [name, readFileSync(join(root, 'examples/image', name))]),
      ),
    })
    expect((await json(['build', 'other.ipvm'], { cwd: moved })).value.value.cid).toBe(first.value.value.cid)
  })

  test('binds arguments as running with them does', async () => {
    const cwd = folder()
    const built = await json(['build', hello, '--arg', 'name=Ada'], { cwd })
    const run = await json(['run', hello, '--arg', 'name=Ada'], { cwd })
    expect(run.value.value.job).toBe(built.value.value.cid)
    expect((await ipvm(['run', 'hello.car'], { cwd })).out).toBe('Hello, Ada!\n')
  })

  test('without bundle leaves the files out, and the store has them', async () => {
    const cwd = folder()
    const { value } = await json(['build', image, '--no-bundle'], { cwd })
    const car = readCar(readFileSync(join(cwd, 'image.car')))
    expect(car.ok && car.value.blocks.every(({ cid }) => cid.code === 0x71)).toBe(true)
    expect((await ipvm(['run', 'image.car', '--out', 'x.png'], { cwd })).code).toBe(0)
    const away = folder({ 'image.car': readFileSync(join(cwd, 'image.car')) })
    const lacking = await json(['run', 'image.car'], { cwd: away })
    expect(lacking).toMatchObject({ code: 3, value: { diagnostics: [{ code: 'IPVM9006' }] } })
    expect(value.value.blocks).toBe(car.ok ? car.value.blocks.length : 0)
  })

  test('as JSON and for Homestar', async () => {
    const cwd = folder()
    const asJson = await json(['build', hello, '--target', 'json'], { cwd })
    const file = JSON.parse(readFileSync(join(cwd, asJson.value.value.file), 'utf8'))
    expect(file.job['/']).toBe(asJson.value.value.cid)
    expect(Object.keys(file.blocks)).toContain(asJson.value.value.cid)
    const known = folder({
      'add.ipvm':
        'import math from "ipfs://bafybeibk42jwhq7w2zcpe6q3wgtleugp3ymfs3pa5gerjmnakqihhqx4zq" { add_one: func(x: s32) -> s32 }\n' +
        'export job main(x: s32 = 1) -> s32 { math.add_one(x) }\n',
    })
    const built = await json(['build', 'add.ipvm', '--target', 'homestar'], { cwd: known })
    expect(built.value.value.instructions).toEqual(['bafyrmihmxmsbt4n3g6dzmj7rho34mzfbaoqqbsfcq7etsogslqftbyj7du'])
    const workflow = JSON.parse(readFileSync(join(known, 'add.homestar.json'), 'utf8'))
    expect(workflow.tasks[0].run).toEqual({
      rsc: 'ipfs://bafybeibk42jwhq7w2zcpe6q3wgtleugp3ymfs3pa5gerjmnakqihhqx4zq',
      op: 'wasm/run',
      input: { args: [1], func: 'add_one' },
      nnc: '',
    })
    const cannot = project(
      'import types from "./types.wasm"\nexport job main() -> f64 { types.scalars.half-f64(2.0) }\n',
    )
    const refused = await json(['build', 'job.ipvm', '--target', 'homestar'], { cwd: cannot })
    expect(refused).toMatchObject({ code: 3, value: { diagnostics: [{ code: 'IPVM9005' }] } })
  })
})

describe('a damaged compiled file', () => {
  test('is refused with one message, and nothing of it comes into the store', async () => {
    const cwd = folder()
    await ipvm(['build', hello, '--store', 'built'], { cwd })
    const whole = readFileSync(join(cwd, 'hello.car'))
    const damaged: [string, Buffer][] = [
      ['truncated', whole.subarray(0, whole.length - 7)],
      ['header only', whole.subarray(0, 100)],
      ['without its job', Buffer.concat([whole.subarray(0, 100), whole.subarray(100 + 320)])],
      ['without roots', Buffer.from('11a265726f6f7473806776657273696f6e01', 'hex')],
      ...[1, 3, 20, 60, 110, 200, 500, whole.length - 40].map((at): [string, Buffer] => {
        const copy = Buffer.from(whole)
        copy[at]! ^= 4
        return [`bit flipped at ${at}`, copy]
      }),
    ]
    for (const [what, bytes] of damaged) {
      writeFileSync(join(cwd, 'bad.car'), bytes)
      const { code, value } = await json(['run', 'bad.car', '--store', 'empty'], { cwd })
      expect(code, what).toBe(3)
      expect(value.diagnostics, what).toHaveLength(1)
      expect(value.diagnostics[0], what).toMatchObject({ code: 'IPVM9002', file: 'bad.car' })
    }
    expect(existsSync(join(cwd, 'empty'))).toBe(false)
    expect((await ipvm(['run', 'hello.car', '--store', 'empty'], { cwd })).code).toBe(0)
  })
})

describe('show', () => {
  test('prints blocks of the store and of files, and what a file holds', async () => {
    const cwd = folder()
    const built = await json(['build', hello], { cwd })
    const { cid } = built.value.value
    const fromStore = await ipvm(['show', cid], { cwd })
    expect(JSON.parse(fromStore.out)['ipvm/job'].params.name).toEqual({ type: 'string', default: 'World' })
    const fromFile = await json(['show', cid, '--from', 'hello.car', '--store', 'none'], { cwd })
    expect(fromFile.value.value).toMatchObject({ cid, codec: 'dag-cbor', value: JSON.parse(fromStore.out) })
    const file = await json(['show', 'hello.car'], { cwd })
    expect(file.value.value).toMatchObject({ file: 'hello.car', roots: [{ cid }, { codec: 'dag-cbor' }] })
    const [task] = JSON.parse(fromStore.out)['ipvm/job'].tasks
    const instruction = JSON.parse((await ipvm(['show', task['/']], { cwd })).out)
    const component = await json(['show', instruction.rsc.replace('ipfs://', '')], { cwd })
    expect(component.value.value).toMatchObject({ codec: 'raw', size: expect.any(Number) })
    expect(existsSync(join(cwd, 'none'))).toBe(false)
  })
})
