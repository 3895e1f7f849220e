import { limits } from '../../compiler/check/settings.ts'
import { DEFAULT_LIMITS } from '../../compiler/lower.ts'
import { integerKinds, integerRange } from '../../dag/types.ts'

/** The value of a setting where nothing sets it, as it is written. */
export function settingDefault(name: keyof typeof limits): string {
  const value = DEFAULT_LIMITS[name]
  if (name === 'time') return `${value / 1000}s`
  if (name === 'memory') return `${value / 2 ** 20}MiB`
  return String(value).replace(/\B(?=(\d{3})+$)/g, '_')
}

/** A setting as Markdown. */
export function settingDocs(name: string): string | undefined {
  if (!Object.hasOwn(limits, name)) return undefined
  const key = name as keyof typeof limits
  const { doc, takes, examples } = limits[key]
  const shown = examples.map(example => `\`${example}\``).join(', ')
  return `${doc}\n\nTakes ${takes}, such as ${shown}. Default \`${settingDefault(key)}\`.`
}

const integers = integerKinds.map((kind): [string, string] => {
  const [from, to] = integerRange(kind)
  return [kind, `A whole number from ${from} to ${to}.`]
})

/** Types of the language, in one sentence each. */
export const typeDocs: ReadonlyMap<string, string> = new Map([
  ['bool', '`true` or `false`.'],
  ...integers,
  ['f32', 'A floating-point number of 32 bits (IEEE 754).'],
  ['f64', 'A floating-point number of 64 bits (IEEE 754).'],
  ['char', 'A Unicode scalar value.'],
  ['string', 'A text of Unicode scalar values.'],
  ['bytes', 'Bytes: the same as `list<u8>`.'],
  ['ipld', 'Any IPLD value: narrowed with `as T`, read with `x["key"]`.'],
  ['failure', 'Why something failed: its `kind`, a `message`, and `data`.'],
  ['list', 'Any number of values of one type.'],
  ['option', 'A value, `some(x)`, or `none`.'],
  ['result', 'What was wanted, `ok(x)`, or what went wrong, `err(e)`.'],
  ['tuple', 'Values of several types, read with `.0`, `.1` and so on.'],
  ['link', 'The CID of a block that holds a value of a type.'],
  ['secret', 'A value that nobody is told; what is computed from it is a secret too.'],
])
