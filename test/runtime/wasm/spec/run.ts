import { basename } from 'node:path'
import { rewrite } from '../../../../runtime/wasm/rewrite.ts'
import { readJson, type Command } from './commands.ts'
import { readScript } from './script.ts'
import { World } from './world.ts'

/**
 * How many commands came to what. `refused` are those of modules that use what is not allowed here (docs/wasm.md),
 * `skipped` calls that take or give references, `notPassedBefore` those that the engine itself does not pass.
 */
export interface Counts {
  passed: number
  failed: number
  refused: number
  skipped: number
  notPassedBefore: number
}

const want: { readonly [type: string]: string } = {
  module: 'ok',
  action: 'ok',
  register: 'ok',
  assert_return: 'ok',
  assert_trap: 'trap',
  assert_exhaustion: 'exhausted',
  assert_unlinkable: 'unlinkable',
  assert_uninstantiable: 'trap',
}

/**
 * Runs tests of the specification on core modules as they come and as they are rewritten: what the first pass, the
 * second must pass. Prints what fails.
 *
 * @param files `.wast.js` of SpiderMonkey, or `.json` of `wast2json`
 */
export async function runSpec(files: string[]): Promise<Counts> {
  const counts: Counts = { passed: 0, failed: 0, refused: 0, skipped: 0, notPassedBefore: 0 }
  for (const file of files) {
    const commands = file.endsWith('.json') ? readJson(file) : await readScript(file)
    const worlds = [new World(false), new World(true)]
    for (const command of commands) {
      if (/malformed|invalid/.test(command.type) && !command.bytes) continue
      const [before, after] = /malformed|invalid/.test(command.type)
        ? judge(command)
        : worlds.map(one => one.run(command))
      const came = outcome(before!, after!, want[command.type] ?? 'refused')
      counts[came]++
      if (came === 'failed') console.log(`${basename(file)}:${command.line}: ${command.type}: ${after}`)
    }
  }
  return counts
}

/** What the engine and the rewriter say of a module that is none. */
function judge({ bytes }: Command): string[] {
  return [WebAssembly.validate(bytes!) ? 'valid' : 'refused', rewrite(bytes!).ok ? 'rewritten' : 'refused']
}

function outcome(before: string, after: string, want: string): keyof Counts {
  if (before === 'skipped') return 'skipped'
  if (before !== want) return 'notPassedBefore'
  if (after === want) return 'passed'
  return /not allowed|no module/.test(after) ? 'refused' : 'failed'
}
