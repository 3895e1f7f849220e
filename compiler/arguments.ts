import type { Parameter } from '../dag/interface.ts'
import type { Block, Ipld } from '../dag/ipld.ts'
import { place } from '../dag/place.ts'
import { fail, ok, type Result } from '../dag/result.ts'
import { isBytes, showType, type Type } from '../dag/types.ts'
import { decodeSource, Lines } from '../grammar/source.ts'
import { parse } from '../grammar/parse.ts'
import { newContext } from './check/context.ts'
import { expect } from './check/expression.ts'
import type { Argument, Host, UsageError } from './interface.ts'
import { constantValue } from './lower.ts'
import { finish } from './check/finish.ts'
import { moduleContext } from './module.ts'
import { show } from './open.ts'
import { suggest } from '../dag/suggest.ts'

/** The placed values of arguments by the types of their parameters, and the blocks that they need. */
export async function readArguments(
  params: Map<string, Parameter>,
  given: Record<string, Argument>,
): Promise<Result<{ values: Map<string, Ipld>; blocks: Block[] }, UsageError>> {
  const values = new Map<string, Ipld>()
  const blocks: Block[] = []
  for (const [name, argument] of Object.entries(given)) {
    const param = params.get(name)
    if (!param) {
      const near = suggest(name, params.keys())
      const takes = [...params].map(([key, { type }]) => `${key}: ${showType(type)}`).join(', ')
      const message = `The job has no parameter \`${name}\`. It takes ${takes === '' ? 'none' : takes}.`
      return fail({ message, ...(near ? { near } : {}) })
    }
    const value = await readArgument(param.type, argument)
    if (!value.ok) return fail({ message: `The argument \`${name}\`: ${value.error}` })
    const placed = await place(param.type, value.value)
    if (!placed.ok) return fail({ message: `The argument \`${name}\`: ${placed.error.message}` })
    values.set(name, placed.value.value)
    blocks.push(...placed.value.blocks)
  }
  return ok({ values, blocks })
}

/** A value of a type from text: a string as it is, everything else as a literal; from a file its bytes or its text. */
export async function readArgument(type: Type, argument: Argument): Promise<Result<Ipld, string>> {
  if ('value' in argument) return ok(argument.value)
  if ('text' in argument) return type.kind === 'string' ? ok(argument.text) : readLiteral(type, argument.text)
  if (isBytes(type)) return ok(argument.bytes)
  const text = decodeSource(argument.bytes)
  if (!text.ok)
    return fail(`the file is not UTF-8 text (byte ${text.offset}), and the parameter is a \`${showType(type)}\``)
  return type.kind === 'string' ? ok(text.value) : readLiteral(type, text.value.trim())
}

const PREFIX = 'const argument = '
const noFiles: Host = {
  readFile: () => 'missing',
  realPath: () => undefined,
  list: () => [],
  readBlock: async () => undefined,
}

/** A literal of the language for a value of a known type; cases may stand without the name of their type. */
async function readLiteral(type: Type, text: string): Promise<Result<Ipld, string>> {
  const wanted = `a \`${show(type)}\` is written as a literal of the language`
  const source = new Lines(`${PREFIX}${text}\n`)
  const { module, diagnostics } = parse(source.text, 'argument')
  const [item, ...more] = module.items
  if (diagnostics.length > 0) return fail(`${diagnostics[0]!.message} (${wanted})`)
  if (item?.kind !== 'Const' || more.length > 0) return fail(`\`${text}\` is not one value; ${wanted}`)
  const place = { file: 'argument', path: '/argument', root: '/', source }
  const context = newContext(moduleContext(noFiles, place), { constant: 'An argument', bareCases: true })
  const core = expect(context, item.value, type)
  finish(context)
  const wrong = context.module.diagnostics[0]
  if (wrong?.name === 'UnknownName')
    return fail(`\`${text}\` is not a \`${show(type)}\`, which is written as a literal of the language.`)
  return wrong ? fail(wrong.message) : constantValue(core)
}
