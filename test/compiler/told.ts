import { checkText, type CheckedFile } from '../../compiler/check.ts'
import { helloWasm, memoryHost } from '../harness/host.ts'

/** Checks a text with `hello.wasm` and other files beside it. */
export function checkedText(text: string, files: Record<string, string> = {}): Promise<CheckedFile> {
  return checkText(memoryHost({ 'main.ipvm': text, 'hello.wasm': helloWasm, ...files }), 'main.ipvm', text)
}

/** What a text is told, warnings too: for each the name of the diagnostic, and what it underlines. */
export async function told(text: string, files: Record<string, string> = {}): Promise<string[]> {
  const { diagnostics, sources } = await checkedText(text, files)
  return diagnostics.map(({ name, span }) => `${name}: ${sources.get(span.file)!.text.slice(span.start, span.end)}`)
}

/** The text after the first repair of each diagnostic, but for those that touch one before. */
export async function mended(text: string): Promise<string> {
  const { diagnostics } = await checkedText(text)
  let result = ''
  let done = 0
  for (const { edits } of diagnostics.flatMap(({ fixes }) => fixes.slice(0, 1)))
    if (edits.every(({ start }) => start >= done))
      for (const edit of edits) {
        result += text.slice(done, edit.start) + edit.text
        done = edit.end
      }
  return result + text.slice(done)
}
