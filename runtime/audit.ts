/**
 * Has some of what was remembered executed again, to compare. Which: so many of those that have come up, each as likely as
 * any other, so that runs one after the other come to look at all.
 */
export class Audit {
  readonly #counts: { checked?: number }
  readonly #random: () => number
  #left: number
  #offered = 0
  #picked: (() => Promise<void>)[] = []

  /**
   * @param count at most so many
   * @param random gives numbers from 0 up to 1
   * @param counts takes how many were executed again
   */
  constructor(count: number, random: () => number, counts: { checked?: number }) {
    this.#left = count
    this.#random = random
    this.#counts = counts
    counts.checked = 0
  }

  /** @param again executes what was remembered, and throws where it comes to something else */
  offer(again: () => Promise<void>): void {
    // Reservoir sampling: nobody knows how many there will be.
    const at = this.#picked.length < this.#left ? this.#picked.length : Math.floor(this.#random() * (this.#offered + 1))
    this.#offered++
    if (at < this.#left) this.#picked[at] = again
  }

  /** Executes what was picked since the last time. */
  async settle(): Promise<void> {
    const picked = this.#picked
    this.#picked = []
    this.#offered = 0
    this.#left -= picked.length
    await Promise.all(
      picked.map(async again => {
        await again()
        this.#counts.checked!++
      }),
    )
  }
}
