import { existsSync, readFileSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * The entry. It has to run on any Node, so that it can say which one it needs: nothing newer may be imported here but
 * with `import()`.
 */
const needed: readonly [number, number] = [22, 18]
const entry = fileURLToPath(import.meta.url)
/** From `cli/` and from `dist/` alike. */
const root = dirname(dirname(entry))
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
const argv = process.argv.slice(2)
/** Set by the launcher for its child. */
const launched = 'IPVM_LAUNCHED'

if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) sayVersion()
else if (!isOld(process.versions.node)) {
  nodeModule.enableCompileCache?.()
  // The launcher holds the other end: when it is gone, however that came, nobody waits for an answer.
  if (process.env[launched]) {
    delete process.env[launched]
    process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))
  }
  const { main } = await import('./program.ts')
  process.exit(await main(argv, version))
} else {
  const own = join(root, 'node_modules', 'node', 'bin', 'node')
  if (existsSync(own)) await startWith(own)
  else {
    const message = `ipvm needs Node ${needed.join('.')} or newer, and this is Node ${process.versions.node}.`
    if (argv.includes('--json')) {
      const place = { file: null, start: null, end: null, related: [], fixes: [] }
      const diagnostic = { code: 'IPVM9001', severity: 'error', message, ...place }
      console.log(JSON.stringify({ ok: false, diagnostics: [diagnostic] }))
    } else console.error(`error: ${message}`)
    process.exitCode = 2
  }
}

function sayVersion(): void {
  process.stdout.on('error', error => {
    if ('code' in error && error.code === 'EPIPE') return
    console.error(`error: Standard output cannot be written: ${error.message}.`)
    process.exitCode = 1
  })
  process.stdout.write(`${version}\n`)
}

function isOld(running: string): boolean {
  const [major = 0, minor = 0] = running.split('.').map(Number)
  return major < needed[0] || (major === needed[0] && minor < needed[1])
}

/** Goes on with the Node that the package itself brings (a devDependency, so in a clone only). */
async function startWith(node: string): Promise<void> {
  // Costs 15 ms, which only those pay who need it.
  const [{ spawn }, { constants }] = await Promise.all([import('node:child_process'), import('node:os')])
  if (process.env['IPVM_DEBUG']) console.error(`ipvm: Node ${process.versions.node} is too old, going on with ${node}`)
  const child = spawn(node, [entry, ...argv], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, [launched]: '1' },
  })
  // A terminal sends Ctrl-C to both; a `kill` reaches this process alone. SIGTERM asks the child in a way that may come
  // twice, and whoever interrupts a second time wants the end.
  let interrupted = false
  process.on('SIGINT', () => {
    child.kill(interrupted ? 'SIGKILL' : 'SIGTERM')
    interrupted = true
  })
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  child.on('error', error => {
    console.error(`error: ${node} cannot be started: ${error.message}`)
    process.exitCode = 70
  })
  child.on('exit', (code, signal) => {
    process.exitCode = interrupted ? 130 : (code ?? 128 + (signal ? constants.signals[signal] : 0))
    if (interrupted || signal === null) return
    const message = `ipvm was ended by ${signal}${signal === 'SIGKILL' ? ', perhaps for want of memory' : ''}.`
    if (argv.includes('--json')) console.log(JSON.stringify({ ok: false, failure: { kind: 'killed', message } }))
    else console.error(`error: ${message}`)
  })
}
