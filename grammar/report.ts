import { literalRows } from './diagnostics/literals.ts'
import { diagnose, type Diagnostic, type DiagnosticName, type ParamsOf } from './diagnostics.ts'
import { EOF } from 'chevrotain'
import type { Statement } from './layout.ts'
import { Lines, positionAt } from './source.ts'
import { endOf, LineEnd, TemplateEnd, TemplateMiddle, TemplateStart, Text, type IToken } from './tokens.ts'

export interface Place {
  start: number
  end: number
}

type More = Omit<NonNullable<Parameters<typeof diagnose>[3]>, 'related'> & {
  related?: { message: string; at: Place }[]
}

/** More than this says nothing new, and a hostile text must not fill the memory with messages. */
export const maxDiagnostics = 500

/**
 * Collects what is wrong with one text. What the lexer and the layout find is certain; what the parser finds may
 * follow from it, so it is dropped where the same statement has a message already: one mistake gives one error.
 */
export class Reports {
  readonly file: string
  readonly text: string
  private readonly certain: Diagnostic[] = []
  private readonly possible: Diagnostic[] = []
  private readonly quiet: Place[] = []
  private lines: Lines | undefined
  /** The last offset of which something was told. */
  last = -1

  constructor(file: string, text: string) {
    this.file = file
    this.text = text
  }

  certainly<N extends DiagnosticName>(name: N, params: ParamsOf<N>, at: Place, more: More = {}): void {
    if (this.certain.length < maxDiagnostics) this.certain.push(this.make(name, params, at, more))
  }

  possibly<N extends DiagnosticName>(name: N, params: ParamsOf<N>, at: Place, more: More = {}): void {
    if (this.possible.length < 20 * maxDiagnostics) this.possible.push(this.make(name, params, at, more))
  }

  /** Number of certain mistakes. */
  get count(): number {
    return this.certain.length
  }

  /** Whether there are so many that some may have been left out. */
  get isFull(): boolean {
    return this.certain.length === maxDiagnostics || this.quiet.length === maxDiagnostics
  }

  /** Line of an offset, from 1. */
  lineOf(offset: number): number {
    this.lines ??= new Lines(this.text)
    return positionAt(this.lines, offset).line
  }

  /** Makes the parser's messages about a range void. */
  silence(start: number, end: number): void {
    if (this.quiet.length < maxDiagnostics) this.quiet.push({ start, end })
  }

  /** Number of certain mistakes in a part of the text. */
  countIn({ start, end }: Place): number {
    return this.certain.filter(({ span }) => start <= span.start && span.start < end).length
  }

  /** Puts what another one has collected of a part of the text in the place of what this one has. */
  replace(place: Place, other: Reports): void {
    const isOut = ({ start }: Place): boolean => start < place.start || place.end <= start
    put(this.certain, [...this.certain.filter(({ span }) => isOut(span)), ...other.certain])
    put(this.quiet, [...this.quiet.filter(isOut), ...other.quiet])
  }

  /**
   * The messages that stay, in order of the source.
   *
   * @param statements where statements start and go on, ascending
   */
  settle(statements: Statement[]): Diagnostic[] {
    const taken = new Set<number>()
    const lines = new Set<number>()
    const seen = new Set<string>()
    const kept: Diagnostic[] = []
    const keep = (d: Diagnostic): void => {
      taken.add(statementOf(statements, d.span.start))
      lines.add(this.lineOf(d.span.start))
      kept.push(d)
    }
    // A literal is wrong for itself, whatever else is wrong with its line.
    for (const d of this.certain) {
      const key = `${d.name} ${d.span.start} ${d.span.end}`
      if (!Object.hasOwn(literalRows, d.name) || seen.has(key)) continue
      seen.add(key)
      keep(d)
    }
    const isFree = ({ span: { start } }: Diagnostic): boolean =>
      !taken.has(statementOf(statements, start)) && !lines.has(this.lineOf(start))
    for (const d of this.certain.sort(bySpan)) if (!Object.hasOwn(literalRows, d.name) && isFree(d)) keep(d)
    for (const d of this.possible.sort(bySpan)) {
      const { start } = d.span
      if (isFree(d) && !this.quiet.some(q => q.start <= start && start <= q.end)) keep(d)
    }
    return kept.sort(bySpan).slice(0, maxDiagnostics)
  }

  private make<N extends DiagnosticName>(name: N, params: ParamsOf<N>, at: Place, more: More): Diagnostic {
    const { related = [], ...rest } = more
    const spanOf = ({ start, end }: Place) => ({ file: this.file, start, end })
    this.last = Math.max(this.last, at.start)
    return diagnose(name, params, spanOf(at), {
      ...rest,
      related: related.map(r => ({ message: r.message, span: spanOf(r.at) })),
    })
  }
}

function put<T>(list: T[], all: T[]): void {
  list.length = 0
  for (const one of all.slice(0, maxDiagnostics)) list.push(one)
}

function bySpan(a: Diagnostic, b: Diagnostic): number {
  return a.span.start - b.span.start || a.span.end - b.span.end
}

/** The statement that an offset belongs to. */
function statementOf(statements: Statement[], offset: number): number {
  let low = 0
  let high = statements.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (statements[middle]!.start <= offset) low = middle + 1
    else high = middle
  }
  return statements[low - 1]?.id ?? 0
}

export function placeOf(token: IToken): Place {
  return { start: token.startOffset, end: endOf(token) }
}

/** A token in words for a message; long ones are cut, and none can print control characters. */
export function shown(token: IToken): string {
  if (token.tokenType === EOF) return 'the end'
  if (token.tokenType === LineEnd) return 'the end of the line'
  if (token.tokenType === TemplateStart) return 'a text'
  if (token.tokenType === TemplateMiddle || token.tokenType === TemplateEnd) return '`}`'
  if (token.tokenType === Text && token.image.length > 24) return 'a text'
  return `\`${cut(token.image)}\``
}

/** Source text inside a message. */
export function cut(text: string): string {
  const short = text.length > 40 ? `${text.slice(0, 36)}…` : text
  return short.replace(/[^\x20-\x7e\u00a1-\u2027\u2030-\ud7ff\uf900-\ufdff\uff01-\uffdc…]/g, shownCharacter)
}

/** `U+200B` for a character that cannot be seen or could change how the line is shown. */
export function shownCharacter(character: string): string {
  return `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`
}
