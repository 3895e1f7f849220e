import type { CID } from 'multiformats/cid'
import { describe, expect, test } from 'vitest'
import type { Instruction, Limits } from '../../dag/interface.ts'
import { decodeInstruction, readBody, readJob } from '../../dag/job.ts'
import { effectRows } from '../../grammar/diagnostics/effects.ts'
import { compiled, loaderOf } from '../harness/host.ts'
import { checkedText, mended, told } from './told.ts'

const mail = `effect mail("mailto:") {
  query unread(box: string = "inbox") -> u32
  note seen(id: u64)
  command send(to: string, text: string = "", copies: u8 = 1) -> result<u64, string>
  idempotent command recall(id: u64) -> ()
}
job pure(n: u32) -> u32 { n + 1 }
job count() -> u32 { mail.unread() + pure(1) }
job tell(to: string) -> u64 { do mail.send(to)? }
`
/** A job that is not exported, so that it need not say what it uses. */
const job = (lines: string, result = 'u32'): string => `${mail}job main(n: u32) -> ${result} {\n${lines}\n}\n`
const exported = (uses: string, value: string): string => `${mail}export job main() -> u32 ${uses}{ ${value} }\n`

/** What the job `main` performs. */
async function effectsOf(text: string, name = 'main'): Promise<string[]> {
  const { module, diagnostics } = await checkedText(text)
  expect(diagnostics.filter(({ severity }) => severity === 'error').map(({ message }) => message)).toEqual([])
  return [...module!.jobs.get(name)!.effects.keys()].sort()
}

test.each(Object.entries(effectRows))('nothing at all is said of the right example of %s', async (_, row) => {
  expect(await told(row.right)).toEqual([])
})

describe('calls of operations', () => {
  test.each([
    ['query', 'mail.unread("spam") + n'],
    ['defaults', 'mail.unread() + n'],
    ['a name', 'mail.unread(box: "spam") + n'],
    ['a limit of its own', 'mail.unread() with { time: 1s, retry: 3, check: 1 } + n'],
    ['a note', 'mail.seen(1)\n  n'],
    ['a note with `do`', 'do mail.seen(1)\n  n'],
    ['a command', 'do mail.recall(1)\n  n'],
    ['`?` behind a command', 'let id = do mail.send("a")?\n  do mail.recall(id)\n  n'],
    ['a limit behind `?`', 'let id = do mail.send("a")? with { retry: 1 }\n  do mail.recall(id)\n  n'],
    ['a command in the middle', 'let id = (do mail.send("a"))? + 1\n  do mail.recall(id)\n  n'],
    ['a command that is caught', 'let id = do mail.send("a")? catch _ => 0\n  do mail.recall(id)\n  n'],
    ['a job that performs, with `do` and without', 'do tell("a")\n  tell("b")\n  n'],
    ['in a loop', 'for i in range(n) { mail.seen(i) }\n  n'],
    ['in a branch', 'if n > 1 { do mail.recall(1) }\n  n'],
    ['in `match`', 'match try mail.unread() {\n    ok(m) => m + n\n    err(_) => 0\n  }'],
  ])('%s', async (_, lines) => {
    expect(await told(job(lines))).toEqual([])
  })

  test.each([
    ['mail.unraed() + n', 'UnknownOperation: unraed'],
    ['mail.unread(bx: "a") + n', 'UnknownArgument: bx'],
    ['mail.unread(1) + n', 'TypeMismatch: 1'],
    ['mail.unread("a", "b") + n', 'SurplusArgument: "b"'],
    ['do mail.recall()\n  n', 'MissingArgument: mail.recall()'],
    ['mail.unread.now() + n', 'OperationNotCalled: mail.unread'],
    ['mail() + n', 'EffectCalled: mail'],
  ])('%s', async (lines, error) => {
    expect(await told(job(lines))).toEqual([error])
  })

  test('limits of effects are checked as those of functions are', async () => {
    expect(await told(job('mail.unread() with { retry: 1_001 } + n'))).toEqual(['SettingValue: 1_001'])
    expect(await told(job('mail.unread() with { check: 1s } + n'))).toEqual(['SettingValue: 1s'])
    expect(await told(`config { retry: 2, check: 0 }\n${job('n')}`)).toEqual([])
    expect(await told(`config { retries: 2 }\n${job('n')}`)).toEqual(['UnknownSetting: retries'])
  })
})

describe('do', () => {
  test.each([
    ['mail.recall(1)\n  n', 'ForgottenDo: mail.recall(1)'],
    ['let id = mail.send("a")?\n  do mail.recall(id)\n  n', 'ForgottenDo: mail.send("a")'],
    ['let all = for i in range(n) { mail.send("a") }\n  n + len(all) as u32', 'ForgottenDo: mail.send("a")'],
    ['do mail.unread() + n', 'NotACommand: do'],
    ['do mail.unread()', 'NotACommand: do'],
    ['do pure(n)', 'NotACommand: do'],
    ['do count()', 'NotACommand: do'],
    ['do n', 'NotACommand: do'],
    ['do len([n]) as u32', 'NotACommand: do'],
    ['do some(n)?', 'NotACommand: do'],
    ['let a = do mail.send("a")? + 1\n  n + a as u32', 'DoTakesAll: do mail.send("a")?'],
    ['let a = do tell("a") == 1\n  if a { n } else { 1 }', 'DoTakesAll: do tell("a")'],
    ['do pure(n) + 1', 'NotACommand: do'],
    ['do if n > 1 { do tell("a") }\n  n', 'NotACommand: do'],
  ])('%s', async (lines, error) => {
    expect(await told(job(lines))).toEqual([error])
  })

  test.each([
    'mail.recall(1)\n  n',
    'let id = mail.send("a")?\n  do mail.recall(id)\n  n',
    'let id = mail.send("a")? + 1\n  do mail.recall(id)\n  n',
    'let id = 1 + mail.send("a")?\n  do mail.recall(id)\n  n',
    'let id = mail.send("a")? catch _ => 0\n  do mail.recall(id)\n  n',
    'let a = do mail.send("a")? + 1\n  n + a as u32',
    'let a = do tell("a") == 1\n  if a { n } else { 1 }',
    'do mail.unread("${n}")',
    'do pure(n)',
  ])('the repair leaves nothing to tell: %s', async lines => {
    expect(await told(await mended(job(lines)))).toEqual([])
  })
})

describe('undo', () => {
  test.each([
    'let id = (do mail.send("a") undo sent => do mail.recall(sent?))?\n  do mail.recall(id)\n  n',
    'let id = do mail.send("a")? undo sent => do mail.recall(sent?)\n  do mail.recall(id)\n  n',
    'do mail.recall(1) undo _ => {\n    let id = do mail.send("a")?\n    do mail.recall(id)\n  }\n  n',
    'do mail.recall(1) undo _ => tell("a")\n  n',
    'do mail.recall(1) undo _ => mail.seen(1)\n  n',
  ])('%s', async lines => {
    expect(await told(job(lines))).toEqual([])
  })

  test.each([
    ['mail.unread() undo _ => tell("a")', 'UndoNeedsCommand: mail.unread() undo _ => tell("a")'],
    ['mail.seen(1) undo _ => tell("a")\n  n', 'UndoNeedsCommand: mail.seen(1) undo _ => tell("a")'],
    ['pure(n) undo _ => tell("a")', 'UndoNeedsCommand: pure(n) undo _ => tell("a")'],
    ['do tell("a") undo _ => tell("b")\n  n', 'UndoNeedsCommand: tell("a") undo _ => tell("b")'],
    ['mail.recall(1) undo _ => tell("a")\n  n', 'ForgottenDo: mail.recall(1)'],
    ['do mail.recall(1) undo _ => mail.unread()\n  n', 'UndoDoesNothing: mail.unread()'],
    ['do mail.recall(1) undo _ => pure(n)\n  n', 'UndoDoesNothing: pure(n)'],
    ['do mail.recall(1) undo _ => mail.recall(2)\n  n', 'ForgottenDo: mail.recall(2)'],
    [
      'do mail.recall(1) undo _ => {\n    do mail.recall(2) undo _ => tell("a")\n  }\n  n',
      'UndoNeedsCommand: mail.recall(2) undo _ => tell("a")',
    ],
    ['do mail.send("a")? undo sent => do mail.recall(sent)\n  n', 'TypeMismatch: sent'],
  ])('%s', async (lines, error) => {
    expect(await told(job(lines))).toEqual([error])
  })
})

describe('after', () => {
  test.each([
    'let a = mail.unread("${n}")\n  mail.unread("spam") after a',
    'let a = mail.unread()\n  let b = pure(n)\n  mail.unread("spam") after (a, b)',
    'let a = pure(n)\n  do mail.recall(1) after a\n  n',
    'let a = pure(n)\n  let b = { x: [a, 1] }\n  do mail.recall(1) after b\n  n',
    'let a = pure(n)\n  do tell("x") after a\n  n',
    'mail.unread() after n',
  ])('%s', async lines => {
    expect(await told(job(lines))).toEqual([])
  })

  test.each([
    ['let a = pure(n)\n  pure(1) after a', 'AfterNeedsEffect: pure(1) after a'],
    ['let a = pure(n)\n  1 after a', 'AfterNeedsEffect: 1'],
    ['let a = { x: 1 }\n  mail.unread() after a', 'AfterNothing: a'],
    ['mail.unread() after mail', 'AfterNothing: mail'],
    ['mail.unread() after nothing', 'UnknownName: nothing'],
    ['let all = for i in range(n) { mail.unread() after i }\n  all[0]', 'AfterNothing: i'],
  ])('%s', async (lines, error) => {
    expect(await told(job(lines))).toEqual([error])
  })
})

describe('what a job performs', () => {
  test.each([
    ['n', []],
    ['mail.unread()', ['mail/unread']],
    ['count()', ['mail/unread']],
    ['tell("a")\n  count()', ['mail/send', 'mail/unread']],
    ['for i in range(n) { mail.seen(i) }\n  n', ['mail/seen']],
    ['if n > 1 { tell("a") }\n  n', ['mail/send']],
    ['do mail.recall(1) undo _ => tell("a")\n  n', ['mail/recall', 'mail/send']],
    ['reduce [n, 1] with (a, b) => a + b + mail.unread()', ['mail/unread']],
    ['fold [n] from 0 with (a, b) => { do mail.recall(1)\n a + b }', ['mail/recall']],
    ['let unused = mail.unread()\n  n', ['mail/unread']],
    ['mail.unread("${mail.unread()}")', ['mail/unread']],
  ])('%s', async (lines, effects) => {
    expect(await effectsOf(job(lines))).toEqual(effects)
  })

  test('comes through calls in whatever order jobs are declared', async () => {
    const chain = Array.from({ length: 300 }, (_, i) => `job f${i}() -> u32 { f${i + 1}() }`)
    const text = `${mail}${chain.join('\n')}\njob f300() -> u32 { mail.unread() }\nexport job main() -> u32 uses mail.unread { f0() }`
    expect(await effectsOf(text, 'f0')).toEqual(['mail/unread'])
    expect(await effectsOf(text)).toEqual(['mail/unread'])
  })

  test('comes from other files, under the names of this one', async () => {
    const other = `export ${mail}export job ask() -> u32 uses mail.unread { mail.unread() }\n`
    const files = { 'other.ipvm': other }
    const text = (uses: string): string =>
      `import { ask, mail as post } from "./other.ipvm"\nexport job main() -> u64 ${uses}{ (do post.send("a"))? + ask() }\n`
    expect(await told(text('uses post.send, post.unread '), files)).toEqual([])
    expect(await told(text('uses mail.send, mail.unread '), files)).toEqual([])
    const { diagnostics } = await checkedText(text(''), files)
    expect(diagnostics[0]?.fixes[0]?.edits[0]?.text).toBe('uses post.send, post.unread ')
  })
})

describe('uses', () => {
  test.each([
    ['', 'pure(1)', []],
    ['uses mail.unread ', 'count()', []],
    ['', 'count()', ['MissingUses: main']],
    ['uses mail.unread ', 'pure(1)', ['WrongUses: uses mail.unread']],
    ['uses mail.send ', 'count()', ['WrongUses: uses mail.send']],
    ['uses mail.unread, declassify ', 'count()', ['WrongUses: uses mail.unread, declassify']],
    ['uses mail.unraed ', 'count()', ['UnknownUse: mail.unraed']],
    ['uses mial.unread ', 'count()', ['UnknownUse: mial.unread']],
    ['uses mail ', 'count()', ['UnknownUse: mail']],
    ['uses pure ', 'count()', ['UnknownUse: pure']],
    ['uses mail.unread, mail.unread ', 'count()', ['RepeatedUse: mail.unread']],
    // What is wrong inside is the mistake.
    ['uses mail.unread ', 'mail.unraed()', ['UnknownOperation: unraed']],
    ['uses mail.unread ', 'cuont()', ['UnknownName: cuont']],
  ])('%s%s', async (uses, value, errors) => {
    expect(await told(exported(uses, value))).toEqual(errors)
  })

  test('a job that is not exported need not say it, and says nothing wrong', async () => {
    const text = (uses: string): string => `${mail}job main() -> u32 ${uses}{ count() }\n`
    expect(await told(text(''))).toEqual([])
    expect(await told(text('uses mail.unread '))).toEqual([])
    expect(await told(text('uses mail.seen '))).toEqual(['WrongUses: uses mail.seen'])
  })

  test('what is wrong in a job is not told again where it is called', async () => {
    const text = `${mail}job ask() -> u32 { mail.unraed() }\nexport job main() -> u32 uses mail.unread { ask() }\n`
    expect(await told(text)).toEqual(['UnknownOperation: unraed'])
  })

  test.each([
    exported('', 'count()'),
    exported('uses mail.send ', 'count()'),
    exported('uses mail.unraed ', 'count()'),
    exported('uses mail ', 'count()'),
    exported('uses mail.unread ', 'pure(1)'),
    exported('uses mail.unread, mail.unread ', 'count()'),
  ])('the repair leaves nothing to tell: %#', async text => {
    expect(await told(await mended(text))).toEqual([])
  })
})

describe('where nothing is performed', () => {
  test.each([
    ['pure(n) catch _ => mail.unread()', 'ImpureAlternative: mail.unread()'],
    ['pure(n) catch _ => count()', 'ImpureAlternative: count()'],
    ['pure(n) catch _ => { do mail.recall(1)\n 1 }', 'ImpureAlternative: mail.recall(1)'],
    ['pure(n) catch _ => if n > 1 { mail.unread() } else { 1 }', 'ImpureAlternative: mail.unread()'],
    ['pure(n)\n  n', 'UnusedExpression: pure(n)'],
    ['mail.unread()\n  n', 'UnusedExpression: mail.unread()'],
    ['count()\n  n', 'UnusedExpression: count()'],
    ['n == 1\n  n', 'UnusedExpression: n == 1'],
    ['for i in range(n) { pure(i) }\n  n', 'UnusedExpression: for i in range(n) { pure(i) }'],
  ])('%s', async (lines, error) => {
    expect(await told(job(lines))).toEqual([error])
  })

  test('in constants and defaults', async () => {
    expect(await told(`${mail}const a = mail.unread()\n`)).toEqual(['NotConstant: mail.unread()'])
    expect(await told(`${mail}job f(a: u32 = mail.unread()) -> u32 { a }\n`)).toEqual(['NotConstant: mail.unread()'])
  })
})

describe('what calls come to', () => {
  /** The instructions of a job by their operations. */
  async function instructionsOf(text: string) {
    const job = await compiled(text)
    const load = loaderOf(job)
    const root = await readJob(job.job, load)
    if (!root.ok) throw new Error(root.error.message)
    const read = async (task: CID) => {
      const bytes = await load(task)
      const instruction = decodeInstruction(bytes!)
      if (!instruction.ok) throw new Error(instruction.error.message)
      return instruction.value
    }
    const tasks = new Map<string, { cid: CID; instruction: Instruction; limits: Limits | undefined }>()
    for (const cid of root.value.tasks) {
      const limits = root.value.meta.find(([task]) => task.equals(cid))?.[1]
      const instruction = await read(cid)
      tasks.set(instruction.op, { cid, instruction, limits })
    }
    return { root: root.value, tasks, load, read }
  }

  const text = `${mail}job main(n: u32) -> u64 {
  let before = mail.unread("\${n}")
  let id = do tell("x") with { retry: 2 } after before
  do mail.recall(id) undo _ => do tell("\${n}")
  id
}\n`

  test('a job that waits hands on what it waits for, and its limits', async () => {
    const { root, tasks } = await instructionsOf(text)
    expect(root.uses).toEqual(['mail/recall', 'mail/send', 'mail/unread'])
    const send = tasks.get('mail/send')!
    expect(send.instruction).toMatchObject({ rsc: 'mailto:', input: { args: ['x', '', 1] } })
    expect(send.instruction.input.after).toEqual([{ 'await/ok': tasks.get('mail/unread')!.cid }])
    expect(send.limits).toMatchObject({ retry: 2, check: 0 })
    expect(tasks.get('mail/recall')!.instruction.input.after).toBeUndefined()
  })

  test('commands are listed, and an undo has its own', async () => {
    const { root, tasks, load, read } = await instructionsOf(text)
    const commands = ['mail/send', 'mail/recall'].map(op => String(tasks.get(op)!.cid))
    expect(root.commands.map(String).sort()).toEqual(commands.sort())
    const undo = tasks.get('mail/recall')!.instruction.input.undo!
    const body = await readBody(undo.body, load)
    if (!body.ok) throw new Error(body.error.message)
    expect(body.value.commands).toHaveLength(1)
    expect(await read(body.value.commands[0]!)).toMatchObject({ rsc: 'mailto:', op: 'mail/send' })
  })
})
