import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { folder, ipvm, json } from './harness.ts'

/** A folder of its own for keys, which is not there yet. */
function place(): { cwd: string; env: Record<string, string>; keys: string } {
  const cwd = folder()
  const keys = join(cwd, 'own/keys')
  return { cwd, keys, env: { IPVM_KEYS: keys } }
}
const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8)

describe('key new', () => {
  test('makes a key that its owner alone may read, and prints its DID', async () => {
    const { cwd, env, keys } = place()
    const { code, out, err } = await ipvm(['key', 'new', 'bob'], { cwd, env })
    expect(code).toBe(0)
    expect(out).toMatch(/^did:key:z6Mk[1-9A-HJ-NP-Za-km-z]{44}\n$/)
    expect([mode(keys), mode(join(keys, 'bob.pem'))]).toEqual(['700', '600'])
    const secret = readFileSync(join(keys, 'bob.pem'), 'utf8').split('\n')[1]!
    expect(secret.length).toBe(64)
    for (const shown of [out, err, (await ipvm(['key', 'list'], { cwd, env })).out]) expect(shown).not.toContain(secret)
  })

  test('never writes over one', async () => {
    const { cwd, env, keys } = place()
    await ipvm(['key', 'new', 'bob'], { cwd, env })
    const before = readFileSync(join(keys, 'bob.pem'))
    const { code, err } = await ipvm(['key', 'new', 'bob'], { cwd, env })
    expect({ code, err }).toEqual({
      code: 2,
      err: `error: There is a key \`bob\` already, ${join(keys, 'bob.pem')}; it is not written over.\n`,
    })
    expect(readFileSync(join(keys, 'bob.pem'))).toEqual(before)
  })

  test('stands in the folder of settings where nothing else is said', async () => {
    const cwd = folder()
    const { value } = await json(['key', 'new', 'bob'], {
      cwd,
      env: { IPVM_KEYS: '', XDG_CONFIG_HOME: join(cwd, 'etc') },
    })
    expect(value.value).toMatchObject({ name: 'bob', file: join(cwd, 'etc/ipvm/keys/bob.pem') })
  })

  test.each([
    [['key', 'new'], '`key new` takes one name: `ipvm key new NAME`.'],
    [['key', 'new', 'a', 'b'], '`key new` takes one name'],
    [['key', 'new', '../bob'], '`../bob` is no name for a key'],
    [['key', 'new', 'store'], "`store` is the store's own key, which makes itself; choose another name."],
    [['key', 'nwe', 'bob'], '`key` takes `new NAME` or `list`; `nwe` is neither. Did you mean `new`?'],
    [['key', 'list', 'bob'], '`key list` takes no names.'],
    [['key'], '`key` needs ACTION NAME'],
  ])('%j is wrong usage', async (args, why) => {
    const { cwd, env } = place()
    const { code, err } = await ipvm(args, { cwd, env })
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(why) })
  })
})

describe('key list', () => {
  test('has all of them, and what is wrong with one', async () => {
    const { cwd, env, keys } = place()
    expect(await ipvm(['key', 'list'], { cwd, env })).toMatchObject({
      ...{ code: 0, out: '', err: `There is no key in ${keys}; \`ipvm key new NAME\` makes one.\n` },
    })
    const did = (await ipvm(['key', 'new', 'bob'], { cwd, env })).out.trim()
    await ipvm(['key', 'new', 'alice'], { cwd, env })
    chmodSync(join(keys, 'alice.pem'), 0o644)
    writeFileSync(join(keys, 'note.txt'), 'x')
    const { value } = await json(['key', 'list'], { cwd, env })
    expect(value.value).toEqual([
      { name: 'alice', problem: expect.stringContaining('chmod 600') },
      { name: 'bob', did },
    ])
  })
})

describe('a key is not used', () => {
  const use = (name: string, { cwd, env }: { cwd: string; env: Record<string, string> }) =>
    ipvm(
      ['delegate', '--as', name, '--to', 'did:key:z6MkmT9j6fVZqzXV8u2wVVSu49gYSRYGSQnduWXF6foAJrqz', '--command', '/'],
      { cwd, env },
    )

  test('that others may read', async () => {
    const at = place()
    const file = join(at.keys, 'bob.pem')
    await ipvm(['key', 'new', 'bob'], at)
    for (const open of [0o640, 0o604, 0o622]) {
      chmodSync(file, open)
      expect(await use('bob', at)).toMatchObject({
        ...{ code: 2, out: '' },
        err: `error: The key ${file} may be read or written by others than its owner, and is not used: \`chmod 600 ${file}\` mends that.\n`,
      })
    }
    chmodSync(file, 0o400)
    expect((await use('bob', at)).code).toBe(0)
  })

  test('of the store either, that others may read', async () => {
    const at = place()
    expect((await use('store', at)).code).toBe(0)
    chmodSync(join(at.cwd, '.ipvm/key'), 0o644)
    expect(await use('store', at)).toMatchObject({ code: 2, err: expect.stringContaining('is not used') })
  })

  test('that is none, or is not there', async () => {
    const at = place()
    await ipvm(['key', 'new', 'bob'], at)
    expect((await use('bbo', at)).err).toBe(`error: There is no key \`bbo\` in ${at.keys}. Did you mean \`bob\`?\n`)
    expect((await use('mallory', at)).err).toContain('`ipvm key new mallory` makes one.')
    writeFileSync(join(at.keys, 'text.pem'), 'hello', { mode: 0o600 })
    mkdirSync(join(at.keys, 'folder.pem'), { mode: 0o700 })
    expect((await use('text', at)).err).toContain('is no Ed25519 key in PKCS #8.')
    expect((await use('folder', at)).err).toContain('it is no plain file')
    expect((await use('../bob', at)).err).toContain('There is no key `../bob`')
  })
})

test('no job reads a key, whatever is granted', async () => {
  const at = place()
  await ipvm(['key', 'new', 'bob'], at)
  writeFileSync(
    join(at.cwd, 'a.ipvm'),
    'import { fs } from "ipvm:effects"\nexport job main() -> bytes uses fs.read { fs.read("own/keys/bob.pem") }\n',
  )
  const { code, out, err } = await ipvm(['run', 'a.ipvm', '--allow', 'fs.read'], at)
  expect({ code, out }).toEqual({ code: 4, out: '' })
  expect(err).toContain('it is kept from all jobs')
})
