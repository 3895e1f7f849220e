import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { timed } from '../../processes.ts'
import type { Peer } from './peer.ts'
import { factor, modulus, tasksOf, type Shape, type Task } from './shape.ts'

/** A program that builds files from files: what it reads, how a task is written there, how it tells what it ran. */
interface Builder {
  file: string
  head: string
  rule: (target: string, inputs: string[], command: string) => string
  /** A line of its output for each task. */
  line: RegExp
}

/** What builders take; the files of the first layer come from `first`, which stands for its program. */
const builders: Record<'ninja' | 'make', Builder> = {
  ninja: {
    file: 'build.ninja',
    head: 'rule task\n  command = $command\n  description = $out\n  restat = 1\n',
    rule: (target, inputs, command) => `build ${target}: task ${inputs.join(' ')}\n  command = ${command}\n`,
    line: /^\[\d+\/\d+\] /gm,
  },
  make: {
    file: 'Makefile',
    head: 'total:\n',
    rule: (target, inputs, command) => `${target}: ${inputs.join(' ')}\n\t${command}\n`,
    line: /^new=/gm,
  },
}

/** Undefined where it is not installed. */
export function builder(name: keyof typeof builders, root: string, shape: Shape, jobs: number): Peer | undefined {
  if (spawnSync(name, ['--version']).status !== 0) return undefined
  const { file, head, rule, line } = builders[name]
  const dir = join(root, name)
  let version = 0
  const rules = tasksOf(shape).map(task => {
    const inputs = task.func === 'start' ? ['first'] : task.inputs
    // Both write `$` twice.
    return rule(task.name, inputs, commandOf(task).replaceAll('$', '$$$$'))
  })
  return {
    name: `${name} -j${jobs}`,
    cutsOff: true,
    async reset() {
      rmSync(dir, { recursive: true, force: true })
      mkdirSync(dir)
      writeFileSync(join(dir, file), head + rules.join(''))
      await this.change()
    },
    async change() {
      writeFileSync(join(dir, 'first'), String(version++))
    },
    async run() {
      const { wall, processor, output } = await timed(name, [`-j${jobs}`], dir)
      const result = Number(readFileSync(join(dir, 'total'), 'utf8'))
      return { wall, processor, ran: output.match(line)?.length ?? 0, result }
    },
    async close() {},
  }
}

/**
 * A task as a line of `sh` that starts nothing else. What comes out equal is left as it is, which is how both of them
 * see that nothing behind it has to run.
 */
function commandOf({ name, func, inputs, own }: Task): string {
  const [a, b] = inputs
  const value = {
    start: `new=$((${own} * ${factor}))`,
    mix: `new=0; read -r a <${a}; read -r b <${b}; new=$(((a + b + ${own}) % ${modulus}))`,
    total: `new=0; for f in ${inputs.join(' ')}; do read -r a <$f; new=$((new + a)); done`,
  }[func]
  return `${value}; old=; [ -e ${name} ] && read -r old <${name}; [ "$old" = "$new" ] || echo $new >${name}`
}
