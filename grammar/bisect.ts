/** The number of the first of many in a row for which something holds that holds for all that follow too; else how many there are. */
export function firstOf<T>(all: ArrayLike<T>, holds: (one: T) => boolean): number {
  let [low, high] = [0, all.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (holds(all[middle]!)) high = middle
    else low = middle + 1
  }
  return low
}
