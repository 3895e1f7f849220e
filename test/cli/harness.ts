import { spawn } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'

export const root = fileURLToPath(new URL('../..', import.meta.url))
export const hello = join(root, 'examples/hello/hello.ipvm')
export const image = join(root, 'examples/image/image.ipvm')
const dying = new URL('./harness/die.ts', import.meta.url).href

export interface Ended {
  code: number | null
  stdout: Buffer
  out: string
  err: string
}

export interface Call {
  cwd: string
  input?: string | Uint8Array
  env?: Record<string, string>
  /** Called at once. */
  onStart?: (kill: (signal: NodeJS.Signals) => void) => void
  /** The write to a journal at which the process ends (`harness/die.ts`). */
  die?: string | undefined
}

/** Runs the command line that was built. */
export function ipvm(args: string[], { cwd, input, env, onStart, die }: Call): Promise<Ended> {
  const { IPVM_STORE: _, IPVM_DEBUG: __, ...own } = process.env
  const program = [...(die === undefined ? [] : [`--import=${dying}`]), join(root, 'dist/ipvm.js')]
  const variables = { ...own, ...env, ...(die === undefined ? {} : { IPVM_DIE: die }) }
  const child = spawn(process.execPath, [...program, ...args], { cwd, env: variables })
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout.on('data', data => stdout.push(data))
  child.stderr.on('data', data => stderr.push(data))
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  onStart?.(signal => void child.kill(signal))
  return new Promise(resolve =>
    child.on('close', code => {
      const whole = Buffer.concat(stdout)
      resolve({ code, stdout: whole, out: whole.toString(), err: Buffer.concat(stderr).toString() })
    }),
  )
}

/** The one JSON value of `--json`; standard output must hold nothing else. */
export async function json(args: string[], call: Call): Promise<{ code: number | null; value: any; err: string }> {
  const { code, out, err } = await ipvm([...args, '--json'], call)
  if (!out.endsWith('\n') || out.trimEnd().includes('\n')) throw new Error(`not one line of JSON: ${out}\n${err}`)
  return { code, value: JSON.parse(out), err }
}

const folders: string[] = []

/** A new folder with files in it, removed at the end. */
export function folder(files: Record<string, string | Uint8Array> = {}): string {
  const dir = mkdtempSync(join(tmpdir(), 'ipvm-cli-'))
  folders.push(dir)
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true })
    writeFileSync(join(dir, name), content)
  }
  return dir
}

/** A folder with `job.ipvm` of this text, and the component with one function for each kind of value beside it. */
export function project(text: string): string {
  const dir = folder({ 'job.ipvm': text })
  copyFileSync(join(root, 'test/fixtures/components/types.wasm'), join(dir, 'types.wasm'))
  return dir
}

afterAll(() => {
  for (const dir of folders) rmSync(dir, { recursive: true, force: true })
})
