import { error } from './define.ts'

/** IPVM3xxx: values that are not of the type that is asked for. */
export const typeRows = {
  TypeMismatch: error<{ expected: string; found: string; hint?: string | undefined }>({
    code: 'IPVM3001',
    message: p => `\`${p.expected}\` is expected here, but this is ${p.found}.${p.hint ? ` ${p.hint}` : ''}`,
    explain:
      'Types are compared by their structure. Without a word only conversions that lose nothing are made: to a wider integer of the same sign, from unsigned to a wider signed one, from `f32` to `f64`, and these inside containers.',
    wrong: 'export job main() -> string { 1 }\n',
    right: 'export job main() -> string { "1" }\n',
  }),
  NumberRange: error<{ value: string; type: string; from: string; to: string }>({
    code: 'IPVM3002',
    message: p => `${p.value} does not fit \`${p.type}\`, which holds ${p.from} to ${p.to}.`,
    explain: 'The literals of a program are checked against their types when it is compiled.',
    wrong: 'export job main() -> u8 { 256 }\n',
    right: 'export job main() -> u8 { 255 }\n',
  }),
  InexactNumber: error<{ value: string; type: string; nearest: string }>({
    code: 'IPVM3019',
    message: p => `\`${p.type}\` cannot hold ${p.value} exactly. To take the nearest number, write \`${p.nearest}\`.`,
    replacement: p => p.nearest,
    explain:
      'A whole number that is written for a float must be one that the float can hold, so that no digit is lost unseen. A number with a point is rounded to the nearest float.',
    wrong: 'export job main() -> f32 { 16777217 }\n',
    right: 'export job main() -> f32 { 16777216 }\n',
  }),
  CannotInfer: error<{ what: string; example: string }>({
    code: 'IPVM3003',
    message: p => `Nothing here decides the type of ${p.what}. Write it down: \`${p.example}\`.`,
    explain:
      'The types of `let`s are found from how they are used. Where nothing decides the type of `none`, `[]`, `ok(…)`, a set of flags or a link, the `let` needs a type.',
    wrong: 'export job main() -> u32 {\n  let a = none\n  1\n}\n',
    right: 'export job main() -> u32 {\n  let a: option<u8> = none\n  1\n}\n',
  }),
  MissingField: error<{ names: string[]; type: string }>({
    code: 'IPVM3004',
    message: p => `This record lacks ${p.names.map(name => `\`${name}\``).join(', ')}, which \`${p.type}\` has.`,
    explain: 'A record has exactly the fields of its type.',
    wrong: 'export job main() -> record { a: u8, b: u8 } { { a: 1 } }\n',
    right: 'export job main() -> record { a: u8, b: u8 } { { a: 1, b: 2 } }\n',
  }),
  RepeatedField: error<{ name: string }>({
    code: 'IPVM3005',
    message: p => `\`${p.name}\` stands here twice. Remove one of them.`,
    explain: 'A field, case or flag has its name once in a type and once in a value.',
    wrong: 'export job main() -> record { a: u8 } { { a: 1, a: 2 } }\n',
    right: 'export job main() -> record { a: u8 } { { a: 1 } }\n',
  }),
  NoSuchAccess: error<{ type: string; access: string; hint: string }>({
    code: 'IPVM3006',
    message: p => `\`${p.access}\` does not work on \`${p.type}\`: ${p.hint}.`,
    explain: '`a.name` reads a field of a record, `t.0` an item of a tuple, `xs[i]` an element of a list.',
    wrong: 'export job main(n: u32) -> u32 { n.size }\n',
    right: 'export job main(n: record { size: u32 }) -> u32 { n.size }\n',
  }),
  TupleRange: error<{ index: number; length: number }>({
    code: 'IPVM3007',
    message: p => `This tuple has ${p.length} items, numbered from 0; there is no item ${p.index}.`,
    explain: 'The items of a tuple are numbered from 0.',
    wrong: 'export job main(t: tuple<u8, u8>) -> u8 { t.2 }\n',
    right: 'export job main(t: tuple<u8, u8>) -> u8 { t.1 }\n',
  }),
  WithNeedsCall: error<{ compiled?: string | undefined }>({
    code: 'IPVM3008',
    message: p =>
      p.compiled === undefined
        ? '`with` sets the limits of a call, and there is no call before it.'
        : `\`${p.compiled}\` is a compiled job, whose limits are those that it was compiled with. Leave out \`with\`.`,
    explain:
      '`with` belongs to the nearest call of a component function or a job. A job that is imported by its CID was compiled with its limits.',
    wrong: 'export job main() -> u32 { 1 with { time: 5s } }\n',
    right: 'job one() -> u32 { 1 }\n\nexport job main() -> u32 { one() with { time: 5s } }\n',
  }),
  SettingValue: error<{ name: string; wants: string }>({
    code: 'IPVM3009',
    message: p => `\`${p.name}\` takes ${p.wants}.`,
    explain: '`time` takes a duration such as `500ms`, `30s` or `2h`, `memory` a size such as `64MiB`, `gas` a count.',
    wrong: 'config { time: 64MiB }\n\nexport job main() -> u32 { 1 }\n',
    right: 'config { time: 64s }\n\nexport job main() -> u32 { 1 }\n',
  }),
  NotConstant: error<{ what: string }>({
    code: 'IPVM3010',
    message: p => `${p.what} must be known when the program is compiled; this calls or uses something that is not.`,
    explain: 'Constants and defaults of parameters are made of literals, `embed` and other constants.',
    wrong: 'job one() -> u32 { 1 }\n\nexport job main(size: u32 = one()) -> u32 { size }\n',
    right: 'const one: u32 = 1\n\nexport job main(size: u32 = one) -> u32 { size }\n',
  }),
  ResultTypeNeeded: error<{ name: string; type: string }>({
    code: 'IPVM3011',
    message: p => `\`${p.name}\` is exported, so the type of its result has to be written: \`-> ${p.type}\`.`,
    explain:
      'The type of an exported job is its interface. It stands in the source, so that it does not change unseen.',
    wrong: 'export job main() { "text" }\n',
    right: 'export job main() -> string { "text" }\n',
  }),
  TypeArguments: error<{ name: string; takes: string }>({
    code: 'IPVM3012',
    message: p => `\`${p.name}\` takes ${p.takes}.`,
    explain: '`list`, `option` and `link` take one type, `result` up to two, `tuple` one or more, all others none.',
    wrong: 'export job main(xs: list) -> u32 { 1 }\n',
    right: 'export job main(xs: list<u8>) -> u32 { 1 }\n',
  }),
  InvalidCid: error<{ why: string }>({
    code: 'IPVM3013',
    message: p => `This is not a CID that a job can link to: ${p.why}.`,
    explain:
      'A job links to CIDs of version 1 with a full sha2-256 hash: DAG-CBOR blocks, raw blocks and UnixFS files.',
    wrong: 'export job main() -> link<bytes> { cid"hello" }\n',
    right: 'export job main() -> link<bytes> { cid"bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e" }\n',
  }),
  CasePayload: error<{ name: string; wants: string }>({
    code: 'IPVM3014',
    message: p => `The case \`${p.name}\` ${p.wants}.`,
    explain: 'A case with a payload is called with one value: `Shape.circle(2)`. A case without one is only named.',
    wrong: 'type Shape = variant { circle(u32), none-at-all }\n\nexport job main() -> Shape { Shape.circle }\n',
    right: 'type Shape = variant { circle(u32), none-at-all }\n\nexport job main() -> Shape { Shape.circle(2) }\n',
  }),
  MisplacedUnit: error<{ what: string }>({
    code: 'IPVM3015',
    message: p => `${p.what} can only stand in \`config\` and \`with\`.`,
    explain: 'Durations and sizes are written where limits are set. Elsewhere a plain number is needed.',
    wrong: 'export job main() -> u32 { 30s }\n',
    right: 'export job main() -> u32 { 30 }\n',
  }),
  TooLarge: error<{ message: string }>({
    code: 'IPVM3016',
    message: p => `This job is too large: ${p.message}`,
    explain:
      'Calls of jobs are expanded to at most 250,000 tasks and values, and no block of a job may exceed 1 MiB. Large data is passed as a link: `embed` makes one.',
    wrong: '',
    right: '',
  }),
  EmptyType: error<{ what: string }>({
    code: 'IPVM3017',
    message: p => `${p.what} needs at least one entry.`,
    explain: 'The Component Model has no empty records, variants, enums, flags or tuples; `()` is the type of nothing.',
    wrong: 'type Nothing = record {}\n\nexport job main() -> u32 { 1 }\n',
    right: 'type Nothing = ()\n\nexport job main() -> u32 { 1 }\n',
  }),
  TypeTooLarge: error<{ why: string }>({
    code: 'IPVM3018',
    message: p => `This type is too large: ${p.why}.`,
    explain:
      'A type is made of at most 10,000 types and names, its aliases expanded, and nests at most 48 levels deep.',
    wrong: `export job main(x: ${'list<'.repeat(60)}u8${'>'.repeat(60)}) -> u8 { 1 }\n`,
    right: 'export job main(x: list<list<u8>>) -> u8 { 1 }\n',
  }),
}
