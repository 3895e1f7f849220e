import { unit } from '../dag/types.ts'
import type { Diagnostic } from '../grammar/diagnostics.ts'
import { checkFile, type CheckedFile } from './check.ts'
import { unique, writeJob, type Written } from './compile.ts'
import type { CheckedAssert, CheckedBody, CheckedJob, CheckedTest, Core, Site } from './core.ts'
import type { CompiledAssert, CompiledTest, Host, UsageError } from './interface.ts'
import type { Open } from './open.ts'

export type TestsResult =
  { ok: true; tests: CompiledTest[]; warnings: Diagnostic[] } | { ok: false; diagnostics: Diagnostic[] }

/** Compiles the `test` blocks of a file: for each `assert`, and for what is `given`, a closed job. */
export async function compileTests(host: Host, file: string): Promise<TestsResult> {
  const checked = await checkFile(host, file)
  const errors = checked.diagnostics.filter(diagnostic => diagnostic.severity === 'error')
  if (errors.length > 0 || !checked.module) return { ok: false, diagnostics: checked.diagnostics }
  const tests: CompiledTest[] = []
  for (const test of checked.module.tests) {
    const compiled = await compileTest(test, checked)
    if (!compiled.ok) return compiled
    tests.push(compiled.test)
  }
  return { ok: true, tests, warnings: checked.diagnostics }
}

type TestResult = { ok: true; test: CompiledTest } | { ok: false; diagnostics: Diagnostic[] }

async function compileTest(test: CheckedTest, checked: CheckedFile): Promise<TestResult> {
  const written: Written[] = []
  const write = async (promise: Promised): Promise<Written | Diagnostic[]> => {
    const made = await writeJob(jobOf(test, promise), file => checked.linesOf(file))
    if (made.ok) {
      written.push(made.value)
      return made.value
    }
    if ('usage' in made.error) throw new Error((made.error.usage satisfies UsageError).message)
    return made.error.diagnostics
  }

  const given = test.given.length > 0 ? await write(givenValues(test)) : undefined
  if (Array.isArray(given)) return { ok: false, diagnostics: given }
  const asserts: CompiledAssert[] = []
  for (const promise of promisesOf(test)) {
    const made = await write(promise)
    if (Array.isArray(made)) return { ok: false, diagnostics: made }
    const { file, start, end, name } = promise.site
    asserts.push({
      kind: promise.kind,
      file,
      span: { start, end },
      text: name,
      job: made.job,
      debug: made.debug,
      type: made.result,
    })
  }
  const { name, site } = test
  const operations = test.given.map(({ effect, args }) => ({ op: effect.op, any: args.map(arg => arg === 'any') }))
  return {
    ok: true,
    test: {
      name,
      file: site.file,
      span: { start: site.start, end: site.end },
      ...(given ? { given: { job: given.job, debug: given.debug, type: given.result, operations } } : {}),
      asserts,
      blocks: unique(written.flatMap(({ blocks }) => blocks)),
      components: unique(written.flatMap(({ components }) => components)),
    },
  }
}

/** The result of a job that shows whether a promise holds. */
interface Promised {
  kind: CompiledAssert['kind'] | 'given'
  value: Core
  type: Open
  /** How many of the statements of the test stand before it. */
  statements: number
  site: Site
}

type AssertPromised = Promised & { kind: CompiledAssert['kind'] }

function jobOf(test: CheckedTest, { kind, value, type, statements, site }: Promised): CheckedJob {
  const before = test.statements.slice(0, statements)
  // What is given is known before anything is performed.
  const body: CheckedBody = {
    params: [],
    statements: kind === 'given' ? before.filter(({ binding }) => binding) : before,
    value,
  }
  const { name, config } = test
  return { name, file: site.file, exported: false, params: [], body, result: type, site, config, effects: new Map() }
}

const nothing: Core = { kind: 'value', value: null }

/** A tuple with a tuple `(argument…, value)` for each `given`; `()` stands where any argument will do. */
function givenValues(test: CheckedTest): Promised {
  const rows = test.given.map(({ effect, args, value }) => {
    const entries = args.map((arg, i): { core: Core; type: Open } =>
      arg === 'any' ? { core: nothing, type: unit } : { core: arg, type: effect.params[i]!.binding.type },
    )
    const all = [...entries, { core: value, type: effect.result }]
    const core: Core = { kind: 'tuple', items: all.map(entry => entry.core) }
    return { core, type: { kind: 'tuple', items: all.map(entry => entry.type) } as Open }
  })
  return {
    kind: 'given',
    value: { kind: 'tuple', items: rows.map(row => row.core) },
    type: { kind: 'tuple', items: rows.map(row => row.type) },
    statements: test.given.reduce((most, { statements }) => Math.max(most, statements), 0),
    site: test.site,
  }
}

function promisesOf(test: CheckedTest): AssertPromised[] {
  if (test.asserts.length > 0) return test.asserts.map(promiseOf)
  return [{ kind: 'performs', value: nothing, type: unit, statements: test.statements.length, site: test.site }]
}

function promiseOf(assert: CheckedAssert): AssertPromised {
  const { kind, statements, site } = assert
  if (kind === 'holds') return { kind, value: assert.value, type: { kind: 'bool' }, statements, site }
  if (kind === 'fails') return { kind, value: assert.value, type: assert.type, statements, site }
  const { type } = assert
  // Each side has a name, so that what it performs is performed once.
  const sides = [assert.left, assert.right].map(value => ({ binding: { name: '', type }, value }))
  const [left, right] = sides.map(({ binding }): Core => ({ kind: 'local', binding })) as [Core, Core]
  const equal: Core = { kind: 'operation', op: 'core/equal', args: [left, right, { kind: 'type', type }], site }
  const value: Core = { kind: 'tuple', items: [left, right, equal] }
  return {
    kind,
    value: { kind: 'block', body: { params: [], statements: sides, value } },
    type: { kind: 'tuple', items: [type, type, { kind: 'bool' }] },
    statements,
    site,
  }
}
