import { repeated, type Task } from './corpus.ts'
import { sha256, textOf } from './outcome.ts'
import { type Outcomes, runs } from './tasks.ts'

/** Whatever must be the same everywhere, by a name for people. */
export type Figures = ReadonlyMap<string, string>

/** What was seen in one place, or is written in a table. */
export interface Place {
  place: string
  seen: Figures
}

/** Where places differ from the first of them: some lines for each figure. */
export function differences([first, ...others]: readonly Place[]): string[] {
  const found: string[] = []
  for (const { place, seen } of others)
    for (const name of new Set([...first!.seen.keys(), ...seen.keys()])) {
      const [expected, other] = [first!.seen.get(name), seen.get(name)]
      if (other === expected) continue
      found.push(`${name}\n    ${first!.place}: ${expected ?? 'nothing'}\n    ${place}: ${other ?? 'nothing'}`)
    }
  return found
}

export function figuresOf({ tasks: lines }: Outcomes, tasks: readonly Task[]): Figures {
  return new Map(lines.map((line, i) => [nameOf(tasks[i], i), line]))
}

function nameOf(task: Task | undefined, i: number): string {
  if (!task) return `task ${i}`
  const args = textOf(task.args).slice(1, -1)
  return `task ${i}, ${task.component}: ${task.func}(${args.length > 80 ? `${args.slice(0, 79)}…` : args})`
}

/** Tasks that did not come to the same in all of their runs in one place, or were not run as often as they should. */
export function unsteady({ tasks: lines, repeats }: Outcomes, tasks: readonly Task[]): string[] {
  const found: string[] = []
  for (let i = 0; i < repeated; i++) {
    const all = repeats[i] ?? []
    if (all.length !== runs) found.push(`${nameOf(tasks[i], i)} ran ${all.length} times in place of ${runs}`)
    const other = all.findIndex(line => line !== lines[i])
    if (other >= 0) found.push(`${nameOf(tasks[i], i)}\n    at first: ${lines[i]}\n    run ${other + 1}: ${all[other]}`)
  }
  return found
}

/** A digest of the outcomes of each component; those of the random modules together. */
export async function digestsOf({ tasks: lines }: Outcomes, tasks: readonly Task[]): Promise<Figures> {
  const texts = new Map<string, string>()
  for (const [i, { component }] of tasks.entries()) {
    const name = component.replace(/-\d+$/, '')
    texts.set(name, `${texts.get(name) ?? ''}${lines[i]}\n`)
  }
  return new Map(await Promise.all([...texts].map(async ([name, text]) => [name, await sha256(text)] as const)))
}

/** Figures as the text of a file, a line each, in the order of their names; and back. */
export function printTable(figures: Figures): string {
  const names = [...figures.keys()].sort()
  return names.map(name => `${name}: ${figures.get(name)}\n`).join('')
}

export function readTable(text: string): Figures {
  const lines = text.split('\n').filter(line => line !== '')
  return new Map(lines.map(line => [line.slice(0, line.lastIndexOf(': ')), line.slice(line.lastIndexOf(': ') + 2)]))
}
