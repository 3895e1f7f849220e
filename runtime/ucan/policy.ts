import { isDeeper } from '../../dag/codec.ts'
import { Float, isLink, isMap, type Ipld } from '../../dag/ipld.ts'
import { fail, ok, type Result } from '../../dag/result.ts'
import { parseSelector, select, type Selector } from './selector.ts'

const orders = ['<', '<=', '>', '>='] as const
type Order = (typeof orders)[number]
type Numeric = number | bigint | Float

/** One statement of the policy language (UCAN Delegation 1.0, Policy). */
export type Statement =
  | { op: '==' | '!='; selector: Selector; value: Ipld }
  | { op: Order; selector: Selector; value: Numeric }
  | { op: 'like'; selector: Selector; pattern: string }
  | { op: 'and' | 'or'; statements: readonly Statement[] }
  | { op: 'not'; statement: Statement }
  | { op: 'all' | 'any'; selector: Selector; statement: Statement }

/** All of them hold. */
export type Policy = readonly Statement[]

/** How deep statements stand in each other, and how many one policy has. */
const maxDepth = 32
const maxStatements = 1024
const maxPattern = 1024
/** Comparisons and characters of one evaluation; a policy that needs more does not hold. */
const maxSteps = 1_000_000

/** Reads a policy as a token holds it. An error says what is wrong with it, as a sentence without its end. */
export function parsePolicy(value: Ipld): Result<Policy, string> {
  if (!Array.isArray(value)) return fail('a policy is a list of statements')
  if (isDeeper(value, 2 * maxDepth)) return fail(`statements stand more than ${maxDepth} deep in each other`)
  const counter = { left: maxStatements }
  return statementsOf(value, counter)
}

function statementsOf(list: readonly Ipld[], counter: { left: number }): Result<Statement[], string> {
  const statements: Statement[] = []
  for (const entry of list) {
    const statement = statementOf(entry, counter)
    if (!statement.ok) return statement
    statements.push(statement.value)
  }
  return ok(statements)
}

/** Fields of each form of a statement, its operator included. */
const lengths: Readonly<Record<string, number>> = {
  ...{ '==': 3, '!=': 3, '<': 3, '<=': 3, '>': 3, '>=': 3, like: 3 },
  ...{ and: 2, or: 2, not: 2, all: 3, any: 3 },
}

function statementOf(entry: Ipld, counter: { left: number }): Result<Statement, string> {
  if (counter.left-- === 0) return fail(`it has more than ${maxStatements} statements`)
  if (!Array.isArray(entry) || typeof entry[0] !== 'string')
    return fail('a statement is a list that begins with its operator')
  const [op, first, second] = entry as [string, Ipld, Ipld]
  if (!Object.hasOwn(lengths, op)) return fail(`there is no operator ${JSON.stringify(op.slice(0, 32))}`)
  if (entry.length !== lengths[op])
    return fail(`a statement with \`${op}\` has ${lengths[op]} parts, and not ${entry.length}`)
  if (op === 'not') {
    const statement = statementOf(first, counter)
    return statement.ok ? ok({ op, statement: statement.value }) : statement
  }
  if (op === 'and' || op === 'or') {
    if (!Array.isArray(first)) return fail(`\`${op}\` takes a list of statements`)
    const statements = statementsOf(first, counter)
    return statements.ok ? ok({ op, statements: statements.value }) : statements
  }
  if (typeof first !== 'string') return fail(`\`${op}\` takes a selector first`)
  const selector = parseSelector(first)
  if (!selector.ok) return selector
  return comparisonOf(op, selector.value, second, counter)
}

function comparisonOf(
  op: string,
  selector: Selector,
  value: Ipld,
  counter: { left: number },
): Result<Statement, string> {
  if (op === '==' || op === '!=') return ok({ op, selector, value })
  if (op === 'all' || op === 'any') {
    const statement = statementOf(value, counter)
    return statement.ok ? ok({ op, selector, statement: statement.value }) : statement
  }
  if (op === 'like') {
    if (typeof value !== 'string' || value.length > maxPattern)
      return fail(`\`like\` takes a text of at most ${maxPattern} characters`)
    return ok({ op, selector, pattern: value })
  }
  if (!isNumber(value)) return fail(`\`${op}\` takes a number`)
  return ok({ op: op as Order, selector, value })
}

/** Thrown where an evaluation takes too long; what it would have come to is not known, so that nothing holds. */
class TooLong extends Error {}

/** The first statement of a policy that does not hold for these arguments, by its position; undefined where all do. */
export function failing(policy: Policy, args: Ipld): number | undefined {
  const budget = new Budget()
  for (const [at, statement] of policy.entries()) {
    try {
      if (!holds(statement, args, budget)) return at
    } catch (error) {
      if (!(error instanceof TooLong)) throw error
      return at
    }
  }
  return undefined
}

class Budget {
  #left = maxSteps
  spend(steps = 1): void {
    this.#left -= steps
    if (this.#left < 0) throw new TooLong()
  }
}

function holds(statement: Statement, args: Ipld, budget: Budget): boolean {
  budget.spend()
  switch (statement.op) {
    case 'and':
      return statement.statements.every(one => holds(one, args, budget))
    case 'or':
      // As the specification has it, none of nothing holds.
      return statement.statements.length === 0 || statement.statements.some(one => holds(one, args, budget))
    case 'not':
      return !holds(statement.statement, args, budget)
  }
  const found = select(args, statement.selector)
  if (found === undefined) return false
  switch (statement.op) {
    case '==':
      return equals(found, statement.value, budget)
    case '!=':
      return !equals(found, statement.value, budget)
    case 'like':
      return typeof found === 'string' && isLike(found, statement.pattern, budget)
    case 'all':
    case 'any': {
      const items = itemsOf(found)
      if (!items) return false
      budget.spend(items.length)
      const test = (item: Ipld): boolean => holds(statement.statement, item, budget)
      // `any` is `or` over what is there, so that it holds over nothing.
      return statement.op === 'all' ? items.every(test) : items.length === 0 || items.some(test)
    }
    default:
      return isNumber(found) && compares(statement.op, plain(found), plain(statement.value))
  }
}

function itemsOf(value: Ipld): Ipld[] | undefined {
  if (Array.isArray(value)) return value
  if (value instanceof Uint8Array) return [...value]
  return isMap(value) ? Object.values(value) : undefined
}

function compares(op: Order, a: number | bigint, b: number | bigint): boolean {
  switch (op) {
    case '<':
      return a < b
    case '<=':
      return a <= b
    case '>':
      return a > b
    case '>=':
      return a >= b
  }
}

function isNumber(value: Ipld): value is Numeric {
  return typeof value === 'number' || typeof value === 'bigint' || value instanceof Float
}

function plain(value: Numeric): number | bigint {
  return value instanceof Float ? value.value : value
}

/** Deep equality, for which 1 and 1.0 are one number. */
function equals(a: Ipld, b: Ipld, budget: Budget): boolean {
  budget.spend()
  if (isNumber(a) || isNumber(b))
    return isNumber(a) && isNumber(b) && compares('<=', plain(a), plain(b)) && compares('>=', plain(a), plain(b))
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => equals(item, b[i]!, budget))
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0
  if (isLink(a)) return isLink(b) && a.equals(b)
  if (typeof a !== 'object' || a === null) return a === b
  if (!isMap(b)) return false
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every(key => Object.hasOwn(b, key) && equals(a[key]!, b[key]!, budget))
  )
}

/** Whether a text fits a pattern, in which `*` is any text and `\*` a star. */
function isLike(text: string, pattern: string, budget: Budget): boolean {
  const parts = partsOf(pattern)
  const [first = '', ...others] = parts
  const last = others.pop()
  budget.spend(text.length + pattern.length)
  if (last === undefined) return text === first
  if (!text.startsWith(first)) return false
  let at = first.length
  for (const part of others) {
    const found = text.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return text.length - last.length >= at && text.endsWith(last)
}

/** What stands between the stars of a pattern. */
function partsOf(pattern: string): string[] {
  const parts: string[] = []
  let part = ''
  for (let at = 0; at < pattern.length; at++) {
    if (pattern.startsWith('\\*', at)) part += pattern[++at]
    else if (pattern[at] !== '*') part += pattern[at]
    else {
      parts.push(part)
      part = ''
    }
  }
  return [...parts, part]
}

/** What a policy demands of a field whatever else it says: `["==", ".host", "localhost"]` among its statements. */
export interface Demand {
  op: '==' | 'like'
  field: string
  value: Ipld
}

/** The demands of a policy, those within `and` too. */
export function* demandsOf(policy: Policy): Generator<Demand> {
  for (const statement of policy) {
    if (statement.op === 'and') yield* demandsOf(statement.statements)
    if (statement.op !== '==' && statement.op !== 'like') continue
    const [step, ...others] = statement.selector
    const value = 'pattern' in statement ? statement.pattern : statement.value
    if (step?.kind === 'field' && others.length === 0) yield { op: statement.op, field: step.name, value }
  }
}
