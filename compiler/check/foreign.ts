import type { Near } from '../../dag/suggest.ts'
import { integerKinds } from '../../dag/types.ts'

/** What people who come from other languages write for a name, and what it is here. */
export const foreignNames = new Map([
  ['error', 'err'],
  ['Err', 'err'],
  ['Ok', 'ok'],
  ['Some', 'some'],
  ['None', 'none'],
  ['null', 'none'],
  ['nil', 'none'],
  ['undefined', 'none'],
  ['True', 'true'],
  ['False', 'false'],
  ['TRUE', 'true'],
  ['FALSE', 'false'],
  ['length', 'len'],
  ['size', 'len'],
  ['count', 'len'],
  ['append', 'concat'],
  ['flat', 'flatten'],
])

/** What they write for a type; one that says nothing of its size may be any. */
export const foreignTypes = new Map<string, Near>([
  ['int', { name: 's32', guess: true }],
  ['int8', 's8'],
  ['int16', 's16'],
  ['int32', 's32'],
  ['int64', 's64'],
  ['i8', 's8'],
  ['i16', 's16'],
  ['i32', 's32'],
  ['i64', 's64'],
  ['uint', { name: 'u32', guess: true }],
  ['uint8', 'u8'],
  ['uint16', 'u16'],
  ['uint32', 'u32'],
  ['uint64', 'u64'],
  ['byte', 'u8'],
  ['usize', 'u64'],
  ['number', { name: 'f64', guess: true }],
  ['float', { name: 'f32', guess: true }],
  ['float32', 'f32'],
  ['float64', 'f64'],
  ['double', 'f64'],
  ['boolean', 'bool'],
  ['str', 'string'],
  ['String', 'string'],
  ['text', 'string'],
  ['blob', 'bytes'],
  ['buffer', 'bytes'],
  ['array', 'list'],
  ['vec', 'list'],
  ['Vec', 'list'],
  ['Option', 'option'],
  ['Result', 'result'],
  ['optional', 'option'],
  ['error', 'failure'],
  ['any', { name: 'ipld', guess: true }],
  ['json', 'ipld'],
  ['object', 'ipld'],
  ['void', '()'],
  ['unit', '()'],
])

type Write = (of: string) => string

const each: Write = of => `for x in ${of} { … }`
const joined: Write = of => `concat(${of}, …)`
const length: Write = of => `len(${of})`
const content: Write = of => `${of}?`
const printed: Write = of => `"\${${of}}"`
const logged: Write = of => `log.write(${of})`

/** What they call, as a function or as a method, and what is written for it. */
const calls = new Map<string, Write>([
  ['map', each],
  ['forEach', each],
  ['filter', of => `flatten(for x in ${of} { if … { [x] } else { [] } })`],
  ['sum', of => `reduce ${of} with (a, b) => a + b`],
  ['max', of => `reduce ${of} with (a, b) => if a > b { a } else { b }`],
  ['min', of => `reduce ${of} with (a, b) => if a < b { a } else { b }`],
  ['len', length],
  ['length', length],
  ['size', length],
  ['count', length],
  ['push', joined],
  ['append', joined],
  ['concat', joined],
  ['extend', joined],
  ['unwrap', content],
  ['expect', content],
  ['get', content],
  ['toString', printed],
  ['to_string', printed],
  ['string', printed],
  ['String', printed],
  ['str', printed],
  ['format', printed],
  ['print', logged],
  ['println', logged],
  ...[...integerKinds, 'f32', 'f64', 'char', 'bytes'].map((type): [string, Write] => [type, of => `${of} as ${type}`]),
])

/**
 * What is written here for a call that another language has.
 *
 * @param of what it is called with, or called on
 */
export function insteadOfCall(name: string, of: string): string | undefined {
  return calls.get(name)?.(of.length > MAX_QUOTED || of.includes('\n') ? 'x' : of)
}
const MAX_QUOTED = 40
