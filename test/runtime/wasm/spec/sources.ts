import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { join } from 'node:path'

/** Archives of Debian's source packages that have the tests of the specification, and which of their files are taken. */
const archives = [
  {
    // Nearly all of WebAssembly 2.0, tail calls, extended constants, and what typed references changed.
    path: 'main/m/mozjs128/mozjs128_128.14.0.orig.tar.xz',
    sha256: '41cca35149710ce45fbabc5fefcf86a01fdf833fdb783941964fca3a55fb72dd',
    files: ['spec', 'tail-call', 'extended-const', 'function-references'].map(
      folder => `*/js/src/jit-test/tests/wasm/spec/${folder}/*.wast.js`,
    ),
  },
  {
    // What the first leaves out.
    path: 'main/b/binaryen/binaryen_108.orig.tar.gz',
    sha256: '7fea5013da7f98daeeb6a0a60333e8aa917bcb0b1b418ba8531fe710d09041f2',
    files: [
      ...['align', 'binary', 'binary-leb128', 'br_table', 'data', 'exports', 'imports', 'linking', 'memory_trap'],
      ...['select', 'unreached-invalid', 'utf8-custom-section-id'],
    ].map(name => `*/test/spec/${name}.wast`),
  },
]

/**
 * Brings the tests into a folder, with `apt` from the mirror that this machine uses; installs what that needs.
 *
 * @returns files for `runSpec`
 * @throws where something cannot be had, with a sentence that says what
 */
export function fetchSpec(folder: string): string[] {
  run('apt-get', ['update', '-qq'], 'the list of packages could not be read')
  if (!has('wast2json', '--version') || !has('xz', '--version'))
    run('apt-get', ['install', '-qq', '-y', 'wabt', 'xz-utils'], 'wabt and xz-utils could not be installed')
  const mirrors = new Set(run('apt-get', ['indextargets', '--format', '$(REPO_URI)'], 'no mirror').trim().split('\n'))
  for (const { path, sha256, files } of archives) {
    const archive = join(folder, 'archive')
    const fetched = [...mirrors].some(mirror =>
      has('/usr/lib/apt/apt-helper', 'download-file', `${mirror}pool/${path}`, archive, `SHA256:${sha256}`),
    )
    if (!fetched) throw new Error(`no mirror of this machine has pool/${path} with SHA-256 ${sha256}`)
    run('tar', ['-xf', archive, '-C', folder, '--wildcards', ...files], `pool/${path} lacks files`)
  }
  const texts = globSync('**/*.wast', { cwd: folder })
  for (const text of texts)
    run('wast2json', [join(folder, text), '-o', join(folder, `${text}.json`)], `${text} could not be read`)
  return globSync('**/*.{wast.js,json}', { cwd: folder })
    .sort()
    .map(file => join(folder, file))
}

function run(command: string, args: string[], otherwise: string): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${otherwise}: ${error?.message ?? stderr}`)
  return stdout
}

const has = (command: string, ...args: string[]): boolean => spawnSync(command, args).status === 0
