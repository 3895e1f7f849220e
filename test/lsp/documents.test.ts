import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { TextDocumentContentChangeEvent } from 'vscode-languageserver'
import { TextDocument } from 'vscode-languageserver-textdocument'
import { Lines } from '../../grammar/source.ts'
import { documents } from '../../lsp/documents.ts'
import { startsOf } from '../grammar/edits.ts'
import { cases } from '../harness/seeds.ts'

const text = fc
  .array(fc.constantFrom('a', 'é', '😀', '\n', '\r\n', '\r', ' '), { maxLength: 40 })
  .map(parts => parts.join(''))
const position = fc.record({ line: fc.nat(12), character: fc.nat(12) })
const change = fc.record({ range: fc.record({ start: position, end: position }), text })

test('a text that is changed is that of the library of the protocol, whose lines are found anew', () => {
  fc.assert(
    fc.property(text, fc.array(change, { maxLength: 8 }), (before, changes) => {
      const document = documents.create('file:///a.ipvm', 'ipvm', 1, before)
      // An editor that has asked for a place knows the lines from then on.
      void document.lines.count
      let known = before
      for (const [i, next] of changes.entries()) {
        documents.update(document, [next], i + 2)
        // The library loses count of lines where something is written behind the last one, so that it begins anew.
        known = TextDocument.applyEdits(TextDocument.create('', '', 0, known), [
          { range: next.range, newText: next.text },
        ])
        expect(document.lines.text).toBe(known)
        expect(startsOf(document.lines)).toEqual(startsOf(new Lines(known)))
      }
      expect(document.version).toBe(changes.length + 1)
    }),
    { numRuns: cases(2000, 100_000) },
  )
})

test('several changes follow one another, and one without a range is all of the text', () => {
  const document = documents.create('file:///a.ipvm', 'ipvm', 1, 'job')
  const end = { line: 0, character: 3 }
  documents.update(
    document,
    [
      { text: 'task' },
      { range: null, text: 'type' } as unknown as TextDocumentContentChangeEvent,
      { range: { start: end, end: { line: 0, character: 4 } }, text: 'o' },
      { range: { start: end, end }, text: '\n' },
    ],
    5,
  )
  expect(document.lines.text).toBe('typ\no')
  expect(document.version).toBe(5)
})
