/** `npm run demo`: runs the job of `examples/image` and writes what it makes to `out/`. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
mkdirSync('out', { recursive: true })

const jobs = [
  ['main', 'out/side-by-side.png', 'a thumbnail beside a turned, grey and blurred part of it'],
  ['upside-down', 'out/upside-down.png', 'the photo cropped, rotated, grey and blurred'],
] as const

for (const [job, out, what] of jobs) {
  const command = ['run', 'examples/image/image.ipvm', '-j', job, '--out', out]
  console.log(`$ ipvm ${command.join(' ')}`)
  const { status } = spawnSync(process.execPath, ['dist/ipvm.js', ...command], { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
  console.log(`${out}: ${what}, ${statSync(out).size} bytes\n`)
}
console.log('Run it again: nothing is executed, since every result is remembered in .ipvm.')
