import { madeOf, nameOf, type Near } from '../../dag/suggest.ts'
import { error } from './define.ts'

/** ` Did you mean \`x\`?`, where a near name is known. */
export function near(name: Near | undefined): string {
  return name === undefined ? '' : ` Did you mean \`${nameOf(name)}\`?`
}

/** A near name in quotes, as sure as it is. */
export function quoted(name: Near | undefined): Near | undefined {
  return name === undefined ? undefined : madeOf(name, text => `"${text}"`)
}

/** A cycle as messages have it: of a long one only both ends. */
export function shorten(cycle: string[]): string[] {
  return cycle.length > 10 ? [...cycle.slice(0, 5), '…', ...cycle.slice(-4)] : cycle
}

/** ` Write \`x\`.`, where it is known what is written for something. */
function written(text: string | undefined): string {
  return text === undefined ? '' : ` Write \`${text}\`.`
}

export interface Named {
  name: string
  near?: Near | undefined
}

const replacement = (p: { near?: Near | undefined }): Near | undefined => p.near

/** IPVM2xxx: names that stand for nothing, for two things, or for the wrong kind of thing. */
export const nameRows = {
  UnknownName: error<Named & { minus?: string | undefined; instead?: string | undefined }>({
    code: 'IPVM2001',
    message: p =>
      `Nothing here is called \`${p.name}\`.` +
      written(p.instead) +
      (p.minus === undefined ? near(p.near) : ` A name may contain \`-\`: for a subtraction write \`${p.minus}\`.`),
    replacement,
    explain:
      'A name stands for a `let` above it in the same block, a parameter of the job, or a constant, job, type or import of the file. Names may contain `-` as they do in WIT, so `a-1` is one name.',
    wrong: 'export job main(size: u32) -> u32 { sise }\n',
    right: 'export job main(size: u32) -> u32 { size }\n',
  }),
  UnknownType: error<Named & { hint?: string | undefined }>({
    code: 'IPVM2002',
    message: p => `There is no type called \`${p.name}\`.${p.hint ? ` ${p.hint}` : near(p.near)}`,
    replacement,
    explain:
      'Types are the value types of the WebAssembly Component Model (`u32`, `string`, `list<T>`, `option<T>`, `record { … }` and so on), the types that the file declares with `type`, and the types that an imported component exports (`image.angle`).',
    wrong: 'export job main(size: int32) -> u32 { 1 }\n',
    right: 'export job main(size: s32) -> u32 { 1 }\n',
  }),
  DuplicateName: error<{ name: string; what: string }>({
    code: 'IPVM2003',
    message: p => `\`${p.name}\` is already the name of ${p.what} here. Give one of them another name.`,
    explain:
      'Values, types and modules share one space of names, so that a name means one thing in a block. A name of an outer block may be used again inside.',
    wrong: 'export job main() -> u32 {\n  let a = 1\n  let a = 2\n  a\n}\n',
    right: 'export job main() -> u32 {\n  let a = 1\n  let b = 2\n  b\n}\n',
  }),
  UnknownFunction: error<Named & { module: string }>({
    code: 'IPVM2004',
    message: p => `\`${p.module}\` exports no function \`${p.name}\`.${near(p.near)}`,
    replacement,
    explain:
      'A function is looked up in the interface that the component itself carries, or in the one that the import states. Functions of an exported interface are called with its name: `module.interface.function(…)`.',
    wrong: 'import hello from "./hello.wasm"\n\nexport job main() -> string { hello.greeet("you") }\n',
    right: 'import hello from "./hello.wasm"\n\nexport job main() -> string { hello.greet("you") }\n',
  }),
  UnknownField: error<Named & { type: string }>({
    code: 'IPVM2005',
    message: p => `\`${p.type}\` has no field \`${p.name}\`.${near(p.near)}`,
    replacement,
    explain: 'The fields of a record are those of its type. Every field has to be given once when a record is written.',
    wrong: 'export job main(p: record { width: u32 }) -> u32 { p.with }\n',
    right: 'export job main(p: record { width: u32 }) -> u32 { p.width }\n',
  }),
  UnknownCase: error<Named & { type: string; arm?: true }>({
    code: 'IPVM2006',
    message: p =>
      `\`${p.type}\` has no case or flag \`${p.name}\`.` +
      (p.arm && p.near === undefined ? ' For all the rest write `_`.' : near(p.near)),
    replacement,
    explain: 'The cases of an enum or variant and the names of flags are those of their type.',
    wrong: 'type Angle = enum { quarter, half }\n\nexport job main() -> Angle { Angle.halff }\n',
    right: 'type Angle = enum { quarter, half }\n\nexport job main() -> Angle { Angle.half }\n',
  }),
  NotAFunction: error<{ name: string; what: string; instead?: string | undefined }>({
    code: 'IPVM2007',
    message: p => `\`${p.name}\` is ${p.what} and cannot be called.` + written(p.instead),
    explain:
      'Only jobs, functions of imported components, cases of variants and `some`, `ok` and `err` are called. There are no function values.',
    wrong: 'const size = 1\n\nexport job main() -> u32 { size() }\n',
    right: 'const size = 1\n\nexport job main() -> u32 { size }\n',
  }),
  NotAValue: error<{ name: string; what: string; hint: string }>({
    code: 'IPVM2008',
    message: p => `\`${p.name}\` is ${p.what}, not a value. ${p.hint}`,
    explain: 'Modules, types, jobs and functions are not values: a job and a function are called, a type has cases.',
    wrong: 'job one() -> u32 { 1 }\n\nexport job main() -> u32 { one }\n',
    right: 'job one() -> u32 { 1 }\n\nexport job main() -> u32 { one() }\n',
  }),
  UnknownArgument: error<Named & { func: string; takes: string }>({
    code: 'IPVM2009',
    message: p =>
      `\`${p.func}\` has no parameter \`${p.name}\`.` + (p.near === undefined ? ` It takes ${p.takes}.` : near(p.near)),
    replacement,
    explain: 'Named arguments use the names of the parameters: those of the job, or those in the WIT of the component.',
    wrong: 'job twice(text: string) -> string { text }\n\nexport job main() -> string { twice(txt: "a") }\n',
    right: 'job twice(text: string) -> string { text }\n\nexport job main() -> string { twice(text: "a") }\n',
  }),
  MissingArgument: error<{ func: string; names: string[]; type?: string }>({
    code: 'IPVM2010',
    message: p =>
      p.names.length === 1
        ? `\`${p.func}\` needs a value for \`${p.names[0]}\`${p.type === undefined ? '' : `, a \`${p.type}\``}.`
        : `\`${p.func}\` needs values for ${p.names.map(name => `\`${name}\``).join(', ')}.`,
    explain: 'Every parameter without a default needs an argument, by position or by name.',
    wrong: 'job twice(text: string) -> string { text }\n\nexport job main() -> string { twice() }\n',
    right: 'job twice(text: string) -> string { text }\n\nexport job main() -> string { twice("a") }\n',
  }),
  SurplusArgument: error<{ func: string; takes: number }>({
    code: 'IPVM2011',
    message: p =>
      p.takes === 0
        ? `\`${p.func}\` takes no arguments.`
        : `\`${p.func}\` takes ${p.takes} argument${p.takes === 1 ? '' : 's'}; this one is too many.`,
    explain: 'A call may not have more arguments than the function has parameters.',
    wrong: 'job twice(text: string) -> string { text }\n\nexport job main() -> string { twice("a", "b") }\n',
    right: 'job twice(text: string) -> string { text }\n\nexport job main() -> string { twice("a") }\n',
  }),
  RepeatedArgument: error<{ name: string }>({
    code: 'IPVM2012',
    message: p => `\`${p.name}\` already has a value in this call.`,
    explain: 'A parameter takes one argument: by position or by name, not both.',
    wrong: 'job twice(text: string) -> string { text }\n\nexport job main() -> string { twice("a", text: "b") }\n',
    right: 'job twice(text: string) -> string { text }\n\nexport job main() -> string { twice(text: "b") }\n',
  }),
  ArgumentOrder: error<{ func: string; names: string[] }>({
    code: 'IPVM2030',
    message: p =>
      `\`${p.func}\` is a compiled job, which keeps its parameters in no order. Name them: ${p.names.map(name => `\`${name}: …\``).join(', ')}.`,
    explain:
      'A compiled job is a map from names to parameters. Where it has more than one, arguments are given by name; a single one may be given by its position.',
    wrong: '',
    right: '',
  }),
  RecursiveJob: error<{ cycle: string[] }>({
    code: 'IPVM2013',
    message: p =>
      `A job cannot call itself, and this one does: ${shorten(p.cycle).join(' → ')}. To do something more than once write \`for\` or \`fold\`.`,
    explain:
      'Calls of jobs are expanded when the program is compiled, so that every job is a finite graph. A loop that does not end is built by enqueuing a new run.',
    wrong: 'export job main() -> u32 { main() }\n',
    right: 'job one() -> u32 { 1 }\n\nexport job main() -> u32 { one() }\n',
  }),
  RecursiveDefinition: error<{ what: string; cycle: string[] }>({
    code: 'IPVM2014',
    message: p =>
      `This ${p.what} is defined by itself: ${shorten(p.cycle).join(' → ')}.` +
      (p.what === 'type' ? ' For data that nests as deep as it likes write `ipld`.' : ''),
    explain: 'A type or a constant stands for what it says; it cannot contain itself.',
    wrong: 'type Tree = record { next: option<Tree> }\n\nexport job main() -> u32 { 1 }\n',
    right: 'type Leaf = record { next: option<u32> }\n\nexport job main() -> u32 { 1 }\n',
  }),
  UsedTooEarly: error<{ name: string }>({
    code: 'IPVM2015',
    message: p => `\`${p.name}\` is used before its \`let\`. Move the \`let\` above this line.`,
    explain: 'Inside a block a `let` can be used from the next statement on.',
    wrong: 'export job main() -> u32 {\n  let a = b\n  let b = 1\n  a\n}\n',
    right: 'export job main() -> u32 {\n  let b = 1\n  let a = b\n  a\n}\n',
  }),
  UnknownSetting: error<Named>({
    code: 'IPVM2016',
    message: p =>
      `There is no limit called \`${p.name}\`; there are \`time\`, \`memory\`, \`gas\`, \`retry\` and \`check\`.${near(p.near)}`,
    replacement,
    explain:
      '`config` and `with` set the limits of tasks: `time` (`30s`), `memory` (`64MiB`), `gas` (`50_000_000`), `retry` (how many more attempts) and `check` (how many more times a result is computed and compared).',
    wrong: 'config { tine: 30s }\n\nexport job main() -> u32 { 1 }\n',
    right: 'config { time: 30s }\n\nexport job main() -> u32 { 1 }\n',
  }),
  RepeatedSetting: error<{ name: string }>({
    code: 'IPVM2017',
    message: p => `\`${p.name}\` is set twice. Keep one of them.`,
    explain: 'A file has one `config`, and each limit is set once in it and in each `with`.',
    wrong: 'config { time: 30s, time: 5s }\n\nexport job main() -> u32 { 1 }\n',
    right: 'config { time: 30s }\n\nexport job main() -> u32 { 1 }\n',
  }),
}
