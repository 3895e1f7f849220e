import { lex } from '../../grammar/tokens.ts'

/** A program with one token deleted, doubled, or swapped with the next one. */
export interface Mutant {
  kind: 'delete' | 'duplicate' | 'swap'
  text: string
  /** Where the text differs from the program; offsets into the mutant. */
  start: number
  end: number
}

/** Every mutant of a program, of which a test takes some. */
export function* mutantsOf(text: string): Generator<Mutant> {
  const tokens = lex(text).tokens.map(token => ({
    image: token.image,
    start: token.startOffset,
    end: token.startOffset + token.image.length,
  }))
  const cut = (start: number, end: number, by: string): string => text.slice(0, start) + by + text.slice(end)
  for (const [index, { image, start, end }] of tokens.entries()) {
    const next = tokens[index + 1]
    // What was deleted is missing somewhere between its neighbours.
    const gapEnd = (next?.start ?? text.length) - image.length
    yield { kind: 'delete', text: cut(start, end, ''), start: tokens[index - 1]?.end ?? 0, end: gapEnd }
    const twice = `${image} ${image}`
    yield { kind: 'duplicate', text: cut(start, end, twice), start, end: start + twice.length }
    if (!next || next.image === image) continue
    const swapped = next.image + text.slice(end, next.start) + image
    yield { kind: 'swap', text: cut(start, next.end, swapped), start, end: next.end }
  }
}

/** Whether a span touches a mutation, or lies on one of its lines. */
export function touches(mutant: Mutant, span: { start: number; end: number }): boolean {
  const { text } = mutant
  const from = text.lastIndexOf('\n', mutant.start - 1) + 1
  const after = text.indexOf('\n', mutant.end)
  return span.start <= (after < 0 ? text.length : after) && span.end >= from
}
