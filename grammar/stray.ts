import type { Item } from './layout.ts'
import type { ItemKind } from './layout/classify.ts'
import { cut, placeOf, shown, type Reports } from './report.ts'
import { endOf, keyword, LParen, type IToken } from './tokens.ts'

const behindExport = '`job`, `type`, `const` or `effect`'

/**
 * Says what is wrong with an item that is none, or that is one of a later part of the language.
 *
 * @param again whether the item before it was none either, which was told
 * @returns the item that it wants to be, with its first words corrected, or nothing
 */
export function explainStray(item: Item, reports: Reports, again: boolean): Item | undefined {
  const [first, second] = item.tokens
  if (!first) return undefined
  const start = placeOf(first)
  if (item.kind !== 'stray') return item
  if (first.tokenType === keyword('export')) {
    if (second) return exported(item, second, reports)
    const place = { start: endOf(first), end: endOf(first) }
    reports.certainly('Expected', { what: behindExport, after: '`export`', found: 'the end' }, place)
    return undefined
  }
  if (first.image.toLowerCase() === 'export' && second) return shouted(item, second, reports)
  if (again) return undefined
  const what = first.tokenType === keyword('let') ? 'This `let`' : shown(first)
  reports.certainly('StatementOutsideJob', { what: what[0]!.toUpperCase() + what.slice(1) }, start)
  return undefined
}

/** `Export job`, `EXPORT JOB`. */
function shouted(item: Item, second: IToken, reports: Reports): Item | undefined {
  const [first] = item.tokens
  if (second.image.toLowerCase() !== 'job') return exported(item, second, reports)
  const both = second.tokenType !== keyword('job')
  const found = cut(both ? `${first!.image} ${second.image}` : first!.image)
  const place = { start: first!.startOffset, end: endOf(both ? second : first!) }
  reports.certainly('WrongKeyword', { found, wanted: both ? 'export job' : 'export' }, place)
  return corrected(corrected(item, 0, 'export'), 1, 'job')
}

function exported(item: Item, second: IToken, reports: Reports): Item | undefined {
  const place = placeOf(second)
  const declared = (['import', 'config', 'test'] as const).find(word => keyword(word) === second.tokenType)
  if (declared !== undefined) {
    const fix = {
      title: 'Remove `export`',
      edits: [{ start: item.tokens[0]!.startOffset, end: place.start, text: '' }],
    }
    reports.certainly('NotExportable', { found: declared }, placeOf(item.tokens[0]!), { fixes: [fix] })
    return { kind: declared, tokens: item.tokens.slice(1) }
  }
  if (item.tokens[2]?.tokenType === LParen) {
    const fix = { title: 'Insert `job`', edits: [{ start: place.start, end: place.start, text: 'job ' }] }
    reports.certainly('Expected', { what: '`job`', after: '`export`', found: shown(second) }, place, { fixes: [fix] })
    const job = { ...second, image: '', tokenType: keyword('job'), tokenTypeIdx: keyword('job').tokenTypeIdx! }
    return { kind: 'job', tokens: [item.tokens[0]!, job, ...item.tokens.slice(1)] }
  }
  reports.certainly('Expected', { what: behindExport, after: '`export`', found: shown(second) }, place)
  return undefined
}

function corrected(item: Item, index: number, wanted: Exclude<ItemKind, 'stray'> | 'export'): Item {
  const type = keyword(wanted)
  const tokens = item.tokens.with(index, { ...item.tokens[index]!, tokenType: type, tokenTypeIdx: type.tokenTypeIdx! })
  return { kind: wanted === 'export' ? 'job' : wanted, tokens }
}
