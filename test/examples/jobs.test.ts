import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { runTest } from '../../cli/test/run.ts'
import { effectsSource } from '../../compiler/builtin/effects.ts'
import { checkFile } from '../../compiler/check.ts'
import { builtIns } from '../../compiler/check/builtins.ts'
import { compileTests } from '../../compiler/tests.ts'
import { format } from '../../grammar/format.ts'
import { children, childrenOf, type Node } from '../../grammar/nodes.ts'
import { parse } from '../../grammar/parse.ts'
import { memoryStore } from '../../runtime/store/open.ts'
import { createLocalExecutor } from '../../runtime/wasm/pool.ts'
import { diskHost, runJob } from '../harness/run.ts'

const examples = join(import.meta.dirname, '../../examples')
const files = readdirSync(examples, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.ipvm'))
const executor = createLocalExecutor({ workers: 2 })
afterAll(() => executor.close())

const ran = (file: string, options = {}, store = memoryStore()) =>
  runJob(executor, diskHost(), join(examples, file), options, store)

test('there are at least twelve, and together they use everything that the language has', () => {
  expect(files.length).toBeGreaterThanOrEqual(12)
  const used = new Set<string>()
  for (const file of files) {
    const open: Node[] = [parse(readFileSync(join(examples, file), 'utf8'), file).module]
    for (let node = open.pop(); node; node = open.pop()) {
      used.add(node.kind)
      for (const name of namesIn(node)) used.add(name)
      open.push(...childrenOf(node))
    }
  }
  const kinds = Object.keys(children).filter(kind => kind !== 'Missing')
  const signs = ['*', '/', '%', '+', '-', '==', '!=', '<', '<=', '>', '>=', '&&', '||', '!']
  const operations = ['query', 'note', 'idempotent command', 'command']
  const forms = ['assert fails', 'else if', 'for with an index', 'with time', 'given _', 'exported']
  const settings = ['time', 'memory', 'gas', 'retry', 'check'].map(name => `setting ${name}`)
  const calls = [...builtIns, 'some', 'ok', 'err'].map(name => `call ${name}`)
  const numbers = ['u8', 'u16', 'u32', 'u64', 's8', 's16', 's32', 's64', 'f32', 'f64']
  const others = ['bool', 'char', 'string', 'bytes', 'list', 'option', 'result', 'tuple', 'link', 'ipld', 'secret']
  const types = [...numbers, ...others].map(name => `type ${name}`)
  const effects = parse(effectsSource, 'ipvm:effects').module.items.flatMap(item =>
    item.kind === 'EffectDeclaration' ? [`effect ${item.name.text}`] : [],
  )
  const all = [...kinds, ...signs, ...operations, ...forms, ...settings, ...calls, ...types, ...effects]
  expect(all.filter(name => !used.has(name))).toEqual([])
})

/** What a node shows of the language beside its kind. */
function namesIn(node: Node): string[] {
  switch (node.kind) {
    case 'Binary':
    case 'Unary':
      return [node.operator]
    case 'Operation':
      return [node.operation]
    case 'Setting':
      return [`setting ${node.name.text}`]
    case 'With':
      return node.settings.map(({ name }) => `with ${name.text}`)
    case 'Call':
      return node.callee.kind === 'Reference' ? [`call ${node.callee.name}`] : []
    case 'NamedType':
      return [`type ${node.path[0]!.text}`]
    case 'ImportNames':
      return node.from.value === 'ipvm:effects' ? node.names.map(({ name }) => `effect ${name.text}`) : []
    case 'Assert':
      return node.fails ? ['assert fails'] : []
    case 'If':
      return node.otherwise?.kind === 'If' ? ['else if'] : []
    case 'For':
      return node.index ? ['for with an index'] : []
    case 'Given':
      return node.call.args.some(({ value }) => value.kind === 'Reference' && value.name === '_') ? ['given _'] : []
    case 'Job':
      return node.exported ? ['exported'] : []
    default:
      return []
  }
}

describe.each(files)('%s', file => {
  const path = join(examples, file)

  test('has no diagnostics', async () => {
    expect((await checkFile(diskHost(), path)).diagnostics).toEqual([])
  })

  test('is laid out as the formatter lays it out', async () => {
    const text = readFileSync(path, 'utf8')
    expect(await format(text, file)).toEqual({ ok: true, text })
  })

  test('keeps what its tests promise', async () => {
    const compiled = await compileTests(diskHost(), path)
    if (!compiled.ok) throw new Error(compiled.diagnostics.map(({ message }) => message).join('\n'))
    const means = { store: memoryStore(), executor, signal: new AbortController().signal, memo: true }
    for (const one of compiled.tests) {
      const report = await runTest(one, means)
      if (!('faults' in report)) throw new Error(JSON.stringify(report))
      expect(report.faults, one.name).toEqual([])
    }
  }, 60_000)
})

test('scatter counts a book in a thousand parts as in four', async () => {
  const store = memoryStore()
  const many = await ran('scatter/scatter.ipvm', {}, store)
  const few = await ran('scatter/scatter.ipvm', { args: { parts: { text: '4' } } }, store)
  if (!many.ok || !few.ok) throw new Error(JSON.stringify([many, few]))
  expect(many.value).toEqual(few.value)
  expect(many.summary.tasks).toBe(1 + 2 * 1000 + 999 + 1)
}, 60_000)

test.each(['notify', 'dns', 'trip', 'secret', 'mailbox', 'monitor'])(
  '%s is not started without its effects',
  async name => {
    const args = name in given ? { args: given[name as keyof typeof given] } : {}
    const refused = await ran(`${name}/${name}.ipvm`, args)
    expect(refused.ok || refused.failure).toMatch(/"code":"effects"/)
  },
)

const page = { text: 'cid"bafkreiabltrd5zm73pvi7plq25pef3hm7jxhbi3kv4hapegrkfpkqtkbme"' }
const given = { dns: { target: page }, mailbox: { next: page }, monitor: { sites: { text: '["https://a.example"]' } } }

test.each([
  ['choose', {}],
  ['modules', {}],
  ['numbers', {}],
  ['pipeline', {}],
])(
  '%s runs',
  async (name, options) => {
    expect(await ran(`${name}/${name}.ipvm`, options)).toMatchObject({ ok: true })
  },
  60_000,
)

test('hello greets', async () => {
  const job = await ran('hello/hello.ipvm', { args: { name: { text: 'Ada' } } })
  expect(job.ok && job.value).toBe('Hello, Ada!')
})

test('image makes a PNG, and executes nothing the second time', async () => {
  const store = memoryStore()
  const first = await ran('image/image.ipvm', {}, store)
  if (!first.ok) throw new Error(JSON.stringify(first.failure))
  expect(Buffer.from((first.value as Uint8Array).subarray(0, 8)).toString('latin1')).toBe('\x89PNG\r\n\x1a\n')
  expect(first.summary).toMatchObject({ tasks: 8, ran: 8, hits: 0 })
  const second = await ran('image/image.ipvm', {}, store)
  expect(second.ok && second.value).toEqual(first.value)
  expect(second.ok && second.summary).toMatchObject({ tasks: 8, ran: 0, hits: 8 })
}, 60_000)

test('image describes what it is given', async () => {
  const good = await ran('image/image.ipvm', { job: 'describe' })
  expect(good.ok && good.value).toEqual({ ok: { width: 800, height: 600, 'bit-depth': 8, colours: 'rgb' } })
  const bad = await ran('image/image.ipvm', { job: 'describe', args: { source: { bytes: Buffer.from('no picture') } } })
  expect(bad.ok && bad.value).toMatchObject({ error: expect.any(String) })
})

test('wordcount counts as a plain program does', async () => {
  const text = readFileSync(join(examples, 'wordcount/psalms-and-new-testament.txt'), 'utf8')
  const counts = new Map<string, number>()
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}'-]+/gu) ?? []) counts.set(word, (counts.get(word) ?? 0) + 1)
  const job = await ran('wordcount/wordcount.ipvm', { job: 'frequencies', args: { n: { text: '5' } } })
  if (!job.ok) throw new Error(JSON.stringify(job.failure))
  const five = job.value as [string, number][]
  expect(five).toHaveLength(5)
  for (const [word, count] of five) expect(counts.get(word), word).toBe(count)
}, 60_000)
