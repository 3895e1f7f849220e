import { warning } from './define.ts'

/** IPVM6xxx: what works and is hardly meant. */
export const lintRows = {
  UnusedLet: warning<{ name: string }>({
    code: 'IPVM6001',
    message: p => `Nothing uses \`${p.name}\`. Remove it, or call it \`_\`.`,
    explain:
      'A `let` that nothing uses is not computed. One that performs a command is named `_` where its value does not matter. Names that begin with `_` are not reported.',
    wrong: 'export job main() -> u32 {\n  let a = 1\n  2\n}\n',
    right: 'export job main() -> u32 {\n  let a = 1\n  a\n}\n',
  }),
  UnusedImport: warning<{ name: string }>({
    code: 'IPVM6002',
    message: p => `Nothing uses the import \`${p.name}\`.`,
    explain:
      'An import that nothing uses is read and checked all the same, and tells readers of a connection that there is not.',
    wrong: 'import hello from "./hello.wasm"\n\nexport job main() -> u32 { 1 }\n',
    right: 'import hello from "./hello.wasm"\n\nexport job main() -> string { hello.greet("you") }\n',
  }),
  UnusedParameter: warning<{ name: string; job: string }>({
    code: 'IPVM6003',
    message: p => `\`${p.job}\` does not use its parameter \`${p.name}\`.`,
    explain:
      'A parameter that a job does not use changes nothing, yet callers have to give it. Where it has to be there its name begins with `_`.',
    wrong: 'export job main(a: u32, b: u32) -> u32 { a }\n',
    right: 'export job main(a: u32) -> u32 { a }\n',
  }),
  IgnoredResult: warning<{ what: string }>({
    code: 'IPVM6004',
    message: p =>
      `${p.what} tells in its result whether it has failed, and nothing looks at it. Write \`?\` behind it to fail with it.`,
    explain:
      'An effect with a `result` does not fail the job by itself. A line of its own drops the result: write `?` behind the call, so that an error fails the job, choose by `match`, or say `let _ = …` where an error does not matter.',
    wrong:
      'effect mail("mailto:") {\n  command send(to: string) -> result<u64, string>\n}\n\nexport job main() -> u32 uses mail.send {\n  do mail.send("a@b.example")\n  1\n}\n',
    right:
      'effect mail("mailto:") {\n  command send(to: string) -> result<u64, string>\n}\n\nexport job main() -> u32 uses mail.send {\n  do mail.send("a@b.example")?\n  1\n}\n',
  }),
  ShadowedName: warning<{ name: string; what: string }>({
    code: 'IPVM6005',
    message: p => `\`${p.name}\` hides ${p.what} of the same name. Give one of them another name.`,
    explain:
      'A name inside of a block hides one of the blocks around it and of the file. Readers take one for the other.',
    wrong: 'const size = 1\n\nexport job main(size: u32) -> u32 { size }\n',
    right: 'const size = 1\n\nexport job main(width: u32) -> u32 { width + size }\n',
  }),
  Unreachable: warning<{ what: string }>({
    code: 'IPVM6006',
    message: p => `This is never reached: ${p.what}.`,
    explain:
      'A branch behind a condition that is written out, an arm behind `_` or behind one of the same case, and a `catch` on a value that cannot fail are never chosen.',
    wrong: 'export job main() -> u32 { if true { 1 } else { 2 } }\n',
    right: 'export job main(big: bool) -> u32 { if big { 1 } else { 2 } }\n',
  }),
  EmptyTest: warning<{}>({
    code: 'IPVM6007',
    message: () => 'This test promises nothing: it has no `assert`, and no line that performs something.',
    explain: 'A test holds if what it asserts holds, and, without an `assert`, if its lines do not fail.',
    wrong: 'job one() -> u32 { 1 }\n\ntest "one" {\n  let _ = one()\n}\n',
    right: 'job one() -> u32 { 1 }\n\ntest "one" {\n  assert one() == 1\n}\n',
  }),
}
