import { locate } from '../compiler/files.ts'
import type { Diagnostic } from '../grammar/diagnostics.ts'
import type { View } from './interface.ts'

/** What is wrong with imported files that are no texts, told at the imports: no editor can show it where it belongs. */
export function ofUnreadable({ path, tree, checker }: View, diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const unreadable = diagnostics.filter(({ name, span }) => name === 'NotUtf8' && span.file !== path)
  if (unreadable.length === 0) return []
  return tree.items.flatMap((item): Diagnostic[] => {
    if (item.kind !== 'ImportNames') return []
    const { start, end, value } = item.from
    const target = locate(checker, item.from)
    const found = target.ok && unreadable.find(({ span }) => span.file === target.value)
    return found ? [{ ...found, message: `\`${value}\`: ${found.message}`, span: { file: path, start, end } }] : []
  })
}
