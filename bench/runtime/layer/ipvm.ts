import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { timed, type Took } from '../../processes.ts'
import type { Peer } from './peer.ts'
import { mixComponent, startComponent, tasksOf, type Shape } from './shape.ts'

const program = fileURLToPath(new URL('../../../dist/ipvm.js', import.meta.url))

/** Runs the built command line in a folder, and gives what `--json` prints (docs/cli.md). */
export async function command<Value>(dir: string, args: string[]): Promise<Took & { value: Value }> {
  if (!existsSync(program)) throw new Error('there is no dist/ipvm.js; `npm run build` makes it')
  const took = await timed(process.execPath, [program, ...args, '--json'], dir)
  return { ...took, value: JSON.parse(took.output).value }
}

/** The graph as a source file, `layer.ipvm`, with its components beside it. */
export async function writeSource(dir: string, shape: Shape): Promise<void> {
  mkdirSync(dir, { recursive: true })
  const lines = tasksOf(shape).map(({ name, func, inputs, own }) => {
    const args = own === undefined ? inputs : [...inputs, own]
    return `  let ${name} = ${func === 'start' ? 'first' : 'rest'}.${func}(${args.join(', ')})`
  })
  const imports = 'import first from "./first.wasm"\nimport rest from "./rest.wasm"\n'
  writeFileSync(join(dir, 'layer.ipvm'), `${imports}\nexport job main() -> s32 {\n${lines.join('\n')}\n  total\n}\n`)
  writeFileSync(join(dir, 'rest.wasm'), await mixComponent(shape.width))
}

export async function writeFirst(dir: string, version: number): Promise<void> {
  writeFileSync(join(dir, 'first.wasm'), await startComponent(version))
}

/**
 * `ipvm run`, a process each time.
 *
 * @param compiled what is run is a CAR that was built before, instead of the source
 */
export function ipvm(root: string, shape: Shape, options: string[] = [], compiled = false): Peer {
  const args = ['run', compiled ? 'layer.car' : 'layer.ipvm', ...options]
  const dir = mkdtempSync(join(root, 'ipvm-'))
  let version = 0
  const write = async (): Promise<void> => {
    await writeFirst(dir, version++)
    if (compiled) await command(dir, ['build', 'layer.ipvm', '--store', 'other'])
  }
  return {
    name: ['ipvm run', ...(compiled ? ['layer.car'] : []), ...options].join(' '),
    cutsOff: true,
    async reset() {
      rmSync(dir, { recursive: true, force: true })
      await writeSource(dir, shape)
      await write()
    },
    change: write,
    async run() {
      const { wall, processor, value } = await command<{ ran: number; result: number }>(dir, args)
      return { wall, processor, ran: value.ran, result: value.result }
    },
    async close() {},
  }
}
