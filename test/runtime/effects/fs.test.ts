import { spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  constants,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, describe, expect, test, vi } from 'vitest'
import type { Value } from '../../../dag/value.ts'
import { Folder } from '../../../runtime/effects/folders.ts'
import { fs, type FsOptions } from '../../../runtime/effects/fs.ts'
import type { Answer } from '../../../runtime/effects/provider.ts'
import { ask, type Said } from './ask.ts'

const made: string[] = []
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true })
})

/** A folder `work` with these files, and beside it `outside/secret`. */
function place(files: Record<string, string> = {}): { root: string; outside: string } {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'ipvm-fs-')))
  made.push(folder)
  const [root, outside] = [join(folder, 'work'), join(folder, 'outside')]
  mkdirSync(root)
  mkdirSync(outside)
  writeFileSync(join(outside, 'secret'), 'outside')
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(root, name, '..'), { recursive: true })
    writeFileSync(join(root, name), content)
  }
  return { root, outside }
}

const run = (
  root: string,
  operation: string,
  args: Value[],
  rules: (string | undefined)[] = [undefined],
  options: FsOptions = {},
): Promise<Said> => ask(fs({ root, ...options }), operation, args, { rules })

const ok = (value: Value): Answer => ({ kind: 'ok', value })
const failed = (detail: string): Answer => ({ kind: 'failed', failure: 'effect', detail })
const outside = (path: string, to: string): Answer => ({
  kind: 'failed',
  failure: 'refused',
  detail: `\`${path}\`: it leads to ${to}, which is outside of what is granted`,
})
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text))

describe('reading', () => {
  test('gives the whole file, whatever its name', async () => {
    const { root } = place({ 'a.txt': 'hello', 'deep/in/b': 'b', 'é €.txt': 'e', empty: '' })
    writeFileSync(join(root, 'large'), Buffer.alloc(1_000_000, 7))
    expect(await run(root, 'read', ['a.txt'])).toEqual({ answer: ok(bytes('hello')), sent: 0 })
    expect((await run(root, 'read', ['./deep/../deep//in/b'])).answer).toEqual(ok(bytes('b')))
    expect((await run(root, 'read', [join(root, 'a.txt')])).answer).toEqual(ok(bytes('hello')))
    expect((await run(root, 'read', ['é €.txt'])).answer).toEqual(ok(bytes('e')))
    expect((await run(root, 'read', ['empty'])).answer).toEqual(ok(bytes('')))
    const { answer } = await run(root, 'read', ['large'])
    expect(answer.kind === 'ok' && Buffer.compare(answer.value as Uint8Array, Buffer.alloc(1_000_000, 7))).toBe(0)
  })

  test('says what is in the way', async () => {
    const { root } = place({ 'a.txt': 'hello', 'folder/x': '' })
    spawnSync('mkfifo', [join(root, 'pipe')])
    symlinkSync('round', join(root, 'round'))
    symlinkSync('nothing', join(root, 'dead'))
    const cases: [path: string, detail: string][] = [
      ['none', '`none`: there is none'],
      ['no/such/folder', '`no/such/folder`: there is none'],
      ['a.txt/x', '`a.txt/x`: it is in what is no folder, or is none'],
      ['folder', '`folder`: it is a folder'],
      ['.', '`.`: it is a folder'],
      ['pipe', '`pipe`: it is not a plain file'],
      ['round', '`round`: it was changed while it was opened, or its links lead round'],
      ['dead', '`dead`: a link on the way leads to nothing'],
      ['x'.repeat(300), `\`${'x'.repeat(300)}\`: the path is too long`],
    ]
    for (const [path, detail] of cases) expect((await run(root, 'read', [path])).answer).toEqual(failed(detail))
    expect((await run(root, 'read', ['a.txt'], [undefined], { maxBytes: 4 })).answer).toEqual(
      failed('`a.txt`: it has more than 4 bytes'),
    )
    expect((await run(root, 'read', ['a.txt'], [undefined], { maxBytes: 5 })).answer).toEqual(ok(bytes('hello')))
  })

  test('takes no devices and nothing of the system', async () => {
    const { root } = place()
    const system = (to: RegExp): Answer => ({ kind: 'failed', failure: 'refused', detail: expect.stringMatching(to) })
    symlinkSync('/proc/self/environ', join(root, 'environ'))
    for (const path of ['/dev/null', '/dev/zero'])
      expect((await run(root, 'read', [path], ['/'])).answer).toEqual(failed(`\`${path}\`: it is not a plain file`))
    for (const path of ['/proc/self/environ', '/proc/self/root/proc/self/environ', '/proc/self/mem', 'environ'])
      expect((await run(root, 'read', [path], ['/'])).answer).toEqual(system(/which is the system's own$/))
    expect((await run(root, 'read', ['/proc/self/root/etc/hostname'], ['/proc'])).answer).toEqual(
      outside('/proc/self/root/etc/hostname', '/etc/hostname'),
    )
    expect((await run(root, 'list', ['/proc/self/fd'], ['/'])).answer).toEqual(system(/which is the system's own$/))
  })
})

describe('links', () => {
  test('are followed inside of what is granted, and not out of it', async () => {
    const { root, outside: out } = place({ 'data/a.txt': 'a', 'other/b.txt': 'b' })
    symlinkSync('a.txt', join(root, 'data/link'))
    symlinkSync('../other/b.txt', join(root, 'data/sideways'))
    symlinkSync(join(out, 'secret'), join(root, 'data/absolute'))
    symlinkSync(out, join(root, 'data/folder'))
    symlinkSync('folder', join(root, 'data/twice'))
    const inside = async (path: string, rules: string[] = ['data']): Promise<Answer> =>
      (await run(root, 'read', [path], rules)).answer
    expect(await inside('data/link')).toEqual(ok(bytes('a')))
    expect(await inside('data/sideways')).toEqual(outside('data/sideways', join(root, 'other/b.txt')))
    expect(await inside('data/sideways', ['data', 'other'])).toEqual(ok(bytes('b')))
    expect(await inside('data/absolute')).toEqual(outside('data/absolute', join(out, 'secret')))
    expect(await inside('data/folder/secret')).toEqual(outside('data/folder/secret', join(out, 'secret')))
    expect(await inside('data/twice/secret')).toEqual(outside('data/twice/secret', join(out, 'secret')))
    expect((await run(root, 'list', ['data/folder'], ['data'])).answer).toEqual(outside('data/folder', out))
    for (const operation of ['write', 'append']) {
      for (const path of ['data/absolute', 'data/folder/secret', 'data/folder/new'])
        expect((await run(root, operation, [path, bytes('x')], ['data'])).answer).toMatchObject({ failure: 'refused' })
      expect((await run(root, operation, ['data/folder/new/deep', bytes('x')], ['data'])).answer).toMatchObject({
        failure: 'refused',
      })
    }
    expect(readFileSync(join(out, 'secret'), 'utf8')).toBe('outside')
    expect(readdirSync(out)).toEqual(['secret'])
  })

  test('that a grant itself names lead to what is granted', async () => {
    const { root, outside: out } = place()
    symlinkSync(out, join(root, 'named'))
    expect((await run(root, 'read', ['named/secret'], ['named'])).answer).toEqual(ok(bytes('outside')))
    expect((await run(root, 'read', ['named/secret'], ['.'])).answer).toMatchObject({ failure: 'refused' })
    expect((await run(root, 'write', ['named/new', bytes('x')], ['named'])).answer).toEqual(ok(1n))
    expect(readFileSync(join(out, 'new'), 'utf8')).toBe('x')
  })

  test('are followed to the file that is written, and stay links', async () => {
    const { root } = place({ 'a.txt': 'a' })
    symlinkSync('a.txt', join(root, 'link'))
    symlinkSync('nothing', join(root, 'dead'))
    expect((await run(root, 'write', ['link', bytes('new')])).answer).toEqual(ok(3n))
    expect(readFileSync(join(root, 'a.txt'), 'utf8')).toBe('new')
    expect(realpathSync(join(root, 'link'))).toBe(join(root, 'a.txt'))
    for (const operation of ['write', 'append'])
      expect((await run(root, operation, ['dead', bytes('x')])).answer).toEqual(
        failed('`dead`: a link on the way leads to nothing'),
      )
    expect(existsSync(join(root, 'nothing'))).toBe(false)
  })

  test('that are put in the way meanwhile lead nowhere', async () => {
    const { root, outside: out } = place({ 'data/in/deep/secret': 'inside' })
    mkdirSync(join(out, 'deep'))
    for (const name of ['secret', 'outside']) writeFileSync(join(out, 'deep', name), 'outside')
    // Another process turns a folder into a link and back, again and again.
    const script = `
      const { renameSync, symlinkSync, unlinkSync } = require('node:fs')
      const [folder, away, out] = process.argv.slice(1)
      const still = new Int32Array(new SharedArrayBuffer(4))
      const wait = milliseconds => Atomics.wait(still, 0, 0, milliseconds)
      process.stdout.write('.')
      for (;;) {
        wait(Math.random() * 2)
        renameSync(folder, away)
        symlinkSync(out, folder)
        wait(Math.random())
        unlinkSync(folder)
        renameSync(away, folder)
      }`
    const rival = spawn(process.execPath, ['-e', script, join(root, 'data/in'), join(root, 'data/away'), out])
    await new Promise(resolve => rival.stdout.once('data', resolve))
    const seen = new Set<string>()
    const names = new Set<string>()
    try {
      for (let i = 0; i < 400; i++) {
        const read = (await run(root, 'read', ['data/in/deep/secret'], ['data'])).answer
        seen.add(read.kind === 'ok' ? Buffer.from(read.value as Uint8Array).toString() : read.kind)
        const list = (await run(root, 'list', ['data/in/deep'], ['data'])).answer
        if (list.kind === 'ok') for (const name of list.value as string[]) names.add(name)
        await run(root, 'write', [`data/in/deep/new${i}`, bytes('x')], ['data'])
        await run(root, 'append', [`data/in/deep/more${i}`, bytes('x')], ['data'])
      }
    } finally {
      rival.kill('SIGKILL')
    }
    // Both were met: the file, and that something is in the way.
    expect([...seen].sort()).toEqual(['failed', 'inside'])
    expect(names.has('secret')).toBe(true)
    expect(names.has('outside')).toBe(false)
    expect(readdirSync(join(out, 'deep')).sort()).toEqual(['outside', 'secret'])
  })
})

describe('listing', () => {
  test('names all that is in a folder, in the order of code points', async () => {
    const { root } = place({ b: '', a: '', '.hidden': '', 'folder/x': '', '\u{1f600}': '', '\uff5e': '' })
    const names = ['.hidden', 'a', 'b', 'folder', '\uff5e', '\u{1f600}']
    expect(await run(root, 'list', ['.'])).toEqual({ answer: ok(names), sent: 0 })
    expect((await run(root, 'list', ['folder'], ['folder'])).answer).toEqual(ok(['x']))
    expect((await run(root, 'list', ['.'], [undefined], { maxNames: 6 })).answer).toEqual(ok(names))
    expect((await run(root, 'list', ['.'], [undefined], { maxNames: 5 })).answer).toEqual(
      failed('`.`: it has more than 5 names'),
    )
  })

  test('says what is in the way', async () => {
    const { root } = place({ 'a.txt': '' })
    expect((await run(root, 'list', ['none'])).answer).toEqual(failed('`none`: there is none'))
    expect((await run(root, 'list', ['a.txt'])).answer).toEqual(
      failed('`a.txt`: it is in what is no folder, or is none'),
    )
    writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0xfe])]), '')
    expect((await run(root, 'list', ['.'])).answer).toEqual(failed('`.`: a name in it is not UTF-8'))
  })
})

describe('writing', () => {
  test('makes the file, and the folders that are missing below what is granted', async () => {
    const { root } = place()
    expect(await run(root, 'write', ['out/a/b.txt', bytes('hello')], ['./out'])).toEqual({ answer: ok(5n), sent: 1 })
    expect(readFileSync(join(root, 'out/a/b.txt'), 'utf8')).toBe('hello')
    expect((await run(root, 'write', ['one.txt', bytes('')], ['one.txt'])).answer).toEqual(ok(0n))
    expect(readdirSync(root).sort()).toEqual(['one.txt', 'out'])
    expect(readdirSync(join(root, 'out/a'))).toEqual(['b.txt'])
  })

  test('puts a whole file in the place of another, with its permissions', async () => {
    const { root } = place({ 'a.txt': 'old content' })
    chmodSync(join(root, 'a.txt'), 0o640)
    linkSync(join(root, 'a.txt'), join(root, 'twin'))
    expect((await run(root, 'write', ['a.txt', bytes('new')])).answer).toEqual(ok(3n))
    expect(readFileSync(join(root, 'a.txt'), 'utf8')).toBe('new')
    expect(statSync(join(root, 'a.txt')).mode & 0o777).toBe(0o640)
    // It is another file: whoever has the old one open, or linked, keeps it whole.
    expect(readFileSync(join(root, 'twin'), 'utf8')).toBe('old content')
    expect(readdirSync(root).sort()).toEqual(['a.txt', 'twin'])
  })

  test('leaves nothing of an attempt that was cut off', async () => {
    const { root } = place({ '.ipvm-0123456789abcdef0123456789abcdef.tmp': 'half of' })
    expect((await run(root, 'write', ['a.txt', bytes('whole')])).answer).toEqual(ok(5n))
    expect(readdirSync(root)).toEqual(['a.txt'])
  })

  test('says that nothing has happened where something is in the way', async () => {
    const { root } = place({ 'folder/x': '', 'a.txt': 'a' })
    spawnSync('mkfifo', [join(root, 'pipe')])
    const cases: [path: string, detail: string][] = [
      ['folder', '`folder`: it is a folder'],
      ['.', '`.`: it is a folder'],
      ['pipe', '`pipe`: it is not a plain file'],
      ['a.txt/x', '`a.txt/x`: it is in what is no folder, or is none'],
      [`${'x'.repeat(300)}`, `\`${'x'.repeat(300)}\`: the path is too long`],
    ]
    for (const [path, detail] of cases)
      for (const operation of ['write', 'append'])
        expect((await run(root, operation, [path, bytes('x')])).answer).toEqual(failed(detail))
    expect(readdirSync(root).sort()).toEqual(['a.txt', 'folder', 'pipe'])
    expect(readFileSync(join(root, 'a.txt'), 'utf8')).toBe('a')
  })

  test('that may not begin any more leaves nothing', async () => {
    const { root } = place({ 'a.txt': 'old' })
    const timer = new AbortController()
    const late = new DOMException('late', 'TimeoutError')
    const asked = ask(fs({ root }), 'write', ['a.txt', bytes('new')], {
      signal: timer.signal,
      async sent() {
        timer.abort(late)
        throw new Error('too late')
      },
    })
    await expect(asked).rejects.toThrow('too late')
    expect(readdirSync(root)).toEqual(['a.txt'])
    expect(readFileSync(join(root, 'a.txt'), 'utf8')).toBe('old')
  })

  test('is told right before the file appears', async () => {
    const { root } = place({ 'a.txt': 'old' })
    const seen: string[] = []
    const sent = async (): Promise<void> => void seen.push(readFileSync(join(root, 'a.txt'), 'utf8'))
    await ask(fs({ root }), 'write', ['a.txt', bytes('new')], { sent })
    await ask(fs({ root }), 'append', ['a.txt', bytes('er')], { sent })
    expect(seen).toEqual(['old', 'new'])
    expect(readFileSync(join(root, 'a.txt'), 'utf8')).toBe('newer')
  })
})

describe('appending', () => {
  test('puts bytes at the end, of a file that need not be there', async () => {
    const { root } = place()
    expect(await run(root, 'append', ['log/a', bytes('one ')], ['log'])).toEqual({ answer: ok(4n), sent: 1 })
    expect((await run(root, 'append', ['log/a', bytes('two')], ['log'])).answer).toEqual(ok(3n))
    expect((await run(root, 'append', ['log/a', bytes('')], ['log'])).answer).toEqual(ok(0n))
    expect(readFileSync(join(root, 'log/a'), 'utf8')).toBe('one two')
  })

  test('takes back what it could write in part only', async () => {
    const { root } = place({ a: 'x'.repeat(1000) })
    // The system lets this process write files of 4 KiB at most.
    const script = join(import.meta.dirname, 'append.ts')
    const { stdout, stderr } = spawnSync(
      'bash',
      ['-c', `trap '' XFSZ; ulimit -f 4; exec "$@"`, 'bash', process.execPath, script, root, 'a', '5000'],
      { encoding: 'utf8' },
    )
    expect({ stdout, stderr: stderr.replace(/^.*ExperimentalWarning[^]*$/, '') }).toEqual({
      stdout: JSON.stringify(failed('the file would be too large')),
      stderr: '',
    })
    expect(readFileSync(join(root, 'a'), 'utf8')).toBe('x'.repeat(1000))
  })
})

describe.runIf(process.platform === 'linux')('what has ended is there after a power cut', () => {
  /** What is synced, in order: its path below the root, and what the file holds by then. */
  async function synced(root: string, file: string, act: () => Promise<unknown>): Promise<string[]> {
    const handle = await open(root)
    const sync = vi.spyOn(Object.getPrototypeOf(handle) as FileHandle, 'sync').mockImplementation(async function (
      this: FileHandle,
    ) {
      const path = relative(root, readlinkSync(`/proc/self/fd/${this.fd}`))
      const content = existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : 'nothing'
      seen.push(`${path.endsWith('.tmp') ? 'draft' : path}: ${content}`)
    })
    const seen: string[] = []
    try {
      await act()
    } finally {
      sync.mockRestore()
      await handle.close()
    }
    return seen
  }

  test('a file that is written, the folder that names it, and those that were made for it', async () => {
    const { root } = place()
    const write = (text: string) => synced(root, 'out/a/b', () => run(root, 'write', ['out/a/b', bytes(text)]))
    expect(await write('one')).toEqual([': nothing', 'out: nothing', 'draft: nothing', 'out/a: one'])
    expect(await write('two')).toEqual(['draft: one', 'out/a: two'])
  })

  test('what is put at the end of a file, and the folder that names it', async () => {
    const { root } = place()
    const append = () => synced(root, 'out/log', () => run(root, 'append', ['out/log', bytes('x')]))
    expect(await append()).toEqual([': nothing', 'out/log: x', 'out: x'])
    expect(await append()).toEqual(['out/log: xx', 'out: xx'])
  })
})

test('a link that takes the place of a file while it is opened is not followed', async () => {
  const { root, outside: out } = place()
  symlinkSync(join(out, 'secret'), join(root, 'a'))
  const folder = await Folder.open(root)
  for (const flags of [constants.O_RDONLY, constants.O_WRONLY | constants.O_CREAT])
    await expect(folder.file('a', flags)).rejects.toMatchObject({ code: 'ELOOP' })
  await folder.close()
})

describe('what is kept from all jobs', () => {
  test('is read, listed and written by none, by whatever name', async () => {
    const { root } = place({ 'secrets.json': '{}', '.ipvm/key': 'key', 'a.txt': 'a' })
    linkSync(join(root, 'secrets.json'), join(root, 'hard'))
    symlinkSync('secrets.json', join(root, 'soft'))
    symlinkSync('.ipvm', join(root, 'store'))
    const options: FsOptions = { kept: ['secrets.json', '.ipvm', 'ipvm.config.ts'] }
    const refused = { kind: 'failed', failure: 'refused', detail: expect.stringContaining('it is kept from all jobs') }
    const files = ['secrets.json', './secrets.json', 'SECRETS.json', 'hard', 'soft', '.ipvm/key', 'store/key']
    writeFileSync(join(root, 'SECRETS.json'), '')
    for (const path of files) expect((await run(root, 'read', [path], ['.', path], options)).answer).toEqual(refused)
    for (const path of [...files, 'ipvm.config.ts', 'IPVM.config.ts', '.ipvm/new', 'store/new'])
      for (const operation of ['write', 'append'])
        expect((await run(root, operation, [path, bytes('x')], [undefined], options)).answer).toEqual(refused)
    for (const path of ['.ipvm', 'store'])
      expect((await run(root, 'list', [path], [undefined], options)).answer).toEqual(refused)
    expect((await run(root, 'read', ['a.txt'], [undefined], options)).answer).toEqual(ok(bytes('a')))
    expect(readFileSync(join(root, 'secrets.json'), 'utf8')).toBe('{}')
    expect(existsSync(join(root, 'ipvm.config.ts'))).toBe(false)
  })
})
