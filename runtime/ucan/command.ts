/** Characters of the longest command that is read. */
const maxCommand = 1024

/** What is wrong with a command (UCAN 1.0, Segment Structure); undefined where it is one: `/`, `/http`, `/http/get`. */
export function wrongCommand(text: string): string | undefined {
  if (text.length > maxCommand) return `a command has at most ${maxCommand} characters`
  if (!text.startsWith('/')) return 'a command begins with `/`'
  if (text === '/') return undefined
  if (text.endsWith('/')) return 'a command does not end with `/`'
  if (text.includes('//')) return 'two `/` stand together in it'
  if (text !== text.toLowerCase()) return 'a command is in lower case'
  return /[\p{Cc}\s]/u.test(text) ? 'a command has no spaces and no control characters' : undefined
}

/** Whether who may do one command may do another: `/http` covers `/http/get` and not `/httpx`. */
export function coversCommand(granted: string, asked: string): boolean {
  return granted === '/' || asked === granted || asked.startsWith(`${granted}/`)
}
