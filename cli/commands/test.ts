import type { CompiledTest } from '../../compiler/interface.ts'
import { compileTests } from '../../compiler/tests.ts'
import type { Diagnostic } from '../../grammar/diagnostics.ts'
import { createLocalExecutor, type Isolation } from '../../runtime/wasm/pool.ts'
import type { Context } from '../context.ts'
import { complain, cliRows, wrongUsage } from '../diagnostics.ts'
import { chooseSources, readNamed, refuseTarget, writeNamed } from '../files.ts'
import { createHost, StoreDoor } from '../host.ts'
import { exits, plural, success, type Reply } from '../output.ts'
import { createSources, distinct, noteDiagnostics, reportDiagnostics } from '../report.ts'
import { toJunit } from '../test/junit.ts'
import { renderTest, testJson } from '../test/report.ts'
import { runTest, type TestReport } from '../test/run.ts'
import { watch } from '../watch.ts'

interface Options {
  filter?: string
  name?: string
  junit?: string
  watch?: boolean
  isolation: Isolation
  memo: boolean
}

/** `ipvm test [FILES…]`: runs the `test` blocks of sources. */
export async function test(context: Context, given: string[], rest: Record<string, unknown>): Promise<Reply> {
  const options = rest as unknown as Options
  if (options.watch && context.json) return wrongUsage('`--watch` goes on for ever and has no one JSON value.')
  const { junit } = options
  const refused = junit === undefined ? [] : [...given, ''].map(file => refuseTarget(junit, file))
  const first = refused.find(reply => reply !== undefined)
  if (first) return first
  const signal = context.interruptible()
  if (!options.watch) return (await testOnce(context, given, options, signal)).reply
  return watch(context, signal, () => testOnce(context, given, options, signal))
}

async function testOnce(
  context: Context,
  given: string[],
  options: Options,
  signal: AbortSignal,
): Promise<{ reply: Reply; read: Set<string> }> {
  const read = new Set<string>()
  const store = new StoreDoor(context.store, context.gateways)
  const executor = createLocalExecutor({ isolation: options.isolation })
  try {
    const reply = await testFiles(context, given, options, { store, executor, signal, read })
    return { reply, read }
  } finally {
    await executor.close()
    await store.close()
  }
}

interface Means {
  store: StoreDoor
  executor: ReturnType<typeof createLocalExecutor>
  signal: AbortSignal
  /** Takes the paths that were read. */
  read: Set<string>
}

async function testFiles(context: Context, given: string[], options: Options, means: Means): Promise<Reply> {
  const files = chooseSources(given)
  if (!files.ok) return files.error
  const reports: TestReport[] = []
  const sources = createSources()
  const compiled: [file: string, tests: CompiledTest[]][] = []
  const wrong: Diagnostic[] = []
  for (const file of files.value) {
    const bytes = readNamed(file)
    if (!bytes.ok) return bytes.error
    means.read.add(file)
    const result = await compileTests(createHost(means.store.load, means.read), file)
    if (result.ok) {
      compiled.push([file, result.tests])
      noteDiagnostics(context, result.warnings)
    } else for (const one of result.diagnostics) wrong.push(one)
  }
  if (wrong.length > 0) return reportDiagnostics(distinct(wrong))
  const { filter, name: exact } = options
  const names = compiled.flatMap(([, tests]) => tests.map(({ name }) => name))
  const isWanted = (name: string): boolean =>
    (filter === undefined || name.includes(filter)) && (exact === undefined || name === exact)
  if ((filter ?? exact) !== undefined && !names.some(isWanted)) {
    const known = names.length > 0 ? `There are: ${names.join(', ')}.` : 'There are no tests.'
    const what = exact === undefined ? `has \`${filter}\` in its name` : `is called \`${exact}\``
    return wrongUsage(`No test ${what}. ${known}`)
  }
  for (const [file, tests] of compiled) {
    const wanted = tests.filter(({ name }) => isWanted(name))
    if (wanted.length > 0) context.note(file)
    for (const one of wanted) {
      const report = await runTest(one, { ...means, store: means.store.open(), memo: options.memo })
      if ('stopped' in report) return stopped(reports.length)
      if ('error' in report) return complain(cliRows.Store, report.error)
      reports.push(report)
      context.note(renderTest(report, sources))
    }
  }
  const problem = options.junit === undefined ? undefined : writeNamed(options.junit, toJunit(reports))
  return problem ?? conclude(reports, names.length)
}

function conclude(reports: TestReport[], known: number): Reply {
  const failed = reports.filter(({ faults }) => faults.length > 0).length
  const left = known - reports.length
  const counts = [
    ...(failed > 0 ? [`${failed} failed`] : []),
    `${reports.length - failed} passed`,
    ...(left > 0 ? [`${left} left out`] : []),
  ]
  const line = `${plural(reports.length, 'test')}: ${counts.join(', ')}`
  const tests = reports.map(testJson)
  if (failed === 0) return success({ tests, passed: reports.length, failed }, undefined, line)
  return { exit: exits.failed, json: { ok: false, failure: { kind: 'test', message: line, tests } }, stderr: line }
}

function stopped(done: number): Reply {
  const message = `Stopped after ${plural(done, 'test')}.`
  return { exit: exits.stopped, json: { ok: false, failure: { kind: 'stopped', message } }, stderr: message }
}
