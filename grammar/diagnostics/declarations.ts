import { error } from './define.ts'

const unread = '  query unread(box: string) -> u32\n'

/** IPVM5020-5029: declarations of effects. */
export const declarationRows = {
  EffectScheme: error<{ scheme: string; near?: string | undefined }>({
    code: 'IPVM5020',
    message: p =>
      `\`${p.scheme}\` is not the scheme of a URL. It is a word in small letters and a colon, such as \`${p.near ?? 'mailto:'}\`.`,
    replacement: p => (p.near === undefined ? undefined : `"${p.near}"`),
    explain:
      'An effect says by its scheme what its operations are performed on, as URLs do: `https:`, `file:`, `mailto:`. Whoever runs the job finds by it what performs them.',
    wrong: `effect mail("mailto") {\n${unread}}\n\nexport job main() -> u32 uses mail.unread { mail.unread("inbox") }\n`,
    right: `effect mail("mailto:") {\n${unread}}\n\nexport job main() -> u32 uses mail.unread { mail.unread("inbox") }\n`,
  }),
  EmptyEffect: error<{ name: string }>({
    code: 'IPVM5021',
    message: p =>
      `\`${p.name}\` has no operations. Declare what it does, such as \`query get(name: string) -> string\`.`,
    explain: 'An effect is the list of its operations: queries, notes, and commands, which may be idempotent.',
    wrong: 'effect mail("mailto:") { }\n\nexport job main() -> u32 { 1 }\n',
    right: `effect mail("mailto:") {\n${unread}}\n\nexport job main() -> u32 uses mail.unread { mail.unread("inbox") }\n`,
  }),
}
