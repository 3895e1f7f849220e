import { distance } from 'fastest-levenshtein'

/** A name that may be meant; an object where something else may be meant as well. */
export type Near = string | { name: string; guess: true }

/**
 * The name that was most likely meant: at most a third of the letters differ, two that were exchanged count as one.
 * Undefined where none is near.
 */
export function suggest(name: string, known: Iterable<string>): string | undefined {
  const near = nearest(name, known)
  return near === undefined ? undefined : nameOf(near)
}

/** As {@link suggest}, and whether no other one can be meant. */
export function nearest(name: string, known: Iterable<string>): Near | undefined {
  if (name.length > MAX_LENGTH) return undefined
  let best: string | undefined
  let isOnly = true
  // Of a name of one letter nothing would be left.
  let least = name.length === 1 ? 1 : Math.max(1, Math.floor(name.length / 3)) + 1
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) > least || candidate === name || candidate === best) continue
    const steps = candidate.toLowerCase() === name.toLowerCase() ? 0 : stepsBetween(name, candidate)
    if (steps === least) isOnly = false
    else if (steps < least) [best, least, isOnly] = [candidate, steps, true]
  }
  return best === undefined || (isOnly && isSlip(name, best, least)) ? best : { name: best, guess: true }
}
const MAX_LENGTH = 100

export function nameOf(near: Near): string {
  return typeof near === 'string' ? near : near.name
}

/** Something made of a near name, as sure as that is. */
export function madeOf(near: Near, make: (name: string) => string): Near {
  return typeof near === 'string' ? make(near) : { ...near, name: make(near.name) }
}

function stepsBetween(name: string, candidate: string): number {
  const steps = distance(name, candidate)
  return steps === 2 && isSwapped(name, candidate) ? 1 : steps
}

/** Whether two neighbours of one name stand the other way round in the other. */
function isSwapped(a: string, b: string): boolean {
  const at = [...a].findIndex((letter, i) => letter !== b[i])
  return a.length === b.length && a[at] === b[at + 1] && a[at + 1] === b[at] && a.slice(at + 2) === b.slice(at + 2)
}

/** Whether a name is another one that was typed wrongly, and not one that is alike: `part2` is not `part1`, `raw` not `row`. */
function isSlip(name: string, meant: string, steps: number): boolean {
  if (name.replace(/\D/g, '') !== meant.replace(/\D/g, '')) return false
  const { length } = name
  if (length < 4)
    return steps === 0 || (steps === 1 && length > 1 && (meant.length !== length || isSwapped(name, meant)))
  return steps <= Math.max(1, Math.floor(length / 4))
}
