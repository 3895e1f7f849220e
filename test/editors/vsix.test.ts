import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { strFromU8, unzipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeVsix } from '../../editors/vsix.ts'

const root = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'ipvm-vsix-'))
let bytes: Uint8Array
let files: Record<string, Uint8Array>

beforeAll(async () => {
  bytes = await makeVsix(root)
  files = unzipSync(bytes)
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const textOf = (name: string): string => strFromU8(files[name]!)

describe('the package of the extension', () => {
  test('holds what is listed here and nothing else, and is small', () => {
    expect(Object.keys(files)).toEqual([
      '[Content_Types].xml',
      'extension.vsixmanifest',
      'extension/package.json',
      'extension/README.md',
      'extension/language-configuration.json',
      'extension/syntaxes/ipvm.tmLanguage.json',
      'extension/dist/extension.cjs',
      'extension/LICENSE.txt',
      'extension/CHANGELOG.md',
      'extension/NOTICES.txt',
      'extension/server/dist/ipvm.js',
      'extension/server/dist/cli.js',
      'extension/server/dist/worker.js',
      'extension/server/dist/keeper.js',
      'extension/server/package.json',
    ])
    expect(bytes.length).toBeLessThan(1_500_000)
    expect(bytes.length).toBeGreaterThan(300_000)
  })

  test('has no source maps and no paths of the machine that made it', () => {
    for (const name of Object.keys(files)) {
      expect(textOf(name).includes('sourceMappingURL='), name).toBe(false)
      expect(textOf(name).includes(root), name).toBe(false)
    }
  })

  test('holds every file that its manifest names', () => {
    const manifest: unknown = JSON.parse(textOf('extension/package.json'))
    const named = [...stringsOf(manifest)].filter(text => text.startsWith('./'))
    expect(named).toEqual(['./dist/extension.cjs', './language-configuration.json', './syntaxes/ipvm.tmLanguage.json'])
    for (const path of named) expect(files).toHaveProperty([`extension/${path.slice(2)}`])
    const assets = [...textOf('extension.vsixmanifest').matchAll(/Path="([^"]+)"/g)].map(([, path]) => path!)
    expect(assets).toHaveLength(4)
    for (const path of assets) expect(files).toHaveProperty([path])
  })

  test('has the identity of its manifest, and the version of the project', () => {
    const project = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
    const xml = textOf('extension.vsixmanifest')
    expect(xml).toContain(`<Identity Language="en-US" Id="ipvm" Version="${project.version}" Publisher="ipvm"/>`)
    expect(xml).toContain('Id="Microsoft.VisualStudio.Code.Engine" Value="^1.106.0"')
    expect(xml).toContain('Id="Microsoft.VisualStudio.Code.ExtensionKind" Value="workspace"')
  })

  test('says a type for each of its files', () => {
    const types = new Set([...textOf('[Content_Types].xml').matchAll(/Extension="(\.\w+)"/g)].map(([, end]) => end!))
    const ends = Object.keys(files)
      .slice(1)
      .map(name => name.slice(name.lastIndexOf('.')))
    expect(ends.filter(end => !types.has(end))).toEqual([])
  })

  test('is the same whenever it is made', async () => {
    expect(Buffer.compare(await makeVsix(root), bytes)).toBe(0)
  })

  test('names the licence of every package in it', () => {
    const notices = textOf('extension/NOTICES.txt')
    for (const name of [
      'chevrotain',
      'commander',
      'multiformats',
      'prettier',
      'vscode-languageclient',
      'vscode-jsonrpc',
    ])
      expect(notices).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(.+\\)$`, 'm'))
    expect(notices).not.toContain('undefined')
  })

  test('brings a program that runs from where it is unpacked', () => {
    const program = join(folder, 'extension/server/dist/ipvm.js')
    const run = (...args: string[]) => spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' })
    expect(run('--version').stdout).toBe('0.1.0\n')
    const file = join(root, 'examples/hello/hello.ipvm')
    expect(run('run', file, '--store', join(folder, 'store')).stdout).toBe('Hello, World!\n')
  })

  test('takes from outside what Node and the editor have, and nothing else', () => {
    const code = textOf('extension/dist/extension.cjs')
    const required = new Set([...code.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, name]) => name!))
    expect([...required].filter(name => name !== 'vscode' && !isBuiltin(name))).toEqual([])
    expect(required).toContain('vscode')
  })
})

describe('in a workspace that is not trusted', () => {
  const manifest = JSON.parse(readFileSync(join(root, 'editors/vscode/package.json'), 'utf8')) as {
    capabilities: { untrustedWorkspaces: { supported: unknown; restrictedConfigurations: string[] } }
    contributes: {
      commands: { command: string }[]
      menus: Record<string, { command: string; when: string }[]>
      configuration: { properties: Record<string, { scope: string }> }
    }
  }

  test('which program is used is no setting of a workspace', () => {
    expect(manifest.capabilities.untrustedWorkspaces.supported).toBe('limited')
    expect(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations).toEqual(['ipvm.server.path'])
    expect(manifest.contributes.configuration.properties['ipvm.server.path']!.scope).toBe('machine')
  })

  test('menus offer nothing that runs or builds', () => {
    const entries = Object.values(manifest.contributes.menus).flat()
    const running = entries.filter(({ command }) => /\.(run|test|build)$/.test(command))
    expect(running).toHaveLength(5)
    for (const { when } of running) expect(when).toContain('isWorkspaceTrusted')
  })
})

/** Every text in a value of JSON. */
function* stringsOf(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value
  else if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) yield* stringsOf(part)
}
