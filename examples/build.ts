/**
 * Builds every component of the examples, the fixtures of the tests, what is measured and the photo from their sources:
 *
 *     npx node examples/build.ts
 *
 * It needs these packages of Debian 12, and `npm ci`:
 *
 *     apt-get install clang-19 lld-19 rustc cargo libstd-rust-dev-wasm32 librust-png-dev
 *
 * The results are committed, so that nobody needs them to run the examples. Two builds, from whatever folder, give the
 * same bytes.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { componentEmbed, componentNew, parse } from '@bytecodealliance/jco-transpile/wasm-tools'
import { withDocs } from './docs.ts'

const examples = dirname(fileURLToPath(import.meta.url))
const root = dirname(examples)
const fixtures = join(root, 'test/fixtures/components')
const kernels = join(root, 'bench/wasm/kernels')
const work = mkdtempSync(join(tmpdir(), 'ipvm-examples-'))

const rustLibrary = 'wasm32-unknown-unknown/release'

function run(command: string, args: string[], env: Record<string, string> = {}): void {
  execFileSync(command, args, { cwd: examples, stdio: 'inherit', env: { ...process.env, ...env } })
}

/**
 * Compiles the C source of a core module that needs no library. Linked apart: clang would run `wasm-opt` after linking
 * where that is installed, and give other bytes.
 */
function clang(source: string, level = '-Os'): Uint8Array {
  const object = join(work, 'clang.o')
  const out = join(work, 'clang.wasm')
  const flags = ['-std=c17', level, '-Wall', '-Wextra', '-Werror', '-ffreestanding', '-mbulk-memory']
  run('clang-19', ['--target=wasm32', ...flags, '-c', '-o', object, source])
  run('wasm-ld-19', ['--no-entry', '--strip-all', '-z', 'stack-size=16384', '-o', out, object])
  return readFileSync(out)
}

/** Compiles all Rust sources; the paths of this machine do not get into the modules. */
function cargo(): void {
  const flags = [`--remap-path-prefix=${root}=.`, '--remap-path-prefix=/usr/share/cargo/registry=crates']
  run('/usr/bin/cargo', ['build', '--release', '--quiet'], {
    CARGO_TARGET_DIR: work,
    CARGO_ENCODED_RUSTFLAGS: [...flags, '-Ctarget-feature=+bulk-memory'].join('\x1f'),
    RUSTC: '/usr/bin/rustc',
  })
}

function rust(crate: string): Uint8Array {
  return readFileSync(join(work, rustLibrary, `${crate.replaceAll('-', '_')}.wasm`))
}

/** Puts the WIT into a core module, as a custom section that says which component it would become. */
async function embed(core: Uint8Array, wit: string, world: string): Promise<Uint8Array> {
  return componentEmbed({ binary: core, witSource: readFileSync(wit, 'utf8'), world })
}

async function component(core: Uint8Array, wit: string, world: string): Promise<Uint8Array> {
  return withDocs(await componentNew(await embed(core, wit, world)), readFileSync(wit, 'utf8'))
}

function write(path: string, bytes: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, bytes)
  process.stdout.write(`${relative(root, path)} ${bytes.length}\n`)
}

/** The photo is rendered by WebAssembly, so that it has the same pixels on every machine. */
function photo(core: Uint8Array): Uint8Array {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(core))
  const { render, size, memory } = exports as unknown as Photo
  const at = render()
  return new Uint8Array(memory.buffer, at, size()).slice()
}

interface Photo {
  /** Gives the address of the file. */
  render: () => number
  /** How many bytes it has. */
  size: () => number
  memory: WebAssembly.Memory
}

try {
  cargo()
  const inExamples = (path: string): string => join(examples, path)
  const hello = clang(inExamples('hello/hello.c'))
  write(inExamples('hello/hello.wasm'), await component(hello, inExamples('hello/hello.wit'), 'hello'))
  for (const [folder, name, world] of [
    ['image', 'png', 'png'],
    ['image', 'filters', 'filters'],
    ['wordcount', 'text', 'text'],
    ['wordcount', 'counts', 'counting'],
    ['wordcount', 'report', 'report'],
  ] as const) {
    const file = inExamples(`${folder}/${name}`)
    write(`${file}.wasm`, await component(rust(`${folder}-${name}`), `${file}.wit`, world))
  }
  write(inExamples('image/photo.png'), photo(rust('image-photo')))

  const types = rust('fixture-types')
  write(join(fixtures, 'types.wasm'), await component(types, join(fixtures, 'types/types.wit'), 'types'))
  write(join(fixtures, 'hello-core.wasm'), await embed(hello, inExamples('hello/hello.wit'), 'hello'))
  const measured = clang(join(kernels, 'kernels.c'), '-O2')
  write(join(kernels, 'kernels.wasm'), await component(measured, join(kernels, 'kernels.wit'), 'kernels'))
  write(join(fixtures, 'core.wasm'), await parse(readFileSync(join(fixtures, 'core/core.wat'), 'utf8')))
} finally {
  rmSync(work, { recursive: true })
}
