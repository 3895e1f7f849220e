import { Float, isLink, isMap, setKey, type Ipld, type IpldMap } from '../../../dag/ipld.ts'
import { isBytes, partsOf, type Type } from '../../../dag/types.ts'
import { isWrapped } from '../../../dag/value.ts'

/**
 * Values as Homestar writes them (its `homestar-wasm/src/wasmtime/ipld.rs`), which differ from ours (docs/dag.md, Values) in
 * `result`, a pair whose other side is null and whose `()` is 1, and in what it cannot tell apart.
 */

/** What Homestar has no way to say: a noun, why, and what to do. */
export class Inexpressible extends Error {
  constructor(what: string, why: string, instead?: string) {
    super(`Homestar cannot express ${what}: ${why}.${instead === undefined ? '' : ` ${instead}`}`)
  }
}

/** A whole value of a type as Homestar reads it. @throws Inexpressible */
export function toHomestarValue(type: Type, form: Ipld): Ipld {
  switch (type.kind) {
    case 'f32':
    case 'f64':
      if (form instanceof Float) return form
      throw new Inexpressible(`the number ${String(form)}`, 'neither of its formats has one that is not finite')
    case 'list':
      return isBytes(type) ? form : (form as Ipld[]).map(item => toHomestarValue(type.element, item))
    case 'tuple':
      return (form as Ipld[]).map((item, i) => toHomestarValue(type.items[i]!, item))
    case 'record':
      return mapEntries(form as IpldMap, name => type.fields.find(field => field.name === name)?.type)
    case 'variant':
      return mapEntries(form as IpldMap, name => type.cases.find(entry => entry.name === name)?.type)
    case 'option':
      if (isWrapped(type.some)) throw nestedOption()
      return form === null ? null : toHomestarValue(type.some, form)
    case 'result':
      return toPair(type, form as IpldMap)
    case 'secret':
      throw new Inexpressible(
        'a secret',
        'a workflow is read by whoever runs it',
        'Declassify it, or run the job here.',
      )
    default:
      return form
  }
}

function nestedOption(): Inexpressible {
  return new Inexpressible(
    'an option in an option',
    'null stands for both kinds of nothing',
    'Put the inner one into a record.',
  )
}

function toPair(type: Type & { kind: 'result' }, form: IpldMap): Ipld {
  const isOk = Object.hasOwn(form, 'ok')
  const payload = isOk ? type.ok : type.error
  const value = payload.kind === 'unit' ? 1 : toHomestarValue(payload, form[isOk ? 'ok' : 'error']!)
  const pair = isOk ? [value, null] : [null, value]
  // It looks at the side of the success first.
  if (value === null && isOk !== readsAsOk(type))
    throw new Inexpressible(
      '`none` in this side of a result',
      'two nulls could be either side',
      'Put it into a record.',
    )
  return pair
}

/** Which side two nulls are taken for. */
function readsAsOk({ ok }: Type & { kind: 'result' }): boolean {
  return ok.kind !== 'unit'
}

function mapEntries(form: IpldMap, typeOf: (name: string) => Type | undefined): IpldMap {
  const map: IpldMap = {}
  for (const [name, content] of Object.entries(form)) {
    const type = typeOf(name)
    setKey(map, name, type ? toHomestarValue(type, content) : content)
  }
  return map
}

/**
 * A value that Homestar wrote, as one of ours; what does not fit stays as it is, for the check against the type. Text that
 * comes back as null or as a link is the text again, as far as that can be told.
 */
export function fromHomestarValue(type: Type, given: Ipld): Ipld {
  switch (type.kind) {
    case 'string':
      return given === null ? 'null' : isLink(given) ? given.toString() : given
    case 'f32':
    case 'f64':
      return toFloat(type.kind, given)
    case 'list':
      if (isBytes(type)) return toBytes(given)
      return Array.isArray(given) ? given.map(item => fromHomestarValue(type.element, item)) : given
    case 'tuple':
      return Array.isArray(given)
        ? given.map((item, i) => (type.items[i] ? fromHomestarValue(type.items[i], item) : item))
        : given
    case 'flags':
      return Array.isArray(given) && given.every(name => typeof name === 'string') ? [...given].sort() : given
    case 'record':
      return fromEntries(given, name => type.fields.find(field => field.name === name)?.type)
    case 'variant':
      return fromEntries(given, name => type.cases.find(entry => entry.name === name)?.type)
    case 'option':
      return given === null ? null : fromHomestarValue(type.some, given)
    case 'result':
      return fromPair(type, given)
    default:
      return given
  }
}

/** Whole numbers stand for floats, since JavaScript writes 5.0 as 5; an f32 comes as a decimal. */
function toFloat(kind: 'f32' | 'f64', given: Ipld): Ipld {
  const value = given instanceof Float ? given.value : Number(given)
  if (!(given instanceof Float) && typeof given !== 'number' && typeof given !== 'bigint') return given
  const rounded = kind === 'f32' ? Math.fround(value) : value
  return Number.isFinite(rounded) ? new Float(rounded) : given
}

function toBytes(given: Ipld): Ipld {
  const isByte = (item: Ipld): item is number => typeof item === 'number' && item >= 0 && item <= 255
  return Array.isArray(given) && given.every(isByte) ? new Uint8Array(given) : given
}

function fromEntries(given: Ipld, typeOf: (name: string) => Type | undefined): Ipld {
  if (!isMap(given)) return given
  const map: IpldMap = {}
  for (const [name, content] of Object.entries(given)) {
    const type = typeOf(name)
    setKey(map, name, type ? fromHomestarValue(type, content) : content)
  }
  return map
}

function fromPair(type: Type & { kind: 'result' }, given: Ipld): Ipld {
  if (!Array.isArray(given) || given.length !== 2) return given
  const [ok, error] = given as [Ipld, Ipld]
  if (ok !== null && error !== null) return given
  const isOk = ok === null && error === null ? readsAsOk(type) : error === null
  const [payload, value] = isOk ? [type.ok, ok] : [type.error, error]
  if (payload.kind === 'unit') return value === 1 ? { [isOk ? 'ok' : 'error']: null } : given
  return { [isOk ? 'ok' : 'error']: fromHomestarValue(payload, value) }
}

/** Why no result of a type comes back as it is; undefined where all, or all but odd ones, do. @throws Inexpressible */
export function checkResultType(type: Type, func: string): void {
  const where = `the result of \`${func}\``
  switch (type.kind) {
    case 'f32':
      throw new Inexpressible(where, 'it rounds an f32 to seven decimal digits', 'Have the component give an f64.')
    case 'list':
      if (type.element.kind === 'tuple')
        throw new Inexpressible(
          where,
          'it makes a map of a list of pairs that begin with a text, and fails on other lists of tuples',
          'Have the component give a list of records.',
        )
      break
    case 'option':
      if (isWrapped(type.some)) throw nestedOption()
      break
    case 'secret':
      throw new Inexpressible('a secret', 'a workflow is read by whoever runs it')
  }
  for (const part of partsOf(type)) checkResultType(part, func)
}
