import { fail, ok, type Result } from '../../dag/result.ts'
import { checkToken, verifyInvocation, type Judging } from '../../runtime/ucan/chain.ts'
import { readContainer } from '../../runtime/ucan/container.ts'
import type { Refusal } from '../../runtime/ucan/refusal.ts'
import { readRequest, RUN } from '../../runtime/ucan/request.ts'
import { Rights } from '../../runtime/ucan/rights.ts'
import { readToken, type Invocation, type Token } from '../../runtime/ucan/token.ts'
import type { Context } from '../context.ts'
import { wrongUsage } from '../diagnostics.ts'
import { readBytes } from '../files.ts'
import { StoreDoor } from '../host.ts'
import { exits, success, type Reply } from '../output.ts'
import { refused } from '../refusal.ts'
import { describeToken, ownNames, tokenForm } from '../ucan/describe.ts'
import { judgeBy } from '../ucan/rights.ts'
import { proofsAmong, readProofs, readTokens } from '../ucan/tokens.ts'
import { readWhen } from '../ucan/when.ts'

/**
 * `ipvm inspect FILE`: what tokens say, and whether they hold: an invocation with its proofs, a delegation by its
 * signature and its time. Exits 4 where one does not.
 */
export async function inspect(
  context: Context,
  [operand = '']: string[],
  options: Record<string, unknown>,
): Promise<Reply> {
  const { proof = [], at } = options as { proof?: string[]; at?: string }
  const when = at === undefined ? ok(null) : readWhen(at, '--at')
  if (!when.ok) return when.error
  if (at === 'never') return wrongUsage('`--at` takes a time.')
  const tokens = readOperand(operand)
  if (!tokens.ok) return tokens.error
  const proofs = readProofs(proof)
  if (!proofs.ok) return proofs.error
  const judging = judgeBy(context.store)()
  const { token, refusal } = judge(tokens.value, proofs.value, { ...judging, now: when.value ?? judging.now })
  const door = new StoreDoor(context.store)
  try {
    const names = ownNames(door)
    const text = `${tokens.value.map(one => describeToken(one, names)).join('\n\n')}\n`
    const forms = tokens.value.map(tokenForm)
    if (!refusal) return success({ tokens: forms }, text, verdict(tokens.value))
    const reply = refused(refusal, `The ${token!.kind} ${token!.cid}`)
    const failure = 'failure' in reply.json ? { ...(reply.json.failure as object), tokens: forms } : null
    return { ...reply, json: { ok: false, failure }, exit: exits.refused, stdout: text }
  } finally {
    await door.close()
  }
}

function verdict(tokens: Token[]): string {
  return tokens.some(({ kind }) => kind === 'invocation')
    ? 'It holds: its proofs lead from its subject to its issuer.'
    : 'It holds as far as it goes: its signature is by its issuer, and its time is now. What it proves depends on who uses it.'
}

/** A file with tokens, or the text of a token itself. */
function readOperand(operand: string): Result<Token[], Reply> {
  const isText = readBytes(operand) === 'missing' && /^[\w+/=-]{100,}$/.test(operand)
  const found = isText ? readContainer(Buffer.from(operand)) : undefined
  if (!found?.ok) return readTokens(operand)
  const tokens: Token[] = []
  for (const bytes of found.value) {
    const token = readToken(bytes)
    if (!token.ok) return fail(refused(token.error, 'The token'))
    tokens.push(token.value)
  }
  return ok(tokens)
}

/** The first token that does not hold. */
function judge(tokens: Token[], proofs: Token[], judging: Judging): { token?: Token; refusal?: Refusal } {
  const all = [...tokens, ...proofs]
  const isAsked = tokens.some(({ kind }) => kind === 'invocation')
  for (const token of tokens) {
    // Delegations beside an invocation are judged where it uses them.
    if (isAsked && token.kind === 'delegation') continue
    const held = token.kind === 'invocation' ? judgeInvocation(token, all, judging) : checkToken(token, judging)
    if (!held.ok) return { token, refusal: held.error }
  }
  return {}
}

/** An invocation with its proofs; of one that asks for a run also those of its effects, whoever may grant them. */
function judgeInvocation(token: Invocation, all: Token[], judging: Judging): Result<unknown, Refusal> {
  const verified = verifyInvocation(token.bytes, { ...judging, proofs: all.map(({ bytes }) => bytes) })
  if (!verified.ok || token.cmd !== RUN) return verified
  const request = readRequest(token)
  if (!request.ok) return request
  const proofs = proofsAmong(all, request.value)
  if (!proofs.ok) return proofs
  const delegations = proofs.value
  const authorities = delegations.map(({ iss }) => iss)
  const rights = new Rights({ holder: token.iss, delegations, authorities, judge: () => judging })
  for (const delegation of delegations) {
    const why = rights.useless(delegation, delegations)
    if (why) return fail({ ...why, message: `of the delegation ${delegation.cid}, ${why.message}` })
  }
  return verified
}
