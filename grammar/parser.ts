import { ItemParser } from './parser/items.ts'

/** The grammar, chapter by chapter in `parser/`: types, expressions, statements, items. */
export class IpvmParser extends ItemParser {
  constructor(options: { skipValidations: boolean }) {
    super(options.skipValidations)
    this.performSelfAnalysis()
  }
}

let parser: IpvmParser | undefined

/** The one parser, built when the first text is parsed. */
export function theParser(): IpvmParser {
  parser ??= new IpvmParser({ skipValidations: true })
  return parser
}
