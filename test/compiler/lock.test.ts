import fc from 'fast-check'
import { CID } from 'multiformats/cid'
import { describe, expect, test } from 'vitest'
import { compile } from '../../compiler/compile.ts'
import { checkFile } from '../../compiler/check.ts'
import { parseLock, printLock, type Pins } from '../../compiler/lock.ts'
import { block, cidOf } from '../../dag/cid.ts'
import { importFile } from '../../dag/unixfs.ts'
import { renderDiagnostic } from '../../grammar/render.ts'
import { compiled, helloWasm, memoryHost } from '../harness/host.ts'

const cid = cidOf(Uint8Array.of(1), 'raw').toString()
const entry = (source: string, kind = 'component', of = cid) => `"${source}": { "cid": "${of}", "kind": "${kind}" }`
const lock = (...entries: string[]) => `{ "version": 1, "imports": { ${entries.join(', ')} } }`

describe('a lock file', () => {
  const sources = fc.string().map(text => `ipfs://${text}`)
  const pin = fc.record({
    cid: fc.uint8Array().map(bytes => cidOf(bytes, 'raw').toString()),
    kind: fc.constantFrom('component' as const, 'job' as const),
  })

  test('gives what was printed', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(sources, pin)), entries => {
        const pins: Pins = new Map(entries)
        const text = printLock(pins)
        const read = parseLock(text)
        expect(read.ok && printLock(read.value)).toBe(text)
        expect(read.ok && read.value).toEqual(pins)
        expect(JSON.parse(text)).toEqual({ version: 1, imports: Object.fromEntries(pins) })
      }),
    )
  })

  test('is sorted, and ends with a line feed', () => {
    const text = printLock(
      new Map([
        ['ipfs://b', { kind: 'job', cid }],
        ['ipfs://a', { cid, kind: 'component' }],
      ]),
    )
    expect(text).toBe(
      `{\n  "version": 1,\n  "imports": {\n    "ipfs://a": {\n      "cid": "${cid}",\n      "kind": "component"\n    },\n    "ipfs://b": {\n      "cid": "${cid}",\n      "kind": "job"\n    }\n  }\n}\n`,
    )
  })

  test.each([
    ['', 'a `{` is missing here', 0],
    ['[]', 'this has no place here', 0],
    ['{}', 'it needs `version` and `imports`', 2],
    ['{ "version": 2, "imports": {} }', 'this version of ipvm reads version 1 of it', 13],
    ['{ "version": 1 }', 'it needs `version` and `imports`', 16],
    ['{ "version": 1, "imports": {}, "more": 1 }', '`more` has no meaning here', 31],
    ['{ "version": 1, "imports": {} } {}', 'the file goes on after its end', 32],
    ['{ "version": 1, "imports": {}, }', 'a name in quotes is missing here', 31],
    ['{ "version": 1 "imports": {} }', 'a `,` or `}` is missing here', 15],
    [lock(entry('./a.wasm')), 'only `ipfs://` imports are pinned', 29],
    [lock(entry('ipfs://a'), entry('ipfs://a')), '`ipfs://a` stands here twice', 136],
    [lock(entry('ipfs://a', 'file')), 'an import is a `component` or a `job`', 121],
    [lock(entry('ipfs://a', 'job', 'bafy')), 'this is not a CID', 50],
    [lock(entry('ipfs://a', 'job', cid.toUpperCase())), 'this is not a CID', 50],
    [lock(`"ipfs://a": { "cid": "${cid}" }`), 'an import needs `cid` and `kind`', 112],
    ['{ "version": 1, "imports": { "ipfs://\\u00zz": {} } }', 'this has no place here', 29],
    ['{\n<<<<<<< ours\n', 'two versions of it were merged and not settled', 2],
  ])('%s is damaged', (text, why, start) => {
    expect(parseLock(text)).toMatchObject({ ok: false, error: { why, start } })
  })

  test('of any text is read or refused', () => {
    fc.assert(
      fc.property(fc.string(), text => {
        const read = parseLock(text)
        if (!read.ok) expect(read.error.end).toBeGreaterThanOrEqual(read.error.start)
      }),
    )
  })
})

/** A DAG-PB node with UnixFS data; every length is below 128. */
function node(kind: number, links: [name: string, cid: CID][]): { cid: CID; bytes: Uint8Array } {
  const field = (number: number, bytes: Uint8Array | number[]) => [number * 8 + 2, bytes.length, ...bytes]
  const bytes = Uint8Array.from([
    ...links.flatMap(([name, cid]) => field(2, [...field(1, cid.bytes), ...field(2, Buffer.from(name)), 0x18, 0])),
    ...field(1, [8, kind]),
  ])
  return { cid: cidOf(bytes, 'dag-pb'), bytes }
}

const DIRECTORY = 1
const SHARDED = 5

describe('imports by content', async () => {
  const hello = await importFile(helloWasm)
  const inner = node(DIRECTORY, [
    ['a file.wasm', hello.cid],
    ['hello.wasm', hello.cid],
  ])
  const outer = node(DIRECTORY, [['lib', inner.cid]])
  const sharded = node(SHARDED, [['hello.wasm', hello.cid]])
  const twice = node(DIRECTORY, [
    ['hello.wasm', hello.cid],
    ['hello.wasm', inner.cid],
  ])
  const blocks = new Map(
    [...hello.blocks, inner, outer, sharded, twice].map(({ cid, bytes }) => [cid.toString(), bytes]),
  )
  const greet = (source: string, stated = '') =>
    `import hello from "${source}"${stated}\n\nexport job main() -> string { hello.greet("you") }\n`
  const interfaceOf = ' { greet: func(name: string) -> string }'

  const check = async (text: string, files: Record<string, string> = {}, at = blocks) => {
    const checked = await checkFile(memoryHost({ 'main.ipvm': text, ...files }, at), 'main.ipvm')
    const shown = checked.diagnostics.map(d => renderDiagnostic(d, file => checked.sources.get(file)?.text)).join('\n')
    return { shown, lock: checked.lock }
  }

  test('a component by its CID, and through folders, is the same as by its path', async () => {
    const byPath = await compiled(greet('./hello.wasm'))
    for (const source of [`${hello.cid}`, `${inner.cid}/hello.wasm`, `${outer.cid}/lib/a%20file.wasm`]) {
      const result = await compile(memoryHost({ 'main.ipvm': greet(`ipfs://${source}`) }, blocks), 'main.ipvm')
      if (!result.ok) throw new Error(JSON.stringify(result))
      expect(result.value.job).toEqual(byPath.job)
      expect(result.value.components.map(({ cid }) => cid)).toEqual(byPath.components.map(({ cid }) => cid))
      expect(result.value.lock).toEqual({
        path: '/project/ipvm.lock',
        file: 'ipvm.lock',
        text: printLock(new Map([[`ipfs://${source}`, { cid: hello.cid.toString(), kind: 'component' }]])),
      })
    }
  })

  test('what is pinned is not written again, what is new is added', async () => {
    const pinned = printLock(new Map([[`ipfs://${hello.cid}`, { cid: hello.cid.toString(), kind: 'component' }]]))
    expect(await check(greet(`ipfs://${hello.cid}`), { 'ipvm.lock': pinned })).toEqual({ shown: '', lock: undefined })
    const { lock } = await check(greet(`ipfs://${inner.cid}/hello.wasm`), { 'ipvm.lock': pinned })
    const read = parseLock(lock!.text)
    expect(read.ok && [...read.value.keys()].sort()).toEqual(
      [`ipfs://${hello.cid}`, `ipfs://${inner.cid}/hello.wasm`].sort(),
    )
  })

  test('what is imported by its path is not pinned, and no lock is read for it', async () => {
    const host = memoryHost({ 'main.ipvm': greet('./hello.wasm'), 'hello.wasm': helloWasm, 'ipvm.lock': 'damaged' })
    const checked = await checkFile(host, 'main.ipvm')
    expect(checked).toMatchObject({ diagnostics: [], lock: undefined })
  })

  test('nothing is pinned while something is wrong', async () => {
    expect((await check(greet(`ipfs://${hello.cid}`).replace('"you"', '1'))).lock).toBeUndefined()
  })

  test('a stated interface stands for bytes that are not at hand, and the CID is pinned', async () => {
    const { shown, lock } = await check(greet(`ipfs://${hello.cid}`, interfaceOf), {}, new Map())
    expect(shown).toBe('')
    expect(lock?.text).toContain(hello.cid.toString())
  })

  test('where a folder is not at hand its pin stands for it', async () => {
    const source = `ipfs://${inner.cid}/hello.wasm`
    const pins: Pins = new Map([[source, { cid: hello.cid.toString(), kind: 'component' }]])
    const left = new Map([...blocks].filter(([key]) => key !== inner.cid.toString()))
    expect((await check(greet(source), { 'ipvm.lock': printLock(pins) }, left)).shown).toBe('')
    expect((await check(greet(source), {}, left)).shown).toContain('IPVM2043')
  })

  const pinned = (source: string, kind: 'component' | 'job', to = hello.cid) =>
    printLock(new Map([[source, { cid: to.toString(), kind }]]))

  test.each([
    ['another CID', `ipfs://${inner.cid}/hello.wasm`, pinned(`ipfs://${inner.cid}/hello.wasm`, 'component', inner.cid)],
    ['another kind', `ipfs://${hello.cid}`, pinned(`ipfs://${hello.cid}`, 'job')],
    ['a lock that is damaged', `ipfs://${hello.cid}`, '{\n  "version": 1,\n  "imports": {\n<<<<<<< ours\n  }\n}\n'],
    ['a folder that is not at hand', `ipfs://${cidOf(Uint8Array.of(9), 'dag-pb')}/hello.wasm`, undefined],
    ['a name that is not there', `ipfs://${inner.cid}/helo.wasm`, undefined],
    ['a path below a file', `ipfs://${hello.cid}/hello.wasm`, undefined],
    ['a folder in place of a file', `ipfs://${inner.cid}`, undefined],
    ['a folder of shards', `ipfs://${sharded.cid}/hello.wasm`, undefined],
    ['a name twice', `ipfs://${twice.cid}/hello.wasm`, undefined],
    ['bytes that are not at hand', `ipfs://${cidOf(Uint8Array.of(9), 'raw')}`, undefined],
    ['a job that is not at hand', `ipfs://${cidOf(Uint8Array.of(9), 'dag-cbor')}`, undefined],
    ['no CID', 'ipfs://hello', undefined],
    ['a way upwards', `ipfs://${inner.cid}/../hello.wasm`, undefined],
  ])('%s is told', async (_, source, text) => {
    const { shown, lock } = await check(greet(source), text === undefined ? {} : { 'ipvm.lock': text })
    expect(shown.match(/error\[/g)).toHaveLength(1)
    expect(shown).toMatchSnapshot()
    expect(lock).toBeUndefined()
  })
})

describe('a compiled job', async () => {
  const source = `import hello from "./hello.wasm"

/// Greets somebody politely.
export job main(name: string, title: string = "dear") -> string { hello.greet(hello.greet(title)) }

export job pair(name: string, count: u8) -> tuple<string, u8> { (hello.greet(name), count) }

export job twice(name: string) -> string { hello.greet(hello.greet(name)) }
`
  const blocksOf = async (job: string) => {
    const made = await compiled(source, { job })
    return {
      cid: made.job,
      blocks: new Map([...made.blocks, ...made.components].map(b => [b.cid.toString(), b.bytes])),
    }
  }
  const twice = await blocksOf('twice')
  const pair = await blocksOf('pair')
  const check = async (text: string, blocks: Map<string, Uint8Array>) => {
    const checked = await checkFile(memoryHost({ 'main.ipvm': text }, blocks), 'main.ipvm')
    return checked.diagnostics.map(d => renderDiagnostic(d, file => checked.sources.get(file)?.text)).join('\n')
  }

  test('is called by its name, and is the job that it would be if its source were here', async () => {
    const text = `import greet from "ipfs://${twice.cid}"\n\nexport job main(name: string) -> string { greet(name) }\n`
    expect(await check(text, twice.blocks)).toBe('')
    const result = await compile(memoryHost({ 'main.ipvm': text }, twice.blocks), 'main.ipvm')
    if (!result.ok) throw new Error(JSON.stringify(result))
    expect(result.value.job).toEqual(twice.cid)
    expect(result.value.lock?.text).toContain('"kind": "job"')
    expect(result.value.components).toHaveLength(1)
    expect(result.value.absent).toEqual([])
  })

  test('with arguments is the job that it would be with its source', async () => {
    const body = '{ it(name: "a", count: 1) }'
    const main = `export job call() -> tuple<string, u8> ${body}\n`
    const here = await compiled(`${source}\n${main.replace('it(', 'pair(')}`, { job: 'call' })
    const text = `import it from "ipfs://${pair.cid}"\n\n${main}`
    const there = await compile(memoryHost({ 'main.ipvm': text }, pair.blocks), 'main.ipvm')
    expect(there.ok && there.value.job).toEqual(here.job)
    const title = `export job call() -> string { main(name: "a") }\n`
    const made = await blocksOf('main')
    const imported = `import it from "ipfs://${made.cid}"\n\n${title.replace('main(', 'it(')}`
    const bound = await compile(memoryHost({ 'main.ipvm': imported }, made.blocks), 'main.ipvm')
    expect(bound.ok && bound.value.job).toEqual((await compiled(`${source}\n${title}`, { job: 'call' })).job)
  })

  test('performs what it was compiled to perform', async () => {
    const grab = `import { fs, http } from "ipvm:effects"

export job grab(url: string) -> u64 uses fs.write, http.get {
  do fs.write(path: "a", data: http.get(url)?.body)
}
`
    const made = await compiled(grab)
    const blocks = new Map(made.blocks.map(({ cid, bytes }) => [cid.toString(), bytes]))
    const main = (uses: string) => `export job main() -> u64${uses} { do grab("x") }\n`
    const text = (uses: string) => `import grab from "ipfs://${made.job}"\n\n${main(uses)}`
    const silent = await checkFile(memoryHost({ 'main.ipvm': text('') }, blocks), 'main.ipvm')
    expect(silent.diagnostics.map(({ name }) => name)).toEqual(['MissingUses'])
    const uses = ' uses fs.write, http.get'
    const there = await compile(memoryHost({ 'main.ipvm': text(uses) }, blocks), 'main.ipvm')
    const here = await compiled(`${grab}\n${main(uses)}`, { job: 'main' })
    expect(there.ok && there.value.job).toEqual(here.job)
  })

  test('tells which of its components are not at hand', async () => {
    const text = `import greet from "ipfs://${twice.cid}"\n\nexport job main(name: string) -> string { greet(name) }\n`
    const { cid } = await importFile(helloWasm)
    const left = new Map([...twice.blocks].filter(([key]) => key !== cid.toString()))
    const result = await compile(memoryHost({ 'main.ipvm': text }, left), 'main.ipvm')
    expect(result.ok && result.value.absent).toEqual([cid])
  })

  const use = (of: CID, body: string, type = 'tuple<string, u8>', stated = '') =>
    `import it from "ipfs://${of}"${stated}\n\nexport job main() -> ${type} { ${body} }\n`

  test('takes arguments by name', async () => {
    expect(await check(use(pair.cid, 'it(count: 1, name: "a")'), pair.blocks)).toBe('')
  })

  test.each([
    ['arguments by position', use(pair.cid, 'it("a", 1)'), pair.blocks],
    ['a wrong type', use(pair.cid, 'it(name: "a", count: 256)'), pair.blocks],
    ['a name that it has not', use(pair.cid, 'it(nam: "a", count: 1)'), pair.blocks],
    ['too little', use(pair.cid, 'it(name: "a")'), pair.blocks],
    ['limits', use(pair.cid, 'it(name: "a", count: 1) with { time: 1s }'), pair.blocks],
    ['a function of it', use(pair.cid, 'it.main(name: "a", count: 1)'), pair.blocks],
    ['names of it', use(pair.cid, 'it(name: "a", count: 1)').replace('import it', 'import { it }'), pair.blocks],
    ['a value', use(pair.cid, 'it'), pair.blocks],
    ['an interface', use(twice.cid, 'it("a")', 'string', ' { f: func() -> u8 }'), twice.blocks],
    ['an instruction that is missing', use(twice.cid, 'it("a")', 'string'), new Map([...twice.blocks].slice(0, 0))],
    (() => {
      const other = block({ hello: 'world' })
      return [
        'a value that is no job',
        use(other.cid, 'it("a")', 'string'),
        new Map([[other.cid.toString(), other.bytes]]),
      ]
    })() as [string, string, Map<string, Uint8Array>],
  ])('%s is told', async (_, text, blocks) => {
    const shown = await check(text, blocks)
    expect(shown.match(/error\[/g)).toHaveLength(1)
    expect(shown).toMatchSnapshot()
  })
})
