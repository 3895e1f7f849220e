import { error } from './define.ts'
import { near, type Named } from './names.ts'

/** `a`, `b` and `c`, in quotes of code. */
export function listed(names: string[]): string {
  const quoted = names.map(name => `\`${name}\``)
  const last = quoted.pop() ?? ''
  return quoted.length === 0 ? last : `${quoted.join(', ')} and ${last}`
}

const mail =
  'effect mail("mailto:") {\n  query unread(box: string) -> u32\n  command send(to: string) -> result<u64, string>\n' +
  '  command recall(id: u64) -> ()\n}\n\n'

/** IPVM5001-5029: what a job does to the world, and where it may. */
export const effectRows = {
  UnknownOperation: error<Named & { effect: string }>({
    code: 'IPVM5001',
    message: p => `The effect \`${p.effect}\` has no operation \`${p.name}\`.${near(p.near)}`,
    replacement: p => p.near,
    explain:
      'The operations of an effect are those of its declaration: in this file, in the one that it is imported from, or in `ipvm:effects`, whose source is documented.',
    wrong: mail + 'export job main() -> u32 uses mail.unread { mail.unraed("inbox") }\n',
    right: mail + 'export job main() -> u32 uses mail.unread { mail.unread("inbox") }\n',
  }),
  ForgottenDo: error<{ name: string }>({
    code: 'IPVM5002',
    message: p => `\`${p.name}\` is a command, which changes the world: write \`do ${p.name}(…)\`.`,
    explain:
      'Commands, idempotent ones too, are performed with the word `do`, so that every place where a job changes the world can be seen. Queries and notes are called without it.',
    wrong: mail + 'export job main() -> u64 uses mail.send {\n  let sent = mail.send(to: "a@b.example")?\n  sent\n}\n',
    right:
      mail + 'export job main() -> u64 uses mail.send {\n  let sent = do mail.send(to: "a@b.example")?\n  sent\n}\n',
  }),
  NotACommand: error<{ what: string }>({
    code: 'IPVM5003',
    message: p => `\`do\` performs a command, and ${p.what}. Leave \`do\` out.`,
    explain:
      'The word `do` says that here the world is changed. It stands before calls of commands, and of jobs that perform some; what it belongs to is the first call of what follows it.',
    wrong: mail + 'export job main() -> u32 uses mail.unread { do mail.unread("inbox") }\n',
    right: mail + 'export job main() -> u32 uses mail.unread { mail.unread("inbox") }\n',
  }),
  OperationNotCalled: error<{ name: string }>({
    code: 'IPVM5004',
    message: p => `\`${p.name}\` is an operation of an effect, not a value. Call it: \`${p.name}(…)\`.`,
    explain: 'Operations of effects are called, as functions are; there are no function values.',
    wrong: mail + 'export job main() -> u32 uses mail.unread { mail.unread }\n',
    right: mail + 'export job main() -> u32 uses mail.unread { mail.unread("inbox") }\n',
  }),
  MissingUses: error<{ job: string; missing: string[]; uses: string; some: boolean }>({
    code: 'IPVM5005',
    message: p =>
      `\`${p.job}\` performs ${listed(p.missing)}` +
      (p.some ? ', which its `uses` leaves out' : ', and does not say so') +
      `: write \`uses ${p.uses}\`.`,
    explain:
      'An exported job says behind its result what it may do to the world, calls of other jobs included, so that whoever runs it knows what to grant. In other jobs `uses` may be left out.',
    wrong: mail + 'export job main() -> u32 { mail.unread("inbox") }\n',
    right: mail + 'export job main() -> u32 uses mail.unread { mail.unread("inbox") }\n',
  }),
  WrongUses: error<{ job: string; surplus: string[]; missing: string[] }>({
    code: 'IPVM5006',
    message: p =>
      `\`${p.job}\` never performs ${listed(p.surplus)}, which its \`uses\` names` +
      (p.missing.length > 0 ? `, and performs ${listed(p.missing)}, which it leaves out.` : '.'),
    explain:
      'What stands in `uses` has to be granted before a job runs. It names what the job may perform, and nothing else.',
    wrong: mail + 'export job main() -> u32 uses mail.unread, mail.send { mail.unread("inbox") }\n',
    right: mail + 'export job main() -> u32 uses mail.unread { mail.unread("inbox") }\n',
  }),
  UnknownUse: error<Named & { performs: boolean }>({
    code: 'IPVM5007',
    message: p =>
      `There is no operation \`${p.name}\` of an effect here.` +
      (p.near === undefined && !p.performs ? ' The job performs none of that name: leave it out.' : near(p.near)),
    replacement: p => p.near,
    explain:
      '`uses` names operations as calls do, `http.get`, and `declassify`. An effect is declared in the file or imported, from `ipvm:effects` or another file.',
    wrong: mail + 'export job main() -> u32 uses mail.unred { mail.unread("inbox") }\n',
    right: mail + 'export job main() -> u32 uses mail.unread { mail.unread("inbox") }\n',
  }),
  RepeatedUse: error<{ name: string }>({
    code: 'IPVM5008',
    message: p => `\`${p.name}\` stands in this \`uses\` twice. Once is enough.`,
    explain: '`uses` is a set of operations: each is named once, however often it is performed.',
    wrong: mail + 'export job main() -> u32 uses mail.unread, mail.unread { mail.unread("inbox") }\n',
    right: mail + 'export job main() -> u32 uses mail.unread { mail.unread("inbox") }\n',
  }),
  UndoNeedsCommand: error<{ what: string }>({
    code: 'IPVM5009',
    message: p => `\`undo\` takes back a command, and ${p.what}.`,
    explain:
      'What stands behind `undo` is performed if the command has succeeded and the job fails later, with the result of the command at hand. Only what changes the world needs that: `do mail.send(…) undo sent => do mail.recall(…)`.',
    wrong:
      mail +
      'export job main() -> u32 uses mail.unread, mail.recall { mail.unread("inbox") undo n => do mail.recall(1) }\n',
    right: mail + 'export job main() -> u32 uses mail.unread { mail.unread("inbox") }\n',
  }),
  UndoDoesNothing: error<{}>({
    code: 'IPVM5010',
    message: () => 'What stands behind `undo r =>` performs nothing, so it takes nothing back.',
    explain: 'The action of `undo` is a command, or a block or job that performs some.',
    wrong:
      mail + 'export job main() -> () uses mail.send {\n  let _ = do mail.send(to: "a") undo sent => sent?\n  ()\n}\n',
    right:
      mail +
      'export job main() -> () uses mail.recall, mail.send {\n  let _ = do mail.send(to: "a") undo sent => do mail.recall(sent?)\n  ()\n}\n',
  }),
  AfterNeedsEffect: error<{ what: string }>({
    code: 'IPVM5011',
    message: p => `\`after\` lets an effect wait, and ${p.what}.`,
    explain:
      'A pure call depends on its arguments alone: when it is computed changes nothing. Only effects, and jobs that perform some, can be told to wait for what they need no data of.',
    wrong:
      mail +
      'job twice(n: u32) -> u32 { n + n }\n\nexport job main() -> u32 uses mail.unread {\n  let n = mail.unread("inbox")\n  twice(1) after n\n}\n',
    right:
      mail +
      'export job main() -> u32 uses mail.unread {\n  let n = mail.unread("inbox")\n  mail.unread("spam") after n\n}\n',
  }),
  AfterNothing: error<{ name: string; what: string }>({
    code: 'IPVM5012',
    message: p => `There is nothing to wait for: \`${p.name}\` is ${p.what}.`,
    explain:
      '`after` takes names of `let`s, and of parameters of a job, whose values come from an effect or from a call: the effect is performed when they are there.',
    wrong: mail + 'export job main() -> u32 uses mail.unread {\n  let one = 1\n  mail.unread("inbox") after one\n}\n',
    right:
      mail +
      'export job main() -> u32 uses mail.unread {\n  let n = mail.unread("spam")\n  mail.unread("inbox") after n\n}\n',
  }),
  ImpureAlternative: error<{ performs: string; where: string }>({
    code: 'IPVM5013',
    message: p => `${p.performs}, and ${p.where} performs nothing. Use \`match try …\` for that.`,
    explain:
      'The alternative of a `catch` is a value that stands in for another one. Where something has to happen after a failure, make the failure a value with `try`, and choose by `match` what is done.',
    wrong: mail + 'export job main() -> u32 uses mail.unread { mail.unread("inbox") catch _ => mail.unread("spam") }\n',
    right:
      mail +
      'export job main() -> u32 uses mail.unread {\n  match try mail.unread("inbox") {\n    ok(n) => n\n    err(_) => mail.unread("spam")\n  }\n}\n',
  }),
  UnusedExpression: error<{ what: string }>({
    code: 'IPVM5014',
    message: p => `${p.what}, and nothing uses its value. Give it a name with \`let\`, or remove the line.`,
    explain:
      'A job is evaluated by demand: what nothing demands is not computed, and a query that nothing demands is not performed. A line of its own is a command, a note, or something that performs one. The value of a block is its last line.',
    wrong: 'job one() -> u32 { 1 }\n\nexport job main() -> u32 {\n  one()\n  2\n}\n',
    right: 'job one() -> u32 { 1 }\n\nexport job main() -> u32 {\n  let a = one()\n  a + 2\n}\n',
  }),
  IndexBelow: error<{ before: string; index: string }>({
    code: 'IPVM5017',
    message: p =>
      `\`[\` continues what stands before it on the same line: write \`${p.before}${p.index}\`, or give the list a name.`,
    explain:
      'A line that begins with `[` or `(` is a line of its own, since lists and values in parentheses may be the value of a block. What continues the line above begins with `.`, `?`, a word such as `with`, or an operator.',
    wrong: 'export job main(xs: list<u32>) -> u32 {\n  let a = xs\n    [0]\n  a\n}\n',
    right: 'export job main(xs: list<u32>) -> u32 {\n  let a = xs[0]\n  a\n}\n',
  }),
  DoTakesAll: error<{ command: string }>({
    code: 'IPVM5015',
    message: p => `\`do\` takes all that follows it: put the command in parentheses, \`(do ${p.command})\`.`,
    explain:
      'The word `do` is the loosest of all, so that it can stand in front of `f(x)? catch _ => y`. Where an operator takes the result of a command, parentheses say where the command ends.',
    wrong: mail + 'export job main() -> u64 uses mail.send { do mail.send(to: "a@b.example")? + 1 }\n',
    right: mail + 'export job main() -> u64 uses mail.send { (do mail.send(to: "a@b.example")?) + 1 }\n',
  }),
  EffectCalled: error<{ name: string; operations: string[] }>({
    code: 'IPVM5016',
    message: p =>
      `\`${p.name}\` is an effect` +
      (p.operations[0] === undefined
        ? ' without operations.'
        : `: call one of its operations, such as \`${p.operations[0]}(…)\`.`),
    replacement: p => (p.operations.length === 1 ? p.operations[0] : undefined),
    explain: 'An effect is a group of operations; it is the operations that are called: `mail.unread("inbox")`.',
    wrong: mail + 'export job main() -> u32 { mail("inbox") }\n',
    right: mail + 'export job main() -> u32 uses mail.unread { mail.unread("inbox") }\n',
  }),
}
