import { checkText } from '../../compiler/check.ts'
import { show } from '../../compiler/open.ts'
import { readJob } from '../../dag/job.ts'
import type { DiagnosticName } from '../../grammar/diagnostics.ts'
import { compiled, compileText, loaderOf, memoryHost } from '../harness/host.ts'

/** Declarations that the expressions of tests use. */
const PRELUDE = `type Angle = enum { quarter, half }
type Shape = variant { dot, circle(u32), box(tuple<u8, u8>) }
job add(a: u32, b: u32) -> u32 { a + b }
job join-bytes(a: bytes, b: bytes) -> bytes { concat(a, b) }
`

/** Parameters that the expressions of tests use, by type. */
const PARAMS = [
  'yes: bool',
  'b8: u8',
  'b16: u16',
  'n32: u32',
  'n64: u64',
  'i8: s8',
  'i32: s32',
  'i64: s64',
  'x32: f32',
  'x64: f64',
  'c: char',
  't: string',
  'raw: bytes',
  'ns: list<u32>',
  'ts: list<string>',
  'nss: list<list<u32>>',
  'maybe: option<u32>',
  'maybe2: option<option<u32>>',
  'out: result<u32, string>',
  'pair: tuple<u8, string>',
  'rec: record { a: u8, b: string }',
  'angle: Angle',
  'shape: Shape',
  'any: ipld',
  'ln: link<u32>',
  'lns: link<list<u32>>',
  'lmaybe: link<option<u32>>',
  'links: list<link<bytes>>',
]
const SECRETS = [
  'sn: secret<u32>',
  'sb: secret<bool>',
  'st: secret<string>',
  'sns: secret<list<u32>>',
  'slist: list<secret<u32>>',
  'smaybe: secret<option<u32>>',
  'sout: result<u32, secret<string>>',
  'srec: record { key: secret<string>, name: string }',
]

/** What is told about a text, by the names of the rows. */
export async function found(text: string): Promise<DiagnosticName[]> {
  const result = await compileText(text)
  if (result.ok) return []
  if ('usage' in result) throw new Error(result.usage.message)
  return result.diagnostics.filter(({ severity }) => severity === 'error').map(diagnostic => diagnostic.name)
}

/** The type that is found for an expression, or the rows of what is wrong with it. */
export async function typeOf(expression: string, lines = ''): Promise<string> {
  const text = `${PRELUDE}job inner(${[...PARAMS, ...SECRETS].join(', ')}) {\n  ${lines}\n  ${expression}\n}\n`
  const { module, diagnostics } = await checkText(memoryHost({ 'main.ipvm': text }), 'main.ipvm', text)
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  return errors.length > 0 ? errors.map(({ name }) => name).join(', ') : show(module!.jobs.get('inner')!.result)
}

/** The message of the only thing that is wrong with an expression. */
export async function messageOf(expression: string, lines = ''): Promise<string> {
  const text = `${PRELUDE}job inner(${PARAMS.join(', ')}) {
  ${lines}
  ${expression}
}

export job main() -> u8 { 1 }
`
  const result = await compileText(text)
  if (result.ok || 'usage' in result) return 'nothing is wrong'
  return result.diagnostics
    .filter(({ severity }) => severity === 'error')
    .map(({ message }) => message)
    .join('\n')
}

/** The value of a job without tasks, which the compiler has computed to its end. */
export async function valueOf(text: string): Promise<unknown> {
  const job = await compiled(text)
  const root = await readJob(job.job, loaderOf(job))
  if (!root.ok) throw new Error(root.error.message)
  if (root.value.tasks.length > 0) throw new Error(`${root.value.tasks.length} tasks are left`)
  return root.value.result.value
}

/** The value of an expression without tasks, of a type. */
export function computed(type: string, expression: string): Promise<unknown> {
  return valueOf(`${PRELUDE}export job main() -> ${type} { ${expression} }\n`)
}
