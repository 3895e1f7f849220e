import type { BodyOperationName, CoreOperation } from '../../../dag/core.ts'

/** What a core operation is in a source, why Homestar has none of it, and what to do. */
type Row = readonly [what: string, why: string, instead: string]

const row = (what: string): Row => [
  what,
  'it calls components and computes nothing itself',
  'Have the component do it, or run the job here.',
]
const decided = (what: string): Row => [
  what,
  'the tasks of a workflow are fixed before it begins',
  'Run the job here, or have one component do all of it.',
]

/** By the operation of the instruction. What is known when a job is compiled was computed then, and is no operation. */
export const constructs = {
  'core/field': row('the access to a field of a record'),
  'core/item': row('the access to an item of a tuple'),
  'core/index': row('the access to an element of a list'),
  'core/key': row('the access to a part of an `ipld` value'),
  'core/load': row('the value behind a link that is a number, a truth value, a character or an option'),
  'core/link': row('`link(…)` of what a task gives'),
  'core/unwrap': row('`?`'),
  'core/case': row('a look at the case of a value'),
  'core/switch': row('a comparison with literals'),
  'core/add': row('an addition'),
  'core/subtract': row('a subtraction'),
  'core/multiply': row('a multiplication'),
  'core/divide': row('a division'),
  'core/remainder': row('a remainder'),
  'core/negate': row('a number with its sign changed'),
  'core/not': row('`!`'),
  'core/equal': row('a comparison'),
  'core/unequal': row('a comparison'),
  'core/less': row('a comparison'),
  'core/less-equal': row('a comparison'),
  'core/greater': row('a comparison'),
  'core/greater-equal': row('a comparison'),
  'core/widen': row('a conversion between bytes and a list of wider numbers'),
  'core/as': row('a conversion with `as`'),
  'core/length': row('`len(…)` of what a task gives'),
  'core/range': row('`range(…)` with an end that a task gives'),
  'core/zip': row('`zip(…)` of what tasks give'),
  'core/concat': row('`concat(…)` of what tasks give'),
  'core/flatten': row('`flatten(…)` of what a task gives'),
  'core/keys': row('`keys(…)` of what a task gives'),
  'core/text': row('a text that is put together from what tasks give'),
  'core/format': row('a text that is put together from what tasks give'),
  'core/map': decided('a `for` over a list that a task gives'),
  'core/reduce': decided('a `reduce` of a list that a task gives'),
  'core/fold': decided('a `fold` over a list that a task gives'),
  'core/branch': decided('an `if` or a `match` on what a task gives'),
  'core/try': decided('`try`'),
  'core/catch': decided('`catch`'),
} as const satisfies Record<CoreOperation | BodyOperationName, Row>
