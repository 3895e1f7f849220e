import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Block, Ipld } from '../../../dag/ipld.ts'
import { place } from '../../../dag/place.ts'
import { box } from '../../../runtime/effects/box.ts'
import { createEffects } from '../../../runtime/effects/host.ts'
import { checkProviders } from '../../../runtime/effects/validate.ts'
import { types } from '../../../runtime/effects/types.ts'
import type { EffectCall, Effects } from '../../../runtime/interface.ts'
import { memoryStore } from '../../../runtime/store/open.ts'
import { Rights, type RightsOptions } from '../../../runtime/ucan/rights.ts'
import { web } from '../effects/servers.ts'
import { alice, bob, carol, delegate, invoke, mallory, readDelegation } from './tools.ts'

const now = 1000
/** What Bob may do by these delegations, where Alice may grant. */
function rightsOf(blocks: Block[], own: Partial<RightsOptions> = {}): Rights {
  const delegations = blocks.map(readDelegation)
  return new Rights({ holder: bob.did, delegations, authorities: [alice.did], judge: () => ({ now }), ...own })
}
const reason = (rights: Rights, cmd = '/http/get', args = {}): string => {
  const allowed = rights.allowing(cmd, args)
  return allowed.ok ? 'allowed' : `${allowed.error.reason}: ${allowed.error.message}`
}

describe('rights', () => {
  test('come from who may grant, by way of others', () => {
    expect(reason(rightsOf([delegate(alice, bob)]))).toBe('allowed')
    expect(reason(rightsOf([delegate(alice, carol), delegate(carol, bob)]))).toBe('allowed')
    expect(reason(rightsOf([delegate(carol, bob, { sub: null }), delegate(alice, carol)]))).toBe('allowed')
  })

  test('do not come from who may grant nothing, whoever it is, nor from nobody', () => {
    const none = `Untrusted: nobody who may grant something here has delegated anything to ${bob.did}`
    expect(reason(rightsOf([]))).toBe(none)
    expect(reason(rightsOf([delegate(bob, bob, { sub: bob.did })]))).toBe(none)
    expect(reason(rightsOf([delegate(mallory, bob, { sub: mallory.did })]))).toBe(none)
    expect(reason(rightsOf([delegate(mallory, bob)]))).toBe(none)
    expect(reason(rightsOf([delegate(mallory, bob, { sub: null })]))).toBe(none)
    expect(reason(rightsOf([delegate(alice, carol)]))).toBe(none)
  })

  test('of who may grant are all that there are', () => {
    expect(reason(rightsOf([], { holder: alice.did }))).toBe('allowed')
  })

  test('add up over chains, and narrow within one', () => {
    const get = delegate(alice, bob, { cmd: '/http/get', pol: [['==', '.host', 'a']] })
    const head = delegate(alice, bob, { cmd: '/http/head' })
    const rights = rightsOf([get, head])
    expect(reason(rights, '/http/get', { host: 'a' })).toBe('allowed')
    expect(reason(rights, '/http/head', { host: 'b' })).toBe('allowed')
    expect(reason(rights, '/http/get', { host: 'b' })).toMatch(/^MatchError/)
    expect(reason(rights, '/http/post', { host: 'a' })).toMatch(/^InvalidCommand/)
    // What is not known yet may still fit.
    expect(rights.allowing('/http/get', undefined)).toMatchObject({ ok: true })
    expect(rights.allowing('/http/post', undefined)).toMatchObject({ ok: false })
  })

  test('end with their time, and when they are revoked, whenever it is asked', () => {
    const block = delegate(alice, bob, { exp: 2000 })
    const judging = { now: 2000, revoked: () => false }
    const rights = rightsOf([block], { judge: () => judging })
    expect(reason(rights)).toBe('allowed')
    judging.now = 2001
    expect(reason(rights)).toMatch(/^Expired/)
    judging.now = 2000
    judging.revoked = () => true
    expect(reason(rights)).toMatch(/^Revoked/)
  })

  test('end with the invocation that asks', () => {
    const { bytes, cid } = invoke(bob, [], { exp: 999 })
    const token = { ...readDelegation(delegate(alice, bob)), bytes, cid, exp: 999 }
    expect(reason(rightsOf([delegate(alice, bob)], { token }))).toMatch(/^Expired: of the invocation, it has expired/)
  })

  test('are looked for within bounds, in a thicket too', () => {
    const all = [alice, bob, carol, mallory]
    const thicket = all.flatMap(from => all.flatMap(to => [1, 2, 3].map(() => delegate(from, to, { sub: null }))))
    expect(rightsOf([...thicket, delegate(alice, mallory)]).chains.length).toBeLessThanOrEqual(64)
  })

  test('tell what a delegation is of no use for', () => {
    const why = (block: Block, others: Block[] = []): string | undefined => {
      const delegations = [block, ...others].map(readDelegation)
      const rights = new Rights({ holder: bob.did, delegations, authorities: [alice.did], judge: () => ({ now }) })
      const refusal = rights.useless(delegations[0]!, delegations)
      return refusal && `${refusal.reason}: ${refusal.message}`
    }
    expect(why(delegate(alice, bob))).toBeUndefined()
    expect(why(delegate(alice, bob, { exp: 999 }))).toMatch(/^Expired: it has expired: 1970-01-01T00:16:39Z$/)
    expect(why(delegate(alice, bob, { nbf: 1001 }))).toMatch(/^TooEarly/)
    expect(why(delegate(alice, carol))).toBe(`InvalidAudience: it is for ${carol.did}, and who asks is ${bob.did}`)
    expect(why(delegate(mallory, bob, { sub: mallory.did }))).toBe(
      `Untrusted: it comes from ${mallory.did}, who may grant nothing here`,
    )
    expect(why(delegate(carol, bob))).toBe(
      `UnavailableProof: it is by ${carol.did}, who is not its subject, and no delegation to ${carol.did} is at hand`,
    )
    expect(why(delegate(carol, bob, { cmd: '/' }), [delegate(alice, carol, { cmd: '/http' })])).toBeUndefined()
  })
})

const store = memoryStore()
const never = new AbortController().signal
const made: string[] = []
afterAll(() => {
  for (const path of made) rmSync(path, { recursive: true, force: true })
})
function folder(): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'ipvm-rights-')))
  made.push(path)
  return path
}

/** The box, where Bob may do what Alice has delegated with this command and this policy. */
function boxWith(
  cmd: string,
  pol: Ipld[],
  { root = folder(), grants = [] as string[], pass = [] as Ipld[][] } = {},
): Effects {
  const own = pass.length === 0 ? [delegate(alice, bob, { cmd, pol })] : []
  const chain = pass.flatMap(more => [delegate(alice, carol, { cmd, pol }), delegate(carol, bob, { cmd, pol: more })])
  const rights = [rightsOf([...own, ...chain])]
  const effects = createEffects({
    providers: box({ root, log: () => undefined, blocks: store.blocks }),
    grants,
    rights,
  })
  if (!effects.ok) throw new Error(effects.error)
  return effects.value
}

const schemes: Record<string, string> = { http: 'https:', fs: 'file:', dns: 'dns:', secret: 'secret:', log: 'log:' }
const call = (op: string, args: Ipld[]): EffectCall => ({
  ...{ rsc: schemes[op.split('/')[0]!]!, op, args, key: 'ab'.repeat(32) },
  load: async () => undefined,
  sent: async () => undefined,
})
async function said(effects: Effects, op: string, args: Ipld[]): Promise<string> {
  const outcome = await effects.perform(call(op, args), never)
  if (outcome.kind === 'ok') return 'ok'
  return outcome.kind === 'refused' ? outcome.message : `${outcome.failure.kind}: ${outcome.failure.detail}`
}

describe('effects by delegations', () => {
  test('are performed with the arguments that their policies have, and no others', async () => {
    const { port, origin, asked } = await web({ '/public/x': (_, response) => response.end('x') })
    const local: Ipld = ['==', '.host', '127.0.0.1']
    const effects = boxWith('/http/get', [
      local,
      ['==', '.port', port],
      ['like', '.path', '/public/*'],
      ['==', '.query', ''],
    ])
    expect(await said(effects, 'http/get', [`${origin}/public/x`, []])).toBe('ok')
    for (const url of [
      `${origin}/private`,
      `${origin}/public/../private`,
      `${origin}/public/x?a=b`,
      `http://127.0.0.1:1/public/x`,
    ])
      expect(await said(effects, 'http/get', [url, []])).toMatch(
        /^refused: `http.get=127.0.0.1:\d+` is not granted: the delegation/,
      )
    expect(await said(effects, 'http/head', [`${origin}/public/x`, []])).toMatch(
      /is for `\/http\/get`, which does not cover/,
    )
    expect(asked.map(({ line }) => line)).toEqual(['GET /public/x'])
  })

  test('reach what is local only where who may grant names it', async () => {
    const { port, origin } = await web({ '/x': (_, response) => response.end('x') })
    const refusal = `refused: \`http.get=127.0.0.1:${port}\` is not granted`
    const get = (pol: Ipld[], pass: Ipld[][] = []): Promise<string> =>
      said(boxWith('/http', pol, { pass }), 'http/get', [`${origin}/x`, []])
    expect(await get([['==', '.host', '127.0.0.1']])).toBe('ok')
    expect(await get([['==', '.subject', `127.0.0.1:${port}`]])).toBe('ok')
    expect(await get([['==', '.url', `${origin}/x`]])).toBe('ok')
    expect(await get([])).toBe(refusal)
    expect(await get([['like', '.host', '127.*']])).toBe(refusal)
    expect(await get([['or', [['==', '.host', '127.0.0.1']]]])).toBe(refusal)
    // Who passes it on names what they like.
    expect(await get([], [[['==', '.host', '127.0.0.1']]])).toBe(refusal)
    expect(await get([['==', '.host', '127.0.0.1']], [[['==', '.path', '/x']]])).toBe('ok')
  })

  test('are not led out of their policies by a redirect', async () => {
    const { origin, asked } = await web({
      '/public/x': (_, response) => response.writeHead(302, { location: '/private' }).end(),
      '/public/y': (_, response) => response.writeHead(302, { location: '/public/z' }).end(),
    })
    const effects = boxWith('/http/get', [
      ['==', '.host', '127.0.0.1'],
      ['like', '.path', '/public/*'],
    ])
    expect(await said(effects, 'http/get', [`${origin}/public/x`, []])).toMatch(
      /^refused: it leads to `127.0.0.1:\d+`, which is not granted$/,
    )
    expect(await said(effects, 'http/get', [`${origin}/public/y`, []])).toBe('ok')
    expect(asked.map(({ line }) => line)).toEqual(['GET /public/x', 'GET /public/y', 'GET /public/z'])
  })

  test('are not led out of their policies by a link', async () => {
    const root = folder()
    mkdirSync(join(root, 'out'))
    writeFileSync(join(root, 'out/a'), 'a')
    writeFileSync(join(root, 'b'), 'b')
    symlinkSync('a', join(root, 'out/inside'))
    symlinkSync('../b', join(root, 'out/outside'))
    const effects = boxWith('/fs/read', [['like', '.path', 'out/*']], { root })
    expect(await said(effects, 'fs/read', ['out/a'])).toBe('ok')
    expect(await said(effects, 'fs/read', ['./out/inside'])).toBe('ok')
    expect(await said(effects, 'fs/read', ['out/outside'])).toMatch(/which is outside of what is granted$/)
    expect(await said(effects, 'fs/read', ['out/../b'])).toMatch(/`fs.read=b` is not granted: .* demands/)
    expect(await said(effects, 'fs/write', ['out/a', new Uint8Array()])).toMatch(/does not cover `\/fs\/write`$/)
  })

  test('stay in the current folder unless who may grant names another one', async () => {
    const [root, other] = [folder(), folder()]
    writeFileSync(join(other, 'x'), 'x')
    const path = join(other, 'x')
    expect(await said(boxWith('/fs', [], { root }), 'fs/read', [path])).toBe(
      `refused: \`fs.read=${path}\` is not granted`,
    )
    expect(await said(boxWith('/fs', [['like', '.path', '*x']], { root }), 'fs/read', [path])).toMatch(/^refused/)
    expect(await said(boxWith('/fs', [['like', '.path', `${other}/*`]], { root }), 'fs/read', [path])).toBe('ok')
    expect(await said(boxWith('/fs', [['==', '.path', path]], { root }), 'fs/read', [path])).toBe('ok')
  })

  test('are performed beside what is granted', async () => {
    const root = folder()
    writeFileSync(join(root, 'a'), 'a')
    const effects = boxWith('/log', [['like', '.message', 'hello*']], { root, grants: ['fs.read=a'] })
    expect(await said(effects, 'fs/read', ['a'])).toBe('ok')
    expect(await said(effects, 'log/write', ['hello you'])).toBe('ok')
    expect(await said(effects, 'log/write', ['bye'])).toMatch(/^refused/)
  })

  test('are performed as long as their time has not come, in a run that is under way', async () => {
    const judging = { now: 2000 }
    const rights = [rightsOf([delegate(alice, bob, { exp: 2000 })], { judge: () => judging })]
    const effects = createEffects({ providers: box({ log: () => undefined }), grants: [], rights })
    if (!effects.ok) throw new Error(effects.error)
    expect(await said(effects.value, 'log/write', ['a'])).toBe('ok')
    judging.now++
    expect(await said(effects.value, 'log/write', ['b'])).toMatch(
      /^refused: `log.write` is not granted: of the delegation \S+, it has expired: 1970-01-01T00:33:20Z$/,
    )
  })

  test('give secrets away by the command for that alone', async () => {
    const secret = (await place(types.string, 'x')) as { ok: true; value: { value: Ipld } }
    const give = (cmd: string): Promise<string> => said(boxWith(cmd, []), 'secret/declassify', [secret.value.value])
    expect(await give('/secret')).toMatch(/^refused: `declassify` is not granted: the delegation/)
    expect(await give('/declassify')).toBe('ok')
  })

  test('are told of before anything starts, with what would be delegated', async () => {
    const effects = boxWith('/http/get', [['==', '.host', 'a.test']])
    const asked = call('http/get', ['https://b.test/', []])
    expect(await effects.missing(asked)).toBe('http.get=b.test:443')
    expect(await effects.denied!(asked)).toEqual({
      ...{ holder: bob.did, command: '/http/get' },
      message: expect.stringMatching(/demands \["==","\.host","a\.test"\], which does not hold$/),
    })
    expect(await effects.missing(call('http/get', ['https://a.test/', []]))).toBeUndefined()
    // A hole: what is not known yet.
    const hole: Ipld = { 'await/ok': invoke(alice).cid }
    expect(await effects.missing(call('http/get', [hole, []]))).toBeUndefined()
    expect(await effects.missing(call('http/post', [hole, new Uint8Array(), []]))).toBe('http.post')
  })
})

test('a provider whose fields tell of a secret, or are none, is refused', () => {
  const wrong = (fields: unknown): string | undefined =>
    checkProviders([
      {
        ...{ name: 'a', scheme: 'a:' },
        operations: {
          go: { kind: 'query', params: [types.secret(types.string)], result: types.unit, perform: () => {}, fields },
        },
      },
    ])
  expect(wrong({ about: [0], of: () => ({}) })).toContain('has fields about a secret, which policies would tell')
  expect(wrong({ about: [1], of: () => ({}) })).toContain('has fields about what is no argument')
  expect(wrong({ about: [] })).toContain('has fields without a function `of`')
  expect(wrong({ about: [], of: () => ({}), names: 1 })).toContain('has fields whose `names` is no function')
  expect(wrong({ about: [], of: () => ({}) })).toBeUndefined()
})
