import type { Lines } from '../../../grammar/source.ts'
import { tokenTypes, type Class } from './classes.ts'

/** So many numbers are written before there has to be more room. */
const ROOM = 1024

/** Numbers that become more. */
export class Numbers {
  #numbers = new Uint32Array(ROOM)
  length = 0

  push(a: number, b: number, c: number, d: number, e: number): void {
    if (this.length + 5 > this.#numbers.length) this.#grow(this.length + 5)
    this.#numbers[this.length++] = a
    this.#numbers[this.length++] = b
    this.#numbers[this.length++] = c
    this.#numbers[this.length++] = d
    this.#numbers[this.length++] = e
  }

  append(numbers: Uint32Array): void {
    const end = this.length + numbers.length
    if (end > this.#numbers.length) this.#grow(end)
    this.#numbers.set(numbers, this.length)
    this.length = end
  }

  #grow(least: number): void {
    const grown = new Uint32Array(Math.max(least, 2 * this.#numbers.length))
    grown.set(this.#numbers.subarray(0, this.length))
    this.#numbers = grown
  }

  /** Good until more is written. */
  part(from: number, to: number = this.length): Uint32Array {
    return this.#numbers.subarray(from, to)
  }

  /** Gives all of them away, and begins anew. */
  taken(): Uint32Array {
    const all = this.#numbers.slice(0, this.length)
    if (this.#numbers.length > ROOM) this.#numbers = new Uint32Array(ROOM)
    this.length = 0
    return all
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
   * @param data their numbers, of which those of the first one may be relative to anything
   */
  item(place: number, tokens: Encoded, data: Uint32Array): void {
    const lines = this.#lines
    const first = this.#lineOf(place)
    const line = first + tokens.firstLine
    const column = tokens.firstLine === 0 ? place - lines.startOf(first)! + tokens.firstColumn : tokens.firstColumn
    this.#write(line, lines.startOf(line)! + column, data[2]!, data[3]!, data[4]!)
    this.#data.append(data.subarray(5))
    this.goOn(place, tokens)
  }

  /**
   * Tokens that were written before, from the place of the first one to that of the last one.
   *
   * @param data their numbers, of which those of the first one may be relative to anything
   */
  run(first: number, data: Uint32Array, last: number): void {
    this.#write(this.#lines.lineOf(first), first, data[2]!, data[3]!, data[4]!)
    this.#data.append(data.subarray(5))
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
