/** The door of this room: text to tree and back, and what is wrong with it (`ipvm/grammar`). */
export { diagnostics, rowOf, type Diagnostic, type DiagnosticName, type Fix, type Span } from './diagnostics.ts'
export { format, type Formatted } from './format.ts'
export * from './nodes.ts'
export { parse, type Comment, type Parsed } from './parse.ts'
export { diagnosticToJson, renderDiagnostic, type DiagnosticJson, type SourceOf } from './render.ts'
export { decodeSource, Lines, offsetAt, positionAt, type Position } from './source.ts'
