import type { EffectProblem } from '../runtime/interface.ts'
import type { Refusal } from '../runtime/ucan/refusal.ts'
import { printable } from '../grammar/render.ts'
import { cliRows } from './diagnostics.ts'
import { defined, type Reply } from './output.ts'

/** A job that is not begun, since it may not do all that it does, or nothing here can. */
export function refuse(problems: EffectProblem[], argv: readonly string[]): Reply {
  const missing = problems.flatMap(problem => problem.missing ?? [])
  const message = `Nothing was started: ${problems.map(problem => problem.message).join('; ')}.`
  const command = missing.length === problems.length ? withGrants(argv, missing) : undefined
  const lines = ['error: Nothing was started:', ...problems.map(problem => `  ${printable(problem.message)}`)]
  if (command !== undefined) lines.push('With all that is missing:', `  ${command}`)
  const delegations = command === undefined ? [] : problems.flatMap(delegationFor)
  if (delegations.length > 0)
    lines.push('Or delegated by the owner of the store:', ...delegations.map(line => `  ${line}`))
  return {
    exit: cliRows.NotAllowed.exit,
    json: {
      ok: false,
      failure: defined({
        ...{ kind: 'refused', code: cliRows.NotAllowed.code, message, missing, command },
        delegations: delegations.length > 0 ? delegations : undefined,
      }),
    },
    stderr: lines.join('\n'),
  }
}

/** A token that is refused, as a reply; `what` names it for people. */
export function refused({ reason, message }: Refusal, what: string, file?: string): Reply {
  const text = `${what} is refused, ${reason}: ${message}.`
  const { exit, code } = cliRows.NotVerified
  return {
    exit,
    json: { ok: false, failure: defined({ kind: 'refused', code, reason, message: text, file }) },
    stderr: `error: ${printable(text)}`,
  }
}

/** The command line again, with grants. */
function withGrants(argv: readonly string[], missing: string[]): string {
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length
  const grants = missing.flatMap(grant => ['--allow', grant])
  return ['ipvm', ...argv.slice(0, end), ...grants, ...argv.slice(end)].map(quoted).join(' ')
}

/** The command line by which an owner lets whoever asks do what is missing, and no more. */
function delegationFor({ missing = '', denied }: EffectProblem): string[] {
  if (!denied) return []
  const at = missing.indexOf('=')
  const policy = at < 0 ? [] : ['--policy', JSON.stringify([['==', '.subject', missing.slice(at + 1)]])]
  const words = ['delegate', '--as', 'store', '--to', denied.holder, '--command', denied.command, ...policy]
  return [['ipvm', ...words, '-o', 'grant.ucan'].map(quoted).join(' ')]
}

/** A word as a shell reads it. */
function quoted(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word
  if (!/[\p{Cc}\p{Cf}\u2028\u2029]/u.test(word)) return `'${word.replaceAll("'", `'\\''`)}'`
  // What a terminal would obey stands as its code, as bash, zsh and ksh read it.
  const plain = word.replace(/[\\']/g, '\\$&')
  return `$'${plain.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, c => codes(c))}'`
}

function codes(character: string): string {
  return [...Buffer.from(character)].map(byte => `\\x${byte.toString(16).padStart(2, '0')}`).join('')
}
