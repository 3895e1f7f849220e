import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import oniguruma from 'vscode-oniguruma'
import textmate, { type IGrammar } from 'vscode-textmate'
import { grammarFile } from '../../editors/textmate.ts'

export interface Scoped {
  text: string
  /** Offset into the whole text. */
  start: number
  /** From the outside in, without the name of the language. */
  scopes: string[]
}

let loaded: Promise<IGrammar> | undefined

/** The grammar as the extension ships it, in the machine that Visual Studio Code runs it in. */
async function load(): Promise<IGrammar> {
  await oniguruma.loadWASM(readFileSync(createRequire(import.meta.url).resolve('vscode-oniguruma/release/onig.wasm')))
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: patterns => new oniguruma.OnigScanner(patterns),
      createOnigString: text => new oniguruma.OnigString(text),
    }),
    loadGrammar: async () => textmate.parseRawGrammar(readFileSync(grammarFile, 'utf8'), grammarFile),
  })
  return (await registry.loadGrammar('source.ipvm'))!
}

/** A text in pieces of one scope each, white space included. */
export async function tokenise(text: string): Promise<Scoped[]> {
  const grammar = await (loaded ??= load())
  const found: Scoped[] = []
  let state = textmate.INITIAL
  let offset = 0
  for (const line of text.split('\n')) {
    const { tokens, ruleStack, stoppedEarly } = grammar.tokenizeLine(line, state)
    if (stoppedEarly) throw new Error(`the grammar takes too long on ${JSON.stringify(line.slice(0, 80))}`)
    for (const { startIndex, endIndex, scopes } of tokens)
      found.push({
        text: line.slice(startIndex, endIndex),
        start: offset + startIndex,
        scopes: scopes.filter(scope => scope !== 'source.ipvm').map(scope => scope.replace(/\.ipvm$/, '')),
      })
    state = ruleStack
    offset += line.length + 1
  }
  return found
}

/** Whether a piece has the colour of a keyword. */
export function isKeyword({ scopes }: Scoped): boolean {
  return /^(keyword\.(control|operator\.as\b)|storage|constant\.language\.boolean)/.test(scopes.at(-1) ?? '')
}
