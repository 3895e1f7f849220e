import type { CID } from 'multiformats/cid'
import { checkCid, parseCid } from '../../dag/cid.ts'
import type { Block, Ipld } from '../../dag/ipld.ts'
import { parseDagJson } from '../../dag/parse-json.ts'
import { fail, ok, type Result } from '../../dag/result.ts'
import { suggest } from '../../dag/suggest.ts'
import { box } from '../../runtime/effects/box.ts'
import { wrongCommand } from '../../runtime/ucan/command.ts'
import { writeContainer } from '../../runtime/ucan/container.ts'
import { parsePolicy } from '../../runtime/ucan/policy.ts'
import { Register } from '../../runtime/ucan/register.ts'
import { newNonce, RUN } from '../../runtime/ucan/request.ts'
import { commandOf, Rights } from '../../runtime/ucan/rights.ts'
import { signDelegation, type Delegation, type DelegationClaims } from '../../runtime/ucan/token.ts'
import type { Context } from '../context.ts'
import { wrongUsage } from '../diagnostics.ts'
import { readNamed, refuseTarget, writeNamed } from '../files.ts'
import { StoreDoor } from '../host.ts'
import { success, type Reply } from '../output.ts'
import { refused } from '../refusal.ts'
import { sentence } from '../trouble.ts'
import { didNamed, signerNamed } from '../ucan/keys.ts'
import { judgeBy } from '../ucan/rights.ts'
import { readProofs, readTokens } from '../ucan/tokens.ts'
import { readWhen } from '../ucan/when.ts'

interface Options {
  as?: string
  to?: string
  command?: string
  subject?: string
  policy?: string
  expires: string
  notBefore?: string
  proof?: string[]
  out?: string
  revoke?: string
}

/** `ipvm delegate`: signs a delegation of UCAN 1.0, or revokes one in this store. */
export async function delegate(context: Context, _: string[], given: Record<string, unknown>): Promise<Reply> {
  const options = given as unknown as Options
  const door = new StoreDoor(context.store)
  try {
    return options.revoke === undefined ? await sign(context, options, door) : revoke(options.revoke, door)
  } finally {
    await door.close()
  }
}

async function sign(context: Context, options: Options, door: StoreDoor): Promise<Reply> {
  const { as, to, command, out } = options
  if (as === undefined) return wrongUsage('Who lets somebody do something? `--as KEY` says it, or `--as store`.')
  if (to === undefined) return wrongUsage('Whom is it for? `--to DID` says it.')
  if (command === undefined) return wrongUsage('What is it for? `--command /http/get` says it, for example.')
  const target = out === undefined ? undefined : refuseTarget(out, '')
  if (target) return target
  const signer = signerNamed(as, door)
  if (!signer.ok) return signer.error
  const proofs = readProofs(options.proof ?? [])
  if (!proofs.ok) return proofs.error
  const claims = claimsOf(options, { aud: to, cmd: command }, signer.value.did, proofs.value, door)
  if (!claims.ok) return claims.error
  const { did } = signer.value
  const { sub, cmd } = claims.value
  if (proofs.value.length > 0) {
    const why = notCovered(did, claims.value, proofs.value, door)
    if (why) return why
  } else if (sub !== null && sub !== did)
    context.note(`note: its subject is not \`${as}\`; whoever uses it needs the delegations to \`${as}\` as well.`)
  const near = strayCommand(cmd)
  if (near !== undefined) context.note(`note: nothing in the box is \`${cmd}\`. Did you mean \`${near}\`?`)
  return give(signDelegation(claims.value, signer.value), claims.value, proofs.value, out)
}

/** What is signed, of the options. */
function claimsOf(
  options: Options,
  { aud, cmd }: { aud: string; cmd: string },
  own: string,
  proofs: readonly Delegation[],
  door: StoreDoor,
): Result<DelegationClaims, Reply> {
  const to = didNamed(aud, door)
  if (!to.ok) return to
  const wrong = wrongCommand(cmd)
  if (wrong !== undefined) {
    const path = `/${cmd
      .replaceAll('.', '/')
      .toLowerCase()
      .replace(/^\/+|[/*]+$/g, '')}`
    const near = wrongCommand(path) === undefined ? path : undefined
    return fail(wrongUsage(`\`${cmd}\` is no command: ${wrong}.`, { near }))
  }
  const subject = subjectOf(options.subject, own, proofs, door)
  if (!subject.ok) return subject
  const pol = readPolicy(options.policy)
  if (!pol.ok) return pol
  const exp = readWhen(options.expires, '--expires')
  if (!exp.ok) return exp
  const nbf = options.notBefore === undefined ? ok(null) : readWhen(options.notBefore, '--not-before')
  if (!nbf.ok) return nbf
  if (exp.value !== null && exp.value <= Math.max(nbf.value ?? 0, Date.now() / 1000))
    return fail(wrongUsage(`It would have expired before it could be used: \`--expires ${options.expires}\`.`))
  return ok({
    ...{ aud: to.value, sub: subject.value, cmd, pol: pol.value, nonce: newNonce(), exp: exp.value },
    ...(nbf.value === null ? {} : { nbf: nbf.value }),
  })
}

/** In whose name: of the proofs, where there are any, else of whoever signs. */
function subjectOf(
  given: string | undefined,
  own: string,
  proofs: readonly Delegation[],
  door: StoreDoor,
): Result<string | null, Reply> {
  if (given === 'any') return ok(null)
  if (given !== undefined) return didNamed(given, door)
  const subjects = [...new Set(proofs.flatMap(({ sub }) => sub ?? []))]
  if (subjects.length > 1)
    return fail(wrongUsage(`The proofs are about several subjects; \`--subject\` says which: ${subjects.join(', ')}.`))
  return ok(subjects[0] ?? own)
}

function readPolicy(given: string | undefined): Result<Ipld[], Reply> {
  if (given === undefined) return ok([])
  const file = given.startsWith('@') ? readNamed(given.slice(1)) : undefined
  if (file && !file.ok) return file
  const value = parseDagJson(file ? Buffer.from(file.value).toString() : given)
  if (!value.ok) return fail(wrongUsage(sentence(`\`--policy\` is no JSON: ${value.error}`)))
  const policy = parsePolicy(value.value)
  return policy.ok ? ok(value.value as Ipld[]) : fail(wrongUsage(sentence(`\`--policy\`: ${policy.error}`)))
}

/** Why the proofs do not let this be passed on. */
function notCovered(
  holder: string,
  { sub, cmd }: DelegationClaims,
  delegations: readonly Delegation[],
  { folder }: StoreDoor,
): Reply | undefined {
  const roots = sub === null ? delegations.flatMap(one => one.sub ?? []) : [sub]
  const rights = new Rights({ holder, delegations, authorities: roots, judge: judgeBy(folder) })
  for (const delegation of delegations) {
    const why = rights.useless(delegation, delegations)
    if (why) return refused(why, `The delegation ${delegation.cid}`)
  }
  const allowed = rights.allowing(cmd, undefined)
  return allowed.ok ? undefined : refused(allowed.error, 'What is to be passed on')
}

/** The command of the box that may be meant by one that is none of it. Providers of others have others. */
function strayCommand(cmd: string): string | undefined {
  const known = box({ log: () => undefined }).flatMap(({ name, operations }) => [
    `/${name}`,
    ...Object.keys(operations).map(operation => commandOf(`${name}/${operation}`)),
  ])
  const all = [...known, '/job', '/job/enqueue', commandOf('secret/declassify'), RUN, '/ipvm', '/']
  return all.includes(cmd) ? undefined : suggest(cmd, all)
}

function give(
  { cid, bytes }: Block,
  { aud, sub, cmd, exp }: DelegationClaims,
  proofs: readonly Delegation[],
  out: string | undefined,
): Reply {
  const tokens = [...proofs.map(proof => proof.bytes), bytes]
  const value = { cid: cid.toString(), aud, sub, cmd, exp }
  if (out === undefined) {
    const text =
      proofs.length === 0 ? Buffer.from(bytes).toString('base64') : Buffer.from(writeContainer(tokens, true)).toString()
    return success({ ...value, token: text }, `${text}\n`)
  }
  const content = proofs.length === 0 ? bytes : writeContainer(tokens)
  if (out === '-') return success({ ...value, token: bytes }, content)
  const problem = writeNamed(out, content)
  if (problem) return problem
  const many = proofs.length === 0 ? '' : `, with ${proofs.length === 1 ? 'its proof' : `${proofs.length} proofs`}`
  return success({ ...value, file: out }, `${cid}\n`, `${out}: \`${cmd}\` for ${aud}${many}`)
}

/** Refuses a token from now on in this store: by its CID or its file, of a chain the last one. */
function revoke(operand: string, door: StoreDoor): Reply {
  const named = parseCid(operand)
  const taken = named.ok ? checkCid(named.value) : undefined
  if (taken?.ok) return noteRevoked(taken.value, door)
  const tokens = readTokens(operand)
  if (!tokens.ok) return tokens.error
  const last = tokens.value.filter(({ aud }) => !tokens.value.some(({ iss }) => iss === aud))
  const [token] = last
  if (token && last.length === 1) return noteRevoked(token.cid, door)
  const which = tokens.value.map(({ cid }) => cid).join(', ')
  return wrongUsage(`\`${operand}\` holds several tokens; name one: ${which}.`, { file: operand })
}

function noteRevoked(cid: CID, door: StoreDoor): Reply {
  door.open()
  new Register(door.folder).revoke(cid)
  return success({ revoked: cid.toString() }, undefined, `${cid} is refused from now on in the store ${door.folder}.`)
}
