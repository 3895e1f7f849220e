import { fs } from '../../../runtime/effects/fs.ts'
import { ask } from './ask.ts'

/** A process of its own that appends so many bytes to a file: `append.ts ROOT PATH COUNT`. Writes what it came to. */
const [root, path, count] = process.argv.slice(2)
const { answer } = await ask(fs({ root: root! }), 'append', [path!, Buffer.alloc(Number(count), 'y')])
process.stdout.write(JSON.stringify(answer))
