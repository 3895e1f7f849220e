import { error } from './define.ts'
import type { Near } from '../../dag/suggest.ts'
import { near, quoted } from './names.ts'

/** IPVM4xxx: files and components that a module names. */
export const componentRows = {
  FileMissing: error<{ path: string; near?: Near | undefined }>({
    code: 'IPVM4001',
    message: p => `There is no file \`${p.path}\`, seen from the folder of this one.${near(p.near)}`,
    replacement: p => quoted(p.near),
    explain: 'Paths of `import` and `embed` are relative to the file that they stand in.',
    wrong: 'import hello from "./helo.wasm"\n\nexport job main() -> string { hello.greet("you") }\n',
    right: 'import hello from "./hello.wasm"\n\nexport job main() -> string { hello.greet("you") }\n',
  }),
  FileUnreadable: error<{ path: string; why: string }>({
    code: 'IPVM4002',
    message: p => `\`${p.path}\` cannot be read: ${p.why}.`,
    explain: 'Paths of `import` and `embed` name regular files that may be read.',
    wrong: 'import hello from "."\n\nexport job main() -> string { hello.greet("you") }\n',
    right: 'import hello from "./hello.wasm"\n\nexport job main() -> string { hello.greet("you") }\n',
  }),
  NotWasm: error<{ source: string; looks: string }>({
    code: 'IPVM4003',
    message: p => `\`${p.source}\` is not WebAssembly: ${p.looks}.`,
    explain: 'A component is imported as its compiled bytes, a `.wasm` file.',
    wrong: 'import hello from "./hello.ipvm-text"\n\nexport job main() -> string { hello.greet("you") }\n',
    right: 'import hello from "./hello.wasm"\n\nexport job main() -> string { hello.greet("you") }\n',
  }),
  BadComponent: error<{ source: string; why: string }>({
    code: 'IPVM4004',
    message: p => `\`${p.source}\` is damaged, or uses what this version does not support. ${p.why}`,
    explain:
      'Components are decoded strictly. Features that would not be deterministic (threads, relaxed SIMD) and those of later versions of the Component Model (async, streams) are refused by name.',
    wrong: '',
    right: '',
  }),
  StatedMismatch: error<{
    source: string
    func: string
    stated: string
    actual?: string | undefined
    near?: string | undefined
  }>({
    code: 'IPVM4005',
    message: p =>
      p.actual === undefined
        ? `The import states a function \`${p.func}\`, which \`${p.source}\` does not export.${near(p.near)}`
        : `The import states \`${p.func}: ${p.stated}\`, but in \`${p.source}\` it is \`${p.actual}\`.`,
    explain:
      'Where an import states the interface of a component and the bytes are at hand, the two are compared. The order of fields and cases does not matter; names and types do.',
    wrong:
      'import hello from "./hello.wasm" { greet: func(name: u32) -> string }\n\nexport job main() -> string { hello.greet(1) }\n',
    right:
      'import hello from "./hello.wasm" { greet: func(name: string) -> string }\n\nexport job main() -> string { hello.greet("you") }\n',
  }),
  InterfaceNeeded: error<{ source: string; why: string }>({
    code: 'IPVM4006',
    message: p =>
      `The interface of \`${p.source}\` is not known: ${p.why}. State it after the source: \`{ name: func(x: s32) -> s32 }\`.`,
    explain:
      'The types of functions come from the component itself. Where its bytes are not at hand, or where it is a core module without WIT, the import states them.',
    wrong:
      'import sums from "ipfs://bafybeibk42jwhq7w2zcpe6q3wgtleugp3ymfs3pa5gerjmnakqihhqx4zq"\n\nexport job main() -> s32 { sums.add_one(1) }\n',
    right:
      'import sums from "ipfs://bafybeibk42jwhq7w2zcpe6q3wgtleugp3ymfs3pa5gerjmnakqihhqx4zq" { add_one: func(x: s32) -> s32 }\n\nexport job main() -> s32 { sums.add_one(1) }\n',
  }),
  ImportSource: error<{ source: string; why: string }>({
    code: 'IPVM4007',
    message: p => `\`${p.source}\` cannot be imported: ${p.why}.`,
    explain:
      'Components are imported by a relative path (`"./image.wasm"`) or by content (`"ipfs://<CID>"`), names of other files by a relative path (`"./shapes.ipvm"`), compiled jobs by content, effects from `"ipvm:effects"`. Nothing is fetched.',
    wrong: 'import hello from "https://a.example/hello.wasm"\n\nexport job main() -> string { hello.greet("you") }\n',
    right: 'import hello from "./hello.wasm"\n\nexport job main() -> string { hello.greet("you") }\n',
  }),
  CoreInterface: error<{ func: string; type: string }>({
    code: 'IPVM4008',
    message: p =>
      `\`${p.func}\` belongs to a core module, which has only \`s32\`, \`s64\`, \`f32\` and \`f64\`; \`${p.type}\` needs a component.`,
    explain:
      'A core WebAssembly module has no strings, lists or records. Embed its WIT (`wasm-tools component embed`, then `component new`) to make it a component.',
    wrong: '',
    right: '',
  }),
  UnsupportedFunction: error<{ func: string; why: string }>({
    code: 'IPVM4009',
    message: p => `\`${p.func}\` cannot be called from a job: ${p.why}.`,
    explain:
      'A job passes values. Functions that take or give resources or streams, and async ones, have no place in it.',
    wrong: '',
    right: '',
  }),
}
