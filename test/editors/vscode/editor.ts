import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { build } from 'esbuild'
import type { Report } from './report.ts'
import { glance, type Seen } from './window.ts'

const here = import.meta.dirname
const entry = join(here, 'code/node_modules/code-server/out/node/entry.js')
/** Milliseconds after which an editor that has told nothing is ended. */
const patience = 300_000

/** A folder with the data of an editor, its extensions, and those of them that are checked. */
export interface Installed {
  folder: string
  flags: string[]
}

/** Installs the extension of a `.vsix`, and beside it the one that drives the check. */
export async function install(folder: string, vsix: string): Promise<Installed> {
  const driver = join(folder, 'extensions/ipvm.driver-1.0.0')
  mkdirSync(driver, { recursive: true })
  cpSync(join(here, 'driver.json'), join(driver, 'package.json'))
  await build({
    entryPoints: [join(here, 'driver.ts')],
    outfile: join(driver, 'driver.cjs'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['vscode'],
    logLevel: 'error',
  })
  const flags = ['--user-data-dir', join(folder, 'data'), '--extensions-dir', join(folder, 'extensions')]
  const { status, stdout, stderr } = spawnSync(process.execPath, [entry, ...flags, '--install-extension', vsix], {
    encoding: 'utf8',
    env: { ...process.env, HOME: folder, XDG_CONFIG_HOME: folder },
  })
  if (status !== 0 || !existsSync(join(folder, 'extensions/ipvm.ipvm-0.1.0/dist/extension.cjs')))
    throw new Error(`The extension cannot be installed\n${stdout}${stderr}`)
  return { folder, flags }
}

/** Settings of the person, or of the machine. */
export function writeSettings({ folder }: Installed, of: 'User' | 'Machine', settings: object): void {
  mkdirSync(join(folder, 'data', of), { recursive: true })
  writeFileSync(join(folder, 'data', of, 'settings.json'), JSON.stringify(settings))
}

/** Opens a folder in the editor; gives what the driver has told of a file. */
export async function open(
  { folder, flags }: Installed,
  workspace: string,
  trusted: boolean,
  file: string,
  env: Record<string, string> = {},
): Promise<Report & Seen> {
  const report = join(folder, `report-${trusted}-${Date.now()}.json`)
  const port = await freePort()
  const told: string[] = []
  const options = [
    ...['--auth', 'none', '--bind-addr', `127.0.0.1:${port}`, '--disable-telemetry', '--disable-update-check'],
    ...(trusted ? ['--disable-workspace-trust'] : []),
  ]
  const server = spawn(process.execPath, [entry, ...flags, ...options], {
    env: {
      ...process.env,
      HOME: folder,
      XDG_CONFIG_HOME: folder,
      ...env,
      IPVM_CHECK_FILE: file,
      IPVM_CHECK_REPORT: report,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    // The editor starts more processes, which go with it.
    detached: true,
  })
  const browsers: ChildProcess[] = []
  const listen = (child: ChildProcess): void => {
    for (const stream of [child.stdout, child.stderr]) stream!.on('data', (text: Buffer) => told.push(text.toString()))
  }
  listen(server)
  const end = Date.now() + patience
  const seen: Seen = { cids: new Set() }
  const data = join(folder, `browser-${Date.now()}`)
  try {
    await until(() => told.join('').includes('HTTP server listening'), end, told)
    const browser = spawn(
      'chromium',
      browserFlags(data, `http://127.0.0.1:${port}/?folder=${encodeURIComponent(workspace)}`),
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    browsers.push(browser)
    listen(browser)
    const isDone = async (): Promise<boolean> => {
      await glance(data, seen)
      return existsSync(report) && readFileSync(report, 'utf8').endsWith('}')
    }
    await until(isDone, end, told)
  } finally {
    for (const browser of browsers) browser.kill('SIGKILL')
    process.kill(-server.pid!, 'SIGKILL')
  }
  const came = JSON.parse(readFileSync(report, 'utf8')) as { ok: Report } | { error: string }
  if ('error' in came) throw new Error(came.error)
  return { ...came.ok, ...seen }
}

function browserFlags(data: string, url: string): string[] {
  return [
    ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking'],
    ...['--no-first-run', '--window-size=1400,900', '--remote-debugging-port=0', `--user-data-dir=${data}`, url],
  ]
}

async function until(isSo: () => boolean | Promise<boolean>, end: number, told: string[]): Promise<void> {
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`The editor gave no answer\n${told.join('').slice(-5000)}`)
    await new Promise(resolve => setTimeout(resolve, 200))
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(listening => void server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  await new Promise(closed => server.close(closed))
  return port
}
