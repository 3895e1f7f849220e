import { execFile } from 'node:child_process'
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { web } from '../runtime/effects/servers.ts'
import { folder, ipvm, json, root } from './harness.ts'

const copy = `import { http, fs } from "ipvm:effects"

/// Keeps what is at a URL.
export job main(url: string, name: string = "page") -> u64 uses fs.write, http.get {
  let page = http.get(url)?
  do fs.write("out/\${name}", page.body)
}
`
const page = { '/x': (_: unknown, response: { end: (text: string) => void }) => response.end('hello') }

describe('a job that may not do all that it does', () => {
  test('is not started, and all that is missing is told, in a command line that can be used', async () => {
    const { origin, port, asked } = await web(page)
    const cwd = folder({ 'copy.ipvm': copy })
    const name = `it's $HOME\u202e "ü" *\\*`
    const args = ['run', 'copy.ipvm', '--arg', `url=${origin}/x`, '--arg', `name=${name}`]
    const { code, value } = await json(args, { cwd })
    expect(code).toBe(4)
    expect(value).toMatchObject({
      ok: false,
      failure: { kind: 'refused', code: 'IPVM9007', message: expect.stringContaining('Nothing was started') },
    })
    expect([...value.failure.missing].sort()).toEqual([
      `fs.write=out/${name.replaceAll('*', '\\*')}`,
      `http.get=127.0.0.1:${port}`,
    ])
    expect(asked).toEqual([])
    expect(existsSync(join(cwd, 'out'))).toBe(false)

    const { code: again, out, err } = await ipvm(args, { cwd })
    expect({ again, out }).toEqual({ again: 4, out: '' })
    expect(err).not.toContain('\u202e')
    const command = err.split('\n').find(line => line.startsWith('  ipvm run'))!
    const shell = `ipvm() { "${process.execPath}" "${join(root, 'dist/ipvm.js')}" "$@"; }\n${command}`
    const { status, stdout } = await inShell(shell, cwd)
    expect({ status, stdout }).toEqual({ status: 0, stdout: '5\n' })
    expect(readdirSync(join(cwd, 'out'))).toEqual([name])
  })

  test('is not started where the file has another kind of an operation, which no grant helps', async () => {
    const cwd = folder({
      'a.ipvm': `effect http("https:") {
  query post(url: string, body: bytes) -> u32
  command get(url: string) -> u32
}
export job main() -> u32 uses http.get, http.post {
  do http.get("https://a.example")
  http.post("https://a.example", b"")
}
`,
    })
    const { code, value } = await json(['run', 'a.ipvm', '--allow', 'http.*'], { cwd })
    expect(code).toBe(4)
    expect(value.failure).toMatchObject({ kind: 'refused', missing: [] })
    expect(value.failure.message).toContain('`http.get` is a query, and the job has it as a command')
    expect(value.failure.message).toContain('`http.post` is a command, and the job has it as a query')
    expect(value.failure).not.toHaveProperty('command')
  })

  test('is not started where nothing performs an operation', async () => {
    const cwd = folder({
      'a.ipvm':
        'effect mail("mailto:") { query unread() -> u32 }\nexport job main() -> u32 uses mail.unread { mail.unread() }\n',
    })
    const { code, err } = await ipvm(['run', 'a.ipvm'], { cwd })
    expect({ code, err }).toEqual({
      code: 4,
      err: 'error: Nothing was started:\n  nothing here performs `mail.unread`\n',
    })
  })

  test('is told of what it asks for only when it runs', async () => {
    const { origin, port } = await web({})
    const cwd = folder({
      'a.ipvm':
        'import { http } from "ipvm:effects"\n' +
        'export job main(path: string) -> u16 uses http.get {\n' +
        `  let first = http.get("${origin}/x")?\n` +
        '  http.get("http://127.0.0.1:1/${first.status}${path}")?.status\n}\n',
    })
    const args = ['run', 'a.ipvm', '--arg', 'path=x', '--allow', `http.get=127.0.0.1:${port}`]
    const { code, value } = await json(args, { cwd })
    expect(code).toBe(4)
    expect(value.failure).toMatchObject({
      kind: 'refused',
      name: 'http.get',
      detail: '`http.get=127.0.0.1:1` is not granted',
    })
  })
})

/** Runs a script without holding up the servers of this process. */
function inShell(script: string, cwd: string): Promise<{ status: number | null; stdout: string }> {
  return new Promise(resolve => {
    const child = execFile('bash', ['-c', script], { cwd }, (_, stdout) => resolve({ status: child.exitCode, stdout }))
  })
}

describe('--allow', () => {
  test('may be given more than once, and what it grants is done', async () => {
    const { origin, port } = await web(page)
    const cwd = folder({ 'copy.ipvm': copy })
    const args = ['run', 'copy.ipvm', '--arg', `url=${origin}/x`]
    const grants = ['--allow', `http.get=127.0.0.1:${port}`, '--allow=fs.write=./out']
    expect(await json([...args, ...grants], { cwd })).toMatchObject({
      code: 0,
      value: { value: { result: 5, ran: 2 } },
    })
    expect(readFileSync(join(cwd, 'out/page'), 'utf8')).toBe('hello')
  })

  test.each([
    ['htpp.get', '`--allow`: `htpp.get` is no grant: there is no operation `htpp.get`; did you mean `http.get`?'],
    ['http.get=https://a.example', 'without scheme and path'],
    ['*', 'there is no operation `*`'],
    ['', 'there is no operation ``'],
  ])('takes no %j', async (grant, why) => {
    const cwd = folder({ 'copy.ipvm': copy })
    const { code, value } = await json(['run', 'copy.ipvm', '--arg', 'url=x', '--allow', grant], { cwd })
    expect(code).toBe(2)
    expect(value.diagnostics[0].message).toContain(why)
  })
})

describe('the configuration', () => {
  const pure = 'export job main() -> u32 { 1 }\n'
  const counts =
    'effect own("own:") { query count() -> u32 }\nexport job main() -> u32 uses own.count { own.count() }\n'
  const provider = `{
    name: 'own', scheme: 'own:',
    operations: { count: { kind: 'query', params: [], result: { kind: 'u32' }, perform: async () => ({ kind: 'ok', value: 7 }) } },
  }`
  const config = `export default { allow: ['own.count'], providers: [${provider}] }\n`

  test.each(['ipvm.config.ts', 'ipvm.config.mts', 'ipvm.config.js', 'ipvm.config.mjs'])('stands in %s', async name => {
    const typed = name.endsWith('ts')
      ? `import type { Config } from 'ipvm'\nconst config: Config = { allow: ['own.count'], providers: [${provider}] }\nexport default config satisfies Config\n`
      : config
    const cwd = folder({ 'a.ipvm': counts, [name]: typed, 'package.json': '{ "type": "module" }' })
    expect(await json(['run', 'a.ipvm'], { cwd })).toMatchObject({ code: 0, value: { value: { result: 7 } }, err: '' })
  })

  test('is code, and is loaded by what performs effects alone', async () => {
    const cwd = folder({
      'pure.ipvm': pure,
      'effects.ipvm':
        'import { time } from "ipvm:effects"\nexport job main() -> u64 uses time.now { time.now() }\ntest "a" {\n  given time.now() => 1\n  assert main() == 1\n}\n',
      'ipvm.config.mjs': `import { writeFileSync } from 'node:fs'\nwriteFileSync('loaded', '')\nexport default { allow: ['time.now'] }\n`,
    })
    const commands = [
      ['check'],
      ['fmt', '--check'],
      ['build', 'effects.ipvm'],
      ['test'],
      ['show', 'effects.car'],
      ['explain', 'IPVM9007'],
      ['run', 'pure.ipvm'],
      ['run', 'pure.ipvm', '--allow', 'time.now'],
    ]
    for (const command of commands) {
      await ipvm(command, { cwd })
      expect({ command, loaded: existsSync(join(cwd, 'loaded')) }).toEqual({ command, loaded: false })
    }
    expect(await json(['run', 'effects.ipvm'], { cwd })).toMatchObject({ code: 0 })
    expect(existsSync(join(cwd, 'loaded'))).toBe(true)
  })

  test('prints nothing to standard output', async () => {
    const loud = `console.log('one'); console.info('two'); console.debug('three')\n${config}`
    const cwd = folder({ 'a.ipvm': counts, 'ipvm.config.mjs': loud })
    const { code, out, err } = await ipvm(['run', 'a.ipvm'], { cwd })
    expect({ code, out }).toEqual({ code: 0, out: '7\n' })
    expect(err).toContain('one\ntwo\nthree\n')
  })

  test.each([
    ['export default { alow: [] }', 'there is no field `alow`; did you mean `allow`?'],
    [
      'export default { believe: [] }',
      'there is no field `believe`; there are allow, providers, secrets, authorities, trust.',
    ],
    ['export const allow = []', 'it has no object as its default export'],
    ['export default []', 'it has no object as its default export'],
    ['export default { allow: "http.get" }', '`allow` must be a list of texts'],
    ['export default { allow: [7] }', '`allow` must be a list of texts'],
    ['export default { providers: {} }', '`providers` must be a list.'],
    ['export default { providers: [{}] }', 'provider 1 has no name'],
    ['export default { secrets: 7 }', '`secrets` must be the path of a file or a folder.'],
    ['export default { allow: ["htpp.get"] }', '`allow` in `ipvm.config.mjs`: `htpp.get` is no grant'],
    [
      `export default { providers: [${provider.replace("'own'", "'http'")}] }`,
      'there are two providers of the name `http`.',
    ],
    ['export default {', '`ipvm.config.mjs` cannot be loaded: SyntaxError'],
    ['throw new Error("not today")', '`ipvm.config.mjs` cannot be loaded: Error: not today.'],
    ['import "./nowhere.mjs"; export default {}', 'cannot be loaded'],
  ])('%s is wrong usage', async (text, why) => {
    const cwd = folder({ 'a.ipvm': counts, 'ipvm.config.mjs': text })
    const { code, value } = await json(['run', 'a.ipvm'], { cwd })
    expect(code).toBe(2)
    expect(value.diagnostics[0].message).toContain(why)
  })

  test('is one', async () => {
    const cwd = folder({ 'a.ipvm': counts, 'ipvm.config.mjs': config, 'ipvm.config.ts': config })
    const { code, value } = await json(['run', 'a.ipvm'], { cwd })
    expect(code).toBe(2)
    expect(value.diagnostics[0].message).toBe('Both `ipvm.config.ts` and `ipvm.config.mjs` are there; keep one.')
  })
})

test('messages of a job go to standard error, as one line, and nowhere with --quiet and --json', async () => {
  const cwd = folder({
    'a.ipvm':
      'import { log } from "ipvm:effects"\nexport job main() -> u32 uses log.write {\n  log.write("two\\nlines \\u{1b}[31m")\n  1\n}\n',
  })
  const args = ['run', 'a.ipvm', '--allow', 'log.write']
  const { code, out, err } = await ipvm(args, { cwd })
  expect({ code, out }).toEqual({ code: 0, out: '1\n' })
  expect(err).toContain('log: two\\u{a}lines \\u{1b}[31m\n')
  expect((await ipvm([...args, '--quiet'], { cwd })).err).toBe('')
  expect((await json(args, { cwd })).err).toBe('')
})

test('no job reads or writes what is ipvm’s own, though it may read and write all files', async () => {
  const cwd = folder({
    'a.ipvm': `import { fs } from "ipvm:effects"
type Kind = enum { trap, gas, time, memory, stack, refused, effect, unwrap, value, crash }
export job main(read: list<string>, write: list<string>) -> tuple<list<string>, list<string>> uses fs.read, fs.write {
  let files = for path in read {
    match try fs.read(path) { ok(_) => "done", err(why) => if why.kind == Kind.refused { "refused" } else { why.message } }
  }
  let made = for path in write {
    match try do fs.write(path, data: b"x") {
      ok(_) => "done"
      err(why) => if why.kind == Kind.refused { "refused" } else { why.message }
    }
  }
  (files, made)
}
`,
    'secrets.json': '{}',
    'ipvm.config.mjs': 'export default { allow: ["fs.*"] }\n',
    'arguments.json': JSON.stringify({
      read: ['a.ipvm', 'secrets.json', 'ipvm.config.mjs', '.ipvm/store.db', './.ipvm/../.ipvm/store.db'],
      write: ['new', 'ipvm.config.ts', '.ipvm/x', 'secrets.json'],
    }),
  })
  const { code, value } = await json(['run', 'a.ipvm', '--args', '@arguments.json'], { cwd })
  expect({ code, result: value.value?.result ?? value }).toEqual({
    code: 0,
    result: [
      ['done', 'refused', 'refused', 'refused', 'refused'],
      ['done', 'refused', 'refused', 'refused'],
    ],
  })
  expect(readFileSync(join(cwd, 'secrets.json'), 'utf8')).toBe('{}')
  expect(existsSync(join(cwd, 'ipvm.config.ts'))).toBe(false)
})

test('a secret goes to the server that it is for, and is not told by anything else', async () => {
  const token = 'hunter2-correct-horse'
  const { origin, port, asked } = await web({ '/x': (_, response) => void response.end('welcome') })
  const cwd = folder({
    'a.ipvm': `import { http, secret } from "ipvm:effects"
export job main(url: string) -> u64 uses http.get, secret.get {
  let page = http.get(url, headers: [("authorization", "Bearer \${secret.get("TOKEN")}")])?
  len(page.body)
}
`,
  })
  writeFileSync(join(cwd, 'secrets.json'), JSON.stringify({ TOKEN: token }), { mode: 0o600 })
  const grants = ['--allow', 'secret.get=TOKEN', '--allow', `http.get=127.0.0.1:${port}`]
  const { code, out, err } = await ipvm(['run', 'a.ipvm', '--arg', `url=${origin}/x`, ...grants], { cwd })
  expect({ code, out }).toEqual({ code: 0, out: '7\n' })
  expect(Object.fromEntries(asked[0]!.headers)['authorization']).toBe(`Bearer ${token}`)
  expect(err).not.toContain('hunter2')
  const kept = readdirSync(join(cwd, '.ipvm'), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => readFileSync(join(entry.parentPath, entry.name)))
  expect(kept.length).toBeGreaterThan(0)
  expect(kept.some(bytes => bytes.includes('hunter2'))).toBe(false)

  writeFileSync(join(cwd, 'secrets.json'), JSON.stringify({ TOKEN: token }))
  chmodSync(join(cwd, 'secrets.json'), 0o644)
  const open = await json(['run', 'a.ipvm', '--arg', `url=${origin}/x`, ...grants], { cwd })
  expect(open).toMatchObject({ code: 1, value: { failure: { kind: 'effect' } } })
  expect(JSON.stringify(open)).not.toContain('hunter2')
})
