import { firstOf } from '../../grammar/bisect.ts'
import type { ModuleChecker } from '../../compiler/module.ts'
import { sameEnds } from '../../compiler/replaced.ts'
import type { Item } from '../../grammar/nodes.ts'
import type { Change, Lines } from '../../grammar/source.ts'
import type { Range, View } from '../interface.ts'
import { classOfComment } from './tokens/classes.ts'
import { Encoding } from './tokens/encoding.ts'
import { isCurrent, ItemTokens, type Before, type KnownItem } from './tokens/item.ts'
import { Numbers, Writer } from './tokens/writer.ts'

export { tokenModifiers, tokenTypes } from './tokens/classes.ts'
export { Encoding, tokenEdit } from './tokens/encoding.ts'

/**
 * The tokens of a file, or of those of its items and comments that touch a range, in the encoding of the protocol: five
 * numbers each, lines and characters relative to the token before, from the beginning of the file.
 */
export function semanticTokens(view: View, range?: Range): Uint32Array {
  return range ? tokensIn(view, range) : fileTokens(view).flat
}

/** All tokens of a file, which share what is the same with those that were found before. */
export function fileTokens(view: View): Encoding {
  const found = new FileTokens(view, known.get(view.checker)).make()
  known.set(view.checker, found)
  return found.data
}

/** The tokens of a file, as they were found the last time. */
interface KnownFile {
  items: readonly Item[]
  lines: Lines
  /** The same as long as its names are for each other what they were. */
  meanings: object
  data: Encoding
  /** Where the numbers of each item start, with those of the comments above it, and those of the comments below all. */
  starts: Uint32Array
  of: KnownItem[]
}

const known = new WeakMap<ModuleChecker, KnownFile>()
/** What is written of an item before it is known what stands before it. */
const scratch = new Numbers()

/** Writes the tokens of a file, those of what has not changed as they were. */
class FileTokens {
  readonly #view: View
  readonly #before: KnownFile | undefined
  readonly #data = new Numbers()
  readonly #writer: Writer
  readonly #starts: Uint32Array
  readonly #of: KnownItem[] = []
  #change: Change | undefined
  /** The first comment that is not written yet. */
  #comment = 0

  constructor(view: View, before: KnownFile | undefined) {
    this.#view = view
    this.#before = before
    this.#writer = new Writer(this.#data, view.lines)
    this.#starts = new Uint32Array(view.tree.items.length + 1)
  }

  make(): KnownFile {
    const { tree, lines, checker } = this.#view
    const { items } = tree
    const { first, behind } = this.#same()
    const shift = (this.#before?.items.length ?? 0) - items.length
    for (let at = 0; at < items.length;) {
      const from = at < first ? at : at + shift
      const most = at < first ? first - at : at < behind ? 0 : items.length - at
      const count = this.#current(at, from, most)
      if (count === 0) this.#write(at)
      else this.#keep(at, from, count)
      at += Math.max(1, count)
    }
    this.#starts[items.length] = this.#data.length
    this.#commentsTo(Infinity)
    return {
      items,
      lines,
      meanings: checker.meanings,
      data: new Encoding(this.#data.pieces),
      starts: this.#starts,
      of: this.#of,
    }
  }

  /** The items before `first`, and those from `behind` on, are what they were, with what stands above them. */
  #same(): { first: number; behind: number } {
    const { tree, lines } = this.#view
    const { items } = tree
    if (!this.#before) return { first: 0, behind: items.length }
    this.#change = lines.changeFrom(this.#before.lines)
    const { start, newEnd } = this.#change
    const same = sameEnds(this.#before.items, items)
    // What stands between two items has changed where both of them have not.
    const above = firstOf(items, ({ end }) => end >= start)
    const below = firstOf(items, ({ end }) => end >= newEnd) + 1
    return { first: Math.min(same.first, above), behind: Math.max(items.length - same.last, below) }
  }

  /** How many items from one on, up to so many, are what they were from a number on. */
  #current(at: number, from: number, most: number): number {
    const before = this.#before
    if (!before || most === 0) return 0
    if (before.meanings === this.#view.checker.meanings) return most
    const { items } = this.#view.tree
    let count = 0
    while (count < most && isCurrent(this.#view, items[at + count]!, before.of[from + count]!)) count++
    return count
  }

  /** Writes items that are what they were: the first one anew, as it stands behind others, and the rest as it is. */
  #keep(at: number, from: number, count: number): void {
    const { data, starts, of } = this.#before!
    const { items } = this.#view.tree
    let written = at
    // Behind an item without tokens the next one stands behind what is before that.
    for (let isOpen = true; isOpen && written < at + count; written++) {
      const item = of[from + written - at]!
      const end = starts[from + written - at + 1]!
      this.#put(written, item, data.pieces(end - item.size, end))
      isOpen = item.size === 0
    }
    if (written === at + count) return
    const start = starts[from + written - at]!
    const shift = this.#data.length - start
    for (let i = written; i < at + count; i++) {
      this.#starts[i] = starts[from + i - at]! + shift
      this.#of.push(of[from + i - at]!)
    }
    for (const piece of data.pieces(start, starts[from + count]!)) this.#data.append(piece)
    const last = items[at + count - 1]!
    this.#writer.goOn(last.start, of[from + count - 1]!)
    this.#comment = firstOf(this.#view.comments, comment => comment.start >= last.end)
  }

  #write(at: number): void {
    const node = this.#view.tree.items[at]!
    const item = new ItemTokens(this.#view, node, scratch, this.#itemBefore(at, node)).make()
    this.#put(at, item, scratch.pieces)
  }

  /** The item that had some of the lines of this one. */
  #itemBefore(at: number, item: Item): Before | undefined {
    if (item.kind !== 'Job' || !this.#before || !this.#change) return undefined
    const { items, of, starts, data } = this.#before
    const [first, last] = [item.body.statements[0], item.body.statements.at(-1)]
    for (const number of [at, at + items.length - this.#view.tree.items.length]) {
      const known = of[number]
      if (!known?.body || (known.body.nodes[0] !== first && known.body.nodes.at(-1) !== last)) continue
      return { lines: known.body, data, start: starts[number + 1]! - known.size, change: this.#change }
    }
    return undefined
  }

  #put(at: number, tokens: KnownItem, pieces: readonly Uint32Array[]): void {
    const item = this.#view.tree.items[at]!
    this.#starts[at] = this.#data.length
    this.#of.push(tokens)
    this.#commentsTo(item.start)
    const { comments } = this.#view
    // Those in it are found with its tokens.
    while (this.#comment < comments.length && comments[this.#comment]!.start < item.end) this.#comment++
    if (tokens.size > 0) this.#writer.item(item.start, tokens, pieces)
  }

  #commentsTo(end: number): void {
    const { comments } = this.#view
    for (let next = comments[this.#comment]; next && next.start < end; next = comments[++this.#comment])
      this.#writer.token(next.start, next.end, classOfComment(next))
  }
}

/** The tokens of the items and comments that touch a range. */
function tokensIn(view: View, range: Range): Uint32Array {
  const data = new Numbers()
  const writer = new Writer(data, view.lines)
  const touches = ({ start, end }: Range): boolean => start <= range.end && range.start <= end
  const places = [...view.tree.items, ...view.comments].filter(touches).sort((a, b) => a.start - b.start)
  let end = -1
  for (const place of places) {
    // Comments in an item are found with its tokens.
    if (place.start < end) continue
    if ('text' in place) writer.token(place.start, place.end, classOfComment(place))
    else {
      const item = new ItemTokens(view, place, scratch).make()
      if (item.size > 0) writer.item(place.start, item, scratch.pieces)
      end = place.end
    }
  }
  return new Encoding(data.pieces).flat
}
