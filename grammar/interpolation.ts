import { isClosed, quotedStop, scanQuoted } from './scan.ts'

/** Texts without end on one line that are looked at one by one; what follows these is one text. */
const patience = 20

/**
 * Where the lexer stands in texts with `${ }`. Such a text is several tokens, so that what is in it is lexed where it
 * stands and nests like any bracket. It lies on one line: whether it is closed is looked up once, at its first quote.
 */
export class Interpolations {
  /** Open braces of each open `${`, the innermost last. */
  private readonly braces: number[] = []
  /** Where the outermost text ends; beyond it nothing is open. */
  private limit = 0
  /** The end of the line where a text was not closed last, and how many there were. */
  private unclosed = { line: -1, count: 0 }

  reset(): void {
    this.braces.length = 0
    this.limit = 0
    this.unclosed = { line: -1, count: 0 }
  }

  /** Whether an offset lies between `${` and `}`. */
  open(at: number): boolean {
    if (this.braces.length > 0 && at >= this.limit) this.braces.length = 0
    return this.braces.length > 0
  }

  brace(at: number): [string] {
    if (this.open(at)) this.braces[this.braces.length - 1]!++
    return ['{']
  }

  closingBrace(at: number): [string] {
    if (this.open(at)) this.braces[this.braces.length - 1]!--
    return ['}']
  }

  /** `"a ${` */
  start(text: string, at: number): [string] | null {
    const stop = quotedStop(text, at + 1)
    if (text[stop] !== '$') return null
    if (!this.open(at)) {
      if (at < this.unclosed.line && this.unclosed.count > patience) return null
      const end = scanQuoted(text, at, false)
      if (!isClosed(text, at, false)) {
        const count = this.unclosed.line === end ? this.unclosed.count + 1 : 1
        this.unclosed = { line: end, count }
        return null
      }
      this.limit = end
    }
    this.braces.push(0)
    return [text.slice(at, stop + 2)]
  }

  /** `} b ${` */
  middle(text: string, at: number): [string] | null {
    if (!this.closes(at)) return null
    const stop = quotedStop(text, at + 1)
    return text[stop] === '$' ? [text.slice(at, stop + 2)] : null
  }

  /** `} c"` */
  end(text: string, at: number): [string] | null {
    if (!this.closes(at)) return null
    const stop = quotedStop(text, at + 1)
    if (text[stop] !== '"') return null
    this.braces.pop()
    return [text.slice(at, stop + 1)]
  }

  /** A text without `${`, or one whose `${` or closing quote is missing. */
  text(text: string, at: number): [string] {
    const stop = quotedStop(text, at + 1)
    if (text[stop] === '"') return [text.slice(at, stop + 1)]
    if (text[stop] !== '$') return [text.slice(at, stop)]
    if (at < this.unclosed.line && this.unclosed.count > patience) return [text.slice(at, this.unclosed.line)]
    const plain = scanQuoted(text, at, true)
    const line = scanQuoted(text, at, false)
    // With a closing quote for all that follows on the line, it is the `}` that somebody forgot.
    const quotes = text.slice(plain, line).split('"').length - 1
    return [text.slice(at, isClosed(text, at, true) && quotes % 2 === 0 ? plain : line)]
  }

  private closes(at: number): boolean {
    return this.open(at) && this.braces[this.braces.length - 1] === 0
  }
}
