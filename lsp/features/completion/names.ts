import { resolve, unveil, type Open } from '../../../compiler/open.ts'
import type { Symbol } from '../../../compiler/scope.ts'
import { pathOf } from '../../../compiler/check/case.ts'
import { childrenOf, type Kind, type Name, type Node } from '../../../grammar/nodes.ts'
import type { View } from '../../interface.ts'
import { typeName, typeText } from '../../describe/type.ts'
import { builtInText, callText, compiledSignature, jobSignature } from '../../describe/signature.ts'
import { builtIns, builtInSignature } from '../../../compiler/check/builtins.ts'
import { letsBefore } from '../../locals.ts'
import { itemBefore } from '../../tree.ts'
import { inSnippet, isFitting, isSpelt, Tier, type Candidate } from './candidates.ts'
import type { Place } from './place.ts'
import { keyword, keywordsAt } from './words.ts'

/** What an expression can begin with. */
export function expressionNames(view: View, place: Place): Candidate[] {
  const statement = place.want.kind === 'expression' && place.want.statement
  return [
    ...ofType(view, place),
    ...localNames(view, place),
    ...fileNames(view, place),
    ...languageNames(view, place),
    ...keywordsAt('expression', ...(statement ? (['statement'] as const) : [])),
    ...(place.tokens[place.before - 1]?.type === 'AssertWord' ? keyword('fails', Tier.needed) : []),
    ...(statement && place.inTest ? keywordsAt('test').filter(({ label }) => label !== 'fails') : []),
  ]
}

/** What the value of a constant can begin with. */
export function constantNames(view: View, place: Place): Candidate[] {
  const words = new Set(['true', 'false', 'embed', 'if', 'match'])
  const item = itemBefore(view.tree, place.range.start)
  return [
    ...ofType(view, place),
    ...localNames(view, place),
    ...fileNames(view, place).filter(({ kind, label }) => {
      const own = item?.kind === 'Const' && item.name.text === label
      return (kind === 'constant' && !own) || kind === 'type' || kind === 'module'
    }),
    ...languageNames(view, place).filter(({ label }) => label !== 'link' && label !== 'declassify'),
    ...keywordsAt('expression').filter(({ label }) => words.has(label)),
    ...(place.want.kind === 'expression' && place.want.statement ? keyword('let') : []),
  ]
}

/** Names of arguments go before values. */
const BEHIND_NAMES = 1000

/** Values of the type that is expected, as they are written out; before a parenthesis what is called. */
function ofType(view: View, place: Place): Candidate[] {
  const found = writtenOut(view, place).map(entry => ({ ...entry, order: BEHIND_NAMES + (entry.order ?? 0) }))
  return place.next === 'LParen' ? found.filter(({ label, text }) => text === label) : found
}

function writtenOut(view: View, place: Place): Candidate[] {
  const { expected } = place
  const type = expected && resolve(unveil(expected).type)
  const base = { tier: Tier.needed, kind: 'case' } as const
  switch (type?.kind) {
    case 'enum':
    case 'flags':
    case 'variant': {
      const name = typeName(view, type)
      if (name === undefined) return []
      return writtenCases(type, place).map(({ label: part, payload }, order) => {
        const about = { about: { kind: 'member', path: [...name.split('.'), part] } as const }
        const label = `${name}.${part}`
        return { ...base, ...about, order, label, ...(payload ? called(place, label, 1) : {}) }
      })
    }
    case 'record': {
      const fields = type.fields.map(({ name }, i) => `${name}: $${i + 1}`)
      const detail = (): string => typeText(view, type)
      return [{ ...base, kind: 'value', label: '{ … }', detail, text: `{ ${fields.join(', ')} }`, snippet: true }]
    }
    case 'bool':
      return ['true', 'false'].map((label, order) => ({ ...base, label, order, kind: 'keyword' }))
    case 'option':
      return [
        { ...base, label: 'none', order: 1 },
        { ...base, label: 'some', order: 0, ...called(place, 'some', 1), about: { kind: 'builtIn', name: 'some' } },
      ]
    case 'result':
      return ['ok', 'err'].map((label, order) => {
        return { ...base, label, order, ...called(place, label, 1), about: { kind: 'builtIn', name: label } }
      })
    case 'list':
      return resolve(type.element).kind === 'u8' ? [literal('b')] : []
    case 'link':
      return [literal('cid')]
    default:
      return []
  }
}

/** A text with letters before it that say what it stands for. */
function literal(letters: string): Candidate {
  return { label: `${letters}"…"`, kind: 'value', tier: Tier.local, text: `${letters}"$0"`, snippet: true }
}

/** The cases that a type is made by, where a parenthesis follows those that carry something. */
export function writtenCases(type: Open, { next }: Place): ReturnType<typeof casesOf> {
  return casesOf(type).filter(({ payload }) => payload || next !== 'LParen')
}

/** The cases of a type, with what they carry. */
export function casesOf(type: Open): { label: string; payload?: Open }[] {
  switch (type.kind) {
    case 'enum':
      return type.cases.map(label => ({ label }))
    case 'flags':
      return type.flags.map(label => ({ label }))
    case 'variant':
      return type.cases.map(({ name, type: payload }) => ({ label: name, ...(payload ? { payload } : {}) }))
    case 'option':
      return [{ label: 'some', payload: type.some }, { label: 'none' }]
    case 'result':
      return [
        { label: 'ok', payload: type.ok },
        { label: 'err', payload: type.error },
      ]
    case 'bool':
      return [{ label: 'true' }, { label: 'false' }]
    default:
      return []
  }
}

/** The values that the place sees, the nearest first. */
export function localNames(view: View, { locals, expected, next }: Place): Candidate[] {
  // Values are not called.
  if (next === 'LParen') return []
  return locals.map(({ name, type }, order) => ({
    ...{ label: name, kind: 'local', order, tier: isFitting(type, expected) ? Tier.fits : Tier.local },
    detail: () => typeText(view, type),
  }))
}

/** What an effect can wait for: parameters, and `let`s of what effects and calls give. */
export function awaitedNames(view: View, place: Place): Candidate[] {
  const found = new Map<string, Name>()
  for (const node of place.path) {
    if (node.kind === 'Job') for (const { name } of node.params) found.set(name.text, name)
    if (node.kind !== 'Block') continue
    for (const { name, value } of letsBefore(node, place.range.start).reverse())
      if (waits(view, value, found)) found.set(name.text, name)
  }
  const locals = place.locals.filter(({ name, at }) => at && found.get(name) === at)
  return localNames(view, { ...place, locals })
}

const tasks = new Set<Kind>(['If', 'Match', 'For', 'Reduce', 'Fold', 'Try', 'Catch'])
const constructors = new Set(['some', 'ok', 'err'])

/** Whether a value is made of what an effect or a call gives. */
function waits({ scope }: View, value: Node, found: Map<string, Name>): boolean {
  const open = [value]
  for (let next = open.pop(); next; next = open.pop()) {
    if (tasks.has(next.kind) || (next.kind === 'Reference' && found.has(next.name))) return true
    const path = next.kind === 'Call' ? pathOf(next.callee) : undefined
    const name = path?.[0]!.text
    if (name !== undefined && !builtInSignature(name) && !constructors.has(name) && scope.get(name)?.kind !== 'type')
      return true
    open.push(...childrenOf(next))
  }
  return false
}

/** What the file declares or imports, as an expression can name it. */
function fileNames(view: View, place: Place): Candidate[] {
  const hidden = new Set(place.locals.map(({ name }) => name))
  const found: Candidate[] = []
  const wanted = place.word.toLowerCase()
  for (const [name, symbol] of view.scope) {
    // A file may have thousands of them.
    if (hidden.has(name) || !isSpelt(name.toLowerCase(), wanted)) continue
    const candidate = named(view, name, symbol, place)
    if (candidate) found.push(candidate)
  }
  return found
}

function named(view: View, name: string, symbol: Symbol, place: Place): Candidate | undefined {
  const own = symbol.home === view.checker
  const about = { kind: 'name', name } as const
  const tier = own ? Tier.own : Tier.imported
  switch (symbol.kind) {
    case 'const': {
      if (place.next === 'LParen') return undefined
      const { type } = symbol.home.constOf(symbol)
      const near = isFitting(type, place.expected) ? Tier.fits : tier
      return { label: name, kind: 'constant', tier: near, about, detail: () => typeText(view, type) }
    }
    case 'job': {
      // A job cannot call itself.
      if (own && place.path.some(node => node === symbol.node)) return undefined
      const fits = (): boolean => isFitting(symbol.home.jobOf(symbol).result, place.expected)
      const detail = (): string => callText(jobSignature(symbol))
      return { label: name, kind: 'job', tier, fits, about, detail, ...called(place, name, symbol.node.params.length) }
    }
    case 'compiled': {
      const detail = (): string => callText(compiledSignature(name, symbol.job))
      return { label: name, kind: 'job', tier, about, detail, ...called(place, name, symbol.job.params.size) }
    }
    case 'module':
      return { label: name, kind: 'module', tier, about, detail: symbol.node.from.value, commit: ['.'] }
    case 'effect': {
      const near = place.tokens[place.before - 1]?.type === 'DoWord' ? Tier.fits : tier
      return { label: name, kind: 'effect', tier: near, about, detail: symbol.node.scheme.value, commit: ['.'] }
    }
    case 'type': {
      const type = resolve(symbol.home.typeOf(symbol))
      if (type.kind !== 'enum' && type.kind !== 'variant' && type.kind !== 'flags') return undefined
      return { label: name, kind: 'type', tier, about, detail: () => typeText(view, type), commit: ['.'] }
    }
    case 'lost': {
      const { node } = symbol
      const kind = lostKinds[node.kind]
      if (!kind || (place.next === 'LParen' && kind === 'constant')) return undefined
      return { label: name, kind, tier, about, ...(kind === 'job' ? called(place, name, 1) : {}) }
    }
  }
}

/** What names of which it is not known what they stand for are offered as; types are no values. */
const lostKinds: Partial<Record<(Symbol & { kind: 'lost' })['node']['kind'], Candidate['kind']>> = {
  Job: 'job',
  Const: 'constant',
  Import: 'module',
  EffectDeclaration: 'effect',
  ImportedName: 'module',
}

/** A name with the parentheses of a call, where they are not there yet. */
export function called({ next }: Place, name: string, params: number): Pick<Candidate, 'text' | 'snippet'> {
  if (next === 'LParen') return { text: name }
  return params === 0 ? { text: `${name}()` } : { text: `${inSnippet(name)}($0)`, snippet: true }
}

/** What every file has. */
function languageNames(view: View, place: Place): Candidate[] {
  const own = new Set([...place.locals.map(({ name }) => name)])
  return [...builtIns, ...constructors]
    .filter(name => !own.has(name) && !view.scope.has(name))
    .map((name): Candidate => {
      const detail = (): string | undefined => {
        const found = builtInText(name)
        return found && callText(found)
      }
      const about = { kind: 'builtIn', name } as const
      const kind = constructors.has(name) ? 'case' : 'function'
      return { label: name, kind, tier: Tier.language, about, detail, ...called(place, name, 1) }
    })
    .concat(place.next === 'LParen' ? [] : [{ label: 'none', kind: 'case', tier: Tier.language }])
}

/** What `reduce` and `fold` take: a function, or the name of one. */
export function combineNames(view: View, place: Place): Candidate[] {
  const names: Candidate[] = []
  for (const [name, symbol] of view.scope) {
    const candidate = named(view, name, symbol, { ...place, expected: undefined })
    if (candidate && (symbol.kind === 'job' || symbol.kind === 'module'))
      names.push({ ...candidate, text: name, order: symbol.kind === 'job' ? 0 : 1 })
  }
  const lambda = { label: '(a, b) => …', kind: 'keyword', text: '(${1:a}, ${2:b}) => $0', snippet: true } as const
  return [{ ...lambda, tier: Tier.needed }, ...names]
}

/** Effects of the file, and what a `given` may stand in for. */
export function effectNames(view: View): Candidate[] {
  const found: Candidate[] = []
  for (const [name, symbol] of view.scope)
    if (symbol.kind === 'effect')
      found.push({
        ...{ label: name, kind: 'effect', tier: Tier.own, commit: ['.'], about: { kind: 'name', name } },
        detail: symbol.node.scheme.value,
      })
  return found
}
