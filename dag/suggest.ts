import { distance } from 'fastest-levenshtein'

/**
 * The name that was most likely meant: at most a third of the letters differ, two that were exchanged count as one.
 * Undefined where none is near.
 */
export function suggest(name: string, known: Iterable<string>): string | undefined {
  if (name.length > MAX_LENGTH) return undefined
  let best: string | undefined
  // Of a name of one letter nothing would be left.
  let least = name.length === 1 ? 1 : Math.max(1, Math.floor(name.length / 3)) + 1
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) >= least || candidate === name) continue
    const steps = candidate.toLowerCase() === name.toLowerCase() ? 0 : stepsBetween(name, candidate)
    if (steps < least) [best, least] = [candidate, steps]
  }
  return best
}
const MAX_LENGTH = 100

function stepsBetween(name: string, candidate: string): number {
  const steps = distance(name, candidate)
  return steps === 2 && isSwapped(name, candidate) ? 1 : steps
}

/** Whether two neighbours of one name stand the other way round in the other. */
function isSwapped(a: string, b: string): boolean {
  const at = [...a].findIndex((letter, i) => letter !== b[i])
  return a.length === b.length && a[at] === b[at + 1] && a[at + 1] === b[at] && a.slice(at + 2) === b.slice(at + 2)
}
