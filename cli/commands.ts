import type { Command } from 'commander'
import type { Context } from './context.ts'
import type { Reply } from './output.ts'

/** A command of this version. Help, parsing and suggestions derive from the rows. */
export interface CommandRow {
  name: string
  /** Operands as in the usage line: `<file>` must be there, `[files...]` may. */
  operands: string
  /** One line for the list of commands. */
  summary: string
  /** Declares options and the longer help; cheap, since it runs before the command is known. */
  declare?: (command: Command) => void
  /** It reads blocks that gateways may have. */
  fetches?: true
  /** Loaded when the command runs, so that what it needs does not slow down the others. */
  load: () => Promise<(context: Context, operands: string[], options: Record<string, unknown>) => Promise<Reply>>
}

const job = ['-j, --job <name>', 'the job of a source file; else `main`, else the only exported one'] as const
const arg = ['--arg <name=value>', 'an argument; `name=@file` takes the content of a file', collect] as const
const args = ['--args <@file>', 'arguments from a file that holds a JSON object'] as const

const component = [
  '--component <file>',
  'a component that the job names by its CID, to be kept in the store; may be given more than once',
  collect,
] as const

const gateway = [
  '--gateway <url>',
  'ask this IPFS gateway for blocks that the store lacks, else that of IPVM_GATEWAY; may be given more than once',
  collect,
] as const

const targets = ['car', 'json', 'homestar', 'homestar-cbor', 'workflow', 'ucan']

const isolation = [
  '--isolation <kind>',
  'what components run in: thread, or process for those of others',
  choice('--isolation', ['thread', 'process']),
  'thread',
] as const

/** Options of all commands that perform jobs. */
function performing(command: Command): Command {
  return command
    .option('--allow <grant>', 'what the job may do, as `http.get=example.com`; may be given more than once', collect)
    .option('--as <key>', 'who asks: the name of a key; its grants are those of `--proof`')
    .option('--proof <file>', 'delegations to that key; may be given more than once', collect)
    .option('--jobs <n>', 'how many tasks run at the same time; else one for each core', count('--jobs'))
    .option(...isolation)
    .option('--no-memo', 'execute every task, also those whose result is remembered')
    .option(...gateway)
}

export const commands: readonly CommandRow[] = [
  {
    name: 'check',
    fetches: true,
    operands: '[files...]',
    summary: 'say what is wrong with sources; without files, with all in this folder',
    declare: command =>
      command
        .option('--fix', 'apply the repairs that are known')
        .option('--format <format>', 'human, json or sarif', choice('--format', ['human', 'json', 'sarif']), 'human')
        .option('--watch', 'check again whenever a file changes')
        .option(...gateway),
    load: async () => (await import('./commands/check.ts')).check,
  },
  {
    name: 'fmt',
    operands: '[files...]',
    summary: 'lay out sources; `-` is standard input, no file is all in this folder',
    declare: command => command.option('--check', 'change nothing; list the files that differ'),
    load: async () => (await import('./commands/fmt.ts')).fmt,
  },
  {
    name: 'build',
    fetches: true,
    operands: '<file>',
    summary: 'compile a source to a file that runs anywhere; prints the CID of the job',
    declare: command =>
      command
        .option(...job)
        .option(...arg)
        .option(...args)
        .option('-o, --out <file>', 'where to write; `-` is standard output, in place of the CID')
        .option('--bundle', 'with the components and embedded files (the default)')
        .option('--no-bundle', 'without them: what runs it must have them')
        .option(
          '--target <format>',
          'car, json, homestar, homestar-cbor, workflow or ucan',
          choice('--target', targets),
          'car',
        )
        .option(...gateway)
        .option('--as <key>', 'of ucan: who asks for the run, by the name of a key')
        .option('--proof <file>', 'of ucan: delegations to that key; may be given more than once', collect)
        .option('--to <did>', 'of ucan: who is to run it; else the owner of this store')
        .option('--expires <when>', 'of ucan: until when it may be run, as 30m, 24h, 7d, a time, or never; else 24h'),
    load: async () => (await import('./commands/build.ts')).build,
  },
  {
    name: 'run',
    fetches: true,
    operands: '<file|cid>',
    summary: "run a job from a source, a compiled file, a workflow of Homestar's or the store; prints its result",
    declare: command =>
      performing(command)
        .option(...component)
        .option(...job)
        .option(...arg)
        .option(...args)
        .option('--out <file>', 'write the result to a file, bytes as they are; `-` is standard output')
        .option('--check <n>', 'compute so many of the remembered results again, and compare', count('--check'))
        .option('--new', 'begin, though a run of this job has changed something and has not ended'),
    load: async () => (await import('./commands/run.ts')).runCommand,
  },
  {
    name: 'resume',
    fetches: true,
    operands: '<run>',
    summary: 'go on with a run that was stopped, or whose process was lost',
    declare: command =>
      performing(command).option(
        '--out <file>',
        'write the result to a file, bytes as they are; `-` is standard output',
      ),
    load: async () => (await import('./commands/resume.ts')).resumeCommand,
  },
  {
    name: 'cancel',
    fetches: true,
    operands: '<run>',
    summary: 'stop a run, and undo what its commands have done',
    declare: performing,
    load: async () => (await import('./commands/resume.ts')).cancelCommand,
  },
  {
    name: 'resolve',
    operands: '<run> <task>',
    summary: 'say what became of a command whose outcome is unknown',
    declare: command =>
      command
        .option('--as <outcome>', 'done or failed', choice('--as', ['done', 'failed']))
        .option('--result <value>', 'what it gave, as a literal of the language'),
    load: async () => (await import('./commands/resolve.ts')).resolveCommand,
  },
  {
    name: 'work',
    fetches: true,
    operands: '',
    summary: 'run what jobs have enqueued, until nothing waits',
    declare: command => performing(command).option('--limit <n>', 'end after so many runs', count('--limit')),
    load: async () => (await import('./commands/work.ts')).work,
  },
  {
    name: 'test',
    fetches: true,
    operands: '[files...]',
    summary: 'run the tests of sources; without files, of all in this folder',
    declare: command =>
      command
        .option('--filter <text>', 'only the tests that have this in their names')
        .option('--name <name>', 'only the tests of this very name')
        .option('--junit <file>', 'write a JUnit report too')
        .option('--watch', 'run them again whenever a file changes')
        .option(...isolation)
        .option('--no-memo', 'execute every task, also those whose result is remembered')
        .option(...gateway),
    load: async () => (await import('./commands/test.ts')).test,
  },
  {
    name: 'show',
    fetches: true,
    operands: '<cid|file|run>',
    summary: 'print a block of the store, what a compiled file holds, or the record of a run, as DAG-JSON',
    declare: command => command.option('--from <file>', 'take the block out of this compiled file').option(...gateway),
    load: async () => (await import('./commands/show.ts')).show,
  },
  {
    name: 'runs',
    operands: '',
    summary: 'list the runs of the store, newest first',
    load: async () => (await import('./commands/runs.ts')).runsCommand,
  },
  {
    name: 'why',
    operands: '<task>',
    summary: 'say why a task ran or was remembered, by its name in the source, NAME:LINE, or its CID',
    declare: command => command.option('--run <run>', 'in this run; else in the newest that has the task'),
    load: async () => (await import('./commands/why.ts')).why,
  },
  {
    name: 'gc',
    operands: '',
    summary: 'remove from the store what nothing refers to that is kept',
    declare: command =>
      command
        .option('--keep <n>', 'remove the runs that have ended, but for so many of the newest', count('--keep', 0))
        .option('--older-than <age>', 'remove the runs that have ended and are older, as 30d, 12h, 90m', age)
        .option('--dry-run', 'change nothing; say what would be removed')
        .option('--pin <cid>', 'from now on keep this job, whatever runs are removed')
        .option('--unpin <cid>', 'keep it no longer'),
    load: async () => (await import('./commands/gc.ts')).gc,
  },
  {
    name: 'verify',
    fetches: true,
    operands: '<file|cid>',
    summary: 'check a compiled file or receipts block by block; of receipts also who has signed them',
    declare: command =>
      command.option('--audit', 'compute again what receipts of pure tasks say, and compare').option(...gateway),
    load: async () => (await import('./commands/verify.ts')).verify,
  },
  {
    name: 'export',
    operands: '<run>',
    summary: 'write the receipts of a run to a file, which others can verify and import',
    declare: command =>
      command
        .option('-o, --out <file>', 'where to write; `-` is standard output, in place of the CID')
        .option('--bundle', 'with the components that were called (the default)')
        .option('--no-bundle', 'without them: whoever reads it must have them'),
    load: async () => (await import('./commands/export.ts')).exportCommand,
  },
  {
    name: 'import',
    operands: '<file>',
    summary: 'remember what the receipts of a file say, if `trust` in ipvm.config.ts names who has signed them',
    load: async () => (await import('./commands/import.ts')).importCommand,
  },
  {
    name: 'decompile',
    fetches: true,
    operands: '<file>',
    summary: "print a source for a workflow of Homestar's, which compiles to the same workflow",
    declare: command =>
      command
        .option(...component)
        .option('-o, --out <file>', 'write it to a file; `-` is standard output')
        .option(...gateway),
    load: async () => (await import('./commands/decompile.ts')).decompileCommand,
  },
  {
    name: 'gateway',
    operands: '',
    summary: 'serve the blocks of the store over HTTP, to IPFS tools and Homestar, until Ctrl-C',
    declare: command =>
      command
        .option('--host <address>', 'where to listen; else this machine alone can ask', '127.0.0.1')
        .option('--port <n>', 'the port; 0 is any that is free', count('--port', 0, 65_535), 5001),
    load: async () => (await import('./commands/gateway.ts')).gateway,
  },
  {
    name: 'key',
    operands: '<action> [name...]',
    summary: 'make a key, `key new NAME`, or list those that there are, `key list`',
    load: async () => (await import('./commands/key.ts')).key,
  },
  {
    name: 'delegate',
    operands: '',
    summary: 'let somebody do something in the name of a key, by a token of UCAN 1.0; or take that back',
    declare: command =>
      command
        .option('--as <key>', 'who lets: the name of a key, or `store`')
        .option('--to <did>', 'whom: a DID, or the name of a key')
        .option('--command <command>', 'to do what, as `/http/get`; `/http` is all of it, `/` is everything')
        .option('--subject <did>', 'in whose name, if not in that of `--as` or of the proofs; `any` is everybody')
        .option(
          '--policy <json>',
          'only with such arguments, in the policy language of UCAN; `@file` takes it from a file',
        )
        .option('--expires <when>', 'until when: as 30m, 24h, 7d, a time as 2030-01-31T12:00:00Z, or never', '24h')
        .option('--not-before <when>', 'from when on')
        .option('--proof <file>', 'delegations that it passes on; may be given more than once', collect)
        .option('-o, --out <file>', 'write it to a file, with its proofs; else it is printed as text')
        .option('--revoke <file|cid>', 'refuse a token from now on, in this store, and all that it proves'),
    load: async () => (await import('./commands/delegate.ts')).delegate,
  },
  {
    name: 'inspect',
    operands: '<file>',
    summary: 'print what a token of UCAN says, and whether it holds',
    declare: command =>
      command
        .option('--proof <file>', 'delegations that an invocation names; may be given more than once', collect)
        .option('--at <when>', 'as if it were this time: 2030-01-31T12:00:00Z, or seconds since 1970'),
    load: async () => (await import('./commands/inspect.ts')).inspect,
  },
  {
    name: 'lsp',
    operands: '',
    summary: 'serve an editor on standard input and output: the language server',
    declare: command => command.option('--stdio', 'as some editors say; it changes nothing'),
    load: async () => (await import('./commands/lsp.ts')).lsp,
  },
  {
    name: 'explain',
    operands: '<code>',
    summary: 'print the long form of a diagnostic, such as IPVM2003',
    load: async () => (await import('./commands/explain.ts')).explain,
  },
]

/** Commands and options that later versions have: whoever types one is told so. */
export const laterCommands = [...['init', 'graph', 'diff'], ...['doctor', 'completions', 'ui']] as const
export const laterOptions: Readonly<Record<string, readonly string[]>> = {
  run: ['--engine', '--dry-run', '--keep-going', '--trace', '--report'],
}

/** Something about an option's value that is wrong; `parse.ts` makes it a reply. */
export class OptionError extends Error {
  readonly near: string | undefined
  constructor(message: string, near?: string) {
    super(message)
    this.near = near
  }
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value]
}

function choice(option: string, values: string[]): (value: string) => string {
  return value => {
    if (values.includes(value)) return value
    const near = values.find(other => other.startsWith(value) || value.startsWith(other))
    throw new OptionError(`\`${option}\` takes ${values.join(', ')}; \`${value}\` is none of them.`, near)
  }
}

function count(option: string, least = 1, most = 9999): (value: string) => number {
  return value => {
    const number = /^(0|[1-9]\d{0,4})$/.test(value) ? Number(value) : NaN
    if (number >= least && number <= most) return number
    throw new OptionError(`\`${option}\` takes a whole number from ${least} to ${most}; \`${value}\` is none.`)
  }
}

const seconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }

/** Milliseconds. */
function age(value: string): number {
  const [, number, unit] = /^(\d{1,6})([smhdw])$/.exec(value) ?? []
  if (number !== undefined) return Number(number) * seconds[unit!]! * 1000
  throw new OptionError(`\`--older-than\` takes a number with s, m, h, d or w behind it, as 30d; \`${value}\` is none.`)
}
