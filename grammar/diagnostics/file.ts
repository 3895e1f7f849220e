import { error } from './define.ts'

/** IPVM0xxx: the file itself, before it is read as a program. */
export const fileRows = {
  NotUtf8: error<{ offset: number }>({
    code: 'IPVM0001',
    message: p => `This file is not UTF-8: byte ${p.offset} does not belong to any character. Save it as UTF-8.`,
    explain: 'Source files are UTF-8 text. Editors can save a file that has another encoding as UTF-8.',
    wrong: '',
    right: 'export job main() -> u32 { 1 }\n',
  }),
  EmptyFile: error<Record<string, never>>({
    code: 'IPVM0002',
    message: () => 'This file declares nothing. A job looks like this: `export job main() -> string { "hello" }`.',
    explain: 'A file holds imports, types, constants and jobs. One that holds none of them is most likely a mistake.',
    wrong: '// nothing yet\n',
    right: 'export job main() -> u32 { 1 }\n',
  }),
  FileTooLong: error<{ limit: number }>({
    code: 'IPVM0003',
    message: p =>
      `This file is longer than ${p.limit / 2 ** 20} Mi characters. Split it into modules, and \`embed\` data.`,
    explain:
      'The length of a source file is limited, so that no file can exhaust the memory of whoever reads it. Data belong ' +
      'into files of their own: `embed "./table.csv"` gives their bytes.',
    wrong: '',
    right: 'export job main() -> u32 { 1 }\n',
  }),
}
