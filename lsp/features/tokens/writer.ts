import type { Lines } from '../../../grammar/source.ts'
import { tokenTypes, type Class } from './classes.ts'

/** So many numbers are written before there has to be more room. */
const ROOM = 1024
/** Pieces of so many numbers are not copied: nobody writes into them any more. */
const LARGE = 16_000

/** Numbers that become more, five at a time: pieces, and what is written behind them. */
export class Numbers {
  #pieces: Uint32Array[] = []
  /** How many numbers those have. */
  #closed = 0
  #open = new Uint32Array(ROOM)
  #size = 0

  get length(): number {
    return this.#closed + this.#size
  }

  /** Begins anew. */
  clear(): void {
    this.#pieces = []
    this.#closed = this.#size = 0
  }

  push(a: number, b: number, c: number, d: number, e: number): void {
    if (this.#size + 5 > this.#open.length) this.#makeRoom(5)
    const open = this.#open
    open[this.#size++] = a
    open[this.#size++] = b
    open[this.#size++] = c
    open[this.#size++] = d
    open[this.#size++] = e
  }

  append(numbers: Uint32Array): void {
    if (numbers.length >= LARGE) {
      this.#close()
      this.#pieces.push(numbers)
      this.#closed += numbers.length
      return
    }
    if (this.#size + numbers.length > this.#open.length) this.#makeRoom(numbers.length)
    this.#open.set(numbers, this.#size)
    this.#size += numbers.length
  }

  #makeRoom(more: number): void {
    if (this.#size >= LARGE) this.#close()
    const least = this.#size + more
    if (least <= this.#open.length) return
    const grown = new Uint32Array(Math.max(least, 2 * this.#open.length))
    grown.set(this.#open.subarray(0, this.#size))
    this.#open = grown
  }

  #close(): void {
    if (this.#size === 0) return
    this.#pieces.push(this.#open.slice(0, this.#size))
    this.#closed += this.#size
    this.#size = 0
  }

  /** All of them in pieces; those that are not large are good until more is written. */
  get pieces(): Uint32Array[] {
    if (this.#size >= LARGE) this.#close()
    return this.#size === 0 ? this.#pieces : [...this.#pieces, this.#open.subarray(0, this.#size)]
  }
}

/** Writes tokens in their order, each by its distance from the one before. */
export class Writer {
  readonly #data: Numbers
  readonly #lines: Lines
  /** Line of what was written last, and where it starts. */
  #line: number
  #start: number
  /** The line that was looked up last. */
  #at: number
  /** Where the first token starts that was written since this was taken away. */
  first: number | undefined

  /** @param line from which the first token is counted; it is 0 in a file */
  constructor(data: Numbers, lines: Lines, line = 0) {
    this.#data = data
    this.#lines = lines
    this.#line = line
    this.#start = lines.startOf(line)!
    this.#at = line
  }

  /** One that goes over lines becomes one for each of them. */
  token(start: number, end: number, { type, modifiers = 0 }: Class): void {
    const lines = this.#lines
    for (let from = start; from < end;) {
      const line = this.#lineOf(from)
      const next = lines.startOf(line + 1) ?? Infinity
      const to = next > end ? end : Math.max(from, lines.endOf(line + 1))
      if (to > from) this.#write(line, from, to - from, tokenTypes.indexOf(type), modifiers)
      from = Math.min(end, next)
    }
  }

  /**
   * The tokens of an item that begins at a place.
   *
   * @param pieces their numbers, of which those of the first one may be relative to anything
   */
  item(place: number, tokens: Encoded, pieces: readonly Uint32Array[]): void {
    const lines = this.#lines
    const first = this.#lineOf(place)
    const line = first + tokens.firstLine
    const column = tokens.firstLine === 0 ? place - lines.startOf(first)! + tokens.firstColumn : tokens.firstColumn
    this.#first(line, lines.startOf(line)! + column, pieces)
    this.goOn(place, tokens)
  }

  /**
   * Tokens that were written before, from the place of the first one to that of the last one.
   *
   * @param pieces their numbers, of which those of the first one may be relative to anything
   */
  run(first: number, pieces: readonly Uint32Array[], last: number): void {
    this.#first(this.#lines.lineOf(first), first, pieces)
    this.#line = this.#at = this.#lines.lineOf(last)
    this.#start = last
  }

  /** Goes on behind an item that begins at a place. */
  goOn(place: number, { lines, last }: Encoded): void {
    const first = this.#lines.lineOf(place)
    this.#line = first + lines
    this.#start = lines === 0 ? place + last : this.#lines.startOf(this.#line)! + last
    this.#at = this.#line
  }

  /** Tokens of which the first one is written anew. */
  #first(line: number, start: number, pieces: readonly Uint32Array[]): void {
    const [first, ...others] = pieces
    this.#write(line, start, first![2]!, first![3]!, first![4]!)
    this.#data.append(first!.subarray(5))
    for (const piece of others) this.#data.append(piece)
  }

  #write(line: number, start: number, length: number, type: number, modifiers: number): void {
    const down = line - this.#line
    const column = start - (down === 0 ? this.#start : this.#lines.startOf(line)!)
    this.#data.push(down, column, length, type, modifiers)
    this.first ??= start
    this.#line = line
    this.#start = start
  }

  /** The line of an offset, from 0; offsets come in order. */
  #lineOf(offset: number): number {
    for (let next; (next = this.#lines.startOf(this.#at + 1)) !== undefined && next <= offset;) this.#at++
    return this.#at
  }

  get line(): number {
    return this.#line
  }
  get start(): number {
    return this.#start
  }
}

/** Where the first and the last token of an item are, wherever it stands. */
export interface Encoded {
  /** How many lines below the item, and how far from it, or from the beginning of the line. */
  firstLine: number
  firstColumn: number
  lines: number
  last: number
}
