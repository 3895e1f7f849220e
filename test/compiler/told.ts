import { checkText, type CheckedFile } from '../../compiler/check.ts'
import type { Fix } from '../../grammar/diagnostics.ts'
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

/** The text after each repair by itself. */
export async function repairs(text: string): Promise<string[]> {
  const { diagnostics } = await checkedText(text)
  return diagnostics.flatMap(({ fixes }) => fixes.map(({ edits }) => applied(text, edits)))
}

/** The text after the repair of each diagnostic that has one, but for those that touch one before. */
export async function mended(text: string): Promise<string> {
  const { diagnostics } = await checkedText(text)
  let result = ''
  let done = 0
  for (const { edits } of diagnostics.flatMap(({ fixes }) => (fixes.length === 1 ? fixes : [])))
    if (edits.every(({ start }) => start >= done))
      for (const edit of edits) {
        result += text.slice(done, edit.start) + edit.text
        done = edit.end
      }
  return result + text.slice(done)
}

/** The text after some edits. */
export function applied(text: string, edits: Fix['edits']): string {
  return edits
    .toSorted((a, b) => b.start - a.start || b.end - a.end)
    .reduce((all, edit) => all.slice(0, edit.start) + edit.text + all.slice(edit.end), text)
}
