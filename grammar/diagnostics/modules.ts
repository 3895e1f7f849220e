import { error } from './define.ts'
import { near, quoted, shorten, type Named } from './names.ts'

const uses = 'export job main() -> Size { square(edge: 2) }\n'
const shapes = 'import { square, Size } from "./shapes.ipvm"\n\n'

/** ` It has \`a\`, \`b\` and more.`: some of the names that are there. */
function some(names: string[]): string {
  if (names.length === 0) return ''
  const list = names
    .slice(0, 6)
    .map(name => `\`${name}\``)
    .join(', ')
  return ` It has ${list}${names.length > 6 ? ' and more' : ''}.`
}

/** IPVM2031-2059: files that import each other, and what pins them. */
export const moduleRows = {
  UnknownImport: error<Named & { source: string; has: string[] }>({
    code: 'IPVM2031',
    message: p => `\`${p.source}\` declares no \`${p.name}\`.` + (p.near === undefined ? some(p.has) : near(p.near)),
    replacement: p => p.near,
    explain:
      'What a file declares can be imported by its name: types, constants and effects always, jobs where they are exported.',
    wrong: `import { sqare, Size } from "./shapes.ipvm"\n\nexport job main() -> Size { sqare(edge: 2) }\n`,
    right: shapes + uses,
  }),
  NotExported: error<{ name: string; source: string }>({
    code: 'IPVM2032',
    message: p => `\`${p.name}\` is a job of \`${p.source}\` that is not exported. Write \`export\` before it there.`,
    explain:
      'Only exported jobs can be called from other files, so that all others can be changed without a look around. Types, constants and effects need no word.',
    wrong: 'import { half } from "./shapes.ipvm"\n\nexport job main() -> u32 { half(edge: 2) }\n',
    right: shapes + uses,
  }),
  ImportCycle: error<{ cycle: string[] }>({
    code: 'IPVM2033',
    message: p =>
      `These files import each other: ${shorten(p.cycle).join(' → ')}. Move what they share into a file of its own.`,
    explain:
      'Files import each other without a circle, so that each can be understood from those that it imports. What two files need of each other belongs into a third one.',
    wrong: 'import { round } from "./round.ipvm"\n\nexport job main() -> u32 { round() }\n',
    right: shapes + uses,
  }),
  ImportSelf: error<{ source: string }>({
    code: 'IPVM2034',
    message: p => `\`${p.source}\` is this file itself, whose names are known here. Remove the import.`,
    explain: 'All names that a file declares can be used in it, wherever they stand.',
    wrong: 'import { one } from "./main.ipvm"\n\nexport job one() -> u32 { 1 }\n\njob main() -> u32 { one() }\n',
    right: 'export job one() -> u32 { 1 }\n\njob main() -> u32 { one() }\n',
  }),
  ImportNamesOf: error<{ source: string; has: string[] }>({
    code: 'IPVM2035',
    message: p =>
      `\`${p.source}\` is a file of this language, of which names are imported: write \`import { ${p.has.length === 0 ? '…' : p.has.slice(0, 3).join(', ')} } from "${p.source}"\`.`,
    explain:
      'A component is imported as a whole, `import image from "./image.wasm"`. Of a file of this language the names are imported that are used: `import { square } from "./shapes.ipvm"`.',
    wrong: 'import shapes from "./shapes.ipvm"\n\nexport job main() -> u32 { shapes.half(2) }\n',
    right: shapes + uses,
  }),
  ImportWhole: error<{ source: string; name: string; call: string }>({
    code: 'IPVM2036',
    message: p =>
      `\`${p.source}\` is imported as a whole: write \`import ${p.name} from "${p.source}"\` and \`${p.call}\`.`,
    explain:
      'A component, or a compiled job, is imported under one name, and its functions are called through it. Names in braces are those of a file of this language.',
    wrong: 'import { greet } from "./hello.wasm"\n\nexport job main() -> string { greet("you") }\n',
    right: 'import hello from "./hello.wasm"\n\nexport job main() -> string { hello.greet("you") }\n',
  }),
  ImportedImport: error<{ name: string; source: string; from: string }>({
    code: 'IPVM2037',
    message: p =>
      `\`${p.name}\` is not declared by \`${p.source}\`, which imports it from \`${p.from}\`. Import it from there too.`,
    explain:
      'A file gives what it declares, and nothing that it imports: so each name has one place where it comes from.',
    wrong: 'import { Size } from "./through.ipvm"\n\nexport job main(size: Size) -> Size { size }\n',
    right: 'import { Size } from "./shapes.ipvm"\n\nexport job main(size: Size) -> Size { size }\n',
  }),
  UnknownBuiltIn: error<Named & { has: string[] }>({
    code: 'IPVM2038',
    message: p =>
      `There is no module \`${p.name}\` in the language.` +
      (p.near === undefined ? ` There is ${p.has.map(name => `\`${name}\``).join(', ')}.` : near(p.near)),
    replacement: p => quoted(p.near),
    explain:
      'Sources that begin with `ipvm:` are modules that come with the language. `ipvm:effects` holds the effects: `http`, `fs`, `time`, `random`, `dns`, `secret`, `log`, `job`, and the types of their parameters.',
    wrong: 'import { time } from "ipvm:efects"\n\nexport job main() -> u64 uses time.now { time.now() }\n',
    right: 'import { time } from "ipvm:effects"\n\nexport job main() -> u64 uses time.now { time.now() }\n',
  }),
  ImportedTwice: error<{ name: string }>({
    code: 'IPVM2039',
    message: p => `\`${p.name}\` is imported twice. Remove one of the two.`,
    explain: 'A name is imported once. The same thing may be imported under two names: `import { a, a as b } from …`.',
    wrong: `import { square, Size, square } from "./shapes.ipvm"\n\n${uses}`,
    right: shapes + uses,
  }),
  PathOutside: error<{ path: string; root: string; link?: boolean }>({
    code: 'IPVM2040',
    message: p =>
      `\`${p.path}\` ${p.link ? 'is a symbolic link that leads' : 'leads'} out of the project, and nothing outside of \`${p.root}\` is read.`,
    explain:
      'What a program is made of lies in its project, so that it means the same wherever the project is. Its root is the nearest folder upwards that holds `ipvm.lock`, `ipvm.config.ts`, `package.json` or `.git`; else the current folder, or that of the file. Copy the file into the project, or import it by content: `"ipfs://<CID>"`.',
    wrong: 'import hello from "../hello.wasm"\n\nexport job main() -> string { hello.greet("you") }\n',
    right: 'import hello from "./hello.wasm"\n\nexport job main() -> string { hello.greet("you") }\n',
  }),
  LockMismatch: error<{ source: string; locked: string; found: string }>({
    code: 'IPVM2041',
    message: p =>
      `\`${p.source}\` is ${p.found}, but \`ipvm.lock\` says that it is ${p.locked}. If the change is meant, remove its entry from \`ipvm.lock\`.`,
    explain:
      '`ipvm.lock` holds what each `ipfs://…` import came to, so that a program is the same on every machine. An entry that is removed is written anew by `ipvm check`, `ipvm build` and `ipvm run`.',
    wrong: '',
    right: '',
  }),
  LockDamaged: error<{ why: string }>({
    code: 'IPVM2042',
    message: p => `\`ipvm.lock\` cannot be read: ${p.why}. Mend it, or remove the file to have it written anew.`,
    explain:
      '`ipvm.lock` is written by `ipvm check`, `ipvm build` and `ipvm run`, and belongs into version control. It is read strictly: an entry that is passed over would pin nothing.',
    wrong: '',
    right: '',
  }),
  ContentMissing: error<{ source: string; what: string }>({
    code: 'IPVM2043',
    message: p =>
      `\`${p.source}\` is not at hand: ${p.what} is not in the store (\`.ipvm\`, or \`--store\`). \`ipvm build\` and \`ipvm run\` of what it comes from put it there.`,
    explain:
      'What is imported by content is looked for in the store and nowhere else: nothing is fetched. `ipvm build` and `ipvm run` keep the jobs and components that they compile, and `ipvm run FILE.car` keeps what the file holds. A component can be compiled against without its bytes where the import states its interface.',
    wrong:
      'import sums from "ipfs://bafyreifepiu23okq5zuyvyhsoiazv2icw2van3s7ko6d3ixl5jx2yj2yhu"\n\nexport job main() -> s32 { sums() }\n',
    right: 'import hello from "./hello.wasm"\n\nexport job main() -> string { hello.greet("you") }\n',
  }),
}
