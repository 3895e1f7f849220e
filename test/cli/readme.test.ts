import { cpSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folder, ipvm, root } from './harness.ts'

const readme = readFileSync(join(root, 'README.md'), 'utf8')
const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))].map(match => match[1]!)

/** The files that the README speaks of, where it stands. */
function checkout(): string {
  const cwd = folder({
    'hello.ipvm':
      'import hello from "./hello.wasm"\n\nexport job main(name: string) -> string {\n  hello.greeet(name)\n}\n',
    'spin.ipvm':
      'import t from "./types.wasm"\n\nconfig { time: 500ms }\nexport job main() -> u32 { t.limits.spin() }\n',
    'sizes.ipvm': blocks('ipvm').find(text => text.includes('job sizes'))!,
  })
  for (const name of ['hello', 'image'])
    cpSync(join(root, 'examples', name), join(cwd, 'examples', name), { recursive: true })
  copyFileSync(join(root, 'examples/hello/hello.wasm'), join(cwd, 'hello.wasm'))
  copyFileSync(join(root, 'test/fixtures/components/types.wasm'), join(cwd, 'types.wasm'))
  return cwd
}

/** What varies with the machine. */
const plain = (text: string): string => text.replace(/\b[\d.]+ m?s\b/g, '… ms').trimEnd()

test('the README shows what the commands print', async () => {
  const cwd = checkout()
  const steps = blocks('console').flatMap(block => block.split(/^\$ /m).slice(1))
  expect(steps.length).toBeGreaterThan(5)
  for (const step of steps) {
    const [line, ...shown] = step.split('\n')
    const command = line!.replace('cd ~/elsewhere && npx --prefix ~/ipvm', 'npx').replace('~/ipvm/', '')
    const [npx, name, ...args] = command.split(' ')
    expect([npx, name]).toEqual(['npx', 'ipvm'])
    const { err, out } = await ipvm(args, { cwd })
    expect(plain(err + out), line).toBe(plain(shown.join('\n')))
  }
})

test('the first program of the README runs', async () => {
  const cwd = checkout()
  writeFileSync(join(cwd, 'examples/image/first.ipvm'), blocks('ipvm')[0]!)
  const { code, err } = await ipvm(['run', 'examples/image/first.ipvm', '--out', 'face.png'], { cwd })
  expect({ code, err: plain(err) }).toEqual({ code: 0, err: 'face.png: 5 tasks: 5 ran, 0 hits, … ms' })
  expect(readFileSync(join(cwd, 'face.png')).subarray(1, 4).toString()).toBe('PNG')
})
