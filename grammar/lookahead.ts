import {
  Alternation,
  Alternative,
  LLkLookaheadStrategy,
  NonTerminal,
  Option,
  Repetition,
  RepetitionMandatory,
  Terminal,
  type ILookaheadStrategy,
  type IProduction,
  type IToken,
  type Rule,
  type TokenType,
} from 'chevrotain'

/** The tokens that something can start with, and whether it can be nothing at all. */
interface First {
  tokens: ReadonlySet<number>
  empty: boolean
}

interface Parser {
  LA(count: number): IToken
}

type Build<K extends 'buildLookaheadForAlternation' | 'buildLookaheadForOptional'> = ILookaheadStrategy[K]

/**
 * One token of lookahead, as `LLkLookaheadStrategy` has it with `maxLookahead: 1`, and its validations. What a rule can
 * start with is found once and not again for each place that names the rule, and a choice is looked up by the index of
 * the token's type: chevrotain's own takes as long to get ready as a short command runs in all, and tries the
 * alternatives one by one where some have gates.
 */
export class OneTokenLookahead extends LLkLookaheadStrategy {
  readonly #rules = new Map<Rule, First>()
  readonly #members = new Map<TokenType, readonly number[]>()

  constructor() {
    super({ maxLookahead: 1 })
  }

  override buildLookaheadForAlternation: Build<'buildLookaheadForAlternation'> = ({ rule, prodOccurrence }) => {
    const choice = find(rule, Alternation, prodOccurrence).definition
    const firsts = choice.map(one => this.#sequence((one as Alternative).definition))
    // What may be nothing fits any token, and comes last.
    const always = firsts.flatMap(({ empty }, at) => (empty ? [at] : []))
    const byToken: number[][] = []
    for (const { tokens } of firsts)
      for (const token of tokens)
        byToken[token] ??= [...firsts.flatMap((first, at) => (first.tokens.has(token) ? [at] : [])), ...always]
    return function (this: Parser, choices) {
      for (const at of byToken[this.LA(1).tokenTypeIdx] ?? always) {
        const gate = choices?.[at]!.GATE
        if (gate === undefined || gate.call(this)) return at
      }
      return undefined
    }
  }

  override buildLookaheadForOptional: Build<'buildLookaheadForOptional'> = ({ rule, prodOccurrence, prodType }) => {
    const kind = { Option, Repetition, RepetitionMandatory }[prodType as string] as typeof Option | undefined
    if (!kind) throw new Error(`${rule.name} has a ${prodType}, for which there is no lookahead`)
    const { tokens } = this.#sequence(find(rule, kind, prodOccurrence).definition)
    const enters: boolean[] = []
    for (const token of tokens) enters[token] = true
    return function (this: Parser) {
      return enters[this.LA(1).tokenTypeIdx] === true
    }
  }

  #sequence(productions: readonly IProduction[]): First {
    const tokens = new Set<number>()
    for (const production of productions) {
      const first = this.#first(production)
      for (const token of first.tokens) tokens.add(token)
      if (!first.empty) return { tokens, empty: false }
    }
    return { tokens, empty: true }
  }

  #first(production: IProduction): First {
    if (production instanceof Terminal) return { tokens: new Set(this.#fitting(production.terminalType)), empty: false }
    if (production instanceof NonTerminal) {
      const { referencedRule } = production
      let known = this.#rules.get(referencedRule)
      if (!known) this.#rules.set(referencedRule, (known = this.#sequence(referencedRule.definition)))
      return known
    }
    if (production instanceof Alternation) {
      const all = production.definition.map(one => this.#sequence((one as Alternative).definition))
      return { tokens: new Set(all.flatMap(({ tokens }) => [...tokens])), empty: all.some(({ empty }) => empty) }
    }
    const { definition } = production as Alternative | Option
    const inside = this.#sequence(definition)
    const may = production instanceof Option || production instanceof Repetition
    return may ? { tokens: inside.tokens, empty: true } : inside
  }

  /** The type itself and the members of a category. */
  #fitting(type: TokenType): readonly number[] {
    let known = this.#members.get(type)
    if (!known) this.#members.set(type, (known = [type.tokenTypeIdx!, ...(type.categoryMatches ?? [])]))
    return known
  }
}

/** The production of a rule that has this number among those of its kind. */
function find<P extends Alternation | Option>(rule: Rule, kind: new (...args: never[]) => P, occurrence: number): P {
  const waiting: IProduction[] = [...rule.definition]
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    if (next instanceof kind && next.idx === occurrence) return next
    if (!(next instanceof NonTerminal) && 'definition' in next) waiting.push(...(next as Option).definition)
  }
  throw new Error(`${rule.name} has no ${kind.name} ${occurrence}`)
}
