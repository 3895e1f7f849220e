/** A set of numbers below a fixed size that gives its least member: a bitmap with a bitmap over it, and so on. */
export class ReadySet {
  readonly #levels: Uint32Array[] = []

  /** Every operation touches one word a level, of which there are at most seven for 2^32 members. */
  constructor(size: number) {
    let words = Math.max(1, size)
    do {
      words = (words + 31) >>> 5
      this.#levels.push(new Uint32Array(words))
    } while (words > 1)
  }

  add(member: number): void {
    for (const level of this.#levels) {
      const word = member >>> 5
      const before = level[word]!
      level[word] = before | (1 << (member & 31))
      if (before !== 0) return
      member = word
    }
  }

  delete(member: number): void {
    for (const level of this.#levels) {
      const word = member >>> 5
      level[word] = level[word]! & ~(1 << (member & 31))
      if (level[word] !== 0) return
      member = word
    }
  }

  /** The least member, -1 where there is none. */
  first(): number {
    let at = 0
    for (let level = this.#levels.length - 1; level >= 0; level--) {
      const word = this.#levels[level]![at]!
      if (word === 0) return -1
      at = at * 32 + lowestBit(word)
    }
    return at
  }
}

function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word)
}
