import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folder, ipvm, root } from './harness.ts'

const command = join(root, 'node_modules/prettier/bin/prettier.cjs')

/** A project of somebody else that has `ipvm` and Prettier as packages. */
function elsewhere(files: Record<string, string>): string {
  const cwd = folder({ 'package.json': '{ "type": "module" }\n', ...files })
  mkdirSync(join(cwd, 'node_modules'))
  symlinkSync(root, join(cwd, 'node_modules/ipvm'))
  symlinkSync(join(root, 'node_modules/prettier'), join(cwd, 'node_modules/prettier'))
  return cwd
}

function prettier(cwd: string, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise(resolve =>
    execFile(process.execPath, [command, ...args], { cwd }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    ),
  )
}

const messy = 'export   job main( )->u8{1}   // one\n'
const neat = 'export job main() -> u8 { 1 } // one\n'

test('`prettier --plugin ipvm/prettier` lays out files, and says what is wrong with those that it cannot read', async () => {
  const cwd = elsewhere({ 'a.ipvm': messy, 'b.ipvm': neat, 'c.ipvm': 'job f( -> u8 { 1 }\n' })
  const plugin = ['--plugin', 'ipvm/prettier']
  expect(await prettier(cwd, ...plugin, 'a.ipvm')).toEqual({ code: 0, out: neat, err: '' })
  const checked = await prettier(cwd, ...plugin, '--check', 'a.ipvm', 'b.ipvm')
  expect(checked).toMatchObject({ code: 1, err: expect.stringContaining('a.ipvm') })
  expect(checked.err).not.toContain('b.ipvm')
  const broken = await prettier(cwd, ...plugin, 'c.ipvm')
  expect(broken).toMatchObject({ code: 2, out: '', err: expect.stringMatching(/c\.ipvm: SyntaxError: IPVM1\d{3}: /) })
  expect(broken.err).not.toContain(' at ')
  await prettier(cwd, ...plugin, '--write', 'a.ipvm')
  expect(readFileSync(join(cwd, 'a.ipvm'), 'utf8')).toBe(neat)
})

test('as a plugin of a project it gives what `ipvm fmt` gives, in Markdown too', async () => {
  const examples = join(root, 'examples')
  const names = readdirSync(examples, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.ipvm'))
  // Without what the author put on lines, so that there is something to do.
  const texts = names.map(name =>
    readFileSync(join(examples, name), 'utf8')
      .replace(/\(\n +/g, '(')
      .replace(/ = /g, '  =  '),
  )
  const files = Object.fromEntries(texts.map((text, i) => [`${i}.ipvm`, text]))
  const cwd = elsewhere({ ...files, '.prettierrc': '{ "plugins": ["ipvm/prettier"] }\n' })
  expect((await ipvm(['fmt'], { cwd })).code).toBe(0)
  const wanted = texts.map((_, i) => readFileSync(join(cwd, `${i}.ipvm`), 'utf8'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text)
  expect((await prettier(cwd, '--write', '*.ipvm')).code).toBe(0)
  expect(texts.map((_, i) => readFileSync(join(cwd, `${i}.ipvm`), 'utf8'))).toEqual(wanted)
  expect(wanted).not.toEqual(texts)
  writeFileSync(join(cwd, 'page.md'), `# A job\n\n\`\`\`ipvm\n${messy}\`\`\`\n`)
  expect((await prettier(cwd, 'page.md')).out).toBe(`# A job\n\n\`\`\`ipvm\n${neat}\`\`\`\n`)
})
