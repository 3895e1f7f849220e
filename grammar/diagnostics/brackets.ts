import { error } from './define.ts'

const fine = 'export job main() -> u32 { 1 }\n'

/** Brackets that do not match, and too many of them. */
export const bracketRows = {
  Unclosed: error<{ open: string; close: string }>({
    code: 'IPVM1020',
    message: p => `The \`${p.open}\` is not closed: \`${p.close}\` is missing here.`,
    explain:
      'Each opening bracket needs its closing one. The message points at the place where it is missed first, and at ' +
      'the bracket that waits for it.',
    wrong: 'export job main() -> u32 {\n  let a = [1, 2\n  1\n}\n',
    right: 'export job main() -> u32 {\n  let a = [1, 2]\n  1\n}\n',
  }),
  SurplusBracket: error<{ close: string }>({
    code: 'IPVM1021',
    message: p => `There is no open bracket that \`${p.close}\` could close.`,
    explain: 'Each closing bracket needs an opening one before it.',
    wrong: 'export job main() -> u32 {\n  let a = 1)\n  1\n}\n',
    right: fine,
  }),
  WrongBracket: error<{ open: string; found: string; close: string }>({
    code: 'IPVM1022',
    message: p => `\`${p.open}\` is closed by \`${p.close}\`, not by \`${p.found}\`.`,
    explain: 'Brackets close in the reverse order in which they were opened, each by its own kind.',
    wrong: 'export job main() -> u32 {\n  let a = [1, 2)\n  1\n}\n',
    right: 'export job main() -> u32 {\n  let a = [1, 2]\n  1\n}\n',
  }),
  DoubledBracket: error<{ open: string; close: string }>({
    code: 'IPVM1025',
    message: p =>
      `There are two \`${p.open}\` here, and one \`${p.close}\` is missing. Remove this one, or close both.`,
    explain:
      'Each opening bracket needs its closing one. Of two that stand side by side, one may have been typed twice.',
    wrong: 'export job main() -> u32 {\n  let a = ((1)\n  1\n}\n',
    right: 'export job main() -> u32 {\n  let a = ((1))\n  1\n}\n',
  }),
  TooDeep: error<{ limit: number }>({
    code: 'IPVM1023',
    message: p =>
      `This is nested deeper than ${p.limit} levels. Give names to inner parts: to values with \`let\`, to types with \`type\`.`,
    explain:
      'The depth of nesting is limited, so that no text can exhaust the stack of whoever reads it. Each bracket and ' +
      'each access or call in a chain is one level.',
    wrong: `export job main() -> u32 {\n  let a = ${'['.repeat(1001)}${']'.repeat(1001)}\n  1\n}\n`,
    right: 'export job main() -> u32 {\n  let a: list<list<u8>> = [[]]\n  1\n}\n',
  }),
  MissingOpenBrace: error<{ job: string }>({
    code: 'IPVM1024',
    message: p => `The body of \`${p.job}\` starts without \`{\`.`,
    explain: 'The body of a job stands in braces.',
    wrong: 'export job main() -> u32\n  let a = 1\n  a\n}\n',
    right: 'export job main() -> u32 {\n  let a = 1\n  a\n}\n',
  }),
}
