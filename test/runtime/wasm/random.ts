/** Numbers from a seed (mulberry32). */
export class Random {
  #state: number
  constructor(seed: number) {
    this.#state = seed
  }
  /** From 0 up to, not with, `below`. */
  to(below: number): number {
    let t = (this.#state += 0x6d2b79f5)
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
  /** Once in `times`. */
  one(times: number): boolean {
    return this.to(times) === 0
  }
  of<T>(list: readonly T[]): T {
    return list[this.to(list.length)]!
  }
}
