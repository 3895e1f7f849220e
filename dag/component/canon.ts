import type { CanonOptions, CoreFuncType, FuncType } from './ast.ts'
import { factsOf } from './facts.ts'
import { flattenFunc, optionsNeeded } from './flatten.ts'
import { signature } from './match.ts'
import { hex, type Reader, refuse } from './reader.ts'
import { entry, type Scope } from './scope.ts'

/** Built-ins of the canonical ABI that belong to asynchronous components and threads, by opcode. */
const asynchronous: Record<number, string> = {
  0x05: 'task.cancel',
  0x06: 'subtask.cancel',
  0x07: 'resource.drop async',
  0x08: 'backpressure.set',
  0x09: 'task.return',
  0x0a: 'context.get',
  0x0b: 'context.set',
  0x0c: 'thread.yield',
  0x0d: 'subtask.drop',
  0x0e: 'stream.new',
  0x0f: 'stream.read',
  0x10: 'stream.write',
  0x11: 'stream.cancel-read',
  0x12: 'stream.cancel-write',
  0x13: 'stream.drop-readable',
  0x14: 'stream.drop-writable',
  0x15: 'future.new',
  0x16: 'future.read',
  0x17: 'future.write',
  0x18: 'future.cancel-read',
  0x19: 'future.cancel-write',
  0x1a: 'future.drop-readable',
  0x1b: 'future.drop-writable',
  0x1c: 'error-context.new',
  0x1d: 'error-context.debug-message',
  0x1e: 'error-context.drop',
  0x1f: 'waitable-set.new',
  0x20: 'waitable-set.wait',
  0x21: 'waitable-set.poll',
  0x22: 'waitable-set.drop',
  0x23: 'waitable.join',
  0x24: 'backpressure.inc',
  0x25: 'backpressure.dec',
  0x26: 'thread.index',
  0x27: 'thread.new-indirect',
  0x28: 'thread.resume-later',
  0x29: 'thread.suspend',
  0x2a: 'thread.suspend-then-resume',
  0x2b: 'thread.yield-then-resume',
  0x2c: 'thread.suspend-then-promote',
  0x2d: 'thread.yield-then-promote',
  0x40: 'thread.spawn-ref',
  0x41: 'thread.spawn-indirect',
  0x42: 'thread.available-parallelism',
}

/** `canon` (Binary.md, Canonical Definitions): pushes onto the function space or the core function space. */
export function readCanon(reader: Reader, scope: Scope): void {
  const at = reader.at
  const code = reader.byte()
  switch (code) {
    case 0x00: {
      reader.expect(0, '`canon lift`')
      const coreFunc = reader.u32()
      const core = scope.coreFunc(coreFunc, at)
      const options = readOptions(reader, scope)
      const { type } = scope.externType('func', reader.u32(), at)
      checkAbi('lift', type, core, options, scope, at)
      scope.funcs.push(type)
      return scope.define({ kind: 'lift', coreFunc, type, options }, at)
    }
    case 0x01: {
      reader.expect(0, '`canon lower`')
      const func = reader.u32()
      const type = entry(scope.funcs, func, 'function', at)
      const options = readOptions(reader, scope)
      const core = flattenFunc(type, 'lower')
      checkAbi('lower', type, core, options, scope, at)
      scope.core.func.push({ sort: 'func', ...core })
      return scope.define({ kind: 'lower', func, type, options }, at)
    }
    case 0x02:
      return defineResourceFunc('resource-new', ['i32'], reader, scope, at)
    case 0x03:
      return defineResourceFunc('resource-drop', [], reader, scope, at)
    case 0x04:
      return defineResourceFunc('resource-rep', ['i32'], reader, scope, at)
    default: {
      const name = asynchronous[code]
      if (name) refuse('unsupported', `The component is asynchronous: it uses the built-in \`${name}\`.`, at)
      return refuse('malformed', `${hex(code)} is no canonical definition.`, at)
    }
  }
}

function defineResourceFunc(
  kind: 'resource-new' | 'resource-drop' | 'resource-rep',
  results: CoreFuncType['results'],
  reader: Reader,
  scope: Scope,
  at: number,
): void {
  const resource = scope.resource(reader.u32(), at)
  if (kind !== 'resource-drop' && !scope.defined.has(resource.id)) {
    refuse('invalid', 'A component looks into a resource that it does not define.', at)
  }
  scope.core.func.push({ sort: 'func', params: ['i32'], results })
  scope.define({ kind, resource }, at)
}

function readOptions(reader: Reader, scope: Scope): CanonOptions {
  const options: CanonOptions = { encoding: 'utf8' }
  const seen = new Set<string>()
  reader.list(1, () => {
    const at = reader.at
    const code = reader.byte()
    const once = code <= 2 ? 'string-encoding' : hex(code)
    if (seen.has(once)) refuse('invalid', 'A canonical option is given twice.', at)
    seen.add(once)
    if (code === 0) options.encoding = 'utf8'
    else if (code === 1) options.encoding = 'utf16'
    else if (code === 2) options.encoding = 'latin1+utf16'
    else if (code === 3) options.memory = readMemory(reader, scope, at)
    else if (code === 4) options.realloc = readCoreFunc(reader, scope, at)
    else if (code === 5) options.postReturn = readCoreFunc(reader, scope, at)
    else if (code === 6 || code === 7) refuse('unsupported', 'A function is lifted or lowered as `async`.', at)
    else if (code === 8 || code === 9)
      refuse('unsupported', 'A function is lifted or lowered for garbage collection.', at)
    else refuse('malformed', `${hex(code)} is no canonical option.`, at)
  })
  return options
}

function readMemory(reader: Reader, scope: Scope, at: number): number {
  const index = reader.u32()
  const memory = scope.coreEntry('memory', index, at)
  if (memory.sort === 'memory' && (memory.memory64 || memory.shared)) {
    const what = memory.shared ? 'shared between threads' : 'addressed with 64 bits'
    refuse('unsupported', `The component's memory is ${what}.`, at)
  }
  return index
}

function readCoreFunc(reader: Reader, scope: Scope, at: number): number {
  const index = reader.u32()
  scope.coreFunc(index, at)
  return index
}

/** The core function and the options are those that the component function needs. */
function checkAbi(
  context: 'lift' | 'lower',
  type: FuncType,
  core: CoreFuncType,
  options: CanonOptions,
  scope: Scope,
  at: number,
): void {
  scope.file.budget.spend(factsOf(type).size, at)
  if (type.async) refuse('unsupported', 'A function is declared `async`.', at)
  const needed = flattenFunc(type, context)
  same(core, needed, 'A function is lifted from a core function that does not fit it', at)
  const { memory, realloc } = optionsNeeded(type, context)
  if (memory && options.memory === undefined) refuse('invalid', `A function is ${context}ed without a memory.`, at)
  if (realloc && options.realloc === undefined) refuse('invalid', `A function is ${context}ed without \`realloc\`.`, at)
  if (options.realloc !== undefined) {
    if (options.memory === undefined) refuse('invalid', 'There is a `realloc` without a memory.', at)
    const realloc = { params: Array(4).fill('i32'), results: ['i32'] }
    same(scope.coreFunc(options.realloc, at), realloc, 'The option `realloc` has another signature', at)
  }
  if (options.postReturn !== undefined) {
    if (context === 'lower') refuse('invalid', 'A lowered function has a `post-return`.', at)
    const postReturn = { params: needed.results, results: [] }
    same(scope.coreFunc(options.postReturn, at), postReturn, 'The option `post-return` has another signature', at)
  }
}

function same(core: CoreFuncType, needed: { params: string[]; results: string[] }, what: string, at: number): void {
  const [have, want] = [signature(core), signature(needed)]
  if (have !== want) refuse('invalid', `${what}: it is ${have} where ${want} is needed.`, at)
}
