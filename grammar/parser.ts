import { EffectParser } from './parser/effects.ts'

/** The grammar, chapter by chapter in `parser/`: types, expressions, patterns, statements, items, effects. */
export class IpvmParser extends EffectParser {
  /** @param options `skipValidations`: whether to leave out the check of the grammar itself, which takes its time */
  constructor({ skipValidations }: { skipValidations: boolean }) {
    super(skipValidations)
    this.performSelfAnalysis()
  }

  /** Says what kind of item the next tokens belong to. */
  begin(inTest: boolean): void {
    this.inTest = inTest
  }
}

let parser: IpvmParser | undefined

/** The one parser, built when the first text is parsed; it keeps nothing of a text but for the time that it takes. */
export function theParser(): IpvmParser {
  parser ??= new IpvmParser({ skipValidations: true })
  return parser
}
