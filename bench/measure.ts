/**
 * The least time of each of some pieces of work, run in turn, so that a noisy moment hits all of them alike.
 *
 * @returns milliseconds
 */
export async function best(works: (() => unknown)[], rounds = 7): Promise<number[]> {
  const least = works.map(() => Infinity)
  for (let round = 0; round < rounds; round++)
    for (const [i, work] of works.entries()) {
      const start = performance.now()
      await work()
      least[i] = Math.min(least[i]!, performance.now() - start)
    }
  return least
}

/** Prints two figures of one run and their ratio. */
export function ratio(name: string, ms: number, peer: string, peerMs: number, count: number): void {
  const rate = (time: number): string => `${Math.round((count / time) * 1000).toLocaleString('en')}/s`
  console.log(`${name}: ${rate(ms)}; ${peer}: ${rate(peerMs)}; ratio ${(ms / peerMs).toFixed(2)}`)
}
