import { appendFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { readCar } from '../../dag/car.ts'
import { writeContainer } from '../../runtime/ucan/container.ts'
import { folder, ipvm, json, root, type Call, type Ended } from './harness.ts'

/** Writes two files, the second one behind the first. */
const source = `import { fs } from "ipvm:effects"

export job main(name: string = "a") -> u64 uses fs.write {
  let first = do fs.write("out/\${name}", data: b"one")
  do fs.write("out/\${name}2", data: b"two") after first
}

export job pure(n: u32 = 1) -> u32 { n + 1 }
`

/** A folder with the job, keys of Bob's, Carol's and Alice's, and a store. */
let template: string
const dids: Record<string, string> = {}
beforeAll(async () => {
  template = folder({ 'job.ipvm': source })
  const env = { IPVM_KEYS: join(template, 'keys') }
  for (const name of ['alice', 'bob', 'carol'])
    dids[name] = (await ipvm(['key', 'new', name], { cwd: template, env })).out.trim()
  await ipvm(['build', 'job.ipvm'], { cwd: template, env })
})

let cwd: string
beforeEach(() => {
  cwd = folder()
  cpSync(template, cwd, { recursive: true })
})
const call = (own: Partial<Call> = {}): Call => ({ cwd, env: { IPVM_KEYS: join(cwd, 'keys') }, ...own })
const run = (args: string[], own: Partial<Call> = {}): Promise<Ended> => ipvm(args, call(own))
const asked = (args: string[]): Promise<{ code: number | null; value: any }> => json(args, call())

/** Delegates to Bob, from the store unless it says otherwise; gives the file and the CID. */
async function grant(
  more: string[] = [],
  { as = 'store', to = 'bob', file }: { as?: string; to?: string; file?: string } = {},
): Promise<string> {
  const command = more.includes('--command') ? [] : ['--command', '/fs/write']
  const { code, err, out } = await run([
    'delegate',
    '--as',
    as,
    '--to',
    to,
    ...command,
    ...more,
    '-o',
    file ?? `${to}.ucan`,
  ])
  if (code !== 0) throw new Error(err)
  return out.trim()
}
const asBob = ['run', 'job.ipvm', '--as', 'bob', '--proof', 'bob.ucan']
const refusal = async (args: string[]): Promise<string> => {
  const { code, value } = await asked(args)
  expect(code).toBe(4)
  const { failure } = value
  return failure?.reason ?? failure?.message ?? value.diagnostics[0].message
}

describe('run --as KEY --proof FILE', () => {
  test('does what is delegated, and no more', async () => {
    await grant(['--policy', '[["like", ".path", "out/a*"]]'])
    expect(await run(asBob)).toMatchObject({ code: 0, out: '3\n' })
    const { code, err } = await run([...asBob, '--arg', 'name=b'])
    expect(code).toBe(4)
    const lines = err.split('\n')
    expect(lines[0]).toBe('error: Nothing was started:')
    expect(lines[1]).toMatch(
      /^ {2}`fs.write=out\/b` is not granted: the delegation \S+ demands \["like","\.path","out\/a\*"\], which does not hold$/,
    )
    expect(lines.slice(-4, -1)).toEqual([
      'Or delegated by the owner of the store:',
      ...['b', 'b2'].map(
        name =>
          `  ipvm delegate --as store --to ${dids['bob']} --command /fs/write --policy '[["==",".subject","out/${name}"]]' -o grant.ucan`,
      ),
    ])
    expect(existsSync(join(cwd, 'out/b'))).toBe(false)
  })

  test('says by which command lines what is missing could be granted, and they do', async () => {
    const { value } = await asked([...asBob.slice(0, 4)])
    expect(value.failure).toMatchObject({ kind: 'refused', missing: ['fs.write=out/a', 'fs.write=out/a2'] })
    for (const [at, line] of (value.failure.delegations as string[]).entries()) {
      const words = [...line.matchAll(/'([^']*)'|\S+/g)].map(([word, quoted]) => quoted ?? word)
      expect((await run([...words.slice(1, -1), `${at}.ucan`])).code).toBe(0)
    }
    const proofs = ['--proof', '0.ucan', '--proof', '1.ucan']
    expect(await run(['run', 'job.ipvm', '--as', 'bob', ...proofs])).toMatchObject({ code: 0, out: '3\n' })
  })

  test('takes what was passed on, if each one only narrows it', async () => {
    await grant()
    await grant(['--proof', 'bob.ucan', '--policy', '[["like", ".path", "out/b*"]]'], { as: 'bob', to: 'carol' })
    const asCarol = ['run', 'job.ipvm', '--as', 'carol', '--proof', 'carol.ucan']
    expect(await run([...asCarol, '--arg', 'name=b'])).toMatchObject({ code: 0, out: '3\n' })
    expect(await refusal(asCarol)).toContain('demands ["like",".path","out/b*"]')
    // What was passed on without its proof needs it.
    await grant([], { as: 'bob', to: 'carol', file: 'alone.ucan' })
    expect(await refusal(['run', 'job.ipvm', '--as', 'carol', '--proof', 'alone.ucan'])).toBe('Untrusted')
    expect(
      (await run(['delegate', '--as', 'bob', '--to', 'carol', '--command', '/fs', '--proof', 'bob.ucan'])).err,
    ).toMatch(
      /^error: What is to be passed on is refused, InvalidCommand: the delegation \S+ is for `\/fs\/write`, which does not cover `\/fs`\.\n$/,
    )
  })

  test('takes several proofs, as text too, and adds to what --allow says', async () => {
    const { out } = await run([
      'delegate',
      '--as',
      'store',
      '--to',
      'bob',
      '--command',
      '/fs/write',
      '--policy',
      '[["==", ".path", "out/a"]]',
    ])
    expect(out).toMatch(/^[\w+/=]+\n$/)
    writeFileSync(join(cwd, 'bob.ucan'), out)
    expect(await refusal(asBob)).toContain('`fs.write=out/a2` is not granted')
    expect((await run([...asBob, '--allow', 'fs.write=out/a2'])).code).toBe(0)
  })

  test('is refused with the reason', async () => {
    await grant([], { to: 'carol' })
    await grant(['--not-before', '2100-01-01', '--expires', 'never'], { file: 'early.ucan' })
    await grant([], { as: 'alice', file: 'alice.ucan' })
    await grant([], { as: 'bob', file: 'own.ucan' })
    await grant(['--command', '/fs/read'], { file: 'read.ucan' })
    const bytes = readFileSync(join(cwd, 'alice.ucan'))
    bytes[10]! ^= 1
    writeFileSync(join(cwd, 'broken.ucan'), bytes)
    writeFileSync(join(cwd, 'text.ucan'), 'hello')
    const with_ = (file: string): Promise<string> => refusal(['run', 'job.ipvm', '--as', 'bob', '--proof', file])
    expect(await with_('carol.ucan')).toBe('InvalidAudience')
    expect(await with_('early.ucan')).toBe('TooEarly')
    expect(await with_('alice.ucan')).toBe('Untrusted')
    expect(await with_('own.ucan')).toBe('Untrusted')
    expect(await with_('broken.ucan')).toBe('InvalidSignature')
    expect(await with_('text.ucan')).toBe('Malformed')
    expect(await with_('read.ucan')).toContain('is for `/fs/read`, which does not cover `/fs/write`')
    const { err } = await run(['run', 'job.ipvm', '--as', 'bob', '--proof', 'carol.ucan'])
    expect(err).toMatch(
      /^error: The delegation \S+ is refused, InvalidAudience: it is for \S+, and who asks is \S+\.\n$/,
    )
    expect(existsSync(join(cwd, 'out'))).toBe(false)
  })

  test('is refused when it has expired', async () => {
    const { value } = await asked([
      'delegate',
      '--as',
      'store',
      '--to',
      'bob',
      '--command',
      '/fs/write',
      '--expires',
      '1s',
      '-o',
      'bob.ucan',
    ])
    while (Date.now() / 1000 < Number(value.value.exp) + 1) await new Promise(resolve => setTimeout(resolve, 100))
    expect(await refusal(asBob)).toBe('Expired')
  })

  test('trusts those whom the configuration names', async () => {
    await grant([], { as: 'alice' })
    expect(await refusal(asBob)).toBe('Untrusted')
    writeFileSync(join(cwd, 'ipvm.config.mjs'), `export default { authorities: ['${dids['alice']}'] }\n`)
    expect((await run(asBob)).code).toBe(0)
    writeFileSync(join(cwd, 'ipvm.config.mjs'), `export default { authorities: ['alice'] }\n`)
    expect((await run(asBob)).err).toContain('`authorities` must be a list of DIDs')
  })

  test.each([
    [['run', 'job.ipvm', '--proof', 'x'], '`--proof` goes with `--as KEY`, the key that it is for.'],
    [['run', 'job.ipvm', '--as', 'bbo'], 'Did you mean `bob`?'],
    [
      ['run', 'job.ipvm', '--as', 'bob', '--proof', 'jbo.ipvm'],
      'There is no file `jbo.ipvm`. Did you mean `job.ipvm`?',
    ],
  ])('%j is wrong usage', async (args, why) => {
    expect(await run(args)).toMatchObject({ code: 2, err: expect.stringContaining(why) })
  })

  test('tells of what a job asks for only while it runs', async () => {
    const text = `import { fs } from "ipvm:effects"
export job main() -> bytes uses fs.list, fs.read {
  let names = fs.list("data")
  fs.read("data/\${names[0]}")
}
`
    writeFileSync(join(cwd, 'read.ipvm'), text)
    mkdirSync(join(cwd, 'data'))
    writeFileSync(join(cwd, 'data/x'), 'x')
    await grant(['--command', '/fs', '--policy', '[["==", ".path", "data"]]'])
    const { code, value } = await asked(['run', 'read.ipvm', '--as', 'bob', '--proof', 'bob.ucan'])
    expect(code).toBe(4)
    expect(value.failure).toMatchObject({
      ...{ kind: 'refused', name: 'fs.read' },
      detail: expect.stringMatching(
        /^`fs.read=data\/x` is not granted: the delegation \S+ demands \["==","\.path","data"\], which does not hold$/,
      ),
    })
  })

  test('of a pure job needs nothing, and its record says who asked', async () => {
    const { value } = await asked(['run', 'job.ipvm', '-j', 'pure', '--as', 'bob'])
    const shown = await asked(['show', value.value.run])
    const [invocation] = shown.value.value.grants.map((text: string) => text.replace('ucan:', ''))
    const token = await asked(['show', invocation])
    expect(token.value.value.value[1]['ucan/inv@1.0.0']).toMatchObject({ iss: dids['bob'], cmd: '/ipvm/run' })
  })
})

describe('a run that goes on', () => {
  /** Dies behind its first command. */
  const begin = async (): Promise<string> => {
    expect((await run(asBob, { die: 'synced 3' })).code).toBe(null)
    const { value } = await asked(['runs'])
    return value.value[0].run
  }

  test('may do what was delegated when it began', async () => {
    await grant()
    const id = await begin()
    expect(existsSync(join(cwd, 'out/a2'))).toBe(false)
    expect(await run(['resume', id])).toMatchObject({ code: 0, out: '3\n' })
    expect(readFileSync(join(cwd, 'out/a2'), 'utf8')).toBe('two')
  })

  test('may do so no more when it was revoked since, and with --allow it may', async () => {
    const cid = await grant()
    const id = await begin()
    expect(await run(['delegate', '--revoke', 'bob.ucan'])).toMatchObject({
      ...{ code: 0, err: expect.stringContaining(`${cid} is refused from now on`) },
    })
    const { code, err } = await run(['resume', id])
    expect(code).toBe(4)
    expect(err).toContain(`note: the delegation ${cid} grants nothing any more: it was revoked.`)
    expect(err).toContain(`is not granted: of the delegation ${cid}, it was revoked`)
    expect(await refusal(asBob)).toBe('Revoked')
    expect((await run(['resume', id, '--allow', 'fs.write=out'])).code).toBe(0)
  })

  test('keeps what it needs when garbage is collected', async () => {
    await grant()
    const id = await begin()
    expect((await run(['gc'])).code).toBe(0)
    expect((await run(['resume', id])).code).toBe(0)
  })
})

test('what a run has enqueued may do what was delegated to the run, as long as it is', async () => {
  const queue = `import { job } from "ipvm:effects"
export job main(one: link<ipld>, two: link<ipld>) -> () uses job.enqueue {
  let first = do job.enqueue(one)
  do job.enqueue(two) after first
  ()
}
`
  writeFileSync(join(cwd, 'queue.ipvm'), queue)
  const [one, two] = await Promise.all(
    ['x', 'y'].map(async name =>
      (await run(['build', 'job.ipvm', '--arg', `name=${name}`, '-o', `${name}.car`])).out.trim(),
    ),
  )
  await grant(['--command', '/'])
  const args = ['--arg', `one=cid"${one}"`, '--arg', `two=cid"${two}"`]
  expect((await run(['run', 'queue.ipvm', '--as', 'bob', '--proof', 'bob.ucan', ...args])).code).toBe(0)
  expect((await run(['work', '--limit', '1'])).code).toBe(0)
  expect([existsSync(join(cwd, 'out/x')), existsSync(join(cwd, 'out/y'))]).toEqual([true, false])
  await run(['delegate', '--revoke', 'bob.ucan'])
  expect((await run(['work'])).code).toBe(4)
  expect(existsSync(join(cwd, 'out/y'))).toBe(false)
})

describe('build --target ucan', () => {
  const build = (more: string[] = []): Promise<Ended> =>
    run(['build', 'job.ipvm', '--target', 'ucan', '--as', 'bob', '--proof', 'bob.ucan', ...more])

  test('writes an invocation with its proofs and its job, which runs once', async () => {
    await grant()
    const { code, out } = await build(['--arg', 'name=x'])
    expect(code).toBe(0)
    const car = readCar(readFileSync(join(cwd, 'job.ucan.car')))
    const { value } = await asked(['inspect', 'job.ucan.car'])
    const [invocation, delegation] = value.value.tokens
    expect(car.ok && car.value.roots[0]!.toString()).toBe(invocation.cid)
    expect(invocation).toMatchObject({
      kind: 'invocation',
      iss: dids['bob'],
      sub: dids['bob'],
      cmd: '/ipvm/run',
      prf: [],
    })
    expect(invocation.args).toEqual({ job: out.trim(), proofs: [delegation.cid] })
    expect(await run(['run', 'job.ucan.car'])).toMatchObject({ code: 0, out: '3\n' })
    const again = await run(['run', 'job.ucan.car'])
    expect(again).toMatchObject({
      code: 4,
      err: `error: The invocation is refused, Replayed: the nonce of the invocation ${invocation.cid} was used before.\n`,
    })
    // Nor does it run where the store has forgotten all else.
    for (const name of ['store.db', 'runs']) rmSync(join(cwd, '.ipvm', name), { recursive: true })
    expect(await refusal(['run', 'job.ucan.car'])).toBe('Replayed')
  })

  test('tells what the job requires, and what no proof is for', async () => {
    await grant(['--command', '/fs/read'])
    const { code, err } = await build()
    expect({ code, err }).toMatchObject({
      ...{ code: 0, err: expect.stringContaining('note: the job requires `/fs/write`, and no proof is for that.\n') },
    })
    await grant()
    expect((await build()).err).not.toContain('note:')
    const { value } = await asked(['build', 'job.ipvm', '--target', 'ucan', '--as', 'bob', '--proof', 'bob.ucan'])
    expect(value.value).toMatchObject({ iss: dids['bob'], capabilities: ['/fs/write'] })
  })

  test('is taken as a token too, where the job is in the store', async () => {
    await grant()
    await build()
    const car = readCar(readFileSync(join(cwd, 'job.ucan.car')))
    if (!car.ok) throw new Error(car.error.message)
    const [invocation, delegation] = car.value.blocks.map(({ bytes }) => bytes) as [Uint8Array, Uint8Array]
    writeFileSync(join(cwd, 'alone.ucan'), invocation)
    expect(await refusal(['run', 'alone.ucan'])).toBe('UnavailableProof')
    writeFileSync(join(cwd, 'proof.ucan'), delegation)
    expect(await refusal(['run', 'proof.ucan'])).toBe('InvalidClaim')
    writeFileSync(join(cwd, 'both.ucan'), writeContainer([invocation, delegation]))
    expect(await run(['run', 'both.ucan'])).toMatchObject({ code: 0, out: '3\n' })
    expect(await refusal(['run', 'job.ucan.car'])).toBe('Replayed')
  })

  test('is not used up where something else is in the way', async () => {
    await grant(['--policy', '[["==", ".path", "out/a"]]'])
    await build()
    expect(await refusal(['run', 'job.ucan.car'])).toContain('`fs.write=out/a2` is not granted')
    expect((await run(['run', 'job.ucan.car', '--allow', 'fs.write=out'])).code).toBe(0)
  })

  test('is for one store, until it expires, and nobody changes it', async () => {
    await grant()
    await build(['--to', 'alice', '-o', 'alice.car'])
    expect(await refusal(['run', 'alice.car'])).toBe('InvalidAudience')
    await build(['--expires', '2020-01-01', '-o', 'old.car'])
    expect(await refusal(['run', 'old.car'])).toBe('Expired')
    await build(['-o', 'new.car'])
    expect(await run(['run', 'new.car', '--store', 'other'])).toMatchObject({
      code: 4,
      err: expect.stringContaining('InvalidAudience'),
    })
    for (const more of [
      ['--arg', 'name=b'],
      ['--as', 'carol'],
      ['--proof', 'bob.ucan'],
      ['-j', 'main'],
    ])
      expect(await run(['run', 'new.car', ...more])).toMatchObject({
        ...{ code: 2, err: expect.stringContaining('is an invocation, which says itself what is run') },
      })
    const bytes = readFileSync(join(cwd, 'new.car'))
    bytes[bytes.indexOf('/ipvm/run') + 1]! ^= 1
    writeFileSync(join(cwd, 'new.car'), bytes)
    expect((await run(['run', 'new.car'])).code).toBe(3)
  })

  test('with proofs that are none for who asks is refused when it runs', async () => {
    await grant([], { to: 'carol', file: 'bob.ucan' })
    await build()
    expect(await refusal(['run', 'job.ucan.car'])).toBe('InvalidAudience')
    expect(await refusal(['inspect', 'job.ucan.car'])).toBe('InvalidAudience')
  })

  test('is compared with iso-ucan: the invocation is one for others too', async () => {
    await grant()
    await build()
    const car = readCar(readFileSync(join(cwd, 'job.ucan.car')))
    if (!car.ok) throw new Error(car.error.message)
    const [first] = car.value.roots
    const { bytes } = car.value.blocks.find(({ cid }) => cid.equals(first!))!
    const { Invocation } = await import('iso-ucan/invocation')
    const { Resolver } = await import('iso-signatures/verifiers/resolver.js')
    const { verifier } = await import('iso-signatures/verifiers/eddsa.js')
    const read = await Invocation.from({
      ...{ bytes, verifierResolver: new Resolver({ ...verifier }), audience: undefined as never },
      resolveProof: () => Promise.reject(new Error('it has none')),
    })
    expect(read.payload.iss).toBe(dids['bob'])
  })

  test.each([
    [['build', 'job.ipvm', '--target', 'ucan'], 'Who asks for the run? `--as KEY` says it.'],
    [['build', 'job.ipvm', '--as', 'bob'], '`--as` goes with `--target ucan`.'],
    [['build', 'job.ipvm', '--target', 'ucan', '--as', 'bob', '--to', 'bbo'], 'Did you mean `bob`?'],
    [['build', 'job.ipvm', '--target', 'ucan', '--as', 'bob', '--expires', 'soon'], '`--expires` takes as 30m'],
  ])('%j is wrong usage', async (args, why) => {
    expect(await run(args)).toMatchObject({ code: 2, err: expect.stringContaining(why) })
  })
})

describe('delegate', () => {
  const delegate = (more: string[]): Promise<Ended> =>
    run(['delegate', '--as', 'alice', '--to', 'bob', '--command', '/http/get', ...more])

  test.each([
    [['delegate'], 'Who lets somebody do something? `--as KEY` says it, or `--as store`.'],
    [['delegate', '--as', 'alice'], 'Whom is it for? `--to DID` says it.'],
    [['delegate', '--as', 'alice', '--to', 'bob'], 'What is it for?'],
    [['delegate', '--as', 'alice', '--to', 'did:key', '--command', '/'], '`did:key` is no DID'],
    [
      ['delegate', '--as', 'alice', '--to', 'bob', '--command', 'http.get'],
      'a command begins with `/`. Did you mean `/http/get`?',
    ],
    [
      ['delegate', '--as', 'alice', '--to', 'bob', '--command', '/HTTP'],
      'a command is in lower case. Did you mean `/http`?',
    ],
    [['delegate', '--revoke', 'bafy'], 'There is no file `bafy`'],
  ])('%j is wrong usage', async (args, why) => {
    expect(await run(args)).toMatchObject({ code: 2, out: '', err: expect.stringContaining(why) })
  })

  test.each([
    [['--policy', 'x'], '`--policy` is no JSON'],
    [['--policy', '[["=", ".a", 1]]'], '`--policy`: there is no operator "=".'],
    [['--policy', '@none.json'], 'There is no file `none.json`.'],
    [['--expires', 'tomorrow'], '`--expires` takes as 30m, 24h or 7d from now'],
    [['--expires', '2020-01-01'], 'It would have expired before it could be used'],
    [['--subject', 'bbo'], 'Did you mean `bob`?'],
    [
      ['--proof', 'job.ipvm'],
      '`job.ipvm` is refused, Malformed: it is neither a token of UCAN nor a container of some.',
    ],
    [['-o', 'no/such/file'], 'cannot be written'],
  ])('with %j is refused', async (more, why) => {
    const { code, err } = await delegate(more)
    expect({ code, err }).toEqual({ code: more[0] === '--proof' ? 4 : 2, err: expect.stringContaining(why) })
  })

  test('says what may have been meant by a command that nothing performs', async () => {
    const { code, err } = await run(['delegate', '--as', 'alice', '--to', 'bob', '--command', '/htpp/get'])
    expect({ code, err }).toEqual({
      code: 0,
      err: 'note: nothing in the box is `/htpp/get`. Did you mean `/http/get`?\n',
    })
  })

  test('says what the receiver needs beside it', async () => {
    const { err } = await delegate(['--subject', dids['carol']!])
    expect(err).toBe('note: its subject is not `alice`; whoever uses it needs the delegations to `alice` as well.\n')
  })

  test('takes a policy from a file, and ends after a day unless it is said otherwise', async () => {
    writeFileSync(join(cwd, 'policy.json'), '[["==", ".host", "a.test"]]')
    const args = ['delegate', '--as', 'alice', '--to', 'bob', '--command', '/http', '--policy', '@policy.json']
    const { value } = await asked([...args, '-o', 'bob.ucan'])
    expect(value.value.exp - Date.now() / 1000).toBeGreaterThan(86_000)
    const { value: shown } = await asked(['inspect', 'bob.ucan'])
    expect(shown.value.tokens).toEqual([
      expect.objectContaining({
        kind: 'delegation',
        pol: [['==', '.host', 'a.test']],
        sub: dids['alice'],
        aud: dids['bob'],
      }),
    ])
  })
})

describe('inspect', () => {
  test('says what a token says, for people', async () => {
    await grant([
      '--policy',
      '[["like", ".path", "out/*"]]',
      '--expires',
      '2100-01-31T12:00:00Z',
      '--not-before',
      '2000-01-01',
    ])
    const { code, out, err } = await run(['inspect', 'bob.ucan'])
    expect(code).toBe(0)
    const store = (await run(['key', 'list'])).out
      .split('\n')
      .find(line => line.startsWith('store'))!
      .split(/ +/)[1]
    const lines = out.split('\n')
    expect(lines[0]).toMatch(/^delegation bafy\w+$/)
    expect(lines.slice(1, 8)).toEqual([
      `  by        ${store} (store)`,
      `  to        ${dids['bob']} (bob)`,
      `  subject   ${store} (store)`,
      '  command   /fs/write',
      '  only if   ["like",".path","out/*"]',
      '  from      2000-01-01T00:00:00Z',
      '  until     2100-01-31T12:00:00Z',
    ])
    expect(err).toMatch(/^It holds as far as it goes/)
    const text = (await run(['delegate', '--as', 'alice', '--to', 'bob', '--command', '/'])).out.trim()
    expect((await run(['inspect', text])).out).toContain('command   /\n')
  })

  test('says why one does not hold, and what it says all the same', async () => {
    await grant(['--not-before', '2100-01-01', '--expires', 'never'])
    const { code, out, err } = await run(['inspect', 'bob.ucan'])
    expect({ code, err }).toEqual({
      code: 4,
      err: expect.stringMatching(
        /^error: The delegation \S+ is refused, TooEarly: it may not be used yet: 2100-01-01T00:00:00Z\.\n$/,
      ),
    })
    expect(out).toContain('command   /fs/write')
    expect((await run(['inspect', 'bob.ucan', '--at', '2100-01-02'])).code).toBe(0)
    const { value } = await asked(['inspect', 'bob.ucan'])
    expect(value).toMatchObject({
      ok: false,
      failure: { kind: 'refused', code: 'IPVM9011', reason: 'TooEarly', tokens: [{ cmd: '/fs/write' }] },
    })
  })

  test('judges the invocations of the specification by the time that they have', async () => {
    const path = join(root, 'test/fixtures/ucan/invocation.json')
    const { valid, invalid } = JSON.parse(readFileSync(path, 'utf8'))
    const verdict = async ({ invocation, proofs, time }: any): Promise<string> => {
      writeFileSync(join(cwd, 'i.ucan'), invocation['/'].bytes)
      const files = proofs.map((proof: any, i: number) => {
        writeFileSync(join(cwd, `${i}.ucan`), proof['/'].bytes)
        return ['--proof', `${i}.ucan`]
      })
      const { code, value } = await asked(['inspect', 'i.ucan', '--at', String(time), ...files.flat()])
      return code === 0 ? 'valid' : value.failure.reason
    }
    expect(await verdict(valid.find(({ name }: any) => name === 'powerline'))).toBe('valid')
    for (const name of ['invalid proof signature', 'policy violation', 'missing proof']) {
      const vector = invalid.find((one: any) => one.name === name)
      expect(await verdict(vector)).toBe(vector.error.name)
    }
  })

  test.each([
    [
      ['inspect', 'job.ipvm'],
      4,
      '`job.ipvm` is refused, Malformed: it is neither a token of UCAN nor a container of some.',
    ],
    [['inspect', 'bbo.ucan'], 2, 'There is no file `bbo.ucan`.'],
    [['inspect', 'job.ipvm', '--at', 'never'], 2, '`--at` takes a time.'],
    [['inspect', 'job.car'], 4, 'it holds no token'],
  ])('%j', async (args, code, why) => {
    expect(await run(args)).toMatchObject({ code, err: expect.stringContaining(why) })
  })
})

test('a list of revocations that cannot be read lets nobody pass', async () => {
  await grant()
  await run(['delegate', '--revoke', await grant([], { to: 'carol' })])
  expect((await run(asBob)).code).toBe(0)
  appendFileSync(join(cwd, '.ipvm/ucan/revoked'), 'hello\n')
  expect(await run([...asBob, '--new'])).toMatchObject({
    code: 3,
    err: expect.stringContaining('revoked: line 2 is no CID'),
  })
})
