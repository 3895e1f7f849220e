import type { ComponentBody, CoreModule } from '../../dag/component/ast.ts'
import { fail, ok, type Result } from '../../dag/result.ts'
import { rewrite, type Rewritten } from './rewrite.ts'

/** A core module, checked, metered and compiled. */
export interface CompiledModule extends Omit<Rewritten, 'bytes'> {
  module: WebAssembly.Module
}

/**
 * Compiles every core module of a component, those of nested components too.
 *
 * @returns what each became, or why one of them is refused
 */
export function compileModules(root: ComponentBody): Result<Map<CoreModule, CompiledModule>, string> {
  const compiled = new Map<CoreModule, CompiledModule>()
  const pending = [root]
  for (let body = pending.pop(); body; body = pending.pop()) {
    for (const definition of body.definitions) {
      if (definition.kind === 'component') pending.push(definition.component)
      if (definition.kind !== 'core-module' || compiled.has(definition.module)) continue
      const module = compileModule(definition.module.bytes)
      if (!module.ok) return fail(`the core module at byte ${definition.module.offset}: ${module.error}`)
      compiled.set(definition.module, module.value)
    }
  }
  return ok(compiled)
}

function compileModule(bytes: Uint8Array): Result<CompiledModule, string> {
  const rewritten = rewrite(bytes)
  if (!rewritten.ok) return rewritten
  const { bytes: final, ...rest } = rewritten.value
  try {
    return ok({ ...rest, module: new WebAssembly.Module(final) })
  } catch (error) {
    if (error instanceof WebAssembly.CompileError) return fail(error.message.replace(/^WebAssembly\.Module\(\): /, ''))
    throw error
  }
}
