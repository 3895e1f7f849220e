import { unit } from '../types.ts'
import type { AbiCase, AbiField, AbiType, FuncType } from './ast.ts'
import { factsOf, measure, measureFunc } from './facts.ts'
import { checkLabel, Names } from './names.ts'
import { hex, type Reader, refuse } from './reader.ts'
import type { Scope } from './scope.ts'

/** Value types and function types of the type section (Binary.md, Type Definitions). */

const primitives: Record<number, AbiType> = {
  0x7f: { kind: 'bool' },
  0x7e: { kind: 's8' },
  0x7d: { kind: 'u8' },
  0x7c: { kind: 's16' },
  0x7b: { kind: 'u16' },
  0x7a: { kind: 's32' },
  0x79: { kind: 'u32' },
  0x78: { kind: 's64' },
  0x77: { kind: 'u64' },
  0x76: { kind: 'f32' },
  0x75: { kind: 'f64' },
  0x74: { kind: 'char' },
  0x73: { kind: 'string' },
}

/** Types that a pure function has no use for, or that are not settled; refused by the name that people know. */
const refused: Record<number, string> = {
  0x67: 'list of fixed length',
  0x66: 'stream',
  0x65: 'future',
  0x64: 'error-context',
  0x63: 'map',
}

const noType = unit as AbiType
const maxFlags = 32

/** `defvaltype`: the opcode decides. */
export function readValueDefinition(reader: Reader, scope: Scope): AbiType {
  const at = reader.at
  const code = reader.byte()
  const primitive = primitives[code]
  if (primitive) return primitive
  return measure(readConstructed(code, reader, scope, at), at)
}

function readConstructed(code: number, reader: Reader, scope: Scope, at: number): AbiType {
  switch (code) {
    case 0x72:
      return { kind: 'record', fields: readFields(reader, scope, 'fields of a record', 1) }
    case 0x71:
      return { kind: 'variant', cases: readCases(reader, scope) }
    case 0x70:
      return { kind: 'list', element: readValueType(reader, scope) }
    case 0x6f: {
      const items = reader.list(1, () => readValueType(reader, scope))
      if (items.length === 0) refuse('invalid', 'A tuple has no items.', at)
      return { kind: 'tuple', items }
    }
    case 0x6e: {
      const flags = readLabels(reader, 'flags')
      if (flags.length > maxFlags) refuse('invalid', `A type has more than ${maxFlags} flags.`, at)
      return { kind: 'flags', flags }
    }
    case 0x6d:
      return { kind: 'enum', cases: readLabels(reader, 'cases of an enum') }
    case 0x6b:
      return { kind: 'option', some: readValueType(reader, scope) }
    case 0x6a:
      return {
        kind: 'result',
        ok: readOptional(reader, scope) ?? noType,
        error: readOptional(reader, scope) ?? noType,
      }
    case 0x69:
      return { kind: 'own', resource: scope.resource(reader.u32(), at) }
    case 0x68:
      return { kind: 'borrow', resource: scope.resource(reader.u32(), at) }
    default:
      return refuseType(code, at)
  }
}

function refuseType(code: number, at: number): never {
  const name = refused[code]
  if (name) refuse('unsupported', `The type \`${name}\` is not supported.`, at)
  return refuse('malformed', `${hex(code)} is no type.`, at)
}

/** `valtype`: a primitive or the index of a value type. */
export function readValueType(reader: Reader, scope: Scope): AbiType {
  const at = reader.at
  const code = reader.s33()
  if (code < 0) return primitives[code + 0x80] ?? refuseType(code + 0x80, at)
  const type = scope.type(code, at)
  return type.kind === 'value' ? type.type : refuse('invalid', `Type ${code} is not the type of a value.`, at)
}

function readOptional(reader: Reader, scope: Scope): AbiType | undefined {
  const at = reader.at
  const there = reader.byte()
  if (there > 1) refuse('malformed', `${hex(there)} does not say whether a type follows.`, at)
  return there ? readValueType(reader, scope) : undefined
}

function readFields(reader: Reader, scope: Scope, what: string, least: number): AbiField[] {
  const at = reader.at
  const names = new Names()
  const fields = reader.list(2, () => ({ name: readLabel(reader, names, what), type: readValueType(reader, scope) }))
  if (fields.length < least) refuse('invalid', `There are no ${what}.`, at)
  return fields
}

function readCases(reader: Reader, scope: Scope): AbiCase[] {
  const at = reader.at
  const names = new Names()
  const cases = reader.list(3, () => {
    const name = readLabel(reader, names, 'cases of a variant')
    const type = readOptional(reader, scope)
    reader.expect(0, 'Case of a variant')
    return type ? { name, type } : { name }
  })
  if (cases.length === 0) refuse('invalid', 'A variant has no cases.', at)
  return cases
}

function readLabels(reader: Reader, what: string): string[] {
  const at = reader.at
  const names = new Names()
  const labels = reader.list(1, () => readLabel(reader, names, what))
  if (labels.length === 0) refuse('invalid', `There are no ${what}.`, at)
  return labels
}

function readLabel(reader: Reader, names: Names, what: string): string {
  const at = reader.at
  return names.add(checkLabel(reader.name(), at), what, at)
}

/** `functype` after its opcode: parameters, then one result, none, or the named ones of binaries before 2025. */
export function readFuncType(reader: Reader, scope: Scope, isAsync: boolean, at: number): FuncType {
  const params = readFields(reader, scope, 'parameters', 0)
  const result = readResult(reader, scope)
  if (factsOf(result).borrows) refuse('invalid', 'A function returns a borrowed resource.', at)
  return measureFunc({ params, result, ...(isAsync ? { async: true as const } : {}) }, at)
}

function readResult(reader: Reader, scope: Scope): AbiType {
  const at = reader.at
  const form = reader.byte()
  if (form === 0) return readValueType(reader, scope)
  if (form !== 1) refuse('malformed', `${hex(form)} is no form of a result.`, at)
  const fields = readFields(reader, scope, 'results', 0)
  return fields.length === 0 ? noType : measure({ kind: 'record', fields }, at)
}
