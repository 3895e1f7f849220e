import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createHost } from '../../cli/host.ts'
import { RememberedBytes } from '../../cli/remembered-bytes.ts'
import { folder } from './harness.ts'

test('bytes are the same ones as long as a file is what it was and somebody asks for it', () => {
  const cwd = folder({ a: 'one', b: 'two' })
  const [a, b] = [join(cwd, 'a'), join(cwd, 'b')]
  const bytes = new RememberedBytes(createHost(async () => undefined))
  const first = { a: bytes.read(a), b: bytes.read(b) }
  expect(first.a).toEqual(new Uint8Array(Buffer.from('one')))
  bytes.release()
  expect(bytes.read(a)).toBe(first.a)
  bytes.release()
  expect(bytes.read(a)).toBe(first.a)
  expect(bytes.read(b)).toEqual(first.b)
  expect(bytes.read(b)).not.toBe(first.b)
  writeFileSync(a, 'three')
  expect(bytes.read(a)).toEqual(new Uint8Array(Buffer.from('three')))
  rmSync(a)
  expect([bytes.read(a), bytes.read(cwd), bytes.read('\0')]).toEqual(['missing', 'directory', 'missing'])
})
