/** A set of numbers below a fixed size that gives its least member: a bitmap with a bitmap over it, and so on. */
export interface ReadySet {
  add(member: number): void
  delete(member: number): void
  /** The least member, -1 where there is none. */
  first(): number
}

/** Every operation touches one word a level, of which there are at most seven for 2^32 members. */
export function createReadySet(size: number): ReadySet {
  const levels: Uint32Array[] = []
  let words = Math.max(1, size)
  do {
    words = (words + 31) >>> 5
    levels.push(new Uint32Array(words))
  } while (words > 1)

  return {
    add(member) {
      for (const level of levels) {
        const word = member >>> 5
        const before = level[word]!
        level[word] = before | (1 << (member & 31))
        if (before !== 0) return
        member = word
      }
    },
    delete(member) {
      for (const level of levels) {
        const word = member >>> 5
        level[word] = level[word]! & ~(1 << (member & 31))
        if (level[word] !== 0) return
        member = word
      }
    },
    first() {
      let at = 0
      for (let level = levels.length - 1; level >= 0; level--) {
        const word = levels[level]![at]!
        if (word === 0) return -1
        at = at * 32 + lowestBit(word)
      }
      return at
    },
  }
}

function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word)
}
