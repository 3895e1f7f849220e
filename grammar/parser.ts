import { EffectParser } from './parser/effects.ts'

/** The grammar, chapter by chapter in `parser/`: types, expressions, patterns, statements, items, effects. */
export class IpvmParser extends EffectParser {
  /** Says what kind of item the next tokens belong to. */
  begin(inTest: boolean): void {
    this.inTest = inTest
  }
}

let parser: IpvmParser | undefined

/** The one parser; it keeps nothing of a text but for the time that it takes. */
export function theParser(): IpvmParser {
  parser ??= new IpvmParser()
  return parser
}
