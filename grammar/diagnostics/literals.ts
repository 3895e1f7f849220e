import { error } from './define.ts'

const fine = 'export job main() -> u32 { 1 }\n'

function value(text: string): string {
  return `export job main() -> u32 {\n  let a = ${text}\n  1\n}\n`
}

/** Characters and literals that are not what they look like. */
export const literalRows = {
  UnknownCharacter: error<{ shown: string }>({
    code: 'IPVM1001',
    message: p => `${p.shown} is not part of the language. Only texts and comments may hold it.`,
    explain: 'Outside of texts and comments the language uses letters of ASCII, digits and a few signs.',
    wrong: value('1 # 2'),
    right: value('1 // 2'),
  }),
  BentQuotes: error<{ backtick?: boolean }>({
    code: 'IPVM1002',
    message: p =>
      p.backtick
        ? 'Texts stand in double quotes, `"`, not in backticks.'
        : 'Texts stand in straight quotes, `"`; these were bent by a word processor.',
    explain: 'Word processors replace quotes by typographic ones. The language knows the straight ones alone.',
    wrong: value('“cat”'),
    right: value('"cat"'),
  }),
  UnclosedText: error<{}>({
    code: 'IPVM1003',
    message: () => 'This text has no closing quote before the end of the line.',
    explain: 'A text stands on one line. A line break inside it is written `\\n`, a quote `\\"`.',
    wrong: value('"cat'),
    right: value('"cat"'),
  }),
  UnclosedInterpolation: error<{}>({
    code: 'IPVM1012',
    message: () =>
      'This `${` is not closed: `}` is missing in the text. A dollar sign before a brace is written `\\$`.',
    explain:
      'In a text `${value}` stands for the value; it is closed before the closing quote. `\\${` is no expression.',
    wrong: value('"a ${1"'),
    right: value('"a ${1}"'),
  }),
  UnclosedChar: error<{}>({
    code: 'IPVM1004',
    message: () => "This character has no closing `'`.",
    explain: "A character stands in single quotes: `'c'`. A single quote itself is `'\\''`.",
    wrong: value("'c"),
    right: value("'c'"),
  }),
  NotOneCharacter: error<{ count: number; text?: string }>({
    code: 'IPVM1005',
    message: p =>
      p.count === 0
        ? 'There is no character between these quotes.'
        : p.count === 1
          ? "A single quote is written `'\\''`."
          : 'Single quotes hold one character. A text stands in double quotes.',
    replacement: p => p.text,
    explain: "A `char` is one Unicode scalar value, `'c'`; a `string` stands in double quotes.",
    wrong: value("'cat'"),
    right: value('"cat"'),
  }),
  BlockComment: error<{ closed: boolean }>({
    code: 'IPVM1006',
    message: p =>
      (p.closed ? '' : 'This comment is not closed. ') + 'Comments start with `//` and go to the end of the line.',
    explain: 'There is one form of comments, `//`, and two of docs: `///` for what follows and `//!` for the module.',
    wrong: '/* one job */\n' + fine,
    right: '// one job\n' + fine,
  }),
  BadEscape: error<{ escape: string; reason: string }>({
    code: 'IPVM1007',
    message: p => `\`${p.escape}\` is not an escape: ${p.reason}.`,
    explain:
      'The escapes are `\\n \\t \\r \\0 \\\\ \\" \\\' \\$` and `\\u{…}` with the hexadecimal number of a character; in ' +
      'bytes there is `\\xNN` instead of `\\u{…}`.',
    wrong: value('"C:\\dir"'),
    right: value('"C:\\\\dir"'),
  }),
  NotAscii: error<{ shown: string }>({
    code: 'IPVM1008',
    message: p => `${p.shown} is more than one byte. Write bytes as ASCII or \`\\xNN\`, or use a text.`,
    explain: 'A literal of bytes shows each byte as one ASCII character or as `\\xNN`.',
    wrong: value('b"é"'),
    right: value('b"\\xc3\\xa9"'),
  }),
  BadNumber: error<{ text: string; reason: string; instead?: string }>({
    code: 'IPVM1009',
    message: p => `\`${p.text}\` is not a number: ${p.reason}.`,
    replacement: p => p.instead,
    explain:
      'Numbers are `42`, `-1`, `1_000`, `0xff`, `1.5`, `1e3`: digits on both sides of a dot, and single underscores ' +
      'between digits.',
    wrong: value('1__0'),
    right: value('1_0'),
  }),
  UnknownUnit: error<{ unit: string; near?: string; instead?: string }>({
    code: 'IPVM1010',
    message: p => `There is no unit \`${p.unit}\`.` + (p.near === undefined ? '' : ` Did you mean \`${p.near}\`?`),
    replacement: p => p.instead,
    explain:
      'Durations are written with `ms`, `s`, `min` and `h`; sizes with `B`, `KB`, `MB`, `GB`, `TB` (powers of 1000) ' +
      'and `KiB`, `MiB`, `GiB`, `TiB` (powers of 1024).',
    wrong: 'config { time: 30sec }\n' + fine,
    right: 'config { time: 30s }\n' + fine,
  }),
  Semicolon: error<{}>({
    code: 'IPVM1011',
    message: () => 'There are no semicolons: a new line ends a statement.',
    explain: 'A new line ends a statement where the text can end there.',
    wrong: 'const edge = 256;\n' + fine,
    right: 'const edge = 256\n' + fine,
  }),
}
