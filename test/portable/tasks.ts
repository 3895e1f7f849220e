import { corpus, type Inputs, repeated, type Task } from './corpus.ts'
import { lineOf, type Seen } from './outcome.ts'

/** What the tasks came to in one place: a line each, and the lines of all runs of those that are repeated. */
export interface Outcomes {
  tasks: string[]
  repeats: string[][]
}

export const runs = 100

export async function runTasks(inputs: Inputs, call: (task: Task) => Seen | Promise<Seen>): Promise<Outcomes> {
  const line = async (task: Task): Promise<string> => lineOf(await call(task))
  const all = corpus(inputs)
  const tasks = await Promise.all(all.map(line))
  const repeats: string[][] = []
  for (const task of all.slice(0, repeated))
    repeats.push(await Promise.all(Array.from({ length: runs }, () => line(task))))
  return { tasks, repeats }
}
