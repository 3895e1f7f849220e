import { distance } from 'fastest-levenshtein'
import { Command, CommanderError, type Help } from 'commander'
import { suggest } from '../dag/suggest.ts'
import { fail, ok, type Result } from '../dag/result.ts'
import { commands, laterCommands, laterOptions, OptionError, type CommandRow } from './commands.ts'
import { wrongUsage } from './diagnostics.ts'
import { success, type Reply } from './output.ts'

/** A command line that was understood. */
export interface Call {
  row: CommandRow
  operands: string[]
  options: Record<string, unknown>
}

/** Understands a command line. Help, the version and wrong usage are replies. */
export async function parseArguments(argv: readonly string[], version: string): Promise<Result<Call, Reply>> {
  let call: Call | undefined
  let printed = ''
  const program = createProgram(
    version,
    found => void (call = found),
    text => void (printed += text),
  )
  try {
    const asked = helpAsked(program, argv)
    if (asked) return fail(asked)
    await program.parseAsync([...argv], { from: 'user' })
    return ok(call!)
  } catch (error) {
    if (error instanceof OptionError) return fail(wrongUsage(error.message, { near: error.near }))
    if (!(error instanceof CommanderError)) throw error
    if (error.code === 'commander.version') return fail(success({ version }, printed))
    if (error.code === 'commander.helpDisplayed') return fail(success({ help: printed }, printed))
    if (error.code === 'commander.help') return fail({ ...wrongUsage('Name a command.'), stderr: printed.trimEnd() })
    return fail(explainUsage(error, program, argv))
  }
}

function createProgram(version: string, found: (call: Call) => void, print: (text: string) => void): Command {
  const program = new Command('ipvm')
  const quiet = (command: Command): Command =>
    command
      .exitOverride()
      .configureOutput({ writeOut: print, writeErr: print, outputError: () => undefined })
      .configureHelp({ helpWidth: 100, showGlobalOptions: command !== program, ...helpStyle })
      .showSuggestionAfterError(false)
      .helpOption('-h, --help', 'print this')
  quiet(program)
    .description('Typed, content-addressed jobs of WebAssembly: check, compile and run them.')
    .usage('COMMAND [options]')
    .version(version, '-V, --version', 'print the version')
    .option('--json', 'one JSON value on standard output, also on failure')
    .option('--store <dir>', 'where blocks and results are kept; else IPVM_STORE, else .ipvm here')
    .option('-q, --quiet', 'say nothing about progress')
    .helpCommand('help [command]', 'print what a command takes')
    .addHelpText('after', footer)
  for (const row of commands) {
    const command = quiet(program.command(row.name)).description(row.summary).allowExcessArguments(false)
    for (const operand of row.operands.split(' ').filter(word => word !== '')) command.argument(operand)
    row.declare?.(command)
    command.action((...given: unknown[]) => {
      const operands = given
        .slice(0, -2)
        .flat()
        .filter(operand => operand !== undefined) as string[]
      found({ row, operands, options: command.optsWithGlobals() })
    })
  }
  return program
}

const helpStyle: Partial<Help> = {
  subcommandTerm: command => command.name(),
}

const footer = `
A job is compiled to a CID that says what it computes; equal jobs have equal CIDs.
Exit: 0 done, 1 the job failed, 2 wrong usage, 3 diagnostics, 4 not allowed, 5 outcome unknown, 70 a bug of ipvm.

  ipvm check job.ipvm
  ipvm run job.ipvm --arg name=World
  ipvm build job.ipvm -o job.car && ipvm run job.car`

/** `help COMMAND`, with our own words for a command that is not there. */
function helpAsked(program: Command, argv: readonly string[]): Reply | undefined {
  const [first, second] = argv.filter(word => !word.startsWith('-'))
  if (first !== 'help' || argv[0]?.startsWith('-')) return undefined
  if (second === undefined || second === 'help') {
    const text = program.helpInformation() + `${footer}\n`
    return success({ help: text }, text)
  }
  const command = program.commands.find(entry => entry.name() === second)
  if (!command) return unknownCommand(second)
  const text = command.helpInformation()
  return success({ help: text }, text)
}

function unknownCommand(name: string): Reply {
  if ((laterCommands as readonly string[]).includes(name))
    return wrongUsage(`The command \`${name}\` is not in this version.`)
  const known = [...commands.map(row => row.name), 'help']
  return wrongUsage(`There is no command \`${name}\`.`, { near: nearest(name, known) })
}

/** Commands and options are few, so that a far guess is still better than none. */
function nearest(name: string, known: string[]): string | undefined {
  const bare = name.replace(/^-+/, '')
  if (bare.length < 2) return undefined
  return (
    suggest(name, known) ??
    known.find(other => other.replace(/^-+/, '').startsWith(bare)) ??
    known.find(other => distance(name, other) <= Math.min(3, bare.length / 2))
  )
}

/** What commander found, in our words. */
function explainUsage(error: CommanderError, program: Command, argv: readonly string[]): Reply {
  const [, quoted = ''] = /'([^]*)'/.exec(error.message) ?? []
  const command = commandOf(program, argv)
  const see = command === program ? '`ipvm --help` lists them.' : `\`ipvm help ${command.name()}\` lists them.`
  switch (error.code) {
    case 'commander.unknownCommand':
      return unknownCommand(quoted)
    case 'commander.unknownOption': {
      const option = quoted.split('=')[0]!
      if (laterOptions[command.name()]?.includes(option))
        return wrongUsage(`The option \`${option}\` of \`${command.name()}\` is not in this version.`)
      const known = [...command.options, ...program.options].flatMap(entry => [entry.long ?? '', entry.short ?? ''])
      const near = nearest(
        option,
        known.filter(name => name.length > 2),
      )
      const where = command === program ? 'ipvm' : `\`${command.name()}\``
      return wrongUsage(`${where} has no option \`${option}\`.${near === undefined ? ` ${see}` : ''}`, { near })
    }
    case 'commander.missingArgument':
      return wrongUsage(`\`${command.name()}\` needs ${usageOf(command)}; \`ipvm help ${command.name()}\` says more.`)
    case 'commander.optionMissingArgument': {
      return wrongUsage(`The option \`${quoted}\` needs a value.`)
    }
    case 'commander.excessArguments': {
      const operands = command.args.slice(command.registeredArguments.length)
      return wrongUsage(`\`${command.name()}\` does not take \`${operands.join(' ')}\` as well.`)
    }
    default:
      return wrongUsage(`${error.message.replace(/^error: /, '').replace(/\.?$/, '.')}`)
  }
}

function commandOf(program: Command, argv: readonly string[]): Command {
  return program.commands.find(command => argv.includes(command.name())) ?? program
}

function usageOf(command: Command): string {
  return command.registeredArguments.map(argument => argument.name().toUpperCase()).join(' ')
}
