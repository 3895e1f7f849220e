/**
 * `npm run package:vscode`: makes `out/ipvm-vscode.vsix`, the extension for Visual Studio Code with the program of `dist/`
 * in it. Takes nothing from the network.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeVsix } from './vsix.ts'

const root = join(import.meta.dirname, '..')
const file = join(root, 'out/ipvm-vscode.vsix')
const bytes = await makeVsix(root)
mkdirSync(join(root, 'out'), { recursive: true })
writeFileSync(file, bytes)
console.log(`out/ipvm-vscode.vsix: ${bytes.length} bytes`)
