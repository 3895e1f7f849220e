import { fail, ok, type Result } from '../../dag/result.ts'
import type { Block } from '../../dag/ipld.ts'
import { readContainer } from '../../runtime/ucan/container.ts'
import { refuse, type Refusal } from '../../runtime/ucan/refusal.ts'
import type { RunRequest } from '../../runtime/ucan/request.ts'
import { readToken, type Delegation, type Token } from '../../runtime/ucan/token.ts'
import { looksLikeCar, looksLikeToken, readCarFile } from '../car.ts'
import { readNamed } from '../files.ts'
import type { Reply } from '../output.ts'
import { refused } from '../refusal.ts'

/** The tokens in a file that the command line names, verified each by itself: a token, a container, or a CAR. */
export function readTokens(file: string): Result<Token[], Reply> {
  const bytes = readNamed(file)
  return bytes.ok ? tokensIn(file, bytes.value) : bytes
}

/** The tokens in the bytes of a file ({@link readTokens}). */
export function tokensIn(file: string, bytes: Uint8Array): Result<Token[], Reply> {
  if (looksLikeCar(bytes)) {
    const car = readCarFile(file, bytes)
    return car.ok ? tokensAmong(file, car.value.blocks) : car
  }
  const found = readContainer(bytes)
  if (!found.ok) return fail(refused({ reason: 'Malformed', message: found.error }, `\`${file}\``, file))
  const tokens: Token[] = []
  for (const one of found.value) {
    const token = readToken(one)
    if (!token.ok) return fail(refused(token.error, `\`${file}\``, file))
    tokens.push(token.value)
  }
  return some(tokens, file)
}

/** The tokens among the blocks of a CAR. What looks like one, and is none, is refused as one. */
export function tokensAmong(file: string, blocks: readonly Block[]): Result<Token[], Reply> {
  const tokens: Token[] = []
  for (const { cid, bytes } of blocks) {
    if (!looksLikeToken(bytes)) continue
    const token = readToken(bytes)
    if (!token.ok) return fail(refused(token.error, `\`${file}\`: the token ${cid}`, file))
    tokens.push(token.value)
  }
  return some(tokens, file)
}

function some(tokens: Token[], file: string): Result<Token[], Reply> {
  if (tokens.length > 0) return ok(tokens)
  return fail(refused({ reason: 'Malformed', message: 'it holds no token' }, `\`${file}\``, file))
}

/** The delegations of proofs, each once. An invocation proves nothing. */
export function delegationsOf(tokens: readonly Token[], file: string): Result<Delegation[], Reply> {
  const delegations = new Map<string, Delegation>()
  for (const token of tokens) {
    if (token.kind === 'invocation') {
      const message = 'it is an invocation, and what proves something is a delegation'
      return fail(refused({ reason: 'InvalidClaim', message }, `\`${file}\``, file))
    }
    delegations.set(token.cid.toString(), token)
  }
  return ok([...delegations.values()])
}

/** The delegations of all files of `--proof`. */
export function readProofs(files: readonly string[]): Result<Delegation[], Reply> {
  const all: Delegation[] = []
  for (const file of files) {
    const tokens = readTokens(file)
    if (!tokens.ok) return tokens
    const delegations = delegationsOf(tokens.value, file)
    if (!delegations.ok) return delegations
    for (const one of delegations.value) if (!all.some(other => other.cid.equals(one.cid))) all.push(one)
  }
  return ok(all)
}

/** The delegations that an invocation of a run names, among tokens. */
export function proofsAmong(tokens: readonly Token[], { proofs }: RunRequest): Result<Delegation[], Refusal> {
  const delegations: Delegation[] = []
  for (const cid of proofs) {
    const proof = tokens.find(token => token.cid.equals(cid))
    if (!proof) return refuse('UnavailableProof', `the delegation ${cid} that it names is not at hand`)
    if (proof.kind !== 'delegation') return refuse('InvalidClaim', `its proof ${cid} is no delegation`)
    delegations.push(proof)
  }
  return ok(delegations)
}
