import { bytes, unit, type Type } from '../../dag/types.ts'

/** Types of arguments and results, for those who write providers: `types.list(types.string)`. */
export const types = {
  unit,
  bytes,
  bool: { kind: 'bool' },
  string: { kind: 'string' },
  u16: { kind: 'u16' },
  u32: { kind: 'u32' },
  u64: { kind: 'u64' },
  s64: { kind: 's64' },
  f64: { kind: 'f64' },
  ipld: { kind: 'ipld' },
  list: (element: Type): Type => ({ kind: 'list', element }),
  option: (some: Type): Type => ({ kind: 'option', some }),
  tuple: (...items: Type[]): Type => ({ kind: 'tuple', items }),
  record: (fields: Record<string, Type>): Type => ({
    kind: 'record',
    fields: Object.entries(fields).map(([name, type]) => ({ name, type })),
  }),
  result: (ok: Type, error: Type): Type => ({ kind: 'result', ok, error }),
  link: (target: Type): Type => ({ kind: 'link', target }),
  secret: (of: Type): Type => ({ kind: 'secret', of }),
} as const satisfies Record<string, Type | ((...args: never[]) => Type)>
