/** Random numbers that a seed decides (xorshift of 32 bits). */
export function randomFrom(seed: number): (below: number) => number {
  let state = (seed ^ 0x9e3779b9) | 1
  return below => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

/** A file with one to four things wrong in it, which `seed` decides. */
export function mutate(bytes: Uint8Array, seed: number): Uint8Array {
  const random = randomFrom(seed)
  let mutant = Buffer.from(bytes)
  for (let left = 1 + random(4); left > 0 && mutant.length > 0; left--) mutant = mutateOnce(mutant, random)
  return new Uint8Array(mutant)
}

function mutateOnce(bytes: Buffer<ArrayBuffer>, random: (below: number) => number): Buffer<ArrayBuffer> {
  const at = random(bytes.length)
  const length = Math.min(1 + random(16), bytes.length - at)
  const copy = Buffer.from(bytes)
  switch (random(8)) {
    case 0:
    case 1:
      copy[at]! ^= 1 << random(8)
      return copy
    case 2:
      copy[at] = random(256)
      return copy
    case 3:
      return copy.subarray(0, at)
    case 4:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)])
    case 5:
      return Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)])
    case 6:
      // A number that may be a length or an index becomes a large one.
      return Buffer.concat([bytes.subarray(0, at), Buffer.from(large[random(large.length)]!), bytes.subarray(at + 1)])
    default:
      bytes.copy(copy, random(bytes.length - length + 1), at, at + length)
      return copy
  }
}

const large = [
  [0x7f],
  [0xff, 0x7f],
  [0x80, 0x80, 0x04],
  [0xff, 0xff, 0xff, 0xff, 0x07],
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x00],
]
