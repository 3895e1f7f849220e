/** The door of this room: a source file to a checked module, and to the blocks of a job (`ipvm/compiler`). */
export { readArguments } from './arguments.ts'
export { checkFile, checkText, type CheckedFile } from './check.ts'
export { compile } from './compile.ts'
export type {
  Argument,
  Compiled,
  CompileOptions,
  CompileResult,
  Host,
  Signature,
  Signatures,
  UsageError,
} from './interface.ts'
export { decompile } from './targets/homestar/decompile.ts'
export { toHomestar, type HomestarWorkflow } from './targets/homestar/export.ts'
export { importWorkflow, type Imported, type ImportError } from './targets/homestar/import.ts'
export { readWorkflow, type WorkflowTask } from './targets/homestar/read.ts'
