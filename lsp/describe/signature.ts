import { builtInSignature } from '../../compiler/check/builtins.ts'
import type { CallableFunction } from '../../compiler/component.ts'
import type { CompiledJob } from '../../compiler/core.ts'
import { show } from '../../compiler/open.ts'
import type { Symbol } from '../../compiler/scope.ts'
import { showType } from '../../dag/types.ts'
import { settle } from '../../grammar/moves.ts'
import type { Operation, Param } from '../../grammar/nodes.ts'
import type { Lines } from '../../grammar/source.ts'
import type { View } from '../interface.ts'
import { typeText } from './type.ts'

/** What can be called, as people write it. */
export interface SignatureText {
  name: string
  /** `x: u32`, `size: u32 = 256`, in their order. */
  params: string[]
  /** Absent where nothing is given. */
  result?: string
}

/** `(x: u32) -> bytes` */
export function callText({ params, result }: SignatureText): string {
  return `(${params.join(', ')})${result === undefined ? '' : ` -> ${result}`}`
}

/** A job in the words of its source. */
export function jobSignature(symbol: Symbol & { kind: 'job' }): SignatureText {
  const { node, home } = symbol
  const { source } = home
  settle(node)
  const result = node.result ? oneLine(source, node.result) : show(home.jobOf(symbol).result)
  return { name: node.name.text, params: node.params.map(param => oneLine(source, param)), result }
}

/** An operation in the words of its source. */
export function operationSignature({ home }: Symbol & { kind: 'effect' }, node: Operation): SignatureText {
  const params = node.params.map(param => oneLine(home.source, param))
  return { name: node.name.text, params, ...(node.result ? { result: oneLine(home.source, node.result) } : {}) }
}

/** A function of a component, with types by their names in a file. */
export function functionSignature(view: View, { path, params, result }: CallableFunction): SignatureText {
  return {
    name: path.slice(path.lastIndexOf('.') + 1),
    params: params.map(param => `${param.name}: ${typeText(view, param.type)}`),
    ...(result.kind === 'unit' ? {} : { result: typeText(view, result) }),
  }
}

export function compiledSignature(name: string, { params, result }: CompiledJob): SignatureText {
  const shown = [...params].map(([param, { type, default: value }]) => {
    return `${param}: ${showType(type)}${value === undefined ? '' : ' = …'}`
  })
  return { name, params: shown, result: showType(result) }
}

/** A built-in, or one of `some`, `ok` and `err`. */
export function builtInText(name: string): (SignatureText & { doc: string; rest: boolean }) | undefined {
  const found = builtInSignature(name)
  if (found) {
    const { params, result, doc, most } = found
    return { name, params: [...params], result, doc, rest: most === Infinity }
  }
  const row = constructors[name]
  return row && { name, params: [row.param], result: row.result, doc: row.doc, rest: false }
}

const constructors: Record<string, { param: string; result: string; doc: string }> = {
  some: { param: 'value: T', result: 'option<T>', doc: 'A value of an `option` that is there.' },
  ok: { param: 'value: T', result: 'result<T, E>', doc: 'A `result` that is what was wanted.' },
  err: { param: 'value: E', result: 'result<T, E>', doc: 'A `result` that says what went wrong.' },
  declassify: {
    param: 'value: secret<T>',
    result: 'T',
    doc: 'A secret as a plain value: an effect of its own, which has to be granted.',
  },
}

function oneLine(text: Lines, { start, end }: Pick<Param, 'start' | 'end'>): string {
  return text.slice(start, end).replace(/\s+/g, ' ')
}
