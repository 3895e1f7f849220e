/**
 * Visits every state that a model can come to, whatever happens in whatever order (explicit-state model checking, breadth
 * first).
 *
 * @param next the states that can follow, each with the name of what has happened
 * @param wrong what must never be; undefined where all is well
 * @returns how many states there are; or the shortest way to one that is wrong, or from which no end can be reached
 */
export function explore<State>(
  start: State,
  next: (state: State) => Iterable<[step: string, state: State]>,
  wrong: (state: State) => string | undefined,
  isEnd: (state: State) => boolean,
): { states: number } | { wrong: string; way: string[] } {
  const numbers = new Map<string, number>()
  const states: State[] = []
  const from: number[] = []
  const steps: string[] = []
  const before: number[][] = []
  const add = (state: State, parent: number, step: string): number => {
    const key = JSON.stringify(state)
    const known = numbers.get(key)
    if (known !== undefined) return known
    numbers.set(key, states.length)
    from.push(parent)
    steps.push(step)
    before.push([])
    return states.push(state) - 1
  }
  const wayTo = (at: number): string[] => (at === 0 ? [] : [...wayTo(from[at]!), steps[at]!])

  add(start, -1, '')
  for (let at = 0; at < states.length; at++) {
    const fault = wrong(states[at]!)
    if (fault !== undefined) return { wrong: fault, way: wayTo(at) }
    for (const [step, state] of next(states[at]!)) before[add(state, at, step)]!.push(at)
  }
  const ending = states.map(isEnd)
  const open = [...ending.keys()].filter(at => ending[at])
  for (let at = open.pop(); at !== undefined; at = open.pop())
    for (const earlier of before[at]!)
      if (!ending[earlier]) {
        ending[earlier] = true
        open.push(earlier)
      }
  const stuck = ending.indexOf(false)
  return stuck < 0 ? { states: states.length } : { wrong: 'it cannot come to an end', way: wayTo(stuck) }
}
