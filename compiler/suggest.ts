import { distance } from 'fastest-levenshtein'

/** The name that was most likely meant: at most a third of the letters differ. Undefined where none is near. */
export function suggest(name: string, known: Iterable<string>): string | undefined {
  if (name.length > MAX_LENGTH) return undefined
  let best: string | undefined
  let least = Math.max(1, Math.floor(name.length / 3)) + 1
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) >= least || candidate === name) continue
    const steps = candidate.toLowerCase() === name.toLowerCase() ? 0 : distance(name, candidate)
    if (steps < least) [best, least] = [candidate, steps]
  }
  return best
}
const MAX_LENGTH = 100
